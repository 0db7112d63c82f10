package micrograd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// modelFile is an MLP as JSON, each layer with the names and shapes of PyTorch's nn.Linear.
type modelFile struct {
	Layers []layerFile `json:"layers"`
}

// Its numbers are float64s, or until they are checked whatever stands in a file.
type layerFile struct {
	Weight     [][]any `json:"weight"` // [out][in]
	Bias       []any   `json:"bias"`   // [out]
	Activation string  `json:"activation"`
}

// Save writes m as JSON, from which [LoadMLP] restores it to the bit:
//
//	{"layers": [{"weight": [[…], …], "bias": […], "activation": "ReLU"}, …]}
//
// weight and bias are those of PyTorch's nn.Linear, with a row of weight for each neuron, and an activation has the name
// of PyTorch's module.
//
// It returns an error, having written nothing, if LoadMLP would not accept the file: if something is missing, if a number
// is NaN or infinite, if the neurons of a layer differ in width or activation, or if an activation is not one of this
// package's.
func (m *MLP) Save(w io.Writer) error {
	var file modelFile
	for i, l := range m.Layers {
		var layer layerFile
		if l == nil {
			return fmt.Errorf("micrograd: save: layer %d is nil", i)
		}
		for j, n := range l.Neurons {
			if n == nil || n.B == nil || n.Act == nil || slices.Contains(n.W, nil) {
				return fmt.Errorf("micrograd: save: layer %d: neuron %d lacks a weight, its bias or its activation", i, j)
			}
			if n.Act != l.Neurons[0].Act || n.Act != activation(n.Act.Name) {
				return fmt.Errorf("micrograd: save: layer %d: neuron %d: activation %s, want one for the whole layer and out of this package's %s",
					i, j, n.Act.Name, activationNames())
			}
			layer.Activation = n.Act.Name
			var weights []any
			for _, w := range n.W {
				weights = append(weights, w.Data)
			}
			layer.Weight = append(layer.Weight, weights)
			layer.Bias = append(layer.Bias, n.B.Data)
		}
		file.Layers = append(file.Layers, layer)
	}
	if err := file.check(); err != nil {
		return fmt.Errorf("micrograd: save: %w", err)
	}
	return json.NewEncoder(w).Encode(file)
}

// LoadMLP reads what [MLP.Save] wrote, to the end of r. If r holds anything but one whole model, it returns an error that
// says what was found, where, and what was expected. If reading fails, the error is that of r, wrapped.
func LoadMLP(r io.Reader) (*MLP, error) {
	var file modelFile
	text, err := io.ReadAll(r)
	if err == nil {
		err = file.parse(text)
	}
	if err != nil {
		return nil, fmt.Errorf("micrograd: load: %w", err)
	}
	m := &MLP{}
	for _, l := range file.Layers {
		layer := &Layer{}
		for j, weights := range l.Weight {
			n := &Neuron{B: New(l.Bias[j].(float64)), Act: activation(l.Activation)}
			for _, w := range weights {
				n.W = append(n.W, New(w.(float64)))
			}
			layer.Neurons = append(layer.Neurons, n)
		}
		m.Layers = append(m.Layers, layer)
	}
	return m, nil
}

func (f *modelFile) parse(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	d.UseNumber()
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch err := d.Decode(f); {
	case err == io.EOF:
		return errors.New("the file is empty")
	case errors.As(err, &syntax):
		return fmt.Errorf("byte %d: %w", syntax.Offset, err)
	case errors.As(err, &kind):
		return fmt.Errorf("byte %d: found a %s for %q", kind.Offset, kind.Value, kind.Field)
	case err != nil:
		return fmt.Errorf("%.100s", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("byte %d: more data, want the end of the file after the model", d.InputOffset())
	}
	if err := f.check(); err != nil {
		return err
	}
	// The decoder lets keys occur twice, and in capitals. There are no other strings in a file than these and activations.
	for _, key := range []string{"layers", "weight", "bias", "activation"} {
		want := len(f.Layers)
		if key == "layers" {
			want = 1
		}
		if n := bytes.Count(text, []byte(`"`+key+`"`)); n != want {
			return fmt.Errorf("found %d times the key %q, want %d", n, key, want)
		}
	}
	return nil
}

// check returns an error that names the first thing wrong with the model, and makes all its numbers float64s.
func (f *modelFile) check() error {
	if len(f.Layers) == 0 {
		return errors.New("no layers, want at least one")
	}
	in := 0 // the first layer may have any number of inputs
	for i, l := range f.Layers {
		if err := l.check(in); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
		}
		in = len(l.Bias)
	}
	return nil
}

func (l layerFile) check(in int) error {
	if len(l.Weight) == 0 {
		return errors.New("no weights, want a row for each neuron")
	}
	if in == 0 {
		in = max(1, len(l.Weight[0]))
	}
	for j, weights := range l.Weight {
		if len(weights) != in {
			return fmt.Errorf("neuron %d has %d weights, want %d", j, len(weights), in)
		}
		if err := checkNumbers(fmt.Sprintf("weight[%d]", j), weights); err != nil {
			return err
		}
	}
	if len(l.Bias) != len(l.Weight) {
		return fmt.Errorf("%d biases, want %d, one for each neuron", len(l.Bias), len(l.Weight))
	}
	if activation(l.Activation) == nil {
		return fmt.Errorf("activation %.32q, want one of %s", l.Activation, activationNames())
	}
	return checkNumbers("bias", l.Bias)
}

func checkNumbers(name string, xs []any) error {
	for i, x := range xs {
		if n, ok := x.(json.Number); ok {
			x, _ = n.Float64() // infinite if it is out of range
		}
		f, ok := x.(float64)
		if !ok || !finite(f) {
			found, err := json.Marshal(xs[i])
			if err != nil { // JSON has neither NaN nor infinities
				found = fmt.Append(nil, f)
			}
			return fmt.Errorf("%s[%d] is %.32s, want a finite number", name, i, found)
		}
		xs[i] = f
	}
	return nil
}

// activations are the rows of the table that a file can name.
func activations() []*Op {
	return slices.DeleteFunc(slices.Clone(table), func(op *Op) bool { return !unicode.IsUpper(rune(op.Name[0])) })
}

// activation returns the one with that name, or nil.
func activation(name string) *Op {
	for _, op := range activations() {
		if op.Name == name {
			return op
		}
	}
	return nil
}

func activationNames() string {
	var names []string
	for _, op := range activations() {
		names = append(names, op.Name)
	}
	return strings.Join(names, ", ")
}
