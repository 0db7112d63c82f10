package playground

import (
	"fmt"
	"math/rand/v2"
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
		{"noise", "0,1", "want a number from 0 to 0.4; write a decimal number with a point"},
		{"noise", "NaN", "want a number"},
		{"noise", "", `found "", want a number`},
		{"size", "19", `found "19", want a whole number from 20 to 1000`},
		{"size", "1001", "want a whole number"},
		{"size", "50.5", "want a whole number"},
		{"data-seed", "-1", "want a whole number from 0 to 4294967295"},
		{"data-seed", "4294967296", "want a whole number"},
		{"inputs", "", `found "", want one or more of x,y,x²,y²,xy,sin πx,sin πy`},
		{"inputs", "x,z", `found "x,z", want one or more`},
		{"inputs", "x,x", `found "x,x", want one or more`},
		{"hidden", "", "want the sizes of 1 to 4 layers"},
		{"hidden", "8,8,8,8,8", "want the sizes of 1 to 4 layers"},
		{"hidden", "8,0", `found "0", want a whole number from 1 to 16`},
		{"hidden", "17", `found "17", want a whole number from 1 to 16`},
		{"hidden", "8,,8", `found "", want a whole number`},
		{"activation", "tanh", "want one of Identity, ReLU, LeakyReLU, Tanh"},
		{"seed", "x", "want a whole number"},
		{"loss", "0-1", "want one of cross-entropy, hinge, half squared error"},
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

func TestInputsAreToggledButOneStays(t *testing.T) {
	s := DefaultSettings()
	s.ToggleInput("sin πx")
	before := s
	s.ToggleInput("x²")
	assert.Equal(t, []string{"x", "y", "sin πx"}, before.Inputs, "a copy of settings is one")
	assert.Equal(t, []string{"x", "y", "x²", "sin πx"}, s.Inputs, "in the order of Inputs")
	for _, name := range Inputs {
		for range 3 {
			s.ToggleInput(name)
		}
	}
	for _, name := range s.Inputs {
		s.ToggleInput(name)
	}
	assert.Len(t, s.Inputs, 1)
}

func TestStopsOfSlidersAreAcceptedFromTheFirstToTheLast(t *testing.T) {
	sliders := 0
	for _, f := range Fields {
		if f.Stops == nil {
			continue
		}
		sliders++
		s := DefaultSettings()
		require.NoError(t, s.Set("batch", "1"))
		require.NoError(t, s.Set("size", "1000"))
		for i, stop := range f.Stops {
			require.NoError(t, s.Set(f.Name, stop), f.Name)
			assert.Equal(t, stop, f.Get(s), "as it is written elsewhere")
			assert.Equal(t, i, f.Stop(s))
		}
		assert.Error(t, s.Set(f.Name, f.Stops[len(f.Stops)-1]+"1"), "beyond the last")
	}
	assert.Equal(t, 5, sliders)
	s := DefaultSettings()
	for _, f := range Fields {
		if f.Name == "noise" {
			require.NoError(t, s.Set("noise", "0.149"))
			assert.Equal(t, "0.1", f.Stops[f.Stop(s)], "the last that isn't above the number")
		}
	}
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
		case f.Name == "inputs":
			for _, name := range Inputs {
				if rng.IntN(2) == 0 {
					s.ToggleInput(name)
				}
			}
		case f.Name == "size":
			set(f.Name, fmt.Sprint(20+rng.IntN(200)))
		case f.Name == "batch":
			set(f.Name, fmt.Sprint(1+rng.IntN(s.Size)))
		case f.Name == "seed" || f.Name == "data-seed":
			set(f.Name, fmt.Sprint(rng.Uint32()))
		default:
			set(f.Name, fmt.Sprint(0.001+0.39*rng.Float64()))
		}
	}
	return s
}
