package figure

import (
	"math"
	"slices"
	"strings"
)

// A Graph shows a calculation from left to right.
type Graph struct {
	Title  string
	Nodes  []Node // each after its operands
	Labels bool   // there is room for the labels of wires
}

// A Node is a box with lines of text. The first line is its name; the others may be numbers.
type Node struct {
	Lines []string
	// The box is wide enough for these lines, too, so that it has the same place in each step.
	Room     []string
	Args     []int    // its operands, as indexes of Nodes
	Labels   []string // of the wires from Args, or nil
	Marked   bool     // it is highlighted
	Outlined bool     // it is highlighted as belonging to a marked one
	Faint    bool     // its text is gray
}

// text writes a line for each node.
func (g Graph) text(columns int, color bool) string {
	var rows [][]string
	for _, n := range g.Nodes {
		mark := ""
		if n.Marked {
			mark = "→"
		}
		rows = append(rows, append([]string{mark}, n.Lines...))
	}
	return Table{Title: g.Title, Rows: rows}.text(columns, color)
}

func (g Graph) draw(d *drawing) {
	d.title(g.Title)
	l := g.layout()
	top := d.y + 6
	for i, n := range g.Nodes {
		for _, arg := range n.Args {
			d.add(`<path class="%s" d="%s"/>`, class("wire", n), l.wire(arg, i, top))
		}
	}
	for i, n := range g.Nodes {
		for j, label := range n.Labels {
			x, y := l.middle(n.Args[j], i)
			d.add(`<text class="label" x="%v" y="%v" text-anchor="middle">%s</text>`, x, top+y-4,
				escaped(label))
		}
	}
	for i, n := range g.Nodes {
		b := l.boxes[i]
		d.add(`<rect class="%s" x="%v" y="%v" width="%v" height="%v" rx="6"/>`,
			class("data box", n), b.x, top+b.y, b.w, b.h)
		if len(n.Args) > 0 {
			d.add(`<path class="%s" d="M%v %vl-7 -4v8z"/>`, class("tip", n), b.x, top+b.y+b.h/2)
		}
		for j, s := range n.Lines {
			d.text(b.x+b.w/2, top+b.y+lineHeight*float64(j+1)-1, "middle", s)
		}
		d.x = max(d.x, b.x+b.w)
		d.y = max(d.y, top+b.y+b.h)
	}
}

// Focus returns from where to where the marked and the outlined nodes reach, if there are any.
func (g Graph) Focus() (left, right float64, ok bool) {
	left, right = math.Inf(1), math.Inf(-1)
	l := g.layout()
	for i, n := range g.Nodes {
		if n.Marked || n.Outlined {
			b := l.boxes[i]
			left, right, ok = min(left, b.x), max(right, b.x+b.w), true
		}
	}
	return left, right, ok
}

func class(name string, n Node) string {
	if n.Marked {
		name += " marked"
	}
	if n.Outlined {
		name += " outlined"
	}
	if n.Faint {
		name += " faint"
	}
	return name
}

// A box is where a node is drawn, or where a wire passes a column.
type box struct{ x, y, w, h float64 }

// A layout puts nodes into columns, each to the right of its operands. A wire that passes a column
// has a box there, so that it doesn't cross nodes (Sugiyama, Tagawa and Toda 1981, Methods for
// visual understanding of hierarchical system structures).
type layout struct {
	boxes   []box
	left    [][]int // the neighbors of each box in the column before
	right   [][]int // and in the column after
	columns [][]int // the boxes from top to bottom
	via     map[[2]int][]int
	gap     float64 // between columns
}

const betweenRows = 12.0

func (g Graph) layout() *layout {
	l := &layout{via: map[[2]int][]int{}, gap: 34}
	if g.Labels {
		l.gap = 68
	}
	column := g.ranks()
	add := func(c int, b box) int {
		for len(l.columns) <= c {
			l.columns = append(l.columns, nil)
		}
		l.columns[c] = append(l.columns[c], len(l.boxes))
		l.boxes, l.left, l.right = append(l.boxes, b), append(l.left, nil), append(l.right, nil)
		return len(l.boxes) - 1
	}
	for i, n := range g.Nodes {
		b := box{w: 24, h: lineHeight*float64(len(n.Lines)) + 6}
		for _, s := range slices.Concat(n.Room, n.Lines) {
			b.w = max(b.w, width(s)+14)
		}
		add(column[i], b)
	}
	join := func(a, b int) { l.right[a], l.left[b] = append(l.right[a], b), append(l.left[b], a) }
	for i, n := range g.Nodes {
		for _, arg := range n.Args {
			last := arg
			if _, drawn := l.via[[2]int{arg, i}]; drawn {
				continue // an operand that is used twice
			}
			path := []int{}
			for c := column[arg] + 1; c < column[i]; c++ {
				path = append(path, add(c, box{h: 2}))
			}
			for _, b := range append(slices.Clone(path), i) {
				join(last, b)
				last = b
			}
			l.via[[2]int{arg, i}] = path
		}
	}
	l.order()
	l.place()
	return l
}

// ranks returns the column of each node: to the right of all its operands. A leaf is in the column
// before the first node that uses it.
func (g Graph) ranks() []int {
	rank := make([]int, len(g.Nodes))
	first := make([]int, len(g.Nodes))
	for i, n := range g.Nodes {
		first[i] = math.MaxInt
		for _, arg := range n.Args {
			rank[i] = max(rank[i], rank[arg]+1)
		}
	}
	for i, n := range g.Nodes {
		for _, arg := range n.Args {
			first[arg] = min(first[arg], rank[i])
		}
	}
	for i, n := range g.Nodes {
		if len(n.Args) == 0 && first[i] < math.MaxInt {
			rank[i] = first[i] - 1
		}
	}
	return rank
}

// order sorts each column by the mean position of the neighbors, several times in both directions,
// so that few wires cross.
func (l *layout) order() {
	at := make([]float64, len(l.boxes)) // the place in the column, from 0 to 1
	number := func(column []int) {
		for i, b := range column {
			at[b] = (float64(i) + 0.5) / float64(len(column))
		}
	}
	for _, column := range l.columns {
		number(column)
	}
	sort := func(column []int, neighbors [][]int) {
		middle := map[int]float64{}
		for _, b := range column {
			middle[b] = at[b]
			if n := neighbors[b]; len(n) > 0 {
				middle[b] = 0
				for _, other := range n {
					middle[b] += at[other] / float64(len(n))
				}
			}
		}
		slices.SortStableFunc(column, func(a, b int) int {
			switch {
			case middle[a] < middle[b]-1e-9:
				return -1
			case middle[a] > middle[b]+1e-9:
				return 1
			}
			return 0
		})
		number(column)
	}
	for range 8 {
		for _, column := range l.columns {
			sort(column, l.left)
		}
		for _, column := range slices.Backward(l.columns) {
			sort(column, l.right)
		}
	}
}

// place computes coordinates: a column is as wide as its widest box, and each box is as close to
// the height of its neighbors as the boxes above and below it allow.
func (l *layout) place() {
	x := margin
	for _, column := range l.columns {
		w := 0.0
		for _, b := range column {
			w = max(w, l.boxes[b].w)
		}
		for _, b := range column {
			if l.boxes[b].w == 0 {
				l.boxes[b].w = w // a wire goes straight on
			}
			l.boxes[b].x = x + (w-l.boxes[b].w)/2
		}
		x += w + l.gap
		l.separate(column, make([]float64, len(column)))
	}
	for range 30 {
		for _, column := range l.columns {
			want := make([]float64, len(column))
			for i, b := range column {
				want[i] = l.boxes[b].y
				neighbors := slices.Concat(l.left[b], l.right[b])
				if len(neighbors) == 0 {
					continue
				}
				middle := 0.0
				for _, n := range neighbors {
					middle += (l.boxes[n].y + l.boxes[n].h/2) / float64(len(neighbors))
				}
				want[i] = middle - l.boxes[b].h/2
			}
			l.separate(column, want)
		}
	}
	top := math.Inf(1)
	for _, b := range l.boxes {
		top = min(top, b.y)
	}
	for i := range l.boxes {
		l.boxes[i].y -= top
	}
}

// separate moves the boxes of a column to where they should be, without overlap.
func (l *layout) separate(column []int, want []float64) {
	// A group is boxes that touch. It is at the mean of the positions that its boxes should have.
	type group struct {
		boxes       []int
		top, height float64 // of the group
		sum         float64 // of the tops that the group should have for each box
	}
	var groups []group
	for i, b := range column {
		g := group{[]int{b}, want[i], l.boxes[b].h + betweenRows, want[i]}
		for len(groups) > 0 {
			last := groups[len(groups)-1]
			if last.top+last.height <= g.top {
				break
			}
			groups = groups[:len(groups)-1]
			last.sum += g.sum - last.height*float64(len(g.boxes))
			last.boxes = append(last.boxes, g.boxes...)
			last.height += g.height
			last.top = last.sum / float64(len(last.boxes))
			g = last
		}
		groups = append(groups, g)
	}
	for _, g := range groups {
		y := g.top
		for _, b := range g.boxes {
			l.boxes[b].y = y
			y += l.boxes[b].h + betweenRows
		}
	}
}

// middle returns the middle of the last part of a wire, which is in the gap before its end.
func (l *layout) middle(from, to int) (x, y float64) {
	before, end := l.boxes[from], l.boxes[to]
	if via := l.via[[2]int{from, to}]; len(via) > 0 {
		before = l.boxes[via[len(via)-1]]
	}
	return (before.x + before.w + end.x) / 2, (before.y + before.h/2 + end.y + end.h/2) / 2
}

// wire returns the curve from one node to another, through the boxes between, as an SVG path.
func (l *layout) wire(from, to int, top float64) string {
	b := l.boxes[from]
	x, y := b.x+b.w, top+b.y+b.h/2
	var path strings.Builder
	path.WriteString("M" + coordinate(x) + " " + coordinate(y))
	for _, i := range append(slices.Clone(l.via[[2]int{from, to}]), to) {
		next := l.boxes[i]
		u, v := next.x, top+next.y+next.h/2
		if i == to {
			u -= 6 // where the arrow begins
		}
		bend := coordinate((x + u) / 2)
		path.WriteString("C" + bend + " " + coordinate(y) + " " + bend + " " + coordinate(v) + " " +
			coordinate(u) + " " + coordinate(v))
		x, y = u, v
		if i != to {
			x += next.w
			path.WriteString("H" + coordinate(x))
		}
	}
	return path.String()
}
