package gradcheck

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
//	backward  (f(x) − f(x−h))/h     = f′ − f″·h/2 + f‴·h²/6 − …
//	forward   (f(x+h) − f(x))/h     = f′ + f″·h/2 + f‴·h²/6 + …
//	central   (f(x+h) − f(x−h))/2h  = f′          + f‴·h²/6 + …
//
// So as h shrinks, all three converge to f′, until rounding errors dominate: each value of f is
// rounded, and dividing by a small h enlarges the error. The derivative is what the differences
// converge to before that. Hence
//
//  1. evaluate f at many steps, from large to small (line.evaluate);
//  2. measure how f rounds near x (line.rounding, in noise.go), which tells how far each difference
//     may be off (line.differences);
//  3. extrapolate each kind of difference to h = 0 (extrapolate), and believe an estimate only if
//     it holds at every smaller step (holds): a large step doesn't see a narrow feature of f, a
//     pole, a jump or a kink, but the smaller ones do;
//  4. decide whether the given derivative is right or wrong, or say why differences can't tell
//     (line.decide).

const (
	// Steps are multiples of max(|x|, 1). If f is smooth within the largest, few steps are enough.
	largestStep  = 0.1
	coarseStep   = 1e-6 // even the stairs of float32 show at this distance
	smallestStep = 450  // times eps: 1e-13 in float64, so that h and x+h have digits to spare

	// If x is tiny, steps go down to this, in units of |x|: x may be close to a pole at 0.
	smallestNearZero = 1e-4

	sigmas = 2 // bounds on rounding errors are two standard deviations
	slack  = 5 // only a difference of five bounds is a contradiction, as bounds are estimates

	tolerance      = 1e-6   // relative: an f with tables or solvers in it has no better derivatives
	maxRelErr      = 0.0075 // relative: an estimate with a smaller error detects an error of 1 %
	negligible     = 1e-9   // relative to |f|/max(|x|, 1): an error that rounding makes inevitable
	paramTolerance = 3e-4   // relative to the largest derivative in a Param
	// Within negligible or paramTolerance, five times err is allowed: see rule 1 of decide.
)

// The machine epsilons: the gaps between numbers of a type, relative to them.
const eps64, eps32 = 0x1p-52, 0x1p-23

// A line is f as a function of one number x: of a coordinate, or of the distance along a direction.
type line struct {
	f         func(x float64) float64
	x         float64
	eps       float64 // of the type of x
	scale     float64 // of the derivatives in a Param, beside which a smaller error doesn't matter
	fx, again float64 // f(x), and f(x) once more: they differ if f isn't deterministic
	steps     []step
}

type step struct{ h, below, above float64 } // f(x−h) and f(x+h)

// A difference is what one step says about f′.
type difference struct {
	h, value float64
	noise    float64 // a bound on the error that rounding makes
	size     float64 // the largest |f| at the points of this step
	largestF float64 // the largest |f| at this step and at all larger ones
	flat     bool    // f is the same at both points of the difference as at x
}

// An estimate is what several steps say about f′.
type estimate struct {
	value    float64
	err      float64    // a bound on its error
	smallest difference // that of the smallest step
}

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
		// Unless part of f is computed in float32, say, which shows at larger distances only.
		if l.decide(given, max(l.rounding(1, coarseStep), l.rounding(-1, coarseStep))).right {
			v.reason = fmt.Sprintf("part of f seems to be computed in lower precision: "+
				"it rounds more coarsely over distances of %g", coarseStep*l.unit())
		}
	}
	return v
}

// evaluate computes f at x ± h for each of the step sizes, and again at x.
func (l *line) evaluate(stride int) {
	l.steps = nil
	for _, h := range l.stepSizes(stride) {
		l.steps = append(l.steps, step{h, l.f(l.x - h), l.f(l.x + h)})
	}
	l.again = l.fx
	// Once if steps are few, and four times if not: dropout may be the same twice, but hardly five
	// times.
	for range 4 / stride {
		if again := l.f(l.x); again != l.fx {
			l.again = again
		}
	}
}

// stepSizes lists the steps h = largestStep/√10ⁱ, that is two in a decade; but after the first
// five, which most extrapolations need, every stride-th only. They end at smallestStep. If x is
// smaller than that, such as 1e-20, the list leaves a gap down to |x|, and goes on from there to
// smallestNearZero·|x|, in case f has a pole or an end at 0.
func (l *line) stepSizes(stride int) (sizes []float64) {
	x, least := math.Abs(l.x), smallestStep*l.eps*l.unit()
	end := least
	if x > 1e-280 { // else it is as good as 0
		end = min(end, smallestNearZero*x)
	}
	for i, h := 0, largestStep*l.unit(); h > 0.99*end; i, h = i+1, h/math.Sqrt(10) {
		if i > 4 && i%stride > 0 || x < h && h < 0.99*least {
			continue
		}
		moved := x + h
		if l.eps == eps32 {
			moved = float64(float32(moved))
		}
		sizes = append(sizes, moved-x) // h after x+h was rounded to the type of x
	}
	return sizes
}

func (l *line) unit() float64 { return max(math.Abs(l.x), 1) }

// differences returns the backward, forward and central differences. Their noise has three sources:
//
//   - the rounding errors of f near x, with the standard deviation sigma;
//   - the rounding of larger values of f, which is uniform within half of eps·|f|, and so has
//     a standard deviation of 0.29·eps·|f|;
//   - the rounding of what f computes from x: an error of eps·|x| there changes f′ by
//     f″·eps·|x|.
//
// Each of the two values of f in a difference is off by up to two deviations, both together by
// four. A backward or forward difference divides that by h, and a central one by 2h: so its noise
// is half of theirs. (The third source is halved with the others.)
func (l *line) differences(sigma float64) (backward, forward, central []difference) {
	sigma = max(sigma, math.Abs(l.again-l.fx))
	largestF := math.Abs(l.fx)
	for _, s := range l.steps {
		below, above := l.fx-s.below, s.above-l.fx
		size := max(math.Abs(s.below), math.Abs(l.fx), math.Abs(s.above))
		if finite(size) {
			largestF = max(largestF, size)
		}
		deviation := max(sigma, 0.29*l.eps*size) + math.SmallestNonzeroFloat64
		curvature := math.Abs(above-below) / s.h / s.h
		noise := sigmas * (deviation/s.h + l.eps*math.Abs(l.x)*curvature)
		d := difference{s.h, below / s.h, 2 * noise, size, largestF, below == 0}
		if largestF < slack*noise*s.h {
			// All values of f are within its rounding error, as those of 1 + x − 1 are near 0. So
			// f seems to compute with numbers of about 1.
			d.size, d.largestF = 1, 1
		}
		backward = append(backward, d)
		d.value, d.flat = above/s.h, above == 0
		forward = append(forward, d)
		d.value, d.noise, d.flat = (s.above-s.below)/(2*s.h), noise, below == 0 && above == 0
		central = append(central, d)
	}
	return backward, forward, central
}

// extrapolate takes differences to h = 0, in powers of h^order: 1 for backward and forward
// differences, and 2 for central ones (Ridders 1982, Accurate computation of F′(x) and F′(x)F″(x)).
// With order 1, if d = f′ + a·h and, at a larger step H, D = f′ + a·H, then
//
//	d + (d − D)/(H/h − 1) = f′
//
// Terms in h² remain. Two such results are combined to get rid of these, and so on. This makes a
// triangle with a row for each step, from large to small, where e₁₀ is made of d₁ and d₀:
//
//	d₀
//	d₁  e₁₀
//	d₂  e₂₁  e₂₁₀
//	d₃  e₃₂  e₃₂₁  e₃₂₁₀
//
// How far a result is from the two that it is made of, one to its left and one above that, bounds
// its error, together with the noise.
func extrapolate(differences []difference, order int) estimate {
	best := estimate{value: math.NaN(), err: math.Inf(1)}
	var above []float64 // the row above
	for i, d := range differences {
		if !finite(d.value) {
			above = nil // f isn't defined so far from x
			continue
		}
		row := []float64{d.value}
		for j, D := range above {
			ratio := math.Pow(differences[i-j-1].h/d.h, float64(order))
			row = append(row, row[j]+(row[j]-D)/(ratio-1))
			change := max(math.Abs(row[j+1]-row[j]), math.Abs(row[j+1]-D))
			e := estimate{row[j+1], d.noise + change, d}
			if e.err < best.err && holds(e, differences[i+1:], order) {
				best = e
			}
		}
		above = row
	}
	return best
}

// holds reports whether no smaller step contradicts an estimate. A difference may be off by its
// noise and by what is left of Taylor's series, which shrinks like h^order.
func holds(e estimate, smaller []difference, order int) bool {
	truncation := math.Abs(e.smallest.value - e.value)
	for _, d := range smaller {
		remainder := 2 * truncation * math.Pow(d.h/e.smallest.h, float64(order))
		if !(math.Abs(d.value-e.value) <= slack*(e.err+d.noise)+remainder) { // also if it is NaN
			return false
		}
	}
	return true
}

// decide gives the verdict on the derivative that is given. There are three estimates of f′, from
// central, backward and forward differences. The best is the one with the smallest err. If another
// one differs from it by more than both errors, as at a kink, the err of the verdict is enlarged to
// include that one.
//
// f′ is known if err is at most 0.0075·|value|, or negligible beside f or beside the other
// derivatives in a Param; and if the backward and the forward estimate are known at least roughly,
// so that a kink would show. The derivative given is refuted if it differs from each estimate by
// more than five times its err, unless f is the same at x and x ± h, so that rounding may hide it.
// The first of these rules applies:
//
//  1. The derivative is right if f′ is known, and |given − value| ≤ err + 1e-6·|value|, or 5·err
//     where err is above 0.0075·|value|.
//  2. The derivative is wrong if f′ is known, and the derivative is refuted.
//  3. Differences can't tell if f isn't deterministic; if it jumps, isn't finite or is infinitely
//     steep at x or close to it; or if it has a kink there.
//  4. The derivative is wrong if it is refuted, even though f′ isn't known.
//  5. Otherwise differences can't tell, because rounding hides f′.
//
// At a kink whose sides differ by so little that err stays small, the mean of both slopes is right.
// Last, check may turn wrong into can't tell.
func (l *line) decide(given, sigma float64) verdict {
	backwards, forwards, centrals := l.differences(sigma)
	backward, forward := extrapolate(backwards, 1), extrapolate(forwards, 1)
	estimates := []estimate{extrapolate(centrals, 2), backward, forward}
	best := slices.MinFunc(estimates, func(a, b estimate) int { return cmp.Compare(a.err, b.err) })
	v := verdict{estimate: best}
	refuted := !math.IsNaN(best.value)
	for _, e := range estimates {
		if apart := math.Abs(e.value - best.value); apart > e.err+best.err {
			v.err = max(v.err, apart+best.err)
		}
		refuted = refuted && !(math.Abs(given-e.value) <= slack*e.err)
	}
	kink := math.Abs(backward.value-forward.value) > backward.err+forward.err
	if kink {
		v.value = (backward.value + forward.value) / 2
	}
	// If f is the same at all points of the step, it may be rounded so coarsely that the step is
	// too small to change it. But even rounding to 11 bits hides only changes of less than a
	// thousandth of f.
	hidden := best.smallest.flat && math.Abs(given)*best.smallest.h <= 1e-3*best.smallest.largestF
	refuted = refuted && !hidden
	// The derivative is known only if both sides are accurate enough to reveal a kink.
	known := l.accurate(v.estimate, maxRelErr, negligible, best.smallest.largestF) &&
		l.accurate(backward, 1, tolerance, backward.smallest.largestF) &&
		l.accurate(forward, 1, tolerance, forward.smallest.largestF)
	allowed := v.err + tolerance*math.Abs(v.value)
	if v.err > maxRelErr*math.Abs(v.value) {
		allowed = slack * v.err // f hides it, and the given derivative has rounding errors, too
	}

	switch {
	case known && math.Abs(given-v.value) <= allowed: // rule 1
		v.right = true
	case known && refuted: // rule 2
	case l.again != l.fx: // rule 3, down to the kink
		v.reason = fmt.Sprintf("f isn't deterministic: two calls at x gave %.17g and %.17g",
			l.fx, l.again)
	case unsettled(backwards) || unsettled(forwards):
		v.reason = "f jumps, or isn't finite, or is infinitely steep, at x or close to it"
	case kink:
		v.reason = fmt.Sprintf("f has a kink at x or close to it: "+
			"its slope is %.6g on the left, %.6g on the right", backward.value, forward.value)
	case refuted: // rule 4
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
