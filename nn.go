package micrograd

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// A Neuron computes h = f(W·x + b).
type Neuron struct {
	W   []*Value // a weight for each input
	B   *Value   // the bias b
	Act *Op      // the activation f, such as [ReLU]
}

// Forward returns f(W·x + b). It panics if x and W differ in length. The graph keeps W, and a copy
// of x.
func (n *Neuron) Forward(x []*Value) *Value { return n.forward(slices.Clone(x)) }

func (n *Neuron) forward(x []*Value) *Value { return n.Act.Apply(dotPlus(n.W, x, n.B)) }

// Parameters returns the weights, then the bias.
func (n *Neuron) Parameters() []*Value { return append(slices.Clone(n.W), n.B) }

// A Layer is a fully connected layer: each neuron has all inputs.
type Layer struct{ Neurons []*Neuron }

// NewLayer returns a layer of out neurons with in inputs and the activation act. It panics if in or
// out is not positive, or without an rng. The same seed gives the same layer on every machine.
//
// Biases are 0. Weights are drawn from a uniform distribution with mean 0 and variance 2/in for
// ReLU, LeakyReLU, Softplus and GELU (He et al. 2015, arXiv:1502.01852; the 2 makes up for about
// half of the inputs, which these set to 0 or close to it), and 1/in for other activations (LeCun
// et al. 1998, Efficient BackProp, §4.6). So the sizes of signals, and of gradients on their way
// back, stay within a factor of ten through ten layers of 64 neurons; narrow layers vary more. The
// exception is [Sigmoid], whose derivative is at most ¼: each layer multiplies gradients by that,
// and after ten layers, less than a millionth is left. See [BatchNorm].
func NewLayer(rng *rand.Rand, act *Op, in, out int) *Layer {
	if rng == nil {
		panic("micrograd: a layer without an rng")
	}
	if in <= 0 || out <= 0 {
		panic(fmt.Sprintf("micrograd: a layer of %d neurons with %d inputs, want both positive",
			out, in))
	}
	scale, ok := scales[act]
	if !ok {
		scale = 1 // for an activation of the caller's
	}
	variance := scale / float64(in)
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
// output. NewMLP panics if there are fewer than two sizes, if one is not positive, or without an
// rng.
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
// the bias.
func (m *MLP) Parameters() []*Value {
	var params []*Value
	for _, l := range m.Layers {
		params = append(params, l.Parameters()...)
	}
	return params
}

// Predict returns the outputs for the inputs x, as numbers. It panics if the length of x is not the
// number of inputs.
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

// HalfSquaredError returns ½ Σ (yᵢ − hᵢ)² for predictions h and true values y. Its derivative with
// respect to hᵢ is hᵢ − yᵢ. It panics if h and y differ in length or are empty.
func HalfSquaredError(h, y []*Value) *Value { return squaredError(h, y).MulC(0.5) }

// MSE returns the mean squared error: the mean of (yᵢ − hᵢ)² for predictions h and true values y.
// It panics if h and y differ in length or are empty.
func MSE(h, y []*Value) *Value { return squaredError(h, y).DivC(float64(len(h))) }

// squaredError returns Σ (hᵢ − yᵢ)².
func squaredError(h, y []*Value) *Value {
	mustPair("predictions", h, "true values", y)
	d := make([]*Value, len(h))
	for i := range h {
		d[i] = h[i].Sub(y[i])
	}
	return dot.applyList(d, d, nil)
}

// Softmax returns e^zᵢ / Σⱼ e^zⱼ for each of the logits z, without overflow. It panics if there are
// no logits.
func Softmax(logits []*Value) []*Value {
	p := LogSoftmax(logits)
	for i := range p {
		p[i] = p[i].Exp()
	}
	return p
}

// LogSoftmax returns log softmax(z)ᵢ = zᵢ − log Σⱼ e^zⱼ for each of the logits z. It doesn't
// overflow, and it is finite where the softmax is rounded to 0. It panics if there are no logits.
//
// The largest logit is subtracted from each, which changes neither the result nor its gradient. It
// is a node, computed by Max. If it were read from Data, a [Program] would use that of the row it
// was compiled with.
func LogSoftmax(logits []*Value) []*Value {
	if len(logits) == 0 {
		panic("micrograd: softmax of 0 logits")
	}
	largest := logits[0]
	for _, z := range logits[1:] {
		largest = largest.Max(z)
	}
	out, exps := make([]*Value, len(logits)), make([]*Value, len(logits))
	for i, z := range logits {
		out[i] = z.Sub(largest)
		exps[i] = out[i].Exp()
	}
	logSum := sum.applyList(nil, exps, nil).Log()
	for i, z := range out {
		out[i] = z.Sub(logSum)
	}
	return out
}

// CrossEntropy returns −Σ tᵢ log softmax(z)ᵢ for logits z and target probabilities t, such as 1 for
// the true class and 0 for the others. A class that is masked by a logit of −Inf makes it NaN, as
// in PyTorch, even if its target is 0, because 0·∞ is NaN: leave masked classes out of both slices,
// or mask with a large negative number. CrossEntropy panics if logits and target differ in length
// or are empty.
func CrossEntropy(logits, target []*Value) *Value {
	mustPair("logits", logits, "targets", target)
	return dot.applyList(slices.Clone(target), LogSoftmax(logits), nil).Neg()
}

// BinaryCrossEntropy returns −y·log σ(z) − (1 − y)·log(1 − σ(z)) for a logit z and the true
// probability y, where σ is the sigmoid. It is computed as max(z, 0) − z·y + log(1 + e^−|z|), which
// neither overflows nor loses digits.
func BinaryCrossEntropy(logit, y *Value) *Value { return bce.Apply2(logit, y) }

// Hinge returns the hinge loss, max(0, 1 − y·score), for a true y of 1 or −1. If labels are 0 and
// 1, pass 2y − 1: with y = 0, the loss would always be 1 and have no gradient.
func Hinge(score, y *Value) *Value { return y.Mul(score).Neg().AddC(1).ReLU() }

// BatchNorm returns γ (xᵢ − μ) / √(σ² + ε) + β for each xᵢ, where μ is the mean of xs, σ² is their
// biased variance Σ(xᵢ − μ)²/n, and ε = 1e-5 (Ioffe and Szegedy 2015, arXiv:1502.03167). The xs are
// what one neuron computes for the rows of a batch, usually W·x + b before its activation.
// BatchNorm panics if xs is empty.
//
// Dividing by a small deviation enlarges small signals and their gradients. So with BatchNorm, ten
// layers with [Sigmoid] leave a tenth of the gradient, and without it a millionth.
//
// A [Program] runs row by row, and so has no batch.
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
	variance := dot.applyList(d, d, nil).DivC(n)
	scale := gamma.Div(variance.AddC(1e-5).Sqrt())
	out := make([]*Value, len(xs))
	for i := range xs {
		out[i] = d[i].Mul(scale).Add(beta)
	}
	return out
}

func mustPair(aName string, a []*Value, bName string, b []*Value) {
	if len(a) != len(b) || len(a) == 0 {
		panic(fmt.Sprintf("micrograd: %d %s and %d %s, want the same number, at least one",
			len(a), aName, len(b), bName))
	}
}

// An Optimizer updates parameters by their gradients.
type Optimizer interface {
	// Step makes one step with the Grad of each parameter. An Optimizer may keep a state for each
	// parameter, by its place in params. So pass the same parameters in the same order each time,
	// and each of them once.
	Step(params []*Value)
}

// SGD is stochastic gradient descent, as in PyTorch: v ← Momentum·v + ∂L/∂p, then p ← p − LR·v.
// Without Momentum, that is p ← p − LR·∂L/∂p.
type SGD struct {
	LR       float64 // the learning rate; it may be changed between steps
	Momentum float64

	v []float64
}

// Step implements [Optimizer]. It panics if the number of parameters is not that of the last step,
// or if a parameter is listed twice.
func (o *SGD) Step(params []*Value) {
	o.v = state(o.v, params)
	for i, p := range params {
		o.v[i] = o.Momentum*o.v[i] + p.Grad
		p.Data -= o.LR * o.v[i]
	}
}

// Adam has running means m and v of each parameter's gradient g and of its square (Kingma and Ba
// 2014, arXiv:1412.6980):
//
//	m ← Beta1·m + (1 − Beta1)·g
//	v ← Beta2·v + (1 − Beta2)·g²
//	p ← p − LR·m̂/(√v̂ + Eps)
//
// where m̂ = m/(1 − Beta1ᵗ) and v̂ = v/(1 − Beta2ᵗ) at step t, since m and v begin at 0. [NewAdam]
// sets Beta1, Beta2 and Eps to the paper's values; in a literal, those that are left out are 0.
type Adam struct {
	LR                float64 // the learning rate; it may be changed between steps
	Beta1, Beta2, Eps float64

	t    int
	m, v []float64
}

// NewAdam returns an Adam with the paper's values: 0.9, 0.999 and 1e-8.
func NewAdam(lr float64) *Adam { return &Adam{LR: lr, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8} }

// Step implements [Optimizer]. It panics if the number of parameters is not that of the last step,
// if a parameter is listed twice, or if Eps is not positive, since then a gradient of 0 would give
// NaN.
func (o *Adam) Step(params []*Value) {
	if !(o.Eps > 0) {
		panic(fmt.Sprintf("micrograd: Adam with Eps %g, want it above 0: NewAdam sets it", o.Eps))
	}
	o.m, o.v = state(o.m, params), state(o.v, params)
	o.t++
	c1 := 1 - math.Pow(o.Beta1, float64(o.t))
	c2 := 1 - math.Pow(o.Beta2, float64(o.t))
	for i, p := range params {
		g := p.Grad
		o.m[i] = o.Beta1*o.m[i] + (1-o.Beta1)*g
		o.v[i] = o.Beta2*o.v[i] + (1-o.Beta2)*g*g
		p.Data -= o.LR * (o.m[i] / c1) / (math.Sqrt(o.v[i]/c2) + o.Eps)
	}
}

// state returns s, or at the first step a 0 for each parameter.
func state(s []float64, params []*Value) []float64 {
	if s == nil {
		first := map[*Value]int{}
		for i, p := range params {
			if j, ok := first[p]; ok {
				panic(fmt.Sprintf("micrograd: parameters %d and %d are the same", j, i))
			}
			first[p] = i
		}
		return make([]float64, len(params))
	}
	if len(s) != len(params) {
		panic(fmt.Sprintf("micrograd: Step with %d parameters after steps with %d",
			len(params), len(s)))
	}
	return s
}

// Train returns an iterator over the steps of a training, which goes on until the loop breaks. Each
// step sets the Grad of params to 0, calls gradient, calls opt.Step, and yields the number of the
// step, from 0, and the loss before the step, which gradient returned.
//
// gradient computes the loss, leaves the gradient of the loss in the Grad of params, and returns
// the loss. For a batch of rows, it may build a graph of the mean of their losses; or a graph for
// each row, one after the other, to save memory, dividing each loss by the number of rows; or it
// may call Backward of a [Program].
func Train(params []*Value, opt Optimizer, gradient func() float64) iter.Seq2[int, float64] {
	return func(yield func(int, float64) bool) {
		for step := 0; ; step++ {
			ZeroGrad(params...)
			loss := gradient()
			opt.Step(params)
			if !yield(step, loss) {
				return
			}
		}
	}
}
