package playground

import (
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDiagramHasRoomForAllSquaresAtAnyWidth(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for width := 280.0; width < 1300; width += 37 {
		e := NewExperiment(randomSettings(rng))
		d := e.Diagram(width)
		assert.LessOrEqual(t, d.Width, width)
		require.Len(t, d.Columns, len(e.Hidden)+2)
		for i, column := range d.Columns {
			assert.Len(t, column, e.sizes()[i])
			for j, s := range column {
				assert.True(t, s.X >= 0 && s.X+d.Size <= d.Width && s.Y >= 0 &&
					s.Y+d.Size <= d.Height, "%v in %v×%v", s, d.Width, d.Height)
				assert.True(t, math.Mod(s.X, 2) == 0 && math.Mod(s.Y, 2) == 0,
					"pixels are two units wide")
				if j > 0 {
					assert.GreaterOrEqual(t, s.Y, column[j-1].Y+d.Size+2)
				}
				if i > 0 {
					assert.GreaterOrEqual(t, s.X, d.Columns[i-1][0].X+d.Size+16,
						"weights have room")
				}
			}
		}
	}
}

func TestPartsAreFoundWhereTheyAreDrawn(t *testing.T) {
	e := NewExperiment(settings(t, "hidden", "3,2"))
	d := e.Diagram(600)
	for i, column := range d.Columns {
		for j, s := range column {
			part, ok := d.At(s.X+d.Size/2, s.Y+d.Size/2)
			assert.True(t, ok)
			assert.Equal(t, Part{i, j, -1}, part)
			if i == 0 {
				continue
			}
			for k := range d.Columns[i-1] {
				from, to := d.curve(i-1, j, k)
				x := from.X + 0.12*(to.X-from.X)
				part, ok := d.At(x, height(from, to, x))
				assert.True(t, ok)
				_, near := d.At(x, height(from, to, x)+1)
				assert.True(t, near)
				assert.Equal(t, Part{i, j, k}, part)
			}
		}
	}
	_, ok := d.At(d.Columns[0][0].X+d.Size/2, d.Height-1)
	assert.False(t, ok)

	d = NewExperiment(settings(t, "hidden", "1")).Diagram(600)
	from, to := d.curve(1, 0, 0)
	x := (from.X + to.X) / 2
	_, ok = d.At(x, height(from, to, x)+5)
	assert.True(t, ok)
	_, ok = d.At(x, height(from, to, x)+15)
	assert.False(t, ok, "it is too far away")
}

func TestHeightIsThatOfTheCurveDrawn(t *testing.T) {
	from, to := Spot{10, 20}, Spot{110, 220}
	for i := range 101 {
		u := float64(i) / 100
		v := 1 - u
		// As the browser draws "C60 20 60 220 110 220".
		x := v*v*v*10 + 3*v*v*u*60 + 3*v*u*u*60 + u*u*u*110
		y := v*v*v*20 + 3*v*v*u*20 + 3*v*u*u*220 + u*u*u*220
		assert.InDelta(t, y, height(from, to, x), 1e-3)
	}
}

func TestMoveReachesEveryPart(t *testing.T) {
	d := NewExperiment(settings(t, "hidden", "3,2,4")).Diagram(600)
	start := Part{1, 0, -1}
	seen, queue := map[Part]bool{start: true}, []Part{start}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		for _, key := range []string{"ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"} {
			if next := d.Move(p, key); !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	assert.Len(t, seen, 2+3+2+4+1+2*3+3*2+2*4+4*1)
	assert.Equal(t, Part{1, 0, 0}, d.Move(start, "ArrowLeft"), "to a weight")
	assert.Equal(t, Part{0, 0, -1}, d.Move(Part{1, 0, 0}, "ArrowLeft"),
		"and on to where it comes from")
	assert.Equal(t, Part{0, 0, -1}, d.Move(Part{0, 0, -1}, "ArrowLeft"), "which is the edge")
	assert.Equal(t, Part{4, 0, -1}, d.Move(Part{4, 0, -1}, "ArrowRight"))
}

func TestPartsAreDescribedByTheirNumbers(t *testing.T) {
	e := NewExperiment(settings(t, "hidden", "2"))
	w := e.Net.Layers[0].Neurons[1].W
	w[0].Data, w[1].Data, w[1].Grad = 0.5, -0.25, -0.125
	e.Net.Layers[0].Neurons[1].B.Data = 3
	assert.Equal(t, "input y, computed from the position of a point", e.Describe(Part{0, 1, -1}))
	assert.Equal(t, "neuron 2 of hidden layer 1: a₂ = tanh(0.5·x − 0.25·y + 3)",
		e.Describe(Part{1, 1, -1}))
	assert.Equal(t, "the weight from input y to neuron 2 of hidden layer 1: w = −0.25",
		e.Describe(Part{1, 1, 1}))
	out := e.Net.Layers[1].Neurons[0]
	out.W[0].Data, out.W[1].Data, out.B.Data = 1234.5, -0.012345, -7
	assert.Equal(t, "the output: score = 1234·a₁ − 0.012·a₂ − 7 (above 0: ●), "+
		"where a₁ and so on are the outputs of hidden layer 1", e.Describe(Part{2, 0, -1}))
	deep := NewExperiment(settings(t, "hidden", "1,2"))
	assert.Regexp(t, `^neuron 2 of hidden layer 2: b₂ = tanh\(\S+·a₁ [+−] \S+\), where a₁ `,
		deep.Describe(Part{2, 1, -1}))
	e.Steps = 1
	assert.Equal(t, "the weight from input y to neuron 2 of hidden layer 1: w = −0.25; "+
		"gradient in the last step: −0.125", e.Describe(Part{1, 1, 1}))
}

func TestPathsAreSortedBySignAndStrength(t *testing.T) {
	e := NewExperiment(settings(t, "hidden", "4,3"))
	d := e.Diagram(600)
	w := e.Net.Layers[0].Neurons[0].W
	w[0].Data, w[1].Data, w[1].Grad = 100, -100, 1
	paths := e.Paths(d, false)
	assert.Equal(t, d.Path(0, 0, 0), paths[1][Strengths-1])
	assert.Equal(t, d.Path(0, 0, 1), paths[0][Strengths-1])
	count := 0
	for _, sign := range paths {
		for _, path := range sign {
			count += strings.Count(path, "M")
		}
	}
	assert.Equal(t, 2*4+4*3+3, count)
	assert.Zero(t, e.Paths(d, true), "there are no gradients yet")
	e.Steps = 1
	gradients := e.Paths(d, true)
	assert.Equal(t, d.Path(0, 0, 1), gradients[1][Strengths-1])
	assert.Equal(t, count-1, strings.Count(gradients[1][0], "M"),
		"gradients of 0 are thin, and nothing divides by 0")
	assert.Equal(t, 2+4+3+1, strings.Count(d.Frames(), "z"))
	assert.Equal(t, d.Path(0, 0, 1), d.Outline(Part{1, 0, 1}))
	assert.Equal(t, d.Path(0, 2, 0)+d.Path(0, 2, 1)+d.Path(1, 0, 2)+d.Path(1, 1, 2)+
		d.Path(1, 2, 2), d.Wires(Part{1, 2, -1}), "its inputs, and what it is an input of")
	assert.Equal(t, 4, strings.Count(d.Wires(Part{0, 1, -1}), "M"))
	assert.Equal(t, 3, strings.Count(d.Wires(Part{3, 0, -1}), "M"))
	assert.Regexp(t, regexp.MustCompile(`^M\d+ \d+h32v32h-32z$`), d.Outline(Part{1, 0, -1}))
}
