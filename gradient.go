package micrograd

import "slices"

// Differentiate returns f as a function g of numbers, its gradient at x by Backward, and x again.
// They are the three arguments of gradcheck.Check. In a test:
//
//	f := func(x []*micrograd.Value) *micrograd.Value { return x[0].Mul(x[1]).Tanh() }
//	if err := gradcheck.Check(micrograd.Differentiate(f, 0.5, 2)); err != nil {
//		t.Error(err)
//	}
//
// If f uses other leaves than x, Backward adds to their Grad as usual.
func Differentiate(f func(x []*Value) *Value, x ...float64) (
	g func(x []float64) float64, grad, at []float64) {
	leaves := Values(x...)
	f(leaves).Backward()
	for _, leaf := range leaves {
		grad = append(grad, leaf.Grad)
	}
	return func(x []float64) float64 { return f(Values(x...)).Data }, grad, slices.Clone(x)
}

// ratio is x/y, and 0 where both are 0: so the derivatives of atan2 and hypot at (0, 0) are 0.
func ratio(x, y float64) float64 {
	if x == 0 && y == 0 {
		return 0
	}
	return x / y
}
