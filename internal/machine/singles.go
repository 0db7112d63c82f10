package machine

import (
	"math"

	"github.com/gomicrograd/micrograd/internal/vec"
)

// forwardSingles computes what is the same for all rows.
func (m *Machine) forwardSingles() {
	for code := m.Code.Once; len(code) > 0; {
		if code[0].Kind >= Exp {
			code = code[m.functions(code):]
		} else {
			code = code[arithmetic(code, m.Data):]
		}
	}
}

// A batch has the arguments and the results of a function for which a kernel computes eight at once.
type batch struct {
	code [8]Instruction
	core core // lanes 1 … 8 are arguments, and 9 … 16 results
}

// functions computes the first instruction, and others that don't need its result, and returns their
// number.
func (m *Machine) functions(code []Instruction) (n int) {
	const size = len(Lanes{})
	first, b := code[0], &m.batch
	n = min(1+int(first.W), size*len(b.code))
	done := 0
	if n > 2 && Vectors { // which is worth it, since a kernel takes as long for one as for eight
		blocks := (n + size - 1) / size
		for i := range blocks {
			b.code[i] = Instruction{Kind: first.Kind, X: uint32(1 + i), Z: uint32(1 + len(b.code) + i)}
			x, from := &b.core.data[1+i], code[size*i:n]
			for r := range x[:min(size, len(from))] {
				x[r] = m.Data[from[r].X]
			}
			for r := len(from); r < size; r++ { // not what was there, which the kernel may leave to Go
				x[r] = x[0]
			}
		}
		done = min(n, size*b.core.forwardKernel(b.code[:blocks]))
		for i := 0; i < done; i += size { // into those numbers, which follow each other
			copy(m.Data[int(first.Z)+i:][:min(size, n-i)], b.core.data[1+len(b.code)+i/size][:])
		}
	}
	f := m.Code.Funcs[first.Kind].F
	for _, in := range code[done:n] {
		m.Data[in.Z] = f(m.Data[in.X], m.Data[in.Y])
	}
	return n
}

// arithmetic runs the instructions before the first call, and returns their number. In a loop
// without calls, the compiler keeps the variables in registers of the processor.
func arithmetic(code []Instruction, data []float64) int {
	for i := range code {
		in := &code[i]
		if in.Kind >= Exp {
			return i
		}
		x, y := data[in.X], data[in.Y]
		var z float64
		switch in.Kind {
		case SumNext:
			z = data[in.Z] + x
		case DotNext:
			z = data[in.Z] + float64(x*y)
		case GuardedNext:
			z = data[in.Z] + guarded(x, y)
		case GuardedMul:
			z = guarded(x, y)
		case GuardedFirst:
			z = 0 + guarded(x, y)
		case Add, AddC:
			z = x + y
		case Sub:
			z = x - y
		case Mul, MulC:
			z = x * y
		case MulAdd, MulCAdd:
			z = float64(x*y) + data[in.W]
		case Div:
			z = x / y
		case Max:
			if z = x; !(x > y) { // a branch, since the processor often predicts it
				z = max(x, y)
			}
		case Min:
			if z = x; !(x < y) {
				z = min(x, y)
			}
		case Sqrt:
			z = math.Sqrt(x)
		case Root:
			z = root(x)
		case Abs:
			z = math.Abs(x)
		case ReLU:
			z = max(x, 0)
		case LeakyReLU:
			z = vec.Where(x > 0, x, float64(0.01*x))
		default:
			panic("machine: a kind that arithmetic lacks")
		}
		data[in.Z] = z
	}
	return len(code)
}

// guard is y, but 0 if x is 0 and y infinite or NaN.
func guard(y, x float64) float64 {
	if x == 0 && y-y != 0 {
		return 0
	}
	return y
}

// guarded is x·guard(y, x).
func guarded(x, y float64) float64 {
	p := float64(x * y)
	if p != p && x == 0 {
		return x // 0 or −0
	}
	return p
}

func root(x float64) float64 {
	if x < -math.MaxFloat64 {
		return -x
	}
	return math.Sqrt(x + 0)
}

// backwardSingles is the chain rule for the singles, from the last to the first. It adds to the
// gradients of operands, and sets those of results to 0 again.
func (m *Machine) backwardSingles() {
	data, grad, code := m.Data, m.Grad, m.Code.Once
	for len(code) > 0 {
		in := code[len(code)-1]
		if in.Kind < Sin {
			code = code[:backwardArithmetic(code, data, grad)]
			continue
		}
		code = code[:len(code)-1]
		if g := grad[in.Z]; g != 0 { // a gradient of 0 hands on 0
			grad[in.Z] = 0
			dx, dy := m.Code.Funcs[in.Kind].D(data[in.X], data[in.Y], data[in.Z])
			grad[in.X] += float64(g * dx)
			grad[in.Y] += float64(g * dy)
		}
	}
}

// backwardArithmetic runs backward the instructions after the last call, and returns the number of
// the others.
func backwardArithmetic(code []Instruction, data, grad []float64) int {
	for i := len(code) - 1; i >= 0; i-- {
		in := &code[i]
		if in.Kind >= Sin {
			return i + 1
		}
		g := grad[in.Z]
		if in.Kind > DotNext { // each term needs that of a sum, and the first clears it
			grad[in.Z] = 0
		}
		if g == 0 {
			continue
		}
		switch in.Kind {
		case SumNext, AddC:
			grad[in.X] += g
		case GuardedNext, GuardedMul, GuardedFirst:
			x, y := data[in.X], data[in.Y]
			grad[in.X] += float64(g * guard(y, x))
			grad[in.Y] += float64(g * x)
		case DotNext, Mul:
			x, y := data[in.X], data[in.Y]
			grad[in.X] += float64(g * y)
			grad[in.Y] += float64(g * x)
		case Add:
			grad[in.X] += g
			grad[in.Y] += g
		case Sub:
			grad[in.X] += g
			grad[in.Y] -= g
		case Div:
			y, z := data[in.Y], data[in.Z]
			grad[in.X] += float64(g * (1 / y))
			grad[in.Y] += float64(g * (-z / y))
		case MulC:
			grad[in.X] += float64(g * data[in.Y])
		case MulAdd:
			x, y := data[in.X], data[in.Y]
			grad[in.X] += float64(g * y)
			grad[in.Y] += float64(g * x)
			grad[in.W] += g
		case MulCAdd:
			grad[in.X] += float64(g * data[in.Y])
			grad[in.W] += g
		case Max:
			x, y := data[in.X], data[in.Y]
			grad[in.X] += float64(g * greater(x, y))
			grad[in.Y] += float64(g * greater(y, x))
		case Min:
			x, y := data[in.X], data[in.Y]
			grad[in.X] += float64(g * greater(y, x))
			grad[in.Y] += float64(g * greater(x, y))
		case Sqrt, Root:
			grad[in.X] += float64(g * (0.5 / data[in.Z]))
		case Abs:
			x := data[in.X]
			grad[in.X] += float64(g * (greater(x, 0) - greater(0, x)))
		case ReLU:
			grad[in.X] += float64(g * positive(data[in.X]))
		case LeakyReLU:
			grad[in.X] += float64(g * vec.Where(data[in.X] > 0, 1, 0.01))
		case Exp:
			grad[in.X] += float64(g * data[in.Z])
		case Log:
			grad[in.X] += float64(g * (1 / data[in.X]))
		case Tanh:
			z := data[in.Z]
			grad[in.X] += float64(g * (1 - float64(z*z)))
		case Sigmoid:
			z := data[in.Z]
			grad[in.X] += float64(g * float64(z*(1-z)))
		default:
			panic("machine: a kind that backwardArithmetic lacks")
		}
	}
	return 0
}

// greater is the derivative of max(x, y) with respect to x.
func greater(x, y float64) float64 { return vec.Where(x < y, 0, vec.Where(x == y, 0.5, 1)) }

// positive is the derivative of ReLU.
func positive(x float64) float64 { return vec.Where(x <= 0, 0, 1) }
