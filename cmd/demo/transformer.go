package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomicrograd/micrograd"
)

const (
	letters   = 27 // a to z, and 0, which marks the start and the end of a name
	positions = 16 // of the start, and of the 15 letters of the longest name
	dim       = 16 // of an embedding
	heads     = 4
)

// A transformer predicts the next letter of a name. It is GPT-2 (Radford et al. 2019) as simplified
// in Karpathy's microgpt: one block, RMSNorm instead of LayerNorm, also after the embeddings and
// not before the logits, ReLU instead of GELU, and no dropout. Unlike microgpt's, its layers have
// biases.
type transformer struct {
	letter, position          [][]*micrograd.Value // embeddings
	query, key, value, output *micrograd.Layer     // attention
	up, down                  *micrograd.Layer     // the feedforward network
	logits                    *micrograd.Layer
}

func newTransformer(rng *rand.Rand) *transformer {
	square := func() *micrograd.Layer {
		return micrograd.NewLayer(rng, micrograd.Identity, dim, dim)
	}
	return &transformer{
		letter: embeddings(rng, letters, dim), position: embeddings(rng, positions, dim),
		query: square(), key: square(), value: square(), output: square(),
		up:     micrograd.NewLayer(rng, micrograd.ReLU, dim, 4*dim),
		down:   micrograd.NewLayer(rng, micrograd.Identity, 4*dim, dim),
		logits: micrograd.NewLayer(rng, micrograd.Identity, dim, letters),
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

// A cache has the keys and values of the letters that were read so far. They are nodes of the same
// graph, so that the loss of later letters is propagated to earlier ones.
type cache struct{ keys, values [][]*micrograd.Value }

// next reads a letter, and returns the logits of the letter after it.
func (m *transformer) next(c *cache, letter int) []*micrograd.Value {
	x := rmsNorm(plus(m.letter[letter], m.position[len(c.keys)]))

	// Causal self-attention, over the letters so far. Each head uses dim/heads of the dimensions.
	n := rmsNorm(x)
	query := m.query.Forward(n)
	c.keys, c.values = append(c.keys, m.key.Forward(n)), append(c.values, m.value.Forward(n))
	var headOutputs []*micrograd.Value
	for head := range heads {
		from, end := head*dim/heads, (head+1)*dim/heads
		var scores []*micrograd.Value
		for _, key := range c.keys {
			score := micrograd.Dot(query[from:end], key[from:end])
			scores = append(scores, score.DivC(math.Sqrt(dim/heads)))
		}
		attention := micrograd.Softmax(scores)
		for i := from; i < end; i++ {
			var column []*micrograd.Value
			for _, value := range c.values {
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

// embeddings returns n rows of dim small random numbers.
func embeddings(rng *rand.Rand, n, dim int) (rows [][]*micrograd.Value) {
	for range n {
		row := make([]*micrograd.Value, dim)
		for i := range row {
			row[i] = micrograd.New(0.1 * rng.NormFloat64())
		}
		rows = append(rows, row)
	}
	return rows
}
