package micrograd

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomicrograd/micrograd/gradcheck"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The points at which rows of the table are tested: off the kinks, on both sides of 0, small and
// large.
var (
	testX = []float64{-7.5, -2.25, -0.7, -1e-3, 1e-3, 0.3, 1.9, 12}
	testY = []float64{-2.5, -0.4, 0.6, 1.7, 3.2}
)

// checkGradients checks the gradient of f at each point where f is a finite number, and that there
// are enough of those.
func checkGradients(t *testing.T, f func(x []*Value) *Value, points ...[]float64) {
	t.Helper()
	checked := 0
	for _, x := range points {
		if finite(f(Values(x...)).Data) {
			require.NoError(t, gradcheck.Check(Differentiate(f, x...)))
			checked++
		}
	}
	require.GreaterOrEqual(t, checked, 4, "points at which the function is finite")
}

func TestOpsMatchFiniteDifferences(t *testing.T) {
	require.NotEmpty(t, table)
	var xs, ys, xys [][]float64
	for _, x := range testX {
		xs = append(xs, []float64{x})
		for _, y := range testY {
			xys = append(xys, []float64{x, y})
		}
	}
	for _, y := range testY {
		ys = append(ys, []float64{y})
	}
	for _, op := range table {
		t.Run(op.Name+"/two operands", func(t *testing.T) {
			checkGradients(t, func(x []*Value) *Value { return op.Apply2(x[0], x[1]) }, xys...)
		})
		t.Run(op.Name+"/the same operand twice", func(t *testing.T) {
			checkGradients(t, func(x []*Value) *Value { return op.Apply2(x[0], x[0]) },
				append(xs, ys...)...)
		})
		t.Run(op.Name+"/constant operand", func(t *testing.T) {
			for _, c := range testY {
				checkGradients(t, func(x []*Value) *Value { return op.applyC(x[0], c) }, xs...)
			}
		})
		if !ignoresY(op) {
			continue
		}
		t.Run(op.Name+"/one operand", func(t *testing.T) {
			checkGradients(t, func(x []*Value) *Value { return op.Apply(x[0]) }, xs...)
			for _, x := range testX {
				z := op.F(x, 0)
				_, dy := op.D(x, 0, z)
				assert.Zero(t, dy)
			}
		})
	}
}

func ignoresY(op *Op) bool {
	for _, x := range testX {
		for _, y := range testY {
			if a, b := op.F(x, y), op.F(x, 0); a != b && finite(a) {
				return false
			}
		}
	}
	return true
}

func TestOperationsOnManyOperandsMatchFiniteDifferences(t *testing.T) {
	for name, f := range map[string]func(x []*Value) *Value{
		"Sum":                        func(x []*Value) *Value { return Sum(x...) },
		"Sum with one operand twice": func(x []*Value) *Value { return Sum(x[0], x[1], x[0]) },
		"Dot":                        func(x []*Value) *Value { return Dot(x[:2], x[2:4]) },
		"Dot with itself":            func(x []*Value) *Value { return Dot(x, x) },
		"linear": func(x []*Value) *Value {
			return linearNode(x[:2], x[2:4], x[4])
		},
		"linear with b in x": func(x []*Value) *Value { return linearNode(x, x, x[0]) },
	} {
		require.NoError(t, gradcheck.Check(Differentiate(f, 1, -2, 3.5, 0.25, 7)), name)
	}
}

func TestMethodsComputeWhatTheirNamesSay(t *testing.T) {
	x, y := New(0.5), New(3)
	for _, c := range []struct {
		name string
		got  *Value
		want float64
	}{
		{"Add", x.Add(y), 3.5},
		{"Sub", x.Sub(y), -2.5},
		{"Mul", x.Mul(y), 1.5},
		{"Div", x.Div(y), 1. / 6},
		{"Pow", x.Pow(y), 0.125},
		{"Max", x.Max(y), 3},
		{"Min", x.Min(y), 0.5},
		{"AddC", x.AddC(3), 3.5},
		{"SubC", x.SubC(3), -2.5},
		{"MulC", x.MulC(3), 1.5},
		{"DivC", x.DivC(3), 1. / 6},
		{"PowC", x.PowC(3), 0.125},
		{"Atan2", x.Neg().Atan2(x.Neg()), -0.75 * math.Pi},
		{"Hypot", x.MulC(3).Hypot(x.MulC(4)), 2.5},
		{"Neg", x.Neg(), -0.5},
		{"Exp", x.Exp(), math.Exp(0.5)},
		{"Expm1", x.Expm1(), math.Exp(0.5) - 1},
		{"Log", x.Log(), math.Log(0.5)},
		{"Log1p", x.Log1p(), math.Log(1.5)},
		{"Sqrt", x.Sqrt(), math.Sqrt(0.5)},
		{"Sin", x.Sin(), math.Sin(0.5)},
		{"Cos", x.Cos(), math.Cos(0.5)},
		{"Abs", x.Neg().Abs(), 0.5},
		{"Erf", x.Erf(), 0.520499877813047}, // from a table
		{"ReLU", x.ReLU(), 0.5},
		{"ReLU of a negative number", x.Neg().ReLU(), 0},
		{"LeakyReLU", x.LeakyReLU(), 0.5},
		{"LeakyReLU of a negative number", x.Neg().LeakyReLU(), -0.005},
		{"Tanh", x.Tanh(), (math.E - 1) / (math.E + 1)},
		{"Sigmoid", x.Sigmoid(), math.Sqrt(math.E) / (math.Sqrt(math.E) + 1)},
		{"Softplus", x.Softplus(), math.Log(1 + math.Sqrt(math.E))},
		{"GELU", x.GELU(), 0.5 * 0.691462461274013}, // Φ(0.5) from a table
		{"Sum", Sum(x, y, y), 6.5},
		{"Sum of nothing", Sum(), 0},
		{"Dot", Dot([]*Value{x, y}, []*Value{y, y}), 10.5},
		{"Dot of nothing", Dot(nil, nil), 0},
		{"linearNode", linearNode([]*Value{x, y}, []*Value{y, y}, x), 11},
		{"Identity", Identity.Apply(x), 0.5},
	} {
		assert.InDelta(t, c.want, c.got.Data, 1e-15, c.name)
	}
}

// edgeCases are points at which finite differences can't tell whether a row is right, such as kinks
// and poles: what the row gives there is a convention, or IEEE 754.
var edgeCases = []struct {
	op        *Op
	x, y      float64
	z, dx, dy float64
}{
	{relu, 0, 0, 0, 0, 0},
	{abs, 0, 0, 0, 0, 0},
	{leakyReLU, 0, 0, 0, 0.01, 0},
	{maximum, 0, 0, 0, 0.5, 0.5},
	{maximum, 1, 1, 1, 0.5, 0.5},
	{maximum, -1, -1, -1, 0.5, 0.5},
	{minimum, 0, 0, 0, 0.5, 0.5},
	{minimum, 1, 1, 1, 0.5, 0.5},
	{minimum, -1, -1, -1, 0.5, 0.5},
	{pow, 0, 0, 1, 0, 0},
	{pow, 0, 1, 0, 1, 0},
	{pow, 0, 2, 0, 0, 0},
	{pow, 0, 0.5, 0, inf, 0},
	{pow, 0, -1, inf, -inf, -inf},
	{pow, -3, 2, 9, -6, nan},
	{pow, -1, -1, -1, -1, nan},
	{pow, -1, 0, 1, 0, nan},
	{pow, -1, 1, -1, 1, nan},
	{atan2, 0, 0, 0, 0, 0}, // PyTorch: NaN
	{atan2, 0, -1, math.Pi, -1, 0},
	{hypot, 0, 0, 0, 0, 0}, // PyTorch: NaN
	{log, 0, 0, -inf, inf, 0},
	{log1p, -1, 0, -inf, inf, 0},
	{log, -1, 0, nan, -1, 0},
	{div, -1, 0, -inf, inf, inf},
	{div, 0, 0, nan, inf, nan},
	{div, 1, 0, inf, inf, -inf},
	{sqrt, 0, 0, 0, inf, 0},
	{sqrt, -1, 0, nan, nan, 0},
	{sigmoid, 1000, 0, 1, 0, 0},
	{sigmoid, -1000, 0, 0, 0, 0},
	{softplus, 1000, 0, 1000, 1, 0},
	{softplus, -1000, 0, 0, 0, 0},
	{tanh, 1000, 0, 1, 0, 0},
	{gelu, 1000, 0, 1000, 1, 0},
	{gelu, -1000, 0, 0, 0, 0},
	{relu, nan, 0, nan, 1, 0},
	{leakyReLU, nan, 0, nan, 0.01, 0},
	{abs, nan, 0, nan, 0, 0},
	{maximum, nan, 1, nan, 1, 1},
	{maximum, inf, nan, nan, 1, 1},
	{maximum, nan, inf, nan, 1, 1},
	{maximum, nan, nan, nan, 1, 1},
	{minimum, -inf, nan, nan, 1, 1},
}

func TestOpsAtEdgeCasesFollowPyTorchUnlessThatIsNaN(t *testing.T) {
	for _, c := range edgeCases {
		x, y := New(c.x), New(c.y)
		z := c.op.Apply2(x, y)
		z.Backward()
		for i, got := range []float64{z.Data, x.Grad, y.Grad} {
			want := []float64{c.z, c.dx, c.dy}[i]
			what := fmt.Sprintf("%s of %s at (%g, %g)", []string{"z", "dx", "dy"}[i], c.op.Name,
				c.x, c.y)
			if finite(want) {
				assert.InDelta(t, want, got, 1e-12, what)
			} else {
				assert.Equal(t, fmt.Sprint(want), fmt.Sprint(got), what)
			}
		}
	}
}

// A convention that no test states could be lost without a trace.
func TestEdgeCasesHaveEveryPointThatDifferencesCantConfirm(t *testing.T) {
	for _, op := range table {
		ys := []float64{-1, 0, 1}
		if ignoresY(op) {
			ys = ys[1:2]
		}
		for _, x := range []float64{-1, 0, 1} {
			for _, y := range ys {
				stated := false
				for _, c := range edgeCases {
					stated = stated || c.op == op && c.x == x && c.y == y
				}
				f := func(x []*Value) *Value { return op.Apply2(x[0], x[1]) }
				err := gradcheck.Check(Differentiate(f, x, y))
				if wrong, _ := wrongAndDoubtful(err); wrong > 0 {
					t.Errorf("the D of %s in ops.go is wrong at (%g, %g): %v", op.Name, x, y, err)
				}
				if err != nil && !stated {
					z := op.F(x, y)
					dx, dy := op.D(x, y, z)
					t.Errorf("edgeCases in ops_test.go lacks {%s, %g, %g, %g, %g, %g}: "+
						"if PyTorch has these derivatives, add it. %v",
						op.Name, x, y, z, dx, dy, err)
				}
			}
		}
	}
}

func TestPowCAtZeroAndBelowFollowsPyTorch(t *testing.T) {
	for _, c := range []struct{ x, c, z, dx float64 }{
		{0, 0, 1, 0}, {0, 1, 0, 1}, {0, 2, 0, 0}, {0, 3, 0, 0},
		{-3, 0, 1, 0}, {-3, 1, -3, 1}, {-3, 2, 9, -6}, {-3, 3, -27, 27}, {-2, -1, -0.5, -0.25},
	} {
		x := New(c.x)
		z := x.PowC(c.c)
		z.Backward()
		assert.InDelta(t, c.z, z.Data, 1e-12, "%g^%g", c.x, c.c)
		assert.InDelta(t, c.dx, x.Grad, 1e-12, "derivative of %g^%g", c.x, c.c)
	}
}

// A dual is a number x + dε with ε² = 0: computing with it carries the derivative d along, from the
// leaves to the result. size bounds what rounding may have done to d.
type dual struct{ x, d, size float64 }

// dualOf returns v with its derivative with respect to leaf; seen holds what has been computed.
func dualOf(v, leaf *Value, seen map[*Value]dual) dual {
	z, ok := seen[v]
	if ok {
		return z
	}
	term := func(x dual, factor float64) {
		z.d += x.d * factor
		z.size += x.size * math.Abs(factor)
	}
	of := func(v *Value) dual { return dualOf(v, leaf, seen) }
	switch v.op {
	case nil:
		z.x = v.Data
		if v == leaf {
			z.d, z.size = 1, 1
		}
	case sum:
		for _, x := range v.list.xs {
			z.x += of(x).x
			term(of(x), 1)
		}
	case dot, linear:
		if v.op == linear {
			z.x += of(v.x).x
			term(of(v.x), 1)
		}
		for i, w := range v.list.ws {
			w, x := of(w), of(v.list.xs[i])
			z.x += w.x * x.x
			term(w, x.x)
			term(x, w.x)
		}
	default:
		x, y := of(v.x), dual{}
		if v.y != nil {
			y = of(v.y)
		}
		z.x = v.op.F(x.x, y.x)
		dx, dy := v.op.D(x.x, y.x, z.x)
		term(x, dx)
		if v.y != nil {
			term(y, dy)
		}
	}
	seen[v] = z
	return z
}

func TestOpNamesAreUnique(t *testing.T) {
	seen := map[string]bool{sum.Name: true, dot.Name: true, linear.Name: true, "": true}
	for _, op := range table {
		assert.False(t, seen[op.Name], "the name %q is taken", op.Name)
		seen[op.Name] = true
	}
}

func TestDotOfDifferentLengthsPanics(t *testing.T) {
	assert.PanicsWithValue(t, "micrograd: Dot of 2 and 3 values",
		func() { Dot(Values(1, 2), Values(1, 2, 3)) })
}

// methodNames are those of rows whose names are signs, and "" for those that have no method:
// losses, and Identity. The method of any other row has the row's name with a capital letter.
var methodNames = map[string]string{"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "bce": "",
	"Identity": ""}

func TestEveryRowHasAMethodThatAppliesIt(t *testing.T) {
	rows := map[string]*Op{}
	for _, op := range table {
		name, ok := methodNames[op.Name]
		if !ok {
			name = strings.ToUpper(op.Name[:1]) + op.Name[1:]
		}
		if name != "" {
			rows[name] = op
		}
	}
	without := maps.Clone(rows)
	x, y := New(0.5), New(3)
	for i := range reflect.TypeFor[*Value]().NumMethod() {
		name := reflect.TypeFor[*Value]().Method(i).Name
		var z *Value
		var operands []float64
		switch method := reflect.ValueOf(x).Method(i).Interface().(type) {
		case func() *Value:
			z, operands = method(), []float64{0.5}
			assert.True(t, ignoresY(z.op), name)
		case func(*Value) *Value:
			z, operands = method(y), []float64{0.5, 3}
			assert.Same(t, y, z.y, name)
		case func(float64) *Value:
			z, operands = method(3), []float64{0.5, 3}
			assert.Len(t, z.Args(), 1, name)
			name = strings.TrimSuffix(name, "C")
		default: // it makes no node
			continue
		}
		if op := z.op; rows[name] != op && !(name == "Pow" && op == powC) {
			t.Errorf("%s applies the row %q: is that its row, "+
				"and is it in methodNames in ops_test.go?", name, z.OpName())
		}
		assert.Same(t, x, z.x, name)
		assert.Equal(t, operands, data(z.operands()), name)
		delete(without, name)
	}
	for name := range without {
		t.Errorf("ops.go lacks a method %s for the row %q, "+
			"or methodNames in ops_test.go lacks the row", name, without[name].Name)
	}
}

// The exponent of PowC needs no derivative. Otherwise, PowC is Pow.
func TestPowCIsPow(t *testing.T) {
	rng := seeded(1)
	for range 10_000 {
		x, y := oddNumber(rng), oddNumber(rng)
		if rng.IntN(2) == 0 {
			y = float64(rng.IntN(9)-4) / 2
		}
		z := power(x, y)
		dx, _ := pow.D(x, y, z)
		dxC, dy := powC.D(x, y, z)
		require.Equal(t, bits(pow.F(x, y), dx, 0), bits(powC.F(x, y), dxC, dy), "x %g, y %g", x, y)
	}
}

// Some powers are computed without math.Pow, which has the same conventions.
func TestPowersAreThoseOfMathPow(t *testing.T) {
	rng := seeded(1)
	for range 10_000 {
		x, y := oddNumber(rng), float64(rng.IntN(9)-4)/2
		want := math.Pow(x, y)
		if math.Abs(x) < 0x1p-1022 && x != 0 {
			continue // there, math.Pow is wrong on amd64
		}
		if got := power(x, y); want == 0 || !finite(want) {
			require.Equal(t, bits(want), bits(got), "x %g, y %g", x, y)
		} else {
			require.InEpsilon(t, want, got, 1e-15, "x %g, y %g", x, y)
		}
	}
}

// What the package exports as an Op is an activation: it has its own name, so that it is a row that
// files can name.
func TestEveryExportedOpCanBeSaved(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "ops.go", nil, 0)
	require.NoError(t, err)
	var names []string
	for _, decl := range file.Decls {
		if decl, ok := decl.(*ast.GenDecl); ok && decl.Tok == token.VAR {
			for _, spec := range decl.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if name.IsExported() {
						names = append(names, name.Name)
					}
				}
			}
		}
	}
	assert.Equal(t, strings.Join(names, ", "), activationNames(),
		"an exported row has to be in activation(…)")
	for _, op := range Activations() {
		m := &MLP{Layers: []*Layer{{Neurons: []*Neuron{{W: Values(1), B: New(2), Act: op}}}}}
		var loaded MLP
		require.NoError(t, json.Unmarshal([]byte(marshal(t, m)), &loaded))
		assert.Same(t, op, loaded.Layers[0].Neurons[0].Act)
	}
}

func TestActivationsReturnsACopy(t *testing.T) {
	Activations()[0] = nil
	assert.NotContains(t, Activations(), (*Op)(nil))
}

func TestOperandThatIsNilPanics(t *testing.T) {
	x := New(1)
	for want, mistake := range map[string]func(){
		"micrograd: the second operand of + is nil": func() { x.Add(nil) },
		"micrograd: the second operand of * is nil": func() { x.Mul(nil) },
	} {
		assert.PanicsWithValue(t, want, mistake)
	}
	for _, mistake := range []func(){
		func() { ReLU.Apply(nil) },
		func() { (*Value)(nil).Add(x) },
		func() { Sum(x, nil) },
		func() { Dot([]*Value{x}, []*Value{nil}) },
	} {
		assert.Panics(t, mistake)
	}
}

// exactOps has for each row z, ∂z/∂x and ∂z/∂y to far more than 30 digits, by the functions of
// big_test.go, and how far from them the row may be: in ulps, which are the distances of float64s
// around the number. Where a formula adds numbers that may cancel, as 1 − z² of Tanh does, these
// are ulps of the largest of them, which scale returns: so tanh′ beyond |x| ≈ 19 and σ′ beyond 37
// are 0, as they are in PyTorch. A derivative of nil is not compared; z can't be nil.
var exactOps = map[string]struct {
	ulps   [3]float64 // the largest error of z, dx and dy
	at     func(x, y *big.Float) [3]*big.Float
	scale  func(x, y float64) [3]float64
	domain func(x, y float64) (float64, float64) // maps any numbers to where the row is defined
}{
	"+": {ulps: [3]float64{0.5, 0, 0}, at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{bigAdd(x, y), newBig(1), newBig(1)}
	}},
	"-": {ulps: [3]float64{0.5, 0, 0}, at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{bigSub(x, y), newBig(1), newBig(-1)}
	}},
	"*": {ulps: [3]float64{0.5, 0, 0}, at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{bigMul(x, y), y, x}
	}},
	"/": {ulps: [3]float64{0.5, 0.5, 1.5}, at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{bigQuo(x, y), bigQuo(newBig(1), y),
			bigQuo(bigQuo(x, y), newBig(0).Neg(y))}
	}},
	// math.Pow multiplies many times, which adds up errors. Where x^(y−1) overflows, so does ∂z/∂x.
	"pow": {ulps: [3]float64{500, 1000, 500}, at: func(x, y *big.Float) [3]*big.Float {
		log := bigLog(x)
		z := bigExp(bigMul(y, log))
		dx := bigQuo(z, x)
		if f, _ := dx.Float64(); math.IsInf(f, 0) {
			return [3]*big.Float{z, nil, bigMul(z, log)}
		}
		return [3]*big.Float{z, dx.Mul(dx, y), bigMul(z, log)}
	}, domain: positive},
	"max": {at: func(x, y *big.Float) [3]*big.Float {
		switch x.Cmp(y) {
		case 0:
			return [3]*big.Float{x, newBig(0.5), newBig(0.5)}
		case 1:
			return [3]*big.Float{x, newBig(1), newBig(0)}
		}
		return [3]*big.Float{y, newBig(0), newBig(1)}
	}},
	"min": {at: func(x, y *big.Float) [3]*big.Float {
		switch x.Cmp(y) {
		case 0:
			return [3]*big.Float{x, newBig(0.5), newBig(0.5)}
		case -1:
			return [3]*big.Float{x, newBig(1), newBig(0)}
		}
		return [3]*big.Float{y, newBig(0), newBig(1)}
	}},
	"atan2": {ulps: [3]float64{2, 5, 5}, at: func(x, y *big.Float) [3]*big.Float {
		z := bigAtan2(x, newBig(0).Abs(y))
		if y.Sign() < 0 {
			z = bigSub(bigMul(newBig(float64(x.Sign())), bigPi), z)
		}
		h := bigHypot(x, y)
		square := bigMul(h, h)
		return [3]*big.Float{z, bigQuo(y, square), bigQuo(newBig(0).Neg(x), square)}
	}},
	"hypot": {ulps: [3]float64{2, 3, 3}, at: func(x, y *big.Float) [3]*big.Float {
		z := bigHypot(x, y)
		if f, _ := z.Float64(); math.IsInf(f, 0) || f < 0x1p-1022 {
			return [3]*big.Float{z, nil, nil} // z has no digits, or few
		}
		return [3]*big.Float{z, bigQuo(x, z), bigQuo(y, z)}
	}},
	"neg": {at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{newBig(0).Neg(x), newBig(-1), newBig(0)}
	}},
	"exp": {ulps: [3]float64{1, 1, 0}, at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{bigExp(x), bigExp(x), newBig(0)}
	}},
	"expm1": {ulps: [3]float64{1, 1, 0}, at: func(x, y *big.Float) [3]*big.Float {
		e := bigExp(x)
		return [3]*big.Float{bigSub(e, newBig(1)), e, newBig(0)}
	}},
	"log": {ulps: [3]float64{1, 0.5, 0}, at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{bigLog(x), bigQuo(newBig(1), x), newBig(0)}
	}, domain: positive},
	"log1p": {ulps: [3]float64{1, 1.5, 0}, at: func(x, y *big.Float) [3]*big.Float {
		x = bigAdd(newBig(1), x)
		return [3]*big.Float{bigLog(x), bigQuo(newBig(1), x), newBig(0)}
	}, domain: func(x, y float64) (float64, float64) { return max(x, 0.5/min(x, -1)), y }},
	"sqrt": {ulps: [3]float64{0.5, 1.5, 0}, at: func(x, y *big.Float) [3]*big.Float {
		z := newBig(0).Sqrt(x)
		return [3]*big.Float{z, bigQuo(newBig(0.5), z), newBig(0)}
	}, domain: positive},
	"sin": {ulps: [3]float64{1, 1, 0}, at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{bigSin(x), bigCos(x), newBig(0)}
	}, scale: func(x, y float64) [3]float64 { return [3]float64{min(1, math.Abs(x)), 1, 0} }},
	"cos": {ulps: [3]float64{1, 1, 0}, at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{bigCos(x), newBig(0).Neg(bigSin(x)), newBig(0)}
	}, scale: func(x, y float64) [3]float64 { return [3]float64{1, min(1, math.Abs(x)), 0} }},
	"abs": {at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{newBig(0).Abs(x), newBig(float64(x.Sign())), newBig(0)}
	}},
	"erf": {ulps: [3]float64{1, 4, 0}, at: func(x, y *big.Float) [3]*big.Float {
		z := bigPhi(bigMul(x, newBig(0).Sqrt(newBig(2))))
		d := bigExp(newBig(0).Neg(bigMul(x, x)))
		return [3]*big.Float{bigSub(bigMul(newBig(2), z), newBig(1)),
			bigQuo(bigMul(newBig(2), d), newBig(0).Sqrt(bigPi)), newBig(0)}
	}, scale: func(x, y float64) [3]float64 { // in the tail, an ulp of x² is about x² ulps of dx
		square := min(x*x, 1000)
		return [3]float64{0, max(1, square) * math.Exp(-square), 0}
	}},
	"bce": {ulps: [3]float64{3, 2, 0}, at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{bigSub(bigSoftplus(x), bigMul(x, y)), bigSub(bigSigmoid(x), y),
			newBig(0).Neg(x)}
	}, scale: func(x, y float64) [3]float64 {
		return [3]float64{math.Abs(x), 1, 0}
	}, domain: func(x, y float64) (float64, float64) { return x, 1 / (1 + math.Abs(y)) }},
	"Identity": {at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{x, newBig(1), newBig(0)}
	}},
	"ReLU": {at: func(x, y *big.Float) [3]*big.Float {
		if x.Sign() > 0 {
			return [3]*big.Float{x, newBig(1), newBig(0)}
		}
		return [3]*big.Float{newBig(0), newBig(0), newBig(0)}
	}},
	"LeakyReLU": {ulps: [3]float64{0.5, 0, 0}, at: func(x, y *big.Float) [3]*big.Float {
		if x.Sign() > 0 {
			return [3]*big.Float{x, newBig(1), newBig(0)}
		}
		return [3]*big.Float{bigMul(newBig(0.01), x), newBig(0.01), newBig(0)}
	}},
	"Tanh": {ulps: [3]float64{1, 2, 0}, at: func(x, y *big.Float) [3]*big.Float {
		z := bigTanh(x)
		return [3]*big.Float{z, bigSub(newBig(1), bigMul(z, z)), newBig(0)}
	}, scale: func(x, y float64) [3]float64 { return [3]float64{0, 1, 0} }},
	"Sigmoid": {ulps: [3]float64{1, 2, 0}, at: func(x, y *big.Float) [3]*big.Float {
		z := bigSigmoid(x)
		return [3]*big.Float{z, bigMul(z, bigSub(newBig(1), z)), newBig(0)}
	}, scale: func(x, y float64) [3]float64 { return [3]float64{0, 1 / (1 + math.Exp(-x)), 0} }},
	"Softplus": {ulps: [3]float64{1, 1, 0}, at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{bigSoftplus(x), bigSigmoid(x), newBig(0)}
	}},
	"GELU": {ulps: [3]float64{4, 5, 0}, at: func(x, y *big.Float) [3]*big.Float {
		return [3]*big.Float{bigMul(x, bigPhi(x)),
			bigAdd(bigPhi(x), bigMul(x, bigDensity(x))), newBig(0)}
	}, scale: func(x, y float64) [3]float64 {
		switch {
		case x > 0:
			return [3]float64{0, 1, 0}
		case x < -38: // Erfc is 0 a little before it has to be
			return [3]float64{1e-300, 1e-300, 0}
		}
		// In the tail, an error of an ulp of x changes Φ(x) by about x² ulps.
		phi := math.Erfc(-x/math.Sqrt2) / 2
		return [3]float64{-x * phi * max(1, x*x), phi * max(1, x*x*x*x), 0}
	}},
}

func positive(x, y float64) (float64, float64) { return math.Abs(x), y }

func TestOpsAreAccurateOverTheRangeOfFloat64(t *testing.T) {
	for name := range exactOps {
		if !slices.ContainsFunc(table, func(op *Op) bool { return op.Name == name }) {
			t.Errorf("exactOps in ops_test.go has %s, which is no row of the table", name)
		}
	}
	rng := rand.New(rand.NewPCG(1, 0))
	tails := []float64{math.SmallestNonzeroFloat64, 1e-310, 3e-308, 1e-160, 1e-20, 1e-8, 1e-3, 0.5,
		1, 2.5, 7, 19.5, 36, 38.5, 100, 708, 745, 746, 1e5, 1e16, 1e22, 1e160, 1e300,
		math.MaxFloat64}
	random := func() float64 {
		switch rng.IntN(4) {
		case 0:
			return math.Copysign(tails[rng.IntN(len(tails))], rng.Float64()-0.5)
		case 1:
			return math.Copysign(math.Exp(1400*rng.Float64()-710), rng.Float64()-0.5)
		}
		return 10 * rng.NormFloat64()
	}
	for _, op := range table {
		exact, ok := exactOps[op.Name]
		if !ok {
			t.Errorf("exactOps in ops_test.go lacks %s: what it should compute, in big.Floats",
				op.Name)
			continue
		}
		var worst [3]float64
		var where [3]string
		for i := range 100 {
			x, y := random(), random()
			if i < len(tails) {
				x, y = tails[i], 2*rng.Float64()
			}
			if exact.domain != nil {
				x, y = exact.domain(x, y)
			}
			z := op.F(x, y)
			dx, dy := op.D(x, y, z)
			var scale [3]float64
			if exact.scale != nil {
				scale = exact.scale(x, y)
			}
			for j, want := range exact.at(newBig(x), newBig(y)) {
				got := []float64{z, dx, dy}[j]
				if want == nil && j > 0 {
					continue
				}
				if e := ulps(got, want, scale[j]); e > worst[j] || math.IsNaN(e) {
					f, _ := want.Float64()
					worst[j], where[j] = e, fmt.Sprintf("(%g, %g): %g, not %g", x, y, got, f)
				}
			}
		}
		for i := range worst {
			if !(worst[i] <= exact.ulps[i]) {
				t.Errorf("%s of %s is off by %.3g ulps at %s; exactOps in ops_test.go allows %g. "+
					"Compute it better, or allow more if that is only rounding.",
					[]string{"z", "dx", "dy"}[i], op.Name, worst[i], where[i], exact.ulps[i])
			}
		}
	}
}

// ulps returns the error of got in ulps of want, or of scale if that is larger.
func ulps(got float64, want *big.Float, scale float64) float64 {
	f, _ := want.Float64() // rounded, perhaps to infinity
	if math.IsInf(f, 0) || math.IsInf(got, 0) {
		if got == f {
			return 0
		}
		return inf
	}
	size := max(math.Abs(f), scale)
	ulp := math.Nextafter(size, inf) - size
	e, _ := bigQuo(newBig(0).Abs(bigSub(newBig(got), want)), newBig(ulp)).Float64()
	return e
}
