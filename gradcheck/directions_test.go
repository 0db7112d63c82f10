package gradcheck

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

// directions is Directions with directions of its own.
func directions(rng *rand.Rand, f func(x []float64) float64, grad, x []float64) error {
	e := &Error{N: len(x)}
	Config{}.probe(f, x).directions(rng, grad, e)
	return e.orNil()
}

func norm(x []float64) (s float64) {
	for _, x := range x {
		s += x * x
	}
	return math.Sqrt(s)
}

func TestDirectionsFindsAnErrorOfAHundredThousandthOfTheNorm(t *testing.T) {
	skipIfShort(t)
	for seed := range uint64(300) {
		rng := seeded(seed)
		f, grad, x := waves(rng, 2+rng.IntN(200))
		require.NoError(t, directions(rng, f, grad, x), "a right gradient")
		i := rng.IntN(len(x))
		grad[i] += 1e-5 * norm(grad)
		err := directions(rng, f, grad, x)
		require.ErrorContains(t, err,
			fmt.Sprintf("gradcheck: 1 of %d derivatives disagree with finite differences:\n"+
				"\tx[%d] = %g: numerical ", len(x), i, x[i]))
	}
}

func TestDirectionsNamesTheWrongOnesAmongMany(t *testing.T) {
	skipIfShort(t)
	t.Parallel()
	rng := seeded(1)
	const n = 4_000
	f, grad, x := waves(rng, n)
	calls := 0
	counted := func(x []float64) float64 {
		calls++
		return f(x)
	}
	require.NoError(t, directions(rng, counted, grad, x))
	assert.LessOrEqual(t, calls, 1+3*30)

	right := slices.Clone(grad)
	calls = 0
	grad[3141] += 0.5
	err := directions(rng, counted, grad, x)
	assert.ErrorContains(t, err,
		"gradcheck: 1 of 4000 derivatives disagree with finite differences:\n\tx[3141] = ")
	assert.ErrorContains(t, err, fmt.Sprintf("numerical %.6g", right[3141])[:16])
	assert.Less(t, calls, 3000)

	grad[0], grad[n-1] = nan, inf
	err = directions(rng, f, grad, x)
	for _, want := range []string{"gradcheck: 3 of 4000 ", "x[0] = ", "given NaN", "x[3141] = ",
		"x[3999] = ", "given +Inf"} {
		assert.ErrorContains(t, err, want)
	}
}

func TestDirectionsStopsAtTheTenthWrongDerivative(t *testing.T) {
	f := func(x []float64) (s float64) {
		for _, x := range x {
			s += x * x
		}
		return s
	}
	for n, found := range map[int]string{
		9: "9 of 9", 10: "10 of 10", 20: "at least 10 of 20",
	} {
		x, grad := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i] = float64(i)
			grad[i] = 2*x[i] + 1
		}
		err := directions(seeded(1), f, grad, x)
		assert.ErrorContains(t, err, "gradcheck: "+found+" derivatives disagree")
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Len(t, e.Wrong(), min(n, 10))
		assert.Equal(t, n > 10, e.More)
	}
}

// Equal errors would cancel along half of all directions if these differed by signs alone.
func TestDirectionsFindsSwappedDerivatives(t *testing.T) {
	f := func(x []float64) float64 { return x[0]*x[1] + math.Sin(x[2]) }
	for seed := range uint64(200) {
		err := directions(seeded(seed), f, []float64{0.5, 0.8, math.Cos(0.3)},
			[]float64{0.5, 0.8, 0.3})
		require.ErrorContains(t, err, "2 of 3 derivatives disagree", "seed %d", seed)
	}
}

func TestDirectionsListsEachInconclusiveCoordinateOnce(t *testing.T) {
	f := func(x []float64) float64 { return x[0]*x[0] + max(x[1], 0) + x[2]*x[3] }
	x := []float64{1, 0, 2, 3}
	err := directions(seeded(1), f, []float64{2, 0, 3, 2}, x)
	assert.EqualError(t, err,
		"gradcheck: finite differences can't tell about 1 of 4 derivatives:\n"+
			"\tx[1] = 0: given 0: can't tell, because f has a kink at x or close to it: "+
			"its slope is 0 on the left, 1 on the right")

	root := func(x []float64) float64 { return x[0] + math.Sqrt(x[1]) }
	err = directions(seeded(1), root, []float64{1, inf}, []float64{1, 0})
	assert.ErrorContains(t, err, "about 1 of 2 derivatives:\n"+
		"\tx[1] = 0: given +Inf: can't tell, because f jumps, or isn't finite")
	assert.Equal(t, 1, strings.Count(err.Error(), "x["))
}

func TestDirectionsSaysWhereNoCoordinateAloneIsToBlame(t *testing.T) {
	// Along each axis f is 0, and along any diagonal it has a kink.
	f := func(x []float64) (s float64) {
		for i := range x {
			s += math.Min(math.Abs(x[i]), math.Abs(x[(i+1)%len(x)]))
		}
		return s
	}
	err := directions(seeded(1), f, make([]float64, 400), make([]float64, 400))
	assert.ErrorContains(t, err, "about some of 400 derivatives:\n"+
		"\tx along a random direction: given 0: can't tell, because f has a kink")
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, -1, e.Entries[0].Index)
	assert.Empty(t, e.Wrong())
}

func TestDirectionsEndsAfterLookingInVain(t *testing.T) {
	// Each coordinate alone has the derivative 1, but two neighbors together have another slope.
	f := func(x []float64) (sum float64) {
		for i := 0; i < len(x); i += 2 {
			sum += x[i] + x[i+1]
			if x[i] != 0 && x[i+1] != 0 {
				sum += 2 * x[i]
			}
		}
		return sum
	}
	grad := make([]float64, 400)
	for i := range grad {
		grad[i] = 1
	}
	var e *Error
	require.ErrorAs(t, directions(seeded(1), f, grad, make([]float64, 400)), &e)
	require.Len(t, e.Entries, 1)
	assert.Equal(t, -1, e.Entries[0].Index)
	assert.True(t, e.More)
	assert.NoError(t, directions(seeded(1), f, grad[:100], make([]float64, 100)),
		"each is right alone")
}

func TestRandomDirectionsDifferInSignAndSize(t *testing.T) {
	x := make([]float64, 1000)
	done := make([]bool, len(x))
	x[7], done[3] = 100, true
	u := Config{}.probe(nil, x).randomDirection(seeded(1), done)
	positive := 0
	for i, u := range u {
		switch size := math.Abs(u) * math.Sqrt(1000); i {
		case 3:
			assert.Zero(t, u)
		case 7:
			assert.True(t, size >= 50 && size < 100)
		default:
			assert.True(t, size >= 0.5 && size < 1, "%g", size)
		}
		if u > 0 {
			positive++
		}
	}
	assert.InDelta(t, 500, positive, 60)
}

// What rounding hides of a slope is small beside the derivatives that it adds up.
func TestDirectionsAreJudgedByTheSizeOfTheirDerivatives(t *testing.T) {
	for _, c := range []struct {
		u     float64
		right bool
	}{{1, true}, {0.05, false}} {
		p := Config{}.probe(func(x []float64) float64 {
			return float64(float32(50 + x[0] + x[1]))
		}, []float64{0, 0})
		v, given := p.direction([]float64{c.u, -0.999 * c.u}, []float64{1, 1}, 0, 2)
		assert.InDelta(t, 0.001*c.u, given, 1e-12)
		assert.Equal(t, c.right, v.right, "%v: %s", c, v.reason)
	}
}

// Along a direction, the logarithms would need smaller steps than any that is tried. So they are
// checked alone.
func TestDirectionsLeavesOutWhatIsRightAlone(t *testing.T) {
	f := func(x []float64) float64 { return math.Log(x[0]) + math.Log(x[1]) + x[2] }
	x := []float64{1e-12, 1e-13, 1}
	assert.NoError(t, directions(seeded(1), f, []float64{1e12, 1e13, 1}, x))
	assert.ErrorContains(t, directions(seeded(1), f, []float64{1e12, 2e13, 1}, x),
		"1 of 3 derivatives disagree with finite differences:\n\tx[1] = 1e-13: ")
}

func TestDirectionsWhereFIsNotFiniteSaysSo(t *testing.T) {
	err := directions(seeded(1), func([]float64) float64 { return nan }, []float64{1, 1},
		[]float64{1, 0})
	assert.ErrorContains(t, err, "can't tell about 2 of 2 derivatives:\n"+
		"\tx[0] = 1: given 1: can't tell, because f is NaN at x")
}

func TestDirectionsLeavesItsArgumentsAlone(t *testing.T) {
	f, grad, x := waves(seeded(1), 10)
	wantGrad, wantX := slices.Clone(grad), slices.Clone(x)
	grad[3]++
	wantGrad[3]++
	require.Error(t, directions(seeded(1), f, grad, x))
	assert.Equal(t, wantGrad, grad)
	assert.Equal(t, wantX, x)
}

func TestDirectionsListsEntriesByIndex(t *testing.T) {
	f := func(x []float64) float64 { return x[0] * x[0] }
	err := directions(seeded(1), f, []float64{3, 0}, []float64{1, inf})
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Len(t, e.Entries, 2)
	assert.Equal(t, []int{0, 1}, []int{e.Entries[0].Index, e.Entries[1].Index})
}

// The first coordinate is a million times as large as the others, and its derivative as small.
func TestDirectionsMovesCoordinatesByTheirSize(t *testing.T) {
	f := func(x []float64) float64 { return 1e-12*x[0]*x[0] + x[1]*x[1] + x[2]*x[2] }
	x := []float64{1e6, 1, 1}
	assert.NoError(t, directions(seeded(1), f, []float64{2e-6, 2, 2}, x))
	assert.ErrorContains(t, directions(seeded(1), f, []float64{2.2e-6, 2, 2}, x),
		"1 of 3 derivatives disagree with finite differences:\n\tx[0] = ")
}

func TestDirectionsOfDifferentLengthsPanics(t *testing.T) {
	assert.PanicsWithValue(t, "gradcheck: Directions with 1 derivatives for 2 coordinates", func() {
		Directions(func(x []float64) float64 { return 0 }, []float64{1}, []float64{1, 2})
	})
}

func TestDirectionsAreTheSameOnEveryRun(t *testing.T) {
	run := func() (moved [][]float64) {
		Directions(func(x []float64) float64 {
			moved = append(moved, slices.Clone(x))
			return x[0] * x[1]
		}, []float64{2, 1}, []float64{1, 2})
		return moved
	}
	assert.Equal(t, run(), run())
}

// The error of this gradient is at a right angle to the first two directions.
func TestDirectionsTriesThreeDirections(t *testing.T) {
	x := []float64{0, 0, 0}
	rng, p := newRNG(), Config{}.probe(nil, x)
	u, v := p.randomDirection(rng, make([]bool, 3)), p.randomDirection(rng, make([]bool, 3))
	grad := []float64{u[1]*v[2] - u[2]*v[1], u[2]*v[0] - u[0]*v[2], u[0]*v[1] - u[1]*v[0]}
	assert.ErrorContains(t, Directions(func([]float64) float64 { return 1 }, grad, x),
		"3 of 3 derivatives disagree")
}

// In a long sum, rounding errors grow with the distance.
func TestDirectionsPassesALongSum(t *testing.T) {
	skipIfShort(t)
	for seed := range uint64(5) {
		rng := seeded(seed)
		x, grad := make([]float64, 30_000), make([]float64, 30_000)
		for i := range x {
			x[i] = rng.NormFloat64()
			grad[i] = 2 * x[i]
		}
		squares := func(x []float64) (sum float64) {
			for _, x := range x {
				sum += x * x
			}
			return sum
		}
		assert.NoError(t, Directions(squares, grad, x), "seed %d", seed)
	}
}
