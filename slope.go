package micrograd

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// This file tells from values of f alone whether a derivative is right.
//
// For a smooth f and a step h, Taylor's formula says of the differences
//
//	left     (f(x) − f(x−h))/h     = f′ − f″·h/2 + f‴·h²/6 − …
//	right    (f(x+h) − f(x))/h     = f′ + f″·h/2 + f‴·h²/6 + …
//	central  (f(x+h) − f(x−h))/2h  = f′          + f‴·h²/6 + …
//
// So as h shrinks, all three settle on f′, until rounding covers them: each value of f is rounded,
// and dividing by a small h enlarges the error. The derivative is what the differences settle on
// before that. Hence
//
//  1. evaluate f at many steps, from large to small (line.look);
//  2. measure how f rounds near x (line.rounding, in noise.go), which tells how far each difference
//     may be off (line.differences);
//  3. extrapolate each kind of difference to h = 0, and believe an estimate only if it holds at every
//     smaller step (limit, holds): a large step doesn't see a narrow feature of f, a pole, a jump or a
//     kink, but the smaller ones do;
//  4. decide whether the given derivative is right or wrong, or say why differences can't tell
//     (line.verdict).

const (
	largest  = 0.1   // the largest step, in units of max(|x|, 1)
	rough    = 1e-6  // a distance over which f should look smooth, in the same units
	smallest = 1e-13 // the smallest step, in units of |x|: some hundred times the gap between float64s

	ulp    = 0x1p-52 // the gap between float64s, relative to them
	likely = 2       // most rounding errors are smaller than this many standard deviations,
	never  = 5       // and none is larger than this many times that: the deviation is an estimate, too

	tolerance  = 1e-6   // relative: an f with tables or solvers in it has no better derivatives
	visible    = 0.0075 // relative: with a smaller error, an estimate shows that 1 % is wrong
	negligible = 1e-9   // relative to the derivative, or to |f|/max(|x|, 1): such an error doesn't matter
)

// A line is f as a function of one number x: of a coordinate, or of the distance along a direction.
type line struct {
	f         func(x float64) float64
	x         float64
	magnitude float64 // of the largest coordinate: f may round what it computes from that
	fx, again float64 // f(x), and f(x) once more: they differ if f isn't deterministic
	steps     []step
}

type step struct{ h, below, above float64 } // f(x−h) and f(x+h)

// A difference is what one step says about f′.
type difference struct {
	h, value float64
	noise    float64 // how far rounding is likely to move value, at most
	reach    float64 // the largest |f| at this step and at all larger ones
	still    bool    // f is the same at both points of the difference as at x
}

// An estimate is what several steps say about f′, of which the smallest is at.
type estimate struct {
	value float64
	err   float64 // how far value is likely to be off, at most
	at    difference
}

// A slope is the best estimate of f′, and a verdict on the derivative given: it is right; or
// differences can't tell, for a reason; or, if there is no reason either, it is wrong.
type slope struct {
	estimate
	right  bool
	reason string
}

// slope compares given with f′(x). It takes few steps at first, since most f need no more.
func (l *line) slope(given float64) slope {
	l.fx = l.f(l.x)
	switch {
	case !finite(l.fx):
		return untold(fmt.Sprintf("f is %g at x", l.fx))
	case !finite(l.x + largest*l.x):
		return untold("x is too large to be moved")
	}
	l.look(4)
	s := l.verdict(given, l.rounding(1, 0))
	if (s.right || math.IsNaN(given)) && l.knows(s.estimate, tolerance, negligible) {
		return s
	}
	l.look(1)
	s = l.verdict(given, max(l.rounding(1, 0), l.rounding(-1, 0)))
	if !s.right && s.reason == "" {
		// Or part of f is a staircase, whose stairs don't show at points as close as before.
		if l.verdict(given, max(l.rounding(1, rough), l.rounding(-1, rough))).right {
			s.reason = fmt.Sprintf("f is rough: over distances of %g, part of it seems to be rounded",
				rough*l.unit())
		}
	}
	return s
}

func untold(reason string) slope {
	return slope{estimate: estimate{value: math.NaN(), err: math.Inf(1)}, reason: reason}
}

// look takes the largest step and those that are √10, 10, 10·√10, … times as small; but after five
// of them only every stride-th. (√10 isn't an integer, so that a periodic f can't look the same at
// all steps.) If x is tiny, it leaves out those between what is small beside 1 and what is large
// beside x.
func (l *line) look(stride int) {
	l.steps = nil
	x := math.Abs(l.x)
	end := smallest * x
	if x < 1e-280 { // as good as 0
		end = smallest
	}
	for i, h := 0, largest*l.unit(); h > 0.99*end; i, h = i+1, h/math.Sqrt(10) {
		if i > 4 && i%stride > 0 || x < h && h < smallest {
			continue
		}
		h := l.x + h - l.x // as float64 has it, so that x+h and x−h are exact
		l.steps = append(l.steps, step{h, l.f(l.x - h), l.f(l.x + h)})
	}
	l.again = l.fx
	for range 4 / stride {
		if again := l.f(l.x); again != l.fx {
			l.again = again
		}
	}
}

func (l *line) unit() float64 { return max(math.Abs(l.x), 1) }

// differences returns those of each kind. Three things add to their noise: the rounding errors near
// x, whose standard deviation is sigma; that values far from x may be larger, and their errors,
// too; and that f computes with numbers like x, which are rounded: that moves the derivative by f″,
// or gap/h, times an ulp of x.
func (l *line) differences(sigma float64) (left, right, central []difference) {
	sigma = max(sigma, math.Abs(l.again-l.fx))
	reach := math.Abs(l.fx)
	for _, s := range l.steps {
		below, above := l.fx-s.below, s.above-l.fx
		if finite(below) && finite(above) {
			reach = max(reach, math.Abs(s.below), math.Abs(s.above))
		}
		size := max(math.Abs(s.below), math.Abs(l.fx), math.Abs(s.above))
		gap := math.Abs(above-below) / s.h
		noise := likely * (sigma + ulp*size + ulp*l.magnitude*gap + math.SmallestNonzeroFloat64) / s.h
		left = append(left, difference{s.h, below / s.h, 2 * noise, reach, below == 0})
		right = append(right, difference{s.h, above / s.h, 2 * noise, reach, above == 0})
		both := (s.above - s.below) / (2 * s.h)
		central = append(central, difference{s.h, both, noise, reach, below == 0 && above == 0})
	}
	return left, right, central
}

// limit extrapolates differences to h = 0, in powers of h^order (Ridders 1982, Accurate computation
// of F′(x) and F′(x)F″(x)). If d = f′ + a·h and, for a larger step H, D = f′ + a·H, then d + (d −
// D)/(H/h − 1) = f′. If there are terms in h², too, two such results are combined to get rid of
// them, and so on. How far a result is from those that it is made of tells how good it is.
func limit(differences []difference, order int) estimate {
	best := estimate{value: math.NaN(), err: math.Inf(1)}
	var last []float64
	for i, d := range differences {
		if !finite(d.value) {
			last = nil // f isn't defined so far from x
			continue
		}
		e := []float64{d.value}
		for j, l := range last {
			ratio := math.Pow(differences[i-j-1].h/d.h, float64(order))
			e = append(e, e[j]+(e[j]-l)/(ratio-1))
			better := estimate{e[j+1], d.noise + max(math.Abs(e[j+1]-e[j]), math.Abs(e[j+1]-l)), d}
			// Two differences to one side prove little: they may be the same because f″ and f‴
			// cancel out.
			if j+order >= 2 && better.err < best.err && holds(better, differences[i:], order) {
				best = better
			}
		}
		last = e
	}
	return best
}

// holds says whether no smaller step contradicts an estimate, whose own step is the first one. They
// may differ from it by their errors, and by what f bends: that is known at the first step, and
// shrinks like h^order.
func holds(e estimate, differences []difference, order int) bool {
	bend := 2 * math.Abs(e.at.value-e.value)
	for _, d := range differences[1:] {
		allowed := never*(e.err+d.noise) + bend*math.Pow(d.h/e.at.h, float64(order))
		if !(math.Abs(d.value-e.value) <= allowed) { // also if it is NaN
			return false
		}
	}
	return true
}

// verdict compares given with the best of three estimates, which is the one with the smallest
// error. But if another one differs from it by more than their errors, as at a kink, then that
// difference is the error.
func (l *line) verdict(given, sigma float64) slope {
	lefts, rights, centrals := l.differences(sigma)
	left, right, central := limit(lefts, 1), limit(rights, 1), limit(centrals, 2)
	estimates := []estimate{central, left, right}
	best := slices.MinFunc(estimates, func(a, b estimate) int { return cmp.Compare(a.err, b.err) })
	s := slope{estimate: best}
	refuted := !best.at.still
	for _, e := range estimates {
		if gap := math.Abs(e.value - best.value); gap > e.err+best.err {
			s.err = max(s.err, gap+best.err)
		}
		refuted = refuted && !(math.Abs(given-e.value) <= never*e.err)
	}
	// Each side must be known well enough to see a kink.
	known := l.knows(s.estimate, visible, negligible) &&
		l.knows(left, 1, tolerance) && l.knows(right, 1, tolerance)
	switch {
	case known && math.Abs(given-s.value) <= tolerance*math.Abs(s.value)+s.err:
		s.right = true
	case known && refuted:
		// wrong
	case l.again != l.fx:
		s.reason = fmt.Sprintf("f isn't deterministic: two calls at x gave %.17g and %.17g",
			l.fx, l.again)
	case unsettled(lefts) || unsettled(rights):
		s.reason = "f jumps, or isn't finite, or is infinitely steep, at x or close to it"
	case math.Abs(left.value-right.value) > left.err+right.err:
		s.reason = fmt.Sprintf("f has a kink at x or close to it: "+
			"its slope is %.6g on the left, %.6g on the right", left.value, right.value)
	case s.at.still:
		s.reason = fmt.Sprintf("f is the same at x and at x ± %.2g, so rounding may hide the derivative",
			s.at.h)
	default:
		s.reason = fmt.Sprintf("rounding hides it: the numerical value %.6g is only known to within %.2g",
			s.value, s.err)
	}
	return s
}

// knows says whether an estimate's error is small relative to the derivative, or to f. If all that
// was seen of f is rounding, f is a difference of larger numbers; they are taken to be about 1.
func (l *line) knows(e estimate, derivative, f float64) bool {
	size := e.at.reach
	if size < never*e.at.noise*e.at.h {
		size = 1
	}
	return e.err <= derivative*math.Abs(e.value) || e.err <= f*size/l.unit()
}

// unsettled says whether differences aren't finite, or grow as h shrinks.
func unsettled(differences []difference) bool {
	last, before := differences[len(differences)-1], differences[len(differences)-5]
	return !finite(last.value) || math.Abs(last.value) > max(5*math.Abs(before.value), never*last.noise)
}
