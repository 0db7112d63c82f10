package main

import (
	"testing"

	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
	"github.com/stretchr/testify/assert"
)

func TestSequenceShowsTheMarkedNumbersAndTheirSum(t *testing.T) {
	l := sequence([]float64{0.5, 1, 0.25, 0, 0.75, 1, 0.1, 0, 1.25}, 1.2)
	assert.Equal(t, []*figure.Curve{
		{Name: "to be added", X: []float64{1, 3}, Y: []float64{0.5, 0.75}, Dots: true},
		{Name: "others", X: []float64{2, 4}, Y: []float64{0.25, 0.1}, Dots: true},
		{Name: "sum: 1.25", X: []float64{1, 4}, Y: []float64{1.25, 1.25}},
		{Name: "predicted: 1.20", X: []float64{4}, Y: []float64{1.2}, Dots: true},
	}, l.Curves)
}
