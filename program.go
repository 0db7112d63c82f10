package micrograd

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gomicrograd/micrograd/internal/machine"
)

// A Program is a graph that was compiled to run for many rows of inputs. It computes the same as a
// graph that is built for each row, but adds in a different order, so the last digits may differ.
// Eight rows run at once, and fewer take as long. On amd64, the training steps of bench/README.md
// take less time than loops by hand in C, unless those are compiled with -ffast-math. What depends
// on no input is computed number by number, and may take 6 times as long as loops in Go.
//
// An if on Data keeps the branch that it took while the graph was built, and a number that was read
// from Data or drawn keeps its value. Rows are independent: [BatchNorm] can only be compiled if a
// row holds a whole batch. What depends on no input is computed once for all rows, and what occurs
// twice in a row, like √x in √x − √x, may be computed once. Its gradient is the sum over its uses:
// where the graph makes ∞ − ∞ = NaN of it, a program may make 0 or Inf.
//
// On one machine, methods return the same bits on any number of cores, and with or without vector
// instructions, which the tag purego turns off. They allocate only in first calls, and if there are
// more rows. One goroutine at a time may use a Program. Of programs that share leaves, only Forward
// may run concurrently.
type Program struct {
	leaves  []*Value   // those that are not inputs
	places  []register // their singles in the machine
	machine *machine.Machine
	results buffer // of Forward
	grads   buffer // of VJP
	seeds   buffer // of Backward, and of VJP, copied, since they may be slices of grads
}

// Compile returns a program that computes outputs from inputs, which are leaves. Each row has a
// number for each input. Every other leaf, such as a weight, is read anew in each call of Forward,
// Backward and VJP, so an [Optimizer] updates it as usual. A leaf that should be an input, but
// isn't listed, is the same for all rows. The program holds no node of the graph but these leaves.
//
// Compile takes as long as some 8 to 60 calls of Backward with one row. A node takes 25 to 40
// bytes if no input takes part in it, and else 150, for the numbers and gradients of eight rows. If
// there are many rows, up to 16 shares of them may run at once, each with such numbers of its own.
//
// Compile panics if an input is not a leaf or is listed twice, if there are no outputs, or beyond
// 500 million nodes. Like [Value.Backward], it may not run concurrently with another call on the
// same graph, nor with one on a graph that shares leaves, unless that is Compile, too.
func Compile(inputs []*Value, outputs ...*Value) *Program {
	if len(outputs) == 0 {
		panic("micrograd: Compile without outputs")
	}
	if i := slices.Index(outputs, nil); i >= 0 {
		panic(fmt.Sprintf("micrograd: Compile: output %d is nil", i))
	}
	compiling.Lock()
	defer compiling.Unlock()
	order := sum.applyList(nil, outputs, nil).sort() // of one root, a sum, which comes last
	c := &compiler{
		marks:     lastMark.Add(1<<32) - 1<<32, // earlier marks are at most that
		sorted:    order[len(order)-1].mark,
		ops:       slices.Clone(inline),
		calls:     map[*Op]machine.Kind{},
		data:      make([]float64, 1), // single 0 is 0
		constants: map[uint64]register{},
		broadcast: map[register]register{none: isLanes | none},
		computed:  map[machine.Instruction]register{},
		tiles:     []int{0},
	}
	c.code.Lanes, c.code.Inputs = 1, len(inputs)
	c.code.Once = make([]machine.Instruction, 0, 2*len(order)) // which is often enough
	for i, v := range inputs {
		if v == nil {
			panic(fmt.Sprintf("micrograd: Compile: input %d is nil", i))
		}
		if v.op != nil {
			panic(fmt.Sprintf("micrograd: Compile: input %d is not a leaf but a result of %s",
				i, v.op.Name))
		}
		if c.known(v) {
			panic(fmt.Sprintf("micrograd: Compile: inputs %d and %d are the same leaf",
				slices.Index(inputs, v), i))
		}
		c.setRegister(v, c.newLanes(1))
	}
	for _, v := range order[:len(order)-1] {
		c.setRegister(v, c.node(v))
	}
	for _, v := range outputs {
		c.code.Outputs = append(c.code.Outputs, c.lanesOf(c.register(v)))
	}
	c.closeTile()
	if n := max(len(c.data), c.code.Results, c.code.Lanes); n >= isPending {
		panic(fmt.Sprintf("micrograd: Compile: the graph needs %d numbers, which are too many", n))
	}
	c.code.Funcs = make([]machine.Func, len(c.ops))
	for kind, op := range c.ops {
		if op != nil {
			c.code.Funcs[kind] = machine.Func{Name: op.Name, F: op.F, D: op.D}
		}
	}
	return &Program{leaves: c.leaves, places: c.places, machine: machine.New(c.code, c.data)}
}

// compiling is locked because compiler marks leaves, which several graphs may share.
var compiling sync.Mutex

// Forward returns the outputs for each of the rows. The slices belong to the program: the next call
// of Forward overwrites their numbers, so don't pass them to it as rows. It panics if a row is not
// as long as the inputs.
func (p *Program) Forward(rows [][]float64) [][]float64 {
	p.prepare(rows)
	results := p.results.rows(len(rows), len(p.machine.Code.Outputs))
	p.machine.Forward(rows, results)
	return results
}

// A buffer has the numbers of rows that a program returns.
type buffer struct {
	numbers []float64
	slices  [][]float64
}

// rows returns n rows of so many numbers. They are sliced anew, since the caller may have replaced
// the slices that were returned before.
func (b *buffer) rows(n, width int) [][]float64 {
	if len(b.slices) < n {
		b.numbers, b.slices = make([]float64, n*width), make([][]float64, n)
	}
	for r := range n {
		b.slices[r] = b.numbers[r*width : (r+1)*width : (r+1)*width]
	}
	return b.slices[:n:n]
}

// Backward runs the rows forward and backward. It returns the mean of the output over the rows, and
// adds the gradient of that mean to the Grad of every leaf that is not an input. Call [ZeroGrad] on
// the parameters before each training step, as [Train] does. Backward panics if the program has
// several outputs, if there are no rows, or if a row is not as long as the inputs.
func (p *Program) Backward(rows [][]float64) (mean float64) {
	if outputs := len(p.machine.Code.Outputs); outputs != 1 {
		panic(fmt.Sprintf("micrograd: Backward of a program with %d outputs, want 1", outputs))
	}
	if len(rows) == 0 {
		panic("micrograd: Backward of a program without rows")
	}
	seeds := p.seeds.rows(len(rows), 1)
	for _, seed := range seeds {
		seed[0] = 1 / float64(len(rows))
	}
	return p.backward(rows, seeds, nil)
}

// VJP runs the rows forward and backward, and returns vector-Jacobian products: for each row, the
// gradient of Σ seedᵢ·outputᵢ with respect to the inputs. It adds the gradient of their sum over
// the rows to the Grad of every leaf that is not an input. (Backward adds that of the mean.)
//
// With the seed 1, that is the gradient of the output, row by row; with a seed that is 1 for one
// output and 0 for the others, a row of the Jacobian; and if a step of a loop passes the gradient
// of its state, as VJP returned it for the step after, it is backpropagation through time.
//
// The slices belong to the program: the next call of VJP overwrites their numbers. They may be its
// seeds, but not its rows. VJP panics if there are not as many seeds as rows, if a row is not as
// long as the inputs, or if a seed is not as long as the outputs.
func (p *Program) VJP(rows, seeds [][]float64) (grads [][]float64) {
	if len(seeds) != len(rows) {
		panic(fmt.Sprintf("micrograd: VJP of %d rows with %d seeds", len(rows), len(seeds)))
	}
	outputs := len(p.machine.Code.Outputs)
	copies := p.seeds.rows(len(rows), outputs)
	for r, seed := range seeds {
		if len(seed) != outputs {
			panic(fmt.Sprintf("micrograd: a seed of %d numbers for a program with %d outputs",
				len(seed), outputs))
		}
		copy(copies[r], seed)
	}
	grads = p.grads.rows(len(rows), p.machine.Code.Inputs)
	p.backward(rows, copies, grads)
	return grads
}

func (p *Program) backward(rows, seeds, grads [][]float64) (sum float64) {
	p.prepare(rows)
	sum = p.machine.VJP(rows, seeds, grads)
	for i, v := range p.leaves {
		g := &p.machine.Grad[p.places[i]]
		v.Grad += *g
		*g = 0
	}
	return sum
}

// prepare checks the rows, and gives the machine the numbers of the leaves.
func (p *Program) prepare(rows [][]float64) {
	inputs := p.machine.Code.Inputs
	for _, row := range rows {
		if len(row) != inputs {
			panic(fmt.Sprintf("micrograd: a row of %d numbers for a program with %d inputs",
				len(row), inputs))
		}
	}
	for i, v := range p.leaves {
		p.machine.Data[p.places[i]] = v.Data
	}
}

// String lists the program: what is computed once for all rows, a line for each sum and each other
// operation, and the outputs. The x are inputs, the w are the same for all rows, and the s are
// results. In derivatives, a product g·d is 0 where g is 0, even if d is infinite or NaN, and
// guard(d, g) is such a d by itself. This is a neuron, times the exponential of a number:
//
//	w4 = exp(w0)
//	s0 = w1·x0 + w2·x1 + w3
//	s1 = ReLU(s0)
//	s2 = s1 * w4
//	return s2
func (p *Program) String() string {
	code := &p.machine.Code
	var b strings.Builder
	singles, lanes := map[register]string{}, map[register]string{none: ""}
	for r, x := range p.machine.Data {
		singles[register(r)] = fmt.Sprintf("%g", x) // if it is a constant
	}
	singles[none] = ""
	for i, place := range p.places {
		singles[place] = fmt.Sprintf("w%d", i)
	}
	p.list(&b, code.Once, singles, singles, "w", len(p.places))
	for i := range code.Inputs {
		lanes[register(1+i)] = fmt.Sprintf("x%d", i)
	}
	for _, c := range code.Broadcast {
		lanes[c.Lanes] = singles[c.Single]
	}
	p.list(&b, code.Rows, singles, lanes, "s", 0)
	var outputs []string
	for _, r := range code.Outputs {
		outputs = append(outputs, lanes[r])
	}
	return b.String() + "return " + strings.Join(outputs, ", ") + "\n"
}

// list lists instructions, and names their results: the first one is prefix and n.
func (p *Program) list(b *strings.Builder, code []machine.Instruction, singles,
	names map[register]string, prefix string, n int) {
	result := func(z register, terms []string) {
		if len(terms) > 0 {
			names[z] = fmt.Sprintf("%s%d", prefix, n)
			n++
			fmt.Fprintf(b, "%s = %s\n", names[z], strings.Join(terms, " + "))
		}
	}
	term := func(w, x string) string { // without a factor of 1
		return strings.TrimSuffix(strings.TrimPrefix(w+"·"+x, "1·"), "·1")
	}
	last := map[register]int{} // the last term of a sum
	for i, in := range code {
		last[in.Z] = i
	}
	sums := map[register][]string{} // the terms until then
	for i, in := range code {
		x, y := names[in.X], names[in.Y]
		switch in.Kind {
		case machine.WeightedSums:
			t := p.machine.Code.Tiles[in.X]
			for j, n := range t.N {
				var terms []string
				for i, x := range t.Xs[:n] {
					w := t.W + register(t.Width*i+j)
					terms = append(terms, term(singles[w], names[x/8]))
				}
				result(t.S+register(j), terms)
			}
			continue
		case machine.SumNext:
			sums[in.Z] = append(sums[in.Z], x)
		case machine.DotNext, machine.GuardedNext, machine.MulAdd, machine.MulCAdd,
			machine.GuardedMul, machine.GuardedFirst:
			sums[in.Z] = append(sums[in.Z], term(x, y))
			if in.W != none {
				sums[in.Z] = append(sums[in.Z], names[in.W])
			}
		case machine.AddC:
			if sums[in.Z] = []string{x}; in.Y != none {
				sums[in.Z] = append(sums[in.Z], y)
			}
		case machine.MulC:
			sums[in.Z] = []string{expression(mul.Name, x, y)}
		case machine.Root:
			sums[in.Z] = []string{expression(sqrt.Name, x)}
		default:
			sums[in.Z] = []string{expression(p.machine.Code.Funcs[in.Kind].Name, x, y)}
		}
		switch {
		case in.Kind == machine.AddC && in.Y == none && last[in.Z] == i: // a copy
			names[in.Z] = x
		case last[in.Z] == i:
			result(in.Z, sums[in.Z])
		}
	}
}
