package gradcheck

import (
	"fmt"
	"math"
	"slices"
)

// Where f is rounded coarsely, or loses digits, it consists of stairs. Small steps see the slope of
// one stair, which is smooth, and large steps see f′. What gives stairs away is that f jumps.

// stairs looks for a jump of f, at most farthest from x, that explains why the best estimate
// differs from slope, which may be f′. It returns a reason, or "" if there is none.
//
// f(x+h) − f(x−h), which is free of the curvature of f, should be 2h times the best estimate. At
// the first step where it is off by as much as stairs along slope would be, it looks for a jump by
// bisection: unless f jumps, a smaller interval has a smaller change. It tries up to four steps. If
// the largest steps contradict slope as well, no jump explains it.
func (l *line) stairs(best estimate, slope, farthest float64) string {
	below, above := l.sides()
	width := 2.0 // of the interval in which f is finite, in multiples of h
	if !below || !above {
		width = 1
	}
	off := func(s step) float64 { // how far f leaves the line with the best slope
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
	smaller, tried := 0.0, 0
	for i, s := range slices.Backward(l.steps) {
		ends := !finite(off(l.steps[max(i-1, 0)])) // between this step and the next larger one
		if s.h > farthest || ends || tried == 4 {
			break
		}
		from := smaller
		smaller = s.h
		if math.Abs(off(s)) < max(width*s.h*math.Abs(slope-best.value)/4, rounding) {
			continue
		}
		tried++
		h, jump := bisect(at, from, s.h)
		if jump < rounding {
			continue
		}
		first, second := l.steps[0], l.steps[1]
		large := best.value + off(first)/(width*first.h)
		change := large - best.value - off(second)/(width*second.h)
		if math.Abs(slope-large) > slack*jump/(width*first.h)+2*math.Abs(change) {
			return "" // by more than some jumps and what is left of Taylor's series
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
