package machine

import "sync"

// A Machine runs a code. One goroutine at a time may use it. It computes the same bits on any
// number of cores, and allocates nothing after its first run, unless there are more rows.
type Machine struct {
	Code Code
	W    []float64 // the weights of the sums, in the order of the code; then those of Broadcast

	cores   []*core // one for each share of the rows
	running sync.WaitGroup
}

// New returns a machine whose weights are 0. The code belongs to it from now on.
func New(code Code) *Machine { return &Machine{Code: code, W: make([]float64, code.weights())} }

// Forward computes the outputs of each row into its slice of results.
func (m *Machine) Forward(rows, results [][]float64) { m.run(rows, results, false) }

// Backward runs rows forward and backward. It returns the mean of the first output over the rows,
// and the gradient of this mean with respect to W. The slice belongs to the machine, and the next
// run overwrites it.
func (m *Machine) Backward(rows [][]float64) (mean float64, dw []float64) {
	// The shares are the same on any number of cores, and are added up in the same order.
	cores := m.run(rows, nil, true)
	dw = cores[0].dw
	for k, c := range cores {
		mean += c.mean
		if k > 0 {
			for i, g := range c.dw {
				dw[i] += g
			}
		}
	}
	return mean, dw
}

// run runs the rows, and returns the cores that did.
func (m *Machine) run(rows, results [][]float64, backwards bool) []*core {
	n := m.shares(len(rows))
	for len(m.cores) < n {
		m.cores = append(m.cores, m.newCore())
	}
	cores := m.cores[:n]
	for k, c := range cores {
		from, to := share(len(rows), k, n)
		c.rows, c.backwards, c.outputGrad = rows[from:to], backwards, 1/float64(len(rows))
		if !backwards {
			c.results = results[from:to]
		}
	}
	m.running.Add(n - 1)
	for _, c := range cores[1:] {
		go c.work()
	}
	cores[0].run(m.W)
	m.running.Wait()
	return cores
}

// shares returns into how many shares the rows are cut. It depends on their number and on the code,
// but not on the number of the processor's cores.
func (m *Machine) shares(rows int) int {
	const (
		minProducts = 1 << 17 // in a share, so that it is worth waking another core
		minRows     = 64      // in a share, so that adding up the gradients is a small part
		maxShares   = 16      // since each takes memory of its own
	)
	products := rows * (len(m.W) + 8*m.Code.calls()) // a call costs about 8 products
	return max(1, min(rows/minRows, products/minProducts, maxShares))
}

// share returns the k-th of n shares of the rows, in whole blocks of eight rows.
func share(rows, k, n int) (from, to int) {
	blocks := (rows + Lanes - 1) / Lanes
	return k * blocks / n * Lanes, min((k+1)*blocks/n*Lanes, rows)
}

// newCore returns a core. The first one runs the code itself, and each other one a copy with
// registers of its own.
func (m *Machine) newCore() *core {
	c := &core{code: m.Code, dw: make([]float64, len(m.W))}
	if len(m.cores) > 0 {
		c.code = m.Code.copy()
	}
	w, dw := m.W, c.dw
	for i := range c.code.Instructions {
		in := &c.code.Instructions[i]
		n := len(in.Xs) * in.Width()
		in.w, in.dw, w, dw = w[:n], dw[:n], w[n:], dw[n:]
	}
	c.work = func() { // made once, because go with a new closure allocates
		c.run(m.W)
		m.running.Done()
	}
	return c
}
