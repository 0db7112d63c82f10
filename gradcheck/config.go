package gradcheck

import (
	"cmp"
	"fmt"
)

// A Config holds the settings of a check. The functions without one use the zero value.
//
//	err := gradcheck.Config{Tolerance: 1e-4}.Check(f, grad, x)
//
// Its methods panic if Tolerance isn't in [0, 1).
type Config struct {
	// A derivative is right if it is off by at most Tolerance·|f′|. The default, for 0, is 1e-6.
	// More is for an f or a gradient that approximates by design: a solver that stops early, an
	// activation from a table. But it hides each mistake that is smaller: 1e-3 hides a constant
	// that is rounded to four digits. Along a direction, it is relative to the slope: there it
	// hides a mistake in one derivative that is small beside the sum of all.
	Tolerance float64

	// PanicsAreNaN takes a panic of f for NaN, which means that f isn't defined there. At x
	// itself, the check then says that it can't tell. It hides mistakes in f that panic.
	PanicsAreNaN bool
}

// tolerance returns the setting or its default.
func (c Config) tolerance() float64 {
	if !(c.Tolerance >= 0 && c.Tolerance < 1) {
		panic(fmt.Sprintf("gradcheck: Tolerance is %g, not in [0, 1)", c.Tolerance))
	}
	return cmp.Or(c.Tolerance, tolerance)
}

// withoutPanics returns f with nan in place of its panics, if the settings say so.
func withoutPanics[Y any](c Config, f func(x []float64) Y, nan Y) func(x []float64) Y {
	if !c.PanicsAreNaN {
		return f
	}
	return func(x []float64) (y Y) {
		defer func() {
			if recover() != nil {
				y = nan
			}
		}()
		return f(x)
	}
}
