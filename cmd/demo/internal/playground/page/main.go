//go:build js && wasm

// Command page is the playground in a browser: it connects package playground, which computes, to
// the elements of index.html.
package main

import (
	"syscall/js"

	"github.com/gomicrograd/micrograd/cmd/demo/internal/playground"
)

// A page has the tabs.
type page struct {
	address playground.Address
	shown   string // the fragment of the address that is shown
	play    *playTab
	digits  *digitsTab
	graph   *graphTab
}

func main() {
	p := &page{address: playground.DefaultAddress()}
	p.play = newPlayTab(p)
	p.digits = newDigitsTab()
	p.graph = newGraphTab(p)
	tabs := playground.Tabs
	for i, name := range tabs {
		tab := byID("tab-" + name)
		on(tab, "click", func(js.Value) { p.open(name) })
		on(tab, "keydown", func(event js.Value) {
			var next int
			switch event.Get("key").String() {
			case "ArrowRight":
				next = (i + 1) % len(tabs)
			case "ArrowLeft":
				next = (i + len(tabs) - 1) % len(tabs)
			case "Home":
				next = 0
			case "End":
				next = len(tabs) - 1
			default:
				return
			}
			event.Call("preventDefault")
			p.open(tabs[next])
			byID("tab-" + tabs[next]).Call("focus")
		})
	}
	on(window, "hashchange", func(js.Value) { p.follow() })
	on(window, "resize", func(js.Value) { p.play.resized() })
	on(window.Call("matchMedia", "(prefers-color-scheme: dark)"), "change",
		func(js.Value) { p.draw() })
	setHidden(byID("loading"), true)
	setHidden(document.Call("querySelector", "main"), false)
	p.follow()

	var frame js.Func
	last := 0.0
	frame = js.FuncOf(func(this js.Value, args []js.Value) any {
		now := args[0].Float()
		switch p.address.Tab {
		case "playground":
			p.play.frame(now, min(now-last, 250)/1000)
		case "digits":
			p.digits.frame(now)
		}
		last = now
		window.Call("requestAnimationFrame", frame)
		return nil
	})
	window.Call("requestAnimationFrame", frame)
	select {} // the rest is events
}

// follow shows what the address says, and updates the address.
func (p *page) follow() {
	fragment := window.Get("location").Get("hash").String()
	err := p.address.Parse(fragment)
	setHidden(byID("notice"), err == nil)
	if err != nil {
		setText(byID("notice"), "Some of the address was left out:\n"+err.Error())
	}
	p.play.show(p.address.Settings)
	p.graph.show()
	p.shown = fragment
	p.moved("replaceState")
	p.openTab()
}

// moved updates the address: with pushState, so that the back button leads to the state before, or
// with replaceState.
func (p *page) moved(how string) {
	if fragment := p.address.Encode(); fragment != p.shown && attempt(window.Get("history"), how,
		nil, "", fragment) {
		p.shown = fragment
	}
}

func (p *page) open(tab string) {
	p.address.Tab = tab
	p.openTab()
	p.moved("pushState")
}

func (p *page) openTab() {
	for _, name := range playground.Tabs {
		tab := byID("tab-" + name)
		open := name == p.address.Tab
		tab.Call("setAttribute", "aria-selected", open)
		tab.Set("tabIndex", -1) // the arrow keys lead to it
		if open {
			tab.Set("tabIndex", 0)
		}
		setHidden(byID(name), !open)
	}
	if p.address.Tab == "digits" {
		p.digits.opened()
	}
	p.draw()
}

// draw draws the tab.
func (p *page) draw() {
	switch p.address.Tab {
	case "playground":
		p.play.resized()
	case "digits":
		p.digits.draw()
	case "graph":
		p.graph.draw()
	}
}
