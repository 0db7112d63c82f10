package micrograd

// A machine runs a share of the rows. It has the program's code, or a copy with registers of its
// own.
type machine struct {
	code
	rows    [][]float64 // its share
	results [][]float64 // the outputs for each row; nil if it runs backward
	work    func()      // runs the rows in a goroutine

	outputGrad float64   // the output's gradient in each row: 1/the number of all rows
	mean       float64   // its part of the mean: Σ output · outputGrad
	dw         []float64 // the gradients of the weights, summed over its rows
}

// run runs the rows, eight at a time, with the weights w.
func (m *machine) run(w []float64) {
	for i, w := range w[len(w)-len(m.broadcast):] {
		for r := range lanes {
			m.broadcast[i].data[r] = w
		}
	}
	m.mean = 0
	if m.results == nil {
		clear(m.dw)
	}
	for k := 0; k < len(m.rows); k += lanes {
		n := min(lanes, len(m.rows)-k)
		m.forward(m.rows[k : k+n])
		if m.results == nil {
			m.backward(n)
			continue
		}
		for r, result := range m.results[k : k+n] {
			for i, output := range m.outputs {
				result[i] = output.data[r]
			}
		}
	}
}

// forward runs up to eight rows. If there are fewer, the other lanes hold numbers that nobody
// reads.
func (m *machine) forward(rows [][]float64) {
	for i, x := range m.inputs {
		for r, row := range rows {
			x.data[r] = row[i]
		}
	}
	for i := range m.instructions {
		m.instructions[i].forward(len(rows))
	}
}

// backward is the backward pass for the n rows that forward ran.
func (m *machine) backward(n int) {
	for _, b := range m.broadcast {
		clear(b.grad[:])
	}
	for r, z := range m.outputs[0].data[:n] {
		m.outputs[0].grad[r] = m.outputGrad
		m.mean += m.outputGrad * z
	}
	for i := len(m.instructions) - 1; i >= 0; i-- {
		m.instructions[i].backward(n)
	}
	dw := m.dw[len(m.dw)-len(m.broadcast):]
	for i, b := range m.broadcast {
		for _, g := range b.grad[:n] {
			dw[i] += g
		}
	}
}

// forward computes the results of the instruction for n rows, and sets their gradients to 0.
func (in *instruction) forward(n int) {
	for _, s := range in.s[:in.sums] {
		s.grad = [lanes]float64{}
	}
	in.forwardSums(n)
	for i := range in.operations {
		in.operations[i].forward(n)
	}
}

// backward adds to the gradients of the instruction's operands, for n rows.
func (in *instruction) backward(n int) {
	for i := len(in.operations) - 1; i >= 0; i-- {
		in.operations[i].backward(n)
	}
	in.backwardSums(n)
}

// forward computes z = F(x, y) for n rows, and sets the gradient of z to 0.
func (o *operation) forward(n int) {
	o.z.grad = [lanes]float64{}
	f, x, y, z := o.op.F, &o.x.data, &o.y.data, &o.z.data
	if o.op == ReLU { // as below, but without a call for each number
		for r := range z[:n] {
			z[r] = relu(x[r], 0)
		}
		return
	}
	for r := range z[:n] {
		z[r] = f(x[r], y[r])
	}
}

// backward is the chain rule for n rows.
func (o *operation) backward(n int) {
	d, x, y, z := o.op.D, o.x, o.y, o.z
	switch o.op { // as below, but without a call for each number
	case ReLU:
		for r, g := range z.grad[:n] {
			dx, _ := reluD(x.data[r], 0, z.data[r])
			x.grad[r] += g * dx
		}
		return
	case Tanh:
		for r, g := range z.grad[:n] {
			dx, _ := tanhD(x.data[r], 0, z.data[r])
			x.grad[r] += g * dx
		}
		return
	}
	for r, g := range z.grad[:n] {
		dx, dy := d(x.data[r], y.data[r], z.data[r])
		x.grad[r] += g * dx
		y.grad[r] += g * dy
	}
}
