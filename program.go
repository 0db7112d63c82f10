package micrograd

import (
	"fmt"
	"slices"
)

// A Program is a graph flattened into code that runs for many rows of inputs. It computes what building the graph anew
// for each row would, at about the speed of loops written by hand, and after its first call it allocates nothing.
//
// The shape of the graph is fixed when it is compiled: a program can't follow an if or a for that depends on numbers.
//
// One goroutine at a time may use a Program.
type Program struct {
	inputs  int           // how many of the slots are inputs: the first
	outputs []int         // operands
	code    []instruction // each after those whose results it uses

	// A slot is what differs from row to row: an input, or the result of an instruction.
	data, grad []block

	// A scalar is what doesn't: a leaf that is no input, a constant, or a node that was made of those alone. Such
	// nodes are in fixed; they are run once for all rows, as the engine runs any node.
	scalars                []*Value
	scalarData, scalarGrad []float64
	fixed                  []*Value

	result []float64 // of Forward
}

// A block is a number for each of eight rows. So finding out what an instruction is to do, and with what, is paid for once
// for eight rows, and the processor has eight independent sums to work on, where one would have it wait for each addition.
type block [lanes]float64

const lanes = 8

// An instruction computes the slot z. Its operands are slots if they are ≥ 0; otherwise ^operand is a scalar.
type instruction struct {
	z int

	// A row of the table: z = F(x, y).
	op     *Op
	x, y   int
	dx, dy bool // whether x and y want their gradients

	// Sum, dot and linear, for which op is nil: z = Σ wᵢ·xᵢ + Σ pᵢ·qᵢ + Σ tᵢ, with scalars w and slots x, which is what
	// neurons are made of.
	ws, xs     []int
	ps, qs, ts []int
	dxs        bool // whether any of xs wants its gradient
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
	p := &Program{inputs: len(inputs), data: make([]block, len(inputs)), result: make([]float64, len(outputs))}
	c := compiler{p, map[*Value]int{}, map[*Value]*Value{}}
	for i, v := range inputs {
		if v.op != nil {
			panic(fmt.Sprintf("micrograd: Compile: input %d is not a leaf but a result of %s", i, v.op.Name))
		}
		if j, ok := c.operands[v]; ok {
			panic(fmt.Sprintf("micrograd: Compile: inputs %d and %d are the same leaf", j, i))
		}
		c.operands[v] = i
	}
	order := Sum(outputs...).sort()
	for _, v := range order[:len(order)-1] { // the last is their sum
		c.add(v)
	}
	for _, v := range outputs {
		p.outputs = append(p.outputs, c.operand(v))
	}
	p.grad = make([]block, len(p.data))
	p.scalarData = make([]float64, len(p.scalars))
	p.scalarGrad = make([]float64, len(p.scalars))
	return p
}

type compiler struct {
	p        *Program
	operands map[*Value]int
	copies   map[*Value]*Value // of fixed nodes, since a program leaves the graph that it was compiled from alone
}

// operand returns where the program has v; v is in operands or is fixed.
func (c *compiler) operand(v *Value) int {
	o, ok := c.operands[v]
	if !ok {
		o = ^len(c.p.scalars)
		c.operands[v] = o
		c.p.scalars = append(c.p.scalars, c.fixed(v))
	}
	return o
}

// fixed returns the copy of a fixed node; leaves are used as they are.
func (c *compiler) fixed(v *Value) *Value {
	if u, ok := c.copies[v]; ok {
		return u
	}
	return v
}

func (c *compiler) isSlot(v *Value) bool {
	o, ok := c.operands[v]
	return ok && o >= 0
}

// add compiles a node whose operands have been compiled.
func (c *compiler) add(v *Value) {
	if !slices.ContainsFunc(v.Args(), c.isSlot) {
		u := *v
		u.x, u.y = c.fixed(v.x), c.fixed(v.y)
		u.ws, u.xs = nil, nil
		for _, w := range v.ws {
			u.ws = append(u.ws, c.fixed(w))
		}
		for _, x := range v.xs {
			u.xs = append(u.xs, c.fixed(x))
		}
		c.copies[v] = &u
		c.p.fixed = append(c.p.fixed, &u)
		return
	}
	in := instruction{z: len(c.p.data)}
	switch v.op {
	case sum:
		for _, x := range v.xs {
			in.ts = append(in.ts, c.operand(x))
		}
	case dot, linear:
		for i, w := range v.ws {
			w, x := c.operand(w), c.operand(v.xs[i])
			if w >= 0 && x < 0 {
				w, x = x, w
			}
			if w < 0 && x >= 0 {
				in.ws, in.xs = append(in.ws, ^w), append(in.xs, x)
				in.dxs = in.dxs || x >= c.p.inputs
			} else {
				in.ps, in.qs = append(in.ps, w), append(in.qs, x)
			}
		}
		if v.op == linear {
			in.ts = append(in.ts, c.operand(v.x))
		}
	default:
		y := v.y
		if y == nil {
			y = New(v.c)
		}
		in.op, in.x, in.y = v.op, c.operand(v.x), c.operand(y)
		in.dx, in.dy = c.p.wantsGrad(in.x), v.y != nil && c.p.wantsGrad(in.y)
	}
	c.operands[v] = in.z
	c.p.data = append(c.p.data, block{})
	c.p.code = append(c.p.code, in)
}

// wantsGrad reports whether an operand is anything but an input.
func (p *Program) wantsGrad(operand int) bool { return operand < 0 || operand >= p.inputs }

// Forward returns the outputs for one row of inputs. The slice is the program's: the next call of Forward overwrites it.
// Forward panics if x is not as long as the inputs.
func (p *Program) Forward(x ...float64) []float64 {
	p.mustFit(x)
	p.begin()
	for i, x := range x {
		for r := range lanes {
			p.data[i][r] = x
		}
	}
	p.forward()
	for i, o := range p.outputs {
		var b block
		p.result[i] = p.load(o, &b)[0]
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
	for start := 0; start < len(rows); start += lanes {
		// In a last block that rows don't fill, the other lanes repeat a row, and nothing is made of their results.
		n := min(lanes, len(rows)-start)
		for r := range lanes {
			for i, x := range rows[start+min(r, n-1)] {
				p.data[i][r] = x
			}
		}
		p.forward()
		var b, seed block
		for _, z := range p.load(p.outputs[0], &b)[:n] {
			mean += z / float64(len(rows))
		}
		for r := range seed {
			seed[r] = 1 / float64(len(rows))
		}
		clear(p.grad)
		p.hand(p.outputs[0], &seed, n)
		for i := len(p.code) - 1; i >= 0; i-- {
			p.backward(&p.code[i], n)
		}
	}
	p.end()
	return mean
}

func (p *Program) mustFit(row []float64) {
	if len(row) != p.inputs {
		panic(fmt.Sprintf("micrograd: a row of %d numbers for a program with %d inputs", len(row), p.inputs))
	}
}

// begin brings the scalars up to date, and sets their gradients to 0.
func (p *Program) begin() {
	for _, v := range p.fixed {
		v.forward()
		v.Grad = 0
	}
	for i, v := range p.scalars {
		p.scalarData[i] = v.Data
	}
	clear(p.scalarGrad)
}

// end hands the gradients of the scalars to the leaves.
func (p *Program) end() {
	for i, v := range p.scalars {
		v.Grad += p.scalarGrad[i]
	}
	for _, v := range slices.Backward(p.fixed) {
		v.backward()
	}
}

// load returns the operand for eight rows; b is there to hold a scalar.
func (p *Program) load(operand int, b *block) *block {
	if operand >= 0 {
		return &p.data[operand]
	}
	for r := range b {
		b[r] = p.scalarData[^operand]
	}
	return b
}

// hand adds to the gradient of the operand: that of a slot in each row, that of a scalar by the sum over the n rows.
func (p *Program) hand(operand int, g *block, n int) {
	if operand >= 0 {
		for r := range g {
			p.grad[operand][r] += g[r]
		}
		return
	}
	for _, g := range g[:n] {
		p.scalarGrad[^operand] += g
	}
}

// forward runs the code for eight rows.
func (p *Program) forward() {
	var bx, by block
	for i := range p.code {
		in := &p.code[i]
		z := &p.data[in.z]
		if in.op != nil {
			x, y := p.load(in.x, &bx), p.load(in.y, &by)
			for r := range z {
				z[r] = in.op.F(x[r], y[r])
			}
			continue
		}
		*z = p.weighted(in)
		for i, o := range in.ps {
			x, y := p.load(o, &bx), p.load(in.qs[i], &by)
			for r := range z {
				z[r] += x[r] * y[r]
			}
		}
		for _, o := range in.ts {
			x := p.load(o, &bx)
			for r := range z {
				z[r] += x[r]
			}
		}
	}
}

// weighted returns Σ wᵢ·xᵢ. The sums are written out so that they are kept in registers.
func (p *Program) weighted(in *instruction) block {
	var z0, z1, z2, z3, z4, z5, z6, z7 float64
	xs := in.xs[:len(in.ws)]
	for i, w := range in.ws {
		w, x := p.scalarData[w], &p.data[xs[i]]
		z0 += w * x[0]
		z1 += w * x[1]
		z2 += w * x[2]
		z3 += w * x[3]
		z4 += w * x[4]
		z5 += w * x[5]
		z6 += w * x[6]
		z7 += w * x[7]
	}
	return block{z0, z1, z2, z3, z4, z5, z6, z7}
}

// backward hands the gradient of an instruction to its operands, for the first n rows.
func (p *Program) backward(in *instruction, n int) {
	var bx, by, gx, gy block
	g, z := &p.grad[in.z], &p.data[in.z]
	if in.op != nil {
		x, y := p.load(in.x, &bx), p.load(in.y, &by)
		for r := range z {
			dx, dy := in.op.D(x[r], y[r], z[r])
			gx[r], gy[r] = g[r]*dx, g[r]*dy
		}
		if in.dx {
			p.hand(in.x, &gx, n)
		}
		if in.dy {
			p.hand(in.y, &gy, n)
		}
		return
	}
	p.weightedBackward(in, g, n)
	for i, o := range in.ps {
		x, y := p.load(o, &bx), p.load(in.qs[i], &by)
		for r := range z {
			gx[r], gy[r] = g[r]*y[r], g[r]*x[r]
		}
		p.hand(o, &gx, n)
		p.hand(in.qs[i], &gy, n)
	}
	for _, o := range in.ts {
		p.hand(o, g, n)
	}
}

// weightedBackward is the backward pass of weighted: ∂L/∂wᵢ += Σ g·xᵢ over the rows, and ∂L/∂xᵢ += g·wᵢ in each.
func (p *Program) weightedBackward(in *instruction, g *block, n int) {
	g0, g1, g2, g3, g4, g5, g6, g7 := g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7]
	xs := in.xs[:len(in.ws)]
	for i, w := range in.ws {
		x := &p.data[xs[i]]
		if n == lanes {
			p.scalarGrad[w] += (g0*x[0] + g1*x[1]) + (g2*x[2] + g3*x[3]) + ((g4*x[4] + g5*x[5]) + (g6*x[6] + g7*x[7]))
		} else {
			for r := range n {
				p.scalarGrad[w] += g[r] * x[r]
			}
		}
		if in.dxs {
			w, gx := p.scalarData[w], &p.grad[xs[i]]
			gx[0] += g0 * w
			gx[1] += g1 * w
			gx[2] += g2 * w
			gx[3] += g3 * w
			gx[4] += g4 * w
			gx[5] += g5 * w
			gx[6] += g6 * w
			gx[7] += g7 * w
		}
	}
}
