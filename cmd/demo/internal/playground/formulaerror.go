package playground

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gomicrograd/micrograd"
)

// A FormulaError says what is wrong with a formula, and where.
type FormulaError struct {
	Offset  int // in bytes
	Line    int // from 1
	Column  int // from 1, in characters
	Problem string
}

// Error implements error.
func (e *FormulaError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

// Pointing returns the error with its line of the text and a mark below the place.
func (e *FormulaError) Pointing(text string) string {
	line := strings.Split(text, "\n")[e.Line-1]
	return fmt.Sprintf("%s\n%s\n%s^", e, line, strings.Repeat(" ", e.Column-1))
}

// fail records the first error. After it, there are no more tokens.
func (p *parser) fail(offset int, problem string, args ...any) *node {
	if p.failed == nil {
		before := strings.ToValidUTF8(p.text[:offset], "?")
		start := strings.LastIndexByte(before, '\n') + 1
		p.failed = &FormulaError{offset, strings.Count(before, "\n") + 1,
			utf8.RuneCountInString(before[start:]) + 1, fmt.Sprintf(problem, args...)}
	}
	p.token = ""
	return &node{Value: micrograd.New(0)}
}

// mends say how to write what people write for other programs.
var mends = map[string]string{
	",": "; write a decimal number with a point, such as 1.5",
	"[": "; write ( and )", "]": "; write ( and )", "{": "; write ( and )", "}": "; write ( and )",
	"|":   "; write abs(x) for |x|",
	"ln":  "; write log(x) for ln(x)",
	"pow": "; write x^y for pow(x, y)",
}

// usual are the values of names that usually have one.
var usual = map[string]string{"pi": "3.14159", "π": "3.14159", "e": "2.71828"}

// unexpected fails at the token, and says how to mend it if that is known.
func (p *parser) unexpected(want string) *node {
	mend := mends[p.token]
	if first, _ := utf8.DecodeRuneInString(p.token); mend == "" && want[:2] == "an" &&
		(unicode.IsLetter(first) || unicode.IsDigit(first) || first == '(') {
		mend = "; write * to multiply"
	}
	return p.fail(p.at, "found %s, want %s%s", p.found(), want, mend)
}
