package micrograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The step that is measured: one full-batch gradient of the moons demo, MLP 2→16→16→1 with ReLU,
// hinge loss and L2 penalty, on 100 points. Each contestant computes the loss, and its gradient in
// the order of MLP.Parameters.

const l2 = 1e-4

func moonsLike(rng *rand.Rand, n int) (xs [][]float64, ys []float64) {
	for i := range n {
		t := math.Pi * rng.Float64()
		x, y, label := math.Cos(t), math.Sin(t), -1.0
		if i%2 == 1 {
			x, y, label = 1-x, 0.5-y, 1
		}
		xs = append(xs, []float64{x + 0.1*rng.NormFloat64(), y + 0.1*rng.NormFloat64()})
		ys = append(ys, label)
	}
	return xs, ys
}

// eagerLoss builds the graph of the loss with the package, as a user would.
func eagerLoss(m *MLP, params []*Value, xs [][]float64, ys []float64) *Value {
	losses := make([]*Value, len(xs))
	for i, x := range xs {
		losses[i] = Hinge(m.Forward(Values(x...))[0], New(ys[i]))
	}
	return Sum(losses...).DivC(float64(len(xs))).Add(Dot(params, params).MulC(l2))
}

// moonsProgram compiles the loss of one point; its rows are x, y and the label.
func moonsProgram(m *MLP, params []*Value, xs [][]float64, ys []float64) (p *Program,
	rows [][]float64) {
	in := Values(0, 0, 0)
	p = Compile(in, Hinge(m.Forward(in[:2])[0], in[2]).Add(Dot(params, params).MulC(l2)))
	for i, x := range xs {
		rows = append(rows, []float64{x[0], x[1], ys[i]})
	}
	return p, rows
}

// A textbookValue is the usual design: an allocation for the node, one for its closure, one for its
// operands, only operations on two numbers, and a map of visited nodes.
type textbookValue struct {
	data, grad float64
	prev       []*textbookValue
	backward   func()
}

func (a *textbookValue) add(b *textbookValue) *textbookValue {
	out := &textbookValue{data: a.data + b.data, prev: []*textbookValue{a, b}}
	out.backward = func() {
		a.grad += out.grad
		b.grad += out.grad
	}
	return out
}

func (a *textbookValue) mul(b *textbookValue) *textbookValue {
	out := &textbookValue{data: a.data * b.data, prev: []*textbookValue{a, b}}
	out.backward = func() {
		a.grad += b.data * out.grad
		b.grad += a.data * out.grad
	}
	return out
}

func (a *textbookValue) relu() *textbookValue {
	out := &textbookValue{data: max(a.data, 0), prev: []*textbookValue{a}}
	out.backward = func() {
		if out.data > 0 {
			a.grad += out.grad
		}
	}
	return out
}

func (a *textbookValue) backpropagate() {
	var order []*textbookValue
	visited := map[*textbookValue]bool{}
	var visit func(v *textbookValue)
	visit = func(v *textbookValue) {
		if visited[v] {
			return
		}
		visited[v] = true
		for _, p := range v.prev {
			visit(p)
		}
		order = append(order, v)
	}
	visit(a)
	a.grad = 1
	for i := len(order) - 1; i >= 0; i-- {
		if order[i].backward != nil {
			order[i].backward()
		}
	}
}

type textbookMLP struct {
	layers [][]*textbookNeuron
	params []*textbookValue
}

type textbookNeuron struct {
	w []*textbookValue
	b *textbookValue
}

func newTextbookMLP(m *MLP) *textbookMLP {
	t := &textbookMLP{}
	for _, l := range m.Layers {
		var layer []*textbookNeuron
		for _, n := range l.Neurons {
			neuron := &textbookNeuron{}
			for _, w := range n.W {
				neuron.w = append(neuron.w, &textbookValue{data: w.Data})
			}
			neuron.b = &textbookValue{data: n.B.Data}
			t.params = append(append(t.params, neuron.w...), neuron.b)
			layer = append(layer, neuron)
		}
		t.layers = append(t.layers, layer)
	}
	return t
}

func (m *textbookMLP) loss(xs [][]float64, ys []float64) *textbookValue {
	total := &textbookValue{}
	for i, x := range xs {
		h := []*textbookValue{{data: x[0]}, {data: x[1]}}
		for j, layer := range m.layers {
			var out []*textbookValue
			for _, n := range layer {
				z := n.b
				for k, w := range n.w {
					z = z.add(w.mul(h[k]))
				}
				if j < len(m.layers)-1 {
					z = z.relu()
				}
				out = append(out, z)
			}
			h = out
		}
		margin := h[0].mul(&textbookValue{data: -ys[i]}).add(&textbookValue{data: 1})
		total = total.add(margin.relu())
	}
	total = total.mul(&textbookValue{data: 1 / float64(len(xs))})
	penalty := &textbookValue{}
	for _, p := range m.params {
		penalty = penalty.add(p.mul(p))
	}
	return total.add(penalty.mul(&textbookValue{data: l2}))
}

// handwrittenMLP is what one writes who knows the formulas and wants speed: loops over float64s, no
// graph, and nothing computed for dead ReLUs and satisfied margins.
type handwrittenMLP struct {
	p, grad []float64 // in the order of MLP.Parameters
}

const (
	hidden = 16
	row1   = 2 + 1 // weights and bias of a neuron
	row2   = hidden + 1
	start2 = hidden * row1
	start3 = start2 + hidden*row2
)

func newHandwrittenMLP(m *MLP) *handwrittenMLP {
	p := data(m.Parameters())
	return &handwrittenMLP{p: p, grad: make([]float64, len(p))}
}

func (m *handwrittenMLP) step(xs [][]float64, ys []float64) (loss float64) {
	clear(m.grad)
	layer1, layer2, layer3 := m.p[:start2], m.p[start2:start3], (*[row2]float64)(m.p[start3:])
	grad1, grad2, grad3 := m.grad[:start2], m.grad[start2:start3], (*[row2]float64)(m.grad[start3:])
	var h1, h2, d1 [hidden]float64
	seed := 1 / float64(len(xs))
	for i, x := range xs {
		x0, x1 := x[0], x[1]
		for j := range h1 {
			w := (*[row1]float64)(layer1[j*row1:])
			h1[j] = max(w[0]*x0+w[1]*x1+w[2], 0)
		}
		score := layer3[hidden]
		for j := range h2 {
			w := (*[row2]float64)(layer2[j*row2:])
			// Four sums, since each addition waits for the one before it.
			var a, b, c, d float64
			for k := 0; k < hidden; k += 4 {
				a += w[k] * h1[k]
				b += w[k+1] * h1[k+1]
				c += w[k+2] * h1[k+2]
				d += w[k+3] * h1[k+3]
			}
			h2[j] = max((a+b)+(c+d)+w[hidden], 0)
			score += layer3[j] * h2[j]
		}
		margin := 1 - ys[i]*score
		if margin <= 0 {
			continue
		}
		loss += margin * seed
		ds := -ys[i] * seed
		clear(d1[:])
		for j := range h2 {
			if h2[j] <= 0 {
				continue
			}
			grad3[j] += ds * h2[j]
			dz := ds * layer3[j]
			w, g := (*[row2]float64)(layer2[j*row2:]), (*[row2]float64)(grad2[j*row2:])
			for k := range h1 {
				g[k] += dz * h1[k]
				d1[k] += dz * w[k]
			}
			g[hidden] += dz
		}
		grad3[hidden] += ds
		for j := range h1 {
			if h1[j] <= 0 {
				continue
			}
			g := (*[row1]float64)(grad1[j*row1:])
			g[0] += d1[j] * x0
			g[1] += d1[j] * x1
			g[2] += d1[j]
		}
	}
	for i, p := range m.p {
		loss += l2 * p * p
		m.grad[i] += 2 * l2 * p
	}
	return loss
}

func TestBenchmarkedStepsComputeTheSame(t *testing.T) {
	for seed := range uint64(5) {
		xs, ys := moonsLike(seeded(seed), 100)
		m := NewMLP(seeded(seed), ReLU, 2, hidden, hidden, 1)
		params := m.Parameters()

		loss := eagerLoss(m, params, xs, ys)
		loss.Backward()

		textbook := newTextbookMLP(m)
		textbookLoss := textbook.loss(xs, ys)
		textbookLoss.backpropagate()
		textbookGrads := make([]float64, len(params))
		for i, p := range textbook.params {
			textbookGrads[i] = p.grad
		}

		eagerGrads := grads(params)
		ZeroGrad(params...)
		p, rows := moonsProgram(m, params, xs, ys)
		require.InDelta(t, loss.Data, p.Backward(rows), 1e-12)
		assert.InDeltaSlice(t, eagerGrads, grads(params), 1e-12)

		handwritten := newHandwrittenMLP(m)
		require.InDelta(t, loss.Data, textbookLoss.data, 1e-12)
		require.InDelta(t, loss.Data, handwritten.step(xs, ys), 1e-12)
		assert.InDeltaSlice(t, grads(params), textbookGrads, 1e-12)
		assert.InDeltaSlice(t, grads(params), handwritten.grad, 1e-12)
	}
}

func BenchmarkMoonsStep(b *testing.B) {
	xs, ys := moonsLike(seeded(1), 100)
	m := NewMLP(seeded(1), ReLU, 2, hidden, hidden, 1)
	params := m.Parameters()
	b.Run("textbook", func(b *testing.B) {
		b.ReportAllocs()
		t := newTextbookMLP(m)
		for b.Loop() {
			for _, p := range t.params {
				p.grad = 0
			}
			t.loss(xs, ys).backpropagate()
		}
	})
	b.Run("eager", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ZeroGrad(params...)
			eagerLoss(m, params, xs, ys).Backward()
		}
	})
	b.Run("program", func(b *testing.B) {
		b.ReportAllocs()
		p, rows := moonsProgram(m, params, xs, ys)
		for b.Loop() {
			ZeroGrad(params...)
			p.Backward(rows)
		}
	})
	b.Run("handwritten", func(b *testing.B) {
		b.ReportAllocs()
		h := newHandwrittenMLP(m)
		for b.Loop() {
			h.step(xs, ys)
		}
	})
}

// BenchmarkChain shows that the time of a node depends on how many there are only by what memory
// costs.
func BenchmarkChain(b *testing.B) {
	for _, n := range []int{1e3, 1e6} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				z := New(1)
				for range n {
					z = z.AddC(1)
				}
				z.Backward()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/node")
		})
	}
}

// BenchmarkCompile compiles a chain of a million nodes, and says what each costs.
func BenchmarkCompile(b *testing.B) {
	const nodes = 1_000_000
	x, w := New(1), New(0.5)
	z := x
	for range nodes / 2 {
		z = z.Mul(w).Tanh()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		Compile([]*Value{x}, z)
	}
	runtime.ReadMemStats(&after)
	perNode := 1 / float64(nodes*b.N)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())*perNode, "ns/node")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)*perNode, "B/node")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkMLPStep is a full-batch gradient of an MLP 8→32→32→3 with tanh and cross-entropy on 64
// rows, where no contestant can skip anything.
func BenchmarkMLPStep(b *testing.B) {
	m, xs, classes := mlpStep()
	params := m.Parameters()
	b.Run("eager", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ZeroGrad(params...)
			eagerCrossEntropy(m, xs, classes).Backward()
		}
	})
	b.Run("program", func(b *testing.B) {
		b.ReportAllocs()
		p, rows := crossEntropyProgram(m, xs, classes)
		for b.Loop() {
			ZeroGrad(params...)
			p.Backward(rows)
		}
	})
	b.Run("handwritten", func(b *testing.B) {
		b.ReportAllocs()
		h := newHandwrittenMLP(m)
		for b.Loop() {
			h.crossEntropyStep(xs, classes)
		}
	})
}

func TestBenchmarkedMLPStepsComputeTheSame(t *testing.T) {
	m, xs, classes := mlpStep()
	params := m.Parameters()
	loss := eagerCrossEntropy(m, xs, classes)
	loss.Backward()
	want := grads(params)

	ZeroGrad(params...)
	p, rows := crossEntropyProgram(m, xs, classes)
	assert.InDelta(t, loss.Data, p.Backward(rows), 1e-12)
	assert.InDeltaSlice(t, want, grads(params), 1e-12)

	h := newHandwrittenMLP(m)
	assert.InDelta(t, loss.Data, h.crossEntropyStep(xs, classes), 1e-12)
	assert.InDeltaSlice(t, want, h.grad, 1e-12)
}

func mlpStep() (m *MLP, xs [][]float64, classes []int) {
	rng := seeded(1)
	for range 64 {
		x := make([]float64, 8)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		xs, classes = append(xs, x), append(classes, rng.IntN(3))
	}
	return NewMLP(rng, Tanh, 8, 32, 32, 3), xs, classes
}

func oneHot(class int) []float64 {
	t := make([]float64, 3)
	t[class] = 1
	return t
}

func eagerCrossEntropy(m *MLP, xs [][]float64, classes []int) *Value {
	losses := make([]*Value, len(xs))
	for i, x := range xs {
		losses[i] = CrossEntropy(m.Forward(Values(x...)), Values(oneHot(classes[i])...))
	}
	return Sum(losses...).DivC(float64(len(xs)))
}

func crossEntropyProgram(m *MLP, xs [][]float64, classes []int) (p *Program, rows [][]float64) {
	in := Values(make([]float64, 8+3)...)
	for i, x := range xs {
		rows = append(rows, append(append([]float64(nil), x...), oneHot(classes[i])...))
	}
	return Compile(in, CrossEntropy(m.Forward(in[:8]), in[8:])), rows
}

func (m *handwrittenMLP) crossEntropyStep(xs [][]float64, classes []int) (loss float64) {
	const width = 32
	clear(m.grad)
	end1 := width * (8 + 1)
	end2 := end1 + width*(width+1)
	p1, p2, p3 := m.p[:end1], m.p[end1:end2], m.p[end2:]
	g1, g2, g3 := m.grad[:end1], m.grad[end1:end2], m.grad[end2:]
	var h1, h2, d1, d2 [width]float64
	var z, dz [3]float64
	for i, x := range xs {
		affine(p1, x, h1[:])
		for j, s := range h1 {
			h1[j] = math.Tanh(s)
		}
		affine(p2, h1[:], h2[:])
		for j, s := range h2 {
			h2[j] = math.Tanh(s)
		}
		affine(p3, h2[:], z[:])

		top := max(z[0], z[1], z[2])
		e0, e1, e2 := math.Exp(z[0]-top), math.Exp(z[1]-top), math.Exp(z[2]-top)
		sum := e0 + e1 + e2
		loss += (top + math.Log(sum) - z[classes[i]]) / float64(len(xs))
		seed := 1 / (sum * float64(len(xs)))
		dz[0], dz[1], dz[2] = e0*seed, e1*seed, e2*seed
		dz[classes[i]] -= 1 / float64(len(xs))

		clear(d1[:])
		clear(d2[:])
		affineBackward(p3, g3, h2[:], dz[:], d2[:])
		for j, h := range h2 {
			d2[j] *= 1 - h*h
		}
		affineBackward(p2, g2, h1[:], d2[:], d1[:])
		for j, h := range h1 {
			d1[j] *= 1 - h*h
		}
		affineBackward(p1, g1, x, d1[:], nil)
	}
	return loss
}

// affine sets each z to W·x + b; p has a row of weights and the bias for each.
func affine(p, x, z []float64) {
	for j := range z {
		w := p[j*(len(x)+1):][:len(x)+1]
		var a, b, c, d float64
		for k := 0; k+4 <= len(x); k += 4 {
			w, x := (*[4]float64)(w[k:]), (*[4]float64)(x[k:])
			a += w[0] * x[0]
			b += w[1] * x[1]
			c += w[2] * x[2]
			d += w[3] * x[3]
		}
		z[j] = (a + b) + (c + d) + w[len(x)]
	}
}

// affineBackward is the backward pass of affine; it leaves out dx if that is nil.
func affineBackward(p, grad, x, dz, dx []float64) {
	for j, dz := range dz {
		w, g := p[j*(len(x)+1):][:len(x)+1], grad[j*(len(x)+1):][:len(x)+1]
		for k, x := range x {
			g[k] += dz * x
		}
		g[len(x)] += dz
		for k := range dx {
			dx[k] += dz * w[k]
		}
	}
}

// wide returns an MLP 784→128→10 with ReLU, the shape of MNIST, inputs for it, and 256 rows of
// random numbers for these and a class as a one-hot vector.
func wide() (m *MLP, in []*Value, rows [][]float64) {
	rng := seeded(1)
	m = NewMLP(rng, ReLU, 784, 128, 10)
	in = Values(make([]float64, 784+10)...)
	rows = make([][]float64, 256)
	for r := range rows {
		rows[r] = make([]float64, len(in))
		for i := range 784 {
			rows[r][i] = rng.NormFloat64()
		}
		rows[r][784+rng.IntN(10)] = 1
	}
	return m, in, rows
}

// BenchmarkWideStep is a gradient of the cross-entropy. Run it with -cpu 1,2.
func BenchmarkWideStep(b *testing.B) {
	m, in, rows := wide()
	params := m.Parameters()
	p := Compile(in, CrossEntropy(m.Forward(in[:784]), in[784:]))
	p.Backward(rows)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N { // with b.Loop, the first number of -cpu would run on as many cores as the last
		ZeroGrad(params...)
		p.Backward(rows)
	}
}

// BenchmarkWideForward computes the logits. Run it with -cpu 1,2.
func BenchmarkWideForward(b *testing.B) {
	m, in, rows := wide()
	p := Compile(in[:784], m.Forward(in[:784])...)
	for r := range rows {
		rows[r] = rows[r][:784]
	}
	p.Forward(rows)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		p.Forward(rows)
	}
}
