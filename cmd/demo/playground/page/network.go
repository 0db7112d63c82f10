//go:build js && wasm

package main

import (
	"fmt"
	"strings"
	"syscall/js"

	"github.com/gomicrograd/micrograd/cmd/demo/playground"
)

// bindNetwork creates the elements of the network, whose parts the pointer and the arrow keys
// select.
func (t *playTab) bindNetwork() {
	on(byID("gradients"), "change", func(js.Value) {
		setHidden(byID("about-weights"), t.gradients())
		setHidden(byID("about-gradients"), !t.gradients())
		t.draw()
	})

	wires := byID("wires")
	var paths strings.Builder
	for _, sign := range []string{"negative", "positive"} {
		for strength := range playground.Strengths {
			fmt.Fprintf(&paths, `<path class="%s w%d"/>`, sign, strength)
		}
	}
	wires.Set("innerHTML", paths.String()+`<path id="frames"/><path id="chosen"/>`+
		`<text id="x">x</text><text id="y">y</text>`)
	for sign := range t.paths {
		for strength := range t.paths[sign] {
			t.paths[sign][strength] = wires.Get("children").Index(sign*playground.Strengths +
				strength)
		}
	}
	network := byID("network")
	on(network, "pointermove", func(event js.Value) {
		t.selected, t.hasSelected = t.diagram.At(pointer(event, network))
		t.point()
	})
	on(network, "pointerleave", func(js.Value) {
		t.hasSelected = false
		t.point()
	})
	on(network, "keydown", func(event js.Value) {
		key := event.Get("key").String()
		if !strings.HasPrefix(key, "Arrow") {
			return
		}
		event.Call("preventDefault")
		if t.hasSelected {
			t.selected = t.diagram.Move(t.selected, key)
		} else {
			t.selected, t.hasSelected = playground.Part{Column: 1, Weight: -1}, true
		}
		t.point()
		setText(byID("said"), t.experiment.Describe(t.selected))
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
	for i, name := range []string{"x", "y"} {
		at := d.Columns[0][i]
		byID(name).Call("setAttribute", "x", at.X+d.Size/2)
		byID(name).Call("setAttribute", "y", at.Y+d.Size/2+4)
	}
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

// point shows the numbers of the selected part, and marks it.
func (t *playTab) point() {
	frame := ""
	text := "Point at a neuron or a line to see its numbers, or go there with the arrow keys."
	if t.hasSelected {
		frame = t.diagram.Outline(t.selected)
		text = t.experiment.Describe(t.selected)
	}
	byID("chosen").Call("setAttribute", "d", frame)
	setText(byID("numbers"), text)
}
