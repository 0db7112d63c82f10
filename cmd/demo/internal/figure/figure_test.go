package figure

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An element of an SVG document, and the text in it.
type element struct {
	name, text string
	attr       map[string]string
}

// parse fails unless the figure is well-formed XML.
func parse(t *testing.T, f Figure) (elements []element) {
	require.NotContains(t, SVG(f), "%!", "what fmt writes for a mistake")
	d := xml.NewDecoder(strings.NewReader(SVG(f)))
	var open []int
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			require.Empty(t, open)
			return elements
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			e := element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			open = append(open, len(elements))
			elements = append(elements, e)
		case xml.CharData:
			if len(open) > 0 {
				elements[open[len(open)-1]].text += string(token)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

func TestStackHasTheTitlesOfItsFigures(t *testing.T) {
	titleOf := func(f Figure) string {
		svg, title := SVGAndTitle(f)
		assert.Equal(t, SVG(f), svg)
		return title
	}
	assert.Equal(t, "One & two", titleOf(Table{Title: "One & two"}))
	assert.Equal(t, "One two", titleOf(Stack{Table{Title: "One"}, Lines{Title: "two"}}))
	assert.Empty(t, titleOf(Lines{}))
}

// count returns how many elements have the name and, among their classes, the class.
func count(elements []element, name, class string) (n int) {
	for _, e := range elements {
		if e.name == name && (class == "" || slices.Contains(strings.Fields(e.attr["class"]),
			class)) {
			n++
		}
	}
	return n
}

// The classes are the left and the right half of the plane; one point of each is on the wrong side.
var halves = Field{
	Title:   "Halves",
	X:       "across",
	Y:       "up",
	Classes: []string{"left", "right"},
	Points: []Point{{X: -1}, {X: -0.5, Y: 1}, {1, 0, 1, false}, {0.5, 1, 1, false},
		{-0.8, 0.5, 1, true}, {0.8, 0.5, 0, true}},
	Classify: func(x, y float64) (int, float64) {
		if x > 0 {
			return 1, x
		}
		return 0, -x
	},
}

// One of each kind, as examples have them.
var (
	lines = Lines{Title: "Two curves", X: "epochs", Y: "loss", Curves: []*Curve{
		{"falling", []float64{1, 2, 3, 4, 5}, []float64{1, 0.5, 0.25, 0.12, 0.06}, false},
		Level("level", 0.3, 1, 5)}}
	bars = Bars{Title: "Five bars", X: "layer", Y: "norm", Log: true,
		Labels: []string{"first", "second", "third"},
		Series: []Series{{"one", []float64{1e-6, 1e-3, 1}}, {"two", []float64{0.5, 0.2}}}}
	histogram = Histogram{Title: "Two samples", X: "x",
		Samples: []Sample{{"real", []float64{1, 2, 2, 3}}, {"made", []float64{2, 2, 3, 3, 4}}}}
	images = Images{Title: "Two images", Images: []Image{
		Picture("5 as 6", []float64{0, 1, 0, 1, 0, 1, 0, 1, 0}, 3, 0, 1), {"",
			[][]float64{{0.5, 0.25}}}}}
	table = Table{Title: "A table", Header: []string{"name", "a", "b"},
		Rows: [][]string{{"x < y & z", "1", "2"}, {"long name", "10", "20"}}}
	graph = Graph{Title: "A graph", Nodes: []Node{{Lines: []string{"a", "2"}, Faint: true},
		{Lines: []string{"b", "3"}, Faint: true},
		{Lines: []string{"a·b", "6"}, Args: []int{0, 1}}, {Lines: []string{"ab + a", "8"},
			Args: []int{2, 0}, Marked: true}}}
)

func TestSVGHoldsAllData(t *testing.T) {
	e := parse(t, lines)
	assert.Equal(t, 2, count(e, "path", "data"))
	assert.Equal(t, 4, count(e, "path", "curve"), "and two in the legend")

	e = parse(t, halves)
	assert.Equal(t, 6+2, count(e, "use", ""), "and two in the legend")
	assert.Equal(t, 2+1, count(e, "path", "ink"), "crosses, and one in the legend")

	e = parse(t, bars)
	assert.Equal(t, 5, count(e, "rect", "data"))

	e = parse(t, histogram)
	assert.Equal(t, bins, count(e, "rect", "data"))
	assert.Equal(t, 1, count(e, "path", "data"))
	assert.Equal(t, bins+1, count(e, "use", ""), "and one in the legend")

	e = parse(t, images)
	assert.Equal(t, 2, count(e, "g", "data"))

	e = parse(t, table)
	assert.Equal(t, 3, count(e, "g", "data"))
	var texts []string
	for _, e := range e {
		if e.name == "text" {
			texts = append(texts, e.text)
		}
	}
	assert.Equal(t, []string{"A table", "name", "a", "b", "x < y & z", "1", "2", "long name", "10",
		"20"}, texts)

	e = parse(t, graph)
	assert.Equal(t, 4, count(e, "rect", "box"))
	assert.Equal(t, 4, count(e, "path", "wire"))
	assert.Equal(t, 2, count(e, "path", "tip"))
	assert.Equal(t, 1, count(e, "rect", "marked"))
	assert.Equal(t, 2, count(e, "rect", "faint"))
	assert.Regexp(t, `(?m)^ *→ +ab \+ a  8$`, Text(graph, 80, false))

	all := parse(t, Stack{lines, halves, bars, histogram, images, table, graph})
	assert.Equal(t, 2+1+0, count(all, "path", "data"))
	assert.Equal(t, 5+bins+4, count(all, "rect", "data"))
}

func TestCurvesAreWhereTheirPointsAre(t *testing.T) {
	e := parse(t, Lines{Curves: []*Curve{{"", []float64{0, 1, 2}, []float64{0, 10, 0}, false}}})
	var d string
	for _, e := range e {
		if strings.Contains(e.attr["class"], "data") {
			d = e.attr["d"]
		}
	}
	var x0, y0, x1, y1, x2, y2 float64
	_, err := fmt.Sscanf(d, "M%f %fL%f %fL%f %f", &x0, &y0, &x1, &y1, &x2, &y2)
	require.NoError(t, err, d)
	assert.InDelta(t, (x0+x2)/2, x1, 0.11)
	assert.InDelta(t, 190, y0-y1, 0.11, "the whole height")
	assert.Equal(t, y0, y2)
	assert.InDelta(t, defaultWidth-margin-4, x2, 0.11)
}

func TestBarsAreAsLongAsTheirNumbers(t *testing.T) {
	heights := func(b Bars) (h []float64) {
		for _, e := range parse(t, b) {
			if e.name == "rect" && strings.Contains(e.attr["class"], "data") {
				x, err := strconv.ParseFloat(e.attr["height"], 64)
				require.NoError(t, err)
				h = append(h, x)
			}
		}
		return h
	}
	labels := []string{"a", "b", "c"}
	h := heights(Bars{Labels: labels, Series: []Series{{"", []float64{10, 5, -5}}}})
	assert.InDelta(t, h[0], 2*h[1], 0.5)
	assert.InDelta(t, h[1], h[2], 0.5, "below zero bars hang")
	h = heights(Bars{Log: true, Labels: labels, Series: []Series{{"", []float64{0.1, 10, 1000}}}})
	assert.InDeltaSlice(t, []float64{38, 114, 190}, h, 0.5, "the shortest is seen, too")
}

// oddNumbers is what networks make when training fails, and when it doesn't.
var oddNumbers = map[string][]float64{
	"nothing":      nil,
	"one":          {3},
	"NaN":          {math.NaN()},
	"NaN and some": {1, math.NaN(), 2, math.Inf(1), 3, math.Inf(-1)},
	"zeros":        {0, 0, 0},
	"all equal":    {7, 7, 7, 7},
	"nearly equal": {1, 1 + 1e-15, 1},
	"huge":         {-math.MaxFloat64, math.MaxFloat64, 1},
	"very huge":    {math.MaxFloat64, math.MaxFloat64 / 2},
	"tiny":         {5e-324, 1e-300, 0},
	"tiniest":      {5e-324, 1e-323},
	"wide":         {1e-300, 1e300},
	"negative":     {-1, -2, -3},
	"far and near": {1e15, 1e15 + 1, 1e15 + 2},
}

func oddFigures(xs []float64) map[string]Figure {
	count := make([]float64, len(xs))
	labels := make([]string, len(xs))
	var points []Point
	for i, x := range xs {
		count[i] = float64(i)
		labels[i] = fmt.Sprint("number ", i)
		points = append(points, Point{x, 1, i % 3, true}, Point{X: 1, Y: x},
			Point{x, x, 1, false})
	}
	return map[string]Figure{
		"lines": Lines{Title: "lines", X: "x", Y: "y",
			Curves: []*Curve{{"a", count, xs, false}, {"b", count, xs, true}}},
		"lines log": Lines{Log: true, Curves: []*Curve{{"a", count, xs, false}}},
		"lines upright": Lines{
			Curves: []*Curve{{"a", slices.Sorted(slices.Values(xs)), count, false}}},
		"no lines": Lines{},
		"field": Field{Points: points, Classes: []string{"a", "b", "c"},
			Classify: func(x, y float64) (int, float64) { return 1, x * y }},
		"points": Field{Points: points},
		"bars": Bars{X: "x", Y: "y", Labels: labels,
			Series: []Series{{"a", xs}, {"b", xs}}},
		"bars log":     Bars{Log: true, Labels: labels, Series: []Series{{"a", xs}}},
		"missing bars": Bars{Labels: []string{"a", "b"}, Series: []Series{{"a", xs}, {"b", nil}}},
		"histogram":    Histogram{X: "x", Samples: []Sample{{"a", xs}, {"b", xs}, {"c", nil}}},
		"no samples":   Histogram{},
		"images": Images{Images: []Image{{"a", [][]float64{xs, nil, xs}}, {"b", nil},
			Picture("c", xs, 2, 0, 0)}},
		"table":    Table{Header: labels, Rows: [][]string{labels, nil}},
		"no graph": Graph{},
		"graph":    Graph{Nodes: []Node{{}, {Args: []int{0, 0}}, {Lines: labels}}},
		"stack":    Stack{},
	}
}

var number = regexp.MustCompile(`^-?[0-9.]+$`)

func TestFiguresDrawOddNumbers(t *testing.T) {
	for of, xs := range oddNumbers {
		for kind, f := range oddFigures(xs) {
			name := kind + " of " + of
			for _, color := range []bool{false, true} {
				for _, columns := range []int{40, 80} {
					lines := strings.Split(Text(f, columns, color), "\n")
					assert.Empty(t, lines[len(lines)-1], name)
					for _, line := range lines {
						room := columns + 20
						if kind == "table" || kind == "graph" {
							room = 100
						}
						assert.LessOrEqual(t, textWidth(line), room, "%s: %q", name, line)
					}
				}
			}
			e := parse(t, f)
			width, err := strconv.ParseFloat(e[0].attr["width"], 64)
			require.NoError(t, err)
			height, err := strconv.ParseFloat(e[0].attr["height"], 64)
			require.NoError(t, err)
			for _, e := range e {
				assert.NotContains(t, e.attr["d"], "NaN", name)
				assert.NotContains(t, e.attr["d"], "Inf", name)
				assert.NotContains(t, e.attr["d"], "e+", name)
				for attr, limit := range map[string]float64{"x": width, "y": height, "width": width,
					"height": height} {
					if v, ok := e.attr[attr]; ok {
						require.Regexp(t, number, v, "%s: %v", name, e)
						x, err := strconv.ParseFloat(v, 64)
						require.NoError(t, err)
						assert.True(t, x > -10 && x <= limit+10, "%s: %s=%s of %v", name, attr, v,
							e)
					}
				}
			}
		}
	}
}

// boxes returns where texts are.
func boxes(t *testing.T, f Figure) (texts []string, at [][4]float64) {
	for _, e := range parse(t, f) {
		if e.name != "text" {
			continue
		}
		x, err := strconv.ParseFloat(e.attr["x"], 64)
		require.NoError(t, err)
		y, err := strconv.ParseFloat(e.attr["y"], 64)
		require.NoError(t, err)
		w := width(e.text)
		switch e.attr["text-anchor"] {
		case "middle":
			x -= w / 2
		case "end":
			x -= w
		}
		texts, at = append(texts, e.text), append(at, [4]float64{x, y - 10, x + w, y + 3})
	}
	return texts, at
}

func TestTextsStayOnThePageAndApart(t *testing.T) {
	figures := map[string]Figure{"lines": lines, "field": halves, "bars": bars,
		"histogram": histogram, "images": images, "table": table, "graph": graph,
		"all": Stack{lines, halves, bars, histogram, images, table, graph},
		"long": Lines{Title: strings.Repeat("A title that is too long for one line ", 4),
			X: "the number of epochs", Y: "the logarithm of something",
			Curves: []*Curve{{"a curve with a long name", []float64{123456, 234567},
				[]float64{1.00001, 1.00002}, false}, {Name: "another curve with a long name"},
				{Name: "and a third one with a name that is long"}}},
	}
	many := Bars{X: "label"}
	values := Series{Name: "values"}
	for i := range 30 {
		many.Labels = append(many.Labels, fmt.Sprint("label ", i))
		values.Values = append(values.Values, float64(i))
	}
	many.Series = []Series{values}
	figures["many bars"] = many
	for of, xs := range oddNumbers {
		for kind, f := range oddFigures(xs) {
			figures[kind+" of "+of] = f
		}
	}
	for name, f := range figures {
		texts, at := boxes(t, f)
		e := parse(t, f)
		width, err := strconv.ParseFloat(e[0].attr["width"], 64)
		require.NoError(t, err)
		for i, a := range at {
			assert.True(t, a[0] >= 0 && a[2] <= width, "%s: %q reaches from %.0f to %.0f", name,
				texts[i], a[0], a[2])
			for j, b := range at[:i] {
				apart := a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1]
				assert.True(t, apart, "%s: %q and %q overlap", name, texts[i], texts[j])
			}
		}
	}
}

func TestLabelsOfAnyNumbersStayApart(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for range 3000 {
		x := math.Exp(30*rng.Float64()-10) * float64(1-2*rng.IntN(2))
		width := math.Abs(x) * math.Exp(-12*rng.Float64())
		texts, at := boxes(t, Lines{Curves: []*Curve{Level("", 1, x, x+width)}})
		for i, a := range at {
			require.True(t, a[0] >= 0 && a[2] <= 480, "%g + %g: %q reaches from %.0f to %.0f", x,
				width, texts[i], a[0], a[2])
			for j, b := range at[:i] {
				apart := a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1]
				require.True(t, apart, "%g + %g: %q and %q overlap", x, width, texts[i], texts[j])
			}
		}
	}
}

func TestFiguresDrawAnyText(t *testing.T) {
	for _, s := range []string{"", "a < b & c > \"d\" ]]>", "\x00\x1b[31m\v\ufffe", "a\xffb",
		"two\nlines\tand a tab", "数字", strings.Repeat("long", 40)} {
		f := Stack{
			Lines{Title: s, X: s, Y: s, Curves: []*Curve{Level(s, 1, 2, 3)}},
			Field{Title: s, X: s, Y: s, Classes: []string{s, s}, Points: []Point{{1, 1, 1, true}}},
			Bars{Title: s, X: s, Y: s, Labels: []string{s, "b"},
				Series: []Series{{s, []float64{1, 2}}, {s, []float64{1}}}},
			Histogram{Title: s, X: s, Samples: []Sample{{s, []float64{1, 2}}}},
			Images{Title: s, Images: []Image{{s, [][]float64{{0, 1}}}, {s, nil}}},
			Table{Title: s, Header: []string{s, s}, Rows: [][]string{{s, s}}},
			Graph{Title: s, Nodes: []Node{{Lines: []string{s, s}},
				{Lines: []string{s}, Args: []int{0}}}},
		}
		assert.NotEmpty(t, parse(t, f), "%q", s)
		assert.NotContains(t, Text(f, 80, false), "\x1b", "%q", s)
		assert.Equal(t, strings.Count(Text(f, 80, false), "\n"),
			strings.Count(Text(f, 80, true), "\n"))
		texts, at := boxes(t, f)
		width, err := strconv.ParseFloat(parse(t, f)[0].attr["width"], 64)
		require.NoError(t, err)
		for i, a := range at {
			assert.True(t, a[0] >= 0 && a[2] <= width, "%q reaches from %.0f to %.0f of %.0f",
				texts[i], a[0], a[2], width)
		}
	}
}

func TestFiguresDrawCarelessData(t *testing.T) {
	short := &Curve{X: []float64{1, 2}, Y: []float64{1}}
	assert.Equal(t, 1, count(parse(t, Lines{Curves: []*Curve{short}}),
		"path", "data"), "a Y is missing")
	lost := Field{Points: []Point{{Class: -1}},
		Classify: func(x, y float64) (int, float64) { return -1, 1 }}
	assert.Equal(t, 1, count(parse(t, lost), "use", ""))
	assert.Contains(t, Text(lost, 80, false), "*")
	outside := Field{Points: []Point{{X: math.NaN()}, {Y: math.Inf(1)}, {Class: 1}}}
	assert.Equal(t, 1, count(parse(t, outside), "use", ""), "what can't be drawn is left out")
}

// drawn returns the path of the only curve.
func drawn(t *testing.T, c *Curve) string {
	for _, e := range parse(t, Lines{Curves: []*Curve{c}}) {
		if strings.Contains(e.attr["class"], "data") {
			return e.attr["d"]
		}
	}
	return ""
}

func TestPointsThatStandAloneAreSeen(t *testing.T) {
	dash := "m-3 0h6"
	assert.Contains(t, drawn(t, &Curve{X: []float64{1}, Y: []float64{1}}), dash)
	assert.Contains(t, drawn(t, Level("", 1, 1, 1)), dash)
	nan := math.NaN()
	path := drawn(t, &Curve{X: []float64{1, 2, 3, 4, 5, 6}, Y: []float64{1, nan, 2, nan, 3, 4}})
	assert.Equal(t, 2, strings.Count(path, dash), path)
	assert.Equal(t, 3, strings.Count(path, "M"), path)
}

func TestLongCurvesKeepTheirSpikes(t *testing.T) {
	for _, spike := range []int{0, 1, 333, 501, 998, 999} {
		c := &Curve{Name: "spiky"}
		for i := range 1000 {
			c.Add(float64(i), 0)
		}
		c.Y[spike] = 100
		path := drawn(t, c)
		assert.Less(t, len(path), 6000)
		tops := 0
		for _, p := range strings.FieldsFunc(path,
			func(r rune) bool { return r == 'M' || r == 'L' }) {
			var u, v float64
			_, err := fmt.Sscanf(p, "%f %f", &u, &v)
			require.NoError(t, err)
			if v < 100 {
				tops++
			}
		}
		assert.Equal(t, 1, tops, "spike at %d", spike)
		rows := strings.Split(Text(Lines{Curves: []*Curve{c}}, 80, false), "\n")
		assert.Equal(t, 1, strings.Count(rows[0], "o"), "in the first row stands the spike")
	}
}

func TestTextHasGapsWhereNothingCanBeDrawn(t *testing.T) {
	text := Text(Lines{Log: true,
		Curves: []*Curve{{Name: "c", X: []float64{0, 1, 2}, Y: []float64{1, 0, 1}}}}, 80,
		false)

	assert.Equal(t, 2+1, strings.Count(text, "o"), "two points, and the legend:\n%s", text)
	// A curve between two points is straight on the axis that it is drawn on.
	for _, row := range strings.Split(Text(Lines{Log: true,
		Curves: []*Curve{{X: []float64{0, 1}, Y: []float64{1, 1e-14}}}}, 80,
		false),
		"\n")[1:13] {
		assert.InDelta(t, 5, strings.Count(row, "o"), 1)
	}
}

func TestBarsOfManySeriesAreAllThere(t *testing.T) {
	b := Bars{X: "a long name", Labels: []string{"label"}}
	for i := range 9 {
		b.Series = append(b.Series, Series{fmt.Sprint("series ", i),
			[]float64{float64(-1000 - i*100)}})
	}
	text := Text(b, 80, false)
	for i := range 9 {
		assert.Contains(t, text, fmt.Sprint("series ", i))
		assert.Contains(t, text, short(float64(-1000-i*100)))
	}
	assert.Equal(t, 9, count(parse(t, b), "rect", "data"))
}

func TestTableDrawsEveryRow(t *testing.T) {
	var rows [][]string
	for i := range 6000 {
		rows = append(rows, []string{fmt.Sprint(i)})
	}
	at := map[string]bool{}
	for _, e := range parse(t, Table{Rows: rows}) {
		if e.name == "text" {
			at[e.attr["y"]] = true
		}
	}
	assert.Len(t, at, 6000)
}

// inside returns the rows of a text to the right of the y axis.
func inside(text string) (rows []string) {
	for _, line := range strings.Split(text, "\n") {
		if _, row, ok := strings.Cut(strings.ReplaceAll(line, "┤", "│"), "│"); ok {
			rows = append(rows, row)
		}
	}
	return rows
}

func TestAxesHaveLabels(t *testing.T) {
	for _, f := range []Figure{lines, halves, bars, histogram} {
		var x, y string
		switch f := f.(type) {
		case Lines:
			x, y = f.X, f.Y
		case Field:
			x, y = f.X, f.Y
		case Bars:
			x, y = f.X, f.Y
		case Histogram:
			x, y = f.X, "fraction"
		}
		texts, _ := boxes(t, f)
		assert.Subset(t, texts, []string{x, y})
		assert.Contains(t, Text(f, 80, false), x)
		assert.Contains(t, Text(f, 80, false), "\n"+y+"\n")
	}
}

func TestDotsAreNotJoined(t *testing.T) {
	l := Lines{Curves: []*Curve{{X: []float64{0, 1, 2}, Y: []float64{0, math.NaN(), 10},
		Dots: true}}}
	assert.Equal(t, 2, strings.Count(Text(l, 80, false), "o"))
	e := parse(t, l)
	assert.Zero(t, count(e, "path", "data"))
	var xs []string
	for _, e := range e {
		if e.name == "use" {
			xs = append(xs, e.attr["x"])
		}
	}
	require.Len(t, xs, 2)
	assert.Equal(t, fmt.Sprint(defaultWidth-margin-4), xs[1])
}

func TestTableShadesItsCells(t *testing.T) {
	shaded := table
	shaded.Shades = [][]float64{{0, 1}, {0, 0.5, math.NaN()}}
	opacity := map[string]string{}
	e := parse(t, shaded)
	for i, of := range e {
		if of.name == "rect" && of.attr["class"] == "f0" {
			opacity[e[i+1].text] = of.attr["fill-opacity"]
		}
	}
	assert.Equal(t, map[string]string{"1": "0.50", "10": "0.25"}, opacity)
	assert.Equal(t, Text(table, 80, false), Text(shaded, 80, false))
	assert.Equal(t, Text(table, 80, false), escape.ReplaceAllString(Text(shaded, 80, true), ""))
	assert.Equal(t, 1, strings.Count(Text(shaded, 80, true), fmt.Sprintf("48;5;%dm 1\x1b",
		shades[0][3])))
}

func TestWideCharactersTakeTwoColumns(t *testing.T) {
	for _, s := range []string{"漢字", "カナ", "한글", "ＡＢ", "🙂🚀"} {
		text := Text(Table{Rows: [][]string{{s, "a"}, {"four", "a"}, {"1", "a"}}}, 80, false)
		assert.Equal(t, "  "+s+"  a\n  four  a\n     1  a\n", text)
		text = Text(Bars{X: "four", Labels: []string{s, "four"},
			Series: []Series{{"", []float64{1, 1}}}}, 80,
			false)

		rows := strings.Split(text, "\n")
		assert.Equal(t, strings.Replace(rows[2], "four", s, 1), rows[1])
		assert.Equal(t, strings.Repeat(" ", 38)+s+"\n", center(s, 80))
		assert.Equal(t, "漢字", cut("漢字"+s, 5))
	}
	assert.Equal(t, 5, textWidth("é–−█●"))
}

func TestFieldHasLargeYAtTheTop(t *testing.T) {
	f := Field{
		Points: []Point{{0, 2, 0, false}, {1, -2, 1, false}},
		Classify: func(x, y float64) (int, float64) {
			if y < 0 {
				return 1, 1
			}
			return 0, 0
		},
	}
	rows := inside(Text(f, 80, false))
	require.Len(t, rows, 16)
	assert.Contains(t, strings.Join(rows[:8], ""), "o")
	assert.NotContains(t, strings.Join(rows[:8], ""), "░")
	assert.Contains(t, strings.Join(rows[8:], ""), "x")
	for _, row := range rows[8:] {
		assert.Contains(t, row, "░░")
	}
	var ys []float64
	for _, e := range parse(t, f) {
		if e.name == "use" {
			y, err := strconv.ParseFloat(e.attr["y"], 64)
			require.NoError(t, err)
			ys = append(ys, y)
		}
		if e.attr["stroke-opacity"] != "" { // the lower half, from row 40 of 80 on
			assert.Equal(t, "m0 40h120"+strings.Repeat("m-120 1h120", 39), e.attr["d"])
		}
	}
	require.Len(t, ys, 2)
	assert.Less(t, ys[0], ys[1])

	rows = strings.Split(Text(Lines{Curves: []*Curve{{X: []float64{0, 1},
		Y: []float64{0, 10}}}}, 80,
		false),
		"\n")
	assert.Contains(t, rows[0], "10 ┤")
	assert.Contains(t, rows[0][len(rows[0])-3:], "o")
	assert.Contains(t, rows[13], "0 ┤o")
}

func TestBarsBelowZeroHang(t *testing.T) {
	b := Bars{Labels: []string{"a", "b"}, Series: []Series{{"s", []float64{10, -10}}}}
	var tops, bottoms []float64
	for _, e := range parse(t, b) {
		if e.name == "rect" && strings.Contains(e.attr["class"], "data") {
			y, err := strconv.ParseFloat(e.attr["y"], 64)
			require.NoError(t, err)
			h, err := strconv.ParseFloat(e.attr["height"], 64)
			require.NoError(t, err)
			tops, bottoms = append(tops, y), append(bottoms, y+h)
		}
	}
	assert.InDelta(t, bottoms[0], tops[1], 0.11, "both end at 0")
	assert.Less(t, tops[0], bottoms[0])

	rows := strings.Split(Text(b, 80, false), "\n")
	up, down := []rune(rows[1]), []rune(rows[2])
	assert.InDelta(t, strings.Count(rows[1], "█"), strings.Count(rows[2], "█"), 1)
	begins := slices.Index(up, '█')
	assert.Equal(t, "█ ", string(down[begins-1:begins+1]), "one begins where the other ends")
}

func TestGraysStandOutFromDarkAndLightTerminals(t *testing.T) {
	darkest, lightest := half(0, 1, true).color, half(0, 1, true).backdrop
	assert.Greater(t, darkest, 232+4, "of the 24 grays between black and white")
	assert.Equal(t, 255, lightest)
	for _, c := range []cell{half(0, 0.5, true), half(1, 1, true), half(0, 0, true)} {
		assert.True(t, c.color > 0 && c.backdrop > 0, "both colors are given: %v", c)
	}
}

func TestLinesDrawTheFirstCurveOnTop(t *testing.T) {
	text := Text(Lines{Curves: []*Curve{Level("a", 1, 0, 1), Level("b", 1, 0, 1)}}, 80, false)
	assert.Equal(t, 1, strings.Count(text, "x"), "in the legend")
	var order []string
	for _, e := range parse(t, Lines{Curves: []*Curve{Level("a", 1, 0, 1), Level("b", 1, 0, 1)}}) {
		if strings.Contains(e.attr["class"], "data") {
			order = append(order, e.attr["class"])
		}
	}
	assert.Equal(t, []string{"data curve s1", "data curve s0"}, order)
}

func TestHistogramFillsItsBars(t *testing.T) {
	text := Text(Histogram{Samples: []Sample{{"all the same", []float64{1, 1, 1}}}}, 80, false)
	rows := strings.Split(text, "\n")[1:15] // between the name of the axis and the axis
	for _, row := range rows {
		assert.Equal(t, strings.Count(rows[0], "▒"), strings.Count(row, "▒"))
	}
	assert.Contains(t, rows[0], "▒", "a bar of 1 reaches the top")
}

func TestLegendWrapsWhatHasNoRoom(t *testing.T) {
	var l Lines
	var m Images
	for i := range 20 {
		l.Curves = append(l.Curves, Level(fmt.Sprint("curve ", i), float64(i), 0, 1))
		m.Images = append(m.Images, Image{fmt.Sprint(i), [][]float64{{0, 1}, {1, 0}}})
	}
	for _, f := range []Figure{l, m} {
		assert.Equal(t, "480", parse(t, f)[0].attr["width"])
		for _, line := range strings.Split(Text(f, 80, false), "\n") {
			assert.LessOrEqual(t, textWidth(line), 80)
		}
	}
}

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{
		{0, 100, "0 20 40 60 80 100"},
		{0, 1, "0 0.2 0.4 0.6 0.8 1.0"},
		{-1.3, 2.2, "−1 0 1 2"},
		{0.97, 1.01, "0.97 0.98 0.99 1.00 1.01"},
		{0, 1e7, "0 2e+06 4e+06 6e+06 8e+06 1e+07"},
		{0, 3e-7, "0 1e−07 2e−07 3e−07"},
		{1000000, 1000004, "1000000 1000001 1000002 1000003 1000004"},
	} {
		var labels []string
		for _, tick := range newAxis("", false, false, c.lo, c.hi).ticks(5) {
			labels = append(labels, tick.label)
		}
		assert.Equal(t, c.want, strings.Join(labels, " "))
	}
	var labels []string
	for _, tick := range newAxis("", true, true, 3e-7, 2).ticks(5) {
		labels = append(labels, tick.label)
	}
	assert.Equal(t, []string{"10⁻⁶", "10⁻⁴", "10⁻²", "10⁰"}, labels)
}

func TestTextWithoutColorHasNoEscapes(t *testing.T) {
	all := Stack{lines, halves, bars, histogram, images, table}
	assert.NotContains(t, Text(all, 80, false), "\x1b")
	assert.Contains(t, Text(all, 80, true), "\x1b")
}

func TestTextFitsATerminal(t *testing.T) {
	all := Stack{lines, halves, bars, histogram, images, table}
	for _, columns := range []int{40, 41, 60, 79, 80} {
		widest := 0
		for _, line := range strings.Split(Text(all, columns, true), "\n") {
			widest = max(widest, textWidth(line))
		}
		assert.Equal(t, columns, widest)
	}
	assert.Equal(t, Text(all, 80, true), Text(all, 200, true),
		"a line is not longer than is legible")
	assert.Equal(t, Text(all, 40, true), Text(all, 1, true), "what is narrower is not legible")
	for _, f := range all {
		assert.Less(t, strings.Count(Text(f, 80, false), "\n"), 24,
			"a terminal of 24 lines shows it all")
	}
}

func TestFieldShowsClassesAndPoints(t *testing.T) {
	count := map[rune]int{}
	for _, row := range inside(Text(halves, 80, false)) {
		for i, c := range []rune(row) {
			count[c]++
			switch c {
			case 'o', ' ':
				assert.Less(t, i, (len([]rune(row))+1)/2)
			case 'x', '░':
				assert.GreaterOrEqual(t, i, len([]rune(row))/2)
			}
		}
	}
	assert.Equal(t, []int{2, 2, 2}, []int{count['o'], count['x'], count['!']})
}

func TestFieldDrawsErrorsOnTop(t *testing.T) {
	f := Field{Points: []Point{{Wrong: true}, {}, {X: 1}}}
	assert.Equal(t, 2, strings.Count(Text(f, 80, false), "!"), "the point, and the legend")
	var last element
	for _, e := range parse(t, f) {
		last = e
	}
	assert.Equal(t, "ink", last.attr["class"])
}

func TestFieldInColorMarksPointsByClassAndError(t *testing.T) {
	cell := regexp.MustCompile("\x1b\\[38;5;(\\d+);48;5;(\\d+)m(.)\x1b\\[0m")
	marks := map[string]int{}
	for _, row := range inside(Text(halves, 80, true)) {
		cells := cell.FindAllStringSubmatch(row, -1)
		require.Greater(t, len(cells), 70)
		assert.Equal(t, "111", cells[0][2], "blue on the left")
		assert.Equal(t, "210", cells[len(cells)-1][2], "red on the right")
		for _, c := range cells {
			if c[3] != "▀" {
				marks[c[1]+c[3]]++
			}
		}
	}
	assert.Equal(t, map[string]int{"19●": 2, "124▲": 2, "19×": 1, "124×": 1}, marks)
}

func TestImagesShowInkAndPaper(t *testing.T) {
	cross := Images{Images: []Image{Picture("x", []float64{1, 0, 1, 0, 1, 0, 1, 0, 1}, 3, 0, 1)}}
	assert.Equal(t, "██  ██\n  ██\n██  ██\nx\n", Text(cross, 80, false),
		"3×3 pixels are drawn twice as large")
	paths := map[string]string{}
	for _, e := range parse(t, cross) {
		if e.attr["fill"] != "" {
			paths[e.attr["fill"]] = e.attr["d"]
		}
	}
	assert.Equal(t, map[string]string{
		"#000000": "M0 0h1v1h-1zM2 0h1v1h-1zM1 1h1v1h-1zM0 2h1v1h-1zM2 2h1v1h-1z",
		"#ffffff": "M1 0h1v1h-1zM0 1h1v1h-1zM2 1h1v1h-1zM1 2h1v1h-1z",
	}, paths)
}

func TestHistogramMarksTheMiddleOfEachBin(t *testing.T) {
	var bars, marks []float64 // the left edges of the bars, and where the marks are
	for _, e := range parse(t, Histogram{Samples: []Sample{{"", []float64{0, 1, 2}},
		{"", []float64{0, 1, 2}}}}) {
		switch {
		case e.name == "rect" && strings.HasPrefix(e.attr["class"], "data"):
			x, err := strconv.ParseFloat(e.attr["x"], 64)
			require.NoError(t, err)
			bars = append(bars, x)
		case e.name == "path" && strings.HasPrefix(e.attr["class"], "data curve"):
			for _, point := range regexp.MustCompile(`[ML]([\d.]+)`).FindAllStringSubmatch(
				e.attr["d"], -1) {
				x, err := strconv.ParseFloat(point[1], 64)
				require.NoError(t, err)
				marks = append(marks, x)
			}
		}
	}
	require.Len(t, bars, bins)
	require.Len(t, marks, bins)
	for i, x := range bars {
		assert.InDelta(t, x+(bars[1]-bars[0])/2, marks[i], 0.2)
	}
}

func TestHistogramCountsEachSample(t *testing.T) {
	_, y, parts := Histogram{Samples: []Sample{{"", []float64{0, 0, 0, 36}},
		{"", []float64{0, 18, 36, 36, math.NaN()}}}}.axes()
	assert.InDelta(t, 0.75, parts[0][0], 1e-12)
	assert.InDelta(t, 0.25, slices.Max(parts[0][1:]), 1e-12)
	assert.InDelta(t, 0.2, parts[1][0], 1e-12)
	assert.InDelta(t, 0.4, slices.Max(parts[1]), 1e-12)
	assert.InDelta(t, 0.8, y.hi, 1e-12)
}

// randomGraph returns a graph in which every node but the last is used, as in a calculation.
func randomGraph(rng *rand.Rand, n int) (g Graph) {
	unused := []int{}
	for i := range n {
		node := Node{Lines: slices.Repeat([]string{fmt.Sprint("node ", i*i*i)}, 1+rng.IntN(3))}
		if i > n/3 {
			for range 1 + rng.IntN(2) {
				node.Args = append(node.Args, rng.IntN(i))
			}
			if len(unused) > 0 {
				node.Args[0], unused = unused[0], unused[1:]
			}
		}
		g.Nodes, unused = append(g.Nodes, node), append(unused, i)
	}
	return g
}

func TestLabelsOfWiresAreInTheGapBeforeTheirEnds(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 0))
	for range 20 {
		g := randomGraph(rng, 12)
		g.Labels = true
		want := 0
		for i := range g.Nodes {
			for range g.Nodes[i].Args {
				g.Nodes[i].Labels = append(g.Nodes[i].Labels, "·−0.012")
				want++
			}
		}
		l := g.layout()
		assert.Equal(t, want, count(parse(t, g), "text", "label"))
		for i, n := range g.Nodes {
			for _, arg := range n.Args {
				x, y := l.middle(arg, i)
				for _, b := range l.boxes[:len(g.Nodes)] {
					beside := x+width("·−0.012")/2 < b.x || x-width("·−0.012")/2 > b.x+b.w
					assert.True(t, beside || y < b.y || y > b.y+b.h, "no box is covered")
				}
			}
		}
	}
	g := Graph{Nodes: []Node{{Lines: []string{"x"}, Outlined: true}, {Args: []int{0}}}}
	assert.Equal(t, 1, count(parse(t, g), "rect", "outlined"))
}

func TestSVGOfWidthFitsItsColumn(t *testing.T) {
	named := *lines.Curves[0]
	named.Name = ""
	for _, w := range []float64{280, 340, 480, 700} {
		svg := SVGOfWidth(Lines{X: "x", Y: "y", Curves: []*Curve{&named}}, w)
		assert.Contains(t, svg, fmt.Sprintf(`width="%g"`, w))
		assert.Equal(t, 1, strings.Count(svg, `class="data curve`))
		assert.Equal(t, 1, strings.Count(svg, `stroke-dasharray="`), "and no key")
	}
	assert.Equal(t, SVG(lines), SVGOfWidth(lines, 480))
}

func TestGraphGoesFromLeftToRightWithoutOverlap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for size := range 60 {
		g := randomGraph(rng, size)
		l := g.layout()
		for i, n := range g.Nodes {
			for _, arg := range n.Args {
				assert.Less(t, l.boxes[arg].x+l.boxes[arg].w, l.boxes[i].x, "%d to %d", arg, i)
			}
		}
		for i, a := range l.boxes {
			assert.GreaterOrEqual(t, a.y, 0.0)
			for _, b := range l.boxes[:i] {
				apart := a.x+a.w <= b.x || b.x+b.w <= a.x || a.y+a.h < b.y || b.y+b.h < a.y
				require.True(t, apart, "%v and %v overlap in a graph of %d", a, b, size)
			}
		}
	}
}

func TestWiresGoFromBoxToBoxAndPastOthers(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 0))
	g := randomGraph(rng, 40)
	l := g.layout()
	for i, n := range g.Nodes {
		for _, arg := range n.Args {
			var last spot
			for _, p := range points(l.wire(arg, i, 0)) {
				for j, b := range l.boxes[:len(g.Nodes)] {
					inside := p.s > b.x+0.2 && p.s < b.x+b.w-0.2 && p.t > b.y && p.t < b.y+b.h
					require.False(t, inside, "%d to %d passes through %d at %v", arg, i, j, p)
				}
				last = p
			}
			assert.InDelta(t, l.boxes[i].x-6, last.s, 0.1)
			assert.InDelta(t, l.boxes[i].y+l.boxes[i].h/2, last.t, 0.1)
		}
	}
}

// points returns where a path of the commands M, C and H goes: twenty places of each curve and of
// each line.
func points(path string) (ps []spot) {
	var at spot
	for _, command := range regexp.MustCompile(`[MCH][^MCH]*`).FindAllString(path, -1) {
		var n []float64
		for _, field := range strings.Fields(command[1:]) {
			x, err := strconv.ParseFloat(field, 64)
			if err != nil {
				panic(err)
			}
			n = append(n, x)
		}
		from := at
		switch command[0] {
		case 'M':
			at = spot{n[0], n[1]}
			ps = append(ps, at)
			continue
		case 'H':
			n = []float64{from.s, from.t, n[0], from.t, n[0], from.t}
		}
		at = spot{n[4], n[5]}
		for k := range 20 {
			u := float64(k+1) / 20
			bezier := func(a, b, c, d float64) float64 {
				v := 1 - u
				return v*v*v*a + 3*v*v*u*b + 3*v*u*u*c + u*u*u*d
			}
			ps = append(ps, spot{bezier(from.s, n[0], n[2], at.s),
				bezier(from.t, n[1], n[3], at.t)})
		}
	}
	return ps
}

func TestBoxesAreWhereAReaderLooksForThem(t *testing.T) {
	node := func(args ...int) Node { return Node{Lines: []string{"a node"}, Args: args} }
	l := Graph{Nodes: []Node{node(), node(), node(0, 1), node(2), node(), node(3, 4)}}.layout()
	assert.Equal(t, l.boxes[0].x, l.boxes[1].x)
	assert.Equal(t, l.boxes[3].x, l.boxes[4].x, "what is given stands next to what uses it")
	assert.InDelta(t, (l.boxes[0].y+l.boxes[1].y)/2, l.boxes[2].y, 6,
		"a result is between what it was made from")
	assert.InDelta(t, (l.boxes[3].y+l.boxes[4].y)/2, l.boxes[5].y, 6)
	assert.Equal(t, l.boxes[0].h+betweenRows, math.Abs(l.boxes[0].y-l.boxes[1].y),
		"and they are no further apart than it takes")

	l = Graph{Nodes: []Node{node(), node(), node(), node(), node(0, 1), node(2, 3),
		node(4, 5)}}.layout()
	assert.InDelta(t, (l.boxes[0].y+l.boxes[1].y)/2, l.boxes[4].y, 13,
		"even if that isn't the middle of the column")
	assert.InDelta(t, (l.boxes[2].y+l.boxes[3].y)/2, l.boxes[5].y, 13)

	l = Graph{Nodes: []Node{node(), node(0), node(1), node(2)}}.layout()
	for _, b := range l.boxes {
		assert.Zero(t, b.y, "a chain is a straight line")
	}

	l = Graph{Nodes: []Node{node(), node(0), node(1), node(2, 0, 0)}}.layout()
	assert.Len(t, l.boxes, 4+2, "two uses by one node share their wire")

	l = &layout{boxes: []box{{h: 10}, {h: 10}, {h: 10}, {h: 10}}}
	l.separate([]int{0, 1, 2, 3}, []float64{100, 100, 100, 500})
	assert.Equal(t, []float64{78, 100, 122, 500},
		[]float64{l.boxes[0].y, l.boxes[1].y, l.boxes[2].y, l.boxes[3].y},
		"those that want the same place share the way")

	e := parse(t,
		Graph{Nodes: []Node{node(), node(0), node(1), node(2), node(3), node(4), node(5)}})
	width, err := strconv.ParseFloat(e[0].attr["width"], 64)
	require.NoError(t, err)
	assert.Greater(t, width, 7*70.0, "the page is as wide as the graph")
	assert.Equal(t, fmt.Sprint("0 0 ", e[0].attr["width"], " ", e[0].attr["height"]),
		e[0].attr["viewBox"])
}

func TestWiresOfATreeDoNotCross(t *testing.T) {
	g := Graph{}
	for i := range 8 {
		g.Nodes = append(g.Nodes, Node{Lines: []string{fmt.Sprint(i)}})
	}
	for i := range 4 {
		g.Nodes = append(g.Nodes, Node{Args: []int{i, 7 - i}}) // as leaves come, all would cross
	}
	g.Nodes = append(g.Nodes, Node{Args: []int{8, 10}}, Node{Args: []int{9, 11}},
		Node{Args: []int{12, 13}})
	l := g.layout()
	for i, n := range g.Nodes {
		for j, m := range g.Nodes {
			for _, a := range n.Args {
				for _, b := range m.Args {
					if l.boxes[a].x == l.boxes[b].x && l.boxes[a].y < l.boxes[b].y {
						assert.LessOrEqual(t, l.boxes[i].y, l.boxes[j].y, "%d→%d and %d→%d cross",
							a, i, b, j)
					}
				}
			}
		}
	}
}

func TestGraphLeavesRoomForTheWidestLinesOfANode(t *testing.T) {
	short, long := graph, graph
	short.Nodes, long.Nodes = slices.Clone(graph.Nodes), slices.Clone(graph.Nodes)
	short.Nodes[2].Room = []string{"0", "grad −0.001234"}
	long.Nodes[2].Lines = []string{"a·b", "grad −0.001234"}
	assert.Equal(t, long.layout(), short.layout())
	assert.NotEqual(t, graph.layout(), short.layout())
}

func TestFocusIsWhereMarkedAndOutlinedNodesAre(t *testing.T) {
	g := graph
	g.Nodes = slices.Clone(graph.Nodes)
	g.Nodes[1].Outlined = true
	left, right, ok := g.Focus()
	assert.True(t, ok)
	for _, e := range parse(t, g) {
		if e.name != "rect" {
			continue
		}
		x, _ := strconv.ParseFloat(e.attr["x"], 64)
		width, _ := strconv.ParseFloat(e.attr["width"], 64)
		classes := strings.Fields(e.attr["class"])
		if slices.Contains(classes, "outlined") {
			assert.InDelta(t, x, left, 0.1)
		}
		if slices.Contains(classes, "marked") {
			assert.InDelta(t, x+width, right, 0.1)
		}
	}
	_, _, ok = Graph{Nodes: []Node{{}}}.Focus()
	assert.False(t, ok)
}
