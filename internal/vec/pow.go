package vec

import "math"

// Pow is [math.Pow], which on amd64 is wrong for subnormal x, as math.Log is
// (golang.org/issue/56600). Its relative error grows with the exponent.
func Pow(x, y float64) float64 {
	if x != 0 && math.Abs(x) < 0x1p-1022 {
		return math.Pow(x*0x1p52, y) * math.Exp2(-52*y)
	}
	return math.Pow(x, y)
}
