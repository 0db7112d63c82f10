package main

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScreenRedrawsTheBarInATerminal(t *testing.T) {
	var b bytes.Buffer
	s := &screen{w: &writer{Writer: &b}, live: true, color: true, width: 80}
	for epoch := range 50 {
		s.progress(epoch+1, 50, "loss %d", 49-epoch)
	}
	s.endLine()
	assert.True(t, strings.HasPrefix(b.String(), "\r\x1b[K"))
	assert.Equal(t, 1, strings.Count(b.String(), "\n"))
	assert.True(t, strings.HasSuffix(b.String(),
		strings.Repeat("█", 24)+"\x1b[0m  epoch 50/50  loss 0\n"), "the last state is shown")
}

func TestScreenKeepsTheBarOnItsLine(t *testing.T) {
	for _, columns := range []string{"", "x", "40", "10", "120"} {
		t.Setenv("COLUMNS", columns)
		t.Setenv("TERM", "xterm")
		device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		require.NoError(t, err)
		defer device.Close()
		var b bytes.Buffer
		s := newScreen(device)
		s.w, s.color = &writer{Writer: &b}, false
		s.progress(1, 2, "loss %s", strings.Repeat("1", 200))
		s.endLine()
		line := strings.TrimSuffix(strings.TrimPrefix(b.String(), "\r\x1b[K"), "\n")
		want, err := strconv.Atoi(columns)
		if err != nil {
			want = 80
		}
		assert.Equal(t, max(26, want-1), len([]rune(line)), "COLUMNS=%s", columns)
		assert.NotContains(t, line, "\n")
	}
}

func TestScreenBreaksLinesBetweenWordsInATerminal(t *testing.T) {
	const text = "after 3 epochs: loss −0.25 (the goal is x: met)"
	for width, want := range map[int]string{
		80: text,
		47: text,
		46: "after 3 epochs: loss −0.25 (the goal is x:\nmet)",
		16: "after 3 epochs:\nloss −0.25 (the\ngoal is x: met)",
		3:  strings.ReplaceAll(text, " ", "\n"),
	} {
		for _, live := range []bool{true, false} {
			var b bytes.Buffer
			s := &screen{w: &writer{Writer: &b}, live: live, width: width}
			s.line("after %d %s", 3, strings.TrimPrefix(text, "after 3 "))
			if !live {
				want = text
			}
			assert.Equal(t, want+"\n", b.String(), "%d columns, %v", width, live)
		}
	}
}

func TestFiguresAreAsWideAsTheTerminal(t *testing.T) {
	for columns, want := range map[string]int{"50": 50, "80": 80, "200": 80} {
		t.Setenv("COLUMNS", columns)
		widest := 0
		for _, line := range succeed(t, "linear", "-epochs", "0") {
			if !strings.HasPrefix(line, "after ") {
				widest = max(widest, utf8.RuneCountInString(line))
			}
		}
		assert.Equal(t, want, widest, "COLUMNS=%s", columns)
	}
}

func TestScreenDoneTwiceEndsTheLineOnce(t *testing.T) {
	var b bytes.Buffer
	s := &screen{w: &writer{Writer: &b}, live: true, width: 80}
	s.progress(1, 2, "loss")
	s.endLine()
	s.endLine()
	assert.Equal(t, 1, strings.Count(b.String(), "\n"))
}

func TestScreenWithoutColorHasNoColor(t *testing.T) {
	var b bytes.Buffer
	s := &screen{w: &writer{Writer: &b}, live: true, width: 80}
	s.progress(1, 2, "loss")
	s.endLine()
	assert.NotContains(t, strings.ReplaceAll(b.String(), "\r\x1b[K", ""), "\x1b")
}

func TestScreenKnowsWhatItCanDo(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	require.NoError(t, err)
	defer file.Close()
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a character device, as a terminal is
	require.NoError(t, err)
	defer device.Close()
	for _, c := range []struct {
		f             *os.File
		term, noColor string
		live, color   bool
	}{
		{file, "xterm", "", false, false},
		{device, "xterm", "", true, true},
		{device, "xterm", "1", true, false},
		{device, "dumb", "", false, false},
	} {
		t.Setenv("TERM", c.term)
		t.Setenv("NO_COLOR", c.noColor)
		s := newScreen(c.f)
		assert.Equal(t, []bool{c.live, c.color}, []bool{s.live, s.color}, "%+v", c)
	}
}
