package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

// logitsAfter returns the logits after a text.
func logitsAfter(m *transformer, letters ...int) (logits []float64) {
	c := &cache{}
	for _, letter := range letters {
		logits = data(m.next(c, letter))
	}
	return logits
}

func TestTransformerDependsOnTheOrderOfLetters(t *testing.T) {
	m := newTransformer(quiet(t, "names", 1).rng)
	change := 0.0
	swapped := logitsAfter(m, 0, 2, 1, 3)
	for i, z := range logitsAfter(m, 0, 1, 2, 3) {
		change = max(change, math.Abs(z-swapped[i]))
	}
	assert.Greater(t, change, 1e-4)
}
