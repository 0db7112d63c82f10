package vec

import "math"

// The constant log 2 in two parts. The first has 41 bits, so that its product with an integer of 11
// bits is exact (Cody and Waite 1980).
const (
	log2hi = 0x1.62e42fefa3p-1
	log2lo = 0x1.3de6af278ece6p-42
)

// Adding bias to a number rounds it to an integer k, as adding round does, and leaves k + 2·1023 in
// the lowest bits of the sum t. Half of that is the exponent field of 2 to the power k/2.
const bias = round + 2046

// exponential returns eˣ = 2ᵏ·(1 + hi + lo), where t is k + bias and |hi| ≤ ½·log 2.
//
// With r = x − k·log 2, which is computed in two parts, hi + c, hi + lo is Taylor's series of eʳ − 1
// without terms below 2⁻⁵⁷:
//
//	hi + c + c·hi + hi²/2 + hi³/3! + … + hi¹³/13!
//
// The terms are added in groups that don't wait for each other (Estrin 1960).
func exponential(x float64) (t, hi, lo float64) {
	t = float64(x*math.Log2E) + bias
	k := t - bias
	r := x - float64(k*log2hi)
	rest := float64(k * log2lo)
	hi = r - rest
	c := (r - hi) - rest
	r2 := float64(hi * hi)
	r4 := float64(r2 * r2)
	p3 := float64(hi*(1./6)) + float64(r2*(1./24+float64(hi*(1./120))))
	p6 := 1./720 + float64(hi*(1./5040)) + float64(r2*(1./40320+float64(hi*(1./362880))))
	p10 := 1./3628800 + float64(hi*(1./39916800)) +
		float64(r2*(1./479001600+float64(hi*(1./6227020800))))
	p := p3 + float64(r4*(p6+float64(r4*p10)))
	return t, hi, float64(r2*0.5) + (float64(r2*p) + (c + float64(c*hi)))
}

// onePlus returns 1 + hi + lo in two parts, where |hi| < 1 and lo is small.
func onePlus(hi, lo float64) (float64, float64) {
	s := 1 + hi
	e := ((1 - s) + hi) + lo
	z := s + e
	return z, (s - z) + e
}

// power2 returns 2ᵏ for t = k + bias, where k is from −1022 to 1023: k becomes the exponent.
func power2(t float64) float64 { return math.Float64frombits((math.Float64bits(t) - 1023) << 52) }

// scale returns x·2ᵏ for t = k + bias, where k is from −2044 to 2046. It multiplies by two factors,
// each with half of k, since 2ᵏ may be infinite or 0 where the product is neither. The first
// product is exact, so that a subnormal result is rounded once.
func scale(x, t float64) float64 {
	n := math.Float64bits(t)
	half := n >> 1
	z := float64(x * math.Float64frombits(half<<52))
	return float64(z * math.Float64frombits((n-half)<<52))
}

// Exp returns eˣ.
func Exp(x float64) float64 {
	t, hi, lo := exponential(max(min(x, 710), -746)) // the result is +Inf above, and 0 below
	return scale(1+(hi+lo), t)
}

// Tanh returns tanh x = (1 − e⁻²ˣ)/(1 + e⁻²ˣ).
func Tanh(x float64) float64 {
	t, hi, lo := exponential(float64(min(math.Abs(x), 22) * -2)) // the result is 1 above
	s := power2(t)
	// 1 − e⁻²ˣ is 1 − s − s·hi − s·lo.
	a, b := 1-s, float64(s*hi)
	h := a - b
	rest := ((a - h) - b) + (((1 - a) - s) - float64(s*lo))
	n := h + rest
	nl := (h - n) + rest
	d := 2 - n
	return math.Copysign(quotient(n, nl, d, ((2-d)-n)-nl), x)
}

// Sigmoid returns 1/(1 + e⁻ˣ). It is eˣ/(1 + eˣ) for x < 0, where 2ᵏ is a factor that comes last,
// since the quotient may be subnormal.
func Sigmoid(x float64) float64 {
	t, hi, lo := exponential(-min(math.Abs(x), 746)) // the result is 0 or 1 beyond
	p, c := onePlus(hi, lo)
	s := power2(max(t, bias-100)) // 2⁻¹⁰⁰ is too small to matter in 1 + 2ᵏ·(p + c)
	e := float64(p * s)
	d := 1 + e
	dl := ((1 - d) + e) + float64(c*s)
	negative := x < 0
	q := quotient(Where(negative, p, 1), Where(negative, c, 0), d, dl)
	return scale(q, Where(negative, t, bias))
}

// quotient returns (n + nl)/(d + dl), where nl and dl are small. To divide the remainder, too, it
// needs n − q·d exactly. So it cuts q to 26 bits, and d into parts of 26 and 27: then both products
// have at most 53 bits.
func quotient(n, nl, d, dl float64) float64 {
	inverse := 1 / d
	q := top(float64(n * inverse))
	d1 := top(d)
	rest := ((n - float64(q*d1)) - float64(q*(d-d1))) + (nl - float64(q*dl))
	return q + float64(rest*inverse)
}

// top returns x without the lower 27 of its 53 bits.
func top(x float64) float64 { return math.Float64frombits(math.Float64bits(x) &^ (1<<27 - 1)) }
