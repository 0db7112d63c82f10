package micrograd

import (
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/gomicrograd/micrograd/gradcheck"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDifferentiateReturnsFItsGradientAndX(t *testing.T) {
	w := New(5)
	f := func(x []*Value) *Value { return x[0].Mul(x[1]).Add(x[1].Mul(w)) }
	x := []float64{2, 3}
	g, grad, at := Differentiate(f, x...)
	assert.Equal(t, []float64{2, 3}, at)
	x[0] = 99
	assert.Equal(t, []float64{2, 3}, at, "a copy")
	assert.Equal(t, []float64{3, 2 + 5}, grad)
	assert.Equal(t, 7.0*11+11*5, g([]float64{7, 11}))
	assert.Equal(t, 3.0, w.Grad, "other leaves get their gradients as usual")
}

// wrongAndDoubtful counts the entries of an error that are wrong, and those that can't be told.
func wrongAndDoubtful(err error) (wrong, doubtful int) {
	var e *gradcheck.Error
	if errors.As(err, &e) {
		wrong = len(e.Wrong())
		doubtful = len(e.Entries) - wrong
	}
	return wrong, doubtful
}

// The gradient of a graph is right to all digits. So the check must hardly ever refuse one, nor
// pass one that is off by 1 %.
func TestGradientsOfRandomGraphsMatchFiniteDifferences(t *testing.T) {
	const seeds = 400
	var refused, calledWrong, passed, tried int
	for seed := range uint64(seeds) {
		leaves, root := randomGraph(seeded(seed), 20)
		root.Backward()
		order := root.sort()
		f := func(x []float64) float64 {
			for i, leaf := range leaves {
				leaf.Data = x[i]
			}
			for _, v := range order {
				v.forward()
			}
			return root.Data
		}
		x, grad := data(leaves), grads(leaves)
		switch wrong, doubtful := wrongAndDoubtful(gradcheck.Check(f, grad, x)); {
		case wrong > 0:
			calledWrong++
		case doubtful > 0:
			refused++
		}
		if math.Abs(grad[0]) < 1e-3 {
			continue // f may not let it be seen
		}
		tried++
		grad[0] *= 1.01
		if gradcheck.Check(f, grad, x) == nil {
			passed++
		}
	}
	assert.Greater(t, tried, seeds/2)
	assert.LessOrEqual(t, calledWrong, seeds/200,
		"right gradients called wrong, unless TestOpsMatchFiniteDifferences says that a D is wrong")
	assert.LessOrEqual(t, refused, seeds/50, "right gradients refused")
	assert.LessOrEqual(t, passed, seeds/200, "gradients off by 1 % that pass")
}

func TestWrongOpsAreFound(t *testing.T) {
	for name, d := range map[string]func(x, y, z float64) (dx, dy float64){
		"sixth digit": func(x, y, z float64) (dx, dy float64) { return y, x * (1 + 3e-6) },
		"swapped":     func(x, y, z float64) (dx, dy float64) { return x, y },
		"sign":        func(x, y, z float64) (dx, dy float64) { return y, -x },
		"zero":        func(x, y, z float64) (dx, dy float64) { return y, 0 },
		"NaN":         func(x, y, z float64) (dx, dy float64) { return y, nan },
		"infinite":    func(x, y, z float64) (dx, dy float64) { return y, inf },
	} {
		times := &Op{Name: "times", F: func(x, y float64) float64 { return x * y }, D: d}
		f := func(x []*Value) *Value { return times.Apply2(x[0].Exp(), x[1]).Tanh() }
		wrong, doubtful := wrongAndDoubtful(gradcheck.Check(Differentiate(f, 0.5, 0.7)))
		assert.Positive(t, wrong, name)
		assert.Zero(t, doubtful, name)
	}
}

// These gradients are 0, or what rounding leaves of 0.
func TestGradientsThatVanishMatchFiniteDifferences(t *testing.T) {
	five := []float64{-0.8, 0.4, -0.5, -1, 0.5}
	for name, c := range map[string]struct {
		f func(x []*Value) *Value
		x []float64
	}{
		"Σ BatchNorm": {func(x []*Value) *Value { return Sum(BatchNorm(x, New(1), New(0))...) },
			five},
		"Σ Softmax":  {func(x []*Value) *Value { return Sum(Softmax(x)...) }, five},
		"saturated":  {func(x []*Value) *Value { return x[0].Tanh() }, []float64{17}},
		"underflow":  {func(x []*Value) *Value { return x[0].Sigmoid() }, []float64{-200}},
		"one unused": {func(x []*Value) *Value { return x[0] }, []float64{3, 4}},
		"cancellation": {func(x []*Value) *Value { return x[0].Exp().Sub(x[1].Exp()) },
			[]float64{10, 10.0001}},
	} {
		require.NoError(t, gradcheck.Check(Differentiate(c.f, c.x...)), name)
	}
}

// tablePoints are those at which the rules of Gradient are compared with the table: the points of
// the tests of the table, its conventions, and odd numbers.
func tablePoints(op *Op) (points [][]float64) {
	for _, x := range testX {
		for _, y := range testY {
			points = append(points, []float64{x, y})
		}
	}
	for _, c := range edgeCases {
		if c.op == op || c.op == pow && op == powC {
			points = append(points, []float64{c.x, c.y})
		}
	}
	rng := seeded(1)
	for range 500 {
		points = append(points, []float64{oddNumber(rng), oddNumber(rng)})
	}
	return points
}

// rowsOf returns the table, and the operations of gradient.go.
func rowsOf() []*Op {
	rows := append([]*Op{powC, guard, ratioOp, logOfBase, phi, bceSlope}, table...)
	for _, op := range table {
		if slopes[op] != nil {
			rows = append(rows, slopes[op])
		}
	}
	return rows
}

// lacksRule reports whether derivatives in gradient.go has no case for op.
func lacksRule(op *Op) (lacks bool) {
	defer func() { lacks = recover() != nil }()
	op.applyC(New(0.5), 2).derivatives()
	return false
}

// needRules skips a test if the rule of a row is missing: one test says so, and the others would
// panic.
func needRules(t *testing.T) {
	if slices.ContainsFunc(table, lacksRule) {
		t.Skip("a rule is missing")
	}
}

// The program of a derivative is compiled at one point and run at others: so this fails if a rule
// reads Data.
func TestDerivativesAsValuesAreThoseOfTheTable(t *testing.T) {
	for _, op := range rowsOf() {
		if lacksRule(op) {
			t.Errorf("derivatives in gradient.go lacks %s", op.Name)
			continue
		}
		rule := func(x, y *Value) (dx, dy *Value) {
			dx, dy = op.Apply2(x, y).derivatives()
			if dx == nil {
				dx = New(0)
			}
			if dy == nil {
				dy = New(0)
			}
			return dx, dy
		}
		in := Values(0.4, 0.7)
		dx, dy := rule(in[0], in[1])
		program := Compile(in, dx, dy)
		for _, point := range tablePoints(op) {
			x, y := point[0], point[1]
			if op == pow && math.IsNaN(y) {
				continue // where D says 0 at x = 0
			}
			wantX, wantY := op.D(x, y, op.F(x, y))
			want := []float64{wantX, wantY}
			at := Values(x, y)
			if op == powC {
				at[1].mark = constant
			}
			eagerX, eagerY := rule(at[0], at[1])
			all := map[string][]float64{"eager": data([]*Value{eagerX, eagerY})}
			if op != powC { // its exponent is constant
				all["program"] = program.Forward([][]float64{point})[0]
			}
			for how, got := range all {
				for i := range got {
					if want[i] == got[i] || math.IsNaN(want[i]) && math.IsNaN(got[i]) {
						continue
					}
					size := math.Abs(want[i])
					if op == gelu { // it subtracts near its minimum
						size = max(size, 1)
					}
					if !(math.Abs(got[i]-want[i]) <= 4e-16*size) {
						t.Errorf("d%c of %s at (%g, %g), %s, is %g, and the table has %g",
							"xy"[i], op.Name, x, y, how, got[i], want[i])
					}
				}
			}
		}
	}
}

// The second derivative, by Backward, is what differences of the first say, and the third what
// differences of the second say.
func TestDerivativesOfTheTableCanBeDifferentiatedTwiceMore(t *testing.T) {
	needRules(t)
	for _, op := range append([]*Op{powC}, table...) {
		f := func(x []*Value) *Value { return op.Apply2(x[0], x[1]) }
		vars := 2
		switch {
		case op == powC:
			f, vars = func(x []*Value) *Value { return powC.applyC(x[0], 2.5) }, 1
		case ignoresY(op):
			f, vars = func(x []*Value) *Value { return op.Apply(x[0]) }, 1
		}
		for i := range vars {
			second := func(x []*Value) *Value { return Gradient(f(x), x...)[i] }
			for j := range vars {
				third := func(x []*Value) *Value { return Gradient(second(x), x...)[j] }
				var points [][]float64
				for _, x := range testX {
					for _, y := range testY {
						points = append(points, []float64{x, y}[:vars])
					}
				}
				t.Run(fmt.Sprintf("%s/%d%d", op.Name, i, j), func(t *testing.T) {
					checkGradients(t, second, points...)
					checkGradients(t, third, points...)
				})
			}
		}
	}
}

func TestGradientsOfSumsAndDotsAreTheirDerivatives(t *testing.T) {
	x := Values(2, 3, 5)
	for name, c := range map[string]struct {
		y    *Value
		want []float64
	}{
		"sum":                     {Sum(x[0], x[1], x[0]), []float64{2, 1, 0}},
		"a sum of nothing":        {Sum(), []float64{0, 0, 0}},
		"dot":                     {Dot(x[:2], x[1:]), []float64{3, 2 + 5, 3}},
		"dot with itself":         {Dot(x, x), []float64{4, 6, 10}},
		"linear":                  {linearNode(x[:1], x[1:2], x[0]), []float64{3 + 1, 2, 0}},
		"linear and other uses":   {linearNode(x[:1], x[1:2], x[2]).Add(x[0]), []float64{4, 2, 1}},
		"a constant factor":       {x[0].MulC(7).Neg().DivC(2).SubC(1), []float64{-3.5, 0, 0}},
		"a constant factor twice": {x[0].MulC(7).Add(x[0].MulC(2)), []float64{9, 0, 0}},
		"a constant and another":  {x[0].MulC(7).Add(x[0].Mul(x[1])), []float64{10, 2, 0}},
		"no factor":               {x[0].MulC(0).Exp().Add(x[1]), []float64{0, 1, 0}},
	} {
		assert.Equal(t, c.want, data(Gradient(c.y, x...)), name)
	}
}

// The functions of loss.go and BatchNorm are graphs of rows of the table.
func TestLossesCanBeDifferentiatedTwice(t *testing.T) {
	for name, f := range map[string]func(x []*Value) *Value{
		"MSE":                func(x []*Value) *Value { return MSE(x[:2], x[2:]) },
		"CrossEntropy":       func(x []*Value) *Value { return CrossEntropy(x[:2], x[2:]) },
		"LogSumExp":          LogSumExp,
		"BinaryCrossEntropy": func(x []*Value) *Value { return BinaryCrossEntropy(x[0], x[1]) },
		"Hinge":              func(x []*Value) *Value { return Hinge(x[0], x[1].Neg()) },
		"BatchNorm":          func(x []*Value) *Value { return BatchNorm(x, x[0], x[1])[2] },
		"GELU layers": func(x []*Value) *Value {
			return NewMLP(seeded(1), GELU, 4, 3, 2, 1).Forward(x)[0]
		},
	} {
		for i := range 4 {
			g := func(x []*Value) *Value { return Gradient(f(x), x...)[i] }
			require.NoError(t, gradcheck.Check(Differentiate(g, 0.5, -0.3, 0.8, 0.2)), name)
		}
	}
}

func TestGradientOfRandomGraphsIsThatOfBackward(t *testing.T) {
	needRules(t)
	for seed := range uint64(300) {
		leaves, root := randomGraph(seeded(seed), 40)
		root.Backward()
		for i, g := range Gradient(root, leaves...) {
			size := dualOf(root, leaves[i], map[*Value]dual{}).size
			require.InDelta(t, leaves[i].Grad, g.Data, 1e-12*(1+size), "seed %d", seed)
		}
	}
}

// One program gives a gradient for each row, and the gradient of the gradient's square.
func TestProgramsOfGradientsComputeWhatTheirGraphsDo(t *testing.T) {
	needRules(t)
	for seed := range uint64(100) {
		leaves, root := randomGraph(seeded(seed), 12)
		inputs, weights := leaves[:len(leaves)/2], leaves[len(leaves)/2:]
		gs := Gradient(root, leaves...)
		for i, got := range Compile(inputs, gs...).Forward([][]float64{data(inputs)})[0] {
			size := dualOf(root, leaves[i], map[*Value]dual{}).size
			require.InDelta(t, gs[i].Data, got, 1e-12*(1+size), "seed %d", seed)
		}
		// Each second derivative alone, so that its parts have no other use.
		for i, second := range Gradient(gs[len(gs)-1], leaves...) {
			rows := make([][]float64, 17) // three blocks
			for r := range rows {
				rows[r] = data(inputs)
			}
			for _, got := range Compile(inputs, second).Forward(rows) {
				if finite(second.Data) {
					size := dualOf(gs[len(gs)-1], leaves[i], map[*Value]dual{}).size
					require.InDelta(t, second.Data, got[0],
						1e-10*(1+math.Abs(second.Data)+size), "seed %d", seed)
				}
			}
		}
		penalty := Dot(gs, gs)
		if !finite(penalty.Data) {
			continue
		}
		mean, grad, scale := eagerly(inputs, [][]float64{data(inputs)}, penalty, weights)
		program := Compile(inputs, penalty)
		require.InEpsilon(t, 1+mean, 1+program.Backward([][]float64{data(inputs)}), 1e-9)
		for i, w := range weights {
			if finite(grad[i]) {
				require.InDelta(t, grad[i], w.Grad, 1e-11*max(1, scale[i]), "seed %d", seed)
			}
		}
	}
}

// f(x + h(x))″ has a product as a term of a sum, and that product is guarded.
func TestProgramsOfASecondDerivativeAloneComputeIt(t *testing.T) {
	needRules(t)
	ops := append([]*Op{powC}, table...)
	for _, f := range ops {
		for _, h := range ops {
			x := New(0.7)
			y := f.applyC(x.Add(h.applyC(x, 2)), 3)
			second := Gradient(Gradient(y, x)[0], x)[0]
			if !finite(second.Data) {
				continue
			}
			for _, inputs := range [][]*Value{{x}, nil} {
				p, rows := Compile(inputs, second), [][]float64{data(inputs)}
				for range 2 { // the second call finds the numbers of the first
					require.InDelta(t, second.Data, p.Forward(rows)[0][0],
						1e-12*(1+math.Abs(second.Data)), "%s of %s", f.Name, h.Name)
				}
			}
		}
	}
}

// A guard that is not a factor of the g that it guards against is an instruction of its own.
func TestAGuardWithoutItsFactorIsComputed(t *testing.T) {
	x, v, w := New(1000), New(0), New(2)
	g := Gradient(x.Exp().Mul(v), x)[0] // v·guard(eˣ, v)
	y := w.Mul(Gradient(g, v)[0])       // w·guard(eˣ, v), which is 0 at v = 0
	assert.Zero(t, y.Data)
	for _, inputs := range [][]*Value{{x, v, w}, {x, v}, {v}, nil} {
		assert.Zero(t, Compile(inputs, y).Forward([][]float64{data(inputs)})[0][0])
	}
}

// The sign of a zero decides what 1/0 is.
func TestProgramsOfGradientsKeepTheSignOfZero(t *testing.T) {
	a, b := New(0), New(3)
	e, minus0 := b.Exp(), a.Neg()
	one := Gradient(minus0.Mul(e), b)[0]                                   // −0
	two := Gradient(Sum(b.Mul(minus0.Mul(e)), b.Mul(minus0.Mul(e))), e)[0] // 0 + −0 + −0
	outputs := []*Value{one.PowC(-1), two.PowC(-1)}
	assert.Equal(t, []float64{-inf, inf}, data(outputs))
	for _, inputs := range [][]*Value{{a, b}, nil} {
		got := Compile(inputs, outputs...).Forward([][]float64{data(inputs)})[0]
		assert.Equal(t, []float64{-inf, inf}, got)
	}
}

// Whatever an operation computes, and however infinite its derivatives are: where the result isn't
// used, it doesn't count, nor in the derivatives of higher order.
func TestAGradientOfZeroHandsOnZeroAsAValue(t *testing.T) {
	needRules(t)
	take := &Op{ // x where y > 0, and 0 elsewhere
		Name: "take",
		F: func(x, y float64) float64 {
			if y > 0 {
				return x
			}
			return 0
		},
		D: func(x, y, z float64) (dx, dy float64) {
			if y > 0 {
				return 1, 0
			}
			return 0, 0
		},
	}
	take.G = func(x, y, z *Value) (dx, dy *Value) { return take.Apply2(New(1), y), nil }
	rng := seeded(1)
	for _, op := range table {
		for range 100 {
			x, y := New(rng.NormFloat64()), New(rng.NormFloat64())
			never := x.Mul(y).MulC(0).SubC(1) // it depends on x and y, as a condition does
			odd := Values(oddNumber(rng), oddNumber(rng))
			// The operands become odd numbers, but their derivatives are finite.
			a, b := x.MulC(0).Add(odd[0]), y.MulC(0).Add(odd[1])
			z := take.Apply2(op.Apply2(a.Add(x.MulC(1e-3)), b.Add(y.MulC(1e-3))), never)
			root := z.Add(x.PowC(3)).Add(y.PowC(3))
			first := Gradient(root, x, y)
			what := fmt.Sprintf("%s at %g, %g", op.Name, odd[0].Data, odd[1].Data)
			require.InDeltaSlice(t, []float64{3 * x.Data * x.Data, 3 * y.Data * y.Data},
				data(first), 1e-12, what)
			second := Gradient(first[0], x, y)
			require.InDeltaSlice(t, []float64{6 * x.Data, 0}, data(second), 1e-12, what)
			ZeroGrad(x, y)
			first[1].Backward()
			require.InDeltaSlice(t, []float64{0, 6 * y.Data}, grads([]*Value{x, y}), 1e-12, what)
			ZeroGrad(x, y)
			second[0].Backward()
			require.InDeltaSlice(t, []float64{6, 0}, grads([]*Value{x, y}), 1e-12, what)
			all, in := append(first, second...), []*Value{x, y}
			for _, got := range [][][]float64{ // in lanes, and in singles
				Compile(in, all...).Forward([][]float64{data(in)}),
				Compile(nil, all...).Forward([][]float64{nil}),
			} {
				require.InDeltaSlice(t, data(all), got[0], 1e-12, what)
			}
			ZeroGrad(x, y)
			Compile(nil, first[1]).Backward([][]float64{nil})
			require.InDeltaSlice(t, []float64{0, 6 * y.Data}, grads(in), 1e-12, what)
			grad := Compile(in, first[1]).VJP([][]float64{data(in)}, [][]float64{{1}})[0]
			require.InDeltaSlice(t, []float64{0, 6 * y.Data}, grad, 1e-12, what)
		}
	}
}

func TestHypotAndAtan2AtZeroHaveDerivativesOfZeroOfEveryOrder(t *testing.T) {
	for _, op := range []*Op{hypot, atan2} {
		x := Values(0, 0)
		derivatives := []*Value{op.Apply2(x[0], x[1])}
		for range 3 {
			var next []*Value
			for _, d := range derivatives {
				next = append(next, Gradient(d, x...)...)
			}
			derivatives = next
			assert.Equal(t, make([]float64, len(next)), data(next), op.Name)
		}
	}
}

func TestAnInfiniteConstantFactorHandsOnZero(t *testing.T) {
	x := New(-3)
	for _, y := range []*Value{x.DivC(0).ReLU(), x.MulC(inf).ReLU(), x.MulC(inf).Exp()} {
		x.Grad = 0
		y.Backward()
		assert.Zero(t, x.Grad)
		assert.Zero(t, Gradient(y, x)[0].Data)
		got := Compile([]*Value{x}, Gradient(y, x)[0]).Forward([][]float64{{-3}})
		assert.Equal(t, [][]float64{{0}}, got)
	}
	assert.Equal(t, []float64{inf}, data(Gradient(x.DivC(0), x)))
}

// A factor of 0 ends the search: what lies behind it needs no derivative.
func TestAConstantFactorOfZeroEndsTheGradient(t *testing.T) {
	x := New(2)
	assert.Equal(t, []float64{0}, data(Gradient(x.MulC(inf).MulC(0), x)))
	withoutG := &Op{Name: "withoutG", F: func(x, y float64) float64 { return x }}
	assert.Equal(t, []float64{0}, data(Gradient(withoutG.Apply(x).MulC(0), x)))
}

func TestGOfAnOperationOnOneNumberGetsA0(t *testing.T) {
	op := &Op{
		Name: "x + y + xy",
		F:    func(x, y float64) float64 { return x + y + x*y },
		G:    func(x, y, z *Value) (dx, dy *Value) { return y.AddC(1), x.AddC(1) },
	}
	x := New(3)
	assert.Equal(t, []float64{1}, data(Gradient(op.Apply(x), x)))
}

func TestGradientTakesResultsAsVariables(t *testing.T) {
	x := New(2)
	a := x.PowC(3) // 8
	b := a.Mul(x)  // 16
	y := a.Mul(b)
	assert.Equal(t, []float64{16, 8}, data(Gradient(y, a, b)), "a varies while b is held fixed")
	assert.Equal(t, []float64{16 + 8*2}, data(Gradient(y, a)), "b varies with a")
	assert.Equal(t, []float64{7 * 64}, data(Gradient(y, x)))
	assert.Equal(t, []float64{1, 0}, data(Gradient(y, y, x)))
}

// In a simulation, what lies before the positions of a step is most of the graph.
func TestGradientDoesNotLookAtWhatLiesBeforeTheVariables(t *testing.T) {
	withoutG := &Op{
		Name: "withoutG",
		F:    func(x, y float64) float64 { return x },
		D:    func(x, y, z float64) (dx, dy float64) { return 1, 0 },
	}
	start := New(2)
	before := start.Exp()
	x := withoutG.Apply(before)
	mark := before.mark
	assert.Equal(t, []float64{2 * x.Data}, data(Gradient(x.Mul(x), x)))
	assert.Equal(t, mark, before.mark, "not even the search did")
	assert.PanicsWithValue(t, `micrograd: Gradient: the Op "withoutG" has no G`,
		func() { Gradient(x.Mul(x), start) })
	assert.Equal(t, []float64{1}, data(Gradient(x.Add(before), before.Mul(before), x)[1:]))
}

func TestGradientOfWhatDoesNotDependOnXIsZero(t *testing.T) {
	x, w := New(2), New(3)
	g := Gradient(w.Exp(), x, w, x)
	assert.Equal(t, []float64{0, math.Exp(3), 0}, data(g))
	assert.Same(t, g[0], g[2], "the same x, the same derivative")
	assert.Equal(t, []float64{0}, data(Gradient(g[0], x)))
	assert.Equal(t, []float64{1, 0}, data(Gradient(x, x, w)))
	assert.Empty(t, Gradient(x))
	assert.Equal(t, []float64{0, 0, 0}, append(grads([]*Value{x, w}), g[0].Grad),
		"Grad is left alone")
}

func TestGradientRefusesNil(t *testing.T) {
	x := New(2)
	assert.PanicsWithValue(t, "micrograd: Gradient with respect to x 1, which is nil",
		func() { Gradient(x, x, nil) })
	assert.PanicsWithValue(t, "micrograd: Gradient of a y that is nil", func() { Gradient(nil, x) })
}

// A leaf that Gradient returns is of its own, so that a change of its Data changes nothing else.
func TestAConstantDerivativeIsALeafOfItsOwn(t *testing.T) {
	x := New(2)
	y := x.MulC(3)
	g := Gradient(y, x)[0]
	assert.Equal(t, "", g.OpName())
	g.Data = 100
	assert.Equal(t, []float64{3}, data(Gradient(y, x)))
	assert.Len(t, g.Mul(x).Args(), 2, "it is no constant")
}

func TestGradientOfADeepGraphNeedsNoStack(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(1 << 20))
	x := New(1)
	z := x
	for range 1_000_000 {
		z = z.Add(x)
	}
	assert.Equal(t, []float64{1_000_001}, data(Gradient(z, x)))
	z = x
	for range 100_000 {
		z = z.Sin()
	}
	z.Backward()
	assert.InDelta(t, x.Grad, Gradient(z, x)[0].Data, 1e-15)
}

// A gradient takes no more nodes than it needs: one for the sum of all products, and none for
// factors that are constant.
func TestGradientsAreSmallGraphs(t *testing.T) {
	x := Values(1, 2, 3)
	size := func(v *Value) (nodes int) {
		for u := range v.All() {
			if u.op != nil {
				nodes++
			}
		}
		return nodes
	}
	w := New(5)
	for name, c := range map[string]struct {
		y    *Value
		want int
	}{
		"constant factors":        {x[0].MulC(3).DivC(2).Neg().SubC(1), 0},
		"a factor of 0":           {x[0].Mul(x[1]).MulC(0), 0},
		"a weight":                {x[0].Mul(w), 0},
		"a product of weights":    {x[0].Mul(w).Mul(w), 1},
		"a sum":                   {Sum(x[0].Exp(), x[0].Mul(w), x[0]), 3}, // exp + w + 1
		"a square":                {x[0].PowC(2), 1},
		"two products":            {x[0].Exp().Mul(x[0].Exp()).Mul(w), 9},
		"three weights":           {linearNode(Values(1, 2, 3), x, w), 0},
		"three weights and exp z": {Dot(Values(1, 2, 3), x).Exp(), 3},
	} {
		assert.Equal(t, c.want, size(Gradient(c.y, x...)[0]), name)
	}
}
