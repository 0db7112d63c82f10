package micrograd

import (
	"math"
	"math/big"
)

// bigPrecision is that of the functions below, in bits. Some lose half of them to cancellation: all
// results have far more than 30 digits.
const bigPrecision = 2600

func newBig(x float64) *big.Float { return new(big.Float).SetPrec(bigPrecision).SetFloat64(x) }

func bigAdd(x, y *big.Float) *big.Float { return newBig(0).Add(x, y) }
func bigSub(x, y *big.Float) *big.Float { return newBig(0).Sub(x, y) }
func bigMul(x, y *big.Float) *big.Float { return newBig(0).Mul(x, y) }
func bigQuo(x, y *big.Float) *big.Float { return newBig(0).Quo(x, y) }

// bigSeries returns t₀ + t₁ + …, where next makes tₙ from the term before. It ends when a term no
// longer changes the sum.
func bigSeries(t *big.Float, next func(n int, t *big.Float)) *big.Float {
	sum := newBig(0).Set(t)
	t = newBig(0).Set(t)
	for n := 1; t.Sign() != 0 && t.MantExp(nil) > sum.MantExp(nil)-bigPrecision; n++ {
		next(n, t)
		sum.Add(sum, t)
	}
	return sum
}

// bigArctan returns the arctangent of 1/n, by its Taylor series.
func bigArctan(n float64) *big.Float {
	square := newBig(n * n)
	power := bigQuo(newBig(1), newBig(n))
	sum := newBig(0).Set(power)
	for k := 1.0; power.MantExp(nil) > -bigPrecision; k++ {
		power.Quo(power, square).Neg(power)
		sum.Add(sum, bigQuo(power, newBig(2*k+1)))
	}
	return sum
}

var (
	// Machin's formula
	bigPi = bigSub(bigMul(newBig(16), bigArctan(5)), bigMul(newBig(4), bigArctan(239)))

	// log 2 = 2·artanh(1/3)
	bigLog2 = func() *big.Float {
		power := bigQuo(newBig(1), newBig(3))
		sum := newBig(0).Set(power)
		for k := 1.0; power.MantExp(nil) > -bigPrecision; k++ {
			power.Quo(power, newBig(9))
			sum.Add(sum, bigQuo(power, newBig(2*k+1)))
		}
		return sum.Mul(sum, newBig(2))
	}()
)

// bigExp sums the Taylor series of (x − n·log 2)/2ᵏ, squares the sum k times, and multiplies by 2ⁿ.
// Beyond ±10⁵ it is that of ±10⁵.
func bigExp(x *big.Float) *big.Float {
	if f, _ := x.Float64(); math.Abs(f) > 1e5 {
		x = newBig(math.Copysign(1e5, f))
	}
	f, _ := bigQuo(x, bigLog2).Float64()
	n := math.Round(f)
	const k = 40
	r := bigSub(x, bigMul(newBig(n), bigLog2))
	r.SetMantExp(r, -k)
	e := bigSeries(newBig(1), func(n int, t *big.Float) {
		t.Mul(t, r).Quo(t, newBig(float64(n)))
	})
	for range k {
		e.Mul(e, e)
	}
	return e.SetMantExp(e, int(n))
}

// bigLog is Newton's method for eʸ = x, where x > 0.
func bigLog(x *big.Float) *big.Float {
	mantissa := newBig(0)
	exponent := x.MantExp(mantissa)
	m, _ := mantissa.Float64()
	y := newBig(math.Log(m))
	for range 8 {
		y.Add(y, bigSub(bigQuo(mantissa, bigExp(y)), newBig(1)))
	}
	return y.Add(y, bigMul(newBig(float64(exponent)), bigLog2))
}

// bigSin is the Taylor series, after subtracting a multiple of 2π.
func bigSin(x *big.Float) *big.Float {
	twoPi := bigMul(newBig(2), bigPi)
	n, _ := bigQuo(x, twoPi).Int(nil)
	r := bigSub(x, bigMul(newBig(0).SetInt(n), twoPi))
	square := bigMul(r, r)
	return bigSeries(r, func(n int, t *big.Float) {
		t.Mul(t, square).Quo(t, newBig(float64(-2*n*(2*n+1))))
	})
}

func bigCos(x *big.Float) *big.Float { return bigSin(bigAdd(x, bigQuo(bigPi, newBig(2)))) }

// bigAtan2 is the angle of the point (x, y), with 0 ≤ x. It halves the angle until its tangent is
// the angle, in every digit of a float64 and many more, by tan(α/2) = tan α/(1 + √(1 + tan² α)).
func bigAtan2(y, x *big.Float) *big.Float {
	if y.Sign() < 0 {
		z := bigAtan2(newBig(0).Neg(y), x)
		return z.Neg(z)
	}
	if y.Cmp(x) > 0 {
		return bigSub(bigQuo(bigPi, newBig(2)), bigAtan2(x, y))
	}
	const k = 200
	t := bigQuo(y, x)
	for range k {
		t.Quo(t, bigAdd(newBig(1), newBig(0).Sqrt(bigAdd(newBig(1), bigMul(t, t)))))
	}
	return t.SetMantExp(t, k)
}

// bigHypot is √(x² + y²).
func bigHypot(x, y *big.Float) *big.Float {
	return newBig(0).Sqrt(bigAdd(bigMul(x, x), bigMul(y, y)))
}

// bigPhi is the cumulative distribution function of the standard normal distribution: ½ and the
// density times x + x³/3 + x⁵/(3·5) + ….
func bigPhi(x *big.Float) *big.Float {
	if f, _ := x.Float64(); math.Abs(f) > 40 { // it is 0 or 1 in every digit of a float64
		return newBig(math.Max(0, math.Copysign(1, f)))
	}
	square := bigMul(x, x)
	sum := bigSeries(x, func(n int, t *big.Float) {
		t.Mul(t, square).Quo(t, newBig(float64(2*n+1)))
	})
	return bigAdd(newBig(0.5), bigMul(bigDensity(x), sum))
}

// bigDensity is that of the standard normal distribution.
func bigDensity(x *big.Float) *big.Float {
	e := bigExp(bigQuo(bigMul(x, x), newBig(-2)))
	return e.Quo(e, newBig(0).Sqrt(bigMul(newBig(2), bigPi)))
}

func bigSigmoid(x *big.Float) *big.Float {
	return bigQuo(newBig(1), bigAdd(newBig(1), bigExp(newBig(0).Neg(x))))
}

func bigSoftplus(x *big.Float) *big.Float {
	if f, _ := x.Float64(); f > 1000 {
		return x // in every digit of a float64
	}
	return bigLog(bigAdd(newBig(1), bigExp(x)))
}

// bigTanh is 2·sigmoid(2x) − 1.
func bigTanh(x *big.Float) *big.Float {
	return bigSub(bigMul(newBig(2), bigSigmoid(bigMul(newBig(2), x))), newBig(1))
}
