package playground

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// advance reads the next token: a name, a number, a newline, ** or one character.
func (p *parser) advance() {
	p.at += len(p.token)
	p.at += len(p.text[p.at:]) - len(strings.TrimLeft(p.text[p.at:], " \t\r"))
	rest := p.text[p.at:]
	endsName := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_'
	}
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case rest == "" || p.failed != nil:
		p.token = ""
	case unicode.IsLetter(r):
		p.token = rest[:endOf(rest, endsName)]
	case r >= '0' && r <= '9' || r == '.':
		p.token = numberToken.FindString(rest)
	case strings.HasPrefix(rest, "**"):
		p.token = "**"
	default:
		p.token = rest[:size]
	}
}

// endOf returns the position of the first character for which stop is true.
func endOf(s string, stop func(r rune) bool) int {
	if i := strings.IndexFunc(s, stop); i >= 0 {
		return i
	}
	return len(s)
}

// numberToken matches what begins like a number. It may be none, such as 1.2.3.
var numberToken = regexp.MustCompile(`^[0-9.]+([eE][-+]?[0-9]+)?`)

// accept reports whether the token is one of these alternatives, and reads the next token if it is.
func (p *parser) accept(tokens ...string) bool {
	ok := p.failed == nil && slices.Contains(tokens, p.token)
	if ok {
		p.advance()
	}
	return ok
}

// found returns the token in words.
func (p *parser) found() string {
	switch p.token {
	case "":
		return "the end"
	case "\n":
		return "the end of the line"
	}
	return strconv.Quote(p.token)
}
