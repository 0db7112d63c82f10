package gradcheck

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// verdicts returns how many derivatives an error calls wrong, and about how many it can't tell.
func verdicts(err error) (wrong, doubtful int) {
	var e *Error
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

func TestErrorListsWhatIsWrongAndWhatCantBeTold(t *testing.T) {
	f := func(x []float64) float64 { return x[0]*x[0] + 3*x[1] + max(x[2], 0) }
	err := Check(f, []float64{2.00001, 3, 0}, []float64{1, 5, 0})
	assert.EqualError(t, err, `gradcheck: 1 of 3 derivatives disagree with finite differences:
	x[0] = 1: numerical 2, given 2.00001, relative error 5e-06
gradcheck: finite differences can't tell about 1 of 3 derivatives:
	x[2] = 0: given 0: can't tell, because f has a kink at x or close to it: `+
		"its slope is 0 on the left, 1 on the right")

	var e *Error
	require.ErrorAs(t, fmt.Errorf("a test: %w", err), &e)
	assert.Equal(t, 3, e.N)
	assert.False(t, e.More)
	require.Len(t, e.Entries, 2)
	wrong, kink := e.Entries[0], e.Entries[1]
	assert.Equal(t, []any{0, 1.0, 2.00001, ""},
		[]any{wrong.Index, wrong.X, wrong.Given, wrong.Reason})
	assert.InDelta(t, 2, wrong.Numerical, 1e-9)
	assert.Less(t, wrong.Bound, 1e-9)
	assert.Equal(t, []any{2, 0.0, 0.0}, []any{kink.Index, kink.X, kink.Given})
	assert.Contains(t, kink.Reason, "kink")
	assert.InDelta(t, 0.5, kink.Numerical, 1e-9)
	assert.InDelta(t, 0.5, kink.Bound, 1e-9)
}

func TestErrorOfAGivenNaNHasNoRelativeError(t *testing.T) {
	f := func(x []float64) float64 { return x[0] * x[0] }
	for _, given := range []float64{nan, inf} {
		assert.EqualError(t, Check(f, []float64{given}, []float64{1}), fmt.Sprintf(
			"gradcheck: 1 of 1 derivatives disagree with finite differences:\n"+
				"\tx[0] = 1: numerical 2, given %g", given))
	}
}

func TestErrorSaysACommonFactor(t *testing.T) {
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
		{func(i int, x float64) float64 { // 6 are wrong, and half of them are doubled
			return x * []float64{0.1, 0.2, 0.3, 2, 2, 2, 1}[min(i, 6)]
		}, "given = 2 × numerical in 3 of 6"},
		// two may be off by the same factor by accident
		{func(i int, x float64) float64 { return x + float64(i/38)*x }, ""},
	} {
		grad := make([]float64, len(x))
		for i := range x {
			grad[i] = c.change(i, x[i])
		}
		err := Check(f, grad, x)
		require.Error(t, err)
		if c.want == "" {
			assert.NotContains(t, err.Error(), "×")
		} else {
			assert.Contains(t, err.Error(), "\n\t"+c.want+"\n")
		}
	}
}

func TestCommonFactorAllowsForTheErrorOfEachDerivative(t *testing.T) {
	for _, c := range []struct {
		ratio                   float64 // of two other derivatives
		numerical, given, bound float64
		factor                  string
		times                   int
	}{
		{2, 1, 2.0005, 1e-3, "2", 3},
		{2, 1, 2.0005, 1e-5, "2", 2},
		{2, 1000, 2000.001, 0, "2", 3},
		{2, 1e-3, 2.001e-3, 0, "2", 2},
		{1.0000003 / 256, 256_000, 1000.0003, 0, "1/256", 3},
	} {
		factor, times := commonFactor([]Entry{
			{Numerical: 1, Given: c.ratio},
			{Numerical: 1, Given: c.ratio},
			{Numerical: c.numerical, Given: c.given, Bound: c.bound},
		})
		assert.Equal(t, c.factor, factor)
		assert.Equal(t, c.times, times, "%g, given %g", c.numerical, c.given)
	}
}

func TestErrorSaysNoFactorOf1(t *testing.T) {
	f := func(x []float64) float64 { return x[0]*x[0] + x[1]*x[1] + x[2]*x[2] }
	x := []float64{1, -2, 3}
	err := Check(f, []float64{2 * 1.00001, -4 * 1.00001, 6 * 1.00001}, x)
	assert.ErrorContains(t, err, "given = 1.00001 × numerical in ")
	err = Check(f, []float64{2 * 1.000003, -4 * 1.000003, 6 * 1.000003}, x)
	assert.ErrorContains(t, err, "3 of 3 derivatives disagree")
	assert.NotContains(t, err.Error(), "×")
}

func TestErrorListsTenLinesAtMost(t *testing.T) {
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
	text := Check(f, grad, x).Error()
	assert.Contains(t, text, "gradcheck: 25 of 50 derivatives disagree with finite differences:\n")
	assert.Contains(t, text, "\tand 15 more that disagree\n")
	assert.Contains(t, text,
		"gradcheck: finite differences can't tell about 25 of 50 derivatives:\n")
	assert.Contains(t, text, "\tand 15 more that they can't tell about")
	assert.Equal(t, 20, strings.Count(text, "\tx["))

	text = Check(f, grad[:10], x[:10]).Error()
	assert.Equal(t, 10, strings.Count(text, "\tx["))
	assert.NotContains(t, text, "more")
}

func TestErrorSaysNoFactorOfWhatCantBeTold(t *testing.T) {
	f := func(x []float64) float64 { return max(x[0], 0) + max(x[1], 0) + max(x[2], 0) }
	err := Check(f, []float64{1, 1, 1}, []float64{0, 0, 0}) // twice the mean of both slopes
	assert.ErrorContains(t, err, "can't tell about 3 of 3")
	assert.NotContains(t, err.Error(), "×")
}
