// Package gradcheck tests gradients with finite differences. The gradients may come from anywhere:
// from formulas that were written by hand, from a network, from another package.
//
//	f := func(x []float64) float64 { return x[0] * x[0] * math.Sin(x[1]) }
//	x := []float64{3, 0}
//	grad := []float64{2 * x[0] * math.Sin(x[1]), x[0] * math.Cos(x[1])}
//	fmt.Println(gradcheck.Check(f, grad, x))
//	// gradcheck: 1 of 2 derivatives disagree with finite differences:
//	//	x[1] = 0: numerical 9, given 3, relative error 0.67
//
// There is no step size and no tolerance to choose. A check takes many steps, measures how f is
// rounded, and finds what the differences converge to before rounding errors dominate. So there are
// three verdicts on a derivative: it is right, or it is wrong, or finite differences can't tell,
// with the reason: at a kink, for example, where f has no derivative.
//
// [Check] is for a function of a few numbers, [Derivative] for one of a single number, [Jacobian]
// for one with several results, [Directions] for one of many numbers, and [Params] for the numbers
// in the slices of a model. [Gradient] estimates a gradient. [Config] has two settings.
//
// To read the source, begin with slope.go, which says what differences tell of a derivative. It
// relies on noise.go, which measures rounding errors. verdict.go judges a derivative, and stairs.go
// looks for what could mislead it. check.go, jacobian.go, directions.go and params.go call it,
// error.go has the error that they return, and config.go the settings.
package gradcheck

import (
	"fmt"
	"math"
	"slices"
)

// Check compares grad, which is said to be the gradient of f at x, with finite differences. It
// returns nil if each derivative is right, and otherwise an [*Error], which lists those that are
// wrong and those that differences can't tell about: at a kink, for example, or where f loses its
// digits.
//
// A derivative that is 1 % off doesn't pass, and one that is 1e-5 off doesn't where f is smooth on
// the scale of max(|xᵢ|, 1). One that is so small beside f that rounding hides it may be off by
// 5e-9·|f|/max(|xᵢ|, 1). A derivative of 0 may be off by what rounding leaves. gradcheck/README.md
// tells how often verdicts err.
//
// f gets a copy of x in which xᵢ is moved by up to 0.1·max(|xᵢ|, 1). It may change the copy, but
// not keep it. Where f isn't defined, it may return NaN; a panic passes through. Check panics if
// grad and x differ in length, and returns an error if they are empty. A right derivative costs
// some 30 calls where f is smooth and computes in float64. Others cost up to 300, seldom 500.
func Check(f func(x []float64) float64, grad, x []float64) error {
	return Config{}.Check(f, grad, x)
}

// Check is the function [Check] with the settings c.
func (c Config) Check(f func(x []float64) float64, grad, x []float64) error {
	mustPair("Check", grad, x)
	e := &Error{N: len(x)}
	c.probe(f, x).coordinates(slices.Clone(grad), e) // f may change the caller's
	return e.orNil()
}

// Derivative is [Check] for a function of one number: it compares d, which is said to be f′(x),
// with finite differences.
func Derivative(f func(x float64) float64, d, x float64) error {
	return Config{}.Derivative(f, d, x)
}

// Derivative is the function [Derivative] with the settings c.
func (c Config) Derivative(f func(x float64) float64, d, x float64) error {
	return c.Check(func(x []float64) float64 { return f(x[0]) }, []float64{d}, []float64{x})
}

// Gradient returns ∂f/∂xᵢ for each coordinate of x, estimated from values of f alone. The relative
// error is about 1e-13 where f is smooth, and seldom above 1e-10, unless the derivative is so small
// that it is lost in the rounding of f.
//
// At a kink, the estimate is the mean of the derivatives on both sides. At an end of f's domain,
// where f is NaN or infinite on one side, it is the derivative on the other. Where f isn't finite
// at x, it is NaN. Where f jumps or is random, it means nothing: [Check] says so.
//
// The estimates are backward, forward and central differences, extrapolated to a step of 0 (Ridders
// 1982, Accurate computation of F′(x) and F′(x)F″(x)). f is called as by Check.
func Gradient(f func(x []float64) float64, x []float64) []float64 {
	p := Config{}.probe(f, x)
	grad := make([]float64, len(x))
	for i := range x {
		grad[i] = p.coordinate(i, math.NaN()).value
	}
	return grad
}

func mustPair[F any](caller string, grad, x []F) {
	if len(grad) != len(x) {
		panic(fmt.Sprintf("gradcheck: %s with %d derivatives for %d coordinates",
			caller, len(grad), len(x)))
	}
}

// A probe finds slopes of f at x.
type probe struct {
	name      string
	f         func(x []float64) float64
	x         []float64
	eps       float64   // the gap between numbers of the type of x, relative to them
	tolerance float64   // on a right derivative, relative to it
	scale     float64   // the largest of the given derivatives in a Param, else 0
	moved     []float64 // what f gets
}

func (c Config) probe(f func(x []float64) float64, x []float64) *probe {
	return &probe{name: "x", f: withoutPanics(c, f, math.NaN()), x: slices.Clone(x), eps: eps64,
		tolerance: c.tolerance(), moved: make([]float64, len(x))}
}

// coordinate compares the given derivative with ∂f/∂xᵢ.
func (p *probe) coordinate(i int, given float64) verdict {
	f := func(t float64) float64 {
		copy(p.moved, p.x)
		p.moved[i] = t
		return p.f(p.moved)
	}
	l := line{f: f, x: p.x[i], eps: p.eps, tolerance: p.tolerance, scale: p.scale}
	return l.check(given)
}

// coordinates checks each derivative, and adds what isn't right to e.
func (p *probe) coordinates(grad []float64, e *Error) {
	for i, g := range grad {
		if v := p.coordinate(i, g); !v.right {
			e.Entries = append(e.Entries, p.entry(i, g, v))
		}
	}
}

// entry is the entry of an Error for a coordinate, or for a direction if i is −1.
func (p *probe) entry(i int, given float64, v verdict) Entry {
	x := math.NaN()
	if i >= 0 {
		x = p.x[i]
	}
	return Entry{p.name, i, x, given, v.value, v.err, v.reason}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
