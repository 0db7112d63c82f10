package machine

import "sync"

// A Machine runs a code. One goroutine at a time may use it. It computes the same bits on any
// number of cores, and allocates nothing after its first run, unless there are more rows.
type Machine struct {
	Code       Code
	Data, Grad []float64 // of the singles; VJP adds to Grad, and the caller resets that of leaves

	cores   []*core // one for each share of the rows
	running sync.WaitGroup
	batch   batch
}

// New returns a machine for the code. The data are of those singles that no instruction computes.
func New(code Code, data []float64) *Machine {
	code.order(len(data))
	data = append(data, make([]float64, code.Results)...)
	m := &Machine{Code: code, Data: data, Grad: make([]float64, len(data))}
	m.batch.core.data = make([]Lanes, 1+2*len(m.batch.code))
	return m
}

// Forward computes the outputs of each row into its slice of results.
func (m *Machine) Forward(rows, results [][]float64) {
	m.forwardSingles()
	m.run(rows, results, nil, nil)
}

// VJP runs rows forward and backward: it adds the gradient of Σ seed·output, over rows and outputs,
// to those of the singles, and returns that sum. If grads isn't nil, the gradient with respect to
// the inputs of each row goes there.
func (m *Machine) VJP(rows, seeds, grads [][]float64) (sum float64) {
	m.forwardSingles()
	// The shares are the same on any number of cores, and are added up in the same order.
	for k, c := range m.run(rows, nil, seeds, grads) {
		sum += c.sum
		if k > 0 {
			for i, g := range c.dSingles {
				m.Grad[i] += g
			}
		}
	}
	m.backwardSingles()
	return sum
}

// run runs the rows, forward if seeds is nil, else backward, too. It returns the cores that did.
func (m *Machine) run(rows, results, seeds, grads [][]float64) []*core {
	n := m.shares(len(rows))
	for len(m.cores) < n {
		m.cores = append(m.cores, m.newCore())
	}
	cores := m.cores[:n]
	for k, c := range cores {
		from, to := share(len(rows), k, n)
		part := func(s [][]float64) [][]float64 { return s[min(from, len(s)):min(to, len(s))] }
		c.rows, c.results, c.seeds, c.grads = part(rows), part(results), part(seeds), part(grads)
		if seeds != nil && c.grad == nil {
			c.grad = make([]Lanes, len(c.data))
			if c.dSingles = m.Grad; k > 0 {
				c.dSingles = make([]float64, len(m.Grad))
			}
		}
	}
	m.running.Add(n - 1)
	for _, c := range cores[1:] {
		go c.work()
	}
	cores[0].run(m.Data)
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
	return max(1, min(rows/minRows, rows*m.Code.products()/minProducts, maxShares))
}

// products returns the work of a row, counted in products. An instruction costs up to 8.
func (c *Code) products() int {
	n := 8 * len(c.Rows)
	for _, t := range c.Tiles {
		n += t.Width * len(t.Xs)
	}
	return n
}

// share returns the k-th of n shares of the rows, in whole blocks of eight rows.
func share(rows, k, n int) (from, to int) {
	blocks := (rows + len(Lanes{}) - 1) / len(Lanes{})
	return k * blocks / n * len(Lanes{}), min((k+1)*blocks/n*len(Lanes{}), rows)
}

func (m *Machine) newCore() *core {
	c := &core{code: &m.Code, data: make([]Lanes, m.Code.Lanes)}
	c.stretch = max(1, len(m.Code.Rows)*maxProducts/max(1, m.Code.products()))
	c.work = func() { // made once, because go with a new closure allocates
		clear(c.dSingles) // not that of the first core, which is m.Grad
		c.run(m.Data)
		m.running.Done()
	}
	return c
}
