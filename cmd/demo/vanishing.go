package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/figure"
)

// A deepNet has so many layers that the gradient may not reach the first.
type deepNet struct {
	name string
	net  *micrograd.MLP
	// With batch normalisation, γ and β of each hidden neuron, layer by layer. The neurons are Identity then: they give
	// W·x + b, which is normalised before it goes through a Sigmoid.
	gamma, beta []*micrograd.Value
}

// forward returns the logits of a batch. All its rows go through a layer before any goes through the next, since BatchNorm
// compares what a neuron gives for each.
func (d *deepNet) forward(batch [][]*micrograd.Value) (logits []*micrograd.Value) {
	batch = slices.Clone(batch)
	normalised := 0
	for _, layer := range d.net.Layers {
		for row, x := range batch {
			batch[row] = layer.Forward(x)
		}
		for j := range layer.Neurons {
			if normalised == len(d.gamma) {
				break
			}
			column := make([]*micrograd.Value, len(batch))
			for row, h := range batch {
				column[row] = h[j]
			}
			for row, h := range micrograd.BatchNorm(column, d.gamma[normalised], d.beta[normalised]) {
				batch[row][j] = h.Sigmoid()
			}
			normalised++
		}
	}
	for _, h := range batch {
		logits = append(logits, h[0])
	}
	return logits
}

// gradients returns the norm of the gradient of each layer's weights, √(Σ (∂L/∂w)²).
func (d *deepNet) gradients() (norms []float64) {
	for _, layer := range d.net.Layers {
		sum := 0.0
		for _, n := range layer.Neurons {
			for _, w := range n.W {
				sum += w.Grad * w.Grad
			}
		}
		norms = append(norms, math.Sqrt(sum))
	}
	return norms
}

// vanishing shows why deep networks were hard to train. On its way back, the gradient is multiplied at each layer by the weights
// and by the derivative of the activation. Weights are drawn so that they keep its size, but the derivative of Sigmoid is ¼ at
// most, so that after ten layers little is left. That of ReLU is 0 or 1, half of it on the whole, for which its weights, drawn
// larger, make up. And BatchNorm, which divides what has become small by its small deviation, so makes its gradient large again.
func vanishing(t *training) result {
	const depth, width = 10, 16
	sizes := append([]int{2}, slices.Repeat([]int{width}, depth)...)
	sizes = append(sizes, 1)
	nets := []*deepNet{
		{name: "Sigmoid", net: micrograd.NewMLP(t.rng, micrograd.Sigmoid, sizes...)},
		{name: "ReLU", net: micrograd.NewMLP(t.rng, micrograd.ReLU, sizes...)},
		{name: "BatchNorm, Sigmoid", net: micrograd.NewMLP(t.rng, micrograd.Identity, sizes...),
			gamma: micrograd.Values(slices.Repeat([]float64{1}, depth*width)...),
			beta:  micrograd.Values(make([]float64, depth*width)...)},
	}
	var params [][]*micrograd.Value
	for _, d := range nets {
		params = append(params, slices.Concat(d.net.Parameters(), d.gamma, d.beta))
	}
	t.describe(fmt.Sprintf("three networks of %d hidden layers of %d neurons", depth, width), slices.Concat(params...))

	var batch [][]*micrograd.Value
	var labels []*micrograd.Value
	for _, p := range twoMoons(t.rng, 50, 0.1) {
		batch = append(batch, micrograd.Values(p.X, p.Y))
		labels = append(labels, micrograd.New(float64(p.Class)))
	}
	// backward leaves the gradient of the loss in the parameters, and returns the loss.
	backward := func(d *deepNet) float64 {
		var losses []*micrograd.Value
		for i, logit := range d.forward(batch) {
			losses = append(losses, micrograd.BinaryCrossEntropy(logit, labels[i]))
		}
		mean := micrograd.Sum(losses...).DivC(float64(len(losses)))
		mean.Backward()
		return mean.Data
	}

	bars := figure.Bars{Title: "The gradient of each layer's weights: with Sigmoid, it fades on its way back to the first", X: "layer", Log: true}
	for i := range depth + 1 {
		bars.Labels = append(bars.Labels, strconv.Itoa(i+1))
	}
	lines := figure.Lines{Title: "The losses of telling two moons apart; a guess has 0.69", X: "epochs", Y: "loss"}
	var reaches []float64 // how much of the last layer's gradient reaches the first
	var sgd []*micrograd.SGD
	for i, d := range nets {
		backward(d)
		g := d.gradients()
		reaches = append(reaches, g[0]/g[depth])
		bars.Series = append(bars.Series, figure.Series{Name: d.name, Values: g})
		lines.Curves = append(lines.Curves, &figure.Curve{Name: d.name})
		sgd = append(sgd, &micrograd.SGD{Momentum: 0.9})
		micrograd.ZeroGrad(params[i]...)
	}
	losses := make([]float64, len(nets))
	for epoch := range t.each() {
		for i, d := range nets {
			losses[i] = backward(d)
			sgd[i].LR = t.falling(epoch)
			sgd[i].Step(params[i])
			micrograd.ZeroGrad(params[i]...)
			lines.Curves[i].Add(float64(epoch), losses[i])
		}
		t.report(losses[0], "cures %.3f, %.3f", losses[1], losses[2])
		t.err = cmp.Or(t.err, diverged(epoch+1, losses[1]+losses[2]))
	}

	for i, d := range nets {
		losses[i] = backward(d)
		lines.Curves[i].Add(float64(t.done), losses[i])
	}

	return result{
		figure: figure.Stack{bars, lines},
		loss:   losses[0] + losses[1] + losses[2],
		learnt: fmt.Sprintf("%.0e of the gradient reaches the first layer, with the cures %.2g and %.2g; loss %.2f, with the cures %.2f and %.2f",
			reaches[0], reaches[1], reaches[2], losses[0], losses[1], losses[2]),
		goal: "< 1e-4, > 0.01; 0.69 as by guessing, < 0.35",
		met: reaches[0] < 1e-4 && min(reaches[1], reaches[2]) > 1e-2 &&
			losses[0] > 0.99*math.Ln2 && max(losses[1], losses[2]) < math.Ln2/2,
		sample: micrograd.BinaryCrossEntropy(nets[0].forward(batch[:1])[0], labels[0]), // with Sigmoid
		losses: "They are those of the network with Sigmoid; the cures' are among the figures.",
	}
}
