package playground

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gomicrograd/micrograd"
)

// A formula is a list of lines, or of parts between semicolons. Each gives a name to a number or to
// an expression:
//
//	x = 3; w = 2; b = 1
//	h = tanh(w*x + b)
//	h^2 / 2
//
// The last line is the result, and needs no name. The grammar is
//
//	line    = [ name "=" ] sum
//	sum     = product { ( "+" | "-" ) product }
//	product = term { "*" term | "/" factor }
//	term    = factor | [ "-" ] number power
//	factor  = "-" factor | power
//	power   = atom [ "^" factor | "²" | "³" ]
//	atom    = number | name | "(" sum ")" | "√" power
//	        | name "(" sum { "," sum } ")" | name power
//
// so that -x^2 is -(x^2), x^y^z is x^(y^z), sin x^2 is sin(x^2) and 2x is 2*x. What 1/2x means is
// not clear, so it is an error. The parser has a method for each line of the grammar.

// Limits of formulas: larger ones can't be drawn legibly.
const (
	maxText       = 1000
	maxName       = 20 // characters
	maxOperations = 60
)

// A parser reads the text once, and makes nodes, each after its operands.
type parser struct {
	text   string
	at     int // the byte where the current token begins
	token  string
	named  map[string]*node
	nodes  []*node
	count  int // of operations among them
	failed *FormulaError
}

// parseFormula returns the nodes of the result, each after its operands. The error is a
// *FormulaError.
func parseFormula(text string) ([]*node, error) {
	p := &parser{text: text, named: map[string]*node{}}
	if len(text) > maxText {
		p.fail(maxText, "the formula is longer than %d bytes", maxText)
		return nil, p.failed
	}
	p.advance()
	var result *node
	for p.failed == nil {
		for p.token == "\n" || p.token == ";" {
			p.advance()
		}
		if p.token == "" {
			break
		}
		result = p.line()
		if p.token != "" && p.token != "\n" && p.token != ";" {
			p.unexpected("an operation or the end of the line")
		}
	}
	switch {
	case p.failed != nil:
		return nil, p.failed
	case result == nil || result.op == nil:
		p.fail(len(text), "the formula has no operation, want one, such as x*y")
		return nil, p.failed
	}
	return p.finish(result), nil
}

// finish returns the nodes of the result, and gives names to those that have none.
func (p *parser) finish(result *node) []*node {
	if result.Name == "" {
		result.Name = p.free("L")
	}
	used := map[*micrograd.Value]bool{}
	for v := range result.Value.All() {
		used[v] = true
	}
	nodes := slices.DeleteFunc(p.nodes, func(n *node) bool { return !used[n.Value] })
	count := 0
	for _, n := range nodes {
		if n.Constant {
			n.Name = number(n.Value.Data)
		}
		if n.Name != "" {
			continue
		}
		for count++; p.named[fmt.Sprint("u", count)] != nil; count++ {
		}
		n.Name = fmt.Sprint("u", count)
	}
	return nodes
}

func (p *parser) line() *node {
	at, name := p.at, p.token
	if first, _ := utf8.DecodeRuneInString(name); unicode.IsLetter(first) {
		p.advance()
		if p.accept("=") {
			switch {
			case slices.Contains(Functions(), name):
				return p.fail(at, "%s is a function, want another name", name)
			case utf8.RuneCountInString(name) > maxName:
				return p.fail(at, "found a name of %d characters, want at most %d",
					utf8.RuneCountInString(name), maxName)
			}
			start := p.at
			n := p.sum()
			if n.Name == "" { // a node keeps its first name: after y = x, it is still x
				n.Name, n.Constant = p.free(name), false
				n.start, n.end = start, start+len(strings.TrimSpace(p.text[start:p.at]))
			}
			p.named[name] = n
			return n
		}
		p.at, p.token = at, "" // back to the beginning
		p.advance()
	}
	return p.sum()
}

// free returns the name, or the name with an index if a node has it already.
func (p *parser) free(name string) string {
	versions := 1
	for _, n := range p.nodes {
		if strings.TrimRight(n.Name, "₀₁₂₃₄₅₆₇₈₉") == name {
			versions++
		}
	}
	if versions == 1 {
		return name
	}
	for _, digit := range strconv.Itoa(versions) {
		name += string('₀' + digit - '0')
	}
	return name
}

func (p *parser) sum() *node {
	x := p.product()
	for p.failed == nil {
		switch {
		case p.accept("+"):
			x = p.operate("+", x, p.product())
		case p.accept("-", "−"):
			x = p.operate("-", x, p.product())
		default:
			return x
		}
	}
	return x
}

func (p *parser) product() *node {
	x := p.term()
	for p.failed == nil {
		switch {
		case p.accept("*", "·", "×"):
			x = p.operate("*", x, p.term())
		case p.accept("/"):
			x = p.operate("/", x, p.factor())
		default:
			return x
		}
	}
	return x
}

func (p *parser) term() *node {
	x := p.factor()
	first, _ := utf8.DecodeRuneInString(p.token)
	if x.Constant && (unicode.IsLetter(first) || p.token == "(" || p.token == "√") {
		return p.operate("*", x, p.power())
	}
	return x
}

func (p *parser) factor() *node {
	if !p.accept("-", "−") {
		return p.power()
	}
	x := p.factor()
	if x.Constant {
		x.Value.Data = -x.Value.Data
		return x
	}
	return p.operate("neg", x)
}

func (p *parser) power() *node {
	x := p.atom()
	switch {
	case p.accept("^", "**"):
		return p.operate("^", x, p.factor())
	case p.accept("²"):
		return p.operate("^", x, p.number(2))
	case p.accept("³"):
		return p.operate("^", x, p.number(3))
	}
	return x
}

func (p *parser) atom() *node {
	at, token := p.at, p.token
	first, _ := utf8.DecodeRuneInString(token)
	switch {
	case p.accept("("):
		x := p.sum()
		if p.failed == nil && !p.accept(")") {
			return p.unexpected("a )")
		}
		return x
	case p.accept("√"):
		return p.operate("sqrt", p.power())
	case p.accept("½"):
		return p.number(0.5)
	case first >= '0' && first <= '9' || first == '.':
		x, err := strconv.ParseFloat(token, 64)
		if err != nil {
			return p.fail(at, "found %.20q, want a number", token)
		}
		p.advance()
		return p.number(x)
	case unicode.IsLetter(first):
		p.advance()
		if p.accept("(") {
			return p.call(at, token)
		}
		if n := p.named[token]; n != nil {
			return n
		}
		if op := operationOf(token); slices.Contains(Functions(), token) &&
			len(op.derivatives) == 1 && p.token != "" && p.token != "\n" {
			return p.operate(token, p.power())
		}
		return p.fail(at, "%.20s has no value: give it one in a line before, such as %.20[1]s = %s",
			token, cmp.Or(usual[token], "1"))
	}
	return p.unexpected("a number, a name or a (")
}

// number returns the node of a number in the formula.
func (p *parser) number(x float64) *node {
	n := &node{Value: micrograd.New(x), Constant: true}
	p.nodes = append(p.nodes, n)
	return n
}

func (p *parser) call(at int, name string) *node {
	if !slices.Contains(Functions(), name) {
		return p.fail(at, "there is no function %.20s, want one of %s%s", name,
			strings.Join(Functions(), ", "), mends[name])
	}
	op := operationOf(name)
	args := []*node{p.sum()}
	for p.accept(",") {
		args = append(args, p.sum())
	}
	switch {
	case p.failed != nil:
		return args[0]
	case !p.accept(")"):
		return p.unexpected("a comma or a )")
	case len(args) != len(op.derivatives):
		return p.fail(at, "the number of operands of %s is %d, want %d", name, len(args),
			len(op.derivatives))
	}
	return p.operate(name, args...)
}

func (p *parser) operate(name string, args ...*node) *node {
	if p.failed != nil {
		return args[0]
	}
	op := operationOf(name)
	n := &node{op: op, Args: args}
	var values []*micrograd.Value
	for _, arg := range args {
		values = append(values, arg.Value)
	}
	n.Value = op.apply(values...)
	p.nodes = append(p.nodes, n)
	if p.count++; p.count > maxOperations {
		return p.fail(p.at, "there are more than %d operations", maxOperations)
	}
	return n
}
