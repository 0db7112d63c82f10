package micrograd

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strings"
)

// All yields v and all that it was computed from, each once, in topological order: operands before
// what was computed from them, so v is the last. Constants such as the c of AddC are left out. The
// order is the same on every run. Like Backward, All may not run concurrently with another call on
// the same graph.
func (v *Value) All() iter.Seq[*Value] {
	return func(yield func(*Value) bool) {
		order := v.sort()
		if v.op == nil {
			order = []*Value{v}
		}
		seen := map[*Value]bool{} // leaves
		for _, u := range order {
			for _, x := range u.Args() {
				if x.op == nil && !seen[x] {
					seen[x] = true
					if !yield(x) {
						return
					}
				}
			}
			if !yield(u) {
				return
			}
		}
	}
}

// OpName returns the name of v's operation: "" if v is a leaf, that of the row in the table of
// ops.go, such as "*" or "Tanh", "sum", "dot", "linear", or the Name of an [Op].
func (v *Value) OpName() string {
	if v.op == nil {
		return ""
	}
	return v.op.Name
}

// Args returns the operands of v's operation, without constants: for Dot, all of w, then all of x;
// and for "linear", which is W·x + b in a neuron, W, x and b. For a leaf, it returns nil.
func (v *Value) Args() []*Value {
	return slices.DeleteFunc(v.operands(), func(x *Value) bool { return x.mark == constant })
}

// operands returns the Args, with the constant if there is one.
func (v *Value) operands() (all []*Value) {
	if v.list != nil {
		all = slices.Concat(v.list.ws, v.list.xs)
	}
	if v.x != nil {
		all = append(all, v.x)
	}
	if v.y != nil {
		all = append(all, v.y)
	}
	return all
}

// String returns a text such as "Value(data=2, grad=0)".
func (v *Value) String() string { return fmt.Sprintf("Value(data=%g, grad=%g)", v.Data, v.Grad) }

// CheckFinite returns an error if the Data of root, or of a node that it was computed from, is NaN
// or infinite. The error names the first such node, in topological order, and the numbers that it
// was computed from, as in "micrograd: log(-1) is NaN". If it is a leaf, the error says so, and
// names the operation that uses it.
//
// CheckFinite doesn't look at gradients. Like Backward, it may not run concurrently with another
// call on the same graph.
func CheckFinite(root *Value) error {
	if root.op == nil && !finite(root.Data) {
		return fmt.Errorf("micrograd: the leaf is %g", root.Data)
	}
	for _, v := range root.sort() {
		for i, x := range v.Args() {
			if !finite(x.Data) {
				return fmt.Errorf("micrograd: a leaf is %g: operand %d of %s",
					x.Data, i+1, v.formula())
			}
		}
		if !finite(v.Data) {
			return fmt.Errorf("micrograd: %s is %g", v.formula(), v.Data)
		}
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// formula returns v's operation and the numbers of its operands, such as "log(-1)" or "1 / 0".
func (v *Value) formula() string {
	var args []string
	for _, x := range v.operands() {
		args = append(args, fmt.Sprintf("%g", x.Data))
	}
	if len(args) > 8 {
		args = append(args[:8], "…")
	}
	return expression(v.op.Name, args...)
}

// expression returns the text of an operation: "x + y" if it is an infix operator, "pow(x, y)"
// otherwise. An argument that is missing is "".
func expression(name string, args ...string) string {
	args = slices.DeleteFunc(args, func(arg string) bool { return arg == "" })
	if len(args) == 2 && slices.Contains([]string{"+", "-", "*", "/"}, name) {
		return args[0] + " " + name + " " + args[1]
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

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
	for v := range root.All() {
		box(v)
		if v.op == nil {
			continue
		}
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
