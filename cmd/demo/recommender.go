package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/figure"
)

// A rating is how many stars a user gave a film, from 1 to 5.
type rating struct {
	user, film int
	stars      float64
}

const (
	users, films = 60, 45
	factors      = 2
)

var genres = []string{"thrillers", "comedies", "documentaries"}

// A factorisation says how a user likes a film: as people like films on the whole, plus what is particular to this user, plus
// what is particular to this film, plus the product of what the user looks for and what the film has (Koren, Bell and
// Volinsky 2009, Matrix factorization techniques for recommender systems).
type factorisation struct {
	mean               *micrograd.Value
	userBias, filmBias []*micrograd.Value
	looksFor, has      [][]*micrograd.Value // factors for each user, and for each film
}

func newFactorisation(rng *rand.Rand, mean float64) *factorisation {
	return &factorisation{
		mean:     micrograd.New(mean),
		userBias: micrograd.Values(make([]float64, users)...),
		filmBias: micrograd.Values(make([]float64, films)...),
		looksFor: embeddings(rng, users, factors),
		has:      embeddings(rng, films, factors),
	}
}

func (f *factorisation) predict(user, film int) *micrograd.Value {
	return micrograd.Sum(f.mean, f.userBias[user], f.filmBias[film], micrograd.Dot(f.looksFor[user], f.has[film]))
}

func (f *factorisation) parameters() []*micrograd.Value {
	return slices.Concat([]*micrograd.Value{f.mean}, f.userBias, f.filmBias, slices.Concat(f.looksFor...), slices.Concat(f.has...))
}

// recommender finds out what users look for and what films have from a third of all possible ratings, and nothing else. Films of
// one genre are liked by the same users, so they come to have the same factors: what is near each other in the picture is liked
// alike, whatever the directions of its axes. Two factors do for three genres, since what a user's tastes have in common
// goes into the bias.
func recommender(t *training) result {
	train, test := ratings(t.rng)
	baseline, mean := means(train)
	f := newFactorisation(t.rng, mean)
	params := f.parameters()
	t.describe(fmt.Sprintf("%d factors for each of %d users and %d films", factors, users, films), params)

	// The whole table is one graph, and has no inputs: all that changes are the parameters. So the one row that it runs for has
	// no numbers. Compiled, it needn't be built for each step, which would take most of the time.
	var h, y []*micrograd.Value
	for _, r := range train {
		h, y = append(h, f.predict(r.user, r.film)), append(y, micrograd.New(r.stars))
	}
	penalty := micrograd.Dot(params[1:], params[1:]).MulC(0.1 / float64(len(train))) // it keeps what few ratings say from being believed
	program := micrograd.Compile(nil, micrograd.MSE(h, y).Add(penalty))

	predict := func(r rating) float64 { return f.predict(r.user, r.film).Data }
	adam := micrograd.NewAdam(t.lr)
	for epoch := range t.each() {
		micrograd.ZeroGrad(params...)
		adam.LR = t.falling(epoch)
		loss := program.Backward([][]float64{nil})
		adam.Step(params)
		t.report(loss, "RMSE held out %.3f", rmse(test, predict))
	}

	plane := figure.Field{Title: "What films have, as learnt from ratings alone, and their genre, which no rating tells", Classes: genres}
	for film, has := range f.has {
		plane.Points = append(plane.Points, figure.Point{X: has[0].Data, Y: has[1].Data, Class: film % len(genres)})
	}
	final, of := rmse(test, predict), rmse(test, baseline)
	return result{
		figure: plane,
		loss:   final,
		learnt: fmt.Sprintf("RMSE %.3f stars on %d ratings held out, where the means of user and film have %.3f", final, len(test), of),
		goal:   "less than that",
		met:    final < of,
		sample: micrograd.MSE([]*micrograd.Value{f.predict(train[0].user, train[0].film)}, y[:1]),
	}
}

// ratings makes up ratings: users have a taste for each genre and are kind or strict, films are of one genre and better or
// worse, and the rest is chance. Most are missing, and of those that aren't, every fifth is held out.
func ratings(rng *rand.Rand) (train, test []rating) {
	var taste [users][]float64
	var kind [users]float64
	var good [films]float64
	for u := range users {
		kind[u] = 0.4 * rng.NormFloat64()
		for range genres {
			taste[u] = append(taste[u], rng.NormFloat64())
		}
	}
	for i := range films {
		good[i] = 0.4 * rng.NormFloat64()
	}
	n := 0
	for u := range users {
		for i := range films {
			if rng.Float64() > 0.4 {
				continue
			}
			stars := math.Round(3 + kind[u] + good[i] + taste[u][i%len(genres)] + 0.3*rng.NormFloat64())
			r := rating{u, i, max(1, min(5, stars))}
			if n++; n%5 == 0 {
				test = append(test, r)
			} else {
				train = append(train, r)
			}
		}
	}
	return train, test
}

// means returns the mean of all ratings, and a prediction that is made of means: how far a user and a film are from it.
func means(ratings []rating) (predict func(r rating) float64, mean float64) {
	var userSum, userN [users]float64
	var filmSum, filmN [films]float64
	for _, r := range ratings {
		mean += r.stars / float64(len(ratings))
	}
	for _, r := range ratings {
		userSum[r.user] += r.stars - mean
		userN[r.user]++
		filmSum[r.film] += r.stars - mean
		filmN[r.film]++
	}
	return func(r rating) float64 {
		return mean + userSum[r.user]/max(1, userN[r.user]) + filmSum[r.film]/max(1, filmN[r.film])
	}, mean
}

// rmse returns the root of the mean squared error.
func rmse(ratings []rating, predict func(r rating) float64) float64 {
	sum := 0.0
	for _, r := range ratings {
		d := predict(r) - r.stars
		sum += d * d
	}
	return math.Sqrt(sum / float64(len(ratings)))
}
