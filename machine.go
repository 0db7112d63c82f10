package micrograd

import "slices"

// A machine is code with registers to work on: what a core needs to run rows.
type machine struct {
	code                       []instruction // each after those whose results it uses
	inputs, broadcast, outputs []*register   // broadcast are those that hold weights

	share [][]float64 // the rows that it is to run
	seed  float64     // the gradient of the output in each: 1 by the number of all rows
	mean  float64     // their part of the mean
	dw    []float64   // the gradients of the weights over them
	work  func()      // runs them, for a goroutine of its own

	failed  bool // there, since an Op panicked
	failure any  // with this
}

// An instruction computes a sum, or an operation, or a sum and then an operation: so a neuron is one instruction.
type instruction struct {
	// The sum is s = Σ wᵢ·xᵢ.
	s     *register // nil if there is no sum
	w, dw []float64 // in a machine that runs, its part of the weights and of their gradients
	xs    []*register
	dxs   bool // whether the gradient of any of xs is used

	// The operation is z = F(x, y).
	op      *Op // nil if there is none
	z, x, y *register
}

// A register holds a number for each of eight rows, and its gradients. So finding out what an instruction is to do, and
// with what, is paid for once for eight rows, and the processor has eight sums to work on, where with one it would wait
// for each addition.
type register struct{ data, grad [lanes]float64 }

const lanes = 8

// newMachine returns a copy of the code with registers of its own.
func (p *Program) newMachine() *machine {
	own := map[*register]*register{}
	one := func(r *register) *register {
		if r != nil && own[r] == nil {
			own[r] = &register{}
		}
		return own[r]
	}
	all := func(rs []*register) []*register {
		rs = slices.Clone(rs)
		for i, r := range rs {
			rs[i] = one(r)
		}
		return rs
	}
	m := &machine{inputs: all(p.pattern.inputs), broadcast: all(p.pattern.broadcast), outputs: all(p.pattern.outputs)}
	m.dw = make([]float64, len(p.w))
	w, dw := p.w, m.dw
	for _, in := range p.pattern.code {
		in.s, in.z, in.x, in.y = one(in.s), one(in.z), one(in.x), one(in.y)
		in.xs = all(in.xs)
		n := len(in.xs)
		in.w, in.dw, w, dw = w[:n], dw[:n], w[n:], dw[n:]
		m.add(in)
	}
	m.work = func() {
		defer p.working.Done()
		defer func() { m.failure = recover() }()
		m.failed = true
		m.run(p.w)
		m.failed = false // if it gets here
	}
	return m
}

// add adds an instruction to the code. The neurons of a layer share one list of inputs, which spares memory.
func (m *machine) add(in instruction) {
	if n := len(m.code); n > 0 && slices.Equal(in.xs, m.code[n-1].xs) {
		in.xs = m.code[n-1].xs
	}
	m.code = append(m.code, in)
}

// run runs the share forward and backward, eight rows at a time.
func (m *machine) run(w []float64) {
	m.begin(w)
	for rows := range slices.Chunk(m.share, lanes) {
		m.forward(rows)
		m.backward(len(rows))
	}
}

func (m *machine) begin(w []float64) {
	for i, w := range w[len(w)-len(m.broadcast):] {
		for r := range lanes {
			m.broadcast[i].data[r] = w
		}
	}
	m.mean = 0
	clear(m.dw)
}

// forward runs up to eight rows. If there are fewer, whatever the other lanes of the registers hold is ignored.
func (m *machine) forward(rows [][]float64) {
	for r, row := range rows {
		for i, x := range row {
			m.inputs[i].data[r] = x
		}
	}
	for i := range m.code {
		m.code[i].forward(len(rows))
	}
}

// backward runs the n rows backward that forward has run.
func (m *machine) backward(n int) {
	for _, b := range m.broadcast {
		clear(b.grad[:])
	}
	for r, z := range m.outputs[0].data[:n] {
		m.outputs[0].grad[r] = m.seed
		m.mean += m.seed * z
	}
	for i := len(m.code) - 1; i >= 0; i-- {
		m.code[i].backward(n)
	}
	dw := m.dw[len(m.dw)-len(m.broadcast):]
	for i, b := range m.broadcast {
		for _, g := range b.grad[:n] {
			dw[i] += g
		}
	}
}

// forward computes the results of an instruction for the first n rows, and sets their gradients to 0.
func (in *instruction) forward(n int) {
	if in.s != nil {
		in.forwardSum(n)
	}
	if in.op == nil {
		return
	}
	in.z.grad = [lanes]float64{}
	f, x, y, z := in.op.F, &in.x.data, &in.y.data, &in.z.data
	if in.op == ReLU { // the same, inlined
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
	// The sums are written out so that they are kept in the processor's registers.
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

// backward adds to the gradients of an instruction's operands, for the first n rows.
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

// backwardSum is the chain rule for s = Σ wᵢ·xᵢ: with g = ∂L/∂s, ∂L/∂wᵢ is the sum of g·xᵢ over the rows, and ∂L/∂xᵢ is g·wᵢ
// in each. It takes half the lanes at a time, and skips a half in which all g are 0, as they often are behind ReLUs. A g of
// 0 only matters where it meets a w or x that isn't finite, since 0·∞ is NaN; but then s isn't finite either.
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
