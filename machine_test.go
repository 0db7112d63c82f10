package micrograd

import (
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// onCores calls f with that GOMAXPROCS.
func onCores(n int, f func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
	f()
}

// bigProgram returns a program and rows that are worth several cores, and its parameters.
func bigProgram(t *testing.T, act *Op, rowCount int) (p *Program, params []*Value,
	rows [][]float64) {
	rng := seeded(3)
	m := NewMLP(rng, act, 8, 32, 32, 3)
	in := Values(make([]float64, 8+3)...)
	params = m.Parameters()
	p = Compile(in, CrossEntropy(m.Forward(in[:8]), in[8:]).Add(Dot(params, params).MulC(1e-4)))
	for range rowCount {
		row := make([]float64, 8)
		for i := range row {
			row[i] = rng.NormFloat64()
		}
		rows = append(rows, append(row, oneHot(rng.IntN(3))...))
	}
	require.Greater(t, p.shares(rowCount), 3)
	return p, params, rows
}

func TestBackwardHasTheSameBitsOnAnyNumberOfCores(t *testing.T) {
	for _, rowCount := range []int{800, 1001, 2047} {
		for _, act := range []*Op{ReLU, Tanh} {
			p, params, rows := bigProgram(t, act, rowCount)
			run := func(cores int) (bits []uint64) {
				ZeroGrad(params...)
				onCores(cores, func() { bits = append(bits, math.Float64bits(p.Backward(rows))) })
				for _, v := range params {
					bits = append(bits, math.Float64bits(v.Grad))
				}
				return bits
			}
			want := run(1)
			assert.Len(t, p.machines, p.shares(rowCount))
			for _, cores := range []int{2, 3, 16, 1} {
				require.Equal(t, want, run(cores), "%d rows on %d cores", rowCount, cores)
			}
		}
	}
}

// FuzzMachines compares what a program of a random graph computes, to the bit: on one core without
// kernels, and on one and on several with the kernels that this processor has.
func FuzzMachines(f *testing.F) {
	for seed := range uint64(11) {
		f.Add(seed, uint8(20*seed), uint16(1<<seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, nodes uint8, rowCount uint16) {
		rng := seeded(seed)
		leaves, root := randomGraph(rng, int(nodes))
		inputs, weights := leaves[:1], leaves[1:]
		rows := make([][]float64, 1+int(rowCount%2048))
		for r := range rows {
			rows[r] = []float64{leaves[0].Data * (1 + 1e-3*rng.NormFloat64())}
		}
		if rng.IntN(2) == 0 { // one such number can make the whole gradient NaN
			odd := []float64{0, math.Copysign(0, -1), inf, -inf, nan, 1e300, -5e-324}
			rows[rng.IntN(len(rows))][0] = odd[rng.IntN(len(odd))]
		}
		p := Compile(inputs, root)
		run := func(cores int) (computed []uint64) {
			onCores(cores, func() {
				computed = bits(p.Backward(rows))
				for _, z := range p.Forward(rows) {
					computed = append(computed, bits(z...)...)
				}
			})
			computed = append(computed, bits(grads(weights)...)...)
			ZeroGrad(weights...)
			return computed
		}
		hasVectors := vectors
		defer func() { vectors = hasVectors }()
		vectors = false
		want := run(1)
		vectors = hasVectors
		require.Equal(t, want, run(1))
		require.Equal(t, want, run(3))
	})
}

func TestForwardOnManyCoresIsForwardOfEachRow(t *testing.T) {
	m := NewMLP(seeded(3), Tanh, 8, 32, 32, 3)
	in := Values(make([]float64, 8)...)
	p := Compile(in, m.Forward(in)...)
	rng := seeded(1)
	rows := make([][]float64, 2047)
	for i := range rows {
		for range 8 {
			rows[i] = append(rows[i], rng.NormFloat64())
		}
	}
	require.Greater(t, p.shares(len(rows)), 3)
	var want [][]float64
	for _, row := range rows {
		want = append(want, slices.Clone(p.Forward([][]float64{row})[0]))
	}
	for _, cores := range []int{1, 2, 3, 16} {
		onCores(cores, func() { assert.Equal(t, want, p.Forward(rows), "%d cores", cores) })
	}
}

func TestSmallProgramsStayOnOneCore(t *testing.T) {
	p, _, rows := hingeProgram()
	assert.Equal(t, 1, p.shares(len(rows)))
	assert.Equal(t, 1, p.shares(1))
	p, _, _ = bigProgram(t, Tanh, 1000)
	assert.Equal(t, 1, p.shares(64))
	assert.Greater(t, p.shares(256), 1)
	assert.Equal(t, 1000/64, p.shares(1000), "a share has 64 rows at least")
	assert.Equal(t, 16, p.shares(100_000), "each share takes memory of its own")

	x, w := Values(0, 0, 0), Values(1, 2, 3)
	p = Compile(x, Dot(w, x))
	assert.Equal(t, 1, p.shares(10_000), "it is too little work for another core")
	assert.Greater(t, p.shares(200_000), 1)
	assert.Len(t, p.w, 3, "a single sum isn't padded")
}

func TestBackwardOfManyRowsMatchesTheGraph(t *testing.T) {
	p, params, rows := bigProgram(t, Tanh, 1001)
	var mean float64
	onCores(3, func() { mean = p.Backward(rows) })
	got := grads(params)

	ZeroGrad(params...)
	m := NewMLP(seeded(3), Tanh, 8, 32, 32, 3) // has the same weights
	var losses []*Value
	for _, row := range rows {
		losses = append(losses, CrossEntropy(m.Forward(Values(row[:8]...)), Values(row[8:]...)))
	}
	loss := Sum(losses...).DivC(float64(len(rows))).Add(Dot(m.Parameters(),
		m.Parameters()).MulC(1e-4))
	loss.Backward()
	assert.InDelta(t, loss.Data, mean, 1e-12)
	assert.InDeltaSlice(t, grads(m.Parameters()), got, 1e-13)
}

func TestSharesCoverEachRowOnce(t *testing.T) {
	rows := make([][]float64, 333)
	for i := range rows {
		rows[i] = []float64{float64(i)}
	}
	for n := 1; n <= len(rows); n++ {
		for shares := 1; shares <= (n+lanes-1)/lanes; shares++ {
			var all [][]float64
			for k := range shares {
				from, to := share(n, k, shares)
				require.Less(t, from, to)
				all = append(all, rows[from:to]...)
			}
			require.Equal(t, rows[:n], all, "%d rows in %d shares", n, shares)
		}
	}
}

func TestBackwardLeavesNoGoroutineAndAllocatesNothing(t *testing.T) {
	p, _, rows := bigProgram(t, ReLU, 1000)
	onCores(2, func() {
		for range 50 { // until the runtime has all the goroutines that it will use again
			p.Backward(rows)
		}
		goroutines := runtime.NumGoroutine()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			p.Backward(rows)
		}
		runtime.ReadMemStats(&after)
		assert.Less(t, after.Mallocs-before.Mallocs, uint64(50),
			"less than one a call, and those are the runtime's")
		// one that is done may take a moment to be gone
		for i := 0; runtime.NumGoroutine() > goroutines; i++ {
			require.Less(t, i, 1000)
			time.Sleep(time.Millisecond)
		}
	})
}
