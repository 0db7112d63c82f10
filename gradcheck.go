package micrograd

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// NumericalGradient returns ∂f/∂xᵢ for each coordinate of x, estimated from values of f alone. Where f is smooth and
// computed to the full precision of float64, the relative error is about 1e-9 or less, unless the derivative is so small
// that it is lost in the rounding of f. At a kink, the estimate is the mean of the derivatives from the left and from
// the right. Where f is not finite on both sides of x, it is NaN.
//
// The estimates are central differences (f(x+h) − f(x−h))/2h extrapolated to h = 0, for steps h from about the size of
// max(|xᵢ|, 1) downwards until they agree (Ridders 1982, Accurate computation of F′(x) and F′(x)F″(x)). A coordinate costs
// some 10 to 30 calls of f, and 51 at most. f gets a slice that it may neither change nor keep.
func NumericalGradient(f func(x []float64) float64, x []float64) []float64 {
	grad := make([]float64, len(x))
	for i, s := range slopes(f, x) {
		grad[i] = s.value
	}
	return grad
}

// CheckGradient compares grad, which is said to be the gradient of f at x, with finite differences. It returns nil if
// they agree to within 1e-7 relative, or to within the error of the differences if that is greater because f rounds.
// Otherwise the error lists each coordinate that disagrees:
//
//	micrograd: 2 of 3 derivatives disagree with finite differences:
//		x[0] = 1: numerical 2, given 2.00001, relative error 5e-06
//		x[2] = 0: numerical 0.5, given 0, relative error 1; a kink: 0 from the left, 1 from the right
//
// At a kink, such as ReLU has at 0, no derivative is right or wrong: check at another point. Where differences can't
// tell, since f is not finite on both sides or jumps, CheckGradient says that.
//
// f is called as by [NumericalGradient]. CheckGradient panics if grad and x differ in length.
func CheckGradient(f func(x []float64) float64, grad, x []float64) error {
	if len(grad) != len(x) {
		panic(fmt.Sprintf("micrograd: CheckGradient with %d derivatives for %d coordinates", len(grad), len(x)))
	}
	var wrong []string
	for i, s := range slopes(f, x) {
		diff, size := math.Abs(grad[i]-s.value), math.Abs(s.value)
		if s.settled && diff <= 1e-7*size+s.err {
			continue
		}
		line := fmt.Sprintf("\n\tx[%d] = %g: numerical %.10g, given %.10g, relative error %.2g", i, x[i], s.value, grad[i], diff/max(size, math.Abs(grad[i])))
		switch {
		case math.IsNaN(s.value):
			line += "; f is not finite on both sides"
		case s.kink:
			line += fmt.Sprintf("; a kink: %.6g from the left, %.6g from the right", s.left, s.right)
		case !s.settled:
			line += fmt.Sprintf("; the numerical value is only known to within %.2g", s.err)
		}
		wrong = append(wrong, line)
	}
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("micrograd: %d of %d derivatives disagree with finite differences:%s", len(wrong), len(x), strings.Join(wrong, ""))
}

// GradCheck compares what Backward computes for f at x with finite differences, as [CheckGradient] does. In a test:
//
//	err := micrograd.GradCheck(func(x []*micrograd.Value) *micrograd.Value { return x[0].Mul(x[1]).Tanh() }, 0.5, 2)
func GradCheck(f func(x []*Value) *Value, x ...float64) error {
	leaves := Values(x...)
	f(leaves).Backward()
	grad := make([]float64, len(x))
	for i, leaf := range leaves {
		grad[i] = leaf.Grad
	}
	return CheckGradient(func(x []float64) float64 { return f(Values(x...)).Data }, grad, x)
}

// A slope is what finite differences tell about a derivative.
type slope struct {
	value       float64 // the derivative, or at a kink the mean of left and right
	err         float64 // about how far off value may be
	settled     bool    // err is small beside value, or no more than rounding accounts for
	left, right float64 // the one-sided differences
	kink        bool    // they go on differing for smaller and smaller steps
}

// slopes returns ∂f/∂xᵢ for each i.
func slopes(f func(x []float64) float64, x []float64) []slope {
	x = slices.Clone(x)
	out := make([]slope, len(x))
	for i, xi := range x {
		along := func(t float64) float64 {
			x[i] = t
			return f(x)
		}
		out[i] = slopeAt(along, xi)
		x[i] = xi
	}
	return out
}

// slopeAt returns f′(x). It tries ever smaller steps h. A large h doesn't see the details of f, a small one drowns in
// rounding, and which is which depends on f. So every estimate comes with a bound on its error, and the best wins.
//
// The estimates for a step are the row d. The error of a central difference d[0] has only even powers of h. Since h
// shrinks by √10, the error in h² was ten times as large in last[0], a step before, so d[1] = d[0] + (d[0] − last[0])/9
// is free of it. Then d[2] = d[1] + (d[1] − last[1])/99 is free of h⁴ as well, and so on. How far an estimate is from the
// two that it was made of tells how good it is. √10 is no integer so that a periodic f can't look the same at every step.
func slopeAt(f func(x float64) float64, x float64) slope {
	const steps = 25
	const ulp = 0x1p-52 // the relative precision of float64
	best, least := slope{value: math.NaN()}, math.Inf(1)
	var d []float64
	gap := math.Inf(1)
	mid := f(x)
	for i := range steps {
		h := 0.1 * max(math.Abs(x), 1) * math.Pow(10, -float64(i)/2)
		h = x + h - x // what float64 has of it, so that x+h and x−h are exact
		if h == 0 {
			break
		}
		above, below := f(x+h), f(x-h)
		left, right := (mid-below)/h, (above-mid)/h
		last, lastGap := d, gap
		d, gap = []float64{(above - below) / (2 * h)}, math.Abs(right-left)
		noise := ulp * (math.Abs(above) + math.Abs(mid) + math.Abs(below) + math.Abs(x*d[0])) / h
		if best.settled && 10*noise > least {
			break
		}
		smooth := gap <= 0.6*lastGap // a smooth f has gap ≈ h·|f″(x)|, which shrinks as h does
		for j := range last {
			d = append(d, d[j]+(d[j]-last[j])/(math.Pow10(j+1)-1))
			err := max(math.Abs(d[j+1]-d[j]), math.Abs(d[j+1]-last[j])) + noise
			settled := err <= 1e-6*math.Abs(d[j+1]) || err <= 100*noise
			bound := err
			if !smooth {
				bound += gap
			}
			if settled && !best.settled || settled == best.settled && bound < least {
				least = bound
				best = slope{d[j+1], err, settled, left, right, !smooth && gap > 10*err}
			}
		}
	}
	return best
}
