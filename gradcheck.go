package micrograd

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// NumericalGradient returns ∂f/∂xᵢ for each coordinate of x, estimated from values of f alone.
// Where f is smooth, the relative error is 1e-13 as a rule and seldom above 1e-10, unless the
// derivative is so small that it is lost in the rounding of f. At a kink, the estimate is the mean
// of the derivatives from the left and from the right. Where f isn't finite, at x or on one side of
// it, the estimate is NaN.
//
// The estimates are differences (f(x) − f(x−h))/h, (f(x+h) − f(x))/h and (f(x+h) − f(x−h))/2h,
// extrapolated to h = 0 (Ridders 1982, Accurate computation of F′(x) and F′(x)F″(x)). Where f is
// smooth, a coordinate costs some 30 calls of f; where it isn't, 100 to 150.
//
// f gets a copy of x in which xᵢ is moved by up to 0.1·max(|xᵢ|, 1). Where it isn't defined, it may
// return NaN: steps that lead there are left out. A panic in f passes through.
func NumericalGradient(f func(x []float64) float64, x []float64) []float64 {
	p := newProbe(f, x)
	grad := make([]float64, len(x))
	for i := range x {
		grad[i] = p.coordinate(i, math.NaN()).value
	}
	return grad
}

// CheckGradient compares grad, which is said to be the gradient of f at x, with finite differences.
// It returns nil if all its derivatives are right, and otherwise a [*GradientError], which lists
// those that are wrong and those that finite differences can't tell about:
//
//	micrograd: 1 of 3 derivatives disagree with finite differences:
//		x[0] = 1: numerical 2, given 2.00001, relative error 5e-06
//	micrograd: finite differences can't tell about 1 of 3 derivatives:
//		x[2] = 0: given 0: can't tell, because f has a kink at x or close to it: its slope is 0 on the left, 1 on the right
//
// A derivative is right if it agrees with the numerical one to within 1e-6 relative, or within the
// error of the numerical one, if that is larger. That error is estimated, and must be less than 1
// %; where f is smooth, it is far less than 1e-6. So a derivative that is off by 1 % is refused,
// with one exception: where the derivative is so small beside f that rounding hides it, an error of
// up to 1e-9·|f|/max(|xᵢ|, 1) is allowed, |f| being the largest value of f that was seen.
//
// Finite differences can't tell about a derivative if f has a kink or a jump at x or too close to
// it, if it isn't finite there, if it isn't deterministic, or if it rounds so coarsely that the
// error is larger than that. At a kink, where [Op] and PyTorch choose a derivative, no derivative
// is right: check at another point.
//
// The tests measure how far that can be trusted, for 14 families of functions with 400 points each:
// of the right derivatives, at most 0.5 % are called wrong, and at most 2 % can't be told; of the
// wrong ones, no doubled one and no zero passes, and at most 0.5 % of those that are off by 1 %.
//
// f is called as by [NumericalGradient]. CheckGradient panics if grad and x differ in length.
func CheckGradient(f func(x []float64) float64, grad, x []float64) error {
	mustBeGradient("CheckGradient", grad, x)
	p := newProbe(f, x)
	e := &GradientError{N: len(x)}
	for i, g := range grad {
		if s := p.coordinate(i, g); !s.right {
			e.add(i, x[i], g, s)
		}
	}
	return e.orNil()
}

// GradCheck compares what Backward computes for f at x with finite differences, as [CheckGradient]
// does. In a test:
//
//	err := micrograd.GradCheck(func(x []*micrograd.Value) *micrograd.Value { return x[0].Mul(x[1]).Tanh() }, 0.5, 2)
//
// If f uses other leaves than x, Backward adds to their Grad as ever.
func GradCheck(f func(x []*Value) *Value, x ...float64) error {
	leaves := Values(x...)
	f(leaves).Backward()
	grad := make([]float64, len(x))
	for i, leaf := range leaves {
		grad[i] = leaf.Grad
	}
	return CheckGradient(func(x []float64) float64 { return f(Values(x...)).Data }, grad, x)
}

// CheckDirections is CheckGradient for many coordinates: it compares the slopes of f along n random
// directions with what grad makes of them. All coordinates take part in each, so a direction costs
// some 30 calls of f, however many coordinates there are. An error in one derivative is found if it
// is more than 1e-5 of the gradient's norm, where each derivative counts as many times as max(|xᵢ|,
// 1). Several may cancel along one direction, but hardly along two.
//
// If a slope isn't right, CheckDirections halves the coordinates until it finds one whose
// derivative isn't, and goes on without that one. It stops when it has found ten, or when the
// derivatives of ten that it found are right after all: then no coordinate alone is to blame. To
// find one wrong derivative among 100,000 takes some 2,000 calls of f.
//
// The error is a [*GradientError], and f is called as by [NumericalGradient], but with all
// coordinates moved. CheckDirections panics if grad and x differ in length or if n is not positive.
func CheckDirections(rng *rand.Rand, n int, f func(x []float64) float64, grad, x []float64) error {
	mustBeGradient("CheckDirections", grad, x)
	if n <= 0 {
		panic(fmt.Sprintf("micrograd: CheckDirections along %d directions, want at least one", n))
	}
	p := newProbe(f, x)
	e := &GradientError{N: len(x)}
	if fx := p.f(slices.Clone(x)); !finite(fx) {
		for i := range x {
			e.add(i, x[i], grad[i], untold(fmt.Sprintf("f is %g at x", fx)))
		}
		return e.orNil()
	}
	u := make([]float64, len(x))
	done := make([]bool, len(x)) // checked alone
	cleared := 0                 // how many of those were right
	for range n {
		for i := range u {
			u[i] = max(math.Abs(x[i]), 1) / math.Sqrt(float64(len(x))) * float64(2*rng.IntN(2)-1)
			if done[i] {
				u[i] = 0
			}
		}
		for {
			from, to := 0, len(u)
			all, given := p.direction(u, grad, from, to)
			if all.right {
				break
			}
			for to-from > 1 {
				mid := (from + to) / 2
				if half, _ := p.direction(u, grad, from, mid); half.right {
					from = mid
				} else {
					to = mid
				}
			}
			if len(u) == 0 || done[from] || cleared == 10 {
				e.add(-1, math.NaN(), given, all)
				return e.orNil()
			}
			if one := p.coordinate(from, grad[from]); one.right {
				cleared++
			} else {
				e.add(from, x[from], grad[from], one)
			}
			if len(e.Entries) == 10 {
				e.More = true
				return e.orNil()
			}
			done[from], u[from] = true, 0
		}
	}
	return e.orNil()
}

func mustBeGradient(who string, grad, x []float64) {
	if len(grad) != len(x) {
		panic(fmt.Sprintf("micrograd: %s with %d derivatives for %d coordinates", who, len(grad), len(x)))
	}
}

// A probe finds slopes of f at x.
type probe struct {
	f         func(x []float64) float64
	x         []float64
	magnitude float64   // the largest |xᵢ|
	moved     []float64 // what f gets
}

func newProbe(f func(x []float64) float64, x []float64) *probe {
	p := &probe{f: f, x: slices.Clone(x), moved: make([]float64, len(x))}
	for _, xi := range x {
		p.magnitude = max(p.magnitude, math.Abs(xi))
	}
	return p
}

// coordinate compares the given derivative with ∂f/∂xᵢ.
func (p *probe) coordinate(i int, given float64) slope {
	l := line{x: p.x[i], magnitude: p.magnitude, f: func(t float64) float64 {
		copy(p.moved, p.x)
		p.moved[i] = t
		return p.f(p.moved)
	}}
	return l.slope(given)
}

// direction compares the slope along u, in which only the coordinates from … to−1 take part, with
// the one that grad gives.
func (p *probe) direction(u, grad []float64, from, to int) (s slope, given float64) {
	for i := from; i < to; i++ {
		if u[i] != 0 {
			given += grad[i] * u[i]
		}
	}
	l := line{magnitude: p.magnitude, f: func(t float64) float64 {
		copy(p.moved, p.x)
		for i := from; i < to; i++ {
			p.moved[i] += t * u[i]
		}
		return p.f(p.moved)
	}}
	return l.slope(given), given
}

// A GradientError lists the derivatives that a check couldn't confirm. Its text has a line for
// each, but at most for ten that are wrong and for ten that finite differences can't tell about. If
// most of the wrong ones are off by the same factor, the text says so: "given = 2 × numerical in
// 1090 of 1094".
type GradientError struct {
	N       int          // how many derivatives the gradient has
	Entries []Derivative // those that are wrong or that differences can't tell about, by index
	More    bool         // the check ended early, so there may be more of them
}

// A Derivative is one that a check couldn't confirm.
type Derivative struct {
	Index     int     // of the coordinate; −1 for a direction, when no coordinate alone is to blame
	X         float64 // the coordinate; NaN for a direction
	Given     float64 // ∂f/∂x as given to the check
	Numerical float64 // ∂f/∂x according to finite differences
	Err       float64 // how far Numerical may be off
	Reason    string  // why finite differences can't tell; "" if Given is wrong
}

func (e *GradientError) add(index int, x, given float64, s slope) {
	e.Entries = append(e.Entries, Derivative{index, x, given, s.value, s.err, s.reason})
}

func (e *GradientError) orNil() error {
	if len(e.Entries) == 0 {
		return nil
	}
	slices.SortStableFunc(e.Entries, func(a, b Derivative) int { return cmp.Compare(a.Index, b.Index) })
	return e
}

// Error returns a headline and a line for each derivative, for the wrong ones first.
func (e *GradientError) Error() string {
	var wrong, doubtful []Derivative
	for _, d := range e.Entries {
		if d.Reason == "" {
			wrong = append(wrong, d)
		} else {
			doubtful = append(doubtful, d)
		}
	}
	lines := e.list(wrong, "micrograd: %s of %d derivatives disagree with finite differences:",
		"and %d more that disagree")
	lines = append(lines, e.list(doubtful, "micrograd: finite differences can't tell about %s of %d derivatives:",
		"and %d more that they can't tell about")...)
	return strings.Join(lines, "\n")
}

func (e *GradientError) list(ds []Derivative, headline, rest string) (lines []string) {
	if len(ds) == 0 {
		return nil
	}
	count := len(ds)
	if ds[0].Index < 0 {
		count-- // the direction
	}
	number := fmt.Sprint(count)
	if e.More {
		number = "at least " + number
	}
	lines = append(lines, fmt.Sprintf(headline, number, e.N))
	if factor, times := commonFactor(ds); times >= 3 && 2*times >= count {
		lines = append(lines, fmt.Sprintf("\tgiven = %s × numerical in %d of %d", factor, times, count))
	}
	for _, d := range ds[:min(len(ds), 10)] {
		lines = append(lines, "\t"+d.String())
	}
	if len(ds) > 10 {
		lines = append(lines, fmt.Sprintf("\t"+rest, len(ds)-10))
	}
	return lines
}

// commonFactor returns the median of given/numerical, and how many of the wrong ones are off by it:
// a missing 2, or a sum instead of a mean, is a common mistake.
func commonFactor(ds []Derivative) (factor string, times int) {
	var ratios []float64
	for _, d := range ds {
		if ratio := d.Given / d.Numerical; d.Reason == "" && finite(ratio) {
			ratios = append(ratios, ratio)
		}
	}
	if len(ratios) == 0 {
		return "", 0
	}
	slices.Sort(ratios)
	r := ratios[len(ratios)/2]
	for _, d := range ds {
		if d.Reason == "" && math.Abs(d.Given-r*d.Numerical) <= math.Abs(r)*(tolerance*math.Abs(d.Numerical)+d.Err) {
			times++
		}
	}
	if n := math.Round(1 / r); math.Abs(n) >= 2 && math.Abs(1/r-n) <= tolerance*math.Abs(n) {
		return fmt.Sprintf("%g/%g", math.Copysign(1, n), math.Abs(n)), times
	}
	return fmt.Sprintf("%.6g", r), times
}

// String is the derivative's line in the text of the error.
func (d Derivative) String() string {
	text := fmt.Sprintf("x[%d] = %g: ", d.Index, d.X)
	if d.Index < 0 {
		text = "along a random direction, though no coordinate alone is to blame: "
	}
	if d.Reason != "" {
		return text + fmt.Sprintf("given %.10g: can't tell, because %s", d.Given, d.Reason)
	}
	size := max(math.Abs(d.Given), math.Abs(d.Numerical))
	return text + fmt.Sprintf("numerical %.10g, given %.10g, relative error %.2g",
		d.Numerical, d.Given, math.Abs(d.Given-d.Numerical)/size)
}
