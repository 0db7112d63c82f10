package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// A deepNet has so many layers that its gradient may vanish.
type deepNet struct {
	name string
	net  *micrograd.MLP
	// With batch normalization, the γ and β of each hidden neuron, layer by layer. The activation
	// of the neurons is Identity then; the Sigmoid is applied after the normalization.
	gamma, beta []*micrograd.Value
}

// forward returns the logits of a batch. It computes each layer for all rows before the next layer,
// since BatchNorm needs all rows.
func (d *deepNet) forward(batch [][]*micrograd.Value) (logits []*micrograd.Value) {
	batch = slices.Clone(batch)
	normalized := 0
	for _, layer := range d.net.Layers {
		for row, x := range batch {
			batch[row] = layer.Forward(x)
		}
		for j := range layer.Neurons {
			if normalized == len(d.gamma) {
				break
			}
			column := make([]*micrograd.Value, len(batch))
			for row, h := range batch {
				column[row] = h[j]
			}
			for row, h := range micrograd.BatchNorm(column, d.gamma[normalized],
				d.beta[normalized]) {
				batch[row][j] = h.Sigmoid()
			}
			normalized++
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

// vanishing shows why deep networks were hard to train. At each layer, backpropagation multiplies
// the gradient by the weights and by the derivative of the activation. The initial weights keep its
// size, but the derivative of Sigmoid is at most ¼: after ten layers, little is left. There are two
// remedies. The derivative of ReLU is 0 or 1, and larger initial weights make up for the 0s.
// BatchNorm divides small signals by their small deviation, which enlarges their gradients, too.
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
	t.describe(fmt.Sprintf("three networks of %d hidden layers of %d neurons", depth, width),
		slices.Concat(params...))

	var batch [][]*micrograd.Value
	var labels []*micrograd.Value
	for _, p := range twoMoons(t.rng, 50, 0.1) {
		batch = append(batch, micrograd.Values(p.X, p.Y))
		labels = append(labels, micrograd.New(float64(p.Class)))
	}
	// backward computes the gradient of the loss, and returns the loss.
	backward := func(d *deepNet) float64 {
		var losses []*micrograd.Value
		for i, logit := range d.forward(batch) {
			losses = append(losses, micrograd.BinaryCrossEntropy(logit, labels[i]))
		}
		mean := micrograd.Sum(losses...).DivC(float64(len(losses)))
		mean.Backward()
		return mean.Data
	}

	bars := figure.Bars{
		Title: "Gradient of each layer's weights before training",
		X:     "layer", Y: "norm", Log: true}
	for i := range depth + 1 {
		bars.Labels = append(bars.Labels, strconv.Itoa(i+1))
	}
	lines := &figure.Lines{Title: "Loss on two moons (random guessing: 0.69)", X: "epochs",
		Y: "loss"}
	var ratios []float64 // of the first layer's gradient to the last layer's
	var sgd []*micrograd.SGD
	for i, d := range nets {
		backward(d)
		g := d.gradients()
		ratios = append(ratios, g[0]/g[depth])
		bars.Series = append(bars.Series, figure.Series{Name: d.name, Values: g})
		lines.Curves = append(lines.Curves, &figure.Curve{Name: d.name})
		sgd = append(sgd, &micrograd.SGD{Momentum: 0.9})
		micrograd.ZeroGrad(params[i]...)
	}
	losses := make([]float64, len(nets))
	for epoch := range t.each() {
		for i, d := range nets {
			losses[i] = backward(d)
			sgd[i].LR = t.decayedLR(epoch)
			sgd[i].Step(params[i])
			micrograd.ZeroGrad(params[i]...)
			lines.Curves[i].Add(float64(epoch), losses[i])
		}
		t.report(losses[0], "ReLU %.2f  BatchNorm %.2f", losses[1], losses[2])
		t.err = cmp.Or(t.err, diverged(epoch+1, losses[1]+losses[2]))
	}

	for i, d := range nets {
		losses[i] = backward(d)
		lines.Curves[i].Add(float64(t.epochsDone), losses[i])
	}

	return result{
		figure: bars,
		losses: lines,
		loss:   losses[0] + losses[1] + losses[2],
		learned: fmt.Sprintf("first/last layer's gradient before training: Sigmoid %.0e, "+
			"ReLU %.2g, BatchNorm %.2g; loss: Sigmoid %.2f, ReLU %.2f, BatchNorm %.2f",
			ratios[0], ratios[1], ratios[2], losses[0], losses[1], losses[2]),
		goal: "ratio: Sigmoid below 1e-4, others above 0.01; loss: Sigmoid 0.69, others below 0.35",
		met: ratios[0] < 1e-4 && min(ratios[1], ratios[2]) > 1e-2 &&
			losses[0] > 0.99*math.Ln2 && max(losses[1], losses[2]) < math.Ln2/2,
		// with Sigmoid
		rowLoss:  micrograd.BinaryCrossEntropy(nets[0].forward(batch[:1])[0], labels[0]),
		lossNote: "The table at the end has the loss of the network with Sigmoid.",
	}
}
