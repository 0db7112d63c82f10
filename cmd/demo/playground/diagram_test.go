package playground

import (
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gomicrograd/micrograd/cmd/demo/figure"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSquaresHaveRoomAtAnyWidth(t *testing.T) {
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
				assert.Equal(t, Part{i, j, k}.Column, part.Column)
				assert.InDelta(t, height(from, to, x), height2(d, part, x), 1e-9)
			}
		}
	}
	_, ok := d.At(d.Columns[0][0].X+d.Size/2, d.Height-1)
	assert.False(t, ok)
}

func height2(d Diagram, p Part, x float64) float64 {
	from, to := d.curve(p.Column-1, p.Neuron, p.Weight)
	return height(from, to, x)
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
	assert.Equal(t, "input y: the position of a point, from bottom to top",
		e.Describe(Part{0, 1, -1}))
	assert.Equal(t, "neuron 2 of hidden layer 1: Tanh of 0.5·x − 0.25·y + 3; b = 3",
		e.Describe(Part{1, 1, -1}))
	assert.Equal(t, "the weight from input y to neuron 2 of hidden layer 1: w = −0.25",
		e.Describe(Part{1, 1, 1}))
	assert.Equal(t, "the output: Identity of the sum of its 2 inputs times their weights, "+
		"plus b; b = 0", e.Describe(Part{2, 0, -1}))
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
	gradients := e.Paths(d, true)
	assert.Equal(t, d.Path(0, 0, 1), gradients[1][Strengths-1])
	assert.Equal(t, count-1, strings.Count(gradients[1][0], "M"),
		"gradients of 0 are thin, and nothing divides by 0")
	assert.Equal(t, 2+4+3+1, strings.Count(d.Frames(), "z"))
	assert.Equal(t, d.Path(0, 0, 1), d.Outline(Part{1, 0, 1}))
	assert.Regexp(t, regexp.MustCompile(`^M\d+ \d+h32v32h-32z$`), d.Outline(Part{1, 0, -1}))
}

func TestColorsGoFromOneLabelToTheOther(t *testing.T) {
	for _, p := range []Palette{Light, Dark} {
		assert.Equal(t, p.Page, p.mix(0))
		assert.Equal(t, p.Page, p.mix(math.NaN()))
		assert.Equal(t, p.mix(1), p.mix(5))
		assert.Equal(t, p.mix(-1), p.mix(math.Inf(-1)))
		third := func(page, end uint8) uint8 {
			return uint8(math.Round((float64(page) + 2*float64(end)) / 3))
		}
		assert.Equal(t, color.RGBA{third(p.Page.R, p.Positive.R), third(p.Page.G, p.Positive.G),
			third(p.Page.B, p.Positive.B), 255}, p.mix(1))
		assert.Equal(t, color.RGBA{third(p.Page.R, p.Negative.R), third(p.Page.G, p.Negative.G),
			third(p.Page.B, p.Negative.B), 255}, p.mix(-1))
	}
}

func TestLabelsHaveTheSameColorsEverywhere(t *testing.T) {
	css, err := os.ReadFile("page/style.css")
	require.NoError(t, err)
	light, dark, _ := strings.Cut(string(css), "prefers-color-scheme: dark")
	figureLight, figureDark, _ := strings.Cut(figure.SVG(figure.Stack{}),
		"prefers-color-scheme:dark")
	for _, c := range []struct {
		p           Palette
		css, figure string
	}{{Light, light, figureLight}, {Dark, dark, figureDark}} {
		one, two := short(c.p.Positive), short(c.p.Negative)
		assert.Contains(t, c.css, "--one: "+one+"; --two: "+two+";")
		assert.Contains(t, c.figure, ".f0{fill:"+one+"}.f1{fill:"+two+"}")
	}
}

// short writes a color whose hexadecimal digits come in pairs, as style sheets do.
func short(c color.RGBA) string { return fmt.Sprintf("#%x%x%x", c.R%16, c.G%16, c.B%16) }

func pixel(p *Pixels, x, y int) color.RGBA {
	at := 4 * (y*p.Width + x)
	return color.RGBA{p.RGBA[at], p.RGBA[at+1], p.RGBA[at+2], p.RGBA[at+3]}
}

func TestViewShowsWhatTheNetworkPredicts(t *testing.T) {
	for _, loss := range names(losses) {
		e := NewExperiment(settings(t, "loss", loss))
		for range 100 {
			e.Step()
		}
		v, p := e.NewView(), NewPixels(GridSize, GridSize)
		v.Update(e)
		v.Plane(p, Light)
		for _, at := range [][2]int{{0, 0}, {GridSize - 1, 0}, {0, GridSize - 1}, {20, 30},
			{30, 11}} {
			x := Extent * ((2*float64(at[0])+1)/GridSize - 1)
			y := Extent * (1 - (2*float64(at[1])+1)/GridSize)
			score := e.Net.Predict(x, y)[0]
			if loss == "cross-entropy" {
				score = 2/(1+math.Exp(-score)) - 1
			}
			assert.Equal(t, Light.mix(score), pixel(p, at[0], at[1]), "%s at %v", loss, at)
		}
	}
}

func TestViewShowsWhatEachNeuronRespondsTo(t *testing.T) {
	e := NewExperiment(settings(t, "hidden", "2", "activation", "Identity"))
	n := e.Net.Layers[0].Neurons
	n[0].W[0].Data, n[0].W[1].Data = 0, 7 // how far up
	n[1].W[0].Data, n[1].W[1].Data, n[1].B.Data = 0, 0, 0
	v, d := e.NewView(), e.Diagram(400)
	v.Update(e)
	p := NewPixels(int(d.Width/2), int(d.Height/2))
	v.Network(p, d, Light)
	at := func(column, neuron, x, y int) color.RGBA {
		s := d.Columns[column][neuron]
		return pixel(p, int(s.X/2)+x, int(s.Y/2)+y)
	}
	last := int(d.Size/2) - 1
	far := (2.0*1+1)/GridSize - 1 // the center of the outermost of the places that are shown
	edge := func(sign float64) color.RGBA {
		return Light.mix(sign * math.Abs(far) / (1 - 1.0/GridSize))
	}
	assert.Equal(t, edge(-1), at(0, 0, 0, last), "x is negative on the left")
	assert.Equal(t, edge(1), at(0, 0, last, 0))
	assert.Equal(t, edge(1), at(0, 1, 0, 0), "y is positive above")
	assert.Equal(t, edge(-1), at(0, 1, last, last))
	assert.Equal(t, edge(1), at(1, 0, 3, 0))
	assert.Equal(t, edge(-1), at(1, 0, 3, last))
	assert.Equal(t, Light.mix(0), at(1, 1, 3, 3), "a neuron that never responds")
	n[0].B.Data = -100
	v.Update(e)
	v.Network(p, d, Light)
	top, bottom := -100+7*Extent*math.Abs(far), 100+7*Extent*(1-1.0/GridSize)
	assert.Equal(t, Light.mix(top/bottom), at(1, 0, 3, 0), "the greatest response may be negative")
	assert.Zero(t, pixel(p, int(d.Columns[1][0].X/2)-2, int(d.Columns[1][0].Y/2)).A,
		"between squares it is transparent")
}

func BenchmarkMoonsStep(b *testing.B) {
	s := DefaultSettings()
	s.Hidden, s.Activation, s.Loss, s.Batch = []int{16, 16}, "ReLU", "hinge", 100
	e := NewExperiment(s)
	for b.Loop() {
		e.Step()
	}
}

func BenchmarkPicture(b *testing.B) {
	e := NewExperiment(DefaultSettings())
	v, d := e.NewView(), e.Diagram(600)
	plane, network := NewPixels(GridSize, GridSize), NewPixels(int(d.Width/2), int(d.Height/2))
	for b.Loop() {
		v.Update(e)
		v.Plane(plane, Light)
		v.Network(network, d, Light)
		e.Paths(d, false)
	}
}
