package playground

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomicrograd/micrograd"
)

// inputs are what a network may get of a point. The coordinates are about within ±1, so that
// sin πx has a whole period.
var inputs = []named[func(x, y *micrograd.Value) *micrograd.Value]{
	{"x", func(x, y *micrograd.Value) *micrograd.Value { return x }},
	{"y", func(x, y *micrograd.Value) *micrograd.Value { return y }},
	{"x²", func(x, y *micrograd.Value) *micrograd.Value { return x.Mul(x) }},
	{"y²", func(x, y *micrograd.Value) *micrograd.Value { return y.Mul(y) }},
	{"xy", func(x, y *micrograd.Value) *micrograd.Value { return x.Mul(y) }},
	{"sin πx", func(x, y *micrograd.Value) *micrograd.Value { return x.MulC(math.Pi).Sin() }},
	{"sin πy", func(x, y *micrograd.Value) *micrograd.Value { return y.MulC(math.Pi).Sin() }},
}

// Inputs are the names of all inputs.
var Inputs = names(inputs)

// inputsOf returns the inputs of the network for the point (x, y).
func (s Settings) inputsOf(x, y *micrograd.Value) (in []*micrograd.Value) {
	for _, name := range s.Inputs {
		in = append(in, find(inputs, name)(x, y))
	}
	return in
}

// ToggleInput adds an input, or removes it unless it is the only one.
func (s *Settings) ToggleInput(name string) {
	var chosen []string
	for _, input := range Inputs {
		if slices.Contains(s.Inputs, input) != (input == name) {
			chosen = append(chosen, input)
		}
	}
	s.Set("inputs", strings.Join(chosen, ","))
}

func setInputs(s *Settings, text string) error {
	chosen := strings.Split(text, ",")
	for i, name := range chosen {
		if !slices.Contains(Inputs, name) || slices.Contains(chosen[:i], name) {
			return fmt.Errorf("found %.40q, want one or more of %s", text,
				strings.Join(Inputs, ","))
		}
	}
	s.Inputs = chosen
	return nil
}
