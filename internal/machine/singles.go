package machine

import "math"

// forwardSingles computes what is the same for all rows.
func (m *Machine) forwardSingles() {
	data, code := m.Data, m.Code.Once
	for len(code) > 0 {
		if in := code[0]; in.Kind >= Exp {
			data[in.Z] = m.Code.Funcs[in.Kind].F(data[in.X], data[in.Y])
			code = code[1:]
		} else {
			code = code[arithmetic(code, data):]
		}
	}
}

// arithmetic runs the instructions before the first call, and returns their number. In a loop
// without calls, the compiler keeps the variables in registers of the processor.
func arithmetic(code []Instruction, data []float64) int {
	for i := range code {
		in := &code[i]
		x, y := data[in.X], data[in.Y]
		var z float64
		switch in.Kind {
		case SumNext:
			z = data[in.Z] + x
		case DotNext:
			z = data[in.Z] + float64(x*y)
		case GuardedNext:
			z = data[in.Z] + float64(x*guard(y, x))
		case GuardedMul:
			z = x * guard(y, x)
		case GuardedFirst:
			z = 0 + float64(x*guard(y, x))
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
		case ReLU:
			z = max(x, 0)
		default:
			return i
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
		if in.Kind < Call {
			code = code[:backwardArithmetic(code, data, grad)]
			continue
		}
		code = code[:len(code)-1]
		if g := grad[in.Z]; g != 0 { // a gradient of 0 hands on 0
			grad[in.Z] = 0
			dx, dy := m.Code.Funcs[in.Kind].D(data[in.X], data[in.Y], data[in.Z])
			grad[in.X] += g * dx
			grad[in.Y] += g * dy
		}
	}
}

// backwardArithmetic runs backward the instructions after the last call, and returns the number of
// the others.
func backwardArithmetic(code []Instruction, data, grad []float64) int {
	for i := len(code) - 1; i >= 0; i-- {
		in := &code[i]
		if in.Kind >= Call {
			return i + 1
		}
		g := grad[in.Z]
		if in.Kind > DotNext { // the gradient of a sum is complete until its first term
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
			grad[in.X] += float64(g * (1 / (2 * data[in.Z])))
		case ReLU:
			grad[in.X] += float64(g * positive(data[in.X]))
		case Exp:
			grad[in.X] += float64(g * data[in.Z])
		case Tanh:
			z := data[in.Z]
			grad[in.X] += float64(g * (1 - z*z))
		case Sigmoid:
			z := data[in.Z]
			grad[in.X] += float64(g * (z * (1 - z)))
		}
	}
	return 0
}

// greater is the derivative of max(x, y) with respect to x.
func greater(x, y float64) float64 {
	switch {
	case x < y:
		return 0
	case x == y:
		return 0.5
	}
	return 1
}

// positive is the derivative of ReLU. It chooses between integers, since the compiler does that
// without a branch. The processor would often predict a branch wrongly.
func positive(x float64) float64 {
	n := 1
	if x <= 0 {
		n = 0
	}
	return float64(n)
}
