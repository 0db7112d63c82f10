package playground

import (
	"fmt"
	"math"
	"strings"

	"github.com/gomicrograd/micrograd"
)

// A Diagram is the layout of the network: columns of squares for the inputs, the hidden neurons
// and the output, and a curve for each weight.
type Diagram struct {
	Width, Height float64
	Size          float64 // of a square
	Columns       [][]Spot
}

// A Spot is the upper left corner of a square.
type Spot struct{ X, Y float64 }

// Diagram returns a diagram of that width.
func (e *Experiment) Diagram(width float64) Diagram {
	sizes := e.sizes()
	d := Diagram{Width: math.Floor(width/2) * 2, Size: 32}
	if gap := d.Width/float64(len(sizes)) - d.Size; gap < 28 {
		d.Size = 24
	}
	most := 0
	for _, n := range sizes {
		most = max(most, n)
	}
	pitch := d.Size + 6
	d.Height = pitch*float64(max(most, 4)) + 4
	for i, n := range sizes {
		x := 2 + 2*math.Round((d.Width-d.Size-4)*float64(i)/float64(len(sizes)-1)/2)
		y := 2 * math.Round((d.Height-pitch*float64(n)+6)/4)
		var column []Spot
		for j := range n {
			column = append(column, Spot{x, y + pitch*float64(j)})
		}
		d.Columns = append(d.Columns, column)
	}
	return d
}

// curve returns the ends of the curve of the weight from neuron k of a column to neuron j of the
// next.
func (d Diagram) curve(column, j, k int) (from, to Spot) {
	from, to = d.Columns[column][k], d.Columns[column+1][j]
	return Spot{from.X + d.Size, from.Y + d.Size/2}, Spot{to.X, to.Y + d.Size/2}
}

// Path returns that curve as an SVG path.
func (d Diagram) Path(column, j, k int) string {
	from, to := d.curve(column, j, k)
	bend := (from.X + to.X) / 2
	return fmt.Sprintf("M%g %gC%g %g %g %g %g %g", from.X, from.Y, bend, from.Y, bend, to.Y, to.X,
		to.Y)
}

// Wires returns the curves to and from a neuron as an SVG path.
func (d Diagram) Wires(p Part) string {
	var b strings.Builder
	if p.Column > 0 {
		for k := range d.Columns[p.Column-1] {
			b.WriteString(d.Path(p.Column-1, p.Neuron, k))
		}
	}
	if p.Column < len(d.Columns)-1 {
		for j := range d.Columns[p.Column+1] {
			b.WriteString(d.Path(p.Column, j, p.Neuron))
		}
	}
	return b.String()
}

// Outline returns the outline of a part, a square or a curve, as an SVG path.
func (d Diagram) Outline(p Part) string {
	if p.Weight >= 0 {
		return d.Path(p.Column-1, p.Neuron, p.Weight)
	}
	s := d.Columns[p.Column][p.Neuron]
	return fmt.Sprintf("M%g %gh%gv%gh-%gz", s.X, s.Y, d.Size, d.Size, d.Size)
}

// Frames returns the outlines of all squares.
func (d Diagram) Frames() string {
	var b strings.Builder
	for i, column := range d.Columns {
		for j := range column {
			b.WriteString(d.Outline(Part{i, j, -1}))
		}
	}
	return b.String()
}

// Strengths is the number of line widths.
const Strengths = 6

// Paths returns the curves by sign, negative ones first, and by strength: twelve SVG paths, so that
// a page has only these to draw. The numbers are the weights or their gradients; the largest has
// the last strength.
func (e *Experiment) Paths(d Diagram, gradients bool) (paths [2][Strengths]string) {
	if gradients && e.Steps == 0 {
		return paths // there are no gradients yet
	}
	shown := func(w *micrograd.Value) float64 {
		if gradients {
			return w.Grad
		}
		return w.Data
	}
	most := 0.0
	for _, l := range e.Net.Layers {
		for _, n := range l.Neurons {
			for _, w := range n.W {
				most = max(most, math.Abs(shown(w)))
			}
		}
	}
	var b [2][Strengths]strings.Builder
	for i, l := range e.Net.Layers {
		for j, n := range l.Neurons {
			for k, w := range n.W {
				x := shown(w)
				sign := 0
				if x >= 0 {
					sign = 1
				}
				strength := 0
				if t := math.Abs(x) / most; t > 0 { // not if most is 0 or a NaN
					strength = min(Strengths-1, int(t*Strengths))
				}
				b[sign][strength].WriteString(d.Path(i, j, k))
			}
		}
	}
	for sign := range b {
		for strength := range b[sign] {
			paths[sign][strength] = b[sign][strength].String()
		}
	}
	return paths
}

// A Part is a square of the diagram, or, if Weight isn't −1, the curve from neuron Weight of the
// column before.
type Part struct{ Column, Neuron, Weight int }

// At returns the part at (x, y), if there is a square or a curve nearby.
func (d Diagram) At(x, y float64) (Part, bool) {
	best, found := 6.0, false
	var part Part
	for i, column := range d.Columns {
		for j, s := range column {
			if x >= s.X && x <= s.X+d.Size && y >= s.Y && y <= s.Y+d.Size {
				return Part{i, j, -1}, true
			}
			if i == 0 {
				continue
			}
			for k := range d.Columns[i-1] {
				from, to := d.curve(i-1, j, k)
				if x < from.X || x > to.X {
					continue
				}
				if distance := math.Abs(height(from, to, x) - y); distance < best {
					best, found, part = distance, true, Part{i, j, k}
				}
			}
		}
	}
	return part, found
}

// height returns the y of a curve at x, by bisection.
func height(from, to Spot, x float64) float64 {
	u := (x - from.X) / (to.X - from.X)
	lo, hi := 0.0, 1.0
	for range 20 {
		// With the control points in the middle, u = 1.5·t(1−t) + t³, and y goes from 0 to 1 as 3t²
		// − 2t³.
		if t := (lo + hi) / 2; 1.5*t*(1-t)+t*t*t < u {
			lo = t
		} else {
			hi = t
		}
	}
	return from.Y + (to.Y-from.Y)*lo*lo*(3-2*lo)
}

// Move returns the part that an arrow key leads to: left from a neuron to one of its weights, and
// on to the neuron where the weight begins; right in reverse; up and down within a column.
func (d Diagram) Move(p Part, key string) Part {
	last := len(d.Columns) - 1
	switch {
	case key == "ArrowLeft" && p.Weight >= 0:
		return Part{p.Column - 1, p.Weight, -1}
	case key == "ArrowLeft" && p.Column > 0:
		return Part{p.Column, p.Neuron, min(p.Neuron, len(d.Columns[p.Column-1])-1)}
	case key == "ArrowRight" && p.Weight >= 0:
		return Part{p.Column, p.Neuron, -1}
	case key == "ArrowRight" && p.Column < last:
		return Part{p.Column + 1, min(p.Neuron, len(d.Columns[p.Column+1])-1), p.Neuron}
	case key == "ArrowUp" && p.Weight >= 0:
		p.Weight = max(0, p.Weight-1)
	case key == "ArrowDown" && p.Weight >= 0:
		p.Weight = min(len(d.Columns[p.Column-1])-1, p.Weight+1)
	case key == "ArrowUp":
		p.Neuron = max(0, p.Neuron-1)
	case key == "ArrowDown":
		p.Neuron = min(len(d.Columns[p.Column])-1, p.Neuron+1)
	}
	return p
}

// Name returns the name of a neuron.
func (e *Experiment) Name(p Part) string {
	switch p.Column {
	case 0:
		return "input " + e.Inputs[p.Neuron]
	case len(e.Net.Layers):
		return "the output"
	}
	return fmt.Sprintf("neuron %d of hidden layer %d", p.Neuron+1, p.Column)
}

// Describe returns the formula of a neuron, or the number of a weight. Gradients are those of the
// last step.
func (e *Experiment) Describe(p Part) string {
	gradient := func(v *micrograd.Value) string {
		if e.Steps == 0 {
			return ""
		}
		return "; gradient in the last step: " + number(v.Grad)
	}
	if p.Column == 0 {
		return e.Name(p) + ", computed from the position of a point"
	}
	n := e.Net.Layers[p.Column-1].Neurons[p.Neuron]
	if p.Weight >= 0 {
		w, from := n.W[p.Weight], Part{p.Column - 1, p.Weight, -1}
		return fmt.Sprintf("the weight from %s to %s: w = %s%s", e.Name(from), e.Name(p),
			number(w.Data), gradient(w))
	}
	var sum strings.Builder
	for k, w := range n.W {
		if k == 0 {
			sum.WriteString(short(w.Data))
		} else {
			sum.WriteString(" " + signed(w.Data))
		}
		if p.Column == 1 {
			sum.WriteString("·" + e.Inputs[k])
		} else {
			sum.WriteString("·" + symbol(p.Column-1, k))
		}
	}
	sum.WriteString(" " + signed(n.B.Data))
	formula := "score = " + sum.String() + " (above 0: ●)"
	if p.Column < len(e.Net.Layers) {
		formula = fmt.Sprintf("%s = %s(%s)", symbol(p.Column, p.Neuron),
			strings.ToLower(n.Act.Name), &sum)
	}
	if p.Column > 1 {
		formula += fmt.Sprintf(", where %s and so on are the outputs of hidden layer %d",
			symbol(p.Column-1, 0), p.Column-1)
	}
	return e.Name(p) + ": " + formula
}

// symbol returns the name of a hidden neuron's output in formulas. Each layer has a letter.
func symbol(column, neuron int) string { return "?abcd"[column:column+1] + subscript(neuron+1) }
