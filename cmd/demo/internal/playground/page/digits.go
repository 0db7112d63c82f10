//go:build js && wasm

package main

import (
	"fmt"
	"syscall/js"
	"time"

	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/playground"
)

// A digitsTab is the second tab.
type digitsTab struct {
	classifier *playground.DigitClassifier // nil until the tab is opened: it takes a moment
	sheet      *playground.Sheet
	image      *canvas
	filters    *canvas
	running    bool
	epoch      int     // that was drawn
	drawn      float64 // when, in ms
}

func newDigitsTab() *digitsTab {
	t := &digitsTab{
		sheet:   playground.NewSheet(),
		image:   newCanvas("image", playground.NewPixels(8, 8)),
		filters: newCanvas("filters", playground.FiltersPicture()),
	}
	on(byID("digits-run"), "click", func(js.Value) {
		t.running = !t.running && !t.classifier.Done()
		t.draw()
	})
	on(byID("digits-reset"), "click", func(js.Value) {
		t.classifier = playground.NewDigitClassifier(1)
		t.running = true
		t.draw()
	})
	list := byID("probabilities")
	for i := range 10 {
		item := document.Call("createElement", "li")
		item.Set("innerHTML", fmt.Sprintf(`<span>%d</span>`+
			`<progress max="1" value="0" aria-label="probability of %[1]d"></progress>`+
			`<span></span>`, i))
		list.Call("append", item)
	}
	pad := byID("pad")
	on(pad, "pointerdown", func(event js.Value) {
		if event.Get("button").Int() != 0 {
			return
		}
		attempt(pad, "setPointerCapture", event.Get("pointerId"))
		t.sheet.Begin(t.place(pointer(event, pad)))
		t.draw()
	})
	on(pad, "pointermove", func(event js.Value) {
		if event.Get("buttons").Int()&1 != 0 {
			t.sheet.Move(t.place(pointer(event, pad)))
			t.draw()
		}
	})
	on(pad, "pointerup", func(js.Value) { t.sheet.Up() })
	on(pad, "pointercancel", func(js.Value) { t.sheet.Up() })
	on(pad, "keydown", func(event js.Value) {
		if t.sheet.Key(event.Get("key").String()) {
			event.Call("preventDefault")
			t.draw()
			pen := "The pen is up."
			if t.sheet.Down {
				pen = "The pen is down."
			}
			setText(byID("pen"), pen)
		}
	})
	on(pad, "focus", func(js.Value) { t.draw() })
	on(pad, "blur", func(js.Value) { t.draw() })
	on(byID("clear"), "click", func(js.Value) {
		t.sheet.Clear()
		t.draw()
	})
	return t
}

// place returns the position of an event on the sheet, which may be scaled.
func (t *digitsTab) place(x, y float64) playground.Place {
	scale := playground.SheetSize / byID("pad").Get("clientWidth").Float()
	return playground.Place{X: x * scale, Y: y * scale}
}

// opened starts the training, the first time.
func (t *digitsTab) opened() {
	if t.classifier == nil {
		t.classifier = playground.NewDigitClassifier(1)
		samples := byID("samples")
		showFigure(samples, figure.Images{Images: t.classifier.Samples(2)}, column(samples),
			"two images of each digit")
		t.running = !prefers("reduced-motion: reduce")
	}
}

func (t *digitsTab) frame(now float64) {
	if !t.running {
		return
	}
	for start := time.Now(); time.Since(start) < 12*time.Millisecond && !t.classifier.Done(); {
		t.classifier.Step()
	}
	t.running = !t.classifier.Done()
	pause := 150.0
	if prefers("reduced-motion: reduce") {
		pause = 1000
	}
	if now-t.drawn > pause || !t.running {
		t.drawn = now
		t.draw()
	}
}

func (t *digitsTab) draw() {
	c := t.classifier
	run := "Start"
	switch {
	case t.running:
		run = "Pause"
	case c.Done():
		run = "Done"
	}
	setText(byID("digits-run"), run)
	enable("digits-run", !c.Done())
	byID("digits-progress").Set("value", c.Progress())
	if c.Epoch != t.epoch || byID("digits-status").Get("textContent").String() == "" {
		t.epoch = c.Epoch
		status := "The network is untrained."
		misread := "Once it has trained, see here which held-out digits it gets wrong."
		if c.Epoch > 0 {
			status = fmt.Sprintf("epoch %d of %d: loss %.3g; accuracy %.1f %% on held-out digits",
				c.Epoch, playground.Epochs, c.TrainLoss.Y[c.Epoch-1], c.Accuracy())
			misread = fmt.Sprintf("These %d of %d held-out digits are misread.", len(c.Misread),
				playground.HeldOut)
		}
		setText(byID("digits-status"), status)
		curve := byID("digits-curve")
		showFigure(curve, c.Curves(), column(curve), status)
		setText(byID("about-misread"), misread)
		shown := c.Misread[:min(24, len(c.Misread))]
		setHidden(byID("misread"), len(shown) == 0)
		showFigure(byID("misread"), figure.Images{Images: shown}, column(curve), misread)
	}

	t.drawSheet()
	image := t.sheet.Drawing.Image()
	prediction := c.Predict(image)
	playground.DrawImage(t.image.Pixels, image)
	t.image.show()
	best, p := prediction.Best()
	blank := len(t.sheet.Drawing) == 0
	if blank {
		prediction.FeatureMaps = nil
	}
	c.DrawFilters(t.filters.Pixels, prediction, palette())
	t.filters.show()

	items := byID("probabilities").Get("children")
	for i, p := range prediction.Probabilities {
		if blank {
			p = 0
		}
		item := items.Index(i)
		item.Get("children").Index(1).Set("value", p)
		setText(item.Get("children").Index(2), playground.Percent(p))
		item.Get("classList").Call("toggle", "best", i == best && !blank)
	}
	text := "Nothing is drawn yet."
	if !blank {
		text = fmt.Sprintf("Predicted: %d, with a probability of %s.", best, playground.Percent(p))
	}
	setText(byID("reading"), text)
}

// drawSheet draws the strokes and the position of the keyboard's pen.
func (t *digitsTab) drawSheet() {
	pad := byID("pad")
	context := pad.Call("getContext", "2d")
	context.Call("clearRect", 0, 0, playground.SheetSize, playground.SheetSize)
	ink := window.Call("getComputedStyle", pad).Get("color")
	context.Set("strokeStyle", ink)
	context.Set("lineWidth", 22)
	context.Set("lineCap", "round")
	context.Set("lineJoin", "round")
	context.Call("stroke", window.Get("Path2D").New(t.sheet.Drawing.Path()))
	if document.Get("activeElement").Equal(pad) && pad.Call("matches", ":focus-visible").Bool() {
		pen := t.sheet.Pen
		context.Set("lineWidth", 2)
		context.Call("beginPath")
		context.Call("arc", pen.X, pen.Y, 14, 0, 7)
		context.Call("stroke")
		if t.sheet.Down {
			context.Set("fillStyle", ink)
			context.Call("fill")
		}
	}
}
