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

// The derivative of a distribution function is its density. AlphaStable has neither.
func TestGonumDistributions(t *testing.T) {
	c := newTally(t)
	for name, ds := range map[string][]distribution{
		"Beta": {
			distuv.Beta{Alpha: 2, Beta: 5},
			distuv.Beta{Alpha: 0.5, Beta: 0.5},
			distuv.Beta{Alpha: 1, Beta: 30},
		},
		"Chi":         {distuv.Chi{K: 1}, distuv.Chi{K: 4}, distuv.Chi{K: 30}},
		"ChiSquared":  {distuv.ChiSquared{K: 3}, distuv.ChiSquared{K: 1}, distuv.ChiSquared{K: 30}},
		"Exponential": {distuv.Exponential{Rate: 2}, distuv.Exponential{Rate: 1e-3}},
		"F":           {distuv.F{D1: 3, D2: 7}, distuv.F{D1: 1, D2: 1}, distuv.F{D1: 20, D2: 30}},
		"Gamma": {
			distuv.Gamma{Alpha: 2.5, Beta: 3},
			distuv.Gamma{Alpha: 0.5, Beta: 1},
			distuv.Gamma{Alpha: 1, Beta: 1e-3},
			distuv.Gamma{Alpha: 300, Beta: 3},
		},
		"GumbelRight": {
			distuv.GumbelRight{Mu: 1, Beta: 2},
			distuv.GumbelRight{Mu: -100, Beta: 0.1},
		},
		"InverseGamma": {
			distuv.InverseGamma{Alpha: 2.5, Beta: 3},
			distuv.InverseGamma{Alpha: 0.5, Beta: 10},
			distuv.InverseGamma{Alpha: 300, Beta: 3},
		},
		"Logistic": {distuv.Logistic{Mu: 1, S: 2}, distuv.Logistic{Mu: -100, S: 0.1}},
		"Laplace":  {distuv.Laplace{Mu: 1, Scale: 2}, distuv.Laplace{Mu: -100, Scale: 0.1}},
		"LogNormal": {
			distuv.LogNormal{Mu: 0.1, Sigma: 0.8},
			distuv.LogNormal{Mu: -3, Sigma: 2},
		},
		"NoncentralT": {
			distuv.NoncentralT{Nu: 5, Mu: 0},
			distuv.NoncentralT{Nu: 3, Mu: 1},
			distuv.NoncentralT{Nu: 10, Mu: -2},
		},
		"Normal": {distuv.Normal{Mu: 1, Sigma: 2}, distuv.Normal{Mu: 1e3, Sigma: 1e-2}},
		"Pareto": {distuv.Pareto{Xm: 1, Alpha: 3}, distuv.Pareto{Xm: 1e3, Alpha: 0.5}},
		"StudentsT": {
			distuv.StudentsT{Mu: 1, Sigma: 2, Nu: 4},
			distuv.StudentsT{Mu: 0, Sigma: 1, Nu: 1},
			distuv.StudentsT{Mu: 10, Sigma: 0.1, Nu: 100},
		},
		"Triangle": {
			distuv.NewTriangle(0, 3, 1, nil),
			distuv.NewTriangle(0, 1, 0, nil),
			distuv.NewTriangle(-2, -1, -1, nil),
		},
		"Uniform": {distuv.Uniform{Min: -1, Max: 2}, distuv.Uniform{Min: 1e3, Max: 1e3 + 1}},
		"Weibull": {
			distuv.Weibull{K: 1.7, Lambda: 2},
			distuv.Weibull{K: 0.5, Lambda: 1},
			distuv.Weibull{K: 1, Lambda: 1e3},
			distuv.Weibull{K: 10, Lambda: 0.1},
		},
	} {
		rng := rand.New(rand.NewPCG(1, 0))
		for _, d := range ds {
			for range 100 {
				c.distribution(name, d, rng.Float64())
			}
			for _, p := range []float64{1e-6, 1e-4, 1e-2} { // the tails
				c.distribution(name, d, p)
				c.distribution(name, d, 1-p)
			}
		}
	}
	c.report(22000, 20)
}

// distribution checks d where its distribution function is p.
func (c *tally) distribution(name string, d distribution, p float64) {
	x := d.Quantile(p)
	check := func(what string, f func(x float64) float64, derivative float64) {
		c.check(name+" "+what, func(x []float64) float64 {
			if !(d.Prob(x[0]) > 0) {
				return math.NaN() // x is outside the domain
			}
			return f(x[0])
		}, []float64{derivative}, []float64{x})
	}
	check("Prob", d.CDF, d.Prob(x))
	check("LogProb", d.CDF, math.Exp(d.LogProb(x)))
	if s, ok := d.(interface{ Survival(x float64) float64 }); ok {
		check("Survival", s.Survival, -d.Prob(x))
	}
	if s, ok := d.(interface{ LogSurvival(x float64) float64 }); ok {
		check("LogSurvival", s.LogSurvival, -d.Prob(x)/math.Exp(s.LogSurvival(x)))
	}
	if s, ok := d.(interface{ ScoreInput(x float64) float64 }); ok {
		check("ScoreInput", d.LogProb, s.ScoreInput(x))
	}
	c.check(name+" Quantile", func(p []float64) float64 { return d.Quantile(p[0]) },
		[]float64{1 / d.Prob(x)}, []float64{p})
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

		p = []float64{-rng.Float64(), rng.Float64()}
		y := p[0] + (p[1]-p[0])*rng.Float64()
		uniform := func(p []float64) distuv.Uniform { return distuv.Uniform{Min: p[0], Max: p[1]} }
		c.check("Uniform", func(p []float64) float64 { return uniform(p).LogProb(y) },
			uniform(p).Score(nil, y), p)

		triangle := func(p []float64) distuv.Triangle {
			return distuv.NewTriangle(p[0], p[1], p[2], nil)
		}
		p = append(p, p[0]+(p[1]-p[0])*rng.Float64())
		c.check("Triangle", func(p []float64) float64 { return triangle(p).LogProb(y) },
			triangle(p).Score(nil, y), p)
	}
	c.report(1200, 12)
}
