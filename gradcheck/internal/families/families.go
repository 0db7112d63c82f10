// Package families makes functions at random, with their gradients and a point, to try gradient
// checks on: for tests, and for command checkers. Each family is hard to differentiate numerically
// in a way of its own.
package families

import (
	"math"
	"math/rand/v2"
)

// A Problem is a function with its gradient at X.
type Problem struct {
	F    func(x []float64) float64
	Grad []float64
	X    []float64
}

// A Family makes Problems of one kind.
type Family struct {
	Name string
	Make func(rng *rand.Rand) Problem
}

// All are the families in which differences can tell almost every derivative, from the easiest to
// those that round coarsely.
var All = []Family{
	{"random compositions", func(rng *rand.Rand) Problem { return of1(Smooth(rng)) }},
	{"S·f(x/T)", func(rng *rand.Rand) Problem {
		f, d, x := Smooth(rng)
		S, T := tenTo(rng, -10, 10), tenTo(rng, -10, 10)
		return of1(func(x float64) float64 { return S * f(x/T) }, d*S/T, x*T)
	}},
	{"far from 0", func(rng *rand.Rand) Problem {
		f, d, x := Smooth(rng)
		far := tenTo(rng, 0, 9) + x
		return of1(func(y float64) float64 { return f(y - far + x) }, d, far)
	}},
	{"a narrow feature", func(rng *rand.Rand) Problem {
		f, d, x := Smooth(rng)
		w := tenTo(rng, -7, -3)
		c := x + w*(2*rng.Float64()-1)
		slope := 1 / (1 + (x-c)*(x-c)/w/w)
		return of1(func(x float64) float64 { return f(x) + w*math.Atan((x-c)/w) }, d+slope, x)
	}},
	{"a ripple", func(rng *rand.Rand) Problem {
		f, d, x := Smooth(rng)
		w := tenTo(rng, -6, -3)
		return of1(func(x float64) float64 { return f(x) + w*math.Sin(x/w) }, d+math.Cos(x/w), x)
	}},
	{"a kink beside x", func(rng *rand.Rand) Problem {
		f, d, x := Smooth(rng)
		a, c := rng.NormFloat64(), x+tenTo(rng, -8, -1)
		return of1(func(x float64) float64 { return f(x) + a*math.Abs(x-c) }, d-a, x)
	}},
	{"a jump beside x", func(rng *rand.Rand) Problem {
		f, d, x := Smooth(rng)
		a, c := rng.NormFloat64(), x-tenTo(rng, -7, -1)
		return of1(func(x float64) float64 {
			if x > c {
				return f(x) + a
			}
			return f(x)
		}, d, x)
	}},
	{"an interpolated table", func(rng *rand.Rand) Problem {
		f, _, x := Smooth(rng)
		cell := tenTo(rng, -5, -3)
		ends := func(x float64) (i, a, b float64) {
			i = math.Floor(x / cell)
			return i, f(i * cell), f((i + 1) * cell)
		}
		_, a, b := ends(x)
		return of1(func(x float64) float64 {
			i, a, b := ends(x)
			return a + (b-a)*(x/cell-i)
		}, (b-a)/cell, x)
	}},
	{"a ReLU network's loss",
		func(rng *rand.Rand) Problem { return network[float64](rng, 4, 8, 6) }},
	{"an equation, solved to 1e-10", func(rng *rand.Rand) Problem {
		f, d, x := Smooth(rng)
		root := func(r float64) float64 { // of y³ + y = r, by bisection
			low, high := -10.0, 10.0
			for high-low > 1e-10 {
				if y := (low + high) / 2; y*y*y+y < r {
					low = y
				} else {
					high = y
				}
			}
			return (low + high) / 2
		}
		y := root(f(x))
		return of1(func(x float64) float64 { return root(f(x)) }, d/(3*y*y+1), x)
	}},
	{"f + 10⁶ − 10⁶", func(rng *rand.Rand) Problem {
		f, d, x := Smooth(rng)
		return of1(func(x float64) float64 { return f(x) + 1e6 - 1e6 }, d, x)
	}},
	{"noise of 10⁻¹⁰", func(rng *rand.Rand) Problem {
		f, d, x := Smooth(rng)
		noise := rand.New(rand.NewPCG(rng.Uint64(), 0))
		return of1(func(x float64) float64 { return f(x) * (1 + 1e-10*noise.NormFloat64()) }, d, x)
	}},
	{"values in float32", func(rng *rand.Rand) Problem {
		f, d, x := Smooth(rng)
		return of1(func(x float64) float64 { return float64(float32(f(x))) }, d, x)
	}},
	{"coordinates in float32", func(rng *rand.Rand) Problem {
		f, d, x := Smooth(rng)
		return of1(func(x float64) float64 { return f(float64(float32(x))) }, d, x)
	}},
}

// Float32Network makes losses of networks with ReLU that compute in float32. Many derivatives are
// too small beside the loss, or too close to a kink, for float32 to show them.
var Float32Network = Family{"a ReLU network in float32", func(rng *rand.Rand) Problem {
	return network[float32](rng, 4, 8, 6)
}}

func of1(f func(x float64) float64, d, x float64) Problem {
	return Problem{func(x []float64) float64 { return f(x[0]) }, []float64{d}, []float64{x}}
}

func tenTo(rng *rand.Rand, from, to float64) float64 {
	return math.Pow(10, from+(to-from)*rng.Float64())
}

// Smooth makes a differentiable function, its derivative d at x, and an x where neither the
// function nor d is very large or very small.
func Smooth(rng *rand.Rand) (f func(x float64) float64, d, x float64) {
	for {
		g, x := composition(rng), rng.NormFloat64()
		if v, d := g(x); math.Abs(v) < 100 && math.Abs(d) > 0.01 && math.Abs(d) < 100 {
			return func(x float64) float64 { v, _ := g(x); return v }, d, x
		}
	}
}

// composition makes a chain of one to five elementary functions, with its derivative.
func composition(rng *rand.Rand) func(x float64) (v, d float64) {
	type part struct {
		kind int
		a, b float64
	}
	parts := make([]part, 1+rng.IntN(5))
	for i := range parts {
		parts[i] = part{rng.IntN(8), rng.NormFloat64(), rng.NormFloat64()}
	}
	return func(x float64) (v, d float64) {
		v, d = x, 1
		for _, p := range parts {
			v, d = p.a*v+p.b, p.a*d
			switch p.kind {
			case 0:
				v, d = math.Sin(v), math.Cos(v)*d
			case 1:
				v, d = math.Exp(v), math.Exp(v)*d
			case 2:
				v, d = math.Tanh(v), d/math.Pow(math.Cosh(v), 2)
			case 3:
				v, d = v*v, 2*v*d
			case 4:
				v, d = 1/(1+v*v), -2*v*d/((1+v*v)*(1+v*v))
			case 5:
				v, d = math.Log(1+v*v), 2*v*d/(1+v*v)
			case 6:
				v, d = math.Sqrt(1+v*v), v*d/math.Sqrt(1+v*v)
			case 7:
				v, d = v*v*v, 3*v*v*d
			}
		}
		return v, d
	}
}

// Lossy are families of functions that lose their digits, or vary within the smallest step. Often,
// differences can't tell about them.
var Lossy = []Family{
	{"(1 − cos x)/x²", func(rng *rand.Rand) Problem {
		x := tenTo(rng, -8, -1)
		d := -x/12 + math.Pow(x, 3)/180 - math.Pow(x, 5)/6720
		return of1(func(x float64) float64 { return (1 - math.Cos(x)) / (x * x) }, d, x)
	}},
	{"a rigid motion", func(rng *rand.Rand) Problem { // its translation, by the angle
		x, a, b := tenTo(rng, -8, -1), rng.NormFloat64(), rng.NormFloat64()
		d := a*(-x/12+math.Pow(x, 3)/180) + b*(-x/60+math.Pow(x, 3)/1260)
		return of1(func(x float64) float64 {
			return a*(1-math.Cos(x))/(x*x) + b*(x-math.Sin(x))/(x*x*x)
		}, d, x)
	}},
	{"log(1 + e⁻ˣ), x > 20", func(rng *rand.Rand) Problem {
		x := 20 + 15*rng.Float64()
		return of1(func(x float64) float64 { return math.Log(1 + math.Exp(-x)) },
			-1/(1+math.Exp(x)), x)
	}},
	{"1 − erf x, x > 4", func(rng *rand.Rand) Problem {
		x := 4 + 1.8*rng.Float64()
		return of1(func(x float64) float64 { return 1 - math.Erf(x) },
			-2/math.SqrtPi*math.Exp(-x*x), x)
	}},
	{"an option far out of the money", func(rng *rand.Rand) Problem { // its price, by the spot
		strike, dev, rate := 100.0, 0.1+0.2*rng.Float64(), 0.05*rng.Float64()
		spot := strike * math.Exp(-dev*(4+3*rng.Float64()))
		n := func(x float64) float64 { return (1 + math.Erf(x/math.Sqrt2)) / 2 }
		d1 := func(s float64) float64 { return (math.Log(s/strike) + rate + dev*dev/2) / dev }
		return of1(func(s float64) float64 {
			return s*n(d1(s)) - strike*math.Exp(-rate)*n(d1(s)-dev)
		}, math.Erfc(-d1(spot)/math.Sqrt2)/2, spot)
	}},
	{"a float32 part and a float64 part", func(rng *rand.Rand) Problem {
		size := math.Exp2(16 * rng.Float64())
		s, x := rng.NormFloat64(), 3*rng.NormFloat64()
		a, b := rng.NormFloat64(), 1+rng.Float64()
		return of1(func(t float64) float64 {
			return float64(float32(size+s*(t-x))) + math.Sin(a+b*t)
		}, s+b*math.Cos(a+b*x), x)
	}},
	{"√x close to 0", func(rng *rand.Rand) Problem { // where the end isn't 0
		end := 1 + rng.Float64()
		x := end + tenTo(rng, -15, -3)
		return of1(func(x float64) float64 { return math.Sqrt(x - end) }, 0.5/math.Sqrt(x-end), x)
	}},
	{"sin(2πft) at a Unix time", func(rng *rand.Rand) Problem {
		w, t := 2*math.Pi*tenTo(rng, 0, 4), 1.7e9+1e8*rng.Float64()
		return of1(func(t float64) float64 { return math.Sin(w * t) }, w*math.Cos(w*t), t)
	}},
}

// network makes the squared error of an MLP in→hidden→1 with ReLU over some rows, computed in F, as
// a function of its weights, with the gradient by backpropagation.
func network[F float32 | float64](rng *rand.Rand, in, hidden, rows int) Problem {
	data := make([][]F, rows)
	for r := range data {
		for range in + 1 { // the last number is the target
			data[r] = append(data[r], F(rng.NormFloat64()))
		}
	}
	loss := func(x []F, grad []float64) (sum F) {
		for _, row := range data {
			var y F
			s := make([]F, hidden)
			for j := range hidden {
				w := x[j*(in+2):] // the weights of a hidden neuron, its bias, its output weight
				s[j] = w[in]
				for i := range in {
					s[j] += w[i] * row[i]
				}
				y += w[in+1] * max(s[j], 0)
			}
			e := y - row[in]
			sum += e * e
			for j := range hidden {
				w, g := x[j*(in+2):], grad[j*(in+2):]
				g[in+1] += float64(2 * e * max(s[j], 0))
				if s[j] > 0 {
					g[in] += float64(2 * e * w[in+1])
					for i := range in {
						g[i] += float64(2 * e * w[in+1] * row[i])
					}
				}
			}
		}
		return sum
	}
	at := func(x []float64) (float64, []float64) {
		rounded, grad := make([]F, len(x)), make([]float64, len(x))
		for i := range x {
			rounded[i] = F(x[i])
		}
		return float64(loss(rounded, grad)), grad
	}
	x := make([]float64, hidden*(in+2))
	for i := range x {
		x[i] = float64(F(rng.NormFloat64()))
	}
	_, grad := at(x)
	return Problem{func(x []float64) float64 { v, _ := at(x); return v }, grad, x}
}
