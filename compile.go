package micrograd

import (
	"fmt"
	"slices"
)

// Compile returns a program that computes outputs from inputs, which are leaves. Each row has a
// number for each input. Every other leaf, such as a weight, has the Data that it has when Forward
// or Backward is called, so that an [Optimizer] updates the leaves as usual. The program doesn't
// use the other nodes of the graph.
//
// Compile panics if an input is not a leaf or is listed twice, or if there are no outputs. Like
// [Value.Backward], it may not run concurrently with another call on the same graph.
func Compile(inputs []*Value, outputs ...*Value) *Program {
	if len(outputs) == 0 {
		panic("micrograd: Compile without outputs")
	}
	c := compiler{
		registers: map[*Value]*register{},
		lanesOf:   map[*Value]*register{},
		copies:    map[*Value]*Value{},
		uses:      map[*Value]int{},
		one:       &Value{Data: 1, mark: constant},
		zero:      &register{},
	}
	for i, v := range inputs {
		if v.op != nil {
			panic(fmt.Sprintf("micrograd: Compile: input %d is not a leaf but a result of %s",
				i, v.op.Name))
		}
		if c.varies(v) {
			panic(fmt.Sprintf("micrograd: Compile: inputs %d and %d are the same leaf",
				slices.Index(inputs, v), i))
		}
		c.registers[v] = &register{}
		c.code.inputs = append(c.code.inputs, c.registers[v])
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
		c.code.outputs = append(c.code.outputs, c.register(v))
	}
	weights := append(c.factors, c.constants...)
	n := len(weights)
	return &Program{
		fixed:   c.fixed,
		weights: weights,
		w:       make([]float64, n),
		dw:      make([]float64, n),
		code:    c.code,
	}
}

// A compiler builds a code. It has a method for each kind of node: fix, list and operation.
type compiler struct {
	code      code
	registers map[*Value]*register // of nodes that vary: inputs, and what is computed from them
	uses      map[*Value]int       // how often a node is an operand or an output

	fixed  []*Value          // copies of nodes that don't vary: the graph stays as it is
	copies map[*Value]*Value // from nodes of the graph to these

	factors   []*Value             // the weights in sums, in the order of the code
	constants []*Value             // other operands that don't vary, in the order of code.broadcast
	lanesOf   map[*Value]*register // the register of each of these, with the same number in all lanes
	one       *Value               // a constant
	zero      *register            // the y of an operation on one operand
}

func (c *compiler) varies(v *Value) bool { return c.registers[v] != nil }

// register returns the register of v. If v doesn't vary, it is broadcast from now on.
func (c *compiler) register(v *Value) *register {
	if r := c.registers[v]; r != nil {
		return r
	}
	if c.lanesOf[v] == nil {
		c.lanesOf[v] = &register{}
		c.constants = append(c.constants, c.copyOf(v))
		c.code.broadcast = append(c.code.broadcast, c.lanesOf[v])
	}
	return c.lanesOf[v]
}

// fix copies a node that doesn't vary.
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
	c.registers[v] = in.s
	c.code.add(in)
}

// product adds w·x to the sum of an instruction, which multiplies weights and registers. If both
// vary, their product is an operation of its own, and the weight is 1.
func (c *compiler) product(in *instruction, w, x *Value) {
	if c.varies(w) {
		w, x = x, w
	}
	if c.varies(w) {
		x = mul.Apply2(w, x)
		c.operation(x)
		w = c.one
	}
	c.factors, in.xs = append(c.factors, c.copyOf(w)), append(in.xs, c.register(x))
	if input := x.op == nil && c.varies(x); !input && x.mark != constant {
		in.dxs = true
	}
}

// operation makes an instruction of any other node. If the last instruction is the sum x, and
// nothing else uses x, it joins that.
func (c *compiler) operation(v *Value) {
	x, y := c.register(v.x), c.zero
	if v.y != nil {
		y = c.register(v.y)
	}
	last := func() *instruction { return &c.code.instructions[len(c.code.instructions)-1] }
	if len(c.code.instructions) == 0 || last().s != x || last().op != nil || c.uses[v.x] > 1 {
		c.code.add(instruction{})
	}
	in := last()
	in.op, in.x, in.y, in.z = v.op, x, y, &register{}
	c.registers[v] = in.z
}
