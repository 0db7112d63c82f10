package micrograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gomicrograd/micrograd/internal/machine"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// eagerly computes what p.Backward(rows) should, from the graph: the mean of root over the rows,
// and its gradient with respect to leaves. scale is what the gradients were made of, to judge
// rounding by.
func eagerly(inputs []*Value, rows [][]float64, root *Value, leaves []*Value) (mean float64, grad,
	scale []float64) {
	grad, scale = make([]float64, len(leaves)), make([]float64, len(leaves))
	order := root.sort()
	was := data(inputs)
	for _, row := range rows {
		for i, x := range row {
			inputs[i].Data = x
		}
		for _, v := range order {
			v.forward()
		}
		ZeroGrad(leaves...)
		root.Backward()
		mean += root.Data / float64(len(rows))
		for i, leaf := range leaves {
			grad[i] += leaf.Grad / float64(len(rows))
			scale[i] += dualOf(root, leaf, map[*Value]dual{}).size / float64(len(rows))
		}
	}
	for i, v := range inputs {
		v.Data, v.Grad = was[i], 0
	}
	for _, v := range order {
		v.forward()
	}
	ZeroGrad(leaves...)
	return mean, grad, scale
}

// checkAgainstGraph compares a program of a random graph with the graph.
func checkAgainstGraph(t *testing.T, seed uint64, nodes, rowCount int) {
	rng := rand.New(rand.NewPCG(seed, 3))
	leaves, root := randomGraph(rng, nodes)
	inputs := leaves[:rng.IntN(len(leaves)+1)]
	weights := leaves[len(inputs):]
	inputs = append(slices.Clone(inputs), New(0)) // that the graph doesn't use
	rows := make([][]float64, rowCount)
	for r := range rows {
		for _, v := range inputs {
			rows[r] = append(rows[r], v.Data*(1+1e-3*rng.NormFloat64()))
		}
	}
	mean, grad, scale := eagerly(inputs, rows, root, weights)
	p := Compile(inputs, root)
	got := p.Backward(rows)
	if math.IsNaN(mean) {
		require.True(t, math.IsNaN(got))
		return
	}
	require.InEpsilon(t, 1+math.Abs(mean), 1+math.Abs(mean)+got-mean, 1e-12)
	for i, w := range weights {
		if !finite(grad[i]) {
			require.Equal(t, fmt.Sprint(grad[i]), fmt.Sprint(w.Grad))
			continue
		}
		require.InDelta(t, grad[i], w.Grad, 1e-12*max(1, math.Abs(grad[i]), 1e-2*scale[i]),
			"weight %d", i)
	}
	for _, v := range inputs {
		require.Zero(t, v.Grad, "an input has no gradient")
	}

	nodesOf := append(slices.Clone(root.sort()), leaves...)
	outputs := []*Value{root, inputs[len(inputs)-1]}
	for range rng.IntN(5) {
		outputs = append(outputs, nodesOf[rng.IntN(len(nodesOf))])
	}
	want := data(outputs)
	got2 := Compile(inputs, outputs...).Forward([][]float64{data(inputs)})[0]
	for i := range want {
		require.InEpsilon(t, 1+math.Abs(want[i]), 1+math.Abs(want[i])+got2[i]-want[i], 1e-12,
			"output %d", i)
	}
}

func TestProgramsOfRandomGraphsMatchTheGraph(t *testing.T) {
	for seed := range uint64(200) {
		for _, rows := range []int{1, 7, 8, 9, 100} {
			t.Run(fmt.Sprintf("seed %d/%d rows", seed, rows),
				func(t *testing.T) { checkAgainstGraph(t, seed, 15, rows) })
		}
	}
}

func FuzzProgram(f *testing.F) {
	for i, rows := range []uint8{1, 7, 8, 9, 100} {
		f.Add(uint64(i), uint8(10*i), rows)
	}
	f.Fuzz(func(t *testing.T, seed uint64, nodes, rows uint8) {
		checkAgainstGraph(t, seed, int(nodes%40), 1+int(rows))
	})
}

func TestBackwardDifferentiatesAnOutputThatNoRowChanges(t *testing.T) {
	x, w := New(2), New(5)
	assert.InDelta(t, 25, Compile([]*Value{x}, w.Mul(w)).Backward([][]float64{{1}, {2}, {3}}),
		1e-12)
	assert.InDelta(t, 10, w.Grad, 1e-12)
	assert.InDelta(t, 5, Compile([]*Value{x}, w).Backward([][]float64{{1}, {2}, {3}}), 1e-12)
	assert.InDelta(t, 11, w.Grad, 1e-12)
	assert.InDelta(t, 2, Compile([]*Value{x}, x).Backward([][]float64{{1}, {2}, {3}}), 1e-12)
	assert.Zero(t, x.Grad)
}

func TestProgramsRunOpsOfTheCaller(t *testing.T) {
	cube := &Op{
		Name: "cube",
		F:    func(x, y float64) float64 { return x * x * x },
		D:    func(x, y, z float64) (dx, dy float64) { return 3 * x * x, 0 },
	}
	x, w := New(0), New(2)
	p := Compile([]*Value{x}, cube.Apply(x.Mul(w)))
	assert.Equal(t, 8*(1.0+27)/2, p.Backward([][]float64{{1}, {3}}))
	assert.Equal(t, (3*4*1.0+3*4*27)/2, w.Grad)
}

func TestProgramSeesTheLeavesAsTheyAre(t *testing.T) {
	x, w := New(0), New(2)
	y := x.Mul(w).AddC(1)
	p := Compile([]*Value{x}, y)
	assert.Equal(t, 7.0, p.Forward([][]float64{{3}})[0][0])
	w.Data = 10
	assert.Equal(t, 31.0, p.Forward([][]float64{{3}})[0][0])
	rows := [][]float64{{3}, {5}}
	assert.Equal(t, 41.0, p.Backward(rows))
	assert.Equal(t, 4.0, w.Grad)
	p.Backward(rows)
	assert.Equal(t, 8.0, w.Grad, "gradients add up")
	assert.Equal(t, []float64{1, 0, 0}, []float64{y.Data, y.Grad, x.Grad}, "the graph is as it was")
}

// Rows whose derivatives are infinite or NaN spoil what they spoil in the graph, and nothing else.
func TestProgramsPropagateNaNAndInfinityAsTheGraphDoes(t *testing.T) {
	for _, odd := range []float64{0, -1, inf, nan} {
		for _, rowCount := range []int{1, 7, 8, 9, 100} {
			for _, at := range []int{0, 1 % rowCount, 2 % rowCount, 3 % rowCount, rowCount - 1} {
				x, y, v, w, u := New(1), New(1), New(2), New(3), New(4)
				loss := Sum(x.Add(v).SubC(2).Sqrt(), y.Mul(w),
					Dot([]*Value{x}, []*Value{v}).MulC(0), Dot([]*Value{x, y},
						[]*Value{u, w}), v.Mul(u).ReLU())
				rows := make([][]float64, rowCount)
				for r := range rows {
					rows[r] = []float64{1 + float64(r), 1}
				}
				rows[at][0] = odd
				weights := []*Value{v, w, u}
				mean, grad, _ := eagerly([]*Value{x, y}, rows, loss, weights)
				got := append(grads(nil), Compile([]*Value{x, y}, loss).Backward(rows), v.Grad,
					w.Grad, u.Grad)
				for i, want := range append([]float64{mean}, grad...) {
					what := fmt.Sprintf("row %d of %d is %g, number %d", at, rowCount, odd, i)
					if finite(want) {
						assert.InDelta(t, want, got[i], 1e-12*math.Abs(want), what)
					} else {
						assert.Equal(t, fmt.Sprint(want), fmt.Sprint(got[i]), what)
					}
				}
			}
		}
	}
}

func TestCompiledTrainingHasTheLossesOfEagerTraining(t *testing.T) {
	p, compiled, rows := hingeProgram()
	_, eager, _ := hingeProgram() // has the same weights
	var losses []float64
	for step, loss := range Train(eager.Parameters(), &SGD{LR: 0.1}, func() float64 {
		var ofRows []*Value
		for _, row := range rows {
			ofRows = append(ofRows, hingeLoss(eager, Values(row...)))
		}
		loss := Sum(ofRows...).DivC(float64(len(rows)))
		loss.Backward()
		return loss.Data
	}) {
		losses = append(losses, loss)
		if step == 99 {
			break
		}
	}
	for step, loss := range Train(compiled.Parameters(), &SGD{LR: 0.1},
		func() float64 { return p.Backward(rows) }) {
		require.InDelta(t, losses[step], loss, 1e-9, "step %d", step)
		if step == 99 {
			break
		}
	}
	assert.Less(t, losses[99], 0.5*losses[0])
}

func TestProgramsAllocateNothing(t *testing.T) {
	p, _, rows := hingeProgram()
	assert.Zero(t, testing.AllocsPerRun(10, func() { p.Backward(rows) }))
	assert.Zero(t, testing.AllocsPerRun(10, func() { p.Forward(rows) }))
}

func TestForwardReturnsTheOutputsOfEachRow(t *testing.T) {
	x, w := Values(0, 0), New(3)
	p := Compile(x, x[0].Mul(w).Add(x[1]), w, x[1])
	assert.Empty(t, p.Forward(nil))
	for _, n := range []int{1, 7, 8, 9, 100, 3} {
		var rows, want [][]float64
		for i := range n {
			a, b := float64(i), float64(i*i)
			rows, want = append(rows, []float64{a, b}), append(want, []float64{3*a + b, 3, b})
		}
		assert.Equal(t, want, p.Forward(rows))
	}
	one := p.Forward([][]float64{{1, 2}})
	assert.Equal(t, 1, cap(one), "append doesn't write into the program")
	assert.Equal(t, 3, cap(one[0]))
}

// The race detector makes this a test.
func TestForwardOfProgramsThatShareLeavesRunsConcurrently(t *testing.T) {
	x, w := New(0), New(2)
	y := x.Mul(w.Exp())
	var wg sync.WaitGroup
	for range 4 {
		p := Compile([]*Value{x}, y)
		wg.Add(1)
		go func() {
			defer wg.Done()
			assert.Equal(t, 3*math.Exp(2), p.Forward([][]float64{{3}})[0][0])
		}()
	}
	wg.Wait()
}

func TestBackwardOfHugeOutputsHasAFiniteMean(t *testing.T) {
	x := New(0)
	p := Compile([]*Value{x}, x.AddC(0))
	assert.Equal(t, 1e308, p.Backward([][]float64{{1e308}, {1e308}}))
}

// onCores calls f with that GOMAXPROCS.
func onCores(n int, f func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
	f()
}

// bigProgram returns a program and rows that are worth several cores, and its parameters.
func bigProgram(act *Op, rowCount int) (p *Program, params []*Value, rows [][]float64) {
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
	return p, params, rows
}

func TestBackwardHasTheSameBitsOnAnyNumberOfCores(t *testing.T) {
	for _, rowCount := range []int{800, 1001, 2047} {
		for _, act := range []*Op{ReLU, Tanh} {
			p, params, rows := bigProgram(act, rowCount)
			run := func(cores int) (bits []uint64) {
				ZeroGrad(params...)
				onCores(cores, func() { bits = append(bits, math.Float64bits(p.Backward(rows))) })
				for _, v := range params {
					bits = append(bits, math.Float64bits(v.Grad))
				}
				return bits
			}
			want := run(1)
			for _, cores := range []int{2, 3, 16, 1} {
				require.Equal(t, want, run(cores), "%d rows on %d cores", rowCount, cores)
			}
		}
	}
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
	var want [][]float64
	for _, row := range rows {
		want = append(want, slices.Clone(p.Forward([][]float64{row})[0]))
	}
	for _, cores := range []int{1, 2, 3, 16} {
		onCores(cores, func() { assert.Equal(t, want, p.Forward(rows), "%d cores", cores) })
	}
}

func TestBackwardOfManyRowsMatchesTheGraph(t *testing.T) {
	p, params, rows := bigProgram(Tanh, 1001)
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

func TestBackwardLeavesNoGoroutineAndAllocatesNothing(t *testing.T) {
	p, _, rows := bigProgram(ReLU, 1000)
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

// withoutAndWithVectors calls f first with the loops in Go, and then with the processor's kernels.
func withoutAndWithVectors(f func()) {
	defer func(was bool) { machine.Vectors = was }(machine.Vectors)
	was := machine.Vectors
	machine.Vectors = false
	f()
	machine.Vectors = was
	f()
}

// Layers of all sizes, on all numbers of rows; the last layer has an input twice.
func TestProgramsComputeTheSameBitsWithAndWithoutKernels(t *testing.T) {
	for seed := range uint64(60) {
		rng := seeded(seed)
		net := NewMLP(rng, []*Op{ReLU, Tanh, GELU}[seed%3], 1+rng.IntN(9), 1+rng.IntN(9),
			1+rng.IntN(9))
		last := NewLayer(rng, Identity, 3, 5)
		in := Values(make([]float64, len(net.Layers[0].Neurons[0].W))...)
		h := net.Forward(in)
		logits := last.Forward([]*Value{h[0], h[0], in[0]})
		p := Compile(in, CrossEntropy(logits, Values(1, 0, 0, 0, 0)))
		params := append(net.Parameters(), last.Parameters()...)
		rows := make([][]float64, 1+rng.IntN(40))
		for r := range rows {
			for range in {
				rows[r] = append(rows[r], rng.NormFloat64())
			}
		}
		var want []uint64
		withoutAndWithVectors(func() {
			ZeroGrad(params...)
			got := bits(p.Backward(rows))
			got = append(got, bits(grads(params)...)...)
			if want == nil {
				want = got
			}
			assert.True(t, slices.Equal(want, got), "seed %d", seed)
		})
	}
}

// oddNumber returns a random number, or one at which functions or their derivatives often are
// special.
func oddNumber(rng *rand.Rand) float64 {
	odd := []float64{0, math.Copysign(0, -1), 1, -1, 0.5, 40, -40, 1000, -1000, 5e-324, 1e300, inf,
		-inf, nan}
	if rng.IntN(2) == 0 {
		return odd[rng.IntN(len(odd))]
	}
	return rng.NormFloat64()
}

// withConstants are operations of which one operand is constant, and what they should compute:
// some are compiled into others.
func withConstants() (methods []func(x *Value) *Value) {
	for _, c := range []float64{-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3} {
		for _, method := range []func(x *Value, c float64) *Value{(*Value).AddC, (*Value).SubC,
			(*Value).MulC, (*Value).DivC, (*Value).PowC} {
			methods = append(methods, func(x *Value) *Value { return method(x, c) })
		}
	}
	return append(methods, (*Value).Neg)
}

// What a program computes, once or for several rows, is what the table says, to the bit.
func TestProgramsComputeTheBitsOfTheTable(t *testing.T) {
	for seed := range uint64(5) {
		rng := seeded(seed)
		check := func(name string, f func(x, y *Value) *Value) {
			in, leaves := Values(0, 0), Values(0, 0)
			p, once := Compile(in, f(in[0], in[1])), Compile(nil, f(leaves[0], leaves[1]))
			for _, n := range []int{1, 2, 7, 8, 9, 16, 100} {
				var rows, seeds [][]float64
				for range n {
					rows = append(rows, []float64{oddNumber(rng), oddNumber(rng)})
					seeds = append(seeds, []float64{[]float64{0, 1, -2}[rng.IntN(3)]})
				}
				results, grads := p.Forward(rows), p.VJP(rows, seeds)
				for r, row := range rows {
					x, y := New(row[0]), New(row[1])
					z := f(x, y)
					z.MulC(seeds[r][0]).Backward()
					message := fmt.Sprintf("%s at %v, seed %g, %d rows", name, row, seeds[r][0], n)
					require.Equal(t, bits(z.Data), bits(results[r]...), message)
					require.Equal(t, bits(x.Grad, y.Grad), bits(grads[r]...), message)

					leaves[0].Data, leaves[1].Data = row[0], row[1]
					ZeroGrad(leaves...)
					noRows := [][]float64{nil}
					require.Equal(t, bits(z.Data), bits(once.Forward(noRows)[0]...), message)
					once.VJP(noRows, seeds[r:r+1])
					require.Equal(t, bits(x.Grad, y.Grad), bits(leaves[0].Grad, leaves[1].Grad),
						message)
				}
			}
		}
		for _, op := range table {
			check(op.Name, op.Apply2)
		}
		for _, method := range withConstants() {
			check(method(New(1)).formula(), func(x, y *Value) *Value { return method(x) })
		}
		w := New(2.5)
		check("x·y + w", func(x, y *Value) *Value { return x.Mul(y).Add(w) })
		check("w + x·c", func(x, y *Value) *Value { return y.Add(x.MulC(-1.5)) })
	}
}

// A result whose gradient is 0 hands on 0, even where its own derivative is infinite or NaN.
func TestAGradientOfZeroHandsOnZeroInPrograms(t *testing.T) {
	rng := seeded(1)
	for _, op := range table {
		in, u, w := Values(0, 0), New(0), Values(0, 0)
		masked := op.Apply2(in[0], in[1]).MulC(0)
		p := Compile(in, masked.Add(Sum(in...)))
		q := Compile(nil, op.Apply2(u, w[0]).MulC(0).Add(u))
		linear := Compile(in, Dot(w, in), op.Apply2(Dot(w, in), in[0]))
		for range 20 {
			var rows, seeds [][]float64
			for range 1 + rng.IntN(20) {
				rows = append(rows, []float64{oddNumber(rng), oddNumber(rng)})
				seeds = append(seeds, []float64{1})
			}
			for r, grad := range p.VJP(rows, seeds) {
				require.Equal(t, []float64{1, 1}, grad, "%s at %v", op.Name, rows[r])
			}
			u.Data, w[0].Data, w[1].Data = rows[0][0], rows[0][1], oddNumber(rng)
			u.Grad = 0
			q.Backward([][]float64{nil})
			require.Equal(t, 1.0, u.Grad, "%s at %v", op.Name, rows[0])

			zero := slices.Repeat([][]float64{{0, 0}}, len(rows))
			ZeroGrad(w...)
			for r, grad := range linear.VJP(rows, zero) {
				require.Equal(t, []float64{0, 0}, grad, "%s at %v, %v", op.Name, rows[r], data(w))
			}
			require.Equal(t, []float64{0, 0}, grads(w), "%s at %v, %v", op.Name, rows, data(w))
		}
	}
}

// The uses of x·y cancel, so its gradient is 0, and it hands on 0, not ∞ − ∞.
func TestAProductThatIsAddedTwiceHasOneGradient(t *testing.T) {
	for _, product := range []func(x, y *Value) *Value{(*Value).Mul,
		func(x, y *Value) *Value { return x.Mul(y).Neg() },
		func(x, y *Value) *Value { return y.PowC(2).Add(x) }} {
		x := Values(2, inf, 3, 4)
		p := product(x[0], x[1])
		outputs := []*Value{p.Add(x[2]), x[3].Add(p)}
		row, seeds := [][]float64{data(x)}, [][]float64{{1, -1}}
		assert.Equal(t, [][]float64{{0, 0, 1, -1}}, Compile(x, outputs...).VJP(row, seeds))
		Compile(nil, outputs...).VJP([][]float64{nil}, seeds)
		assert.Equal(t, []float64{0, 0, 1, -1}, grads(x))
	}
}

// One row of a block that is infinite or NaN doesn't spoil the rows whose gradient is 0.
func TestARowWithoutAGradientDoesNotSpoilTheWeights(t *testing.T) {
	w, in := Values(1, 2, 3), Values(0, 0, 0)
	p := Compile(in, Dot(w, in))
	for _, odd := range []float64{inf, nan} {
		ZeroGrad(w...)
		grads := p.VJP([][]float64{{4, 5, 6}, {odd, odd, odd}}, [][]float64{{1}, {0}})
		assert.Equal(t, [][]float64{{1, 2, 3}, {0, 0, 0}}, grads)
		assert.Equal(t, []float64{4, 5, 6}, []float64{w[0].Grad, w[1].Grad, w[2].Grad})
	}
}

// checkVJP compares a program of a random graph with the graph, row by row.
func checkVJP(t *testing.T, seed uint64, nodes, rowCount int) {
	rng := rand.New(rand.NewPCG(seed, 4))
	leaves, root := randomGraph(rng, nodes)
	all := slices.Concat(leaves, root.sort())
	outputs := []*Value{root}
	for range rng.IntN(3) {
		outputs = append(outputs, all[rng.IntN(len(all))])
	}
	inputs := leaves[:rng.IntN(len(leaves)+1)]
	weights := leaves[len(inputs):]
	p := Compile(inputs, outputs...)
	var rows, seeds [][]float64
	for range rowCount {
		var row, seed []float64
		for _, v := range inputs {
			row = append(row, v.Data*(1+1e-3*rng.NormFloat64()))
		}
		for range outputs {
			seed = append(seed, float64(rng.IntN(4))-1)
		}
		rows, seeds = append(rows, row), append(seeds, seed)
	}
	got := p.VJP(rows, seeds)
	gotWeights := grads(weights)
	want := make([]float64, len(leaves))
	scale := make([]float64, len(leaves))
	for r, row := range rows {
		for i, x := range row {
			inputs[i].Data = x
		}
		for _, v := range root.sort() {
			v.forward()
		}
		var terms []*Value
		for i, v := range outputs {
			terms = append(terms, v.MulC(seeds[r][i]))
		}
		sum := Sum(terms...)
		ZeroGrad(leaves...)
		sum.Backward()
		for i, v := range leaves {
			size := dualOf(sum, v, map[*Value]dual{}).size
			if i >= len(inputs) {
				want[i] += v.Grad
				scale[i] += size
			} else if finite(v.Grad) && finite(size) {
				require.InDelta(t, v.Grad, got[r][i], 1e-12*max(1, math.Abs(v.Grad), 1e-2*size),
					"row %d, input %d", r, i)
			}
		}
	}
	for i, g := range gotWeights {
		if i += len(inputs); finite(want[i]) && finite(scale[i]) {
			require.InDelta(t, want[i], g, 1e-12*max(1, math.Abs(want[i]), 1e-2*scale[i]),
				"weight %d", i)
		}
	}
}

func TestVJPsOfRandomGraphsMatchTheGraph(t *testing.T) {
	for seed := range uint64(200) {
		for _, rows := range []int{1, 8, 21} {
			t.Run(fmt.Sprintf("seed %d/%d rows", seed, rows),
				func(t *testing.T) { checkVJP(t, seed, 15, rows) })
		}
	}
}

// The Jacobian of f(a, b) = (ab, a/b) has the rows (b, a) and (1/b, −a/b²).
func TestVJPReturnsTheRowsOfAJacobian(t *testing.T) {
	x := Values(0, 0)
	p := Compile(x, x[0].Mul(x[1]), x[0].Div(x[1]))
	rows := [][]float64{{3, 2}, {3, 2}, {5, 4}}
	want := [][]float64{{2, 3}, {0.5, -0.75}, {4 + 2.0/4, 5 - 2*5.0/16}}
	assert.Equal(t, want, p.VJP(rows, [][]float64{{1, 0}, {0, 1}, {1, 2}}))
	assert.Zero(t, x[0].Grad, "the inputs themselves have no gradient")
}

func TestVJPOfAnOutputThatIsAnInputOrFixed(t *testing.T) {
	x, w := Values(0, 0), New(3)
	p := Compile(x, x[1], w, w.Mul(w), x[1], New(1).MulC(2))
	assert.Equal(t, [][]float64{{0, 11}}, p.VJP([][]float64{{5, 7}}, [][]float64{{1, 2, 3, 10, 9}}))
	assert.Equal(t, 2+3*2*3.0, w.Grad)
}

func TestVJPOfNothing(t *testing.T) {
	x, w := New(0), New(2)
	p := Compile([]*Value{x}, x.Mul(w))
	assert.Empty(t, p.VJP(nil, nil))
	assert.Equal(t, [][]float64{{}}, Compile(nil, w.Mul(w)).VJP([][]float64{nil}, [][]float64{{1}}))
	assert.Equal(t, 4.0, w.Grad)
}

func TestVJPMayGetWhatItReturned(t *testing.T) {
	x, w := New(0), New(2)
	p := Compile([]*Value{x}, x.Mul(w).Mul(w))
	var rows, seeds [][]float64
	for range 1000 {
		rows, seeds = append(rows, []float64{1}), append(seeds, []float64{1})
	}
	grads := slices.Clone(p.VJP(rows, seeds))
	slices.Reverse(grads) // so that a row's seed is overwritten before the row is reached
	for _, g := range p.VJP(rows, grads) {
		require.Equal(t, []float64{16}, g)
	}
}

// What is returned belongs to the program, but the caller may cut it.
func TestSlicesThatWereReturnedMayBeReplaced(t *testing.T) {
	x := Values(0, 0)
	p := Compile(x, x[0].Mul(x[1]), x[0])
	rows, seeds := [][]float64{{2, 3}}, [][]float64{{1, 1}}
	for range 2 {
		results, grads := p.Forward(rows), p.VJP(rows, seeds)
		assert.Equal(t, [][]float64{{6, 2}}, results)
		assert.Equal(t, [][]float64{{4, 2}}, grads)
		results[0], grads[0] = nil, grads[0][1:]
	}
}

func TestVJPAllocatesNothing(t *testing.T) {
	p, _, rows := hingeProgram()
	seeds := slices.Repeat([][]float64{{1}}, len(rows))
	assert.Zero(t, testing.AllocsPerRun(10, func() { p.VJP(rows, seeds) }))
}

func TestBackwardIsVJPWithTheMeanAsSeed(t *testing.T) {
	p, params, rows := bigProgram(Tanh, 1001)
	mean := p.Backward(rows)
	want := grads(params)
	ZeroGrad(params...)
	sum := 0.0
	for _, y := range p.Forward(rows) {
		sum += y[0]
	}
	p.VJP(rows, slices.Repeat([][]float64{{1 / float64(len(rows))}}, len(rows)))
	assert.InDelta(t, sum/float64(len(rows)), mean, 1e-12)
	assert.Equal(t, want, grads(params))
}
