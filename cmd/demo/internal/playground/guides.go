package playground

import (
	"cmp"
	"net/url"
)

// A Guide is an experiment to try on the page: settings, and what to watch.
type Guide struct {
	Title, Watch string
	settings     string // those that aren't the defaults
}

// Guides are all of them.
var Guides = []Guide{
	{"Too small", "A single hidden neuron draws a single straight boundary, which can't go " +
		"around the inner circle. Add neurons to layer 1: eight can.",
		"data=circles&hidden=1"},
	{"Other inputs", "The same single neuron, but it gets x² and y² too. With these, a circle is " +
		"a straight boundary.",
		"data=circles&hidden=1&inputs=x,y,x²,y²&lr=0.1"},
	{"Overfitting", "With few noisy points and many weights, the training loss falls toward 0, " +
		"but the test loss rises: the network learns the noise. Watch the two curves part.",
		"noise=0.3&size=40&hidden=16,16&activation=ReLU&lr=0.02"},
	{"L2 penalty", "The same, but large weights are penalized. The boundary is smoother, and the " +
		"test loss stays near 0.6 instead of rising to 6.",
		"noise=0.3&size=40&hidden=16,16&activation=ReLU&lr=0.02&l2=0.01"},
	{"Rate too high", "Each step goes too far, so the loss jumps up instead of going down. Set " +
		"the learning rate to 0.3 and click Reset: now it learns.",
		"optimizer=SGD&lr=10"},
	{"Vanishing gradients", "Each layer with Sigmoid shrinks the gradients, so the first layers " +
		"hardly learn: for a thousand steps, the loss stays at 0.69. Show gradients instead of " +
		"weights.",
		"hidden=8,8,8,8&activation=Sigmoid&optimizer=SGD&lr=0.1"},
	{"ReLU", "The same four layers with ReLU, whose derivative is 1 wherever it isn't 0: the " +
		"gradients reach the first layer, and the network learns within a hundred steps.",
		"hidden=8,8,8,8&activation=ReLU&optimizer=SGD&lr=0.1"},
}

// Settings returns the settings of the experiment.
func (g Guide) Settings() Settings {
	s := DefaultSettings()
	query, err := url.ParseQuery(g.settings)
	if err = cmp.Or(err, s.parse(query)); err != nil {
		panic(err) // it is part of the program
	}
	return s
}

// Address returns the address of the experiment.
func (g Guide) Address() string { return Address{Tab: Tabs[0], Settings: g.Settings()}.Encode() }
