package micrograd

import (
	"fmt"
	"iter"
	"math"
)

// An Optimizer updates parameters by their gradients. Those of this package have their state in
// exported fields. So a struct with a *MLP and an *Adam or *SGD can be written and read by
// encoding/json, and training goes on as if it had never stopped. (A field of type Optimizer can't
// be read.)
type Optimizer interface {
	// Step makes one step with the Grad of each parameter. An Optimizer may keep state for each
	// parameter, by its index in params. So pass the same parameters in the same order each time,
	// and each of them once.
	Step(params []*Value)
}

// SGD is stochastic gradient descent with momentum, as in PyTorch:
//
//	v ← Momentum·v + ∂L/∂p
//	p ← p − LR·v
//
// So v is a decaying sum of the gradients of all steps, and without Momentum it is the last
// gradient. V has the v of each parameter. Before the first step, it is empty.
type SGD struct {
	LR       float64   `json:"lr"` // the learning rate; it may be changed between steps
	Momentum float64   `json:"momentum"`
	V        []float64 `json:"v"`
}

// Step implements [Optimizer]. It panics if the number of parameters is not that of the last step,
// or, in the first step, if a parameter is listed twice.
func (o *SGD) Step(params []*Value) {
	o.V = state(o.V, params)
	for i, p := range params {
		v := p.Grad
		if o.Momentum != 0 { // else a v that was infinite would give 0·∞, which is NaN
			v += o.Momentum * o.V[i]
		}
		o.V[i] = v
		p.Data -= o.LR * v
	}
}

// Adam has running means m and v of each parameter's gradient g and of its square (Kingma
// and Ba 2014, arXiv:1412.6980):
//
//	m ← Beta1·m + (1 − Beta1)·g
//	v ← Beta2·v + (1 − Beta2)·g²
//	p ← p − LR·m̂/(√v̂ + Eps)
//
// where, at step t, m̂ = m/(1 − Beta1ᵗ) and v̂ = v/(1 − Beta2ᵗ), since m and v begin at 0.
// T is t, and M and V have the m and the v of each parameter: before the first step, 0 and
// empty.
//
// [NewAdam] sets Beta1, Beta2 and Eps to the paper's values. In a literal, those that are
// left out are 0.
type Adam struct {
	LR    float64   `json:"lr"` // the learning rate; it may be changed between steps
	Beta1 float64   `json:"beta1"`
	Beta2 float64   `json:"beta2"`
	Eps   float64   `json:"eps"`
	T     int       `json:"t"`
	M     []float64 `json:"m"`
	V     []float64 `json:"v"`
}

// NewAdam returns an Adam with the paper's values: 0.9, 0.999 and 1e-8.
func NewAdam(lr float64) *Adam { return &Adam{LR: lr, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8} }

// Step implements [Optimizer]. It panics if the number of parameters is not that of the last step,
// if a parameter is listed twice in the first step, if T, M and V don't belong together, if Beta1
// or Beta2 is not from 0 to below 1, or if Eps is not positive, since then a gradient of 0 would
// give NaN.
func (o *Adam) Step(params []*Value) {
	if !(o.Eps > 0) {
		panic(fmt.Sprintf("micrograd: Adam with Eps %g, want it above 0: NewAdam sets it", o.Eps))
	}
	if !(0 <= o.Beta1 && o.Beta1 < 1 && 0 <= o.Beta2 && o.Beta2 < 1) {
		panic(fmt.Sprintf("micrograd: Adam with Beta1 %g and Beta2 %g, want them from 0 to below 1",
			o.Beta1, o.Beta2))
	}
	// M and V are empty before the first step, when T is 0, and only then.
	if o.T < 0 || len(o.M) != len(o.V) || len(params) > 0 && (o.T == 0) != (len(o.M) == 0) {
		panic(fmt.Sprintf("micrograd: Adam at step %d with %d M and %d V, "+
			"want as many as parameters after the first step, and none before",
			o.T, len(o.M), len(o.V)))
	}
	o.M, o.V = state(o.M, params), state(o.V, params)
	o.T++
	c1 := 1 - math.Pow(o.Beta1, float64(o.T))
	c2 := 1 - math.Pow(o.Beta2, float64(o.T))
	for i, p := range params {
		g := p.Grad
		o.M[i] = o.Beta1*o.M[i] + (1-o.Beta1)*g
		o.V[i] = o.Beta2*o.V[i] + (1-o.Beta2)*g*g
		p.Data -= o.LR * (o.M[i] / c1) / (math.Sqrt(o.V[i]/c2) + o.Eps)
	}
}

// state returns s, or at the first step a 0 for each parameter.
func state(s []float64, params []*Value) []float64 {
	if len(s) == 0 {
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

// Train returns an endless iterator over the steps of a training: break out of the loop to stop.
// Each step sets the Grad of params to 0, calls gradient and opt.Step, and yields the number of the
// step, from 0, and the loss before the step, as gradient returned it.
//
// gradient computes the loss, leaves the gradient of the loss in the Grad of params, and returns
// the loss. For a batch of rows, it may build a graph of the mean of their losses; or a graph for
// each row, one after the other, to save memory, dividing each loss by the number of rows; or it
// may call Backward of a [Program]. A second loop over the iterator begins at step 0, and goes on
// with the optimizer as it is.
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
