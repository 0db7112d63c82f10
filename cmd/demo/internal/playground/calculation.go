package playground

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// A Formula is an entry in the menu of the graph tab.
type Formula struct {
	Name, Title, Text string
	Data              []string // the inputs that a descent step doesn't change
}

// Formulas are all of them.
var Formulas = []Formula{
	{"squared-error", "half the squared error of a line, ½(y − wx − b)²", `x = 3; y = 9
w = 2; b = 1
L = 0.5 * (y - w*x - b)^2`, []string{"x", "y"}},
	{"neuron", "a neuron with tanh", `x1 = 2; x2 = 0
w1 = -3; w2 = 1; b = 6.8813735870195432
h = tanh(w1*x1 + w2*x2 + b)`, []string{"x1", "x2"}},
	{"micrograd", "a long one, the first example of Karpathy's micrograd", `a = -4; b = 2
c = a + b
d = a*b + b^3
c = c + (c + 1)
c = c + (1 + c + -a)
d = d + (d*2 + relu(b + a))
d = d + (3*d + relu(b - a))
e = c - d
f = e^2
g = f / 2
g = g + 10/f`, nil},
	{"softmax", "softmax and cross-entropy of three classes; the second is true",
		`z1 = 2; z2 = 1; z3 = -1
L = log(exp(z1) + exp(z2) + exp(z3)) - z2`, nil},
	{custom, "your own", `x = 1; y = 2
f = x*y + sin(x)^2`, nil},
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
	text   string
	nodes  []*node
	states []state            // after each number of steps
	room   map[*node][]string // the numbers that each ever shows
}

// A state is the state of the calculation after some steps.
type state struct {
	unknown map[*node]bool
	grad    map[*node]float64
	latest  *node     // what the last step was about
	slopes  []float64 // the derivatives of latest with respect to its operands, in a backward step
	words   []string  // what it did
}

// NewCalculation returns the calculation of a formula. The error is a *FormulaError.
func NewCalculation(text string) (*Calculation, error) {
	nodes, err := parseFormula(text)
	if err != nil {
		return nil, err
	}
	s := state{unknown: map[*node]bool{}, grad: map[*node]float64{}, words: []string{
		"These are the inputs. Each forward step computes a value (data) from others, its " +
			"operands. Each backward step then computes gradients (grad). The gradient of a node " +
			"says how much the result changes if that node changes a little: it is the " +
			"derivative of the result.",
	}}
	var results []*node
	for _, n := range nodes {
		if n.op != nil {
			results = append(results, n)
			s.unknown[n] = true
		}
	}
	c := &Calculation{text: text, nodes: nodes, room: map[*node][]string{}}
	c.note(s)
	for _, n := range results {
		s.unknown = maps.Clone(s.unknown)
		delete(s.unknown, n)
		s.latest, s.words = n, []string{n.forward()}
		if why := n.undefined(); why != "" {
			s.words = append(s.words, why)
		}
		c.note(s)
	}
	root := s.latest
	s.grad = map[*node]float64{root: 1}
	s.words = []string{fmt.Sprintf("The backward pass begins: ∂%s/∂%[1]s = 1. "+
		"(∂%[1]s/∂x is how the gradient of x is written.)", root.Name)}
	c.note(s)
	for _, n := range slices.Backward(results) {
		s.grad = maps.Clone(s.grad)
		s.latest, s.slopes, s.words = n, n.derivatives(), n.backward(root.Name, s.grad)
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

// labels returns the slopes for the wires to latest. If both operands are the same, they have one
// wire, whose label is the sum.
func (s state) labels() (labels []string) {
	for i, slope := range s.slopes {
		arg := s.latest.Args[i]
		switch {
		case arg.Constant, i == 1 && arg == s.latest.Args[0]:
			labels = append(labels, "")
		case len(s.slopes) == 2 && s.latest.Args[0] == s.latest.Args[1]:
			labels = append(labels, "·"+short(s.slopes[0]+s.slopes[1]))
		default:
			labels = append(labels, "·"+short(slope))
		}
	}
	return labels
}

// At returns the graph after that many steps, and what the last step did, in words and numbers.
func (c *Calculation) At(step int) (figure.Graph, []string) {
	s := c.states[step]
	place := map[*node]int{}
	g := figure.Graph{Labels: true}
	receives := map[*node]bool{}
	if s.slopes != nil {
		for _, arg := range s.latest.Args {
			receives[arg] = !arg.Constant
		}
	}
	for i, n := range c.nodes {
		place[n] = i
		node := figure.Node{
			Lines:    append([]string{n.title()}, s.numbers(n)...),
			Room:     c.room[n],
			Marked:   n == s.latest,
			Outlined: receives[n],
			Faint:    s.unknown[n],
		}
		for _, arg := range n.Args {
			node.Args = append(node.Args, place[arg])
		}
		if node.Marked {
			node.Labels = s.labels()
		}
		g.Nodes = append(g.Nodes, node)
	}
	return g, s.words
}

// Inputs returns the names of what was given, apart from constants.
func (c *Calculation) Inputs() (names []string) {
	for _, n := range c.inputs() {
		names = append(names, n.Name)
	}
	return names
}

func (c *Calculation) inputs() (inputs []*node) {
	for _, n := range c.nodes {
		if n.op == nil && !n.Constant {
			inputs = append(inputs, n)
		}
	}
	return inputs
}

// with returns the formula with other numbers for inputs.
func (c *Calculation) with(change func(n *node) float64) string {
	var text strings.Builder
	from := 0
	for _, n := range c.inputs() {
		if x := change(n); x != n.Value.Data {
			text.WriteString(c.text[from:n.start] + strconv.FormatFloat(x, 'g', -1, 64))
			from = n.end
		}
	}
	return text.String() + c.text[from:]
}

// Result returns the result, in words and as a number.
func (c *Calculation) Result() (text string, result float64) {
	n := c.nodes[len(c.nodes)-1]
	return n.Name + " = " + number(n.Value.Data), n.Value.Data
}

// Nudge returns in words how the result changes if one of the Inputs does, and what its gradient
// says.
func (c *Calculation) Nudge(input string, by float64) string {
	var x *node
	nudged, err := NewCalculation(c.with(func(n *node) float64 {
		if n.Name != input {
			return n.Value.Data
		}
		x = n
		return n.Value.Data + by
	}))
	if err != nil {
		return err.Error()
	}
	root := c.nodes[len(c.nodes)-1]
	before, after := root.Value.Data, nudged.nodes[len(c.nodes)-1].Value.Data
	grad := c.states[c.Steps()].grad[x]
	return fmt.Sprintf("The gradient of %s is %s. If %[1]s goes from %[3]s to %s, %s goes from %s "+
		"to %s, a change of %s. Gradient · nudge = %[2]s · %[9]s = %s.", input, number(grad),
		number(x.Value.Data), number(x.Value.Data+by), root.Name, number(before), number(after),
		number(after-before), factor(by), number(grad*by+0)) // + 0, since −0 would be odd
}

// Descend returns the formula after a step of gradient descent, which subtracts rate · gradient
// from these inputs.
func (c *Calculation) Descend(rate float64, inputs []string) (string, error) {
	var err error
	text := c.with(func(n *node) float64 {
		if !slices.Contains(inputs, n.Name) {
			return n.Value.Data
		}
		x := n.Value.Data - rate*c.states[c.Steps()].grad[n]
		if math.IsNaN(x) || math.IsInf(x, 0) {
			err = fmt.Errorf("%s would be %s", n.Name, number(x))
			return n.Value.Data
		}
		x, _ = strconv.ParseFloat(fmt.Sprintf("%.6g", x), 64) // so that it is short
		return x
	})
	return text, err
}
