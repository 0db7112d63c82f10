package micrograd

import (
	"encoding/json"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func marshal(t testing.TB, v any) string {
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

func TestJSONRestoresEveryBit(t *testing.T) {
	m := NewMLP(seeded(1), GELU, 2, 3, 3, 1)
	odd := []float64{math.Copysign(0, -1), 5e-324, math.MaxFloat64, -math.MaxFloat64, 0.1, 1. / 3,
		1e21, math.Pi, 1 << 53}
	for i, x := range odd {
		m.Parameters()[i].Data = x
	}
	var loaded MLP
	require.NoError(t, json.Unmarshal([]byte(marshal(t, m)), &loaded))
	assert.Equal(t, m.String(), loaded.String())
	assert.Equal(t, bits(data(m.Parameters())...), bits(data(loaded.Parameters())...))
}

func TestJSONHasThePyTorchLayout(t *testing.T) {
	m := MLP{Layers: []*Layer{
		{Neurons: []*Neuron{{W: Values(1, 2), B: New(3), Act: Tanh},
			{W: Values(4, 5), B: New(6), Act: Tanh}, {W: Values(7, 8), B: New(9), Act: Tanh}}},
		{Neurons: []*Neuron{{W: Values(0.5, -0.5, 0.25), B: New(-1), Act: Identity}}},
	}}
	want := `{"layers":[` +
		`{"weight":[[1,2],[4,5],[7,8]],"bias":[3,6,9],"activation":"Tanh"},` +
		`{"weight":[[0.5,-0.5,0.25]],"bias":[-1],"activation":"Identity"}]}`
	assert.Equal(t, want, marshal(t, m))
	assert.Equal(t, want, marshal(t, &m))
}

func TestJSONOfOptimizersHasTheirSettingsAndState(t *testing.T) {
	w := New(1)
	w.Grad = 2
	adam, sgd := NewAdam(0.1), &SGD{LR: 0.5, Momentum: 0.9}
	assert.Equal(t, `{"lr":0.1,"beta1":0.9,"beta2":0.999,"eps":1e-8,"t":0,"m":null,"v":null}`,
		marshal(t, adam))
	sgd.Step([]*Value{w})
	assert.Equal(t, `{"lr":0.5,"momentum":0.9,"v":[2]}`, marshal(t, sgd))
	adam.Beta1, adam.Beta2 = 0.5, 0.75
	adam.Step([]*Value{w})
	assert.Equal(t, `{"lr":0.1,"beta1":0.5,"beta2":0.75,"eps":1e-8,"t":1,"m":[1],"v":[1]}`,
		marshal(t, adam))
}

func TestJSONOfANewOptimizerResetsAUsedOne(t *testing.T) {
	w := New(1)
	w.Grad = 2
	sgd, adam := &SGD{LR: 0.5, Momentum: 0.9}, NewAdam(0.1)
	newSGD, newAdam := marshal(t, sgd), marshal(t, adam)
	sgd.Step([]*Value{w})
	adam.Step([]*Value{w})
	require.NoError(t, json.Unmarshal([]byte(newSGD), sgd))
	require.NoError(t, json.Unmarshal([]byte(newAdam), adam))
	assert.Equal(t, &SGD{LR: 0.5, Momentum: 0.9}, sgd)
	assert.Equal(t, NewAdam(0.1), adam)
}

func TestUnmarshalReplacesTheLayers(t *testing.T) {
	m := NewMLP(seeded(1), Tanh, 2, 3, 3, 1)
	other := NewMLP(seeded(2), ReLU, 4, 5)
	require.NoError(t, json.Unmarshal([]byte(marshal(t, other)), m))
	assert.Equal(t, "MLP(4 → 5 Identity)", m.String())
}

// Training goes on from a checkpoint as if it had never stopped.
func TestTrainingGoesOnFromACheckpointToTheBit(t *testing.T) {
	type checkpoint struct {
		Net  *MLP
		SGD  *SGD
		Adam *Adam
	}
	for name, start := range map[string]checkpoint{
		"SGD":  {SGD: &SGD{LR: 0.05, Momentum: 0.9}},
		"Adam": {Adam: NewAdam(0.02)},
	} {
		_, net, rows := hingeProgram()
		start.Net = net
		train := func(c checkpoint, steps int) {
			var opt Optimizer = c.SGD
			if c.Adam != nil {
				opt = c.Adam
			}
			for step := range Train(c.Net.Parameters(), opt, func() float64 {
				loss := hingeLoss(c.Net, Values(rows[0]...))
				loss.Backward()
				return loss.Data
			}) {
				if step == steps-1 {
					break
				}
			}
		}
		load := func(text string) (c checkpoint) {
			require.NoError(t, json.Unmarshal([]byte(text), &c))
			return c
		}
		train(start, 1) // so that there is a state
		text := marshal(t, start)
		whole, half := load(text), load(text)
		train(whole, 200)
		train(half, 100)
		again := load(marshal(t, half))
		train(again, 100)
		assert.Equal(t, marshal(t, whole), marshal(t, again), name)
		assert.NotEqual(t, text, marshal(t, again), name)
	}
}

func TestMarshalRefusesWhatUnmarshalWouldNotAccept(t *testing.T) {
	net := func(change func(m *MLP)) *MLP {
		m := NewMLP(seeded(1), ReLU, 2, 3, 1)
		change(m)
		return m
	}
	custom := &Op{Name: "ReLU", F: ReLU.F, D: ReLU.D}
	same := ", want the same for the whole layer, and one of " + activationNames()
	for _, c := range []struct {
		want string
		m    *MLP
	}{
		{"layer 0: weight[2][1] is NaN, want a finite number",
			net(func(m *MLP) { m.Layers[0].Neurons[2].W[1].Data = nan })},
		{"layer 1: bias[0] is -Inf, want a finite number",
			net(func(m *MLP) { m.Layers[1].Neurons[0].B.Data = -inf })},
		{"no layers, want at least one", &MLP{}},
		{"layer 0: no neurons, want a row of weights for each",
			net(func(m *MLP) { m.Layers[0].Neurons = nil })},
		{"layer 0: neuron 0 has 0 weights, want at least one",
			net(func(m *MLP) { m.Layers[0].Neurons[0].W = nil })},
		{"layer 0: neuron 1 has 1 weights, want 2",
			net(func(m *MLP) { m.Layers[0].Neurons[1].W = Values(1) })},
		{"layer 1: neuron 0 has 2 weights, want 3",
			net(func(m *MLP) { m.Layers[1].Neurons[0].W = Values(1, 2) })},
		{"layer 0: neuron 0: activation ReLU" + same, net(func(m *MLP) {
			for _, n := range m.Layers[0].Neurons {
				n.Act = custom
			}
		})},
		{"layer 0: neuron 2: activation Tanh" + same,
			net(func(m *MLP) { m.Layers[0].Neurons[2].Act = Tanh })},
		{"layer 0: neuron 0: activation nil" + same,
			net(func(m *MLP) { m.Layers[0].Neurons[0].Act = nil })},
		{"layer 0: it or one of its neurons is nil", &MLP{Layers: []*Layer{nil}}},
		{"layer 1: it or one of its neurons is nil",
			net(func(m *MLP) { m.Layers[1].Neurons[0] = nil })},
		{"layer 0: weight[0][1] is null, want a finite number",
			net(func(m *MLP) { m.Layers[0].Neurons[0].W[1] = nil })},
		{"layer 0: bias[0] is null, want a finite number",
			net(func(m *MLP) { m.Layers[0].Neurons[0].B = nil })},
	} {
		_, err := c.m.MarshalJSON()
		assert.EqualError(t, err, "micrograd: "+c.want)
	}
}

func TestStringOfUnfinishedNetworksDoesntPanic(t *testing.T) {
	assert.Equal(t, "MLP( → 0)", (&MLP{Layers: []*Layer{{}}}).String())
	assert.Equal(t, "MLP(1 → 1)",
		(&MLP{Layers: []*Layer{{Neurons: []*Neuron{{W: Values(1), B: New(1)}}}}}).String())
}

func TestUnmarshalSaysWhatIsWrongAndLeavesTheNetworkAsItWas(t *testing.T) {
	const layer = `{"weight":[[1,2],[3,4]],"bias":[5,6],"activation":"ReLU"}`
	long, nines := strings.Repeat("x", 1e6), strings.Repeat("9", 1e6)
	for _, c := range []struct{ text, want string }{
		{`null`, `no layers, want at least one`},
		{`{}`, `no layers, want at least one`},
		{`{"layers":[]}`, `no layers, want at least one`},
		{`{"layers":null}`, `no layers, want at least one`},
		{`[]`, `found array, want an object`},
		{`"x"`, `found string, want an object`},
		{`{"layers":3}`, `layers: found number, want an array`},
		{`{"layers":[3]}`, `layer 0: found number, want an object`},
		{`{"layers":[null]}`, `layer 0: no neurons, want a row of weights for each`},
		{`{"layers":[{}]}`, `layer 0: no neurons, want a row of weights for each`},
		{`{"layers":[{"weight":[[1]],"bias":[1]}]}`,
			`layer 0: activation "", want one of ` + activationNames()},
		{`{"layers":[{"weight":[[1]],"activation":"ReLU"}]}`,
			`layer 0: 0 biases, want 1, one for each neuron`},
		{`{"layers":[{"weight":[[]],"bias":[1],"activation":"ReLU"}]}`,
			`layer 0: neuron 0 has 0 weights, want at least one`},
		{`{"layers":[` + layer + `],"sizes":[1000000000]}`,
			`json: unknown field "sizes"`},
		{`{"layers":[{"wieght":[[1]],"bias":[1],"activation":"ReLU"}]}`,
			`layer 0: json: unknown field "wieght"`},
		{`{"layers":[` + layer + `,{"weight":7}]}`, `layer 1: weight: found number, want an array`},
		{`{"layers":[{"weight":[1],"bias":[1],"activation":"ReLU"}]}`,
			`layer 0: neuron 0: weight: found number, want an array`},
		{`{"layers":[{"weight":[[1],["1"]],"bias":[1],"activation":"ReLU"}]}`,
			`layer 0: neuron 1: weight: found string, want a finite number`},
		{`{"layers":[{"weight":[[1e999]],"bias":[1],"activation":"ReLU"}]}`,
			`layer 0: neuron 0: weight: found number 1e999, want a finite number`},
		{`{"layers":[{"weight":[[1,null]],"bias":[1],"activation":"ReLU"}]}`,
			`layer 0: weight[0][1] is null, want a finite number`},
		{`{"layers":[{"weight":[[1]],"bias":[null],"activation":"ReLU"}]}`,
			`layer 0: bias[0] is null, want a finite number`},
		{`{"layers":[{"weight":[[1]],"bias":[true],"activation":"ReLU"}]}`,
			`layer 0: bias: found bool, want a finite number`},
		{`{"layers":[{"weight":[[1],null],"bias":[1,2],"activation":"ReLU"}]}`,
			`layer 0: neuron 1 has 0 weights, want 1`},
		{`{"layers":[{"weight":[[1,2],[3]],"bias":[1,2],"activation":"ReLU"}]}`,
			`layer 0: neuron 1 has 1 weights, want 2`},
		{`{"layers":[{"weight":[[1],[2]],"bias":[1],"activation":"ReLU"}]}`,
			`layer 0: 1 biases, want 2, one for each neuron`},
		{`{"layers":[` + layer + `,{"weight":[[1,2,3]],"bias":[1],"activation":"Identity"}]}`,
			`layer 1: neuron 0 has 3 weights, want 2`},
		{`{"layers":[{"weight":[[1]],"bias":[1],"activation":"sin"}]}`,
			`layer 0: activation "sin", want one of ` + activationNames()},
		{`{"layers":[{"weight":[[1]],"bias":[1],"activation":7}]}`,
			`layer 0: activation: found number, want a string`},
		// What the text holds is not echoed whole.
		{`{"layers":[{"weight":[[` + nines + `]],"bias":[1]}]}`,
			`layer 0: neuron 0: weight: found number ` + nines[:25] + `, want a finite number`},
		{`{"layers":[{"weight":[[1]],"bias":[1],"activation":"` + long + `"}]}`,
			`layer 0: activation "` + long[:32] + `", want one of ` + activationNames()},
		{`{"` + long + `":1}`, `json: unknown field "` + long[:43]},
	} {
		m := NewMLP(seeded(1), Tanh, 2, 3, 1)
		before := marshal(t, m)
		err := json.Unmarshal([]byte(c.text), m)
		assert.EqualError(t, err, "micrograd: "+c.want, "%.100s", c.text)
		assert.Equal(t, before, marshal(t, m))
	}
}

// json.Unmarshal refuses these before it calls the method.
func TestUnmarshalJSONRefusesWhatIsNoSingleValue(t *testing.T) {
	good := marshal(t, NewMLP(seeded(1), Tanh, 2, 3, 1))
	for _, text := range []string{"", "{", good + good, good + " garbage", good + "]", good[1:]} {
		var m MLP
		assert.ErrorContains(t, m.UnmarshalJSON([]byte(text)), "micrograd: ", text)
		assert.Empty(t, m.Layers)
	}
}

func TestUnmarshalAcceptsKeysInAnyOrderAndEscaped(t *testing.T) {
	var m MLP
	require.NoError(t, json.Unmarshal([]byte(
		`{"layers":[{"bias":[5],"activation":"Tan\u0068","w\u0065ight":[[1,2]]}]}`), &m))
	assert.Equal(t, []float64{1, 2, 5}, data(m.Parameters()))
	assert.Equal(t, "MLP(2 → 1 Tanh)", m.String())
}

// FuzzModel holds that what UnmarshalJSON accepts is a network that works, and is written and read
// as itself.
func FuzzModel(f *testing.F) {
	f.Add([]byte(marshal(f, NewMLP(seeded(1), Tanh, 2, 2, 1))))
	for _, s := range []string{
		"", "{}", "null", `{"layers":[{"weight":[[1]],"bias":[null],"activation":"ReLU"}]}`,
		`{"layers":[{"weight":[[1e308]],"bias":[-0],"activation":"GELU"},` +
			`{"weight":[[1],[2]],"bias":[1,2],"activation":"ReLU"}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var m, n MLP
		n.UnmarshalJSON(text) // doesn't panic, whatever the text is
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := json.Unmarshal(text, &m)
		runtime.ReadMemStats(&after)
		// A number takes two bytes of the text or more, and becomes a Value.
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(100_000+200*len(text)))
		if err != nil {
			require.Empty(t, m.Layers)
			return
		}
		in, out := len(m.Layers[0].Neurons[0].W), len(m.Layers[len(m.Layers)-1].Neurons)
		require.Len(t, m.Predict(make([]float64, in)...), out)
		first := marshal(t, m)
		var again MLP
		require.NoError(t, json.Unmarshal([]byte(first), &again))
		require.Equal(t, first, marshal(t, again))
	})
}
