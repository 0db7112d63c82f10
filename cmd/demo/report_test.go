package main

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// A tag is an element of a page, with the text in it.
type tag struct {
	name, text string
	attr       map[string]string
}

// parsePage fails unless the text is a page whose tags are all closed, in order.
func parsePage(t *testing.T, text string) (tags []tag) {
	d := xml.NewDecoder(strings.NewReader(text))
	d.Entity = xml.HTMLEntity
	var open []int
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return tags
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			e := tag{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			open = append(open, len(tags))
			tags = append(tags, e)
		case xml.CharData:
			for _, i := range open {
				tags[i].text += string(token)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

func texts(tags []tag, name string) (all []string) {
	for _, e := range tags {
		if e.name == name {
			all = append(all, e.text)
		}
	}
	return all
}

// reportPage runs the demo, and returns what it prints and the page that it writes.
func reportPage(t *testing.T, args ...string) (lines []string, page string) {
	file := filepath.Join(t.TempDir(), "report.html")
	lines = succeed(t, append(args, "-html", file)...)
	require.Equal(t, "reported in "+file, lines[len(lines)-1])
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return lines[:len(lines)-1], string(text)
}

func TestReportShowsTheModelTheResultAndTheGraph(t *testing.T) {
	figures := map[string]int{"linear": 2, "iris": 2, "digits": 2, "pinn": 2, "fit": 2}
	for _, ex := range examples {
		lines, page := reportPage(t, ex.name, "-epochs", "2", "-seed", "3")
		tags := parsePage(t, page)
		assert.Equal(t, "en", tags[0].attr["lang"])
		assert.Equal(t, []string{ex.name + ": " + ex.summary}, texts(tags, "title"))
		assert.Equal(t, []string{ex.name}, texts(tags, "h1"))
		assert.Equal(t, []string{"Model and settings", "Loss", "Result",
			"Graph of the loss of one row", "Losses",
			"Reproduce this run"}, texts(tags, "h2"))

		verdict := regexp.MustCompile(`^after 2 epochs: (.*): (met|not met)\)$`).
			FindStringSubmatch(lines[len(lines)-1])
		p := texts(tags, "p")
		assert.Equal(t, ex.summary, p[0])
		want := map[string]string{"met": "✓ Goal met:\n",
			"not met": "✗ Goal not met:\n"}[verdict[2]] + verdict[1] + ")"
		assert.Equal(t, want, p[1])

		settings := texts(tags, "dd")
		assert.Equal(t, fmt.Sprintf("%s: %s, %s parameters", ex.name, settings[0], settings[1]),
			lines[0])
		assert.Equal(t, []string{"2 of 2", fmt.Sprint(ex.lr), "3"}, settings[2:])

		cells := texts(tags, "td")
		require.Len(t, cells, 4)
		for i := range 2 {
			assert.Equal(t, strconv.Itoa(i+1), cells[2*i])
			assert.InEpsilon(t, parseLoss(t, lines[1+i]), parseLoss(t, "loss "+cells[2*i+1]), 1e-3,
				ex.name)
		}

		images := 0
		for _, e := range tags {
			if e.name != "img" {
				continue
			}
			images++
			assert.Greater(t, len(e.attr["alt"]), 10, ex.name)
			data, ok := strings.CutPrefix(e.attr["src"], "data:image/svg+xml;base64,")
			require.True(t, ok)
			svg, err := base64.StdEncoding.DecodeString(data)
			require.NoError(t, err)
			assert.Equal(t, "svg", parsePage(t, string(svg))[0].name)
		}
		assert.Equal(t, 2+max(1, figures[ex.name]), images, ex.name)
		assert.Contains(t, page,
			`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`)
		link := `<a href="https://github.com/gomicrograd/micrograd">`
		require.Equal(t, 1, strings.Count(page, link), "where it is from")
		page = strings.Replace(page, link, "", 1)
		assert.Empty(t, regexp.MustCompile(`(?i)<script|https?:|<link|@import|url\(|ZgotmplZ`).
			FindAllString(page, -1))
		several := ex.name == "gan" || ex.name == "vanishing"
		assert.Equal(t, several, strings.Contains(page, " the loss of the "),
			"%s says which loss it is", ex.name)
	}
}

func TestReportHasTheLossOfEachTenth(t *testing.T) {
	_, page := reportPage(t, "linear", "-epochs", "200")
	var epochs []string
	for i, cell := range texts(parsePage(t, page), "td") {
		if i%2 == 0 {
			epochs = append(epochs, cell)
		}
	}
	assert.Equal(t, strings.Fields("1 20 40 60 80 100 120 140 160 180 200"), epochs)
}

func parseLoss(t *testing.T, line string) float64 {
	found := regexp.MustCompile(`loss (\S+)`).FindStringSubmatch(line)
	require.NotNil(t, found, line)
	return parseNumber(t, found[1])
}

func TestReportCommandReproducesTheReport(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no POSIX shell, and no such names")
	}
	dir := t.TempDir()
	net := filepath.Join(dir, `a 'net' of "mine" & $HOME <b>.json`)
	succeed(t, "iris", "-epochs", "1", "-save", net)
	for _, args := range [][]string{
		{"iris", "-epochs", "3", "-lr", "0.0123456789", "-seed", "18446744073709551615", "-load",
			net},
		{"moons", "-epochs", "1"},
		{"gan", "-epochs", "1", "-lr", "1e-20"},
	} {
		_, page := reportPage(t, args...)
		pre := texts(parsePage(t, page), "pre")
		command, ok := strings.CutPrefix(pre[len(pre)-1], "go run ./cmd/demo ")
		require.True(t, ok, pre)
		again := filepath.Join(dir, `a 'report' & "more" <b>.html`)
		cmd := exec.Command("sh", "-c", `"$DEMO" `+command+` -html "$AGAIN"`)
		cmd.Env = append(os.Environ(), "DEMO="+demo, "AGAIN="+again)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		text, err := os.ReadFile(again)
		require.NoError(t, err)
		assert.Equal(t, page, string(text), command)
	}
}

func TestReportNamesTheFileThatWasLoaded(t *testing.T) {
	net := filepath.Join(t.TempDir(), "net &amp; 'more'.json")
	succeed(t, "linear", "-epochs", "1", "-save", net)
	_, page := reportPage(t, "linear", "-epochs", "1", "-load", net)
	settings := texts(parsePage(t, page), "dd")
	assert.Equal(t, net, settings[len(settings)-1])
}

func TestReportOfAnUntrainedNetworkHasNoCurve(t *testing.T) {
	for _, ex := range examples {
		_, page := reportPage(t, ex.name, "-epochs", "0")
		tags := parsePage(t, page)
		assert.Contains(t, texts(tags, "p"), "The model was not trained, so there is no curve.")
		assert.Equal(t, "0 of 0", texts(tags, "dd")[2])
		assert.NotContains(t, texts(tags, "h2"), "Losses")
		assert.NotContains(t, page, "NaN", ex.name)
	}
}

func TestReportSaysThatTheRunWasInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be sent an interrupt there")
	}
	file := filepath.Join(t.TempDir(), "report.html")
	cmd := exec.Command(demo, "moons", "-epochs", "1000000000", "-html", file)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = stdout.Read(make([]byte, 1)) // when it prints, it listens
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	var rest bytes.Buffer
	_, err = rest.ReadFrom(stdout)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	done := regexp.MustCompile(`after (\d+) epochs?:`).FindStringSubmatch(rest.String())[1]
	tags := parsePage(t, string(text))
	assert.Equal(t, []string{done + " of 1000000000, then interrupted", "1", "1"},
		texts(tags, "dd")[2:])
	assert.Contains(t, texts(tags, "p")[len(texts(tags, "p"))-1],
		"The command trains for all epochs; this run was interrupted.")
	pre := texts(tags, "pre")
	assert.Equal(t, "go run ./cmd/demo moons -epochs 1000000000 -lr 1 -seed 1", pre[len(pre)-1])
}

func TestReportIsWholeOrNotWritten(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "report.html")
	require.NoError(t, os.WriteFile(file, []byte("precious"), 0o666))
	_, _, status := runDemo(t, "linear", "-lr", "5", "-html", file)
	require.Equal(t, 1, status)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(text))

	// What is written over would be lost by all its names; what is replaced, by one.
	other := filepath.Join(dir, "other.html")
	require.NoError(t, os.Link(file, other))
	succeed(t, "linear", "-epochs", "1", "-html", file)
	text, err = os.ReadFile(other)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(text))

	_, stderr, status := runDemo(t, "linear", "-html", filepath.Join(dir, "no", "where"))
	assert.Equal(t, 1, status)
	assert.Contains(t, stderr, filepath.Join(dir, "no", "where"))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 2, "nothing is left beside them")
}

func TestSaveMayReplaceTheFileThatWasLoaded(t *testing.T) {
	net := filepath.Join(t.TempDir(), "net.json")
	succeed(t, "linear", "-epochs", "1", "-save", net)
	report := filepath.Join(t.TempDir(), "report.html")
	succeed(t, "linear", "-epochs", "1", "-load", net, "-save", net, "-html", report)
	page, err := os.ReadFile(report)
	require.NoError(t, err)
	assert.Contains(t, string(page), "This run replaced the file that it loaded.")
	succeed(t, "linear", "-epochs", "1", "-load", net, "-html", report)
	page, err = os.ReadFile(report)
	require.NoError(t, err)
	assert.NotContains(t, string(page), "This run replaced")
}

func TestReportGraphShowsNumbersAndGradients(t *testing.T) {
	a, b := micrograd.New(-2), micrograd.New(3)
	a.Grad, b.Grad = 100, 100 // left by training
	root := a.Mul(b).Sub(a).MulC(0.5)
	g := lossGraph(root, []*micrograd.Value{a})
	assert.Equal(t, []figure.Node{
		{Lines: []string{"parameter", "data −2", "grad 1"}},
		{Lines: []string{"input", "data 3", "grad −1"}},
		{Lines: []string{"*", "data −6", "grad 0.5"}, Args: []int{0, 1}},
		{Lines: []string{"−", "data −4", "grad 0.5"}, Args: []int{2, 0}},
		{Lines: []string{"*", "data −2", "grad 1"}, Args: []int{3}, Marked: true},
	}, g.Nodes)
}

func TestReportGraphSaysHowMuchItLeavesOut(t *testing.T) {
	n := &micrograd.Neuron{W: micrograd.Values(0.1, 0.2, 0.3, 0.4), B: micrograd.New(0.5),
		Act: micrograd.Tanh}
	root := n.Forward(micrograd.Values(1, -2, 3, 0.5))
	target := micrograd.Values(0, 0, 1, 0, 0)
	logits := []*micrograd.Value{n.W[0].MulC(1), n.W[1].MulC(2), n.W[2].MulC(3), n.W[3].MulC(4),
		n.B.MulC(-100)}
	most := lossGraph(micrograd.Dot(target, logits), n.Parameters())
	assert.Equal(t, []string{"*", "data 0.9", "grad 1"}, most.Nodes[5].Lines,
		"what carries the gradient is there, though inputs have greater ones")
	g := lossGraph(root, n.Parameters())
	var lines []string
	for _, n := range g.Nodes {
		lines = append(lines, strings.Join(n.Lines[:min(2, len(n.Lines))], " "))
	}
	assert.Equal(t, []string{"parameter data 0.1", "parameter data 0.2", "parameter data 0.3",
		"… 6 more", "linear data 1.3", "Tanh data 0.8617"}, lines,
		"those stay whose gradients, which are the inputs times the same, are the greatest")
	assert.Equal(t, []int{0, 1, 2, 3}, g.Nodes[4].Args)
	assert.True(t, g.Nodes[3].Faint)

	// What is nearest to the root is shown, and the rest of a chain is left out.
	v := micrograd.New(1)
	for range 100 {
		v = v.Mul(v)
	}
	g = lossGraph(v, nil)
	assert.Len(t, g.Nodes, 14)
	assert.Equal(t, figure.Node{Lines: []string{"… 2 more"}, Faint: true}, g.Nodes[0])
	assert.True(t, g.Nodes[13].Marked)
}

func TestLossesThatSpanDecadesHaveALogarithmicAxis(t *testing.T) {
	for _, c := range []struct {
		log    bool
		losses []float64
	}{
		{false, []float64{1}}, {false, []float64{1, 0.5, 2}}, {false, []float64{0, 0}}, {false,
			[]float64{1, 0}},
		{true, []float64{1, 0.5, 0.001}}, {true, []float64{0.001, 1}}, {true,
			[]float64{1, 0.001, 0}},
	} {
		assert.Equal(t, c.log,
			lossCurve(figure.Curve{X: make([]float64, len(c.losses)), Y: c.losses}).Log, c.losses)
	}
}
