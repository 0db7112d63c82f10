// Package browsertest drives the playground in a real browser. It is a module of its own, so that
// what it needs isn't needed by the library. Where there is no Chromium, its tests are skipped.
package browsertest

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	root    = filepath.Join("..", "..", "..", "..", "..")
	demo    string          // the program
	site    string          // the address of the page, which cmd/demo serves
	browser context.Context // nil if there is none
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && chromium == "" {
			chromium = path
		}
	}
	if chromium == "" {
		fmt.Println("skipped: there is no chromium")
		return m.Run()
	}
	demo = filepath.Join(os.TempDir(), fmt.Sprintf("demo%d.exe", os.Getpid()))
	defer os.Remove(demo)
	if out, err := exec.Command("go", "build", "-C", root, "-o", demo,
		"./cmd/demo").CombinedOutput(); err != nil {
		panic(string(out))
	}
	server := exec.Command(demo, "playground", "-addr", "localhost:0")
	server.Dir = root
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		panic(err)
	}
	defer server.Wait()
	defer server.Process.Signal(os.Interrupt)
	for lines := bufio.NewScanner(out); site == "" && lines.Scan(); {
		if after, ok := strings.CutPrefix(lines.Text(), "serving at "); ok {
			site, _, _ = strings.Cut(after, ",")
		}
	}
	if site == "" {
		panic("the page isn't served")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	browser, cancel = chromedp.NewContext(ctx)
	defer cancel()
	if err := chromedp.Do(browser); err != nil {
		panic(err)
	}
	return m.Run()
}

// A tab is a page in the browser.
type tab struct {
	*testing.T
	ctx context.Context
}

// open opens the page at a fragment of its address, as a new visitor.
func open(t *testing.T, fragment string, before ...chromedp.Action[chromedp.Void]) *tab {
	if browser == nil {
		t.Skip("there is no browser")
	}
	return openAt(t, site, fragment, before...)
}

// openAt opens the page as some server has it. When the test ends, it fails if there was anything
// in the console, or a request to elsewhere.
func openAt(t *testing.T, site, fragment string, before ...chromedp.Action[chromedp.Void]) *tab {
	ctx, cancel := chromedp.NewContext(browser)
	tab := &tab{t, ctx}
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)))
	messages, requests := chromedp.Console(ctx), chromedp.Events(ctx, network.RequestWillBeSent)
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	noted := make(chan []string, 2)
	go func() {
		var all []string
		for m, err := range messages {
			if err != nil {
				break
			}
			all = append(all, fmt.Sprintf("in the console: %s %s", m.Type, m.Text))
		}
		noted <- all
	}()
	go func() {
		var all []string
		for r, err := range requests {
			if err != nil {
				break
			}
			if !strings.HasPrefix(r.Request.URL, site) && !strings.HasPrefix(r.Request.URL,
				"data:") {
				all = append(all, "a request to elsewhere: "+r.Request.URL)
			}
		}
		noted <- all
	}()
	t.Cleanup(func() {
		cancel()
		assert.Empty(t, append(<-noted, <-noted...))
	})
	require.NoError(t, chromedp.Do(ctx, before...))
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(site+fragment)))
	tab.until("the page is ready", `!document.querySelector("main").hidden`)
	return tab
}

// eval returns what an expression of JavaScript comes to.
func eval[T any](t *tab, expression string) T {
	t.Helper()
	x, err := chromedp.Run(t.ctx, chromedp.Evaluate[T](expression))
	require.NoError(t, err, expression)
	return x
}

// until waits until an expression is true.
func (t *tab) until(what, expression string) {
	t.Helper()
	require.Eventually(t, func() bool { return eval[bool](t, expression) }, time.Minute,
		30*time.Millisecond, what)
}

func (t *tab) text(id string) string {
	t.Helper()
	return eval[string](t, fmt.Sprintf("document.getElementById(%q).textContent", id))
}

func (t *tab) shows(id, text string) {
	t.Helper()
	t.until(id+" shows "+text, fmt.Sprintf("document.getElementById(%q).textContent.includes(%q)",
		id, text))
}

func (t *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	require.NoError(t, chromedp.Do(t.ctx, steps...))
}

func (t *tab) click(id string) { t.Helper(); t.do(chromedp.Click(chromedp.ID(id))) }

func (t *tab) press(keys ...string) {
	t.Helper()
	for _, key := range keys {
		t.do(chromedp.KeyEvent(key))
	}
}

// set gives a control a value, as a user would: by typing it and leaving the control.
func (t *tab) set(id, value string) {
	t.Helper()
	t.do(chromedp.Focus(chromedp.ID(id)))
	if eval[bool](t, fmt.Sprintf("document.getElementById(%q).tagName == 'SELECT'", id)) {
		eval[bool](t,
			fmt.Sprintf("(e => { e.value = %q; return e.dispatchEvent(new Event('change')) })"+
				"(document.getElementById(%q))", value, id))
		return
	}
	eval[chromedp.Void](t, fmt.Sprintf("document.getElementById(%q).select()", id))
	t.press(value, kb.Tab)
}

// pixels returns a canvas as text.
func (t *tab) pixels(id string) string {
	t.Helper()
	return eval[string](t, fmt.Sprintf("document.getElementById(%q).toDataURL()", id))
}

// numbers returns the groups of a pattern in what an element shows.
func (t *tab) numbers(id, pattern string) (xs []float64) {
	t.Helper()
	text := t.text(id)
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	require.NotNil(t, found, "%q in %q", pattern, text)
	for _, s := range found[1:] {
		x, err := strconv.ParseFloat(strings.ReplaceAll(s, "−", "-"), 64)
		require.NoError(t, err)
		xs = append(xs, x)
	}
	return xs
}

// wires are the curves of the diagram.
const wires = `[...document.querySelectorAll("#wires path[class]")]
	.map(p => p.getAttribute("d")).join()`

// results returns the steps, the training loss and the training accuracy.
func (t *tab) results() (steps, loss, accuracy float64) {
	t.Helper()
	return t.numbers("status", `step (\d+)`)[0], t.numbers("train-loss", `(.+)`)[0],
		t.numbers("train-accuracy", `(.+) %`)[0]
}

// learning opens the page and starts learning.
func learning(t *testing.T, fragment string) *tab {
	t.Helper()
	tab := open(t, fragment)
	tab.click("run")
	return tab
}

func TestPageIsReadyAndLearnsWhenItIsStarted(t *testing.T) {
	start := time.Now()
	tab := open(t, "")
	t.Logf("ready after %v", time.Since(start))
	assert.Equal(t, "Start", tab.text("run"))
	assert.Contains(t, tab.text("status"), "step 0")
	plane, neurons := tab.pixels("plane"), tab.pixels("neurons")
	tab.click("run")
	tab.set("speed", "100")
	tab.until("it is past step 100",
		`+document.getElementById("status").textContent.match(/step (\d+)/)[1] > 100`)
	steps, loss, _ := tab.results()
	assert.NotEqual(t, plane, tab.pixels("plane"))
	assert.NotEqual(t, neurons, tab.pixels("neurons"))
	tab.until("the loss is down to a tenth",
		`+document.getElementById("train-loss").textContent < 0.15`)
	stepsLater, lossLater, accuracy := tab.results()
	assert.Greater(t, stepsLater, steps)
	assert.Less(t, lossLater, loss)
	assert.Greater(t, accuracy, 90.0)
	assert.Contains(t, eval[string](tab, `document.getElementById("curves").src.slice(0, 26)`),
		"data:image/svg+xml;base64,")
	assert.Greater(t, eval[float64](tab, `document.getElementById("curves").naturalWidth`), 100.0,
		"the figure is drawn under the policy")
	assert.Regexp(t, `^The loss over the steps: 0\.\d+ on training data`,
		eval[string](tab, `document.getElementById("curves").alt`))

	tab.click("run")
	assert.Equal(t, "Start", tab.text("run"))
	paused := tab.text("status")
	plane = tab.pixels("plane")
	tab.do(chromedp.Sleep(300 * time.Millisecond))
	assert.Equal(t, paused, tab.text("status"))
	assert.Equal(t, plane, tab.pixels("plane"))

	tab.click("step")
	assert.Equal(t, tab.numbers("status", `step (\d+)`)[0], 1+tab.number(paused))
	assert.NotEqual(t, plane, tab.pixels("plane"))
	tab.click("reset")
	tab.shows("status", "step 0")
}

func (t *tab) number(status string) float64 {
	n, err := strconv.ParseFloat(regexp.MustCompile(`step (\d+)`).FindStringSubmatch(status)[1], 64)
	require.NoError(t, err)
	return n
}

func TestPageChangesTheNetwork(t *testing.T) {
	tab := learning(t, "")
	squares := func() int {
		return eval[int](tab,
			`document.getElementById("frames").getAttribute("d").split("z").length - 1`)
	}
	assert.Equal(t, 2+8+8+1, squares())
	tab.click("more")
	assert.Equal(t, 2+8+8+8+1, squares())
	tab.click("fewer1")
	assert.Equal(t, 2+8+7+8+1, squares())
	tab.click("fewer")
	tab.click("fewer")
	assert.Equal(t, 2+8+1, squares())
	assert.Equal(t, "true", eval[string](tab,
		`document.getElementById("fewer").getAttribute("aria-disabled")`))
	tab.click("fewer")
	assert.Equal(t, 2+8+1, squares(), "one layer stays")
	assert.True(t, eval[bool](tab, `document.getElementById("layer1").hidden`))
	assert.Equal(t, "Pause", tab.text("run"), "it goes on learning")
	weights := eval[string](tab, wires)
	tab.click("run")
	tab.click("gradients")
	assert.NotEqual(t, weights, eval[string](tab, wires))
}

func TestPageHidesTestDataOnRequest(t *testing.T) {
	tab := open(t, "")
	visible := func(selector string) int {
		return eval[int](tab, fmt.Sprintf(`[...document.querySelectorAll("#points %s")]
			.filter(e => e.checkVisibility()).length`, selector))
	}
	assert.Equal(t, []int{100, 100}, []int{visible(".hollow"), visible(":not(.hollow, .axes)")})
	tab.click("show-test")
	assert.Equal(t, []int{0, 100}, []int{visible(".hollow"), visible(":not(.hollow, .axes)")})
	tab.click("reset")
	assert.Equal(t, 0, visible(".hollow"), "they stay hidden")
}

func TestPageHasExperimentsToTry(t *testing.T) {
	tab := open(t, "")
	eval[chromedp.Void](tab, `[...document.querySelectorAll("#guides a")]
		.find(a => a.textContent == "Rate too high").click()`)
	tab.until("the settings are set", `document.getElementById("lr").value == "10"`)
	assert.Equal(t, "SGD", eval[string](tab, `document.getElementById("optimizer").value`))
	assert.Equal(t, "Pause", tab.text("run"), "it begins")
	assert.Contains(t, tab.text("watch"), "Rate too high: Each step goes too far")
	tab.until("the top is in view", "scrollY < 60")
}

func TestPageRefusesWhatMakesNoSenseBesideItsControl(t *testing.T) {
	tab := open(t, "")
	tab.set("lr", "fast")
	assert.Equal(t, `found "fast", want a number from 0.00001 to 10`, tab.text("lr-error"))
	assert.Equal(t, "true", eval[string](tab,
		`document.getElementById("lr").getAttribute("aria-invalid")`))
	assert.True(t, eval[bool](tab, `document.getElementById("lr-error").checkVisibility()`))
	assert.Contains(t, eval[string](tab, "location.hash"), "lr=0.01")
	tab.set("lr", "0.5")
	assert.False(t, eval[bool](tab, `document.getElementById("lr-error").checkVisibility()`))
	assert.Contains(t, eval[string](tab, "location.hash"), "lr=0.5")
	tab.set("size", "10")
	assert.Contains(t, tab.text("size-error"), "want a whole number from 20 to 1000")
	tab.set("noise", "much")
	tab.click("more")
	assert.Contains(t, tab.text("size-error"), "want a whole number",
		"it stays until its control is mended")
	assert.Contains(t, tab.text("noise-error"), "want a number")
	assert.Equal(t, "much", eval[string](tab, `document.getElementById("noise").value`))
}

func TestPageSaysThatALearningRateIsTooHigh(t *testing.T) {
	tab := learning(t, "#activation=Identity&loss=half+squared+error&optimizer=SGD&lr=10")
	tab.shows("status", "the loss has diverged. Try a smaller learning rate.")
	assert.Equal(t, "true", eval[string](tab,
		`document.getElementById("run").getAttribute("aria-disabled")`))
	tab.set("lr", "0.01")
	tab.shows("run", "Pause")
	tab.shows("train-accuracy", "8")
}

func TestPageAddressHoldsTheExperiment(t *testing.T) {
	tab := open(t, "#data=circles&hidden=3&lr=0.03")
	assert.Equal(t, "circles", eval[string](tab, `document.getElementById("data").value`))
	assert.Equal(t, "3", tab.text("neurons0"))
	tab.set("data", "xor")
	tab.click("more0")
	assert.Equal(t,
		"#tab=playground&data=xor&noise=0.08&size=100&data-seed=1&inputs=x%2Cy&hidden=4"+
			"&activation=Tanh&seed=1&loss=cross-entropy&optimizer=Adam&lr=0.03&l2=0&batch=20",
		eval[string](tab, "location.hash"))
	assert.Equal(t, 4, eval[int](tab, "history.length"), "a blank page, the first, and two changes")
	eval[chromedp.Void](tab, "history.back()")
	tab.shows("neurons0", "3")
	assert.Equal(t, "xor", eval[string](tab, `document.getElementById("data").value`))
	eval[chromedp.Void](tab, "history.back()")
	tab.until("the data are circles again", `document.getElementById("data").value == "circles"`)
	eval[chromedp.Void](tab, "history.forward()")
	tab.until("the data are xor again", `document.getElementById("data").value == "xor"`)
	eval[chromedp.Void](tab, `location.hash = "#data=spirals&noise=7&tab=nowhere"`)
	tab.until("the data are spirals", `document.getElementById("data").value == "spirals"`)
	assert.Contains(t, tab.text("notice"),
		`Noise: found "7", want a number from 0 to 0.4; it is 0.08 now`)
	assert.Contains(t, tab.text("notice"),
		`tab: found "nowhere", want one of playground, digits, graph`)

	// What an address doesn't say stays, and so does what was learned, where it can.
	tab.click("run")
	tab.until("it has learned something",
		`+document.getElementById("status").textContent.match(/step (\d+)/)[1] > 60`)
	tab.set("lr", "0.5")
	tab.click("tab-digits")
	assert.Equal(t, "#tab=digits", eval[string](tab, "location.hash"))
	eval[chromedp.Void](tab, "history.back()")
	tab.until("the tab is back", `document.getElementById("playground").checkVisibility()`)
	eval[chromedp.Void](tab, "history.back()")
	tab.until("the rate is back", `document.getElementById("lr").value == "0.03"`)
	assert.Equal(t, "spirals", eval[string](tab, `document.getElementById("data").value`))
	assert.Greater(t, tab.numbers("status", `step (\d+)`)[0], 60.0)
}

func TestPageSurvivesAFlawOfTheBrowser(t *testing.T) {
	tab := open(t, "")
	eval[chromedp.Void](tab, `history.pushState = history.replaceState = () => {
		throw new DOMException("too often", "SecurityError")
	}`)
	tab.click("more")
	assert.Equal(t, "3", tab.text("layers"))
	tab.click("tab-digits")
	for _, event := range []string{`"pointerdown", {pointerId: 77, buttons: 1}`,
		`"pointercancel", {pointerId: 77}`} {
		eval[bool](tab,
			`document.getElementById("pad").dispatchEvent(new PointerEvent(`+event+`))`)
	}
	tab.shows("reading", "Predicted: ")
	tab.click("clear")
	tab.shows("reading", "Nothing is drawn yet.")
}

// squares returns places inside the squares of the network, in the order of the columns.
func (t *tab) squares() [][]float64 {
	t.Helper()
	return eval[[][]float64](t, `(() => {
		let box = document.getElementById("wires").getBoundingClientRect()
		let d = document.getElementById("frames").getAttribute("d")
		return [...d.matchAll(/M([\d.]+) ([\d.]+)/g)]
			.map(m => [box.left + +m[1] + 12, box.top + +m[2] + 12])
	})()`)
}

func TestPageShowsTheSelectedNeuronInThePlane(t *testing.T) {
	tab := open(t, "#hidden=2")
	tab.click("step") // so that there is a gradient
	prediction := tab.pixels("plane")
	squares := tab.squares()
	shows := func(title, numbers string, others, lit bool) {
		t.Helper()
		assert.Equal(t, title, tab.text("plane-title"))
		assert.Regexp(t, numbers, tab.text("numbers"))
		assert.Equal(t, others, tab.pixels("plane") != prediction)
		assert.Equal(t, lit,
			eval[bool](tab, `!!document.getElementById("lit").getAttribute("d")`))
	}
	const neuron1 = `^neuron 1 of hidden layer 1: a₁ = tanh\(\S+·x [+−] \S+·y [+−] \S+\)$`
	const neuron2 = `^neuron 2 of hidden layer 1: a₂ = tanh\(\S+·x [+−] \S+·y [+−] \S+\)$`
	shows("Prediction", "^Point at a neuron, ", false, false)
	tab.do(chromedp.MouseEvent("mouseMoved", squares[3][0], squares[3][1]))
	shows("Neuron 2 of hidden layer 1", neuron2, true, true)
	tab.do(chromedp.MouseEvent("mouseMoved", squares[4][0], squares[4][1]))
	shows("Prediction", `^the output: score = \S+·a₁ [+−] \S+·a₂ `, false, true)
	tab.do(chromedp.MouseEvent("mouseMoved", 2, 2))
	shows("Prediction", "^Point at a neuron, ", false, false)

	tab.do(chromedp.MouseClickXY(squares[2][0], squares[2][1]))
	tab.do(chromedp.MouseEvent("mouseMoved", 2, 2))
	shows("Neuron 1 of hidden layer 1", neuron1, true, true)
	tab.click("step")
	tab.click("reset")
	shows("Neuron 1 of hidden layer 1", neuron1, true, true)
	tab.click("more0")
	shows("Prediction", "^Point at a neuron, ", true, false)

	tab.click("fewer0")
	tab.click("step")
	tab.do(chromedp.Focus(chromedp.ID("network")))
	tab.press(kb.ArrowDown)
	shows("Neuron 1 of hidden layer 1", neuron1, true, true)
	assert.Equal(t, tab.text("numbers"), tab.text("said"))
	tab.press(kb.ArrowLeft)
	shows("Prediction", `^the weight from input x to neuron 1 of hidden layer 1: `+
		`w = \S+; gradient in the last step: \S+$`, false, true)
	tab.press(kb.Escape)
	shows("Prediction", "^Point at a neuron, ", false, false)
}

func TestPageShowsATappedNeuronOnAPhone(t *testing.T) {
	tab := open(t, "#hidden=2", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile,
		chromedp.EmulateTouch))
	eval[chromedp.Void](tab, `document.getElementById("network").scrollIntoView({block: "end"})`)
	spot := tab.squares()[3]
	tab.do(chromedp.TapXY(spot[0], spot[1]))
	tab.shows("plane-title", "Neuron 2 of hidden layer 1")
	tab.do(chromedp.Sleep(300 * time.Millisecond))
	assert.Equal(t, "Neuron 2 of hidden layer 1", tab.text("plane-title"), "it stays")
	assert.True(t, eval[bool](tab,
		`document.getElementById("plane").getBoundingClientRect().bottom > 200`),
		"much of the plane is in view with the network")
}

func TestPageHasSlidersAndInputs(t *testing.T) {
	tab := open(t, "")
	eval[bool](tab, `(e => { e.value = e.max; return e.dispatchEvent(new Event("input")) })(
		document.getElementById("noise-slider"))`)
	assert.Equal(t, "0.4", eval[string](tab, `document.getElementById("noise").value`))
	assert.Contains(t, eval[string](tab, "location.hash"), "noise=0.4")
	tab.set("noise", "0")
	assert.Equal(t, "0", eval[string](tab, `document.getElementById("noise-slider").value`))
	tab.click("input4")
	assert.Contains(t, eval[string](tab, "location.hash"), "inputs=x%2Cy%2Cxy&")
	tab.click("input0")
	tab.click("input1")
	tab.click("input4")
	assert.Contains(t, eval[string](tab, "location.hash"), "inputs=xy&", "one stays")
	assert.True(t, eval[bool](tab, `document.getElementById("input4").checked`))
}

// predicted matches what the page says of a digit.
func predicted(digit int) string {
	return fmt.Sprintf(`^Predicted: %d, with a probability of (over )?\d+\x{a0}%%\.$`, digit)
}

func TestPageReadsWhatIsDrawn(t *testing.T) {
	tab := open(t, "#tab=digits")
	start := time.Now()
	assert.Equal(t, "Nothing is drawn yet.", tab.text("reading"))
	tab.until("it has learned", `document.getElementById("digits-run").textContent == "Done"`)
	t.Logf("learned after %v", time.Since(start))
	assert.Greater(t, tab.numbers("digits-status",
		`epoch 12 of 12: loss \S+; accuracy (\S+) %`)[0], 95.0)

	box := eval[[]float64](tab,
		`(b => [b.left, b.top])(document.getElementById("pad").getBoundingClientRect())`)
	line := func(points ...float64) {
		for i := 0; i < len(points); i += 2 {
			x, y := box[0]+points[i], box[1]+points[i+1]
			if i == 0 {
				tab.do(chromedp.MouseEvent("mousePressed", x, y, chromedp.ButtonLeft))
				continue
			}
			tab.do(chromedp.MouseEvent("mouseMoved", x, y, chromedp.ButtonLeft))
		}
		tab.do(chromedp.MouseEvent("mouseReleased", box[0], box[1], chromedp.ButtonLeft))
	}
	filters := tab.pixels("filters")
	line(150, 30, 145, 130, 140, 250)
	assert.Regexp(t, predicted(1), tab.text("reading"))
	assert.Greater(t, eval[float64](tab,
		`document.querySelectorAll("#probabilities progress")[1].value`), 0.5)
	assert.NotEqual(t, filters, tab.pixels("filters"))
	tab.click("clear")
	assert.Equal(t, "Nothing is drawn yet.", tab.text("reading"))
	line(140, 30, 90, 60, 75, 140, 90, 220, 140, 250, 190, 220, 205, 140, 190, 60, 140, 30)
	assert.Regexp(t, predicted(0), tab.text("reading"))

	// By keyboard: a 1.
	tab.do(chromedp.Focus(chromedp.ID("pad")))
	tab.press(kb.Delete, " ")
	for range 12 {
		tab.press(kb.ArrowDown)
	}
	assert.Equal(t, "The pen is down.", tab.text("pen"))
	tab.press(" ")
	assert.Equal(t, "The pen is up.", tab.text("pen"))
	assert.Regexp(t, predicted(1), tab.text("reading"))
}

func TestPageStepsThroughAGraph(t *testing.T) {
	tab := open(t, "#tab=graph")
	assert.Equal(t, "0 of 11", tab.text("at-text"))
	tab.click("next")
	assert.Equal(t, "u1 = w · x = 2 · 3 = 6", tab.text("words"))
	src := eval[string](tab, `document.getElementById("drawn").src`)
	tab.click("last")
	assert.Contains(t, tab.text("words"), "∂L/∂w += ∂L/∂u1 · x = −2 · 3 = −6")
	assert.NotEqual(t, src, eval[string](tab, `document.getElementById("drawn").src`))
	assert.Regexp(t, `w +data 2 +grad −6`, tab.text("as-text"))
	tab.click("next")
	assert.Equal(t, "11 of 11", tab.text("at-text"), "there is no more")
	tab.click("back")
	assert.Equal(t, "#tab=graph&formula=squared-error&step=10", eval[string](tab, "location.hash"))

	assert.Contains(t, tab.text("nudge-says"), "The gradient of w is −6. If w goes from 2 to 2.1, "+
		"L goes from 2 to 1.445, a change of −0.555.")
	tab.click("descend")
	assert.Equal(t, "L = 2 → L = 1.62", tab.text("descend-says"))
	assert.Equal(t, "x = 3; y = 9\nw = 2.06; b = 1.02\nL = 0.5 * (y - w*x - b)^2",
		eval[string](tab, `document.getElementById("text").value`))
	assert.Equal(t, "0 of 11", tab.text("at-text"))
	tab.click("descend")
	assert.Regexp(t, `^x = 3; y = 9\nw = 2.114; b = 1.038\n`,
		eval[string](tab, `document.getElementById("text").value`), "x and y stay data")
	eval[chromedp.Void](tab, `document.querySelector("#learned input").click()`)
	tab.click("descend")
	assert.Regexp(t, `^x = 3.\d+; y = 9\n`,
		eval[string](tab, `document.getElementById("text").value`))

	tab.do(chromedp.Focus(chromedp.ID("text")))
	eval[chromedp.Void](tab, `document.getElementById("text").select()`)
	tab.press("3 + 4")
	tab.click("last")
	assert.Contains(t, tab.text("nudge-says"), "Give a number a name")
	tab.click("descend")
	assert.Contains(t, tab.text("descend-says"), "Check an input")

	tab.set("formula", "micrograd")
	assert.Zero(t, eval[int](tab, `document.getElementById("graph-box").scrollLeft`))
	tab.do(chromedp.Focus(chromedp.ID("at")))
	for range 25 {
		tab.press(kb.ArrowRight)
	}
	tab.until("the node is in view", `document.getElementById("graph-box").scrollLeft > 300`)
	tab.click("last")
	assert.Contains(t, tab.text("words"), "which makes 645.6")

	tab.do(chromedp.Focus(chromedp.ID("text")))
	eval[chromedp.Void](tab, `document.getElementById("text").select()`)
	tab.press("x = 5; x*+x")
	assert.True(t, eval[bool](tab, `document.getElementById("stale").checkVisibility()`))
	assert.Equal(t, "line 1, column 10: found \"+\", want a number, a name or a (\n"+
		"x = 5; x*+x\n         ^", tab.text("text-error"))
	tab.press(kb.Backspace, kb.Backspace, "x")
	assert.False(t, eval[bool](tab, `document.getElementById("text-error").checkVisibility()`))
	tab.click("last")
	assert.Contains(t, tab.text("words"), "∂L/∂x += ∂L/∂L · x = 1 · 5 = 5, which makes 10")
	assert.Equal(t, "own", eval[string](tab, `document.getElementById("formula").value`))
}

func TestPageWorksOnAnyServerFromASubPath(t *testing.T) {
	if browser == nil {
		t.Skip("there is no browser")
	}
	dir := t.TempDir()
	build := exec.Command(demo, "playground", "-o", dir)
	build.Dir = root
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	server := httptest.NewServer(http.StripPrefix("/deep/down", http.FileServer(http.Dir(dir))))
	defer server.Close()
	tab := openAt(t, server.URL+"/deep/down/", "#data=xor")
	assert.Equal(t, "xor", eval[string](tab, `document.getElementById("data").value`))
}

func TestPageIsReachedByKeysAlone(t *testing.T) {
	for _, name := range []string{"playground", "digits", "graph"} {
		tab := open(t, "#tab="+name)
		eval[chromedp.Void](tab, "document.activeElement.blur()")
		want := eval[[]string](tab, `[...document.querySelectorAll(
			"button, input, select, textarea, [tabindex='0']")]
			.filter(e => e.checkVisibility() && e.tabIndex == 0).map(e => e.id)`)
		assert.GreaterOrEqual(t, len(want), 5)
		reached := map[string]bool{}
		links := eval[int](tab, "document.links.length")
		for range len(want) + links + 2 { // and the summary, and once around
			tab.press(kb.Tab)
			reached[eval[string](tab, "document.activeElement.id")] = true
		}
		for _, id := range want {
			assert.True(t, reached[id], "%s in %s", id, name)
		}
	}
	tab := open(t, "")
	tab.do(chromedp.Focus(chromedp.ID("tab-playground")))
	tab.press(kb.ArrowRight)
	assert.Equal(t, "tab-digits", eval[string](tab, "document.activeElement.id"))
	assert.True(t, eval[bool](tab, `document.getElementById("digits").checkVisibility()`))
	tab.press(kb.ArrowRight, kb.ArrowRight)
	assert.True(t, eval[bool](tab, `document.getElementById("playground").checkVisibility()`))
	tab.do(chromedp.Focus(chromedp.ID("run")))
	tab.press(" ")
	assert.Equal(t, "Pause", tab.text("run"))
	tab.press("\r")
	assert.Equal(t, "Start", tab.text("run"))
}

func media(features ...string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		var p emulation.SetEmulatedMediaParams
		for i := 0; i < len(features); i += 2 {
			p.Features = append(p.Features, &emulation.MediaFeature{Name: features[i],
				Value: features[i+1]})
		}
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, p)
		return err
	})
}

func TestPageMovesNothingForThoseWhoPreferThat(t *testing.T) {
	tab := open(t, "", media("prefers-reduced-motion", "reduce"))
	assert.Equal(t, "Start", tab.text("run"))
	before := tab.text("status")
	tab.do(chromedp.Sleep(300 * time.Millisecond))
	assert.Equal(t, before, tab.text("status"))
	tab.click("tab-digits")
	assert.Equal(t, "Start", tab.text("digits-run"))
}

func TestPageFitsEveryWidth(t *testing.T) {
	tab := open(t, "#hidden=16,16,16,16&inputs=x,y,x²,y²,xy,sin+πx,sin+πy")
	for _, width := range []int64{360, 390, 600, 799, 800, 850, 910, 1159, 1160, 1280, 1920} {
		tab.do(chromedp.EmulateViewport(width, 800))
		for _, name := range []string{"playground", "digits", "graph"} {
			tab.click("tab-" + name)
			assert.LessOrEqual(t, eval[int](tab, "document.documentElement.scrollWidth"),
				int(width), name)
			// What scrolls has a bar; other elements show all that is in them.
			cut := eval[[]string](tab, `[...document.querySelectorAll("main *")]
				.filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 &&
					getComputedStyle(e).overflowX != "visible" && e.clientWidth > 1 &&
					!e.closest("#graph-box, pre, textarea, input, select, svg"))
				.map(e => e.tagName + " " + e.id)`)
			assert.Empty(t, cut, "%s at %d", name, width)
		}
		tab.click("tab-playground")
		if width >= 800 {
			assert.Less(t, eval[int](tab,
				`document.querySelector("#playground .bar").offsetHeight`), 60,
				"the bar is one line at %d", width)
		}
	}
}

func TestPageShowsPlaneNetworkAndLossWithoutScrolling(t *testing.T) {
	tab := open(t, "", chromedp.EmulateViewport(1280, 800))
	for _, id := range []string{"run", "plane", "network", "curves", "test-loss"} {
		assert.LessOrEqual(t, eval[float64](tab, fmt.Sprintf(
			`document.getElementById(%q).getBoundingClientRect().bottom`, id)), 800.0, id)
	}
	places := func() string {
		return eval[string](tab, `JSON.stringify(
			[...document.querySelectorAll("main h2, main p, main canvas, main img, main label")]
			.map(e => e.getBoundingClientRect()))`)
	}
	before := places()
	tab.click("gradients")
	assert.True(t, before == places(), "nothing moves")
	for _, spot := range tab.squares() {
		tab.do(chromedp.MouseEvent("mouseMoved", spot[0], spot[1]))
		assert.True(t, before == places(), "nor if a neuron is pointed at")
	}
}

func TestPageSaysWhenTheNetworkOverfits(t *testing.T) {
	tab := open(t, "")
	visible := `document.getElementById("overfitting").checkVisibility()`
	eval[chromedp.Void](tab, `[...document.querySelectorAll("#guides a")]
		.find(a => a.textContent == "Overfitting").click()`)
	tab.until("the settings are set", `document.getElementById("size").value == "40"`)
	assert.False(t, eval[bool](tab, visible))
	tab.set("speed", "0")
	tab.until("it says so", visible)
	tab.click("reset")
	tab.until("it begins anew", "!"+visible)
}

func TestPageIsFastEnoughToWatch(t *testing.T) {
	tab := learning(t, "#hidden=16,16&activation=ReLU&loss=hinge&batch=100&optimizer=SGD&lr=1")
	for _, speed := range []string{"100", "0"} {
		tab.set("speed", speed)
		tab.do(chromedp.Sleep(2 * time.Second))
		frames, err := chromedp.Run(tab.ctx, chromedp.Evaluate[float64](`new Promise(done => {
			let n = 0, start = performance.now()
			const frame = () => {
				n++
				if (performance.now() - start > 2000) done(n / 2)
				else requestAnimationFrame(frame)
			}
			requestAnimationFrame(frame)
		})`, chromedp.EvalAwaitPromise))
		require.NoError(t, err)
		t.Logf("%.0f frames a second; %s", frames, tab.text("status"))
		assert.Positive(t, frames)
	}
}

// axe-core looks for what keeps people out. AXE names its file, axe.min.js.
func TestAxeFindsNoViolation(t *testing.T) {
	file := os.Getenv("AXE")
	if file == "" {
		t.Skip("AXE doesn't name a file of axe-core")
	}
	axe, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, fragment := range []string{"#lr=99", "#tab=digits", "#tab=graph&step=3"} {
		tab := open(t, fragment)
		eval[chromedp.Void](tab, string(axe))
		for _, scheme := range []string{"light", "dark"} {
			tab.do(media("prefers-color-scheme", scheme))
			found, err := chromedp.Run(tab.ctx, chromedp.Evaluate[[]string](
				`axe.run().then(r => r.violations.map(v =>
					v.id + ": " + v.help + ": " + v.nodes.map(n => n.html).join(" ")))`,
				chromedp.EvalAwaitPromise))
			require.NoError(t, err)
			assert.Empty(t, found, "%s in %s", fragment, scheme)
		}
	}
}
