package micrograd

import (
	"fmt"
	"slices"
	"strings"
)

// A graph becomes a program in one pass over its nodes in topological order. Take a neuron's output times eᵃ:
//
//	x, a := Values(0, 0), New(1)
//	n := &Neuron{W: Values(2, 3), B: New(4), Act: ReLU}
//	y := n.Forward(x).Mul(a.Exp())
//	Compile(x, y)
//
// Its nodes are linear, ReLU, exp and *, and the program, as String lists it:
//
//	w1 = exp(w0)                     // fixed, since no input has a part in it
//	s0 = ReLU(w2·x0 + w3·x1 + w4)    // linear, and ReLU with it, since nothing else uses the sum
//	s1 = s0 * w1                     // w1 goes to a register, the same number in all lanes: it is broadcast
//	return s1

// Compile returns a program that computes outputs from inputs. The inputs are leaves, whose numbers change from row to
// row. Of every other leaf, such as a weight, the program uses the Data that it has whenever Forward or Backward is
// called, so that optimisers work on the leaves as ever. It doesn't use the other nodes again.
//
// Compile panics if an input is not a leaf or occurs twice, or if there are no outputs. Like Backward of a Value, it may
// not run concurrently with another call on the same graph.
func Compile(inputs []*Value, outputs ...*Value) *Program {
	if len(outputs) == 0 {
		panic("micrograd: Compile without outputs")
	}
	c := compiler{
		machine: &machine{},
		varying: map[*Value]*register{},
		laneOf:  map[*Value]*register{},
		copies:  map[*Value]*Value{},
		uses:    map[*Value]int{},
		one:     &Value{Data: 1, mark: constant},
		zero:    &register{},
	}
	for i, v := range inputs {
		if v.op != nil {
			panic(fmt.Sprintf("micrograd: Compile: input %d is not a leaf but a result of %s", i, v.op.Name))
		}
		if c.varies(v) {
			panic(fmt.Sprintf("micrograd: Compile: inputs %d and %d are the same leaf", slices.Index(inputs, v), i))
		}
		c.varying[v] = &register{}
		c.inputs = append(c.inputs, c.varying[v])
	}
	order := sum.applyList(nil, outputs, nil).sort()
	for _, v := range order {
		for _, x := range v.operands() {
			c.uses[x]++
		}
	}
	for _, v := range order[:len(order)-1] { // the last is the sum of the outputs
		switch {
		case !slices.ContainsFunc(v.operands(), c.varies):
			c.fix(v)
		case v.op == sum || v.op == dot || v.op == linear:
			c.list(v)
		default:
			c.operation(v)
		}
	}
	for _, v := range outputs {
		c.outputs = append(c.outputs, c.register(v))
	}
	weights := append(c.weights, c.inLanes...)
	n := len(weights)
	return &Program{
		fixed: c.fixed, weights: weights, w: make([]float64, n), dw: make([]float64, n),
		pattern: c.machine, result: make([]float64, len(outputs)),
	}
}

// A compiler writes the code of a machine. It has a method for each kind of node: fix, list and operation.
type compiler struct {
	*machine                      // its code, inputs, broadcast and outputs
	varying  map[*Value]*register // the inputs, and all that is made from them
	uses     map[*Value]int       // how often each is an operand or an output

	fixed  []*Value
	copies map[*Value]*Value // of fixed nodes, since a program leaves the graph that it was compiled from alone

	weights []*Value // in the order of the code
	inLanes []*Value // the weights in registers, in the order of broadcast
	laneOf  map[*Value]*register
	one     *Value    // a constant
	zero    *register // the y of an operation on x alone
}

func (c *compiler) varies(v *Value) bool { return c.varying[v] != nil }

// register returns the register of v. What is the same for all rows gets one when it is first asked for.
func (c *compiler) register(v *Value) *register {
	if r := c.varying[v]; r != nil {
		return r
	}
	if c.laneOf[v] == nil {
		c.laneOf[v] = &register{}
		c.inLanes, c.broadcast = append(c.inLanes, c.copyOf(v)), append(c.broadcast, c.laneOf[v])
	}
	return c.laneOf[v]
}

// fix copies a node that no input has a part in.
func (c *compiler) fix(v *Value) {
	u := &Value{op: v.op, x: c.copyOf(v.x), y: c.copyOf(v.y)}
	if v.list != nil {
		u.list = &list{c.copiesOf(v.list.ws), c.copiesOf(v.list.xs)}
	}
	c.copies[v] = u
	c.fixed = append(c.fixed, u)
}

// copyOf returns the copy of a fixed node; leaves are used as they are.
func (c *compiler) copyOf(v *Value) *Value {
	if u := c.copies[v]; u != nil {
		return u
	}
	return v
}

func (c *compiler) copiesOf(vs []*Value) []*Value {
	vs = slices.Clone(vs)
	for i, v := range vs {
		vs[i] = c.copyOf(v)
	}
	return vs
}

// list makes an instruction of a sum, dot or linear.
func (c *compiler) list(v *Value) {
	in := instruction{s: &register{}}
	for i, x := range v.list.xs {
		if v.op == sum {
			c.product(&in, x, c.one)
		} else {
			c.product(&in, v.list.ws[i], x)
		}
	}
	if v.op == linear {
		c.product(&in, v.x, c.one)
	}
	c.varying[v] = in.s
	c.add(in)
}

// product adds w·x to the sum of an instruction. The factor that is the same for all rows is the weight. If both are, x goes
// to a register all the same; if neither is, their product is an operation of its own, with the weight 1.
func (c *compiler) product(in *instruction, w, x *Value) {
	if c.varies(w) {
		w, x = x, w
	}
	if c.varies(w) { // x varies, too
		x = mul.Apply2(w, x)
		c.operation(x)
		w = c.one
	}
	c.weights, in.xs = append(c.weights, c.copyOf(w)), append(in.xs, c.register(x))
	if input := x.op == nil && c.varies(x); !input && x.mark != constant {
		in.dxs = true
	}
}

// operation makes an instruction of any other node, or adds it to the instruction before, if that is the sum x and nothing
// else uses x.
func (c *compiler) operation(v *Value) {
	x, y := c.register(v.x), c.zero
	if v.y != nil {
		y = c.register(v.y)
	}
	n := len(c.code)
	if n == 0 || c.code[n-1].s != x || c.code[n-1].op != nil || c.uses[v.x] > 1 {
		c.code = append(c.code, instruction{})
		n++
	}
	in := &c.code[n-1]
	in.op, in.x, in.y, in.z = v.op, x, y, &register{}
	c.varying[v] = in.z
}

// String lists the program: what is computed once for all rows, then an instruction a line, such as
//
//	s0 = ReLU(w2·x0 + w3·x1 + w4)
//
// then the outputs. The x are inputs, the w are the same for all rows, and the s are results of instructions.
func (p *Program) String() string {
	var b strings.Builder
	names := map[any]string{} // of Values and registers
	count := 0
	weight := func(v *Value) string {
		switch {
		case names[v] != "":
		case v.mark == constant:
			names[v] = fmt.Sprintf("%g", v.Data)
		default:
			names[v] = fmt.Sprintf("w%d", count)
			count++
		}
		return names[v]
	}
	for _, v := range p.fixed {
		var args []string
		for _, x := range v.operands() {
			args = append(args, weight(x))
		}
		fmt.Fprintf(&b, "%s = %s\n", weight(v), call(v.op, args...))
	}
	m := p.pattern
	for i, r := range m.inputs {
		names[r] = fmt.Sprintf("x%d", i)
	}
	weights, spread := p.weights[:len(p.weights)-len(m.broadcast)], p.weights[len(p.weights)-len(m.broadcast):]
	for i, r := range m.broadcast {
		names[r] = weight(spread[i])
	}
	for i, in := range m.code {
		terms := []string{}
		for j, x := range in.xs {
			terms = append(terms, times(weight(weights[j]), names[x]))
		}
		weights = weights[len(in.xs):]
		z, text := in.s, strings.Join(terms, " + ")
		if in.op != nil {
			names[in.s] = text
			z, text = in.z, call(in.op, names[in.x], names[in.y])
		}
		names[z] = fmt.Sprintf("s%d", i)
		fmt.Fprintf(&b, "%s = %s\n", names[z], text)
	}
	var outputs []string
	for _, r := range m.outputs {
		outputs = append(outputs, names[r])
	}
	return b.String() + "return " + strings.Join(outputs, ", ") + "\n"
}

func times(w, x string) string {
	if w == "1" {
		return x
	}
	if x == "1" {
		return w
	}
	return w + "·" + x
}

// call returns the text of an operation: "x + y", if it has a sign, or else "pow(x, y)". y is "" if there is none.
func call(op *Op, args ...string) string {
	args = slices.DeleteFunc(args, func(arg string) bool { return arg == "" })
	if len(args) == 2 && slices.Contains([]*Op{add, sub, mul, div}, op) {
		if strings.Contains(args[0], " ") {
			args[0] = "(" + args[0] + ")"
		}
		return args[0] + " " + op.Name + " " + args[1]
	}
	return op.Name + "(" + strings.Join(args, ", ") + ")"
}
