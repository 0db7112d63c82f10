package gradcheck

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAToleranceIsRelative(t *testing.T) {
	c := Config{Tolerance: 1e-3}
	f := func(x []float64) float64 { return 1e6*math.Exp(x[0]) + math.Sin(x[1]) }
	x := []float64{0.5, 0.5}
	right := []float64{1e6 * math.Exp(0.5), math.Cos(0.5)}
	for factor, passes := range map[float64]bool{1: true, 1.0009: true, 0.9991: true,
		1.0011: false, 0.9989: false} {
		grad := []float64{factor * right[0], factor * right[1]}
		jac := [][]float64{grad}
		y := func(x []float64) []float64 { return []float64{f(x)} }
		g := func(t float64) float64 { return f([]float64{t, 0.5}) }
		for name, err := range map[string]error{
			"Check":      c.Check(f, grad, x),
			"Derivative": c.Derivative(g, grad[0], 0.5),
			"Directions": c.Directions(f, grad, x),
			"Jacobian":   c.Jacobian(y, jac, x),
			"ParamsWith": ParamsWith(c, func() float64 { return f(x) }, NewParam("x", x, grad)),
		} {
			assert.Equal(t, passes, err == nil, "%s, %g times: %v", name, factor, err)
		}
	}
	assert.Error(t, Config{}.Check(f, []float64{1.0009 * right[0], right[1]}, x))
}

// Three steps of Newton's method come close to a root, but don't reach it.
func TestAToleranceIsForAnFThatApproximates(t *testing.T) {
	sqrt := func(x float64) float64 { // by three steps of Newton's method from x
		y := x
		for range 3 {
			y = (y + x/y) / 2
		}
		return y
	}
	assert.Error(t, Derivative(sqrt, 0.5/math.Sqrt(3), 3))
	assert.NoError(t, Config{Tolerance: 0.01}.Derivative(sqrt, 0.5/math.Sqrt(3), 3))
	assert.Error(t, Config{Tolerance: 0.01}.Derivative(sqrt, 0.55/math.Sqrt(3), 3))
}

func TestAToleranceOutsideItsRangePanics(t *testing.T) {
	f := func(x float64) float64 { return x }
	for _, tolerance := range []float64{-1e-9, 1, 2, nan} {
		assert.Panics(t, func() { Config{Tolerance: tolerance}.Derivative(f, 1, 1) })
	}
	assert.NoError(t, Config{Tolerance: 0.9}.Derivative(f, 1, 1))
}

func TestPanicsAreNaNIfTheSettingsSaySo(t *testing.T) {
	root := func(x float64) float64 {
		if x < 1 {
			panic("outside the domain")
		}
		return x * x
	}
	at := func(x []float64) float64 { return root(x[0]) }
	both := func(x []float64) []float64 { return []float64{at(x), -at(x)} }
	x, grad, jac := []float64{1}, []float64{2}, [][]float64{{2}, {-2}}
	reads := func() float64 { return at(x) }
	assert.PanicsWithValue(t, "outside the domain", func() { Derivative(root, 2, 1) })

	c := Config{PanicsAreNaN: true}
	assert.NoError(t, c.Derivative(root, 2, 1))
	assert.NoError(t, c.Check(at, grad, x))
	assert.NoError(t, c.Directions(at, grad, x))
	assert.NoError(t, c.Jacobian(both, jac, x))
	assert.NoError(t, ParamsWith(c, reads, NewParam("x", x, grad)))
	assert.Equal(t, []float64{1}, x)
	assert.ErrorContains(t, c.Derivative(root, 0, 0.5), "can't tell, because f is NaN at x")
	assert.Panics(t, func() { c.Jacobian(both, jac[:1], x) }, "a mistake in the call, not in f")
}

func TestAToleranceAppliesWhereRoundingHidesMoreThanTheDefault(t *testing.T) {
	f := func(x float64) float64 { return x + 1e-3*math.Sin(1e15*x) } // as good as noise
	assert.ErrorContains(t, Derivative(f, 1, 0.3), "can't tell")
	assert.NoError(t, Config{Tolerance: 0.2}.Derivative(f, 1, 0.3))
	assert.Error(t, Config{Tolerance: 0.2}.Derivative(f, 2, 0.3))
}
