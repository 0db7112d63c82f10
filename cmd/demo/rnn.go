package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// rnn trains a recurrent network to add two numbers of a sequence: a short form of the adding
// problem of Hochreiter and Schmidhuber (1997, Long short-term memory, §5.4). The inputs are ten
// numbers, each with a mark, which is 1 for the two numbers to add and 0 for the others. The
// target, at the end, is their sum. So the network has to remember the first until it reads the
// second.
func rnn(t *training) result {
	const length, units, batch = 10, 16, 32
	cell := micrograd.NewLayer(t.rng, micrograd.Tanh, 2+units, units)
	readout := micrograd.NewLayer(t.rng, micrograd.Identity, units, 1)
	params := append(cell.Parameters(), readout.Parameters()...)
	t.describe(fmt.Sprintf("a recurrent cell of %d units, unrolled %d times", units, length),
		params)

	// The state h is computed from the number, its mark, and the state before, with the same
	// weights at each of the ten times. So the gradient of a weight is a sum over ten uses.
	sumOf := func(in []*micrograd.Value) []*micrograd.Value {
		h := micrograd.Values(make([]float64, units)...)
		for x := range slices.Chunk(in[:2*length], 2) {
			h = cell.Forward(slices.Concat(x, h))
		}
		return readout.Forward(h)
	}
	lossOf := func(in []*micrograd.Value) *micrograd.Value {
		return micrograd.MSE(sumOf(in), in[2*length:])
	}
	in := micrograd.Values(make([]float64, 2*length+1)...) // numbers and marks, and their sum
	program := micrograd.Compile(in, lossOf(in))

	test := sequences(t.rng, 1000, length)
	const mean = 1.0 // of the targets
	baseline := 0.0  // the mean squared error of always predicting the mean
	for _, s := range test {
		d := s[2*length] - mean
		baseline += d * d / float64(len(test))
	}
	heldOut := &figure.Curve{Name: "held out"}
	adam := micrograd.NewAdam(t.lr)
	for epoch := range t.each() {
		adam.LR = t.decayedLR(epoch)
		for rows := range slices.Chunk(sequences(t.rng, 50*batch, length), batch) {
			micrograd.ZeroGrad(params...)
			program.Backward(rows)
			adam.Step(params)
		}
		// Backward returns the mean loss. The gradient that it adds is reset before the next step.
		heldOut.Add(float64(epoch+1), program.Backward(test))
		t.report(heldOut.Y[epoch], "baseline %.4f", baseline)
	}

	final, last := program.Backward(test), float64(max(1, t.epochsDone))
	return result{
		figure: sequence(test[0], sumOf(micrograd.Values(test[0]...))[0].Data),
		losses: &figure.Lines{
			Title: "Error of the predicted sum",
			X:     "epochs", Y: "mean squared error", Log: true,
			Curves: []*figure.Curve{heldOut,
				figure.Level("baseline: predicting the mean", baseline, 1, last),
				figure.Level("the goal, 1/20 of the baseline", baseline/20, 1, last)},
		},
		loss: final,
		learned: fmt.Sprintf("mean squared error %.4f, %.3f of the baseline", final,
			final/baseline),
		goal:     "below 0.05 of the baseline",
		met:      final < baseline/20,
		rowLoss:  lossOf(micrograd.Values(test[0]...)),
		lossNote: "This is the mean squared error on held-out sequences.",
	}
}

// sequence shows a row, and the sum that the network predicts from it.
func sequence(row []float64, predicted float64) figure.Lines {
	last := len(row) - 1
	marked := &figure.Curve{Name: "to be added", Dots: true}
	others := &figure.Curve{Name: "others", Dots: true}
	for i := 0; i < last; i += 2 {
		curve := others
		if row[i+1] == 1 {
			curve = marked
		}
		curve.Add(float64(i/2+1), row[i])
	}
	steps := float64(last / 2)
	return figure.Lines{
		Title: "A held-out sequence: two numbers are to be added",
		X:     "step", Y: "number",
		Curves: []*figure.Curve{marked, others,
			figure.Level(fmt.Sprintf("sum: %.2f", row[last]), row[last], 1, steps),
			{Name: fmt.Sprintf("predicted: %.2f", predicted), X: []float64{steps},
				Y: []float64{predicted}, Dots: true}},
	}
}

// sequences returns n rows: length numbers between 0 and 1, each followed by its mark, and then the
// sum of the two that are marked, of which one is in the first half and the other in the second.
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
