package realworld

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/backends/simplego"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/layers/activations"
	"github.com/gomlx/gomlx/pkg/ml/train/losses"
	"github.com/stretchr/testify/require"
)

type tensor = *graph.Node

// gomlxOperators are those whose gradient the backend simplego can compute: it lacks convolutions,
// pooling, and slices, for instance.
var gomlxOperators = []struct {
	name   string
	shapes [][]int // of the operands
	f      func(x []tensor) tensor
}{
	{"Abs", [][]int{{6}}, ofOne(graph.Abs)},
	{"Cos", [][]int{{6}}, ofOne(graph.Cos)},
	{"Erf", [][]int{{6}}, ofOne(graph.Erf)},
	{"Exp", [][]int{{6}}, ofOne(graph.Exp)},
	{"Log", [][]int{{6}}, ofOne(graph.Log)},
	{"Log1p", [][]int{{6}}, ofOne(graph.Log1p)},
	{"Logistic", [][]int{{6}}, ofOne(graph.Logistic)},
	{"MirroredLog1p", [][]int{{6}}, ofOne(graph.MirroredLog1p)},
	{"Reciprocal", [][]int{{6}}, ofOne(graph.Reciprocal)},
	{"Sin", [][]int{{6}}, ofOne(graph.Sin)},
	{"Softplus", [][]int{{6}}, ofOne(graph.Softplus)},
	{"Sqrt", [][]int{{6}}, ofOne(graph.Sqrt)},
	{"Square", [][]int{{6}}, ofOne(graph.Square)},
	{"Tanh", [][]int{{6}}, ofOne(graph.Tanh)},
	{"PowScalar", [][]int{{6}}, func(x []tensor) tensor { return graph.PowScalar(x[0], 3) }},
	{"PowScalar 2.5", [][]int{{6}}, func(x []tensor) tensor { return graph.PowScalar(x[0], 2.5) }},
	{"ClipScalar", [][]int{{6}}, func(x []tensor) tensor { return graph.ClipScalar(x[0], -1, 1) }},
	{"Add", [][]int{{2, 3}, {2, 1}}, ofTwo(graph.Add)},
	{"Sub", [][]int{{2, 3}, {1, 3}}, ofTwo(graph.Sub)},
	{"Sub scalar", [][]int{{}, {1, 3}}, ofTwo(graph.Sub)},
	{"Mul", [][]int{{1, 3}, {2, 1}}, ofTwo(graph.Mul)},
	{"Div", [][]int{{2, 3}, {1, 3}}, ofTwo(graph.Div)},
	{"Pow", [][]int{{2, 3}, {2, 1}}, ofTwo(graph.Pow)},
	{"Max", [][]int{{2, 3}, {1, 3}}, ofTwo(graph.Max)},
	{"Min", [][]int{{2, 3}, {2, 3}}, ofTwo(graph.Min)},
	{"LogAddExp", [][]int{{4}, {4}}, ofTwo(graph.LogAddExp)},
	{"Where", [][]int{{2, 3}, {2, 3}, {1, 3}}, func(x []tensor) tensor {
		return graph.Where(graph.IsPositive(x[0]), x[1], graph.BroadcastToShape(x[2], x[1].Shape()))
	}},
	{"Dot vectors", [][]int{{4}, {4}}, ofTwo(graph.Dot)},
	{"Dot vector", [][]int{{3, 4}, {4}}, ofTwo(graph.Dot)},
	{"Dot", [][]int{{3, 4}, {4, 2}}, ofTwo(graph.Dot)},
	{"MatMul", [][]int{{2, 3, 4}, {2, 4, 2}}, ofTwo(graph.MatMul)},
	{"Einsum", [][]int{{2, 3, 4}, {4, 2, 5}},
		func(x []tensor) tensor { return graph.Einsum("bij,jbk->bki", x[0], x[1]) }},
	{"DotGeneral", [][]int{{2, 3, 4}, {4, 3, 5}}, func(x []tensor) tensor {
		return graph.DotGeneral(x[0], []int{2}, []int{1}, x[1], []int{0}, []int{1})
	}},
	{"CosineSimilarity", [][]int{{2, 3}, {2, 3}},
		func(x []tensor) tensor { return graph.CosineSimilarity(x[0], x[1], -1) }},
	{"ReduceSum", [][]int{{2, 3}}, func(x []tensor) tensor { return graph.ReduceSum(x[0], 0) }},
	{"ReduceMean", [][]int{{2, 3}}, func(x []tensor) tensor { return graph.ReduceMean(x[0], 1) }},
	{"ReduceMax", [][]int{{2, 3}}, func(x []tensor) tensor { return graph.ReduceMax(x[0], 1) }},
	{"ReduceMin", [][]int{{2, 3}}, func(x []tensor) tensor { return graph.ReduceMin(x[0], 0) }},
	{"ReduceVariance", [][]int{{2, 3}},
		func(x []tensor) tensor { return graph.ReduceVariance(x[0], 1) }},
	{"ReduceSkewness", [][]int{{2, 5}},
		func(x []tensor) tensor { return graph.ReduceSkewness(x[0], 1) }},
	{"MaskedReduceMean", [][]int{{2, 3}, {2, 3}}, func(x []tensor) tensor {
		return graph.MaskedReduceAllMean(x[0], graph.IsPositive(x[1]))
	}},
	{"MaskedReduceMax", [][]int{{2, 3}, {2, 3}}, func(x []tensor) tensor {
		return graph.MaskedReduceAllMax(x[0], graph.IsPositive(x[1]))
	}},
	{"L1Norm", [][]int{{2, 3}}, func(x []tensor) tensor { return graph.L1Norm(x[0], 1) }},
	{"L2Norm", [][]int{{2, 3}}, func(x []tensor) tensor { return graph.L2Norm(x[0], 1) }},
	{"L2Normalize", [][]int{{2, 3}}, func(x []tensor) tensor { return graph.L2Normalize(x[0], 1) }},
	{"L2NormalizeWithEpsilon", [][]int{{2, 3}},
		func(x []tensor) tensor { return graph.L2NormalizeWithEpsilon(x[0], 0.1, 1) }},
	{"Softmax", [][]int{{2, 3}}, func(x []tensor) tensor { return graph.Softmax(x[0], 0) }},
	{"LogSoftmax", [][]int{{2, 3}}, func(x []tensor) tensor { return graph.LogSoftmax(x[0], 1) }},
	{"MaskedSoftmax", [][]int{{2, 4}, {2, 4}},
		func(x []tensor) tensor { return graph.MaskedSoftmax(x[0], graph.IsPositive(x[1]), 1) }},
	{"BroadcastToDims", [][]int{{2, 1, 3}},
		func(x []tensor) tensor { return graph.BroadcastToDims(x[0], 2, 4, 3) }},
	{"BroadcastPrefix", [][]int{{2, 3}},
		func(x []tensor) tensor { return graph.BroadcastPrefix(x[0], 2, 2) }},
	{"ExpandAndBroadcast", [][]int{{2, 3}}, func(x []tensor) tensor {
		return graph.ExpandAndBroadcast(x[0], []int{2, 4, 3}, []int{1})
	}},
	{"Concatenate", [][]int{{2, 3}, {2, 1}, {2, 2}},
		func(x []tensor) tensor { return graph.Concatenate(x, 1) }},
	{"Stack", [][]int{{2, 3}, {2, 3}}, func(x []tensor) tensor { return graph.Stack(x, 1) }},
	{"Reshape", [][]int{{2, 6}}, func(x []tensor) tensor { return graph.Reshape(x[0], 4, 3) }},
	{"Transpose", [][]int{{2, 3, 4}}, func(x []tensor) tensor {
		return graph.TransposeAllAxes(x[0], 1, 2, 0)
	}},
	{"TakeLowerTriangular", [][]int{{3, 3}},
		func(x []tensor) tensor { return graph.TakeLowerTriangular(x[0], 0) }},
	{"Gather", [][]int{{4, 3}}, func(x []tensor) tensor {
		return graph.Gather(x[0], graph.Const(x[0].Graph(), [][]int64{{2}, {0}, {2}}))
	}},
	{"GatherSlices", [][]int{{4, 3}}, func(x []tensor) tensor {
		start := graph.Const(x[0].Graph(), [][]int64{{2}, {0}, {1}})
		return graph.GatherSlices(x[0], []int{0}, start, []int{2}, false)
	}},
	{"ScatterSum", [][]int{{4, 3}, {3, 3}}, scatter(graph.ScatterSum, 2, 0, 2)},
	{"ScatterMax", [][]int{{4, 3}, {3, 3}}, scatter(graph.ScatterMax, 2, 0, 2)},
	{"ScatterMin", [][]int{{4, 3}, {3, 3}}, scatter(graph.ScatterMin, 2, 0, 3)},
	{"ScatterUpdate", [][]int{{4, 3}, {3, 3}}, scatter(graph.ScatterUpdate, 2, 0, 3)},
	{"Interpolate nearest", [][]int{{1, 3, 3, 1}},
		func(x []tensor) tensor { return graph.Interpolate(x[0], 1, 5, 4, 1).Nearest().Done() }},
	{"Relu", [][]int{{6}}, ofOne(activations.Relu)},
	{"LeakyRelu", [][]int{{6}}, ofOne(activations.LeakyRelu)},
	{"Swish", [][]int{{6}}, ofOne(activations.Swish)},
	{"Selu", [][]int{{6}}, ofOne(activations.Selu)},
	{"Gelu", [][]int{{6}}, ofOne(activations.Gelu)},
	{"GeluApproximate", [][]int{{6}}, ofOne(activations.GeluApproximate)},
	{"MeanSquaredError", [][]int{{2, 3}, {2, 3}}, loss(losses.MeanSquaredError)},
	{"MeanAbsoluteError", [][]int{{2, 3}, {2, 3}}, loss(losses.MeanAbsoluteError)},
	{"HuberLoss", [][]int{{2, 3}, {2, 3}}, loss(losses.MakeHuberLoss(1))},
	{"EuclideanDistance", [][]int{{2, 3}, {2, 3}}, loss(losses.EuclideanDistance)},
	{"BinaryCrossentropy", [][]int{{2, 3}, {2, 3}}, func(x []tensor) tensor {
		return losses.BinaryCrossentropy(x[:1], []tensor{graph.Sigmoid(x[1])})
	}},
	{"BinaryCrossentropyLogits", [][]int{{2, 3}, {2, 3}}, loss(losses.BinaryCrossentropyLogits)},
	{"CategoricalCrossEntropyLogits", [][]int{{2, 3}, {2, 3}},
		loss(losses.CategoricalCrossEntropyLogits)},
}

func ofOne(f func(x tensor) tensor) func(x []tensor) tensor {
	return func(x []tensor) tensor { return f(x[0]) }
}

func ofTwo(f func(a, b tensor) tensor) func(x []tensor) tensor {
	return func(x []tensor) tensor { return f(x[0], x[1]) }
}

// scatter is a function of an operand and of three updates of its rows.
func scatter(f func(x, indices, updates tensor, sorted, unique bool) tensor,
	a, b, c int64) func(x []tensor) tensor {
	return func(x []tensor) tensor {
		indices := graph.Const(x[0].Graph(), [][]int64{{a}, {b}, {c}})
		return f(x[0], indices, x[1], false, a != c)
	}
}

// loss is a function of labels and predictions.
func loss(f losses.LossFn) func(x []tensor) tensor {
	return func(x []tensor) tensor { return f(x[:1], x[1:]) }
}

func TestGomlxOperators(t *testing.T) {
	backend, err := simplego.New("ops_sequential")
	require.NoError(t, err)
	c := newTally(t)
	for _, op := range gomlxOperators {
		sum := func(x []tensor) tensor { // of the results, with different weights
			y := op.f(x)
			weights := graph.Cos(graph.AddScalar(graph.IotaFull(y.Graph(), y.Shape()), 1))
			return graph.ReduceAllSum(graph.Mul(y, weights))
		}
		value, err := graph.NewExecAny(backend, sum)
		require.NoError(t, err)
		gradient, err := graph.NewExecAny(backend, func(x []tensor) []tensor {
			return graph.Gradient(sum(x), x...)
		})
		require.NoError(t, err)

		n := 0 // numbers in all operands
		for _, dims := range op.shapes {
			n += shapes.Make(dtypes.Float64, dims...).Size()
		}
		run := func(e *graph.Exec, x []float64) (results []float64) {
			var operands []any
			for _, dims := range op.shapes {
				size := shapes.Make(dtypes.Float64, dims...).Size()
				operands = append(operands, tensors.FromFlatDataAndDimensions(x[:size], dims...))
				x = x[size:]
			}
			ts, err := e.Exec(operands...)
			require.NoError(t, err, op.name)
			for _, t := range ts {
				results = append(results, tensors.MustCopyFlatData[float64](t)...)
			}
			return results
		}
		f := func(x []float64) float64 { return run(value, x)[0] }
		rng := rand.New(rand.NewPCG(1, 0))
		for range 5 {
			x := make([]float64, n)
			for i := range x {
				x[i] = 2 * rng.NormFloat64()
			}
			if math.IsNaN(f(x)) {
				for i := range x {
					x[i] = math.Abs(x[i]) // for logarithms, roots and powers
				}
			}
			c.check(op.name, f, run(gradient, x), x)
		}
	}
	c.report(380, 4)
}
