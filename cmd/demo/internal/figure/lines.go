package figure

import (
	"slices"
	"strings"
)

// Lines are curves over a common x, such as losses over epochs.
type Lines struct {
	Title  string
	X, Y   string // the labels of the axes
	Log    bool   // the y axis is logarithmic: only numbers above 0 are drawn
	Zero   bool   // the y axis has 0, unless it is logarithmic
	Color  int    // of the first curve, from 0 to 3
	Curves []*Curve
}

// A Curve goes through the points (X[i], Y[i]), where X increases. It has a gap at points that
// can't be drawn.
type Curve struct {
	Name string
	X, Y []float64
	Dots bool // only the points are drawn, as marks
}

// Add adds a point at the end.
func (c *Curve) Add(x, y float64) { c.X, c.Y = append(c.X, x), append(c.Y, y) }

// Level returns a curve that has the same y from x0 to x1.
func Level(name string, y, x0, x1 float64) *Curve {
	return &Curve{Name: name, X: []float64{x0, x1}, Y: []float64{y, y}}
}

func (l Lines) axes() (x, y axis) {
	var xs, ys []float64
	for _, c := range l.Curves {
		xs, ys = append(xs, c.X...), append(ys, c.Y...)
	}
	if l.Zero && !l.Log {
		ys = append(ys, 0)
	}
	return newAxis(l.X, false, false, xs...), newAxis(l.Y, l.Log, true, ys...)
}

func (l Lines) text(columns int, color bool) string {
	g := newGrid(16, columns)
	x, y := l.axes()
	left := g.frame(x, y)
	rows := len(g) - 2
	var marks []cell
	var names []string
	for i, c := range l.Curves {
		marks, names = append(marks, mark(i, color)), append(names, c.Name)
	}
	// The first curve is drawn last, so that it is on top.
	for i, c := range slices.Backward(l.Curves) {
		for _, run := range c.runs(x, y) {
			for j, p := range run {
				column := place(p.s, columns-left)
				g[place(1-p.t, rows)][left+column] = marks[i]
				if j == 0 || c.Dots {
					continue
				}
				// The columns between two points.
				before := run[j-1]
				from := place(before.s, columns-left)
				for k := from + 1; k < column; k++ {
					t := before.t + (p.t-before.t)*float64(k-from)/float64(column-from)
					g[place(1-t, rows)][left+k] = marks[i]
				}
			}
		}
	}
	return g.plot(l.Title, x, y, marks, names, color)
}

// A spot is a position in the frame, where both axes are from 0 to 1.
type spot struct{ s, t float64 }

// runs returns the parts of the curve between gaps.
func (c *Curve) runs(x, y axis) (runs [][]spot) {
	var run []spot
	for i := range min(len(c.X), len(c.Y)) {
		s, ok1 := x.at(c.X[i])
		t, ok2 := y.at(c.Y[i])
		if ok1 && ok2 {
			run = append(run, spot{s, t})
			continue
		}
		if run != nil {
			runs, run = append(runs, run), nil
		}
	}
	if run != nil {
		runs = append(runs, run)
	}
	return runs
}

func (l Lines) draw(d *drawing) {
	d.title(l.Title)
	var keys []key
	for i, c := range l.Curves {
		if c.Name == "" {
			continue // it is named beside the figure
		}
		keys = append(keys, key{func(d *drawing, x, y float64) {
			if c.Dots {
				d.mark(i, x, y+4)
				return
			}
			d.add(`<path class="curve s%d" stroke-dasharray="%s" d="M%v %vh18"/>`, kind(l.Color+i),
				dashes[kind(i)], x-9, y+4)
		}, c.Name})
	}
	d.legend(keys)
	x, y := l.axes()
	f := d.frame(x, y, 190*d.right/(defaultWidth-margin))
	for i, c := range slices.Backward(l.Curves) {
		if c.Dots {
			d.marks(i, c, f)
			continue
		}
		d.add(`<path class="data curve s%d" stroke-dasharray="%s" d="%s"/>`,
			kind(l.Color+i), dashes[kind(i)], c.path(f))
	}
}

// marks draws the points of a curve.
func (d *drawing) marks(i int, c *Curve, f frame) {
	for _, run := range c.runs(f.x, f.y) {
		for _, p := range run {
			d.mark(i, f.u(p.s), f.v(p.t))
		}
	}
}

// path returns the curve as the commands of an SVG path.
func (c *Curve) path(f frame) string {
	var b strings.Builder
	for _, run := range c.runs(f.x, f.y) {
		pen := "M"
		moved := false
		for _, p := range thin(run) {
			b.WriteString(pen + coordinate(f.u(p.s)) + " " + coordinate(f.v(p.t)))
			pen = "L"
			moved = moved || p != run[0]
		}
		if !moved {
			b.WriteString("m-3 0h6") // a single point is a dash
		}
	}
	return b.String()
}

// thin returns a run with no more points than are visible: if there are many, the first, the
// lowest, the highest and the last in each hundredth of the axis.
func thin(run []spot) (kept []spot) {
	if len(run) <= 400 {
		return run
	}
	for start := 0; start < len(run); {
		least, greatest, end := start, start, start
		for ; end < len(run) && int(100*run[end].s) == int(100*run[start].s); end++ {
			if run[end].t < run[least].t {
				least = end
			}
			if run[end].t > run[greatest].t {
				greatest = end
			}
		}
		keep := []int{start, least, greatest, end - 1}
		slices.Sort(keep)
		for _, i := range slices.Compact(keep) {
			kept = append(kept, run[i])
		}
		start = end
	}
	return kept
}
