package micrograd

import (
	"fmt"
	"math"
	"slices"
)

// A Program is a graph flattened into code that runs for many rows of inputs. It computes what building the graph anew
// for each row would, at about the speed of loops written by hand, and after its first call it allocates nothing.
//
// The shape of the graph is fixed when it is compiled: a program can't follow an if or a for that depends on numbers.
//
// One goroutine at a time may use a Program.
type Program struct {
	inputs, outputs []*slot
	code            []*instruction // each after those whose results it uses

	// What was made without any input is the same for all rows. These nodes are run once for all of them, as the engine
	// runs any node.
	fixed []*Value
	// The weights of all instructions, their data, and their gradients over all rows.
	weights []*Value
	w, dw   []float64
	// The leaves and fixed nodes that are outputs, or operands where a slot is needed.
	spread []spread

	result []float64 // of Forward
}

// A slot holds what an input or a node is for eight rows, and its gradient for each of them. Working on eight rows at once,
// finding out what an instruction is to do and with what is paid for once for eight, and the processor has eight sums to
// work on, where with one it would wait for each addition.
type slot struct{ data, grad [lanes]float64 }

const lanes = 8

// A spread is a number that is the same for all rows, in a slot.
type spread struct {
	value *Value
	slot  *slot
}

// An instruction computes one slot, or two: a neuron is one instruction.
type instruction struct {
	// First, for sum, dot and linear: s = Σ wᵢ·xᵢ + Σ pᵢ·qᵢ. The w are the same for all rows, and so are kept as single
	// numbers: a neuron has only these.
	s      *slot
	xs     []*slot
	w, dw  []float64 // parts of the program's
	dxs    bool      // whether any of xs is more than an input, so that its gradient is wanted
	ps, qs []*slot

	// Then, for a row of the table: z = F(x, y).
	z, x, y *slot
	op      *Op
}

// Compile returns a program that computes outputs from inputs. The inputs are leaves, whose numbers change from row to
// row. Of every other leaf, such as a weight, the program uses the Data that it has whenever Forward or Backward is
// called, so that optimisers work on the leaves as ever. It doesn't use the nodes between again.
//
// Compile panics if an input is not a leaf or occurs twice, or if there are no outputs. Like Backward of a Value, it may
// not run concurrently with another call on the same graph.
func Compile(inputs []*Value, outputs ...*Value) *Program {
	if len(outputs) == 0 {
		panic("micrograd: Compile without outputs")
	}
	p := &Program{result: make([]float64, len(outputs))}
	c := compiler{p, map[*Value]*slot{}, map[*Value]*Value{}, map[*Value]*slot{}, map[uint64]*slot{}, New(1)}
	for i, v := range inputs {
		if v.op != nil {
			panic(fmt.Sprintf("micrograd: Compile: input %d is not a leaf but a result of %s", i, v.op.Name))
		}
		if c.varies(v) {
			panic(fmt.Sprintf("micrograd: Compile: inputs %d and %d are the same leaf", slices.Index(inputs, v), i))
		}
		c.varying[v] = &slot{}
		p.inputs = append(p.inputs, c.varying[v])
	}
	order := Sum(outputs...).sort()
	for _, v := range order[:len(order)-1] { // the last is their sum
		if slices.ContainsFunc(v.Args(), c.varies) {
			c.emit(v)
		} else {
			c.fix(v)
		}
	}
	for _, v := range outputs {
		p.outputs = append(p.outputs, c.slot(v))
	}
	p.w, p.dw = make([]float64, len(p.weights)), make([]float64, len(p.weights))
	from := 0
	for _, in := range p.code {
		to := from + len(in.xs)
		in.w, in.dw = p.w[from:to], p.dw[from:to]
		from = to
	}
	return p
}

type compiler struct {
	*Program
	varying   map[*Value]*slot  // the inputs, and all that is made from them
	copies    map[*Value]*Value // of fixed nodes, since a program leaves the graph that it was compiled from alone
	spreads   map[*Value]*slot
	constants map[uint64]*slot // by their bits, which tell 0 from −0
	one       *Value
}

func (c *compiler) varies(v *Value) bool { return c.varying[v] != nil }

// fix copies a node that no input has a part in.
func (c *compiler) fix(v *Value) {
	u := *v
	u.x, u.y, u.ws, u.xs = c.copyOf(v.x), c.copyOf(v.y), nil, nil
	for _, w := range v.ws {
		u.ws = append(u.ws, c.copyOf(w))
	}
	for _, x := range v.xs {
		u.xs = append(u.xs, c.copyOf(x))
	}
	c.copies[v] = &u
	c.fixed = append(c.fixed, &u)
}

// copyOf returns the copy of a fixed node; leaves are used as they are.
func (c *compiler) copyOf(v *Value) *Value {
	if u := c.copies[v]; u != nil {
		return u
	}
	return v
}

// emit makes code for a node that inputs have a part in.
func (c *compiler) emit(v *Value) {
	result := &slot{}
	if v.op == sum || v.op == dot || v.op == linear {
		in := &instruction{s: result}
		if v.op == sum {
			for _, x := range v.xs {
				c.addTerm(in, x)
			}
		}
		for i, w := range v.ws {
			c.addProduct(in, w, v.xs[i])
		}
		if v.op == linear {
			c.addTerm(in, v.x)
		}
		c.code = append(c.code, in)
	} else {
		x, y := c.slot(v.x), c.constant(v.c)
		if v.y != nil {
			y = c.slot(v.y)
		}
		if n := len(c.code); n == 0 || c.code[n-1].op != nil {
			c.code = append(c.code, &instruction{})
		}
		in := c.code[len(c.code)-1]
		in.z, in.x, in.y, in.op = result, x, y, v.op
	}
	c.varying[v] = result
}

// addTerm adds t to what an instruction sums up.
func (c *compiler) addTerm(in *instruction, t *Value) {
	if c.varies(t) {
		c.addProduct(in, c.one, t)
	} else {
		c.weights, in.xs = append(c.weights, c.copyOf(t)), append(in.xs, c.constant(1))
	}
}

// addProduct adds w·x to what an instruction sums up.
func (c *compiler) addProduct(in *instruction, w, x *Value) {
	if c.varies(w) {
		w, x = x, w
	}
	if c.varies(w) || !c.varies(x) {
		in.ps, in.qs = append(in.ps, c.slot(w)), append(in.qs, c.slot(x))
		return
	}
	c.weights, in.xs = append(c.weights, c.copyOf(w)), append(in.xs, c.slot(x))
	in.dxs = in.dxs || x.op != nil
}

// slot returns the slot of v. A leaf or a fixed node that has none gets one.
func (c *compiler) slot(v *Value) *slot {
	if c.varies(v) {
		return c.varying[v]
	}
	if c.spreads[v] == nil {
		c.spreads[v] = &slot{}
		c.spread = append(c.spread, spread{c.copyOf(v), c.spreads[v]})
	}
	return c.spreads[v]
}

// constant returns a slot that holds x, and whose gradient nobody reads.
func (c *compiler) constant(x float64) *slot {
	bits := math.Float64bits(x)
	if c.constants[bits] == nil {
		c.constants[bits] = &slot{}
		c.constants[bits].fill(x)
	}
	return c.constants[bits]
}

func (s *slot) fill(x float64) {
	for r := range s.data {
		s.data[r] = x
	}
}

// Forward returns the outputs for one row of inputs. The slice is the program's: the next call of Forward overwrites it.
// Forward panics if x is not as long as the inputs.
func (p *Program) Forward(x ...float64) []float64 {
	p.mustFit(x)
	p.begin()
	for i, x := range x {
		p.inputs[i].fill(x)
	}
	for _, in := range p.code {
		in.forward(1)
	}
	for i, out := range p.outputs {
		p.result[i] = out.data[0]
	}
	return p.result
}

// Backward runs the program for each row of inputs. It returns the mean of the output, and adds the gradient of that
// mean to the Grad of every leaf that is not an input. It panics if the program has several outputs, if there are no
// rows, or if one is not as long as the inputs.
func (p *Program) Backward(rows [][]float64) (mean float64) {
	if len(p.outputs) != 1 {
		panic(fmt.Sprintf("micrograd: Backward of a program with %d outputs, want 1", len(p.outputs)))
	}
	if len(rows) == 0 {
		panic("micrograd: Backward of a program without rows")
	}
	for _, row := range rows {
		p.mustFit(row)
	}
	p.begin()
	total := 0.0
	for block := range slices.Chunk(rows, lanes) {
		total += p.block(block, 1/float64(len(rows)))
	}
	p.end()
	return total / float64(len(rows))
}

func (p *Program) mustFit(row []float64) {
	if len(row) != len(p.inputs) {
		panic(fmt.Sprintf("micrograd: a row of %d numbers for a program with %d inputs", len(row), len(p.inputs)))
	}
}

// begin brings what is the same for all rows up to date, and sets its gradients to 0.
func (p *Program) begin() {
	for _, v := range p.fixed {
		v.forward()
		v.Grad = 0
	}
	for _, s := range p.spread {
		s.slot.fill(s.value.Data)
	}
	for i, v := range p.weights {
		p.w[i] = v.Data
	}
	clear(p.dw)
}

// end hands the gradients of what is the same for all rows on to the leaves.
func (p *Program) end() {
	for i, v := range p.weights {
		v.Grad += p.dw[i]
	}
	for _, v := range slices.Backward(p.fixed) {
		v.backward()
	}
}

// block runs up to eight rows forward and backward, where each has the gradient seed, and returns the sum of their
// outputs. If there are fewer than eight, the other lanes hold anything, and nothing is made of it.
func (p *Program) block(rows [][]float64, seed float64) (total float64) {
	n := len(rows)
	for r, row := range rows {
		for i, x := range row {
			p.inputs[i].data[r] = x
		}
	}
	for _, in := range p.code {
		in.forward(n)
	}
	for _, s := range p.spread {
		clear(s.slot.grad[:])
	}
	out := p.outputs[0]
	for r := range lanes {
		out.grad[r] = seed
	}
	for i := len(p.code) - 1; i >= 0; i-- {
		p.code[i].backward(n)
	}
	for _, s := range p.spread {
		for _, g := range s.slot.grad[:n] {
			s.value.Grad += g
		}
	}
	for _, z := range out.data[:n] {
		total += z
	}
	return total
}

// forward computes the slots of an instruction for the first n rows, and sets their gradients to 0.
func (in *instruction) forward(n int) {
	if in.s != nil {
		in.forwardSum(n)
	}
	if in.op == nil {
		return
	}
	in.z.grad = [lanes]float64{}
	f, x, y, z := in.op.F, &in.x.data, &in.y.data, &in.z.data
	if in.op == ReLU { // the same, inlined
		for r := range z[:n] {
			z[r] = relu(x[r], 0)
		}
		return
	}
	for r := range z[:n] {
		z[r] = f(x[r], y[r])
	}
}

func (in *instruction) forwardSum(n int) {
	in.s.grad = [lanes]float64{}
	// The sums are written out so that they are kept in registers.
	var s0, s1, s2, s3, s4, s5, s6, s7 float64
	w := in.w[:len(in.xs)]
	for i, x := range in.xs {
		w, x := w[i], &x.data
		s0 += w * x[0]
		s1 += w * x[1]
		s2 += w * x[2]
		s3 += w * x[3]
		if n > 4 {
			s4 += w * x[4]
			s5 += w * x[5]
			s6 += w * x[6]
			s7 += w * x[7]
		}
	}
	s := &in.s.data
	s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7] = s0, s1, s2, s3, s4, s5, s6, s7
	for i, p := range in.ps {
		q := in.qs[i]
		for r := range n {
			s[r] += p.data[r] * q.data[r]
		}
	}
}

// backward adds to the gradients of an instruction's operands, for the first n rows.
func (in *instruction) backward(n int) {
	if in.op != nil {
		in.backwardRow(n)
	}
	if in.s == nil {
		return
	}
	in.backwardWeights(n)
	for i, p := range in.ps {
		q := in.qs[i]
		for r, g := range in.s.grad[:n] {
			p.grad[r] += g * q.data[r]
			q.grad[r] += g * p.data[r]
		}
	}
}

func (in *instruction) backwardRow(n int) {
	d, x, y, z := in.op.D, in.x, in.y, in.z
	if in.op == ReLU {
		for r, g := range z.grad[:n] {
			dx, _ := reluD(x.data[r], 0, z.data[r])
			x.grad[r] += g * dx
		}
		return
	}
	for r, g := range z.grad[:n] {
		dx, dy := d(x.data[r], y.data[r], z.data[r])
		x.grad[r] += g * dx
		y.grad[r] += g * dy
	}
}

// backwardWeights is backward for Σ wᵢ·xᵢ: ∂L/∂wᵢ is Σ g·xᵢ over the rows, and ∂L/∂xᵢ is g·wᵢ in each. It takes half the
// lanes at a time, since dead ReLUs often have a gradient of 0 for all of them. A 0 hands on nothing but 0, unless it
// meets an infinity; but then s isn't finite either.
func (in *instruction) backwardWeights(n int) {
	w, dw, dxs := in.w[:len(in.xs)], in.dw[:len(in.xs)], in.dxs
	for h := 0; h < n; h += 4 {
		s, g := (*[4]float64)(in.s.data[h:h+4]), (*[4]float64)(in.s.grad[h:h+4])
		if *g == [4]float64{} && finite(s[0]+s[1]+s[2]+s[3]) {
			continue
		}
		if n < h+4 {
			for i, x := range in.xs {
				for r, g := range g[:n-h] {
					dw[i] += x.data[h+r] * g
					x.grad[h+r] += w[i] * g
				}
			}
			continue
		}
		g0, g1, g2, g3 := g[0], g[1], g[2], g[3]
		for i, x := range in.xs {
			w, x, dx := w[i], (*[4]float64)(x.data[h:h+4]), (*[4]float64)(x.grad[h:h+4])
			dw[i] += (x[0]*g0 + x[1]*g1) + (x[2]*g2 + x[3]*g3)
			if dxs {
				dx[0] += w * g0
				dx[1] += w * g1
				dx[2] += w * g2
				dx[3] += w * g3
			}
		}
	}
}
