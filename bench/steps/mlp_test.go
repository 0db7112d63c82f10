package steps

import (
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/stretchr/testify/assert"
)

// BenchmarkMLPStep is a full-batch gradient of an MLP 8→32→32→3 with tanh and cross-entropy on 64
// rows, where no contestant can skip anything.
func BenchmarkMLPStep(b *testing.B) {
	m, xs, classes := mlpStep()
	params := m.Parameters()
	b.Run("eager", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			micrograd.ZeroGrad(params...)
			eagerCrossEntropy(m, xs, classes).Backward()
		}
	})
	b.Run("program", func(b *testing.B) {
		b.ReportAllocs()
		p, rows := crossEntropyProgram(m, xs, classes)
		for b.Loop() {
			micrograd.ZeroGrad(params...)
			p.Backward(rows)
		}
	})
	b.Run("handwritten", func(b *testing.B) {
		b.ReportAllocs()
		h := newHandwrittenMLP(m)
		for b.Loop() {
			h.crossEntropyStep(xs, classes)
		}
	})
}

func TestBenchmarkedMLPStepsComputeTheSame(t *testing.T) {
	m, xs, classes := mlpStep()
	params := m.Parameters()
	loss := eagerCrossEntropy(m, xs, classes)
	loss.Backward()
	want := grads(params)

	micrograd.ZeroGrad(params...)
	p, rows := crossEntropyProgram(m, xs, classes)
	assert.InDelta(t, loss.Data, p.Backward(rows), 1e-12)
	assert.InDeltaSlice(t, want, grads(params), 1e-12)

	h := newHandwrittenMLP(m)
	assert.InDelta(t, loss.Data, h.crossEntropyStep(xs, classes), 1e-12)
	assert.InDeltaSlice(t, want, h.grad, 1e-12)
}

func mlpStep() (m *micrograd.MLP, xs [][]float64, classes []int) {
	rng := seeded(1)
	for range 64 {
		x := make([]float64, 8)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		xs, classes = append(xs, x), append(classes, rng.IntN(3))
	}
	return micrograd.NewMLP(rng, micrograd.Tanh, 8, 32, 32, 3), xs, classes
}

func oneHot(class int) []float64 {
	t := make([]float64, 3)
	t[class] = 1
	return t
}

func eagerCrossEntropy(m *micrograd.MLP, xs [][]float64, classes []int) *micrograd.Value {
	losses := make([]*micrograd.Value, len(xs))
	for i, x := range xs {
		logits, target := m.Forward(micrograd.Values(x...)), micrograd.Values(oneHot(classes[i])...)
		losses[i] = micrograd.CrossEntropy(logits, target)
	}
	return micrograd.Sum(losses...).DivC(float64(len(xs)))
}

func crossEntropyProgram(m *micrograd.MLP, xs [][]float64, classes []int) (p *micrograd.Program,
	rows [][]float64) {
	in := micrograd.Values(make([]float64, 8+3)...)
	for i, x := range xs {
		rows = append(rows, append(append([]float64(nil), x...), oneHot(classes[i])...))
	}
	return micrograd.Compile(in, micrograd.CrossEntropy(m.Forward(in[:8]), in[8:])), rows
}
