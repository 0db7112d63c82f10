package main

import (
	"fmt"
	"math"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

const (
	friction = 0.3
	duration = 10. // u is learned for t from 0 to this
)

// pinn solves the differential equation of a damped oscillation,
//
//	u″ + friction·u′ + u = 0, u(0) = 1, u′(0) = 0
//
// with a physics-informed neural network (Raissi, Perdikaris and Karniadakis 2019). The network
// isn't shown the solution: the loss is the mean square of the left side at 64 times. It contains
// second derivatives, which Backward differentiates once more.
func pinn(t *training) result {
	in := micrograd.Values(0)
	u := trial(t.Net, in[0])
	residual := leftSide(u, in[0])
	program := micrograd.Compile(in, residual.PowC(2))
	rows := times(64)
	params := t.Net.Parameters()
	for epoch := range t.each() {
		t.Adam.LR = t.decayedLR(epoch)
		micrograd.ZeroGrad(params...)
		loss := program.Backward(rows)
		t.Adam.Step(params)
		t.report(loss, "")
	}

	solution, found := &figure.Curve{Name: "solution", Dots: true}, &figure.Curve{Name: "network"}
	residuals := &figure.Curve{}
	largest, squares := 0., 0.
	rows = times(201)
	for i, y := range micrograd.Compile(in, u, residual).Forward(rows) {
		time, want := rows[i][0], exact(rows[i][0])
		if i%5 == 0 {
			solution.Add(time, want)
		}
		found.Add(time, y[0])
		residuals.Add(time, y[1])
		largest = max(largest, math.Abs(y[0]-want))
		squares += y[1] * y[1]
	}
	equation := fmt.Sprintf("u″ + %gu′ + u", friction)
	return result{
		figure: figure.Stack{
			figure.Lines{Title: equation + " = 0, where u = 1 and u′ = 0 at t = 0", X: "t", Y: "u",
				Curves: []*figure.Curve{solution, found}},
			figure.Lines{Title: equation + " of the network", X: "t", Y: "residual",
				Curves: []*figure.Curve{residuals}},
		},
		loss:    squares / float64(len(rows)),
		learned: fmt.Sprintf("the largest error of u is %.5f", largest),
		goal:    "less than 0.01",
		met:     largest < 0.01,
		rowLoss: residual.PowC(2),
	}
}

// times returns n rows of equally distant times.
func times(n int) (rows [][]float64) {
	for i := range n {
		rows = append(rows, []float64{float64(i) / float64(n-1) * duration})
	}
	return rows
}

// trial returns u(t) = 1 + tanh²(t)·net(t). So u(0) = 1 and u′(0) = 0, whatever the network
// computes; and as tanh² is at most 1, the network need not be small at large t. The network gets t
// scaled to numbers from −1 to 1.
func trial(net *micrograd.MLP, t *micrograd.Value) *micrograd.Value {
	scaled := t.MulC(2 / duration).SubC(1)
	return t.Tanh().PowC(2).Mul(net.Forward([]*micrograd.Value{scaled})[0]).AddC(1)
}

// leftSide returns u″ + friction·u′ + u.
func leftSide(u, t *micrograd.Value) *micrograd.Value {
	first := micrograd.Gradient(u, t)[0]
	second := micrograd.Gradient(first, t)[0]
	return micrograd.Sum(second, first.MulC(friction), u)
}

// exact is the solution.
func exact(t float64) float64 {
	omega := math.Sqrt(1 - friction*friction/4)
	return math.Exp(-friction/2*t) * (math.Cos(omega*t) + friction/2/omega*math.Sin(omega*t))
}
