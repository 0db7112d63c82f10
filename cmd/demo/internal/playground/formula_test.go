package playground

import (
	"errors"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// functions are what the names of formulas mean, as Go computes it.
var functions = map[string]func(x ...float64) float64{
	"exp":       func(x ...float64) float64 { return math.Exp(x[0]) },
	"log":       func(x ...float64) float64 { return math.Log(x[0]) },
	"sqrt":      func(x ...float64) float64 { return math.Sqrt(x[0]) },
	"sin":       func(x ...float64) float64 { return math.Sin(x[0]) },
	"cos":       func(x ...float64) float64 { return math.Cos(x[0]) },
	"abs":       func(x ...float64) float64 { return math.Abs(x[0]) },
	"relu":      func(x ...float64) float64 { return math.Max(x[0], 0) },
	"leakyrelu": func(x ...float64) float64 { return math.Max(x[0], 0.01*x[0]) },
	"tanh":      func(x ...float64) float64 { return math.Tanh(x[0]) },
	"sigmoid":   func(x ...float64) float64 { return 1 / (1 + math.Exp(-x[0])) },
	"softplus": func(x ...float64) float64 {
		return math.Log1p(math.Exp(-math.Abs(x[0]))) + math.Max(x[0], 0)
	},
	"gelu": func(x ...float64) float64 { return x[0] / 2 * (1 + math.Erf(x[0]/math.Sqrt2)) },
	"max":  func(x ...float64) float64 { return math.Max(x[0], x[1]) },
	"min":  func(x ...float64) float64 { return math.Min(x[0], x[1]) },
}

// evaluate has Go's own parser read an expression, and computes it. It is false if that isn't what
// formulas can have. Where Go reads an exclusive or, which binds as + does, a power is meant: so
// powers have to be in parentheses.
func evaluate(text string, named map[string]float64) (float64, bool) {
	e, err := goparser.ParseExpr(text)
	if err != nil {
		return 0, false
	}
	ok := true
	var value func(e ast.Expr) float64
	value = func(e ast.Expr) float64 {
		switch e := e.(type) {
		case *ast.ParenExpr:
			return value(e.X)
		case *ast.BasicLit:
			x, err := strconv.ParseFloat(e.Value, 64)
			ok = ok && err == nil
			return x
		case *ast.Ident:
			x, known := named[e.Name]
			ok = ok && known
			return x
		case *ast.UnaryExpr:
			ok = ok && e.Op == token.SUB
			return -value(e.X)
		case *ast.BinaryExpr:
			x, y := value(e.X), value(e.Y)
			switch e.Op {
			case token.ADD:
				return x + y
			case token.SUB:
				return x - y
			case token.MUL:
				return x * y
			case token.QUO:
				return x / y
			case token.XOR:
				return math.Pow(x, y)
			}
		case *ast.CallExpr:
			name, isName := e.Fun.(*ast.Ident)
			if !isName || functions[name.Name] == nil {
				break
			}
			var args []float64
			for _, arg := range e.Args {
				args = append(args, value(arg))
			}
			if want := 1 + strings.Count("max min", name.Name); len(args) == want {
				return functions[name.Name](args...)
			}
		}
		ok = false
		return 0
	}
	x := value(e)
	return x, ok
}

// result returns the number that a formula comes to.
func result(t *testing.T, text string) float64 {
	nodes, err := parseFormula(text)
	require.NoError(t, err, text)
	return nodes[len(nodes)-1].Value.Data
}

func same(x, y float64) bool {
	return x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-9*math.Abs(x)
}

// randomExpression writes an expression that formulas and Go read alike.
func randomExpression(rng *rand.Rand, depth int) string {
	if depth == 0 {
		return []string{"x", "y", "z", "2", "0.5", "1e2", ".25", "3."}[rng.IntN(8)]
	}
	sub := func() string { return randomExpression(rng, depth-1-rng.IntN(depth)) }
	switch rng.IntN(9) {
	case 0:
		return sub() + " + " + sub()
	case 1:
		return sub() + " - " + sub()
	case 2:
		return sub() + "*" + sub()
	case 3:
		return sub() + " / " + sub()
	case 4:
		return "((" + sub() + ")^(" + sub() + "))"
	case 5:
		return "-" + randomExpression(rng, 0)
	case 6:
		return "(" + sub() + ")"
	case 7:
		return []string{"max", "min"}[rng.IntN(2)] + "(" + sub() + ", " + sub() + ")"
	}
	names := Functions()
	name := names[2+rng.IntN(len(names)-2)] // the first two are max and min
	return name + "(" + sub() + ")"
}

func TestFormulasComeToWhatGoComputes(t *testing.T) {
	assert.ElementsMatch(t, Functions(), slices.Collect(maps.Keys(functions)))
	rng := rand.New(rand.NewPCG(1, 0))
	named := map[string]float64{"x": 0.75, "y": -1.5, "z": 2}
	for range 20_000 {
		text := randomExpression(rng, 1+rng.IntN(4))
		want, ok := evaluate(text, named)
		require.True(t, ok, text)
		got := result(t, "x = 0.75; y = -1.5\nz = 2\n0 + ("+text+")")
		require.True(t, same(want, got), "%s is %v, got %v", text, want, got)
	}
}

// FuzzFormula looks for texts that make the parser panic, that it understands otherwise than Go, or
// whose gradients aren't those of Backward.
func FuzzFormula(f *testing.F) {
	for _, formula := range Formulas {
		f.Add(formula.Text)
	}
	for _, text := range []string{"-2-3", "1+2*3-4/5", "2*-3", "1--1", "((2))*3",
		"max(1,2)+min(3,4)", "1e3*1E-3", ".5+5.", "x=1;y=x;y*x", "-1-(-2)", "-exp(-1)"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := NewCalculation(text)
		var wrong *FormulaError
		if err != nil {
			require.True(t, errors.As(err, &wrong))
			require.True(t, wrong.Offset >= 0 && wrong.Offset <= len(text), "%d in %q",
				wrong.Offset, text)
			require.NotEmpty(t, wrong.Pointing(text))
			return
		}
		for step := range c.Steps() + 1 {
			g, words := c.At(step)
			require.NotEmpty(t, words)
			require.Len(t, g.Nodes, len(c.nodes))
		}
		requireGradientsOfBackward(t, c)
		if want, ok := evaluate(text, nil); ok && !strings.Contains(text, "^") {
			require.True(t, same(want, c.nodes[len(c.nodes)-1].Value.Data), "%q is %v", text, want)
		}
	})
}

func TestOperatorsBindAsUsual(t *testing.T) {
	for text, want := range map[string]float64{
		"1 + 2*3":                    7,
		"(1 + 2)*3":                  9,
		"10 - 4 - 3":                 3,
		"24/4/3":                     2,
		"2^3^2":                      512,
		"(2^3)^2":                    64,
		"0 - 2^2":                    -4,
		"-(2)^2":                     -4,
		"-2^2 + 0":                   -4,
		"2*-3 + 0":                   -6,
		"2^-1":                       0.5,
		"2^-1^2":                     0.5,
		"-2*-3":                      6,
		"2·3 × 4 − 5":                19,
		"x=2;x=x*x;x*x":              16,
		"größe=3\ngröße*größe\n\n\n": 9,
		"x = 3 ; y = x; y + 1":       4,
		"x_1 = 2; x_1*1":             2,
		"\tx=1\r\nx + 1":             2,
		"x=3; 2x":                    6,
		"x=3; 2 x^2 + 1":             19,
		"x=3; -2x²":                  -18,
		"x=3; x³ - 2(x + 1)":         19,
		"x=3; ½x":                    1.5,
		"x=3; 4*2x/3":                8,
		"x=16; √x + 2√x":             12,
		"x=3; x**2":                  9,
		"x=3; 3 abs(-x)":             9,
		"x=-3; abs x + 1":            4,
		"x=4; 2sqrt x":               4,
		"2e3(1 + 1)":                 4000,
	} {
		assert.Equal(t, want, result(t, text), text)
	}
}

func TestErrorsOfFormulasNameLineAndColumn(t *testing.T) {
	for text, want := range map[string]string{
		"":      "line 1, column 1: the formula has no operation, want one, such as x*y",
		"x = 3": "line 1, column 6: the formula has no operation, want one, such as x*y",
		"x": "line 1, column 1: x has no value: give it one in a line before, " +
			"such as x = 1",
		"x = 3\nx*":     "line 2, column 3: found the end, want a number, a name or a (",
		"x = 3\n*x":     "line 2, column 1: found \"*\", want a number, a name or a (",
		"x = 3\nx*(2\n": "line 2, column 5: found the end of the line, want a )",
		"x = 3\n  foo(x)": "line 2, column 3: there is no function foo, want one of " +
			strings.Join(Functions(), ", "),
		"neg(1)": "line 1, column 1: there is no function neg, want one of " +
			strings.Join(Functions(), ", "),
		"tanh(1, 2)":   "line 1, column 1: the number of operands of tanh is 2, want 1",
		"max(1)":       "line 1, column 1: the number of operands of max is 1, want 2",
		"max(1; 2)":    "line 1, column 6: found \";\", want a comma or a )",
		"größe = 1; €": "line 1, column 12: found \"€\", want a number, a name or a (",
		"x = 1; 1/2x": "line 1, column 11: found \"x\", want an operation or the end of the " +
			"line; write * to multiply",
		"x = 1; x x": "line 1, column 10: found \"x\", want an operation or the end of the line; " +
			"write * to multiply",
		"x = 1,5": "line 1, column 6: found \",\", want an operation or the end of the line; " +
			"write a decimal number with a point, such as 1.5",
		"2*[1 + 1]": "line 1, column 3: found \"[\", want a number, a name or a (; write ( and )",
		"|1|": "line 1, column 1: found \"|\", want a number, a name or a (; " +
			"write abs(x) for |x|",
		"ln(2)": "line 1, column 1: there is no function ln, want one of " +
			strings.Join(Functions(), ", ") + "; write log(x) for ln(x)",
		"2*π": "line 1, column 3: π has no value: give it one in a line before, " +
			"such as π = 3.14159",
		"2 x": "line 1, column 3: x has no value: give it one in a line before, " +
			"such as x = 1",
		"tanh": "line 1, column 1: tanh has no value: give it one in a line before, " +
			"such as tanh = 1",
		"1.2.3 + 1": "line 1, column 1: found \"1.2.3\", want a number",
		"1e + 1": "line 1, column 2: e has no value: give it one in a line before, " +
			"such as e = 2.71828",
		"1e400 + 1": "line 1, column 1: found \"1e400\", want a number",
		"0x10 + 1": "line 1, column 2: x10 has no value: give it one in a line before, " +
			"such as x10 = 1",
		"sin = 1": "line 1, column 1: sin is a function, want another name",
		"x = = 1": "line 1, column 5: found \"=\", want a number, a name or a (",
		"1 = 1":   "line 1, column 3: found \"=\", want an operation or the end of the line",
		strings.Repeat("x", 21) +
			" = 1": "line 1, column 1: found a name of 21 characters, want at most 20",
		"\xff + 1": "line 1, column 1: found \"\\xff\", want a number, a name or a (",
	} {
		_, err := NewCalculation(text)
		assert.EqualError(t, err, want, "%q", text)
	}
	_, err := NewCalculation(strings.Repeat("(", 5000))
	assert.EqualError(t, err,
		"line 1, column 1001: the formula is longer than 1000 bytes")
	_, err = NewCalculation("x = 1; x" + strings.Repeat("+x", 61))
	assert.EqualError(t, err, "line 1, column 131: there are more than 60 operations")
	_, err = NewCalculation("x = 1; x" + strings.Repeat("+x", 60))
	assert.NoError(t, err)
	_, err = NewCalculation(strings.Repeat("(", 990) + "1")
	assert.ErrorContains(t, err, "found the end")

	_, err = NewCalculation("x = 1\nx*+2\nx*x")
	var wrong *FormulaError
	require.ErrorAs(t, err, &wrong)
	assert.Equal(t, "line 2, column 3: found \"+\", want a number, a name or a (\nx*+2\n  ^",
		wrong.Pointing("x = 1\nx*+2\nx*x"))
	assert.Equal(t, 8, wrong.Offset)
}

func TestNodesHaveNamesOfTheirOwn(t *testing.T) {
	nodes, err := parseFormula("u1 = 1; x = 2; x = x*u1; unused = x + 1; L = 3\nx + L*2 - -1")
	require.NoError(t, err)
	var all []string
	for _, n := range nodes {
		all = append(all, n.Name)
	}
	last, err := parseFormula(strings.Repeat("x = 1; ", 11) + "x = x*x")
	require.NoError(t, err)
	assert.Equal(t, "x₁₂", last[len(last)-1].Name)
	assert.Equal(t, []string{"u1", "x", "x₂", "L", "2", "u2", "u3", "−1", "L₂"}, all)
}
