package playground

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGuidesShowWhatTheySay(t *testing.T) {
	after := func(title string, steps int) (train, test Result) {
		for _, g := range Guides {
			if g.Title == title {
				a := Address{Tab: "playground", Settings: settings(t, "data", "xor", "l2", "0.5")}
				require.NoError(t, a.Parse(g.Address()), "it says all settings")
				e := NewExperiment(a.Settings)
				for range steps {
					e.Step()
				}
				return e.Results()
			}
		}
		t.Fatalf("there is no guide %q", title)
		return
	}
	train, _ := after("Too small", 2000)
	assert.Less(t, train.Accuracy, 80.0)

	train, _ = after("Other inputs", 300)
	assert.Greater(t, train.Accuracy, 95.0)

	train, test := after("Overfitting", 1000)
	assert.Less(t, train.Loss, 0.15)
	assert.Greater(t, test.Loss, 3.0)

	_, test = after("L2 penalty", 1000)
	assert.Less(t, test.Loss, 0.65)

	train, _ = after("Rate too high", 100)
	assert.False(t, train.Loss < 1)

	s := Guides[4].Settings()
	require.NoError(t, s.Set("lr", "0.3"))
	e := NewExperiment(s)
	for range 300 {
		e.Step()
	}
	train, _ = e.Results()
	assert.Greater(t, train.Accuracy, 90.0, "what it says to try")

	train, _ = after("Vanishing gradients", 1000)
	assert.InDelta(t, 0.69, train.Loss, 0.01)

	train, _ = after("ReLU", 100)
	assert.Less(t, train.Loss, 0.3)
	assert.Len(t, Guides, 7, "check here what a new guide says")
}
