package micrograd

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNumericalDerivativesAreAccurateAtEveryScale(t *testing.T) {
	everywhere := []float64{0, 1e-6, -1e-6, 3e-4, 0.02, -0.7, 1, 5.5, -40, 1000, -12345.6, 1e6}
	positive := []float64{1e-6, 3e-4, 0.02, 0.7, 1, 5.5, 40, 1000, 12345.6, 1e6}
	for _, c := range []struct {
		name string
		f, d func(x float64) float64
		at   []float64
	}{
		{"sin", math.Sin, math.Cos, everywhere},
		{"a fast sine", func(x float64) float64 { return math.Sin(16 * x) }, func(x float64) float64 { return 16 * math.Cos(16*x) }, everywhere},
		{"a sine with a round period", func(x float64) float64 { return math.Sin(2 * math.Pi * x) }, func(x float64) float64 { return 2 * math.Pi * math.Cos(2*math.Pi*x) }, everywhere[:10]},
		{"x²", func(x float64) float64 { return x * x }, func(x float64) float64 { return 2 * x }, everywhere},
		{"x³", func(x float64) float64 { return x * x * x }, func(x float64) float64 { return 3 * x * x }, everywhere},
		{"exp", math.Exp, math.Exp, everywhere[:9]},
		{"exp(x/1000)", func(x float64) float64 { return math.Exp(x / 1000) }, func(x float64) float64 { return math.Exp(x/1000) / 1000 }, everywhere[:10]},
		{"log", math.Log, func(x float64) float64 { return 1 / x }, positive},
		{"sqrt", math.Sqrt, func(x float64) float64 { return 0.5 / math.Sqrt(x) }, positive},
		{"1/x", func(x float64) float64 { return 1 / x }, func(x float64) float64 { return -1 / (x * x) }, positive},
		{"x^2.5", func(x float64) float64 { return math.Pow(x, 2.5) }, func(x float64) float64 { return 2.5 * math.Pow(x, 1.5) }, positive},
		{"max(x, 0), next to its kink", func(x float64) float64 { return max(x, 0) }, func(x float64) float64 { return math.Ceil(heaviside(x)) }, positive},
		{"a narrow bell far from 0", func(x float64) float64 { return math.Exp(-math.Pow(x-1e6-0.5, 2)) }, func(float64) float64 { return math.Exp(-0.25) }, []float64{1e6}},
	} {
		for _, x := range c.at {
			got := NumericalGradient(func(x []float64) float64 { return c.f(x[0]) }, []float64{x})[0]
			assert.InDelta(t, c.d(x), got, 1e-9*math.Abs(c.d(x))+1e-30, "%s at %g", c.name, x)
		}
	}
}

func TestErrorEstimatesHold(t *testing.T) {
	rng := seeded(1)
	for range 5000 {
		a, x := math.Exp(2*rng.NormFloat64()), math.Exp(5*rng.NormFloat64())
		for name, f := range map[string]struct{ f, d func(x float64) float64 }{
			"sin":  {func(x float64) float64 { return math.Sin(a * x) }, func(x float64) float64 { return a * math.Cos(a*x) }},
			"pow":  {func(x float64) float64 { return math.Pow(x, a) }, func(x float64) float64 { return a * math.Pow(x, a-1) }},
			"tanh": {func(x float64) float64 { return math.Tanh(a*x - 3) }, func(x float64) float64 { return a / math.Pow(math.Cosh(a*x-3), 2) }},
		} {
			if want := f.d(x); finite(f.f(x)) && finite(want) {
				s := slopeAt(f.f, x)
				require.InDelta(t, want, s.value, 10*s.err+1e-12*math.Abs(want)+1e-300, "%s with a = %g at %g", name, a, x)
			}
		}
	}
}

func TestNumericalGradientHasAnEntryForEachCoordinate(t *testing.T) {
	x := []float64{2, 3, 5}
	got := NumericalGradient(func(x []float64) float64 { return x[0]*x[1] + math.Sin(x[2]) }, x)
	assert.InDeltaSlice(t, []float64{3, 2, math.Cos(5)}, got, 1e-9)
	assert.Equal(t, []float64{2, 3, 5}, x, "x is left as it was")
}

func TestNumericalGradientAtAKinkIsTheMean(t *testing.T) {
	got := NumericalGradient(func(x []float64) float64 { return max(0, x[0]) + max(x[1], 3*x[1]) }, []float64{0, 0})
	assert.InDeltaSlice(t, []float64{0.5, 2}, got, 1e-9)
}

func TestNumericalGradientIsNaNWhereOneSideIsNotFinite(t *testing.T) {
	for _, x := range []float64{0, -1} {
		assert.True(t, math.IsNaN(NumericalGradient(func(x []float64) float64 { return math.Sqrt(x[0]) }, []float64{x})[0]))
	}
}

func TestNumericalGradientIsThrifty(t *testing.T) {
	for name, limit := range map[string]int{"smooth": 20, "kink": 51} {
		calls := 0
		NumericalGradient(func(x []float64) float64 {
			calls++
			if name == "kink" {
				return math.Abs(x[0] - 1)
			}
			return math.Tanh(x[0])
		}, []float64{1})
		assert.LessOrEqual(t, calls, limit, name)
	}
}

func TestAGradientWrongInTheSixthDigitIsCaught(t *testing.T) {
	for _, scale := range []float64{1e-6, 1e-3, 1, 1e3, 1e6} {
		f := func(x []float64) float64 { return x[0] * x[0] * x[1] / scale }
		x := []float64{scale, 2}
		right := []float64{4, scale}
		assert.NoError(t, CheckGradient(f, right, x))
		for i := range x {
			wrong := []float64{right[0], right[1]}
			wrong[i] *= 1 + 2e-6
			assert.ErrorContains(t, CheckGradient(f, wrong, x), "micrograd: 1 of 2 derivatives disagree")
		}
	}
}

func TestAWrongOpIsCaught(t *testing.T) {
	for name, d := range map[string]func(x, y, z float64) (dx, dy float64){
		"sixth digit": func(x, y, z float64) (dx, dy float64) { return y, x * (1 + 2e-6) },
		"swapped":     func(x, y, z float64) (dx, dy float64) { return x, y },
		"sign":        func(x, y, z float64) (dx, dy float64) { return y, -x },
		"zero":        func(x, y, z float64) (dx, dy float64) { return y, 0 },
		"NaN":         func(x, y, z float64) (dx, dy float64) { return y, nan },
		"infinite":    func(x, y, z float64) (dx, dy float64) { return y, inf },
	} {
		times := &Op{Name: "times", F: func(x, y float64) float64 { return x * y }, D: d}
		err := GradCheck(func(x []*Value) *Value { return times.Apply2(x[0].Exp(), x[1]).Tanh() }, 0.5, 0.7)
		assert.Error(t, err, name)
	}
}

func TestTheErrorListsEveryWrongCoordinate(t *testing.T) {
	f := func(x []float64) float64 { return x[0]*x[0] + 3*x[1] + max(x[2], 0) }
	assert.EqualError(t, CheckGradient(f, []float64{2.00001, 3, 0}, []float64{1, 5, 0}), `micrograd: 2 of 3 derivatives disagree with finite differences:
	x[0] = 1: numerical 2, given 2.00001, relative error 5e-06
	x[2] = 0: numerical 0.5, given 0, relative error 1; a kink: 0 from the left, 1 from the right`)
}

func TestAKinkIsToldFromABug(t *testing.T) {
	for name, f := range map[string]func(x []*Value) *Value{
		"ReLU":         func(x []*Value) *Value { return x[0].ReLU() },
		"LeakyReLU":    func(x []*Value) *Value { return x[0].LeakyReLU() },
		"curved sides": func(x []*Value) *Value { return x[0].Exp().SubC(1).ReLU().MulC(3) },
	} {
		assert.ErrorContains(t, GradCheck(f, 0), "a kink", name)
		assert.NoError(t, GradCheck(f, 1e-3), name)
		assert.NoError(t, GradCheck(f, -1e-3), name)
	}
	assert.NoError(t, GradCheck(func(x []*Value) *Value { return x[0].Abs() }, 0), "0 is the mean")
	assert.NoError(t, GradCheck(func(x []*Value) *Value { return x[0].Max(x[1]) }, 2, 2), "½ is the mean")

	err := CheckGradient(func(x []float64) float64 { return x[0] * x[0] }, []float64{1}, []float64{0})
	assert.Error(t, err)
	assert.NotContains(t, err.Error(), "kink", "a smooth function with a wrong gradient")
}

func TestWhatDifferencesCannotTellIsSaid(t *testing.T) {
	sqrt := func(x []float64) float64 { return math.Sqrt(x[0]) }
	assert.ErrorContains(t, CheckGradient(sqrt, []float64{inf}, []float64{0}), "not finite on both sides")
	assert.ErrorContains(t, CheckGradient(sqrt, []float64{nan}, []float64{0}), "not finite on both sides")
	step := func(x []float64) float64 { return math.Floor(x[0]) }
	assert.ErrorContains(t, CheckGradient(step, []float64{0}, []float64{1}), "only known to within")
	lucky := NumericalGradient(step, []float64{1})
	assert.ErrorContains(t, CheckGradient(step, lucky, []float64{1}), "only known to within")
	assert.NoError(t, CheckGradient(step, []float64{0}, []float64{1.5}), "flat between the steps")
}

func TestRightGradientsPass(t *testing.T) {
	for name, c := range map[string]struct {
		f func(x []*Value) *Value
		x []float64
	}{
		"no influence":              {func(x []*Value) *Value { return x[0].MulC(0).AddC(5) }, []float64{3}},
		"unused":                    {func(x []*Value) *Value { return x[0] }, []float64{3, 4}},
		"flat, at a minimum":        {func(x []*Value) *Value { return x[0].PowC(2).AddC(1e6) }, []float64{0}},
		"a small part of a big sum": {func(x []*Value) *Value { return x[0].Sin().MulC(1e-3).AddC(1e6) }, []float64{1}},
		"saturated":                 {func(x []*Value) *Value { return x[0].Tanh() }, []float64{17}},
		"underflow":                 {func(x []*Value) *Value { return x[0].Sigmoid() }, []float64{-200}},
		"cancellation":              {func(x []*Value) *Value { return x[0].Exp().Sub(x[1].Exp()) }, []float64{10, 10.0001}},
		"an inflection":             {func(x []*Value) *Value { return x[0].PowC(3) }, []float64{0}},
		"many periods from 0":       {func(x []*Value) *Value { return x[0].MulC(12.025451411964866).Sin() }, []float64{864350.0233694153}},
		"cancellation within":       {func(x []*Value) *Value { return x[0].Sin().AddC(1e5).SubC(1e5) }, []float64{1}},
		"very many periods from 0":  {func(x []*Value) *Value { return x[0].MulC(64).Sin() }, []float64{272837}},
		"a power near 0":            {func(x []*Value) *Value { return x[0].Pow(x[1]) }, []float64{1e-5, 1.5}},
	} {
		assert.NoError(t, GradCheck(c.f, c.x...), name)
	}
}

func TestCheckGradientOfDifferentLengthsPanics(t *testing.T) {
	assert.PanicsWithValue(t, "micrograd: CheckGradient with 1 derivatives for 2 coordinates", func() {
		CheckGradient(func(x []float64) float64 { return 0 }, []float64{1}, []float64{1, 2})
	})
}

func TestOnRandomGraphsNoRightGradientFailsAndNoWrongOnePasses(t *testing.T) {
	for seed := range uint64(1000) {
		leaves, root := randomGraph(rand.New(rand.NewPCG(seed, 2)), 20)
		root.Backward()
		var x, grad []float64
		for _, leaf := range leaves {
			x = append(x, leaf.Data)
			grad = append(grad, leaf.Grad)
		}
		order := root.sort()
		f := func(x []float64) float64 {
			for i, leaf := range leaves {
				leaf.Data = x[i]
			}
			for _, v := range order {
				v.forward()
			}
			return root.Data
		}
		require.NoError(t, CheckGradient(f, grad, x), "seed %d", seed)
		for i, g := range grad {
			if g == 0 {
				continue
			}
			grad[i] = g * (1 + 2e-6)
			require.Error(t, CheckGradient(f, grad, x), "seed %d, x[%d]", seed, i)
			grad[i] = g
		}
	}
}
