package playground

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// advance reads the next token: a name, a number, a newline or one character.
func (p *parser) advance() {
	p.at += len(p.token)
	p.at += len(p.text[p.at:]) - len(strings.TrimLeft(p.text[p.at:], " \t\r"))
	rest := p.text[p.at:]
	endsToken := func(more string) func(r rune) bool {
		return func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(more, r)
		}
	}
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case rest == "" || p.failed != nil:
		p.token = ""
	case unicode.IsLetter(r):
		p.token = rest[:endOf(rest, endsToken("_"))]
	case r >= '0' && r <= '9' || r == '.':
		end := endOf(rest, endsToken("."))
		if end < len(rest) && (rest[end-1] == 'e' || rest[end-1] == 'E') &&
			(rest[end] == '-' || rest[end] == '+') {
			end++
			end += endOf(rest[end:], endsToken("."))
		}
		p.token = rest[:end]
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
