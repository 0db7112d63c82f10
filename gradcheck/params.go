package gradcheck

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A Param is a block of numbers with a name, and the derivatives that someone computed for them.
// [NewParam] makes one.
type Param[F ~float32 | ~float64] struct {
	Name string
	X    []F // the numbers, where f reads them
	Grad []F // ∂f/∂X, as computed
}

// NewParam returns a Param, and infers the type of its numbers.
func NewParam[F ~float32 | ~float64](name string, x, grad []F) Param[F] {
	return Param[F]{Name: name, X: x, Grad: grad}
}

// Params is [Check] for an f that has no argument but reads its numbers where they are, for example
// in the slices of a network's layers. It moves the X of one Param after the other, each number by
// up to 0.1·max(|x|, 1), calls f, and restores the numbers exactly, even if f panics. It returns
// nil or an [*Error] that names what isn't right, such as attn_wq[255].
//
// A Param of up to 100 numbers is checked number by number, as by Check, and a larger one as by
// [Directions]. F is the type of the numbers and of f's result, and f should compute in it. In
// float32, a very small derivative is right if it is off by at most 5e-5·|f|/max(|xᵢ|, 1). In both
// types, one that is checked alone, and that rounding hides, may be off by 0.15 % of the largest in
// its Param. Among some hundred numbers or more, float32 often hides an error of 1 % in one: then
// differences can't tell, unless [ParamsWith] has a Tolerance, such as 0.1.
//
// f may write to Grad, as if it computed the gradient, too: Params reads all of them first. It
// panics if the X and Grad of a Param differ in length, and returns an error if there are no
// numbers.
func Params[F ~float32 | ~float64](f func() F, params ...Param[F]) error {
	return ParamsWith(Config{}, f, params...)
}

// ParamsWith is [Params] with the settings c. (It isn't a method of c, as methods have no type
// parameters of their own.)
func ParamsWith[F ~float32 | ~float64](c Config, f func() F, params ...Param[F]) error {
	e := &Error{}
	grads := make([][]float64, len(params)) // f may change those of the caller
	for i, param := range params {
		mustPair("Params of "+param.Name, param.Grad, param.X)
		grads[i] = float64s(param.Grad)
		e.N += len(param.X)
	}
	rng := newRNG()
	for i, param := range params {
		param.check(c, rng, f, grads[i], e)
	}
	return e.orNil()
}

func (param Param[F]) check(c Config, rng *rand.Rand, f func() F, grad []float64, e *Error) {
	was := slices.Clone(param.X)
	defer copy(param.X, was)
	p := c.probe(func(moved []float64) float64 {
		for i, x := range moved {
			param.X[i] = F(x)
		}
		return float64(f())
	}, float64s(param.X))
	p.name = param.Name
	if F(1)+F(eps64) == 1 { // as in float32
		p.eps = eps32
	}
	for _, g := range grad {
		if finite(g) {
			p.scale = max(p.scale, math.Abs(g))
		}
	}
	if len(grad) <= 100 {
		p.coordinates(grad, e)
	} else {
		p.directions(rng, grad, e)
	}
}

func float64s[F ~float32 | ~float64](xs []F) []float64 {
	out := make([]float64, len(xs))
	for i, x := range xs {
		out[i] = float64(x)
	}
	return out
}
