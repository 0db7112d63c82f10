package machine

// The loops over the terms of weighted sums, in which a program for a neural network spends most of
// its time. They are written twice: here, and by hand in sums_amd64.h, for four or eight rows at
// once. Both compute the same bits.
//
// The weights of missing terms are 0, so the kernels of the processor add 0·x for them, which
// changes nothing unless x, or backward the gradient of the sum, is infinite or NaN. In the same
// way, the gradient of a sum that is 0 in some row adds 0·x and 0·w, where it has to add nothing.
// If w or x is infinite or NaN, so is a sum. Then the kernels leave the tile to these loops, which
// skip such terms.

// forwardTile computes the sums sⱼ = Σ wᵢⱼ·xᵢ for n rows.
func (c *core) forwardTile(t *Tile, n int) {
	for j, terms := range t.N[:t.Width] {
		// Eight variables, and no array, so that the compiler keeps them in registers of the CPU.
		var s0, s1, s2, s3, s4, s5, s6, s7 float64
		singles, data, width, k := c.singles, c.data, t.Width, int(t.W)+j
		for _, x := range t.Xs[:terms] {
			w, x := singles[k], &data[x/8]
			k += width
			s0 += float64(w * x[0])
			s1 += float64(w * x[1])
			s2 += float64(w * x[2])
			s3 += float64(w * x[3])
			if n > 4 { // else, the other lanes are copies
				s4 += float64(w * x[4])
				s5 += float64(w * x[5])
				s6 += float64(w * x[6])
				s7 += float64(w * x[7])
			}
		}
		if n <= 4 {
			s4, s5, s6, s7 = s3, s3, s3, s3
		}
		s := &c.data[int(t.S)+j]
		s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7] = s0, s1, s2, s3, s4, s5, s6, s7
		c.finite = c.finite && s.finite()
	}
}

// backwardTile is the chain rule for sⱼ. With gⱼ = ∂L/∂sⱼ,
//
//	∂L/∂xᵢ  = Σ gⱼ·wᵢⱼ over j, in each row
//	∂L/∂wᵢⱼ = Σ gⱼ·xᵢ over the rows
//
// It skips sums whose g are all 0, as they often are before a ReLU.
func (c *core) backwardTile(t *Tile) {
	s := c.grad[t.S:][:t.Width]
	exact, idle := !c.finite || t.Repeats, true
	for j := range s {
		idle = idle && s[j].zero()
		exact = exact || 0 < t.N[j] && t.N[j] < len(t.Xs) && !s[j].finite()
	}
	if idle {
		return
	}
	inputs := !t.InputsOnly || c.grads != nil // whether their gradients are wanted
	w, dw := c.singles[t.W:], c.dSingles[t.W:]
	if exact {
		c.backwardExact(t, w, dw)
	} else {
		for j := range s {
			if !s[j].zero() {
				c.backwardSum(t, j, w, dw, inputs)
			}
		}
	}
	clear(s)
}

// backwardSum is backwardTile for sum j.
func (c *core) backwardSum(t *Tile, j int, w, dw []float64, inputs bool) {
	g := &c.grad[int(t.S)+j]
	g0, g1, g2, g3, g4, g5, g6, g7 := g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7]
	data, grad, width := c.data, c.grad, t.Width
	k := j
	for _, x := range t.Xs[:t.N[j]] {
		x, d := &data[x/8], dw[k]
		d += float64(x[0] * g0)
		d += float64(x[1] * g1)
		d += float64(x[2] * g2)
		d += float64(x[3] * g3)
		e := 0 + float64(x[4]*g4) // another sum, since each addition waits for the one before it
		e += float64(x[5] * g5)
		e += float64(x[6] * g6)
		e += float64(x[7] * g7)
		dw[k] = d + e
		k += width
	}
	if !inputs {
		return
	}
	k = j
	for _, x := range t.Xs[:t.N[j]] {
		w, dx := w[k], &grad[x/8]
		k += width
		dx[0] += float64(w * g0)
		dx[1] += float64(w * g1)
		dx[2] += float64(w * g2)
		dx[3] += float64(w * g3)
		dx[4] += float64(w * g4)
		dx[5] += float64(w * g5)
		dx[6] += float64(w * g6)
		dx[7] += float64(w * g7)
	}
}

// backwardExact is backwardTile where a number is infinite or NaN, or where the order matters.
func (c *core) backwardExact(t *Tile, w, dw []float64) {
	for i, x := range t.Xs {
		x, dx := &c.data[x/8], &c.grad[x/8]
		for j, n := range t.N[:t.Width] {
			for r, g := range &c.grad[int(t.S)+j] {
				if i < n && g != 0 {
					dx[r] += float64(w[t.Width*i+j] * g)
					dw[t.Width*i+j] += float64(x[r] * g)
				}
			}
		}
	}
}

func (z *Lanes) finite() bool { // the difference of infinity and of NaN from itself is NaN
	lo := (z[0] - z[0]) + (z[1] - z[1]) + (z[2] - z[2]) + (z[3] - z[3])
	hi := (z[4] - z[4]) + (z[5] - z[5]) + (z[6] - z[6]) + (z[7] - z[7])
	return lo+hi == 0
}

func (z *Lanes) zero() bool { return *z == Lanes{} }
