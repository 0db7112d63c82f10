//go:build js && wasm

package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall/js"

	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/playground"
)

// A graphTab is the third tab.
type graphTab struct {
	page        *page
	calculation *playground.Calculation
	inputs      []string        // of the calculation
	fixed       map[string]bool // the inputs that a descent step doesn't change
}

func newGraphTab(p *page) *graphTab {
	t := &graphTab{page: p}
	var names, titles []string
	for _, f := range playground.Formulas {
		names, titles = append(names, f.Name), append(titles, f.Title)
	}
	addOptions(byID("formula"), names, titles)
	setText(byID("functions"), strings.Join(playground.Functions(), ", "))
	on(byID("formula"), "change", func(js.Value) {
		p.address.Parse("formula=" + byID("formula").Get("value").String())
		t.fixed = nil
		t.show()
		t.draw()
		p.moved("pushState")
	})
	text := byID("text")
	on(text, "input", func(js.Value) { t.typed(text.Get("value").String()) })
	on(text, "change", func(js.Value) { p.moved("pushState") })
	for id, step := range map[string]func() int{
		"first": func() int { return 0 },
		"back":  func() int { return p.address.Step - 1 },
		"next":  func() int { return p.address.Step + 1 },
		"last":  func() int { return t.calculation.Steps() },
	} {
		on(byID(id), "click", func(js.Value) { t.goTo(step()) })
	}
	for _, id := range []string{"nudged", "nudge"} {
		on(byID(id), "input", func(js.Value) { t.nudge() })
	}
	on(byID("descend"), "click", func(event js.Value) { t.descend() })
	on(byID("edit"), "submit", func(event js.Value) { event.Call("preventDefault") })
	drawn := byID("drawn")
	on(drawn, "load", func(js.Value) { // it fills its box, if that makes its text a little larger
		width := drawn.Get("naturalWidth").Float()
		drawn.Get("style").Set("minWidth", fmt.Sprintf("%gpx", width))
		drawn.Get("style").Set("maxWidth", fmt.Sprintf("%gpx", 1.4*width))
		t.scroll()
	})
	on(byID("at"), "input", func(js.Value) {
		n, _ := strconv.Atoi(byID("at").Get("value").String())
		t.goTo(n)
	})
	return t
}

// show updates the controls from the address. The caller draws.
func (t *graphTab) show() {
	a := t.page.address
	byID("formula").Set("value", a.Formula)
	if text := byID("text"); text.Get("value").String() != a.Text {
		text.Set("value", a.Text)
	}
	t.calculation, _ = playground.NewCalculation(a.Text) // an address has no text that is wrong
	t.refuse(nil)
	setText(byID("descend-says"), "")
	if inputs := t.calculation.Inputs(); !slices.Equal(inputs, t.inputs) || t.fixed == nil {
		t.inputs, t.fixed = inputs, map[string]bool{}
		for _, f := range playground.Formulas {
			for _, name := range f.Data {
				t.fixed[name] = t.fixed[name] || f.Name == a.Formula
			}
		}
		t.showInputs()
	}
}

// showInputs lists the inputs where one is nudged, and where those that learn are checked.
func (t *graphTab) showInputs() {
	nudged, learned := byID("nudged"), byID("learned")
	nudged.Set("textContent", "")
	learned.Set("textContent", "")
	addOptions(nudged, t.inputs, t.inputs)
	for _, name := range t.inputs {
		label := document.Call("createElement", "label")
		box := document.Call("createElement", "input")
		box.Set("type", "checkbox")
		box.Set("checked", !t.fixed[name])
		on(box, "change", func(js.Value) { t.fixed[name] = !box.Get("checked").Bool() })
		label.Call("append", box, " "+name)
		learned.Call("append", label)
	}
	for _, name := range t.inputs {
		if !t.fixed[name] {
			nudged.Set("value", name)
			break
		}
	}
}

// nudge shows what a nudge of an input changes.
func (t *graphTab) nudge() {
	hundredths, _ := strconv.Atoi(byID("nudge").Get("value").String())
	by := float64(hundredths) / 100
	setText(byID("nudge-text"), strings.ReplaceAll(fmt.Sprint(by), "-", "−"))
	text := "Give a number a name, such as x = 3, to nudge it."
	if len(t.inputs) > 0 {
		text = t.calculation.Nudge(byID("nudged").Get("value").String(), by)
	}
	setText(byID("nudge-says"), text)
}

// descend makes a step of gradient descent, and shows the end of the new calculation.
func (t *graphTab) descend() {
	rate, _ := strconv.ParseFloat(byID("rate").Get("value").String(), 64)
	var learn []string
	for _, name := range t.inputs {
		if !t.fixed[name] {
			learn = append(learn, name)
		}
	}
	if learn == nil {
		setText(byID("descend-says"), "Check an input that the step may change.")
		return
	}
	before, old := t.calculation.Result()
	text, err := t.calculation.Descend(rate, learn)
	if err == nil {
		err = t.page.address.SetText(text)
	}
	if err != nil {
		setText(byID("descend-says"), err.Error())
		return
	}
	t.show()
	t.draw()
	t.page.moved("pushState")
	after, result := t.calculation.Result()
	text = before + " → " + after
	if !(result <= old) {
		text += ". The result rose: the rate is too large."
	}
	setText(byID("descend-says"), text)
}

// refuse shows what is wrong with the text, and that the graph is not of it.
func (t *graphTab) refuse(err error) {
	showError("text", err)
	setHidden(byID("stale"), err == nil)
	var wrong *playground.FormulaError
	if errors.As(err, &wrong) {
		setText(byID("text-error"), wrong.Pointing(byID("text").Get("value").String()))
	}
}

// typed sets the user's formula, or shows what is wrong with it.
func (t *graphTab) typed(text string) {
	if err := t.page.address.SetText(text); err != nil {
		t.refuse(err)
		return
	}
	t.show()
	t.draw()
}

func (t *graphTab) goTo(step int) {
	t.page.address.Step = max(0, min(t.calculation.Steps(), step))
	t.draw()
	t.page.moved("replaceState")
}

// scroll scrolls to the nodes of the step, once the graph is drawn. If there isn't room for all,
// the left ones, which receive a gradient, are in view.
func (t *graphTab) scroll() {
	g, _ := t.calculation.At(t.page.address.Step)
	if left, right, ok := g.Focus(); ok {
		box := byID("graph-box")
		room := box.Get("clientWidth").Float() - (right - left)
		box.Set("scrollLeft", left-max(12, room/2))
	}
}

func (t *graphTab) draw() {
	step, steps := t.page.address.Step, t.calculation.Steps()
	g, words := t.calculation.At(step)
	t.nudge()
	showFigure(byID("drawn"), g, 0, strings.Join(words, " "))
	setText(byID("as-text"), figure.Text(g, 80, false))
	at := byID("at")
	at.Set("max", steps)
	at.Set("value", step)
	setText(byID("at-text"), fmt.Sprintf("%d of %d", step, steps))
	enable("first", step > 0)
	enable("back", step > 0)
	enable("next", step < steps)
	enable("last", step < steps)
	box := byID("words")
	box.Set("textContent", "")
	for _, line := range words {
		p := document.Call("createElement", "p")
		p.Set("textContent", line)
		box.Call("append", p)
	}
}
