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
		all = append(all, s.Values...)
	}
	if !b.Log {
		all = append(all, 0)
	}
	return newAxis(b.Y, b.Log, true, all...)
}

// start returns where bars begin: at 0, or on a logarithmic axis at its lower end.
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

// Text implements [Figure]. The bars lie, in a column for each series, with their numbers behind them.
func (b Bars) Text(colour bool) string {
	const number = 8
	label := len([]rune(b.X))
	for _, l := range b.Labels {
		label = max(label, len([]rune(l)))
	}
	label = min(label, 30) + 2
	width := max(1, (columns-label)/max(1, len(b.Series))-number-2)
	a := b.axis()
	start := b.start(a)
	g := newGrid(len(b.Labels) + 1)
	g.write(0, 0, b.X)
	for i, s := range b.Series {
		left := label + i*(width+number+2)
		g.write(left, 0, s.Name)
		for j, l := range b.Labels {
			g.write(0, j+1, cut(l, label-2))
			v := s.value(j)
			end := left
			if t, ok := a.at(v); ok {
				from, to := int(min(t, start)*float64(width)+0.5), int(max(t, start)*float64(width)+0.5)
				for k := from; k < to && left+k < columns; k++ {
					g[j+1][left+k] = cell{r: '█', colour: ink[i%len(ink)]}
				}
				end += to + 1
			}
			g.write(end, j+1, short(v))
		}
	}
	return textTitle(b.Title) + g.text(colour)
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// short writes a number with two digits or three.
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
			d.add(`<rect class="f%d" x="%.4g" y="%.4g" width="12" height="12"/>`, i%4, x-6, y-4)
		}, s.Name})
	}
	if len(keys) > 1 {
		d.legend(keys)
	}
	a := b.axis()
	f := d.frame(axis{name: b.X, labels: append([]string{}, b.Labels...)}, a, 190)
	start := f.bottom - b.start(a)*(f.bottom-f.top)
	group := (f.right - f.left) / float64(max(1, len(b.Labels)))
	bar := 0.8 * group / float64(max(1, len(b.Series)))
	for j := range b.Labels {
		x := f.left + group*float64(j)
		for i, s := range b.Series {
			t, ok := a.at(s.value(j))
			if !ok {
				continue
			}
			v := f.bottom - t*(f.bottom-f.top)
			d.add(`<rect class="data f%d" x="%.4g" y="%.4g" width="%.4g" height="%.4g"><title>%s</title></rect>`, i%4,
				x+group*0.1+bar*float64(i), min(v, start), bar*0.9, math.Abs(v-start), fmt.Sprintf("%s: %.3g", s.Name, s.value(j)))
		}
	}
}
