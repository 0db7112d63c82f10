package playground

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDefaultsAreAccepted(t *testing.T) {
	s := DefaultSettings()
	for _, f := range Fields {
		require.NoError(t, s.Set(f.Name, f.Get(s)), f.Name)
	}
	assert.Equal(t, DefaultSettings(), s)
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"data", "stars", `found "stars", want one of moons, circles, xor, spirals`},
		{"noise", "-0.1", `found "-0.1", want a number from 0 to 0.4`},
		{"noise", "0.5", "want a number from 0 to 0.4"},
		{"noise", "0,1", `found "0,1", want a number`},
		{"noise", "NaN", "want a number"},
		{"noise", "", `found "", want a number`},
		{"size", "19", `found "19", want a whole number from 20 to 1000`},
		{"size", "1001", "want a whole number"},
		{"size", "50.5", "want a whole number"},
		{"sample", "-1", "want a whole number from 0 to 4294967295"},
		{"sample", "4294967296", "want a whole number"},
		{"hidden", "", "want the sizes of 1 to 4 layers"},
		{"hidden", "8,8,8,8,8", "want the sizes of 1 to 4 layers"},
		{"hidden", "8,0", `found "0", want a whole number from 1 to 16`},
		{"hidden", "17", `found "17", want a whole number from 1 to 16`},
		{"hidden", "8,,8", `found "", want a whole number`},
		{"activation", "tanh", "want one of Identity, ReLU, LeakyReLU, Tanh"},
		{"seed", "x", "want a whole number"},
		{"loss", "0-1", "want one of cross-entropy, hinge, squared error"},
		{"optimizer", "Newton", "want one of SGD, momentum, Adam"},
		{"lr", "0", "want a number from 0.00001 to 10"},
		{"lr", "11", "want a number"},
		{"lr", "1e999", "want a number"},
		{"l2", "2", "want a number from 0 to 1"},
		{"batch", "0", "want a whole number from 1 to 100"},
		{"batch", "101", `found "101", want a whole number from 1 to 100`},
		{"color", "red", `there is no setting "color"`},
	} {
		s := DefaultSettings()
		err := s.Set(test.name, test.text)
		require.Error(t, err, "%v", test)
		assert.Contains(t, err.Error(), test.want)
		assert.Equal(t, DefaultSettings(), s)
	}
	s := DefaultSettings()
	require.NoError(t, s.Set("noise", "-0"))
	assert.Contains(t, s.Encode(), "&noise=0&")
	require.NoError(t, s.Set("batch", "60"))
	assert.EqualError(t, s.Set("size", "59"), "found 59, want at least the 60 of a batch")
	require.NoError(t, s.Set("size", " 60 "), "blanks around don't matter")
}

func TestLayersAndNeuronsStayWithinTheirLimits(t *testing.T) {
	s := DefaultSettings()
	for range 10 {
		s.AddLayer()
		s.AddNeurons(0, 1)
	}
	assert.Equal(t, []int{16, 8, 8, 8}, s.Hidden)
	before := s
	s.AddNeurons(1, 1)
	assert.Equal(t, []int{16, 8, 8, 8}, before.Hidden, "a copy of settings is one")
	for range 20 {
		s.RemoveLayer()
		s.AddNeurons(0, -1)
	}
	assert.Equal(t, []int{1}, s.Hidden)
}

// randomSettings returns settings anywhere within the limits.
func randomSettings(rng *rand.Rand) Settings {
	s := DefaultSettings()
	set := func(name, text string) {
		if err := s.Set(name, text); err != nil {
			panic(err)
		}
	}
	set("batch", "1") // so that any size will do
	for _, f := range Fields {
		switch {
		case f.Choices != nil:
			set(f.Name, f.Choices[rng.IntN(len(f.Choices))])
		case f.Name == "hidden":
			sizes := make([]int, 1+rng.IntN(4))
			for i := range sizes {
				sizes[i] = 1 + rng.IntN(16)
			}
			set(f.Name, join(sizes))
		case f.Name == "size":
			set(f.Name, fmt.Sprint(20+rng.IntN(200)))
		case f.Name == "batch":
			set(f.Name, fmt.Sprint(1+rng.IntN(s.Size)))
		case f.Name == "seed" || f.Name == "sample":
			set(f.Name, fmt.Sprint(rng.Uint32()))
		default:
			set(f.Name, fmt.Sprint(0.001+0.39*rng.Float64()))
		}
	}
	return s
}

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
		assert.Equal(t, Address{"playground", DefaultSettings(), "error", Formulas[0].Text, 0}, a)
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

func TestPageHasALabeledControlForEachSetting(t *testing.T) {
	html, err := os.ReadFile("page/index.html")
	require.NoError(t, err)
	for _, f := range Fields {
		if f.Name == "hidden" {
			continue // buttons
		}
		kind := "input"
		if f.Choices != nil {
			kind = "select"
		}
		assert.Regexp(t, `<label for="`+f.Name+`">`+f.Label+`</label><`+kind+` id="`+f.Name+`"`,
			string(html))
	}
	// What the page has to know of the pictures.
	assert.Contains(t, string(html), fmt.Sprintf(`<svg id="points" viewBox="%g %g %g %g"`, -Extent,
		-Extent, 2*Extent, 2*Extent))
	assert.Contains(t, string(html), fmt.Sprintf(`<canvas id="pad" width="%d" height="%d"`,
		SheetSize, SheetSize))
	ids := regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(string(html), -1)
	seen := map[string]bool{}
	for _, id := range ids {
		assert.False(t, seen[id[1]], "%s is there twice", id[1])
		seen[id[1]] = true
	}
	for _, name := range Tabs {
		assert.True(t, seen[name] && seen["tab-"+name])
	}
}

func TestPageRequestsNothingElsewhere(t *testing.T) {
	addresses := regexp.MustCompile(`(?:https?:)?//[^\s"]+`)
	for _, file := range []string{"index.html", "style.css", "boot.js"} {
		text, err := os.ReadFile("page/" + file)
		require.NoError(t, err)
		for _, address := range addresses.FindAllString(string(text), -1) {
			assert.Equal(t, "https://github.com/gomicrograd/micrograd", address,
				"and that is a link")
		}
		assert.NotRegexp(t, `(src|href)="/|url\(|@import| on[a-z]+="| style="|<style`, string(text),
			"it works from a sub-path, and under its policy")
	}
}
