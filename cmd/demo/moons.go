package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// moons trains a classifier as the demo of the original micrograd does: with hinge loss, an L2
// penalty of 1e-4, full batches, and a learning rate that decays to a tenth.
func moons(t *training) result {
	points := twoMoons(t.rng, 100, 0.1)
	params := t.Net.Parameters()
	sgd := &micrograd.SGD{}
	for epoch := range t.each() {
		// 1. Forward: the score of each point.
		scores := scoresOf(t.Net, points)

		// 2. Loss: how far the scores are from the labels.
		loss := hingeWithPenalty(scores, points, params)

		// 3. Backward: the gradient of the loss in the parameters.
		micrograd.ZeroGrad(params...)
		loss.Backward()

		// 4. Update: a step against the gradient.
		sgd.LR = t.decayedLR(epoch)
		sgd.Step(params)

		t.report(loss.Data, "accuracy %.1f %%", moonAccuracy(scores, points))
	}

	scores := scoresOf(t.Net, points)
	loss := hingeWithPenalty(scores, points, params).Data
	accuracy := moonAccuracy(scores, points)
	for i, p := range points {
		points[i].Wrong = scores[i].Data*label(p) <= 0
	}
	return result{
		figure: figure.Field{
			Title:   "Two moons, and the decision boundary",
			X:       "x",
			Y:       "y",
			Classes: []string{"upper moon", "lower moon"},
			Points:  points,
			Classify: func(x, y float64) (int, float64) {
				score := t.Net.Predict(x, y)[0]
				if score > 0 {
					return 1, score
				}
				return 0, -score
			},
		},
		loss:    loss,
		learned: fmt.Sprintf("loss %.3g, accuracy %.1f %%", loss, accuracy),
		goal:    "accuracy 95 %",
		met:     accuracy >= 95,
		rowLoss: hingeWithPenalty(scores[:1], points[:1], params),
	}
}

func scoresOf(net *micrograd.MLP, points []figure.Point) []*micrograd.Value {
	scores := make([]*micrograd.Value, len(points))
	for i, p := range points {
		scores[i] = net.Forward(micrograd.Values(p.X, p.Y))[0]
	}
	return scores
}

// label returns −1 for the upper moon, whose class is 0, and 1 for the lower, whose class is 1.
func label(p figure.Point) float64 { return float64(2*p.Class - 1) }

// hingeWithPenalty returns the mean of max(0, 1 − y·score), plus 1e-4 times the sum of the squared
// parameters.
func hingeWithPenalty(scores []*micrograd.Value, points []figure.Point,
	params []*micrograd.Value) *micrograd.Value {
	losses := make([]*micrograd.Value, len(points))
	for i, p := range points {
		losses[i] = micrograd.Hinge(scores[i], micrograd.New(label(p)))
	}
	mean := micrograd.Sum(losses...).DivC(float64(len(losses)))
	return mean.Add(micrograd.Dot(params, params).MulC(1e-4))
}

// moonAccuracy returns the percentage of points whose score has the sign of the label.
func moonAccuracy(scores []*micrograd.Value, points []figure.Point) float64 {
	right := 0
	for i, p := range points {
		if scores[i].Data*label(p) > 0 {
			right++
		}
	}
	return 100 * float64(right) / float64(len(points))
}

// twoMoons returns n points on two interleaved half circles, with normal noise.
func twoMoons(rng *rand.Rand, n int, noise float64) []figure.Point {
	points := make([]figure.Point, n)
	for i := range points {
		sin, cos := math.Sincos(math.Pi * float64(i/2) / float64(n/2-1))
		p := figure.Point{X: cos, Y: sin, Class: 0}
		if i%2 == 1 {
			p = figure.Point{X: 1 - cos, Y: 0.5 - sin, Class: 1}
		}
		p.X += noise * rng.NormFloat64()
		p.Y += noise * rng.NormFloat64()
		points[i] = p
	}
	return points
}
