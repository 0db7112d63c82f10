package micrograd

import (
	"fmt"
	"slices"
)

// HalfSquaredError returns ½ Σ (yᵢ − hᵢ)² for predictions h and true values y. Its derivative
// with respect to hᵢ is hᵢ − yᵢ. It panics if h and y differ in length or are empty.
func HalfSquaredError(h, y []*Value) *Value { return squaredError(h, y).MulC(0.5) }

// MSE returns the mean squared error: the mean of (yᵢ − hᵢ)² for predictions h and true values y.
// It panics if h and y differ in length or are empty.
func MSE(h, y []*Value) *Value { return squaredError(h, y).DivC(float64(len(h))) }

// squaredError returns Σ (hᵢ − yᵢ)². Both operands of the dot are d, so hᵢ gets the
// derivative 2(hᵢ − yᵢ), as in x·x; a factor of ½ makes it hᵢ − yᵢ.
func squaredError(h, y []*Value) *Value {
	mustPair("predictions", h, "true values", y)
	d := make([]*Value, len(h))
	for i := range h {
		d[i] = h[i].Sub(y[i])
	}
	return dot.applyList(d, d, nil) // Dot would copy d
}

// Softmax returns e^zᵢ / Σⱼ e^zⱼ for each of the logits z, without overflow. Logits are the outputs
// of a last layer, before a softmax or a sigmoid makes probabilities of them. A logit of −Inf has
// the probability 0; if all are −Inf, all results are NaN. Softmax panics if there are no logits.
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
// is a node, computed by Max. If it were read from Data, a [Program] would subtract the largest of
// the row that it was compiled with, whatever the row.
func LogSoftmax(logits []*Value) []*Value {
	if len(logits) == 0 {
		panic("micrograd: softmax of 0 logits")
	}
	largest := maximumOf(logits)
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

// LogSumExp returns log Σ e^xᵢ, without overflow. Its derivatives are those of [Softmax]. If all xs
// are −Inf, it is −Inf, which is the logarithm of a probability of 0. It panics if there are no xs.
func LogSumExp(xs []*Value) *Value {
	if len(xs) == 0 {
		panic("micrograd: LogSumExp of 0 values")
	}
	shift := finiteOr0.Apply(maximumOf(xs)) // since ∞ − ∞ is NaN
	exps := make([]*Value, len(xs))
	for i, x := range xs {
		exps[i] = x.Sub(shift).Exp()
	}
	return sum.applyList(nil, exps, nil).Log().Add(shift)
}

// finiteOr0 is x, and 0 where x is infinite or NaN. LogSumExp is the same for any shift, so it
// hands on no gradient.
var finiteOr0 = &Op{
	Name: "finiteOr0",
	F: func(x, y float64) float64 {
		if finite(x) {
			return x
		}
		return 0
	},
	D: func(x, y, z float64) (dx, dy float64) { return 0, 0 },
	G: func(x, y, z *Value) (dx, dy *Value) { return nil, nil },
}

func maximumOf(xs []*Value) *Value {
	largest := xs[0]
	for _, x := range xs[1:] {
		largest = largest.Max(x)
	}
	return largest
}

// CrossEntropy returns −Σ tᵢ log softmax(z)ᵢ for logits z and target probabilities t, such as 1 for
// the true class and 0 for the others. A class that is masked by a logit of −Inf makes it NaN, as
// in PyTorch with target probabilities, even if its target is 0, because 0·∞ is NaN: leave masked
// classes out of both slices, or mask with a large negative number. CrossEntropy panics if logits
// and target differ in length or are empty.
func CrossEntropy(logits, target []*Value) *Value {
	mustPair("logits", logits, "targets", target)
	return dot.applyList(slices.Clone(target), LogSoftmax(logits), nil).Neg()
}

// BinaryCrossEntropy returns −y·log σ(z) − (1 − y)·log(1 − σ(z)) for a logit z and the true
// probability y, where σ is the sigmoid. It takes the logit, and not its sigmoid, as PyTorch's
// binary_cross_entropy_with_logits does: beyond z ≈ 37, σ(z) rounds to 1, and log(1 − 1) is −∞.
// It is computed as max(z, 0) − z·y + log(1 + e^−|z|), which is finite for any finite z, and loses
// no digits for a y of 0 or 1.
func BinaryCrossEntropy(logit, y *Value) *Value { return bce.Apply2(logit, y) }

// Hinge returns the hinge loss, max(0, 1 − y·score), for a true y of 1 or −1. If labels are 0 and
// 1, pass 2y − 1: with y = 0, the loss would always be 1 and have no gradient.
func Hinge(score, y *Value) *Value { return y.Mul(score).Neg().AddC(1).ReLU() }

func mustPair(aName string, a []*Value, bName string, b []*Value) {
	if len(a) != len(b) || len(a) == 0 {
		panic(fmt.Sprintf("micrograd: %d %s and %d %s, want the same number, at least one",
			len(a), aName, len(b), bName))
	}
}
