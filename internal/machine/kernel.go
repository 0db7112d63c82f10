package machine

import "math"

// The kernels are the loops over the terms of sums, in which a program for a neural network spends
// most of its time. They are written twice: here in Go, and in kernel_amd64.s with instructions
// that work on four or eight rows at once. Both compute the same bits. The conversions of products
// to float64 see to that: without them, the compiler may fuse a product and a sum, and round once.

// forwardSums computes the sums sⱼ = Σ wᵢⱼ·xᵢ for n rows.
func (in *Instruction) forwardSums(n int) {
	if in.vectorizes(n) {
		in.forwardVectors()
		return
	}
	width := in.Width()
	for j, s := range in.S[:in.Sums] {
		// Eight variables, and no array, so that the compiler keeps them in registers of the CPU.
		var s0, s1, s2, s3, s4, s5, s6, s7 float64
		for i, x := range in.Xs {
			w, x := in.w[i*width+j], &x.Data
			s0 += float64(w * x[0])
			s1 += float64(w * x[1])
			s2 += float64(w * x[2])
			s3 += float64(w * x[3])
			if n > 4 { // a block that is half empty takes half of the time
				s4 += float64(w * x[4])
				s5 += float64(w * x[5])
				s6 += float64(w * x[6])
				s7 += float64(w * x[7])
			}
		}
		s.Data = [Lanes]float64{s0, s1, s2, s3, s4, s5, s6, s7}
	}
}

// Vectors says whether the processor's kernels are used. Tests compare them with the loops in Go.
var Vectors = vectors

// vectorizes reports whether the kernels of the processor run n rows: they are for whole blocks,
// and for several sums.
func (in *Instruction) vectorizes(n int) bool { return Vectors && n == Lanes && in.Sums > 1 }

// backwardSums is the chain rule for sⱼ. With gⱼ = ∂L/∂sⱼ,
//
//	∂L/∂xᵢ  = Σ gⱼ·wᵢⱼ over j, in each row
//	∂L/∂wᵢⱼ = Σ gⱼ·xᵢ over the rows
//
// It skips sums whose g are all 0, as they often are before a ReLU. If w or x isn't finite, 0·w or
// 0·x is NaN and must not be skipped. But then s isn't finite, and idle returns false.
func (in *Instruction) backwardSums(n int) {
	if in.vectorizes(n) {
		if !in.idle() {
			in.backwardVectors()
		}
		return
	}
	for j, s := range in.S[:in.Sums] {
		if s.idle() {
			continue
		}
		in.backwardWeights(j, n)
		if in.DXs {
			in.backwardInputs(j, n)
		}
	}
}

// backwardWeights adds to the gradients of the weights of sum j.
func (in *Instruction) backwardWeights(j, n int) {
	dw, width, g := in.dw, in.Width(), &in.S[j].Grad
	if n < Lanes {
		for i, x := range in.Xs {
			for r, g := range g[:n] {
				dw[i*width+j] += float64(x.Data[r] * g)
			}
		}
		return
	}
	g0, g1, g2, g3, g4, g5, g6, g7 := g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7]
	for i, x := range in.Xs {
		x := &x.Data
		// In pairs, which is the order of the kernel in AVX2.
		p04 := float64(x[0]*g0) + float64(x[4]*g4)
		p15 := float64(x[1]*g1) + float64(x[5]*g5)
		p26 := float64(x[2]*g2) + float64(x[6]*g6)
		p37 := float64(x[3]*g3) + float64(x[7]*g7)
		dw[i*width+j] += (p04 + p15) + (p26 + p37)
	}
}

// backwardInputs adds to the gradients of xs what sum j gives.
func (in *Instruction) backwardInputs(j, n int) {
	w, width, g := in.w, in.Width(), &in.S[j].Grad
	g0, g1, g2, g3, g4, g5, g6, g7 := g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7]
	for i, x := range in.Xs {
		w, dx := w[i*width+j], &x.Grad
		dx[0] += float64(w * g0)
		dx[1] += float64(w * g1)
		dx[2] += float64(w * g2)
		dx[3] += float64(w * g3)
		if n > 4 {
			dx[4] += float64(w * g4)
			dx[5] += float64(w * g5)
			dx[6] += float64(w * g6)
			dx[7] += float64(w * g7)
		}
	}
}

// idle reports whether none of the sums propagates anything.
func (in *Instruction) idle() bool {
	for _, s := range in.S[:in.Sums] {
		if !s.idle() {
			return false
		}
	}
	return true
}

// idle reports whether s propagates nothing.
func (s *Register) idle() bool {
	d := &s.Data
	sum := (d[0] + d[1]) + (d[2] + d[3]) + ((d[4] + d[5]) + (d[6] + d[7]))
	return s.Grad == [Lanes]float64{} && !math.IsNaN(sum) && !math.IsInf(sum, 0)
}
