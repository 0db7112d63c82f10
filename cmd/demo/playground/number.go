package playground

import (
	"fmt"
	"strings"
)

// number writes x with four digits and a minus sign.
func number(x float64) string { return strings.ReplaceAll(fmt.Sprintf("%.4g", x), "-", "−") }

// signed writes x as a term of a sum, with its sign.
func signed(x float64) string {
	if x < 0 {
		return "− " + number(-x)
	}
	return "+ " + number(x)
}

// factor writes x after an operation: in parentheses if it is negative.
func factor(x float64) string {
	if x < 0 {
		return "(" + number(x) + ")"
	}
	return number(x)
}
