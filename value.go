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
// What is known of an operation is a row of a table: its value and its derivatives. The chain rule does the rest.
//
// On top of the engine stand networks ([MLP]), losses, optimisers and a training loop ([Train]). [GradCheck],
// [CheckGradient], [CheckDirections] and [CheckParams] test gradients against finite differences, [Compile] makes a graph
// fast, and [WriteDOT] draws it.
//
// Numbers follow IEEE 754: dividing by zero gives an infinity, the logarithm of -1 is NaN, and nothing panics over
// it. [CheckFinite] finds where the first such number came up. At the edges where a derivative is a matter of
// convention, the convention is PyTorch's.
package micrograd

import (
	"fmt"
	"slices"
	"sync/atomic"
)

// A Value is a number that remembers how it was made. It is either a leaf, which is a number that was given, such as an
// input or a weight, or the result of an operation on other Values, its operands; so it is a node of a graph.
//
// A graph is the record of one calculation. Setting the Data of a leaf doesn't compute anew what was made from it; and until
// Backward is done, all Data must stay as they are, since a derivative is made of both operands and result, and would
// mix new numbers with old ones.
//
// A node takes 64 to 112 bytes, and stays for as long as it or anything made from it is held. So add up the Data of losses
// over many steps, not the losses.
//
// A nil *Value is a mistake, wherever it is given or listed, and makes the call panic.
//
// Separate graphs may be built and differentiated in separate goroutines. Graphs that share leaves may be built
// concurrently, but not differentiated concurrently, since each Backward adds to the leaves' Grad.
type Value struct {
	Data float64 // the number
	Grad float64 // ∂L/∂v for the L that Backward was called on; in a leaf, the sum over all calls since ZeroGrad

	op   *Op    // what made it; nil for a leaf
	x, y *Value // the operands of z = F(x, y); y is nil if F is a function of x alone
	list *list  // the operands of sum, dot and linear, whose b is in x
	mark uint64 // how far the latest sort that met it has come with it
}

// New returns a leaf.
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

// An Op is an operation: a differentiable function of one or two numbers, such as
//
//	mul := &Op{
//		Name: "*",
//		F:    func(x, y float64) float64 { return x * y },
//		D:    func(x, y, z float64) (dx, dy float64) { return y, x },
//	}
//
// A function of one number ignores y, and has dy = 0. D is given the z that F computed, which saves work: the derivative
// of eˣ is z, that of tanh x is 1 − z², and those of x/y, xʸ, √x and the sigmoid use z, too.
//
// An Op of your own works wherever those of this package do, but for [MLP.Save], whose files can't name it. Have
// [GradCheck] test its D. A [Program] may call F and D from several goroutines at once, so they must neither write to what
// they share nor panic.
type Op struct {
	Name string
	F    func(x, y float64) float64             // z = F(x, y)
	D    func(x, y, z float64) (dx, dy float64) // ∂z/∂x, ∂z/∂y
}

// Apply returns the node F(x, 0).
func (op *Op) Apply(x *Value) *Value { return (&Value{op: op, x: x}).forward() }

// Apply2 returns the node F(x, y).
func (op *Op) Apply2(x, y *Value) *Value {
	if y == nil {
		panic("micrograd: the second operand of " + op.Name + " is nil")
	}
	return (&Value{op: op, x: x, y: y}).forward()
}

// Three operations take lists, which don't fit in a row.
var (
	sum    = &Op{Name: "sum"}    // Σ xᵢ
	dot    = &Op{Name: "dot"}    // Σ wᵢ·xᵢ
	linear = &Op{Name: "linear"} // Σ wᵢ·xᵢ + b
)

type list struct{ ws, xs []*Value }

func (op *Op) applyList(ws, xs []*Value, x *Value) *Value {
	n := &struct {
		z    Value
		list list
	}{Value{op: op, x: x}, list{ws, xs}}
	n.z.list = &n.list
	return n.z.forward()
}

// forward computes z from its operands, and returns it.
func (z *Value) forward() *Value {
	s := 0.0
	switch z.op {
	default:
		s = z.op.F(z.x.Data, z.second())
	case sum:
		for _, x := range z.list.xs {
			s += x.Data
		}
	case dot, linear:
		for i, w := range z.list.ws {
			s += w.Data * z.list.xs[i].Data
		}
		if z.op == linear {
			s += z.x.Data
		}
	}
	z.Data = s
	return z
}

// second returns the y of F(x, y).
func (z *Value) second() float64 {
	if z.y == nil {
		return 0
	}
	return z.y.Data
}

// backward is the chain rule. If L depends on x only through z, then
//
//	∂L/∂x = ∂L/∂z · ∂z/∂x
//
// and if x is used several times, the contributions of its uses add up: hence +=. So z hands on its gradient to its
// operands, each multiplied by the derivative of z with respect to that operand.
func (z *Value) backward() {
	switch z.op {
	default:
		dx, dy := z.op.D(z.x.Data, z.second(), z.Data)
		z.x.Grad += z.Grad * dx
		if z.y != nil {
			z.y.Grad += z.Grad * dy
		}
	case sum:
		for _, x := range z.list.xs {
			x.Grad += z.Grad
		}
	case linear:
		z.x.Grad += z.Grad
		fallthrough
	case dot:
		for i, w := range z.list.ws {
			x := z.list.xs[i]
			w.Grad += z.Grad * x.Data
			x.Grad += z.Grad * w.Data
		}
	}
}

// sort returns v and all that it was made from, but for leaves, in topological order: each node after its operands. Taken
// from the end, each comes after all that use it. That is the order of the chain rule: a node that handed on its gradient
// before all its uses had added to it would hand on too little, and what came later would be lost.
//
// It is a depth-first search, with a stack of its own, since a deep graph would overflow that of a recursion. A node that
// several others use may lie on the stack several times. At the first sight it is marked as waiting, and its operands go on
// top of it; at the second they have all been sorted, so it is, too; at any further one it is dropped. Marks grow from
// call to call, so that earlier ones need no clearing. A map of nodes seen would take longer than all else in Backward.
func (v *Value) sort() (order []*Value) {
	sorted := sorts.Add(2)
	waiting := sorted - 1
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
			if u.list != nil {
				for _, x := range slices.Backward(u.list.xs) {
					push(x)
				}
				for _, w := range slices.Backward(u.list.ws) {
					push(w)
				}
			}
			continue
		}
		stack = stack[:len(stack)-1]
		if u.mark == waiting {
			u.mark = sorted
			order = append(order, u)
		}
	}
	return order
}

// sorts hands out two marks to each call of sort.
var sorts atomic.Uint64

// Backward computes ∂v/∂u for every u that v was made from. However many there are, one pass from v back to the leaves
// is enough, and it takes about as long as building the graph did.
//
// It adds to the Grad of leaves. So the gradients of several results add up, such as those of the rows of a batch, and so do
// those of two calls on one graph. Training has to [ZeroGrad] the parameters before each step. The Grad of all other nodes
// is set anew: it is what they hand on, and what is left of an earlier call would be handed on once more.
func (v *Value) Backward() {
	order := v.sort()
	for _, u := range order {
		u.Grad = 0
	}
	v.Grad++ // ∂v/∂v = 1, added like all else if v is a leaf
	for _, z := range slices.Backward(order) {
		z.backward()
	}
}

// ZeroGrad sets the Grad of each to 0.
func ZeroGrad(vs ...*Value) {
	for _, v := range vs {
		v.Grad = 0
	}
}
