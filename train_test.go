package micrograd

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSGDMatchesHandCalculation(t *testing.T) {
	p := New(1)
	plain := &SGD{LR: 0.1}
	p.Grad = 2
	plain.Step([]*Value{p})
	assert.InDelta(t, 0.8, p.Data, 1e-15)
	plain.LR = 1
	plain.Step([]*Value{p})
	assert.InDelta(t, -1.2, p.Data, 1e-15)

	// v: 2, then 0.5·2 + 4 = 5, then 0.5·5 − 1 = 1.5.
	p, q := New(1), New(7)
	momentum := &SGD{LR: 0.1, Momentum: 0.5}
	for _, step := range []struct{ grad, want float64 }{{2, 0.8}, {4, 0.3}, {-1, 0.15}} {
		p.Grad = step.grad
		momentum.Step([]*Value{p, q})
		assert.InDelta(t, step.want, p.Data, 1e-15)
		assert.Equal(t, 7.0, q.Data)
	}
}

func TestSGDAppliesTheLearningRateToTheMomentum(t *testing.T) {
	p := New(1)
	sgd := &SGD{LR: 0.1, Momentum: 0.5}
	p.Grad = 2
	sgd.Step([]*Value{p}) // v = 2
	sgd.LR, p.Grad = 1, 0
	sgd.Step([]*Value{p}) // v = 1
	assert.InDelta(t, 1-0.1*2-1*1, p.Data, 1e-15)
}

func TestSGDWithoutMomentumForgetsAnInfiniteGradient(t *testing.T) {
	p := New(1)
	sgd := &SGD{LR: 0.5}
	p.Grad = inf
	sgd.Step([]*Value{p})
	p.Data, p.Grad = 1, 1
	sgd.Step([]*Value{p})
	assert.Equal(t, 0.5, p.Data)
}

func TestAdamMatchesHandCalculation(t *testing.T) {
	p := New(1)
	adam := NewAdam(0.1)
	assert.Equal(t, []float64{0.1, 0.9, 0.999, 1e-8},
		[]float64{adam.LR, adam.Beta1, adam.Beta2, adam.Eps})
	// Step 1: m̂ = g and v̂ = g², so p moves by LR·g/(|g| + Eps).
	p.Grad = 4
	adam.Step([]*Value{p})
	assert.InDelta(t, 1-0.1*4/(4+1e-8), p.Data, 1e-15)
	// Step 2 with g = −2: m = 0.9·0.4 − 0.1·2 = 0.16, m̂ = 0.16/0.19;
	// v = 0.999·0.016 + 0.001·4 = 0.019984, v̂ = 0.019984/0.001999.
	before := p.Data
	p.Grad = -2
	adam.Step([]*Value{p})
	assert.InDelta(t, before-0.1*(0.16/0.19)/(math.Sqrt(0.019984/0.001999)+1e-8), p.Data, 1e-12)
}

func TestAdamWithBeta1Of0HasNoMomentum(t *testing.T) {
	p := New(1)
	adam := NewAdam(0.1)
	adam.Beta1 = 0
	for _, grad := range []float64{5, -2} { // m̂ = g; v̂ is g² at first, then (0.999·25 + 4)/1.999
		before := p.Data
		p.Grad = grad
		adam.Step([]*Value{p})
		v := map[float64]float64{5: 25, -2: (0.999*25 + 4) / 1.999}[grad]
		assert.InDelta(t, before-0.1*grad/(math.Sqrt(v)+1e-8), p.Data, 1e-12)
	}
}

func TestAdamWithoutParametersCanStepTwice(t *testing.T) {
	adam := NewAdam(0.1)
	adam.Step(nil)
	adam.Step(nil)
	assert.Equal(t, 2, adam.T)
}

func TestTrainDoesTheStepsInOrder(t *testing.T) {
	w := New(5)
	w.Grad = 123 // to be forgotten
	var steps []int
	var losses []float64
	for step, loss := range Train([]*Value{w}, &SGD{LR: 0.25}, func() float64 {
		loss := w.PowC(2)
		loss.Backward()
		return loss.Data
	}) {
		steps = append(steps, step)
		losses = append(losses, loss)
		if step == 3 {
			break
		}
	}
	assert.Equal(t, []int{0, 1, 2, 3}, steps)
	assert.Equal(t, []float64{25, 6.25, 1.5625, 0.390625}, losses, "w halves each time")
	assert.Equal(t, 0.3125, w.Data)
}

func TestTrainingLearnsXOR(t *testing.T) {
	xs, ys := [][]float64{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, []float64{0, 1, 1, 0}
	for name, opt := range map[string]Optimizer{"SGD": &SGD{LR: 0.5, Momentum: 0.9},
		"Adam": NewAdam(0.05)} {
		m := NewMLP(seeded(1), Tanh, 2, 8, 1)
		for step, loss := range Train(m.Parameters(), opt, func() float64 {
			var terms []*Value
			for i, x := range xs {
				terms = append(terms, BinaryCrossEntropy(m.Forward(Values(x...))[0], New(ys[i])))
			}
			loss := Sum(terms...).DivC(4)
			loss.Backward()
			return loss.Data
		}) {
			if loss < 0.01 {
				break
			}
			require.Less(t, step, 2000, name)
		}
		for i, x := range xs {
			assert.Equal(t, ys[i] == 1, m.Predict(x...)[0] > 0, name)
		}
	}
}

func TestOptimizersRefuseMistakes(t *testing.T) {
	for _, c := range []struct {
		want    string
		mistake func()
	}{
		{"micrograd: parameters 0 and 2 are the same",
			func() { w := Values(1, 2); NewAdam(1).Step(append(w, w[0])) }},
		{"micrograd: parameters 1 and 2 are the same",
			func() { w := Values(1, 2); (&SGD{LR: 1}).Step(append(w, w[1])) }},
		{"micrograd: Step with 1 parameters after steps with 2",
			func() { o := &SGD{}; o.Step(Values(1, 2)); o.Step(Values(1)) }},
		{"micrograd: Step with 3 parameters after steps with 2",
			func() { o := NewAdam(1); o.Step(Values(1, 2)); o.Step(Values(1, 2, 3)) }},
		{"micrograd: Adam at step -1 with 0 M and 0 V, want as many as parameters " +
			"after the first step, and none before",
			func() { o := NewAdam(1); o.T = -1; o.Step(Values(1)) }},
		{"micrograd: Adam at step 5 with 0 M and 0 V, want as many as parameters " +
			"after the first step, and none before",
			func() { o := NewAdam(1); o.T = 5; o.Step(Values(1)) }},
		{"micrograd: Adam at step 5 with 1 M and 0 V, want as many as parameters " +
			"after the first step, and none before",
			func() { o := NewAdam(1); o.T, o.M = 5, []float64{1}; o.Step(Values(1)) }},
		{"micrograd: Adam at step -1 with 1 M and 1 V, want as many as parameters " +
			"after the first step, and none before", func() {
			o := NewAdam(1)
			o.T, o.M, o.V = -1, []float64{1}, []float64{1}
			o.Step(Values(1))
		}},
		{"micrograd: Adam with Beta1 1 and Beta2 0.999, want them from 0 to below 1",
			func() { o := NewAdam(1); o.Beta1 = 1; o.Step(Values(1)) }},
		{"micrograd: Adam with Beta1 -0.1 and Beta2 0.999, want them from 0 to below 1",
			func() { o := NewAdam(1); o.Beta1 = -0.1; o.Step(Values(1)) }},
		{"micrograd: Adam with Beta1 0.9 and Beta2 1, want them from 0 to below 1",
			func() { o := NewAdam(1); o.Beta2 = 1; o.Step(Values(1)) }},
		{"micrograd: Adam with Beta1 0.9 and Beta2 NaN, want them from 0 to below 1",
			func() { o := NewAdam(1); o.Beta2 = nan; o.Step(Values(1)) }},
		{"micrograd: Adam with Eps 0, want it above 0: NewAdam sets it",
			func() { (&Adam{LR: 0.1}).Step(Values(1)) }},
		{"micrograd: Adam with Eps -1, want it above 0: NewAdam sets it",
			func() { (&Adam{LR: 0.1, Eps: -1}).Step(Values(1)) }},
		{"micrograd: Adam with Eps NaN, want it above 0: NewAdam sets it",
			func() { (&Adam{LR: 0.1, Eps: nan}).Step(Values(1)) }},
	} {
		assert.PanicsWithValue(t, c.want, c.mistake)
	}
}
