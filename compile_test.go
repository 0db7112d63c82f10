package micrograd

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"testing"
	"weak"

	"github.com/stretchr/testify/assert"
)

func TestForwardReturnsEveryKindOfOutput(t *testing.T) {
	x, unused, w := New(2), New(3), New(5)
	y := x.Mul(w)
	fixed := w.MulC(2)
	p := Compile([]*Value{x, unused}, x, y, y.AddC(1), fixed, w, y, unused)
	assert.Equal(t, []float64{10, 50, 51, 10, 5, 50, 20}, p.Forward([][]float64{{10, 20}})[0])
	assert.Equal(t, []float64{1, 5, 6, 10, 5, 5, 4}, p.Forward([][]float64{{1, 4}})[0])
}

func TestProgramKeepsOddConstants(t *testing.T) {
	x := New(0)
	p := Compile([]*Value{x}, x.DivC(0), x.DivC(math.Copysign(0, -1)), x.AddC(nan),
		x.AddC(nan).MulC(inf))
	assert.Equal(t, "[+Inf -Inf NaN NaN]", fmt.Sprint(p.Forward([][]float64{{1}})[0]))
}

func TestProgramsOfOneGraphAreIndependent(t *testing.T) {
	x, w := New(0), New(2)
	y := x.Mul(w.Exp())
	p, q := Compile([]*Value{x}, y), Compile([]*Value{x}, y)
	first := p.Forward([][]float64{{1}})
	q.Forward([][]float64{{2}})
	assert.Equal(t, math.Exp(2), first[0][0])
}

func TestProgramsLeaveTheNodesOfTheGraphAlone(t *testing.T) {
	x, w := New(0), New(2)
	e := w.Exp()
	y := x.Mul(e)
	p := Compile([]*Value{x}, y)
	w.Data, e.Grad, y.Grad = 0, 7, 7
	assert.Equal(t, 3.0, p.Backward([][]float64{{3}}))
	assert.Equal(t, []float64{math.Exp(2), 7, 0, 7}, []float64{e.Data, e.Grad, y.Data, y.Grad})
}

func TestProgramsRefuseMistakes(t *testing.T) {
	x, w := New(1), New(2)
	y := x.Mul(w)
	p := Compile([]*Value{x}, y)
	for _, c := range []struct {
		want    string
		mistake func()
	}{
		{"micrograd: Compile without outputs", func() { Compile([]*Value{x}) }},
		{"micrograd: Compile: input 1 is nil", func() { Compile([]*Value{x, nil}, y) }},
		{"micrograd: Compile: output 0 is nil", func() { Compile([]*Value{x}, nil, y) }},
		{"micrograd: Compile: input 1 is not a leaf but a result of *",
			func() { Compile([]*Value{x, y}, y) }},
		{"micrograd: Compile: inputs 0 and 2 are the same leaf",
			func() { Compile([]*Value{x, w, x}, y) }},
		{"micrograd: a row of 2 numbers for a program with 1 inputs",
			func() { p.Forward([][]float64{{1, 2}}) }},
		{"micrograd: a row of 0 numbers for a program with 1 inputs",
			func() { p.Backward([][]float64{{1}, {}}) }},
		{"micrograd: Backward of a program without rows", func() { p.Backward(nil) }},
		{"micrograd: Backward of a program with 2 outputs, want 1",
			func() { Compile([]*Value{x}, y, x).Backward([][]float64{{1}}) }},
		{"micrograd: VJP of 2 rows with 1 seeds",
			func() { p.VJP([][]float64{{1}, {2}}, [][]float64{{1}}) }},
		{"micrograd: a seed of 2 numbers for a program with 1 outputs",
			func() { p.VJP([][]float64{{1}}, [][]float64{{1, 2}}) }},
		{"micrograd: a row of 0 numbers for a program with 1 inputs",
			func() { p.VJP([][]float64{{}}, [][]float64{{1}}) }},
	} {
		assert.PanicsWithValue(t, c.want, c.mistake)
	}
	assert.Zero(t, w.Grad, "a refused call changes nothing")
}

func TestProgramsListWhatTheyCompute(t *testing.T) {
	x, y, w, v := New(1), New(2), New(3), New(4)
	xs := []*Value{x, y}
	d, s, p, q := x.Sub(y), Sum(x, y), x.Mul(y), x.Mul(y)
	for want, outputs := range map[string][]*Value{
		"return x0":                   {x},
		"return w0, x1":               {w, y},
		"s0 = x0 + x1\nreturn s0":     {Sum(x, y)},
		"s0 = log(x0)\nreturn s0":     {x.Log()},
		"s0 = pow(x0, w0)\nreturn s0": {x.Pow(w)},
		"s0 = pow(x0, 3)\nreturn s0":  {x.PowC(3)},
		"s0 = x0 * x0\nreturn s0":     {x.PowC(2)},
		"s0 = 1 / x0\nreturn s0":      {x.PowC(-1)},
		"s0 = sqrt(x0)\nreturn s0":    {x.PowC(0.5)},
		"s0 = x0 + 1.5\nreturn s0":    {x.SubC(-1.5)},
		"s0 = x0 * -1\nreturn s0":     {x.Neg()},
		"s0 = x0·w0 + x1\nreturn s0":  {x.Mul(w).Add(y)},
		"s0 = x0·2 + w0\nreturn s0":   {w.Add(x.MulC(2))},
		"s0 = 0 / x0\nreturn s0, w0":  {Sum().Div(x), w},
		"return x0, x0":               {Identity.Apply(x), x},
		"w2 = w0·w1 + w0\nreturn w2":  {w.Mul(v).Add(w)},
		"w1 = w0 + w0\nreturn w1, x0": {Sum(w, w), x},
		"s0 = exp(x0)\ns1 = s0·s0 + w0\nreturn s1, s0": { // what is common is computed once
			x.Exp().Mul(x.Exp()).Add(w), x.Exp()},
		"s0 = sin(x1)\ns1 = exp(x0)\ns2 = s0·s1\nreturn s2": Gradient(x.Exp().Mul(y.Sin()), x),
		// A product is computed where it is added, if that is its only use.
		"s0 = x0 * x1\ns1 = exp(s0)\ns2 = s0 + x0\nreturn s1, s2": {p.Exp(), p.Add(x)},
		"s0 = x0 * x1\ns1 = s0 + x0\ns2 = exp(s0)\nreturn s1, s2": {q.Add(x),
			q.Exp()},
		"s0 = w0·x0 + w1·x1\ns1 = s0 * w0\nreturn s1": {Dot([]*Value{w, v}, xs).Mul(w)},
		"s0 = w0·x0 + w1·x1 + w2\ns1 = ReLU(s0)\nreturn s1": {(&Neuron{W: []*Value{w, v},
			B: New(1), Act: ReLU}).Forward(xs)},
		"s0 = x0 - x1\ns1 = s0·s0\ns2 = s1 / 1\nreturn s2": {MSE(xs[:1], xs[1:])},
		"s0 = x0 - x1\ns1 = w0·s0 + s0·s0\ns2 = ReLU(s1)\nreturn s2": {
			Dot([]*Value{w, d}, []*Value{d, d}).ReLU()},
		// The sums of a layer come before its operations.
		"s0 = w0·x0 + w1·x1\ns1 = w1·x0 + w0·x1\ns2 = exp(s0)\ns3 = s2 + s1\nreturn s3": {
			Dot([]*Value{w, v}, xs).Exp().Add(Dot([]*Value{v, w}, xs))},
		"w2 = w0·w0 + w1·w1\nw3 = w2 * 0.5\ns0 = x0 + w3\nreturn s0": {x.Add(Dot([]*Value{w,
			v}, []*Value{w, v}).MulC(0.5))},
		"s0 = x0 + x1\ns1 = exp(s0)\ns2 = s0 * s1\nreturn s2": {s.Mul(s.Exp())},
	} {
		assert.Equal(t, want+"\n", Compile(xs, outputs...).String())
	}
}

// tiles returns the numbers of terms of a program's weighted sums, which are computed eight at a
// time.
func tiles(p *Program) (ns [][8]int) {
	for _, t := range p.machine.Code.Tiles {
		ns = append(ns, t.N)
	}
	return ns
}

func TestLayersAreCompiledEightNeuronsAtATime(t *testing.T) {
	in := Values(0, 0)
	net := NewMLP(seeded(1), ReLU, 2, 10, 1)
	p := Compile(in, net.Forward(in)...)
	assert.Equal(t, [][8]int{{3, 3, 3, 3, 3, 3, 3, 3}, {3, 3}, {11}}, tiles(p), "with the bias")
	var inputsOnly []bool
	for _, t := range p.machine.Code.Tiles {
		inputsOnly = append(inputsOnly, t.InputsOnly)
	}
	assert.Equal(t, []bool{true, true, false}, inputsOnly)
}

func TestRowsOfATriangularMatrixAreCompiledEightAtATime(t *testing.T) {
	in := Values(0, 0, 0, 0, 0, 0, 0, 0, 0)
	var centered, outputs []*Value
	for i, x := range in {
		centered = append(centered, x.SubC(1))
		row := make([]*Value, i+1)
		for j := range row {
			row[j] = New(float64(10*i + j))
		}
		outputs = append(outputs, Dot(row, centered))
	}
	p := Compile(in, Dot(outputs, outputs))
	assert.Equal(t, [][8]int{{1, 2, 3, 4, 5, 6, 7, 8}, {9}}, tiles(p))
	p = Compile(in, outputs...)
	want := []float64{0, 10 + 11*2, 20 + 21*2 + 22*3, inf, inf, inf, inf, inf, inf}
	assert.Equal(t, want, p.Forward([][]float64{{2, 3, 4, inf, 6, 7, 8, 9, 10}})[0],
		"a row without the infinite number is finite")
}

func TestASumThatNeedsTheLastSumIsAnotherTile(t *testing.T) {
	in, w, b := Values(0, 0), Values(1, 2), New(0)
	s := linearNode(w, in, b)
	p := Compile(in, linearNode(w, []*Value{in[0], s}, b), linearNode(w, in, b))
	assert.Equal(t, []float64{1 + 2*5, 5}, p.Forward([][]float64{{1, 2}})[0])
	assert.Equal(t, [][8]int{{3}, {3}, {3}}, tiles(p))
}

func TestInstructionsOnSinglesAreOrderedByDepth(t *testing.T) {
	a, b := New(0.5), New(0.25)
	p := Compile(nil, a.Exp().Sin().Add(b.Exp().Sin()))
	assert.Equal(t, "w2 = exp(w0)\nw3 = exp(w1)\nw4 = sin(w2)\nw5 = sin(w3)\nw6 = w4 + w5\n"+
		"return w6\n", p.String())
}

// The nodes and constants of the graph are garbage when the program has been compiled.
func TestAProgramHoldsNoNodeButItsLeaves(t *testing.T) {
	x, w := New(0), Values(0.5, -0.5)
	var nodes []weak.Pointer[Value]
	compile := func() *Program {
		y := Dot(w, []*Value{x, x.MulC(3)}).AddC(1).Add(w[0].Exp().MulC(2)).Tanh()
		for v := range y.All() {
			if v.op != nil {
				nodes = append(nodes, weak.Make(v))
			}
		}
		return Compile([]*Value{x}, y)
	}
	p := compile()
	runtime.GC()
	for _, node := range nodes {
		assert.Nil(t, node.Value())
	}
	input := weak.Make(x)
	x = nil
	runtime.GC()
	assert.Nil(t, input.Value(), "nor its inputs")
	want := math.Tanh(0.5*2 - 0.5*6 + 1 + 2*math.Exp(0.5))
	assert.InDelta(t, want, p.Forward([][]float64{{2}})[0][0], 1e-12)
}

// The race detector makes this a test.
func TestGraphsThatShareLeavesMayBeCompiledConcurrently(t *testing.T) {
	w := Values(0.5, 2)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			x := Values(0, 0)
			p := Compile(x, Dot(w, x).AddC(float64(i)))
			assert.Equal(t, 0.5+4+float64(i), p.Forward([][]float64{{1, 2}})[0][0])
		}()
	}
	wg.Wait()
}

func TestProgramsOfDeepGraphsNeedNoStack(t *testing.T) {
	const n = 1_000_000
	for _, inputs := range [][]*Value{nil, Values(1)} {
		x, row := New(1), [][]float64{nil}
		if inputs != nil {
			x, row = inputs[0], [][]float64{{1}}
		}
		z := x
		for range n {
			z = z.Add(x)
		}
		assert.Equal(t, n+1.0, Compile(inputs, z).Backward(row))
	}
}
