package machine

// A core runs a share of the rows. It stands for a core of the processor: several may run at once,
// each with registers and gradients of its own.
type core struct {
	code      Code
	rows      [][]float64 // its share
	results   [][]float64 // where the outputs of each row go, if it doesn't run backward
	backwards bool        // whether it runs backward, too
	work      func()      // runs the rows in a goroutine

	outputGrad float64   // the output's gradient in each row: 1/the number of all rows
	mean       float64   // its part of the mean: Σ output · outputGrad
	dw         []float64 // the gradients of the weights, summed over its rows
}

// run runs the rows, in blocks of eight, with the weights w.
func (c *core) run(w []float64) {
	for i, w := range w[len(w)-len(c.code.Broadcast):] {
		for r := range Lanes {
			c.code.Broadcast[i].Data[r] = w
		}
	}
	c.mean = 0
	if c.backwards {
		clear(c.dw)
	}
	for k := 0; k < len(c.rows); k += Lanes {
		n := min(Lanes, len(c.rows)-k)
		c.forward(c.rows[k : k+n])
		if c.backwards {
			c.backward(n)
			continue
		}
		for r, result := range c.results[k : k+n] {
			for i, output := range c.code.Outputs {
				result[i] = output.Data[r]
			}
		}
	}
}

// forward runs a block of up to eight rows. If there are fewer, the other lanes hold old numbers,
// which change no result.
func (c *core) forward(rows [][]float64) {
	for i, x := range c.code.Inputs {
		for r, row := range rows {
			x.Data[r] = row[i]
		}
	}
	for i := range c.code.Instructions {
		c.code.Instructions[i].forward(len(rows))
	}
}

// backward is the backward pass for the n rows that forward ran.
func (c *core) backward(n int) {
	// forward sets the gradients of results to 0, and nobody reads those of inputs.
	for _, b := range c.code.Broadcast {
		clear(b.Grad[:])
	}
	for r, z := range c.code.Outputs[0].Data[:n] {
		c.code.Outputs[0].Grad[r] = c.outputGrad
		c.mean += c.outputGrad * z
	}
	for i := len(c.code.Instructions) - 1; i >= 0; i-- {
		c.code.Instructions[i].backward(n)
	}
	dw := c.dw[len(c.dw)-len(c.code.Broadcast):]
	for i, b := range c.code.Broadcast {
		for _, g := range b.Grad[:n] {
			dw[i] += g
		}
	}
}

// forward computes the results of the instruction for n rows, and sets their gradients to 0.
func (in *Instruction) forward(n int) {
	for _, s := range in.S[:in.Sums] {
		s.Grad = [Lanes]float64{}
	}
	in.forwardSums(n)
	for i := range in.Calls {
		in.Calls[i].forward(n)
	}
}

// backward adds to the gradients of the instruction's operands, for n rows.
func (in *Instruction) backward(n int) {
	for i := len(in.Calls) - 1; i >= 0; i-- {
		in.Calls[i].backward(n)
	}
	in.backwardSums(n)
}

// forward computes Z = F(X, Y) for n rows, and sets the gradient of Z to 0.
func (c *Call) forward(n int) {
	c.Z.Grad = [Lanes]float64{}
	if c.ForwardRows != nil {
		c.ForwardRows(c.Z, c.X, n)
		return
	}
	f, x, y, z := c.F, &c.X.Data, &c.Y.Data, &c.Z.Data
	for r := range z[:n] {
		z[r] = f(x[r], y[r])
	}
}

// backward is the chain rule for n rows.
func (c *Call) backward(n int) {
	if c.BackwardRows != nil {
		c.BackwardRows(c.Z, c.X, n)
		return
	}
	d, x, y, z := c.D, c.X, c.Y, c.Z
	for r, g := range z.Grad[:n] {
		dx, dy := d(x.Data[r], y.Data[r], z.Data[r])
		x.Grad[r] += g * dx
		y.Grad[r] += g * dy
	}
}
