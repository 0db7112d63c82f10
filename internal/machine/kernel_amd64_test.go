//go:build !purego

package machine

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withEachKernel calls f with the loops in Go, and then with each kernel that this processor has.
func withEachKernel(f func(kernel string)) {
	hasAVX2, hasAVX512 := Vectors, avx512
	defer func() { Vectors, avx512 = hasAVX2, hasAVX512 }()
	Vectors, avx512 = false, false
	f("Go")
	if Vectors = hasAVX2; Vectors {
		f("AVX2")
	}
	if avx512 = hasAVX512; avx512 {
		f("AVX-512")
	}
}

func TestKernelsAreUsedIfTheProcessorHasThemAndTheSystemSavesTheirRegisters(t *testing.T) {
	const osxsave, avx, avx2, x, y, z = 1 << 27, 1 << 28, 1 << 5, 2, 4, 0xe0
	const avx512f = uint32(1<<16 | 1<<31)
	for _, c := range []struct {
		leaves, features1, features7, state uint32
		avx2, avx512                        bool
	}{
		{7, osxsave | avx, avx2 | avx512f, 1 | x | y | z, true, true},
		{32, ^uint32(0), ^uint32(0), ^uint32(0), true, true},
		{7, osxsave | avx, avx2 | avx512f, x | y, true, false},
		{7, osxsave | avx, avx2 | avx512f, x | y | 0x60, true, false},
		{7, osxsave | avx, avx2 | avx512f, x | y | 0xc0, true, false},
		{7, osxsave | avx, avx2 | avx512f, y | z, false, false},
		{7, osxsave | avx, avx2 | avx512f, x | z, false, false},
		{7, osxsave | avx, avx2, x | y | z, true, false},
		{7, osxsave | avx, avx2 | 1<<16, x | y | z, true, false},
		{7, osxsave | avx, avx2 | 1<<31, x | y | z, true, false},
		{7, osxsave | avx, avx512f, x | y | z, false, false},
		{7, osxsave, avx2 | avx512f, x | y | z, false, false},
		{7, avx, avx2 | avx512f, x | y | z, false, false},
		{6, osxsave | avx, avx2 | avx512f, x | y | z, false, false},
	} {
		cpuid := func(leaf, subleaf uint32) (_, _, _, _ uint32) {
			require.Zero(t, subleaf)
			switch leaf {
			case 0:
				return c.leaves, 0, 0, 0
			case 1:
				return 0, 0, c.features1, 0
			case 7:
				require.GreaterOrEqual(t, c.leaves, uint32(7))
				return 0, c.features7, 0, 0
			}
			panic("another leaf")
		}
		xgetbv := func() (_, _ uint32) {
			require.NotZero(t, c.features1&osxsave, "the instruction doesn't exist")
			return c.state, 0
		}
		hasAVX2, hasAVX512 := supported(cpuid, xgetbv)
		assert.Equal(t, c.avx2, hasAVX2, "%+v", c)
		assert.Equal(t, c.avx512, hasAVX512, "%+v", c)
	}
}

// runTile runs a tile on a whole block, with numbers from the function, and returns the bits of all
// that it computes. Its sums have all of xs, or, if prefixes is set, ever fewer.
func runTile(xs, sums int, prefixes, inputs bool, number func() float64) (computed []uint64) {
	t := Tile{InputsOnly: !inputs, Width: 4}
	if sums > 4 {
		t.Width = 8
	}
	lanes := func(n int) []Lanes {
		all := make([]Lanes, n)
		for i := range all {
			for r := range all[i] {
				all[i][r] = 0 + number() // a gradient adds up from 0, so it is never −0
			}
		}
		return all
	}
	c := &core{stretch: 1, data: lanes(len(t.N) + xs), grad: lanes(len(t.N) + xs)}
	for i := range xs {
		t.Xs = append(t.Xs, uint32(8*(len(t.N)+i)))
	}
	w := make([]float64, t.Width*xs)
	c.singles = w
	c.dSingles = make([]float64, len(w))
	for j := range t.N[:t.Width] {
		if j < sums {
			if t.N[j] = xs; prefixes {
				t.N[j] = max(1, xs-j)
			}
		}
		for i := range t.N[j] {
			w[t.Width*i+j] = number()
		}
		if j >= sums || number() < 0 {
			c.grad[j] = Lanes{}
		}
	}
	c.code = &Code{Rows: []Instruction{{Kind: WeightedSums}}, Tiles: []Tile{t}}
	c.forward(make([][]float64, 8))
	for _, s := range c.data[:sums] {
		computed = append(computed, bits(s[:]...)...)
	}
	c.backward(8)
	for _, dx := range c.grad[len(t.N):] {
		computed = append(computed, bits(dx[:]...)...)
	}
	for i, dw := range c.dSingles {
		if i/t.Width < t.N[i%t.Width] {
			computed = append(computed, bits(dw)...)
		}
	}
	return computed
}

func TestKernelsComputeTheBitsOfTheLoopsInGo(t *testing.T) {
	hostile := []float64{0, math.Copysign(0, -1), inf, -inf, nan, math.MaxFloat64, -math.MaxFloat64,
		math.SmallestNonzeroFloat64, -1e-310, 1e-160, 1e160, 1, -1}
	for name, number := range map[string]func(rng *rand.Rand) float64{
		"normal": func(rng *rand.Rand) float64 { return rng.NormFloat64() },
		"wide": func(rng *rand.Rand) float64 {
			return math.Ldexp(rng.NormFloat64(), rng.IntN(1000)-500)
		},
		"subnormal": func(rng *rand.Rand) float64 { return 1e-160 * rng.NormFloat64() },
		"rarely hostile": func(rng *rand.Rand) float64 {
			if rng.IntN(200) == 0 {
				return hostile[rng.IntN(len(hostile))]
			}
			return rng.NormFloat64()
		},
		"hostile": func(rng *rand.Rand) float64 { return hostile[rng.IntN(len(hostile))] },
	} {
		for xs := 1; xs < 40; xs++ {
			for sums := 1; sums <= 8; sums++ {
				for seed := range uint64(4) {
					var want []uint64
					withEachKernel(func(kernel string) {
						rng := rand.New(rand.NewPCG(seed, uint64(xs)))
						got := runTile(xs, sums, seed%2 == 1, seed != 0,
							func() float64 { return number(rng) })
						if want == nil {
							want = got
						}
						require.True(t, slices.Equal(want, got),
							"%s numbers, %d sums of %d terms, seed %d, %s",
							name, sums, xs, seed, kernel)
					})
				}
			}
		}
	}
}

func FuzzKernels(f *testing.F) {
	f.Add(uint8(1), uint8(3), true, []byte("a number needs eight bytes"))
	f.Add(uint8(9), uint8(1), false, []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x7f, 1, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, xs, sums uint8, inputs bool, data []byte) {
		var want []uint64
		withEachKernel(func(kernel string) {
			next := 0
			got := runTile(1+int(xs%64), 1+int(sums%8), sums >= 128, inputs, func() float64 {
				if len(data) < 8 {
					return 1
				}
				x := math.Float64frombits(binary.LittleEndian.Uint64(data[next:]))
				next = (next + 8) % (len(data) - 7)
				return x
			})
			if want == nil {
				want = got
			}
			require.True(t, slices.Equal(want, got), kernel)
		})
	})
}
