package micrograd

import (
	"fmt"
	"math"
	"slices"
)

// NumericalGradient returns ∂f/∂xᵢ for each coordinate of x, estimated from values of f alone.
// Where f is smooth, the median of the relative error is about 1e-13, and it is seldom above 1e-10,
// unless the derivative is so small that it is lost in the rounding of f. At a kink, the estimate
// is the mean of the derivatives from the left and from the right. Where f isn't finite, at x or on
// one side of it, the estimate is NaN. Where f jumps or is random, the estimate means nothing:
// [CheckGradient] says so.
//
// The estimates are differences (f(x) − f(x−h))/h, (f(x+h) − f(x))/h and (f(x+h) − f(x−h))/2h,
// extrapolated to h = 0 (Ridders 1982, Accurate computation of F′(x) and F′(x)F″(x)). Where f is
// smooth, a coordinate costs some 30 calls of f, and elsewhere up to 200, seldom 400.
//
// f gets a copy of x in which xᵢ is moved by up to 0.1·max(|xᵢ|, 1). It may change the copy, but
// must not keep it. Where f isn't defined, it may return NaN: steps that lead there are left out. f
// is called once at a time, in the caller's goroutine, and a panic in f passes through.
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
//		x[2] = 0: given 0: can't tell, because f has a kink at x or close to it: …
//
// Differences give a numerical derivative d and an estimated bound b on its error. The verdict on a
// given derivative g is the first of these that applies:
//
//  1. g is right if |g − d| ≤ b + 1e-6·|d| and b ≤ 0.0075·|d|.
//  2. If b is larger than that, differences can't tell where f has a kink or a jump at x or within
//     some 1e-12 of it, isn't finite there, or varies too much from call to call.
//  3. g is wrong if it differs from the slope on the left of x, from that on the right, and from
//     the central one, by more than five times the bound on the error of each.
//  4. Otherwise, differences can't tell, because rounding hides the derivative.
//
// So a g that is 1 % off d never passes. Where f is smooth on the scale of max(|xᵢ|, 1), b is so
// small that no g that is 1e-5 off passes. There is one exception: a derivative that is very small
// beside f, so that rounding hides it, is right if |g − d| ≤ 5e-9·|f|/max(|xᵢ|, 1), where |f| is
// the largest value of f that was seen. If f doesn't change at any step, 0 is right. At a kink, no
// derivative is right, not even the one that [Op] and PyTorch choose: check at another point. Only
// where the slopes on both sides differ by less than about 1.5 %, their mean is.
//
// The tests measure how far that can be trusted, for 15 families of functions with 400 points each:
// of the right gradients, at most 0.5 % are called wrong, and at most 2 % are inconclusive. No
// derivative that is doubled or replaced by 0 passes, and of those that are off the true one by 1
// %, at most 0.5 % pass. Two kinds of functions are not among the families. Of networks with ReLU
// that compute in float32, at most about 4 % of the derivatives are inconclusive. And if f adds a
// part that is computed in lower precision to one that isn't, right derivatives may be called
// wrong.
//
// f gets a copy of x in which xᵢ is moved by up to 0.1·max(|xᵢ|, 1). Where f isn't defined, it may
// return NaN; a panic passes through. A derivative that is right costs some 30 calls where f is
// smooth and computes in float64. Others cost up to 200, seldom 400. CheckGradient panics if grad
// and x differ in length.
func CheckGradient(f func(x []float64) float64, grad, x []float64) error {
	mustBeGradient("CheckGradient", len(grad), len(x))
	e := &GradientError{N: len(x)}
	newProbe(f, x).coordinates(grad, e)
	return e.orNil()
}

// GradCheck compares what Backward computes for f at x with finite differences, as [CheckGradient]
// does. In a test:
//
//	f := func(x []*micrograd.Value) *micrograd.Value { return x[0].Mul(x[1]).Tanh() }
//	require.NoError(t, micrograd.GradCheck(f, 0.5, 2))
//
// An Op that stops the gradient on purpose is called wrong, since its D isn't the derivative of its
// F. If f uses other leaves than x, Backward adds to their Grad as usual.
func GradCheck(f func(x []*Value) *Value, x ...float64) error {
	leaves := Values(x...)
	f(leaves).Backward()
	grad := make([]float64, len(x))
	for i, leaf := range leaves {
		grad[i] = leaf.Grad
	}
	return CheckGradient(func(x []float64) float64 { return f(Values(x...)).Data }, grad, x)
}

func mustBeGradient(who string, derivatives, coordinates int) {
	if derivatives != coordinates {
		panic(fmt.Sprintf("micrograd: %s with %d derivatives for %d coordinates",
			who, derivatives, coordinates))
	}
}

// A probe finds slopes of f at x.
type probe struct {
	name      string
	f         func(x []float64) float64
	x         []float64
	magnitude float64   // the largest |xᵢ|
	eps       float64   // the gap between numbers of the type of x, relative to them
	scale     float64   // the largest of the given derivatives in a Param, else 0
	moved     []float64 // what f gets
}

func newProbe(f func(x []float64) float64, x []float64) *probe {
	p := &probe{name: "x", eps: eps64, f: f, x: slices.Clone(x), moved: make([]float64, len(x))}
	for _, xi := range x {
		if finite(xi) { // at others, nothing is checked
			p.magnitude = max(p.magnitude, math.Abs(xi))
		}
	}
	return p
}

// coordinate compares the given derivative with ∂f/∂xᵢ.
func (p *probe) coordinate(i int, given float64) verdict {
	f := func(t float64) float64 {
		copy(p.moved, p.x)
		p.moved[i] = t
		return p.f(p.moved)
	}
	l := line{f: f, x: p.x[i], magnitude: p.magnitude, eps: p.eps, scale: p.scale}
	return l.check(given)
}

// coordinates checks each derivative, and adds what isn't right to e.
func (p *probe) coordinates(grad []float64, e *GradientError) {
	for i, g := range grad {
		if v := p.coordinate(i, g); !v.right {
			e.Entries = append(e.Entries, p.entry(i, g, v))
		}
	}
}

// entry is the entry of a GradientError for a coordinate, or for a direction if i is −1.
func (p *probe) entry(i int, given float64, v verdict) Derivative {
	x := math.NaN()
	if i >= 0 {
		x = p.x[i]
	}
	return Derivative{p.name, i, x, given, v.value, v.err, v.reason}
}
