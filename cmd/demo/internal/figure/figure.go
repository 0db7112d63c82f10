// Package figure draws the figures of the demo: curves, fields, bars, histograms, small images,
// tables and graphs. A figure is drawn as text for a terminal, or as SVG.
//
// What is shown by color is also shown by shape, by shade or by a label: for readers who don't see
// colors, and for printers and terminals without them. NaN and infinities are left out.
package figure

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// A Figure is one of the types of this package.
type Figure interface {
	// text returns lines of at most that many columns, each with a newline. A name, a cell of a
	// Table, or the text of a Graph may be wider.
	text(columns int, color bool) string

	// draw adds the figure at the bottom of the drawing.
	draw(d *drawing)
}

// Text returns the figure as text for a terminal of that many columns: lines of 40 to 80 columns,
// each with a newline. With color, there are escape sequences for 256 colors.
func Text(f Figure, columns int, color bool) string {
	return f.text(max(40, min(80, columns)), color)
}

// A Stack shows figures below each other.
type Stack []Figure

func (s Stack) text(columns int, color bool) string {
	var texts []string
	for _, f := range s {
		texts = append(texts, f.text(columns, color))
	}
	return strings.Join(texts, "\n")
}

func (s Stack) draw(d *drawing) {
	for i, f := range s {
		if i > 0 {
			d.y += 12
		}
		f.draw(d)
	}
}

// SVG returns the figure as an SVG document, which has neither scripts nor links. It has colors for
// a light and for a dark page.
func SVG(f Figure) string {
	svg, _ := SVGAndTitle(f)
	return svg
}

// SVGAndTitle returns the SVG and the figure's title.
func SVGAndTitle(f Figure) (svg, title string) { return draw(f, defaultWidth) }

// SVGOfWidth returns the SVG for a column of that width, in pixels, where the text has its size.
// Some figures may still be wider.
func SVGOfWidth(f Figure, width float64) string {
	svg, _ := draw(f, width)
	return svg
}

func draw(f Figure, width float64) (svg, title string) {
	d := &drawing{y: margin, right: width - margin}
	f.draw(d)
	width, height := math.Ceil(max(d.right, d.x)+margin), math.Ceil(d.y+margin)
	svg = fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" `+
		`width="%[1]g" height="%[2]g" viewBox="0 0 %[1]g %[2]g">
<style>%[3]s</style>
%[4]s
<rect class="page" width="%[1]g" height="%[2]g"/>
%[5]s</svg>
`, width, height, style, shapes, d.b.String())
	return svg, strings.Join(d.titles, " ")
}

// The colors of the first three series or classes are Paul Tol's (Colour Schemes, 2021,
// personal.sron.nl/~pault), of high and medium contrast, which also differ in lightness. The gold
// is darker here, so that its lines are visible on white.
const style = `text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}` +
	`.page{fill:#fff}.rule{stroke:#d1d9e0;fill:none}.ink{stroke:#1f2328;fill:none;stroke-width:2}` +
	`.f0{fill:#048}.f1{fill:#b56}.f2{fill:#b8860b}.f3{fill:#777}` +
	`.s0{stroke:#048}.s1{stroke:#b56}.s2{stroke:#b8860b}.s3{stroke:#777}` +
	`.curve{fill:none;stroke-width:2;stroke-linejoin:round}.point{stroke:#fff}` +
	`.field{shape-rendering:crispEdges}` +
	`.box{fill:#f6f8fa;stroke:#59636e}.wire{fill:none;stroke:#59636e}.tip{fill:#59636e}` +
	`.box.marked{stroke:#b56;stroke-width:3}.box.outlined{stroke:#b8860b;stroke-width:3}` +
	`.label{font-weight:600;paint-order:stroke;stroke:#fff;stroke-width:4px}` +
	`.box.faint{stroke-dasharray:4 3}` +
	`@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}` +
	`.rule{stroke:#3d444d}.ink{stroke:#e6edf3}` +
	`.f0{fill:#69c}.f1{fill:#e9a}.f2{fill:#ec6}.f3{fill:#999}.s0{stroke:#69c}` +
	`.s1{stroke:#e9a}.s2{stroke:#ec6}.s3{stroke:#999}` +
	`.point{stroke:#0d1117}.box{fill:#151b23;stroke:#9198a1}.wire{stroke:#9198a1}` +
	`.tip{fill:#9198a1}.box.marked{stroke:#e9a}.box.outlined{stroke:#ec6}.label{stroke:#0d1117}}`

const (
	defaultWidth = 480.0
	margin       = 12.0
	lineHeight   = 18.0 // of text
)

// A drawing is the inside of an SVG document.
type drawing struct {
	b     strings.Builder
	right float64 // the edge
	x     float64 // how far something has reached to the right
	y     float64 // where the next figure begins

	titles []string
}

// add adds an element. It writes float64s, whose verb is %v, to a tenth of a pixel.
func (d *drawing) add(format string, args ...any) {
	for i, arg := range args {
		if x, ok := arg.(float64); ok {
			args[i] = coordinate(x)
		}
	}
	fmt.Fprintf(&d.b, format+"\n", args...)
}

// scale writes a factor with five digits, since tenths are too coarse.
func scale(x float64) string { return strconv.FormatFloat(x, 'g', 5, 64) }

func coordinate(x float64) string { return strconv.FormatFloat(math.Round(10*x)/10, 'f', -1, 64) }

// text writes s with its baseline at y, and its start, middle or end at x. It widens the page if
// necessary.
func (d *drawing) text(x, y float64, anchor, s string) {
	reach := map[string]float64{"start": 1, "middle": 0.5, "end": 0}[anchor] * width(s)
	d.x = max(d.x, x+reach)
	d.add(`<text x="%v" y="%v" text-anchor="%s">%s</text>`, x, y, anchor, escaped(s))
}

// escaped escapes s for XML.
func escaped(s string) string { return html.EscapeString(clean(s)) }

// clean removes control characters, which neither a terminal nor an SVG document can show.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// title writes the title of a figure, if it has one.
func (d *drawing) title(s string) {
	d.titles = append(d.titles, clean(s))
	// bold letters are wider
	for _, part := range wrap(strings.Fields(s), " ", (d.right-margin)/1.1, width) {
		d.y += lineHeight
		d.x = max(d.x, margin+1.1*width(part))
		d.add(`<text class="title" x="%v" y="%v">%s</text>`, margin, d.y-4, escaped(part))
	}
}

// width estimates the width of a text in a wide font.
func width(s string) (sum float64) {
	for _, r := range s {
		switch {
		case strings.ContainsRune("fijlrt.,:;'!|() ", r):
			sum += 5.2
		case strings.ContainsRune("mwMW%@→", r):
			sum += 12.5
		default:
			sum += 8.3
		}
	}
	return sum
}

// wrap breaks a text into lines of at most that width, between words.
func wrap[N int | float64](words []string, space string, room N,
	width func(string) N) (lines []string) {
	for _, word := range words {
		if last := len(lines) - 1; last >= 0 && width(lines[last]+space+word) <= room {
			lines[last] += space + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// A key explains one mark of a legend.
type key struct {
	mark func(d *drawing, x, y float64) // draws around (x, y), 8 to each side
	name string
}

// legend writes the keys from left to right, on several lines if necessary. A single key without a
// name explains nothing, and is left out.
func (d *drawing) legend(keys []key) {
	if len(keys) == 1 && keys[0].name == "" {
		return
	}
	x := margin
	if len(keys) > 0 {
		d.y += lineHeight
	}
	for _, k := range keys {
		if x > margin && x+24+width(k.name) > d.right {
			x = margin
			d.y += lineHeight
		}
		k.mark(d, x+9, d.y-9)
		d.text(x+22, d.y-4, "start", k.name)
		x += 22 + width(k.name) + 14
	}
}

// kind returns which of the four colors and shapes series or class i has.
func kind(i int) int { return (i%4 + 4) % 4 }

// shapes are the marks of the first four series or classes: a circle, a triangle, a square and a
// diamond.
const shapes = `<defs><circle id="m0" class="point f0" r="4"/>` +
	`<path id="m1" class="point f1" d="M0-5.5l5 9h-10z"/>` +
	`<path id="m2" class="point f2" d="M-3.8-3.8h7.6v7.6h-7.6z"/>` +
	`<path id="m3" class="point f3" d="M0-5.5l5.5 5.5-5.5 5.5-5.5-5.5z"/></defs>`

// mark draws the shape of class i around (x, y).
func (d *drawing) mark(i int, x, y float64) {
	d.add(`<use href="#m%d" x="%v" y="%v"/>`, kind(i), x, y)
}

// dashes distinguish the curves of series.
var dashes = [...]string{"", "7 3", "2 3", "9 3 2 3"}
