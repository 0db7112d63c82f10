package main

import (
	"math"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/stretchr/testify/assert"
)

func TestRMSEIsTheRootOfTheMeanSquaredError(t *testing.T) {
	ratings := []rating{{0, 0, 5}, {1, 0, 1}}
	predicted := []float64{2, 5} // errors of 3 and 4
	got := rmse(ratings, func(r rating) float64 { return predicted[r.user] })
	assert.InDelta(t, math.Sqrt(12.5), got, 1e-12)
}

func TestRecommenderTrainsOnTrainingDataOnly(t *testing.T) {
	run := quiet(t, "recommender", 1)
	recommender(run)

	rng := quiet(t, "recommender", 1).rng
	train, test := ratings(rng)
	_, mean := meanBaseline(train)
	f := newFactorization(rng, mean)
	var h, y []*micrograd.Value
	for _, r := range train {
		assert.NotContains(t, test, r)
		h, y = append(h, f.predict(r.user, r.film)), append(y, micrograd.New(r.stars))
	}
	penalty := 0.0
	for _, p := range f.parameters()[1:] {
		penalty += 0.1 / float64(len(train)) * p.Data * p.Data
	}
	assert.InDelta(t, micrograd.MSE(h, y).Data+penalty, run.losses.Y[0], 1e-9)
}
