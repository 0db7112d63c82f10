package realworld

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/functions"
)

type objective struct {
	name   string
	f      interface{ Func(x []float64) float64 }
	starts [][]float64 // the standard ones, as in the package's own tests
}

func filled(n int, x float64) []float64 { return slices.Repeat([]float64{x}, n) }

func upTo(n int) (x []float64) {
	for i := range n {
		x = append(x, float64(i+1))
	}
	return x
}

var objectives = []objective{
	{"Beale", functions.Beale{}, [][]float64{{1, 1}, {1, 4}}},
	{"BiggsEXP2", functions.BiggsEXP2{}, [][]float64{{1, 2}}},
	{"BiggsEXP3", functions.BiggsEXP3{}, [][]float64{{1, 2, 1}}},
	{"BiggsEXP4", functions.BiggsEXP4{}, [][]float64{{1, 2, 1, 1}}},
	{"BiggsEXP5", functions.BiggsEXP5{}, [][]float64{{1, 2, 1, 1, 1}}},
	{"BiggsEXP6", functions.BiggsEXP6{}, [][]float64{{1, 2, 1, 1, 1, 1}}},
	{"Box3D", functions.Box3D{}, [][]float64{{0, 10, 20}}},
	{"BrownAndDennis", functions.BrownAndDennis{}, [][]float64{{25, 5, -5, -1}}},
	{"BrownBadlyScaled", functions.BrownBadlyScaled{}, [][]float64{{1, 1}}},
	{"ConcaveLeft", functions.ConcaveLeft{}, [][]float64{{0}, {1}}},
	{"ConcaveRight", functions.ConcaveRight{}, [][]float64{{0}, {1}}},
	{"ExtendedPowellSingular", functions.ExtendedPowellSingular{},
		[][]float64{{3, -1, 0, 3}, {3, -1, 0, 3, 3, -1, 0, 3}}},
	{"ExtendedRosenbrock", functions.ExtendedRosenbrock{},
		[][]float64{{-1.2, 1}, {-1.2, 1, -1.2}, {-1.2, 1, -1.2, 1}}},
	{"Gaussian", functions.Gaussian{}, [][]float64{{0.4, 1, 0}}},
	{"GulfResearchAndDevelopment", functions.GulfResearchAndDevelopment{},
		[][]float64{{5, 2.5, 0.15}}},
	{"HelicalValley", functions.HelicalValley{}, [][]float64{{-1, 0, 0}}},
	{"Linear", functions.Linear{}, [][]float64{{1, 2, 3}}},
	{"MinimalSurface", functions.NewMinimalSurface(5, 5), [][]float64{filled(9, 0.2)}},
	{"PenaltyI", functions.PenaltyI{}, [][]float64{upTo(4), upTo(10)}},
	{"PenaltyII", functions.PenaltyII{}, [][]float64{filled(4, 0.5), filled(10, 0.5)}},
	{"Plassmann", functions.Plassmann{L: 39, Beta: 0.01}, [][]float64{{0.1}, {0.5}, {2}}},
	{"PowellBadlyScaled", functions.PowellBadlyScaled{}, [][]float64{{0, 1}}},
	{"Sphere", functions.Sphere{}, [][]float64{filled(3, 0.5), upTo(10)}},
	{"Trigonometric", functions.Trigonometric{},
		[][]float64{filled(2, 0.5), filled(5, 0.2), filled(10, 0.1)}},
	{"VariablyDimensioned", functions.VariablyDimensioned{},
		[][]float64{{0.5, 0}, {2. / 3, 1. / 3, 0}, {0.75, 0.5, 0.25, 0}}},
	{"Watson", functions.Watson{},
		[][]float64{filled(2, 0), filled(6, 0), filled(9, 0), filled(12, 0)}},
	{"Wood", functions.Wood{}, [][]float64{{-3, -1, -3, -1}}},
	{"YanaiOzawaKaneko 0.001 0.001", functions.YanaiOzawaKaneko{Beta1: 0.001, Beta2: 0.001},
		[][]float64{{0.1}, {0.5}, {2}}},
	{"YanaiOzawaKaneko 0.001 0.01", functions.YanaiOzawaKaneko{Beta1: 0.001, Beta2: 0.01},
		[][]float64{{0.1}, {0.5}}},
	{"YanaiOzawaKaneko 0.01 0.001", functions.YanaiOzawaKaneko{Beta1: 0.01, Beta2: 0.001},
		[][]float64{{0.1}, {0.5}}},
}

func (o objective) grad(x []float64) []float64 {
	grad := make([]float64, len(x))
	switch f := o.f.(type) {
	case interface{ Grad(grad, x []float64) }:
		f.Grad(grad, x)
	case interface {
		Grad(grad, x []float64) []float64
	}:
		f.Grad(grad, x)
	}
	return grad
}

// points are the starts, twenty random points around each, and the minima.
func (o objective) points() (xs [][]float64) {
	rng := rand.New(rand.NewPCG(1, 0))
	for _, start := range o.starts {
		xs = append(xs, start)
		for range 20 {
			x := slices.Clone(start)
			for i := range x {
				x[i] += 0.3 * rng.NormFloat64() * max(math.Abs(x[i]), 1)
			}
			xs = append(xs, x)
		}
	}
	if f, ok := o.f.(interface{ Minima() []functions.Minimum }); ok {
		for _, m := range f.Minima() {
			xs = append(xs, m.X)
		}
	}
	return xs
}

func TestGonumOptimizationFunctions(t *testing.T) {
	c := newTally(t)
	for _, o := range objectives {
		for _, x := range o.points() {
			c.check(o.name, o.f.Func, o.grad(x), x)
			h, ok := o.f.(interface {
				Hess(dst *mat.SymDense, x []float64)
			})
			if !ok {
				continue
			}
			hessian := mat.NewSymDense(len(x), nil)
			h.Hess(hessian, x)
			for i := range x {
				row := mat.Row(nil, i, hessian)
				f := func(x []float64) float64 { return o.grad(x)[i] }
				c.check(o.name+" Hessian", f, row, x)
			}
		}
	}
	c.report(1800, 2)
}
