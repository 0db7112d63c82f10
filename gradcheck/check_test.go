package gradcheck

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomicrograd/micrograd/gradcheck/internal/families"
	"github.com/stretchr/testify/assert"
)

func TestGradientIsAccurateAtEveryScale(t *testing.T) {
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
			func(x float64) float64 { return 1 }, positive},
		{"a narrow bell far from 0",
			func(x float64) float64 { return math.Exp(-math.Pow(x-1e6-0.5, 2)) },
			func(float64) float64 { return math.Exp(-0.25) }, []float64{1e6}},
	} {
		for _, x := range c.at {
			got := Gradient(func(x []float64) float64 { return c.f(x[0]) },
				[]float64{x})[0]
			assert.InDelta(t, c.d(x), got, 1e-6*math.Abs(c.d(x))+1e-20, "%s at %g", c.name, x)
		}
	}
}

func TestGradientIsAsAccurateAsItsDocSays(t *testing.T) {
	var errors []float64
	for seed := range uint64(5) {
		rng := seeded(seed)
		for range 2000 {
			f, d, x := families.Smooth(rng)
			got := Gradient(func(x []float64) float64 { return f(x[0]) }, []float64{x})
			errors = append(errors, math.Abs(got[0]-d)/math.Abs(d))
		}
	}
	slices.Sort(errors)
	assert.Less(t, errors[len(errors)/2], 1e-12, "the median")
	assert.Less(t, errors[len(errors)*99/100], 1e-10, "all but a hundredth")
	assert.Less(t, errors[len(errors)-1], 1e-6, "the greatest")
}

func TestGradientHasAnEntryForEachCoordinate(t *testing.T) {
	x := []float64{2, 3, 5}
	got := Gradient(func(x []float64) float64 { return x[0]*x[1] + math.Sin(x[2]) }, x)
	assert.InDeltaSlice(t, []float64{3, 2, math.Cos(5)}, got, 1e-9)
	assert.Equal(t, []float64{2, 3, 5}, x, "x is left as it was")
}

func TestGradientAtAKinkIsTheMean(t *testing.T) {
	got := Gradient(func(x []float64) float64 {
		return max(0, x[0]) + max(x[1], 3*x[1]) + max(0, math.Expm1(x[2]))
	}, []float64{0, 0, 0})
	assert.InDeltaSlice(t, []float64{0.5, 2, 0.5}, got, 1e-9)
}

func TestGradientAtTheEndOfADomainIsThatOfOneSide(t *testing.T) {
	f := func(x []float64) float64 { return math.Sqrt(x[0]*x[0]*x[0]) + math.Asin(x[1]/2) }
	got := Gradient(f, []float64{4, 1})
	assert.InDeltaSlice(t, []float64{3, 1 / math.Sqrt(3)}, got, 1e-9)
	upTo1 := func(x []float64) float64 { return x[0] * x[0] * math.Sqrt(max(1-x[0], 0)/(1-x[0])) }
	assert.InDelta(t, 1.9, Gradient(upTo1, []float64{0.95})[0], 1e-9)
	edge := func(x []float64) float64 {
		if x[0] > 1 {
			return nan
		}
		return x[0] * x[0]
	}
	assert.InDelta(t, 2, Gradient(edge, []float64{1})[0], 1e-9)
	assert.True(t, math.IsNaN(Gradient(edge, []float64{3})[0]))
}

// The README claims these rates.
func TestCheckMeetsItsRatesInEveryFamily(t *testing.T) {
	skipIfShort(t)
	t.Parallel()
	const seeds, points = 4, 100
	for _, family := range families.All {
		var refused, called, doubled, zero, percent, tried int
		for seed := range uint64(seeds) {
			rng := rand.New(rand.NewPCG(seed, 1))
			for range points {
				p := family.Make(rng)
				wrong, doubtful := verdicts(Check(p.F, p.Grad, p.X))
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
					if Check(alone, []float64{factor * p.Grad[i]}, p.X[i:i+1]) == nil {
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

// Where f loses its digits, differences often can't tell. But they call nothing wrong that is
// right.
func TestCheckCallsNothingWrongWhereFLosesItsDigits(t *testing.T) {
	const seeds, points = 4, 100
	for _, family := range families.Lossy {
		var called, doubled, zero, percent int
		for seed := range uint64(seeds) {
			rng := seeded(seed)
			for range points {
				p := family.Make(rng)
				wrong, _ := verdicts(Check(p.F, p.Grad, p.X))
				called += wrong
				for factor, passes := range map[float64]*int{2: &doubled, 0: &zero,
					1.01: &percent} {
					if Check(p.F, []float64{factor * p.Grad[0]}, p.X) == nil {
						*passes++
					}
				}
			}
		}
		assert.LessOrEqual(t, called, seeds*points/200, "%s: right gradients called wrong",
			family.Name)
		assert.Zero(t, doubled, "%s: doubled derivatives that pass", family.Name)
		assert.Zero(t, zero, "%s: zeros that pass", family.Name)
		assert.LessOrEqual(t, percent, seeds*points/200, "%s: derivatives off by 1 %% that pass",
			family.Name)
	}
}

func TestCheckOfNetworksInFloat32SeldomCantTell(t *testing.T) {
	skipIfShort(t)
	t.Parallel()
	var derivatives, called, doubtful, doubled, zero, percent int
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 1))
		for range 12 {
			p := families.Float32Network.Make(rng)
			derivatives += len(p.X)
			w, d := verdicts(Check(p.F, p.Grad, p.X))
			called, doubtful = called+w, doubtful+d
			for i, g := range p.Grad {
				if g == 0 {
					continue // a dead ReLU
				}
				for factor, passes := range map[float64]*int{2: &doubled, 0: &zero,
					1.01: &percent} {
					if (Config{}).probe(p.F, p.X).coordinate(i, factor*g).right {
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

func TestCheckTakesFewCalls(t *testing.T) {
	for name, c := range map[string]struct {
		f     func(x float64) float64
		limit int
	}{
		"smooth": {math.Tanh, 30},
		"linear": {func(x float64) float64 { return 3*x + 1 }, 30},
		"unused": {func(x float64) float64 { return 1 }, 30},
		"kink":   {func(x float64) float64 { return math.Abs(x - 1) }, 250},
		"jump":   {func(x float64) float64 { return math.Floor(2 * x) }, 250},
		"stairs": {func(x float64) float64 { return float64(float32(math.Exp(x))) }, 250},
	} {
		calls := 0
		f := func(x []float64) float64 {
			calls++
			return c.f(x[0]) + c.f(x[1]) + c.f(x[2])
		}
		x := []float64{1, 1, 1}
		grad := Gradient(f, x)
		calls = 0
		Check(f, grad, x)
		assert.LessOrEqual(t, calls, 3*c.limit, name)
	}
}

func TestCheckFindsAnErrorInTheSixthDigit(t *testing.T) {
	for _, scale := range []float64{1e-6, 1e-3, 1, 1e3, 1e6} {
		f := func(x []float64) float64 { return x[0] * x[0] * x[1] / scale }
		x := []float64{scale, 2}
		right := []float64{4, scale}
		assert.NoError(t, Check(f, right, x))
		for i := range x {
			wrong := slices.Clone(right)
			wrong[i] *= 1 + 2e-6
			assert.ErrorContains(t, Check(f, wrong, x),
				"gradcheck: 1 of 2 derivatives disagree")
		}
	}
}

func TestCheckOfDifferentLengthsPanics(t *testing.T) {
	assert.PanicsWithValue(t, "gradcheck: Check with 1 derivatives for 2 coordinates",
		func() {
			Check(func(x []float64) float64 { return 0 }, []float64{1}, []float64{1, 2})
		})
}

func TestChecksCallFWithACopyNearX(t *testing.T) {
	x := []float64{1, -200, 0}
	for name, check := range map[string]func(f func(x []float64) float64) error{
		"Check": func(f func(x []float64) float64) error {
			return Check(f, []float64{2, -400, 0}, x)
		},
		"Directions": func(f func(x []float64) float64) error {
			return Directions(f, []float64{2, -400, 0}, x)
		},
		"Gradient": func(f func(x []float64) float64) error {
			Gradient(f, x)
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

	stairs := func(x float64) float64 { // what looks for its rounding errors goes far
		assert.LessOrEqual(t, math.Abs(x), 0.1000001)
		return math.Round(x / 0.03)
	}
	check1(stairs, 1, 0)
}

func TestChecksCopyX(t *testing.T) {
	x := []float64{1, 2}
	f := func(moved []float64) float64 {
		x[0]++ // the caller's
		return moved[0] * moved[1]
	}
	assert.NoError(t, Check(f, []float64{2, 1}, x))
	x[0] = 1
	assert.NoError(t, Directions(f, []float64{2, 1}, x))
}

func TestChecksOfNothingAreErrors(t *testing.T) {
	const want = "gradcheck: no derivatives to check"
	f := func([]float64) float64 { return 1 }
	assert.EqualError(t, Check(f, nil, nil), want)
	assert.EqualError(t, Directions(f, nil, nil), want)
	none := NewParam[float64]("w", nil, nil)
	assert.EqualError(t, Params(func() float64 { return 0 }), want)
	assert.EqualError(t, Params(func() float64 { return 0 }, none), want)
	g := func([]float64) []float64 { return nil }
	assert.EqualError(t, Jacobian(g, nil, []float64{1}), want)
}

func TestChecksReadTheGradientBeforeFChangesIt(t *testing.T) {
	grad := []float64{2, 3}
	f := func(x []float64) float64 {
		grad[0], grad[1] = nan, nan
		return 2*x[0] + 3*x[1]
	}
	assert.NoError(t, Check(f, grad, []float64{1, 1}))
	grad[0], grad[1] = 2, 3
	assert.NoError(t, Directions(f, grad, []float64{1, 1}))

	w, b, dw, db := []float64{1}, []float64{1}, []float64{2}, []float64{3}
	assert.NoError(t, Params(func() float64 {
		dw[0], db[0] = dw[0]+2, db[0]+3 // as a backward pass does
		return 2*w[0] + 3*b[0]
	}, NewParam("w", w, dw), NewParam("b", b, db)))
}

func TestDerivativeIsCheckOfOneNumber(t *testing.T) {
	assert.NoError(t, Derivative(math.Sin, math.Cos(0.5), 0.5))
	assert.EqualError(t, Derivative(func(x float64) float64 { return x * x }, 7, 3),
		"gradcheck: 1 of 1 derivatives disagree with finite differences:\n"+
			"\tx[0] = 3: numerical 6, given 7, relative error 0.14")
}
