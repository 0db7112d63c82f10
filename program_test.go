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

// What a program calls, row by row or for several rows at once, is what the table says, to the bit.
func TestProgramsComputeTheBitsOfTheTable(t *testing.T) {
	rng := seeded(1)
	special := []float64{0, 1, -1, 0.5, 40, -40, 1000, -1000, 5e-324, 1e300, inf, -inf, nan}
	number := func() float64 {
		if rng.IntN(2) == 0 {
			return special[rng.IntN(len(special))]
		}
		return rng.NormFloat64()
	}
	for _, op := range table {
		for _, rowCount := range []int{1, 2, 7, 8, 9, 16, 100} {
			rows := make([][]float64, rowCount)
			for r := range rows {
				rows[r] = []float64{number(), number()}
			}
			in, w, v := Values(0, 0), New(0), New(0)
			z := op.Apply2(in[0].Add(w), in[1].Add(v)) // w and v get the operands' gradients
			p := Compile(in, z)
			g := 1 / float64(rowCount)
			var wantZ, gotZ []float64
			var dw, dv float64
			for _, row := range rows {
				x, y := row[0]+0, row[1]+0
				z := op.F(x, y)
				dx, dy := op.D(x, y, z)
				wantZ, dw, dv = append(wantZ, z), dw+float64(g*dx), dv+float64(g*dy)
			}
			for _, result := range p.Forward(rows) {
				gotZ = append(gotZ, result...)
			}
			assert.Equal(t, bits(wantZ...), bits(gotZ...), "%s of %d rows", op.Name, rowCount)
			p.Backward(rows)
			assert.Equal(t, bits(dw, dv), bits(w.Grad, v.Grad), "derivatives of %s, %d rows",
				op.Name, rowCount)
		}
	}
}
