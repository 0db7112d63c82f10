package micrograd

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// A Program is a graph flattened into code that runs for many rows of inputs. It computes what building the graph anew
// for each row would, but for the order of sums and so their last digits, at about the speed of loops written by hand.
// What it needs it allocates in its first calls, and nothing later, unless a call uses more cores than any before.
//
// The shape of the graph is fixed when it is compiled: a program can't follow an if or a for that depends on numbers. And
// no row sees another: what runs over a batch, as [BatchNorm] does, can't be in a program, unless a row is a whole batch.
//
// One goroutine at a time may use a Program. Its Backward uses as many cores as the rows are worth.
type Program struct {
	fixed   []*Value  // the nodes that no input has a part in: computed once for all rows, as the engine does it
	weights []*Value  // the fixed nodes, leaves and constants that the code uses, in its order; then those it has in registers
	w, dw   []float64 // their data, and their gradients over all rows

	pattern  *machine   // the code as it was compiled, which never runs itself
	machines []*machine // copies of it that do, one for each core
	working  sync.WaitGroup
	result   []float64 // of Forward
}

// Forward returns the outputs for one row of inputs. The slice is the program's: the next call of Forward overwrites it.
// Forward panics if x is not as long as the inputs.
func (p *Program) Forward(x ...float64) []float64 {
	p.mustFit(x)
	p.begin(1)
	m := p.machines[0]
	m.begin(p.w)
	m.forward([][]float64{x})
	for i, out := range m.outputs {
		p.result[i] = out.data[0]
	}
	return p.result
}

// Backward runs the program for each row of inputs. It returns the mean of the output, and adds the gradient of that
// mean to the Grad of every leaf that is not an input. It panics if the program has several outputs, if there are no
// rows, or if one is not as long as the inputs.
//
// If there is enough to do, up to GOMAXPROCS cores share the rows. The result has the same bits on any number of cores. What
// an Op panics with reaches the caller, as on one core, and the program can go on.
func (p *Program) Backward(rows [][]float64) (mean float64) {
	if len(p.result) != 1 {
		panic(fmt.Sprintf("micrograd: Backward of a program with %d outputs, want 1", len(p.result)))
	}
	if len(rows) == 0 {
		panic("micrograd: Backward of a program without rows")
	}
	for _, row := range rows {
		p.mustFit(row)
	}
	n := p.shares(len(rows))
	cores := min(n, runtime.GOMAXPROCS(0))
	p.begin(cores)
	for k := 0; k < n; k += cores {
		round := p.machines[:min(cores, n-k)]
		for i, m := range round {
			m.share, m.seed = share(rows, k+i, n), 1/float64(len(rows))
		}
		p.run(round)
		// Neither the shares nor the order in which they are added up depend on the number of cores. So the bits don't.
		for _, m := range round {
			mean += m.mean
			for i, g := range m.dw {
				p.dw[i] += g
			}
		}
	}
	for i, v := range p.weights {
		v.Grad += p.dw[i]
	}
	for _, v := range slices.Backward(p.fixed) {
		v.backward()
	}
	return mean
}

func (p *Program) mustFit(row []float64) {
	if inputs := len(p.pattern.inputs); len(row) != inputs {
		panic(fmt.Sprintf("micrograd: a row of %d numbers for a program with %d inputs", len(row), inputs))
	}
}

// begin brings what is the same for all rows up to date.
func (p *Program) begin(cores int) {
	for len(p.machines) < cores {
		p.machines = append(p.machines, p.newMachine())
	}
	for _, v := range p.fixed {
		v.forward()
		v.Grad = 0
	}
	for i, v := range p.weights {
		p.w[i] = v.Data
	}
	clear(p.dw)
}

// shares returns how many shares to cut the rows into. That depends on their number and the program, but not on the cores.
func (p *Program) shares(rows int) int {
	const (
		worth  = 1 << 17 // products and the like: for less, another core isn't worth waking
		fewest = 64      // rows: adding up the gradients of fewer would take a good part of the time of running them
	)
	cost := rows * (len(p.w) + 8*len(p.pattern.code)) // an operation takes about as long as eight products
	return max(1, min(rows/fewest, cost/worth))
}

// share returns the k-th of n shares of the rows, in whole blocks of eight.
func share(rows [][]float64, k, n int) [][]float64 {
	blocks := (len(rows) + lanes - 1) / lanes
	return rows[k*blocks/n*lanes : min((k+1)*blocks/n*lanes, len(rows))]
}

// run has each machine run its share, and returns when all have.
func (p *Program) run(machines []*machine) {
	if len(machines) == 1 {
		machines[0].run(p.w)
		return
	}
	p.working.Add(len(machines))
	for _, m := range machines {
		go m.work()
	}
	p.working.Wait()
	for _, m := range machines {
		if m.failed {
			m.run(p.w) // fails again, now in the goroutine of the caller
			panic(m.failure)
		}
	}
}
