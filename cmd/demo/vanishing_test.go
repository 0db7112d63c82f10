package main

import (
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/stretchr/testify/assert"
)

func TestGradientsOfADeepNetAreNorms(t *testing.T) {
	net := micrograd.NewMLP(quiet(t, "vanishing", 1).rng, micrograd.Sigmoid, 2, 1, 1)
	for i, p := range net.Parameters() {
		p.Grad = []float64{3, 4, 100, -7, 100}[i] // 100 for biases
	}
	assert.Equal(t, []float64{5, 7}, (&deepNet{net: net}).gradients())
}
