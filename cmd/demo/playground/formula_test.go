package playground

import (
	"errors"
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"maps"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/figure"
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
	} {
		assert.Equal(t, want, result(t, text), text)
	}
}

func TestErrorsPointAtThePlace(t *testing.T) {
	for text, want := range map[string]string{
		"":      "line 1, column 1: want something that is calculated, such as x*y",
		"x = 3": "line 1, column 6: want something that is calculated, such as x*y",
		"x": "line 1, column 1: x has no value: give it one in a line before, " +
			"such as x = 1",
		"x = 3\nx*":     "line 2, column 3: found the end, want a number, a name or a (",
		"x = 3\n*x":     "line 2, column 1: found \"*\", want a number, a name or a (",
		"x = 3\nx*(2\n": "line 2, column 5: found the end of the line, want a )",
		"x = 3\n  foo(x)": "line 2, column 3: there is no function foo, want one of " +
			strings.Join(Functions(), ", "),
		"neg(1)": "line 1, column 1: there is no function neg, want one of " +
			strings.Join(Functions(), ", "),
		"tanh(1, 2)":   "line 1, column 1: found 2 operands of tanh, want 1",
		"max(1)":       "line 1, column 1: found 1 operands of max, want 2",
		"max(1; 2)":    "line 1, column 6: found \";\", want a comma or a )",
		"größe = 1; €": "line 1, column 12: found \"€\", want a number, a name or a (",
		"2 x":          "line 1, column 3: found \"x\", want an operation or the end of the line",
		"1.2.3 + 1":    "line 1, column 1: found \"1.2.3\", want a number",
		"1e + 1":       "line 1, column 1: found \"1e\", want a number",
		"1e400 + 1":    "line 1, column 1: found \"1e400\", want a number",
		"0x10 + 1":     "line 1, column 1: found \"0x10\", want a number",
		"sin = 1":      "line 1, column 1: sin is a function, want another name",
		"x = = 1":      "line 1, column 5: found \"=\", want a number, a name or a (",
		"1 = 1":        "line 1, column 3: found \"=\", want an operation or the end of the line",
		strings.Repeat("x", 21) +
			" = 1": "line 1, column 1: found a name of 21 characters, want at most 20",
		"\xff + 1": "line 1, column 1: found \"\\xff\", want a number, a name or a (",
	} {
		_, err := NewCalculation(text)
		assert.EqualError(t, err, want, "%q", text)
	}
	_, err := NewCalculation(strings.Repeat("(", 5000))
	assert.EqualError(t, err,
		"line 1, column 1001: the formula goes on, want at most 1000 characters")
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

// requireGradientsOfBackward fails unless the gradients after the last step are those of Backward, but
// for the rounding of sums, whose order may differ.
func requireGradientsOfBackward(t *testing.T, c *Calculation) {
	root := c.nodes[len(c.nodes)-1]
	root.Value.Backward()
	grad := c.states[c.Steps()].grad
	greatest := 0.0
	for _, n := range c.nodes {
		greatest = max(greatest, math.Abs(n.Value.Grad))
	}
	for _, n := range c.nodes {
		if !n.Constant && greatest < 1e150 { // beyond that, and for a NaN, the order may matter
			require.InDelta(t, n.Value.Grad, grad[n], 1e-9*greatest, n.Name)
		}
	}
}

func TestGradientsAreThoseOfBackward(t *testing.T) {
	for _, f := range Formulas {
		c, err := NewCalculation(f.Text)
		require.NoError(t, err, f.Name)
		requireGradientsOfBackward(t, c)
	}
	rng := rand.New(rand.NewPCG(2, 0))
	for range 2000 {
		text := "x = 0.75; y = 1.5; z = 2\nu = " + randomExpression(rng, 3) + "\nu*x + " +
			randomExpression(rng, 2) + "*u"
		if c, err := NewCalculation(text); err == nil { // it may have too many operations
			requireGradientsOfBackward(t, c)
		}
	}
}

// leaves returns the numbers and gradients of what was given, by name, and the result.
func leaves(t *testing.T, formula string) (grads map[string]float64, data float64) {
	i := 0
	for Formulas[i].Name != formula {
		i++
	}
	c, err := NewCalculation(Formulas[i].Text)
	require.NoError(t, err)
	s := c.states[c.Steps()]
	grads = map[string]float64{}
	for _, n := range c.nodes {
		if n.op == nil && !n.Constant {
			grads[n.Name] = s.grad[n]
		}
	}
	return grads, c.nodes[len(c.nodes)-1].Value.Data
}

func TestKnownGradients(t *testing.T) {
	// ∂L/∂w = −(y − wx − b)·x, and so on: document, §4.
	grads, data := leaves(t, "error")
	assert.Equal(t, 2.0, data)
	assert.Equal(t, map[string]float64{"x": -4, "y": 2, "w": -6, "b": -2}, grads)

	// Karpathy's bias makes the neuron's output 1/√2, and 1 − h² one half.
	grads, data = leaves(t, "neuron")
	assert.InDelta(t, math.Sqrt(0.5), data, 1e-9)
	for name, want := range map[string]float64{"x1": -1.5, "x2": 0.5, "w1": 1, "w2": 0, "b": 0.5} {
		assert.InDelta(t, want, grads[name], 1e-9, name)
	}

	// What the README of karpathy/micrograd prints.
	grads, data = leaves(t, "micrograd")
	assert.Equal(t, "24.7041", fmt.Sprintf("%.4f", data))
	assert.Equal(t, "138.8338", fmt.Sprintf("%.4f", grads["a"]))
	assert.Equal(t, "645.5773", fmt.Sprintf("%.4f", grads["b"]))

	// The gradient of a cross-entropy is softmax minus target: document, §4.
	grads, _ = leaves(t, "softmax")
	sum := math.Exp(2) + math.Exp(1) + math.Exp(-1)
	assert.InDelta(t, math.Exp(2)/sum, grads["z1"], 1e-12)
	assert.InDelta(t, math.Exp(1)/sum-1, grads["z2"], 1e-12)
	assert.InDelta(t, math.Exp(-1)/sum, grads["z3"], 1e-12)
}

func TestStepsTellTheChainRuleInWordsAndNumbers(t *testing.T) {
	c, err := NewCalculation(Formulas[0].Text)
	require.NoError(t, err)
	require.Equal(t, 11, c.Steps())
	g, words := c.At(0)
	assert.Contains(t, words[0], "These are the inputs.")
	text := g.Text(false)
	assert.Regexp(t, `(?m)^ +w  data 2  grad 0$`, text)
	assert.Regexp(t, `(?m)^ +L = 0.5 · u4  data \?  grad 0$`, text)

	assert.True(t, g.Nodes[5].Faint, "u1 isn't known yet")
	g, words = c.At(1)
	assert.False(t, g.Nodes[5].Faint)
	assert.False(t, g.Nodes[0].Faint)
	assert.Equal(t, []string{"u1 = w · x = 2 · 3 = 6"}, words)
	assert.Regexp(t, `(?m)^ *→ +u1 = w · x  data 6  grad 0$`, g.Text(false))

	_, words = c.At(6)
	assert.Equal(t, []string{"The backward pass begins: ∂L/∂L = 1."}, words)
	_, words = c.At(8)
	assert.Equal(t, []string{"u4 propagates its gradient, ∂L/∂u4 = 0.5, to its operands.",
		"∂L/∂u3 += ∂L/∂u4 · 2·u3^(2−1) = 0.5 · 4 = 2"}, words)

	g, words = c.At(11)
	assert.Equal(t, []string{"u1 propagates its gradient, ∂L/∂u1 = −2, to its operands.",
		"∂L/∂w += ∂L/∂u1 · x = −2 · 3 = −6", "∂L/∂x += ∂L/∂u1 · w = −2 · 2 = −4"}, words)
	assert.Regexp(t, `(?m)^ +w  data 2  grad −6$`, g.Text(false))

	c, err = NewCalculation("x = 0\nlog(x) - -1 - -x")
	require.NoError(t, err)
	_, words = c.At(3)
	assert.Equal(t, []string{"u3 = −x = −0 = −0"}, words)
	_, words = c.At(2)
	assert.Equal(t, []string{"u2 = u1 − (−1) = (−Inf) − (−1) = −Inf"}, words)

	c, err = NewCalculation("x = -3\n-x + 1")
	require.NoError(t, err)
	_, words = c.At(1)
	assert.Equal(t, []string{"u1 = −x = −(−3) = 3"}, words)

	c, err = NewCalculation("x = -3\ny = x*x + exp(x)")
	require.NoError(t, err)
	_, words = c.At(1)
	assert.Equal(t, []string{"u1 = x · x = (−3) · (−3) = 9"}, words)
	_, words = c.At(2)
	assert.Equal(t, []string{"u2 = exp(x) = exp(−3) = 0.04979"}, words)
	_, words = c.At(c.Steps())
	assert.Equal(t, []string{"u1 propagates its gradient, ∂y/∂u1 = 1, to its operands.",
		"∂y/∂x += ∂y/∂u1 · x = 1 · (−3) = −3, which makes −2.95",
		"∂y/∂x += ∂y/∂u1 · x = 1 · (−3) = −3, which makes −5.95"}, words)
}

func TestBoxesStayInPlaceFromStepToStep(t *testing.T) {
	box := regexp.MustCompile(`<rect class="data box[^"]*" ` +
		`(x="[^"]*" y="[^"]*" width="[^"]*" height="[^"]*")`)
	texts := []string{"x = 1.25; w = 1250\nw*x"} // as wide as other numbers with as many characters
	for _, f := range Formulas {
		texts = append(texts, f.Text)
	}
	for _, text := range texts {
		c, err := NewCalculation(text)
		require.NoError(t, err)
		var first []string
		for step := range c.Steps() + 1 {
			g, _ := c.At(step)
			var boxes []string
			for _, found := range box.FindAllStringSubmatch(figure.SVG(g), -1) {
				boxes = append(boxes, found[1])
			}
			require.Len(t, boxes, len(c.nodes))
			if step == 0 {
				first = boxes
			}
			require.Equal(t, first, boxes, "step %d of %s", step, text)
		}
	}
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

// The derivatives are told in words. They are read here as formulas, and have to come to what
// Backward computes.
func TestDerivativesInWordsAreRight(t *testing.T) {
	condition := regexp.MustCompile(`^\(1 if (\w) ([<>]) (\w),` +
		`(?: ½ if (?:x = y|y = x),)? else ([0-9.]+)\)$`)
	spaced := regexp.MustCompile(`\b(cos|sin|log|sigmoid) x`)
	for _, op := range operations {
		for _, point := range [][2]float64{{0.7, 1.3}, {2.5, 0.4}, {1.1, 3}} {
			x, y := &node{Name: "x"}, &node{Name: "y"}
			named := map[string]float64{"x": point[0], "y": point[1]}
			text := "x = " + fmt.Sprint(point[0]) + "; y = " + fmt.Sprint(point[1]) + "\n"
			args := []*node{x, y}[:len(op.derivatives)]
			c, err := NewCalculation(text + (&node{op: &op,
				Args: args}).written(func(n *node) string { return n.Name }))
			require.NoError(t, err, op.name)
			root := c.nodes[len(c.nodes)-1]
			named["z"] = root.Value.Data
			for i, words := range op.derivatives {
				want := root.derivatives()[i]
				var got float64
				switch found := condition.FindStringSubmatch(words); {
				case found != nil:
					named["0"] = 0
					got, _ = strconv.ParseFloat(found[4], 64)
					if a, b := named[found[1]], named[found[3]]; a > b && found[2] == ">" ||
						a < b && found[2] == "<" {
						got = 1
					}
				case words == "(z·log x, but 0 if x = 0)":
					got = named["z"] * math.Log(point[0])
				case words == "(the sign of x)":
					got = math.Copysign(1, point[0])
				case words == "(Φ(x) + x·φ(x))":
					got = math.Erfc(-point[0]/math.Sqrt2)/2 +
						point[0]*math.Exp(-point[0]*point[0]/2)/math.Sqrt(2*math.Pi)
				default:
					formula := spaced.ReplaceAllString(strings.ReplaceAll(words, "²", "^2"),
						"$1(x)")
					got = result(t, text+"z = "+fmt.Sprint(named["z"])+"\n0 + "+formula)
				}
				assert.InEpsilon(t, want+10, got+10, 1e-9, "∂z/∂%s of %s: %s", args[i].Name,
					op.name, words)
			}
		}
	}
	x, w := &node{Name: "x1"}, &node{Name: "w"}
	assert.Equal(t, "w·x1^(w−1)",
		(&node{Name: "p", op: operationOf("^"), Args: []*node{x, w}}).derivative(0))
	assert.Equal(t, "(1 − h²)",
		(&node{Name: "h", op: operationOf("tanh"), Args: []*node{x}}).derivative(0))
	assert.Equal(t, "(−2)",
		(&node{Name: "p", op: operationOf("*"),
			Args: []*node{x, {Value: micrograd.New(-2), Constant: true}}}).derivative(0))
	assert.Equal(t, "(the sign of x1)",
		(&node{Name: "h", op: operationOf("abs"), Args: []*node{x}}).derivative(0))
}
