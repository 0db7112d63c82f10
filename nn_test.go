package micrograd

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gomicrograd/micrograd/gradcheck"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The next three tests have the formulas of the README's table: h = f(Wx + b), L = ½(y − h)².

func TestLinearNeuronMatchesItsFormulas(t *testing.T) {
	for _, c := range []struct{ W, x, b, y float64 }{
		{0.5, 2, 0.25, 1}, {-1.5, 3, 4, -2}, {0, 0, 0, 5}, {1e-3, 1e3, -7, 0.1},
	} {
		W, x, b, y := New(c.W), New(c.x), New(c.b), New(c.y)
		n := &Neuron{W: []*Value{W}, B: b, Act: Identity}
		h := n.Forward([]*Value{x})
		L := HalfSquaredError([]*Value{h}, []*Value{y})

		wantH := c.W*c.x + c.b
		assert.InDelta(t, wantH, h.Data, 1e-12, "h = Wx + b")
		assert.InDelta(t, 0.5*(c.y-wantH)*(c.y-wantH), L.Data, 1e-12, "L = ½(y−h)²")

		L.Backward()
		assert.InDelta(t, wantH-c.y, h.Grad, 1e-12, "∂L/∂h = h−y")
		assert.InDelta(t, (wantH-c.y)*c.x, W.Grad, 1e-9, "∂L/∂W = (h−y)x")
		assert.InDelta(t, wantH-c.y, b.Grad, 1e-12, "∂L/∂b = h−y")

		ZeroGrad(W, x, b)
		h.Backward()
		assert.Equal(t, c.x, W.Grad, "∂h/∂W = x")
		assert.Equal(t, 1.0, b.Grad, "∂h/∂b = 1")
		assert.Equal(t, c.W, x.Grad, "∂h/∂x = W")
	}
}

func TestNeuronWithActivationMatchesItsFormulas(t *testing.T) {
	// ∂L/∂W = (h − y) f′(Wx + b) x, and the same with 1 in place of x for b.
	W, x, b, y := []float64{0.8, -0.3}, []float64{1.5, 2}, 0.1, 0.4
	z := W[0]*x[0] + W[1]*x[1] + b
	sigma := 1 / (1 + math.Exp(-z))
	for _, c := range []struct {
		act   *Op
		h, dh float64
	}{
		{Identity, z, 1},
		{ReLU, z, 1},
		{LeakyReLU, z, 1},
		{Tanh, math.Tanh(z), 1 / (math.Cosh(z) * math.Cosh(z))},
		{Sigmoid, sigma, sigma * (1 - sigma)},
		{Softplus, math.Log(1 + math.Exp(z)), sigma},
	} {
		n := &Neuron{W: Values(W...), B: New(b), Act: c.act}
		h := n.Forward(Values(x...))
		HalfSquaredError([]*Value{h}, Values(y)).Backward()
		assert.InDelta(t, c.h, h.Data, 1e-12, c.act.Name)
		dz := (c.h - y) * c.dh
		assert.InDeltaSlice(t, []float64{dz * x[0], dz * x[1], dz}, grads(n.Parameters()), 1e-12,
			c.act.Name)
	}
}

func TestTwoLayersMatchTheirFormulas(t *testing.T) {
	// h = tanh(Vx + a), o = Wh + b.
	// Backward: δo = o − y, ∂L/∂W = δo hᵀ, δh = (Wᵀδo)·(1 − h²), ∂L/∂V = δh xᵀ.
	V, a := [2][2]float64{{0.5, -0.2}, {0.3, 0.7}}, [2]float64{0.1, -0.1}
	W, b := [2]float64{1.2, -0.8}, 0.05
	x, y := [2]float64{0.6, -1.1}, 0.3
	m := &MLP{Layers: []*Layer{
		{Neurons: []*Neuron{
			{W: Values(V[0][:]...), B: New(a[0]), Act: Tanh},
			{W: Values(V[1][:]...), B: New(a[1]), Act: Tanh},
		}},
		{Neurons: []*Neuron{{W: Values(W[:]...), B: New(b), Act: Identity}}},
	}}
	HalfSquaredError(m.Forward(Values(x[:]...)), Values(y)).Backward()

	var h [2]float64
	o := b
	for i := range h {
		h[i] = math.Tanh(V[i][0]*x[0] + V[i][1]*x[1] + a[i])
		o += W[i] * h[i]
	}
	var want []float64
	do := o - y
	for i := range h {
		dh := W[i] * do * (1 - h[i]*h[i])
		want = append(want, dh*x[0], dh*x[1], dh)
	}
	want = append(want, do*h[0], do*h[1], do)
	assert.InDeltaSlice(t, want, grads(m.Parameters()), 1e-12)
}

func TestWholeNetworkMatchesFiniteDifferences(t *testing.T) {
	for _, act := range Activations() {
		m := NewMLP(seeded(3), act, 3, 4, 4, 2)
		params := m.Parameters()
		loss := func() *Value { return CrossEntropy(m.Forward(Values(0.5, -1, 2)), Values(0, 1)) }
		loss().Backward()
		require.NoError(t, gradcheck.Check(func(p []float64) float64 {
			for i, x := range p {
				params[i].Data = x
			}
			return loss().Data
		}, grads(params), data(params)), act.Name)
	}
}

// What was built from a slice stays as it is when the owner of the slice fills it anew.
func TestGraphsDontKeepTheSlicesTheyAreMadeFrom(t *testing.T) {
	net := NewMLP(seeded(1), Tanh, 2, 3, 2)
	for name, build := range map[string]func(xs []*Value) *Value{
		"MLP":   func(xs []*Value) *Value { return Sum(net.Forward(xs)...) },
		"Layer": func(xs []*Value) *Value { return Sum(net.Layers[0].Forward(xs)...) },
		"Neuron": func(xs []*Value) *Value {
			return net.Layers[0].Neurons[0].Forward(xs)
		},
		"cross-entropy, t": func(xs []*Value) *Value { return CrossEntropy(Values(1, 2), xs) },
		"cross-entropy, z": func(xs []*Value) *Value { return CrossEntropy(xs, Values(1, 2)) },
		"Softmax":          func(xs []*Value) *Value { return Softmax(xs)[0] },
		"LogSoftmax":       func(xs []*Value) *Value { return LogSoftmax(xs)[0] },
		"Sum":              func(xs []*Value) *Value { return Sum(xs...) },
		"Dot":              func(xs []*Value) *Value { return Dot(xs, xs) },
		"BatchNorm":        func(xs []*Value) *Value { return BatchNorm(xs, New(1), New(2))[0] },
		"MSE":              func(xs []*Value) *Value { return MSE(xs, xs) },
		"HalfSquaredError": func(xs []*Value) *Value { return HalfSquaredError(Values(3, 4), xs) },
	} {
		leaves := Values(0.3, 0.6)
		build(leaves).Backward()
		again := Values(0.3, 0.6)
		xs := slices.Clone(again)
		z := build(xs)
		copy(xs, []*Value{z, New(7)})
		z.Backward()
		assert.Equal(t, grads(leaves), grads(again), name)
	}
	xs := Values(1, 2, 4)
	leaves := slices.Clone(xs)
	copy(xs, BatchNorm(xs, New(1), New(0)))
	Dot(xs, Values(1, 5, 2)).Backward()
	assert.NotZero(t, leaves[0].Grad)
}

func TestNewMLPHasTheShapeAsked(t *testing.T) {
	m := NewMLP(seeded(1), ReLU, 2, 16, 16, 1)
	assert.Equal(t, "MLP(2 → 16 ReLU → 16 ReLU → 1 Identity)", m.String())
	assert.Len(t, m.Parameters(), 2*16+16+16*16+16+16*1+1)
	assert.Len(t, m.Forward(Values(1, 2)), 1)
	var want []*Value
	for _, l := range m.Layers {
		for _, n := range l.Neurons {
			want = append(append(want, n.W...), n.B)
			assert.Zero(t, n.B.Data)
		}
	}
	for i, p := range m.Parameters() {
		require.Same(t, want[i], p)
	}
	assert.Equal(t, data(m.Forward(Values(0.5, -2))), m.Predict(0.5, -2))
}

func TestNewLayerDocListsTheActivationsWithFactor2(t *testing.T) {
	_, doc, _ := strings.Cut(readFile(t, "nn.go"), "// NewLayer returns")
	doc, _, _ = strings.Cut(strings.ReplaceAll(doc, "\n//", ""), "func NewLayer")
	for _, act := range Activations() {
		_, list, _ := strings.Cut(doc, "2/in for ")
		list, _, _ = strings.Cut(list, ", since")
		names := regexp.MustCompile(`\w+`).FindAllString(list, -1)
		if (factors[act] == 2) != slices.Contains(names, act.Name) {
			t.Errorf("%s has the variance %g/in: does the comment of NewLayer in nn.go say so?",
				act.Name, factors[act])
		}
	}
}

func TestInitialWeightsHaveTheStatedVariance(t *testing.T) {
	for _, act := range Activations() {
		want := factors[act] / 50
		var mean, square, most float64
		m := NewMLP(seeded(1), act, 50, 2000, 1)
		for _, n := range m.Layers[0].Neurons {
			for _, w := range n.W {
				mean += w.Data / 100_000
				square += w.Data * w.Data / 100_000
				most = max(most, math.Abs(w.Data))
			}
		}
		assert.InDelta(t, 0, mean, 0.01*math.Sqrt(want), act.Name)
		assert.InEpsilon(t, want, square, 0.02, act.Name)
		assert.InEpsilon(t, math.Sqrt(3*want), most, 0.01, "%s: uniform", act.Name)
		assert.InDelta(t, 1./2000, variance(m.Layers[1].Neurons[0].W), 0.05/2000,
			"%s: the last layer is linear", act.Name)
	}
}

func variance(vs []*Value) (s float64) {
	for _, v := range vs {
		s += v.Data * v.Data / float64(len(vs))
	}
	return s
}

func TestNewMLPKeepsTheSizeOfSignals(t *testing.T) {
	for seed := range uint64(3) {
		for _, act := range Activations() {
			signal, gradient := throughTenLayers(seed, act, false)
			assert.True(t, 0.05 < signal && signal < 20,
				"%s: a signal grows by %g: is %g, in activation(…), the right variance?",
				act.Name, signal, factors[act])
			if act != Sigmoid {
				assert.True(t, 0.05 < gradient && gradient < 20, "%s: a gradient grows by %g",
					act.Name, gradient)
			}
		}
		_, vanished := throughTenLayers(seed, Sigmoid, false)
		assert.InDelta(t, -6, math.Log10(vanished), 0.5, "without BatchNorm")
		_, gradient := throughTenLayers(seed, Sigmoid, true)
		assert.InDelta(t, -1, math.Log10(gradient), 0.5, "with BatchNorm")
	}
}

// throughTenLayers returns two ratios: the size of the output of ten layers to that of the input,
// and the size of the gradient of the first layer's weights to that of the last layer's.
func throughTenLayers(seed uint64, act *Op, batchNorm bool) (signal, gradient float64) {
	sizes := slices.Repeat([]int{64}, 11)
	m := NewMLP(seeded(seed), act, sizes...)
	rng := seeded(seed + 100)
	batch := make([][]*Value, 16)
	for r := range batch {
		for range 64 {
			batch[r] = append(batch[r], New(rng.NormFloat64()))
		}
	}
	in := variance(batch[0])
	for _, l := range m.Layers {
		next := make([][]*Value, len(batch))
		for _, n := range l.Neurons {
			sums := make([]*Value, len(batch))
			for r, x := range batch {
				sums[r] = linearNode(n.W, x, n.B)
			}
			if batchNorm && n.Act != Identity {
				sums = BatchNorm(sums, New(1), New(0))
			}
			for r, s := range sums {
				next[r] = append(next[r], n.Act.Apply(s))
			}
		}
		batch = next
	}
	out := slices.Concat(batch...)
	Dot(out, out).Backward()
	first, last := m.Layers[0].Neurons, m.Layers[len(m.Layers)-1].Neurons
	return math.Sqrt(variance(out) / in), gradSize(first) / gradSize(last)
}

func gradSize(neurons []*Neuron) (s float64) {
	for _, n := range neurons {
		for _, w := range n.W {
			s += w.Grad * w.Grad
		}
	}
	return math.Sqrt(s)
}

func TestNewMLPWithTheSameSeedIsTheSameNetwork(t *testing.T) {
	weights := func(seed uint64) []float64 {
		return data(NewMLP(seeded(seed), Tanh, 3, 5, 2).Parameters())
	}
	assert.Equal(t, weights(1), weights(1))
	assert.NotEqual(t, weights(1), weights(2))
	// The rule of the doc comment, applied by hand to the numbers that PCG gives: they are the same
	// on every machine.
	rng := seeded(1)
	for _, w := range NewMLP(seeded(1), Tanh, 3, 5, 2).Layers[0].Neurons[0].W {
		require.Equal(t, 2*rng.Float64()-1, w.Data) // √(3 · 1/3) is 1
	}
}

func TestNetworksRefuseMistakes(t *testing.T) {
	rng := seeded(1)
	for _, c := range []struct {
		want    string
		mistake func()
	}{
		{"micrograd: NewMLP with sizes [], want two or more", func() { NewMLP(rng, ReLU) }},
		{"micrograd: NewMLP with sizes [2], want two or more", func() { NewMLP(rng, ReLU, 2) }},
		{"micrograd: a layer of 0 neurons with 2 inputs, want both positive",
			func() { NewMLP(rng, ReLU, 2, 0, 1) }},
		{"micrograd: a layer of 1 neurons with -1 inputs, want both positive",
			func() { NewMLP(rng, ReLU, -1, 1) }},
		{"micrograd: a layer of 3 neurons with 0 inputs, want both positive",
			func() { NewLayer(rng, ReLU, 0, 3) }},
		{"micrograd: 3 inputs for a neuron with 2 weights",
			func() { NewMLP(rng, ReLU, 2, 1).Forward(Values(1, 2, 3)) }},
		{"micrograd: 1 inputs for a neuron with 2 weights",
			func() { NewMLP(rng, ReLU, 2, 1).Predict(1) }},
		{"micrograd: a layer without an rng", func() { NewMLP(nil, ReLU, 2, 1) }},
		{"micrograd: a layer without an activation; use Identity for a linear one",
			func() { NewMLP(rng, nil, 2, 3, 1) }},
	} {
		assert.PanicsWithValue(t, c.want, c.mistake)
	}
}

func TestBatchNormMatchesHandCalculation(t *testing.T) {
	// Mean 2, biased variance (1 + 0 + 1)/3.
	s := math.Sqrt(2./3 + 1e-5)
	got := data(BatchNorm(Values(1, 2, 3), New(10), New(0.5)))
	assert.InDeltaSlice(t, []float64{-10/s + 0.5, 0.5, 10/s + 0.5}, got, 1e-12)
	assert.Equal(t, []float64{7}, data(BatchNorm(Values(3), New(10), New(7))),
		"a batch of one has no variance")
}

func TestBatchNormMatchesFiniteDifferences(t *testing.T) {
	weights := Values(1, -2, 0.5, 3)
	f := func(x []*Value) *Value { return Dot(weights, BatchNorm(x[:4], x[4], x[5])) }
	require.NoError(t, gradcheck.Check(Differentiate(f, 1, 2, 0.5, -1, 1.5, 0.2)))
}
