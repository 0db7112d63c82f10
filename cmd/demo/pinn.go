package main

import (
	"fmt"
	"math"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

const (
	friction = 0.3 // of the oscillation u″ + friction·u′ + u = 0
	duration = 10. // of what is learned, from t = 0
)

// pinn solves the differential equation of a damped oscillation, u″ + 0.3u′ + u = 0 with u(0) = 1
// and u′(0) = 0, with a physics-informed neural network (Raissi, Perdikaris and Karniadakis 2019).
// The network sees no solution: its loss is the mean square of the left side, the residual, at 64
// times. The loss contains second derivatives, and training differentiates it a third time.
func pinn(t *training) result {
	in := micrograd.Values(0)
	u := solution(t.Net, in[0])
	residual := oscillation(u, in[0])
	program := micrograd.Compile(in, residual.PowC(2))
	var rows [][]float64
	for i := range 64 {
		rows = append(rows, []float64{(float64(i) + 0.5) / 64 * duration})
	}
	params := t.Net.Parameters()
	for epoch := range t.each() {
		t.Adam.LR = t.decayedLR(epoch)
		micrograd.ZeroGrad(params...)
		loss := program.Backward(rows)
		t.Adam.Step(params)
		t.report(loss, "")
	}

	exact, found := &figure.Curve{Name: "exact", Dots: true}, &figure.Curve{Name: "network"}
	rest := &figure.Curve{}
	results, largest := micrograd.Compile(in, u, residual), 0.
	for i := range 201 {
		time := float64(i) / 200 * duration
		row := results.Forward([][]float64{{time}})[0]
		found.Add(time, row[0])
		rest.Add(time, row[1])
		want := dampedOscillation(time)
		if i%5 == 0 {
			exact.Add(time, want)
		}
		largest = max(largest, math.Abs(row[0]-want))
	}
	return result{
		figure: figure.Stack{
			figure.Lines{Title: "A damped oscillation", X: "t", Y: "u",
				Curves: []*figure.Curve{exact, found}},
			figure.Lines{Title: "The residual u″ + 0.3u′ + u", X: "t", Y: "residual",
				Curves: []*figure.Curve{rest}},
		},
		loss:    largest,
		learned: fmt.Sprintf("the largest error of u is %.5f", largest),
		goal:    "less than 0.01",
		met:     largest < 0.01,
		rowLoss: residual.PowC(2),
	}
}

// solution returns u(t) = 1 + tanh²(t)·net(t): so u(0) = 1 and u′(0) = 0, whatever the network
// computes. It gets t scaled to numbers from −1 to 1.
func solution(net *micrograd.MLP, t *micrograd.Value) *micrograd.Value {
	scaled := t.MulC(2 / duration).SubC(1)
	return t.Tanh().PowC(2).Mul(net.Forward([]*micrograd.Value{scaled})[0]).AddC(1)
}

// oscillation returns u″ + friction·u′ + u, where the derivatives are those with respect to t.
func oscillation(u, t *micrograd.Value) *micrograd.Value {
	first := micrograd.Gradient(u, t)[0]
	second := micrograd.Gradient(first, t)[0]
	return micrograd.Sum(second, first.MulC(friction), u)
}

// dampedOscillation is the exact solution.
func dampedOscillation(t float64) float64 {
	omega := math.Sqrt(1 - friction*friction/4)
	return math.Exp(-friction/2*t) * (math.Cos(omega*t) + friction/2/omega*math.Sin(omega*t))
}
