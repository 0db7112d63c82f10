package realworld

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"gonum.org/v1/gonum/stat/distuv"
)

type distribution interface {
	CDF(x float64) float64
	Prob(x float64) float64
	LogProb(x float64) float64
	Rand() float64
}

// The derivative of a distribution function is its density.
func TestGonumsDensitiesAreDerivatives(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	c := newTally(t)
	for name, d := range map[string]distribution{
		"Beta":         distuv.Beta{Alpha: 2, Beta: 5, Src: rng},
		"ChiSquared":   distuv.ChiSquared{K: 3, Src: rng},
		"Exponential":  distuv.Exponential{Rate: 2, Src: rng},
		"F":            distuv.F{D1: 3, D2: 7, Src: rng},
		"Gamma":        distuv.Gamma{Alpha: 2.5, Beta: 3, Src: rng},
		"GumbelRight":  distuv.GumbelRight{Mu: 1, Beta: 2, Src: rng},
		"InverseGamma": distuv.InverseGamma{Alpha: 2.5, Beta: 3, Src: rng},
		"Laplace":      distuv.Laplace{Mu: 1, Scale: 2, Src: rng},
		"LogNormal":    distuv.LogNormal{Mu: 0.1, Sigma: 0.8, Src: rng},
		"Normal":       distuv.Normal{Mu: 1, Sigma: 2, Src: rng},
		"Pareto":       distuv.Pareto{Xm: 1, Alpha: 3, Src: rng},
		"StudentsT":    distuv.StudentsT{Mu: 1, Sigma: 2, Nu: 4, Src: rng},
		"Triangle":     distuv.NewTriangle(0, 3, 1, rng),
		"Uniform":      distuv.Uniform{Min: -1, Max: 2, Src: rng},
		"Weibull":      distuv.Weibull{K: 1.7, Lambda: 2, Src: rng},
	} {
		for range 100 {
			x := d.Rand()
			c.check(name+" CDF", func(x []float64) float64 {
				if !(d.Prob(x[0]) > 0) {
					return math.NaN() // F, for one, panics there
				}
				return d.CDF(x[0])
			}, []float64{d.Prob(x)}, []float64{x})
			if s, ok := d.(interface{ ScoreInput(x float64) float64 }); ok {
				c.check(name+" ScoreInput", func(x []float64) float64 { return d.LogProb(x[0]) }, []float64{s.ScoreInput(x)}, []float64{x})
			}
		}
	}
	t.Logf("%d derivatives, of which %d can't be told", c.checks, c.doubtful)
	assert.Greater(t, c.checks, 1800)
	assert.LessOrEqual(t, c.doubtful, c.checks/100)
}

// A score is the gradient of the log-likelihood in the parameters.
func TestGonumsScores(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 0))
	c := newTally(t)
	for range 200 {
		p := []float64{rng.NormFloat64(), 0.5 + rng.Float64()}
		x := distuv.Normal{Mu: p[0], Sigma: p[1], Src: rng}.Rand()
		c.check("Normal", func(p []float64) float64 { return distuv.Normal{Mu: p[0], Sigma: p[1]}.LogProb(x) },
			distuv.Normal{Mu: p[0], Sigma: p[1]}.Score(nil, x), p)
		c.check("Laplace", func(p []float64) float64 { return distuv.Laplace{Mu: p[0], Scale: p[1]}.LogProb(x) },
			distuv.Laplace{Mu: p[0], Scale: p[1]}.Score(nil, x), p)

		rate := []float64{0.5 + rng.Float64()}
		c.check("Exponential", func(p []float64) float64 { return distuv.Exponential{Rate: p[0]}.LogProb(x * x) },
			distuv.Exponential{Rate: rate[0]}.Score(nil, x*x), rate)

		k := []float64{1 + rng.Float64(), 0.5 + rng.Float64()}
		c.check("Weibull", func(p []float64) float64 { return distuv.Weibull{K: p[0], Lambda: p[1]}.LogProb(x * x) },
			distuv.Weibull{K: k[0], Lambda: k[1]}.Score(nil, x*x), k)
	}
	t.Logf("%d gradients, of which %d can't be told", c.checks, c.doubtful)
	assert.Equal(t, 800, c.checks)
	assert.LessOrEqual(t, c.doubtful, c.checks/100)
}
