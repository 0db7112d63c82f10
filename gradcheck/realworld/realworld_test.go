// Package realworld checks gradients of published Go packages.
package realworld

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/gomicrograd/micrograd/gradcheck"
	"github.com/stretchr/testify/assert"
)

// A mistake is one that the check has found and that was then verified by hand in the source.
type mistake struct {
	test, what string // the test that finds it, and what it calls it
	source     string // where it is
	wrong      string
}

// known are the mistakes that the check is to find: these, and no others.
var known = slices.Concat([]mistake{
	{
		"TestGonumOptimizationFunctions", "Beale Hessian",
		"gonum v0.17.0, optimize/functions/functions.go, Beale.Hess",
		"its residuals f1, f2 and f3 have x[1] where Func and Grad have x[0]: " +
			"∂²f/∂x₀∂x₁ and ∂²f/∂x₁² are wrong",
	},
	{
		"TestGonumDistributions", "Logistic LogProb",
		"gonum v0.17.0, stat/distuv/logistic.go, Logistic.LogProb",
		"lacks Mu and S: it is the logarithm of Prob for Mu 0 and S 1 only",
	},
	{
		"TestGonumInterpolation", "outside the data",
		"gonum v0.17.0, interp/cubic.go, PiecewiseCubic.PredictDerivative",
		"returns the derivative at the first or last point, where Predict is constant",
	},
	{
		"TestGorgoniaScalarOperators", "Log2, Grad",
		"gorgonia v0.9.18, operatorPointwise_unary.go, log2DiffExpr",
		"gives ln 2/x where the derivative is 1/(x·ln 2); log2Diff, for the LispMachine, is right",
	},
	{
		"TestGorgoniaScalarOperators", "InverseSqrt, Grad",
		"gorgonia v0.9.18, operatorPointwise_unary.go, inverseSqrtDiffExpr",
		"is −1/(2y³) where the derivative of y = 1/√x is −y³/2",
	},
	{
		"TestGorgoniaScalarOperators", "InverseSqrt, LispMachine",
		"gorgonia v0.9.18, operatorPointwise_unary.go, inverseSqrtDiff",
		"has the same formula, and drops its result: the gradient stays 0",
	},
	{
		"TestSpagoActivations/float64", "GELU",
		"spago v1.1.0, mat/gradfn/misc.go, geluDeriv",
		"rounds its constants to six digits, such as 0.797885 for √(2/π): off by up to 2.5e-7",
	},
	{
		"TestSpagoActivations/float64", "SparseMax",
		"spago v1.1.0, mat/gradfn/sparsemax.go, SparseMax.Forward",
		"cuts the result at the largest input where it should cut at 1; Backward is right",
	},
	{
		"TestSpagoActivations/float32", "SparseMax",
		"spago v1.1.0, mat/gradfn/sparsemax.go, SparseMax.Forward",
		"as in float64",
	},
	{
		"TestGonumHyperdual", "Sinh of 0, E1mag, E2mag",
		"gonum v0.17.0, num/hyperdual/hyperdual_hyperbolic.go, Sinh",
		"sets E2mag to d.E1mag if d.Real is 0",
	},
	{
		"TestGonumSpecialFunctions", "GammaIncRegInv, small",
		"gonum v0.17.0, mathext/gamma_inc_inv.go, gammaIncRegInv",
		"stops at an absolute error of 4e-16: GammaIncRegInv(0.05, 0.1) is 1.0e-16, " +
			"not 5.8e-21",
	},
	{
		"TestGonumSpecialFunctions", "InvRegIncBeta near 1",
		"gonum v0.17.0, mathext/internal/cephes/incbi.go, Incbi",
		"takes any x where RegIncBeta is within 1e-6 of y and the density underflows: " +
			"InvRegIncBeta(1, 100, 1-1e-7) is 0.9999997, not 0.149",
	},
	{
		"TestGonumSpecialFunctions", "Hypergeo, large",
		"gonum v0.17.0, mathext/hypergeo.go, eqn15_2_12",
		"its recurrence is unstable: Hypergeo(57.5, -0.25, -51.5, -2) is -3.2e8, not 0.74",
	},
}, alike(
	"TestGonumDual", []string{"PowReal -1.5", "PowReal 1.5", "PowReal 3", "Sqrt"},
	" of 1e-20",
	"gonum v0.17.0, num/dual/dual_fike.go, PowReal",
	"differentiates at 1e-15 if d.Real is smaller: the dual part of Sqrt(1e-20 + ε) is 1.6e7, "+
		"not 5e9",
), alike(
	"TestGonumHyperdual", []string{"PowReal 3"}, " of 0, E1E2mag",
	"gonum v0.17.0, num/hyperdual/hyperdual_fike.go, PowReal",
	"differentiates at 1e-15 if d.Real is smaller: the second derivative of x³ at 0 is 6e-15",
), alike(
	"TestGonumHyperdual",
	[]string{"Asin", "Asinh", "Atan", "Atanh", "Sin", "Sinh", "Tan", "Tanh"}, " of 0, E1E2mag",
	"gonum v0.17.0, num/hyperdual/hyperdual_fike.go and hyperdual_hyperbolic.go",
	"drops d.E1E2mag if d.Real is 0: so the second derivative of sin x² at 0 is 0, not 2",
), alike(
	"TestGonumDualQuaternions",
	[]string{"Exp", "Inv", "Log", "Pow", "PowReal 2", "PowReal 2.5", "Sqrt"}, "",
	"gonum v0.17.0, num/dualquat/dual.go and dual_fike.go",
	"multiplies d.Dual by F′(d.Real), which is right only if the two commute: the dual part of "+
		"Inv(i + jε) is j, not −j, and that of PowReal(1+2i + jε, 2) is 2j − 4k, not 2j",
), alike(
	"TestGonumEllipticIntegrals", []string{"EllipticE", "EllipticF"}, " beyond π/2",
	"gonum v0.17.0, mathext/ell_carlson.go",
	"returns the integral up to π − phi, not phi: EllipticF(3, 0.5) is 0.142, not 3.566",
), alike(
	"TestGonumDualQuaternions", []string{"Abs", "Abs where p and q commute"}, "",
	"gonum v0.17.0, num/dualquat/dual.go, Abs",
	"its dual part is |p|, but |q + tp| changes by Re(q̄p)/|q|: that of Abs(1 + iε) is 1, not 0",
))

// alike lists a mistake that is in several functions.
func alike(test string, functions []string, what, source, wrong string) (ms []mistake) {
	for _, f := range functions {
		ms = append(ms, mistake{test, f + what, source, wrong})
	}
	return ms
}

// A tally counts verdicts. A mistake that isn't known is a failure.
type tally struct {
	t                *testing.T
	checks, doubtful int
	found            map[string]int
}

func newTally(t *testing.T) *tally { return &tally{t: t, found: map[string]int{}} }

// check checks a gradient of f where f is finite. Many functions panic outside their domain.
func (c *tally) check(what string, f func(x []float64) float64, grad, x []float64) {
	if v := f(x); math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	c.count(what, x, gradcheck.Config{PanicsAreNaN: true}.Check(f, grad, x))
}

func (c *tally) count(what string, x any, verdict error) {
	c.checks++
	if verdict == nil {
		return
	}
	var e *gradcheck.Error
	switch {
	case errors.As(verdict, &e) && len(e.Wrong()) == 0:
		c.doubtful++
	case c.expects(what):
		c.found[what]++
	default:
		c.t.Errorf("%s at %v: %v", what, x, verdict)
	}
}

func (c *tally) expects(what string) bool {
	return slices.ContainsFunc(known, func(m mistake) bool {
		return m.test == c.t.Name() && m.what == what
	})
}

// report fails unless the known mistakes were found, and finite differences could tell about most.
func (c *tally) report(checks, doubtful int) {
	c.t.Logf("%d checks, of which %d can't tell; known mistakes found: %v",
		c.checks, c.doubtful, c.found)
	assert.GreaterOrEqual(c.t, c.checks, checks)
	assert.LessOrEqual(c.t, c.doubtful, doubtful)
	for _, m := range known {
		if m.test == c.t.Name() {
			assert.Positive(c.t, c.found[m.what], "%s: %s", m.source, m.wrong)
		}
	}
}
