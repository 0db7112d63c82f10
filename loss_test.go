package micrograd

import (
	"math"
	"testing"

	"github.com/gomicrograd/micrograd/gradcheck"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLossesMatchHandCalculation(t *testing.T) {
	// of 1, 2, 3, by scipy
	softmax := []float64{0.09003057317038046, 0.24472847105479764, 0.6652409557748218}
	for _, c := range []struct {
		name    string
		loss    func(h []*Value) *Value
		h, grad []float64
		want    float64
	}{
		{"HalfSquaredError", func(h []*Value) *Value { return HalfSquaredError(h, Values(0, 5)) },
			[]float64{3, 1}, []float64{3, -4}, 12.5},
		{"MSE", func(h []*Value) *Value { return MSE(h, Values(0, 5)) },
			[]float64{3, 1}, []float64{3, -4}, 12.5},
		{"MSE of four", func(h []*Value) *Value { return MSE(h, Values(0, 0, 0, 0)) },
			[]float64{1, 2, 3, 4}, []float64{0.5, 1, 1.5, 2}, 7.5},
		{"CrossEntropy", func(h []*Value) *Value { return CrossEntropy(h, Values(0, 0, 1)) },
			[]float64{1, 2, 3}, []float64{softmax[0], softmax[1],
				softmax[2] - 1}, -math.Log(softmax[2])},
		{"CrossEntropy with soft targets",
			func(h []*Value) *Value { return CrossEntropy(h, Values(0.5, 0.5)) },
			[]float64{0, 0}, []float64{0, 0}, math.Ln2},
		{"CrossEntropy, sure and right",
			func(h []*Value) *Value { return CrossEntropy(h, Values(1, 0)) },
			[]float64{1000, -1000}, []float64{0, 0}, 0},
		{"CrossEntropy, sure and wrong",
			func(h []*Value) *Value { return CrossEntropy(h, Values(0, 1)) },
			[]float64{1000, -1000}, []float64{1, -1}, 2000},
		{"LogSumExp", LogSumExp, []float64{1, 2, 3}, softmax, 3 - math.Log(softmax[2])},
		{"LogSumExp of large numbers", LogSumExp, []float64{1000, 1000}, []float64{0.5, 0.5},
			1000 + math.Ln2},
		{"LogSumExp with probabilities of 0", LogSumExp, []float64{-inf, 7, -inf},
			[]float64{0, 1, 0}, 7},
		{"BinaryCrossEntropy at 0",
			func(h []*Value) *Value { return BinaryCrossEntropy(h[0], New(1)) },
			[]float64{0}, []float64{-0.5}, math.Ln2},
		{"BinaryCrossEntropy",
			func(h []*Value) *Value { return BinaryCrossEntropy(h[0], New(0.25)) },
			[]float64{math.Log(3)}, []float64{0.5}, -0.25*math.Log(0.75) - 0.75*math.Log(0.25)},
		{"BinaryCrossEntropy, right with a large logit",
			func(h []*Value) *Value { return BinaryCrossEntropy(h[0], New(0)) },
			[]float64{-1}, []float64{1 / (1 + math.E)}, math.Log(1 + 1/math.E)},
		{"BinaryCrossEntropy, sure and right",
			func(h []*Value) *Value { return BinaryCrossEntropy(h[0], New(1)) },
			[]float64{1000}, []float64{0}, 0},
		{"BinaryCrossEntropy, sure and wrong",
			func(h []*Value) *Value { return BinaryCrossEntropy(h[0], New(1)) },
			[]float64{-1000}, []float64{-1}, 1000},
		{"Hinge, on the wrong side", func(h []*Value) *Value { return Hinge(h[0], New(-1)) },
			[]float64{0.5}, []float64{1}, 1.5},
		{"Hinge, within the margin", func(h []*Value) *Value { return Hinge(h[0], New(1)) },
			[]float64{0.75}, []float64{-1}, 0.25},
		{"Hinge, satisfied", func(h []*Value) *Value { return Hinge(h[0], New(1)) },
			[]float64{2}, []float64{0}, 0},
	} {
		h := Values(c.h...)
		loss := c.loss(h)
		loss.Backward()
		assert.InDelta(t, c.want, loss.Data, 1e-12, c.name)
		assert.InDeltaSlice(t, c.grad, grads(h), 1e-12, c.name)
	}
}

func TestBinaryCrossEntropyKeepsItsDigitsAtLargeLogits(t *testing.T) {
	for _, z := range []float64{5, 20, 30, 37, 100, 700} {
		// −log σ(z) = log(1 + e^−z), with derivative −σ(−z); and the same for y = 0 and −z.
		logit := New(z)
		loss := BinaryCrossEntropy(logit, New(1))
		loss.Backward()
		assert.InEpsilon(t, math.Log1p(math.Exp(-z)), loss.Data, 1e-14, "%g", z)
		assert.InEpsilon(t, -1/(1+math.Exp(z)), logit.Grad, 1e-14, "%g", z)
		mirrored := New(-z)
		loss = BinaryCrossEntropy(mirrored, New(0))
		loss.Backward()
		assert.InEpsilon(t, math.Log1p(math.Exp(-z)), loss.Data, 1e-14, "%g", z)
		assert.InEpsilon(t, 1/(1+math.Exp(z)), mirrored.Grad, 1e-14, "%g", z)
	}
}

func TestSoftmaxIsADistribution(t *testing.T) {
	for _, logits := range [][]float64{{1, 2, 3}, {1000, -1000, 999}, {-1000, -1000}, {5}} {
		p := data(Softmax(Values(logits...)))
		total := 0.0
		for i := range p {
			total += p[i]
			assert.InDelta(t, 1/p[i], func() (s float64) { // 1/pᵢ = Σ e^(zⱼ−zᵢ)
				for _, z := range logits {
					s += math.Exp(z - logits[i])
				}
				return s
			}(), 1e-9/p[i])
		}
		assert.InDelta(t, 1, total, 1e-12)
	}
}

func TestSoftmaxDoesNotDependOnTheSizeOfLogits(t *testing.T) {
	want := data(Softmax(Values(0, 1)))
	for _, c := range []float64{0, -700, 1e9, -1e9, 1e15} {
		assert.InDeltaSlice(t, want, data(Softmax(Values(c, c+1))), 1e-16, "%g", c)
	}
	assert.Equal(t, []float64{0.5, 0.5}, data(Softmax(Values(1e16, 1e16))))
	assert.Equal(t, []float64{0, 1}, data(Softmax(Values(-math.MaxFloat64/2, math.MaxFloat64/2))))
}

func TestSoftmaxGivesMaskedLogitsNoProbabilityAndNoGradient(t *testing.T) {
	masked := Values(1, -inf, 2, -inf)
	p := Softmax(masked)
	assert.Equal(t, data(Softmax(Values(1, 2))), []float64{p[0].Data, p[2].Data})
	assert.Zero(t, p[1].Data)
	Dot(Values(3, 5, 7, 9), p).Backward()
	unmasked := Values(1, 2)
	Dot(Values(3, 7), Softmax(unmasked)).Backward()
	assert.InDeltaSlice(t, []float64{unmasked[0].Grad, 0, unmasked[1].Grad, 0}, grads(masked),
		1e-15)
	assert.Equal(t, []float64{1, 0, 0}, data(Softmax(Values(1, -inf, -inf))))
	for _, p := range data(Softmax(Values(-inf, -inf))) {
		assert.True(t, math.IsNaN(p), "nothing is left")
	}
}

func TestCrossEntropyOfAMaskedLogitIsNaN(t *testing.T) {
	assert.True(t, math.IsNaN(CrossEntropy(Values(1, -inf), Values(1, 0)).Data))
}

func TestSoftmaxMatchesFiniteDifferences(t *testing.T) {
	weights := Values(1, -2, 0.5)
	for _, softmax := range []func(logits []*Value) []*Value{Softmax, LogSoftmax} {
		f := func(x []*Value) *Value { return Dot(weights, softmax(x)) }
		require.NoError(t, gradcheck.Check(Differentiate(f, 1, 2, 0.5)))
	}
}

func TestLogSumExpOfInfiniteNumbersIsInfinite(t *testing.T) {
	assert.Equal(t, -inf, LogSumExp(Values(-inf, -inf)).Data)
	assert.Equal(t, inf, LogSumExp(Values(1, inf)).Data)
	assert.True(t, math.IsNaN(LogSumExp(Values(1, nan)).Data))
}

func TestLogSumExpInAProgramShiftsByTheLargestOfEachRow(t *testing.T) {
	x := Values(1, 2)
	got := Compile(x, LogSumExp(x)).Forward([][]float64{{-inf, -inf}, {1, inf}, {1000, 1000}})
	assert.Equal(t, [][]float64{{-inf}, {inf}, {1000 + math.Ln2}}, got)
}

func TestLogSoftmaxInAProgramSubtractsTheLargestLogitOfEachRow(t *testing.T) {
	z := Values(0, 0)
	p := Compile(z, LogSoftmax(z)...)
	assert.Equal(t, [][]float64{{0, -1000}, {-1000, 0}},
		p.Forward([][]float64{{1000, 0}, {0, 1000}}))
}

func TestLogSoftmaxIsTheLogarithmOfSoftmax(t *testing.T) {
	for _, logits := range [][]float64{{1, 2, 3}, {-5}, {700, 699, 650}} {
		p := Softmax(Values(logits...))
		for i, l := range LogSoftmax(Values(logits...)) {
			assert.InDelta(t, math.Log(p[i].Data), l.Data, 1e-12)
		}
	}
	assert.Equal(t, []float64{0, -2000}, data(LogSoftmax(Values(1000, -1000))),
		"softmax is 0 there")
}

func TestLossesRefuseMistakes(t *testing.T) {
	for _, c := range []struct {
		want    string
		mistake func()
	}{
		{"micrograd: 1 predictions and 2 true values, want the same number, at least one",
			func() { MSE(Values(1), Values(1, 2)) }},
		{"micrograd: 0 predictions and 0 true values, want the same number, at least one",
			func() { HalfSquaredError(nil, nil) }},
		{"micrograd: 3 logits and 2 targets, want the same number, at least one",
			func() { CrossEntropy(Values(1, 2, 3), Values(0, 1)) }},
		{"micrograd: softmax of 0 logits", func() { Softmax(nil) }},
		{"micrograd: LogSumExp of 0 values", func() { LogSumExp(nil) }},
		{"micrograd: BatchNorm of 0 values", func() { BatchNorm(nil, New(1), New(0)) }},
	} {
		assert.PanicsWithValue(t, c.want, c.mistake)
	}
}
