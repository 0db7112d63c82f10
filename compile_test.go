package micrograd

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestProgramOfEveryKindOfOutput(t *testing.T) {
	x, unused, w := New(2), New(3), New(5)
	y := x.Mul(w)
	fixed := w.MulC(2)
	p := Compile([]*Value{x, unused}, x, y, y.AddC(1), fixed, w, y, unused)
	assert.Equal(t, []float64{10, 50, 51, 10, 5, 50, 20}, p.Forward(10, 20))
	assert.Equal(t, []float64{1, 5, 6, 10, 5, 5, 4}, p.Forward(1, 4))
}

func TestProgramKeepsOddConstants(t *testing.T) {
	x := New(0)
	p := Compile([]*Value{x}, x.DivC(0), x.DivC(math.Copysign(0, -1)), x.AddC(nan), x.AddC(nan).MulC(inf))
	assert.Equal(t, "[+Inf -Inf NaN NaN]", fmt.Sprint(p.Forward(1)))
}

func TestTwoProgramsOfOneGraphDontMeet(t *testing.T) {
	x, w := New(0), New(2)
	y := x.Mul(w.Exp())
	p, q := Compile([]*Value{x}, y), Compile([]*Value{x}, y)
	first := p.Forward(1)
	q.Forward(2)
	assert.Equal(t, math.Exp(2), first[0])
}

func TestProgramsRefuseMistakes(t *testing.T) {
	x, w := New(1), New(2)
	y := x.Mul(w)
	p := Compile([]*Value{x}, y)
	for want, mistake := range map[string]func(){
		"micrograd: Compile without outputs":                          func() { Compile([]*Value{x}) },
		"micrograd: Compile: input 1 is not a leaf but a result of *": func() { Compile([]*Value{x, y}, y) },
		"micrograd: Compile: inputs 0 and 2 are the same leaf":        func() { Compile([]*Value{x, w, x}, y) },
		"micrograd: a row of 2 numbers for a program with 1 inputs":   func() { p.Forward(1, 2) },
		"micrograd: a row of 0 numbers for a program with 1 inputs":   func() { p.Backward([][]float64{{1}, {}}) },
		"micrograd: Backward of a program without rows":               func() { p.Backward(nil) },
		"micrograd: Backward of a program with 2 outputs, want 1":     func() { Compile([]*Value{x}, y, x).Backward([][]float64{{1}}) },
	} {
		assert.PanicsWithValue(t, want, mistake)
	}
	assert.Zero(t, w.Grad, "a refused call changes nothing")
}
