package steps

import (
	"fmt"
	"runtime"
	"testing"

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

// BenchmarkCompile compiles a chain of a million nodes, and says what each costs.
func BenchmarkCompile(b *testing.B) {
	const nodes = 1_000_000
	x, w := micrograd.New(1), micrograd.New(0.5)
	z := x
	for range nodes / 2 {
		z = z.Mul(w).Tanh()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		micrograd.Compile([]*micrograd.Value{x}, z)
	}
	runtime.ReadMemStats(&after)
	perNode := 1 / float64(nodes*b.N)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())*perNode, "ns/node")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)*perNode, "B/node")
	b.ReportMetric(0, "ns/op")
}
