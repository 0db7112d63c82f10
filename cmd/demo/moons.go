package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomicrograd/micrograd"
)

// moons trains as the demo of the original micrograd does: hinge loss, an L2 penalty of 1e-4, full batches, and a
// learning rate that falls to a tenth.
func moons(ctx context.Context, t training) error {
	points := twoMoons(t.rng, 100, 0.1)
	params := t.net.Parameters()
	sgd := &micrograd.SGD{}
	epoch := 0
	for ; epoch < t.epochs && ctx.Err() == nil; epoch++ {
		// 1. Forward: what the network says of each point.
		scores := make([]*micrograd.Value, len(points))
		for i, p := range points {
			scores[i] = t.net.Forward(micrograd.Values(p.x, p.y))[0]
		}

		// 2. Loss: how far that is from the labels.
		loss := hingeWithPenalty(scores, points, params)
		if err := diverged(epoch+1, loss.Data); err != nil {
			return err
		}

		// 3. Backward: how the loss changes with each parameter.
		micrograd.ZeroGrad(params...)
		loss.Backward()

		// 4. Update: a step downhill.
		sgd.LR = t.lr * (1 - 0.9*float64(epoch)/float64(t.epochs))
		sgd.Step(params)

		t.screen.progress(epoch+1, t.epochs, "loss %.4f  accuracy %.1f %%", loss.Data, accuracy(scores, points))
	}
	t.screen.done()

	scores := make([]*micrograd.Value, len(points))
	for i, p := range points {
		scores[i] = t.net.Forward(micrograd.Values(p.x, p.y))[0]
	}
	loss := hingeWithPenalty(scores, points, params).Data
	if err := diverged(epoch, loss); err != nil {
		return err
	}
	t.screen.plot(func(x, y float64) float64 { return t.net.Predict(x, y)[0] }, points)
	fmt.Fprintf(t.screen.w, "after %d epochs: loss %.4f, accuracy %.1f %%\n", epoch, loss, accuracy(scores, points))
	return nil
}

// hingeWithPenalty returns the mean of max(0, 1 − y·score), plus 1e-4 times the sum of the squared parameters.
func hingeWithPenalty(scores []*micrograd.Value, points []point, params []*micrograd.Value) *micrograd.Value {
	losses := make([]*micrograd.Value, len(points))
	for i, p := range points {
		losses[i] = micrograd.Hinge(scores[i], micrograd.New(p.label))
	}
	mean := micrograd.Sum(losses...).DivC(float64(len(losses)))
	return mean.Add(micrograd.Dot(params, params).MulC(1e-4))
}

// accuracy returns how many per cent of the points have a score with the sign of their label.
func accuracy(scores []*micrograd.Value, points []point) float64 {
	right := 0
	for i, p := range points {
		if scores[i].Data*p.label > 0 {
			right++
		}
	}
	return 100 * float64(right) / float64(len(points))
}

// twoMoons returns n points on two half circles that reach into each other, moved by normal noise: the upper with label
// −1, the lower with label 1.
func twoMoons(rng *rand.Rand, n int, noise float64) []point {
	points := make([]point, n)
	for i := range points {
		sin, cos := math.Sincos(math.Pi * float64(i/2) / float64(n/2-1))
		p := point{cos, sin, -1}
		if i%2 == 1 {
			p = point{1 - cos, 0.5 - sin, 1}
		}
		p.x += noise * rng.NormFloat64()
		p.y += noise * rng.NormFloat64()
		points[i] = p
	}
	return points
}
