package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// autoencoder trains a network to output its input, one of eight one-hot patterns, through three
// hidden units. This is the 8–3–8 encoder of Rumelhart, Hinton and Williams (1986, Learning
// internal representations by error propagation). The activations of the three units must encode
// the pattern. Some may be between 0 and 1, as in the paper. Then the column "code", which rounds
// them, may show the same code twice, although all patterns are reconstructed.
func autoencoder(t *training) result {
	lossOf := func(in []*micrograd.Value) *micrograd.Value {
		var losses []*micrograd.Value
		for i, logit := range t.Net.Forward(in) {
			// the target is the input
			losses = append(losses, micrograd.BinaryCrossEntropy(logit, in[i]))
		}
		return micrograd.Sum(losses...)
	}
	in := micrograd.Values(make([]float64, 8)...)
	program := micrograd.Compile(in, lossOf(in))
	var patterns [][]float64
	for i := range 8 {
		patterns = append(patterns, oneHot(nil, i, 8))
	}

	params := t.Net.Parameters()
	for range t.each() {
		micrograd.ZeroGrad(params...)
		loss := program.Backward(patterns)
		t.Adam.Step(params)
		t.report(loss, "")
	}

	table := figure.Table{
		Title:  "Codes of eight patterns in three hidden units",
		Header: []string{"pattern", "unit 1", "unit 2", "unit 3", "code", "output"},
	}
	reconstructed := 0
	codes := map[string]bool{}
	for _, pattern := range patterns {
		hidden := data(t.Net.Layers[0].Forward(micrograd.Values(pattern...)))
		out := make([]float64, 8)
		for i, logit := range t.Net.Predict(pattern...) {
			out[i] = 1 / (1 + math.Exp(-logit))
		}
		row := []string{bits(pattern)}
		for _, h := range hidden {
			row = append(row, fmt.Sprintf("%.2f", h))
		}
		table.Rows = append(table.Rows, append(row, bits(hidden), bits(out)))
		table.Shades = append(table.Shades, append([]float64{0}, hidden...))
		codes[bits(hidden)] = true
		if bits(out) == bits(pattern) {
			reconstructed++
		}
	}
	final := program.Backward(patterns)
	return result{
		figure: table,
		loss:   final,
		learned: fmt.Sprintf("loss %.3g, %d of 8 patterns reconstructed, with %d different codes",
			final, reconstructed, len(codes)),
		goal:    "all 8 patterns",
		met:     reconstructed == 8,
		rowLoss: lossOf(micrograd.Values(patterns[0]...)),
	}
}

// bits returns a digit for each number: 1 if it is at least ½, else 0.
func bits(xs []float64) string {
	var b strings.Builder
	for _, x := range xs {
		fmt.Fprintf(&b, "%.0f", math.Round(x))
	}
	return b.String()
}
