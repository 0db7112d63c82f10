package micrograd

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// WriteDOT writes the graph of root, and of all that it was computed from, in the DOT language of
// Graphviz: a box for each Value, with its Data, its Grad and its name if names has one, and an
// ellipse for each operation. The same graph and names give the same text. To draw it:
//
//	dot -Tsvg graph.dot > graph.svg
//
// The operands of an operation enter its ellipse in order, from top to bottom. A constant operand
// is written inside the ellipse. WriteDOT returns the error of w.Write, if there is one. Like
// Backward, WriteDOT may not run concurrently with another call on the same graph.
func WriteDOT(w io.Writer, root *Value, names map[*Value]string) error {
	var b bytes.Buffer
	fmt.Fprintln(&b, "digraph {")
	fmt.Fprintln(&b, "\trankdir=LR; ordering=in")
	ids := map[*Value]int{}
	box := func(v *Value) {
		ids[v] = len(ids)
		label := fmt.Sprintf("data %.4g\ngrad %.4g", v.Data, v.Grad)
		if name, ok := names[v]; ok {
			label = name + "\n" + label
		}
		fmt.Fprintf(&b, "\tv%d [shape=box, label=%s]\n", ids[v], quote(label))
	}
	order := root.sort()
	if root.op == nil {
		box(root)
	}
	for _, v := range order {
		for _, arg := range v.Args() {
			if _, drawn := ids[arg]; !drawn {
				box(arg)
			}
		}
		box(v)
		label := v.op.Name
		if v.y != nil && v.y.mark == constant {
			label += fmt.Sprintf(" %.4g", v.y.Data)
		}
		fmt.Fprintf(&b, "\top%d [label=%s]\n", ids[v], quote(label))
		for _, arg := range v.Args() {
			fmt.Fprintf(&b, "\tv%d -> op%d\n", ids[arg], ids[v])
		}
		fmt.Fprintf(&b, "\top%d -> v%d\n", ids[v], ids[v])
	}
	fmt.Fprintln(&b, "}")
	_, err := w.Write(b.Bytes())
	return err
}

// quote returns s as a quoted string of DOT, in which backslashes begin escapes and ampersands
// begin entities. It replaces what XML, and so an SVG, may not contain by U+FFFD, and cuts long
// strings, since Graphviz accepts at most 16 kB.
func quote(s string) string {
	if runes := []rune(s); len(runes) > 1000 {
		s = string(runes[:1000]) + "…"
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == '\uFFFE' || r == '\uFFFF' {
			return '\uFFFD'
		}
		return r
	}, s)
	escapes := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;", "\n", `\n`)
	return `"` + escapes.Replace(s) + `"`
}
