package playground

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// parsed returns what a visitor sees first at an address.
func parsed(fragment string) (Address, error) {
	a := DefaultAddress()
	err := a.Parse(fragment)
	return a, err
}

func TestAddressLeadsBackToItsSettings(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for range 1000 {
		s := randomSettings(rng)
		a, err := parsed(Address{Tab: "playground", Settings: s}.Encode())
		require.NoError(t, err)
		assert.Equal(t, s, a.Settings)
	}
	text := "x = 3; y = 4\nx*y + x^2 # & % ?"
	_, err := parsed(Address{Tab: "graph", Formula: "own", Text: text}.Encode())
	assert.ErrorContains(t, err, `text: line 2, column 11: found "#"`)
	want := Address{Tab: "graph", Settings: DefaultSettings(), Formula: "own",
		Text: strings.Split(text, " #")[0], Step: 3}
	a, err := parsed(want.Encode())
	require.NoError(t, err)
	assert.Equal(t, want, a)
	for _, f := range Formulas {
		want := Address{Tab: "graph", Settings: DefaultSettings(), Formula: f.Name, Text: f.Text,
			Step: 1}
		assert.Equal(t, "#tab=graph&formula="+f.Name+"&step=1", want.Encode())
		a, err := parsed(want.Encode())
		require.NoError(t, err)
		assert.Equal(t, want, a)
	}
}

func TestAddressThatIsEmptyIsTheDefault(t *testing.T) {
	for _, fragment := range []string{"", "#"} {
		a, err := parsed(fragment)
		require.NoError(t, err)
		assert.Equal(t, Address{"playground", DefaultSettings(), "squared-error", Formulas[0].Text,
			0}, a)
	}
}

func TestAddressReportsAndLeavesOutWhatIsWrong(t *testing.T) {
	a, err := parsed("#tab=x&data=spirals&lr=99&hidden=99&formula=no&step=99&%zz=1&unknown=1")
	assert.Equal(t, "spirals", a.Settings.Data)
	assert.Equal(t, DefaultSettings().LR, a.Settings.LR)
	assert.Equal(t, DefaultSettings().Hidden, a.Settings.Hidden)
	assert.Equal(t, "playground", a.Tab)
	assert.Equal(t, 0, a.Step)
	for _, want := range []string{
		`the address: invalid URL escape "%zz"`,
		`tab: found "x", want one of playground, digits, graph`,
		`Learning rate: found "99", want a number from 0.00001 to 10; it is 0.01 now`,
		`Hidden layers: found "99", want a whole number from 1 to 16; it is 8,8 now`,
		`formula: there is no "no"`,
		`step: found "99", want a whole number from 0 to 11`,
	} {
		assert.ErrorContains(t, err, want)
	}
	_, err = parsed("#batch=50&size=30")
	assert.ErrorContains(t, err,
		`Batch size: found "50", want a whole number from 1 to 30; it is 20 now`)
	_, err = parsed("#batch=150&size=200")
	assert.NoError(t, err, "whatever their order, size comes first")
}

func TestAddressKeepsWhatItDoesNotSay(t *testing.T) {
	before := Address{"graph", settings(t, "data", "xor", "lr", "1"), "own", "x = 1; x*x", 2}
	a := before
	require.NoError(t, a.Parse("#tab=digits"))
	before.Tab = "digits"
	assert.Equal(t, before, a)
	require.NoError(t, a.Parse("#lr=2"))
	assert.Equal(t, settings(t, "data", "xor", "lr", "2"), a.Settings)
	require.NoError(t, a.Parse("#formula=neuron"))
	assert.Equal(t, []any{"neuron", Formulas[1].Text, 0}, []any{a.Formula, a.Text, a.Step})
	assert.Error(t, a.Parse("#step=100&text=("))
	assert.Equal(t, []any{"neuron", Formulas[1].Text, 0}, []any{a.Formula, a.Text, a.Step})
	require.NoError(t, a.Parse("#step=11"))
	assert.Equal(t, 11, a.Step)
}

// FuzzAddress looks for addresses that lead to what the controls couldn't, or to something that its
// own address doesn't.
func FuzzAddress(f *testing.F) {
	f.Add("#" + DefaultSettings().Encode())
	f.Add(Address{Tab: "graph", Formula: "own", Text: "x=1;x*x", Step: 2}.Encode())
	f.Add("#tab=graph&text=((((((&step=-1&size=1e9&hidden=9,9,9,9,9")
	f.Fuzz(func(t *testing.T, fragment string) {
		a, _ := parsed(fragment)
		s := DefaultSettings()
		require.NoError(t, s.Set("size", "1000"))
		for _, field := range Fields {
			require.NoError(t, s.Set(field.Name, field.Get(a.Settings)))
		}
		c, err := NewCalculation(a.Text)
		require.NoError(t, err)
		require.True(t, a.Step >= 0 && a.Step <= c.Steps())
		again, err := parsed(a.Encode())
		require.NoError(t, err)
		require.Equal(t, a.Encode(), again.Encode())
		require.LessOrEqual(t, len(a.Encode()), 3*maxText+500)
	})
}
