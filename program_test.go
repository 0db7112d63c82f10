package micrograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

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
