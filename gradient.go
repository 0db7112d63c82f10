package micrograd

import (
	"fmt"
	"math"
	"slices"
)

// Gradient returns ∂y/∂x for each of xs, as Values. So they can be differentiated again, by
// Gradient or by Backward, and compiled. For y = x³,
//
//	first := Gradient(y, x)[0]      // 3x²
//	second := Gradient(first, x)[0] // 6x
//
// The xs may be results. They are the variables of y, whatever they were computed from: if one of
// them was computed from another, ∂y/∂x is for a change of the other while it stays as it is.
// Where y doesn't depend on x, the derivative is a leaf that is 0. It may also be a node of the
// graph of y, such as w for y = w·x.
//
// A gradient of 0 hands on 0, as in [Value.Backward], unless a leaf is infinite or NaN. Gradient
// reads no Data, so a [Program] of derivatives is right for every row. It panics if y or an x is
// nil, or if y depends on x through an [Op] without G. Like Backward, it may not run concurrently
// with another call on the same graph.
func Gradient(y *Value, xs ...*Value) []*Value {
	if y == nil {
		panic("micrograd: Gradient of a y that is nil")
	}
	// What follows is Backward for Values, on the nodes that lead from xs to y.
	grads := map[*Value]*gradient{}
	for i, x := range xs {
		if x == nil {
			panic(fmt.Sprintf("micrograd: Gradient with respect to x %d, which is nil", i))
		}
		grads[x] = &gradient{}
	}
	order := y.sort(xs...)
	for _, z := range order {
		if slices.ContainsFunc(z.operands(), func(x *Value) bool { return grads[x] != nil }) {
			grads[z] = &gradient{}
		}
	}
	if g := grads[y]; g != nil {
		g.number = 1 // ∂y/∂y
	}
	for _, z := range slices.Backward(order) {
		if g := grads[z]; g != nil {
			z.chainRule(g.value(), grads)
			delete(grads, z)
		}
	}
	out := make([]*Value, len(xs))
	for i, x := range xs {
		g := grads[x]
		if out[i] = g.value(); out[i].mark == constant {
			g.sum = New(out[i].Data) // a leaf like others
			out[i] = g.sum
		}
	}
	return out
}

// chainRule is z.backward for Values, where g is the gradient of z. It adds to the gradients of
// those operands that are in grads.
func (z *Value) chainRule(g *Value, grads map[*Value]*gradient) {
	if g.mark == constant && g.Data == 0 {
		return
	}
	add := func(x, d *Value) {
		if grads[x] != nil && d != nil {
			grads[x].add(g, d)
		}
	}
	switch z.op {
	default:
		dx, dy := z.derivatives()
		add(z.x, dx)
		add(z.y, dy)
	case sum:
		for _, x := range z.list.xs {
			add(x, number(1))
		}
	case linear:
		add(z.x, number(1))
		fallthrough
	case dot:
		for i, w := range z.list.ws {
			x := z.list.xs[i]
			add(w, x)
			add(x, w)
		}
	}
}

// number returns a constant.
func number(c float64) *Value { return &Value{Data: c, mark: constant} }

// A gradient is that of a node x: Σ gᵢ·dᵢ + Σ terms + number. For each node zᵢ that x is an
// operand of, it has gᵢ = ∂y/∂zᵢ and dᵢ = ∂zᵢ/∂x. All products become one dot, which is
// smaller and faster than a node for each. But if one factor is constant, the product is among the
// terms, and if both are, it is part of the number.
type gradient struct {
	gs, ds []*Value
	terms  []*Value
	number float64
	sum    *Value // all of it, when it has been asked for
}

// add adds g·d.
func (s *gradient) add(g, d *Value) {
	if d.op == powC && d.x.mark == constant && finite(d.Data) { // the 1/c of DivC
		d = number(d.Data)
	}
	if g.mark == constant {
		g, d = d, g
	}
	switch {
	case g.mark == constant:
		s.number += g.Data * d.Data
	case d.mark != constant:
		s.gs, s.ds = append(s.gs, g), append(s.ds, guarded(d, g))
	case d.Data == 1:
		s.terms = append(s.terms, g)
	case d.Data == -1:
		s.terms = append(s.terms, g.Neg())
	case d.Data != 0:
		s.terms = append(s.terms, g.MulC(d.Data))
	}
}

// value returns the whole sum.
func (s *gradient) value() *Value {
	if s.sum != nil {
		return s.sum
	}
	switch len(s.gs) {
	case 0:
	case 1:
		s.terms = append(s.terms, s.gs[0].Mul(s.ds[0]))
	default:
		s.terms = append(s.terms, dot.applyList(s.gs, s.ds, nil))
	}
	switch len(s.terms) {
	case 0:
		s.sum = number(s.number)
	case 1:
		s.sum = s.terms[0]
	default:
		s.sum = sum.applyList(nil, s.terms, nil)
	}
	if len(s.terms) > 0 && s.number != 0 {
		s.sum = s.sum.AddC(s.number)
	}
	return s.sum
}

// guarded returns d, but 0 where g is 0 and d is infinite or NaN: so g·d is 0 wherever g is 0. A
// leaf remains as it is, since a node for each weight would be too much.
func guarded(d, g *Value) *Value {
	if d.op == nil {
		return d
	}
	return guard.Apply2(d, g)
}

// derivatives returns ∂z/∂x and ∂z/∂y as Values; nil is 0. For each row of the table, this is its
// D once more. A test compares the two.
func (z *Value) derivatives() (dx, dy *Value) {
	x, y := z.x, z.y
	switch z.op {
	case add:
		return number(1), number(1)
	case sub:
		return number(1), number(-1)
	case mul:
		return y, x
	case div:
		return y.PowC(-1), z.Div(y).Neg()
	case pow:
		return y.Mul(guarded(x.Pow(y.SubC(1)), y)), z.Mul(logBase.Apply2(x, y))
	case powC:
		switch c := y.Data; c {
		case 0:
			return nil, nil
		case 2: // so that it isn't 2 times a power
			return x.MulC(2), nil
		default:
			return x.PowC(c - 1).MulC(c), nil
		}
	case maximum, minimum:
		return slopes[z.op].Apply2(x, y), slopes[z.op].Apply2(y, x)
	case atan2:
		h := x.Hypot(y)
		return quotient(quotient(y, h), h), quotient(quotient(x, h), h).Neg()
	case hypot:
		return quotient(x, z), quotient(y, z)
	case neg:
		return number(-1), nil
	case exp:
		return z, nil
	case expm1:
		return x.Exp(), nil
	case log:
		return x.PowC(-1), nil
	case log1p:
		return x.AddC(1).PowC(-1), nil
	case sqrt:
		return z.MulC(2).PowC(-1), nil
	case sin:
		return x.Cos(), nil
	case cos:
		return x.Sin().Neg(), nil
	case abs, relu, leakyReLU:
		return slopes[z.op].Apply(x), nil
	case erf:
		return x.PowC(2).Neg().Exp().MulC(2 / math.SqrtPi), nil
	case identity, guard:
		return number(1), nil
	case tanh:
		return z.PowC(2).Neg().AddC(1), nil
	case sigmoid:
		return z.Mul(z.Neg().AddC(1)), nil
	case softplus:
		return x.Sigmoid(), nil
	case gelu:
		return phi.Apply(x).Add(x.Mul(density(x))), nil
	case bce:
		return bceSlope.Apply2(x, y), x.Neg()

	case ratioOp:
		return guarded(y.PowC(-1), x), quotient(z, y).Neg()
	case logBase:
		return x.PowC(-1), nil
	case phi:
		return density(x), nil
	case bceSlope:
		return x.Sigmoid().Mul(x.Neg().Sigmoid()), number(-1)
	}
	if z.op.G == nil {
		panic(fmt.Sprintf("micrograd: Gradient: the Op %q has no G", z.op.Name))
	}
	if y == nil {
		y = New(0)
	}
	return z.op.G(x, y, z)
}

// density returns that of the standard normal distribution at x.
func density(x *Value) *Value {
	return x.PowC(2).MulC(-0.5).Exp().MulC(1 / math.Sqrt(2*math.Pi))
}

func quotient(x, y *Value) *Value { return ratioOp.Apply2(x, y) }

// These operations are only needed in derivatives of others.
var (
	// The derivative of guard is 1 even where guard is 0: there, so is its gradient, which has the
	// factor g.
	guard = &Op{
		Name: "guard",
		F: func(d, g float64) float64 {
			if g == 0 && !finite(d) {
				return 0
			}
			return d
		},
		D: func(d, g, z float64) (dd, dg float64) { return 1, 0 },
	}

	ratioOp = &Op{
		Name: "ratio",
		F:    ratio,
		D: func(x, y, z float64) (dx, dy float64) {
			if x == 0 && y == 0 {
				return 0, 0
			}
			return 1 / y, -z / y
		},
	}

	// logBase is the log x of ∂(x^y)/∂y, which by convention is 0 at x = 0 if y ≥ 0.
	logBase = &Op{
		Name: "log",
		F: func(x, y float64) float64 {
			if x != 0 || y < 0 {
				return logarithm(x)
			}
			return 0
		},
		D: func(x, y, z float64) (dx, dy float64) { return 1 / x, 0 },
	}

	// phi is the cumulative distribution function of the standard normal distribution.
	phi = &Op{
		Name: "Φ",
		F:    func(x, y float64) float64 { return normalCDF(x) },
		D: func(x, y, z float64) (dx, dy float64) {
			return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi), 0
		},
	}

	// bceSlope is ∂z/∂x for bce, which loses digits if it is computed as σ(x) − y.
	bceSlope = &Op{
		Name: "bce′",
		F:    slope(bce).F,
		D:    func(x, y, z float64) (dx, dy float64) { return logistic(x) * logistic(-x), -1 },
	}

	slopes = map[*Op]*Op{maximum: slope(maximum), minimum: slope(minimum), abs: slope(abs),
		relu: slope(relu), leakyReLU: slope(leakyReLU)}
)

// slope returns ∂z/∂x for an operation that is linear but for kinks. So its own derivatives are 0.
func slope(op *Op) *Op {
	return &Op{
		Name: op.Name + "′",
		F: func(x, y float64) float64 {
			dx, _ := op.D(x, y, op.F(x, y))
			return dx
		},
		D: func(x, y, z float64) (dx, dy float64) { return 0, 0 },
		G: func(x, y, z *Value) (dx, dy *Value) { return nil, nil },
	}
}

// Differentiate returns f as a function g of numbers, its gradient at x by Backward, and x again.
// They are the three arguments of gradcheck.Check. In a test:
//
//	f := func(x []*micrograd.Value) *micrograd.Value { return x[0].Mul(x[1]).Tanh() }
//	if err := gradcheck.Check(micrograd.Differentiate(f, 0.5, 2)); err != nil {
//		t.Error(err)
//	}
//
// If f uses other leaves than x, Backward adds to their Grad as usual.
func Differentiate(f func(x []*Value) *Value, x ...float64) (
	g func(x []float64) float64, grad, at []float64) {
	leaves := Values(x...)
	f(leaves).Backward()
	for _, leaf := range leaves {
		grad = append(grad, leaf.Grad)
	}
	return func(x []float64) float64 { return f(Values(x...)).Data }, grad, slices.Clone(x)
}

// ratio is x/y, and 0 where both are 0: so the derivatives of atan2 and hypot at (0, 0) are 0.
func ratio(x, y float64) float64 {
	if x == 0 && y == 0 {
		return 0
	}
	return x / y
}
