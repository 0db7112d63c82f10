package figure

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// An axis maps numbers to the interval from 0 to 1.
type axis struct {
	name   string
	lo, hi float64 // logarithms, if it is a logarithmic one
	log    bool
	labels []string // of bars; if there are any, the axis has no numbers
}

// far is the largest number on an axis: a little less than the largest float64, so that differences
// are finite.
const far = 1e300

// newAxis returns an axis for all values that can be drawn. If round is true, it begins and ends
// with a tick.
func newAxis(name string, log, round bool, values ...float64) axis {
	a := axis{name: name, lo: math.Inf(1), hi: math.Inf(-1), log: log}
	for _, v := range values {
		if x, ok := a.place(v); ok {
			a.lo, a.hi = min(a.lo, x), max(a.hi, x)
		}
	}
	switch {
	case a.lo > a.hi: // nothing can be drawn
		a.lo, a.hi = 0, 1
	case a.hi-a.lo <= a.least(): // all values are the same, or nearly
		switch {
		case log:
			a.lo, a.hi = a.lo-1, a.hi+1
		case a.lo == 0: // as before the first epoch
			a.hi = 1
		default:
			widen := max(math.Abs(a.lo)/10, 1e-300)
			a.lo, a.hi = a.lo-widen, a.hi+widen
		}
	}
	if round {
		step := a.step(5)
		if log {
			step = 1
		}
		a.lo, a.hi = math.Floor(a.lo/step+1e-9)*step, math.Ceil(a.hi/step-1e-9)*step
	}
	return a
}

// least returns the smallest length of an axis: smaller differences are rounding errors.
func (a axis) least() float64 {
	if a.log {
		return 1e-9
	}
	return max(1e-12*max(math.Abs(a.lo), math.Abs(a.hi)), 1e-300)
}

// place returns v, or its logarithm on a logarithmic axis.
func (a axis) place(v float64) (x float64, ok bool) {
	if a.log {
		v = math.Log10(v)
	}
	return max(-far, min(far, v)), !math.IsNaN(v) && !math.IsInf(v, 0)
}

// at returns the position of v, from 0 to 1, or false if v can't be drawn.
func (a axis) at(v float64) (t float64, ok bool) {
	x, ok := a.place(v)
	return (x - a.lo) / (a.hi - a.lo), ok
}

// value is the inverse of at.
func (a axis) value(t float64) float64 { return a.lo + t*(a.hi-a.lo) }

// step returns the distance of ticks, so that there are at most n distances: 1, 2 or 5 times a
// power of ten, or a whole number of decades.
func (a axis) step(n int) float64 {
	least := (a.hi - a.lo) / float64(n)
	step := math.Pow(10, math.Floor(math.Log10(least)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*step >= least*(1-1e-9) {
			step *= m
			break
		}
	}
	if a.log {
		step = max(1, math.Round(step))
	}
	return step
}

// A tick is a place on an axis that has a label.
type tick struct {
	t     float64
	label string
}

// ticks returns ticks, with at most n distances.
func (a axis) ticks(n int) (ticks []tick) {
	if a.labels != nil {
		for i := 0; i < len(a.labels); i += (len(a.labels) + n - 1) / n {
			ticks = append(ticks, tick{(float64(i) + 0.5) / float64(len(a.labels)), a.labels[i]})
		}
		return ticks
	}
	step := a.step(n)
	first := math.Ceil(a.lo/step - 1e-9)
	for i := range n + 1 {
		x := (first + float64(i)) * step
		if t := (x - a.lo) / (a.hi - a.lo); t <= 1+1e-9 {
			ticks = append(ticks, tick{t, a.label(x, step)})
		}
	}
	return slices.CompactFunc(ticks, func(s, t tick) bool { return s.label == t.label })
}

// label writes a tick with as many digits as distinguish it from the next.
func (a axis) label(x, step float64) string {
	if a.log {
		return "10" + superscript(strconv.Itoa(int(math.Round(x))))
	}
	if math.Abs(x) < step/2 {
		return "0"
	}
	exponent := func(x float64) int { return int(math.Floor(math.Log10(x) + 1e-9)) }
	digits := exponent(math.Abs(x)) - exponent(step) + 1
	s := strconv.FormatFloat(x, 'g', min(max(digits, 1), 17), 64)
	if y := math.Abs(x); y >= 1e-4 && y < 1e6 {
		s = strconv.FormatFloat(x, 'f', max(0, -int(math.Floor(math.Log10(step)+1e-9))), 64)
	}
	return strings.ReplaceAll(s, "-", "−")
}

func superscript(s string) string {
	return strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴",
		"5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹").Replace(s)
}

// A frame is the part of a drawing between two axes.
type frame struct {
	x, y                     axis
	left, top, right, bottom float64
}

// frame draws axes with ticks, and returns the frame between them, with that height.
func (d *drawing) frame(x, y axis, height float64) frame {
	f := frame{x: x, y: y, left: margin, right: d.right - 4}
	yTicks := y.ticks(5)
	for _, t := range yTicks {
		f.left = max(f.left, margin+width(t.label)+8)
	}
	if y.name != "" {
		d.y += lineHeight + 2
		d.text(margin, d.y-4, "start", y.name)
	}
	f.top = d.y + 8
	f.bottom = f.top + height
	for _, t := range yTicks {
		d.add(`<path class="rule" d="M%v %vH%v"/>`, f.left, f.v(t.t), f.right)
		d.text(f.left-6, f.v(t.t)+4.5, "end", t.label)
	}
	for _, t := range f.xTicks() {
		d.add(`<path class="rule" d="M%v %vv5"/>`, f.u(t.t), f.bottom)
		d.text(f.labelAt(t), f.bottom+lineHeight, "middle", t.label)
	}
	d.add(`<path class="rule" d="M%v %vH%v"/>`, f.left, f.bottom, f.right)
	d.y = f.bottom + lineHeight + 6
	if x.name != "" {
		d.y += lineHeight
		d.text(max((f.left+f.right)/2, margin+width(x.name)/2), d.y-6, "middle", x.name)
	}
	return f
}

// labelAt returns the middle of the label of a tick on the x axis, which stays on the page.
func (f frame) labelAt(t tick) float64 {
	half := width(t.label) / 2
	return max(margin+half, min(f.u(t.t), f.right+4-half))
}

// xTicks returns as many ticks as have room for their labels.
func (f frame) xTicks() (ticks []tick) {
	for n := max(6, len(f.x.labels)); n > 0; n-- {
		ticks = f.x.ticks(n)
		const gap = 12
		fit := true
		for i, t := range ticks[:max(0, len(ticks)-1)] {
			next := ticks[i+1]
			fit = fit && f.labelAt(next)-f.labelAt(t) >= (width(t.label)+width(next.label))/2+gap
		}
		if fit {
			break
		}
	}
	return ticks
}

// u and v return the coordinates on the page of s on the x axis and t on the y axis.
func (f frame) u(s float64) float64 { return f.left + s*(f.right-f.left) }
func (f frame) v(t float64) float64 { return f.bottom - t*(f.bottom-f.top) }
