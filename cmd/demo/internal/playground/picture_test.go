package playground

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestColorsGoFromOneLabelToTheOther(t *testing.T) {
	for _, p := range []Palette{Light, Dark} {
		assert.Equal(t, p.Page, p.mix(0))
		assert.Equal(t, p.Page, p.mix(math.NaN()))
		assert.Equal(t, p.mix(1), p.mix(5))
		assert.Equal(t, p.mix(-1), p.mix(math.Inf(-1)))
		half := func(page, end uint8) uint8 {
			return uint8(math.Round((float64(page) + float64(end)) / 2))
		}
		assert.Equal(t, color.RGBA{half(p.Page.R, p.Positive.R), half(p.Page.G, p.Positive.G),
			half(p.Page.B, p.Positive.B), 255}, p.mix(1))
		assert.Equal(t, color.RGBA{half(p.Page.R, p.Negative.R), half(p.Page.G, p.Negative.G),
			half(p.Page.B, p.Negative.B), 255}, p.mix(-1))
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
		one, two := hex(c.p.Positive), hex(c.p.Negative)
		line := fmt.Sprintf("--line: #%x%x%x;", c.p.Line.R, c.p.Line.G, c.p.Line.B)
		assert.Contains(t, c.css, line)
		assert.Contains(t, c.css, "--one: "+one+"; --two: "+two+";")
		assert.Contains(t, c.figure, ".f0{fill:"+one+"}.f1{fill:"+two+"}")
	}
}

// hex writes a color whose hexadecimal digits come in pairs, as style sheets do.
func hex(c color.RGBA) string { return fmt.Sprintf("#%x%x%x", c.R%16, c.G%16, c.B%16) }

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
		v.DrawPlane(p, 3, 0, Light)
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
	v.DrawNetwork(p, d, Light)
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
	v.DrawNetwork(p, d, Light)
	top, bottom := -100+7*Extent*math.Abs(far), 100+7*Extent*(1-1.0/GridSize)
	assert.Equal(t, Light.mix(top/bottom), at(1, 0, 3, 0), "the greatest response may be negative")
	assert.Zero(t, pixel(p, int(d.Columns[1][0].X/2)-2, int(d.Columns[1][0].Y/2)).A,
		"between squares it is transparent")
}

func TestViewFillsThePlaneWithANeuron(t *testing.T) {
	e := NewExperiment(settings(t, "hidden", "2", "inputs", strings.Join(Inputs, ",")))
	v, p := e.NewView(), NewPixels(GridSize, GridSize)
	v.Update(e)
	last := GridSize - 1
	edge := 1 - 1.0/GridSize // of the extent, where the last pixel is
	sine := math.Sin(math.Pi * Extent * edge)
	for i, want := range []float64{-1, 1, 1, 1, -1, -sine, sine} { // at the upper left
		v.DrawPlane(p, 0, i, Light)
		got, want := pixel(p, 0, 0), Light.mix(want)
		assert.InDelta(t, want.R, got.R, 1, Inputs[i])
		assert.InDelta(t, want.B, got.B, 1, Inputs[i])
	}

	n := e.Net.Layers[0].Neurons[1]
	for _, w := range n.W {
		w.Data = 0
	}
	n.W[4].Data, n.B.Data = 9, 0 // tanh(9xy)
	v.Update(e)
	v.DrawPlane(p, 1, 1, Light)
	assert.Equal(t, Light.mix(1), pixel(p, last, 0))
	assert.Equal(t, Light.mix(-1), pixel(p, 0, 0))
}

func BenchmarkPicture(b *testing.B) {
	e := NewExperiment(DefaultSettings())
	v, d := e.NewView(), e.Diagram(600)
	plane, network := NewPixels(GridSize, GridSize), NewPixels(int(d.Width/2), int(d.Height/2))
	for b.Loop() {
		v.Update(e)
		v.DrawPlane(plane, 3, 0, Light)
		v.DrawNetwork(network, d, Light)
		e.Paths(d, false)
	}
}

func TestPointsBeyondTheEdgeAreCounted(t *testing.T) {
	e := NewExperiment(settings(t, "noise", "0"))
	assert.Zero(t, e.Outside())
	e.Train[3].X, e.Train[5].Y, e.Test[7].Y = 1.3, -2, 1.26
	assert.Equal(t, 3, e.Outside())
}

func TestPointsSVGDrawsEachPoint(t *testing.T) {
	e := NewExperiment(settings(t, "noise", "0"))
	svg := e.PointsSVG()
	assert.Contains(t, svg, `<path class="axes" d="M-1.25 0h2.5M0 -1.25v2.5"/>`)
	assert.Equal(t, 50, strings.Count(svg, `<circle class="one" `))
	assert.Equal(t, 50, strings.Count(svg, `<circle class="one hollow" `))
	assert.Equal(t, 50, strings.Count(svg, `<path class="two" `))
	assert.Equal(t, 50, strings.Count(svg, `<path class="two hollow" `))
	for _, points := range [][]Point{e.Train, e.Test} {
		for _, p := range points {
			want := fmt.Sprintf(`cx="%.3f" cy="%.3f"`, p.X, -p.Y) // down is down in SVG
			if p.Label < 0 {
				want = fmt.Sprintf(`d="M%.3f %.3fl`, p.X, -p.Y-0.048) // the tip of the triangle
			}
			assert.Contains(t, svg, want)
		}
	}
}
