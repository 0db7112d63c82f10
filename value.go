// Package micrograd differentiates arithmetic on single numbers, and trains small neural networks with it.
//
// A [Value] is a number that remembers how it was made. Calculate with Values, and the result knows the whole graph
// of operations that led to it. Backward then walks that graph from the result to the numbers it began with, and
// leaves in each one's Grad how fast the result changes when that number does:
//
//	a := micrograd.New(2)
//	b := micrograd.New(3)
//	c := a.Mul(b).Add(a) // c = ab + a
//	c.Backward()
//	fmt.Println(c.Data)         // 8
//	fmt.Println(a.Grad, b.Grad) // ∂c/∂a = b + 1 = 4, ∂c/∂b = a = 2
//
// All that is known about an operation is one row of a table: how to compute it and its derivatives. The chain rule
// does the rest. If the result L depends on x only through z, then
//
//	∂L/∂x = ∂L/∂z · ∂z/∂x
//
// and if x is used more than once, the contributions of its uses add up.
//
// On top of the engine stand networks ([MLP]), losses, optimisers and a training loop ([Train]); [GradCheck] and
// [CheckGradient] test gradients against finite differences, [Compile] makes a graph fast, and [WriteDOT] draws it.
//
// Numbers follow IEEE 754: dividing by zero gives an infinity, the logarithm of -1 is NaN, and nothing panics over
// it. [CheckFinite] finds where the first such number came up. At the edges where a derivative is a matter of
// convention, the convention is PyTorch's.
package micrograd

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
)

// A Value is a node of a graph: either a leaf, which is a number that was given, or the result of an operation on
// other Values.
//
// Separate graphs may be built and differentiated in separate goroutines. Graphs that share leaves may be built
// concurrently, but not differentiated concurrently, since each Backward adds to the leaves' Grad.
//
// A graph is a record of one calculation: setting the Data of a leaf does not recompute what was made from it, and
// between building a graph and calling Backward the Data must stay as it was.
type Value struct {
	Data float64 // the number
	Grad float64 // ∂L/∂v: the derivative of the Value that Backward was called on with respect to this one

	op       *Op      // what made it; nil for a leaf
	x, y     *Value   // its operands, if op is a row of the table; y is nil if there is no second Value
	c        float64  // takes the place of y's Data if y is nil
	constant bool     // c is an operand: this is x+c, x·c, …, and not a function of x alone
	ws, xs   []*Value // the operands of sum, dot and linear, which has x as well

	mark uint64 // how far the latest sort that met this node has come with it
}

// New returns a leaf: a number that was not computed from others, such as an input or a weight.
func New(x float64) *Value { return &Value{Data: x} }

// Values returns a leaf for each number.
func Values(xs ...float64) []*Value {
	vs := make([]*Value, len(xs))
	for i, x := range xs {
		vs[i] = New(x)
	}
	return vs
}

// String returns "Value(data=2, grad=0)", say.
func (v *Value) String() string { return fmt.Sprintf("Value(data=%g, grad=%g)", v.Data, v.Grad) }

// Op returns the name of the operation that made v, such as "*" or "Tanh", and "" if v is a leaf.
func (v *Value) Op() string {
	if v.op == nil {
		return ""
	}
	return v.op.Name
}

// Args returns the operands of the operation that made v: of Dot, first all of w, then all of x; of "linear", which is
// W·x + b in a neuron, then b as well. A constant is not among them. A leaf has none: nil.
func (v *Value) Args() []*Value {
	args := slices.Concat(v.ws, v.xs)
	if v.x != nil {
		args = append(args, v.x)
	}
	if v.y != nil {
		args = append(args, v.y)
	}
	return args
}

// An Op is a differentiable function of one or two numbers. A function of one number ignores y, and has dy = 0. All
// operations of this package but [Sum] and [Dot] are Ops, and you can make your own: an Op that is given its F and D works
// wherever one of the package's does. Have [GradCheck] test its D.
type Op struct {
	Name string
	F    func(x, y float64) float64             // z = F(x, y)
	D    func(x, y, z float64) (dx, dy float64) // ∂z/∂x, ∂z/∂y, given the z = F(x, y) that was computed
}

// Apply returns the node F(x, 0).
func (op *Op) Apply(x *Value) *Value { return evaluated(&Value{op: op, x: x}) }

// Apply2 returns the node F(x, y).
func (op *Op) Apply2(x, y *Value) *Value { return evaluated(&Value{op: op, x: x, y: y}) }

// applyC returns the node F(x, c), in which c has no gradient.
func (op *Op) applyC(x *Value, c float64) *Value {
	return evaluated(&Value{op: op, x: x, c: c, constant: true})
}

func evaluated(z *Value) *Value {
	z.forward()
	return z
}

// The table of operations: each row has a name, z = F(x, y), and the derivatives ∂z/∂x and ∂z/∂y. To add an operation,
// add a row, and a method that applies it; the tests go through all rows.
var (
	add = row("+",
		func(x, y float64) float64 { return x + y },
		func(x, y, z float64) (dx, dy float64) { return 1, 1 })
	sub = row("-",
		func(x, y float64) float64 { return x - y },
		func(x, y, z float64) (dx, dy float64) { return 1, -1 })
	mul = row("*",
		func(x, y float64) float64 { return x * y },
		func(x, y, z float64) (dx, dy float64) { return y, x })
	div = row("/",
		func(x, y float64) float64 { return x / y },
		func(x, y, z float64) (dx, dy float64) { return 1 / y, -z / y })
	pow = row("pow",
		math.Pow,
		func(x, y, z float64) (dx, dy float64) {
			if y != 0 { // x⁰ is 1 everywhere, at 0 too
				dx = y * math.Pow(x, y-1)
			}
			if x != 0 || y < 0 { // 0^y is 0 for all y > 0
				dy = z * math.Log(x)
			}
			return dx, dy
		})
	maximum = row("max",
		math.Max,
		func(x, y, z float64) (dx, dy float64) { return greater(x, y), greater(y, x) })
	minimum = row("min",
		math.Min,
		func(x, y, z float64) (dx, dy float64) { return greater(y, x), greater(x, y) })
	// log(eˣ + eʸ), without the overflow.
	logAddExp = row("logaddexp",
		func(x, y float64) float64 {
			if x == y { // also when both are the same infinity
				return x + math.Ln2
			}
			return max(x, y) + math.Log1p(math.Exp(-math.Abs(x-y)))
		},
		func(x, y, z float64) (dx, dy float64) { return math.Exp(x - z), math.Exp(y - z) })
	neg = row("neg",
		func(x, y float64) float64 { return -x },
		func(x, y, z float64) (dx, dy float64) { return -1, 0 })
	exp = row("exp",
		func(x, y float64) float64 { return math.Exp(x) },
		func(x, y, z float64) (dx, dy float64) { return z, 0 })
	log = row("log",
		func(x, y float64) float64 { return math.Log(x) },
		func(x, y, z float64) (dx, dy float64) { return 1 / x, 0 })
	sqrt = row("sqrt",
		func(x, y float64) float64 { return math.Sqrt(x) },
		func(x, y, z float64) (dx, dy float64) { return 1 / (2 * z), 0 })
	sin = row("sin",
		func(x, y float64) float64 { return math.Sin(x) },
		func(x, y, z float64) (dx, dy float64) { return math.Cos(x), 0 })
	cos = row("cos",
		func(x, y float64) float64 { return math.Cos(x) },
		func(x, y, z float64) (dx, dy float64) { return -math.Sin(x), 0 })
	abs = row("abs",
		func(x, y float64) float64 { return math.Abs(x) },
		func(x, y, z float64) (dx, dy float64) { return greater(x, 0) - greater(0, x), 0 })
)

// The operations that serve as activations. They are rows of the same table, named as PyTorch names its modules.
var (
	// Identity is x.
	Identity = row("Identity",
		func(x, y float64) float64 { return x },
		func(x, y, z float64) (dx, dy float64) { return 1, 0 })

	// ReLU is max(x, 0), with derivative 0 at 0.
	ReLU = row("ReLU", relu, reluD)

	// LeakyReLU is x for x > 0 and 0.01x elsewhere, with derivative 0.01 at 0.
	LeakyReLU = row("LeakyReLU",
		func(x, y float64) float64 { return max(x, 0.01*x) },
		func(x, y, z float64) (dx, dy float64) {
			if x <= 0 {
				return 0.01, 0
			}
			return 1, 0
		})

	// Tanh is the hyperbolic tangent.
	Tanh = row("Tanh",
		func(x, y float64) float64 { return math.Tanh(x) },
		func(x, y, z float64) (dx, dy float64) { return 1 - z*z, 0 })

	// Sigmoid is 1/(1 + e⁻ˣ).
	Sigmoid = row("Sigmoid",
		func(x, y float64) float64 { return sigmoid(x) },
		func(x, y, z float64) (dx, dy float64) { return z * (1 - z), 0 })

	// Softplus is log(1 + eˣ), computed so that it doesn't overflow.
	Softplus = row("Softplus",
		func(x, y float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
		func(x, y, z float64) (dx, dy float64) { return sigmoid(x), 0 })

	// GELU is x·Φ(x), with Φ the cumulative distribution function of the standard normal distribution (Hendrycks and
	// Gimpel 2016, arXiv:1606.08415): the exact form, not the approximation by tanh.
	GELU = row("GELU",
		func(x, y float64) float64 { return x * normalCDF(x) },
		func(x, y, z float64) (dx, dy float64) {
			return normalCDF(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi), 0
		})
)

// row makes an Op and enters it in the table.
func row(name string, f func(x, y float64) float64, d func(x, y, z float64) (dx, dy float64)) *Op {
	op := &Op{Name: name, F: f, D: d}
	table = append(table, op)
	return op
}

var table []*Op

// greater is the derivative of max(x, y) with respect to x: 1 if x is the greater, 0 if it is the smaller, and half
// each if they are equal.
func greater(x, y float64) float64 {
	switch {
	case x > y:
		return 1
	case x < y:
		return 0
	}
	return 0.5
}

// relu and reluD are the row of ReLU. They have names, which other rows do without, so that a Program can have them
// inlined.
func relu(x, y float64) float64 { return max(x, 0) }

func reluD(x, y, z float64) (dx, dy float64) { return step(x), 0 }

// step is 0 for x ≤ 0 and 1 otherwise. The way by an integer spares the processor a branch that it can't foresee.
func step(x float64) float64 {
	n := 1
	if x <= 0 {
		n = 0
	}
	return float64(n)
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func normalCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// The operations on any number of operands. They stand outside the table since a list doesn't fit in a row; forward and
// backward have their values and derivatives.
var (
	sum    = &Op{Name: "sum"}    // Σ xsᵢ
	dot    = &Op{Name: "dot"}    // Σ wsᵢ·xsᵢ
	linear = &Op{Name: "linear"} // Σ wsᵢ·xsᵢ + x
)

// Add returns v + w.
func (v *Value) Add(w *Value) *Value { return add.Apply2(v, w) }

// Sub returns v − w.
func (v *Value) Sub(w *Value) *Value { return sub.Apply2(v, w) }

// Mul returns v·w.
func (v *Value) Mul(w *Value) *Value { return mul.Apply2(v, w) }

// Div returns v/w.
func (v *Value) Div(w *Value) *Value { return div.Apply2(v, w) }

// Pow returns v to the power w. The derivative with respect to w is v^w·log v, so NaN if v is negative; at v = 0 it is
// 0 if w ≥ 0. Use PowC if the exponent is a constant.
func (v *Value) Pow(w *Value) *Value { return pow.Apply2(v, w) }

// Max returns the greater of v and w. If they are equal, the derivative is ½ with respect to each.
func (v *Value) Max(w *Value) *Value { return maximum.Apply2(v, w) }

// Min returns the smaller of v and w. If they are equal, the derivative is ½ with respect to each.
func (v *Value) Min(w *Value) *Value { return minimum.Apply2(v, w) }

// AddC returns v + c for a constant c.
func (v *Value) AddC(c float64) *Value { return add.applyC(v, c) }

// SubC returns v − c for a constant c.
func (v *Value) SubC(c float64) *Value { return sub.applyC(v, c) }

// MulC returns v·c for a constant c.
func (v *Value) MulC(c float64) *Value { return mul.applyC(v, c) }

// DivC returns v/c for a constant c.
func (v *Value) DivC(c float64) *Value { return div.applyC(v, c) }

// PowC returns v to the power of a constant c, as [math.Pow] has it. Its derivative is c·v^(c−1), and 0 if c = 0.
func (v *Value) PowC(c float64) *Value { return pow.applyC(v, c) }

// Neg returns −v.
func (v *Value) Neg() *Value { return neg.Apply(v) }

// Exp returns e to the power v.
func (v *Value) Exp() *Value { return exp.Apply(v) }

// Log returns the natural logarithm of v.
func (v *Value) Log() *Value { return log.Apply(v) }

// Sqrt returns the square root of v. Its derivative at 0 is +Inf.
func (v *Value) Sqrt() *Value { return sqrt.Apply(v) }

// Sin returns the sine of v, in radians.
func (v *Value) Sin() *Value { return sin.Apply(v) }

// Cos returns the cosine of v, in radians.
func (v *Value) Cos() *Value { return cos.Apply(v) }

// Abs returns the absolute value of v. Its derivative at 0 is 0.
func (v *Value) Abs() *Value { return abs.Apply(v) }

// ReLU applies [ReLU] to v.
func (v *Value) ReLU() *Value { return ReLU.Apply(v) }

// LeakyReLU applies [LeakyReLU] to v.
func (v *Value) LeakyReLU() *Value { return LeakyReLU.Apply(v) }

// Tanh applies [Tanh] to v.
func (v *Value) Tanh() *Value { return Tanh.Apply(v) }

// Sigmoid applies [Sigmoid] to v.
func (v *Value) Sigmoid() *Value { return Sigmoid.Apply(v) }

// Softplus applies [Softplus] to v.
func (v *Value) Softplus() *Value { return Softplus.Apply(v) }

// GELU applies [GELU] to v.
func (v *Value) GELU() *Value { return GELU.Apply(v) }

// Sum returns Σ xᵢ as one node; the sum of nothing is 0. If xs is a slice of yours, Sum(xs...) keeps it rather than a
// copy: don't change its elements before you are done with the graph.
func Sum(xs ...*Value) *Value { return evaluated(&Value{op: sum, xs: xs}) }

// Dot returns Σ wᵢ·xᵢ as one node. It panics if w and x differ in length. It keeps both slices rather than copies:
// don't change their elements before you are done with the graph.
func Dot(w, x []*Value) *Value { return products(dot, w, x, nil) }

// dotPlus returns Σ wᵢ·xᵢ + b as one node, so that a neuron needs no third.
func dotPlus(w, x []*Value, b *Value) *Value { return products(linear, w, x, b) }

func products(op *Op, w, x []*Value, b *Value) *Value {
	if len(w) != len(x) {
		panic(fmt.Sprintf("micrograd: Dot of %d and %d values", len(w), len(x)))
	}
	return evaluated(&Value{op: op, ws: w, xs: x, x: b})
}

// Backward computes ∂v/∂u for every u that v was made from. It sets the Grad of the nodes between anew, and adds to the
// Grad of the leaves, so that the gradients of several results add up, as do those of calling it twice. Before the
// next step of training, [ZeroGrad] the leaves that stay.
//
// Its time and memory are proportional to the size of the graph, whatever its depth.
func (v *Value) Backward() {
	order := v.sort()
	for _, u := range order {
		u.Grad = 0
	}
	v.Grad++ // ∂v/∂v = 1
	for _, u := range slices.Backward(order) {
		u.backward()
	}
}

// forward computes z from its operands.
func (z *Value) forward() {
	data := 0.0
	switch z.op {
	case sum:
		for _, x := range z.xs {
			data += x.Data
		}
	case dot, linear:
		for i, w := range z.ws {
			data += w.Data * z.xs[i].Data
		}
		if z.op == linear {
			data += z.x.Data
		}
	default:
		data = z.op.F(z.x.Data, z.second())
	}
	z.Data = data
}

// backward is the chain rule: it hands on the gradient of z to each operand x, as ∂L/∂x += ∂L/∂z · ∂z/∂x.
func (z *Value) backward() {
	switch z.op {
	case sum:
		for _, x := range z.xs {
			x.Grad += z.Grad
		}
	case dot, linear:
		for i, w := range z.ws {
			x := z.xs[i]
			w.Grad += z.Grad * x.Data
			x.Grad += z.Grad * w.Data
		}
		if z.op == linear {
			z.x.Grad += z.Grad
		}
	default:
		dx, dy := z.op.D(z.x.Data, z.second(), z.Data)
		z.x.Grad += z.Grad * dx
		if z.y != nil {
			z.y.Grad += z.Grad * dy
		}
	}
}

// second returns the y of F(x, y).
func (z *Value) second() float64 {
	if z.y != nil {
		return z.y.Data
	}
	return z.c
}

// sorts hands out the marks of sort: two to each call, both greater than any before.
var sorts atomic.Uint64

// sort returns v and all that it was made from in topological order: each node after its operands. So from the last to
// the first, a node comes up when all that use it have been there, and its gradient is complete. Leaves are left out:
// they have nothing to hand on.
//
// This is a depth-first search with a stack of its own, since a deep graph would overflow that of a recursion.
func (v *Value) sort() (order []*Value) {
	sorted := sorts.Add(2)
	waiting := sorted - 1 // for its operands to be sorted
	var stack []*Value
	push := func(u *Value) {
		if u != nil && u.op != nil && u.mark < waiting {
			stack = append(stack, u)
		}
	}
	push(v)
	for len(stack) > 0 {
		u := stack[len(stack)-1]
		if u.mark < waiting {
			u.mark = waiting
			// In reverse, so that the first operand is on top and sorted first.
			push(u.y)
			push(u.x)
			for _, x := range slices.Backward(u.xs) {
				push(x)
			}
			for _, w := range slices.Backward(u.ws) {
				push(w)
			}
			continue
		}
		if u.mark == waiting {
			u.mark = sorted
			order = append(order, u)
		}
		stack = stack[:len(stack)-1]
	}
	return order
}

// ZeroGrad sets the Grad of each to 0.
func ZeroGrad(vs ...*Value) {
	for _, v := range vs {
		v.Grad = 0
	}
}

// CheckFinite returns an error that names the first NaN or infinity among the Data of root and of all that it was made
// from, in the order of evaluation, with the operation and the operands that it came from:
//
//	micrograd: log(-1) is NaN
//
// It doesn't look at gradients. Like Backward, it may not run concurrently with another call on the same graph.
func CheckFinite(root *Value) error {
	if root.op == nil && !finite(root.Data) {
		return fmt.Errorf("micrograd: the leaf is %g", root.Data)
	}
	for _, v := range root.sort() {
		for i, x := range v.Args() {
			if !finite(x.Data) {
				return fmt.Errorf("micrograd: a leaf is %g: operand %d of %s", x.Data, i+1, v.formula())
			}
		}
		if !finite(v.Data) {
			return fmt.Errorf("micrograd: %s is %g", v.formula(), v.Data)
		}
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// formula returns the operation that made v and the numbers it was given, such as "log(-1)" or "/(1, 0)".
func (v *Value) formula() string {
	var args []string
	for _, x := range v.Args() {
		args = append(args, fmt.Sprintf("%g", x.Data))
	}
	if v.constant {
		args = append(args, fmt.Sprintf("%g", v.c))
	}
	if len(args) > 8 {
		args = append(args[:8], "…")
	}
	return v.op.Name + "(" + strings.Join(args, ", ") + ")"
}
