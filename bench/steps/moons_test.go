// Package steps measures training steps: with micrograd, eagerly and compiled, and as they are
// written otherwise.
package steps

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The step that is measured: one full-batch gradient of the moons demo, MLP 2→16→16→1 with ReLU,
// hinge loss and L2 penalty, on 100 points. Each contestant computes the loss, and its gradient in
// the order of MLP.Parameters.

const l2 = 1e-4

func moonsLike(rng *rand.Rand, n int) (xs [][]float64, ys []float64) {
	for i := range n {
		t := math.Pi * rng.Float64()
		x, y, label := math.Cos(t), math.Sin(t), -1.0
		if i%2 == 1 {
			x, y, label = 1-x, 0.5-y, 1
		}
		xs = append(xs, []float64{x + 0.1*rng.NormFloat64(), y + 0.1*rng.NormFloat64()})
		ys = append(ys, label)
	}
	return xs, ys
}

// eagerLoss builds the graph of the loss with the package, as a user would.
func eagerLoss(m *micrograd.MLP, params []*micrograd.Value, xs [][]float64,
	ys []float64) *micrograd.Value {
	losses := make([]*micrograd.Value, len(xs))
	for i, x := range xs {
		losses[i] = micrograd.Hinge(m.Forward(micrograd.Values(x...))[0], micrograd.New(ys[i]))
	}
	mean := micrograd.Sum(losses...).DivC(float64(len(xs)))
	return mean.Add(micrograd.Dot(params, params).MulC(l2))
}

// moonsProgram compiles the loss of one point; its rows are x, y and the label.
func moonsProgram(m *micrograd.MLP, params []*micrograd.Value, xs [][]float64, ys []float64) (
	p *micrograd.Program, rows [][]float64) {
	in := micrograd.Values(0, 0, 0)
	loss := micrograd.Hinge(m.Forward(in[:2])[0], in[2])
	p = micrograd.Compile(in, loss.Add(micrograd.Dot(params, params).MulC(l2)))
	for i, x := range xs {
		rows = append(rows, []float64{x[0], x[1], ys[i]})
	}
	return p, rows
}

func TestBenchmarkedStepsComputeTheSame(t *testing.T) {
	for seed := range uint64(5) {
		xs, ys := moonsLike(seeded(seed), 100)
		m := micrograd.NewMLP(seeded(seed), micrograd.ReLU, 2, hidden, hidden, 1)
		params := m.Parameters()

		loss := eagerLoss(m, params, xs, ys)
		loss.Backward()

		textbook := newTextbookMLP(m)
		textbookLoss := textbook.loss(xs, ys)
		textbookLoss.backpropagate()
		textbookGrads := make([]float64, len(params))
		for i, p := range textbook.params {
			textbookGrads[i] = p.grad
		}

		eagerGrads := grads(params)
		micrograd.ZeroGrad(params...)
		p, rows := moonsProgram(m, params, xs, ys)
		require.InDelta(t, loss.Data, p.Backward(rows), 1e-12)
		assert.InDeltaSlice(t, eagerGrads, grads(params), 1e-12)

		handwritten := newHandwrittenMLP(m)
		require.InDelta(t, loss.Data, textbookLoss.data, 1e-12)
		require.InDelta(t, loss.Data, handwritten.step(xs, ys), 1e-12)
		assert.InDeltaSlice(t, grads(params), textbookGrads, 1e-12)
		assert.InDeltaSlice(t, grads(params), handwritten.grad, 1e-12)
	}
}

func BenchmarkMoonsStep(b *testing.B) {
	xs, ys := moonsLike(seeded(1), 100)
	m := micrograd.NewMLP(seeded(1), micrograd.ReLU, 2, hidden, hidden, 1)
	params := m.Parameters()
	b.Run("textbook", func(b *testing.B) {
		b.ReportAllocs()
		t := newTextbookMLP(m)
		for b.Loop() {
			for _, p := range t.params {
				p.grad = 0
			}
			t.loss(xs, ys).backpropagate()
		}
	})
	b.Run("eager", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			micrograd.ZeroGrad(params...)
			eagerLoss(m, params, xs, ys).Backward()
		}
	})
	b.Run("program", func(b *testing.B) {
		b.ReportAllocs()
		p, rows := moonsProgram(m, params, xs, ys)
		for b.Loop() {
			micrograd.ZeroGrad(params...)
			p.Backward(rows)
		}
	})
	b.Run("handwritten", func(b *testing.B) {
		b.ReportAllocs()
		h := newHandwrittenMLP(m)
		for b.Loop() {
			h.step(xs, ys)
		}
	})
}

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func data(vs []*micrograd.Value) (xs []float64) {
	for _, v := range vs {
		xs = append(xs, v.Data)
	}
	return xs
}

func grads(vs []*micrograd.Value) (xs []float64) {
	for _, v := range vs {
		xs = append(xs, v.Grad)
	}
	return xs
}
