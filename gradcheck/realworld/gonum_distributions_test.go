package realworld

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

type distribution interface {
	CDF(x float64) float64
	Prob(x float64) float64
	LogProb(x float64) float64
	Quantile(p float64) float64
}

// The derivative of a distribution function is its density.
func TestGonumDistributions(t *testing.T) {
	c := newTally(t)
	for name, d := range map[string]distribution{
		"Beta":         distuv.Beta{Alpha: 2, Beta: 5},
		"ChiSquared":   distuv.ChiSquared{K: 3},
		"Exponential":  distuv.Exponential{Rate: 2},
		"F":            distuv.F{D1: 3, D2: 7},
		"Gamma":        distuv.Gamma{Alpha: 2.5, Beta: 3},
		"GumbelRight":  distuv.GumbelRight{Mu: 1, Beta: 2},
		"InverseGamma": distuv.InverseGamma{Alpha: 2.5, Beta: 3},
		"Logistic":     distuv.Logistic{Mu: 1, S: 2},
		"Laplace":      distuv.Laplace{Mu: 1, Scale: 2},
		"LogNormal":    distuv.LogNormal{Mu: 0.1, Sigma: 0.8},
		"Normal":       distuv.Normal{Mu: 1, Sigma: 2},
		"Pareto":       distuv.Pareto{Xm: 1, Alpha: 3},
		"StudentsT":    distuv.StudentsT{Mu: 1, Sigma: 2, Nu: 4},
		"Triangle":     distuv.NewTriangle(0, 3, 1, nil),
		"Uniform":      distuv.Uniform{Min: -1, Max: 2},
		"Weibull":      distuv.Weibull{K: 1.7, Lambda: 2},
	} {
		rng := rand.New(rand.NewPCG(1, 0))
		for range 100 {
			x := d.Quantile(rng.Float64())
			cdf := func(x []float64) float64 {
				if !(d.Prob(x[0]) > 0) {
					return math.NaN() // F, for one, panics there
				}
				return d.CDF(x[0])
			}
			c.check(name+" Prob", cdf, []float64{d.Prob(x)}, []float64{x})
			c.check(name+" LogProb", cdf, []float64{math.Exp(d.LogProb(x))}, []float64{x})
			if s, ok := d.(interface{ ScoreInput(x float64) float64 }); ok {
				c.check(name+" ScoreInput", func(x []float64) float64 { return d.LogProb(x[0]) },
					[]float64{s.ScoreInput(x)}, []float64{x})
			}
		}
	}
	c.report(3500, 35)
}

// A score is the gradient of the log-likelihood in the parameters.
func TestGonumScores(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 0))
	c := newTally(t)
	for range 200 {
		normal := func(p []float64) distuv.Normal { return distuv.Normal{Mu: p[0], Sigma: p[1]} }
		p := []float64{rng.NormFloat64(), 0.5 + rng.Float64()}
		x := p[0] + p[1]*rng.NormFloat64()
		c.check("Normal", func(p []float64) float64 { return normal(p).LogProb(x) },
			normal(p).Score(nil, x), p)

		laplace := func(p []float64) distuv.Laplace { return distuv.Laplace{Mu: p[0], Scale: p[1]} }
		c.check("Laplace", func(p []float64) float64 { return laplace(p).LogProb(x) },
			laplace(p).Score(nil, x), p)

		exponential := func(p []float64) distuv.Exponential {
			return distuv.Exponential{Rate: p[0]}
		}
		p = []float64{0.5 + rng.Float64()}
		c.check("Exponential", func(p []float64) float64 { return exponential(p).LogProb(x * x) },
			exponential(p).Score(nil, x*x), p)

		weibull := func(p []float64) distuv.Weibull { return distuv.Weibull{K: p[0], Lambda: p[1]} }
		p = []float64{1 + rng.Float64(), 0.5 + rng.Float64()}
		c.check("Weibull", func(p []float64) float64 { return weibull(p).LogProb(x * x) },
			weibull(p).Score(nil, x*x), p)
	}
	c.report(800, 8)
}
