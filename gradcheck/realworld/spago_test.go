package realworld

import (
	"math/rand/v2"
	"testing"

	"github.com/gomicrograd/micrograd/gradcheck"
	"github.com/nlpodyssey/spago/ag"
	"github.com/nlpodyssey/spago/mat"
	"github.com/nlpodyssey/spago/nn"
	"github.com/nlpodyssey/spago/nn/activation"
	"github.com/stretchr/testify/require"
)

func TestSpagoActivations(t *testing.T) {
	t.Run("float32", checkActivations[float32])
	t.Run("float64", checkActivations[float64])
}

// checkActivations checks the backward pass of each activation: given v, it computes the gradient
// of y·v.
func checkActivations[F float32 | float64](t *testing.T) {
	c := newTally(t)
	for name, params := range map[string][]F{
		"Tan":         nil,
		"Tanh":        nil,
		"Sigmoid":     nil,
		"HardSigmoid": nil,
		"HardTanh":    nil,
		"Softsign":    nil,
		"ReLU":        nil,
		"CELU":        {1.3},
		"GELU":        nil,
		"ELU":         {0.8},
		"PositiveELU": nil,
		"SwishB":      {1.2},
		"Swish":       nil,
		"SiLU":        nil,
		"Mish":        nil,
		"LeakyReLU":   {0.1},
		"SELU":        {1.6732632, 1.0507009},
		"SoftPlus":    {1, 20},
		"SoftShrink":  {0.5},
		"Threshold":   {0.1, 0.2},
		"Softmax":     nil,
		"LogSoftmax":  nil,
		"SparseMax":   nil,
	} {
		var ps []*nn.Param
		for _, p := range params {
			ps = append(ps, nn.NewParam(mat.Scalar(p)))
		}
		layer := activation.New(activation.MustParseActivation(name), ps...)
		rng := rand.New(rand.NewPCG(1, 0))
		for range 50 {
			x, v := make([]F, 5), make([]F, 5)
			for i := range x {
				x[i], v[i] = F(2*rng.NormFloat64()), F(rng.NormFloat64())
			}
			x[0] = 0.8 // for SparseMax, which panics if no number is positive
			in := mat.NewDense[F](mat.WithBacking(x), mat.WithGrad(true))
			out := layer.Forward(in)[0]
			out.AccGrad(mat.NewDense[F](mat.WithBacking(v)))
			require.NoError(t, ag.Backward(out))
			f := func() (s F) {
				y := layer.Forward(mat.NewDense[F](mat.WithBacking(x)))[0]
				for i, y := range mat.Data[F](y.Value().(mat.Matrix)) {
					s += y * v[i]
				}
				return s
			}
			grad := mat.Data[F](in.Grad().(mat.Matrix))
			c.count(name, x, gradcheck.Params(f, gradcheck.NewParam("x", x, grad)))
		}
	}
	c.report(1150, 50)
}
