package gradcheck

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// polar returns the Cartesian coordinates of a point, and how often it was called.
func polar(calls *int) func(x []float64) []float64 {
	y := make([]float64, 2) // the same each time
	return func(x []float64) []float64 {
		*calls++
		y[0], y[1] = x[0]*math.Cos(x[1]), x[0]*math.Sin(x[1])
		x[0] = nan // the copy
		return y
	}
}

func TestJacobianPassesWhatIsRight(t *testing.T) {
	for seed := range uint64(20) {
		rng := seeded(seed)
		x := []float64{1 + rng.Float64(), 6 * rng.Float64()}
		sin, cos := math.Sincos(x[1])
		jac := [][]float64{{cos, -x[0] * sin}, {sin, x[0] * cos}}
		calls := 0
		require.NoError(t, Jacobian(polar(&calls), jac, x), "seed %d", seed)
		assert.LessOrEqual(t, calls, 2*30, "once for both results")
	}
}

func TestJacobianNamesWhatIsWrongRowByRow(t *testing.T) {
	x := []float64{2, 0.5}
	sin, cos := math.Sincos(x[1])
	calls := 0
	jac := [][]float64{{cos, 2 * sin}, {cos, 2 * cos}} // −2·sin and sin are right
	err := Jacobian(polar(&calls), jac, x)
	assert.EqualError(t, err, "gradcheck: 2 of 4 derivatives disagree with finite differences:\n"+
		"\ty[0]/x[1] = 0.5: numerical -0.9588510772, given 0.9588510772, relative error 2\n"+
		"\ty[1]/x[0] = 2: numerical 0.4794255386, given 0.8775825619, relative error 0.45")
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, 4, e.N)
}

func TestJacobianNoticesWhatIsNotDeterministic(t *testing.T) {
	rng := seeded(1)
	f := func(x []float64) []float64 {
		return []float64{x[0] * x[0], x[0] * (1 + 0.01*rng.NormFloat64())}
	}
	err := Jacobian(f, [][]float64{{6}, {1}}, []float64{3})
	assert.ErrorContains(t, err,
		"y[1]/x[0] = 3: given 1: can't tell, because f isn't deterministic")
	assert.ErrorContains(t, err, "about 1 of 2 derivatives")
}

func TestJacobianOfAnotherShapePanics(t *testing.T) {
	f := func(x []float64) []float64 { return []float64{1, 2, 3} }
	assert.PanicsWithValue(t, "gradcheck: Jacobian with 2 rows for 3 results of f",
		func() { Jacobian(f, [][]float64{{1}, {2}}, []float64{1}) })
	assert.PanicsWithValue(t, "gradcheck: Jacobian, row 1 with 2 derivatives for 1 coordinates",
		func() { Jacobian(f, [][]float64{{1}, {2, 3}, {4}}, []float64{1}) })
}
