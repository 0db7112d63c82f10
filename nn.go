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

// Forward returns f(W·x + b). It panics if x and W differ in length. The graph keeps W itself, but a copy of x.
func (n *Neuron) Forward(x []*Value) *Value { return n.forward(slices.Clone(x)) }

func (n *Neuron) forward(x []*Value) *Value { return n.Act.Apply(dotPlus(n.W, x, n.B)) }

// Parameters returns the weights, then the bias.
func (n *Neuron) Parameters() []*Value { return append(slices.Clone(n.W), n.B) }

// A Layer is a row of neurons that all see the same inputs.
type Layer struct{ Neurons []*Neuron }

// NewLayer returns a layer of out neurons with in inputs and the activation act. It panics if in or out is not positive.
//
// Biases start at 0, and weights are drawn uniformly with mean 0 and variance 2/in if the activation is ReLU, LeakyReLU,
// Softplus or GELU (He et al. 2015, arXiv:1502.01852, whose 2 makes up for the half of the inputs that a rectifier drops),
// and 1/in otherwise (LeCun et al. 1998, Efficient BackProp, §4.6). Through ten layers, that keeps the size of signals on
// their way forward, and of gradients on their way back, to within a factor of about ten. The exception is [Sigmoid], with
// which gradients vanish: its derivative is ¼ at most, each layer multiplies the gradient by that, and ten layers leave a
// millionth. See [BatchNorm].
//
// An rng with the same seed gives the same layer on every machine. Without an rng, NewLayer panics.
func NewLayer(rng *rand.Rand, act *Op, in, out int) *Layer {
	if rng == nil {
		panic("micrograd: a layer without an rng")
	}
	if in <= 0 || out <= 0 {
		panic(fmt.Sprintf("micrograd: a layer of %d neurons with %d inputs, want both positive", out, in))
	}
	gain, ok := gains[act]
	if !ok {
		gain = 1 // for an activation from elsewhere
	}
	variance := gain / float64(in)
	a := math.Sqrt(3 * variance) // the uniform distribution on (−a, a) has variance a²/3
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

// Forward returns the output of each neuron. It panics if x is not as long as each neuron's weights.
func (l *Layer) Forward(x []*Value) []*Value {
	x = slices.Clone(x) // one for all neurons
	h := make([]*Value, len(l.Neurons))
	for i, n := range l.Neurons {
		h[i] = n.forward(x)
	}
	return h
}

// Parameters returns the parameters of each neuron in turn.
func (l *Layer) Parameters() []*Value {
	var params []*Value
	for _, n := range l.Neurons {
		params = append(params, n.Parameters()...)
	}
	return params
}

// An MLP is a multi-layer perceptron: layers, each of which sees the outputs of the one before.
type MLP struct{ Layers []*Layer }

// NewMLP returns a network with sizes[0] inputs and a layer of each further size, as [NewLayer] makes them. The activation of
// the last layer is [Identity], that of the others act. NewMLP(rng, ReLU, 2, 16, 16, 1) has two inputs, two hidden layers of
// 16 neurons and one output. NewMLP panics if there are fewer than two sizes or if one is not positive.
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

// Forward returns the outputs of the last layer. It panics if x is not as long as the first layer is wide.
func (m *MLP) Forward(x []*Value) []*Value {
	for _, l := range m.Layers {
		x = l.Forward(x)
	}
	return x
}

// Parameters returns all weights and biases: layer by layer, neuron by neuron, the weights, then the bias.
func (m *MLP) Parameters() []*Value {
	var params []*Value
	for _, l := range m.Layers {
		params = append(params, l.Parameters()...)
	}
	return params
}

// Predict returns the outputs for the inputs x as plain numbers. It panics if x is not as long as the first layer is wide.
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

// HalfSquaredError returns ½ Σ (yᵢ − hᵢ)² for predictions h and true values y. Its derivative with respect to hᵢ is
// hᵢ − yᵢ. It panics if h and y differ in length or are empty.
func HalfSquaredError(h, y []*Value) *Value { return squaredError(h, y).MulC(0.5) }

// MSE returns the mean of (yᵢ − hᵢ)² for predictions h and true values y. It panics if h and y differ in length or are
// empty.
func MSE(h, y []*Value) *Value { return squaredError(h, y).DivC(float64(len(h))) }

// squaredError returns Σ (hᵢ − yᵢ)². Each difference d is both operands of a product, so its gradient is d + d, half of
// which is h − y.
func squaredError(h, y []*Value) *Value {
	mustPair("predictions", h, "true values", y)
	d := make([]*Value, len(h))
	for i := range h {
		d[i] = h[i].Sub(y[i])
	}
	return dot.applyList(d, d, nil)
}

// Softmax returns e^zᵢ / Σⱼ e^zⱼ for each of the logits z, without overflow. It panics if there are none.
func Softmax(logits []*Value) []*Value {
	p := LogSoftmax(logits)
	for i := range p {
		p[i] = p[i].Exp()
	}
	return p
}

// LogSoftmax returns log softmax(z)ᵢ = zᵢ − log Σⱼ e^zⱼ for each of the logits z, without overflow, and
// where the softmax itself would be 0. It panics if there are none.
//
// The largest logit is subtracted first; its gradients cancel. It has to be a node: a number read
// from Data would do eagerly, but a Program would go on using that of the row that it was compiled on.
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

// CrossEntropy returns −Σ tᵢ log softmax(z)ᵢ for logits z and target probabilities t, such as 1 for the right class
// and 0 for the others. A logit of −Inf whose target is 0 makes it NaN, as in PyTorch, since 0·∞ is
// NaN: leave both out. CrossEntropy panics if logits and target differ in length or are empty.
func CrossEntropy(logits, target []*Value) *Value {
	mustPair("logits", logits, "targets", target)
	return dot.applyList(slices.Clone(target), LogSoftmax(logits), nil).Neg()
}

// BinaryCrossEntropy returns −y·log σ(z) − (1 − y)·log(1 − σ(z)) for a logit z and the true probability
// y, where σ is the sigmoid. It is computed as max(z, 0) − z·y + log(1 + e^−|z|), which neither
// overflows nor loses digits.
func BinaryCrossEntropy(logit, y *Value) *Value { return bce.Apply2(logit, y) }

// Hinge returns max(0, 1 − y·score), for a true y of 1 or −1. With labels of 0 and 1, it would learn
// nothing from the zeros: give it 2y − 1 then.
func Hinge(score, y *Value) *Value { return y.Mul(score).Neg().AddC(1).ReLU() }

// BatchNorm returns γ (xᵢ − μ) / √(σ² + ε) + β for each xᵢ, where μ and σ² are the mean and the variance of xs, the biased
// one, Σ(xᵢ − μ)²/n, and ε = 1e-5 (Ioffe and Szegedy 2015, arXiv:1502.03167). xs is what one neuron gives for each row of a
// batch, usually W·x + b before its activation. What has become small is divided by its small deviation, and so is its
// gradient: both grow. So ten layers with [Sigmoid] leave a tenth of the gradient, where without BatchNorm they leave a
// millionth. A [Program], which runs row by row, has no batch to give it. BatchNorm panics if xs is empty.
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
		panic(fmt.Sprintf("micrograd: %d %s and %d %s, want as many and at least one", len(a), aName, len(b), bName))
	}
}

// An Optimizer improves parameters with their gradients.
type Optimizer interface {
	// Step makes one step with the Grad that params have now. An Optimizer remembers what it knows of a parameter by
	// its place in params, so it is to be given the same ones in the same order each time, and each
	// of them once.
	Step(params []*Value)
}

// SGD is gradient descent: v ← Momentum·v + ∂L/∂p, then p ← p − LR·v, as PyTorch has it. Without Momentum, that is
// p ← p − LR·∂L/∂p.
type SGD struct {
	LR       float64 // the learning rate, which may be changed between steps
	Momentum float64

	v []float64
}

// Step implements [Optimizer]. It panics if the number of params is not that of the step before, or
// if a parameter is there twice.
func (o *SGD) Step(params []*Value) {
	o.v = state(o.v, params)
	for i, p := range params {
		o.v[i] = o.Momentum*o.v[i] + p.Grad
		p.Data -= o.LR * o.v[i]
	}
}

// Adam keeps running means of each parameter's gradient g and of its square (Kingma and Ba 2014, arXiv:1412.6980):
//
//	m ← Beta1·m + (1 − Beta1)·g
//	v ← Beta2·v + (1 − Beta2)·g²
//	p ← p − LR·m̂/(√v̂ + Eps)
//
// where m̂ = m/(1 − Beta1ᵗ) and v̂ = v/(1 − Beta2ᵗ) at step t make up for m and v having started at 0.
// [NewAdam] sets Beta1, Beta2 and Eps to the paper's values.
type Adam struct {
	LR                float64 // the learning rate, which may be changed between steps
	Beta1, Beta2, Eps float64

	t    int
	m, v []float64
}

// NewAdam returns an Adam with the paper's values: 0.9, 0.999 and 1e-8.
func NewAdam(lr float64) *Adam { return &Adam{LR: lr, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8} }

// Step implements [Optimizer]. It panics if the number of params is not that of the step before, if a
// parameter is there twice, or if Eps is not positive: then a gradient of 0 would make a NaN.
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

// state returns what an optimiser remembers: s, or at the first step a zero for each parameter.
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
		panic(fmt.Sprintf("micrograd: Step with %d parameters after steps with %d", len(params), len(s)))
	}
	return s
}

// Train trains for as long as its caller ranges over it: for ever, unless the loop breaks off. Each step sets the Grad of
// params to 0, calls gradient, which has to compute the loss, leave its gradient in the Grad of params and return the
// loss, calls opt.Step, and yields the number of the step, from 0, and the loss from before the step.
//
// For a batch of n rows, gradient may build one graph, of the mean of their losses; or, to hold only one row at a time in
// memory, a graph a row, calling Backward on each loss divided by n; or it calls Backward of a [Program].
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
