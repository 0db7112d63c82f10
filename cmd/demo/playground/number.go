package playground

import (
	"fmt"
	"strings"
)

// number writes x with four digits and a proper minus.
func number(x float64) string { return strings.ReplaceAll(fmt.Sprintf("%.4g", x), "-", "−") }

// signed writes x as it stands after another number in a sum.
func signed(x float64) string {
	if x < 0 {
		return "− " + number(-x)
	}
	return "+ " + number(x)
}

// factor writes x as it stands after an operation: in parentheses if it is negative.
func factor(x float64) string {
	if x < 0 {
		return "(" + number(x) + ")"
	}
	return number(x)
}
