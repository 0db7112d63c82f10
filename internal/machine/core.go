package machine

// Vectors says whether the processor's kernels are used. Tests compare them with the loops in Go.
var Vectors = vectors

// A core runs a share of the rows. Several may run at once, each with lanes of its own.
type core struct {
	code                        *Code
	rows, results, seeds, grads [][]float64 // of its share: see Machine.run
	work                        func()      // runs the rows in a goroutine

	singles    []float64 // the data of the singles
	data, grad []Lanes   // gradients are 0 between blocks, but those of Broadcast and lanes 0
	dSingles   []float64 // the gradients of the singles, summed over its rows
	sum        float64   // Σ seed·output
	stretch    int       // how many instructions a kernel runs at most in one call
	finite     bool      // whether all weighted sums are finite in this block
}

// run runs the rows, in blocks of eight.
func (c *core) run(singles []float64) {
	c.sum, c.singles = 0, singles
	for _, b := range c.code.Broadcast {
		for r := range c.data[b.Lanes] {
			c.data[b.Lanes][r] = singles[b.Single]
		}
	}
	for k := 0; k < len(c.rows); k += len(Lanes{}) {
		to := min(k+len(Lanes{}), len(c.rows))
		c.forward(c.rows[k:to])
		if c.seeds == nil {
			for r, result := range c.results[k:to] {
				for i, output := range c.code.Outputs {
					result[i] = c.data[output][r]
				}
			}
			continue
		}
		for r, seed := range c.seeds[k:to] {
			for i, output := range c.code.Outputs {
				c.grad[output][r] += seed[i]
				c.sum += float64(seed[i] * c.data[output][r])
			}
		}
		c.backward(to - k)
		inputs := c.grad[1 : 1+c.code.Inputs]
		if c.grads != nil {
			for r, grad := range c.grads[k:to] {
				for i := range inputs {
					grad[i] = inputs[i][r]
				}
			}
		}
		clear(inputs)
	}
	if c.seeds == nil {
		return
	}
	for _, b := range c.code.Broadcast {
		for _, g := range c.grad[b.Lanes] {
			c.dSingles[b.Single] += g
		}
		c.grad[b.Lanes] = Lanes{}
	}
}
