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

func cantTell(reason string) verdict {
	return verdict{estimate: estimate{value: math.NaN(), err: math.Inf(1)}, reason: reason}
}

// check compares given with f′(x); NaN stands for no derivative. Where f or a step isn't finite,
// differences can't tell. It takes few steps at first, since most f need no more to see that a
// derivative is right, and all of them before any other verdict.
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
	l.measure(1)
	v := l.decide(given)
	accurate := l.accurate(v.estimate, tolerance, negligible, math.Abs(l.fx))
	if (v.right || math.IsNaN(given)) && accurate {
		return v
	}
	l.evaluate(1)
	l.measure(1, -1)
	return l.decide(given)
}

// evidence is what all differences together say about f′. At an end of f's domain, these are only
// those on the side where f is finite.
type evidence struct {
	estimates         []estimate // from central, backward and forward differences
	best              estimate   // the one with the smallest err
	backward, forward estimate
	large             estimate // what the five largest steps say alone
	jumps, slow       bool     // the differences don't settle, or settle slowly
}

func (l *line) evidence() evidence {
	backwards, forwards, centrals := l.differences()
	below, above := l.sides()
	var e evidence
	switch {
	case below && above:
		e.estimates = []estimate{extrapolate(centrals, 2)}
		e.large = extrapolate(centrals[:5], 2)
	case below:
		forwards = backwards
		e.large = extrapolate(backwards[:5], 1)
	default:
		backwards = forwards
		e.large = extrapolate(forwards[:5], 1)
	}
	e.backward, e.forward = extrapolate(backwards, 1), extrapolate(forwards, 1)
	e.estimates = append(e.estimates, e.backward, e.forward)
	byErr := func(a, b estimate) int { return cmp.Compare(a.err, b.err) }
	e.best = slices.MinFunc(e.estimates, byErr)
	e.jumps = unsettled(backwards, 0.2) || unsettled(forwards, 0.2)
	e.slow = unsettled(backwards, 0.02) || unsettled(forwards, 0.02)
	return e
}

// kink reports whether the slopes on both sides differ.
func (e evidence) kink() bool {
	return math.Abs(e.backward.value-e.forward.value) > e.backward.err+e.forward.err
}

// contradicts reports whether given differs from all estimates by more than five times their err.
func (e evidence) contradicts(given float64) bool {
	return !math.IsNaN(e.best.value) && !slices.ContainsFunc(e.estimates, func(e estimate) bool {
		return math.Abs(given-e.value) <= slack*e.err
	})
}

// overall returns the best estimate. If another one differs from it by more than both errors, as at
// a kink, its err is enlarged to include that one. At a kink, it is the mean of both slopes.
func (l *line) overall(e evidence) estimate {
	best := e.best
	for _, other := range e.estimates {
		if apart := math.Abs(other.value - best.value); apart > other.err+e.best.err {
			best.err = max(best.err, apart+e.best.err)
		}
	}
	if e.kink() {
		best.value = (e.backward.value + e.forward.value) / 2
	}
	if quantum := l.smallestChange(); best.smallest.flat && quantum <= 100*l.ulp() {
		best.err = max(best.err, quantum/best.smallest.h) // f rounds to multiples of that
	}
	return best
}

// decide gives the verdict on the derivative that is given.
//
// It is right if f′ is known, given agrees with it, and large steps don't show that f is made of
// stairs. It is wrong if each estimate contradicts it, there is no doubt that these see f′, and
// either f′ is known or nothing else explains the contradiction: neither chance, nor a jump, nor a
// kink, nor an end of the domain. At a kink whose sides differ by so little that err stays small,
// their mean is right.
func (l *line) decide(given float64) verdict {
	e := l.evidence()
	v := verdict{estimate: l.overall(e)}
	known, contradicted := l.known(v.estimate, e), e.contradicts(given)
	doubt := ""
	if known && math.Abs(given-v.value) <= l.allowed(v.estimate) {
		if doubt = l.largeStepsDisagree(e); doubt == "" {
			v.right = true
			return v
		}
	} else if contradicted {
		doubt = l.doubt(given, e.best)
	}
	below, above := l.sides()
	wrong := contradicted && doubt == "" && (known || below && above)

	switch {
	case known && wrong:
	case l.again != l.fx:
		v.reason = fmt.Sprintf("f isn't deterministic: two calls at x gave %.17g and %.17g",
			l.fx, l.again)
	case e.jumps:
		v.reason = "f jumps, or isn't finite, or is infinitely steep, at x or close to it"
	case e.slow:
		v.reason = "the differences settle slowly: f bends sharply at x or close to it"
	case e.kink():
		v.reason = fmt.Sprintf("f has a kink at x or close to it: its slope is %.6g on the left, "+
			"%.6g on the right", e.backward.value, e.forward.value)
	case doubt != "":
		v.reason = doubt
	case wrong:
	case e.best.smallest.flat:
		v.reason = flat(e.best)
	case math.IsNaN(v.value):
		v.reason = "the differences don't settle"
	default:
		v.reason = l.hidden(v.estimate)
	}
	return v
}

// known reports whether the estimate v tells f′: whether its err is at most 0.0075·|value|, or
// negligible beside f or beside the other derivatives in a Param. Along a direction, err must not
// hide such an error in a term of the usual size. And the slope on each side must be known at least
// roughly, so that a kink would show.
func (l *line) known(v estimate, e evidence) bool {
	if math.Abs(v.value) <= v.err && l.size() <= slack*l.eps {
		return true // all of f is rounding
	}
	share := max(maxRelErr, l.tolerance)
	if l.term != 0 && slack*v.err > max(share*l.term, slack*l.ulp()/largestStep) {
		return false
	}
	for _, side := range []estimate{e.backward, e.forward} {
		if !l.accurate(side, 1, tolerance, l.size()) {
			return false
		}
	}
	return l.term != 0 || l.accurate(v, share, negligible, l.size())
}

// allowed returns how far a right derivative may be from an estimate.
func (l *line) allowed(e estimate) float64 {
	allowed := e.err + l.tolerance*math.Abs(e.value)
	if e.err > max(maxRelErr, l.tolerance)*math.Abs(e.value) {
		allowed = slack * e.err // f hides it, and the given derivative has rounding errors, too
	}
	if math.Abs(e.value) <= e.err {
		// f′ may be 0. Then rounding leaves a residue of it in the derivative given.
		allowed = max(allowed, l.ulp()/(largestStep*l.unit()))
	}
	return allowed
}

// largeStepsDisagree says so if large steps settle on another derivative than the best estimate,
// and stairs explain it; else it returns "". Only stairs narrower than coarseStep count, as those
// of float32 are: wider ones may be part of f, such as those of a table.
func (l *line) largeStepsDisagree(e evidence) string {
	settled := e.large.err <= 0.1*math.Abs(e.large.value)
	if !settled || math.Abs(e.large.value-e.best.value) <= slack*(e.large.err+e.best.err) {
		return ""
	}
	return l.stairs(e.best, e.large.value, coarseStep*l.unit())
}

// doubt says why a derivative isn't wrong though it contradicts the best estimate, or "".
func (l *line) doubt(given float64, best estimate) string {
	// If f is the same at all points of the step, it may be rounded so coarsely that the step is
	// too small to change it. But even rounding to 11 bits hides only changes of less than a
	// thousandth of f.
	if best.smallest.flat && math.Abs(given)*best.smallest.h <= 1e-3*l.size() {
		return flat(best)
	}
	// If f varies over the smallest step nearly as much as anywhere, and not by rounding, it varies
	// within that step.
	smallest := l.steps[len(l.steps)-1].h
	if least, most := l.extremes(); l.distance == smallest &&
		l.sigma > 1000*l.eps*l.size() && most-least <= 100*l.sigma {
		return "f varies as much within the smallest step as over the largest"
	}
	return l.stairs(best, given, math.Inf(1))
}

// flat is the reason where small steps don't change f.
func flat(e estimate) string {
	return fmt.Sprintf("f is the same at x and at x ± %.2g, and may be rounded", e.smallest.h)
}

// hidden is the reason where an estimate isn't accurate enough.
func (l *line) hidden(e estimate) string {
	what := "it"
	if l.term != 0 {
		what = fmt.Sprintf("an error of %.2g in a term of it", maxRelErr*l.term)
	}
	return fmt.Sprintf("rounding hides %s: the numerical value %.6g is only known to within %.2g",
		what, e.value, e.err)
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

// size returns the largest |f| near x: as far as f grows less than h⁴ from one step to the next, or
// else a barrier or a pole may be there.
func (l *line) size() (size float64) {
	for i, s := range slices.Backward(l.steps) {
		here := math.Abs(l.fx)
		for _, f := range []float64{s.below, s.above} {
			if finite(f) {
				here = max(here, math.Abs(f))
			}
		}
		if i < len(l.steps)-1 && size > 0 && here > size*math.Pow(s.h/l.steps[i+1].h, 4) {
			break
		}
		size = max(size, here)
	}
	return size
}

// ulp returns the rounding error of a function that computes with numbers as large as f, or of
// about 1, if f is smaller.
func (l *line) ulp() float64 { return l.eps * max(l.size(), 1) }

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

// unsettled reports whether differences aren't finite, or don't settle as h shrinks: the last two
// decades of h change them by more than a share of what the two before did. This share is 0.01 for
// a smooth f, 0.1 for x^1.5 at 0, 0.6 for x^1.1 at 0, 10 for √x, and 100 where f jumps.
func unsettled(differences []difference, share float64) bool {
	n := len(differences)
	a, b, c := differences[n-1], differences[n-5], differences[max(n-9, 0)]
	change, before := math.Abs(a.value-b.value), math.Abs(b.value-c.value)
	return !finite(a.value) || change > max(slack*a.noise, share*before)
}
