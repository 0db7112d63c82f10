package gradcheck

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The small steps see the part in float64 alone. So its slope must not pass for that of f.
func TestCheckDoesNotPassTheSlopeOfAStair(t *testing.T) {
	f := func(x float64) float64 { return float64(float32(math.Sin(x))) + 0.05*x*x }
	for x := -1.2; x < 1.2; x += 0.01 {
		wrong, doubtful := verdicts(check1(f, 0.1*x, x))
		assert.Equal(t, 1, wrong+doubtful, "the slope of a stair at %g", x)
		wrong, _ = verdicts(check1(f, 0.1*x+math.Cos(x), x))
		assert.Zero(t, wrong, "the slope of f at %g", x)
		wrong, _ = verdicts(check1(f, 0.1*x+math.Cos(x)+1, x))
		assert.Equal(t, 1, wrong, "another slope at %g", x)
	}
}

func TestStairsAtAnEndOfTheDomainCallNothingWrong(t *testing.T) {
	for _, end := range []float64{1, -1} {
		f := func(x float64) float64 {
			if x*end > 1 {
				return nan
			}
			return float64(float32(math.Exp(x))) + 0.01*x*x
		}
		d := math.Exp(end) + 0.02*end
		assert.ErrorContains(t, check1(f, d, end), "f jumps at a distance of ")
	}
}

func TestStairsOfTwoDigitsCallNothingWrong(t *testing.T) {
	var wrong int
	for x := -3.0; x < 3; x += 0.01 {
		f := func(x float64) float64 { return math.Round(100*math.Sin(x))/100 + x }
		w, _ := verdicts(check1(f, math.Cos(x)+1, x))
		wrong += w
	}
	assert.LessOrEqual(t, wrong, 30, "where no stair ends within 0.1, nothing can be seen")
}

// The angle of a rotation from the real part of its quaternion, times a share of its axis. At the
// first places where steps disagree, f is smooth.
func TestStairsBehindASmoothPlaceCallNothingWrong(t *testing.T) {
	for seed := range uint64(100) {
		rng := seeded(seed)
		size := math.Pow(10, -8+3*rng.Float64())
		y, x := size*rng.NormFloat64(), size*math.Abs(rng.NormFloat64())
		f := func(x float64) float64 {
			n := math.Sqrt(1 + x*x + y*y)
			return 2 * math.Acos(1/n) * x / math.Hypot(x, y)
		}
		wrong, _ := verdicts(check1(f, 2, x))
		assert.Zero(t, wrong, "seed %d", seed)
	}
}
