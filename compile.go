package micrograd

import (
	"fmt"
	"slices"

	"github.com/gomicrograd/micrograd/internal/machine"
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
	order := sum.applyList(nil, outputs, nil).sort() // sort takes one root: a sum of the outputs
	order = order[:len(order)-1]                     // without that sum
	c := compiler{
		registers: make(map[*Value]*machine.Register, len(order)),
		broadcast: map[*Value]*machine.Register{},
		funcs:     map[*Op]*machine.Func{},
		copies:    map[*Value]*Value{},
		one:       &Value{Data: 1, mark: constant},
		noOperand: &machine.Register{},
		padding:   &machine.Register{},
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
		c.registers[v] = &machine.Register{}
		c.code.Inputs = append(c.code.Inputs, c.registers[v])
	}
	for _, v := range order {
		switch {
		case !slices.ContainsFunc(v.operands(), c.varies):
			c.fix(v)
		case v.op == sum || v.op == dot || v.op == linear:
			c.weightedSum(v)
		default:
			c.call(v)
		}
	}
	for _, v := range outputs {
		c.code.Outputs = append(c.code.Outputs, c.register(v))
	}
	return &Program{
		fixed:   c.fixed,
		weights: append(c.sumWeights(), c.broadcastWeights...),
		machine: machine.New(c.code),
	}
}

// A compiler builds the code of a program: package machine says what that is. A node varies if it
// is an input or computed from one, and is fixed otherwise. There is a method for each kind of
// node: fix, weightedSum and call.
type compiler struct {
	code      machine.Code
	registers map[*Value]*machine.Register // of nodes that vary
	funcs     map[*Op]*machine.Func        // of operations that are called

	fixed  []*Value          // copies of the fixed results, so that a run leaves the graph alone
	copies map[*Value]*Value // from nodes of the graph to these

	weights          [][][]*Value                 // by instruction, sum and term
	broadcast        map[*Value]*machine.Register // of fixed nodes that calls or outputs need
	broadcastWeights []*Value                     // these nodes, in the order of code.Broadcast

	one       *Value            // a constant
	noOperand *machine.Register // the Y of a function of one number
	padding   *machine.Register // stands for a sum that an instruction lacks
}

func (c *compiler) varies(v *Value) bool { return c.registers[v] != nil }

// register returns the register of v. If v is fixed, it is broadcast from now on.
func (c *compiler) register(v *Value) *machine.Register {
	if r := c.registers[v]; r != nil {
		return r
	}
	if c.broadcast[v] == nil {
		c.broadcast[v] = &machine.Register{}
		c.broadcastWeights = append(c.broadcastWeights, c.copyOf(v))
		c.code.Broadcast = append(c.code.Broadcast, c.broadcast[v])
	}
	return c.broadcast[v]
}

// fix copies a fixed node.
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

// weightedSum compiles a sum, a dot or a linear into one Σ w·x.
func (c *compiler) weightedSum(v *Value) {
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
	if !c.joins(t) {
		c.add(machine.Instruction{Xs: t.xs, DXs: t.dxs})
	}
	// The instruction may already have calls, which then run after the new sum. None of them
	// computes one of xs, since the instruction's first sum has the same xs.
	in, s := c.last(), &machine.Register{}
	in.S[in.Sums] = s
	in.Sums++
	k := len(c.code.Instructions) - 1
	c.weights[k] = append(c.weights[k], t.ws)
	c.registers[v] = s
}

// The terms of a sum are products of a weight, which is fixed, and a register.
type terms struct {
	ws  []*Value
	xs  []*machine.Register
	dxs bool // whether the gradient of any of xs is used
}

// product adds w·x. If both vary, their product is a call, and the weight is 1.
func (c *compiler) product(t *terms, w, x *Value) {
	if c.varies(w) {
		w, x = x, w
	}
	if c.varies(w) { // now, only if both do
		x = mul.Apply2(w, x) // a node of its own, so that it has a register
		c.call(x)
		w = c.one
	}
	t.ws, t.xs = append(t.ws, c.copyOf(w)), append(t.xs, c.register(x))
	isInput := x.op == nil && c.varies(x)
	if !isInput && x.mark != constant { // those need no gradient
		t.dxs = true
	}
}

// joins reports whether a sum joins the last instruction: sums of the same registers, such as the
// neurons of a layer, are one instruction, four at a time.
func (c *compiler) joins(t terms) bool {
	in := c.last()
	if in == nil {
		return false
	}
	switch in.Sums {
	case 0, machine.Tile: // none, or no room
		return false
	case 1: // several sums need distinct registers
		return slices.Equal(in.Xs, t.xs) && distinct(in.Xs)
	}
	return slices.Equal(in.Xs, t.xs)
}

func distinct(xs []*machine.Register) bool {
	found := make(map[*machine.Register]bool, len(xs))
	for _, x := range xs {
		if found[x] {
			return false
		}
		found[x] = true
	}
	return true
}

// call adds any other node to the last instruction.
func (c *compiler) call(v *Value) {
	if c.last() == nil {
		c.add(machine.Instruction{})
	}
	z, x, y := &machine.Register{}, c.register(v.x), c.noOperand
	if v.y != nil {
		y = c.register(v.y)
	}
	in := c.last()
	in.Calls = append(in.Calls, machine.Call{Func: c.function(v.op), Z: z, X: x, Y: y})
	c.registers[v] = z
}

// last returns the last instruction, or nil if there is none.
func (c *compiler) last() *machine.Instruction {
	n := len(c.code.Instructions)
	if n == 0 {
		return nil
	}
	return &c.code.Instructions[n-1]
}

// add adds an instruction.
func (c *compiler) add(in machine.Instruction) {
	for j := range in.S {
		in.S[j] = c.padding
	}
	c.code.Add(in)
	c.weights = append(c.weights, nil)
}

// sumWeights returns the weights of all sums, in the order of the code.
func (c *compiler) sumWeights() (ws []*Value) {
	padding := &Value{mark: constant} // the weight in a sum that an instruction lacks
	for k, in := range c.code.Instructions {
		for i := range in.Xs {
			for j := range in.Width() {
				w := padding
				if j < in.Sums {
					w = c.weights[k][j][i]
				}
				ws = append(ws, w)
			}
		}
	}
	return ws
}

// function returns what a machine calls for an operation.
func (c *compiler) function(op *Op) *machine.Func {
	if c.funcs[op] == nil {
		f := &machine.Func{Name: op.Name, F: op.F, D: op.D}
		switch op { // without a call for each number: networks spend much of their time there
		case ReLU:
			f.ForwardRows, f.BackwardRows = reluRows, reluBackwardRows
		case Tanh:
			f.BackwardRows = tanhBackwardRows
		}
		c.funcs[op] = f
	}
	return c.funcs[op]
}

func reluRows(z, x *machine.Register, n int) {
	for r := range z.Data[:n] {
		z.Data[r] = reluF(x.Data[r], 0)
	}
}

func reluBackwardRows(z, x *machine.Register, n int) {
	for r, g := range z.Grad[:n] {
		dx, _ := reluD(x.Data[r], 0, z.Data[r])
		x.Grad[r] += g * dx
	}
}

func tanhBackwardRows(z, x *machine.Register, n int) {
	for r, g := range z.Grad[:n] {
		dx, _ := tanhD(x.Data[r], 0, z.Data[r])
		x.Grad[r] += g * dx
	}
}
