package gradcheck

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomicrograd/micrograd/gradcheck/internal/families"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// check1 is Check for a function of one number.
func check1(f func(x float64) float64, given, x float64) error {
	return Check(func(x []float64) float64 { return f(x[0]) }, []float64{given},
		[]float64{x})
}

// Verdicts depend on the bound of the error. So it is tested on functions whose derivatives are
// hard to find.
func TestSlopeErrorsAreNotUnderestimated(t *testing.T) {
	estimates, bad := 0, 0
	for seed := range uint64(3) {
		rng := seeded(seed)
		for range 1000 {
			a, x := math.Exp(2*rng.NormFloat64()), math.Exp(5*rng.NormFloat64())
			for _, f := range []struct{ f, d func(x float64) float64 }{
				{func(x float64) float64 { return math.Sin(a * x) },
					func(x float64) float64 { return a * math.Cos(a*x) }},
				{func(x float64) float64 { return math.Pow(x, a) },
					func(x float64) float64 { return a * math.Pow(x, a-1) }},
				{func(x float64) float64 { return math.Tanh(a*x - 3) },
					func(x float64) float64 { return a / math.Pow(math.Cosh(a*x-3), 2) }},
				{func(x float64) float64 { return float64(float32(math.Log(a + x))) },
					func(x float64) float64 { return 1 / (a + x) }},
			} {
				want := f.d(x)
				s := Config{}.probe(func(x []float64) float64 { return f.f(x[0]) },
					[]float64{x}).coordinate(0, want)
				if math.Abs(want) < 1e-290 || !finite(f.f(x)) || !finite(want) || !finite(s.value) {
					continue
				}
				estimates++
				if math.Abs(s.value-want) > 5*s.err+1e-6*math.Abs(want) {
					bad++
				}
			}
		}
	}
	assert.Greater(t, estimates, 9000)
	assert.LessOrEqual(t, bad, estimates/1000)
}

func TestCheckTellsAKinkFromABug(t *testing.T) {
	for name, c := range map[string]struct {
		f           func(x float64) float64
		left, right float64 // its slopes at ∓0.001
	}{
		"ReLU":      {func(x float64) float64 { return max(x, 0) }, 0, 1},
		"LeakyReLU": {func(x float64) float64 { return max(x, 0.01*x) }, 0.01, 1},
		"|x|":       {math.Abs, -1, 1},
		"curved sides": {func(x float64) float64 { return 3 * max(math.Expm1(x), 0) }, 0,
			3 * math.Exp(1e-3)},
		"beside a parabola": {func(x float64) float64 { return max(x, 0) + 10*x*x }, -0.02, 1.02},
	} {
		for _, given := range []float64{0, 0.5, 1, 7} {
			assert.ErrorContains(t, check1(c.f, given, 0), "can't tell, because f has a kink", name)
		}
		assert.NoError(t, check1(c.f, c.left, -1e-3), name)
		assert.NoError(t, check1(c.f, c.right, 1e-3), name)
	}
	larger := func(x []float64) float64 { return max(x[0], x[1]) }
	assert.ErrorContains(t, Check(larger, []float64{0.5, 0.5}, []float64{2, 2}), "kink")

	wrong, doubtful := verdicts(check1(func(x float64) float64 { return x * x }, 1, 0))
	assert.Equal(t, [2]int{1, 0}, [2]int{wrong, doubtful},
		"a smooth function with a wrong gradient")

	named, kinks := 0, 0
	for seed := range uint64(4) {
		rng := seeded(seed)
		for range 500 {
			f, d, x := families.Smooth(rng)
			g, _, _ := families.Smooth(rng)
			slope := Gradient(func(x []float64) float64 { return g(x[0]) },
				[]float64{x})[0]
			if !(math.Abs(g(x)) < 100 && math.Abs(slope) < 100 &&
				math.Abs(d) > 0.03*math.Abs(slope)) {
				continue
			}
			kinks++
			at := f(x)
			err := check1(func(x float64) float64 { return max(f(x)-at, 0) + g(x) }, slope, x)
			require.Error(t, err, "from %g to %g", slope, slope+d)
			if strings.Contains(err.Error(), "a kink") {
				named++
			}
		}
	}
	assert.Greater(t, kinks, 1200)
	assert.Greater(t, named, kinks*97/100)
}

func TestCheckSaysWhyItCantTell(t *testing.T) {
	rng := seeded(1)
	for _, c := range []struct {
		name string
		f    func(x float64) float64
		x    float64
		why  string
	}{
		{"√x", math.Sqrt, 0, "f jumps, or isn't finite, or is infinitely steep"},
		{"√|x|", func(x float64) float64 { return math.Sqrt(math.Abs(x)) }, 0, "infinitely steep"},
		{"1/x", func(x float64) float64 { return 1 / x }, 0, "f is +Inf at x"},
		{"log|x|", func(x float64) float64 { return math.Log(math.Abs(x)) }, 0, "f is -Inf at x"},
		{"NaN", func(x float64) float64 { return nan }, 0, "f is NaN at x"},
		{"floor", math.Floor, 1, "f jumps"},
		{"ceil", math.Ceil, 1, "f jumps"},
		{"a guarded pole", guarded(func(x float64) float64 { return 1 / x }), 0, "f jumps, or"},
		{"a guarded logarithm", guarded(func(x float64) float64 { return math.Log(math.Abs(x)) }),
			0, "f jumps, or"},
		{"a hole around x", func(x float64) float64 {
			if x != 1 && math.Abs(x-1) < 1e-6 {
				return nan
			}
			return x
		}, 1, "isn't finite"},
		{"dropout", func(x float64) float64 { return float64(rng.IntN(2)) * x * x }, 3,
			"f isn't deterministic: two calls at x gave"},
		{"noise of 1 %", func(x float64) float64 { return x * (1 + 0.01*rng.NormFloat64()) }, 3,
			"f isn't deterministic: two calls at x gave"},
	} {
		for _, given := range []float64{0, 1, 42, -1e300, inf, nan} {
			err := check1(c.f, given, c.x)
			assert.ErrorContains(t, err, "can't tell, because", "%s, given %g", c.name, given)
			assert.ErrorContains(t, err, c.why, "%s, given %g", c.name, given)
		}
	}
}

// guarded is f, but 0 at 0.
func guarded(f func(x float64) float64) func(x float64) float64 {
	return func(x float64) float64 {
		if x == 0 {
			return 0
		}
		return f(x)
	}
}

func TestCheckOfOneCoordinateIsNotBlindedByAnother(t *testing.T) {
	for name, ill := range map[string]func(x float64) float64{
		"a guarded pole":      guarded(func(x float64) float64 { return 1 / x }),
		"a guarded logarithm": guarded(func(x float64) float64 { return math.Log(math.Abs(x)) }),
		"a jump":              math.Ceil,
		"a domain's end":      math.Sqrt,
	} {
		f := func(x []float64) float64 { return math.Sin(x[0]) + ill(x[1]) + x[2]*x[2] }
		err := Check(f, []float64{99, 0, 4}, []float64{1, 0, 2})
		wrong, doubtful := verdicts(err)
		assert.Equal(t, [2]int{1, 1}, [2]int{wrong, doubtful}, name)
		assert.ErrorContains(t, err, "x[0] = 1: numerical 0.540", name)

		x, grad := make([]float64, 50), make([]float64, 50)
		for i := range x {
			x[i], grad[i] = float64(i), 7
		}
		err = Directions(func(x []float64) float64 {
			s := ill(x[0])
			for _, x := range x[1:] {
				s += math.Sin(x)
			}
			return s
		}, grad, x)
		wrong, _ = verdicts(err)
		assert.Positive(t, wrong, name)
	}
}

// These functions are hard: they have narrow features, poles or cancellation, or are rounded.
func TestCheckJudgesHardFunctionsRight(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(x float64) float64
		x, d float64
	}{
		{"softplus(4·10⁴x²)", func(x float64) float64 { return math.Log1p(math.Exp(4e4 * x * x)) },
			0.001, 80 / (1 + math.Exp(-0.04))},
		{"10⁶x² + exp(−10⁶x²)", func(x float64) float64 { return 1e6*x*x + math.Exp(-1e6*x*x) },
			1e-4, 200 - 200*math.Exp(-0.01)},
		{"x + x·exp(−10⁶x²)", func(x float64) float64 { return x + x*math.Exp(-1e6*x*x) }, 0, 2},
		{"x·exp(−10⁶x²)", func(x float64) float64 { return x * math.Exp(-1e6*x*x) }, 0, 1},
		{"exp(1/x)", func(x float64) float64 { return math.Exp(1 / x) }, 0.019,
			-math.Exp(1/0.019) / 0.019 / 0.019},
		{"x⁻¹²", func(x float64) float64 { return math.Pow(x, -12) }, 0.001, -1.2e40},
		{"log", math.Log, 1e-14, 1e14},
		{"log", math.Log, 1e-12, 1e12},
		{"sqrt", math.Sqrt, 1e-14, 0.5e7},
		{"1/x", func(x float64) float64 { return 1 / x }, 1e-14, -1e28},
		{"exp", math.Exp, 709, math.Exp(709)},
		{"x", func(x float64) float64 { return x }, 1e308, 1},
		{"10⁻³¹⁰·x", func(x float64) float64 { return 1e-310 * x }, 1, 1e-310},
		{"sin", math.Sin, 1e9, math.Cos(1e9)},
		{"sin(64x)", func(x float64) float64 { return math.Sin(64 * x) }, 272837,
			64 * math.Cos(64*272837)},
		{"2000 + sin(10⁶x)", func(x float64) float64 { return 2000 + math.Sin(1e6*x) }, 0.3,
			1e6 * math.Cos(3e5)},
		{"x^1.5 beside log 2", func(x float64) float64 { return math.Log(2) + math.Pow(x, 1.5) },
			3e-6, 1.5 * math.Sqrt(3e-6)},
		{"2·max(x−1−10⁻⁶, 0) + x",
			func(x float64) float64 { return 2*max(x-1-1e-6, 0) + x }, 1, 1},
		{"10⁻³·sin + 10⁶", func(x float64) float64 { return 1e-3*math.Sin(x) + 1e6 }, 1,
			1e-3 * math.Cos(1)},
		{"float32(1 + x)", func(x float64) float64 { return float64(float32(1 + x)) }, 1e-5, 1},
		{"float32(1 + x)", func(x float64) float64 { return float64(float32(1 + x)) }, 1e-300, 1},
		{"10⁸ + eˣ − 10⁸", func(x float64) float64 { return 1e8 + math.Exp(x) - 1e8 }, 0, 1},
		{"entropy", entropy, 1e-6, math.Log((1 - 1e-6) / 1e-6)},
		{"entropy", entropy, 1e-8, math.Log((1 - 1e-8) / 1e-8)},
		{"entropy", entropy, 1e-12, math.Log((1 - 1e-12) / 1e-12)},
		{"0.1x − log(1−x)", func(x float64) float64 { return 0.1*x - math.Log(1-x) }, 1e-8, 1.1},
		{"(1 − cos x)/x²", func(x float64) float64 { return (1 - math.Cos(x)) / (x * x) }, 1e-3,
			-1e-3 / 12},
	} {
		assert.NoError(t, check1(c.f, c.d, c.x), "%s at %g", c.name, c.x)
		for _, given := range []float64{0, -c.d, 2 * c.d, 1.01 * c.d, 0.99 * c.d} {
			assert.Error(t, check1(c.f, given, c.x), "%s at %g, given %g", c.name, c.x, given)
		}
	}
}

// entropy has a term whose derivative is large near 0, and one that rounds there as numbers near 1
// do.
func entropy(x float64) float64 { return -x*math.Log(x) - (1-x)*math.Log(1-x) }

func TestCheckCallsAForgottenMaskWrong(t *testing.T) {
	for _, rest := range []float64{0, 1, 3} {
		wrong, _ := verdicts(check1(func(x float64) float64 { return max(x, 0) + rest }, 0.3, -1))
		assert.Equal(t, 1, wrong, "ReLU + %g", rest)
	}
}

func TestCheckTerminatesAtAnyX(t *testing.T) {
	for _, x := range []float64{0, 5e-324, 1e-311, 1e-300, 1e-100, 1e-15, 1e15, 1e300,
		math.MaxFloat64, inf, -inf, nan} {
		for name, f := range map[string]func(x float64) float64{
			"x":    func(x float64) float64 { return x },
			"1":    func(float64) float64 { return 1 },
			"tanh": math.Tanh,
		} {
			calls := 0
			for _, given := range []float64{1, 0, nan} {
				check1(func(x float64) float64 { calls++; return f(x) }, given, x)
			}
			assert.Less(t, calls, 600, "%s at %g", name, x)
		}
	}
	assert.ErrorContains(t, check1(math.Tanh, 0, math.MaxFloat64), "x ± 0.1·x isn't finite")
	f := func(x []float64) float64 { return x[0] * x[0] }
	err := Check(f, []float64{2, 0}, []float64{1, nan})
	assert.ErrorContains(t, err,
		"about 1 of 2 derivatives:\n\tx[1] = NaN: given 0: can't tell, because x is NaN")
	assert.EqualError(t, Directions(f, []float64{2, 0}, []float64{1, nan}),
		err.Error())
}

func TestCheckPassesDerivativesOf0(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(x float64) float64
		x    float64
	}{
		{"a constant", func(x float64) float64 { return 5 }, 3},
		{"0", func(x float64) float64 { return 0 }, 3},
		{"x² + 10⁶", func(x float64) float64 { return x*x + 1e6 }, 0},
		{"x³", func(x float64) float64 { return x * x * x }, 0},
		{"(x−1)⁵", func(x float64) float64 { return math.Pow(x-1, 5) }, 1},
		{"x|x|", func(x float64) float64 { return x * math.Abs(x) }, 0},
		{"max(x, 0)²", func(x float64) float64 { return math.Pow(max(x, 0), 2) }, 0},
		{"a squared hinge, at its margin",
			func(x float64) float64 { return math.Pow(max(1-x, 0), 2) }, 1},
		{"a soft threshold",
			func(x float64) float64 { return math.Copysign(max(math.Abs(x)-0.03, 0), x) }, 0.01},
		{"a soft threshold, in the middle",
			func(x float64) float64 { return math.Copysign(max(math.Abs(x)-0.03, 0), x) }, 0},
		{"steps, between two", math.Floor, 1.5},
		{"1 + erfc(1/√x)", func(x float64) float64 { return 1 + math.Erfc(1/math.Sqrt(x)) },
			0.0024},
	} {
		assert.NoError(t, check1(c.f, 0, c.x), c.name)
		assert.Error(t, check1(c.f, 0.5, c.x), c.name)
	}
	softmax := func(x []float64) (sum float64) {
		total := 0.0
		for _, x := range x {
			total += math.Exp(x)
		}
		for _, x := range x {
			sum += math.Exp(x) / total
		}
		return sum
	}
	x := []float64{-0.8, 0.4, -0.5, -1, 0.5}
	assert.NoError(t, Check(softmax, []float64{3e-17, 0, -6e-17, 1e-17, 0}, x), "Σ softmax")
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	assert.NoError(t, check1(math.Tanh, 1-math.Tanh(17)*math.Tanh(17), 17), "saturated")
	assert.NoError(t, check1(sigmoid, sigmoid(-200), -200), "underflow")
	difference := func(x []float64) float64 { return math.Exp(x[0]) - math.Exp(x[1]) }
	assert.NoError(t, Check(difference, []float64{math.Exp(10), -math.Exp(10.0001)},
		[]float64{10, 10.0001}), "cancellation")
	first := func(x []float64) float64 { return x[0] }
	assert.NoError(t, Check(first, []float64{1, 0}, []float64{3, 4}), "one unused")
}

// f and its gradient vanish there, but for the rounding of what is subtracted.
func TestCheckPassesLeastSquaresAtTheSolution(t *testing.T) {
	for seed := range uint64(200) {
		rng := seeded(seed)
		A, b, x := make([][]float64, 15), make([]float64, 15), make([]float64, 4)
		for j := range x {
			x[j] = rng.NormFloat64()
		}
		for i := range A {
			A[i] = make([]float64, len(x))
			for j := range x {
				A[i][j] = rng.NormFloat64()
				b[i] += A[i][j] * x[j]
			}
		}
		residuals := func(x []float64) []float64 {
			r := slices.Clone(b)
			for i := range r {
				for j := range x {
					r[i] -= A[i][j] * x[j]
				}
			}
			return r
		}
		grad := make([]float64, len(x))
		for i, r := range residuals(x) {
			for j := range grad {
				grad[j] -= 2 * r * A[i][j]
			}
		}
		f := func(x []float64) (s float64) {
			for _, r := range residuals(x) {
				s += r * r
			}
			return s
		}
		require.NoError(t, Check(f, grad, x), "seed %d", seed)
		grad[seed%4] += 1e-6
		require.Error(t, Check(f, grad, x), "seed %d", seed)
	}
}

func TestCheckStepsAroundTheEndOfADomain(t *testing.T) {
	f := func(x []float64) float64 { return math.Log(x[0]) + math.Sqrt(x[1]) + math.Asin(x[2]) }
	x := []float64{1e-3, 1e-9, 0.9999}
	grad := []float64{1e3, 0.5 / math.Sqrt(1e-9), 1 / math.Sqrt(1-0.9999*0.9999)}
	assert.NoError(t, Check(f, grad, x))
}

// Rounding leaves as much of a derivative of 0 as changes f by one rounding over the largest step.
func TestCheckPassesTheResidueOfADerivativeOf0(t *testing.T) {
	for name, c := range map[string]struct {
		f           func(x float64) float64
		x           float64
		right, more float64
	}{
		"0":             {func(x float64) float64 { return 0 }, 1, 2e-15, 3e-15},
		"0, x = 100":    {func(x float64) float64 { return 0 }, 100, 2e-17, 3e-17},
		"1000":          {func(x float64) float64 { return 1000 }, 1, 2e-12, 1e-8},
		"x²":            {func(x float64) float64 { return x * x }, 0, 2e-15, 3e-15},
		"rounding of 0": {func(x float64) float64 { return 1 + x - 1 - x }, 0.3, 5e-17, 1e-9},
	} {
		for _, sign := range []float64{1, -1} {
			assert.NoError(t, check1(c.f, sign*c.right, c.x), name)
			assert.Error(t, check1(c.f, sign*c.more, c.x), name)
		}
	}
}

func TestCheckSaysThatStepsDisagree(t *testing.T) {
	f := func(x float64) float64 { return (1 - math.Cos(x)) / (x * x) }
	assert.ErrorContains(t, check1(f, -1e-6/12, 1e-6), "so it may be rounded: its slope is -1")
	g := func(x float64) float64 { return math.Sin(2 * math.Pi * 3000 * x) }
	assert.ErrorContains(t, check1(g, 6000*math.Pi*math.Cos(6000*math.Pi*1.7e9), 1.7e9),
		"f varies as much within the smallest step as over the largest")
}

func TestCheckAtTheEndOfADomainTakesTheDerivativeOfOneSide(t *testing.T) {
	for name, c := range map[string]struct {
		f    func(x float64) float64
		x, d float64
	}{
		"x³ up to 1": {func(x float64) float64 {
			if x > 1 {
				return nan
			}
			return x * x * x
		}, 1, 3},
		"a logarithm from 2 on": {func(x float64) float64 {
			if x < 2 {
				return math.Inf(-1)
			}
			return math.Log(x)
		}, 2, 0.5},
		"(1 − x²)^2.5 up to 1, beside sin": {func(x float64) float64 {
			return math.Pow(1-x*x, 2.5) + math.Sin(x)
		}, 1, math.Cos(1)},
	} {
		assert.NoError(t, check1(c.f, c.d, c.x), name)
		for _, given := range []float64{0, -c.d, 2 * c.d, 1.01 * c.d} {
			wrong, _ := verdicts(check1(c.f, given, c.x))
			assert.Equal(t, 1, wrong, "%s, given %g", name, given)
		}
	}
	for _, end := range []float64{1, -1} { // the rounding of f is measured on the side that is left
		coarse := func(x float64) float64 {
			if x*end > 1 {
				return nan
			}
			return float64(float32(math.Exp(x)))
		}
		assert.NoError(t, check1(coarse, math.Exp(end), end), "%g", end)
		assert.Error(t, check1(coarse, 1.01*math.Exp(end), end), "%g", end)
	}
	root := func(x float64) float64 { return math.Pow(x, 1.5) } // its differences settle slowly
	wrong, _ := verdicts(check1(root, 0, 0))
	assert.Zero(t, wrong)
	assert.Error(t, check1(root, 0.01, 0))
}

func TestCheckCloseToAnInfiniteSlopeCallsNothingWrong(t *testing.T) {
	for _, x := range []float64{1, 3, 0.5, -4} { // f ends at 10⁻¹² of x
		f := func(z float64) float64 { return math.Sqrt(z - (x - 1e-12*math.Abs(x))) }
		for _, given := range []float64{0.5 / f(x), 1 / f(x)} {
			assert.ErrorContains(t, check1(f, given, x),
				"infinitely steep, at x or close to it", "at %g", x)
		}
	}
}

func TestExtrapolationIsExactForAParabola(t *testing.T) {
	var differences []difference
	for _, h := range []float64{8, 4, 2, 1} {
		differences = append(differences, difference{h: h, value: 1 - h + h*h})
	}
	e := extrapolate(differences, 1)
	assert.InDelta(t, 1, e.value, 1e-12)
	assert.Less(t, e.err, 1e-12)
}

func TestWhatIsAsLargeAsItsBoundIsWithinIt(t *testing.T) {
	const more = 1 + 1e-15
	l := &line{eps: eps64, tolerance: tolerance}
	assert.True(t, l.accurate(estimate{value: -2, err: 1}, 0.5, 0, 0))
	assert.False(t, l.accurate(estimate{value: -2, err: more}, 0.5, 0, 0))

	e := estimate{err: 1, smallest: difference{h: 1}}
	assert.True(t, holds(e, []difference{{h: 0.5, value: slack}}, 1))
	assert.False(t, holds(e, []difference{{h: 0.5, value: slack * more}}, 1))
	e = estimate{value: 10, smallest: difference{h: 1, value: 11}}
	assert.True(t, holds(e, []difference{{h: 0.5, value: 11}}, 1))
	assert.False(t, holds(e, []difference{{h: 0.5, value: 11 * more}}, 1))

	at := func(last, noise float64) []difference { // four steps earlier it was 0, before that 5
		return []difference{{value: 5}, {}, {}, {}, {}, {}, {}, {}, {value: last, noise: noise}}
	}
	assert.False(t, unsettled(at(1, 0), 0.2))
	assert.True(t, unsettled(at(-more, 0), 0.2))
	assert.False(t, unsettled(at(2*slack, 2), 0.2))
	assert.True(t, unsettled(at(2*slack*more, 2), 0.2))
}

// The likelihood of 5 heads in 100 throws, whose maximum is at 0.05. A barrier, as optimizers use
// it, says nothing about the digits of f.
func TestABarrierBesideXHidesNoMistake(t *testing.T) {
	for _, barrier := range []float64{1e10, 1e30, math.MaxFloat64, inf, nan} {
		f := func(p float64) float64 {
			if p <= 0 || p >= 1 {
				return barrier
			}
			return -5*math.Log(p) - 95*math.Log1p(-p)
		}
		assert.NoError(t, check1(f, 0, 0.05))
		assert.Error(t, check1(f, 1e-6, 0.05))
	}
}

func TestPowersThatSettleSlowlyAreNotCalledWrong(t *testing.T) {
	for _, p := range []float64{1.02, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5} {
		for name, f := range map[string]func(x float64) float64{
			"NaN below": func(x float64) float64 { return math.Pow(x, p) },
			"even":      func(x float64) float64 { return math.Pow(math.Abs(x), p) },
			"0 below":   func(x float64) float64 { return math.Pow(max(x, 0), p) },
		} {
			assert.ErrorContains(t, check1(f, 0, 0), "can't tell, because ", "%s, %g", name, p)
			assert.NotContains(t, check1(f, 0, 0).Error(), "kink", "%s, %g", name, p)
		}
	}
	root := func(x float64) float64 { return math.Pow(x, 1.5) }
	assert.ErrorContains(t, check1(root, 0, 0), "the differences settle slowly")
}

func TestCheckOfATinyXReachesItsScale(t *testing.T) {
	f := func(x float64) float64 { return x * math.Log(x) }
	for _, x := range []float64{1e-20, 1e-100, 1e-300} {
		assert.NoError(t, check1(f, math.Log(x)+1, x))
		assert.Error(t, check1(f, 1.01*(math.Log(x)+1), x))
	}
}

func TestCheckCloseToAnEndOfTheDomain(t *testing.T) {
	for _, distance := range []float64{1e-13, 1e-12, 1e-10, 1e-9, 1e-7, 1e-5, 1e-3} {
		for name, g := range map[string]func(x float64) float64{
			"linear":     func(x float64) float64 { return x },
			"constant":   func(x float64) float64 { return 1 },
			"in float32": func(x float64) float64 { return float64(float32(math.Exp(x))) },
		} {
			f := func(x float64) float64 {
				if x > 1 {
					return nan
				}
				return g(x)
			}
			x := 1 - distance
			d := map[string]float64{"linear": 1, "constant": 0, "in float32": math.Exp(x)}[name]
			if name == "in float32" {
				wrong, _ := verdicts(check1(f, d, x))
				assert.Zero(t, wrong, distance)
			} else {
				assert.NoError(t, check1(f, d, x), "%s, %g", name, distance)
			}
			assert.Error(t, check1(f, 1.01*d+1e-3, x), "%s, %g", name, distance)
		}
	}
}
