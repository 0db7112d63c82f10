// Package micrograd differentiates calculations with single numbers, and trains small neural
// networks with the derivatives.
//
// A [Value] is a number that knows the operation and the operands that it was computed from. So a
// result holds the graph of its whole calculation. [Value.Backward] walks the graph back, from the
// result to the numbers that the calculation began with, and computes the derivative of the result
// with respect to each number on the way:
//
//	a := micrograd.New(2)
//	b := micrograd.New(3)
//	c := a.Mul(b).Add(a) // c = ab + a
//	c.Backward()
//	fmt.Println(c.Data)         // 8
//	fmt.Println(a.Grad, b.Grad) // ∂c/∂a = b + 1 = 4, ∂c/∂b = a = 2
//
// This is reverse-mode automatic differentiation: one pass back gives the derivatives with respect
// to all leaves. It is called backpropagation when a network is trained with it. The table in
// ops.go has the value and the derivatives of each operation, and the chain rule does the rest.
//
// To read the source, begin with value.go, which is the whole of backpropagation. Then ops.go has
// the table of operations, nn.go has networks, loss.go has losses, train.go has optimizers and
// training, and save.go has networks as JSON. The rest can be read in any order: gradient.go makes
// derivatives that are Values, and can be differentiated again; graph.go walks and draws graphs;
// compile.go turns a graph into a program for package internal/machine, and program.go runs it for
// many rows at once. Package gradcheck compares gradients with finite differences.
//
// Numbers follow IEEE 754: 1/0 is infinite, the logarithm of −1 is NaN, and neither panics.
// [CheckFinite] finds the first such number. Exp, Log, Log1p, Sin, Cos, Tanh, Sigmoid and Softplus
// differ from the exact result by less than the distance to the next float64, and are the same on
// every machine. Where a derivative is a matter of convention, as that of ReLU at 0, the convention
// is PyTorch's, unless that is NaN.
package micrograd

import (
	"fmt"
	"math"
	"slices"
	"sync/atomic"
)

// A Value is a node of a graph. It is either a leaf, which is a number that was given, such as an
// input or a weight, or the result of an operation on other Values, its operands.
//
// A graph records one calculation. If the Data of a leaf changes, what was computed from it stays
// as it is. Change no Data between the calculation and Backward: derivatives are computed from the
// Data of operands and results, so the gradient would be wrong, and nothing would warn of it.
//
// A node takes 64 to 112 bytes, and one with a list of operands, like [Sum] and [Dot], another 8
// for each. It stays in memory while it, or a node computed from it, is in use. So to add up losses
// over many steps, add their Data. A sum of the Values would keep all graphs in memory.
//
// A nil *Value as an operand makes the call panic.
//
// Separate graphs may be used in separate goroutines. Graphs that share leaves may be built
// concurrently, but not differentiated, since Backward writes the leaves' Grad.
type Value struct {
	Data float64 // the number
	Grad float64 // ∂L/∂v after L.Backward(); in a leaf, the sum since ZeroGrad

	op   *Op    // the operation; nil for a leaf
	x, y *Value // the operands of z = F(x, y); nil where there is none
	list *list  // the operands of sum, dot and linear; linear keeps its b in x
	mark uint64 // for sort; in the c of AddC and its like, it is constant
}

const constant = math.MaxUint64

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

// An Op is an operation: a differentiable function of one or two numbers, such as
//
//	mul := &Op{
//		Name: "*",
//		F:    func(x, y float64) float64 { return x * y },
//		D:    func(x, y, z float64) (dx, dy float64) { return y, x },
//		G:    func(x, y, z *Value) (dx, dy *Value) { return y, x },
//	}
//
// A function of one number ignores y, and returns 0 for dy. D gets the z that F returned, which
// often saves work. Only [Gradient] needs G: it builds the same derivatives from x, y and z by
// operations, not from their Data; nil is 0. Test D and G as in the example. F and D are functions
// of their arguments alone, since a program may call F once for equal operands. They may be called
// from several goroutines at once, and must not panic. As the activation of a layer, an Op of your
// own gets weights of the variance 1/in (see [NewLayer]), and the network can't be saved.
type Op struct {
	Name string
	F    func(x, y float64) float64             // z = F(x, y)
	D    func(x, y, z float64) (dx, dy float64) // ∂z/∂x, ∂z/∂y
	G    func(x, y, z *Value) (dx, dy *Value)   // the same as Values; optional
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

// Three operations have lists of operands, and so don't fit into the table of ops.go.
var (
	sum    = &Op{Name: "sum"}    // Σ xᵢ
	dot    = &Op{Name: "dot"}    // Σ wᵢ·xᵢ
	linear = &Op{Name: "linear"} // Σ wᵢ·xᵢ + b
)

type list struct{ ws, xs []*Value }

func (op *Op) applyList(ws, xs []*Value, x *Value) *Value {
	n := &struct { // one allocation for the node and its list
		z    Value
		list list
	}{Value{op: op, x: x}, list{ws, xs}}
	n.z.list = &n.list
	return n.z.forward()
}

// Sum returns Σ xᵢ as one node; the sum of nothing is 0. The node keeps a copy of xs, since
// Backward reads the operands: so the caller may change the slice.
func Sum(xs ...*Value) *Value { return sum.applyList(nil, slices.Clone(xs), nil) }

// Dot returns Σ wᵢ·xᵢ as one node, which keeps copies of w and x, as [Sum] does. It panics if w and
// x differ in length.
func Dot(w, x []*Value) *Value {
	if len(w) != len(x) {
		panic(fmt.Sprintf("micrograd: Dot of %d and %d values", len(w), len(x)))
	}
	return dot.applyList(slices.Clone(w), slices.Clone(x), nil)
}

// linearNode returns Σ wᵢ·xᵢ + b as one node. It keeps both slices.
func linearNode(w, x []*Value, b *Value) *Value {
	if len(w) != len(x) {
		panic(fmt.Sprintf("micrograd: %d inputs for a neuron with %d weights", len(x), len(w)))
	}
	return linear.applyList(w, x, b)
}

// forward computes z.Data from the operands, and returns z.
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

// second returns the y of F(x, y), which is 0 if there is none.
func (z *Value) second() float64 {
	if z.y == nil {
		return 0
	}
	return z.y.Data
}

// backward is the chain rule. Let L be the result whose Backward was called, z one of its nodes,
// and x an operand of z. If L depends on x only through z, then
//
//	∂L/∂x = ∂L/∂z · ∂z/∂x
//
// If x is an operand of several nodes, L depends on it through all of them, and their contributions
// add up: hence the +=. It may also be both operands of one node. Then that node adds twice: to the
// derivative of z = x·x, the first operand adds x and the second x, which makes 2x.
//
// A gradient of 0 hands on 0. If L doesn't depend on z, it doesn't depend on x through z, even
// where ∂z/∂x is infinite or NaN, and 0·∞ would be NaN.
func (z *Value) backward() {
	if z.Grad == 0 {
		return
	}
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

// sort returns v and all nodes that it was computed from, except leaves, in topological order: each
// node after its operands. Backward goes through them in reverse, so that it reaches a node after
// all nodes that use it. Only then is the node's gradient complete, and may be propagated.
//
// This is a depth-first search with a stack of its own, because recursion overflows the stack of a
// goroutine on graphs some millions of nodes deep. When a node on top of the stack is seen for the
// first time, it is marked as waiting, and its operands are pushed. When it is on top again, its
// operands are in the order (leaves are left out), and it is appended. A node that several nodes
// use may be on the stack more than once; it is dropped if it has been sorted. Each call has three
// new numbers as marks: they mean waiting, sorted, and sorted and used more than once, which only
// Compile wants to know. They are larger than all earlier ones, so nothing has to be reset. A map
// of the nodes that were seen would take longer than the rest of Backward.
//
// The search stops at the nodes of stop, which only Gradient wants: they are left out, as leaves
// are.
func (v *Value) sort(stop ...*Value) (order []*Value) {
	shared := lastMark.Add(3)
	sorted, waiting := shared-1, shared-2
	for _, u := range stop {
		if u.op != nil { // graphs in other goroutines may share leaves
			u.mark = sorted
		}
	}
	var stack []*Value
	push := func(u *Value) {
		switch {
		case u == nil || u.op == nil:
		case u.mark < waiting:
			stack = append(stack, u)
		default:
			u.mark = shared
		}
	}
	push(v)
	for len(stack) > 0 {
		u := stack[len(stack)-1]
		if u.mark < waiting {
			u.mark = waiting
			// In reverse, so that the first operand is on top.
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
			if len(order) == cap(order) {
				order = slices.Grow(order, len(order)+1) // to twice the size
			}
			order = append(order, u)
		} else {
			u.mark = shared
		}
	}
	return order
}

// lastMark is the last mark that was used. Each call of sort takes three.
var lastMark atomic.Uint64

// Backward computes ∂v/∂u for every u that v was computed from, in one pass over the graph, which
// takes about as long as building it did.
//
// It adds to the Grad of leaves. So the gradients of several results add up, such as the losses of
// the rows of a batch, and so do the gradients of two calls on the same graph. Call [ZeroGrad] on
// the parameters before each training step. The Grad of all other nodes is reset first, so that a
// second call doesn't propagate the first call's gradients again.
//
// Where a node's gradient is 0, its operands get nothing from it, even if its derivative is
// infinite or NaN: so √x, where it isn't used, doesn't make the gradient NaN at −1. (In PyTorch it
// does.)
func (v *Value) Backward() {
	order := v.sort()
	for _, u := range order {
		u.Grad = 0
	}
	v.Grad++ // ∂v/∂v = 1; if v is a leaf, its Grad wasn't reset, and 1 is added to it
	// For c = ab + a at a = 2, b = 3, the order is p = ab, then c = p + a. In reverse:
	//	c adds 1·1 to p.Grad, and 1·1 to a.Grad;
	//	p adds 1·b to a.Grad, and 1·a to b.Grad.
	// So a.Grad is 1 + 3 = 4, and b.Grad is 2.
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
