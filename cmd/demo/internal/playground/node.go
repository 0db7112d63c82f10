package playground

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/gomicrograd/micrograd"
)

// A node is an input, or the result of an operation.
type node struct {
	Name     string
	Value    *micrograd.Value
	Args     []*node
	Constant bool // it stands in the formula as a number, which is its name

	op         *operation // nil if it was given
	start, end int        // where the number of a named one stands in the text, in bytes
}

// An operation has a name, a sign if it isn't written as a function, its implementation in
// micrograd, and its derivatives in words, where x and y are the operands and z is the result.
type operation struct {
	name, sign  string
	apply       func(x ...*micrograd.Value) *micrograd.Value
	derivatives []string
}

func unary(name, sign string, f func(x *micrograd.Value) *micrograd.Value, dx string) operation {
	return operation{name, sign, func(x ...*micrograd.Value) *micrograd.Value { return f(x[0]) },
		[]string{dx}}
}

func binary(name, sign string, f func(x, y *micrograd.Value) *micrograd.Value, dx,
	dy string) operation {
	return operation{name, sign,
		func(x ...*micrograd.Value) *micrograd.Value { return f(x[0], x[1]) }, []string{dx, dy}}
}

var operations = []operation{
	binary("+", "+", (*micrograd.Value).Add, "1", "1"),
	binary("-", "−", (*micrograd.Value).Sub, "1", "(−1)"),
	binary("*", "·", (*micrograd.Value).Mul, "y", "x"),
	binary("/", "/", (*micrograd.Value).Div, "1/y", "(−z/y)"),
	binary("^", "^", (*micrograd.Value).Pow, "y·x^(y−1)", "z·log x"),
	unary("neg", "−", (*micrograd.Value).Neg, "(−1)"),
	binary("max", "", (*micrograd.Value).Max, "(1 if x > y, ½ if x = y, else 0)",
		"(1 if y > x, ½ if y = x, else 0)"),
	binary("min", "", (*micrograd.Value).Min, "(1 if x < y, ½ if x = y, else 0)",
		"(1 if y < x, ½ if y = x, else 0)"),
	unary("exp", "", (*micrograd.Value).Exp, "z"),
	unary("log", "", (*micrograd.Value).Log, "1/x"),
	unary("sqrt", "", (*micrograd.Value).Sqrt, "1/(2·z)"),
	unary("sin", "", (*micrograd.Value).Sin, "cos x"),
	unary("cos", "", (*micrograd.Value).Cos, "(−sin x)"),
	unary("abs", "", (*micrograd.Value).Abs, "(the sign of x)"),
	unary("relu", "", (*micrograd.Value).ReLU, "(1 if x > 0, else 0)"),
	unary("leakyrelu", "", (*micrograd.Value).LeakyReLU, "(1 if x > 0, else 0.01)"),
	unary("tanh", "", (*micrograd.Value).Tanh, "(1 − z²)"),
	unary("sigmoid", "", (*micrograd.Value).Sigmoid, "z·(1 − z)"),
	unary("softplus", "", (*micrograd.Value).Softplus, "sigmoid x"),
	unary("gelu", "", (*micrograd.Value).GELU, "(Φ(x) + x·φ(x))"),
}

// operationOf returns the operation of that name, or nil.
func operationOf(name string) *operation {
	if i := slices.IndexFunc(operations, func(o operation) bool { return o.name == name }); i >= 0 {
		return &operations[i]
	}
	return nil
}

// Functions returns the names of the functions in formulas.
func Functions() (names []string) {
	for _, o := range operations {
		if o.sign == "" {
			names = append(names, o.name)
		}
	}
	return names
}

// title returns the name and the operation of n.
func (n *node) title() string {
	if n.op == nil {
		return n.Name
	}
	return n.Name + " = " + n.written(func(arg *node) string {
		if arg.Constant {
			return n.operand(arg.Value.Data)
		}
		return arg.Name
	})
}

// operand writes a number as one of n's operands: in parentheses if it is negative and may follow a
// sign.
func (n *node) operand(x float64) string {
	if n.op.sign == "" {
		return number(x)
	}
	return factor(x)
}

// written returns the operation with its operands as operand writes them.
func (n *node) written(operand func(*node) string) string {
	var args []string
	for _, arg := range n.Args {
		args = append(args, operand(arg))
	}
	switch {
	case n.op.sign == "":
		return n.op.name + "(" + strings.Join(args, ", ") + ")"
	case len(args) == 1:
		return n.op.sign + args[0]
	}
	return args[0] + " " + n.op.sign + " " + args[1]
}

// forward returns how n is computed.
func (n *node) forward() string {
	numbers := n.written(func(arg *node) string { return n.operand(arg.Value.Data) })
	return n.title() + " = " + numbers + " = " + number(n.Value.Data)
}

// undefined says so if the result of n is not a finite number, though its operands are.
func (n *node) undefined() string {
	for _, arg := range n.Args {
		if !finite(arg.Value.Data) {
			return ""
		}
	}
	if finite(n.Value.Data) {
		return ""
	}
	return n.written(func(arg *node) string { return n.operand(arg.Value.Data) }) +
		" is not defined, or too large for a number."
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// backward adds the gradients of n's operands to grad, and returns the calculation in words.
func (n *node) backward(root string, grad map[*node]float64) []string {
	symbol := func(n *node) string { return "∂" + root + "/∂" + n.Name }
	words := []string{fmt.Sprintf("%s passes its gradient, %s = %s, back to its operands, "+
		"times its derivative with respect to each (the chain rule).", n.Name, symbol(n),
		number(grad[n]))}
	local := n.derivatives()
	for i, arg := range n.Args {
		if arg.Constant {
			continue
		}
		part := grad[n] * local[i]
		_, more := grad[arg]
		text := fmt.Sprintf("%s += %s · %s = %s · %s = %s", symbol(arg), symbol(n), n.derivative(i),
			number(grad[n]), factor(local[i]), number(part))
		if grad[arg] += part; more {
			text += ", which makes " + number(grad[arg])
		}
		words = append(words, text)
	}
	for i, arg := range n.Args {
		if finite(n.Value.Data) && !finite(local[i]) && !arg.Constant {
			words = append(words, n.op.name+" has no finite derivative here.")
		}
	}
	if n.atKink() {
		words = append(words, n.op.name+" has a kink here, where it has no derivative: "+
			"the number used is a convention.")
	}
	return words
}

// atKink reports whether the slopes of n's operation differ on both sides of its operands.
func (n *node) atKink() bool {
	switch x := n.Args[0].Value.Data; n.op.name {
	case "relu", "leakyrelu", "abs":
		return x == 0
	case "max", "min":
		return x == n.Args[1].Value.Data
	case "^": // with respect to the exponent
		return x == 0 && n.Args[1].Value.Data >= 0 && !n.Args[1].Constant
	}
	return false
}

// derivatives returns the numbers ∂n/∂arg, which Backward computes for operands that are separate
// leaves.
func (n *node) derivatives() []float64 {
	var leaves []*micrograd.Value
	for _, arg := range n.Args {
		leaves = append(leaves, micrograd.New(arg.Value.Data))
	}
	n.op.apply(leaves...).Backward()
	var grads []float64
	for _, leaf := range leaves {
		grads = append(grads, leaf.Grad)
	}
	return grads
}

// derivative returns ∂n/∂arg in words.
func (n *node) derivative(arg int) string {
	names := map[string]string{"z": n.Name}
	for i, arg := range n.Args {
		names[string("xy"[i])] = arg.Name
		if arg.Constant {
			names[string("xy"[i])] = factor(arg.Value.Data)
		}
	}
	// Only a single letter is a name, not those of max.
	return word.ReplaceAllStringFunc(n.op.derivatives[arg],
		func(s string) string { return cmp.Or(names[s], s) })
}

var word = regexp.MustCompile(`[a-z]+`)
