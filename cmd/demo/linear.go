package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// linear finds the weight and the bias of h = Wx + b by gradient descent, from points of the line
// y = 2x − 1. The four steps of training are written out, with the formulas of the README's table.
func linear(t *training) result {
	const trueW, trueB = 2, -1
	var x, y []*micrograd.Value
	for i := -5; i <= 5; i++ {
		x = append(x, micrograd.New(float64(i)/2))
		y = append(y, micrograd.New(trueW*float64(i)/2+trueB))
	}
	W, b := t.Net.Layers[0].Neurons[0].W[0], t.Net.Layers[0].Neurons[0].B

	points := &figure.Curve{Name: "points", X: data(x), Y: data(y), Dots: true}
	lines := figure.Lines{Title: "The line on its way to the points", X: "x", Y: "y",
		Curves: []*figure.Curve{points}}
	addLine := func(epoch int) { // the latest is the first after the points
		line := &figure.Curve{Name: fmt.Sprintf("epoch %d", epoch), X: points.X}
		for _, x := range points.X {
			line.Y = append(line.Y, W.Data*x+b.Data)
		}
		lines.Curves = slices.Insert(lines.Curves, 1, line)
	}
	wError, bError := &figure.Curve{Name: "|W − 2|"}, &figure.Curve{Name: "|b + 1|"}
	for epoch := range t.each() {
		wError.Add(float64(epoch), math.Abs(W.Data-trueW))
		bError.Add(float64(epoch), math.Abs(b.Data-trueB))
		if epoch == 0 || epoch == 5 {
			addLine(epoch)
		}

		// 1. Forward: h = Wx + b.
		h := make([]*micrograd.Value, len(x))
		for i := range x {
			h[i] = W.Mul(x[i]).Add(b)
		}

		// 2. Loss: L = ½ Σ (y − h)².
		L := micrograd.HalfSquaredError(h, y)

		// 3. Backward: ∂L/∂W and ∂L/∂b.
		micrograd.ZeroGrad(W, b)
		L.Backward()

		// 4. Update: a step against the gradient.
		W.Data -= t.lr * W.Grad
		b.Data -= t.lr * b.Grad

		t.report(L.Data, "W %.4g  b %.4g", W.Data, b.Data)
	}
	wError.Add(float64(t.epochsDone), math.Abs(W.Data-trueW))
	bError.Add(float64(t.epochsDone), math.Abs(b.Data-trueB))
	addLine(t.epochsDone)

	return result{
		figure: figure.Stack{lines, figure.Lines{Title: "Errors of the weight W and the bias b",
			X: "epochs", Y: "error", Log: true, Curves: []*figure.Curve{wError, bError}}},
		loss:    math.Abs(W.Data-trueW) + math.Abs(b.Data-trueB),
		learned: fmt.Sprintf("W = %.4f, b = %.4f", W.Data, b.Data),
		goal:    "W = 2 and b = -1 to three decimals",
		met:     math.Abs(W.Data-trueW) < 5e-4 && math.Abs(b.Data-trueB) < 5e-4,
		rowLoss: micrograd.HalfSquaredError([]*micrograd.Value{W.Mul(x[0]).Add(b)}, y[:1]),
	}
}
