package main

import (
	"cmp"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// The report is a single file, so that it can be kept and sent. Its figures are images rather than
// inline SVG, whose styles would apply to the whole page.
var (
	//go:embed report.html
	reportHTML     string
	reportTemplate = template.Must(template.New("report").Parse(reportHTML))
)

// A page is the data of the template.
type page struct {
	Name, Summary string
	Learned, Goal string
	Met           bool
	Settings      [][2]string
	Curve         *picture // nil if nothing was trained
	LossNote      string   // which loss it is, if there are several
	Figures       []picture
	Graph         picture
	Losses        [][2]string // epochs and losses
	Command       string
	CommandNote   string // what the command does differently
}

// A picture is a figure as an image and as text.
type picture struct {
	Source    template.URL
	Alt, Text string
}

// pictureOf returns a picture of a figure, with the alternative text alt, or with the figure's
// title.
func pictureOf(f figure.Figure, alt string) picture {
	svg, title := figure.SVGAndTitle(f)
	svg = base64.StdEncoding.EncodeToString([]byte(svg))
	return picture{template.URL("data:image/svg+xml;base64," + svg), cmp.Or(alt, title),
		figure.Text(f, 80, false)}
}

// writeReport writes the report of a run. It doesn't mention the time or the machine, so that the
// same run gives the same report.
func writeReport(w io.Writer, opts options, t *training, r result) error {
	p := page{
		Name: opts.example.name, Summary: opts.example.summary,
		Learned: r.learned, Goal: r.goal, Met: r.met, LossNote: r.lossNote,
		Settings: [][2]string{
			{"Model", t.model},
			{"Parameters", strconv.Itoa(len(t.params))},
			{"Epochs", fmt.Sprintf("%d of %d", t.epochsDone, opts.epochs)},
			{"Learning rate", minus(fmt.Sprint(opts.lr))},
			{"Seed", fmt.Sprint(opts.seed)},
		},
		Graph: pictureOf(lossGraph(r.rowLoss, t.params),
			fmt.Sprintf("The graph of the loss of one row, %.4g", r.rowLoss.Data)),
		Command: fmt.Sprintf("go run ./cmd/demo %s -epochs %d -lr %v -seed %d",
			opts.example.name, opts.epochs, opts.lr, opts.seed),
	}
	if opts.problem != "" {
		p.Command += " -problem " + opts.problem
	}
	if opts.load != "" {
		p.Settings = append(p.Settings, [2]string{"Loaded from", opts.load})
		p.Command += " -load " + quote(opts.load)
	}
	parts, ok := r.figure.(figure.Stack)
	if !ok {
		parts = figure.Stack{r.figure}
	}
	for _, f := range parts {
		p.Figures = append(p.Figures, pictureOf(f, ""))
	}
	if t.epochsDone < opts.epochs {
		p.Settings[2][1] += ", then interrupted"
		p.CommandNote = "The command trains for all epochs; this run was interrupted."
	}
	if opts.load != "" && filepath.Clean(opts.load) == filepath.Clean(opts.save) {
		p.CommandNote += " This run replaced the file that it loaded."
	}
	if losses, n := t.losses.Y, len(t.losses.Y); n > 0 {
		alt := fmt.Sprintf("The loss, %.4g in the first epoch and %.4g in the last", losses[0],
			losses[n-1])
		if r.losses == nil {
			curve := lossCurve(t.losses)
			r.losses = &curve
		}
		curve := pictureOf(*r.losses, alt)
		p.Curve = &curve
		for i, loss := range losses {
			if i == 0 || (i+1)*10/n > i*10/n { // the first epoch, and the last of each tenth
				p.Losses = append(p.Losses, [2]string{strconv.Itoa(i + 1),
					minus(fmt.Sprintf("%.4g", loss))})
			}
		}
	}
	return reportTemplate.Execute(w, p)
}

// lossCurve returns the curve of the losses. Its axis is logarithmic if they span more than two
// decades.
func lossCurve(losses figure.Curve) figure.Lines {
	least := math.Inf(1)
	for _, y := range losses.Y {
		if y > 0 {
			least = min(least, y)
		}
	}
	return figure.Lines{
		X:      "epochs",
		Y:      "loss",
		Log:    slices.Max(losses.Y) > 100*least,
		Curves: []*figure.Curve{{X: losses.X, Y: losses.Y}},
	}
}

// lossGraph calls root.Backward and returns the part of its graph that is nearest to root.
func lossGraph(root *micrograd.Value, params []*micrograd.Value) figure.Graph {
	for v := range root.All() {
		v.Grad = 0 // what training left
	}
	root.Backward()

	const maxNodes = 13
	shown := []*micrograd.Value{root}
	for i := 0; i < len(shown); i++ {
		for _, arg := range topOperands(shown[i].Args(), params) {
			if len(shown) < maxNodes && !slices.Contains(shown, arg) {
				shown = append(shown, arg)
			}
		}
	}
	var g figure.Graph
	index := map[*micrograd.Value]int{}
	for v := range root.All() {
		if !slices.Contains(shown, v) {
			continue
		}
		name := strings.ReplaceAll(v.OpName(), "-", "−")
		switch {
		case name != "":
		case slices.Contains(params, v):
			name = "parameter"
		default:
			name = "input"
		}
		n := figure.Node{
			Lines: []string{name, minus(fmt.Sprintf("data %.4g", v.Data)),
				minus(fmt.Sprintf("grad %.4g", v.Grad))},
			Marked: v == root,
		}
		more := 0
		for _, arg := range v.Args() {
			if i, ok := index[arg]; ok {
				n.Args = append(n.Args, i)
			} else {
				more++
			}
		}
		if more > 0 {
			n.Args = append(n.Args, len(g.Nodes))
			text := fmt.Sprintf("… %d more", more)
			g.Nodes = append(g.Nodes, figure.Node{Lines: []string{text}, Faint: true})
		}
		index[v] = len(g.Nodes)
		g.Nodes = append(g.Nodes, n)
	}
	return g
}

// topOperands returns the operands if there are at most four, and otherwise those three, inputs
// excepted, whose gradients are largest.
func topOperands(args, params []*micrograd.Value) []*micrograd.Value {
	if len(args) <= 4 {
		return args
	}
	importance := func(v *micrograd.Value) float64 {
		if v.OpName() == "" && !slices.Contains(params, v) {
			return -1 // an input
		}
		return math.Abs(v.Grad)
	}
	args = slices.Clone(args)
	slices.SortStableFunc(args, func(v, w *micrograd.Value) int {
		return cmp.Compare(importance(w), importance(v))
	})
	return args[:3]
}

// plain matches words that need no quotes in a POSIX shell.
var plain = regexp.MustCompile(`^[\w./-]+$`)

// quote returns a word that a POSIX shell reads as s.
func quote(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
