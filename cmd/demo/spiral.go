package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// spiral trains a classifier of three arms of a spiral, with softmax and cross-entropy.
func spiral(t *training) result {
	points := threeSpirals(t.rng, 80, 0.15)
	lossOf := func(in []*micrograd.Value) *micrograd.Value {
		return micrograd.CrossEntropy(t.Net.Forward(in[:2]), in[2:])
	}
	in := micrograd.Values(make([]float64, 2+3)...) // x, y, and the arm as a one-hot vector
	program := micrograd.Compile(in, lossOf(in))
	var rows [][]float64
	for _, p := range points {
		rows = append(rows, oneHot([]float64{p.X, p.Y}, p.Class, 3))
	}

	params := t.Net.Parameters()
	for epoch := range t.each() {
		micrograd.ZeroGrad(params...)
		loss := program.Backward(rows)
		t.Adam.LR = t.decayedLR(epoch)
		t.Adam.Step(params)
		t.report(loss, "")
	}

	right := 0
	for i, p := range points {
		points[i].Wrong = argmax(t.Net.Predict(p.X, p.Y)) != p.Class
		if !points[i].Wrong {
			right++
		}
	}
	final, accuracy := program.Backward(rows), 100*float64(right)/float64(len(points))
	return result{
		figure: figure.Field{
			Title:   "Three arms of a spiral, and the decision boundaries",
			X:       "x",
			Y:       "y",
			Classes: []string{"first arm", "second arm", "third arm"},
			Points:  points,
			Classify: func(x, y float64) (int, float64) {
				return mostLikely(t.Net.Forward(micrograd.Values(x, y)))
			},
		},
		loss:    final,
		learned: fmt.Sprintf("loss %.3g, accuracy %.1f %%", final, accuracy),
		goal:    "accuracy 97 %",
		met:     accuracy >= 97,
		rowLoss: lossOf(micrograd.Values(rows[0]...)),
	}
}

// threeSpirals returns n points on each of three arms, which wind around the origin by two thirds
// of a turn, with normal noise in the angle.
func threeSpirals(rng *rand.Rand, n int, noise float64) (points []figure.Point) {
	for arm := range 3 {
		for i := range n {
			r := (float64(i) + 0.5) / float64(n)
			sin, cos := math.Sincos(2*math.Pi*(float64(arm)/3+r*2/3) + noise*rng.NormFloat64())
			points = append(points, figure.Point{X: r * cos, Y: r * sin, Class: arm})
		}
	}
	return points
}
