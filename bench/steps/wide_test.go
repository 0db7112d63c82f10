package steps

import (
	"testing"

	"github.com/gomicrograd/micrograd"
)

// wide returns an MLP 784→128→10 with ReLU, the shape of MNIST, inputs for it, and 256 rows of
// random numbers for these and a class as a one-hot vector.
func wide() (m *micrograd.MLP, in []*micrograd.Value, rows [][]float64) {
	rng := seeded(1)
	m = micrograd.NewMLP(rng, micrograd.ReLU, 784, 128, 10)
	in = micrograd.Values(make([]float64, 784+10)...)
	rows = make([][]float64, 256)
	for r := range rows {
		rows[r] = make([]float64, len(in))
		for i := range 784 {
			rows[r][i] = rng.NormFloat64()
		}
		rows[r][784+rng.IntN(10)] = 1
	}
	return m, in, rows
}

// BenchmarkWideStep is a gradient of the cross-entropy. Run it with -cpu 1,2.
func BenchmarkWideStep(b *testing.B) {
	m, in, rows := wide()
	params := m.Parameters()
	p := micrograd.Compile(in, micrograd.CrossEntropy(m.Forward(in[:784]), in[784:]))
	p.Backward(rows)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N { // with b.Loop, the first number of -cpu would run on as many cores as the last
		micrograd.ZeroGrad(params...)
		p.Backward(rows)
	}
}

// BenchmarkWideForward computes the logits. Run it with -cpu 1,2.
func BenchmarkWideForward(b *testing.B) {
	m, in, rows := wide()
	p := micrograd.Compile(in[:784], m.Forward(in[:784])...)
	for r := range rows {
		rows[r] = rows[r][:784]
	}
	p.Forward(rows)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		p.Forward(rows)
	}
}
