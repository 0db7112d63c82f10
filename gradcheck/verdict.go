package gradcheck

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A verdict on a given derivative has the best estimate of f′. The derivative is right, or there is
// a reason why differences can't tell, or else it is wrong.
type verdict struct {
	estimate
	right  bool
	reason string
}

func (v verdict) wrong() bool { return !v.right && v.reason == "" }

func cantTell(reason string) verdict {
	return verdict{estimate: estimate{value: math.NaN(), err: math.Inf(1)}, reason: reason}
}

// check compares given with f′(x); NaN stands for no derivative. Where f or a step isn't finite,
// differences can't tell. It takes few steps at first, since most f need no more to see that a
// derivative is right. Before it calls one wrong, it looks for rounding that shows at larger
// distances only.
func (l *line) check(given float64) verdict {
	l.fx = l.f(l.x)
	switch {
	case !finite(l.fx):
		return cantTell(fmt.Sprintf("f is %g at x", l.fx))
	case !finite(l.x):
		return cantTell(fmt.Sprintf("x is %g", l.x))
	case !finite(l.x + largestStep*l.x):
		return cantTell("x ± 0.1·x isn't finite")
	}
	l.evaluate(4)
	v := l.decide(given, l.rounding(1, 0))
	accurate := l.accurate(v.estimate, tolerance, negligible, v.smallest.size)
	if (v.right || math.IsNaN(given)) && accurate {
		return v
	}
	l.evaluate(1)
	v = l.decide(given, max(l.rounding(1, 0), l.rounding(-1, 0)))
	if v.wrong() && !math.IsNaN(given) {
		// Unless f rounds more coarsely over larger distances, as where it consists of stairs.
		w := l.decide(given, max(l.rounding(1, coarseStep), l.rounding(-1, coarseStep)))
		near := math.Abs(given-v.value) <= 10*tolerance*math.Abs(v.value)
		if w.right || near && !w.wrong() {
			v.reason = fmt.Sprintf("f rounds more coarsely over distances of %.1g than closer to x",
				coarseStep*l.unit())
		}
	}
	return v
}

// decide gives the verdict on the derivative that is given. There are three estimates of f′, from
// central, backward and forward differences; at an end of f's domain, there is only the one for the
// side where f is finite. The best is the one with the smallest err. If another one differs from it
// by more than both errors, as at a kink, the err of the verdict is enlarged to include that one.
//
// f′ is known if err is at most 0.0075·|value|, or negligible beside f or beside the other
// derivatives in a Param; and if the backward and the forward estimate are known at least roughly,
// so that a kink would show. The derivative given is refuted if it differs from each estimate by
// more than five times its err, unless f is the same at x and x ± h, so that rounding may hide it.
// The first of these rules applies:
//
//  1. The derivative is right if f′ is known, and |given − value| ≤ err + 1e-6·|value|, or 5·err
//     where err is above 0.0075·|value|. If value may be 0, it may be off by the rounding of f.
//  2. The derivative is wrong if f′ is known, and it is refuted. Neither this rule nor rule 4
//     applies if other steps agree with it, or if f varies within the smallest step.
//  3. Differences can't tell if f isn't deterministic; if two ranges of steps disagree; if f varies
//     within the smallest step; if it jumps, isn't finite or is infinitely steep at x or close to
//     it; or if it has a kink there.
//  4. The derivative is wrong if it is refuted, even though f′ isn't known.
//  5. Otherwise differences can't tell, because rounding hides f′.
//
// At a kink whose sides differ by so little that err stays small, the mean of both slopes is right.
func (l *line) decide(given, sigma float64) verdict {
	backwards, forwards, centrals := l.differences(sigma)
	backward, forward := extrapolate(backwards, 1), extrapolate(forwards, 1)
	estimates := []estimate{extrapolate(centrals, 2), backward, forward}
	below, above := l.sides()
	switch { // at an end of the domain, only one is left
	case below && !above:
		estimates, forwards, forward = []estimate{backward}, backwards, backward
	case above && !below:
		estimates, backwards, backward = []estimate{forward}, forwards, forward
	}
	best := slices.MinFunc(estimates, func(a, b estimate) int { return cmp.Compare(a.err, b.err) })
	v := verdict{estimate: best}
	refuted := !math.IsNaN(best.value)
	for _, e := range estimates {
		if apart := math.Abs(e.value - best.value); apart > e.err+best.err {
			v.err = max(v.err, apart+best.err)
		}
		refuted = refuted && !(math.Abs(given-e.value) <= slack*e.err)
	}
	least, most := l.extremes()
	largestF := max(math.Abs(least), math.Abs(most))
	kink := math.Abs(backward.value-forward.value) > backward.err+forward.err
	if kink {
		v.value = (backward.value + forward.value) / 2
	}
	// If f is the same at all points of the step, it may be rounded so coarsely that the step is
	// too small to change it. But even rounding to 11 bits hides only changes of less than a
	// thousandth of f.
	hidden := best.smallest.flat && math.Abs(given)*best.smallest.h <= 1e-3*best.smallest.largestF
	refuted = refuted && !hidden
	if quantum := l.smallestChange(); best.smallest.flat && quantum <= 100*l.eps*max(largestF, 1) {
		v.err = max(v.err, quantum/best.smallest.h) // f rounds to multiples of that
	}
	// The derivative is known only if both sides are accurate enough to reveal a kink.
	known := l.accurate(v.estimate, maxRelErr, negligible, best.smallest.largestF) &&
		l.accurate(backward, 1, tolerance, backward.smallest.largestF) &&
		l.accurate(forward, 1, tolerance, forward.smallest.largestF)
	allowed := v.err + tolerance*math.Abs(v.value)
	if v.err > maxRelErr*math.Abs(v.value) {
		allowed = slack * v.err // f hides it, and the given derivative has rounding errors, too
	}
	if math.Abs(v.value) <= v.err {
		// f′ may be 0. Then rounding leaves a residue of it, in f and in the derivative given.
		residue := l.eps * max(largestF, 1)
		allowed = max(allowed, residue/(largestStep*l.unit()))
		refuted = refuted && math.Abs(given) > residue/l.flatTo()
		known = known || largestF <= slack*l.eps // all of f is rounding
	}
	other, agrees := otherRange(given, best, centrals)
	// If f varies near x nearly as much as anywhere, and not by rounding, it varies within a step.
	last := l.steps[len(l.steps)-1]
	fast := sigma > 1000*l.eps*largestF && most-least <= 100*sigma &&
		last.below != l.fx && last.above != l.fx
	wrong := refuted && !agrees && !fast

	switch {
	case known && math.Abs(given-v.value) <= allowed: // rule 1
		v.right = true
	case known && wrong: // rule 2
	case l.again != l.fx: // rule 3, down to the kink
		v.reason = fmt.Sprintf("f isn't deterministic: two calls at x gave %.17g and %.17g",
			l.fx, l.again)
	case refuted && agrees:
		v.reason = fmt.Sprintf("f has slope %.6g over steps of %.1g, and %.6g over steps of %.1g: "+
			"it may lose digits", other.value, other.smallest.h, best.value, best.smallest.h)
	case unsettled(backwards) || unsettled(forwards):
		v.reason = "f jumps, or isn't finite, or is infinitely steep, at x or close to it"
	case refuted && fast:
		v.reason = "f varies as much within the smallest step as over the largest"
	case kink:
		v.reason = fmt.Sprintf("f has a kink at x or close to it: "+
			"its slope is %.6g on the left, %.6g on the right", backward.value, forward.value)
	case wrong: // rule 4
	case best.smallest.flat: // rule 5, to the end
		v.reason = fmt.Sprintf("f is the same at x and at x ± %.2g, and may be rounded",
			best.smallest.h)
	case math.IsNaN(v.value):
		v.reason = "the differences don't settle"
	default:
		v.reason = fmt.Sprintf("rounding hides it: "+
			"the numerical value %.6g is only known to within %.2g", v.value, v.err)
	}
	return v
}

// otherRange looks for neighboring steps, up to four, whose differences agree with a derivative and
// contradict the best estimate. Where f loses digits, it consists of stairs. Small steps then see
// the slope of one stair, which is smooth, and large steps see f′.
func otherRange(given float64, best estimate, differences []difference) (e estimate, agrees bool) {
	for from := range differences {
		for to := from + 2; to <= min(from+4, len(differences)); to++ {
			e := extrapolate(differences[from:to], 2)
			if e.err <= 0.1*math.Abs(e.value) &&
				math.Abs(given-e.value) <= slack*e.err+tolerance*math.Abs(given) &&
				math.Abs(best.value-e.value) > slack*(e.err+best.err) {
				return e, true
			}
		}
	}
	return estimate{}, false
}

// flatTo returns the largest step up to which f is the same as at x. If it is the same at no step,
// that is the largest of all.
func (l *line) flatTo() float64 {
	h := l.steps[0].h
	for _, s := range slices.Backward(l.steps) {
		if s.below != l.fx || s.above != l.fx {
			break
		}
		h = s.h
	}
	return h
}

// smallestChange returns the smallest difference from f(x), but for 0, and 0 if there is none.
func (l *line) smallestChange() (change float64) {
	for _, s := range l.steps {
		for _, f := range []float64{s.below, s.above} {
			if c := math.Abs(f - l.fx); c > 0 && (c < change || change == 0) {
				change = c
			}
		}
	}
	return change
}

// extremes returns the least and the largest f that was seen.
func (l *line) extremes() (least, most float64) {
	least, most = l.fx, l.fx
	for _, s := range l.steps {
		for _, f := range []float64{s.below, s.above} {
			if finite(f) {
				least, most = min(least, f), max(most, f)
			}
		}
	}
	return least, most
}

// accurate reports whether the error of an estimate is at most relTol of f′, or fTol of fSize, a
// size of f, or small beside the other derivatives.
func (l *line) accurate(e estimate, relTol, fTol, fSize float64) bool {
	if l.eps == eps32 {
		fTol *= 10000 // float32 has fewer digits
	}
	return e.err <= max(relTol*math.Abs(e.value), fTol*fSize/l.unit(), paramTolerance*l.scale)
}

// unsettled reports whether differences aren't finite, or grow as h shrinks over the last five
// steps, which are two decades or more. Over two decades, the differences of √x grow by a factor of
// 10, and those of a jump by 100.
func unsettled(differences []difference) bool {
	last, before := differences[len(differences)-1], differences[len(differences)-5]
	return !finite(last.value) ||
		math.Abs(last.value) > max(5*math.Abs(before.value), slack*last.noise)
}
