package figure

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Images are small gray pictures, side by side.
type Images struct {
	Title  string
	Images []Image
}

// An Image is a picture with a few characters below it. Pixels are rows from top to bottom; 0 is
// black and 1 white.
type Image struct {
	Caption string
	Pixels  [][]float64
}

// Picture returns numbers, in rows of that many columns, as an image: from white for lo to black
// for hi.
func Picture(caption string, xs []float64, columns int, lo, hi float64) Image {
	m := Image{Caption: caption}
	for row := range slices.Chunk(xs, columns) {
		pixels := make([]float64, len(row))
		for i, x := range row {
			pixels[i] = (hi/2 - x/2) / (hi/2 - lo/2) // in halves, since hi − lo may be infinite
		}
		m.Pixels = append(m.Pixels, pixels)
	}
	return m
}

// size returns the width of the widest row, and the number of rows; both are at least 1.
func (m Image) size() (width, height int) {
	width = 1
	for _, row := range m.Pixels {
		width = max(width, len(row))
	}
	return width, max(1, len(m.Pixels))
}

// at returns the pixel in a column and a row, from 0 to 1. A missing pixel or a NaN is white.
func (m Image) at(column, row int) float64 {
	if row >= len(m.Pixels) || column >= len(m.Pixels[row]) || math.IsNaN(m.Pixels[row][column]) {
		return 1
	}
	return max(0, min(1, m.Pixels[row][column]))
}

// text draws characters of two pixels, one above the other; without color they are black or white.
func (s Images) text(columns int, color bool) string {
	const gap = 2
	text := textTitle(s.Title, columns)
	for start := 0; start < len(s.Images); {
		var g grid
		x := 0
		for ; start < len(s.Images); start++ {
			m := s.Images[start]
			width, height := m.size()
			scale := max(1, 8/max(width, height)) // small images are enlarged
			wide := min(columns, max(scale*width, textWidth(m.Caption)))
			if x > 0 && x+wide > columns {
				break
			}
			high := (scale*height + 1) / 2
			below := min(1, len(m.Caption)) // a line for the caption, if there is one
			if len(g) < high+below {
				g = append(g, newGrid(high+below-len(g), columns)...)
			}
			for row := range high {
				for column := range min(scale*width, columns-x) {
					upper, lower := m.at(column/scale, 2*row/scale), m.at(column/scale,
						(2*row+1)/scale)
					g[row][x+column] = half(upper, lower, color)
				}
			}
			if below > 0 {
				g.write(x, high, m.Caption)
			}
			x += wide + gap
		}
		// a blank line before the next row
		text += g.text(color) + strings.Repeat("\n", min(1, len(s.Images)-start))
	}
	return text
}

// half returns the character that shows two pixels. Black is a dark gray, which differs from the
// background of a dark terminal.
func half(upper, lower float64, color bool) cell {
	if color {
		gray := func(x float64) int { return 238 + int(math.Round(17*x)) }
		return cell{'▀', gray(upper), gray(lower)}
	}
	dark := func(x float64) int {
		if x < 0.5 {
			return 1
		}
		return 0
	}
	return cell{r: []rune(" ▀▄█")[dark(upper)+2*dark(lower)]}
}

func (s Images) draw(d *drawing) {
	const size, gap = 49.0, 8.0
	d.title(s.Title)
	x, high := margin, 0.0
	for _, m := range s.Images {
		columns, rows := m.size()
		pixel := size / float64(max(columns, rows))
		w := max(pixel*float64(columns), width(m.Caption))
		if x > margin && x+w > d.right {
			x = margin
			d.y += high
			high = 0
		}
		left, middle := x+(w-pixel*float64(columns))/2, x+w/2
		d.add(`<g class="data field" transform="translate(%v %v)scale(%s)">`, left, d.y+6,
			scale(pixel))
		paths := map[int]string{}
		var grays []int
		for row := range rows {
			for column := 0; column < columns; {
				gray := int(math.Round(16 * m.at(column, row)))
				n := 1
				for column+n < columns && int(math.Round(16*m.at(column+n, row))) == gray {
					n++
				}
				if paths[gray] == "" {
					grays = append(grays, gray)
				}
				paths[gray] += fmt.Sprintf("M%d %dh%dv1h-%dz", column, row, n, n)
				column += n
			}
		}
		slices.Sort(grays)
		for _, gray := range grays {
			d.add(`<path fill="#%s" d="%s"/>`, strings.Repeat(fmt.Sprintf("%02x", gray*255/16), 3),
				paths[gray])
		}
		d.add(`</g>`)
		d.add(`<path class="rule" d="M%v %vh%vv%vh-%vz"/>`, left, d.y+6, pixel*float64(columns),
			pixel*float64(rows), pixel*float64(columns))
		h := pixel*float64(rows) + 10
		if m.Caption != "" {
			h += lineHeight
			d.text(middle, d.y+h-6, "middle", m.Caption)
		}
		x += w + gap
		d.x = max(d.x, x-gap)
		high = max(high, h)
	}
	d.y += high
}
