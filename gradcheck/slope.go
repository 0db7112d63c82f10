package gradcheck

import "math"

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
//  2. measure how f rounds near x (line.measure, in noise.go), which tells how far each difference
//     may be off (line.differences);
//  3. extrapolate each kind of difference to h = 0 (extrapolate), and believe an estimate only if
//     it holds at every smaller step (holds): a large step doesn't see a narrow feature of f, a
//     pole, a jump or a kink, but the smaller ones do;
//  4. decide whether the given derivative is right or wrong, or say why differences can't tell
//     (line.decide, in verdict.go): for example, because f is made of stairs (stairs.go).

const (
	// Steps are multiples of max(|x|, 1). If f is smooth within the largest, few steps are enough.
	largestStep  = 0.1
	coarseStep   = 1e-6 // the stairs of float32 are narrower
	smallestStep = 450  // times eps: 1e-13 in float64, so that h and x+h have digits to spare

	// If x is tiny, steps go down to this, in units of |x|: x may be close to a pole at 0.
	smallestNearZero = 1e-4

	sigmas = 2 // bounds on rounding errors are two standard deviations
	slack  = 5 // only a difference of five bounds is a contradiction, as bounds are estimates

	tolerance      = 1e-6   // relative: an f with tables or solvers in it has no better derivatives
	maxRelErr      = 0.0075 // relative: an estimate with a smaller error detects an error of 1 %
	negligible     = 1e-9   // relative to |f|/max(|x|, 1): an error that rounding makes inevitable
	paramTolerance = 3e-4   // relative to the largest derivative in a Param
	// Within negligible or paramTolerance, five times err is allowed: see line.allowed.
)

// The machine epsilons: the gaps between numbers of a type, relative to them.
const eps64, eps32 = 0x1p-52, 0x1p-23

// A line is f as a function of one number x: of a coordinate, or of the distance along a direction.
type line struct {
	f         func(x float64) float64
	x         float64
	eps       float64 // of the type of x
	tolerance float64 // on a right derivative, relative to it
	scale     float64 // of the derivatives in a Param, beside which a smaller error doesn't matter
	term      float64 // of the slope along a direction; an error of 1 % in it matters
	fx, again float64 // f(x), and f(x) once more: they differ if f isn't deterministic
	distance  float64 // at which sigma was measured
	sigma     float64 // the standard deviation of f's rounding errors
	steps     []step
}

type step struct{ h, below, above float64 } // f(x−h) and f(x+h)

// A difference is what one step says about f′.
type difference struct {
	h, value float64
	noise    float64 // a bound on the error that rounding makes
	flat     bool    // f is the same at both points of the difference as at x
}

// An estimate is what several steps say about f′.
type estimate struct {
	value    float64
	err      float64    // a bound on its error
	smallest difference // that of the smallest step
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
	if x > 1e-303 { // else it is as good as 0
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

// sides reports whether f is finite below x, and above. If it ends within 1e-9·max(|x|, 1), x
// counts as the end: on that side, there are only small steps, and few.
func (l *line) sides() (below, above bool) {
	least := min(1e-9*l.unit(), 1e-3*math.Abs(l.x))
	for _, s := range l.steps {
		below = below || finite(s.below) && s.h >= least
		above = above || finite(s.above) && s.h >= least
	}
	return below, above
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
func (l *line) differences() (backward, forward, central []difference) {
	for _, s := range l.steps {
		below, above := l.fx-s.below, s.above-l.fx
		size := math.Abs(l.fx)
		for _, f := range []float64{s.below, s.above} {
			if finite(f) {
				size = max(size, math.Abs(f))
			}
		}
		deviation := max(l.sigma, math.Abs(l.again-l.fx), 0.29*l.eps*size)
		deviation += math.SmallestNonzeroFloat64
		curvature := math.Abs(above-below) / s.h / s.h
		if !finite(curvature) {
			curvature = 0 // x may be the end of the domain
		}
		noise := sigmas * (deviation/s.h + l.eps*math.Abs(l.x)*curvature)
		d := difference{s.h, below / s.h, 2 * noise, below == 0}
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
