package micrograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// NumericalGradient returns ∂f/∂xᵢ for each coordinate of x, estimated from values of f alone. Where f is smooth, the
// relative error is 1e-13 as a rule and seldom above 1e-10, unless the derivative is so small that it is lost in the rounding
// of f. At a kink, the estimate is the mean of the derivatives from the left and from the right. Where f is not finite, at
// x or close to it on either side, the estimate is NaN.
//
// The estimates are central differences (f(x+h) − f(x−h))/2h extrapolated to h = 0, for steps h from a tenth of
// max(|xᵢ|, 1) downwards until they agree (Ridders 1982, Accurate computation of F′(x) and F′(x)F″(x)). A coordinate costs
// some 10 to 20 calls of f, and 76 at most; if it is doubtful, as many again and 28 more. How f rounds costs 43 once. f
// gets a slice that it may neither change nor keep.
func NumericalGradient(f func(x []float64) float64, x []float64) []float64 {
	p := newProbe(f, x)
	grad := make([]float64, len(x))
	for i := range x {
		grad[i] = p.slope(i, math.NaN()).value
	}
	return grad
}

// CheckGradient compares grad, which is said to be the gradient of f at x, with finite differences. It returns nil if
// they agree to within 1e-7 relative and the estimated error of the differences, which is at most 1e-6 relative unless f
// rounds coarsely or the differences cancel. Otherwise the error lists each coordinate that disagrees:
//
//	micrograd: 2 of 3 derivatives disagree with finite differences:
//		x[0] = 1: numerical 2, given 2.00001, relative error 5e-06
//		x[2] = 0: numerical 0.5, given 0, relative error 1; a kink: 0 from the left, 1 from the right
//
// At a kink, such as ReLU has at 0, no derivative is right or wrong, though the mean of both sides passes: check at another
// point. Where differences can't tell, since f is not finite or jumps, nothing passes, and the error says why.
//
// The tests measure how far that can be trusted: on 10,000 random compositions, every right derivative passes and every one
// that is off by 1e-5 is found; no right one is refused at 2,000 points each of functions that round to float32, or that
// cancel all but the last digits; and at least 99 of 100 kinks are called so.
//
// f is called as by [NumericalGradient]. CheckGradient panics if grad and x differ in length.
func CheckGradient(f func(x []float64) float64, grad, x []float64) error {
	mustBeGradient("CheckGradient", grad, x)
	p := newProbe(f, x)
	var wrong []string
	for i, g := range grad {
		if s := p.slope(i, g); !s.agrees(g) {
			wrong = append(wrong, fmt.Sprintf("x[%d] = %g: %s", i, x[i], s.versus(g)))
		}
	}
	return disagreement("", wrong, len(x))
}

// GradCheck compares what Backward computes for f at x with finite differences, as [CheckGradient] does. In a test:
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

// CheckDirections is CheckGradient for many coordinates: it compares the slopes of f along n random directions with what they
// are according to grad. All coordinates take part in each, so a direction costs some 15 calls of f, however many there
// are. An error in one derivative is found if it is more than 1e-6 of the gradient's norm, where each derivative counts as
// many times as max(|xᵢ|, 1); several may cancel along one direction, but hardly along two.
//
// Where a slope is wrong, CheckDirections halves the coordinates until it can name one whose derivative is, and goes on
// without that one, until it has named ten; or it says that no coordinate alone is to blame. One wrong derivative among 100,000 is named after some 400 calls.
//
// CheckDirections panics if grad and x differ in length or if n is not positive.
func CheckDirections(rng *rand.Rand, n int, f func(x []float64) float64, grad, x []float64) error {
	mustBeGradient("CheckDirections", grad, x)
	if n <= 0 {
		panic(fmt.Sprintf("micrograd: CheckDirections along %d directions, want at least one", n))
	}
	p := newProbe(f, x)
	if !finite(p.fx) {
		return fmt.Errorf("micrograd: f is %g at x, so not finite: no derivative can be checked", p.fx)
	}
	u := make([]float64, len(x))
	checked := make([]bool, len(x)) // those that have been looked at alone,
	cleared := 0                    // and how many of them were right after all
	var wrong []string
	for range n {
		for i := range u {
			u[i] = max(math.Abs(x[i]), 1) / math.Sqrt(float64(len(x))) * float64(2*rng.IntN(2)-1)
			if checked[i] {
				u[i] = 0
			}
		}
		for {
			from, to := 0, len(u)
			all, allGiven := p.slopeAlong(u, grad, from, to)
			if all.agrees(allGiven) || len(u) == 0 {
				break
			}
			for to-from > 1 {
				mid := (from + to) / 2
				if half, given := p.slopeAlong(u, grad, from, mid); half.agrees(given) {
					from = mid
				} else {
					to = mid
				}
			}
			one := p.slope(from, grad[from])
			if one.agrees(grad[from]) {
				cleared++
			} else {
				wrong = append(wrong, fmt.Sprintf("x[%d] = %g: %s", from, x[from], one.versus(grad[from])))
			}
			switch {
			case checked[from] || cleared == 10:
				wrong = append(wrong, "along a random direction: "+all.versus(allGiven)+"; no coordinate alone is to blame")
				return disagreement("", wrong, len(x))
			case len(wrong) == 10:
				return disagreement("at least ", wrong, len(x))
			}
			checked[from], u[from] = true, 0
		}
	}
	return disagreement("", wrong, len(x))
}

func mustBeGradient(who string, grad, x []float64) {
	if len(grad) != len(x) {
		panic(fmt.Sprintf("micrograd: %s with %d derivatives for %d coordinates", who, len(grad), len(x)))
	}
}

func disagreement(atLeast string, wrong []string, n int) error {
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("micrograd: %s%d of %d derivatives disagree with finite differences:\n\t%s",
		atLeast, len(wrong), n, strings.Join(wrong, "\n\t"))
}
