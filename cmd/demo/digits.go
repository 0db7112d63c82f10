package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"slices"
	"strings"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/figure"
)

// Handwritten digits of 8×8 pixels, from the test part of "Optical Recognition of Handwritten Digits" (E. Alpaydin and
// C. Kaynak, UCI Machine Learning Repository, 1998, doi 10.24432/C50P49), which is under the licence CC BY 4.0. The picture
// shows them in rows of sixty, with a grey of 255 − 15·p for each pixel p, which is from 0 to 16; the text has what they are.
var (
	//go:embed digits.png
	digitsPNG []byte
	//go:embed digits.txt
	digitsTXT string
)

type digit struct {
	x     []float64 // row by row, from 0 for paper to 1 for ink
	label int
}

// convolve slides filters of 3×3 pixels over an image of 8×8: at each of the 6×6 places, each filter is a neuron that sees
// what is below it. All places share the filter's weights, and their gradients add up.
func convolve(filters *micrograd.Layer, image []*micrograd.Value) (maps [6][6][]*micrograd.Value) {
	for row := range 6 {
		for column := range 6 {
			var patch []*micrograd.Value
			for i := range 3 {
				start := 8*(row+i) + column
				patch = append(patch, image[start:start+3]...)
			}
			maps[row][column] = filters.Forward(patch) // one number from each filter
		}
	}
	return maps
}

// pool keeps the greatest of each 2×2 places, for each filter: whether a stroke is there matters more than where exactly.
func pool(maps [6][6][]*micrograd.Value) (pooled []*micrograd.Value) {
	for row := 0; row < 6; row += 2 {
		for column := 0; column < 6; column += 2 {
			for f := range maps[row][column] {
				upper := maps[row][column][f].Max(maps[row][column+1][f])
				lower := maps[row+1][column][f].Max(maps[row+1][column+1][f])
				pooled = append(pooled, upper.Max(lower))
			}
		}
	}
	return pooled
}

// digits trains a convolutional network, and shows which of the digits held out it misreads.
func digits(t *training) result {
	filters := micrograd.NewLayer(t.rng, micrograd.ReLU, 3*3, 24)
	dense := micrograd.NewLayer(t.rng, micrograd.Identity, 3*3*24, 10)
	params := append(filters.Parameters(), dense.Parameters()...)
	t.describe("24 filters of 3×3 pixels, pooling of 2×2, 10 neurons", params)

	in := micrograd.Values(make([]float64, 64+10)...)
	logits := dense.Forward(pool(convolve(filters, in[:64])))
	program := micrograd.Compile(in, micrograd.CrossEntropy(logits, in[64:]))
	read := micrograd.Compile(in[:64], logits...)

	var train [][]float64
	var test []digit
	for i, d := range readDigits() {
		if i%3 == 0 {
			test = append(test, d)
		} else {
			train = append(train, oneHot(d.x, d.label, 10))
		}
	}
	adam := micrograd.NewAdam(t.lr)
	for epoch := range t.each() {
		adam.LR = t.falling(epoch)
		t.rng.Shuffle(len(train), func(i, j int) { train[i], train[j] = train[j], train[i] })
		mean := 0.0
		for batch := range slices.Chunk(train, 32) {
			micrograd.ZeroGrad(params...)
			mean += program.Backward(batch) * float64(len(batch)) / float64(len(train))
			adam.Step(params)
		}
		t.report(mean, "")
	}

	var misread []figure.Image
	for _, d := range test {
		if got := argmax(read.Forward(d.x...)); got != d.label {
			misread = append(misread, figure.Picture(fmt.Sprintf("%d as %d", d.label, got), d.x, 8, 0, 1))
		}
	}
	var learnt []figure.Image
	for _, n := range filters.Neurons {
		w := data(n.W)
		most := max(slices.Max(w), -slices.Min(w))
		learnt = append(learnt, figure.Picture("", w, 3, -most, most))
	}
	shown := misread[:min(24, len(misread))] // as many as a page holds
	accuracy := 100 * (1 - float64(len(misread))/float64(len(test)))
	return result{
		figure: figure.Stack{
			figure.Images{Title: "The filters: dark where they want ink, light where they don't", Images: learnt},
			figure.Images{Title: fmt.Sprintf("%d of the %d digits held out that are misread", len(shown), len(misread)), Images: shown},
		},
		loss:   program.Backward(train),
		learnt: fmt.Sprintf("%.1f %% of the %d digits held out are read right", accuracy, len(test)),
		goal:   "97.5 %",
		met:    accuracy >= 97.5,
	}
}

func readDigits() (all []digit) {
	image, err := png.Decode(bytes.NewReader(digitsPNG))
	if err != nil {
		panic(err) // the file is part of the program
	}
	for row, line := range strings.Fields(digitsTXT) {
		for column, label := range line {
			d := digit{label: int(label - '0')}
			for i := range 64 {
				grey := color.GrayModel.Convert(image.At(8*column+i%8, 8*row+i/8)).(color.Gray).Y
				d.x = append(d.x, math.Round(float64(255-grey)/15)/16)
			}
			all = append(all, d)
		}
	}
	return all
}
