package micrograd

import (
	"bytes"
	"encoding/xml"
	"io"
	"math/rand/v2"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOpNameAndArgsDescribeTheOperation(t *testing.T) {
	x, y := New(2), New(3)
	for _, c := range []struct {
		v    *Value
		op   string
		args []*Value
	}{
		{x, "", nil},
		{x.Mul(y), "*", []*Value{x, y}},
		{y.Sub(x), "-", []*Value{y, x}},
		{x.AddC(3), "+", []*Value{x}},
		{x.Tanh(), "Tanh", []*Value{x}},
		{x.Exp(), "exp", []*Value{x}},
		{Sum(x, y, x), "sum", []*Value{x, y, x}},
		{Dot([]*Value{x, x}, []*Value{y, x}), "dot", []*Value{x, x, y, x}},
		{linearNode([]*Value{x}, []*Value{y}, x), "linear", []*Value{x, y, x}},
	} {
		assert.Equal(t, c.op, c.v.OpName())
		args := c.v.Args()
		require.Len(t, args, len(c.args), c.op)
		for i := range args {
			assert.Same(t, c.args[i], args[i], c.op)
		}
	}
	assert.Nil(t, x.Args())

	args := x.Mul(y).Args()
	args[0] = nil // changes nothing in the graph
	z := x.Mul(y)
	z.Args()[0] = nil
	z.Backward()
	assert.Equal(t, 3.0, x.Grad)
}

func TestAllYieldsEachNodeOnceAfterItsOperands(t *testing.T) {
	for seed := range uint64(20) {
		leaves, root := randomGraph(seeded(seed), 100)
		var all []*Value
		seen := map[*Value]bool{}
		for v := range root.All() {
			require.False(t, seen[v])
			for _, x := range v.Args() {
				require.True(t, seen[x])
			}
			seen[v] = true
			all = append(all, v)
		}
		require.Same(t, root, all[len(all)-1])
		for _, leaf := range leaves { // the root is a sum of all nodes
			require.True(t, seen[leaf])
		}
		i := 0
		for v := range root.All() {
			require.Same(t, all[i], v, "the same order again")
			i++
		}
	}
	x := New(2)
	assert.Equal(t, []*Value{x}, slices.Collect(x.All()), "a leaf is a graph")
	a, b, c := x.Exp(), x.Sin(), x.Cos()
	s := Sum(a, b, c)
	assert.Equal(t, []*Value{x, a, b, c, s}, slices.Collect(s.All()), "the first operand is first")
	p := c.Mul(b)
	assert.Equal(t, []*Value{x, c, b, p}, slices.Collect(p.All()))
	z := x.AddC(3)
	assert.Equal(t, []*Value{x, z}, slices.Collect(z.All()), "without the constant")
	for range z.Add(x).All() {
		break // it stops when the loop does
	}
}

func dotText(t *testing.T, root *Value, names map[*Value]string) string {
	var b bytes.Buffer
	require.NoError(t, WriteDOT(&b, root, names))
	return b.String()
}

func TestWriteDOTDrawsValuesAndOperations(t *testing.T) {
	a, b := New(2), New(-3)
	c := a.Mul(b).AddC(10)
	c.Backward()
	assert.Equal(t, `digraph {
	rankdir=LR; ordering=in
	v0 [shape=box, label="a\ndata 2\ngrad -3"]
	v1 [shape=box, label="data -3\ngrad 2"]
	v2 [shape=box, label="data -6\ngrad 1"]
	op2 [label="*"]
	v0 -> op2
	v1 -> op2
	op2 -> v2
	v3 [shape=box, label="c\ndata 4\ngrad 1"]
	op3 [label="+ 10"]
	v2 -> op3
	op3 -> v3
}
`, dotText(t, c, map[*Value]string{c: "c", a: "a"}))
}

func TestWriteDOTOfALeafIsItsBox(t *testing.T) {
	assert.Equal(t, `digraph {
	rankdir=LR; ordering=in
	v0 [shape=box, label="data 2\ngrad 0"]
}
`, dotText(t, New(2), nil))
}

func TestWriteDOTDrawsAnEdgeForEachUse(t *testing.T) {
	x := New(3)
	text := dotText(t, Dot([]*Value{x, x}, []*Value{x, x.MulC(0)}), nil)
	assert.Equal(t, 3, strings.Count(text, "v0 -> op2\n"))
	assert.Contains(t, text, `op1 [label="* 0"]`)
}

func TestWriteDOTGivesTheSameTextOnEveryRun(t *testing.T) {
	run := func() string {
		leaves, root := randomGraph(rand.New(rand.NewPCG(3, 3)), 200)
		names := map[*Value]string{root: "root"}
		for i, leaf := range leaves {
			names[leaf] = string(rune('a' + i))
		}
		return dotText(t, root, names)
	}
	first := run()
	for range 5 {
		require.Equal(t, first, run())
	}
}

// The names that might break a picture, and what Graphviz should show.
var oddNames = map[string]string{
	`quotes "'`:                 `quotes "'`,
	`{braces|<and> bar}`:        `{braces|<and> bar}`,
	`back\slash\`:               `back\slash\`,
	`\N \n \l`:                  `\N \n \l`,
	`entity &lt; & co`:          `entity &lt; & co`,
	"日本 ∂L/∂w₁":                 "日本 ∂L/∂w₁",
	"a\x00b\x1bc\xffd":          "a�b�c�d",
	`"];v9 [label="`:            `"];v9 [label="`,
	"":                          "",
	"a\tb":                      "a\tb",
	"می\u200cخواهم \ue000":      "می\u200cخواهم \ue000",
	"👩\u200d🔬 \u00ad":           "👩\u200d🔬 \u00ad",
	"\ufffe\uffff":              "\ufffd\ufffd",
	strings.Repeat("é", 20_000): strings.Repeat("é", 1000) + "…",
}

func TestWriteDOTEscapesNames(t *testing.T) {
	v := New(1)
	for name, want := range map[string]string{
		`say "hi"`:   `label="say \"hi\"\ndata`,
		"two\nlines": `label="two\nlines\ndata`,
		`back\slash`: `label="back\\slash\ndata`,
		"a & b":      `label="a &amp; b\ndata`,
		"bell\a":     "label=\"bell\uFFFD\\ndata",
		"\uffff":     "label=\"\uFFFD\\ndata",
		"\ufffe":     "label=\"\uFFFD\\ndata",
	} {
		assert.Contains(t, dotText(t, v, map[*Value]string{v: name}), want)
	}
	longest := strings.Repeat("é", 1000-len("\ndata 1\ngrad 0"))
	assert.NotContains(t, dotText(t, v, map[*Value]string{v: longest}), "…")
	assert.Contains(t, dotText(t, v, map[*Value]string{v: longest + "é"}), "…")
}

func TestGraphvizAcceptsAndShowsOddNames(t *testing.T) {
	dot, err := exec.LookPath("dot")
	if err != nil {
		t.Skip("Graphviz is not installed")
	}
	for name, want := range oddNames {
		v := New(1)
		cmd := exec.Command(dot, "-Tsvg")
		cmd.Stdin = strings.NewReader(dotText(t, v.Tanh(), map[*Value]string{v: name}))
		svg, err := cmd.CombinedOutput()
		require.NoError(t, err, "%q: %s", name, svg)
		assert.Contains(t, svgTexts(t, svg), want, "%q", name)
	}
	_, root := randomGraph(rand.New(rand.NewPCG(5, 5)), 100)
	cmd := exec.Command(dot, "-Tsvg")
	cmd.Stdin = strings.NewReader(dotText(t, root, nil))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// FuzzWriteDOT holds that each line is a statement, whatever the names are.
func FuzzWriteDOT(f *testing.F) {
	for name := range oddNames {
		f.Add(name[:min(len(name), 100)], "b") // the fuzzer takes long for longer ones
	}
	const label = `label="([^"\\]|\\[\\"n])*"`
	statement := regexp.MustCompile(`^(v\d+ \[shape=box, ` + label + `\]|op\d+ \[` + label + `\]|` +
		`v\d+ -> op\d+|op\d+ -> v\d+)$`)
	f.Fuzz(func(t *testing.T, first, second string) {
		a, b := New(1), New(2)
		text := dotText(t, a.Mul(b).Tanh(), map[*Value]string{a: first, b: second})
		require.True(t, utf8.ValidString(text))
		lines := strings.Split(text, "\n\t")[2:] // after digraph and its attributes
		require.Len(t, lines, 4+2+2+1+2, "boxes, operations and edges: %s", text)
		for _, line := range lines {
			require.Regexp(t, statement, strings.TrimSuffix(line, "\n}\n"))
		}
	})
}

// svgTexts returns the lines of text in a picture.
func svgTexts(t *testing.T, svg []byte) (texts []string) {
	d := xml.NewDecoder(bytes.NewReader(svg))
	d.Strict = true
	for inText := false; ; {
		token, err := d.Token()
		if err == io.EOF {
			return append(texts, "") // an empty line is not drawn
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			inText = token.Name.Local == "text"
		case xml.EndElement:
			inText = false
		case xml.CharData:
			if inText {
				texts = append(texts, strings.ReplaceAll(string(token), "\u00a0", " "))
			}
		}
	}
}

func TestWriteDOTReturnsTheErrorOfItsWriter(t *testing.T) {
	assert.EqualError(t, WriteDOT(failingWriter{}, New(1), nil), "disk full")
}

func TestCheckFiniteNamesTheFirstCulprit(t *testing.T) {
	zero, one, big := New(0), New(1), New(1e308)
	for _, c := range []struct {
		root *Value
		want string
	}{
		{one.Neg().Log().AddC(1).Exp(), "micrograd: log(-1) is NaN"},
		{one.Div(zero).Neg(), "micrograd: 1 / 0 is +Inf"},
		{one.DivC(0), "micrograd: 1 / 0 is +Inf"},
		{zero.Log().Add(one.Neg().Log()), "micrograd: log(0) is -Inf"},
		{big.Add(big), "micrograd: 1e+308 + 1e+308 is +Inf"},
		{Sum(big, one, big), "micrograd: sum(1e+308, 1, 1e+308) is +Inf"},
		{Dot([]*Value{big, one}, []*Value{New(10), one}),
			"micrograd: dot(1e+308, 1, 10, 1) is +Inf"},
		{one.Add(New(nan)).Exp(), "micrograd: a leaf is NaN: operand 2 of 1 + NaN"},
		{New(-inf), "micrograd: the leaf is -Inf"},
		{New(nan), "micrograd: the leaf is NaN"},
		{Sum(append(Values(make([]float64, 6)...), big, big)...),
			"micrograd: sum(0, 0, 0, 0, 0, 0, 1e+308, 1e+308) is +Inf"},
		{Sum(append(Values(make([]float64, 7)...), big, big)...),
			"micrograd: sum(0, 0, 0, 0, 0, 0, 0, 1e+308, …) is +Inf"},
		{Sum(append(Values(make([]float64, 20)...), big, big)...),
			"micrograd: sum(0, 0, 0, 0, 0, 0, 0, 0, …) is +Inf"},
	} {
		assert.EqualError(t, CheckFinite(c.root), c.want)
	}
	assert.NoError(t, CheckFinite(one))
	assert.NoError(t, CheckFinite(big.Mul(one).Add(zero)))
}
