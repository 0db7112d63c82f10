// Package machine runs compiled graphs on many rows of inputs, forward and backward.
//
// A [Code] says what is computed: it is a list of instructions on registers. This one is a neuron
// with two inputs, times the exponential of a weight that was computed before:
//
//	s0 = w2·x0 + w3·x1 + w4   a sum of products; w4 is the bias, and its x is 1
//	s1 = ReLU(s0)             a call
//	s2 = s1 * w1              a call; w1 is broadcast to all rows
//
// A [Machine] runs the code. It cuts the rows into shares, and gives each share to a core, of which
// several may run at once. A core runs eight rows at a time.
//
// To read the source, begin with code.go, which is what a code is. core.go runs it, and machine.go
// runs several cores. kernel.go has the inner loops, and kernel_amd64.s the same loops in AVX2 and
// AVX-512.
package machine

import "slices"

// A Code is a list of instructions on registers. Inputs hold the numbers of a row, and Outputs the
// results. Any number that is the same for all rows is called a weight here: a neuron's weight, a
// constant, or what was computed from these. It is a factor in a sum, or a register of Broadcast
// holds it.
type Code struct {
	Instructions               []Instruction // each after those whose results it uses
	Inputs, Broadcast, Outputs []*Register
}

// An Instruction computes up to four sums of products Sⱼ = Σ wᵢⱼ·Xᵢ with weights wᵢⱼ, and
// then makes calls. The neurons of a layer, whose sums have the same Xs, are computed four
// at a time, so that each of Xs is read once for four. (For eight rows, four sums take 8
// of the 16 vector registers of AVX2.) If there are several sums, no register may be twice
// in Xs: kernels would add to its gradient in another order than the loops in Go.
//
// The weights of an instruction are listed as w₀₀ … w₀₃ for X₀, then those for X₁, and so
// on. Those of sums that are missing are 0. A single sum has one for each Xᵢ.
type Instruction struct {
	S     [Tile]*Register // all four are set, so that a kernel can write to them
	Sums  int             // how many of S are used
	Xs    []*Register     // not empty if there are sums
	DXs   bool            // whether the gradient of any of Xs is used
	Calls []Call

	w, dw []float64 // the weights and their gradients, in a core
}

// Tile is the largest number of sums in an instruction.
const Tile = 4

// A Call computes Z = F(X, Y). In a function of one number, Y is a register whose Data stay 0, and
// whose Grad nobody reads.
type Call struct {
	*Func
	Z, X, Y *Register
}

// A Func is a differentiable function z = F(x, y), with ∂z/∂x and ∂z/∂y from D; a function of one
// number ignores y, and returns 0 for dy. If a call for each number would take too long, a function
// of one number has ForwardRows and BackwardRows, which do the same for the first n rows.
type Func struct {
	Name string
	F    func(x, y float64) float64
	D    func(x, y, z float64) (dx, dy float64)

	ForwardRows  func(z, x *Register, n int) // z = F(x)
	BackwardRows func(z, x *Register, n int) // adds z.Grad·D to x.Grad
}

// A Register holds a number and its gradient for each of eight rows, a block. So an instruction is
// decoded once for eight rows, and its eight sums are independent: if one row ran alone, each
// addition would wait for the one before it.
type Register struct{ Data, Grad [Lanes]float64 }

// Lanes is the number of rows that run at once: eight float64s fill a vector register of a
// processor with AVX-512, and two of one with AVX2.
const Lanes = 8

// Add adds an instruction. If it has the same Xs as the last one, as neurons of a layer have, they
// share the list, which saves memory.
func (c *Code) Add(in Instruction) {
	if n := len(c.Instructions); n > 0 && slices.Equal(in.Xs, c.Instructions[n-1].Xs) {
		in.Xs = c.Instructions[n-1].Xs
	}
	c.Instructions = append(c.Instructions, in)
}

// Width returns the number of weights for each of Xs.
func (in *Instruction) Width() int {
	if in.Sums > 1 {
		return Tile
	}
	return in.Sums
}

// weights returns the number of all weights.
func (c Code) weights() int {
	n := len(c.Broadcast)
	for i := range c.Instructions {
		n += len(c.Instructions[i].Xs) * c.Instructions[i].Width()
	}
	return n
}

// calls returns the number of all calls.
func (c Code) calls() (n int) {
	for _, in := range c.Instructions {
		n += len(in.Calls)
	}
	return n
}

// copy returns the code with registers of its own.
func (c Code) copy() Code {
	copies := map[*Register]*Register{}
	one := func(r *Register) *Register {
		if copies[r] == nil {
			copies[r] = &Register{}
		}
		return copies[r]
	}
	all := func(rs []*Register) []*Register {
		rs = slices.Clone(rs)
		for i, r := range rs {
			rs[i] = one(r)
		}
		return rs
	}
	d := Code{Inputs: all(c.Inputs), Broadcast: all(c.Broadcast), Outputs: all(c.Outputs)}
	for _, in := range c.Instructions {
		in.Xs, in.Calls = all(in.Xs), slices.Clone(in.Calls)
		for j, s := range in.S {
			in.S[j] = one(s)
		}
		for i, call := range in.Calls {
			in.Calls[i] = Call{call.Func, one(call.Z), one(call.X), one(call.Y)}
		}
		d.Add(in)
	}
	return d
}
