package machine

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var inf, nan = math.Inf(1), math.NaN()

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

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

// onCores calls f with that GOMAXPROCS.
func onCores(n int, f func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
	f()
}

// funcs are those that random codes call. The second has a form for rows.
var funcs = []*Func{
	{
		Name: "product",
		F:    func(x, y float64) float64 { return x * y },
		D:    func(x, y, z float64) (dx, dy float64) { return y, x },
	},
	{
		Name: "tanh",
		F:    func(x, y float64) float64 { return math.Tanh(x) },
		D:    func(x, y, z float64) (dx, dy float64) { return 1 - z*z, 0 },
		ForwardRows: func(z, x *Register, n int) {
			for r := range n {
				z.Data[r] = math.Tanh(x.Data[r])
			}
		},
		BackwardRows: func(z, x *Register, n int) {
			for r := range n {
				x.Grad[r] += z.Grad[r] * (1 - z.Data[r]*z.Data[r])
			}
		},
	},
	{
		Name: "max",
		F:    func(x, y float64) float64 { return max(x, y) },
		D: func(x, y, z float64) (dx, dy float64) {
			if x > y {
				return 1, 0
			}
			return 0, 1
		},
	},
}

// randomMachine returns a machine for a code with sums of all kinds and with calls, whose weights
// are random numbers.
func randomMachine(rng *rand.Rand, instructions int) *Machine {
	var c Code
	padding := &Register{}
	add := func(to *[]*Register, n int) {
		for range n {
			*to = append(*to, &Register{})
		}
	}
	add(&c.Inputs, 1+rng.IntN(4))
	add(&c.Broadcast, rng.IntN(4))
	pool := slices.Concat(c.Inputs, c.Broadcast)
	for range instructions {
		in := Instruction{S: [Tile]*Register{padding, padding, padding, padding}}
		results := []*Register{}
		for range rng.IntN(12) {
			in.Xs = append(in.Xs, pool[rng.IntN(len(pool))])
		}
		if in.Sums = rng.IntN(Tile + 1); in.Sums > 1 {
			slices.SortFunc(in.Xs, func(a, b *Register) int {
				return slices.Index(pool, a) - slices.Index(pool, b)
			})
			in.Xs = slices.Compact(in.Xs)
		}
		if in.Sums == 0 || len(in.Xs) == 0 {
			in.Sums, in.Xs = 0, nil
		}
		in.DXs = slices.ContainsFunc(in.Xs, func(x *Register) bool {
			return !slices.Contains(c.Inputs, x)
		})
		for j := range in.Sums {
			in.S[j] = &Register{}
			results = append(results, in.S[j])
		}
		pool = append(pool, results...)
		for range rng.IntN(4) {
			z := &Register{}
			in.Calls = append(in.Calls, Call{funcs[rng.IntN(len(funcs))], z,
				pool[rng.IntN(len(pool))], pool[rng.IntN(len(pool))]})
			pool = append(pool, z)
		}
		c.Add(in)
	}
	// The output is the hyperbolic tangent of a sum of everything.
	s, z := &Register{}, &Register{}
	c.Add(Instruction{S: [Tile]*Register{s, padding, padding, padding}, Sums: 1, Xs: pool,
		DXs: true, Calls: []Call{{funcs[1], z, s, s}}})
	c.Outputs = []*Register{z}

	m := New(c)
	for i := range m.W {
		m.W[i] = rng.NormFloat64() / 4
	}
	for i, used := range m.used() {
		if !used {
			m.W[i] = 0
		}
	}
	return m
}

// used says which of the weights belong to a sum, or are broadcast: the gradients of the others
// mean nothing.
func (m *Machine) used() (used []bool) {
	for _, in := range m.Code.Instructions {
		for range in.Xs {
			for j := range in.Width() {
				used = append(used, j < in.Sums)
			}
		}
	}
	return append(used, slices.Repeat([]bool{true}, len(m.Code.Broadcast))...)
}

func randomRows(rng *rand.Rand, m *Machine, n int) [][]float64 {
	rows := make([][]float64, n)
	for r := range rows {
		for range m.Code.Inputs {
			rows[r] = append(rows[r], rng.NormFloat64())
		}
	}
	return rows
}

// plainly computes the output of one row and its gradient with respect to the weights, one number
// at a time.
func plainly(m *Machine, row []float64) (output float64, dw []float64) {
	data, grad := map[*Register]float64{}, map[*Register]float64{}
	c := m.Code
	for i, x := range c.Inputs {
		data[x] = row[i]
	}
	broadcast := len(m.W) - len(c.Broadcast)
	for i, b := range c.Broadcast {
		data[b] = m.W[broadcast+i]
	}
	start := make([]int, len(c.Instructions)) // of the weights
	n := 0
	for k, in := range c.Instructions {
		start[k] = n
		for j := range in.Sums {
			for i, x := range in.Xs {
				data[in.S[j]] += m.W[n+i*in.Width()+j] * data[x]
			}
		}
		n += len(in.Xs) * in.Width()
		for _, call := range in.Calls {
			data[call.Z] = call.F(data[call.X], data[call.Y])
		}
	}
	dw = make([]float64, len(m.W))
	grad[c.Outputs[0]] = 1
	for k, in := range slices.Backward(c.Instructions) {
		for _, call := range slices.Backward(in.Calls) {
			dx, dy := call.D(data[call.X], data[call.Y], data[call.Z])
			grad[call.X] += grad[call.Z] * dx
			grad[call.Y] += grad[call.Z] * dy
		}
		for j := range in.Sums {
			for i, x := range in.Xs {
				w := start[k] + i*in.Width() + j
				dw[w] += grad[in.S[j]] * data[x]
				grad[x] += grad[in.S[j]] * m.W[w]
			}
		}
	}
	for i, b := range c.Broadcast {
		dw[broadcast+i] = grad[b]
	}
	return data[c.Outputs[0]], dw
}

func TestMachinesComputeWhatTheirCodesSay(t *testing.T) {
	for seed := range uint64(100) {
		rng := seeded(seed)
		m := randomMachine(rng, rng.IntN(12))
		rows := randomRows(rng, m, 1+rng.IntN(20))
		if seed%20 == 0 { // several shares
			m = randomMachine(rng, 200)
			rows = randomRows(rng, m, 200)
			require.Greater(t, m.shares(200), 1)
		}
		results := make([][]float64, len(rows))
		for r := range results {
			results[r] = make([]float64, 1)
		}
		m.Forward(rows, results)
		mean, dw := m.Backward(rows)
		wantMean, wantDW := 0.0, make([]float64, len(dw))
		for r, row := range rows {
			output, grad := plainly(m, row)
			require.InDelta(t, output, results[r][0], 1e-12, "seed %d, row %d", seed, r)
			wantMean += output / float64(len(rows))
			for i := range grad {
				wantDW[i] += grad[i] / float64(len(rows))
			}
		}
		require.InDelta(t, wantMean, mean, 1e-12, "seed %d", seed)
		for i, used := range m.used() {
			if used {
				require.InDelta(t, wantDW[i], dw[i], 1e-9*max(1, math.Abs(wantDW[i])),
					"seed %d, weight %d", seed, i)
			}
		}
	}
}

// compare runs a random machine on one core without kernels, and on one and on three with the
// kernels that this processor has, and compares the bits.
func compare(t *testing.T, seed uint64, instructions, rowCount int) {
	rng := seeded(seed)
	m := randomMachine(rng, instructions)
	rows := randomRows(rng, m, rowCount)
	if rng.IntN(2) == 0 { // one such number can make the whole gradient NaN
		odd := []float64{0, math.Copysign(0, -1), inf, -inf, nan, 1e300, -5e-324}
		rows[rng.IntN(len(rows))][0] = odd[rng.IntN(len(odd))]
	}
	results := make([][]float64, len(rows))
	for r := range results {
		results[r] = make([]float64, 1)
	}
	run := func(cores int, withVectors bool) (computed []uint64) {
		defer func(was bool) { Vectors = was }(Vectors)
		Vectors = Vectors && withVectors
		onCores(cores, func() {
			mean, dw := m.Backward(rows)
			computed = bits(mean)
			for i, used := range m.used() {
				if used {
					computed = append(computed, bits(dw[i])...)
				}
			}
			m.Forward(rows, results)
			computed = append(computed, bits(slices.Concat(results...)...)...)
		})
		return computed
	}
	want := run(1, false)
	require.True(t, slices.Equal(want, run(1, true)), "kernels, seed %d", seed)
	require.True(t, slices.Equal(want, run(3, true)), "three cores, seed %d", seed)
}

func TestMachinesComputeTheSameBitsOnAnyNumberOfCoresAndWithoutKernels(t *testing.T) {
	for seed := range uint64(60) {
		compare(t, seed, int(seed%20), 1+int(seed*seed)%100)
	}
	for seed := range uint64(4) {
		compare(t, seed, 100, 1000+int(seed))
	}
}

func FuzzMachine(f *testing.F) {
	for seed := range uint64(11) {
		f.Add(seed, uint8(20*seed), uint16(1<<seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, instructions uint8, rowCount uint16) {
		compare(t, seed, int(instructions), 1+int(rowCount%2048))
	})
}

func TestBackwardTwiceReturnsTheSameGradient(t *testing.T) {
	rng := seeded(1)
	m := randomMachine(rng, 10)
	rows := randomRows(rng, m, 20)
	mean, dw := m.Backward(rows)
	want := append(bits(mean), bits(dw...)...)
	mean, dw = m.Backward(rows)
	assert.Equal(t, want, append(bits(mean), bits(dw...)...))
}

func TestSharesCoverEachRowOnce(t *testing.T) {
	rows := make([][]float64, 333)
	for i := range rows {
		rows[i] = []float64{float64(i)}
	}
	for n := 1; n <= len(rows); n++ {
		for shares := 1; shares <= (n+Lanes-1)/Lanes; shares++ {
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

func TestOnlyMuchWorkIsShared(t *testing.T) {
	sum := func(terms int) *Machine {
		x := &Register{}
		in := Instruction{S: [Tile]*Register{{}, {}, {}, {}}, Sums: 1}
		in.Xs = slices.Repeat([]*Register{x}, terms)
		return New(Code{Inputs: []*Register{x}, Instructions: []Instruction{in}})
	}
	short, long := sum(3), sum(2000)
	assert.Len(t, short.W, 3, "a single sum isn't padded")
	assert.Equal(t, 1, short.shares(10_000), "it is too little work for another core")
	assert.Greater(t, short.shares(200_000), 1)
	assert.Equal(t, 1, long.shares(64))
	assert.Greater(t, long.shares(200), 1)
	assert.Equal(t, 400/64, sum(20_000).shares(400), "a share has 64 rows at least")
	assert.Equal(t, 16, long.shares(100_000), "each share takes memory of its own")

	calls := New(Code{Instructions: []Instruction{{Calls: make([]Call, 250)}}})
	assert.Equal(t, long.shares(200), calls.shares(200), "a call is worth eight products")
}

func TestEachShareHasACore(t *testing.T) {
	rng := seeded(1)
	m := randomMachine(rng, 200)
	rows := randomRows(rng, m, 1000)
	require.Greater(t, m.shares(1000), 3)
	onCores(2, func() { m.Backward(rows) })
	assert.Len(t, m.cores, m.shares(1000))
	onCores(2, func() { m.Backward(rows[:10]) })
	assert.Len(t, m.cores, m.shares(1000), "those that are there are kept")
	assert.Same(t, m.Code.Inputs[0], m.cores[0].code.Inputs[0], "the first needs no copy")
	assert.NotSame(t, m.Code.Inputs[0], m.cores[1].code.Inputs[0])
}
