package figure

import (
	"math"
	"slices"
)

// A Histogram compares the distributions of samples. The first is drawn as bars, the others as
// lines with a mark for each bin.
type Histogram struct {
	Title   string
	X       string // the label of the x axis
	Samples []Sample
}

// A Sample is a set of numbers.
type Sample struct {
	Name   string
	Values []float64
}

const bins = 36

// axes returns the axes, and the fraction of each sample in each bin.
func (h Histogram) axes() (x, y axis, parts [][]float64) {
	var all []float64
	for _, s := range h.Samples {
		all = append(all, s.Values...)
	}
	x = newAxis(h.X, false, true, all...)
	top := 0.0
	for _, s := range h.Samples {
		part := make([]float64, bins)
		for _, v := range s.Values {
			if t, ok := x.at(v); ok {
				part[min(bins-1, int(t*bins))] += 1 / float64(len(s.Values))
			}
		}
		parts = append(parts, part)
		top = max(top, slices.Max(part))
	}
	return x, newAxis("fraction", false, true, 0, top), parts
}

func (h Histogram) text(columns int, color bool) string {
	g := newGrid(16, columns)
	rows := len(g) - 2
	x, y, parts := h.axes()
	left := g.frame(x, y)
	room := columns - left
	var marks []cell
	var names []string
	for i, part := range parts {
		marks, names = append(marks, mark(i, color)), append(names, h.Samples[i].Name)
		if i == 0 {
			marks[0].r = '█'
			if !color {
				marks[0].r = '▒'
			}
			for column := range room {
				t, _ := y.at(part[column*bins/room])
				for row := int(math.Round((1 - t) * float64(rows))); row < rows; row++ {
					g[row][left+column] = marks[0]
				}
			}
			continue
		}
		for bin, p := range part {
			t, _ := y.at(p)
			c := &g[place(1-t, rows)][left+(2*bin+1)*room/(2*bins)]
			if *c == marks[0] {
				c.backdrop = marks[0].color // the bar is behind the mark
			}
			c.r, c.color = marks[i].r, marks[i].color
		}
	}
	return g.plot(h.Title, x, y, marks, names, color)
}

func (h Histogram) draw(d *drawing) {
	d.title(h.Title)
	var keys []key
	for i, s := range h.Samples {
		keys = append(keys, key{func(d *drawing, x, y float64) {
			if i == 0 {
				d.add(`<rect class="f0" fill-opacity="0.4" x="%v" y="%v" width="14" height="12"/>`,
					x-7, y-4)
				return
			}
			d.add(`<path class="curve s%d" d="M%v %vh18"/>`, kind(i), x-9, y+2)
			d.mark(i, x, y+2)
		}, s.Name})
	}
	d.legend(keys)
	x, y, parts := h.axes()
	f := d.frame(x, y, 190)
	bin := (f.right - f.left) / bins
	for i, part := range parts {
		c := &Curve{}
		for j, p := range part {
			t, _ := y.at(p)
			if i == 0 {
				d.add(`<rect class="data f0" fill-opacity="0.4" `+
					`x="%v" y="%v" width="%v" height="%v"/>`,
					f.left+bin*float64(j), f.v(t), bin, f.bottom-f.v(t))
			}
			c.Add(x.value((float64(j)+0.5)/bins), p)
		}
		if i == 0 {
			continue
		}
		d.add(`<path class="data curve s%d" d="%s"/>`, kind(i), c.path(f))
		d.marks(i, c, f)
	}
}
