package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomicrograd/micrograd"
)

const (
	letters = 27 // a to z, and 0 for the end of a name and before its beginning
	places  = 16 // the length of the longest name
	width   = 16 // of an embedding
	heads   = 4
)

// A transformer predicts the next letter of a name. It is GPT-2 (Radford et al. 2019) with one
// block, RMSNorm instead of LayerNorm, ReLU instead of GELU, and no dropout, as Karpathy's microgpt
// is, except that its layers have biases.
type transformer struct {
	letter, position          [][]*micrograd.Value // embeddings
	query, key, value, output *micrograd.Layer     // attention
	up, down                  *micrograd.Layer     // the feedforward network
	logits                    *micrograd.Layer
}

func newTransformer(rng *rand.Rand) *transformer {
	square := func() *micrograd.Layer {
		return micrograd.NewLayer(rng, micrograd.Identity, width, width)
	}
	return &transformer{
		letter: embeddings(rng, letters, width), position: embeddings(rng, places, width),
		query: square(), key: square(), value: square(), output: square(),
		up:     micrograd.NewLayer(rng, micrograd.ReLU, width, 4*width),
		down:   micrograd.NewLayer(rng, micrograd.Identity, 4*width, width),
		logits: micrograd.NewLayer(rng, micrograd.Identity, width, letters),
	}
}

func (m *transformer) parameters() []*micrograd.Value {
	params := slices.Concat(slices.Concat(m.letter...), slices.Concat(m.position...))
	for _, l := range []*micrograd.Layer{m.query, m.key, m.value, m.output, m.up, m.down,
		m.logits} {
		params = append(params, l.Parameters()...)
	}
	return params
}

// A cache has the keys and values of the letters that were read so far. They are nodes of the
// same graph, so that the loss of later letters is propagated to earlier ones.
type cache struct{ keys, values [][]*micrograd.Value }

// next reads a letter, and returns the logits of the letter after it.
func (m *transformer) next(r *cache, letter int) []*micrograd.Value {
	x := rmsNorm(plus(m.letter[letter], m.position[len(r.keys)]))

	// Causal self-attention, over the letters so far. Each head uses width/heads of the dimensions.
	n := rmsNorm(x)
	query := m.query.Forward(n)
	r.keys, r.values = append(r.keys, m.key.Forward(n)), append(r.values, m.value.Forward(n))
	var headOutputs []*micrograd.Value
	for head := range heads {
		from, end := head*width/heads, (head+1)*width/heads
		var scores []*micrograd.Value
		for _, key := range r.keys {
			score := micrograd.Dot(query[from:end], key[from:end])
			scores = append(scores, score.DivC(math.Sqrt(width/heads)))
		}
		attention := micrograd.Softmax(scores)
		for i := from; i < end; i++ {
			var column []*micrograd.Value
			for _, value := range r.values {
				column = append(column, value[i])
			}
			headOutputs = append(headOutputs, micrograd.Dot(attention, column))
		}
	}
	x = plus(x, m.output.Forward(headOutputs)) // a residual connection

	// The feedforward network, with a residual connection, too.
	x = plus(x, m.down.Forward(m.up.Forward(rmsNorm(x))))
	return m.logits.Forward(x)
}

func plus(a, b []*micrograd.Value) []*micrograd.Value {
	sum := make([]*micrograd.Value, len(a))
	for i := range a {
		sum[i] = a[i].Add(b[i])
	}
	return sum
}

// rmsNorm returns xᵢ/√(Σ xⱼ²/n + 1e-5) (Zhang and Sennrich 2019, arXiv:1910.07467, without their
// gain).
func rmsNorm(x []*micrograd.Value) []*micrograd.Value {
	x = slices.Clone(x)
	scale := micrograd.Dot(x, x).DivC(float64(len(x))).AddC(1e-5).PowC(-0.5)
	for i := range x {
		x[i] = x[i].Mul(scale)
	}
	return x
}

// embeddings returns n rows of width small random numbers.
func embeddings(rng *rand.Rand, n, width int) (rows [][]*micrograd.Value) {
	for range n {
		row := make([]*micrograd.Value, width)
		for i := range row {
			row[i] = micrograd.New(0.1 * rng.NormFloat64())
		}
		rows = append(rows, row)
	}
	return rows
}
