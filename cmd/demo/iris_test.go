package main

import (
	"strconv"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIrisTrainsOnTrainingDataOnly(t *testing.T) {
	run := quiet(t, "iris", 1)
	iris(run)

	names, flowers, err := readIris(irisCSV)
	require.NoError(t, err)
	net := quiet(t, "iris", 1).Net
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

func TestIrisMarksTheFlowersThatItGetsWrong(t *testing.T) {
	run := quiet(t, "iris", 5) // after five epochs, there are many
	parts := iris(run).figure.(figure.Stack)
	petals, table := parts[0].(figure.Field), parts[1].(figure.Table)

	wrong, wrongInTable := 0, 0
	for i, p := range petals.Points {
		if i%3 == 0 && p.Wrong { // held out
			wrong++
		}
	}
	for i, row := range table.Rows {
		for j, cell := range row[1:] {
			n, err := strconv.Atoi(cell)
			require.NoError(t, err)
			if i != j {
				wrongInTable += n
			}
		}
	}
	assert.Positive(t, wrong)
	assert.Equal(t, wrongInTable, wrong)

	// Fisher's means of the sepals of all flowers.
	for _, p := range petals.Points {
		class, _ := petals.Classify(p.X, p.Y)
		assert.Equal(t, argmax(run.Net.Predict(5.8433, 3.0573, p.X, p.Y)), class)
	}
}
