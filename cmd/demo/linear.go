package main

import (
	"context"
	"fmt"
	"math"

	"github.com/gomicrograd/micrograd"
)

// linear finds the weight and the bias of h = Wx + b by gradient descent, from points of the line y = 2x − 1. It is the first
// example of many introductions to backpropagation, with its four steps in plain sight; the formulas are those of the
// README's table.
func linear(ctx context.Context, t training) error {
	const trueW, trueB = 2, -1
	var x, y []*micrograd.Value
	for i := -5; i <= 5; i++ {
		x = append(x, micrograd.New(float64(i)/2))
		y = append(y, micrograd.New(trueW*float64(i)/2+trueB))
	}
	W, b := t.net.Layers[0].Neurons[0].W[0], t.net.Layers[0].Neurons[0].B

	epoch := 0
	for ; epoch < t.epochs && ctx.Err() == nil; epoch++ {
		// 1. Forward: h = Wx + b.
		h := make([]*micrograd.Value, len(x))
		for i := range x {
			h[i] = W.Mul(x[i]).Add(b)
		}

		// 2. Loss: L = ½ Σ (y − h)².
		L := micrograd.HalfSquaredError(h, y)
		if err := diverged(epoch+1, L.Data); err != nil {
			return err
		}

		// 3. Backward: ∂L/∂W and ∂L/∂b.
		micrograd.ZeroGrad(W, b)
		L.Backward()

		// 4. Update: a step against the gradient.
		W.Data -= t.lr * W.Grad
		b.Data -= t.lr * b.Grad

		t.screen.progress(epoch+1, t.epochs, "loss %.4g  W %.4f  b %.4f", L.Data, W.Data, b.Data)
	}
	t.screen.done()

	if err := diverged(epoch, W.Data+b.Data); err != nil {
		return err
	}
	verdict := "found"
	if math.Abs(W.Data-trueW) > 1e-3 || math.Abs(b.Data-trueB) > 1e-3 {
		verdict = "not found yet"
	}
	fmt.Fprintf(t.screen.w, "after %d epochs: W = %.4f, b = %.4f: %s (the points lie on y = 2x − 1)\n", epoch, W.Data, b.Data, verdict)
	return nil
}
