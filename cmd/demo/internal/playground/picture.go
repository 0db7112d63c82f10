package playground

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"github.com/gomicrograd/micrograd"
)

// A Palette has the colors of the labels 1 and −1, of the page, which is between them, and of
// lines.
type Palette struct{ Positive, Negative, Page, Line color.RGBA }

// Light and Dark are for light and dark pages. The colors of labels are those of package figure.
var (
	Light = Palette{color.RGBA{0x00, 0x44, 0x88, 255}, color.RGBA{0xbb, 0x55, 0x66, 255},
		color.RGBA{0xff, 0xff, 0xff, 255}, color.RGBA{0xd1, 0xd9, 0xe0, 255}}
	Dark = Palette{color.RGBA{0x66, 0x99, 0xcc, 255}, color.RGBA{0xee, 0x99, 0xaa, 255},
		color.RGBA{0x0d, 0x11, 0x17, 255}, color.RGBA{0x3d, 0x44, 0x4d, 255}}
)

// mix returns the color of t, from −1 to 1. At the ends it is half of the label's color, so that
// points are visible on it.
func (p Palette) mix(t float64) color.RGBA {
	end := p.Positive
	if t < 0 {
		end = p.Negative
	}
	share := 0.0
	if t = math.Abs(t); t > 0 { // not if it is a NaN
		share = min(1, t) / 2
	}
	blend := func(a, b uint8) uint8 {
		return uint8(math.Round(float64(a) + (float64(b)-float64(a))*share))
	}
	return color.RGBA{blend(p.Page.R, end.R), blend(p.Page.G, end.G), blend(p.Page.B, end.B), 255}
}

// Pixels is a picture, row by row from the top, with four bytes a pixel as in an HTML canvas.
type Pixels struct {
	Width, Height int
	RGBA          []byte
}

// NewPixels returns a transparent picture.
func NewPixels(width, height int) *Pixels {
	return &Pixels{width, height, make([]byte, 4*width*height)}
}

func (p *Pixels) set(x, y int, c color.RGBA) {
	at := p.RGBA[4*(y*p.Width+x):]
	at[0], at[1], at[2], at[3] = c.R, c.G, c.B, c.A
}

// A View is the output of each neuron at GridSize × GridSize places of the plane, up to Extent.
type View struct {
	program   *micrograd.Program // from x and y to the response of each neuron, column by column
	start     []int              // the number of neurons before each column
	places    [][]float64
	responses [][]float64 // at each place
	logits    bool        // the output's sigmoid is a probability
}

const (
	GridSize = 48   // places from left to right, and from top to bottom
	Extent   = 1.25 // from the middle to each edge
)

// NewView returns a view of the experiment. It is empty until Update.
func (e *Experiment) NewView() *View {
	in := micrograd.Values(0, 0)
	column := e.inputsOf(in[0], in[1])
	neurons, start := column, []int{0}
	for _, l := range e.Net.Layers {
		start = append(start, len(neurons))
		column = l.Forward(column)
		neurons = slices.Concat(neurons, column)
	}
	v := &View{program: micrograd.Compile(in, neurons...), start: start}
	for i := range GridSize * GridSize {
		x := Extent * ((2*float64(i%GridSize)+1)/GridSize - 1)
		y := Extent * (1 - (2*float64(i/GridSize)+1)/GridSize)
		v.places = append(v.places, []float64{x, y})
	}
	return v
}

// Update computes the outputs for the current parameters of the experiment, which has to be that of
// NewView.
func (v *View) Update(e *Experiment) {
	v.responses = v.program.Forward(v.places)
	v.logits = e.Loss == "cross-entropy"
}

// response returns the output of a neuron at each place, from −1 to 1: that of the network as it
// is, or as the probability of the label 1 minus that of −1; those of other neurons divided by the
// largest.
func (v *View) response(column, neuron int) func(place int) float64 {
	i := v.start[column] + neuron
	if column == len(v.start)-1 {
		return func(place int) float64 {
			if v.logits {
				return math.Tanh(v.responses[place][i] / 2)
			}
			return v.responses[place][i]
		}
	}
	most := 0.0
	for _, r := range v.responses {
		most = max(most, math.Abs(r[i]))
	}
	return func(place int) float64 { return v.responses[place][i] / most }
}

// DrawPlane draws the output of a neuron into p, which is GridSize × GridSize pixels. The last
// column has the output of the network.
func (v *View) DrawPlane(p *Pixels, column, neuron int, palette Palette) {
	response := v.response(column, neuron)
	for i := range v.responses {
		p.set(i%GridSize, i/GridSize, palette.mix(response(i)))
	}
}

// DrawNetwork draws the output of each neuron into p, whose pixels are two units of the diagram
// wide and high.
func (v *View) DrawNetwork(p *Pixels, d Diagram, palette Palette) {
	n := int(d.Size / 2)
	for i, column := range d.Columns {
		for j, at := range column {
			response := v.response(i, j)
			for k := range n * n {
				row, col := k/n, k%n
				place := (2*row+1)*GridSize/(2*n)*GridSize + (2*col+1)*GridSize/(2*n)
				p.set(int(at.X/2)+col, int(at.Y/2)+row, palette.mix(response(place)))
			}
		}
	}
}

// Outside returns how many points are outside of the picture.
func (e *Experiment) Outside() (n int) {
	for _, points := range [][]Point{e.Train, e.Test} {
		for _, p := range points {
			if max(math.Abs(p.X), math.Abs(p.Y)) > Extent {
				n++
			}
		}
	}
	return n
}

// PointsSVG returns the points as SVG elements, with y from top to bottom: a circle for the label
// 1, a triangle for −1; test data are hollow. Lines are at x = 0 and y = 0.
func (e *Experiment) PointsSVG() string {
	var b strings.Builder
	draw := func(points []Point, hollow string) {
		for _, p := range points {
			if p.Label > 0 {
				fmt.Fprintf(&b, `<circle class="one%s" cx="%.3f" cy="%.3f" r=".033"/>`, hollow, p.X,
					-p.Y)
			} else {
				fmt.Fprintf(&b, `<path class="two%s" d="M%.3f %.3fl.042 .072h-.084z"/>`, hollow,
					p.X, -p.Y-0.048)
			}
		}
	}
	fmt.Fprintf(&b, `<path class="axes" d="M%g 0h%gM0 %gv%g"/>`, -Extent, 2*Extent, -Extent,
		2*Extent)
	draw(e.Test, " hollow")
	draw(e.Train, "")
	return b.String()
}
