// Package digits is a convolutional network that reads handwritten digits, and digits to train it
// with.
package digits

import (
	"bytes"
	_ "embed"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/gomicrograd/micrograd"
)

// Filters is how many filters a Network has.
const Filters = 24

// A Network has Filters filters of 3×3 pixels, and a neuron for each digit.
type Network struct{ Filters, Dense *micrograd.Layer }

// New returns an untrained network.
func New(rng *rand.Rand) *Network {
	return &Network{
		micrograd.NewLayer(rng, micrograd.ReLU, 3*3, Filters),
		micrograd.NewLayer(rng, micrograd.Identity, 3*3*Filters, 10),
	}
}

// Parameters returns the parameters of the filters, then those of the neurons.
func (n *Network) Parameters() []*micrograd.Value {
	return append(n.Filters.Parameters(), n.Dense.Parameters()...)
}

// Forward returns a logit for each digit, and the outputs of the filters. The image is 8×8 pixels,
// row by row.
func (n *Network) Forward(image []*micrograd.Value) (logits []*micrograd.Value, maps Maps) {
	maps = convolve(n.Filters, image)
	return n.Dense.Forward(pool(maps)), maps
}

// Loss returns the cross-entropy for a row: the 64 pixels of an image, and its digit as a one-hot
// vector.
func (n *Network) Loss(row []*micrograd.Value) *micrograd.Value {
	logits, _ := n.Forward(row[:64])
	return micrograd.CrossEntropy(logits, row[64:])
}

// Maps are the outputs of each filter at each position, in rows and columns.
type Maps [6][6][]*micrograd.Value

// convolve applies filters of 3×3 pixels at each of the 6×6 positions of an image of 8×8. A filter
// is a neuron, whose weights are the same at all positions; their gradients add up.
func convolve(filters *micrograd.Layer, image []*micrograd.Value) (maps Maps) {
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

// pool is max pooling: it keeps the largest output of each 2×2 positions, for each filter.
func pool(maps Maps) (pooled []*micrograd.Value) {
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

// Handwritten digits of 8×8 pixels, from the test part of "Optical Recognition of Handwritten
// Digits" (E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998, doi 10.24432/C50P49),
// which is under the license CC BY 4.0. The picture shows them in rows of sixty, with a gray of 255
// − 15·p for each pixel p, which is from 0 to 16; the text has what they are.
var (
	//go:embed digits.png
	digitsPNG []byte
	//go:embed digits.txt
	digitsTXT string
)

// A Digit is an image of 8×8 pixels, row by row, from 0 for white to 1 for black, and its label.
type Digit struct {
	X     []float64
	Label int
}

// Row returns a row for Loss.
func (d Digit) Row() []float64 {
	row := make([]float64, 64+10)
	copy(row, d.X)
	row[64+d.Label] = 1
	return row
}

// Read returns the digits: two thirds are training data, and a third is held out.
func Read() (train, test []Digit) {
	image, err := png.Decode(bytes.NewReader(digitsPNG))
	if err != nil {
		panic(err) // the file is part of the program
	}
	for row, line := range strings.Fields(digitsTXT) {
		for column, label := range line {
			d := Digit{Label: int(label - '0')}
			for i := range 64 {
				gray := color.GrayModel.Convert(image.At(8*column+i%8, 8*row+i/8)).(color.Gray).Y
				d.X = append(d.X, math.Round(float64(255-gray)/15)/16)
			}
			if (60*row+column)%3 == 0 {
				test = append(test, d)
			} else {
				train = append(train, d)
			}
		}
	}
	return train, test
}
