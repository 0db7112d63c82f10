//go:build js && wasm

package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall/js"

	"github.com/gomicrograd/micrograd/cmd/demo/playground"
)

// A graphTab is the third tab.
type graphTab struct {
	page        *page
	calculation *playground.Calculation
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
	on(byID("drawn"), "load", func(js.Value) { t.scroll() })
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

// scroll scrolls to the node of the step, once the graph is drawn.
func (t *graphTab) scroll() {
	g, _ := t.calculation.At(t.page.address.Step)
	if x, ok := g.MarkedAt(); ok {
		box := byID("graph-box")
		box.Set("scrollLeft", x-box.Get("clientWidth").Float()/2)
	}
}

func (t *graphTab) draw() {
	step, steps := t.page.address.Step, t.calculation.Steps()
	g, words := t.calculation.At(step)
	showFigure(byID("drawn"), g, 0, strings.Join(words, " "))
	setText(byID("as-text"), g.Text(false))
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
