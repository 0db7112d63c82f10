package micrograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var inf, nan = math.Inf(1), math.NaN()

// The points at which rows of the table are tested: off the kinks, on both sides of 0, small and large.
var (
	testX = []float64{-7.5, -2.25, -0.7, -1e-3, 1e-3, 0.3, 1.9, 12}
	testY = []float64{-2.5, -0.4, 0.6, 1.7, 3.2}
)

// checkGradients checks the gradient of f at each point where f is a finite number, and that there are enough of those.
func checkGradients(t *testing.T, f func(x []*Value) *Value, points ...[]float64) {
	t.Helper()
	checked := 0
	for _, x := range points {
		if finite(f(Values(x...)).Data) {
			require.NoError(t, GradCheck(f, x...))
			checked++
		}
	}
	require.GreaterOrEqual(t, checked, 4, "points at which the function is finite")
}

func TestEveryRowMatchesFiniteDifferences(t *testing.T) {
	require.NotEmpty(t, table)
	var xs, ys, xys [][]float64
	for _, x := range testX {
		xs = append(xs, []float64{x})
		for _, y := range testY {
			xys = append(xys, []float64{x, y})
		}
	}
	for _, y := range testY {
		ys = append(ys, []float64{y})
	}
	for _, op := range table {
		t.Run(op.Name+"/two operands", func(t *testing.T) {
			checkGradients(t, func(x []*Value) *Value { return op.Apply2(x[0], x[1]) }, xys...)
		})
		t.Run(op.Name+"/the same operand twice", func(t *testing.T) {
			checkGradients(t, func(x []*Value) *Value { return op.Apply2(x[0], x[0]) }, append(xs, ys...)...)
		})
		t.Run(op.Name+"/constant operand", func(t *testing.T) {
			for _, c := range testY {
				checkGradients(t, func(x []*Value) *Value { return op.applyC(x[0], c) }, xs...)
			}
		})
		if !ignoresY(op) {
			continue
		}
		t.Run(op.Name+"/one operand", func(t *testing.T) {
			checkGradients(t, func(x []*Value) *Value { return op.Apply(x[0]) }, xs...)
			for _, x := range testX {
				z := op.F(x, 0)
				_, dy := op.D(x, 0, z)
				assert.Zero(t, dy)
			}
		})
	}
}

func ignoresY(op *Op) bool {
	for _, x := range testX {
		for _, y := range testY {
			if a, b := op.F(x, y), op.F(x, 0); a != b && finite(a) {
				return false
			}
		}
	}
	return true
}

func TestOperationsOnManyOperandsMatchFiniteDifferences(t *testing.T) {
	require.NoError(t, GradCheck(func(x []*Value) *Value { return Sum(x...) }, 1, -2, 3.5))
	require.NoError(t, GradCheck(func(x []*Value) *Value { return Sum(x[0], x[1], x[0]) }, 1, -2))
	require.NoError(t, GradCheck(func(x []*Value) *Value { return Dot(x[:2], x[2:]) }, 1, -2, 3.5, 0.25))
	require.NoError(t, GradCheck(func(x []*Value) *Value { return Dot(x, x) }, 1, -2, 3.5))
	require.NoError(t, GradCheck(func(x []*Value) *Value { return dotPlus(x[:2], x[2:4], x[4]) }, 1, -2, 3.5, 0.25, 7))
	require.NoError(t, GradCheck(func(x []*Value) *Value { return dotPlus(x, x, x[0]) }, 1, -2, 3.5))
}

func TestMethodsComputeWhatTheirNamesSay(t *testing.T) {
	x, y := New(0.5), New(3)
	for _, c := range []struct {
		name string
		got  *Value
		want float64
	}{
		{"Add", x.Add(y), 3.5},
		{"Sub", x.Sub(y), -2.5},
		{"Mul", x.Mul(y), 1.5},
		{"Div", x.Div(y), 1. / 6},
		{"Pow", x.Pow(y), 0.125},
		{"Max", x.Max(y), 3},
		{"Min", x.Min(y), 0.5},
		{"AddC", x.AddC(3), 3.5},
		{"SubC", x.SubC(3), -2.5},
		{"MulC", x.MulC(3), 1.5},
		{"DivC", x.DivC(3), 1. / 6},
		{"PowC", x.PowC(3), 0.125},
		{"Neg", x.Neg(), -0.5},
		{"Exp", x.Exp(), math.Exp(0.5)},
		{"Log", x.Log(), math.Log(0.5)},
		{"Sqrt", x.Sqrt(), math.Sqrt(0.5)},
		{"Sin", x.Sin(), math.Sin(0.5)},
		{"Cos", x.Cos(), math.Cos(0.5)},
		{"Abs", x.Neg().Abs(), 0.5},
		{"ReLU", x.ReLU(), 0.5},
		{"ReLU of a negative number", x.Neg().ReLU(), 0},
		{"LeakyReLU", x.LeakyReLU(), 0.5},
		{"LeakyReLU of a negative number", x.Neg().LeakyReLU(), -0.005},
		{"Tanh", x.Tanh(), (math.E - 1) / (math.E + 1)},
		{"Sigmoid", x.Sigmoid(), math.Sqrt(math.E) / (math.Sqrt(math.E) + 1)},
		{"Softplus", x.Softplus(), math.Log(1 + math.Sqrt(math.E))},
		{"GELU", x.GELU(), 0.5 * 0.691462461274013}, // Φ(0.5) from a table
		{"Sum", Sum(x, y, y), 6.5},
		{"Sum of nothing", Sum(), 0},
		{"Dot", Dot([]*Value{x, y}, []*Value{y, y}), 10.5},
		{"Dot of nothing", Dot(nil, nil), 0},
		{"dotPlus", dotPlus([]*Value{x, y}, []*Value{y, y}, x), 11},
		{"Identity", Identity.Apply(x), 0.5},
		{"logaddexp", logAddExp.Apply2(x, y), math.Log(math.Exp(0.5) + math.Exp(3))},
	} {
		assert.InDelta(t, c.want, c.got.Data, 1e-15, c.name)
	}
}

func TestEdgesFollowPyTorch(t *testing.T) {
	for _, c := range []struct {
		name      string
		op        *Op
		x, y      float64
		z, dx, dy float64
	}{
		{"ReLU at 0", ReLU, 0, 0, 0, 0, 0},
		{"Abs at 0", abs, 0, 0, 0, 0, 0},
		{"LeakyReLU at 0", LeakyReLU, 0, 0, 0, 0.01, 0},
		{"Max of equals", maximum, 3, 3, 3, 0.5, 0.5},
		{"Min of equals", minimum, 3, 3, 3, 0.5, 0.5},
		{"0 to the 0", pow, 0, 0, 1, 0, 0},
		{"0 to the 1", pow, 0, 1, 0, 1, 0},
		{"0 to the 2", pow, 0, 2, 0, 0, 0},
		{"0 to the ½", pow, 0, 0.5, 0, inf, 0},
		{"0 to the -1", pow, 0, -1, inf, -inf, -inf},
		{"a negative number squared", pow, -3, 2, 9, -6, nan},
		{"a negative number to the 0", pow, -3, 0, 1, 0, nan},
		{"Log of 0", log, 0, 0, -inf, inf, 0},
		{"Log of -1", log, -1, 0, nan, -1, 0},
		{"1/0", div, 1, 0, inf, inf, -inf},
		{"0/0", div, 0, 0, nan, inf, nan},
		{"Sqrt of 0", sqrt, 0, 0, 0, inf, 0},
		{"Sqrt of -1", sqrt, -1, 0, nan, nan, 0},
		{"Sigmoid at 1000", Sigmoid, 1000, 0, 1, 0, 0},
		{"Sigmoid at -1000", Sigmoid, -1000, 0, 0, 0, 0},
		{"Softplus at 1000", Softplus, 1000, 0, 1000, 1, 0},
		{"Softplus at -1000", Softplus, -1000, 0, 0, 0, 0},
		{"Tanh at 1000", Tanh, 1000, 0, 1, 0, 0},
		{"GELU at 1000", GELU, 1000, 0, 1000, 1, 0},
		{"GELU at -1000", GELU, -1000, 0, 0, 0, 0},
		{"logaddexp of 1000s", logAddExp, 1000, 1000, 1000 + math.Ln2, 0.5, 0.5},
		{"logaddexp of -1000s", logAddExp, -1000, -1000, -1000 + math.Ln2, 0.5, 0.5},
		{"logaddexp of far apart", logAddExp, 1000, -1000, 1000, 1, 0},
		{"logaddexp of -Infs", logAddExp, -inf, -inf, -inf, nan, nan},
		{"ReLU of NaN", ReLU, nan, 0, nan, 1, 0},
		{"Max with NaN", maximum, nan, 1, nan, 0.5, 0.5},
	} {
		x, y := New(c.x), New(c.y)
		z := c.op.Apply2(x, y)
		z.Backward()
		got := []float64{z.Data, x.Grad, y.Grad}
		for i, want := range []float64{c.z, c.dx, c.dy} {
			what := c.name + ": " + []string{"value", "∂/∂x", "∂/∂y"}[i]
			if math.IsNaN(want) || math.IsInf(want, 0) {
				assert.Equal(t, fmt.Sprint(want), fmt.Sprint(got[i]), what)
			} else {
				assert.InDelta(t, want, got[i], 1e-12, what)
			}
		}
	}
}

func TestConstantPowersAtZeroAndBelow(t *testing.T) {
	for _, c := range []struct{ x, c, z, dx float64 }{
		{0, 0, 1, 0}, {0, 1, 0, 1}, {0, 2, 0, 0}, {0, 3, 0, 0},
		{-3, 0, 1, 0}, {-3, 1, -3, 1}, {-3, 2, 9, -6}, {-3, 3, -27, 27}, {-2, -1, -0.5, -0.25},
	} {
		x := New(c.x)
		z := x.PowC(c.c)
		z.Backward()
		assert.InDelta(t, c.z, z.Data, 1e-12, "%g^%g", c.x, c.c)
		assert.InDelta(t, c.dx, x.Grad, 1e-12, "derivative of %g^%g", c.x, c.c)
	}
}

// The numbers are those in the README of karpathy/micrograd, which has them from PyTorch.
func TestExampleOfTheOriginalMicrograd(t *testing.T) {
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

func TestStackOfDiamondsIsVisitedOnce(t *testing.T) {
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

func TestBackwardOfPartOfAGraph(t *testing.T) {
	x := New(3)
	y := x.MulC(2)
	z := y.Mul(y)
	z.Backward()
	x.Grad = 0
	y.Backward()
	assert.Equal(t, 2.0, x.Grad)
	assert.Equal(t, 1.0, y.Grad)
}

func TestBackwardOfALeaf(t *testing.T) {
	x := New(3)
	x.Backward()
	x.Backward()
	assert.Equal(t, 2.0, x.Grad)
}

func TestChainOfTenMillionNodes(t *testing.T) {
	const n = 10_000_000
	x := New(0)
	z := x
	for range n {
		z = z.AddC(1)
	}
	z.Backward()
	assert.Equal(t, float64(n), z.Data)
	assert.Equal(t, 1.0, x.Grad)
}

func TestSumOfAMillionTerms(t *testing.T) {
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

// randomGraph returns leaves, and a root that has been made from them by n random operations of every kind, all of
// whose numbers and derivatives are of moderate size.
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
			v = dotPlus(picks(k), picks(k), pick())
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
	y := v.c
	if v.y != nil {
		y = v.y.Data
	}
	dx, dy := v.op.D(v.x.Data, y, v.Data)
	return math.Abs(dx) < limit && (v.y == nil || math.Abs(dy) < limit)
}

// A dual is a number x + dε with ε² = 0: computing with it carries the derivative d along, from the leaves to the result.
// size bounds what rounding may have done to d.
type dual struct{ x, d, size float64 }

// dualOps are the operations on dual numbers, with derivatives written otherwise than in the table where they can be.
var dualOps = map[string]func(x, y dual) (z, dx, dy float64){
	"+":   func(x, y dual) (z, dx, dy float64) { return x.x + y.x, 1, 1 },
	"-":   func(x, y dual) (z, dx, dy float64) { return x.x - y.x, 1, -1 },
	"*":   func(x, y dual) (z, dx, dy float64) { return x.x * y.x, y.x, x.x },
	"/":   func(x, y dual) (z, dx, dy float64) { return x.x / y.x, 1 / y.x, -x.x / (y.x * y.x) },
	"max": func(x, y dual) (z, dx, dy float64) { return max(x.x, y.x), heaviside(x.x - y.x), heaviside(y.x - x.x) },
	"min": func(x, y dual) (z, dx, dy float64) { return min(x.x, y.x), heaviside(y.x - x.x), heaviside(x.x - y.x) },
	"pow": func(x, y dual) (z, dx, dy float64) {
		z = math.Pow(x.x, y.x)
		if x.x == 0 { // y > 0, since z is finite, and y = 1 or y > 1, since dx is
			return z, math.Floor(1 / max(1, y.x)), 0
		}
		if y.d != 0 {
			dy = z * math.Log(x.x)
		}
		return z, z * y.x / x.x, dy
	},
	"logaddexp": func(x, y dual) (z, dx, dy float64) {
		ex, ey := math.Exp(x.x), math.Exp(y.x)
		return math.Log(ex + ey), ex / (ex + ey), ey / (ex + ey)
	},
	"neg":      func(x, _ dual) (z, dx, dy float64) { return -x.x, -1, 0 },
	"exp":      func(x, _ dual) (z, dx, dy float64) { return math.Exp(x.x), math.Exp(x.x), 0 },
	"log":      func(x, _ dual) (z, dx, dy float64) { return math.Log(x.x), math.Pow(x.x, -1), 0 },
	"sqrt":     func(x, _ dual) (z, dx, dy float64) { return math.Sqrt(x.x), math.Pow(x.x, -0.5) / 2, 0 },
	"sin":      func(x, _ dual) (z, dx, dy float64) { return math.Sin(x.x), math.Sin(x.x + math.Pi/2), 0 },
	"cos":      func(x, _ dual) (z, dx, dy float64) { return math.Cos(x.x), math.Cos(x.x + math.Pi/2), 0 },
	"abs":      func(x, _ dual) (z, dx, dy float64) { return math.Abs(x.x), 2*heaviside(x.x) - 1, 0 },
	"Identity": func(x, _ dual) (z, dx, dy float64) { return x.x, 1, 0 },
	"ReLU":     func(x, _ dual) (z, dx, dy float64) { return max(0, x.x), math.Floor(heaviside(x.x)), 0 },
	"LeakyReLU": func(x, _ dual) (z, dx, dy float64) {
		return max(x.x, x.x/100), max(0.01, math.Floor(heaviside(x.x))), 0
	},
	"Tanh": func(x, _ dual) (z, dx, dy float64) { return math.Tanh(x.x), math.Pow(math.Cosh(x.x), -2), 0 },
	"Sigmoid": func(x, _ dual) (z, dx, dy float64) {
		return 1 / (1 + math.Exp(-x.x)), math.Pow(math.Cosh(x.x/2), -2) / 4, 0
	},
	"Softplus": func(x, _ dual) (z, dx, dy float64) { return math.Log(1 + math.Exp(x.x)), (1 + math.Tanh(x.x/2)) / 2, 0 },
	"GELU": func(x, _ dual) (z, dx, dy float64) {
		cdf := (1 + math.Erf(x.x/math.Sqrt2)) / 2
		return x.x * cdf, cdf + x.x*math.Exp(-x.x*x.x/2)*math.Sqrt(0.5/math.Pi), 0
	},
}

// heaviside is 0 for x < 0, ½ at 0 and 1 for x > 0.
func heaviside(x float64) float64 {
	if x == 0 {
		return 0.5
	}
	return (1 + math.Copysign(1, x)) / 2
}

// dualOf returns v with its derivative with respect to leaf; seen holds what has been computed.
func dualOf(v, leaf *Value, seen map[*Value]dual) dual {
	z, ok := seen[v]
	if ok {
		return z
	}
	term := func(x dual, factor float64) {
		z.d += x.d * factor
		z.size += x.size * math.Abs(factor)
	}
	of := func(v *Value) dual { return dualOf(v, leaf, seen) }
	switch v.op {
	case nil:
		z.x = v.Data
		if v == leaf {
			z.d, z.size = 1, 1
		}
	case sum:
		for _, x := range v.xs {
			z.x += of(x).x
			term(of(x), 1)
		}
	case dot, linear:
		if v.op == linear {
			z.x += of(v.x).x
			term(of(v.x), 1)
		}
		for i, w := range v.ws {
			w, x := of(w), of(v.xs[i])
			z.x += w.x * x.x
			term(w, x.x)
			term(x, w.x)
		}
	default:
		x, y := of(v.x), dual{x: v.c}
		if v.y != nil {
			y = of(v.y)
		}
		var dx, dy float64
		z.x, dx, dy = dualOps[v.op.Name](x, y)
		term(x, dx)
		term(y, dy)
	}
	seen[v] = z
	return z
}

func TestRandomGraphsMatchForwardMode(t *testing.T) {
	for _, op := range table {
		require.Contains(t, dualOps, op.Name, "the oracle lacks an operation of the table")
	}
	used := map[string]bool{}
	for seed := range uint64(500) {
		leaves, root := randomGraph(rand.New(rand.NewPCG(seed, 1)), 40)
		root.Backward()
		for _, v := range root.sort() {
			used[v.Op()] = true
		}
		for i, leaf := range leaves {
			want := dualOf(root, leaf, map[*Value]dual{})
			require.InDelta(t, want.x, root.Data, 1e-9, "seed %d", seed)
			require.InDelta(t, want.d, leaf.Grad, 1e-9*(1+want.size), "seed %d, leaf %d", seed, i)
		}
	}
	assert.Len(t, used, len(table)+3, "operations that occurred")
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

func TestOpAndArgs(t *testing.T) {
	x, y := New(2), New(3)
	for _, c := range []struct {
		v    *Value
		op   string
		args []*Value
	}{
		{x, "", nil},
		{x.Mul(y), "*", []*Value{x, y}},
		{y.Sub(x), "-", []*Value{y, x}},
		{x.AddC(3), "+", []*Value{x}},
		{x.Tanh(), "Tanh", []*Value{x}},
		{x.Exp(), "exp", []*Value{x}},
		{Sum(x, y, x), "sum", []*Value{x, y, x}},
		{Dot([]*Value{x, x}, []*Value{y, x}), "dot", []*Value{x, x, y, x}},
		{dotPlus([]*Value{x}, []*Value{y}, x), "linear", []*Value{x, y, x}},
	} {
		assert.Equal(t, c.op, c.v.Op())
		args := c.v.Args()
		require.Len(t, args, len(c.args), c.op)
		for i := range args {
			assert.Same(t, c.args[i], args[i], c.op)
		}
	}
	assert.Nil(t, x.Args())

	args := x.Mul(y).Args()
	args[0] = nil // changes nothing in the graph
	z := x.Mul(y)
	z.Args()[0] = nil
	z.Backward()
	assert.Equal(t, 3.0, x.Grad)
}

func TestRowsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{sum.Name: true, dot.Name: true, linear.Name: true, "": true}
	for _, op := range table {
		assert.False(t, seen[op.Name], "the name %q is taken", op.Name)
		seen[op.Name] = true
	}
}

func TestString(t *testing.T) {
	v := New(2)
	v.Grad = -0.5
	assert.Equal(t, "Value(data=2, grad=-0.5)", v.String())
	assert.Equal(t, "Value(data=2, grad=-0.5)", fmt.Sprint(v))
}

func TestCheckFiniteNamesTheFirstCulprit(t *testing.T) {
	zero, one, big := New(0), New(1), New(1e308)
	for _, c := range []struct {
		root *Value
		want string
	}{
		{one.Neg().Log().AddC(1).Exp(), "micrograd: log(-1) is NaN"},
		{one.Div(zero).Neg(), "micrograd: /(1, 0) is +Inf"},
		{one.DivC(0), "micrograd: /(1, 0) is +Inf"},
		{zero.Log().Add(one.Neg().Log()), "micrograd: log(0) is -Inf"},
		{big.Add(big), "micrograd: +(1e+308, 1e+308) is +Inf"},
		{Sum(big, one, big), "micrograd: sum(1e+308, 1, 1e+308) is +Inf"},
		{Dot([]*Value{big, one}, []*Value{New(10), one}), "micrograd: dot(1e+308, 1, 10, 1) is +Inf"},
		{one.Add(New(nan)).Exp(), "micrograd: a leaf is NaN: operand 2 of +(1, NaN)"},
		{New(-inf), "micrograd: the leaf is -Inf"},
		{Sum(append(Values(make([]float64, 20)...), big, big)...), "micrograd: sum(0, 0, 0, 0, 0, 0, 0, 0, …) is +Inf"},
	} {
		assert.EqualError(t, CheckFinite(c.root), c.want)
	}
	assert.NoError(t, CheckFinite(one))
	assert.NoError(t, CheckFinite(big.Mul(one).Add(zero)))
}

func TestDotOfDifferentLengthsPanics(t *testing.T) {
	assert.PanicsWithValue(t, "micrograd: Dot of 2 and 3 values", func() { Dot(Values(1, 2), Values(1, 2, 3)) })
}
