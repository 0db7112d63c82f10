package figure

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Field is a plane with points of up to four classes, and the predicted class of each place.
type Field struct {
	Title   string
	X, Y    string // the labels of the axes
	Classes []string
	Points  []Point
	// Classify returns the predicted class of (x, y), and the confidence from 0 to 1. If it is nil,
	// the plane is blank.
	Classify func(x, y float64) (class int, confidence float64)
}

// A Point has a class.
type Point struct {
	X, Y  float64
	Class int
	Wrong bool // another class is predicted
}

// axes returns axes with a margin of a twelfth around the points.
func (f Field) axes() (x, y axis) {
	var xs, ys []float64
	for _, p := range f.Points {
		if finite(p.X) && finite(p.Y) {
			xs, ys = append(xs, p.X), append(ys, p.Y)
		}
	}
	x, y = newAxis(f.X, false, false, xs...), newAxis(f.Y, false, false, ys...)
	for _, a := range []*axis{&x, &y} {
		room := (a.hi - a.lo) / 12
		a.lo, a.hi = a.lo-room, a.hi+room
	}
	return x, y
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// classify returns the class at (x, y), and the strength of its color, from 0 to 3.
func (f Field) classify(x, y float64) (class, strength int) {
	if f.Classify == nil {
		return 0, 0
	}
	class, confidence := f.Classify(x, y)
	if math.IsNaN(confidence) {
		confidence = 0
	}
	return kind(class), int(math.Round(3 * max(0, min(1, confidence))))
}

// inOrder returns the points, those that are misclassified last, so that they are on top.
func (f Field) inOrder() []Point {
	right := slices.DeleteFunc(slices.Clone(f.Points), func(p Point) bool { return p.Wrong })
	wrong := slices.DeleteFunc(slices.Clone(f.Points), func(p Point) bool { return !p.Wrong })
	return append(right, wrong...)
}

// hasErrors returns whether a point is misclassified.
func (f Field) hasErrors() bool {
	return slices.ContainsFunc(f.Points, func(p Point) bool { return p.Wrong })
}

// shades are terminal colors for each class, from white to strong; plainShades are characters for
// terminals without color.
var (
	shades = [...][4]int{{231, 189, 153, 111}, {231, 224, 217, 210}, {231, 230, 229, 228},
		{231, 255, 253, 251}}
	plainShades = []rune(" ░▒▓")
	onShade     = [...]int{19, 124, 94, 237} // the colors of points there
)

func (f Field) text(columns int, color bool) string {
	g := newGrid(18, columns)
	x, y := f.axes()
	left := g.frame(x, y)
	rows, width := len(g)-2, columns-left
	at := func(column, row float64) (float64, float64) {
		return x.value((column + 0.5) / float64(width)), y.value(1 - row/float64(rows))
	}
	for row := range rows {
		for column := range width {
			// Each character shows two places, one above the other.
			upper, upperStrength := f.classify(at(float64(column), float64(row)+0.25))
			lower, lowerStrength := f.classify(at(float64(column), float64(row)+0.75))
			switch {
			case f.Classify == nil:
			case color:
				g[row][left+column] = cell{'▀', shades[upper][upperStrength],
					shades[lower][lowerStrength]}
			default:
				g[row][left+column].r = plainShades[upper]
			}
		}
	}
	wrong := cell{r: '!'}
	if color {
		wrong.r = '×'
	}
	for _, p := range f.inOrder() {
		s, ok1 := x.at(p.X)
		t, ok2 := y.at(p.Y)
		if !ok1 || !ok2 {
			continue
		}
		c := &g[int((1-t)*float64(rows))][left+int(s*float64(width))]
		m := mark(p.Class, color)
		if p.Wrong {
			m.r = wrong.r
		}
		if color && f.Classify != nil {
			m.color, m.backdrop = onShade[kind(p.Class)], c.backdrop
		}
		*c = m
	}
	var marks []cell
	var names []string
	for i, name := range f.Classes {
		if shade := plainShades[kind(i)]; f.Classify != nil && !color && shade != ' ' {
			name += fmt.Sprintf(" (on %c)", shade)
		}
		marks, names = append(marks, mark(i, color)), append(names, name)
	}
	if f.hasErrors() {
		marks, names = append(marks, wrong), append(names, "misclassified")
	}
	return g.plot(f.Title, x, y, marks, names, color)
}

func (f Field) draw(d *drawing) {
	d.title(f.Title)
	var keys []key
	for i, class := range f.Classes {
		keys = append(keys, key{func(d *drawing, x, y float64) { d.mark(i, x, y) }, class})
	}
	if f.hasErrors() {
		keys = append(keys, key{func(d *drawing, x, y float64) { d.cross(x, y) },
			"misclassified"})
	}
	d.legend(keys)
	x, y := f.axes()
	in := d.frame(x, y, 300)
	d.add(`<rect class="page" x="%v" y="%v" width="%v" height="%v"/>`, in.left, in.top,
		in.right-in.left, in.bottom-in.top) // covers the rules, which would cross the classes
	if f.Classify != nil {
		f.drawClasses(d, in)
	}
	d.add(`<path class="rule" d="M%v %vH%vV%vH%vz"/>`, in.left, in.top, in.right, in.bottom,
		in.left)
	for _, p := range f.inOrder() {
		s, ok1 := x.at(p.X)
		t, ok2 := y.at(p.Y)
		if !ok1 || !ok2 {
			continue
		}
		d.mark(p.Class, in.u(s), in.v(t))
		if p.Wrong {
			d.cross(in.u(s), in.v(t))
		}
	}
}

func (d *drawing) cross(x, y float64) {
	d.add(`<path class="ink" d="M%v %vl10 10m0-10l-10 10"/>`, x-5, y-5)
}

// drawClasses fills the frame with the colors of the classes: one path for each class and strength,
// of strokes through the middle of a row of cells. They are relative to each other, which is short.
func (f Field) drawClasses(d *drawing, in frame) {
	const columns, rows = 120, 80
	w, h := (in.right-in.left)/columns, (in.bottom-in.top)/rows
	var paths [len(shades)][4]strings.Builder
	var ends [len(shades)][4]struct{ column, row int }
	for row := range rows {
		start := 0
		class, strength := -1, 0
		for column := range columns + 1 {
			c, s := -1, 0
			if column < columns {
				c, s = f.classify(in.x.value((float64(column)+0.5)/columns),
					in.y.value(1-(float64(row)+0.5)/rows))
			}
			if c == class && s == strength {
				continue
			}
			if class >= 0 && strength > 0 {
				end := &ends[class][strength]
				fmt.Fprintf(&paths[class][strength], "m%d %dh%d", start-end.column, row-end.row,
					column-start)
				end.column, end.row = column, row
			}
			start, class, strength = column, c, s
		}
	}
	d.add(`<g class="field" transform="translate(%v %v)scale(%s %s)">`, in.left, in.top+h/2,
		scale(w), scale(h))
	for class := range paths {
		for strength := range paths[class] {
			if path := paths[class][strength].String(); path != "" {
				d.add(`<path class="s%d" stroke-opacity="%s" d="%s"/>`, class,
					scale(0.17*float64(strength)), path)
			}
		}
	}
	d.add(`</g>`)
}
