package micrograd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A modelFile is an MLP as JSON, with the names and shapes of PyTorch's nn.Linear for each layer.
type modelFile struct {
	Layers []layerFile `json:"layers"`
}

type layerFile struct {
	Weight     [][]float64 `json:"weight"` // [out][in]
	Bias       []float64   `json:"bias"`   // [out]
	Activation string      `json:"activation"`
}

// Save writes m as JSON, from which [LoadMLP] restores every bit:
//
//	{"layers": [{"weight": [[…], …], "bias": […], "activation": "ReLU"}, …]}
//
// weight and bias are those of PyTorch's nn.Linear: weight has a row for each neuron. The
// activation has the name of PyTorch's module. A weight that several neurons share is written for
// each, and is not shared after LoadMLP.
//
// Save returns an error, and writes nothing, if LoadMLP would not accept the file:
//
//   - there are no layers, neurons or weights, or a weight, a bias or an activation is missing;
//   - a number is NaN or infinite;
//   - the neurons of a layer differ in their activation or in the number of their weights;
//   - a layer hasn't as many inputs as the layer before has neurons;
//   - an activation is not one of [Activations].
//
// If writing fails, it returns that error, wrapped.
func (m *MLP) Save(w io.Writer) error {
	var file modelFile
	for i, l := range m.Layers {
		var layer layerFile
		if l == nil {
			return fmt.Errorf("micrograd: save: layer %d is nil", i)
		}
		for j, n := range l.Neurons {
			if n == nil || n.B == nil || n.Act == nil || slices.Contains(n.W, nil) {
				return fmt.Errorf("micrograd: save: layer %d: "+
					"neuron %d lacks a weight, its bias or its activation", i, j)
			}
			if n.Act != l.Neurons[0].Act || !slices.Contains(activations, n.Act) {
				return fmt.Errorf("micrograd: save: layer %d: neuron %d: activation %s, "+
					"want the same for the whole layer, and one of %s",
					i, j, n.Act.Name, activationNames())
			}
			var weights []float64
			for _, w := range n.W {
				weights = append(weights, w.Data)
			}
			layer.Weight = append(layer.Weight, weights)
			layer.Bias = append(layer.Bias, n.B.Data)
			layer.Activation = n.Act.Name
		}
		file.Layers = append(file.Layers, layer)
	}
	if err := file.check(); err != nil {
		return fmt.Errorf("micrograd: save: %w", err)
	}
	if err := json.NewEncoder(w).Encode(file); err != nil {
		return fmt.Errorf("micrograd: save: %w", err)
	}
	return nil
}

// LoadMLP reads a file in the format of [MLP.Save], to the end of r. The file must hold exactly one
// model, with each key of that format exactly once, and with activations of [Activations].
// Otherwise, LoadMLP returns an error that says what was found, where, and what was expected. If
// reading fails, LoadMLP returns that error, wrapped.
func LoadMLP(r io.Reader) (*MLP, error) {
	d := decoder{json.NewDecoder(r)}
	d.UseNumber()
	file, err := d.file()
	if err == nil {
		err = file.check()
	}
	if err != nil {
		return nil, fmt.Errorf("micrograd: load: %w", err)
	}
	m := &MLP{}
	for _, l := range file.Layers {
		layer := &Layer{}
		for j, weights := range l.Weight {
			layer.Neurons = append(layer.Neurons,
				&Neuron{W: Values(weights...), B: New(l.Bias[j]), Act: activationOf(l.Activation)})
		}
		m.Layers = append(m.Layers, layer)
	}
	return m, nil
}

// check returns an error for the first problem that it finds.
func (f modelFile) check() error {
	if len(f.Layers) == 0 {
		return errors.New("no layers, want at least one")
	}
	inputs := 0 // of the first layer: any number
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
		return errors.New("no weights, want a row for each neuron")
	}
	if inputs == 0 {
		inputs = max(1, len(l.Weight[0]))
	}
	for j, weights := range l.Weight {
		if len(weights) != inputs {
			return fmt.Errorf("neuron %d has %d weights, want %d", j, len(weights), inputs)
		}
		for k, x := range weights {
			if !finite(x) {
				return fmt.Errorf("weight[%d][%d] is %g, want a finite number", j, k, x)
			}
		}
	}
	if len(l.Bias) != len(l.Weight) {
		return fmt.Errorf("%d biases, want %d, one for each neuron", len(l.Bias), len(l.Weight))
	}
	for j, x := range l.Bias {
		if !finite(x) {
			return fmt.Errorf("bias[%d] is %g, want a finite number", j, x)
		}
	}
	if activationOf(l.Activation) == nil {
		return fmt.Errorf("activation %.32q, want one of %s", l.Activation, activationNames())
	}
	return nil
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

// A decoder reads a model file token by token. So it needs little more memory than the numbers
// take, and an error says where in the file it is. json.Unmarshal would also accept a key twice,
// and in capital letters.
type decoder struct{ *json.Decoder }

func (d decoder) file() (f modelFile, err error) {
	err = d.object("the model", []string{"layers"}, func(string) error {
		return d.array("layers", func(i int) error {
			l, err := d.layer()
			f.Layers = append(f.Layers, l)
			if err != nil {
				return fmt.Errorf("layer %d: %w", i, err)
			}
			return nil
		})
	})
	if err != nil {
		return f, err
	}
	_, err = d.Token()
	var syntax *json.SyntaxError
	switch {
	case err == io.EOF:
		return f, nil
	case err == nil || errors.As(err, &syntax):
		return f, d.errorf("more data, want the end of the file after the model")
	}
	return f, d.at(err)
}

func (d decoder) layer() (l layerFile, err error) {
	keys := []string{"weight", "bias", "activation"}
	err = d.object("the layer", keys, func(key string) (err error) {
		switch key {
		case "weight":
			return d.array(key, func(j int) error {
				row, err := d.numbers(fmt.Sprintf("weight[%d]", j))
				l.Weight = append(l.Weight, row)
				return err
			})
		case "bias":
			l.Bias, err = d.numbers(key)
			return err
		}
		token, err := d.next()
		if err != nil {
			return err
		}
		text, ok := token.(string)
		if !ok {
			return d.errorf("activation is %s, want a string", found(token))
		}
		l.Activation = text
		return nil
	})
	return l, err
}

func (d decoder) numbers(name string) (xs []float64, err error) {
	err = d.array(name, func(i int) error {
		token, err := d.next()
		if err != nil {
			return err
		}
		number, _ := token.(json.Number)
		x, err := number.Float64()
		if err != nil {
			return d.errorf("%s[%d] is %s, want a finite number", name, i, found(token))
		}
		xs = append(xs, x)
		return nil
	})
	return xs, err
}

// object calls read for the value of each key. Each of the keys has to be there once, and no other.
func (d decoder) object(name string, keys []string, read func(key string) error) error {
	if err := d.delimiter(name, '{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.next()
		if err != nil {
			return err
		}
		key := token.(string)
		if !slices.Contains(keys, key) {
			return d.errorf("key %.32q, want %s", key, strings.Join(keys, ", "))
		}
		if seen[key] {
			return d.errorf("key %q for the second time", key)
		}
		seen[key] = true
		if err := read(key); err != nil {
			return err
		}
	}
	if err := d.delimiter(name, '}'); err != nil {
		return err
	}
	for _, key := range keys {
		if !seen[key] {
			return d.errorf("%s lacks the key %q", name, key)
		}
	}
	return nil
}

// array calls read for each element.
func (d decoder) array(name string, read func(i int) error) error {
	if err := d.delimiter(name, '['); err != nil {
		return err
	}
	for i := 0; d.More(); i++ {
		if err := read(i); err != nil {
			return err
		}
	}
	return d.delimiter(name, ']')
}

func (d decoder) delimiter(name string, want json.Delim) error {
	token, err := d.next()
	if err == nil && token != want {
		err = d.errorf("%s is %s, want %s", name, found(token), want)
	}
	return err
}

func (d decoder) next() (json.Token, error) {
	token, err := d.Token()
	if err != nil {
		return nil, d.at(err)
	}
	return token, nil
}

// at says where a token could not be read.
func (d decoder) at(err error) error {
	var syntax *json.SyntaxError
	switch {
	case err == io.EOF && d.InputOffset() == 0:
		return errors.New("the file is empty")
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return d.errorf("the file ends here, in the middle of the model")
	case errors.As(err, &syntax):
		return d.errorf("%w", err)
	}
	return err
}

func (d decoder) errorf(format string, args ...any) error {
	return fmt.Errorf("byte %d: "+format, append([]any{d.InputOffset()}, args...)...)
}

// found returns the text of a token, cut after 32 characters.
func found(token json.Token) string {
	if delimiter, ok := token.(json.Delim); ok {
		return delimiter.String()
	}
	text, _ := json.Marshal(token)
	return fmt.Sprintf("%.32s", text)
}
