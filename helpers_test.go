package micrograd

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

var inf, nan = math.Inf(1), math.NaN()

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func grads(vs []*Value) []float64 {
	out := make([]float64, len(vs))
	for i, v := range vs {
		out[i] = v.Grad
	}
	return out
}

func data(vs []*Value) []float64 {
	out := make([]float64, len(vs))
	for i, v := range vs {
		out[i] = v.Data
	}
	return out
}

// bits are those of the numbers, where one NaN is as good as another: Go doesn't say which of two
// operands that are NaN becomes the result.
func bits(numbers ...float64) (bits []uint64) {
	for _, x := range numbers {
		if math.IsNaN(x) {
			x = nan
		}
		bits = append(bits, math.Float64bits(x))
	}
	return bits
}

// hingeLoss returns the loss of a row x, y, label, with a penalty on the weights.
func hingeLoss(m *MLP, row []*Value) *Value {
	params := m.Parameters()
	return Hinge(m.Forward(row[:2])[0], row[2]).Add(Dot(params, params).MulC(1e-4))
}

// hingeProgram compiles the loss of a network, and returns 100 rows for it. The label of a point
// says on which side of a parabola it is.
func hingeProgram() (p *Program, m *MLP, rows [][]float64) {
	rng := seeded(1)
	m = NewMLP(rng, ReLU, 2, 16, 16, 1)
	in := Values(0, 0, 0)
	for range 100 {
		x, y := rng.NormFloat64(), rng.NormFloat64()
		rows = append(rows, []float64{x, y, math.Copysign(1, y-x*x+0.5)})
	}
	return Compile(in, hingeLoss(m, in)), m, rows
}

func oneHot(class int) []float64 {
	t := make([]float64, 3)
	t[class] = 1
	return t
}

func readFile(t *testing.T, name string) string {
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }
