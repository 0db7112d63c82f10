package realworld

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/num/dual"
	"gonum.org/v1/gonum/num/dualquat"
	"gonum.org/v1/gonum/num/hyperdual"
	"gonum.org/v1/gonum/num/quat"
)

// Where functions of a number have special cases, or change their formula.
var specialPoints = []float64{0, 1e-3, 0.5, 1, 2, 10, -1e-3, -0.5, -1, -2, -10}

// F(x + ε) = F(x) + F′(x)ε if ε² = 0.
func TestGonumDual(t *testing.T) {
	c := newTally(t)
	for name, f := range map[string]func(d dual.Number) dual.Number{
		"Abs":          dual.Abs,
		"Acos":         dual.Acos,
		"Acosh":        dual.Acosh,
		"Add":          func(d dual.Number) dual.Number { return dual.Add(d, d) },
		"Asin":         dual.Asin,
		"Asinh":        dual.Asinh,
		"Atan":         dual.Atan,
		"Atanh":        dual.Atanh,
		"Cos":          dual.Cos,
		"Cosh":         dual.Cosh,
		"Exp":          dual.Exp,
		"Inv":          dual.Inv,
		"Log":          dual.Log,
		"Mul":          func(d dual.Number) dual.Number { return dual.Mul(d, d) },
		"Pow":          func(d dual.Number) dual.Number { return dual.Pow(d, d) },
		"PowReal -1.5": func(d dual.Number) dual.Number { return dual.PowReal(d, -1.5) },
		"PowReal 0":    func(d dual.Number) dual.Number { return dual.PowReal(d, 0) },
		"PowReal 1":    func(d dual.Number) dual.Number { return dual.PowReal(d, 1) },
		"PowReal 1.5":  func(d dual.Number) dual.Number { return dual.PowReal(d, 1.5) },
		"PowReal 3":    func(d dual.Number) dual.Number { return dual.PowReal(d, 3) },
		"Scale":        func(d dual.Number) dual.Number { return dual.Scale(-3, d) },
		"Sin":          dual.Sin,
		"Sinh":         dual.Sinh,
		"Sqrt":         dual.Sqrt,
		"Sub":          func(d dual.Number) dual.Number { return dual.Sub(d, dual.Mul(d, d)) },
		"Tan":          dual.Tan,
		"Tanh":         dual.Tanh,
	} {
		rng := rand.New(rand.NewPCG(1, 0))
		xs := append([]float64{1e-20}, specialPoints...)
		for range 50 {
			xs = append(xs, 2*rng.NormFloat64())
		}
		for _, x := range xs {
			what := name
			if x == 1e-20 {
				what += " of 1e-20"
			}
			c.check(what, func(x []float64) float64 { return f(dual.Number{Real: x[0]}).Real },
				[]float64{f(dual.Number{Real: x, Emag: 1}).Emag}, []float64{x})
		}
	}
	c.report(1300, 12)
}

// F(x + 2s + 3t + 5st) = F + ∂F/∂s·s + ∂F/∂t·t + ∂²F/∂s∂t·st if s² = t² = 0.
func TestGonumHyperdual(t *testing.T) {
	type number = hyperdual.Number
	c := newTally(t)
	for name, f := range map[string]func(d number) number{
		"Abs":          hyperdual.Abs,
		"Acos":         hyperdual.Acos,
		"Acosh":        hyperdual.Acosh,
		"Add":          func(d number) number { return hyperdual.Add(d, d) },
		"Asin":         hyperdual.Asin,
		"Asinh":        hyperdual.Asinh,
		"Atan":         hyperdual.Atan,
		"Atanh":        hyperdual.Atanh,
		"Cos":          hyperdual.Cos,
		"Cosh":         hyperdual.Cosh,
		"Exp":          hyperdual.Exp,
		"Inv":          hyperdual.Inv,
		"Log":          hyperdual.Log,
		"Mul":          func(d number) number { return hyperdual.Mul(d, d) },
		"Pow":          func(d number) number { return hyperdual.Pow(d, d) },
		"PowReal -1.5": func(d number) number { return hyperdual.PowReal(d, -1.5) },
		"PowReal 0":    func(d number) number { return hyperdual.PowReal(d, 0) },
		"PowReal 1":    func(d number) number { return hyperdual.PowReal(d, 1) },
		"PowReal 1.5":  func(d number) number { return hyperdual.PowReal(d, 1.5) },
		"PowReal 3":    func(d number) number { return hyperdual.PowReal(d, 3) },
		"Scale":        func(d number) number { return hyperdual.Scale(-3, d) },
		"Sin":          hyperdual.Sin,
		"Sinh":         hyperdual.Sinh,
		"Sqrt":         hyperdual.Sqrt,
		"Sub":          func(d number) number { return hyperdual.Sub(d, hyperdual.Mul(d, d)) },
		"Tan":          hyperdual.Tan,
		"Tanh":         hyperdual.Tanh,
	} {
		rng := rand.New(rand.NewPCG(1, 0))
		xs := slices.Clone(specialPoints)
		for range 50 {
			xs = append(xs, 2*rng.NormFloat64())
		}
		for _, x := range xs {
			what := name
			if x == 0 {
				what += " of 0"
			}
			y := f(number{Real: x, E1mag: 2, E2mag: 3, E1E2mag: 5})
			c.check(what+", E1mag, E2mag", func(st []float64) float64 {
				return f(number{Real: x + 2*st[0] + 3*st[1]}).Real
			}, []float64{y.E1mag, y.E2mag}, []float64{0, 0})
			if math.IsInf(y.Real, 0) {
				continue // though E1mag may be finite
			}
			c.check(what+", E1E2mag", func(t []float64) float64 { // ∂F/∂s
				return f(number{Real: x + 3*t[0], E1mag: 2 + 5*t[0]}).E1mag
			}, []float64{y.E1E2mag}, []float64{0})
		}
	}
	c.report(2600, 15)
}

// F(q + pε) = F(q) + dε, where d is the derivative of F(q + tp) in t. (Conj and ConjDual negate the
// dual part: they aren't functions of dual numbers in this sense.)
func TestGonumDualQuaternions(t *testing.T) {
	type number = dualquat.Number
	c := newTally(t)
	rng := rand.New(rand.NewPCG(1, 0))
	random := func() quat.Number {
		return quat.Number{Real: rng.NormFloat64(), Imag: rng.NormFloat64(),
			Jmag: rng.NormFloat64(), Kmag: rng.NormFloat64()}
	}
	simple := []quat.Number{{Real: 1}, {Imag: 1}, {Jmag: 1}, {Kmag: 1}, {Real: 1, Imag: 2}}
	var points []number
	for _, q := range simple {
		for _, p := range simple {
			points = append(points, number{Real: q, Dual: p})
		}
	}
	for range 50 {
		q := random()
		commutes := quat.Add(quat.Scale(rng.NormFloat64(), q), quat.Number{Real: 1})
		points = append(points, number{Real: q, Dual: random()}, number{Real: q, Dual: commutes})
	}
	fixed, weights := number{Real: random()}, random()
	for name, f := range map[string]func(d number) number{
		"Abs": func(d number) number {
			a := dualquat.Abs(d)
			return number{Real: quat.Number{Real: a.Real}, Dual: quat.Number{Real: a.Emag}}
		},
		"Add":        func(d number) number { return dualquat.Add(d, d) },
		"ConjQuat":   dualquat.ConjQuat,
		"Exp":        dualquat.Exp,
		"Inv":        dualquat.Inv,
		"Log":        dualquat.Log,
		"Mul, left":  func(d number) number { return dualquat.Mul(d, fixed) },
		"Mul, right": func(d number) number { return dualquat.Mul(fixed, d) },
		"Mul, both":  func(d number) number { return dualquat.Mul(d, d) },
		"Pow": func(d number) number {
			return dualquat.Pow(d, number{Real: quat.Number{Real: 3}})
		},
		"PowReal 2":   func(d number) number { return dualquat.PowReal(d, 2) },
		"PowReal 1":   func(d number) number { return dualquat.PowReal(d, 1) },
		"PowReal 2.5": func(d number) number { return dualquat.PowReal(d, 2.5) },
		"Scale":       func(d number) number { return dualquat.Scale(-3, d) },
		"Sqrt":        dualquat.Sqrt,
		"Sub":         func(d number) number { return dualquat.Sub(fixed, d) },
	} {
		for _, d := range points {
			what := name
			if commutator(d) < 1e-12 {
				what += " where p and q commute"
			}
			g := func(t []float64) float64 {
				q := quat.Add(d.Real, quat.Scale(t[0], d.Dual))
				return dot(f(number{Real: q}).Real, weights)
			}
			c.check(what, g, []float64{dot(f(d).Dual, weights)}, []float64{0})
		}
	}
	c.report(2000, 0)
}

// commutator is |qp − pq|.
func commutator(d dualquat.Number) float64 {
	return quat.Abs(quat.Sub(quat.Mul(d.Real, d.Dual), quat.Mul(d.Dual, d.Real)))
}

func dot(p, q quat.Number) float64 {
	return p.Real*q.Real + p.Imag*q.Imag + p.Jmag*q.Jmag + p.Kmag*q.Kmag
}
