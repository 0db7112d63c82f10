package steps

import (
	"math"

	"github.com/gomicrograd/micrograd"
)

// handwrittenMLP is what one writes who knows the formulas and wants speed: loops over float64s, no
// graph, and nothing computed for dead ReLUs and satisfied margins.
type handwrittenMLP struct {
	p, grad []float64 // in the order of MLP.Parameters
}

const (
	hidden = 16
	row1   = 2 + 1 // weights and bias of a neuron
	row2   = hidden + 1
	start2 = hidden * row1
	start3 = start2 + hidden*row2
)

func newHandwrittenMLP(m *micrograd.MLP) *handwrittenMLP {
	p := data(m.Parameters())
	return &handwrittenMLP{p: p, grad: make([]float64, len(p))}
}

func (m *handwrittenMLP) step(xs [][]float64, ys []float64) (loss float64) {
	clear(m.grad)
	layer1, layer2, layer3 := m.p[:start2], m.p[start2:start3], (*[row2]float64)(m.p[start3:])
	grad1, grad2, grad3 := m.grad[:start2], m.grad[start2:start3], (*[row2]float64)(m.grad[start3:])
	var h1, h2, d1 [hidden]float64
	seed := 1 / float64(len(xs))
	for i, x := range xs {
		x0, x1 := x[0], x[1]
		for j := range h1 {
			w := (*[row1]float64)(layer1[j*row1:])
			h1[j] = max(w[0]*x0+w[1]*x1+w[2], 0)
		}
		score := layer3[hidden]
		for j := range h2 {
			w := (*[row2]float64)(layer2[j*row2:])
			// Four sums, since each addition waits for the one before it.
			var a, b, c, d float64
			for k := 0; k < hidden; k += 4 {
				a += w[k] * h1[k]
				b += w[k+1] * h1[k+1]
				c += w[k+2] * h1[k+2]
				d += w[k+3] * h1[k+3]
			}
			h2[j] = max((a+b)+(c+d)+w[hidden], 0)
			score += layer3[j] * h2[j]
		}
		margin := 1 - ys[i]*score
		if margin <= 0 {
			continue
		}
		loss += margin * seed
		ds := -ys[i] * seed
		clear(d1[:])
		for j := range h2 {
			if h2[j] <= 0 {
				continue
			}
			grad3[j] += ds * h2[j]
			dz := ds * layer3[j]
			w, g := (*[row2]float64)(layer2[j*row2:]), (*[row2]float64)(grad2[j*row2:])
			for k := range h1 {
				g[k] += dz * h1[k]
				d1[k] += dz * w[k]
			}
			g[hidden] += dz
		}
		grad3[hidden] += ds
		for j := range h1 {
			if h1[j] <= 0 {
				continue
			}
			g := (*[row1]float64)(grad1[j*row1:])
			g[0] += d1[j] * x0
			g[1] += d1[j] * x1
			g[2] += d1[j]
		}
	}
	for i, p := range m.p {
		loss += l2 * p * p
		m.grad[i] += 2 * l2 * p
	}
	return loss
}

func (m *handwrittenMLP) crossEntropyStep(xs [][]float64, classes []int) (loss float64) {
	const width = 32
	clear(m.grad)
	end1 := width * (8 + 1)
	end2 := end1 + width*(width+1)
	p1, p2, p3 := m.p[:end1], m.p[end1:end2], m.p[end2:]
	g1, g2, g3 := m.grad[:end1], m.grad[end1:end2], m.grad[end2:]
	var h1, h2, d1, d2 [width]float64
	var z, dz [3]float64
	for i, x := range xs {
		affine(p1, x, h1[:])
		for j, s := range h1 {
			h1[j] = math.Tanh(s)
		}
		affine(p2, h1[:], h2[:])
		for j, s := range h2 {
			h2[j] = math.Tanh(s)
		}
		affine(p3, h2[:], z[:])

		top := max(z[0], z[1], z[2])
		e0, e1, e2 := math.Exp(z[0]-top), math.Exp(z[1]-top), math.Exp(z[2]-top)
		sum := e0 + e1 + e2
		loss += (top + math.Log(sum) - z[classes[i]]) / float64(len(xs))
		seed := 1 / (sum * float64(len(xs)))
		dz[0], dz[1], dz[2] = e0*seed, e1*seed, e2*seed
		dz[classes[i]] -= 1 / float64(len(xs))

		clear(d1[:])
		clear(d2[:])
		affineBackward(p3, g3, h2[:], dz[:], d2[:])
		for j, h := range h2 {
			d2[j] *= 1 - h*h
		}
		affineBackward(p2, g2, h1[:], d2[:], d1[:])
		for j, h := range h1 {
			d1[j] *= 1 - h*h
		}
		affineBackward(p1, g1, x, d1[:], nil)
	}
	return loss
}

// affine sets each z to W·x + b; p has a row of weights and the bias for each.
func affine(p, x, z []float64) {
	for j := range z {
		w := p[j*(len(x)+1):][:len(x)+1]
		var a, b, c, d float64
		for k := 0; k+4 <= len(x); k += 4 {
			w, x := (*[4]float64)(w[k:]), (*[4]float64)(x[k:])
			a += w[0] * x[0]
			b += w[1] * x[1]
			c += w[2] * x[2]
			d += w[3] * x[3]
		}
		z[j] = (a + b) + (c + d) + w[len(x)]
	}
}

// affineBackward is the backward pass of affine; it leaves out dx if that is nil.
func affineBackward(p, grad, x, dz, dx []float64) {
	for j, dz := range dz {
		w, g := p[j*(len(x)+1):][:len(x)+1], grad[j*(len(x)+1):][:len(x)+1]
		for k, x := range x {
			g[k] += dz * x
		}
		g[len(x)] += dz
		for k := range dx {
			dx[k] += dz * w[k]
		}
	}
}
