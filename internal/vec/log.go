package vec

import "math"

// logarithm returns log(1 + f) in two parts, for √½ ≤ 1 + f ≤ √2.
//
// With s = f/(2 + f), it is the series of log((1 + s)/(1 − s)), 2s + 2s³/3 + 2s⁵/5 + …, and since
// 2s is f − s·f and s·f is f²/2 − s·f²/2,
//
//	log(1 + f) = f − f²/2 + s·(f²/2 + 2s²/3 + 2s⁴/5 + …)
//
// where the first term, f, has no rounding error (Ng 1993, in FreeBSD's e_log.c). Nor has the square
// of the upper half of f. The terms that are left out are below 2⁻⁶².
func logarithm(f float64) (hi, lo float64) {
	s := f / (2 + f)
	z := float64(s * s)
	z2 := float64(z * z)
	z4 := float64(z2 * z2)
	p1 := float64(z*(2./3)) + float64(z2*(2./5+float64(z*(2./7))))
	p4 := (2./9 + float64(z*(2./11))) + float64(z2*(2./13+float64(z*(2./15))))
	p8 := 2./17 + float64(z*(2./19)) + float64(z2*(2./21))
	a := top(f)
	h := float64(float64(a*a) * 0.5)
	rest := float64(float64((f-a)*(f+a)) * 0.5) // f²/2 is h + rest
	hi = f - h
	return hi, ((f - hi) - h) + (float64(s*((h+rest)+(p1+float64(z4*(p4+float64(z4*p8)))))) - rest)
}

// split returns x = 2ᵏ·(1 + f) for a normal x > 0, with √½ ≤ 1 + f < √2. The bits of positive
// float64s are in their order. So k is how many whole exponents they are beyond those of √½, and the
// rest gives 1 + f.
func split(x float64) (k, f float64) {
	const sqrtHalf, one = 0x3fe6a09e667f3bcd, 0x3ff << 52 // the bits of √½ and of 1
	i := math.Float64bits(x) + (one - sqrtHalf)
	k = math.Float64frombits(i>>52|0x433<<52) - (0x1p52 + 1023) // 433 is the exponent of 2⁵²
	return k, math.Float64frombits(i&(1<<52-1)+sqrtHalf) - 1
}

// addLog2 returns k·log 2 + hi + lo in two parts, where |hi| < log 2 and lo is small.
func addLog2(k, hi, lo float64) (float64, float64) {
	t := float64(k * log2hi)
	s := t + hi
	return s, ((t - s) + hi) + (float64(k*log2lo) + lo)
}

// Log returns the natural logarithm of x.
func Log(x float64) float64 {
	small := x < 0x1p-1022
	k, f := split(float64(x * Where(small, 0x1p54, 1)))
	hi, lo := logarithm(f)
	hi, lo = addLog2(k-Where(small, 54, 0), hi, lo)
	return logAt(x, hi+lo)
}

// Log1p returns log(1 + x). With s + c = 1 + x, where s is rounded, that is nearly log s + c/s. The
// sign of x is copied, since log(1 − 0) is −0.
func Log1p(x float64) float64 {
	s, c := twoSum(1, x)
	k, f := split(s)
	f = Where(k == 0, x, f)
	hi, lo := logarithm(f)
	hi, lo = addLog2(k, hi, lo+Where(k == 0, 0, c/s))
	return math.Copysign(logAt(s, hi+lo), x)
}

// logAt returns z, or log x where x is infinite, NaN, 0 or negative.
func logAt(x, z float64) float64 {
	z = Where(x < math.Inf(1), z, x)
	return Where(x <= 0, Where(x == 0, math.Inf(-1), math.NaN()), z)
}

// Softplus returns log(1 + eˣ) = max(x, 0) + log(1 + e), where e = exp(−|x|). If 1 + e is above √2,
// log(1 + e) is log 2 + log(1 + (e − 1)/2).
func Softplus(x float64) float64 {
	t, hi, lo := exponential(-min(math.Abs(x), 746)) // the result is 0 or x beyond
	p, c := onePlus(hi, lo)
	e, el := scale(p, t), float64(c*power2(max(t, bias-1022)))
	big := e > math.Sqrt2-1
	f := e - 1
	fl := (e - (f + 1)) + el
	f = Where(big, float64(f*0.5), e)
	fl = Where(big, float64(fl*0.5), el)
	fl -= float64(float64(fl*f) * (1 - f)) // nearly fl/(1 + f), which is what fl adds to the log
	hi, lo = logarithm(f)
	hi, lo = addLog2(Where(big, 1, 0), hi, lo+fl)
	s, d := twoSum(max(x, 0), hi)
	return Where(x > 64, x, s+(d+lo)) // the sum is x there, too, but NaN at +Inf
}
