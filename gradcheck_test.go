package micrograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
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
				s := newProbe(func(x []float64) float64 { return f.f(x[0]) }, []float64{x}).slope(0, nan)
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
	for name, c := range map[string]struct {
		f     func(x float64) float64
		limit int
	}{
		"smooth": {math.Tanh, 20},
		"kink":   {func(x float64) float64 { return math.Abs(x - 1) }, 76},
		"log":    {func(x float64) float64 { return math.Log(x - 1 + 1e-14) }, 76},
		"flat":   {func(x float64) float64 { return math.Floor(x + 0.5) }, 20},
		"jump":   {func(x float64) float64 { return math.Floor(2 * x) }, 76},
		"fading": {func(x float64) float64 { return (x - 1) * math.Abs(x-1) }, 76},
	} {
		calls := 0
		NumericalGradient(func(x []float64) float64 {
			calls++
			return c.f(x[0]) + c.f(x[1]) + c.f(x[2])
		}, []float64{1, 1, 1})
		assert.LessOrEqual(t, (calls-1)/3, c.limit+28+43/3, name)
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
	assert.ErrorContains(t, CheckGradient(sqrt, []float64{inf}, []float64{0}), "not finite, at x or beside it")
	assert.ErrorContains(t, CheckGradient(sqrt, []float64{nan}, []float64{0}), "not finite, at x or beside it")
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
			// Of a derivative that is tiny beside f, the last digits are lost in its rounding.
			grad[i] = g + 2e-6*max(math.Abs(g), 1e-3*math.Abs(root.Data))
			require.Error(t, CheckGradient(f, grad, x), "seed %d, x[%d]", seed, i)
			grad[i] = g
		}
	}
}

// A differentiable function of one variable with its derivative, put together at random.
func randomComposition(rng *rand.Rand) func(x float64) (v, d float64) {
	type part struct {
		kind int
		a, b float64
	}
	parts := make([]part, 1+rng.IntN(5))
	for i := range parts {
		parts[i] = part{rng.IntN(8), rng.NormFloat64(), rng.NormFloat64()}
	}
	return func(x float64) (v, d float64) {
		v, d = x, 1
		for _, p := range parts {
			v, d = p.a*v+p.b, p.a*d
			switch p.kind {
			case 0:
				v, d = math.Sin(v), math.Cos(v)*d
			case 1:
				v, d = math.Exp(v), math.Exp(v)*d
			case 2:
				v, d = math.Tanh(v), d/math.Pow(math.Cosh(v), 2)
			case 3:
				v, d = v*v, 2*v*d
			case 4:
				v, d = 1/(1+v*v), -2*v*d/((1+v*v)*(1+v*v))
			case 5:
				v, d = math.Log(1+v*v), 2*v*d/(1+v*v)
			case 6:
				v, d = math.Sqrt(1+v*v), v*d/math.Sqrt(1+v*v)
			case 7:
				v, d = v*v*v, 3*v*v*d
			}
		}
		return v, d
	}
}

// wellConditioned returns such a function, and a point where neither it nor its derivative is very large or very small.
func wellConditioned(rng *rand.Rand) (f func(x float64) (v, d float64), x float64) {
	for {
		f, x = randomComposition(rng), rng.NormFloat64()
		if v, d := f(x); math.Abs(v) < 100 && math.Abs(d) > 0.01 && math.Abs(d) < 100 {
			return f, x
		}
	}
}

func TestOnRandomCompositionsTheNumbersOfTheDocCommentHold(t *testing.T) {
	rng := seeded(1)
	var errors []float64
	for range 10_000 {
		f, x := wellConditioned(rng)
		_, d := f(x)
		value := func(x []float64) float64 { v, _ := f(x[0]); return v }
		errors = append(errors, math.Abs(NumericalGradient(value, []float64{x})[0]-d)/math.Abs(d))
		require.NoError(t, CheckGradient(value, []float64{d}, []float64{x}))
		require.Error(t, CheckGradient(value, []float64{d * (1 + 1e-5)}, []float64{x}))
	}
	slices.Sort(errors)
	assert.Less(t, errors[len(errors)/2], 3e-13)
	assert.Less(t, errors[len(errors)*99/100], 1e-10)
}

func TestKinksAreNamed(t *testing.T) {
	rng := seeded(1)
	named, kinks := 0, 0
	for range 2000 {
		f, x := wellConditioned(rng)
		g, _ := wellConditioned(rng)
		at, d := f(x)
		v, slope := g(x)
		if !(math.Abs(v) < 100 && math.Abs(slope) < 100) {
			continue
		}
		kinks++
		err := CheckGradient(func(x []float64) float64 {
			a, _ := f(x[0])
			b, _ := g(x[0])
			return max(a-at, 0) + b
		}, []float64{slope}, []float64{x})
		if err != nil && strings.Contains(err.Error(), "a kink") {
			named++
		}
		require.Error(t, err, "from %g to %g", slope, slope+d)
	}
	require.Greater(t, kinks, 1500)
	assert.Greater(t, named, kinks*99/100)

	besideAParabola := func(x []*Value) *Value { return x[0].ReLU().Add(x[0].PowC(2).MulC(10)) }
	assert.ErrorContains(t, GradCheck(besideAParabola, 0), "a kink: -")
}

// The gradients of these are right. What makes them hard is how f rounds, or that it is flat.
func TestRoundingIsNoError(t *testing.T) {
	float32s := &Op{
		Name: "float32",
		F:    func(x, y float64) float64 { return float64(float32(x)) },
		D:    func(x, y, z float64) (dx, dy float64) { return 1, 0 },
	}
	smooth := func(x []*Value) *Value { return Sum(x[0].Sin().Mul(x[1].Exp()), x[2].Tanh(), x[3].Mul(x[4])) }
	for name, f := range map[string]func(x []*Value) *Value{
		"Σ BatchNorm":         func(x []*Value) *Value { return Sum(BatchNorm(x, New(1), New(0))...) },
		"log Σ Softmax":       func(x []*Value) *Value { return Sum(Softmax(x)...).Log() },
		"f + 10⁷ − 10⁷":       func(x []*Value) *Value { return smooth(x).AddC(1e7).SubC(1e7) },
		"f + 10⁸ − 10⁸":       func(x []*Value) *Value { return smooth(x).AddC(1e8).SubC(1e8) },
		"f in float32":        func(x []*Value) *Value { return float32s.Apply(smooth(x)) },
		"1000·f in float32":   func(x []*Value) *Value { return float32s.Apply(smooth(x)).MulC(1000) },
		"10⁻⁹·f in float32":   func(x []*Value) *Value { return float32s.Apply(smooth(x)).MulC(1e-9) },
		"f without roundings": smooth,
	} {
		rng := seeded(1)
		for range 2000 {
			x := make([]float64, 5)
			for i := range x {
				x[i] = rng.NormFloat64()
			}
			require.NoError(t, GradCheck(f, x...), "%s at %v", name, x)
		}
	}
	for name, c := range map[string]struct {
		f func(x *Value) *Value
		x float64
	}{
		"x⁵":                               {func(x *Value) *Value { return x.PowC(5) }, 0},
		"(x−1)⁵":                           {func(x *Value) *Value { return x.SubC(1).PowC(5) }, 1},
		"x|x|":                             {func(x *Value) *Value { return x.Mul(x.Abs()) }, 0},
		"ReLU(x)²":                         {func(x *Value) *Value { return x.ReLU().PowC(2) }, 0},
		"the squared hinge, at its margin": {func(x *Value) *Value { return Hinge(x, New(1)).PowC(2) }, 1},
	} {
		assert.NoError(t, GradCheck(func(x []*Value) *Value { return c.f(x[0]) }, c.x), name)
	}
}

// Large steps agree on what is wrong for each of these.
func TestTwoStepsThatAgreeAreNotBelieved(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(x float64) float64
		x, d float64
	}{
		{"softplus(4·10⁴x²)", func(x float64) float64 { return math.Log1p(math.Exp(4e4 * x * x)) }, 0.001, 80 / (1 + math.Exp(-0.04))},
		{"10⁶x² + exp(−10⁶x²)", func(x float64) float64 { return 1e6*x*x + math.Exp(-1e6*x*x) }, 1e-4, 200 - 200*math.Exp(-0.01)},
		{"x + x·exp(−10⁶x²)", func(x float64) float64 { return x + x*math.Exp(-1e6*x*x) }, 0, 2},
		{"exp(1/x)", func(x float64) float64 { return math.Exp(1 / x) }, 0.019, -math.Exp(1/0.019) / 0.019 / 0.019},
		{"x⁻¹²", func(x float64) float64 { return math.Pow(x, -12) }, 0.001, -1.2e40},
		{"log", math.Log, 1e-14, 1e14},
		{"log", math.Log, 1e-12, 1e12},
		{"sqrt", math.Sqrt, 1e-14, 0.5e7},
		{"1/x", func(x float64) float64 { return 1 / x }, 1e-14, -1e28},
		{"exp", math.Exp, 709, math.Exp(709)},
		{"x", func(x float64) float64 { return x }, 1e308, 1},
	} {
		f := func(x []float64) float64 { return c.f(x[0]) }
		got := NumericalGradient(f, []float64{c.x})[0]
		assert.InDelta(t, 1, got/c.d, 1e-9, "%s at %g", c.name, c.x)
		assert.NoError(t, CheckGradient(f, []float64{c.d}, []float64{c.x}), "%s at %g", c.name, c.x)
		assert.Error(t, CheckGradient(f, []float64{c.d * (1 + 1e-5)}, []float64{c.x}), "%s at %g", c.name, c.x)
	}
}

func TestNothingPassesWhereFIsInfinite(t *testing.T) {
	for name, f := range map[string]func(x float64) float64{
		"1/x":             func(x float64) float64 { return 1 / x },
		"1/x²":            func(x float64) float64 { return 1 / (x * x) },
		"log|x|":          func(x float64) float64 { return math.Log(math.Abs(x)) },
		"NaN":             func(x float64) float64 { return nan },
		"NaN on the left": func(x float64) float64 { return math.Pow(x, 1.5) },
	} {
		at0 := func(x []float64) float64 { return f(x[0]) }
		assert.True(t, math.IsNaN(NumericalGradient(at0, []float64{0})[0]), name)
		for _, given := range []float64{0, 42, -1e300, inf, -inf, nan} {
			assert.ErrorContains(t, CheckGradient(at0, []float64{given}, []float64{0}), "f is not finite, at x or beside it", name)
		}
	}
}

func TestAJumpLetsNothingPassAndSpoilsNothing(t *testing.T) {
	for _, at := range []float64{1, 0, -1} {
		for name, jump := range map[string]func(x float64) float64{
			"floor": func(x float64) float64 { return math.Floor(x - at) },
			"ceil":  func(x float64) float64 { return math.Ceil(x - at) },
		} {
			f := func(x []float64) float64 { return jump(x[0]) + math.Sin(x[1]) }
			for _, given := range []float64{0, 1, 90, -50} {
				err := CheckGradient(f, []float64{given, math.Cos(2)}, []float64{at, 2})
				assert.ErrorContains(t, err, "1 of 2 derivatives", "%s at %g", name, at)
				assert.ErrorContains(t, err, "only known to within", "%s at %g", name, at)
			}
		}
	}
	rng := seeded(1)
	for range 1000 {
		f, x := wellConditioned(rng)
		_, d := f(x)
		size := math.Pow(10, -8*rng.Float64())
		require.Error(t, CheckGradient(func(y []float64) float64 {
			v, _ := f(y[0])
			if y[0] > x {
				v += size
			}
			return v
		}, []float64{d}, []float64{x}), "a jump of %g", size)
	}
}

// Where x is small, f may round in steps that are large beside it; where f is partly exact, some of it hides the steps.
func TestCoarseRoundingIsSeenWhereverItIs(t *testing.T) {
	round := func(x float64) float64 { return float64(float32(x)) }
	for name, c := range map[string]struct {
		f func(x float64) float64
		x []float64
		d float64
	}{
		"float32 of 1 + x":      {func(x float64) float64 { return round(1 + x) }, []float64{1e-5, 1e-8, 1e-300, 0, 1}, 1},
		"10⁸ + eˣ − 10⁸":        {func(x float64) float64 { return 1e8 + math.Exp(x) - 1e8 }, []float64{1e-7, 1e-9, 1e-300, 0}, 1},
		"float32, and exact":    {func(x float64) float64 { return round(math.Exp(x)) + 0.01*x*x }, []float64{0.7}, math.Exp(0.7) + 0.014},
		"10⁶ + sin x − 10⁶ + x": {func(x float64) float64 { return 1e6 + math.Sin(x) - 1e6 + x }, []float64{0.7}, math.Cos(0.7) + 1},
	} {
		for _, x := range c.x {
			f := func(x []float64) float64 { return c.f(x[0]) }
			assert.NoError(t, CheckGradient(f, []float64{c.d}, []float64{x}), "%s at %g", name, x)
			assert.Error(t, CheckGradient(f, []float64{0}, []float64{x}), "%s at %g", name, x)
			assert.Error(t, CheckGradient(f, []float64{c.d * 1.01}, []float64{x}), "%s at %g", name, x)
		}
	}
	// Where f is too coarse to tell, it isn't told that the derivative is 0 since f doesn't change.
	rng := seeded(1)
	for range 500 {
		f, x := wellConditioned(rng)
		v, d := f(x)
		if step := math.Abs(v) / 2048; math.Abs(d)*0.1 > 300*step {
			require.Error(t, CheckGradient(func(x []float64) float64 {
				v, _ := f(x[0])
				return math.Round(v/step) * step
			}, []float64{0}, []float64{x}))
		}
	}
}

func TestAKinkFurtherOnIsNoNoise(t *testing.T) {
	for _, distance := range []float64{0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6} {
		f := func(x []float64) float64 { return 2 * max(x[0]-1-distance, 0) }
		assert.NoError(t, CheckGradient(f, []float64{0}, []float64{1}), "%g", distance)
		assert.Error(t, CheckGradient(f, []float64{1}, []float64{1}), "%g", distance)
	}
}

// The noise is measured along a line that leaves the domain of the root, but that is no reason to fail the others.
func TestOneCoordinateAtTheEndOfItsDomainLeavesTheOthersAlone(t *testing.T) {
	f := func(x []float64) float64 { return math.Sin(x[0]) + x[1]*x[1] + x[2] + math.Sqrt(x[3]) }
	got := NumericalGradient(f, []float64{1, 2, 3, 0})
	assert.InDeltaSlice(t, []float64{math.Cos(1), 4, 1}, got[:3], 1e-9)
	assert.True(t, math.IsNaN(got[3]))
}

func TestNothingPassesWhereFIsNotFiniteCloseBy(t *testing.T) {
	for _, hole := range []float64{nan, inf} {
		f := func(x []float64) float64 {
			if x[0] != 1 && math.Abs(x[0]-1) < 1e-6 {
				return hole
			}
			return x[0]
		}
		assert.Error(t, CheckGradient(f, []float64{1}, []float64{1}))
	}
}

// A sum of waves in many coordinates, with its gradient.
func waves(rng *rand.Rand, n int) (f func(x []float64) float64, grad, x []float64) {
	a, b := make([]float64, n), make([]float64, n)
	grad, x = make([]float64, n), make([]float64, n)
	for i := range n {
		a[i], b[i], x[i] = rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()
	}
	for i := range n {
		next := (i + 1) % n
		d := math.Cos(a[i]*x[i] + b[i]*x[next])
		grad[i] += a[i] * d
		grad[next] += b[i] * d
	}
	return func(x []float64) (sum float64) {
		for i := range n {
			sum += math.Sin(a[i]*x[i] + b[i]*x[(i+1)%n])
		}
		return sum
	}, grad, x
}

func norm(x []float64) (s float64) {
	for _, x := range x {
		s += x * x
	}
	return math.Sqrt(s)
}

func TestDirectionsFindAnErrorOfAMillionthOfTheNorm(t *testing.T) {
	rng := seeded(1)
	found := 0
	for range 1000 {
		f, grad, x := waves(rng, 2+rng.IntN(200))
		require.NoError(t, CheckDirections(rng, 1, f, grad, x), "a right gradient")
		i := rng.IntN(len(x))
		grad[i] += 1e-6 * norm(grad)
		if err := CheckDirections(rng, 1, f, grad, x); err != nil {
			found++
			require.ErrorContains(t, err, fmt.Sprintf("micrograd: 1 of %d derivatives disagree with finite differences:\n\tx[%d] = %g: numerical ", len(x), i, x[i]))
		}
	}
	assert.Equal(t, 1000, found)
}

func TestDirectionsNameTheWrongOnesAmongManyAfterFewCalls(t *testing.T) {
	rng := seeded(1)
	f, grad, x := waves(rng, 100_000)
	calls := 0
	counted := func(x []float64) float64 {
		calls++
		return f(x)
	}
	require.NoError(t, CheckDirections(rng, 2, counted, grad, x))
	assert.Less(t, calls, 43+2*20)

	right := slices.Clone(grad)
	calls = 0
	grad[31_415] += 0.5
	err := CheckDirections(rng, 1, counted, grad, x)
	assert.ErrorContains(t, err, "micrograd: 1 of 100000 derivatives disagree with finite differences:\n\tx[31415] = ")
	assert.ErrorContains(t, err, fmt.Sprintf("numerical %.6g", right[31_415])[:16])
	assert.Less(t, calls, 500)

	grad[0], grad[99_999] = nan, inf
	err = CheckDirections(rng, 1, f, grad, x)
	for _, want := range []string{"micrograd: 3 of 100000 ", "x[0] = ", "given NaN", "x[31415] = ", "x[99999] = ", "given +Inf"} {
		assert.ErrorContains(t, err, want)
	}

	for i := range 20 {
		grad[1000*i] += 1
	}
	err = CheckDirections(rng, 1, f, grad, x)
	assert.ErrorContains(t, err, "micrograd: at least 10 of 100000 derivatives disagree")
	assert.Equal(t, 10, strings.Count(err.Error(), "\n\tx["))
}

func TestDirectionsNameKinksAndWhatIsNotFinite(t *testing.T) {
	f := func(x []float64) float64 { return x[0]*x[0] + max(x[1], 0) + x[2]*x[3] }
	x := []float64{1, 0, 2, 3}
	assert.EqualError(t, CheckDirections(seeded(1), 3, f, []float64{2, 0, 3, 2}, x), `micrograd: 1 of 4 derivatives disagree with finite differences:
	x[1] = 0: numerical 0.5, given 0, relative error 1; a kink: 0 from the left, 1 from the right`)

	root := func(x []float64) float64 { return x[0] + math.Sqrt(x[1]) }
	assert.ErrorContains(t, CheckDirections(seeded(1), 3, root, []float64{1, inf}, []float64{1, 0}), "x[1] = 0: numerical NaN, given +Inf")
	assert.ErrorContains(t, CheckDirections(seeded(1), 3, func([]float64) float64 { return inf }, []float64{1, 1}, []float64{1, 0}), "not finite")
}

// Along a direction, the logarithms would need steps that are smaller than any that is tried. So they are checked alone.
func TestDirectionsLeaveOutWhatIsRightAlone(t *testing.T) {
	f := func(x []float64) float64 { return math.Log(x[0]) + math.Log(x[1]) + x[2] }
	x := []float64{1e-12, 1e-13, 1}
	assert.NoError(t, CheckDirections(seeded(1), 3, f, []float64{1e12, 1e13, 1}, x))
	assert.ErrorContains(t, CheckDirections(seeded(1), 3, f, []float64{1e12, 1.001e13, 1}, x), "1 of 3 derivatives disagree with finite differences:\n\tx[1] = 1e-13: ")
}

func TestDirectionsOfNothing(t *testing.T) {
	assert.NoError(t, CheckDirections(seeded(1), 1, func([]float64) float64 { return 1 }, nil, nil))
	assert.EqualError(t, CheckDirections(seeded(1), 1, func([]float64) float64 { return nan }, nil, nil), "micrograd: f is NaN at x, so not finite: no derivative can be checked")
	assert.NoError(t, CheckGradient(func([]float64) float64 { return 1 }, nil, nil))
}

func TestDirectionsLeaveTheirArgumentsAlone(t *testing.T) {
	f, grad, x := waves(seeded(1), 10)
	wantGrad, wantX := slices.Clone(grad), slices.Clone(x)
	grad[3]++
	wantGrad[3]++
	require.Error(t, CheckDirections(seeded(1), 1, f, grad, x))
	assert.Equal(t, wantGrad, grad)
	assert.Equal(t, wantX, x)
}

func TestDirectionsRefuseMistakes(t *testing.T) {
	f := func(x []float64) float64 { return 0 }
	assert.PanicsWithValue(t, "micrograd: CheckDirections with 1 derivatives for 2 coordinates", func() { CheckDirections(seeded(1), 1, f, []float64{1}, []float64{1, 2}) })
	assert.PanicsWithValue(t, "micrograd: CheckDirections along 0 directions, want at least one", func() { CheckDirections(seeded(1), 0, f, []float64{1}, []float64{1}) })
}
