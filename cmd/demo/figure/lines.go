package figure

import (
	"fmt"
	"slices"
	"strings"
)

// Lines are curves over a common x, such as losses over epochs.
type Lines struct {
	Title  string
	X, Y   string // what the axes show
	Log    bool   // the axis of y is logarithmic: only what is above 0 can be drawn
	Curves []*Curve
}

// A Curve goes through the points (X[i], Y[i]), whose X increase. Where a point can't be drawn, it has a gap.
type Curve struct {
	Name string
	X, Y []float64
}

// Add adds a point at the end.
func (c *Curve) Add(x, y float64) { c.X, c.Y = append(c.X, x), append(c.Y, y) }

// Level returns a curve that has the same y from x0 to x1.
func Level(name string, y, x0, x1 float64) *Curve {
	return &Curve{name, []float64{x0, x1}, []float64{y, y}}
}

func (l Lines) axes() (x, y axis) {
	var xs, ys []float64
	for _, c := range l.Curves {
		xs, ys = append(xs, c.X...), append(ys, c.Y...)
	}
	return newAxis(l.X, false, false, xs...), newAxis(l.Y, l.Log, true, ys...)
}

// Text implements [Figure].
func (l Lines) Text(colour bool) string {
	g := newGrid(16)
	x, y := l.axes()
	left := g.frame(x, y)
	rows := len(g) - 2
	end := float64(columns - left - 1)
	var marks []cell
	var names []string
	for i, c := range l.Curves {
		marks, names = append(marks, mark(i, colour)), append(names, c.Name)
	}
	// The first curve is drawn last, so that it is seen where several meet.
	for i, c := range slices.Backward(l.Curves) {
		for column := left; column < columns; column++ {
			v, ok1 := c.near(x.value(float64(column-left)/end), (x.hi-x.lo)/end/2)
			t, ok2 := y.at(v)
			if ok1 && ok2 {
				g[place(1-t, rows)][column] = marks[i]
			}
		}
	}
	return textTitle(l.Title) + textTitle(l.Y) + g.text(colour) + center(l.X) + textLegend(marks, names)
}

// near returns the y of the curve at x: that of its last point at most d away, or else what lies between its neighbours.
func (c *Curve) near(x, d float64) (y float64, ok bool) {
	i, _ := slices.BinarySearch(c.X, x+d)
	switch {
	case i > 0 && c.X[i-1] >= x-d:
		return c.Y[i-1], true
	case i > 0 && i < len(c.X):
		t := (x - c.X[i-1]) / (c.X[i] - c.X[i-1])
		return c.Y[i-1]*(1-t) + c.Y[i]*t, true
	}
	return 0, false
}

func (l Lines) draw(d *drawing) {
	d.title(l.Title)
	var keys []key
	for i, c := range l.Curves {
		keys = append(keys, key{func(d *drawing, x, y float64) {
			d.add(`<path class="curve s%d" stroke-dasharray="%s" d="M%.4g %.4gh18"/>`, i%4, dashes[i%4], x-9, y+4)
		}, c.Name})
	}
	d.legend(keys)
	x, y := l.axes()
	f := d.frame(x, y, 190)
	for i, c := range slices.Backward(l.Curves) {
		d.add(`<path class="data curve s%d" stroke-dasharray="%s" d="%s"/>`, i%4, dashes[i%4], c.path(f))
	}
}

// path returns the curve as the commands of an SVG path, with no more points than can be told apart.
func (c *Curve) path(f frame) string {
	const most = 300
	stride := max(1, (len(c.X)+most-1)/most)
	var b strings.Builder
	pen := "M"
	for i := range c.X {
		if i%stride != 0 && i < len(c.X)-1 {
			continue
		}
		u, v, ok := f.at(c.X[i], c.Y[i])
		if !ok {
			pen = "M"
			continue
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", pen, u, v)
		pen = "L"
	}
	if s := b.String(); strings.Count(s, "L") == 0 && s != "" {
		return s + "h0.1" // a dot
	}
	return b.String()
}
