package micrograd

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSaveThenLoadRestoresEveryBit(t *testing.T) {
	m := NewMLP(seeded(1), GELU, 2, 3, 3, 1)
	odd := []float64{math.Copysign(0, -1), 5e-324, math.MaxFloat64, -math.MaxFloat64, 0.1, 1. / 3,
		1e21, math.Pi, 1 << 53}
	for i, x := range odd {
		m.Parameters()[i].Data = x
	}
	var file bytes.Buffer
	require.NoError(t, m.Save(&file))
	loaded, err := LoadMLP(&file)
	require.NoError(t, err)
	assert.Equal(t, m.String(), loaded.String())
	want, got := data(m.Parameters()), data(loaded.Parameters())
	require.Len(t, got, len(want))
	for i := range want {
		assert.Equal(t, math.Float64bits(want[i]), math.Float64bits(got[i]))
	}
}

func TestFilesHaveThePyTorchLayout(t *testing.T) {
	m := &MLP{Layers: []*Layer{
		{Neurons: []*Neuron{{W: Values(1, 2), B: New(3), Act: Tanh},
			{W: Values(4, 5), B: New(6), Act: Tanh}, {W: Values(7, 8), B: New(9), Act: Tanh}}},
		{Neurons: []*Neuron{{W: Values(0.5, -0.5, 0.25), B: New(-1), Act: Identity}}},
	}}
	var file bytes.Buffer
	require.NoError(t, m.Save(&file))
	assert.Equal(t, `{"layers":[`+
		`{"weight":[[1,2],[4,5],[7,8]],"bias":[3,6,9],"activation":"Tanh"},`+
		`{"weight":[[0.5,-0.5,0.25]],"bias":[-1],"activation":"Identity"}]}`+"\n", file.String())
}

func TestSaveRefusesWhatLoadWouldNotAccept(t *testing.T) {
	net := func(change func(m *MLP)) *MLP {
		m := NewMLP(seeded(1), ReLU, 2, 3, 1)
		change(m)
		return m
	}
	custom := &Op{Name: "ReLU", F: ReLU.F, D: ReLU.D}
	want := ", want the same for the whole layer, and one of " + activationNames()
	for _, c := range []struct {
		want string
		m    *MLP
	}{
		{"micrograd: save: layer 0: weight[2][1] is NaN, want a finite number",
			net(func(m *MLP) { m.Layers[0].Neurons[2].W[1].Data = nan })},
		{"micrograd: save: layer 1: bias[0] is -Inf, want a finite number",
			net(func(m *MLP) { m.Layers[1].Neurons[0].B.Data = -inf })},
		{"micrograd: save: no layers, want at least one", &MLP{}},
		{"micrograd: save: layer 0: no weights, want a row for each neuron",
			net(func(m *MLP) { m.Layers[0].Neurons = nil })},
		{"micrograd: save: layer 0: neuron 1 has 1 weights, want 2",
			net(func(m *MLP) { m.Layers[0].Neurons[1].W = Values(1) })},
		{"micrograd: save: layer 0: neuron 0: activation ReLU" + want, net(func(m *MLP) {
			for _, n := range m.Layers[0].Neurons {
				n.Act = custom
			}
		})},
		{"micrograd: save: layer 0: neuron 2: activation Tanh" + want,
			net(func(m *MLP) { m.Layers[0].Neurons[2].Act = Tanh })},
	} {
		var file bytes.Buffer
		assert.EqualError(t, c.m.Save(&file), c.want)
		assert.Zero(t, file.Len(), "nothing is written")
	}
	assert.EqualError(t, net(func(*MLP) {}).Save(failingWriter{}), "micrograd: save: disk full")
}

func TestLoadSaysWhatIsWrongWithAFile(t *testing.T) {
	const layer = `{"weight":[[1,2],[3,4]],"bias":[5,6],"activation":"ReLU"}`
	for _, c := range []struct{ file, want string }{
		{``, `the file is empty`},
		{`{"layers":[` +
			layer, `byte 68: the file ends here, in the middle of the model`},
		{`{"layers":[{"wei`, `the file ends here, in the middle of the model`},
		{`hello`, `byte 0: invalid character 'h' looking for beginning of value`},
		{`{"layers":[{"weight":[[1,NaN]]}]}`,
			`byte 25: invalid character 'N' looking for beginning of value`},
		{`{"layers":[` + layer +
			`]} {}`, `byte 72: more data, want the end of the file after the model`},
		{`{"layers":[` + layer + `]}]`,
			`byte 70: more data, want the end of the file after the model`},
		{`{}`, `byte 2: the model lacks the key "layers"`},
		{`null`, `byte 4: the model is null, want {`},
		{`{"layers":[]}`, `no layers, want at least one`},
		{`{"layers":[null]}`, `layer 0: byte 15: the layer is null, want {`},
		{`{"layers":[{}]}`, `layer 0: byte 13: the layer lacks the key "weight"`},
		{`{"layers":[{"weight":[[]],"bias":[1],"activation":"ReLU"}]}`,
			`layer 0: neuron 0 has 0 weights, want 1`},
		{`{"layers":[` + layer +
			`],"sizes":[1000000000]}`, `byte 77: key "sizes", want layers`},
		{`{"layers":[{"wieght":[[1]],"bias":[1],"activation":"ReLU"}]}`,
			`byte 20: key "wieght", want weight, bias, activation`},
		{`{"layers":[{"weight":[["1"]],"bias":[1],"activation":"ReLU"}]}`,
			`layer 0: byte 26: weight[0][0] is "1", want a finite number`},
		{`{"layers":[{"weight":[[1e999]],"bias":[1],"activation":"ReLU"}]}`,
			`layer 0: byte 28: weight[0][0] is 1e999, want a finite number`},
		{`{"layers":[{"weight":[[1,null]],"bias":[1],"activation":"ReLU"}]}`,
			`weight[0][1] is null, want a finite number`},
		{`{"layers":[{"weight":[[1]],"bias":[null],"activation":"ReLU"}]}`,
			`bias[0] is null, want a finite number`},
		{`{"layers":[{"weight":[[1],null],"bias":[1,2],"activation":"ReLU"}]}`,
			`weight[1] is null, want [`},
		{`{"layers":[{"weight":[[1,2],[3]],"bias":[1,2],"activation":"ReLU"}]}`,
			`layer 0: neuron 1 has 1 weights, want 2`},
		{`{"layers":[{"weight":[[1],[2]],"bias":[1],"activation":"ReLU"}]}`,
			`layer 0: 1 biases, want 2, one for each neuron`},
		{`{"layers":[` + layer +
			`,{"weight":[[1,2,3]],"bias":[1],"activation":"Identity"}]}`,
			`layer 1: neuron 0 has 3 weights, want 2`},
		{`{"layers":[{"weight":[[1]],"bias":[1],"activation":"no such"}]}`,
			`layer 0: activation "no such", want one of ` + activationNames()},
		{`{"layers":[{"weight":[[1]],"bias":[1]}]}`, `the layer lacks the key "activation"`},
		{`{"layers":[{"weight":[[1]],"bias":[1],"activation":"sin"}]}`,
			`layer 0: activation "sin", want one of`},
		{`{"layers":[{"weight":[1],"bias":[1],"activation":"ReLU"}]}`,
			`byte 23: weight[0] is 1, want [`},
		{`{"layers":[{"weight":[[1]],"bias":[1],"activation":7}]}`,
			`activation is 7, want a string`},
		{`{"layers":[` + layer +
			`],"layers":[]}`, `key "layers" for the second time`},
		{`{"layers":[` + layer +
			`],"layers":[{"bias":[7,8]}]}`, `key "layers" for the second time`},
		{`{"layers":[{"weight":[[1]],"weight":[[2]],"bias":[1],"activation":"ReLU"}]}`,
			`key "weight" for the second time`},
		{`{"layers":[{"WEIGHT":[[1]],"bias":[1],"activation":"ReLU"}]}`,
			`key "WEIGHT", want weight, bias, activation`},
		{`{"layers":[{"weight":[[1]],"biaſ":[1],"activation":"ReLU"}]}`,
			`key "biaſ", want weight, bias, activation`},
		{`{"layers":[{"weight":[[` + strings.Repeat("9", 1e6) +
			`]],"bias":[1],"activation":"ReLU"}]}`,
			`weight[0][0] is 99999999999999999999999999999999, want`},
		{`{"layers":[{"weight":[[1]],"bias":[1],"activation":"` + strings.Repeat("x", 1e6) +
			`"}]}`, `layer 0: activation "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", want one of`},
		{`{"` + strings.Repeat("x", 1e6) +
			`":[{"weight":[[1]],"bias":[1],"activation":"ReLU"}]}`,
			`key "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", want layers`},
	} {
		m, err := LoadMLP(strings.NewReader(c.file))
		assert.Nil(t, m, c.file)
		assert.ErrorContains(t, err, "micrograd: load: ", c.file)
		assert.ErrorContains(t, err, c.want, c.file)
		assert.Less(t, len(err.Error()), 300, "what the file holds is not echoed whole")
	}
}

func TestLoadAcceptsKeysInAnyOrderAndEscaped(t *testing.T) {
	m, err := LoadMLP(strings.NewReader(
		`{"layers":[{"bias":[5],"activation":"Tan\u0068","w\u0065ight":[[1,2]]}]}`))
	require.NoError(t, err)
	assert.Equal(t, []float64{1, 2, 5}, data(m.Parameters()))
	assert.Equal(t, "MLP(2 → 1 Tanh)", m.String())
}

func TestLoadTakesLittleMoreMemoryThanTheNumbers(t *testing.T) {
	skipIfShort(t)
	const n = 1_000_000
	live := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before, atTheEnd := live(), uint64(0)
	file := strings.NewReader(`{"layers":[{"weight":[[0` + strings.Repeat(",0", n-1) +
		`]],"bias":[0],`)
	_, err := LoadMLP(io.MultiReader(file, readerFunc(func([]byte) (int, error) {
		atTheEnd = live()
		return 0, io.EOF
	})))
	require.Error(t, err)
	assert.Less(t, atTheEnd-before, uint64(2*8*n))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestEveryTruncationOfAFileIsAnError(t *testing.T) {
	var file bytes.Buffer
	require.NoError(t, NewMLP(seeded(1), Tanh, 2, 2, 1).Save(&file))
	whole := strings.TrimSpace(file.String())
	for n := range len(whole) {
		_, err := LoadMLP(strings.NewReader(whole[:n]))
		require.Error(t, err, "the first %d bytes", n)
	}
	_, err := LoadMLP(strings.NewReader(whole))
	require.NoError(t, err)
}

func TestLoadReturnsTheErrorOfItsReader(t *testing.T) {
	var file bytes.Buffer
	require.NoError(t, NewMLP(seeded(1), Tanh, 2, 2, 1).Save(&file))
	for _, text := range []string{`{"layers":`, file.String()} {
		_, err := LoadMLP(io.MultiReader(strings.NewReader(text), failingReader{}))
		assert.EqualError(t, err, "micrograd: load: disk on fire")
		assert.ErrorIs(t, err, errOnFire)
	}
}

func TestLoadReturnsABadChecksumAfterTheModel(t *testing.T) {
	var file bytes.Buffer
	zipped := gzip.NewWriter(&file)
	require.NoError(t, NewMLP(seeded(1), Tanh, 2, 2, 1).Save(zipped))
	require.NoError(t, zipped.Close())
	file.Bytes()[file.Len()-8] ^= 1 // the checksum
	r, err := gzip.NewReader(&file)
	require.NoError(t, err)
	_, err = LoadMLP(r)
	assert.ErrorIs(t, err, gzip.ErrChecksum)
}

func TestSaveAndStringOfUnfinishedNetworksDontPanic(t *testing.T) {
	for _, c := range []struct {
		want string
		m    *MLP
	}{
		{"micrograd: save: layer 0 is nil", &MLP{Layers: []*Layer{nil}}},
		{"micrograd: save: layer 0: no weights, want a row for each neuron",
			&MLP{Layers: []*Layer{{}}}},
		{"micrograd: save: layer 0: neuron 1 lacks a weight, its bias or its activation",
			&MLP{Layers: []*Layer{
				{Neurons: []*Neuron{{W: Values(1), B: New(1), Act: ReLU}, nil}},
			}}},
		{"micrograd: save: layer 1: neuron 0 lacks a weight, its bias or its activation",
			&MLP{Layers: []*Layer{
				{Neurons: []*Neuron{{W: Values(1), B: New(1),
					Act: ReLU}}}, {Neurons: []*Neuron{{W: Values(1), Act: ReLU}}},
			}}},
		{"micrograd: save: layer 0: neuron 0 lacks a weight, its bias or its activation",
			&MLP{Layers: []*Layer{{Neurons: []*Neuron{{W: Values(1), B: New(1)}}}}}},
	} {
		assert.EqualError(t, c.m.Save(io.Discard), c.want)
	}
	assert.Equal(t, "MLP( → 0)", (&MLP{Layers: []*Layer{{}}}).String())
	assert.Equal(t, "MLP(1 → 1)",
		(&MLP{Layers: []*Layer{{Neurons: []*Neuron{{W: Values(1), B: New(1)}}}}}).String())
}

// FuzzLoadMLP holds that what LoadMLP accepts is a model that works, and that saves and loads as
// itself.
func FuzzLoadMLP(f *testing.F) {
	var file bytes.Buffer
	require.NoError(f, NewMLP(seeded(1), Tanh, 2, 2, 1).Save(&file))
	f.Add(file.Bytes())
	for _, s := range []string{
		"", "{}", "null", `{"layers":[{"weight":[[1]],"bias":[null],"activation":"ReLU"}]}`,
		`{"layers":[{"weight":[[1e308]],"bias":[-0],"activation":"GELU"},` +
			`{"weight":[[1],[2]],"bias":[1,2],"activation":"ReLU"}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := LoadMLP(bytes.NewReader(file))
		runtime.ReadMemStats(&after)
		// A number takes two bytes of the file or more, and becomes a Value.
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(100_000+200*len(file)))
		if err != nil {
			require.Nil(t, m)
			return
		}
		in, out := len(m.Layers[0].Neurons[0].W), len(m.Layers[len(m.Layers)-1].Neurons)
		require.Len(t, m.Predict(make([]float64, in)...), out)
		var first, second bytes.Buffer
		require.NoError(t, m.Save(&first))
		again, err := LoadMLP(bytes.NewReader(first.Bytes()))
		require.NoError(t, err)
		require.NoError(t, again.Save(&second))
		require.Equal(t, first.String(), second.String())
	})
}

type failingReader struct{}

var errOnFire = errors.New("disk on fire")

func (failingReader) Read([]byte) (int, error) { return 0, errOnFire }
