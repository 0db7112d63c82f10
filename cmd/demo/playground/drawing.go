package playground

import (
	"fmt"
	"math"
	"strings"
)

// A Drawing is strokes, each of which goes from place to place, in any units, with y from top to bottom.
type Drawing [][]Place

// A Place is where a pen has been.
type Place struct{ X, Y float64 }

// Image brings a drawing to 8×8 pixels, row by row from 0 for paper to 1 for ink, as the data set was made: the digits fill a
// square of 32×32 dots from top to bottom and stand in its middle, about 312 of the dots are ink, whatever the digit, and each
// pixel is how much of its block of 4×4 dots is. So it matters neither where nor how large one draws. The pen is as wide as
// that takes, from an eighth of the square to a quarter. Without strokes it is blank.
func (d Drawing) Image() []float64 {
	const dots, ink = 32, 312
	lo, hi := 0.0625*dots, 0.125*dots // the pen's radius
	var best [dots][dots]bool
	for range 8 {
		radius := (lo + hi) / 2
		var n int
		best, n = d.fit(dots, radius).dots(radius)
		if n < ink {
			lo = radius
		} else {
			hi = radius
		}
	}
	image := make([]float64, 64)
	for y := range dots {
		for x := range dots {
			if best[y][x] {
				image[y/4*8+x/4] += 1. / 16
			}
		}
	}
	return image
}

// fit scales and moves the drawing so that a pen of that radius fills a square of that size from top to bottom, or from side
// to side if the drawing is wide, and stays in its middle.
func (d Drawing) fit(size, radius float64) Drawing {
	lo, hi := Place{math.Inf(1), math.Inf(1)}, Place{math.Inf(-1), math.Inf(-1)}
	for _, stroke := range d {
		for _, p := range stroke {
			lo = Place{min(lo.X, p.X), min(lo.Y, p.Y)}
			hi = Place{max(hi.X, p.X), max(hi.Y, p.Y)}
		}
	}
	scale := 0.0 // of a dot
	if extent := max(hi.X-lo.X, hi.Y-lo.Y); extent > 0 {
		scale = (size - 2*radius) / extent
	}
	var fitted Drawing
	for _, stroke := range d {
		var to []Place
		for _, p := range stroke {
			to = append(to, Place{size/2 + scale*(p.X-(lo.X+hi.X)/2), size/2 + scale*(p.Y-(lo.Y+hi.Y)/2)})
		}
		fitted = append(fitted, to)
	}
	return fitted
}

// dots returns which of 32×32 dots a pen of that radius leaves ink on, and how many.
func (d Drawing) dots(radius float64) (ink [32][32]bool, n int) {
	at := func(p Place) {
		for y := max(0, int(p.Y-radius)); y < min(32, int(p.Y+radius)+1); y++ {
			for x := max(0, int(p.X-radius)); x < min(32, int(p.X+radius)+1); x++ {
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

// Path returns the strokes as the commands of an SVG path.
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

// Ink draws an image of 8×8 pixels.
func Ink(p *Pixels, image []float64, palette Palette) {
	for i, x := range image {
		p.set(i%8, i/8, palette.mix(x))
	}
}

// SheetSize is the width and height of a Sheet.
const SheetSize = 280

// A Sheet is a Drawing in the making, by a pointer or by the keyboard's pen.
type Sheet struct {
	Drawing Drawing
	Pen     Place // the keyboard's
	Down    bool  // whether the last stroke goes on
}

// NewSheet returns a blank one, with the pen in its middle.
func NewSheet() *Sheet { return &Sheet{Pen: Place{SheetSize / 2, SheetSize / 2}} }

// Begin begins a stroke.
func (s *Sheet) Begin(p Place) {
	s.Drawing, s.Down = append(s.Drawing, []Place{p}), true
	s.Pen = p
}

// Move goes on with the stroke, if there is one, to p, which may be beyond the edge.
func (s *Sheet) Move(p Place) {
	p = Place{max(0, min(SheetSize, p.X)), max(0, min(SheetSize, p.Y))}
	s.Pen = p
	if s.Down {
		last := &s.Drawing[len(s.Drawing)-1]
		*last = append(*last, p)
	}
}

// Up ends the stroke.
func (s *Sheet) Up() { s.Down = false }

// Clear leaves a blank sheet.
func (s *Sheet) Clear() { *s = *NewSheet() }

// Key does what a key says: arrows move the pen, a space lowers or lifts it, Delete clears the sheet. It returns whether the
// key is one of these.
func (s *Sheet) Key(key string) bool {
	const step = 14
	switch key {
	case "ArrowLeft":
		s.Move(Place{s.Pen.X - step, s.Pen.Y})
	case "ArrowRight":
		s.Move(Place{s.Pen.X + step, s.Pen.Y})
	case "ArrowUp":
		s.Move(Place{s.Pen.X, s.Pen.Y - step})
	case "ArrowDown":
		s.Move(Place{s.Pen.X, s.Pen.Y + step})
	case " ":
		if s.Down {
			s.Up()
		} else {
			s.Begin(s.Pen)
		}
	case "Delete", "Backspace":
		s.Clear()
	default:
		return false
	}
	return true
}
