package steps

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/gomicrograd/micrograd"
)

// BenchmarkChain shows that the time of a node depends on how many there are only by what memory
// costs.
func BenchmarkChain(b *testing.B) {
	for _, n := range []int{1e3, 1e6} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				z := micrograd.New(1)
				for range n {
					z = z.AddC(1)
				}
				z.Backward()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/node")
		})
	}
}

// BenchmarkCompile compiles the graphs of three tasks without inputs, and a layer with them. It
// says what a node costs in time and in memory, of which bytes stay, and how many gradients could
// be computed meanwhile.
func BenchmarkCompile(b *testing.B) {
	rng := seeded(1)
	in := micrograd.Values(make([]float64, 64)...)
	layer := micrograd.Sum(micrograd.NewLayer(rng, micrograd.Tanh, 64, 64).Forward(in)...)
	for _, c := range []struct {
		name   string
		inputs []*micrograd.Value
		row    []float64
		output *micrograd.Value
	}{
		{"lstm", nil, nil, lstmGraph(micrograd.Values(randoms(rng, lstmWeights, 0.5)...))},
		{"determinant", nil, nil,
			determinantGraph(micrograd.Values(randoms(rng, order*order, 1)...))},
		{"ode", nil, nil, odeGraph(micrograd.Values(randoms(rng, states, 1)...))},
		{"layer", in, make([]float64, 64), layer},
	} {
		b.Run(c.name, func(b *testing.B) {
			nodes := 0.0
			for range c.output.All() {
				nodes++
			}
			heap := func() float64 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				return float64(m.HeapAlloc)
			}
			before := heap()
			p := micrograd.Compile(c.inputs, c.output)
			p.Backward([][]float64{c.row})
			live := heap() - before
			start := time.Now()
			const gradients = 20
			for range gradients {
				p.Backward([][]float64{c.row})
			}
			gradient := time.Since(start) / gradients
			for b.Loop() {
				micrograd.Compile(c.inputs, c.output)
			}
			perCompile := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(perCompile/nodes, "ns/node")
			b.ReportMetric(live/nodes, "B/node")
			b.ReportMetric(perCompile/float64(gradient.Nanoseconds()), "gradients")
			b.ReportMetric(0, "ns/op")
		})
	}
}
