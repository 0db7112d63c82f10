package micrograd

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
	} {
		assert.PanicsWithValue(t, c.want, c.mistake)
	}
	assert.Zero(t, w.Grad, "a refused call changes nothing")
}

func TestProgramsListWhatTheyCompute(t *testing.T) {
	x, y, w, v := New(1), New(2), New(3), New(4)
	xs := []*Value{x, y}
	d, s := x.Sub(y), Sum(x, y)
	for want, outputs := range map[string][]*Value{
		"return x0":                                   {x},
		"return w0, x1":                               {w, y},
		"s0 = x0 + x1\nreturn s0":                     {Sum(x, y)},
		"s0 = log(x0)\nreturn s0":                     {x.Log()},
		"s0 = pow(x0, w0)\nreturn s0":                 {x.Pow(w)},
		"s0 = x0 - -1.5\nreturn s0":                   {x.SubC(-1.5)},
		"w0 = sum()\ns0 = w0 / x0\nreturn s0, w1":     {Sum().Div(x), w},
		"s0 = w0·x0 + w1·x1\ns1 = s0 * w0\nreturn s1": {Dot([]*Value{w, v}, xs).Mul(w)},
		"s0 = w0·x0 + w1·x1 + w2\ns1 = ReLU(s0)\nreturn s1": {(&Neuron{W: []*Value{w, v},
			B: New(1), Act: ReLU}).Forward(xs)},
		"s0 = x0 - x1\ns1 = s0 * s0\ns2 = s1\ns3 = s2 / 1\nreturn s3": {MSE(xs[:1], xs[1:])},
		"s0 = x0 - x1\ns1 = s0 * s0\ns2 = w0·s0 + s1\ns3 = ReLU(s2)\nreturn s3": {
			Dot([]*Value{w, d}, []*Value{d, d}).ReLU()},
		// The sums of a layer come before its operations.
		"s0 = w0·x0 + w1·x1\ns1 = w1·x0 + w0·x1\ns2 = exp(s0)\ns3 = s2 + s1\nreturn s3": {
			Dot([]*Value{w, v}, xs).Exp().Add(Dot([]*Value{v, w}, xs))},
		"w2 = dot(w0, w1, w0, w1)\nw3 = w2 * 0.5\ns0 = x0 + w3\nreturn s0": {x.Add(Dot([]*Value{w,
			v}, []*Value{w, v}).MulC(0.5))},
		"s0 = x0 + x1\ns1 = exp(s0)\ns2 = s0 * s1\nreturn s2": {s.Mul(s.Exp())},
	} {
		assert.Equal(t, want+"\n", Compile(xs, outputs...).String())
	}
}

// The instructions of a network: what they share and leave out makes them small and fast.
func TestLayersAreCompiledFourNeuronsAtATime(t *testing.T) {
	in := Values(0, 0)
	net := NewMLP(seeded(1), ReLU, 2, 6, 1)
	instructions := Compile(in, net.Forward(in)...).machine.Code.Instructions
	require.Len(t, instructions, 3)
	for i, want := range []struct {
		sums, calls int
		dxs         bool
	}{{4, 4, false}, {2, 2, false}, {1, 1, true}} { // inputs need no gradient
		got := instructions[i]
		assert.Equal(t, want.sums, got.Sums, "instruction %d", i)
		assert.Len(t, got.Calls, want.calls, "instruction %d", i)
		assert.Equal(t, want.dxs, got.DXs, "instruction %d", i)
	}
	assert.Same(t, &instructions[0].Xs[0], &instructions[1].Xs[0], "they share the list")
}

func TestSumsOfRepeatedOperandsStandAlone(t *testing.T) {
	in, w := Values(0, 0), Values(1, 2, 3)
	xs := []*Value{in[0], in[1], in[0]}
	p := Compile(in, Dot(w, xs), Dot(w, xs))
	for _, in := range p.machine.Code.Instructions {
		assert.Equal(t, 1, in.Sums)
	}
}
