package figure

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bars compare numbers: for each label, one of each series.
type Bars struct {
	Title  string
	X, Y   string // what the labels and the bars show
	Log    bool   // bars are as long as the logarithm: only what is above 0 can be drawn
	Labels []string
	Series []Series
}

// A Series has a number for each label.
type Series struct {
	Name   string
	Values []float64
}

// axis returns the axis of the bars, which begins at 0 if it can.
func (b Bars) axis() axis {
	var all []float64
	for _, s := range b.Series {
		all = append(all, s.Values[:min(len(s.Values), len(b.Labels))]...)
	}
	if !b.Log {
		return newAxis(b.Y, false, true, append(all, 0)...)
	}
	a := newAxis(b.Y, true, true, all...)
	for _, v := range all {
		if t, ok := a.at(v); ok && t < 0.02 {
			a.lo-- // so that the bar is seen
		}
	}
	return a
}

// start returns where bars begin: at 0, or at the lower end of a logarithmic axis.
func (b Bars) start(a axis) float64 {
	if b.Log {
		return 0
	}
	t, _ := a.at(0)
	return t
}

// value returns number j of series s, or NaN if there is none.
func (s Series) value(j int) float64 {
	if j >= len(s.Values) {
		return math.NaN()
	}
	return s.Values[j]
}

// text draws horizontal bars, in a column for each series, followed by numbers.
func (b Bars) text(columns int, color bool) string {
	const number, shortest = 9, 6 // the columns of a number, and of the longest bar at least
	label := textWidth(b.X)
	for _, l := range b.Labels {
		label = max(label, textWidth(l))
	}
	label = min(label, columns*3/8)
	// so many series beside each other
	fit := max(1, (columns-label)/(2+shortest+1+number))
	a := b.axis()
	text := textTitle(b.Title, columns) + textTitle(b.Y, columns)
	for first := 0; first == 0 || first < len(b.Series); first += fit {
		series := b.Series[first:min(first+fit, len(b.Series))]
		bar := (columns-label)/max(1, len(series)) - 2 - 1 - number
		g := newGrid(len(b.Labels)+1, columns)
		g.write(0, 0, cut(b.X, label))
		for j, l := range b.Labels {
			g.write(0, j+1, cut(l, label))
		}
		for i, s := range series {
			left := label + 2 + i*(2+bar+1+number)
			g.write(left, 0, cut(s.Name, bar+1+number))
			for j := range b.Labels {
				g.write(left+g.bar(left, j+1, bar, a, b.start(a), s.value(j), ink[kind(first+i)]),
					j+1, short(s.value(j)))
			}
		}
		text += g.text(color)
	}
	return text
}

// bar draws a bar of at most width characters, and returns the column for its number.
func (g grid) bar(left, row, width int, a axis, start, v float64, color int) int {
	t, ok := a.at(v)
	if !ok {
		return 0
	}
	from, to := int(min(t, start)*float64(width)+0.5), int(max(t, start)*float64(width)+0.5)
	for k := from; k < to; k++ {
		g[row][left+k] = cell{r: '█', color: color}
	}
	return to + 1
}

// short writes a number with two or three digits.
func short(v float64) string {
	s := strconv.FormatFloat(v, 'g', 2, 64)
	if math.Abs(v) >= 1 && math.Abs(v) < 1000 {
		s = strconv.FormatFloat(v, 'g', 3, 64)
	}
	return strings.ReplaceAll(s, "-", "−")
}

func (b Bars) draw(d *drawing) {
	d.title(b.Title)
	var keys []key
	for i, s := range b.Series {
		keys = append(keys, key{func(d *drawing, x, y float64) {
			d.add(`<rect class="f%d" x="%v" y="%v" width="12" height="12"/>`, kind(i), x-6, y-4)
		}, s.Name})
	}
	d.legend(keys)
	a := b.axis()
	f := d.frame(axis{name: b.X, labels: append([]string{}, b.Labels...)}, a, 190)
	start := f.v(b.start(a))
	group := (f.right - f.left) / float64(max(1, len(b.Labels)))
	bar := 0.8 * group / float64(max(1, len(b.Series)))
	for j := range b.Labels {
		x := f.left + group*float64(j)
		for i, s := range b.Series {
			t, ok := a.at(s.value(j))
			if !ok {
				continue
			}
			v := f.v(t)
			d.add(`<rect class="data f%d" x="%v" y="%v" width="%v" height="%v">`+
				`<title>%s</title></rect>`, kind(i), x+group*0.1+bar*float64(i), min(v, start),
				bar*0.9, math.Abs(v-start), escaped(fmt.Sprintf("%s: %.3g", s.Name, s.value(j))))
		}
	}
}
