package micrograd

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomicrograd/micrograd/bench/families"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// check1 is CheckGradient for a function of one number.
func check1(f func(x float64) float64, given, x float64) error {
	return CheckGradient(func(x []float64) float64 { return f(x[0]) }, []float64{given},
		[]float64{x})
}

// verdicts returns how many derivatives an error calls wrong, and about how many it can't tell.
func verdicts(err error) (wrong, doubtful int) {
	var e *GradientError
	if errors.As(err, &e) {
		for _, d := range e.Entries {
			if d.Reason == "" {
				wrong++
			} else {
				doubtful++
			}
		}
	}
	return wrong, doubtful
}

func TestNumericalGradientIsAccurateAtEveryScale(t *testing.T) {
	everywhere := []float64{0, 1e-6, -1e-6, 3e-4, 0.02, -0.7, 1, 5.5, -40, 1000, -12345.6, 1e6}
	positive := []float64{1e-6, 3e-4, 0.02, 0.7, 1, 5.5, 40, 1000, 12345.6, 1e6}
	for _, c := range []struct {
		name string
		f, d func(x float64) float64
		at   []float64
	}{
		{"sin", math.Sin, math.Cos, everywhere},
		{"a fast sine", func(x float64) float64 { return math.Sin(16 * x) },
			func(x float64) float64 { return 16 * math.Cos(16*x) }, everywhere},
		{"a sine with a round period", func(x float64) float64 { return math.Sin(2 * math.Pi * x) },
			func(x float64) float64 { return 2 * math.Pi * math.Cos(2*math.Pi*x) },
			everywhere[:10]},
		{"x²", func(x float64) float64 { return x * x }, func(x float64) float64 { return 2 * x },
			everywhere},
		{"x³", func(x float64) float64 { return x * x * x },
			func(x float64) float64 { return 3 * x * x }, everywhere},
		{"exp", math.Exp, math.Exp, everywhere[:9]},
		{"exp(x/1000)", func(x float64) float64 { return math.Exp(x / 1000) },
			func(x float64) float64 { return math.Exp(x/1000) / 1000 }, everywhere[:10]},
		{"log", math.Log, func(x float64) float64 { return 1 / x }, positive},
		{"sqrt", math.Sqrt, func(x float64) float64 { return 0.5 / math.Sqrt(x) }, positive},
		{"1/x", func(x float64) float64 { return 1 / x },
			func(x float64) float64 { return -1 / (x * x) }, positive},
		{"x^2.5", func(x float64) float64 { return math.Pow(x, 2.5) },
			func(x float64) float64 { return 2.5 * math.Pow(x, 1.5) }, positive},
		{"max(x, 0), next to its kink", func(x float64) float64 { return max(x, 0) },
			func(x float64) float64 { return math.Ceil(heaviside(x)) }, positive},
		{"a narrow bell far from 0",
			func(x float64) float64 { return math.Exp(-math.Pow(x-1e6-0.5, 2)) },
			func(float64) float64 { return math.Exp(-0.25) }, []float64{1e6}},
	} {
		for _, x := range c.at {
			got := NumericalGradient(func(x []float64) float64 { return c.f(x[0]) },
				[]float64{x})[0]
			assert.InDelta(t, c.d(x), got, 1e-6*math.Abs(c.d(x))+1e-20, "%s at %g", c.name, x)
		}
	}
}

func TestNumericalGradientIsAsAccurateAsItsDocSays(t *testing.T) {
	var errors []float64
	for seed := range uint64(5) {
		rng := seeded(seed)
		for range 2000 {
			f, d, x := families.Smooth(rng)
			got := NumericalGradient(func(x []float64) float64 { return f(x[0]) }, []float64{x})
			errors = append(errors, math.Abs(got[0]-d)/math.Abs(d))
		}
	}
	slices.Sort(errors)
	assert.Less(t, errors[len(errors)/2], 1e-12, "the median")
	assert.Less(t, errors[len(errors)*99/100], 1e-10, "all but a hundredth")
	assert.Less(t, errors[len(errors)-1], 1e-6, "the greatest")
}

func TestNumericalGradientHasAnEntryForEachCoordinate(t *testing.T) {
	x := []float64{2, 3, 5}
	got := NumericalGradient(func(x []float64) float64 { return x[0]*x[1] + math.Sin(x[2]) }, x)
	assert.InDeltaSlice(t, []float64{3, 2, math.Cos(5)}, got, 1e-9)
	assert.Equal(t, []float64{2, 3, 5}, x, "x is left as it was")
}

func TestNumericalGradientAtAKinkIsTheMean(t *testing.T) {
	got := NumericalGradient(func(x []float64) float64 {
		return max(0, x[0]) + max(x[1], 3*x[1]) + max(0, math.Expm1(x[2]))
	}, []float64{0, 0, 0})
	assert.InDeltaSlice(t, []float64{0.5, 2, 0.5}, got, 1e-9)
}

func TestNumericalGradientIsNaNWhereOneSideIsNotFinite(t *testing.T) {
	for _, x := range []float64{0, -1} {
		assert.True(t,
			math.IsNaN(NumericalGradient(func(x []float64) float64 { return math.Sqrt(x[0]) },
				[]float64{x})[0]))
	}
}

// What a check says of its own error is what makes its verdicts: so it is tested where derivatives
// are hard to find.
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
				s := newProbe(func(x []float64) float64 { return f.f(x[0]) },
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

// graphs makes graphs of this engine, with the gradients that it computes.
func graphs(rng *rand.Rand) families.Problem {
	leaves, root := randomGraph(rng, 20)
	root.Backward()
	p := families.Problem{}
	for _, leaf := range leaves {
		p.X, p.Grad = append(p.X, leaf.Data), append(p.Grad, leaf.Grad)
	}
	order := root.sort()
	p.F = func(x []float64) float64 {
		for i, leaf := range leaves {
			leaf.Data = x[i]
		}
		for _, v := range order {
			v.forward()
		}
		return root.Data
	}
	return p
}

// The README and the doc of CheckGradient claim these rates.
func TestCheckGradientMeetsItsRatesInEveryFamily(t *testing.T) {
	t.Parallel()
	const seeds, points = 4, 100
	for _, family := range append(families.All, families.Family{Name: "graphs", Make: graphs}) {
		var refused, called, doubled, zero, percent, tried int
		for seed := range uint64(seeds) {
			rng := rand.New(rand.NewPCG(seed, 1))
			for range points {
				p := family.Make(rng)
				wrong, doubtful := verdicts(CheckGradient(p.F, p.Grad, p.X))
				if wrong > 0 {
					called++
				} else if doubtful > 0 {
					refused++
				}
				i := rng.IntN(len(p.X))
				if d := p.Grad[i]; math.Abs(d) < 1e-3 && len(p.X) > 1 {
					continue // f may not let it be seen
				}
				tried++
				alone := func(t []float64) float64 {
					x := slices.Clone(p.X)
					x[i] = t[0]
					return p.F(x)
				}
				for factor, passes := range map[float64]*int{2: &doubled, 0: &zero,
					1.01: &percent} {
					if CheckGradient(alone, []float64{factor * p.Grad[i]}, p.X[i:i+1]) == nil {
						*passes++
					}
				}
			}
		}
		assert.Greater(t, tried, seeds*points/2, family.Name)
		assert.LessOrEqual(t, called, seeds*points/200, "%s: right gradients called wrong",
			family.Name)
		assert.LessOrEqual(t, refused, seeds*points/50, "%s: right gradients refused", family.Name)
		assert.Zero(t, doubled, "%s: doubled derivatives that pass", family.Name)
		assert.Zero(t, zero, "%s: zeros that pass", family.Name)
		assert.LessOrEqual(t, percent, seeds*points/200, "%s: derivatives off by 1 %% that pass",
			family.Name)
	}
}

func TestCheckGradientOfNetworksInFloat32SeldomCantTell(t *testing.T) {
	t.Parallel()
	var derivatives, called, doubtful, doubled, zero, percent int
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 1))
		for range 12 {
			p := families.Float32Network.Make(rng)
			derivatives += len(p.X)
			w, d := verdicts(CheckGradient(p.F, p.Grad, p.X))
			called, doubtful = called+w, doubtful+d
			for i, g := range p.Grad {
				if g == 0 {
					continue // a dead ReLU
				}
				for factor, passes := range map[float64]*int{2: &doubled, 0: &zero,
					1.01: &percent} {
					if newProbe(p.F, p.X).coordinate(i, factor*g).right {
						*passes++
					}
				}
			}
		}
	}
	assert.LessOrEqual(t, called, derivatives/500, "right derivatives called wrong")
	assert.LessOrEqual(t, doubtful, derivatives/25, "right derivatives that can't be told")
	assert.Zero(t, doubled)
	assert.Zero(t, zero)
	assert.LessOrEqual(t, percent, derivatives/200, "derivatives off by 1 % that pass")
}

func TestCheckGradientIsThrifty(t *testing.T) {
	for name, c := range map[string]struct {
		f     func(x float64) float64
		limit int
	}{
		"smooth": {math.Tanh, 30},
		"linear": {func(x float64) float64 { return 3*x + 1 }, 30},
		"unused": {func(x float64) float64 { return 1 }, 30},
		"kink":   {func(x float64) float64 { return math.Abs(x - 1) }, 200},
		"jump":   {func(x float64) float64 { return math.Floor(2 * x) }, 200},
		"stairs": {func(x float64) float64 { return float64(float32(math.Exp(x))) }, 200},
	} {
		calls := 0
		f := func(x []float64) float64 {
			calls++
			return c.f(x[0]) + c.f(x[1]) + c.f(x[2])
		}
		x := []float64{1, 1, 1}
		grad := NumericalGradient(f, x)
		calls = 0
		CheckGradient(f, grad, x)
		assert.LessOrEqual(t, calls, 3*c.limit, name)
	}
}

func TestCheckGradientFindsAnErrorInTheSixthDigit(t *testing.T) {
	for _, scale := range []float64{1e-6, 1e-3, 1, 1e3, 1e6} {
		f := func(x []float64) float64 { return x[0] * x[0] * x[1] / scale }
		x := []float64{scale, 2}
		right := []float64{4, scale}
		assert.NoError(t, CheckGradient(f, right, x))
		for i := range x {
			wrong := slices.Clone(right)
			wrong[i] *= 1 + 2e-6
			assert.ErrorContains(t, CheckGradient(f, wrong, x),
				"micrograd: 1 of 2 derivatives disagree")
		}
	}
}

func TestGradCheckFindsWrongOps(t *testing.T) {
	for name, d := range map[string]func(x, y, z float64) (dx, dy float64){
		"sixth digit": func(x, y, z float64) (dx, dy float64) { return y, x * (1 + 3e-6) },
		"swapped":     func(x, y, z float64) (dx, dy float64) { return x, y },
		"sign":        func(x, y, z float64) (dx, dy float64) { return y, -x },
		"zero":        func(x, y, z float64) (dx, dy float64) { return y, 0 },
		"NaN":         func(x, y, z float64) (dx, dy float64) { return y, nan },
		"infinite":    func(x, y, z float64) (dx, dy float64) { return y, inf },
	} {
		times := &Op{Name: "times", F: func(x, y float64) float64 { return x * y }, D: d}
		err := GradCheck(func(x []*Value) *Value { return times.Apply2(x[0].Exp(), x[1]).Tanh() },
			0.5, 0.7)
		wrong, doubtful := verdicts(err)
		assert.Positive(t, wrong, name)
		assert.Zero(t, doubtful, name)
	}
}

func TestGradientErrorListsWhatIsWrongAndWhatCantBeTold(t *testing.T) {
	f := func(x []float64) float64 { return x[0]*x[0] + 3*x[1] + max(x[2], 0) }
	err := CheckGradient(f, []float64{2.00001, 3, 0}, []float64{1, 5, 0})
	assert.EqualError(t, err, `micrograd: 1 of 3 derivatives disagree with finite differences:
	x[0] = 1: numerical 2, given 2.00001, relative error 5e-06
micrograd: finite differences can't tell about 1 of 3 derivatives:
	x[2] = 0: given 0: can't tell, because f has a kink at x or close to it: `+
		"its slope is 0 on the left, 1 on the right")

	var e *GradientError
	require.ErrorAs(t, fmt.Errorf("a test: %w", err), &e)
	assert.Equal(t, 3, e.N)
	assert.False(t, e.More)
	require.Len(t, e.Entries, 2)
	wrong, kink := e.Entries[0], e.Entries[1]
	assert.Equal(t, []any{0, 1.0, 2.00001, ""},
		[]any{wrong.Index, wrong.X, wrong.Given, wrong.Reason})
	assert.InDelta(t, 2, wrong.Numerical, 1e-9)
	assert.Less(t, wrong.Err, 1e-9)
	assert.Equal(t, []any{2, 0.0, 0.0}, []any{kink.Index, kink.X, kink.Given})
	assert.Contains(t, kink.Reason, "kink")
	assert.InDelta(t, 0.5, kink.Numerical, 1e-9)
	assert.InDelta(t, 0.5, kink.Err, 1e-9)
}

func TestGradientErrorSaysACommonFactor(t *testing.T) {
	x := make([]float64, 40)
	for i := range x {
		x[i] = float64(i) - 15.5
	}
	f := func(x []float64) (s float64) {
		for _, x := range x {
			s += x * x / 2
		}
		return s
	}
	for _, c := range []struct {
		change func(i int, x float64) float64
		want   string
	}{
		{func(i int, x float64) float64 { return 2 * x }, "given = 2 × numerical in 40 of 40"},
		{func(i int, x float64) float64 { return -x }, "given = -1 × numerical in 40 of 40"},
		{func(i int, x float64) float64 { return x / 256 },
			"given = 1/256 × numerical in 40 of 40"},
		{func(i int, x float64) float64 { return -x / 3 }, "given = -1/3 × numerical in 40 of 40"},
		{func(i int, x float64) float64 { return 0.3 * x }, "given = 0.3 × numerical in 40 of 40"},
		{func(i int, x float64) float64 { return 0 }, "given = 0 × numerical in 40 of 40"},
		{func(i int, x float64) float64 { return 2*x + float64(1-min(i, 1)) },
			"given = 2 × numerical in 39 of 40"},
		{func(i int, x float64) float64 { return x + 1 }, ""},
		// two may be off by the same factor by accident
		{func(i int, x float64) float64 { return x + float64(i/38)*x }, ""},
	} {
		grad := make([]float64, len(x))
		for i := range x {
			grad[i] = c.change(i, x[i])
		}
		err := CheckGradient(f, grad, x)
		require.Error(t, err)
		if c.want == "" {
			assert.NotContains(t, err.Error(), "×")
		} else {
			assert.Contains(t, err.Error(), "\n\t"+c.want+"\n")
		}
	}
}

func TestGradientErrorSaysNoFactorOf1(t *testing.T) {
	f := func(x []float64) float64 { return x[0]*x[0] + x[1]*x[1] + x[2]*x[2] }
	x := []float64{1, -2, 3}
	err := CheckGradient(f, []float64{2 * 1.00001, -4 * 1.00001, 6 * 1.00001}, x)
	assert.ErrorContains(t, err, "given = 1.00001 × numerical in ")
	err = CheckGradient(f, []float64{2 * 1.000003, -4 * 1.000003, 6 * 1.000003}, x)
	assert.ErrorContains(t, err, "3 of 3 derivatives disagree")
	assert.NotContains(t, err.Error(), "×")
}

func TestGradientErrorListsTenLinesAtMost(t *testing.T) {
	x := make([]float64, 50)
	grad := make([]float64, 50)
	for i := range 25 {
		x[i] = 1
	}
	f := func(x []float64) (s float64) {
		for i, x := range x {
			s += math.Abs(x) * float64(i+1)
		}
		return s
	}
	text := CheckGradient(f, grad, x).Error()
	assert.Contains(t, text, "micrograd: 25 of 50 derivatives disagree with finite differences:\n")
	assert.Contains(t, text, "\tand 15 more that disagree\n")
	assert.Contains(t, text,
		"micrograd: finite differences can't tell about 25 of 50 derivatives:\n")
	assert.Contains(t, text, "\tand 15 more that they can't tell about")
	assert.Equal(t, 20, strings.Count(text, "\tx["))
}

func TestCheckGradientTellsAKinkFromABug(t *testing.T) {
	for name, f := range map[string]func(x []*Value) *Value{
		"ReLU":         func(x []*Value) *Value { return x[0].ReLU() },
		"LeakyReLU":    func(x []*Value) *Value { return x[0].LeakyReLU() },
		"Abs":          func(x []*Value) *Value { return x[0].Abs() },
		"curved sides": func(x []*Value) *Value { return x[0].Exp().SubC(1).ReLU().MulC(3) },
		"beside a parabola": func(x []*Value) *Value {
			return x[0].ReLU().Add(x[0].PowC(2).MulC(10))
		},
	} {
		assert.ErrorContains(t, GradCheck(f, 0), "can't tell, because f has a kink", name)
		assert.NoError(t, GradCheck(f, 1e-3), name)
		assert.NoError(t, GradCheck(f, -1e-3), name)
	}
	assert.ErrorContains(t, GradCheck(func(x []*Value) *Value { return x[0].Max(x[1]) }, 2, 2),
		"kink")

	wrong, doubtful := verdicts(check1(func(x float64) float64 { return x * x }, 1, 0))
	assert.Equal(t, [2]int{1, 0}, [2]int{wrong, doubtful},
		"a smooth function with a wrong gradient")

	named, kinks := 0, 0
	for seed := range uint64(4) {
		rng := seeded(seed)
		for range 500 {
			f, d, x := families.Smooth(rng)
			g, _, _ := families.Smooth(rng)
			slope := NumericalGradient(func(x []float64) float64 { return g(x[0]) },
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

func TestCheckGradientSaysWhyItCantTell(t *testing.T) {
	rng := seeded(1)
	for _, c := range []struct {
		name string
		f    func(x float64) float64
		x    float64
		why  string
	}{
		{"√x", math.Sqrt, 0, "f jumps, or isn't finite, or is infinitely steep"},
		{"x^1.5", func(x float64) float64 { return math.Pow(x, 1.5) }, 0, "isn't finite"},
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

func TestCheckGradientOfOneCoordinateIsNotBlindedByAnother(t *testing.T) {
	for name, ill := range map[string]func(x float64) float64{
		"a guarded pole":      guarded(func(x float64) float64 { return 1 / x }),
		"a guarded logarithm": guarded(func(x float64) float64 { return math.Log(math.Abs(x)) }),
		"a jump":              math.Ceil,
		"a domain's end":      math.Sqrt,
	} {
		f := func(x []float64) float64 { return math.Sin(x[0]) + ill(x[1]) + x[2]*x[2] }
		err := CheckGradient(f, []float64{99, 0, 4}, []float64{1, 0, 2})
		wrong, doubtful := verdicts(err)
		assert.Equal(t, [2]int{1, 1}, [2]int{wrong, doubtful}, name)
		assert.ErrorContains(t, err, "x[0] = 1: numerical 0.540", name)

		x, grad := make([]float64, 50), make([]float64, 50)
		for i := range x {
			x[i], grad[i] = float64(i), 7
		}
		err = CheckDirections(seeded(1), 3, func(x []float64) float64 {
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

// Each of these has fooled an earlier rule: the right derivative was refused, or a wrong one
// passed.
func TestCheckGradientIsNotFooled(t *testing.T) {
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
		{"sin", math.Sin, 1e9, math.Cos(1e9)},
		{"sin(64x)", func(x float64) float64 { return math.Sin(64 * x) }, 272837,
			64 * math.Cos(64*272837)},
		{"2000 + sin(10⁶x)", func(x float64) float64 { return 2000 + math.Sin(1e6*x) }, 0.3,
			1e6 * math.Cos(3e5)},
		{"x^1.5 beside log 2", func(x float64) float64 { return math.Log(2) + math.Pow(x, 1.5) },
			3e-6, 1.5 * math.Sqrt(3e-6)},
		{"2·max(x−1−10⁻⁶, 0) + x", func(x float64) float64 { return 2*max(x-1-1e-6, 0) + x }, 1, 1},
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

// There, f has one derivative between its stairs, and another one across them.
func TestCheckGradientOfAPartlyRoundedFCantTell(t *testing.T) {
	for name, c := range map[string]struct {
		f    func(x float64) float64
		x, d float64
	}{
		"10⁹ + x − 10⁹ − x + x²": {func(x float64) float64 { return 1e9 + x - 1e9 - x + x*x }, 0.3,
			0.6},
		"float32, and float64": {
			func(x float64) float64 { return float64(float32(math.Exp(x))) + 0.01*x*x }, 0.7,
			math.Exp(0.7) + 0.014},
		"10⁶ + sin x − 10⁶ + x": {func(x float64) float64 { return 1e6 + math.Sin(x) - 1e6 + x },
			0.7, math.Cos(0.7) + 1},
	} {
		assert.ErrorContains(t, check1(c.f, c.d, c.x),
			"can't tell, because part of f seems to be computed in lower precision", name)
		wrong, _ := verdicts(check1(c.f, c.d+5, c.x))
		assert.Equal(t, 1, wrong, name)
	}
}

// entropy has a term whose derivative is large near 0, and one that rounds there as numbers near 1
// do.
func entropy(x float64) float64 { return -x*math.Log(x) - (1-x)*math.Log(1-x) }

func TestCheckGradientCallsAForgottenMaskWrong(t *testing.T) {
	for _, rest := range []float64{0, 1, 3} {
		wrong, _ := verdicts(check1(func(x float64) float64 { return max(x, 0) + rest }, 0.3, -1))
		assert.Equal(t, 1, wrong, "ReLU + %g", rest)
	}
}

// These derivatives change f by less than its rounding, at any step.
func TestCheckGradientOfWhatRoundingHidesCallsNothingWrong(t *testing.T) {
	f := func(x float64) float64 { return float64(float32(1e5 + 0.02*math.Sin(x))) }
	wrong, _ := verdicts(check1(f, 0.02*math.Cos(0.3), 0.3))
	assert.Zero(t, wrong)

	// And here it is known well enough that 3 is wrong, though not to 1 %.
	f = func(x float64) float64 { return float64(float32(1 + 1e-5*math.Sin(x))) }
	wrong, doubtful := verdicts(check1(f, 1e-5*math.Cos(0.3), 0.3))
	assert.Equal(t, [2]int{0, 1}, [2]int{wrong, doubtful})
	wrong, _ = verdicts(check1(f, 3, 0.3))
	assert.Equal(t, 1, wrong)
}

func TestCheckGradientPassesADriftThatIsSmall(t *testing.T) {
	calls := 0.0
	for range 20 {
		require.NoError(t,
			check1(func(x float64) float64 { calls++; return math.Sin(x) + 1e-9*calls },
				math.Cos(0.5), 0.5))
	}
}

func TestCheckGradientEndsAtAnyX(t *testing.T) {
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
	f := func(x []float64) float64 { return x[0] * x[0] }
	err := CheckGradient(f, []float64{2, 0}, []float64{1, nan})
	assert.ErrorContains(t, err,
		"about 1 of 2 derivatives:\n\tx[1] = NaN: given 0: can't tell, because x is NaN")
	assert.EqualError(t, CheckDirections(seeded(1), 2, f, []float64{2, 0}, []float64{1, nan}),
		err.Error())
}

func TestCheckGradientPassesDerivativesOf0(t *testing.T) {
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
	for name, c := range map[string]struct {
		f func(x []*Value) *Value
		x []float64
	}{
		"Σ BatchNorm": {func(x []*Value) *Value { return Sum(BatchNorm(x, New(1), New(0))...) },
			[]float64{-0.8, 0.4, -0.5, -1, 0.5}},
		"Σ Softmax": {func(x []*Value) *Value { return Sum(Softmax(x)...) },
			[]float64{-0.8, 0.4, -0.5, -1, 0.5}},
		"saturated": {func(x []*Value) *Value { return x[0].Tanh() }, []float64{17}},
		"underflow": {func(x []*Value) *Value { return x[0].Sigmoid() }, []float64{-200}},
		"cancellation": {func(x []*Value) *Value { return x[0].Exp().Sub(x[1].Exp()) },
			[]float64{10, 10.0001}},
		"one unused": {func(x []*Value) *Value { return x[0] }, []float64{3, 4}},
	} {
		assert.NoError(t, GradCheck(c.f, c.x...), name)
	}
}

// f and its gradient vanish there, but for the rounding of what is subtracted.
func TestCheckGradientPassesLeastSquaresAtTheSolution(t *testing.T) {
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
		require.NoError(t, CheckGradient(f, grad, x), "seed %d", seed)
		grad[seed%4] += 1e-6
		require.Error(t, CheckGradient(f, grad, x), "seed %d", seed)
	}
}

func TestCheckGradientOfDifferentLengthsPanics(t *testing.T) {
	assert.PanicsWithValue(t, "micrograd: CheckGradient with 1 derivatives for 2 coordinates",
		func() {
			CheckGradient(func(x []float64) float64 { return 0 }, []float64{1}, []float64{1, 2})
		})
}

func TestChecksCallFWithACopyNearX(t *testing.T) {
	x := []float64{1, -200, 0}
	for name, check := range map[string]func(f func(x []float64) float64) error{
		"CheckGradient": func(f func(x []float64) float64) error {
			return CheckGradient(f, []float64{2, -400, 0}, x)
		},
		"CheckDirections": func(f func(x []float64) float64) error {
			return CheckDirections(seeded(1), 2, f, []float64{2, -400, 0}, x)
		},
		"NumericalGradient": func(f func(x []float64) float64) error {
			NumericalGradient(f, x)
			return nil
		},
	} {
		assert.NoError(t, check(func(moved []float64) (s float64) {
			for i, m := range moved {
				assert.LessOrEqual(t, math.Abs(m-x[i]), 0.1000001*max(math.Abs(x[i]), 1), name)
				s += m * m
				moved[i] = nan
			}
			return s
		}), name)
		assert.Equal(t, []float64{1, -200, 0}, x, name)
		assert.PanicsWithValue(t, "from f",
			func() { check(func([]float64) float64 { panic("from f") }) }, name)
	}
}

func TestCheckGradientStepsAroundTheEndOfADomain(t *testing.T) {
	f := func(x []float64) float64 { return math.Log(x[0]) + math.Sqrt(x[1]) + math.Asin(x[2]) }
	x := []float64{1e-3, 1e-9, 0.9999}
	grad := []float64{1e3, 0.5 / math.Sqrt(1e-9), 1 / math.Sqrt(1-0.9999*0.9999)}
	assert.NoError(t, CheckGradient(f, grad, x))
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

func TestCheckDirectionsFindsAnErrorOfAHundredThousandthOfTheNorm(t *testing.T) {
	for seed := range uint64(300) {
		rng := seeded(seed)
		f, grad, x := waves(rng, 2+rng.IntN(200))
		require.NoError(t, CheckDirections(rng, 1, f, grad, x), "a right gradient")
		i := rng.IntN(len(x))
		grad[i] += 1e-5 * norm(grad)
		err := CheckDirections(rng, 1, f, grad, x)
		require.ErrorContains(t, err,
			fmt.Sprintf("micrograd: 1 of %d derivatives disagree with finite differences:\n"+
				"\tx[%d] = %g: numerical ", len(x), i, x[i]))
	}
}

func TestCheckDirectionsNamesTheWrongOnesAmongMany(t *testing.T) {
	t.Parallel()
	rng := seeded(1)
	const n = 4_000
	f, grad, x := waves(rng, n)
	calls := 0
	counted := func(x []float64) float64 {
		calls++
		return f(x)
	}
	require.NoError(t, CheckDirections(rng, 2, counted, grad, x))
	assert.LessOrEqual(t, calls, 1+2*30)

	right := slices.Clone(grad)
	calls = 0
	grad[3141] += 0.5
	err := CheckDirections(rng, 1, counted, grad, x)
	assert.ErrorContains(t, err,
		"micrograd: 1 of 4000 derivatives disagree with finite differences:\n\tx[3141] = ")
	assert.ErrorContains(t, err, fmt.Sprintf("numerical %.6g", right[3141])[:16])
	assert.Less(t, calls, 1800)

	grad[0], grad[n-1] = nan, inf
	err = CheckDirections(rng, 1, f, grad, x)
	for _, want := range []string{"micrograd: 3 of 4000 ", "x[0] = ", "given NaN", "x[3141] = ",
		"x[3999] = ", "given +Inf"} {
		assert.ErrorContains(t, err, want)
	}

	for i := range 20 {
		grad[100*i]++
	}
	err = CheckDirections(rng, 1, f, grad, x)
	assert.ErrorContains(t, err, "micrograd: at least 10 of 4000 derivatives disagree")
	assert.Equal(t, 10, strings.Count(err.Error(), "\n\tx["))
	var e *GradientError
	require.ErrorAs(t, err, &e)
	assert.True(t, e.More)
}

// Equal errors would cancel along half of all directions if these differed by signs alone.
func TestCheckDirectionsFindsSwappedDerivatives(t *testing.T) {
	f := func(x []float64) float64 { return x[0]*x[1] + math.Sin(x[2]) }
	for seed := range uint64(200) {
		err := CheckDirections(seeded(seed), 1, f, []float64{0.5, 0.8, math.Cos(0.3)},
			[]float64{0.5, 0.8, 0.3})
		require.ErrorContains(t, err, "2 of 3 derivatives disagree", "seed %d", seed)
	}
}

func TestCheckDirectionsNamesEachIllCoordinateOnce(t *testing.T) {
	f := func(x []float64) float64 { return x[0]*x[0] + max(x[1], 0) + x[2]*x[3] }
	x := []float64{1, 0, 2, 3}
	err := CheckDirections(seeded(1), 3, f, []float64{2, 0, 3, 2}, x)
	assert.EqualError(t, err,
		"micrograd: finite differences can't tell about 1 of 4 derivatives:\n"+
			"\tx[1] = 0: given 0: can't tell, because f has a kink at x or close to it: "+
			"its slope is 0 on the left, 1 on the right")

	root := func(x []float64) float64 { return x[0] + math.Sqrt(x[1]) }
	err = CheckDirections(seeded(1), 3, root, []float64{1, inf}, []float64{1, 0})
	assert.ErrorContains(t, err, "about 1 of 2 derivatives:\n"+
		"\tx[1] = 0: given +Inf: can't tell, because f jumps, or isn't finite")
	assert.Equal(t, 1, strings.Count(err.Error(), "x["))
}

func TestCheckDirectionsSaysWhereNoCoordinateAloneIsToBlame(t *testing.T) {
	// Along each axis f is 0, and along any diagonal it has a kink.
	f := func(x []float64) (s float64) {
		for i := range x {
			s += math.Min(math.Abs(x[i]), math.Abs(x[(i+1)%len(x)]))
		}
		return s
	}
	err := CheckDirections(seeded(1), 1, f, make([]float64, 30), make([]float64, 30))
	assert.ErrorContains(t, err, "about some of 30 derivatives:\n"+
		"\tx along a random direction: given 0: can't tell, because f has a kink")
	var e *GradientError
	require.ErrorAs(t, err, &e)
	assert.Equal(t, -1, e.Entries[0].Index)
	assert.Empty(t, e.Wrong())
}

// Along a direction, the logarithms would need smaller steps than any that is tried. So they are
// checked alone.
func TestCheckDirectionsLeavesOutWhatIsRightAlone(t *testing.T) {
	f := func(x []float64) float64 { return math.Log(x[0]) + math.Log(x[1]) + x[2] }
	x := []float64{1e-12, 1e-13, 1}
	assert.NoError(t, CheckDirections(seeded(1), 3, f, []float64{1e12, 1e13, 1}, x))
	assert.ErrorContains(t, CheckDirections(seeded(1), 3, f, []float64{1e12, 2e13, 1}, x),
		"1 of 3 derivatives disagree with finite differences:\n\tx[1] = 1e-13: ")
}

func TestChecksOfNothing(t *testing.T) {
	assert.NoError(t, CheckDirections(seeded(1), 1, func([]float64) float64 { return 1 }, nil, nil))
	assert.NoError(t, CheckGradient(func([]float64) float64 { return 1 }, nil, nil))
}

func TestCheckDirectionsWhereFIsNotFiniteSaysSo(t *testing.T) {
	err := CheckDirections(seeded(1), 3, func([]float64) float64 { return nan }, []float64{1, 1},
		[]float64{1, 0})
	assert.ErrorContains(t, err, "can't tell about 2 of 2 derivatives:\n"+
		"\tx[0] = 1: given 1: can't tell, because f is NaN at x")
}

func TestCheckDirectionsLeavesItsArgumentsAlone(t *testing.T) {
	f, grad, x := waves(seeded(1), 10)
	wantGrad, wantX := slices.Clone(grad), slices.Clone(x)
	grad[3]++
	wantGrad[3]++
	require.Error(t, CheckDirections(seeded(1), 1, f, grad, x))
	assert.Equal(t, wantGrad, grad)
	assert.Equal(t, wantX, x)
}

func TestCheckDirectionsRefusesMistakes(t *testing.T) {
	f := func(x []float64) float64 { return 0 }
	assert.PanicsWithValue(t, "micrograd: CheckDirections with 1 derivatives for 2 coordinates",
		func() { CheckDirections(seeded(1), 1, f, []float64{1}, []float64{1, 2}) })
	assert.PanicsWithValue(t, "micrograd: CheckDirections along 0 directions, want at least one",
		func() { CheckDirections(seeded(1), 0, f, []float64{1}, []float64{1}) })
	assert.PanicsWithValue(t, "micrograd: CheckDirections without an rng",
		func() { CheckDirections(nil, 1, f, []float64{1}, []float64{1}) })
}
