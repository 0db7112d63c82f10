package micrograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The numbers are those in the README of karpathy/micrograd, which has them from PyTorch.
func TestBackwardMatchesTheExampleOfTheOriginalMicrograd(t *testing.T) {
	a, b := New(-4), New(2)
	c := a.Add(b)
	d := a.Mul(b).Add(b.PowC(3))
	c = c.Add(c.AddC(1))
	c = c.Add(c.AddC(1)).Sub(a)
	d = d.Add(d.MulC(2)).Add(b.Add(a).ReLU())
	d = d.Add(d.MulC(3)).Add(b.Sub(a).ReLU())
	e := c.Sub(d)
	f := e.PowC(2)
	g := f.DivC(2)
	g = g.Add(New(10).Div(f))
	g.Backward()
	assert.InDelta(t, 24.7041, g.Data, 5e-5)
	assert.InDelta(t, 138.8338, a.Grad, 5e-5)
	assert.InDelta(t, 645.5773, b.Grad, 5e-5)
}

func TestSharedSubgraphsAddUp(t *testing.T) {
	// d = (x + 1)(x + 2)(x + 1) at x = 3, so d′ = 2(x + 1)(x + 2) + (x + 1)².
	x := New(3)
	a, b := x.AddC(1), x.AddC(2)
	d := a.Mul(b).Mul(a)
	d.Backward()
	assert.Equal(t, 80.0, d.Data)
	assert.Equal(t, 56.0, x.Grad)
	assert.Equal(t, 40.0, a.Grad)
	assert.Equal(t, 16.0, b.Grad)
}

func TestBackwardVisitsASharedNodeOnce(t *testing.T) {
	// Each x ← x + x doubles the number of paths: only a visit per node, not per path, ends.
	x := New(1)
	z := x
	for range 1000 {
		z = z.Add(z)
	}
	z.Backward()
	assert.Equal(t, math.Ldexp(1, 1000), x.Grad)
}

func TestBackwardTwiceDoublesLeavesAndOnlyLeaves(t *testing.T) {
	a, b := New(-4), New(2)
	c := a.Mul(b)
	d := c.Tanh().Add(c.MulC(0.1)).Mul(a)
	d.Backward()
	aGrad, bGrad, cGrad := a.Grad, b.Grad, c.Grad
	d.Backward()
	assert.Equal(t, 2*aGrad, a.Grad)
	assert.Equal(t, 2*bGrad, b.Grad)
	assert.Equal(t, cGrad, c.Grad)
	assert.Equal(t, 1.0, d.Grad)

	ZeroGrad(a, b)
	d.Backward()
	assert.Equal(t, aGrad, a.Grad)
	assert.Equal(t, bGrad, b.Grad)
}

func TestGradientsOfTwoLossesAddUp(t *testing.T) {
	w := New(3)
	w.MulC(2).Backward()
	w.PowC(2).Backward()
	assert.Equal(t, 2.0+6, w.Grad)
}

func TestBackwardFromAnInnerNodeLeavesOutWhatUsesIt(t *testing.T) {
	x := New(3)
	y := x.MulC(2)
	z := y.Mul(y)
	z.Backward()
	x.Grad = 0
	y.Backward()
	assert.Equal(t, 2.0, x.Grad)
	assert.Equal(t, 1.0, y.Grad)
}

// A result that is multiplied by 0 doesn't count, whatever its value and its derivative.
func TestAGradientOfZeroHandsOnZero(t *testing.T) {
	rng := seeded(1)
	for _, op := range table {
		for range 100 {
			x, y, w := New(oddNumber(rng)), New(oddNumber(rng)), New(oddNumber(rng))
			z := op.Apply2(x, Dot([]*Value{w}, []*Value{y}))
			Sum(x, y, w, z.MulC(0)).Backward()
			require.Equal(t, []float64{1, 1, 1}, grads([]*Value{x, y, w}), "%s at %g, %g·%g",
				op.Name, x.Data, w.Data, y.Data)
		}
	}
}

func TestBackwardOfALeafAdds1ToItsGrad(t *testing.T) {
	x := New(3)
	x.Backward()
	x.Backward()
	assert.Equal(t, 2.0, x.Grad)
}

func TestBackwardOfADeepGraphNeedsNoStack(t *testing.T) {
	// Go ends the program if a stack grows larger. A function that called itself for each node
	// would take at least 64 bytes a node.
	defer debug.SetMaxStack(debug.SetMaxStack(1 << 20))
	const n = 1_000_000
	increment := &Op{
		Name: "increment",
		F:    func(x, y float64) float64 { return x + 1 },
		D:    func(x, y, z float64) (dx, dy float64) { return 1, 0 },
	}
	x := New(0)
	z := x
	for range n {
		z = increment.Apply(z)
	}
	z.Backward()
	assert.Equal(t, float64(n), z.Data)
	assert.Equal(t, 1.0, x.Grad)
}

func TestSumAndDotTakeAMillionTerms(t *testing.T) {
	const n = 1_000_000
	x := New(2)
	xs := make([]*Value, n)
	chain := New(0)
	for i := range xs {
		xs[i] = x
		chain = chain.Add(x)
	}
	for name, z := range map[string]*Value{"Sum": Sum(xs...), "Add": chain} {
		x.Grad = 0
		z.Backward()
		assert.Equal(t, 2.0*n, z.Data, name)
		assert.Equal(t, float64(n), x.Grad, name)
	}
	x.Grad = 0
	Dot(xs, xs).Backward()
	assert.Equal(t, 2*2.0*n, x.Grad, "Dot")
}

// randomGraph returns leaves, and a root that has been made from them by n random operations of
// every kind, all of whose numbers and derivatives are of moderate size.
func randomGraph(rng *rand.Rand, n int) (leaves []*Value, root *Value) {
	for range 1 + rng.IntN(5) {
		leaves = append(leaves, New(rng.NormFloat64()))
	}
	nodes := leaves
	pick := func() *Value { return nodes[rng.IntN(len(nodes))] }
	picks := func(n int) []*Value {
		vs := make([]*Value, n)
		for i := range vs {
			vs[i] = pick()
		}
		return vs
	}
	for len(nodes) < n+len(leaves) {
		var v *Value
		i := rng.IntN(len(table) + 3)
		switch {
		case i == len(table):
			v = Sum(picks(rng.IntN(12))...)
		case i == len(table)+1:
			k := rng.IntN(12)
			v = Dot(picks(k), picks(k))
		case i == len(table)+2:
			k := rng.IntN(12)
			v = linearNode(picks(k), picks(k), pick())
		case ignoresY(table[i]):
			v = table[i].Apply(pick())
		case rng.IntN(3) == 0:
			v = table[i].applyC(pick(), rng.NormFloat64())
		default:
			v = table[i].Apply2(pick(), pick())
		}
		if moderate(v) {
			nodes = append(nodes, v)
		}
	}
	return leaves, Sum(nodes...)
}

func moderate(v *Value) bool {
	const limit = 100
	if !(math.Abs(v.Data) < limit) {
		return false
	}
	if v.op == sum || v.op == dot || v.op == linear {
		return true
	}
	dx, dy := v.op.D(v.x.Data, v.second(), v.Data)
	return math.Abs(dx) < limit && (v.y == nil || math.Abs(dy) < limit)
}

func TestRandomGraphsMatchForwardMode(t *testing.T) {
	used := map[string]bool{}
	for seed := range uint64(500) {
		for _, v := range checkAgainstDuals(t, seed, 40).sort() {
			used[v.OpName()] = true
		}
	}
	assert.Len(t, used, len(table)+3, "operations that occurred")
}

// checkAgainstDuals compares the gradients of a random graph with forward mode, and returns its
// root.
func checkAgainstDuals(t *testing.T, seed uint64, nodes int) *Value {
	leaves, root := randomGraph(rand.New(rand.NewPCG(seed, 1)), nodes)
	root.Backward()
	for i, leaf := range leaves {
		want := dualOf(root, leaf, map[*Value]dual{})
		require.InDelta(t, want.x, root.Data, 1e-9, "seed %d", seed)
		require.InDelta(t, want.d, leaf.Grad, 1e-9*(1+want.size), "seed %d, leaf %d", seed, i)
	}
	return root
}

func FuzzBackward(f *testing.F) {
	for seed := range uint64(5) {
		f.Add(seed, uint8(50*seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, nodes uint8) {
		checkAgainstDuals(t, seed, int(nodes))
	})
}

func TestEveryRunGivesTheSameBits(t *testing.T) {
	run := func() (bits []uint64) {
		leaves, root := randomGraph(rand.New(rand.NewPCG(7, 7)), 1000)
		root.Backward()
		for _, v := range leaves {
			bits = append(bits, math.Float64bits(v.Grad))
		}
		return bits
	}
	first := run()
	for range 5 {
		require.Equal(t, first, run())
	}
}

// The race detector is what makes this a test of more than the sums.
func TestSeparateGraphsRunConcurrently(t *testing.T) {
	shared := New(3)
	graphs := make([]*Value, 8)
	var wg sync.WaitGroup
	for i := range graphs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			x := New(float64(i))
			z := x.Mul(x)
			for range 1000 {
				z = z.AddC(1)
			}
			z.Backward()
			assert.Equal(t, 2*float64(i), x.Grad)

			graphs[i] = shared.MulC(float64(i)) // built concurrently, differentiated below
		}()
	}
	wg.Wait()
	for _, z := range graphs {
		z.Backward()
	}
	assert.Equal(t, 0.0+1+2+3+4+5+6+7, shared.Grad)
}

func TestStringShowsDataAndGrad(t *testing.T) {
	v := New(2)
	v.Grad = -0.5
	assert.Equal(t, "Value(data=2, grad=-0.5)", v.String())
	assert.Equal(t, "Value(data=2, grad=-0.5)", fmt.Sprint(v))
}
