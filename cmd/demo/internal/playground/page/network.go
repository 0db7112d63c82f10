//go:build js && wasm

package main

import (
	"fmt"
	"strings"
	"syscall/js"

	"github.com/gomicrograd/micrograd/cmd/demo/internal/playground"
)

// bindNetwork creates the elements of the network, whose parts the pointer and the arrow keys
// select.
func (t *playTab) bindNetwork() {
	on(byID("gradients"), "change", func(js.Value) { t.draw() })

	wires := byID("wires")
	var paths strings.Builder
	for _, sign := range []string{"negative", "positive"} {
		for strength := range playground.Strengths {
			fmt.Fprintf(&paths, `<path class="%s w%d"/>`, sign, strength)
		}
	}
	wires.Set("innerHTML", paths.String()+
		`<path id="lit"/><path id="frames"/><path id="chosen"/><g id="names"/>`)
	for sign := range t.paths {
		for strength := range t.paths[sign] {
			t.paths[sign][strength] = wires.Get("children").Index(sign*playground.Strengths +
				strength)
		}
	}
	network := byID("network")
	at := func(event js.Value) *playground.Part {
		if p, ok := t.diagram.At(pointer(event, network)); ok {
			return &p
		}
		return nil
	}
	on(network, "pointermove", func(event js.Value) {
		if event.Get("pointerType").String() == "mouse" {
			t.pointed = at(event)
			t.point()
		}
	})
	on(network, "pointerleave", func(js.Value) {
		t.pointed = nil
		t.point()
	})
	on(network, "click", func(event js.Value) {
		t.pinned = at(event)
		t.point()
	})
	on(network, "keydown", func(event js.Value) {
		key := event.Get("key").String()
		switch {
		case key == "Escape":
			t.pinned = nil
		case !strings.HasPrefix(key, "Arrow"):
			return
		case t.pinned == nil:
			t.pinned = &playground.Part{Column: 1, Weight: -1}
		default:
			next := t.diagram.Move(*t.pinned, key)
			t.pinned = &next
		}
		event.Call("preventDefault")
		t.point()
		setText(byID("said"), byID("numbers").Get("textContent").String())
	})
}

// resized fits the diagram into the available width.
func (t *playTab) resized() {
	width := byID("network").Get("clientWidth").Float()
	if width == 0 || t.experiment == nil { // another tab is open
		return
	}
	d := t.experiment.Diagram(width)
	t.diagram = d
	byID("network").Get("style").Set("height", fmt.Sprintf("%gpx", d.Height))
	wires := byID("wires")
	wires.Call("setAttribute", "viewBox", fmt.Sprintf("0 0 %g %g", d.Width, d.Height))
	wires.Call("setAttribute", "width", d.Width)
	wires.Call("setAttribute", "height", d.Height)
	t.neurons = newCanvas("neurons", playground.NewPixels(int(d.Width/2), int(d.Height/2)))
	style := t.neurons.element.Get("style")
	style.Set("width", fmt.Sprintf("%gpx", d.Width))
	style.Set("height", fmt.Sprintf("%gpx", d.Height))
	byID("frames").Call("setAttribute", "d", d.Frames())
	var inputs strings.Builder
	for i, name := range t.experiment.Inputs {
		at := d.Columns[0][i]
		long := ""
		if len(name) > 4 {
			long = ` class="long"`
		}
		fmt.Fprintf(&inputs, `<text%s x="%g" y="%g">%s</text>`, long, at.X+d.Size/2,
			at.Y+d.Size/2+4, name)
	}
	byID("names").Set("innerHTML", inputs.String())
	t.draw()
}

// gradients reports whether gradients are shown instead of weights.
func (t *playTab) gradients() bool { return byID("gradients").Get("checked").Bool() }

func (t *playTab) drawWires() {
	for sign, paths := range t.experiment.Paths(t.diagram, t.gradients()) {
		for strength, d := range paths {
			t.paths[sign][strength].Call("setAttribute", "d", d)
		}
	}
}

// selected returns the part that is pointed at, or else the pinned one, or nil.
func (t *playTab) selected() *playground.Part {
	if t.pointed != nil {
		return t.pointed
	}
	return t.pinned
}

// neuron returns the neuron that fills the plane: the selected one, or the output.
func (t *playTab) neuron() playground.Part {
	if p := t.selected(); p != nil && p.Weight < 0 {
		return *p
	}
	return playground.Part{Column: len(t.diagram.Columns) - 1, Weight: -1}
}

// point shows the selected part: it is marked, its numbers are written, and if it is a neuron, its
// output fills the plane.
func (t *playTab) point() {
	outline, lit, title := "", "", "Prediction"
	text := "Point at a neuron, or tap it: you see its formula, and the plane shows its output. " +
		"Lines have numbers, too."
	if p := t.selected(); p != nil {
		text = t.experiment.Describe(*p)
		if p.Weight < 0 {
			outline, lit = t.diagram.Outline(*p), t.diagram.Wires(*p)
		} else {
			lit = t.diagram.Outline(*p)
		}
	}
	if p := t.neuron(); p.Column < len(t.diagram.Columns)-1 {
		name := t.experiment.Name(p)
		title = strings.ToUpper(name[:1]) + name[1:]
	}
	byID("chosen").Call("setAttribute", "d", outline)
	byID("lit").Call("setAttribute", "d", lit)
	setText(byID("numbers"), text)
	setText(byID("plane-title"), title)
	t.drawPlane()
}
