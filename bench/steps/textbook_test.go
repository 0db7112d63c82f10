package steps

import "github.com/gomicrograd/micrograd"

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

func newTextbookMLP(m *micrograd.MLP) *textbookMLP {
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
