package figure

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// A grid is a drawing of characters.
type grid [][]cell

// A cell is a character with its color and background; 0 is the terminal's own. It is empty if the
// character before it is wide.
type cell struct {
	r               rune
	color, backdrop int
}

// ink are the terminal colors of series and classes, which are legible on light and dark
// backgrounds.
var ink = [...]int{33, 167, 178, 245}

// marks are the characters of series and classes, plainMarks those without color.
var (
	marks      = []rune("●▲■◆")
	plainMarks = []rune("ox+*")
)

func newGrid(rows, columns int) grid {
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
		n := runeWidth(r)
		if x >= 0 && x+n <= len(g[y]) {
			copy(g[y][x:x+n], []cell{{r: r}, {}})
		}
		x += n
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
			if c == (cell{}) {
				continue
			}
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

// textLegend returns lines that explain marks, unless there is only one, without a name.
func textLegend(marks []cell, names []string, columns int) string {
	if len(names) == 1 && names[0] == "" {
		return ""
	}
	var keys []string
	for i, m := range marks {
		keys = append(keys, paint(m.color, 0, string(m.r))+" "+clean(names[i]))
	}
	return joinLines(wrap(keys, "   ", columns, textWidth))
}

// plot returns the text of a grid with axes, and what stands above and below it.
func (g grid) plot(title string, x, y axis, marks []cell, names []string, color bool) string {
	columns := len(g[0])
	return textTitle(title, columns) + textTitle(y.name, columns) + g.text(color) +
		center(x.name, columns) + textLegend(marks, names, columns)
}

// textTitle returns the title of a figure, if it has one.
func textTitle(s string, columns int) string {
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

// wide are the characters that take two columns: those of East Asia, and emoji.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{{0x1100, 0x115f, 1}, {0x2e80, 0xa4cf, 1}, {0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff01, 0xff60, 1}, {0xffe0, 0xffe6, 1}},
	R32: []unicode.Range32{{0x1f300, 0x1faff, 1}, {0x20000, 0x3fffd, 1}},
}

// runeWidth returns the number of columns of a character.
func runeWidth(r rune) int {
	if unicode.Is(wide, r) {
		return 2
	}
	return 1
}

// textWidth returns the number of columns of a text.
func textWidth(s string) (n int) {
	for _, r := range escape.ReplaceAllString(s, "") {
		n += runeWidth(r)
	}
	return n
}

// frame draws axes, and returns the first column between them. The part between has all rows except
// the last two.
func (g grid) frame(x, y axis) (left int) {
	rows, columns := len(g)-2, len(g[0])
	yTicks := y.ticks(4)
	for _, t := range yTicks {
		left = max(left, textWidth(t.label)+2)
	}
	for row := range rows {
		g[row][left-1].r = '│'
	}
	for _, t := range yTicks {
		row := place(1-t.t, rows)
		g.write(left-2-textWidth(t.label), row, t.label)
		g[row][left-1].r = '┤'
	}
	for column := left - 1; column < columns; column++ {
		g[rows][column].r = '─'
	}
	g[rows][left-1].r = '└'
	free := 0
	for _, t := range x.ticks(5) {
		at := left + place(t.t, columns-left)
		start := min(at-textWidth(t.label)/2, columns-textWidth(t.label))
		g[rows][at].r = '┬'
		if start >= free {
			g.write(start, rows+1, t.label)
			free = start + textWidth(t.label) + 2
		}
	}
	return left
}

// cut returns what fits into n columns.
func cut(s string, n int) string {
	for i, r := range s {
		if n -= runeWidth(r); n < 0 {
			return s[:i]
		}
	}
	return s
}

// center returns a line with s in its middle.
func center(s string, columns int) string {
	if s == "" {
		return ""
	}
	s = cut(clean(s), columns)
	return strings.Repeat(" ", (columns-textWidth(s))/2) + s + "\n"
}

// place returns which of n cells contains t, which is from 0 to 1.
func place(t float64, n int) int { return max(0, min(n-1, int(t*float64(n-1)+0.5))) }
