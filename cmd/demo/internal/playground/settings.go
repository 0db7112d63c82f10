// Package playground computes what the page shows: a classifier of points, a reader of drawn
// digits, and the chain rule step by step. It doesn't depend on the browser, to which package page
// connects it, so that it is tested without one.
package playground

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gomicrograd/micrograd"
)

// Settings are the controls of the first tab. Make them with DefaultSettings and Set, which keep
// them valid.
type Settings struct {
	Data     string // one of the names of datasets
	Noise    float64
	Size     int    // of training data, and as many of test data
	DataSeed uint64 // the seed of the points

	Inputs     []string // names of inputs, at least one
	Hidden     []int    // neurons of each hidden layer
	Activation string
	Seed       uint64 // of the first weights, and of the order of the points

	Loss      string // one of the names of losses
	Optimizer string // one of the names of optimizers
	LR        float64
	L2        float64 // the factor of the sum of the squared parameters
	Batch     int     // points a step
}

// DefaultSettings give a good result within seconds.
func DefaultSettings() Settings {
	return Settings{
		Data: "moons", Noise: 0.08, Size: 100, DataSeed: 1,
		Inputs: []string{"x", "y"}, Hidden: []int{8, 8}, Activation: "Tanh", Seed: 1,
		Loss: "cross-entropy", Optimizer: "Adam", LR: 0.01, L2: 0, Batch: 20,
	}
}

// A Field is one of the Settings, with its name in the page and in the address, its label, and a
// sentence on what it does.
type Field struct {
	Name    string
	Label   string
	Help    string
	Choices []string // if it is one of these
	Stops   []string // of a slider, if it is a number: the first and the last are its limits
	Live    bool     // a change keeps the trained weights
	Get     func(s Settings) string
	set     func(s *Settings, text string) error
}

// Single reports whether the field has one control, rather than several boxes or buttons.
func (f Field) Single() bool { return f.Name != "inputs" && f.Name != "hidden" }

// Stop returns the index of the last of the Stops that isn't above the number.
func (f Field) Stop(s Settings) int {
	x, _ := strconv.ParseFloat(f.Get(s), 64)
	for i := len(f.Stops) - 1; i > 0; i-- {
		if stop, _ := strconv.ParseFloat(f.Stops[i], 64); stop <= x {
			return i
		}
	}
	return 0
}

// Fields are all settings. Size comes before Batch, which must not be larger.
var Fields = []Field{
	choice("data", "Dataset", "Where the points lie.", names(datasets),
		func(s *Settings) *string { return &s.Data }),
	decimal("noise", "Noise", "How far points are scattered.",
		"0 0.02 0.04 0.06 0.08 0.1 0.15 0.2 0.25 0.3 0.35 0.4",
		func(s *Settings) *float64 { return &s.Noise }),
	{
		Name: "size", Label: "Number of points", Help: "Of training data; test data are as many.",
		Stops: strings.Fields("20 30 50 70 100 150 200 300 500 700 1000"),
		Get:   func(s Settings) string { return strconv.Itoa(s.Size) },
		set: func(s *Settings, text string) (err error) {
			if s.Size, err = parseWhole(text, 20, 1000); err == nil && s.Size < s.Batch {
				err = fmt.Errorf("found %d, want at least the %d of a batch", s.Size, s.Batch)
			}
			return err
		},
	},
	seed("data-seed", "Data seed", "Another number gives other points.",
		func(s *Settings) *uint64 { return &s.DataSeed }),
	{Name: "inputs", Label: "Inputs", Help: "What the network gets of a point: one at least.",
		Get: func(s Settings) string { return strings.Join(s.Inputs, ",") }, set: setInputs},
	{Name: "hidden", Label: "Hidden layers", Help: "More neurons can draw finer boundaries.",
		Get: func(s Settings) string { return join(s.Hidden) }, set: setHidden},
	choice("activation", "Activation", "The function that each hidden neuron applies to its sum.",
		names(activations), func(s *Settings) *string { return &s.Activation }),
	seed("seed", "Seed", "Another number gives other weights to begin with.",
		func(s *Settings) *uint64 { return &s.Seed }),
	live(choice("loss", "Loss", "What counts as an error. By guessing, cross-entropy is 0.69.",
		names(losses), func(s *Settings) *string { return &s.Loss })),
	live(choice("optimizer", "Optimizer", "How gradients change weights. Adam adapts its steps.",
		names(optimizers), func(s *Settings) *string { return &s.Optimizer })),
	live(decimal("lr", "Learning rate", "How large the steps are.",
		"0.00001 0.00003 0.0001 0.0003 0.001 0.003 0.01 0.02 0.03 0.1 0.3 1 3 10",
		func(s *Settings) *float64 { return &s.LR })),
	live(decimal("l2", "L2 penalty", "This times the sum of squared parameters is added.",
		"0 0.0001 0.0003 0.001 0.003 0.01 0.03 0.1 0.3 1",
		func(s *Settings) *float64 { return &s.L2 })),
	{
		Name: "batch", Label: "Batch size", Help: "How many points each step learns from.",
		Stops: strings.Fields("1 2 5 10 20 50 100 200 500 1000"), Live: true,
		Get: func(s Settings) string { return strconv.Itoa(s.Batch) },
		set: func(s *Settings, text string) (err error) {
			s.Batch, err = parseWhole(text, 1, s.Size) // no more than the points there are
			return err
		},
	},
}

// Set sets the field of that name, or returns an error and changes nothing.
func (s *Settings) Set(name, text string) error {
	i := slices.IndexFunc(Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return fmt.Errorf("there is no setting %.20q", name)
	}
	changed := *s
	err := Fields[i].set(&changed, strings.TrimSpace(text))
	if err == nil {
		*s = changed
	}
	return err
}

// Encode returns the settings as a query, in the order of Fields.
func (s Settings) Encode() string {
	var pairs []string
	for _, f := range Fields {
		pairs = append(pairs, f.Name+"="+url.QueryEscape(f.Get(s)))
	}
	return strings.Join(pairs, "&")
}

// parse sets what a query says. What is missing or wrong stays as it is; the error says what is
// wrong. Unknown names are ignored.
func (s *Settings) parse(query url.Values) error {
	var errs []error
	for _, f := range Fields {
		if !query.Has(f.Name) {
			continue
		}
		if err := s.Set(f.Name, query.Get(f.Name)); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w; it is %s now", f.Label, err, f.Get(*s)))
		}
	}
	return errors.Join(errs...)
}

// AddLayer adds a hidden layer like the last, if there are fewer than four.
func (s *Settings) AddLayer() {
	s.resize(append(slices.Clone(s.Hidden), s.Hidden[len(s.Hidden)-1]))
}

// RemoveLayer removes the last hidden layer, if there are several.
func (s *Settings) RemoveLayer() { s.resize(s.Hidden[:len(s.Hidden)-1]) }

// AddNeurons adds n neurons to a hidden layer; n may be negative. It does nothing if the layer
// would have fewer than 1 or more than 16.
func (s *Settings) AddNeurons(layer, n int) {
	hidden := slices.Clone(s.Hidden)
	hidden[layer] += n
	s.resize(hidden)
}

func (s *Settings) resize(hidden []int) { s.Set("hidden", join(hidden)) }

func setHidden(s *Settings, text string) error {
	parts := strings.Split(text, ",")
	if text == "" || len(parts) > 4 {
		return fmt.Errorf("found %.40q, want the sizes of 1 to 4 layers, such as 8,8", text)
	}
	var hidden []int
	for _, part := range parts {
		n, err := parseWhole(part, 1, 16)
		if err != nil {
			return err
		}
		hidden = append(hidden, n)
	}
	s.Hidden = hidden
	return nil
}

func join(sizes []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(sizes), "[]"), " ", ",")
}

func live(f Field) Field {
	f.Live = true
	return f
}

func choice(name, label, help string, choices []string, field func(*Settings) *string) Field {
	return Field{
		Name: name, Label: label, Help: help,
		Choices: choices,
		Get:     func(s Settings) string { return *field(&s) },
		set: func(s *Settings, text string) error {
			if !slices.Contains(choices, text) {
				return fmt.Errorf("found %.20q, want one of %s", text, strings.Join(choices, ", "))
			}
			*field(s) = text
			return nil
		},
	}
}

func decimal(name, label, help, stops string, field func(*Settings) *float64) Field {
	f := Field{
		Name: name, Label: label, Help: help,
		Stops: strings.Fields(stops),
		Get:   func(s Settings) string { return plain(*field(&s)) },
	}
	first, last := f.Stops[0], f.Stops[len(f.Stops)-1]
	lo, _ := strconv.ParseFloat(first, 64)
	hi, _ := strconv.ParseFloat(last, 64)
	f.set = func(s *Settings, text string) error {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || !(x >= lo && x <= hi) {
			mend := ""
			if strings.Contains(text, ",") {
				mend = "; write a decimal number with a point, such as 0.1"
			}
			return fmt.Errorf("found %.20q, want a number from %s to %s%s", text, first, last, mend)
		}
		*field(s) = math.Abs(x) // −0 is 0
		return nil
	}
	return f
}

// plain writes a number without an exponent.
func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func parseWhole(text string, lo, hi int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < lo || n > hi {
		return 0, fmt.Errorf("found %.20q, want a whole number from %d to %d", text, lo, hi)
	}
	return n, nil
}

func seed(name, label, help string, field func(*Settings) *uint64) Field {
	return Field{
		Name: name, Label: label, Help: help,
		Get: func(s Settings) string { return strconv.FormatUint(*field(&s), 10) },
		set: func(s *Settings, text string) error {
			n, err := strconv.ParseUint(text, 10, 32)
			if err != nil {
				return fmt.Errorf("found %.20q, want a whole number from 0 to %d", text,
					uint32(math.MaxUint32))
			}
			*field(s) = n
			return nil
		},
	}
}

// A named value is a choice.
type named[T any] struct {
	name  string
	value T
}

func names[T any](all []named[T]) (names []string) {
	for _, n := range all {
		names = append(names, n.name)
	}
	return names
}

// find returns the choice of that name, which exists.
func find[T any](all []named[T], name string) T {
	return all[slices.IndexFunc(all, func(n named[T]) bool { return n.name == name })].value
}

var activations = func() (all []named[*micrograd.Op]) {
	for _, op := range micrograd.Activations() {
		all = append(all, named[*micrograd.Op]{op.Name, op})
	}
	return all
}()

// losses are functions of a score and of y, which is 1 or −1.
var losses = []named[func(score, y *micrograd.Value) *micrograd.Value]{
	{"cross-entropy", func(score, y *micrograd.Value) *micrograd.Value {
		return micrograd.BinaryCrossEntropy(score, y.AddC(1).MulC(0.5)) // a probability of 1 or 0
	}},
	{"hinge", micrograd.Hinge},
	{"half squared error", func(score, y *micrograd.Value) *micrograd.Value {
		return micrograd.HalfSquaredError([]*micrograd.Value{score}, []*micrograd.Value{y})
	}},
}

// optimizers come with a pointer to their learning rate, which may be changed between steps.
var optimizers = []named[func() (opt micrograd.Optimizer, lr *float64)]{
	{"SGD", func() (micrograd.Optimizer, *float64) { o := &micrograd.SGD{}; return o, &o.LR }},
	{"momentum", func() (micrograd.Optimizer, *float64) {
		o := &micrograd.SGD{Momentum: 0.9}
		return o, &o.LR
	}},
	{"Adam", func() (micrograd.Optimizer, *float64) { o := micrograd.NewAdam(0); return o, &o.LR }},
}
