package gradcheck_test

import (
	"errors"
	"fmt"
	"math"

	"github.com/gomicrograd/micrograd/gradcheck"
)

// A gradient written by hand, with a mistake in its second entry.
func ExampleCheck() {
	f := func(x []float64) float64 { return x[0] * x[0] * math.Sin(x[1]) }
	x := []float64{3, 0}
	grad := []float64{2 * x[0] * math.Sin(x[1]), x[0] * math.Cos(x[1])}
	fmt.Println(gradcheck.Check(f, grad, x))
	// Output:
	// gradcheck: 1 of 2 derivatives disagree with finite differences:
	// 	x[1] = 0: numerical 9, given 3, relative error 0.67
}

// A gradient that lacks a factor of 2.
func ExampleError() {
	f := func(x []float64) float64 { return x[0]*x[0] + x[1]*x[1] + x[2]*x[2] }
	x := []float64{1, -2, 3}
	fmt.Println(gradcheck.Check(f, x, x)) // ∂f/∂xᵢ is 2xᵢ, not xᵢ

	var e *gradcheck.Error
	if errors.As(gradcheck.Check(f, x, x), &e) {
		worst := e.Entries[2]
		fmt.Printf("%d is off by %.3f\n", worst.Index, worst.Given-worst.Numerical)
	}
	// Output:
	// gradcheck: 3 of 3 derivatives disagree with finite differences:
	// 	given = 1/2 × numerical in 3 of 3
	// 	x[0] = 1: numerical 2, given 1, relative error 0.5
	// 	x[1] = -2: numerical -4, given -2, relative error 0.5
	// 	x[2] = 3: numerical 6, given 3, relative error 0.5
	// 2 is off by -3.000
}

// A gradient with 10,000 entries, of which one is wrong, checked with some 1,700 calls of f.
func ExampleDirections() {
	f := func(x []float64) (sum float64) {
		for i, x := range x {
			sum += x * x * float64(i%10)
		}
		return sum
	}
	x, grad := make([]float64, 10_000), make([]float64, 10_000)
	for i := range x {
		x[i] = float64(i) / 10_000
		grad[i] = 2 * x[i] * float64(i%10)
	}
	grad[5002] = 3
	fmt.Println(gradcheck.Directions(f, grad, x))
	// Output:
	// gradcheck: 1 of 10000 derivatives disagree with finite differences:
	// 	x[5002] = 0.5002: numerical 2.0008, given 3, relative error 0.33
}

// Gradients in float32, in the slices where a model keeps them.
func ExampleParams() {
	w, b := []float32{0.5, -1}, []float32{0.2}
	dw, db := make([]float32, 2), make([]float32, 1)
	rows := [][]float32{{1, 2, 1}, {-1, 0.5, 0}, {0.3, -2, 1}} // the last number is the target
	loss := func(backward bool) (sum float32) {
		for _, row := range rows {
			e := w[0]*row[0] + w[1]*row[1] + b[0] - row[2]
			sum += e * e
			if backward {
				dw[0] += 2 * e * row[0]
				dw[1] += 2 * e * row[1]
				db[0] += e // it should be 2e
			}
		}
		return sum
	}
	loss(true)
	err := gradcheck.Params(func() float32 { return loss(false) },
		gradcheck.NewParam("w", w, dw),
		gradcheck.NewParam("b", b, db))
	var e *gradcheck.Error
	if errors.As(err, &e) {
		for _, d := range e.Wrong() { // without those that finite differences can't tell about
			fmt.Printf("%s[%d] is %.3f, but should be %.3f\n", d.Name, d.Index, d.Given,
				d.Numerical)
		}
	}
	// Output: b[0] is -1.750, but should be -3.500
}

// The backward pass of a layer takes ∂L/∂y and returns ∂L/∂x, for any L. Take L = Σ rᵢyᵢ with
// numbers rᵢ that are as good as random: then ∂L/∂y is r.
func ExampleParams_layer() {
	forward := func(x []float64) (y []float64) { // a softmax
		sum := 0.0
		for _, x := range x {
			sum += math.Exp(x)
		}
		for _, x := range x {
			y = append(y, math.Exp(x)/sum)
		}
		return y
	}
	dot := func(a, b []float64) (sum float64) {
		for i := range a {
			sum += a[i] * b[i]
		}
		return sum
	}
	backward := func(x, dy []float64) (dx []float64) {
		y := forward(x)
		for i := range y {
			dx = append(dx, y[i]*(dy[i]-dot(y, dy)))
		}
		return dx
	}
	x := []float64{0.5, -1, 2}
	r := []float64{0.3, -1.2, 0.7}
	fmt.Println(gradcheck.Params(func() float64 { return dot(r, forward(x)) },
		gradcheck.NewParam("x", x, backward(x, r))))
	// Output: <nil>
}

// The derivative of a function of one number.
func ExampleDerivative() {
	x := 0.5
	fmt.Println(gradcheck.Derivative(math.Erf, 2/math.SqrtPi*math.Exp(-x*x), x))
	// Output: <nil>
}

// The Jacobian of polar coordinates, with a wrong sign.
func ExampleJacobian() {
	f := func(x []float64) []float64 {
		return []float64{x[0] * math.Cos(x[1]), x[0] * math.Sin(x[1])}
	}
	x := []float64{2, math.Pi / 2}
	jac := [][]float64{
		{math.Cos(x[1]), x[0] * math.Sin(x[1])}, // it should be −x₀·sin x₁
		{math.Sin(x[1]), x[0] * math.Cos(x[1])},
	}
	fmt.Println(gradcheck.Jacobian(f, jac, x))
	// Output:
	// gradcheck: 1 of 4 derivatives disagree with finite differences:
	// 	y[0]/x[1] = 1.5707963267948966: numerical -2, given 2, relative error 2
}

func ExampleGradient() {
	f := func(x []float64) float64 { return x[0] * math.Exp(x[1]) }
	fmt.Printf("%.6f\n", gradcheck.Gradient(f, []float64{2, 0}))
	// Output: [1.000000 2.000000]
}

// A tolerance is for functions that approximate by design. It hides each mistake that is smaller.
func ExampleConfig() {
	sqrt := func(x float64) float64 { // three steps of Newton's method
		y := x
		for range 3 {
			y = (y + x/y) / 2
		}
		return y
	}
	d := 0.5 / math.Sqrt(3)
	fmt.Println(gradcheck.Derivative(sqrt, d, 3))
	fmt.Println(gradcheck.Config{Tolerance: 1e-3}.Derivative(sqrt, d, 3))
	// Output:
	// gradcheck: 1 of 1 derivatives disagree with finite differences:
	// 	x[0] = 3: numerical 0.2889030612, given 0.2886751346, relative error 0.00079
	// <nil>
}
