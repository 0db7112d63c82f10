//go:build js && wasm

package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"syscall/js"
	"time"

	"github.com/gomicrograd/micrograd/cmd/demo/internal/playground"
)

// A playTab is the first tab.
type playTab struct {
	page       *page
	shown      map[string]string // what controls say
	experiment *playground.Experiment
	view       *playground.View
	diagram    playground.Diagram
	plane      *canvas
	neurons    *canvas
	paths      [2][playground.Strengths]js.Value
	pinned     *playground.Part // the part that was clicked, or reached by keys; nil if none
	pointed    *playground.Part // the part below the pointer, which goes first

	train, test playground.Result // as drawn last

	running       bool
	diverged      bool
	pending       float64 // steps to make
	drawn         float64 // when, in ms
	wiresDrawn    float64 // when the wires were
	cost          float64 // of drawing once, in ms
	timeMeasured  float64 // when the speed was measured, in ms
	stepsMeasured int     // and after how many steps
	speed         float64 // steps a second
}

func newPlayTab(p *page) *playTab {
	t := &playTab{page: p, shown: map[string]string{},
		plane: newCanvas("plane", playground.NewPixels(playground.GridSize, playground.GridSize))}
	byID("settings").Set("innerHTML", playground.Controls())
	for _, f := range playground.Fields {
		if !f.Single() {
			continue
		}
		control := byID(f.Name)
		on(control, "change", func(js.Value) { t.change(f.Name, control.Get("value").String()) })
		if f.Stops != nil {
			slider := byID(f.Name + "-slider")
			on(slider, "input", func(js.Value) {
				i, _ := strconv.Atoi(slider.Get("value").String())
				t.change(f.Name, f.Stops[i])
			})
		}
	}
	for i, name := range playground.Inputs {
		on(byID(fmt.Sprint("input", i)), "change",
			func(js.Value) { t.resize(func(s *playground.Settings) { s.ToggleInput(name) }) })
	}
	on(byID("settings"), "submit", func(event js.Value) { event.Call("preventDefault") })
	on(byID("new-sample"), "click", func(js.Value) {
		t.change("data-seed", strconv.FormatUint((t.page.address.Settings.DataSeed+1)%(1<<32), 10))
	})
	on(byID("more"), "click", func(js.Value) { t.resize((*playground.Settings).AddLayer) })
	on(byID("fewer"), "click", func(js.Value) { t.resize((*playground.Settings).RemoveLayer) })
	for i := range 4 {
		on(byID(fmt.Sprint("more", i)), "click",
			func(js.Value) { t.resize(func(s *playground.Settings) { s.AddNeurons(i, 1) }) })
		on(byID(fmt.Sprint("fewer", i)), "click",
			func(js.Value) { t.resize(func(s *playground.Settings) { s.AddNeurons(i, -1) }) })
	}
	for _, g := range playground.Guides {
		link, item := document.Call("createElement", "a"), document.Call("createElement", "li")
		link.Set("href", g.Address())
		link.Set("textContent", g.Title)
		on(link, "click", func(event js.Value) {
			event.Call("preventDefault")
			t.guide(g)
		})
		item.Call("append", link, ": "+g.Watch)
		byID("guides").Call("append", item)
	}
	showTest := byID("show-test")
	on(showTest, "change", func(js.Value) {
		byID("points").Get("classList").Call("toggle", "without-test",
			!showTest.Get("checked").Bool())
	})
	on(byID("run"), "click", func(js.Value) {
		t.running = !t.running && !t.diverged
		t.measure()
		t.draw()
	})
	on(byID("step"), "click", func(js.Value) {
		if !t.diverged {
			t.running = false
			t.experiment.Step()
			t.draw()
		}
	})
	on(byID("reset"), "click", func(js.Value) {
		t.begin(playground.NewExperiment(t.experiment.Settings))
		t.draw()
	})
	t.bindNetwork()
	return t
}

// guide begins an experiment to try, and shows its text above it, since the list may be far below.
func (t *playTab) guide(g playground.Guide) {
	setHidden(byID("watch"), false)
	setText(byID("watch"), g.Title+": "+g.Watch)
	t.changed(g.Settings())
	t.begin(playground.NewExperiment(g.Settings()))
	t.running = true
	t.draw()
	byID("playground").Call("scrollIntoView")
}

// change changes a setting, or shows beside its control what is wrong.
func (t *playTab) change(name, text string) {
	s := t.page.address.Settings
	err := s.Set(name, text)
	showError(name, err)
	if err == nil {
		t.changed(s)
	}
}

func (t *playTab) resize(how func(s *playground.Settings)) {
	s := t.page.address.Settings
	how(&s)
	t.changed(s)
}

func (t *playTab) changed(s playground.Settings) {
	t.page.address.Settings = s
	t.page.moved("pushState")
	t.show(s)
	t.resized()
}

// show updates the experiment, the controls and the points from settings. The caller draws.
func (t *playTab) show(s playground.Settings) {
	if t.experiment == nil || t.diverged {
		t.begin(playground.NewExperiment(s))
	} else if e := t.experiment.Change(s); e != t.experiment {
		t.begin(e)
	}
	for _, f := range playground.Fields {
		text := f.Get(s)
		if !f.Single() || text == t.shown[f.Name] {
			continue
		}
		t.shown[f.Name] = text
		byID(f.Name).Set("value", text)
		showError(f.Name, nil)
		if f.Stops != nil {
			byID(f.Name+"-slider").Set("value", f.Stop(s))
			byID(f.Name+"-slider").Call("setAttribute", "aria-valuetext", text)
		}
	}
	for i, name := range playground.Inputs {
		byID(fmt.Sprint("input", i)).Set("checked", slices.Contains(s.Inputs, name))
	}
	setText(byID("layers"), strconv.Itoa(len(s.Hidden)))
	enable("more", len(s.Hidden) < 4)
	enable("fewer", len(s.Hidden) > 1)
	for i := range 4 {
		setHidden(byID(fmt.Sprint("layer", i)), i >= len(s.Hidden))
		if i < len(s.Hidden) {
			setText(byID(fmt.Sprint("neurons", i)), strconv.Itoa(s.Hidden[i]))
			enable(fmt.Sprint("more", i), s.Hidden[i] < 16)
			enable(fmt.Sprint("fewer", i), s.Hidden[i] > 1)
		}
	}
}

// begin starts an experiment, also if the last one stopped because it diverged.
func (t *playTab) begin(e *playground.Experiment) {
	t.running = t.running || t.diverged
	if old := t.experiment; old != nil && (!slices.Equal(e.Inputs, old.Inputs) ||
		!slices.Equal(e.Hidden, old.Hidden)) {
		t.pinned, t.pointed = nil, nil // they may not exist any more
	}
	t.experiment, t.view, t.diverged, t.pending = e, e.NewView(), false, 0
	t.measure()
	byID("points").Set("innerHTML", e.PointsSVG())
	setHidden(byID("outside"), e.Outside() == 0)
	setText(byID("outside"), fmt.Sprintf("%d points are outside of the plot.", e.Outside()))
}

// measure starts to measure the speed.
func (t *playTab) measure() {
	t.timeMeasured = window.Get("performance").Call("now").Float()
	t.stepsMeasured, t.speed = t.experiment.Steps, 0
}

// frame makes the steps that are due since the last frame, but leaves time to draw. Steps for which
// there is no time are dropped.
func (t *playTab) frame(now, seconds float64) {
	if !t.running {
		return
	}
	rate, _ := strconv.ParseFloat(byID("speed").Get("value").String(), 64)
	if t.pending += rate * seconds; rate == 0 { // as fast as possible
		t.pending = math.Inf(1)
	}
	start := time.Now()
	for ; t.pending >= 1; t.pending-- {
		t.experiment.Step()
		if time.Since(start) > 8*time.Millisecond {
			t.pending = 0
			break
		}
	}
	// Drawing takes at most a third of the time, so that the page stays responsive. For a user who
	// prefers reduced motion, it is done twice a second.
	pause := 3*t.cost - 16
	if prefers("reduced-motion: reduce") {
		pause = 500
	}
	if now-t.drawn >= pause {
		start := time.Now()
		t.drawn = now
		t.drawMoving()
		// Hundreds of curves cost more than all pictures, and change slowly.
		if now-t.wiresDrawn > 100 {
			t.wiresDrawn = now
			t.drawWires()
		}
		t.cost = 0.8*t.cost + 0.2*float64(time.Since(start).Microseconds())/1000
	}
	if now-t.timeMeasured > 500 {
		t.speed = float64(t.experiment.Steps-t.stepsMeasured) / (now - t.timeMeasured) * 1000
		t.timeMeasured, t.stepsMeasured = now, t.experiment.Steps
		t.writeStatus()
	}
}

// draw draws everything.
func (t *playTab) draw() {
	if t.neurons == nil {
		return
	}
	t.drawMoving()
	t.drawWires()
	t.writeStatus()
}

// drawMoving draws what changes in each step.
func (t *playTab) drawMoving() {
	e, colors := t.experiment, palette()
	t.view.Update(e)
	t.drawPlane()
	t.view.DrawNetwork(t.neurons.Pixels, t.diagram, colors)
	t.neurons.show()
	if t.train, t.test = e.Record(); t.train.Diverged() {
		t.running, t.diverged = false, true
		t.writeStatus()
	}
}

func (t *playTab) drawPlane() {
	p := t.neuron()
	t.view.DrawPlane(t.plane.Pixels, p.Column, p.Neuron, palette())
	t.plane.show()
}

// writeStatus writes the status. If it were written in each step, it would change too fast to be
// read.
func (t *playTab) writeStatus() {
	e := t.experiment
	run := "Start"
	if t.running {
		run = "Pause"
	}
	setText(byID("run"), run)
	status := fmt.Sprintf("step %d", e.Steps)
	if t.running && t.speed > 0 {
		status += fmt.Sprintf(", %.0f steps a second", t.speed)
	}
	if t.diverged {
		status += ": the loss has diverged. Try a smaller learning rate."
	}
	for name, r := range map[string]playground.Result{"train": t.train, "test": t.test} {
		loss, accuracy := r.Text()
		setText(byID(name+"-loss"), loss)
		setText(byID(name+"-accuracy"), accuracy)
	}
	setHidden(byID("overfitting"), !e.Overfits())
	enable("run", !t.diverged)
	enable("step", !t.diverged)
	setText(byID("status"), status)
	showFigure(byID("curves"), e.Curves(), column(byID("curves")),
		fmt.Sprintf("The loss over the steps: %.3g on training data and %.3g on test data now",
			t.train.Loss, t.test.Loss))
	t.point()
}
