package playground

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The derivatives are told in words. They are read here as formulas, and have to come to what
// Backward computes.
func TestDerivativesInWordsAreRight(t *testing.T) {
	condition := regexp.MustCompile(`^\(1 if (\w) ([<>]) (\w),` +
		`(?: ½ if (?:x = y|y = x),)? else ([0-9.]+)\)$`)
	spaced := regexp.MustCompile(`\b(cos|sin|log|sigmoid) x`)
	for _, op := range operations {
		for _, point := range [][2]float64{{0.7, 1.3}, {2.5, 0.4}, {1.1, 3}} {
			x, y := &node{Name: "x"}, &node{Name: "y"}
			named := map[string]float64{"x": point[0], "y": point[1]}
			text := "x = " + fmt.Sprint(point[0]) + "; y = " + fmt.Sprint(point[1]) + "\n"
			args := []*node{x, y}[:len(op.derivatives)]
			c, err := NewCalculation(text + (&node{op: &op,
				Args: args}).written(func(n *node) string { return n.Name }))
			require.NoError(t, err, op.name)
			root := c.nodes[len(c.nodes)-1]
			named["z"] = root.Value.Data
			for i, words := range op.derivatives {
				want := root.derivatives()[i]
				var got float64
				switch found := condition.FindStringSubmatch(words); {
				case found != nil:
					named["0"] = 0
					got, _ = strconv.ParseFloat(found[4], 64)
					if a, b := named[found[1]], named[found[3]]; a > b && found[2] == ">" ||
						a < b && found[2] == "<" {
						got = 1
					}
				case words == "(z·log x, but 0 if x = 0 and y ≥ 0)":
					got = named["z"] * math.Log(point[0])
				case words == "(the sign of x)":
					got = math.Copysign(1, point[0])
				case words == "(Φ(x) + x·φ(x))":
					got = math.Erfc(-point[0]/math.Sqrt2)/2 +
						point[0]*math.Exp(-point[0]*point[0]/2)/math.Sqrt(2*math.Pi)
				default:
					formula := spaced.ReplaceAllString(strings.ReplaceAll(words, "²", "^2"),
						"$1(x)")
					got = result(t, text+"z = "+fmt.Sprint(named["z"])+"\n0 + "+formula)
				}
				assert.InEpsilon(t, want+10, got+10, 1e-9, "∂z/∂%s of %s: %s", args[i].Name,
					op.name, words)
			}
		}
	}
	x, w := &node{Name: "x1"}, &node{Name: "w"}
	assert.Equal(t, "w·x1^(w−1)",
		(&node{Name: "p", op: operationOf("^"), Args: []*node{x, w}}).derivative(0))
	assert.Equal(t, "(1 − h²)",
		(&node{Name: "h", op: operationOf("tanh"), Args: []*node{x}}).derivative(0))
	assert.Equal(t, "(−2)",
		(&node{Name: "p", op: operationOf("*"),
			Args: []*node{x, {Value: micrograd.New(-2), Constant: true}}}).derivative(0))
	assert.Equal(t, "(the sign of x1)",
		(&node{Name: "h", op: operationOf("abs"), Args: []*node{x}}).derivative(0))
}
