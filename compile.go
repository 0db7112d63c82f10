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
	order := sum.applyList(nil, outputs, nil).sort()
	order = order[:len(order)-1] // the last is the sum of the outputs
	c := compiler{
		registers:  make(map[*Value]*register, len(order)),
		inAllLanes: map[*Value]*register{},
		copies:     map[*Value]*Value{},
		one:        &Value{Data: 1, mark: constant},
		noOperand:  &register{},
		padding:    &register{},
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
	for _, v := range order {
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
	weights := append(c.factors(), c.broadcast...)
	return &Program{
		fixed:   c.fixed,
		weights: weights,
		w:       make([]float64, len(weights)),
		code:    c.code,
	}
}

// A compiler builds the code of a program. It has a method for each kind of node: fix, list and
// operation.
type compiler struct {
	code      code
	registers map[*Value]*register // of nodes that vary: inputs, and what is computed from them

	fixed  []*Value          // copies of nodes that don't vary: the graph stays as it is
	copies map[*Value]*Value // from nodes of the graph to these

	columns    [][][]*Value         // for each instruction and each of its sums, the weights
	broadcast  []*Value             // other operands that don't vary, as in code.broadcast
	inAllLanes map[*Value]*register // the register of each of these
	one        *Value               // a constant
	noOperand  *register            // the y of an operation on one operand
	padding    *register            // stands for the sums that an instruction lacks
}

func (c *compiler) varies(v *Value) bool { return c.registers[v] != nil }

// register returns the register of v. If v doesn't vary, it is broadcast from now on.
func (c *compiler) register(v *Value) *register {
	if r := c.registers[v]; r != nil {
		return r
	}
	if c.inAllLanes[v] == nil {
		c.inAllLanes[v] = &register{}
		c.broadcast = append(c.broadcast, c.copyOf(v))
		c.code.broadcast = append(c.code.broadcast, c.inAllLanes[v])
	}
	return c.inAllLanes[v]
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

// list makes a sum of a sum, dot or linear.
func (c *compiler) list(v *Value) {
	var t terms
	for i, x := range v.list.xs {
		if v.op == sum {
			c.product(&t, c.one, x)
		} else {
			c.product(&t, v.list.ws[i], x)
		}
	}
	if v.op == linear {
		c.product(&t, v.x, c.one)
	}
	c.registers[v] = c.sum(t)
}

// The terms of a sum are products of a weight, which doesn't vary, and a register.
type terms struct {
	ws  []*Value
	xs  []*register
	dxs bool // whether the gradient of any of xs is used
}

// product adds w·x. If both vary, their product is an operation, and the weight is 1.
func (c *compiler) product(t *terms, w, x *Value) {
	if c.varies(w) {
		w, x = x, w
	}
	if c.varies(w) {
		x = mul.Apply2(w, x)
		c.operation(x)
		w = c.one
	}
	t.ws, t.xs = append(t.ws, c.copyOf(w)), append(t.xs, c.register(x))
	if input := x.op == nil && c.varies(x); !input && x.mark != constant {
		t.dxs = true
	}
}

// sum returns the register of a new sum. Sums of the same registers, such as the neurons of a
// layer, are one instruction, four at a time. The instruction may already have operations. They
// then run after the new sum, which changes nothing: none of them computes one of xs.
func (c *compiler) sum(t terms) *register {
	if !c.joins(t) {
		c.add(instruction{xs: t.xs, dxs: t.dxs})
	}
	last := len(c.columns) - 1
	in, s := &c.code.instructions[last], &register{}
	in.s[in.sums] = s
	in.sums++
	c.columns[last] = append(c.columns[last], t.ws)
	return s
}

// joins reports whether a sum joins the last instruction.
func (c *compiler) joins(t terms) bool {
	if len(c.columns) == 0 {
		return false
	}
	in := &c.code.instructions[len(c.columns)-1]
	switch in.sums {
	case 0, tile:
		return false
	case 1: // If a register occurred twice, the kernels would add to its gradient in another order.
		return slices.Equal(in.xs, t.xs) && distinct(in.xs)
	}
	return slices.Equal(in.xs, t.xs)
}

func distinct(xs []*register) bool {
	found := make(map[*register]bool, len(xs))
	for _, x := range xs {
		if found[x] {
			return false
		}
		found[x] = true
	}
	return true
}

// operation adds any other node to the last instruction.
func (c *compiler) operation(v *Value) {
	if len(c.columns) == 0 {
		c.add(instruction{})
	}
	o := operation{op: v.op, z: &register{}, x: c.register(v.x), y: c.noOperand}
	if v.y != nil {
		o.y = c.register(v.y)
	}
	in := &c.code.instructions[len(c.columns)-1]
	in.operations = append(in.operations, o)
	c.registers[v] = o.z
}

// add adds an instruction.
func (c *compiler) add(in instruction) {
	for j := range in.s {
		in.s[j] = c.padding
	}
	c.code.add(in)
	c.columns = append(c.columns, nil)
}

// factors returns the weights of all sums, in the order of the code. An instruction of several sums
// has four weights for each of xs; those of sums that are missing are 0.
func (c *compiler) factors() (ws []*Value) {
	missing := &Value{mark: constant}
	for k, in := range c.code.instructions {
		for i := range in.xs {
			for j := range in.width() {
				w := missing
				if j < in.sums {
					w = c.columns[k][j][i]
				}
				ws = append(ws, w)
			}
		}
	}
	return ws
}
