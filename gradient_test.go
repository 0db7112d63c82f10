package micrograd

import (
	"errors"
	"math"
	"testing"

	"github.com/gomicrograd/micrograd/gradcheck"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDifferentiateReturnsFItsGradientAndX(t *testing.T) {
	w := New(5)
	f := func(x []*Value) *Value { return x[0].Mul(x[1]).Add(x[1].Mul(w)) }
	x := []float64{2, 3}
	g, grad, at := Differentiate(f, x...)
	assert.Equal(t, []float64{2, 3}, at)
	x[0] = 99
	assert.Equal(t, []float64{2, 3}, at, "a copy")
	assert.Equal(t, []float64{3, 2 + 5}, grad)
	assert.Equal(t, 7.0*11+11*5, g([]float64{7, 11}))
	assert.Equal(t, 3.0, w.Grad, "other leaves get their gradients as usual")
}

// wrongAndDoubtful counts the entries of an error that are wrong, and those that can't be told.
func wrongAndDoubtful(err error) (wrong, doubtful int) {
	var e *gradcheck.Error
	if errors.As(err, &e) {
		wrong = len(e.Wrong())
		doubtful = len(e.Entries) - wrong
	}
	return wrong, doubtful
}

// The gradient of a graph is right to all digits. So the check must hardly ever refuse one, nor
// pass one that is off by 1 %.
func TestGradientsOfRandomGraphsMatchFiniteDifferences(t *testing.T) {
	const seeds = 400
	var refused, calledWrong, passed, tried int
	for seed := range uint64(seeds) {
		leaves, root := randomGraph(seeded(seed), 20)
		root.Backward()
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
		x, grad := data(leaves), grads(leaves)
		switch wrong, doubtful := wrongAndDoubtful(gradcheck.Check(f, grad, x)); {
		case wrong > 0:
			calledWrong++
		case doubtful > 0:
			refused++
		}
		if math.Abs(grad[0]) < 1e-3 {
			continue // f may not let it be seen
		}
		tried++
		grad[0] *= 1.01
		if gradcheck.Check(f, grad, x) == nil {
			passed++
		}
	}
	assert.Greater(t, tried, seeds/2)
	assert.LessOrEqual(t, calledWrong, seeds/200,
		"right gradients called wrong, unless TestOpsMatchFiniteDifferences says that a D is wrong")
	assert.LessOrEqual(t, refused, seeds/50, "right gradients refused")
	assert.LessOrEqual(t, passed, seeds/200, "gradients off by 1 % that pass")
}

func TestWrongOpsAreFound(t *testing.T) {
	for name, d := range map[string]func(x, y, z float64) (dx, dy float64){
		"sixth digit": func(x, y, z float64) (dx, dy float64) { return y, x * (1 + 3e-6) },
		"swapped":     func(x, y, z float64) (dx, dy float64) { return x, y },
		"sign":        func(x, y, z float64) (dx, dy float64) { return y, -x },
		"zero":        func(x, y, z float64) (dx, dy float64) { return y, 0 },
		"NaN":         func(x, y, z float64) (dx, dy float64) { return y, nan },
		"infinite":    func(x, y, z float64) (dx, dy float64) { return y, inf },
	} {
		times := &Op{Name: "times", F: func(x, y float64) float64 { return x * y }, D: d}
		f := func(x []*Value) *Value { return times.Apply2(x[0].Exp(), x[1]).Tanh() }
		wrong, doubtful := wrongAndDoubtful(gradcheck.Check(Differentiate(f, 0.5, 0.7)))
		assert.Positive(t, wrong, name)
		assert.Zero(t, doubtful, name)
	}
}

// These gradients are 0, or what rounding leaves of 0.
func TestGradientsThatVanishMatchFiniteDifferences(t *testing.T) {
	five := []float64{-0.8, 0.4, -0.5, -1, 0.5}
	for name, c := range map[string]struct {
		f func(x []*Value) *Value
		x []float64
	}{
		"Σ BatchNorm": {func(x []*Value) *Value { return Sum(BatchNorm(x, New(1), New(0))...) },
			five},
		"Σ Softmax":  {func(x []*Value) *Value { return Sum(Softmax(x)...) }, five},
		"saturated":  {func(x []*Value) *Value { return x[0].Tanh() }, []float64{17}},
		"underflow":  {func(x []*Value) *Value { return x[0].Sigmoid() }, []float64{-200}},
		"one unused": {func(x []*Value) *Value { return x[0] }, []float64{3, 4}},
		"cancellation": {func(x []*Value) *Value { return x[0].Exp().Sub(x[1].Exp()) },
			[]float64{10, 10.0001}},
	} {
		require.NoError(t, gradcheck.Check(Differentiate(c.f, c.x...)), name)
	}
}
