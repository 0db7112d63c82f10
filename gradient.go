package micrograd

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomicrograd/micrograd/internal/vec"
)

// Gradient returns ∂y/∂x for each of xs, as Values. So they can be differentiated again, by
// Gradient or by Backward, and compiled. For y = x³,
//
//	first := Gradient(y, x)[0]      // 3x²
//	second := Gradient(first, x)[0] // 6x
//
// The xs may be results of operations. Then ∂y/∂x is for a change of x alone: the other xs stay as
// they are, even those that were computed from it. A derivative may be a node of y's graph, such as
// w for y = w·x, and one that is constant is a leaf: 0 if y doesn't depend on x.
//
// A gradient of 0 hands on 0, as in [Value.Backward], except that 0·w is NaN if the factor w is a
// leaf and infinite or NaN. Gradient reads no Data, so a [Program] of derivatives is right for
// every row. It panics if y or an x is nil, or if y depends on x through an [Op] without G. Like
// Backward, it may not run concurrently with another call on the same graph.
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
	for _, z := range order { // the nodes that an x leads to
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
			delete(grads, z) // to free its memory
		}
	}
	out := make([]*Value, len(xs))
	for i, x := range xs {
		d := grads[x].value()
		if d.mark == constant { // it would be left out of Args, and of drawings
			d = New(d.Data)
			grads[x].total = d // if x occurs twice
		}
		out[i] = d
	}
	return out
}

// chainRule is z.backward for Values, where g is the gradient of z. It adds to the gradients of
// those operands that are in grads.
func (z *Value) chainRule(g *Value, grads map[*Value]*gradient) {
	if g.mark == constant && g.Data == 0 { // it hands on 0
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
			add(x, newConstant(1))
		}
	case linear:
		add(z.x, newConstant(1))
		fallthrough
	case dot:
		for i, w := range z.list.ws {
			x := z.list.xs[i]
			add(w, x)
			add(x, w)
		}
	}
}

// newConstant returns a leaf that is marked as constant, like the c of MulC.
func newConstant(c float64) *Value { return &Value{Data: c, mark: constant} }

// A gradient collects the parts of a sum:
//
//	∂y/∂x = Σ gᵢ·dᵢ + Σ terms + number
//
// Here gᵢ is ∂y/∂zᵢ, and dᵢ is ∂zᵢ/∂x, for each node zᵢ that x is an operand of. The
// products become one dot, which is smaller and faster than a node for each. If a factor is
// constant, the product is one of the terms, and if both are, a part of the number.
type gradient struct {
	gs, ds []*Value
	terms  []*Value
	number float64
	total  *Value // when it has been asked for
}

// add adds g·d.
func (s *gradient) add(g, d *Value) {
	if g.mark == constant {
		g, d = d, g
	}
	switch {
	case g.mark == constant:
		s.number += g.Data * d.Data
	case d.mark != constant || !finite(d.Data):
		s.gs, s.ds = append(s.gs, g), append(s.ds, guarded(d, g))
	case d.Data == 1:
		s.terms = append(s.terms, g)
	case d.Data != 0:
		s.terms = append(s.terms, g.MulC(d.Data))
	}
}

// value returns the whole sum.
func (s *gradient) value() *Value {
	if s.total != nil {
		return s.total
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
		s.total = newConstant(s.number)
		return s.total
	case 1:
		s.total = s.terms[0]
	default:
		s.total = sum.applyList(nil, s.terms, nil)
	}
	if s.number != 0 {
		s.total = s.total.AddC(s.number)
	}
	return s.total
}

// guarded returns d, but 0 where g is 0 and d is infinite or NaN: so g·d is 0 wherever g is 0. A
// leaf remains as it is, since a node for each weight would be too much, unless it is a constant.
func guarded(d, g *Value) *Value {
	if d.op == nil && d.mark != constant {
		return d
	}
	return guard.Apply2(d, g)
}

// derivatives returns ∂z/∂x and ∂z/∂y as Values; nil is 0. For each row of the table, this is its
// D once more, and a test compares the two. It is a switch rather than a G in each row, since the
// rows would depend on each other in a cycle: sin on cos, and cos on sin.
func (z *Value) derivatives() (dx, dy *Value) {
	x, y := z.x, z.y
	switch z.op {
	case add:
		return newConstant(1), newConstant(1)
	case sub:
		return newConstant(1), newConstant(-1)
	case mul:
		return y, x
	case div:
		if y.mark == constant {
			return newConstant(1 / y.Data), nil
		}
		return y.PowC(-1), z.Div(y).Neg()
	case pow:
		return y.Mul(guarded(x.Pow(y.SubC(1)), y)), z.Mul(logOfBase.Apply2(x, y))
	case powC:
		switch c := y.Data; c {
		case 0:
			return nil, nil
		case 2: // not 2 times PowC(1)
			return x.MulC(2), nil
		default:
			return x.PowC(c - 1).MulC(c), nil
		}
	case maximum, minimum:
		return slopes[z.op].Apply2(x, y), slopes[z.op].Apply2(y, x)
	case atan2:
		h := x.Hypot(y)
		dx, dy = ratioOp.Apply2(ratioOp.Apply2(y, h), h), ratioOp.Apply2(ratioOp.Apply2(x, h), h)
		return dx, dy.Neg()
	case hypot:
		return ratioOp.Apply2(x, z), ratioOp.Apply2(y, z)
	case neg:
		return newConstant(-1), nil
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
	case identity:
		return newConstant(1), nil
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

	// These are defined below.
	case guard:
		return newConstant(1), nil
	case ratioOp:
		return ratioOp.Apply2(newConstant(1), y), ratioOp.Apply2(z, y).Neg()
	case logOfBase:
		return x.PowC(-1), nil
	case phi:
		return density(x), nil
	case bceSlope:
		return x.Sigmoid().Mul(x.Neg().Sigmoid()), newConstant(-1)
	}
	if z.op.G == nil {
		panic(fmt.Sprintf("micrograd: Gradient: the Op %q has no G", z.op.Name))
	}
	if y == nil {
		y = New(0)
	}
	return z.op.G(x, y, z)
}

// density is normalDensity for Values.
func density(x *Value) *Value {
	return x.PowC(2).MulC(-0.5).Exp().MulC(1 / math.Sqrt(2*math.Pi))
}

// These operations occur in derivatives of others.
var (
	// The derivative is 1 even where d is replaced by 0: there, its gradient has the factor g = 0.
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
		D:    func(x, y, z float64) (dx, dy float64) { return ratio(1, y), -ratio(z, y) },
	}

	// logOfBase is the log x of ∂(x^y)/∂y, which by convention is 0 at x = 0 if y ≥ 0.
	logOfBase = &Op{
		Name: "logOfBase",
		F: func(x, y float64) float64 {
			if x != 0 || y < 0 {
				return vec.Log(x)
			}
			return 0
		},
		D: func(x, y, z float64) (dx, dy float64) { return 1 / x, 0 },
	}

	// phi is the cumulative distribution function of the standard normal distribution.
	phi = &Op{
		Name: "Φ",
		F:    func(x, y float64) float64 { return normalCDF(x) },
		D:    func(x, y, z float64) (dx, dy float64) { return normalDensity(x), 0 },
	}

	// bceSlope is ∂z/∂x for bce, which loses digits if it is computed as σ(x) − y.
	bceSlope = &Op{
		Name: "bce′",
		F:    slope(bce).F,
		D:    func(x, y, z float64) (dx, dy float64) { return vec.Sigmoid(x) * vec.Sigmoid(-x), -1 },
	}

	slopes = map[*Op]*Op{maximum: slope(maximum), minimum: slope(minimum), abs: slope(abs),
		relu: slope(relu), leakyReLU: slope(leakyReLU)}
)

// ratio is x/y, and 0 where y is 0: so the derivatives of atan2 and hypot at (0, 0) are 0.
func ratio(x, y float64) float64 {
	if y == 0 {
		return 0
	}
	return x / y
}

// slope returns ∂z/∂x of op. Its own derivatives are 0, as those of a slope between kinks are.
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
