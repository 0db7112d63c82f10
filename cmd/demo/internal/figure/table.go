package figure

import (
	"fmt"
	"math"
	"strings"
)

// A Table has a name for each column, unless Header is nil, and rows of cells.
type Table struct {
	Title  string
	Header []string
	Rows   [][]string
	// Shades says how dark the cells of each row are, from 0 to 1. A cell for which there is none
	// isn't shaded.
	Shades [][]float64
}

func (t Table) text(columns int, color bool) string {
	all := t.all()
	// the width of each cell: a column ends at a row that lacks it
	widths := make([][]*int, len(all))
	for i, row := range all {
		for j, s := range row {
			w := new(int)
			if i > 0 && j < len(all[i-1]) {
				w = widths[i-1][j]
			}
			*w = max(*w, textWidth(clean(s)))
			widths[i] = append(widths[i], w)
		}
	}
	text := textTitle(t.Title, columns)
	for i, row := range all {
		for j, s := range row {
			s = strings.Repeat(" ", *widths[i][j]-textWidth(clean(s))) + clean(s)
			if strength := int(math.Round(3 * t.shade(i, j))); color && strength > 0 {
				s = paint(onShade[0], shades[0][strength], s)
			}
			text += "  " + s
		}
		text += "\n"
	}
	return text
}

// all returns the rows, with the header as the first.
func (t Table) all() [][]string {
	if t.Header == nil {
		return t.Rows
	}
	return append([][]string{t.Header}, t.Rows...)
}

// shade returns how dark a cell is, where the header is row 0, if there is one.
func (t Table) shade(row, column int) float64 {
	if t.Header != nil {
		row--
	}
	if row < 0 || row >= len(t.Shades) || column >= len(t.Shades[row]) {
		return 0
	}
	return max(0, min(1, t.Shades[row][column]))
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
			if shade := t.shade(i, j); shade > 0 {
				left := margin - 8
				if j > 0 {
					left = ends[j-1] + 8
				}
				d.add(`<rect class="f0" fill-opacity="%v" x="%v" y="%v" width="%v" height="22"/>`,
					fmt.Sprintf("%.2f", shade/2), left, d.y-lineHeight-4, ends[j]+8-left)
			}
			d.text(ends[j], d.y-6, "end", s)
		}
		d.add(`</g>`)
		if i == 0 && t.Header != nil {
			d.add(`<path class="rule" d="M%v %vH%v"/>`, margin, d.y, x)
			d.y += 2
		}
	}
}
