package machine

import (
	"math"

	"github.com/gomicrograd/micrograd/internal/vec"
)

// Command gen translates each loop over eight rows in forward and backward, if it is all that its
// case does, to instructions that work on four or eight rows at once, in rows_amd64.s. Both compute
// the same bits. The conversions of products to float64 see to that: without them, the compiler may
// fuse a product and a sum, and round once.
//
//go:generate go run ./gen

// maxProducts limits the work of a kernel in one call, to some milliseconds, since the garbage
// collector can't stop a core before it returns.
const maxProducts = 1 << 20

// forward runs a block of up to eight rows. If there are fewer, the other lanes are copies of the
// last.
func (c *core) forward(rows [][]float64) {
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
	for code := c.code.Rows; len(code) > 0; code = code[1:] {
		if Vectors {
			code = code[c.forwardKernel(code[:min(c.stretch, len(code))]):]
			if len(code) == 0 {
				break
			}
		}
		in := &code[0]
		x, y, w, z := &c.data[in.X], &c.data[in.Y], &c.data[in.W], &c.data[in.Z]
		switch in.Kind {
		case SumNext:
			for r := range z {
				z[r] += x[r]
			}
		case GuardedNext:
			for r := range z {
				z[r] += guarded(x[r], y[r])
			}
		case DotNext:
			for r := range z {
				z[r] += float64(x[r] * y[r])
			}
		case Add, AddC:
			for r := range z {
				z[r] = x[r] + y[r]
			}
		case Sub:
			for r := range z {
				z[r] = x[r] - y[r]
			}
		case Div:
			for r := range z {
				z[r] = x[r] / y[r]
			}
		case Mul, MulC:
			for r := range z {
				z[r] = float64(x[r] * y[r])
			}
		case MulAdd, MulCAdd:
			for r := range z {
				z[r] = float64(x[r]*y[r]) + w[r]
			}
		case GuardedMul:
			for r := range z {
				z[r] = guarded(x[r], y[r])
			}
		case GuardedFirst:
			for r := range z {
				z[r] = 0 + guarded(x[r], y[r])
			}
		case Max:
			for r := range z {
				z[r] = max(x[r], y[r])
			}
		case Min:
			for r := range z {
				z[r] = min(x[r], y[r])
			}
		case Abs:
			for r := range z {
				z[r] = math.Abs(x[r])
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
			for r := range z {
				z[r] = max(x[r], 0)
			}
		case LeakyReLU:
			for r := range z {
				z[r] = vec.Where(x[r] > 0, x[r], float64(0.01*x[r]))
			}
		case WeightedSums:
			c.forwardTile(&c.code.Tiles[in.X], n)
		case Exp:
			for r := range z[:n] {
				z[r] = vec.Exp(x[r])
			}
		case Log:
			for r := range z[:n] {
				z[r] = vec.Log(x[r])
			}
		case Sin:
			for r := range z[:n] {
				z[r] = vec.Sin(x[r])
			}
		case Cos:
			for r := range z[:n] {
				z[r] = vec.Cos(x[r])
			}
		case Tanh:
			for r := range z[:n] {
				z[r] = vec.Tanh(x[r])
			}
		case Sigmoid:
			for r := range z[:n] {
				z[r] = vec.Sigmoid(x[r])
			}
		case Softplus:
			for r := range z[:n] {
				z[r] = vec.Softplus(x[r])
			}
		default:
			f := c.code.Funcs[in.Kind].F
			for r := range z[:n] {
				z[r] = f(x[r], y[r])
			}
		}
		if in.Kind >= Exp {
			for r := n; r < len(z); r++ {
				z[r] = z[n-1]
			}
		}
	}
}

// backward is the chain rule for the n rows that forward ran. It sets the gradients of results to
// 0 again. Where a derivative may be infinite or NaN, a gradient of 0 is skipped, since it hands
// on 0.
func (c *core) backward(n int) {
	for code := c.code.Rows; len(code) > 0; code = code[:len(code)-1] {
		if Vectors {
			start := max(0, len(code)-c.stretch)
			code = code[:start+c.backwardKernel(code[start:])]
			if len(code) == 0 {
				break
			}
		}
		in := &code[len(code)-1]
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
		case MulAdd:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * y[r])
					dy[r] += float64(g * x[r])
					dw[r] += g
				}
			}
		case MulCAdd:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * y[r])
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
		case Abs:
			for r, g := range dz {
				dx[r] += float64(g * (greater(x[r], 0) - greater(0, x[r])))
			}
		case Sqrt, Root:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * (0.5 / z[r]))
				}
			}
		case ReLU:
			for r, g := range dz {
				dx[r] += float64(g * positive(x[r]))
			}
		case LeakyReLU:
			for r, g := range dz {
				dx[r] += float64(g * vec.Where(x[r] > 0, 1, 0.01))
			}
		case WeightedSums:
			c.backwardTile(&c.code.Tiles[in.X])
			continue
		case Exp:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * z[r])
				}
			}
		case Log:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * (1 / x[r]))
				}
			}
		case Sin:
			for r, g := range dz[:n] {
				if g != 0 {
					dx[r] += float64(g * vec.Cos(x[r]))
				}
			}
		case Cos:
			for r, g := range dz[:n] {
				if g != 0 {
					dx[r] += float64(g * -vec.Sin(x[r]))
				}
			}
		case Tanh:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * (1 - float64(z[r]*z[r])))
				}
			}
		case Sigmoid:
			for r, g := range dz {
				if g != 0 {
					dx[r] += float64(g * float64(z[r]*(1-z[r])))
				}
			}
		case Softplus:
			for r, g := range dz[:n] {
				if g != 0 {
					dx[r] += float64(g * vec.Sigmoid(x[r]))
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
		if in.Kind > DotNext { // each term needs that of a sum, and the first clears it
			*dz = Lanes{}
		}
	}
}
