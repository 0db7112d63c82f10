package machine

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/gomicrograd/micrograd/internal/vec"
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

// unless0 is y, but 0 if x is 0 and y infinite or NaN.
func unless0(y, x float64) float64 {
	if x == 0 && (math.IsInf(y, 0) || math.IsNaN(y)) {
		return 0
	}
	return y
}

// functions are what each kind should compute: z, and its derivatives with respect to x, y and w.
// SumNext, GuardedNext and DotNext get the sum of the terms before as w.
var functions = map[Kind]func(x, y, w float64) (z, dx, dy, dw float64){
	SumNext: func(x, y, w float64) (z, dx, dy, dw float64) { return w + x, 1, 0, 1 },
	DotNext: func(x, y, w float64) (z, dx, dy, dw float64) { return w + float64(x*y), y, x, 1 },
	GuardedNext: func(x, y, w float64) (z, dx, dy, dw float64) {
		y = unless0(y, x)
		return w + float64(x*y), y, x, 1
	},
	GuardedMul: func(x, y, w float64) (z, dx, dy, dw float64) {
		y = unless0(y, x)
		return x * y, y, x, 0
	},
	GuardedFirst: func(x, y, w float64) (z, dx, dy, dw float64) {
		y = unless0(y, x)
		return 0 + float64(x*y), y, x, 0
	},
	Add:     func(x, y, w float64) (z, dx, dy, dw float64) { return x + y, 1, 1, 0 },
	Sub:     func(x, y, w float64) (z, dx, dy, dw float64) { return x - y, 1, -1, 0 },
	Div:     func(x, y, w float64) (z, dx, dy, dw float64) { return x / y, 1 / y, -(x / y) / y, 0 },
	Mul:     func(x, y, w float64) (z, dx, dy, dw float64) { return x * y, y, x, 0 },
	MulAdd:  func(x, y, w float64) (z, dx, dy, dw float64) { return float64(x*y) + w, y, x, 1 },
	MulC:    func(x, y, w float64) (z, dx, dy, dw float64) { return x * y, y, 0, 0 },
	MulCAdd: func(x, y, w float64) (z, dx, dy, dw float64) { return float64(x*y) + w, y, 0, 1 },
	AddC:    func(x, y, w float64) (z, dx, dy, dw float64) { return x + y, 1, 0, 0 },
	Max: func(x, y, w float64) (z, dx, dy, dw float64) {
		return math.Max(x, y), share2(x > y, y > x), share2(y > x, x > y), 0
	},
	Min: func(x, y, w float64) (z, dx, dy, dw float64) {
		return math.Min(x, y), share2(x < y, y < x), share2(y < x, x < y), 0
	},
	Sqrt: func(x, y, w float64) (z, dx, dy, dw float64) {
		return math.Sqrt(x), 1 / (2 * math.Sqrt(x)), 0, 0
	},
	Root: func(x, y, w float64) (z, dx, dy, dw float64) {
		return math.Pow(x, 0.5), 0.5 * math.Pow(x, -0.5), 0, 0
	},
	ReLU: func(x, y, w float64) (z, dx, dy, dw float64) {
		return max(x, 0), share2(x > 0, x <= 0), 0, 0
	},
	Abs: func(x, y, w float64) (z, dx, dy, dw float64) {
		return math.Abs(x), share2(x > 0, x < 0) - share2(x < 0, x > 0), 0, 0
	},
	LeakyReLU: func(x, y, w float64) (z, dx, dy, dw float64) {
		if x > 0 {
			return x, 1, 0, 0
		}
		return 0.01 * x, 0.01, 0, 0
	},
	Exp: func(x, y, w float64) (z, dx, dy, dw float64) { return vec.Exp(x), vec.Exp(x), 0, 0 },
	Log: func(x, y, w float64) (z, dx, dy, dw float64) { return vec.Log(x), 1 / x, 0, 0 },
	Tanh: func(x, y, w float64) (z, dx, dy, dw float64) {
		z = vec.Tanh(x)
		return z, 1 - float64(z*z), 0, 0
	},
	Sigmoid: func(x, y, w float64) (z, dx, dy, dw float64) {
		z = vec.Sigmoid(x)
		return z, z * (1 - z), 0, 0
	},
	Sin: func(x, y, w float64) (z, dx, dy, dw float64) { return vec.Sin(x), vec.Cos(x), 0, 0 },
	Cos: func(x, y, w float64) (z, dx, dy, dw float64) { return vec.Cos(x), -vec.Sin(x), 0, 0 },
	Softplus: func(x, y, w float64) (z, dx, dy, dw float64) {
		return vec.Softplus(x), vec.Sigmoid(x), 0, 0
	},
	Call: func(x, y, w float64) (z, dx, dy, dw float64) {
		return math.Hypot(x, y), x / math.Hypot(x, y), y / math.Hypot(x, y), 0
	},
}

// share2 returns 1 if all of a derivative is here, 0 if it is elsewhere, and ½ if neither.
func share2(here, elsewhere bool) float64 {
	switch {
	case here:
		return 1
	case elsewhere:
		return 0
	}
	return 0.5
}

// funcs are the functions of the kinds from Exp on.
func funcs() []Func {
	fs := make([]Func, Exp)
	for kind := Exp; kind <= Call; kind++ {
		fs = append(fs, Func{
			F: func(x, y float64) float64 {
				z, _, _, _ := functions[kind](x, y, 0)
				return z
			},
			D: func(x, y, z float64) (dx, dy float64) {
				_, dx, dy, _ = functions[kind](x, y, 0)
				return dx, dy
			},
		})
	}
	return fs
}

// A builder makes random codes of all kinds.
type builder struct {
	rng           *rand.Rand
	code          Code
	data          []float64
	singles, rows []uint32 // that may be operands
}

func (b *builder) newLanes(n int) uint32 {
	b.code.Lanes += n
	return uint32(b.code.Lanes - n)
}

func (b *builder) newSingle(x float64) uint32 {
	b.data = append(b.data, x)
	return uint32(len(b.data) - 1)
}

// instructions returns one on operands of the pool, or the terms of a sum.
func (b *builder) instructions(pool []uint32, z uint32) (in []Instruction) {
	any := func() uint32 { return pool[b.rng.IntN(len(pool))] }
	kind := WeightedSums
	for kind == WeightedSums {
		kind = Kind(b.rng.IntN(int(Call) + 1))
	}
	if kind <= DotNext {
		first := []Kind{AddC, MulAdd, GuardedFirst}[b.rng.IntN(3)]
		in = append(in, Instruction{first, any(), any(), 0, z})
	}
	one := Instruction{kind, any(), any(), any(), z}
	if kind == SumNext || kind >= Sqrt && kind != Call {
		one.Y = 0
	}
	if kind != MulAdd && kind != MulCAdd {
		one.W = 0
	}
	return append(in, one)
}

func (b *builder) tile() {
	var t Tile
	for range 1 + b.rng.IntN(12) {
		t.Xs = append(t.Xs, 8*b.rows[b.rng.IntN(len(b.rows))])
	}
	sums := 1 + b.rng.IntN(len(t.N))
	for j := range sums {
		t.N[j] = 1 + b.rng.IntN(len(t.Xs))
	}
	t.N[b.rng.IntN(sums)] = len(t.Xs)
	for len(b.data)%8 != 0 {
		b.data = append(b.data, 0)
	}
	t.W, t.S = uint32(len(b.data)), b.newLanes(len(t.N))
	if t.Width = 8; sums <= 4 {
		t.Width = 4
	}
	b.data = append(b.data, make([]float64, t.Width*len(t.Xs))...)
	for j, n := range t.N[:t.Width] {
		for i := range n {
			b.data[int(t.W)+t.Width*i+j] = b.rng.NormFloat64() / 2
		}
	}
	t.InputsOnly = !slices.ContainsFunc(t.Xs, func(x uint32) bool {
		return int(x/8) > b.code.Inputs
	})
	distinct := slices.Compact(slices.Sorted(slices.Values(t.Xs)))
	t.Repeats = sums > 1 && len(distinct) < len(t.Xs)
	b.code.Rows = append(b.code.Rows, Instruction{Kind: WeightedSums, X: uint32(len(b.code.Tiles))})
	b.code.Tiles = append(b.code.Tiles, t)
	for j := range sums {
		b.rows = append(b.rows, t.S+uint32(j))
	}
}

func randomMachine(rng *rand.Rand, instructions int) *Machine {
	b := &builder{rng: rng, code: Code{Lanes: 1, Funcs: funcs()}, data: make([]float64, 8)}
	for range 1 + rng.IntN(4) {
		b.rows = append(b.rows, b.newLanes(1))
	}
	b.code.Inputs = len(b.rows)
	for range 1 + rng.IntN(4) {
		b.singles = append(b.singles, b.newSingle(rng.NormFloat64()))
	}
	for range rng.IntN(instructions + 1) {
		z := Result + uint32(b.code.Results)
		b.code.Results++
		b.code.Once = append(b.code.Once, b.instructions(b.singles, z)...)
		b.singles = append(b.singles, z)
	}
	for range rng.IntN(4) {
		c := Broadcast{b.singles[rng.IntN(len(b.singles))], b.newLanes(1)}
		b.code.Broadcast, b.rows = append(b.code.Broadcast, c), append(b.rows, c.Lanes)
	}
	for range instructions {
		if rng.IntN(3) == 0 {
			b.tile()
			continue
		}
		z := b.newLanes(1)
		b.code.Rows = append(b.code.Rows, b.instructions(b.rows, z)...)
		b.rows = append(b.rows, z)
	}
	// The outputs are the last result, so that much is used, and others.
	b.code.Outputs = []uint32{b.rows[len(b.rows)-1]}
	for range rng.IntN(3) {
		b.code.Outputs = append(b.code.Outputs, b.rows[rng.IntN(len(b.rows))])
	}
	return New(b.code, b.data)
}

// numbers returns n rows of so many random numbers.
func numbers(rng *rand.Rand, n, width int) [][]float64 {
	rows := make([][]float64, n)
	for r := range rows {
		rows[r] = make([]float64, width)
		for i := range rows[r] {
			rows[r][i] = rng.NormFloat64()
		}
	}
	return rows
}

// A tape runs instructions plainly, one number at a time.
type tape struct {
	data, grad []float64
	size       []float64 // what a gradient is made of, without signs, to judge rounding by
}

func newTape(n int) *tape {
	return &tape{make([]float64, n), make([]float64, n), make([]float64, n)}
}

func (t *tape) forward(code []Instruction, tiles func(in Instruction)) {
	for _, in := range code {
		if in.Kind == WeightedSums {
			tiles(in)
			continue
		}
		if in.Kind <= DotNext {
			in.W = in.Z
		}
		t.data[in.Z], _, _, _ = functions[in.Kind](t.data[in.X], t.data[in.Y], t.data[in.W])
	}
}

func (t *tape) add(x uint32, d, g, size float64) {
	if g != 0 { // a gradient of 0 hands on 0
		t.grad[x] += float64(g * d)
		t.size[x] += size * math.Abs(d)
	}
}

func (t *tape) backward(code []Instruction, tiles func(in Instruction)) {
	for _, in := range slices.Backward(code) {
		if in.Kind == WeightedSums {
			tiles(in)
			continue
		}
		g, size := t.grad[in.Z], t.size[in.Z]
		_, dx, dy, dw := functions[in.Kind](t.data[in.X], t.data[in.Y], t.data[in.W])
		t.add(in.X, dx, g, size)
		t.add(in.Y, dy, g, size)
		if in.Kind > DotNext {
			t.add(in.W, dw, g, size)
		}
	}
}

// plainly computes what m.VJP(rows, seeds, grads) should: the outputs, the gradients of the
// singles, and those of the inputs.
func plainly(m *Machine, rows, seeds [][]float64) (singles *tape, results, grads [][]float64) {
	c := m.Code
	singles = newTape(len(m.Data))
	copy(singles.data, m.Data)
	singles.forward(c.Once, nil)
	for r, row := range rows {
		lanes := newTape(c.Lanes)
		copy(lanes.data[1:], row)
		for _, b := range c.Broadcast {
			lanes.data[b.Lanes] = singles.data[b.Single]
		}
		lanes.forward(c.Rows, func(in Instruction) {
			t := c.Tiles[in.X]
			for j, n := range t.N[:t.Width] {
				for i, x := range t.Xs[:n] {
					w := singles.data[int(t.W)+t.Width*i+j]
					lanes.data[int(t.S)+j] += float64(w * lanes.data[x/8])
				}
			}
		})
		var result []float64
		for i, output := range c.Outputs {
			result = append(result, lanes.data[output])
			lanes.grad[output] += seeds[r][i]
			lanes.size[output] += math.Abs(seeds[r][i])
		}
		lanes.backward(c.Rows, func(in Instruction) {
			t := c.Tiles[in.X]
			for i, x := range t.Xs {
				for j, n := range t.N[:t.Width] {
					g, size := lanes.grad[int(t.S)+j], lanes.size[int(t.S)+j]
					if w := t.W + uint32(t.Width*i+j); i < n {
						singles.add(w, lanes.data[x/8], g, size)
						lanes.add(x/8, singles.data[w], g, size)
					}
				}
			}
		})
		for _, b := range c.Broadcast {
			singles.add(b.Single, 1, lanes.grad[b.Lanes], lanes.size[b.Lanes])
		}
		results, grads = append(results, result), append(grads, lanes.grad[1:1+c.Inputs])
	}
	singles.backward(c.Once, nil)
	return singles, results, grads
}

// leaves returns the singles that no instruction computes, without the weights of missing terms,
// whose gradients mean nothing.
func (m *Machine) leaves() (leaves []int) {
	results := map[int]bool{0: true}
	for _, in := range m.Code.Once {
		results[int(in.Z)] = true
	}
	for _, t := range m.Code.Tiles {
		for i := range t.Xs {
			for j, n := range t.N[:t.Width] {
				if i >= n {
					results[int(t.W)+t.Width*i+j] = true
				}
			}
		}
	}
	for i := range m.Data {
		if !results[i] {
			leaves = append(leaves, i)
		}
	}
	return leaves
}

func empty(n, width int) [][]float64 {
	rows := make([][]float64, n)
	for r := range rows {
		rows[r] = make([]float64, width)
	}
	return rows
}

func isFinite(xs ...float64) bool {
	return !slices.ContainsFunc(xs, func(x float64) bool { return x-x != 0 })
}

func TestMachinesComputeWhatTheirCodesSay(t *testing.T) {
	checked := 0
	for seed := range uint64(300) {
		rng := seeded(seed)
		m := randomMachine(rng, rng.IntN(12))
		n := 1 + rng.IntN(20)
		if seed%100 == 0 { // several shares
			n = 2000
			m = randomMachine(rng, 100)
			require.Greater(t, m.shares(n), 1)
		}
		rows, seeds := numbers(rng, n, m.Code.Inputs), numbers(rng, n, len(m.Code.Outputs))
		for _, seed := range seeds {
			if rng.IntN(3) == 0 {
				seed[rng.IntN(len(seed))] = 0
			}
		}
		singles, wantResults, wantGrads := plainly(m, rows, seeds)
		results, grads := empty(n, len(m.Code.Outputs)), empty(n, m.Code.Inputs)
		m.Forward(rows, results)
		wantSum := 0.0
		for r := range rows {
			require.Equal(t, bits(wantResults[r]...), bits(results[r]...),
				"seed %d, row %d", seed, r)
			for i, z := range wantResults[r] {
				wantSum += z * seeds[r][i]
			}
		}
		sum := m.VJP(rows, seeds, grads)
		if !isFinite(slices.Concat(singles.grad, singles.size, []float64{wantSum})...) {
			continue
		}
		checked++
		require.InDelta(t, wantSum, sum, 1e-9*max(1, math.Abs(wantSum)), "seed %d", seed)
		for r := range rows {
			require.Equal(t, bits(wantGrads[r]...), bits(grads[r]...), "seed %d, row %d", seed, r)
		}
		for _, i := range m.leaves() {
			require.InDelta(t, singles.grad[i], m.Grad[i], 1e-12*max(1, singles.size[i]),
				"seed %d, single %d", seed, i)
		}
	}
	assert.Greater(t, checked, 100, "in most, all numbers are finite")
}

// all returns the bits of all that a machine computes.
func (m *Machine) all(rows, seeds [][]float64) (computed []uint64) {
	clear(m.Grad)
	results, grads := empty(len(rows), len(m.Code.Outputs)), empty(len(rows), m.Code.Inputs)
	computed = bits(m.VJP(rows, seeds, grads))
	m.Forward(rows, results)
	for _, i := range m.leaves() {
		computed = append(computed, bits(m.Grad[i])...)
	}
	return append(computed, bits(slices.Concat(append(results, grads...)...)...)...)
}

// compare runs a random machine on one core without kernels, and on one and on three with the
// kernels that this processor has, and compares the bits.
func compare(t *testing.T, seed uint64, instructions, rowCount int) {
	rng := seeded(seed)
	m := randomMachine(rng, instructions)
	rows := numbers(rng, rowCount, m.Code.Inputs)
	seeds := numbers(rng, rowCount, len(m.Code.Outputs))
	if rng.IntN(2) == 0 { // one such number can make the whole gradient NaN
		odd := []float64{0, math.Copysign(0, -1), inf, -inf, nan, 1e300, -5e-324}
		rows[rng.IntN(len(rows))][0] = odd[rng.IntN(len(odd))]
		seeds[rng.IntN(len(rows))][0] = 0
	}
	run := func(cores int, withVectors bool) (computed []uint64) {
		defer func(was bool) { Vectors = was }(Vectors)
		Vectors = Vectors && withVectors
		onCores(cores, func() { computed = m.all(rows, seeds) })
		return computed
	}
	want := run(1, false)
	require.True(t, slices.Equal(want, run(1, true)), "kernels, seed %d", seed)
	require.True(t, slices.Equal(want, run(3, true)), "three cores, seed %d", seed)
	for _, c := range m.cores {
		c.stretch = 1 + int(seed%3)
	}
	require.True(t, slices.Equal(want, run(1, true)), "short stretches, seed %d", seed)
}

func TestMachinesComputeTheSameBitsOnAnyNumberOfCoresAndWithoutKernels(t *testing.T) {
	for seed := range uint64(200) {
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

func TestARowAloneHasTheBitsThatItHasInABlock(t *testing.T) {
	for seed := range uint64(50) {
		rng := seeded(seed)
		m := randomMachine(rng, 10)
		rows, seeds := numbers(rng, 21, m.Code.Inputs), numbers(rng, 21, len(m.Code.Outputs))
		rows[rng.IntN(21)][0] = []float64{0, inf, nan, -1}[seed%4]
		results, grads := empty(21, len(m.Code.Outputs)), empty(21, m.Code.Inputs)
		m.Forward(rows, results)
		m.VJP(rows, seeds, grads)
		result, grad := empty(1, len(m.Code.Outputs)), empty(1, m.Code.Inputs)
		for r := range rows {
			m.Forward(rows[r:r+1], result)
			m.VJP(rows[r:r+1], seeds[r:r+1], grad)
			require.Equal(t, bits(results[r]...), bits(result[0]...), "seed %d, row %d", seed, r)
			require.Equal(t, bits(grads[r]...), bits(grad[0]...), "seed %d, row %d", seed, r)
		}
	}
}

// In a block of few rows, the other lanes hold numbers that belong to no row: 1/s is infinite if s
// isn't set there, and then the weights' gradients would be added up in another order.
func TestLanesWithoutARowChangeNothing(t *testing.T) {
	code := func() Code {
		return Code{Lanes: 11, Inputs: 1, Outputs: []uint32{7}, Funcs: funcs(),
			Broadcast: []Broadcast{{1, 2}},
			Tiles: []Tile{{Xs: []uint32{8}, N: [8]int{1}, Width: 4, W: 8, S: 3},
				{Xs: []uint32{8 * 8, 8}, N: [8]int{2}, Width: 4, W: 16, S: 7}},
			Rows: []Instruction{{Kind: WeightedSums}, {Kind: Div, X: 2, Y: 3, Z: 8},
				{Kind: WeightedSums, X: 1}}}
	}
	for seed := range uint64(20) {
		for n := range 8 {
			rng := seeded(seed)
			data := make([]float64, 24)
			for _, w := range []int{1, 8, 16, 20} { // a constant, and the weights
				data[w] = rng.NormFloat64()
			}
			rows, seeds := numbers(rng, n+1, 1), numbers(rng, n+1, 1)
			var want []uint64
			defer func(was bool) { Vectors = was }(Vectors)
			for _, Vectors = range []bool{vectors, false} {
				got := New(code(), slices.Clone(data)).all(rows, seeds)
				if want == nil {
					want = got
				}
				require.Equal(t, want, got, "seed %d, %d rows", seed, n+1)
			}
		}
	}
}

func TestVJPTwiceAddsTheSameGradient(t *testing.T) {
	for seed := range uint64(20) {
		rng := seeded(seed)
		m := randomMachine(rng, 10)
		rows, seeds := numbers(rng, 20, m.Code.Inputs), numbers(rng, 20, len(m.Code.Outputs))
		want := m.all(rows, seeds)
		assert.Equal(t, want, m.all(rows, seeds), "seed %d", seed)
	}
}

func TestSharesCoverEachRowOnce(t *testing.T) {
	rows := make([][]float64, 333)
	for i := range rows {
		rows[i] = []float64{float64(i)}
	}
	for n := 1; n <= len(rows); n++ {
		for shares := 1; shares <= (n+7)/8; shares++ {
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
	sums := func(terms int) *Machine {
		return New(Code{Tiles: []Tile{{Xs: make([]uint32, terms), Width: 4}}}, nil)
	}
	short, long := sums(1), sums(500)
	assert.Equal(t, 1, short.shares(10_000), "it is too little work for another core")
	assert.Greater(t, short.shares(200_000), 1)
	assert.Equal(t, 1, long.shares(64))
	assert.Greater(t, long.shares(200), 1)
	assert.Equal(t, 400/64, sums(5_000).shares(400), "a share has 64 rows at least")
	assert.Equal(t, 16, long.shares(100_000), "each share takes memory of its own")

	others := New(Code{Rows: make([]Instruction, 250)}, nil)
	assert.Equal(t, long.shares(200), others.shares(200), "an instruction is worth eight products")
}

func TestEachShareHasACore(t *testing.T) {
	rng := seeded(1)
	m := randomMachine(rng, 200)
	rows, seeds := numbers(rng, 1000, m.Code.Inputs), numbers(rng, 1000, len(m.Code.Outputs))
	require.Greater(t, m.shares(1000), 3)
	onCores(2, func() { m.VJP(rows, seeds, nil) })
	assert.Len(t, m.cores, m.shares(1000))
	onCores(2, func() { m.VJP(rows[:10], seeds[:10], nil) })
	assert.Len(t, m.cores, m.shares(1000), "those that are there are kept")
}

// A factor of 0 hides what is infinite or NaN, forward and backward, on lanes and on singles.
func TestGuardedProductsWithAFactorOf0(t *testing.T) {
	inf, nan, minus0 := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	code := func(x, y, z uint32) []Instruction {
		return []Instruction{{GuardedMul, x, y, 0, z}, {GuardedFirst, x, y, 0, z + 1},
			{GuardedNext, x, y, 0, z + 1}}
	}
	for _, c := range []struct{ x, y, mul, dot, dx float64 }{
		{2, 3, 6, 12, 9}, {0, 3, 0, 0, 9}, {minus0, 3, minus0, 0, 9}, {0, inf, 0, 0, 0},
		{0, -inf, 0, 0, 0}, {0, nan, 0, 0, 0}, {2, inf, inf, inf, inf}, {2, nan, nan, nan, nan},
	} {
		want := bits(c.mul, c.dot)
		lanes := New(Code{Rows: code(1, 2, 3), Lanes: 5, Inputs: 2, Outputs: []uint32{3, 4}},
			[]float64{0})
		rows, results, grads := [][]float64{{2, 3}, {c.x, c.y}}, empty(2, 2), empty(2, 2)
		lanes.Forward(rows, results)
		assert.Equal(t, want, bits(results[1]...), "%g, %g", c.x, c.y)
		assert.Equal(t, bits(6, 12), bits(results[0]...), "the other row")
		lanes.VJP(rows, [][]float64{{1, 1}, {1, 1}}, grads)
		assert.Equal(t, bits(c.dx, 0+3*c.x), bits(grads[1]...), "%g, %g", c.x, c.y)

		singles := New(Code{Once: code(1, 2, Result), Results: 2, Lanes: 3, Outputs: []uint32{1, 2},
			Broadcast: []Broadcast{{Result, 1}, {Result + 1, 2}}}, []float64{0, c.x, c.y})
		results = empty(1, 2)
		singles.Forward([][]float64{nil}, results)
		assert.Equal(t, want, bits(results[0]...), "%g, %g, once", c.x, c.y)
		singles.VJP([][]float64{nil}, [][]float64{{1, 1}}, nil)
		assert.Equal(t, bits(c.dx, 0+3*c.x), bits(singles.Grad[1:3]...), "%g, %g, once", c.x, c.y)
	}
}

// Functions of one kind that don't depend on each other are computed together, and those that do
// one after the other.
func TestFunctionsOfSinglesSeeTheirArguments(t *testing.T) {
	for kind := Exp; kind < Call; kind++ {
		for _, n := range []int{1, 2, 3, 8, 9, 64, 65, 200} {
			code := Code{Lanes: 1, Funcs: funcs()}
			data := []float64{0}
			var want []float64
			f := func(x float64) float64 {
				z, _, _, _ := functions[kind](x, 0, 0)
				return z
			}
			single := func(x uint32) {
				z := Result + uint32(code.Results)
				code.Results++
				code.Lanes++
				code.Once = append(code.Once, Instruction{Kind: kind, X: x, Z: z})
				code.Broadcast = append(code.Broadcast, Broadcast{z, uint32(code.Lanes - 1)})
				code.Outputs = append(code.Outputs, uint32(code.Lanes-1))
			}
			for i := range n { // of leaves, two of which the kernel leaves to Go if it is a sine
				x := 0.1 + float64(i)/float64(n)
				if i%50 == 7 {
					x = 1e9
				}
				data = append(data, x)
				want = append(want, f(x))
				single(uint32(1 + i))
			}
			z := want[0]
			for i := range 20 { // a chain
				x := Result + uint32(code.Results-1)
				if i == 0 {
					x = Result
				}
				single(x)
				z = f(z)
				want = append(want, z)
			}
			results := empty(1, len(want))
			New(code, data).Forward([][]float64{nil}, results)
			require.Equal(t, bits(want...), bits(results[0]...), "kind %d, %d at once", kind, n)
		}
	}
}

// In a block of few rows, functions leave the other lanes to copies of the last row: what was there
// before may be infinite, and then gradients would be added up in another order.
func TestRowsOfAnEarlierCallChangeNothing(t *testing.T) {
	for kind := Exp; kind <= Call; kind++ {
		code := func() Code {
			return Code{Lanes: 7, Inputs: 1, Outputs: []uint32{3}, Funcs: funcs(),
				Tiles: []Tile{{Xs: []uint32{8 * 1, 8 * 2}, N: [8]int{2}, Width: 4, W: 8, S: 3}},
				Rows:  []Instruction{{Kind: kind, X: 1, Z: 2}, {Kind: WeightedSums}}}
		}
		defer func(was bool) { Vectors = was }(Vectors)
		for _, Vectors = range []bool{vectors, false} {
			rng := seeded(1)
			data := make([]float64, 16)
			data[8], data[12] = rng.NormFloat64(), rng.NormFloat64()
			m := New(code(), slices.Clone(data))
			infinite, few := numbers(rng, 8, 1), numbers(rng, 6, 1)
			for _, row := range infinite {
				row[0] = []float64{inf, nan}[rng.IntN(2)]
			}
			m.all(infinite, numbers(rng, 8, 1))
			seeds := numbers(rng, 6, 1)
			want := New(code(), slices.Clone(data)).all(few, seeds)
			require.Equal(t, want, m.all(few, seeds), "kind %d", kind)
		}
	}
}
