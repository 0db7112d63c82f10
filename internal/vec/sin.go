package vec

import (
	"math"
	"math/bits"
)

// The constant π/2 in three parts. The first two fit in 37 bits, so that their products with an
// integer of 16 bits are exact (Cody and Waite 1980).
const (
	halfPi1 = 0x1.921fb54440p+0
	halfPi2 = 0x1.68c234c4cp-39
	halfPi3 = 0x1.98a2e03707345p-77
)

// quadrant returns x = k·π/2 + hi + lo for x ≥ 0, where k is an integer whose lowest bits are those
// of n, and |hi| ≤ π/4. The subtraction cancels leading digits: below 2¹⁶, a float64 may be as near
// as 2⁻⁶⁰·⁵ to a multiple of π/2 other than 0. Three parts of π/2 are enough for that.
func quadrant(x float64) (n uint64, hi, lo float64) {
	if x >= 1<<16 {
		return farQuadrant(x)
	}
	t := float64(x*(2/math.Pi)) + round
	k := t - round
	r, e := twoSum(x-float64(k*halfPi1), -float64(k*halfPi2))
	rest := float64(k*halfPi3) - e
	hi = r - rest
	return math.Float64bits(t), hi, (r - hi) - rest
}

// farQuadrant is quadrant for x = m·2ᵉ ≥ 2¹⁶. Only x·2/π modulo 4 matters, so it leaves out the
// leading bits of 2/π, whose product with x is a multiple of 4, and multiplies m by the next 192
// (Payne and Hanek 1983). It isn't translated: a kernel leaves an instruction with such an x to Go.
func farQuadrant(x float64) (n uint64, hi, lo float64) {
	if x > math.MaxFloat64 {
		return 0, math.NaN(), 0
	}
	ix := math.Float64bits(x)
	m, e := ix&(1<<52-1)|1<<52, int(ix>>52)-1075
	// The bit with the value 2⁻ʲ is at 63 + j in twoOverPi. That of 2¹ in the product comes first.
	at := 63 + e - 1
	word := func(i int) uint64 {
		i += at / 64
		return twoOverPi[i]<<(at%64) | twoOverPi[i+1]>>(64-at%64)
	}
	h2, p2 := bits.Mul64(m, word(2))
	h1, p1 := bits.Mul64(m, word(1))
	p1, carry := bits.Add64(p1, h2, 0)
	p0, _ := bits.Add64(m*word(0), h1, carry)
	// p is the product modulo 4, with two bits before the binary point and 190 after it. Round it to
	// an integer n, and keep the rest as a fraction from −½ to ½.
	n = (p0>>61 + 1) >> 1
	negative := p0<<2>>63 == 1
	f0, f1, f2 := p0<<2|p1>>62, p1<<2|p2>>62, p2<<2
	if negative {
		f2, carry = bits.Add64(^f2, 1, 0)
		f1, carry = bits.Add64(^f1, 0, carry)
		f0, _ = bits.Add64(^f0, 0, carry)
	}
	// The fraction in two float64s, after leading zeros, of which there are at most 61.
	z := bits.LeadingZeros64(f0)
	f0, f1 = f0<<z|f1>>(64-z), f1<<z|f2>>(64-z)
	a := math.Ldexp(float64(f0>>11), -53-z)
	a2 := math.Ldexp(float64(f0<<53|f1>>11), -117-z)
	if negative {
		a, a2 = -a, -a2
	}
	product := float64(a * (math.Pi / 2))
	rest := math.FMA(a, math.Pi/2, -product) +
		(float64(a*0x1.1a62633145c07p-54) + float64(a2*(math.Pi/2)))
	hi = product + rest
	return n, hi, (product - hi) + rest
}

// twoOverPi has the bits of 2/π, after 64 zeros.
var twoOverPi = [...]uint64{0,
	0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
	0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
	0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
	0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
	0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
}

// sinCos returns the sine and the cosine of hi + lo, for |hi| ≤ π/4, by Taylor's series. Terms
// beyond are below 2⁻⁵⁸. The smallest are added first, so that few roundings are large.
func sinCos(hi, lo float64) (sin, cos float64) {
	z := float64(hi * hi)
	z2 := float64(z * z)
	z4 := float64(z2 * z2)
	h := float64(z * 0.5)

	p5 := float64(z*(1./120)) + float64(z2*(-1./5040+float64(z*(1./362880))))
	p11 := -1./39916800 + float64(z*(1./6227020800)) +
		float64(z2*(-1./1307674368000+float64(z*(1./355687428096000))))
	p := -1./6 + (p5 + float64(z4*p11))
	sin = hi + (float64(float64(z*hi)*p) + (lo - float64(lo*h)))

	q6 := float64(z*(-1./720)) + float64(z2*(1./40320+float64(z*(-1./3628800))))
	q12 := 1./479001600 + float64(z*(-1./87178291200)) + float64(z2*(1./20922789888000))
	q := 1./24 + (q6 + float64(z4*q12))
	w := 1 - h
	return sin, w + (((1 - w) - h) + (float64(z2*q) - float64(hi*lo)))
}

// Sin returns the sine of x. After an odd number of quarter turns, it is a cosine, and in two of the
// four quadrants its sign is the other one.
func Sin(x float64) float64 {
	n, hi, lo := quadrant(math.Abs(x))
	sin, cos := sinCos(hi, lo)
	z := Where(n&1 == 0, sin, cos)
	return math.Float64frombits(math.Float64bits(z) ^ (n>>1^math.Float64bits(x)>>63)<<63)
}

// Cos returns the cosine of x: its sine a quarter turn later.
func Cos(x float64) float64 {
	n, hi, lo := quadrant(math.Abs(x))
	sin, cos := sinCos(hi, lo)
	z := Where(n&1 == 0, cos, sin)
	return math.Float64frombits(math.Float64bits(z) ^ (n+1)>>1<<63)
}
