package playground

import (
	"math"
	"math/rand/v2"
)

// A Point is a place (X, Y) with the label 1 or −1. Without noise, places are within ±1.
type Point struct{ X, Y, Label float64 }

// datasets return a random place with the label, without noise.
var datasets = []named[func(rng *rand.Rand, label float64) (x, y float64)]{
	{"moons", moon}, {"circles", circle}, {"xor", corner}, {"spirals", arm},
}

// newPoints returns points with alternating labels and normal noise.
func newPoints(rng *rand.Rand, s Settings) []Point {
	place := find(datasets, s.Data)
	points := make([]Point, s.Size)
	for i := range points {
		label := float64(1 - 2*(i%2))
		x, y := place(rng, label)
		points[i] = Point{x + s.Noise*rng.NormFloat64(), y + s.Noise*rng.NormFloat64(), label}
	}
	return points
}

// moon is on one of two interleaved half circles.
func moon(rng *rand.Rand, label float64) (x, y float64) {
	sin, cos := math.Sincos(math.Pi * rng.Float64())
	return 0.6 * label * (cos - 0.5), 0.6 * label * (sin - 0.25)
}

// circle is on one of two concentric circles.
func circle(rng *rand.Rand, label float64) (x, y float64) {
	sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
	r := 0.6 - 0.25*label
	return r * cos, r * sin
}

// corner returns a point that isn't close to an axis, whose x·y has the sign of the label.
func corner(rng *rand.Rand, label float64) (x, y float64) {
	side := float64(1 - 2*rng.IntN(2))
	return side * (0.1 + 0.8*rng.Float64()), side * label * (0.1 + 0.8*rng.Float64())
}

// arm is on one of two arms of a spiral, which wind around the origin one and a quarter times.
func arm(rng *rand.Rand, label float64) (x, y float64) {
	r := math.Sqrt(rng.Float64())
	sin, cos := math.Sincos(2.5 * math.Pi * r)
	return 0.9 * label * r * cos, 0.9 * label * r * sin
}
