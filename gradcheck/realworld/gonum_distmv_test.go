package realworld

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomicrograd/micrograd/gradcheck"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/spatial/r1"
	"gonum.org/v1/gonum/stat/distmv"
)

// Of the distributions of several numbers, only Normal has a gradient, and Uniform has the
// distribution functions of its coordinates. The gradients of the others are by formula.
func TestGonumMultivariateDistributions(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	c := newTally(t)
	for i := range 100 {
		n := 2 + i%4
		random := func() []float64 {
			x := make([]float64, n)
			for i := range x {
				x[i] = rng.NormFloat64()
			}
			return x
		}
		mu, x, alpha := random(), random(), random()
		for i := range alpha {
			alpha[i] = math.Exp(alpha[i])
		}
		sigma := mat.NewSymDense(n, nil)
		for range n + 1 {
			sigma.SymRankOne(sigma, 1, mat.NewVecDense(n, random()))
		}

		normal, ok := distmv.NewNormal(mu, sigma, nil)
		require.True(t, ok)
		score := normal.ScoreInput(nil, x)
		c.check("Normal ScoreInput", normal.LogProb, score, x)
		c.check("Normal Prob", normal.Prob, scaled(normal.Prob(x), score), x)
		c.check("Normal SetMean", func(m []float64) float64 {
			normal.SetMean(m)
			defer normal.SetMean(mu)
			return normal.LogProb(x)
		}, scaled(-1, score), mu)

		// The other coordinates have the same score if one is given.
		normal, ok = normal.ConditionNormal([]int{0}, x[:1], nil)
		require.True(t, ok)
		c.check("Normal ConditionNormal", normal.LogProb, score[1:], x[1:])

		// But for a factor, the density is (1 + d²/ν)^(−(ν+n)/2) with d² = −(x−μ)·score.
		nu := 1 + 5*rng.Float64()
		student, ok := distmv.NewStudentsT(mu, sigma, nu, nil)
		require.True(t, ok)
		d2 := 0.0
		for i := range x {
			d2 -= (x[i] - mu[i]) * score[i]
		}
		score = scaled((nu+float64(n))/(nu+d2), score)
		c.check("StudentsT LogProb", student.LogProb, score, x)
		c.check("StudentsT Prob", student.Prob, scaled(student.Prob(x), score), x)
		student, ok = student.ConditionStudentsT([]int{0}, x[:1], nil)
		require.True(t, ok)
		c.check("StudentsT ConditionStudentsT", student.LogProb, score[1:], x[1:])

		dirichlet := distmv.NewDirichlet(alpha, rand.NewPCG(uint64(i), 0))
		y, sum := dirichlet.Rand(nil), 0.0
		for i := range y {
			score[i] = (alpha[i] - 1) / y[i]
			sum += alpha[i]
		}
		c.check("Dirichlet LogProb", dirichlet.LogProb, score, y)
		c.check("Dirichlet Prob", dirichlet.Prob, scaled(dirichlet.Prob(y), score), y)
		for i := range y {
			score[i] = math.Log(y[i]) - mathext.Digamma(alpha[i]) + mathext.Digamma(sum)
		}
		c.check("Dirichlet alpha", func(alpha []float64) float64 {
			return distmv.NewDirichlet(alpha, nil).LogProb(y)
		}, score, alpha)

		bounds := make([]r1.Interval, n)
		for i := range bounds {
			bounds[i] = r1.Interval{Min: x[i] - alpha[i], Max: x[i] + 1}
		}
		uniform := distmv.NewUniform(bounds, nil)
		jac := make([][]float64, n)
		for i := range jac {
			jac[i] = make([]float64, n)
			jac[i][i] = distmv.NewUniform(bounds[i:i+1], nil).Prob(x[i : i+1])
		}
		c.count("Uniform CDF", x, gradcheck.Jacobian(func(x []float64) []float64 {
			return uniform.CDF(nil, x)
		}, jac, x))
	}
	c.report(1100, 10)
}

func scaled(by float64, x []float64) (y []float64) {
	for _, x := range x {
		y = append(y, by*x)
	}
	return y
}
