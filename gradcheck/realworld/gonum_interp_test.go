package realworld

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/interp"
)

func TestGonumInterpolation(t *testing.T) {
	c := newTally(t)
	for name, predictor := range map[string]interp.DerivativePredictor{
		"AkimaSpline":    &interp.AkimaSpline{},
		"ClampedCubic":   &interp.ClampedCubic{},
		"FritschButland": &interp.FritschButland{},
		"NaturalCubic":   &interp.NaturalCubic{},
		"NotAKnotCubic":  &interp.NotAKnotCubic{},
	} {
		rng := rand.New(rand.NewPCG(1, 0))
		for range 20 {
			var xs, ys []float64
			for i := range 8 {
				xs, ys = append(xs, float64(i)+0.5*rng.Float64()), append(ys, rng.NormFloat64())
			}
			require.NoError(t, predictor.(interp.FittablePredictor).Fit(xs, ys))
			f := func(x []float64) float64 { return predictor.Predict(x[0]) }
			check := func(what string, x float64) {
				c.check(what, f, []float64{predictor.PredictDerivative(x)}, []float64{x})
			}
			for range 5 {
				check(name, xs[0]+(xs[7]-xs[0])*rng.Float64())
			}
			check("outside the data", xs[0]-1)
			check("outside the data", xs[7]+1)
		}
	}
	c.report(700, 7)
}
