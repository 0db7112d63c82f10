package realworld

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

func lgamma(x float64) float64 { v, _ := math.Lgamma(x); return v }

// gammaDensity is the derivative of GammaIncReg(a, x) in x.
func gammaDensity(a, x float64) float64 { return math.Exp((a-1)*math.Log(x) - x - lgamma(a)) }

// betaDensity is the derivative of RegIncBeta(a, b, x) in x.
func betaDensity(a, b, x float64) float64 {
	return math.Exp((a-1)*math.Log(x) + (b-1)*math.Log1p(-x) -
		lgamma(a) - lgamma(b) + lgamma(a+b))
}

// Functions of one number, which may have parameters p.
var specialFunctions = []struct {
	name  string
	f, df func(p []float64, x float64) float64
	// The x are between these. There, and where parameters are below 5, f is defined.
	from, to float64
}{
	{
		"lgamma and Digamma",
		func(_ []float64, x float64) float64 { return lgamma(x) },
		func(_ []float64, x float64) float64 { return mathext.Digamma(x) },
		-5, 20,
	},
	{
		"Beta",
		func(p []float64, x float64) float64 { return mathext.Beta(p[0], x) },
		func(p []float64, x float64) float64 {
			return mathext.Beta(p[0], x) * (mathext.Digamma(x) - mathext.Digamma(p[0]+x))
		},
		0, 10,
	},
	{
		"Lbeta",
		func(p []float64, x float64) float64 { return mathext.Lbeta(x, p[0]) },
		func(p []float64, x float64) float64 {
			return mathext.Digamma(x) - mathext.Digamma(p[0]+x)
		},
		0, 100,
	},
	{
		"MvLgamma",
		func(_ []float64, x float64) float64 { return mathext.MvLgamma(x, 3) },
		func(_ []float64, x float64) float64 {
			return mathext.Digamma(x) + mathext.Digamma(x-0.5) + mathext.Digamma(x-1)
		},
		1, 20,
	},
	{
		"GammaIncReg",
		func(p []float64, x float64) float64 { return mathext.GammaIncReg(p[0], x) },
		func(p []float64, x float64) float64 { return gammaDensity(p[0], x) },
		0, 10,
	},
	{
		"GammaIncReg, large",
		func(p []float64, x float64) float64 { return mathext.GammaIncReg(100*p[0], 100*p[0]*x) },
		func(p []float64, x float64) float64 {
			return 100 * p[0] * gammaDensity(100*p[0], 100*p[0]*x)
		},
		0.7, 1.4,
	},
	{
		"GammaIncRegComp",
		func(p []float64, x float64) float64 { return mathext.GammaIncRegComp(p[0], x) },
		func(p []float64, x float64) float64 { return -gammaDensity(p[0], x) },
		0, 10,
	},
	{
		"GammaIncRegInv",
		func(p []float64, y float64) float64 { return mathext.GammaIncRegInv(p[0], y) },
		func(p []float64, y float64) float64 {
			return 1 / gammaDensity(p[0], mathext.GammaIncRegInv(p[0], y))
		},
		0, 1,
	},
	{
		"GammaIncRegInv, small",
		func(_ []float64, y float64) float64 { return mathext.GammaIncRegInv(0.05, y) },
		func(_ []float64, y float64) float64 {
			return 1 / gammaDensity(0.05, mathext.GammaIncRegInv(0.05, y))
		},
		0.05, 0.15,
	},
	{
		"GammaIncRegCompInv",
		func(p []float64, y float64) float64 { return mathext.GammaIncRegCompInv(p[0], y) },
		func(p []float64, y float64) float64 {
			return -1 / gammaDensity(p[0], mathext.GammaIncRegCompInv(p[0], y))
		},
		0, 1,
	},
	{
		"RegIncBeta",
		func(p []float64, x float64) float64 { return mathext.RegIncBeta(p[0], p[1], x) },
		func(p []float64, x float64) float64 { return betaDensity(p[0], p[1], x) },
		0, 1,
	},
	{
		"InvRegIncBeta",
		func(p []float64, y float64) float64 { return mathext.InvRegIncBeta(p[0], p[1], y) },
		func(p []float64, y float64) float64 {
			return 1 / betaDensity(p[0], p[1], mathext.InvRegIncBeta(p[0], p[1], y))
		},
		0, 1,
	},
	{
		"InvRegIncBeta near 1", // 1 - (1-y)^(1/100)
		func(_ []float64, y float64) float64 { return mathext.InvRegIncBeta(1, 100, y) },
		func(_ []float64, y float64) float64 { return math.Pow(1-y, -0.99) / 100 },
		1 - 1e-7, 1,
	},
	{
		"NormalQuantile",
		func(_ []float64, p float64) float64 { return mathext.NormalQuantile(p) },
		func(_ []float64, p float64) float64 {
			q := mathext.NormalQuantile(p)
			return math.Sqrt(2*math.Pi) * math.Exp(q*q/2)
		},
		0, 1,
	},
	// The derivatives of the complete elliptic integrals follow from K = B + D and E = B + (1-m)D.
	{
		"CompleteK",
		func(_ []float64, m float64) float64 { return mathext.CompleteK(m) },
		func(_ []float64, m float64) float64 { return mathext.CompleteB(m) / (2 * (1 - m)) },
		0, 1,
	},
	{
		"CompleteE",
		func(_ []float64, m float64) float64 { return mathext.CompleteE(m) },
		func(_ []float64, m float64) float64 { return -mathext.CompleteD(m) / 2 },
		0, 1,
	},
	{
		"CompleteB",
		func(_ []float64, m float64) float64 { return mathext.CompleteB(m) },
		func(_ []float64, m float64) float64 {
			return (mathext.CompleteD(m) - mathext.CompleteB(m)) / (2 * m)
		},
		0, 1,
	},
	{
		"CompleteD",
		func(_ []float64, m float64) float64 { return mathext.CompleteD(m) },
		func(_ []float64, m float64) float64 {
			return (mathext.CompleteB(m)/(1-m) - mathext.CompleteD(m)) / (2 * m)
		},
		0, 1,
	},
	{
		"Zeta",
		func(p []float64, q float64) float64 { return mathext.Zeta(1+p[0], q) },
		func(p []float64, q float64) float64 { return -(1 + p[0]) * mathext.Zeta(2+p[0], q) },
		0, 20,
	},
	{
		"Hypergeo",
		func(p []float64, z float64) float64 { return mathext.Hypergeo(p[0], p[1], p[2], z) },
		func(p []float64, z float64) float64 {
			return p[0] * p[1] / p[2] * mathext.Hypergeo(p[0]+1, p[1]+1, p[2]+1, z)
		},
		-3, 1,
	},
	{
		"Hypergeo, large",
		func(_ []float64, z float64) float64 { return mathext.Hypergeo(56.5, -1.25, -52.5, z) },
		func(_ []float64, z float64) float64 {
			return 56.5 * -1.25 / -52.5 * mathext.Hypergeo(57.5, -0.25, -51.5, z)
		},
		-5, -4,
	},
}

func TestGonumSpecialFunctions(t *testing.T) {
	c := newTally(t)
	for _, s := range specialFunctions {
		rng := rand.New(rand.NewPCG(1, 0))
		for range 100 {
			p := []float64{5 * rng.Float64(), 5 * rng.Float64(), 5 * rng.Float64()}
			x := s.from + (s.to-s.from)*rng.Float64()
			f := func(x []float64) float64 {
				if !(s.from < x[0] && x[0] < s.to) {
					return math.NaN() // most panic
				}
				return s.f(p, x[0])
			}
			c.check(s.name, f, []float64{s.df(p, x)}, []float64{x})
		}
	}
	c.report(2100, 20)
}

func TestGonumEllipticIntegrals(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	c := newTally(t)
	for range 200 {
		phi, m := 6*rng.Float64()-3, rng.Float64()
		f, e := mathext.EllipticF(phi, m), mathext.EllipticE(phi, m)
		s := math.Sin(phi)
		root := math.Sqrt(1 - m*s*s)
		where := ""
		if math.Abs(phi) > math.Pi/2 {
			where = " beyond π/2"
		}
		c.check("EllipticF"+where,
			func(x []float64) float64 { return mathext.EllipticF(x[0], x[1]) },
			[]float64{1 / root, (e/(1-m)-f)/(2*m) - math.Sin(2*phi)/(4*(1-m)*root)},
			[]float64{phi, m})
		c.check("EllipticE"+where,
			func(x []float64) float64 { return mathext.EllipticE(x[0], x[1]) },
			[]float64{root, (e - f) / (2 * m)}, []float64{phi, m})

		x, y, z := 5*rng.Float64(), 5*rng.Float64(), 5*rng.Float64()
		// dx is −6∂RF/∂x, and so on.
		dx, dy := mathext.EllipticRD(y, z, x), mathext.EllipticRD(z, x, y)
		dz := mathext.EllipticRD(x, y, z)
		c.check("EllipticRF",
			func(x []float64) float64 { return mathext.EllipticRF(x[0], x[1], x[2]) },
			[]float64{-dx / 6, -dy / 6, -dz / 6}, []float64{x, y, z})
		rx, ry := (dx-dz)/(2*(x-z)), (dy-dz)/(2*(y-z))
		c.check("EllipticRD",
			func(x []float64) float64 { return mathext.EllipticRD(x[0], x[1], x[2]) },
			[]float64{rx, ry, (-3*dz/2 - x*rx - y*ry) / z}, []float64{x, y, z})
	}
	c.report(800, 4)
}

// If df is the derivative of a complex f, then ∂f/∂x is df, and ∂f/∂y is i·df.
func TestGonumComplexFunctions(t *testing.T) {
	c := newTally(t)
	for name, s := range map[string]struct{ f, df func(z complex128) complex128 }{
		"AiryAi": {mathext.AiryAi, mathext.AiryAiDeriv},
		"AiryAiDeriv": {mathext.AiryAiDeriv, func(z complex128) complex128 {
			return z * mathext.AiryAi(z)
		}},
		"Li2": {mathext.Li2, func(z complex128) complex128 { return -cmplx.Log(1-z) / z }},
	} {
		rng := rand.New(rand.NewPCG(1, 0))
		for range 200 {
			z := complex(2*rng.NormFloat64(), 2*rng.NormFloat64())
			d, x := s.df(z), []float64{real(z), imag(z)}
			c.check(name, func(x []float64) float64 { return real(s.f(complex(x[0], x[1]))) },
				[]float64{real(d), -imag(d)}, x)
			c.check(name, func(x []float64) float64 { return imag(s.f(complex(x[0], x[1]))) },
				[]float64{imag(d), real(d)}, x)
			d = s.df(complex(x[0], 0))
			c.check(name, func(x []float64) float64 { return real(s.f(complex(x[0], 0))) },
				[]float64{real(d)}, x[:1])
			if x[0] > 1 { // Li2 isn't real there
				c.check(name, func(x []float64) float64 { return imag(s.f(complex(x[0], 0))) },
					[]float64{imag(d)}, x[:1])
			}
		}
	}
	c.report(1950, 10)
}
