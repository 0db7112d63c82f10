package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/figure"
)

// rnn learns to add two numbers that it sees at different times: a short form of the adding problem of Hochreiter and
// Schmidhuber (1997, Long short-term memory, §5.4). It sees ten numbers, one after the other, each with a mark, which is 1
// for the two that count and 0 for the others, and is asked for the sum at the end. So it has to keep the first until the
// second comes.
func rnn(t *training) result {
	const length, units, batch = 10, 16, 32
	cell := micrograd.NewLayer(t.rng, micrograd.Tanh, 2+units, units)
	readout := micrograd.NewLayer(t.rng, micrograd.Identity, units, 1)
	params := append(cell.Parameters(), readout.Parameters()...)
	t.describe(fmt.Sprintf("a recurrent cell of %d units, unrolled %d times", units, length), params)

	// The state h at each time is made of the number and the mark then, and of the state before. The cell is the same at all
	// times: its weights are used ten times, and what the loss says about each use adds up in their gradients.
	lossOf := func(in []*micrograd.Value) *micrograd.Value {
		h := micrograd.Values(make([]float64, units)...)
		for x := range slices.Chunk(in[:2*length], 2) {
			h = cell.Forward(slices.Concat(x, h))
		}
		return micrograd.MSE(readout.Forward(h), in[2*length:])
	}
	in := micrograd.Values(make([]float64, 2*length+1)...) // numbers and marks, and their sum
	program := micrograd.Compile(in, lossOf(in))

	test := sequences(t.rng, 1000, length)
	guess := 1.0 // the mean of the sums
	guessing := 0.0
	for _, s := range test {
		d := s[2*length] - guess
		guessing += d * d / float64(len(test))
	}
	heldOut := &figure.Curve{Name: "sequences held out"}
	adam := micrograd.NewAdam(t.lr)
	for epoch := range t.each() {
		adam.LR = t.falling(epoch)
		for rows := range slices.Chunk(sequences(t.rng, 50*batch, length), batch) {
			micrograd.ZeroGrad(params...)
			program.Backward(rows)
			adam.Step(params)
		}
		// Backward returns the mean over the rows. The gradient that it leaves, too, is set to 0 before the next step.
		heldOut.Add(float64(epoch+1), program.Backward(test))
		t.report(heldOut.Y[epoch], "guessing %.4f", guessing)
	}

	final := program.Backward(test)
	return result{
		figure: figure.Lines{
			Title: "The error of remembering two numbers and adding them",
			X:     "epochs", Y: "squared error", Log: true,
			Curves: []*figure.Curve{heldOut,
				figure.Level("guessing the mean", guessing, 1, float64(max(1, t.done))),
				figure.Level("the goal, 1/20 of that", guessing/20, 1, float64(max(1, t.done)))},
		},
		loss:   final,
		learnt: fmt.Sprintf("squared error %.4f, which is %.3f of that of guessing the mean", final, final/guessing),
		goal:   "0.05",
		met:    final < guessing/20,
		sample: lossOf(micrograd.Values(test[0]...)),
	}
}

// sequences returns n rows of as many numbers between 0 and 1, each followed by its mark, and the sum of the two marked at the
// end. One of them is in the first half, the other in the second.
func sequences(rng *rand.Rand, n, length int) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		row := make([]float64, 2*length+1)
		for j := range length {
			row[2*j] = rng.Float64()
		}
		for _, j := range []int{rng.IntN(length / 2), length/2 + rng.IntN(length/2)} {
			row[2*j+1] = 1
			row[2*length] += row[2*j]
		}
		rows[i] = row
	}
	return rows
}
