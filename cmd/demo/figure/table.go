package figure

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// A Table has a name for each column, unless Header is nil, and rows of cells.
type Table struct {
	Title  string
	Header []string
	Rows   [][]string
}

// Text implements [Figure].
func (t Table) Text(color bool) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range t.all() {
		for _, s := range row {
			fmt.Fprint(w, clean(s), "\t")
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return textTitle(t.Title) + b.String()
}

// all returns the rows, with the header as the first.
func (t Table) all() [][]string {
	if t.Header == nil {
		return t.Rows
	}
	return append([][]string{t.Header}, t.Rows...)
}

func (t Table) draw(d *drawing) {
	d.title(t.Title)
	all := t.all()
	var ends []float64 // the right edges of the columns, which are as wide as their widest cells
	for _, row := range all {
		for i, s := range row {
			if i == len(ends) {
				ends = append(ends, 0)
			}
			ends[i] = max(ends[i], width(s)+16)
		}
	}
	x := margin - 16
	for i := range ends {
		x += ends[i]
		ends[i] = x
	}
	d.x = max(d.x, x)
	for i, row := range all {
		d.y += lineHeight + 4
		d.add(`<g class="data">`)
		for j, s := range row {
			d.text(ends[j], d.y-6, "end", s)
		}
		d.add(`</g>`)
		if i == 0 && t.Header != nil {
			d.add(`<path class="rule" d="M%v %vH%v"/>`, margin, d.y, x)
			d.y += 2
		}
	}
}
