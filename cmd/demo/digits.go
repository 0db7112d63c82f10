package main

import (
	"fmt"
	"slices"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/digits"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// readDigits trains the convolutional network of package digits, and shows which held-out digits it
// gets wrong.
func readDigits(t *training) result {
	net := digits.New(t.rng)
	params := net.Parameters()
	t.describe(fmt.Sprintf("%d filters of 3×3 pixels, pooling of 2×2, 10 neurons", digits.Filters),
		params)

	in := micrograd.Values(make([]float64, 64+10)...)
	program := micrograd.Compile(in, net.Loss(in))
	logits, _ := net.Forward(in[:64])
	read := micrograd.Compile(in[:64], logits...)

	train, test := digits.Read()
	var rows [][]float64
	for _, d := range train {
		rows = append(rows, d.Row())
	}
	adam := micrograd.NewAdam(t.lr)
	for epoch := range t.each() {
		adam.LR = t.decayedLR(epoch)
		t.rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		mean := 0.0
		for batch := range slices.Chunk(rows, 32) {
			micrograd.ZeroGrad(params...)
			mean += program.Backward(batch) * float64(len(batch)) / float64(len(rows))
			adam.Step(params)
		}
		t.report(mean, "")
	}

	var wrong []figure.Image
	var pixels [][]float64
	for _, d := range test {
		pixels = append(pixels, d.X)
	}
	for i, logits := range read.Forward(pixels) {
		d := test[i]
		if got := argmax(logits); got != d.Label {
			wrong = append(wrong, figure.Picture(fmt.Sprintf("%d as %d", d.Label, got), d.X, 8, 0,
				1))
		}
	}
	var filters []figure.Image
	for _, n := range net.Filters.Neurons {
		w := data(n.W)
		most := max(slices.Max(w), -slices.Min(w))
		filters = append(filters, figure.Picture("", w, 3, -most, most))
	}
	shown := wrong[:min(24, len(wrong))] // the figure has room for so many
	right := len(test) - len(wrong)
	return result{
		figure: figure.Stack{
			figure.Images{Title: "Filters (dark: positive weights, light: negative)",
				Images: filters},
			figure.Images{
				Title: fmt.Sprintf("Errors on held-out digits (%d of %d)", len(shown),
					len(wrong)),
				Images: shown,
			},
		},
		loss: program.Backward(rows),
		learned: fmt.Sprintf("%d of %d held-out digits predicted correctly, accuracy %.1f %%",
			right, len(test), 100*float64(right)/float64(len(test))),
		goal:    "584 of them",
		met:     right >= 584,
		rowLoss: net.Loss(micrograd.Values(rows[0]...)),
	}
}
