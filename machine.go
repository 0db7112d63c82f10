package micrograd

// A machine runs rows on one core: it is a copy of a program's code, with registers of its own.
type machine struct {
	code
	rows    [][]float64 // its share
	results [][]float64 // the outputs for each row; nil if it runs backward
	work    func()      // runs the rows in a goroutine

	outputGrad float64   // the output's gradient in each row: 1/the number of all rows
	mean       float64   // the sum of the output/the number of all rows, over its rows
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
	for r, row := range rows {
		for i, x := range row {
			m.inputs[i].data[r] = x
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
	if in.s != nil {
		in.forwardSum(n)
	}
	if in.op == nil {
		return
	}
	in.z.grad = [lanes]float64{}
	f, x, y, z := in.op.F, &in.x.data, &in.y.data, &in.z.data
	if in.op == ReLU { // the same as below, but inlined
		for r := range z[:n] {
			z[r] = relu(x[r], 0)
		}
		return
	}
	for r := range z[:n] {
		z[r] = f(x[r], y[r])
	}
}

func (in *instruction) forwardSum(n int) {
	in.s.grad = [lanes]float64{}
	// Eight variables, and no array, so that the compiler keeps them in the processor's registers.
	var s0, s1, s2, s3, s4, s5, s6, s7 float64
	w := in.w[:len(in.xs)]
	for i, x := range in.xs {
		w, x := w[i], &x.data
		s0 += w * x[0]
		s1 += w * x[1]
		s2 += w * x[2]
		s3 += w * x[3]
		if n > 4 {
			s4 += w * x[4]
			s5 += w * x[5]
			s6 += w * x[6]
			s7 += w * x[7]
		}
	}
	s := &in.s.data
	s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7] = s0, s1, s2, s3, s4, s5, s6, s7
}

// backward adds to the gradients of the instruction's operands, for n rows.
func (in *instruction) backward(n int) {
	if in.op != nil {
		in.backwardOp(n)
	}
	if in.s != nil {
		in.backwardSum(n)
	}
}

func (in *instruction) backwardOp(n int) {
	d, x, y, z := in.op.D, in.x, in.y, in.z
	if in.op == ReLU {
		for r, g := range z.grad[:n] {
			dx, _ := reluD(x.data[r], 0, z.data[r])
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

// backwardSum is the chain rule for s = Σ wᵢ·xᵢ. With g = ∂L/∂s, ∂L/∂xᵢ is g·wᵢ in each row, and
// ∂L/∂wᵢ is the sum of g·xᵢ over the rows.
//
// It takes four lanes at a time, and skips them if all their g are 0, as they often are before a
// ReLU. A product of 0 and a w or x that isn't finite would be NaN; but then s isn't finite,
// either.
func (in *instruction) backwardSum(n int) {
	w, dw, dxs := in.w[:len(in.xs)], in.dw[:len(in.xs)], in.dxs
	for h := 0; h < n; h += 4 {
		s, g := (*[4]float64)(in.s.data[h:h+4]), (*[4]float64)(in.s.grad[h:h+4])
		if *g == [4]float64{} && finite(s[0]+s[1]+s[2]+s[3]) {
			continue
		}
		if n < h+4 {
			for i, x := range in.xs {
				for r, g := range g[:n-h] {
					dw[i] += x.data[h+r] * g
					x.grad[h+r] += w[i] * g
				}
			}
			continue
		}
		g0, g1, g2, g3 := g[0], g[1], g[2], g[3]
		for i, x := range in.xs {
			w, x, dx := w[i], (*[4]float64)(x.data[h:h+4]), (*[4]float64)(x.grad[h:h+4])
			dw[i] += (x[0]*g0 + x[1]*g1) + (x[2]*g2 + x[3]*g3)
			if dxs {
				dx[0] += w * g0
				dx[1] += w * g1
				dx[2] += w * g2
				dx[3] += w * g3
			}
		}
	}
}
