package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// A rating is the number of stars that a user gave a film, from 1 to 5.
type rating struct {
	user, film int
	stars      float64
}

const (
	users, films = 60, 45
	factors      = 2
)

var genres = []string{"thrillers", "comedies", "documentaries"}

// A factorization predicts a rating: the mean of all ratings, plus a bias of the user, plus a bias
// of the film, plus the dot product of their factors (Koren, Bell and Volinsky 2009, Matrix
// factorization techniques for recommender systems).
type factorization struct {
	mean               *micrograd.Value
	userBias, filmBias []*micrograd.Value
	ofUser, ofFilm     [][]*micrograd.Value // the factors
}

func newFactorization(rng *rand.Rand, mean float64) *factorization {
	return &factorization{
		mean:     micrograd.New(mean),
		userBias: micrograd.Values(make([]float64, users)...),
		filmBias: micrograd.Values(make([]float64, films)...),
		ofUser:   embeddings(rng, users, factors),
		ofFilm:   embeddings(rng, films, factors),
	}
}

func (f *factorization) predict(user, film int) *micrograd.Value {
	return micrograd.Sum(f.mean, f.userBias[user], f.filmBias[film],
		micrograd.Dot(f.ofUser[user], f.ofFilm[film]))
}

func (f *factorization) parameters() []*micrograd.Value {
	return slices.Concat([]*micrograd.Value{f.mean}, f.userBias, f.filmBias,
		slices.Concat(f.ofUser...), slices.Concat(f.ofFilm...))
}

// recommender factorizes a table of ratings, of which a third is known. Films of the same genre are
// liked by the same users, so they get similar factors: the figure shows three clusters, whose
// orientation is arbitrary. Two factors are enough for three genres, since what a user likes about
// all of them is in the user's bias.
func recommender(t *training) result {
	train, test := ratings(t.rng)
	baseline, mean := meanBaseline(train)
	f := newFactorization(t.rng, mean)
	params := f.parameters()
	t.describe(fmt.Sprintf("%d factors for each of %d users and %d films", factors, users, films),
		params)

	// The graph of the whole table has no inputs: only the parameters change. So the program runs
	// for one row, which has no numbers.
	var h, y []*micrograd.Value
	for _, r := range train {
		h, y = append(h, f.predict(r.user, r.film)), append(y, micrograd.New(r.stars))
	}
	// The penalty reduces overfitting.
	penalty := micrograd.Dot(params[1:], params[1:]).MulC(0.1 / float64(len(train)))
	program := micrograd.Compile(nil, micrograd.MSE(h, y).Add(penalty))

	predict := func(r rating) float64 { return f.predict(r.user, r.film).Data }
	adam := micrograd.NewAdam(t.lr)
	for epoch := range t.each() {
		micrograd.ZeroGrad(params...)
		adam.LR = t.decayedLR(epoch)
		loss := program.Backward([][]float64{nil})
		adam.Step(params)
		t.report(loss, "RMSE held out %.3f", rmse(test, predict))
	}

	plane := figure.Field{
		Title:   "Factors of films (genres are not in the data)",
		X:       "first factor",
		Y:       "second factor",
		Classes: genres,
	}
	for film, factors := range f.ofFilm {
		plane.Points = append(plane.Points,
			figure.Point{X: factors[0].Data, Y: factors[1].Data, Class: film % len(genres)})
	}
	final, baselineRMSE := rmse(test, predict), rmse(test, baseline)
	return result{
		figure: plane,
		loss:   final,
		learned: fmt.Sprintf("RMSE %.3f stars on %d held-out ratings; baseline "+
			"(user and film means) %.3f", final, len(test), baselineRMSE),
		goal: "below the baseline",
		met:  final < baselineRMSE,
		lossNote: "This is the mean squared error on training data plus the penalty. " +
			"The result is on held-out ratings.",
		rowLoss: micrograd.MSE([]*micrograd.Value{f.predict(train[0].user, train[0].film)}, y[:1]),
	}
}

// ratings generates ratings: users have a taste for each genre and are generous or strict, films
// have one genre and are better or worse, and the rest is noise. Most ratings are missing. Of the
// others, every fifth is held out.
func ratings(rng *rand.Rand) (train, test []rating) {
	var taste [users][]float64
	var generosity [users]float64
	var quality [films]float64
	for u := range users {
		generosity[u] = 0.4 * rng.NormFloat64()
		for range genres {
			taste[u] = append(taste[u], rng.NormFloat64())
		}
	}
	for i := range films {
		quality[i] = 0.4 * rng.NormFloat64()
	}
	n := 0
	for u := range users {
		for i := range films {
			if rng.Float64() > 0.4 {
				continue
			}
			liking := generosity[u] + quality[i] + taste[u][i%len(genres)] + 0.3*rng.NormFloat64()
			stars := math.Round(3 + liking)
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

// meanBaseline returns the mean of all ratings, and a baseline: the mean, plus how far the ratings
// of the user and of the film are from it.
func meanBaseline(ratings []rating) (predict func(r rating) float64, mean float64) {
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
