package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNamesMeasuresTheLossOfHeldOutNames(t *testing.T) {
	train, test := split([]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"})
	assert.Equal(t, []string{"a", "k"}, test)
	assert.Equal(t, []string{"b", "c", "d", "e", "f", "g", "h", "i", "j"}, train)

	r := names(quiet(t, "names", 5))
	heldOut := r.losses.Curves[0]
	assert.Equal(t, "held out", heldOut.Name)
	assert.Equal(t, []float64{r.loss}, heldOut.Y, "the loss after the last epoch")
}
