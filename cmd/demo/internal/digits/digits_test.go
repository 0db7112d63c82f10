package digits

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDigitsDataAreComplete(t *testing.T) {
	train, test := Read()
	assert.Len(t, train, 2*1797/3)
	all := slices.Concat(train, test)
	require.Len(t, all, 1797)
	count := map[int]int{}
	for _, d := range all {
		count[d.Label]++
		require.Len(t, d.X, 64)
		assert.True(t, slices.Min(d.X) >= 0 && slices.Max(d.X) <= 1)
	}
	// The counts that the repository gives for the test part of the data set.
	assert.Equal(t, map[int]int{0: 178, 1: 182, 2: 177, 3: 183, 4: 181, 5: 182, 6: 181, 7: 179,
		8: 174, 9: 180}, count)
	// The first line of the file there.
	first := []float64{0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0, 0, 3, 15, 2, 0, 11, 8,
		0, 0, 4, 12, 0, 0, 8, 8, 0, 0, 5, 8, 0, 0, 9, 8, 0, 0, 4, 11, 0, 1, 12, 7, 0, 0, 2, 14, 5,
		10, 12, 0, 0, 0, 0, 6, 13, 10, 0, 0, 0}
	for i, p := range first {
		assert.Equal(t, p/16, test[0].X[i])
	}
}

// The first filter has a single 1, in the middle of its upper row; the second is a bias.
func TestFiltersSlideOverTheImage(t *testing.T) {
	n := New(rand.New(rand.NewPCG(1, 0)))
	micrograd.ZeroGrad(n.Parameters()...)
	for _, p := range n.Parameters() {
		p.Data = 0
	}
	n.Filters.Neurons[0].W[1].Data = 1
	n.Filters.Neurons[1].B.Data = 2
	image := make([]float64, 64)
	for i := range image {
		image[i] = float64(i)
	}
	_, maps := n.Forward(micrograd.Values(image...))
	for row := range 6 {
		for column := range 6 {
			assert.Equal(t, float64(8*row+column+1), maps[row][column][0].Data)
			assert.Equal(t, 2.0, maps[row][column][1].Data)
		}
	}
	// Of each 2×2 places the greatest is at the lower right. The neuron of the digit 3 looks for it
	// at the middle of the nine.
	n.Dense.Neurons[3].W[4*Filters].Data = 1
	logits, _ := n.Forward(micrograd.Values(image...))
	assert.Equal(t, maps[3][3][0].Data, logits[3].Data)
	assert.Len(t, logits, 10)
}

func TestDigitRowIsAnImageAndItsDigit(t *testing.T) {
	row := Digit{X: slices.Repeat([]float64{0.5}, 64), Label: 3}.Row()
	assert.Equal(t, append(slices.Repeat([]float64{0.5}, 64), 0, 0, 0, 1, 0, 0, 0, 0, 0, 0), row)
	n := New(rand.New(rand.NewPCG(1, 0)))
	logits, _ := n.Forward(micrograd.Values(row[:64]...))
	assert.InDelta(t, -math.Log(micrograd.Softmax(logits)[3].Data),
		n.Loss(micrograd.Values(row...)).Data, 1e-9)
}
