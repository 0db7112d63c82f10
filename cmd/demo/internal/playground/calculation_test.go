package playground

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// leaves returns the numbers and gradients of what was given, by name, and the result.
func leaves(t *testing.T, formula string) (grads map[string]float64, data float64) {
	i := 0
	for Formulas[i].Name != formula {
		i++
	}
	c, err := NewCalculation(Formulas[i].Text)
	require.NoError(t, err)
	s := c.states[c.Steps()]
	grads = map[string]float64{}
	for _, n := range c.nodes {
		if n.op == nil && !n.Constant {
			grads[n.Name] = s.grad[n]
		}
	}
	return grads, c.nodes[len(c.nodes)-1].Value.Data
}

func TestGradientsOfTheFormulasMatchHandCalculation(t *testing.T) {
	// ∂L/∂w = −(y − wx − b)·x, and so on.
	grads, data := leaves(t, "squared-error")
	assert.Equal(t, 2.0, data)
	assert.Equal(t, map[string]float64{"x": -4, "y": 2, "w": -6, "b": -2}, grads)

	// Karpathy's bias makes the neuron's output 1/√2, and 1 − h² one half.
	grads, data = leaves(t, "neuron")
	assert.InDelta(t, math.Sqrt(0.5), data, 1e-9)
	for name, want := range map[string]float64{"x1": -1.5, "x2": 0.5, "w1": 1, "w2": 0, "b": 0.5} {
		assert.InDelta(t, want, grads[name], 1e-9, name)
	}

	// What the README of karpathy/micrograd prints.
	grads, data = leaves(t, "micrograd")
	assert.Equal(t, "24.7041", fmt.Sprintf("%.4f", data))
	assert.Equal(t, "138.8338", fmt.Sprintf("%.4f", grads["a"]))
	assert.Equal(t, "645.5773", fmt.Sprintf("%.4f", grads["b"]))

	// The gradient of a cross-entropy is softmax minus target.
	grads, _ = leaves(t, "softmax")
	sum := math.Exp(2) + math.Exp(1) + math.Exp(-1)
	assert.InDelta(t, math.Exp(2)/sum, grads["z1"], 1e-12)
	assert.InDelta(t, math.Exp(1)/sum-1, grads["z2"], 1e-12)
	assert.InDelta(t, math.Exp(-1)/sum, grads["z3"], 1e-12)
}

// requireGradientsOfBackward fails unless the gradients after the last step are those of Backward,
// but for the rounding of sums, whose order may differ.
func requireGradientsOfBackward(t *testing.T, c *Calculation) {
	root := c.nodes[len(c.nodes)-1]
	root.Value.Backward()
	grad := c.states[c.Steps()].grad
	greatest := 0.0
	for _, n := range c.nodes {
		greatest = max(greatest, math.Abs(n.Value.Grad))
	}
	for _, n := range c.nodes {
		if !n.Constant && greatest < 1e150 { // beyond that, and for a NaN, the order may matter
			require.InDelta(t, n.Value.Grad, grad[n], 1e-9*greatest, n.Name)
		}
	}
}

func TestGradientsAreThoseOfBackward(t *testing.T) {
	for _, f := range Formulas {
		c, err := NewCalculation(f.Text)
		require.NoError(t, err, f.Name)
		requireGradientsOfBackward(t, c)
	}
	rng := rand.New(rand.NewPCG(2, 0))
	checked := 0
	for range 2000 {
		text := "x = 0.75; y = 1.5; z = 2\nu = " + randomExpression(rng, 3) + "\nu*x + " +
			randomExpression(rng, 2) + "*u"
		if c, err := NewCalculation(text); err == nil { // it may have too many operations
			requireGradientsOfBackward(t, c)
			checked++
		}
	}
	assert.Greater(t, checked, 1900)
}

// passes is the first sentence of a backward step.
func passes(name, gradient string) string {
	return name + " passes its gradient, " + gradient + ", back to its operands, " +
		"times its derivative with respect to each (the chain rule)."
}

func TestStepsTellTheChainRuleInWordsAndNumbers(t *testing.T) {
	c, err := NewCalculation(Formulas[0].Text)
	require.NoError(t, err)
	require.Equal(t, 11, c.Steps())
	g, words := c.At(0)
	assert.Contains(t, words[0], "These are the inputs.")
	text := figure.Text(g, 80, false)
	assert.Regexp(t, `(?m)^ +w  data 2  grad \?$`, text)
	assert.Regexp(t, `(?m)^ +L = 0.5 · u4  data \?  grad \?$`, text)

	assert.True(t, g.Nodes[5].Faint, "u1 isn't known yet")
	g, words = c.At(1)
	assert.False(t, g.Nodes[5].Faint)
	assert.False(t, g.Nodes[0].Faint)
	assert.Equal(t, []string{"u1 = w · x = 2 · 3 = 6"}, words)
	assert.Regexp(t, `(?m)^ *→ +u1 = w · x  data 6  grad \?$`, figure.Text(g, 80, false))

	_, words = c.At(6)
	assert.Contains(t, words[0], "The backward pass begins: ∂L/∂L = 1.")
	_, words = c.At(8)
	assert.Equal(t, []string{passes("u4", "∂L/∂u4 = 0.5"),
		"∂L/∂u3 += ∂L/∂u4 · 2·u3^(2−1) = 0.5 · 4 = 2"}, words)

	g, words = c.At(11)
	assert.Equal(t, []string{passes("u1", "∂L/∂u1 = −2"),
		"∂L/∂w += ∂L/∂u1 · x = −2 · 3 = −6",
		"∂L/∂x += ∂L/∂u1 · w = −2 · 2 = −4"}, words)
	assert.Regexp(t, `(?m)^ +w  data 2  grad −6$`, figure.Text(g, 80, false))

	c, err = NewCalculation("x = 0\nlog(x) - -1 - -x")
	require.NoError(t, err)
	_, words = c.At(3)
	assert.Equal(t, []string{"u3 = −x = −0 = −0"}, words)
	_, words = c.At(2)
	assert.Equal(t, []string{"u2 = u1 − (−1) = (−Inf) − (−1) = −Inf"}, words)
	_, words = c.At(1)
	assert.Equal(t, []string{"u1 = log(x) = log(0) = −Inf",
		"log(0) is not defined, or too large for a number."}, words)
	c, err = NewCalculation("x = -2; x^2") // whose derivative by the exponent would be NaN
	require.NoError(t, err)
	_, words = c.At(c.Steps())
	assert.Equal(t, []string{passes("L", "∂L/∂L = 1"),
		"∂L/∂x += ∂L/∂L · 2·x^(2−1) = 1 · (−4) = −4"}, words)
	for _, text := range []string{"x = 0; sqrt(x)", "x = 0; x^0.5"} {
		c, err = NewCalculation(text)
		require.NoError(t, err)
		_, words = c.At(c.Steps())
		assert.Contains(t, words[len(words)-1], " has no finite derivative here.")
	}

	c, err = NewCalculation("x = -3\n-x + 1")
	require.NoError(t, err)
	_, words = c.At(1)
	assert.Equal(t, []string{"u1 = −x = −(−3) = 3"}, words)

	c, err = NewCalculation("x = -3\ny = x*x + exp(x)")
	require.NoError(t, err)
	_, words = c.At(1)
	assert.Equal(t, []string{"u1 = x · x = (−3) · (−3) = 9"}, words)
	_, words = c.At(2)
	assert.Equal(t, []string{"u2 = exp(x) = exp(−3) = 0.04979"}, words)
	_, words = c.At(c.Steps())
	assert.Equal(t, []string{passes("u1", "∂y/∂u1 = 1"),
		"∂y/∂x += ∂y/∂u1 · x = 1 · (−3) = −3, which makes −2.95",
		"∂y/∂x += ∂y/∂u1 · x = 1 · (−3) = −3, which makes −5.95"}, words)
}

func TestStepsShowSlopesOnWiresAndOutlineReceivers(t *testing.T) {
	c, err := NewCalculation("x = -3; y = 2\nz = x*y + 5*y + x*x")
	require.NoError(t, err)
	seen := map[string][]string{} // labels by title
	for step := range c.Steps() + 1 {
		g, _ := c.At(step)
		for _, n := range g.Nodes {
			outlined := 0
			for i, label := range n.Labels {
				arg := g.Nodes[n.Args[i]]
				if arg.Outlined {
					outlined++
				}
				assert.Equal(t, len(arg.Lines) > 1, arg.Outlined, "only constants receive nothing")
				assert.True(t, !arg.Outlined || label != "" || i > 0)
			}
			if n.Labels != nil {
				assert.True(t, n.Marked && step > c.Steps()/2)
				assert.Positive(t, outlined)
				seen[n.Lines[0]] = n.Labels
			}
		}
	}
	assert.Equal(t, map[string][]string{
		"u1 = x · y": {"·2", "·−3"}, "u2 = 5 · y": {"", "·5"}, "u3 = u1 + u2": {"·1", "·1"},
		"u4 = x · x": {"·−6", ""}, "z = u3 + u4": {"·1", "·1"},
	}, seen)
}

func TestNudgeComparesTheChangeWithTheGradient(t *testing.T) {
	c, err := NewCalculation(Formulas[0].Text)
	require.NoError(t, err)
	assert.Equal(t, []string{"x", "y", "w", "b"}, c.Inputs())
	// L = ½(9 − 3·2.1 − 1)² = ½·1.7², and ∂L/∂w = −(9 − 3·2 − 1)·3.
	assert.Equal(t, "The gradient of w is −6. If w goes from 2 to 2.1, L goes from 2 to 1.445, "+
		"a change of −0.555. Gradient · nudge = −6 · 0.1 = −0.6.", c.Nudge("w", 0.1))
	assert.Contains(t, c.Nudge("w", 0), "Gradient · nudge = −6 · 0 = 0.")
	assert.Contains(t, c.Nudge("w", -0.01), "a change of 0.06045. "+
		"Gradient · nudge = −6 · (−0.01) = 0.06.")
	assert.Contains(t, c.Nudge("y", math.Inf(1)), "found", "an infinite number can't be written")
	text, result := c.Result()
	assert.Equal(t, "L = 2", text)
	assert.Equal(t, 2.0, result)
}

func TestDescendSubtractsTheGradientFromTheInputsInTheText(t *testing.T) {
	c, err := NewCalculation("x = 3 ; y=9\nw = (2); b = 1\nL = 0.5 * (y - w*x - b)^2")
	require.NoError(t, err)
	text, err := c.Descend(0.1, []string{"w", "b"})
	require.NoError(t, err)
	assert.Equal(t, "x = 3 ; y=9\nw = 2.6; b = 1.2\nL = 0.5 * (y - w*x - b)^2", text)
	text, err = c.Descend(0.1, nil)
	require.NoError(t, err)
	assert.Equal(t, c.text, text, "what isn't changed stays as it was written")
	_, err = c.Descend(math.Inf(1), []string{"w"})
	assert.EqualError(t, err, "w would be +Inf")

	// Many steps find the minimum: L = 0, where w·3 + b = 9.
	for range 100 {
		c, err = NewCalculation(text)
		require.NoError(t, err)
		text, err = c.Descend(0.05, []string{"w", "b"})
		require.NoError(t, err)
	}
	assert.Less(t, c.nodes[len(c.nodes)-1].Value.Data, 1e-9)
}

func TestStepsSayWhereAnOperationHasAKink(t *testing.T) {
	for formula, kink := range map[string]bool{
		"x = 0; relu(x)": true, "x = 0; leakyrelu(x)": true, "x = 0; abs(x)": true,
		"x = 1; max(x, 1)": true, "x = 1; min(x, 1)": true,
		"x = 0; y = 2; x^y": true, "x = 2; y = 0; x^y": false, "x = -2; x^2": false,
		"x = 1; relu(x)": false, "x = 0; x^2": false, "x = 2; max(x, 1)": false,
	} {
		c, err := NewCalculation(formula)
		require.NoError(t, err)
		_, words := c.At(c.Steps())
		said := strings.Contains(strings.Join(words, " "), "has a kink here")
		assert.Equal(t, kink, said, formula)
	}
}

func TestBoxesStayInPlaceFromStepToStep(t *testing.T) {
	box := regexp.MustCompile(`<rect class="data box[^"]*" ` +
		`(x="[^"]*" y="[^"]*" width="[^"]*" height="[^"]*")`)
	texts := []string{"x = 1.25; w = 1250\nw*x"} // as wide as other numbers with as many characters
	for _, f := range Formulas {
		texts = append(texts, f.Text)
	}
	for _, text := range texts {
		c, err := NewCalculation(text)
		require.NoError(t, err)
		var first []string
		for step := range c.Steps() + 1 {
			g, _ := c.At(step)
			var boxes []string
			for _, found := range box.FindAllStringSubmatch(figure.SVG(g), -1) {
				boxes = append(boxes, found[1])
			}
			require.Len(t, boxes, len(c.nodes))
			if step == 0 {
				first = boxes
			}
			require.Equal(t, first, boxes, "step %d of %s", step, text)
		}
	}
}
