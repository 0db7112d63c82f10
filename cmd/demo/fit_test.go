package main

import (
	"math"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestModelsHaveTheCertifiedSumOfSquares(t *testing.T) {
	require.Len(t, problems(), len(models))
	for _, p := range problems() {
		s := newLeastSquares(p, micrograd.Values(p.Certified...), 1)
		assert.InEpsilon(t, p.RSS, s.rss, 1e-9, p.Name)
	}
}

func TestFitsReachTheCertifiedParametersFromBothStarts(t *testing.T) {
	for _, p := range problems() {
		for i, start := range [][]float64{p.Start1, p.Start2} {
			b := micrograd.Values(start...)
			s := newLeastSquares(p, b, 0.01)
			for range 300 {
				s.step()
			}
			for j, found := range b {
				assert.GreaterOrEqual(t, digitsOf(found.Data, p.Certified[j]), 8,
					"b%d of %s from start %d: %g", j+1, p.Name, i+1, found.Data)
			}
		}
	}
}

func TestFitsReachTheirGoalForEveryProblem(t *testing.T) {
	for _, name := range problemNames() {
		lines := succeed(t, "fit", "-problem", name, "-epochs", "300")
		assert.Contains(t, lines[0], "fit: "+name)
		goals["fit"](t, lines)
	}
}

func TestSolveMinimizesTheResidual(t *testing.T) {
	// The line through (0, 1), (1, 2), (2, 2) with the least squares is 7/6 + x/2.
	got := solve([][]float64{{1, 1, 1}, {0, 1, 2}}, []float64{1, 2, 2})
	assert.InDeltaSlice(t, []float64{7. / 6, 0.5}, got, 1e-15)

	// Columns that differ by 1e−7: AᵀA would lose all digits of the difference.
	const e = 1e-7
	got = solve([][]float64{{1, e, 0}, {1, 0, e}}, []float64{2, e, e})
	assert.InDeltaSlice(t, []float64{1, 1}, got, 1e-9)
}

func TestDigitsOfCountsDigits(t *testing.T) {
	assert.Equal(t, 11, digitsOf(2, 2))
	assert.Equal(t, 3, digitsOf(1.0009, 1))
	assert.Equal(t, 2, digitsOf(1.0011, 1))
	assert.Zero(t, digitsOf(-1, 1))
	assert.Zero(t, digitsOf(math.Inf(1), 1))
}
