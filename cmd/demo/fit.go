package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// Nine of NIST's Statistical Reference Datasets for nonlinear regression, which are in the public
// domain (itl.nist.gov/div898/strd).
//
//go:embed nist.json
var nistJSON []byte

type problem struct {
	Name, Model               string
	Start1, Start2, Certified []float64 // parameters
	X, Y                      []float64
	RSS                       float64 // the certified residual sum of squares, for the test
}

// models has the model of each problem, as a function of the parameters b and of x.
var models = map[string]func(b []*micrograd.Value, x *micrograd.Value) *micrograd.Value{
	"Misra1a": saturation,
	"BoxBOD":  saturation,
	"Chwirut2": func(b []*micrograd.Value, x *micrograd.Value) *micrograd.Value {
		return decay(b[0], x).Div(polynomial(b[1:], x))
	},
	"Lanczos3": func(b []*micrograd.Value, x *micrograd.Value) *micrograd.Value {
		return micrograd.Dot([]*micrograd.Value{b[0], b[2], b[4]},
			[]*micrograd.Value{decay(b[1], x), decay(b[3], x), decay(b[5], x)})
	},
	"Hahn1":   cubicOverCubic,
	"Thurber": cubicOverCubic,
	"MGH09": func(b []*micrograd.Value, x *micrograd.Value) *micrograd.Value {
		one := micrograd.New(1)
		numerator := polynomial([]*micrograd.Value{micrograd.New(0), b[1], one}, x)
		return b[0].Mul(numerator).Div(polynomial([]*micrograd.Value{b[3], b[2], one}, x))
	},
	"Eckerle4": func(b []*micrograd.Value, x *micrograd.Value) *micrograd.Value {
		return b[0].Div(b[1]).Mul(x.Sub(b[2]).Div(b[1]).PowC(2).MulC(-0.5).Exp())
	},
	"Rat43": func(b []*micrograd.Value, x *micrograd.Value) *micrograd.Value {
		return b[0].Div(b[1].Sub(b[2].Mul(x)).Exp().AddC(1).Pow(b[3].PowC(-1)))
	},
}

// decay is e^(−rate·x).
func decay(rate, x *micrograd.Value) *micrograd.Value { return rate.Mul(x).Neg().Exp() }

// saturation is b₁(1 − e^(−b₂x)).
func saturation(b []*micrograd.Value, x *micrograd.Value) *micrograd.Value {
	return b[0].Mul(decay(b[1], x).Neg().AddC(1))
}

// cubicOverCubic is (b₁ + b₂x + b₃x² + b₄x³)/(1 + b₅x + b₆x² + b₇x³).
func cubicOverCubic(b []*micrograd.Value, x *micrograd.Value) *micrograd.Value {
	denominator := append([]*micrograd.Value{micrograd.New(1)}, b[4:]...)
	return polynomial(b[:4], x).Div(polynomial(denominator, x))
}

// polynomial is b₁ + b₂x + b₃x² + …, by Horner's scheme.
func polynomial(b []*micrograd.Value, x *micrograd.Value) *micrograd.Value {
	sum := b[len(b)-1]
	for _, c := range slices.Backward(b[:len(b)-1]) {
		sum = sum.Mul(x).Add(c)
	}
	return sum
}

// problems returns the problems of the file.
func problems() (all []problem) {
	if err := json.Unmarshal(nistJSON, &all); err != nil {
		panic(err) // the file is part of the program
	}
	return all
}

func problemNames() (names []string) {
	for _, p := range problems() {
		names = append(names, p.Name)
	}
	return names
}

// fit finds the parameters of a model by the Levenberg-Marquardt method, and compares them with
// those that NIST has certified. The program of a residual has its derivatives as outputs, so one
// call of Forward gives the residuals of all rows and their Jacobian. Odd seeds begin at NIST's
// first start, and even ones at the second. An epoch is a step, and -lr is 1/λ of the first.
func fit(t *training) result {
	all := problems()
	p := all[slices.IndexFunc(all, func(p problem) bool { return p.Name == t.problem })]
	b := micrograd.Values(p.Start1...)
	if t.seed%2 == 0 {
		b = micrograd.Values(p.Start2...)
	}
	title := p.Name + ": " + strings.NewReplacer("^2", "²", "^3", "³", "*", "·").Replace(p.Model)
	t.describe(title, b)
	s := newLeastSquares(p, b, 1/t.lr)
	for range t.each() {
		s.step()
		t.report(s.rms(), "damping %.0e", s.damping)
	}

	measured := &figure.Curve{Name: "measured", X: p.X, Y: p.Y, Dots: true}
	curve := &figure.Curve{Name: "fitted"}
	least, greatest := slices.Min(p.X), slices.Max(p.X)
	for i := range 201 {
		x := least + (greatest-least)*float64(i)/200
		curve.Add(x, models[p.Name](b, micrograd.New(x)).Data)
	}
	table := figure.Table{Title: "The parameters",
		Header: []string{"", "found", "certified", "digits that agree"}}
	fewest := 11
	for j, found := range b {
		digits := digitsOf(found.Data, p.Certified[j])
		fewest = min(fewest, digits)
		table.Rows = append(table.Rows, []string{fmt.Sprintf("b%d", j+1),
			minus(fmt.Sprintf("%#.11g", found.Data)),
			minus(fmt.Sprintf("%#.11g", p.Certified[j])), fmt.Sprint(digits)})
	}
	firstResidual := models[p.Name](b, micrograd.New(p.X[0])).Sub(micrograd.New(p.Y[0]))
	return result{
		figure: figure.Stack{figure.Lines{Title: title, X: "x", Y: "y",
			Curves: []*figure.Curve{measured, curve}}, table},
		loss:     s.rms(),
		lossNote: "The loss is the root mean square of the residuals.",
		learned: fmt.Sprintf("residual sum of squares %.8g, %d or more digits of each parameter",
			s.rss, fewest),
		goal:    "8",
		met:     fewest >= 8,
		rowLoss: firstResidual.PowC(2),
	}
}

// digitsOf returns how many digits of x agree with those of want, of which NIST certifies eleven:
// −log₁₀ of the relative error, rounded down.
func digitsOf(x, want float64) int {
	return int(max(0, min(11, -math.Log10(math.Abs(x/want-1)))))
}

// A leastSquares looks for the parameters b with the least Σ rᵢ², where rᵢ = f(b, xᵢ) − yᵢ is a
// residual.
type leastSquares struct {
	b       []*micrograd.Value
	program *micrograd.Program // from x and y to r and ∂r/∂b
	rows    [][]float64
	rss     float64     // Σ rᵢ²
	r       []float64   // the residuals
	J       [][]float64 // ∂rᵢ/∂bⱼ at [j][i]: the columns of the Jacobian
	damping float64     // λ
	scale   []float64   // the greatest length that each column has had
}

func newLeastSquares(p problem, b []*micrograd.Value, damping float64) *leastSquares {
	in := micrograd.Values(0, 0)
	r := models[p.Name](b, in[0]).Sub(in[1])
	outputs := append([]*micrograd.Value{r}, micrograd.Gradient(r, b...)...)
	s := &leastSquares{b: b, program: micrograd.Compile(in, outputs...), damping: damping,
		scale: make([]float64, len(b))}
	for i, x := range p.X {
		s.rows = append(s.rows, []float64{x, p.Y[i]})
	}
	s.rss, s.r, s.J = s.evaluate()
	return s
}

// rms is the root mean square of the residuals.
func (s *leastSquares) rms() float64 { return math.Sqrt(s.rss / float64(len(s.rows))) }

// evaluate returns Σ rᵢ², the residuals and the columns of their Jacobian at b.
func (s *leastSquares) evaluate() (rss float64, r []float64, J [][]float64) {
	J = make([][]float64, len(s.b))
	for _, result := range s.program.Forward(s.rows) {
		r = append(r, result[0])
		rss += result[0] * result[0]
		for j, d := range result[1:] {
			J[j] = append(J[j], d)
		}
	}
	return rss, r, J
}

// step is that of Levenberg (1944) and Marquardt (1963). If r were linear in b, Σ rᵢ² would be
// least at b + δ for the δ that minimizes |r + Jδ|². Since it isn't, that may lead too far. So the
// step minimizes
//
//	|r + Jδ|² + λ·Σ(scaleⱼδⱼ)² = |Aδ − c|²
//
// where A is J above √λ·scale on a diagonal, and c is −r above zeros. The damping λ rises if a step
// was too long, and falls if it wasn't; how fast was tried on these problems. The scale is Moré's
// (1978).
func (s *leastSquares) step() {
	A, c := make([][]float64, len(s.b)), make([]float64, len(s.r)+len(s.b))
	for i, r := range s.r {
		c[i] = -r
	}
	for j, column := range s.J {
		s.scale[j] = max(s.scale[j], norm(column))
		A[j] = append(slices.Clone(column), make([]float64, len(s.b))...)
		A[j][len(column)+j] = math.Sqrt(s.damping) * s.scale[j]
	}
	was := data(s.b)
	for j, d := range solve(A, c) {
		s.b[j].Data += d
	}
	// Near the minimum, good steps change Σ rᵢ² by less than its rounding error.
	if rss, r, J := s.evaluate(); rss <= s.rss*(1+1e-13) {
		s.rss, s.r, s.J = rss, r, J
		s.damping = max(s.damping/5, 1e-16)
		return
	}
	for j, x := range was {
		s.b[j].Data = x
	}
	s.damping *= 2
}

// solve returns the x that minimizes |Ax − b|, where A is a list of columns. It decomposes A into
// Q, with orthonormal columns, and an upper triangular R, by the modified Gram-Schmidt process, and
// solves Rx = Qᵀb. It overwrites A and b.
func solve(A [][]float64, b []float64) (x []float64) {
	n := len(A)
	R, c := make([][]float64, n), make([]float64, n) // c = Qᵀb, and then x
	for j, q := range A {
		R[j] = make([]float64, n)
		R[j][j] = norm(q)
		for i := range q {
			q[i] /= R[j][j]
		}
		for k := j + 1; k < n; k++ {
			R[j][k] = project(q, A[k])
		}
		c[j] = project(q, b)
	}
	for j := n - 1; j >= 0; j-- {
		for k := j + 1; k < n; k++ {
			c[j] -= R[j][k] * c[k]
		}
		c[j] /= R[j][j]
	}
	return c
}

// project subtracts from a its part in the direction of q, whose length is 1, and returns the
// length of that part.
func project(q, a []float64) (length float64) {
	for i, x := range q {
		length += x * a[i]
	}
	for i, x := range q {
		a[i] -= length * x
	}
	return length
}

func norm(xs []float64) (length float64) {
	for _, x := range xs {
		length = math.Hypot(length, x)
	}
	return length
}
