package micrograd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomicrograd/micrograd/internal/machine"
)

// A Program is a graph that was compiled to run for many rows of inputs: where it consists of fully
// connected layers, about as fast as loops written by hand in Go. It computes the same as a graph
// that is built for each row, but adds in a different order, so the last digits may differ.
//
// A program can't follow an if or a for that depends on Data: its graph is the same for each row.
// Rows are independent: [BatchNorm] can only be compiled if a row holds a whole batch. A part
// without inputs, like √w in x·√w, is computed once for all rows, and its gradient is summed over
// the rows before it is propagated. At w = 0, w.Grad may be Inf where graphs for each row make it
// NaN.
//
// The methods run on up to 16 cores if there is enough work. On one machine, they return the same
// bits on any number of cores, and with or without its vector instructions, which the build tag
// purego turns off. They allocate nothing after their first calls unless there are more rows. One
// goroutine at a time may use a Program. Programs that share leaves may run Forward concurrently,
// but not Backward, which writes the leaves' Grad.
type Program struct {
	fixed   []*Value // the nodes in which no input takes part, copied from the graph
	weights []*Value // leaves and fixed nodes: their Data are the machine's W
	machine *machine.Machine
	results [][]float64 // of Forward
}

// Forward returns the outputs for each of the rows. The slices belong to the program: the next call
// of Forward overwrites them, so don't pass them to it as rows. It panics if a row is not as long
// as the inputs.
func (p *Program) Forward(rows [][]float64) [][]float64 {
	p.prepare(rows)
	outputs := len(p.machine.Code.Outputs)
	if n := len(rows) - len(p.results); n > 0 {
		numbers := make([]float64, n*outputs)
		for result := range slices.Chunk(numbers, outputs) {
			p.results = append(p.results, result)
		}
	}
	results := p.results[:len(rows):len(rows)] // an append doesn't write into p.results
	p.machine.Forward(rows, results)
	return results
}

// Backward runs the rows forward and backward. It returns the mean of the output over the rows, and
// adds the gradient of that mean to the Grad of every leaf that is not an input. It panics if the
// program has several outputs, if there are no rows, or if a row is not as long as the inputs.
func (p *Program) Backward(rows [][]float64) (mean float64) {
	if outputs := len(p.machine.Code.Outputs); outputs != 1 {
		panic(fmt.Sprintf("micrograd: Backward of a program with %d outputs, want 1", outputs))
	}
	if len(rows) == 0 {
		panic("micrograd: Backward of a program without rows")
	}
	p.prepare(rows)
	mean, dw := p.machine.Backward(rows)
	for i, v := range p.weights {
		v.Grad += dw[i]
	}
	for _, v := range slices.Backward(p.fixed) {
		v.backward()
	}
	return mean
}

// prepare computes what no input takes part in, and gives the machine its weights.
func (p *Program) prepare(rows [][]float64) {
	inputs := len(p.machine.Code.Inputs)
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
		p.machine.W[i] = v.Data
	}
}

// String lists the program: what is computed once for all rows, a line for each sum and each call,
// and the outputs. The x are inputs, the w are the same for all rows, and the s are results. This
// is a neuron, times the exponential of a number:
//
//	w1 = exp(w0)
//	s0 = w2·x0 + w3·x1 + w4
//	s1 = ReLU(s0)
//	s2 = s1 * w1
//	return s2
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
		fmt.Fprintf(&b, "%s = %s\n", weight(v), expression(v.op.Name, args...))
	}
	code, weights := p.machine.Code, p.weights
	for i, r := range code.Inputs {
		names[r] = fmt.Sprintf("x%d", i)
	}
	for i, r := range code.Broadcast {
		names[r] = weight(weights[len(weights)-len(code.Broadcast)+i])
	}
	results := 0
	line := func(r *machine.Register, text string) {
		names[r] = fmt.Sprintf("s%d", results)
		results++
		fmt.Fprintf(&b, "%s = %s\n", names[r], text)
	}
	for _, in := range code.Instructions {
		for j := range in.Sums {
			var terms []string
			for i, x := range in.Xs {
				terms = append(terms, product(weight(weights[i*in.Width()+j]), names[x]))
			}
			line(in.S[j], strings.Join(terms, " + "))
		}
		weights = weights[len(in.Xs)*in.Width():]
		for _, call := range in.Calls {
			line(call.Z, expression(call.Name, names[call.X], names[call.Y]))
		}
	}
	var outputs []string
	for _, r := range code.Outputs {
		outputs = append(outputs, names[r])
	}
	return b.String() + "return " + strings.Join(outputs, ", ") + "\n"
}

// product returns the text of w·x, without a factor of 1.
func product(w, x string) string {
	if w == "1" {
		return x
	}
	if x == "1" {
		return w
	}
	return w + "·" + x
}
