package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/figure"
)

// autoencoder has eight patterns, each a 1 among seven 0s, pass through three hidden units and come out as they were: the
// 8–3–8 encoder of Rumelhart, Hinton and Williams (1986, Learning internal representations by error propagation). What
// passes through three units has to be a code. If all are near 0 or 1, it is a binary one; but units may also stop between,
// as theirs did, and then the column "code", which rounds them, may show one code twice although all patterns come back.
func autoencoder(t *training) result {
	lossOf := func(in []*micrograd.Value) *micrograd.Value {
		var losses []*micrograd.Value
		for i, logit := range t.net.Forward(in) {
			losses = append(losses, micrograd.BinaryCrossEntropy(logit, in[i])) // the input is what should come out
		}
		return micrograd.Sum(losses...)
	}
	in := micrograd.Values(make([]float64, 8)...)
	program := micrograd.Compile(in, lossOf(in))
	var patterns [][]float64
	for i := range 8 {
		patterns = append(patterns, oneHot(nil, i, 8))
	}

	params, adam := t.net.Parameters(), micrograd.NewAdam(t.lr)
	for range t.each() {
		micrograd.ZeroGrad(params...)
		loss := program.Backward(patterns)
		adam.Step(params)
		t.report(loss, "")
	}

	table := figure.Table{
		Title:  "Eight patterns in three units",
		Header: []string{"pattern", "unit 1", "unit 2", "unit 3", "code", "comes out as"},
	}
	back := 0
	codes := map[string]bool{}
	for _, pattern := range patterns {
		hidden := data(t.net.Layers[0].Forward(micrograd.Values(pattern...)))
		out := make([]float64, 8)
		for i, logit := range t.net.Predict(pattern...) {
			out[i] = 1 / (1 + math.Exp(-logit))
		}
		row := []string{bits(pattern)}
		for _, h := range hidden {
			row = append(row, fmt.Sprintf("%.2f", h))
		}
		table.Rows = append(table.Rows, append(row, bits(hidden), bits(out)))
		codes[bits(hidden)] = true
		if bits(out) == bits(pattern) {
			back++
		}
	}
	final := program.Backward(patterns)
	return result{
		figure: table,
		loss:   final,
		learnt: fmt.Sprintf("loss %.3g, %d of 8 patterns come back, in %d different codes", final, back, len(codes)),
		goal:   "all 8 patterns",
		met:    back == 8,
		sample: lossOf(micrograd.Values(patterns[0]...)),
	}
}

// bits returns a digit for each number: 1 if it is ½ or more, else 0.
func bits(xs []float64) string {
	var b strings.Builder
	for _, x := range xs {
		fmt.Fprintf(&b, "%.0f", math.Round(x))
	}
	return b.String()
}
