package realworld

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
)

type node = *gorgonia.Node

// unary makes an operator take its operand from a slice, as those on two numbers do.
func unary(op func(node) (node, error)) func(x ...node) (node, error) {
	return func(x ...node) (node, error) { return op(x[0]) }
}

func binary(op func(a, b node) (node, error)) func(x ...node) (node, error) {
	return func(x ...node) (node, error) { return op(x[0], x[1]) }
}

// Gorgonia differentiates in two ways: Grad writes the derivatives as further nodes of the graph,
// and a LispMachine computes them as it runs.
func TestGorgoniaScalarOperators(t *testing.T) {
	c := newTally(t)
	for name, op := range map[string]struct {
		n int // operands
		f func(x ...node) (node, error)
	}{
		"Abs":          {1, unary(gorgonia.Abs)},
		"Cos":          {1, unary(gorgonia.Cos)},
		"Cube":         {1, unary(gorgonia.Cube)},
		"Exp":          {1, unary(gorgonia.Exp)},
		"Expm1":        {1, unary(gorgonia.Expm1)},
		"Inverse":      {1, unary(gorgonia.Inverse)},
		"InverseSqrt":  {1, unary(gorgonia.InverseSqrt)},
		"Log":          {1, unary(gorgonia.Log)},
		"Log1p":        {1, unary(gorgonia.Log1p)},
		"Log2":         {1, unary(gorgonia.Log2)},
		"Neg":          {1, unary(gorgonia.Neg)},
		"Sigmoid":      {1, unary(gorgonia.Sigmoid)},
		"Sin":          {1, unary(gorgonia.Sin)},
		"Softplus":     {1, unary(gorgonia.Softplus)},
		"Sqrt":         {1, unary(gorgonia.Sqrt)},
		"Square":       {1, unary(gorgonia.Square)},
		"Tanh":         {1, unary(gorgonia.Tanh)},
		"Add":          {2, binary(gorgonia.Add)},
		"HadamardDiv":  {2, binary(gorgonia.HadamardDiv)},
		"HadamardProd": {2, binary(gorgonia.HadamardProd)},
		"Pow":          {2, binary(gorgonia.Pow)},
		"Sub":          {2, binary(gorgonia.Sub)},
	} {
		graph := func(x []float64) (g *gorgonia.ExprGraph, nodes []node, y node) {
			g = gorgonia.NewGraph()
			for i, x := range x {
				nodes = append(nodes, gorgonia.NewScalar(g, gorgonia.Float64,
					gorgonia.WithName(fmt.Sprint("x", i)), gorgonia.WithValue(x)))
			}
			y, err := op.f(nodes...)
			require.NoError(t, err)
			return g, nodes, y
		}
		f := func(x []float64) float64 {
			g, _, y := graph(x)
			m := gorgonia.NewTapeMachine(g)
			defer m.Close()
			require.NoError(t, m.RunAll())
			return y.Value().Data().(float64)
		}
		symbolic := func(x []float64) (grad []float64) {
			g, nodes, y := graph(x)
			derivatives, err := gorgonia.Grad(y, nodes...)
			require.NoError(t, err)
			m := gorgonia.NewTapeMachine(g)
			defer m.Close()
			require.NoError(t, m.RunAll())
			for _, d := range derivatives {
				grad = append(grad, d.Value().Data().(float64))
			}
			return grad
		}
		automatic := func(x []float64) (grad []float64) {
			g, nodes, _ := graph(x)
			m := gorgonia.NewLispMachine(g)
			defer m.Close()
			require.NoError(t, m.RunAll())
			for _, n := range nodes {
				d, err := n.Grad()
				require.NoError(t, err)
				grad = append(grad, d.Data().(float64))
			}
			return grad
		}
		rng := rand.New(rand.NewPCG(1, 0))
		for range 20 {
			x := make([]float64, op.n)
			for i := range x {
				x[i] = 2 * rng.NormFloat64()
			}
			if math.IsNaN(f(x)) {
				x[0] = -x[0] // for logarithms, roots and powers
			}
			c.check(name+", Grad", f, symbolic(x), x)
			c.check(name+", LispMachine", f, automatic(x), x)
		}
	}
	c.report(800, 8)
}
