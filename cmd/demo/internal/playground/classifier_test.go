package playground

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/digits"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDigitClassifierPredictsDrawings(t *testing.T) {
	c := NewDigitClassifier(1)
	for !c.Done() {
		c.Step()
	}
	assert.Equal(t, 1.0, c.Progress())
	assert.Greater(t, c.Accuracy(), 97.0)
	for _, curve := range []figure.Curve{c.TrainLoss, c.TestLoss} {
		assert.Len(t, curve.Y, Epochs)
		assert.Less(t, curve.Y[Epochs-1], 0.2)
	}
	assert.Less(t, c.TrainLoss.Y[Epochs-1], 0.05)
	assert.Greater(t, c.TestLoss.Y[Epochs-1], c.TrainLoss.Y[Epochs-1])
	assert.InDelta(t, 0.01*(1-0.9*11/12), c.adam.LR, 1e-9, "the learning rate falls")
	weight := c.params[0].Data
	c.Step()
	assert.Equal(t, weight, c.params[0].Data, "it is done")
	for digit, drawings := range drawn {
		for _, d := range drawings {
			best, p := c.Predict(d.Image()).Best()
			assert.Equal(t, digit, best)
			assert.Greater(t, p, 0.5)
		}
	}
}

func TestDigitClassifierShowsItsDataAndItsErrors(t *testing.T) {
	c := NewDigitClassifier(1)
	samples := c.Samples(2)
	require.Len(t, samples, 20)
	for i, image := range samples {
		assert.Equal(t, fmt.Sprint(i/2), image.Caption)
	}
	for c.Epoch == 0 {
		c.Step()
	}
	sum, wrong := 0.0, 0
	for _, d := range c.test {
		logits, _ := c.net.Forward(micrograd.Values(d.X...))
		sum += micrograd.CrossEntropy(logits, micrograd.Values(d.Row()[64:]...)).Data
		p := c.Predict(d.X)
		if best, _ := p.Best(); best != d.Label {
			assert.Equal(t, fmt.Sprintf("%d as %d", d.Label, best), c.Misread[wrong].Caption)
			wrong++
		}
	}
	assert.Len(t, c.Misread, wrong)
	assert.Len(t, c.test, HeldOut)
	assert.InDelta(t, 100*float64(HeldOut-wrong)/HeldOut, c.Accuracy(), 1e-9)
	assert.InEpsilon(t, sum/HeldOut, c.TestLoss.Y[0], 1e-9)
}

func TestPredictionHasProbabilitiesAndFeatureMaps(t *testing.T) {
	c := NewDigitClassifier(2)
	assert.Zero(t, c.Progress())
	image := drawn[5][0].Image()
	prediction := c.Predict(image)
	sum := 0.0
	for _, p := range prediction.Probabilities {
		sum += p
	}
	assert.InDelta(t, 1, sum, 1e-12)
	require.Len(t, prediction.FeatureMaps, digits.Filters)
	// By hand, at the place in row 2 and column 4.
	n := c.net.Filters.Neurons[7]
	z := n.B.Data
	for i, w := range n.W {
		z += w.Data * image[8*(2+i/3)+4+i%3]
	}
	assert.InDelta(t, max(0, z), prediction.FeatureMaps[7][6*2+4], 1e-12)
}

func TestPercentIsHundredOnlyForCertainty(t *testing.T) {
	for p, want := range map[float64]string{0: "0 %", 0.004: "0 %", 0.986: "99 %",
		0.9999: "over 99 %", 1: "100 %"} {
		assert.Equal(t, want, strings.ReplaceAll(Percent(p), "\u00a0", " "))
	}
}

func TestFiltersAreDrawnAboveTheirFeatureMaps(t *testing.T) {
	c, p := NewDigitClassifier(1), FiltersPicture()
	for _, w := range c.net.Filters.Neurons[13].W {
		w.Data = 0
	}
	c.net.Filters.Neurons[13].W[2].Data = 3
	prediction := c.Predict(drawn[1][0].Image())
	c.DrawFilters(p, prediction, Light)
	left, top := 8+1, 16+1 // the second in the second row
	assert.Equal(t, Light.Line, pixel(p, left-1, top), "a frame")
	assert.Equal(t, Light.Line, pixel(p, left, top+6))
	assert.Equal(t, Light.mix(1), pixel(p, left+5, top))
	assert.Equal(t, Light.mix(0), pixel(p, left, top))
	c.DrawFilters(p, Prediction{}, Light)
	assert.Equal(t, Light.Page, pixel(p, left+2, top+7+5), "nothing is predicted")
	c.DrawFilters(p, prediction, Light)
	most := 0.0
	for _, featureMap := range prediction.FeatureMaps {
		most = max(most, slices.Max(featureMap))
	}
	assert.Equal(t, Light.mix(prediction.FeatureMaps[13][6*5+2]/most), pixel(p, left+2, top+7+5))
}
