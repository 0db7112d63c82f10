//go:build !purego

package machine

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// oddNumbers are those at which functions differ in what they do, and their neighbors.
var oddNumbers = func() (xs []float64) {
	for _, x := range []float64{0, 5e-324, 0x1p-1022, 1e-300, 1e-8, 0.01, 0.25, math.Ln2 / 2, 0.5,
		math.Sqrt2 / 2, math.Pi / 4, 1, math.Sqrt2, math.Pi / 2, 2, math.Pi, 19.1, 22, 36.8, 40,
		708.4, 709.79, 710, 745.2, 746, 65535.9, 1 << 16, 1e10, 0x1p52, 1e22, 1e300,
		math.MaxFloat64, inf} {
		for _, x := range []float64{math.Nextafter(x, 0), x, math.Nextafter(x, inf)} {
			xs = append(xs, x, -x)
		}
	}
	return append(xs, nan)
}()

func TestEachInstructionComputesTheSameBitsInEachKernel(t *testing.T) {
	for kind := range Call {
		if kind == WeightedSums {
			continue
		}
		for seed := range uint64(2000) {
			rng := seeded(seed)
			number := func() float64 {
				switch rng.IntN(4) {
				case 0:
					return oddNumbers[rng.IntN(len(oddNumbers))]
				case 1:
					return math.Float64frombits(rng.Uint64())
				}
				return 4 * rng.NormFloat64()
			}
			registers := func() []Lanes {
				all := make([]Lanes, 5)
				for i := range all {
					for r := range all[i] {
						if all[i][r] = number(); i > 0 && rng.IntN(20) == 0 {
							all[i][r] = all[i-1][r]
						}
					}
				}
				return all
			}
			in := Instruction{Kind: kind, X: 1, Y: 2, W: 3, Z: 4}
			if seed%5 == 0 {
				in.Y = in.X
			}
			data, grad := registers(), registers()
			var want []uint64
			withEachKernel(func(kernel string) {
				c := &core{stretch: 1, code: &Code{Rows: []Instruction{in}, Funcs: funcs()},
					data: append([]Lanes{}, data...), grad: append([]Lanes{}, grad...)}
				c.forward(make([][]float64, 8))
				c.backward(8)
				var got []uint64
				for _, lanes := range append(c.data, c.grad...) {
					got = append(got, bits(lanes[:]...)...)
				}
				if want == nil {
					want = got
				}
				require.Equal(t, want, got, "kind %d, seed %d, %s: %v", kind, seed, kernel, data)
			})
		}
	}
}

// A derivative may be infinite or NaN, and 0 times that is NaN.
func TestAGradientOf0HandsOn0InEachInstruction(t *testing.T) {
	for kind := range Call {
		if kind == WeightedSums {
			continue
		}
		for _, x := range oddNumbers {
			for _, y := range []float64{0, 1, inf, -inf, nan} {
				in := Instruction{Kind: kind, X: 1, Y: 2, W: 3, Z: 4}
				c := &core{stretch: 1, code: &Code{Rows: []Instruction{in}, Funcs: funcs()},
					data: make([]Lanes, 5), grad: make([]Lanes, 5)}
				for r := range c.data[1] {
					c.data[1][r], c.data[2][r] = x, y
				}
				withEachKernel(func(kernel string) {
					c.forward(make([][]float64, 8))
					c.backward(8)
					require.Equal(t, make([]Lanes, 5), c.grad, "kind %d at %g, %g, %s", kind, x, y,
						kernel)
				})
			}
		}
	}
}
