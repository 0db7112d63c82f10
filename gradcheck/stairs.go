package gradcheck

import (
	"fmt"
	"math"
)

// Where f is rounded coarsely, or loses digits, it consists of stairs. Small steps see the slope of
// one stair, which is smooth, and large steps see f′. What gives stairs away is that f jumps.

// stairs looks for a jump of f, not farther than a distance from x, that would explain why the best
// estimate isn't slope. It returns what it has found, or "".
//
// f(x+h) − f(x−h), which is free of the curvature of f, should be 2h times the best estimate. Where
// it is off as far as stairs with that slope are, a jump may be the cause. Then bisection finds it:
// unless f jumps, a smaller interval has a smaller change. Four such places are enough. If the
// largest steps contradict slope as well, no jump explains it.
func (l *line) stairs(best estimate, slope, farthest float64) string {
	below, above := l.sides()
	width := 2.0 // of the interval, in h
	if !below || !above {
		width = 1
	}
	off := func(s step) float64 {
		if !below {
			s.below = l.fx
		}
		if !above {
			s.above = l.fx
		}
		return s.above - s.below - width*s.h*best.value
	}
	at := func(h float64) float64 {
		return off(step{h, l.f(l.x - h), l.f(l.x + h)})
	}
	rounding := 2 * sigmas * slack * max(l.sigma, l.eps*l.size())
	places := 0
	for i := len(l.steps) - 1; i >= 0 && places < 4; i-- {
		from, to, next := 0.0, l.steps[i], l.steps[max(i-1, 0)]
		if i+1 < len(l.steps) {
			from = l.steps[i+1].h
		}
		expected := width * to.h * math.Abs(slope-best.value) / 4
		if to.h > farthest || !finite(off(next)) { // or f ends here
			break
		}
		if math.Abs(off(to)) < max(expected, rounding) {
			continue
		}
		places++
		h, jump := bisect(at, from, to.h)
		if jump < rounding {
			continue
		}
		first, second := l.steps[0], l.steps[1]
		large := best.value + off(first)/(width*first.h)
		change := large - best.value - off(second)/(width*second.h)
		if math.Abs(slope-large) > slack*jump/(width*first.h)+2*math.Abs(change) {
			return "" // stairs would be off by a jump or two, and by what Taylor's series has left
		}
		return fmt.Sprintf("f jumps at a distance of %.1g, so it may be rounded: its slope is "+
			"%.6g over steps of %.1g, and %.6g over steps of %.1g",
			h, best.value, best.smallest.h, large, first.h)
	}
	return ""
}

// bisect returns where off jumps, and by how much: by 0 if it doesn't.
func bisect(off func(h float64) float64, from, to float64) (at, jump float64) {
	offFrom, offTo := 0.0, off(to)
	if from > 0 {
		offFrom = off(from)
	}
	change := math.Abs(offTo - offFrom)
	for range 12 {
		mid := (from + to) / 2
		if o := off(mid); math.Abs(o-offFrom) > math.Abs(offTo-o) {
			to, offTo = mid, o
		} else {
			from, offFrom = mid, o
		}
	}
	if jump = math.Abs(offTo - offFrom); jump < change/1000 {
		return to, 0
	}
	return to, jump
}
