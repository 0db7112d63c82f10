package figure

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A grid is a drawing of characters.
type grid [][]cell

// A cell is a character with its color and background; 0 is the terminal's own.
type cell struct {
	r               rune
	color, backdrop int
}

const columns = 80

// ink are the terminal colors of series and classes, which are legible on light and dark
// backgrounds.
var ink = [...]int{33, 167, 178, 245}

// marks are the characters of series and classes, plainMarks those without color.
var (
	marks      = []rune("●▲■◆")
	plainMarks = []rune("ox+*")
)

func newGrid(rows int) grid {
	g := make(grid, rows)
	for i := range g {
		g[i] = make([]cell, columns)
		for j := range g[i] {
			g[i][j].r = ' '
		}
	}
	return g
}

// write writes s from column x on, up to the last column.
func (g grid) write(x, y int, s string) {
	for _, r := range clean(s) {
		if x >= 0 && x < columns {
			g[y][x] = cell{r: r}
		}
		x++
	}
}

// text returns the lines without trailing blanks.
func (g grid) text(color bool) string {
	var b strings.Builder
	for _, row := range g {
		for len(row) > 0 && row[len(row)-1] == (cell{r: ' '}) {
			row = row[:len(row)-1]
		}
		for _, c := range row {
			s := string(c.r)
			if color {
				s = paint(c.color, c.backdrop, s)
			}
			b.WriteString(s)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func paint(color, backdrop int, s string) string {
	switch {
	case color > 0 && backdrop > 0:
		return fmt.Sprintf("\x1b[38;5;%d;48;5;%dm%s\x1b[0m", color, backdrop, s)
	case color > 0:
		return fmt.Sprintf("\x1b[38;5;%dm%s\x1b[0m", color, s)
	}
	return s
}

// mark returns the mark of series or class i.
func mark(i int, color bool) cell {
	if !color {
		return cell{r: plainMarks[kind(i)]}
	}
	return cell{r: marks[kind(i)], color: ink[kind(i)]}
}

// textLegend returns lines that explain marks.
func textLegend(marks []cell, names []string) string {
	var keys []string
	for i, m := range marks {
		keys = append(keys, paint(m.color, 0, string(m.r))+" "+clean(names[i]))
	}
	return joinLines(wrap(keys, "   ", columns, textWidth))
}

// textTitle returns the title of a figure, if it has one.
func textTitle(s string) string {
	return joinLines(wrap(strings.Fields(clean(s)), " ", columns, textWidth))
}

// joinLines ends each line with a newline.
func joinLines(all []string) string {
	var b strings.Builder
	for _, line := range all {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// escape matches what paint writes around characters.
var escape = regexp.MustCompile("\x1b\\[[0-9;]*m")

// textWidth returns the number of columns of a text.
func textWidth(s string) float64 {
	return float64(utf8.RuneCountInString(escape.ReplaceAllString(s, "")))
}

// frame draws axes, and returns the first column between them. The part between has all rows except
// the last two.
func (g grid) frame(x, y axis) (left int) {
	rows := len(g) - 2
	yTicks := y.ticks(4)
	for _, t := range yTicks {
		left = max(left, len([]rune(t.label))+2)
	}
	for row := range rows {
		g[row][left-1].r = '│'
	}
	for _, t := range yTicks {
		row := place(1-t.t, rows)
		g.write(left-2-len([]rune(t.label)), row, t.label)
		g[row][left-1].r = '┤'
	}
	for column := left - 1; column < columns; column++ {
		g[rows][column].r = '─'
	}
	g[rows][left-1].r = '└'
	free := 0
	for _, t := range x.ticks(5) {
		at := left + place(t.t, columns-left)
		start := min(at-len([]rune(t.label))/2, columns-len([]rune(t.label)))
		g[rows][at].r = '┬'
		if start >= free {
			g.write(start, rows+1, t.label)
			free = start + len([]rune(t.label)) + 2
		}
	}
	return left
}

// cut returns the first n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// center returns a line with s in its middle.
func center(s string) string {
	if s == "" {
		return ""
	}
	s = cut(clean(s), columns)
	return strings.Repeat(" ", (columns-len([]rune(s)))/2) + s + "\n"
}

// place returns which of n cells contains t, which is from 0 to 1.
func place(t float64, n int) int { return max(0, min(n-1, int(t*float64(n-1)+0.5))) }
