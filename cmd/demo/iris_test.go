package main

import (
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIrisTrainsOnTrainingDataOnly(t *testing.T) {
	run := quiet(t, "iris", 1)
	iris(run)

	names, flowers, err := readIris(irisCSV)
	require.NoError(t, err)
	net := quiet(t, "iris", 1).net
	sum, n := 0.0, 0.0
	for i, f := range flowers {
		if i%3 == 0 {
			continue // held out
		}
		row := micrograd.Values(oneHot(f.x, f.species, len(names))...)
		sum += micrograd.CrossEntropy(net.Forward(row[:4]), row[4:]).Data
		n++
	}
	assert.Equal(t, 100.0, n)
	assert.InDelta(t, sum/n, run.losses.Y[0], 1e-9)
}
