package micrograd

import (
	"math"
	"slices"

	"github.com/gomicrograd/micrograd/internal/vec"
)

// The table of operations: each row has a name, z = F(x, y), and the derivatives ∂z/∂x and ∂z/∂y,
// which get z, since it often saves work. A function of one number ignores y, and returns 0 for dy.
//
// To add an operation:
//
//  1. Add its row here, and its case to derivatives in gradient.go.
//  2. Add a method below. Its name is that of the row with a capital letter: Exp for "exp". A row
//     that is named by a sign, or that is a loss, with a function in loss.go and no method, is
//     listed at methodNames in ops_test.go. A sign is also listed in expression in graph.go.
//  3. Add to exactOps in ops_test.go what z, dx and dy should be over the whole range of float64,
//     and the errors that are allowed, in ulps. If big_test.go lacks a function, write it there.
//  4. If the tests ask for it, add points to edgeCases in ops_test.go: where the derivative doesn't
//     exist, what D gives is a convention. Choose PyTorch's, unless it is NaN.
//
// An activation is also an exported variable, made by activation(row, …). If its factor is 2, add
// it to the list in the comment of NewLayer.
//
// "go test ." goes through the table, and says what is missing. If formulas in the playground
// should know the operation, add it to the list in cmd/demo/internal/playground/node.go, too.
var (
	add = row("+",
		func(x, y float64) float64 { return x + y },
		func(x, y, z float64) (dx, dy float64) { return 1, 1 })
	sub = row("-",
		func(x, y float64) float64 { return x - y },
		func(x, y, z float64) (dx, dy float64) { return 1, -1 })
	mul = row("*",
		func(x, y float64) float64 { return x * y },
		func(x, y, z float64) (dx, dy float64) { return y, x })
	div = row("/",
		func(x, y float64) float64 { return x / y },
		func(x, y, z float64) (dx, dy float64) { return 1 / y, -z / y })
	pow = row("pow",
		power,
		func(x, y, z float64) (dx, dy float64) {
			if x != 0 || y < 0 { // 0 otherwise, by convention
				dy = z * vec.Log(x)
			}
			return powerD(x, y), dy
		})
	maximum = row("max",
		func(x, y float64) float64 { return max(x, y) },
		func(x, y, z float64) (dx, dy float64) { return greater(x, y), greater(y, x) })
	minimum = row("min",
		func(x, y float64) float64 { return min(x, y) },
		func(x, y, z float64) (dx, dy float64) { return greater(y, x), greater(x, y) })
	atan2 = row("atan2",
		// The sign is that of x, which math.Atan2 loses where x/y underflows.
		func(x, y float64) float64 { return math.Copysign(math.Atan2(x, y), x) },
		func(x, y, z float64) (dx, dy float64) {
			h := math.Hypot(x, y) // h² may overflow
			return ratio(ratio(y, h), h), -ratio(ratio(x, h), h)
		})
	hypot = row("hypot",
		math.Hypot,
		func(x, y, z float64) (dx, dy float64) { return ratio(x, z), ratio(y, z) })
	neg = row("neg",
		func(x, y float64) float64 { return -x },
		func(x, y, z float64) (dx, dy float64) { return -1, 0 })
	exp = row("exp",
		func(x, y float64) float64 { return vec.Exp(x) },
		func(x, y, z float64) (dx, dy float64) { return z, 0 })
	expm1 = row("expm1",
		func(x, y float64) float64 { return math.Expm1(x) },
		func(x, y, z float64) (dx, dy float64) { return vec.Exp(x), 0 })
	log = row("log",
		func(x, y float64) float64 { return vec.Log(x) },
		func(x, y, z float64) (dx, dy float64) { return 1 / x, 0 })
	log1p = row("log1p",
		func(x, y float64) float64 { return vec.Log1p(x) },
		func(x, y, z float64) (dx, dy float64) { return 1 / (1 + x), 0 })
	sqrt = row("sqrt",
		func(x, y float64) float64 { return math.Sqrt(x) },
		func(x, y, z float64) (dx, dy float64) { return 1 / (2 * z), 0 })
	sin = row("sin",
		func(x, y float64) float64 { return vec.Sin(x) },
		func(x, y, z float64) (dx, dy float64) { return vec.Cos(x), 0 })
	cos = row("cos",
		func(x, y float64) float64 { return vec.Cos(x) },
		func(x, y, z float64) (dx, dy float64) { return -vec.Sin(x), 0 })
	abs = row("abs",
		func(x, y float64) float64 { return math.Abs(x) },
		func(x, y, z float64) (dx, dy float64) { return greater(x, 0) - greater(0, x), 0 })
	erf = row("erf",
		func(x, y float64) float64 { return math.Erf(x) },
		func(x, y, z float64) (dx, dy float64) { return 2 / math.SqrtPi * vec.Exp(-x*x), 0 })

	identity = row("Identity",
		func(x, y float64) float64 { return x },
		func(x, y, z float64) (dx, dy float64) { return 1, 0 })
	relu = row("ReLU",
		func(x, y float64) float64 { return max(x, 0) },
		func(x, y, z float64) (dx, dy float64) {
			if x <= 0 {
				return 0, 0
			}
			return 1, 0
		})
	leakyReLU = row("LeakyReLU",
		func(x, y float64) float64 { return max(x, 0.01*x) },
		func(x, y, z float64) (dx, dy float64) {
			if x > 0 {
				return 1, 0
			}
			return 0.01, 0
		})
	tanh = row("Tanh",
		func(x, y float64) float64 { return vec.Tanh(x) },
		// With float64, it isn't fused into an operation that rounds once on some machines.
		func(x, y, z float64) (dx, dy float64) { return 1 - float64(z*z), 0 })
	sigmoid = row("Sigmoid",
		func(x, y float64) float64 { return vec.Sigmoid(x) },
		func(x, y, z float64) (dx, dy float64) { return z * (1 - z), 0 })
	softplus = row("Softplus",
		func(x, y float64) float64 { return vec.Softplus(x) },
		func(x, y, z float64) (dx, dy float64) { return vec.Sigmoid(x), 0 })
	gelu = row("GELU",
		func(x, y float64) float64 { return x * normalCDF(x) },
		func(x, y, z float64) (dx, dy float64) { return normalCDF(x) + x*normalDensity(x), 0 })

	// bce is the binary cross-entropy of a logit x and a true probability y: see loss.go. If y is 0
	// or 1, neither its value nor its derivative loses digits to cancellation.
	bce = row("bce",
		func(x, y float64) float64 { return max(x, 0) - x*y + vec.Softplus(-math.Abs(x)) },
		func(x, y, z float64) (dx, dy float64) {
			if x > 0 {
				return (1 - y) - vec.Sigmoid(-x), -x
			}
			return vec.Sigmoid(x) - y, -x
		})
)

// powC is pow with a constant exponent: it has no derivative with respect to y.
var powC = &Op{
	Name: pow.Name,
	F:    power,
	D:    func(x, y, z float64) (dx, dy float64) { return powerD(x, y), 0 },
}

// The activations of this package: rows of the table that layers can have and that saved networks
// can name. Their names are those of PyTorch's modules. They must not be changed.
var (
	// Identity is x.
	Identity *Op = activation(identity, 1)

	// ReLU is max(x, 0), with derivative 0 at 0.
	ReLU *Op = activation(relu, 2)

	// LeakyReLU is x for x > 0 and 0.01x elsewhere, with derivative 0.01 at 0.
	LeakyReLU *Op = activation(leakyReLU, 2)

	// Tanh is the hyperbolic tangent. Its derivative is computed as 1 − tanh² x, as in PyTorch: so
	// it is 0 beyond |x| ≈ 19.
	Tanh *Op = activation(tanh, 1)

	// Sigmoid is σ(x) = 1/(1 + e⁻ˣ). Its derivative is computed as σ(x)·(1 − σ(x)), as in PyTorch:
	// so it is 0 above x ≈ 37.
	Sigmoid *Op = activation(sigmoid, 1)

	// Softplus is log(1 + eˣ), computed so that it doesn't overflow.
	Softplus *Op = activation(softplus, 2)

	// GELU is x·Φ(x), where Φ is the cumulative distribution function of the standard normal
	// distribution (Hendrycks and Gimpel 2016, arXiv:1606.08415). This is the exact form, not the
	// approximation with tanh.
	GELU *Op = activation(gelu, 2)
)

var (
	table       []*Op
	activations []*Op
	factors     = map[*Op]float64{} // of the variance of a layer's weights: see activation
)

// row makes an Op and enters it in the table.
func row(name string, f func(x, y float64) float64, d func(x, y, z float64) (dx, dy float64)) *Op {
	op := &Op{Name: name, F: f, D: d}
	table = append(table, op)
	return op
}

// activation enters a row in the list of activations, and returns it. NewLayer draws the weights of
// a layer with that activation with the variance factor/in: 2 for functions of the shape of ReLU,
// and 1 for others.
func activation(op *Op, factor float64) *Op {
	activations = append(activations, op)
	factors[op] = factor
	return op
}

// Activations returns the activations of this package. A network with others can't be saved.
func Activations() []*Op { return slices.Clone(activations) }

// greater is the derivative of max(x, y) with respect to x: 0 if x is smaller, ½ if they are equal,
// and otherwise 1, also where one is NaN.
func greater(x, y float64) float64 {
	switch {
	case x < y:
		return 0
	case x == y:
		return 0.5
	}
	return 1
}

// power is vec.Pow, without a loop of products for frequent exponents.
func power(x, y float64) float64 {
	switch y {
	case 2:
		return x * x
	case -1:
		return 1 / x
	case -2:
		return 1 / x / x
	}
	return vec.Pow(x, y)
}

// powerD is the derivative of power with respect to x.
func powerD(x, y float64) float64 {
	if y == 0 { // x⁰ is 1 everywhere, also at 0
		return 0
	}
	return y * power(x, y-1)
}

func normalCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

func normalDensity(x float64) float64 { return vec.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }

// Add returns v + w.
func (v *Value) Add(w *Value) *Value { return add.Apply2(v, w) }

// Sub returns v − w.
func (v *Value) Sub(w *Value) *Value { return sub.Apply2(v, w) }

// Mul returns v·w.
func (v *Value) Mul(w *Value) *Value { return mul.Apply2(v, w) }

// Div returns v/w.
func (v *Value) Div(w *Value) *Value { return div.Apply2(v, w) }

// Pow returns v to the power w, like [math.Pow], whose relative error grows with the exponent, to
// about |w|·10⁻¹⁶. The derivative with respect to w is v^w·log v, which is NaN if v is negative; at
// v = 0 it is 0 if w ≥ 0. If the exponent is a constant, use PowC.
func (v *Value) Pow(w *Value) *Value { return pow.Apply2(v, w) }

// Max returns the greater of v and w. If they are equal, the derivative is ½ with respect to each.
func (v *Value) Max(w *Value) *Value { return maximum.Apply2(v, w) }

// Min returns the smaller of v and w. If they are equal, the derivative is ½ with respect to each.
func (v *Value) Min(w *Value) *Value { return minimum.Apply2(v, w) }

// Atan2 returns the angle of the point (w, v), from −π to π: v comes first, as in [math.Atan2]. So
// the arctangent of v is v.Atan2(New(1)). The derivatives at v = w = 0 are 0.
func (v *Value) Atan2(w *Value) *Value { return atan2.Apply2(v, w) }

// Hypot returns √(v² + w²), even where v² overflows. The derivatives at v = w = 0 are 0.
func (v *Value) Hypot(w *Value) *Value { return hypot.Apply2(v, w) }

// applyC returns the node F(x, c). The constant c is a leaf, allocated together with the node.
func (op *Op) applyC(x *Value, c float64) *Value {
	n := &struct{ z, c Value }{Value{op: op, x: x}, Value{Data: c, mark: constant}}
	n.z.y = &n.c
	return n.z.forward()
}

// AddC returns v + c for a constant c.
func (v *Value) AddC(c float64) *Value { return add.applyC(v, c) }

// SubC returns v − c for a constant c.
func (v *Value) SubC(c float64) *Value { return sub.applyC(v, c) }

// MulC returns v·c for a constant c.
func (v *Value) MulC(c float64) *Value { return mul.applyC(v, c) }

// DivC returns v/c for a constant c.
func (v *Value) DivC(c float64) *Value { return div.applyC(v, c) }

// PowC returns v to the power of a constant c, as accurately as [Value.Pow]. Its derivative is
// c·v^(c−1), and 0 if c = 0.
func (v *Value) PowC(c float64) *Value { return powC.applyC(v, c) }

// Neg returns −v.
func (v *Value) Neg() *Value { return neg.Apply(v) }

// Exp returns e to the power v.
func (v *Value) Exp() *Value { return exp.Apply(v) }

// Expm1 returns eᵛ − 1, accurately where v is near 0.
func (v *Value) Expm1() *Value { return expm1.Apply(v) }

// Log returns the natural logarithm of v.
func (v *Value) Log() *Value { return log.Apply(v) }

// Log1p returns log(1 + v), accurately where v is near 0.
func (v *Value) Log1p() *Value { return log1p.Apply(v) }

// Sqrt returns the square root of v. Its derivative is infinite at 0.
func (v *Value) Sqrt() *Value { return sqrt.Apply(v) }

// Sin returns the sine of v, in radians.
func (v *Value) Sin() *Value { return sin.Apply(v) }

// Cos returns the cosine of v, in radians.
func (v *Value) Cos() *Value { return cos.Apply(v) }

// Abs returns the absolute value of v. Its derivative at 0 is 0.
func (v *Value) Abs() *Value { return abs.Apply(v) }

// Erf returns the error function of v.
func (v *Value) Erf() *Value { return erf.Apply(v) }

// ReLU applies [ReLU] to v.
func (v *Value) ReLU() *Value { return ReLU.Apply(v) }

// LeakyReLU applies [LeakyReLU] to v.
func (v *Value) LeakyReLU() *Value { return LeakyReLU.Apply(v) }

// Tanh applies [Tanh] to v.
func (v *Value) Tanh() *Value { return Tanh.Apply(v) }

// Sigmoid applies [Sigmoid] to v.
func (v *Value) Sigmoid() *Value { return Sigmoid.Apply(v) }

// Softplus applies [Softplus] to v.
func (v *Value) Softplus() *Value { return Softplus.Apply(v) }

// GELU applies [GELU] to v.
func (v *Value) GELU() *Value { return GELU.Apply(v) }
