package playground

import (
	"fmt"
	"image/color"
	"math"
	"strings"
)

// A Drawing is a list of strokes. Each goes from place to place, in any units, with y from top to
// bottom.
type Drawing [][]Place

// A Place is a position of the pen.
type Place struct{ X, Y float64 }

// Image scales a drawing to 8×8 pixels, row by row from 0 for white to 1 for black, as the data set
// was made: the digit is centered in a square of 32×32 dots and fills its height, about 312 dots
// are black, and each pixel is the mean of its block of 4×4 dots. So the position and the size of
// the drawing don't matter. The width of the pen is chosen for those 312 dots, from an eighth to a
// quarter of the square. A drawing without strokes is blank.
func (d Drawing) Image() []float64 {
	var ink [side][side]bool
	lo, hi := side/16., side/8. // the pen's radius
	for range 8 {
		radius := (lo + hi) / 2
		var n int
		if ink, n = d.fit(radius).dots(radius); n < 312 {
			lo = radius
		} else {
			hi = radius
		}
	}
	image := make([]float64, 64)
	for y := range side {
		for x := range side {
			if ink[y][x] {
				image[y/4*8+x/4] += 1. / 16
			}
		}
	}
	return image
}

const side = 32 // of the square, in dots

// fit scales and centers the drawing so that a pen of that radius fills the height of the square,
// or the width if the drawing is wide.
func (d Drawing) fit(radius float64) Drawing {
	lo, hi := Place{math.Inf(1), math.Inf(1)}, Place{math.Inf(-1), math.Inf(-1)}
	for _, stroke := range d {
		for _, p := range stroke {
			lo = Place{min(lo.X, p.X), min(lo.Y, p.Y)}
			hi = Place{max(hi.X, p.X), max(hi.Y, p.Y)}
		}
	}
	scale := 0.0 // of a dot
	if extent := max(hi.X-lo.X, hi.Y-lo.Y); extent > 0 {
		scale = (side - 2*radius) / extent
	}
	var fitted Drawing
	for _, stroke := range d {
		var places []Place
		for _, p := range stroke {
			places = append(places, Place{side/2. + scale*(p.X-(lo.X+hi.X)/2), side/2. +
				scale*(p.Y-(lo.Y+hi.Y)/2)})
		}
		fitted = append(fitted, places)
	}
	return fitted
}

// dots returns which dots of the square a pen of that radius makes black, and their number.
func (d Drawing) dots(radius float64) (ink [side][side]bool, n int) {
	at := func(p Place) {
		for y := max(0, int(p.Y-radius)); y < min(side, int(p.Y+radius)+1); y++ {
			for x := max(0, int(p.X-radius)); x < min(side, int(p.X+radius)+1); x++ {
				u, v := float64(x)+0.5-p.X, float64(y)+0.5-p.Y
				if !ink[y][x] && u*u+v*v <= radius*radius {
					ink[y][x] = true
					n++
				}
			}
		}
	}
	for _, stroke := range d {
		for i, b := range stroke {
			a := stroke[max(0, i-1)]
			steps := 1 + int(2*math.Hypot(b.X-a.X, b.Y-a.Y)) // of half a dot at most
			for k := range steps {
				t := float64(k+1) / float64(steps)
				at(Place{a.X + t*(b.X-a.X), a.Y + t*(b.Y-a.Y)})
			}
		}
	}
	return ink, n
}

// Path returns the strokes as an SVG path.
func (d Drawing) Path() string {
	var b strings.Builder
	for _, stroke := range d {
		pen := "M"
		for _, p := range stroke {
			fmt.Fprintf(&b, "%s%.1f %.1f", pen, p.X, p.Y)
			pen = "L"
		}
		b.WriteString("h0.1") // so that a single dot is seen
	}
	return b.String()
}

// DrawImage draws an image of 8×8 pixels, black on white.
func DrawImage(p *Pixels, image []float64) {
	for i, x := range image {
		gray := uint8(math.Round(255 * (1 - x)))
		p.set(i%8, i/8, color.RGBA{gray, gray, gray, 255})
	}
}
