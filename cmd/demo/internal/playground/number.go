package playground

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// number writes x with four digits and a minus sign.
func number(x float64) string { return strings.ReplaceAll(fmt.Sprintf("%.4g", x), "-", "−") }

// short writes x with two digits, or as a whole number.
func short(x float64) string {
	if math.Abs(x) >= 10 && math.Abs(x) < 1e6 {
		return strings.ReplaceAll(fmt.Sprintf("%.0f", x), "-", "−")
	}
	return strings.ReplaceAll(fmt.Sprintf("%.2g", x), "-", "−")
}

// signed writes x as a term of a sum, with its sign.
func signed(x float64) string {
	if x < 0 {
		return "− " + short(-x)
	}
	return "+ " + short(x)
}

// subscript writes a whole number in small digits.
func subscript(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + '₀' }, strconv.Itoa(n))
}

// factor writes x after an operation: in parentheses if it is negative.
func factor(x float64) string {
	if x < 0 {
		return "(" + number(x) + ")"
	}
	return number(x)
}
