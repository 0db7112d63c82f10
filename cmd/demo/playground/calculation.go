package playground

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gomicrograd/micrograd/cmd/demo/figure"
)

// A Formula is an entry in the menu of the graph tab.
type Formula struct{ Name, Title, Text string }

// Formulas are all of them.
var Formulas = []Formula{
	{"squared-error", "half the squared error of a line, ½(y − wx − b)²", `x = 3; y = 9
w = 2; b = 1
L = 0.5 * (y - w*x - b)^2`},
	{"neuron", "a neuron with tanh", `x1 = 2; x2 = 0
w1 = -3; w2 = 1; b = 6.8813735870195432
h = tanh(w1*x1 + w2*x2 + b)`},
	{"micrograd", "the first example of the original micrograd", `a = -4; b = 2
c = a + b
d = a*b + b^3
c = c + (c + 1)
c = c + (1 + c + -a)
d = d + (d*2 + relu(b + a))
d = d + (3*d + relu(b - a))
e = c - d
f = e^2
g = f / 2
g = g + 10/f`},
	{"softmax", "softmax and cross-entropy of three classes; the second is true",
		`z1 = 2; z2 = 1; z3 = -1
L = log(exp(z1) + exp(z2) + exp(z3)) - z2`},
	{custom, "your own", `x = 1; y = 2
f = x*y + sin(x)^2`},
}

const custom = "own" // the name of the formula that the user writes

// formulaOf returns the formula of that name.
func formulaOf(name string) (f Formula, ok bool) {
	i := slices.IndexFunc(Formulas, func(f Formula) bool { return f.Name == name })
	if i < 0 {
		return f, false
	}
	return Formulas[i], true
}

// A Calculation is the forward and the backward pass of a formula, one node a step.
type Calculation struct {
	nodes  []*node
	states []state            // after each number of steps
	room   map[*node][]string // the numbers that each ever shows
}

// A state is the state of the calculation after some steps.
type state struct {
	unknown map[*node]bool
	grad    map[*node]float64
	latest  *node    // what the last step was about
	words   []string // what it did
}

// NewCalculation returns the calculation of a formula. The error is a *FormulaError.
func NewCalculation(text string) (*Calculation, error) {
	nodes, err := parseFormula(text)
	if err != nil {
		return nil, err
	}
	s := state{unknown: map[*node]bool{}, grad: map[*node]float64{}, words: []string{
		"These are the inputs. Each forward step computes a value (data). " +
			"Each backward step computes gradients (grad). " +
			"The gradient of a node is the derivative of the result with respect to it.",
	}}
	var results []*node
	for _, n := range nodes {
		if n.op != nil {
			results = append(results, n)
			s.unknown[n] = true
		}
	}
	c := &Calculation{nodes: nodes, room: map[*node][]string{}}
	c.note(s)
	for _, n := range results {
		s.unknown = maps.Clone(s.unknown)
		delete(s.unknown, n)
		s.latest, s.words = n, []string{n.forward()}
		c.note(s)
	}
	root := s.latest
	s.grad = map[*node]float64{root: 1}
	s.words = []string{fmt.Sprintf("The backward pass begins: ∂%s/∂%[1]s = 1.", root.Name)}
	c.note(s)
	for _, n := range slices.Backward(results) {
		s.grad = maps.Clone(s.grad)
		s.latest, s.words = n, n.backward(root.Name, s.grad)
		c.note(s)
	}
	return c, nil
}

// note adds a state, and reserves room for its numbers.
func (c *Calculation) note(s state) {
	c.states = append(c.states, s)
	for _, n := range c.nodes {
		for _, line := range s.numbers(n) {
			if !slices.Contains(c.room[n], line) {
				c.room[n] = append(c.room[n], line)
			}
		}
	}
}

// Steps returns the number of steps: one forward for each operation, one that sets the result's
// gradient, and one backward for each operation.
func (c *Calculation) Steps() int { return len(c.states) - 1 }

// numbers returns the lines below the name of n.
func (s state) numbers(n *node) []string {
	if n.Constant {
		return nil
	}
	data, grad := "?", "?"
	if !s.unknown[n] {
		data = number(n.Value.Data)
	}
	if g, known := s.grad[n]; known {
		grad = number(g)
	}
	return []string{"data " + data, "grad " + grad}
}

// At returns the graph after that many steps, and what the last step did, in words and numbers.
func (c *Calculation) At(step int) (figure.Graph, []string) {
	s := c.states[step]
	place := map[*node]int{}
	g := figure.Graph{}
	for i, n := range c.nodes {
		place[n] = i
		node := figure.Node{
			Lines:  append([]string{n.title()}, s.numbers(n)...),
			Room:   c.room[n],
			Marked: n == s.latest,
			Faint:  s.unknown[n],
		}
		for _, arg := range n.Args {
			node.Args = append(node.Args, place[arg])
		}
		g.Nodes = append(g.Nodes, node)
	}
	return g, s.words
}
