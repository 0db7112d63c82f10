package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// gan trains two networks against each other (Goodfellow et al. 2014, Generative adversarial
// networks, arXiv:1406.2661). The discriminator learns to distinguish real numbers from generated
// ones. The generator learns to turn noise into numbers that the discriminator classifies as real.
// It never sees a real number, only the gradient of the discriminator.
func gan(t *training) result {
	generator := micrograd.NewMLP(t.rng, micrograd.Tanh, 1, 16, 16, 1)
	discriminator := micrograd.NewMLP(t.rng, micrograd.LeakyReLU, 1, 16, 16, 1)
	params := append(generator.Parameters(), discriminator.Parameters()...)
	t.describe(fmt.Sprintf("generator %s, discriminator %s", generator, discriminator), params)

	// The generator's loss is −log D(G(noise)), the paper's second form, whose gradient is large
	// while the discriminator is confident. Each loss adds gradients to both networks, and each
	// optimizer updates one.
	in := micrograd.Values(0, 0) // a real number, and noise
	fake := generator.Forward(in[1:])
	realLogit, fakeLogit := discriminator.Forward(in[:1])[0], discriminator.Forward(fake)[0]
	one, zero := micrograd.New(1), micrograd.New(0)
	generatorLoss := micrograd.Compile(in, micrograd.BinaryCrossEntropy(fakeLogit, one))
	// The penalty keeps the discriminator from getting so confident that its gradient drives the
	// generator back and forth between −1 and 1. As generated numbers get harder to distinguish
	// from real ones, the penalty outweighs the rest of the loss and shrinks the discriminator's
	// weights, until it outputs ½ for everything: its loss is 2 log 2 = 1.386, that of the
	// generator log 2 = 0.693, and the generator stays as it is.
	penalty := micrograd.Dot(discriminator.Parameters(), discriminator.Parameters()).MulC(0.002)
	discriminatorLoss := micrograd.Compile(in,
		micrograd.BinaryCrossEntropy(realLogit, one).Add(micrograd.BinaryCrossEntropy(fakeLogit,
			zero)).Add(penalty))
	generate := micrograd.Compile(in, fake...)

	// With the usual momentum, the two oscillate.
	gAdam, dAdam := micrograd.NewAdam(t.lr), micrograd.NewAdam(t.lr)
	gAdam.Beta1, dAdam.Beta1 = 0.5, 0.5
	for epoch := range t.each() {
		dAdam.LR = t.decayedLR(epoch)
		gAdam.LR = dAdam.LR / 2
		var g, d float64
		const steps, batch = 50, 64
		for range steps {
			micrograd.ZeroGrad(params...)
			d += discriminatorLoss.Backward(ganRows(t.rng, batch)) / steps
			dAdam.Step(discriminator.Parameters())
			micrograd.ZeroGrad(params...)
			g += generatorLoss.Backward(ganRows(t.rng, batch)) / steps
			gAdam.Step(generator.Parameters())
		}
		t.report(g, "discriminator %.4f", d)
	}

	const n = 2000
	var reals, generated []float64
	left, right := 0, 0 // how many are closer than ½ to −1, and to 1
	rows := ganRows(t.rng, n)
	for i, fake := range generate.Forward(rows) {
		x := fake[0]
		reals, generated = append(reals, rows[i][0]), append(generated, x)
		if math.Abs(x+1) < 0.5 {
			left++
		}
		if math.Abs(x-1) < 0.5 {
			right++
		}
	}
	sample := generator.Forward(micrograd.Values(1))
	ks := kolmogorovSmirnov(reals, generated)
	return result{
		figure: figure.Histogram{
			Title: fmt.Sprintf("%d real and %[1]d generated numbers", n), X: "number",
			Samples: []figure.Sample{{Name: "real", Values: reals},
				{Name: "generated", Values: generated}},
		},
		loss: generatorLoss.Backward(ganRows(t.rng, n)),
		learned: fmt.Sprintf("%d of %d generated numbers near −1, %d near 1, "+
			"Kolmogorov–Smirnov distance %.3f", left, n, right, ks),
		goal:    "40 % near each, and a distance below 0.15",
		met:     min(left, right) >= n*4/10 && ks < 0.15,
		rowLoss: micrograd.BinaryCrossEntropy(discriminator.Forward(sample)[0], one),
		lossNote: "This is the loss of the generator. At log 2 = 0.693, the discriminator " +
			"outputs ½ for every number.",
	}
}

// ganRows returns n rows: a real number, which is normally distributed around −1 or 1, and noise.
func ganRows(rng *rand.Rand, n int) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = []float64{float64(2*rng.IntN(2)-1) + 0.25*rng.NormFloat64(), rng.NormFloat64()}
	}
	return rows
}

// kolmogorovSmirnov returns the Kolmogorov–Smirnov distance of two samples: the largest difference
// of their empirical distribution functions, from 0 to 1.
func kolmogorovSmirnov(xs, ys []float64) (d float64) {
	cdf := func(sample []float64, v float64) float64 {
		n := 0
		for _, x := range sample {
			if x <= v {
				n++
			}
		}
		return float64(n) / float64(len(sample))
	}
	for _, v := range slices.Concat(xs, ys) {
		d = max(d, math.Abs(cdf(xs, v)-cdf(ys, v)))
	}
	return d
}
