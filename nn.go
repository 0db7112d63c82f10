package micrograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// A Neuron computes h = f(W·x + b).
type Neuron struct {
	W   []*Value // a weight for each input
	B   *Value   // the bias b
	Act *Op      // the activation f, such as ReLU; Identity if the neuron is linear
}

// Forward returns f(W·x + b). It panics if x and W differ in length. The node keeps a copy of x,
// but W itself, to save memory: don't change that slice before Backward.
func (n *Neuron) Forward(x []*Value) *Value { return n.forward(slices.Clone(x)) }

func (n *Neuron) forward(x []*Value) *Value { return n.Act.Apply(linearNode(n.W, x, n.B)) }

// Parameters returns the weights, then the bias.
func (n *Neuron) Parameters() []*Value { return append(slices.Clone(n.W), n.B) }

// A Layer is a fully connected layer: each neuron receives all inputs.
type Layer struct{ Neurons []*Neuron }

// NewLayer returns a layer of out neurons with in inputs and the activation act. It panics if in or
// out is not positive, or if rng or act is nil. The same seed gives the same layer on every
// machine.
//
// Biases are 0. Weights are drawn from a uniform distribution with mean 0. Its variance is 1/in:
// W·x adds in terms, so it is about as large as one input (LeCun et al. 1998, Efficient BackProp,
// §4.6). It is 2/in for ReLU, LeakyReLU, Softplus and GELU, since ReLU sets half of the inputs of
// the next layer to 0 (He et al. 2015, arXiv:1502.01852). For an activation of your own, it is
// 1/in, whatever its shape. With these weights, the sizes of signals and of gradients stay within a
// factor of 20 through ten layers of 64 neurons; narrow layers vary more. The exception is
// [Sigmoid], whose derivative is at most ¼: after ten layers, about a millionth of the gradient is
// left. See [BatchNorm].
func NewLayer(rng *rand.Rand, act *Op, in, out int) *Layer {
	if rng == nil {
		panic("micrograd: a layer without an rng")
	}
	if act == nil {
		panic("micrograd: a layer without an activation; use Identity for a linear one")
	}
	if in <= 0 || out <= 0 {
		panic(fmt.Sprintf("micrograd: a layer of %d neurons with %d inputs, want both positive",
			out, in))
	}
	factor, ok := factors[act]
	if !ok {
		factor = 1 // for an activation of the caller's
	}
	variance := factor / float64(in)
	a := math.Sqrt(3 * variance) // a uniform distribution on (−a, a) has variance a²/3
	l := &Layer{}
	for range out {
		n := &Neuron{B: New(0), Act: act}
		for range in {
			n.W = append(n.W, New(a*(2*rng.Float64()-1)))
		}
		l.Neurons = append(l.Neurons, n)
	}
	return l
}

// Forward returns the output of each neuron. It panics if x and the weights of a neuron differ in
// length.
func (l *Layer) Forward(x []*Value) []*Value {
	x = slices.Clone(x) // one copy for all neurons
	h := make([]*Value, len(l.Neurons))
	for i, n := range l.Neurons {
		h[i] = n.forward(x)
	}
	return h
}

// Parameters returns the parameters of all neurons, neuron by neuron.
func (l *Layer) Parameters() []*Value {
	var params []*Value
	for _, n := range l.Neurons {
		params = append(params, n.Parameters()...)
	}
	return params
}

// An MLP is a multi-layer perceptron: the outputs of each layer are the inputs of the next.
type MLP struct{ Layers []*Layer }

// NewMLP returns a network with sizes[0] inputs and a layer for each further size, made by
// [NewLayer]. The activation of the last layer is [Identity], that of the others is act. For
// example, NewMLP(rng, ReLU, 2, 16, 16, 1) has two inputs, two hidden layers of 16 neurons and one
// output. NewMLP panics if there are fewer than two sizes, if one is not positive, if rng is nil,
// or if act is nil and there is a hidden layer.
func NewMLP(rng *rand.Rand, act *Op, sizes ...int) *MLP {
	if len(sizes) < 2 {
		panic(fmt.Sprintf("micrograd: NewMLP with sizes %d, want two or more", sizes))
	}
	m := &MLP{}
	for i, out := range sizes[1:] {
		if i == len(sizes)-2 {
			act = Identity
		}
		m.Layers = append(m.Layers, NewLayer(rng, act, sizes[i], out))
	}
	return m
}

// Forward returns the outputs of the last layer. It panics if the length of x is not the number of
// inputs.
func (m *MLP) Forward(x []*Value) []*Value {
	for _, l := range m.Layers {
		x = l.Forward(x)
	}
	return x
}

// Parameters returns all weights and biases: layer by layer, neuron by neuron, the weights, then
// the bias. A weight that is used in several places is listed once for each: pass it only once to
// an [Optimizer].
func (m *MLP) Parameters() []*Value {
	var params []*Value
	for _, l := range m.Layers {
		params = append(params, l.Parameters()...)
	}
	return params
}

// Predict returns the outputs for the inputs x, as numbers. It panics if the length of x is not the
// number of inputs. It only reads the network, so several goroutines may call it.
func (m *MLP) Predict(x ...float64) []float64 {
	var out []float64
	for _, h := range m.Forward(Values(x...)) {
		out = append(out, h.Data)
	}
	return out
}

// String describes the shape: "MLP(2 → 16 ReLU → 16 ReLU → 1 Identity)".
func (m *MLP) String() string {
	var b strings.Builder
	for i, l := range m.Layers {
		if len(l.Neurons) == 0 {
			b.WriteString(" → 0")
			continue
		}
		if i == 0 {
			fmt.Fprint(&b, len(l.Neurons[0].W))
		}
		fmt.Fprintf(&b, " → %d", len(l.Neurons))
		if act := l.Neurons[0].Act; act != nil {
			b.WriteString(" " + act.Name)
		}
	}
	return "MLP(" + b.String() + ")"
}

// BatchNorm normalizes a batch (Ioffe and Szegedy 2015, arXiv:1502.03167). It returns for each xᵢ
//
//	γ (xᵢ − μ) / √(σ² + ε) + β
//
// where μ is the mean of xs, σ² is their biased variance Σ(xᵢ − μ)²/n, and ε = 1e-5. The xs are
// what one neuron computes for the rows of a batch, usually W·x + b before its activation.
// BatchNorm panics if xs is empty.
//
// Dividing by a small deviation enlarges small signals and their gradients. So with BatchNorm, ten
// layers with [Sigmoid] leave a tenth of the gradient, and without it a millionth.
//
// Unlike PyTorch's module, it keeps no running statistics for evaluation. A [Program] runs row by
// row: its rows must hold a whole batch each. The BatchNorm of a single number is β whatever the
// number, and nothing warns of that.
func BatchNorm(xs []*Value, gamma, beta *Value) []*Value {
	if len(xs) == 0 {
		panic("micrograd: BatchNorm of 0 values")
	}
	n := float64(len(xs))
	mean := Sum(xs...).DivC(n)
	d := make([]*Value, len(xs))
	for i, x := range xs {
		d[i] = x.Sub(mean)
	}
	variance := dot.applyList(d, d, nil).DivC(n) // Dot would copy d
	factor := gamma.Div(variance.AddC(1e-5).Sqrt())
	out := make([]*Value, len(xs))
	for i := range xs {
		out[i] = d[i].Mul(factor).Add(beta)
	}
	return out
}
