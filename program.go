package micrograd

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A Program is a graph that was compiled to run for many rows of inputs, at about the speed of
// loops written by hand. It computes the same as a graph built for each row, but adds in a
// different order, so the last digits may differ.
//
// [Compile] turns a neuron times the exponential of a number,
//
//	x, a := Values(0, 0), New(1)
//	n := &Neuron{W: Values(2, 3), B: New(4), Act: ReLU}
//	p := Compile(x, n.Forward(x).Mul(a.Exp()))
//
// into a program that String lists like this:
//
//	w1 = exp(w0)
//	s0 = w2·x0 + w3·x1 + w4
//	s1 = ReLU(s0)
//	s2 = s1 * w1
//	return s2
//
// What no input takes part in, such as w1, is computed once for all rows, and differentiated once.
// So where its derivative is infinite, a gradient may be infinite that is NaN if a graph is built
// for each row. The graph has the same shape for every row: a program can't follow an if or a for
// that depends on Data. And rows are independent: what runs over a batch, as [BatchNorm] does, can
// only be compiled if a row holds a whole batch.
//
// The methods of a Program run on several cores, up to 16, if there are enough rows. On one
// machine, they return the same bits on any number of cores, and with or without its vector
// instructions, which the build tag purego turns off. They allocate what they need in their first
// calls, and nothing later unless there are more rows. One goroutine at a time may use a Program.
// Programs that share leaves may run Forward concurrently, but not Backward, which writes the
// leaves' Grad.
type Program struct {
	fixed   []*Value  // the nodes in which no input takes part, copied from the graph
	weights []*Value  // the factors of the sums, in the order of the code; then what it broadcasts
	w       []float64 // their data

	code     code
	machines []*machine // one for each share of the rows
	running  sync.WaitGroup
	results  [][]float64 // of Forward
}

// code is the compiled graph: a list of instructions on registers. The first machine runs it, and
// each other one, which may run on a core of its own, runs a copy.
type code struct {
	instructions               []instruction // each after those whose results it uses
	inputs, broadcast, outputs []*register   // broadcast are registers that hold weights
}

// An instruction computes up to four sums, and then operations. The neurons of a layer, whose sums
// have the same xs, are computed four at a time: each of xs is read once for four.
type instruction struct {
	// The sums are sⱼ = Σ wᵢⱼ·xᵢ, where wᵢⱼ is w[i·width+j].
	s     [tile]*register
	sums  int
	w, dw []float64 // the weights and their gradients, in a machine
	xs    []*register
	dxs   bool // whether the gradient of any of xs is used

	operations []operation
}

// An operation is z = F(x, y).
type operation struct {
	op      *Op
	z, x, y *register
}

const tile = 4 // the largest number of sums in an instruction

// width returns the number of weights for each of xs.
func (in *instruction) width() int {
	if in.sums > 1 {
		return tile
	}
	return in.sums
}

// A register holds a number and its gradient for each of eight rows. So an instruction is decoded
// once for eight rows, and its eight sums are independent: with a single one, each addition would
// wait for the one before it.
type register struct{ data, grad [lanes]float64 }

const lanes = 8

// Forward returns the outputs for each of the rows. The slices belong to the program: the next call
// of Forward overwrites them, so they can't be its rows. It panics if a row is not as long as the
// inputs.
func (p *Program) Forward(rows [][]float64) [][]float64 {
	outputs := len(p.code.outputs)
	if n := len(rows) - len(p.results); n > 0 {
		numbers := make([]float64, n*outputs)
		for result := range slices.Chunk(numbers, outputs) {
			p.results = append(p.results, result)
		}
	}
	results := p.results[:len(rows):len(rows)] // an append doesn't write into p.results
	p.run(rows, results)
	return results
}

// Backward runs the rows forward and backward. It returns the mean of the output over the rows, and
// adds the gradient of that mean to the Grad of every leaf that is not an input. It panics if the
// program has several outputs, if there are no rows, or if a row is not as long as the inputs.
func (p *Program) Backward(rows [][]float64) (mean float64) {
	if outputs := len(p.code.outputs); outputs != 1 {
		panic(fmt.Sprintf("micrograd: Backward of a program with %d outputs, want 1", outputs))
	}
	if len(rows) == 0 {
		panic("micrograd: Backward of a program without rows")
	}
	machines := p.run(rows, nil)
	// The shares are the same on any number of cores, and are added up in the same order.
	for _, m := range machines {
		mean += m.mean
	}
	for i, v := range p.weights {
		dw := 0.0
		for _, m := range machines {
			dw += m.dw[i]
		}
		v.Grad += dw
	}
	for _, v := range slices.Backward(p.fixed) {
		v.backward()
	}
	return mean
}

// run runs the rows forward. If there are results, it fills them; otherwise it runs backward, too.
// It returns the machines that ran.
func (p *Program) run(rows, results [][]float64) []*machine {
	inputs := len(p.code.inputs)
	for _, row := range rows {
		if len(row) != inputs {
			panic(fmt.Sprintf("micrograd: a row of %d numbers for a program with %d inputs",
				len(row), inputs))
		}
	}
	for _, v := range p.fixed {
		v.forward()
		v.Grad = 0
	}
	for i, v := range p.weights {
		p.w[i] = v.Data
	}

	n := p.shares(len(rows))
	for len(p.machines) < n {
		p.machines = append(p.machines, p.newMachine())
	}
	machines := p.machines[:n]
	for k, m := range machines {
		from, to := share(len(rows), k, n)
		m.rows, m.results, m.outputGrad = rows[from:to], nil, 1/float64(len(rows))
		if results != nil {
			m.results = results[from:to]
		}
	}
	p.runAll(machines)
	return machines
}

// shares returns into how many shares the rows are cut. It depends on their number and on the
// program, but not on the number of cores.
func (p *Program) shares(rows int) int {
	const (
		minProducts = 1 << 17 // in a share, so that it is worth waking another core
		minRows     = 64      // in a share, so that adding up the gradients is a small part
		maxShares   = 16      // since each has a machine
	)
	products := rows * (len(p.w) + 8*p.code.operations()) // an operation costs about 8
	return max(1, min(rows/minRows, products/minProducts, maxShares))
}

// share returns the k-th of n shares of the rows, in whole blocks of eight rows.
func share(rows, k, n int) (from, to int) {
	blocks := (rows + lanes - 1) / lanes
	return k * blocks / n * lanes, min((k+1)*blocks/n*lanes, rows)
}

// runAll has each machine run its rows, and returns when all have.
func (p *Program) runAll(machines []*machine) {
	p.running.Add(len(machines) - 1)
	for _, m := range machines[1:] {
		go m.work()
	}
	machines[0].run(p.w)
	p.running.Wait()
}

// newMachine returns a machine.
func (p *Program) newMachine() *machine {
	m := &machine{code: p.code, dw: make([]float64, len(p.w))}
	if len(p.machines) > 0 {
		m.code = p.code.copy()
	}
	w, dw := p.w, m.dw
	for i := range m.instructions {
		in := &m.instructions[i]
		n := len(in.xs) * in.width()
		in.w, in.dw, w, dw = w[:n], dw[:n], w[n:], dw[n:]
	}
	m.work = func() { // made once, because go with a new closure allocates
		m.run(p.w)
		p.running.Done()
	}
	return m
}

// copy returns the code with registers of its own.
func (c code) copy() code {
	copies := map[*register]*register{nil: nil}
	one := func(r *register) *register {
		if _, ok := copies[r]; !ok {
			copies[r] = &register{}
		}
		return copies[r]
	}
	all := func(rs []*register) []*register {
		rs = slices.Clone(rs)
		for i, r := range rs {
			rs[i] = one(r)
		}
		return rs
	}
	d := code{inputs: all(c.inputs), broadcast: all(c.broadcast), outputs: all(c.outputs)}
	for _, in := range c.instructions {
		in.xs, in.operations = all(in.xs), slices.Clone(in.operations)
		for j, s := range in.s {
			in.s[j] = one(s)
		}
		for i, o := range in.operations {
			in.operations[i] = operation{o.op, one(o.z), one(o.x), one(o.y)}
		}
		d.add(in)
	}
	return d
}

// add adds an instruction. If it has the same xs as the last one, as neurons of a layer have, they
// share the list, which saves memory.
func (c *code) add(in instruction) {
	if n := len(c.instructions); n > 0 && slices.Equal(in.xs, c.instructions[n-1].xs) {
		in.xs = c.instructions[n-1].xs
	}
	c.instructions = append(c.instructions, in)
}

// operations returns the number of operations.
func (c code) operations() (n int) {
	for _, in := range c.instructions {
		n += len(in.operations)
	}
	return n
}

// String lists the program: what is computed once for all rows, a line for each sum and each
// operation, and the outputs. The x are inputs, the w are the same for all rows, and the s are
// results.
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
	for i, r := range p.code.inputs {
		names[r] = fmt.Sprintf("x%d", i)
	}
	factors := len(p.weights) - len(p.code.broadcast)
	for i, r := range p.code.broadcast {
		names[r] = weight(p.weights[factors+i])
	}
	results := 0
	list := func(r *register, text string) {
		names[r] = fmt.Sprintf("s%d", results)
		results++
		fmt.Fprintf(&b, "%s = %s\n", names[r], text)
	}
	weights := p.weights
	for _, in := range p.code.instructions {
		for j := range in.sums {
			var terms []string
			for i, x := range in.xs {
				terms = append(terms, times(weight(weights[i*in.width()+j]), names[x]))
			}
			list(in.s[j], strings.Join(terms, " + "))
		}
		weights = weights[len(in.xs)*in.width():]
		for _, o := range in.operations {
			list(o.z, call(o.op, names[o.x], names[o.y]))
		}
	}
	var outputs []string
	for _, r := range p.code.outputs {
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
