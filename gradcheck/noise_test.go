package gradcheck

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// There, f has one derivative between its stairs, and another one across them.
func TestCheckOfAPartlyRoundedFCantTell(t *testing.T) {
	for name, c := range map[string]struct {
		f    func(x float64) float64
		x, d float64
	}{
		"10⁹ + x − 10⁹ − x + x²": {func(x float64) float64 { return 1e9 + x - 1e9 - x + x*x }, 0.3,
			0.6},
		"float32, and float64": {
			func(x float64) float64 { return float64(float32(math.Exp(x))) + 0.01*x*x }, 0.7,
			math.Exp(0.7) + 0.014},
		"float32(127 + x) + x²": { // it rounds more coarsely on the right, above 2⁷
			func(x float64) float64 { return float64(float32(127+x)) + x*x }, 1, 3},
		"10⁶ + sin x − 10⁶ + x": {func(x float64) float64 { return 1e6 + math.Sin(x) - 1e6 + x },
			0.7, math.Cos(0.7) + 1},
	} {
		assert.ErrorContains(t, check1(c.f, c.d, c.x),
			"can't tell, because f jumps at a distance of ", name)
		wrong, _ := verdicts(check1(c.f, c.d+5, c.x))
		assert.Equal(t, 1, wrong, name)
	}
	f := func(x float64) float64 { return 1e12 + x - 1e12 - x + x*x }
	assert.ErrorContains(t, check1(f, 600, 300), " and 600 over steps of ")
}

func TestCheckPassesAnFThatRoundsOnOneSide(t *testing.T) {
	for _, side := range []float64{1, -1} {
		f := func(x float64) float64 {
			if side*(x-0.7) > 0 {
				return float64(float32(math.Exp(x)))
			}
			return math.Exp(x)
		}
		d := math.Exp(0.7)
		assert.NoError(t, check1(f, d, 0.7), "side %g", side)
		wrong, _ := verdicts(check1(f, 1.01*d, 0.7))
		assert.Equal(t, 1, wrong, "side %g", side)
	}
}

// These derivatives change f by less than its rounding, at any step.
func TestCheckOfWhatRoundingHidesCallsNothingWrong(t *testing.T) {
	for _, size := range []float64{1e-12, 1, 1e12} {
		for _, width := range []float64{1, 1e6} {
			f := func(x float64) float64 {
				return size * float64(float32(1e5+0.02*math.Sin(x/width)))
			}
			x, d := 0.3*width, 0.02*size/width*math.Cos(0.3)
			wrong, _ := verdicts(check1(f, d, x))
			assert.Zero(t, wrong)

			// And here it is known well enough that 3 is wrong, though not to 1 %.
			f = func(x float64) float64 {
				return size * float64(float32(1+1e-5*math.Sin(x/width)))
			}
			for _, c := range []float64{0, 1, 2} {
				wrong, doubtful := verdicts(check1(f, c*1e-5*size/width*math.Cos(0.3), x))
				assert.Equal(t, [2]int{0, 1}, [2]int{wrong, doubtful}, "%g times", c)
			}
			wrong, _ = verdicts(check1(f, 3*size/width, x))
			assert.Equal(t, 1, wrong)
		}
	}
	f := func(x float64) float64 { return 1e-12 * float64(float32(1+1e-5*math.Sin(1e6*x))) }
	assert.Error(t, check1(f, 0, 0.3e-6))
}

func TestCheckOfACoarselyRoundedFErrsSeldom(t *testing.T) {
	const trials = 200
	rng := seeded(1)
	for _, bits := range []int{11, 18, 24} {
		for _, size := range []float64{1e-6, 1, 1e6} {
			wrong, passed := 0, 0
			for range trials {
				c, x := math.Pow(10, -5+5*rng.Float64()), rng.Float64()
				f := func(x float64) float64 {
					one := math.Exp2(float64(bits))
					return size * math.Round(one*(1+c*math.Sin(x))) / one
				}
				d := size * c * math.Cos(x)
				w, _ := verdicts(check1(f, d, x))
				wrong += w
				for _, given := range []float64{0.99 * d, 1.01 * d} {
					if check1(f, given, x) == nil {
						passed++
					}
				}
			}
			assert.Zero(t, wrong, "%d bits: right derivatives that are called wrong", bits)
			assert.LessOrEqual(t, passed, 2*trials/200, "%d bits: derivatives off by 1 %%", bits)
		}
	}
}

func TestCheckPassesADriftThatIsSmall(t *testing.T) {
	calls := 0.0
	for range 20 {
		require.NoError(t,
			check1(func(x float64) float64 { calls++; return math.Sin(x) + 1e-9*calls },
				math.Cos(0.5), 0.5))
	}
}

// One side's slope is 0.1 % larger, but rounding hides that.
func TestCheckPassesAWeakKinkBesideRounding(t *testing.T) {
	f := func(x float64) float64 { return float64(float32(x*x + 0.001*max(x-0.550001, 0))) }
	assert.NoError(t, check1(f, 1.1, 0.55))
	assert.Error(t, check1(f, 1.01*1.1, 0.55))
}

func TestRoundingAtTheEndOfADomainIsThatOfTheSideThatIsLeft(t *testing.T) {
	for _, end := range []float64{1, -1} {
		l := &line{x: end, eps: eps64, tolerance: tolerance, f: func(x float64) float64 {
			if x*end > 1 {
				return nan
			}
			return float64(float32(math.Exp(x)))
		}}
		l.fx = l.f(l.x)
		l.evaluate(1)
		for _, side := range []float64{end, -end} {
			l.measure(side)
			assert.InDelta(t, 0.3e-7, l.sigma/l.fx, 0.3e-7)
			assert.Positive(t, l.sigma)
		}
	}
}
