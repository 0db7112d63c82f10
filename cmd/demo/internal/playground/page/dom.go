//go:build js && wasm

package main

import (
	"encoding/base64"
	"syscall/js"

	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/playground"
)

var (
	window   = js.Global()
	document = window.Get("document")
)

func byID(id string) js.Value { return document.Call("getElementById", id) }

// on calls f for each event of that name.
func on(target js.Value, event string, f func(event js.Value)) {
	target.Call("addEventListener", event, js.FuncOf(func(this js.Value, args []js.Value) any {
		f(args[0])
		return nil
	}))
}

// attempt calls a method that may throw an exception, as pushState does if it is called too often,
// and reports whether it succeeded. An exception that isn't caught would end the program.
func attempt(of js.Value, method string, args ...any) (ok bool) {
	defer func() { ok = recover() == nil }()
	of.Call(method, args...)
	return true
}

func setText(of js.Value, text string) {
	if of.Get("textContent").String() != text {
		of.Set("textContent", text)
	}
}

func setHidden(of js.Value, hidden bool) { of.Set("hidden", hidden) }

// prefers reports whether the user prefers something, such as "color-scheme: dark".
func prefers(what string) bool {
	return window.Call("matchMedia", "(prefers-"+what+")").Get("matches").Bool()
}

func palette() playground.Palette {
	if prefers("color-scheme: dark") {
		return playground.Dark
	}
	return playground.Light
}

// addOptions fills a select.
func addOptions(to js.Value, values, texts []string) {
	for i, value := range values {
		option := document.Call("createElement", "option")
		option.Set("value", value)
		option.Set("textContent", texts[i])
		to.Call("append", option)
	}
}

// showError shows an error beside its control, or removes it.
func showError(id string, err error) {
	control, text := byID(id), byID(id+"-error")
	control.Call("setAttribute", "aria-invalid", err != nil)
	setHidden(text, err == nil)
	if err != nil {
		setText(text, err.Error())
	}
}

// A canvas shows pixels.
type canvas struct {
	element, context, image, bytes js.Value
	*playground.Pixels
}

func newCanvas(id string, p *playground.Pixels) *canvas {
	c := &canvas{element: byID(id), Pixels: p}
	c.element.Set("width", p.Width)
	c.element.Set("height", p.Height)
	c.context = c.element.Call("getContext", "2d")
	c.image = c.context.Call("createImageData", p.Width, p.Height)
	c.bytes = c.image.Get("data")
	return c
}

func (c *canvas) show() {
	js.CopyBytesToJS(c.bytes, c.RGBA)
	c.context.Call("putImageData", c.image, 0, 0)
}

// showFigure shows a figure as an image of that width, with an alternative text.
func showFigure(img js.Value, f figure.Figure, width float64, alt string) {
	svg := figure.SVGOfWidth(f, width)
	img.Set("src", "data:image/svg+xml;base64,"+base64.StdEncoding.EncodeToString([]byte(svg)))
	img.Set("alt", alt)
}

// column returns the width of the column that an image is in, so that the text of a figure has its
// size. Figures aren't wider than 480 pixels.
func column(img js.Value) float64 {
	return min(480, img.Get("parentElement").Get("clientWidth").Float())
}

// pointer returns the position of an event in an element, in CSS pixels.
func pointer(event, element js.Value) (x, y float64) {
	box := element.Call("getBoundingClientRect")
	x = event.Get("clientX").Float() - box.Get("left").Float()
	y = event.Get("clientY").Float() - box.Get("top").Float()
	return x, y
}

// enable shows whether a button is enabled. A disabled button keeps the focus, so that keyboard
// users don't lose their place.
func enable(id string, enabled bool) { byID(id).Call("setAttribute", "aria-disabled", !enabled) }
