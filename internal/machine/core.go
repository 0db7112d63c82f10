package machine

import "math"

// A core runs a share of the rows. Several may run at once, each with lanes of its own.
type core struct {
	code                        *Code
	rows, results, seeds, grads [][]float64 // of its share: see Machine.run
	work                        func()      // runs the rows in a goroutine

	data, grad []Lanes   // gradients are 0 between blocks, but those of Broadcast and lanes 0
	dw         []float64 // the gradients of the singles, summed over its rows
	sum        float64   // Σ seed·output
	finite     bool      // whether all weighted sums are finite in this block
}

// run runs the rows, in blocks of eight.
func (c *core) run(singles []float64) {
	c.sum = 0
	for _, b := range c.code.Broadcast {
		for r := range c.data[b.Lanes] {
			c.data[b.Lanes][r] = singles[b.Single]
		}
	}
	for k := 0; k < len(c.rows); k += len(Lanes{}) {
		to := min(k+len(Lanes{}), len(c.rows))
		c.forward(c.rows[k:to], singles)
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
				c.sum += seed[i] * c.data[output][r]
			}
		}
		c.backward(to-k, singles)
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
			c.dw[b.Single] += g
		}
		c.grad[b.Lanes] = Lanes{}
	}
}

// forward runs a block of up to eight rows. If there are fewer, the other lanes are copies of the
// last.
func (c *core) forward(rows [][]float64, singles []float64) {
	n := len(rows)
	var block [len(Lanes{})][]float64
	for r := range block {
		block[r] = rows[min(r, n-1)]
	}
	for i := range c.code.Inputs {
		x := &c.data[1+i]
		for r, row := range &block {
			x[r] = row[i]
		}
	}
	c.finite = true
	for i := range c.code.Rows {
		in := &c.code.Rows[i]
		if in.Kind == WeightedSums {
			c.forwardTile(&c.code.Tiles[in.X], singles, n)
			continue
		}
		// Loops over eight that are written out take two thirds of the time.
		x, y, z := &c.data[in.X], &c.data[in.Y], &c.data[in.Z]
		switch in.Kind {
		case SumNext:
			z[0], z[1], z[2], z[3] = z[0]+x[0], z[1]+x[1], z[2]+x[2], z[3]+x[3]
			z[4], z[5], z[6], z[7] = z[4]+x[4], z[5]+x[5], z[6]+x[6], z[7]+x[7]
		case DotNext:
			z[0], z[1] = z[0]+float64(x[0]*y[0]), z[1]+float64(x[1]*y[1])
			z[2], z[3] = z[2]+float64(x[2]*y[2]), z[3]+float64(x[3]*y[3])
			z[4], z[5] = z[4]+float64(x[4]*y[4]), z[5]+float64(x[5]*y[5])
			z[6], z[7] = z[6]+float64(x[6]*y[6]), z[7]+float64(x[7]*y[7])
		case GuardedNext, GuardedMul, GuardedFirst:
			switch in.Kind {
			case GuardedMul:
				*z = negativeZeros // −0 + p is p, also where p is −0
			case GuardedFirst:
				*z = Lanes{}
			}
			p0, p1, p2, p3 := x[0]*y[0], x[1]*y[1], x[2]*y[2], x[3]*y[3]
			p4, p5, p6, p7 := x[4]*y[4], x[5]*y[5], x[6]*y[6], x[7]*y[7]
			if p := (p0 + p1) + (p2 + p3) + ((p4 + p5) + (p6 + p7)); p != p { // perhaps 0·∞
				for r := range z {
					z[r] += float64(x[r] * guard(y[r], x[r]))
				}
				continue
			}
			z[0], z[1] = z[0]+float64(p0), z[1]+float64(p1)
			z[2], z[3] = z[2]+float64(p2), z[3]+float64(p3)
			z[4], z[5] = z[4]+float64(p4), z[5]+float64(p5)
			z[6], z[7] = z[6]+float64(p6), z[7]+float64(p7)
		case Add, AddC:
			z[0], z[1], z[2], z[3] = x[0]+y[0], x[1]+y[1], x[2]+y[2], x[3]+y[3]
			z[4], z[5], z[6], z[7] = x[4]+y[4], x[5]+y[5], x[6]+y[6], x[7]+y[7]
		case Sub:
			z[0], z[1], z[2], z[3] = x[0]-y[0], x[1]-y[1], x[2]-y[2], x[3]-y[3]
			z[4], z[5], z[6], z[7] = x[4]-y[4], x[5]-y[5], x[6]-y[6], x[7]-y[7]
		case Mul, MulC:
			z[0], z[1], z[2], z[3] = x[0]*y[0], x[1]*y[1], x[2]*y[2], x[3]*y[3]
			z[4], z[5], z[6], z[7] = x[4]*y[4], x[5]*y[5], x[6]*y[6], x[7]*y[7]
		case MulAdd, MulCAdd:
			w := &c.data[in.W]
			z[0], z[1] = float64(x[0]*y[0])+w[0], float64(x[1]*y[1])+w[1]
			z[2], z[3] = float64(x[2]*y[2])+w[2], float64(x[3]*y[3])+w[3]
			z[4], z[5] = float64(x[4]*y[4])+w[4], float64(x[5]*y[5])+w[5]
			z[6], z[7] = float64(x[6]*y[6])+w[6], float64(x[7]*y[7])+w[7]
		case Div:
			for r := range z {
				z[r] = x[r] / y[r]
			}
		case Max:
			for r := range z {
				z[r] = max(x[r], y[r])
			}
		case Min:
			for r := range z {
				z[r] = min(x[r], y[r])
			}
		case Sqrt:
			for r := range z {
				z[r] = math.Sqrt(x[r])
			}
		case Root:
			for r := range z {
				z[r] = root(x[r])
			}
		case ReLU:
			z[0], z[1], z[2], z[3] = max(x[0], 0), max(x[1], 0), max(x[2], 0), max(x[3], 0)
			z[4], z[5], z[6], z[7] = max(x[4], 0), max(x[5], 0), max(x[6], 0), max(x[7], 0)
		default:
			f := c.code.Funcs[in.Kind].F
			for r := range z[:n] {
				z[r] = f(x[r], y[r])
			}
			for r := n; r < len(z); r++ {
				z[r] = z[n-1]
			}
		}
	}
}

// backward is the chain rule for the n rows that forward ran. It sets the gradients of results to
// 0 again. Where a derivative may be infinite or NaN, a gradient of 0 is skipped, since it hands
// on 0.
func (c *core) backward(n int, singles []float64) {
	for i := len(c.code.Rows) - 1; i >= 0; i-- {
		in := &c.code.Rows[i]
		if in.Kind == WeightedSums {
			c.backwardTile(&c.code.Tiles[in.X], singles)
			continue
		}
		x, y, z := &c.data[in.X], &c.data[in.Y], &c.data[in.Z]
		dx, dy, dw, dz := &c.grad[in.X], &c.grad[in.Y], &c.grad[in.W], &c.grad[in.Z]
		switch in.Kind {
		case SumNext, AddC:
			for r, g := range dz {
				dx[r] += g
			}
		case GuardedNext, GuardedMul, GuardedFirst:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * guard(y[r], x[r]))
					dy[r] += float64(g * x[r])
				}
			}
		case DotNext, Mul:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * y[r])
					dy[r] += float64(g * x[r])
				}
			}
		case Add:
			for r, g := range dz {
				dx[r] += g
				dy[r] += g
			}
		case Sub:
			for r, g := range dz {
				dx[r] += g
				dy[r] -= g
			}
		case Div:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * (1 / y[r]))
					dy[r] += float64(g * (-z[r] / y[r]))
				}
			}
		case MulC:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * y[r])
				}
			}
		case MulAdd, MulCAdd:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * y[r])
					if in.Kind == MulAdd {
						dy[r] += float64(g * x[r])
					}
					dw[r] += g
				}
			}
		case Max:
			for r, g := range dz {
				dx[r] += float64(g * greater(x[r], y[r]))
				dy[r] += float64(g * greater(y[r], x[r]))
			}
		case Min:
			for r, g := range dz {
				dx[r] += float64(g * greater(y[r], x[r]))
				dy[r] += float64(g * greater(x[r], y[r]))
			}
		case Sqrt, Root:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * (1 / (2 * z[r])))
				}
			}
		case ReLU:
			for r, g := range dz {
				dx[r] += float64(g * positive(x[r]))
			}
		case Tanh:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * (1 - z[r]*z[r]))
				}
			}
		default:
			d := c.code.Funcs[in.Kind].D
			for r, g := range dz[:n] {
				if g != 0 {
					gx, gy := d(x[r], y[r], z[r])
					dx[r] += float64(g * gx)
					dy[r] += float64(g * gy)
				}
			}
		}
		if in.Kind > DotNext { // the gradient of a sum is complete until its first term
			*dz = Lanes{}
		}
	}
}

var negativeZeros = func() (z Lanes) {
	for r := range z {
		z[r] = math.Copysign(0, -1)
	}
	return z
}()
