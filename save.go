package micrograd

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// A modelFile is an MLP as JSON, with the names and shapes of PyTorch's nn.Linear for each layer. A
// number is a pointer, so that null isn't read as 0.
type modelFile struct {
	Layers []layerFile `json:"layers"`
}

type layerFile struct {
	Weight     [][]*float64 `json:"weight"` // [out][in]
	Bias       []*float64   `json:"bias"`   // [out]
	Activation string       `json:"activation"`
}

// MarshalJSON implements [json.Marshaler]. The text is
//
//	{"layers": [{"weight": [[…], …], "bias": […], "activation": "ReLU"}, …]}
//
// weight and bias are those of PyTorch's nn.Linear: weight has a row for each neuron. The
// activation has the name of PyTorch's module. [MLP.UnmarshalJSON] restores every bit; but a weight
// that several neurons share is written for each, and is not shared afterwards. To go on training
// later, save the optimizer, too: see [Optimizer].
//
// It returns an error if UnmarshalJSON would not accept the text: if a layer has no neurons or a
// neuron no weights; if something is nil, NaN or infinite; if the neurons of a layer differ in
// activation or number of weights, or an activation is not one of [Activations]; or if a layer
// hasn't as many inputs as the layer before has neurons.
func (m MLP) MarshalJSON() ([]byte, error) {
	var file modelFile
	for i, l := range m.Layers {
		layer, err := l.file()
		if err != nil {
			return nil, fmt.Errorf("micrograd: layer %d: %w", i, err)
		}
		file.Layers = append(file.Layers, layer)
	}
	if err := file.check(); err != nil {
		return nil, fmt.Errorf("micrograd: %w", err)
	}
	return json.Marshal(file)
}

func (l *Layer) file() (file layerFile, err error) {
	if l == nil || slices.Contains(l.Neurons, nil) {
		return file, errors.New("it or one of its neurons is nil")
	}
	number := func(v *Value) *float64 {
		if v == nil {
			return nil
		}
		return &v.Data
	}
	for j, n := range l.Neurons {
		if n.Act == nil || n.Act != l.Neurons[0].Act || !slices.Contains(activations, n.Act) {
			name := "nil"
			if n.Act != nil {
				name = n.Act.Name
			}
			return file, fmt.Errorf("neuron %d: activation %s, want the same for the whole layer, "+
				"and one of %s", j, name, activationNames())
		}
		var weights []*float64
		for _, w := range n.W {
			weights = append(weights, number(w))
		}
		file.Weight = append(file.Weight, weights)
		file.Bias = append(file.Bias, number(n.B))
		file.Activation = n.Act.Name
	}
	return file, nil
}

// UnmarshalJSON implements [json.Unmarshaler]: it makes m the network of a text like that of
// [MLP.MarshalJSON]. The Values are new: Parameters and Programs from before belong to the old
// network. If a key is missing or unknown, or the text is null or no such network otherwise, it
// leaves m as it was, and returns an error that says what was found, in which layer and, for
// weights, in which neuron, and what was expected.
func (m *MLP) UnmarshalJSON(text []byte) error {
	file, err := parseModel(text)
	if err == nil {
		err = file.check()
	}
	if err != nil {
		return fmt.Errorf("micrograd: %w", err)
	}
	m.Layers = nil
	for _, l := range file.Layers {
		layer := &Layer{}
		for j, weights := range l.Weight {
			n := &Neuron{B: New(*l.Bias[j]), Act: activationOf(l.Activation)}
			for _, w := range weights {
				n.W = append(n.W, New(*w))
			}
			layer.Neurons = append(layer.Neurons, n)
		}
		m.Layers = append(m.Layers, layer)
	}
	return nil
}

// parseModel parses layer by layer and row by row, so that an error can say where it is.
func parseModel(text []byte) (file modelFile, err error) {
	var model struct{ Layers json.RawMessage }
	var layers []json.RawMessage
	if err := parse("", text, &model); err != nil {
		return file, err
	}
	if err := parse("layers", model.Layers, &layers); err != nil {
		return file, err
	}
	for i, text := range layers {
		l, err := parseLayer(text)
		if err != nil {
			return file, fmt.Errorf("layer %d: %w", i, err)
		}
		file.Layers = append(file.Layers, l)
	}
	return file, nil
}

func parseLayer(text []byte) (file layerFile, err error) {
	var layer struct{ Weight, Bias, Activation json.RawMessage }
	if err := parse("", text, &layer); err != nil {
		return file, err
	}
	var rows []json.RawMessage
	err = cmp.Or(parse("weight", layer.Weight, &rows), parse("bias", layer.Bias, &file.Bias),
		parse("activation", layer.Activation, &file.Activation))
	for j, text := range rows {
		var weights []*float64
		if err := parse("weight", text, &weights); err != nil {
			return file, fmt.Errorf("neuron %d: %w", j, err)
		}
		file.Weight = append(file.Weight, weights)
	}
	return file, err
}

// parse parses a JSON value of that name, which errors begin with. The text of a key that is
// missing is empty.
func parse(name string, text []byte, to any) error {
	if len(text) == 0 {
		return nil
	}
	if name != "" {
		name += ": "
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(to)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%sfound %.32s, want %s", name, wrong.Value, kinds[wrong.Type.Kind()])
	}
	if err != nil {
		return fmt.Errorf("%s%.64s", name, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%sfound more after its end", name)
	}
	return nil
}

var kinds = map[reflect.Kind]string{
	reflect.Struct:  "an object",
	reflect.Slice:   "an array",
	reflect.Float64: "a finite number",
	reflect.String:  "a string",
}

// check returns an error for the first problem that it finds.
func (f modelFile) check() error {
	if len(f.Layers) == 0 {
		return errors.New("no layers, want at least one")
	}
	inputs := 0 // not known yet
	for i, l := range f.Layers {
		if err := l.check(inputs); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
		}
		inputs = len(l.Bias)
	}
	return nil
}

func (l layerFile) check(inputs int) error {
	if len(l.Weight) == 0 {
		return errors.New("no neurons, want a row of weights for each")
	}
	if inputs == 0 {
		inputs = len(l.Weight[0])
	}
	if inputs == 0 {
		return errors.New("neuron 0 has 0 weights, want at least one")
	}
	for j, weights := range l.Weight {
		if len(weights) != inputs {
			return fmt.Errorf("neuron %d has %d weights, want %d", j, len(weights), inputs)
		}
		for k, x := range weights {
			if x == nil || !finite(*x) {
				return fmt.Errorf("weight[%d][%d] is %s, want a finite number", j, k, numberText(x))
			}
		}
	}
	if len(l.Bias) != len(l.Weight) {
		return fmt.Errorf("%d biases, want %d, one for each neuron", len(l.Bias), len(l.Weight))
	}
	for j, x := range l.Bias {
		if x == nil || !finite(*x) {
			return fmt.Errorf("bias[%d] is %s, want a finite number", j, numberText(x))
		}
	}
	if activationOf(l.Activation) == nil {
		return fmt.Errorf("activation %.32q, want one of %s", l.Activation, activationNames())
	}
	return nil
}

func numberText(x *float64) string {
	if x == nil {
		return "null"
	}
	return fmt.Sprint(*x)
}

// activationOf returns the activation with that name, or nil.
func activationOf(name string) *Op {
	for _, op := range activations {
		if op.Name == name {
			return op
		}
	}
	return nil
}

func activationNames() string {
	var names []string
	for _, op := range activations {
		names = append(names, op.Name)
	}
	return strings.Join(names, ", ")
}
