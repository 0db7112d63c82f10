package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A screen shows the progress of a training: in a terminal with a bar, in a file or pipe with
// lines.
type screen struct {
	w     *writer
	live  bool // lines can be redrawn
	color bool
	width int // in columns

	drawn   time.Time // when the progress bar was drawn
	pending string    // the bar, if it has changed since
}

func newScreen(f *os.File) *screen {
	info, err := f.Stat()
	live := err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
	width := terminalWidth(f)
	if width == 0 {
		width, _ = strconv.Atoi(os.Getenv("COLUMNS"))
	}
	if width < 1 {
		width = 80
	}
	return &screen{
		w:     &writer{Writer: f},
		live:  live,
		color: live && os.Getenv("NO_COLOR") == "",
		width: width,
	}
}

// A writer keeps the first error, so that it can be checked once.
type writer struct {
	io.Writer
	err error
}

func (w *writer) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.err = cmp.Or(w.err, err)
	return n, err
}

// progress reports that an epoch is done: in a terminal with a bar, elsewhere with a line for each
// tenth of the epochs.
func (s *screen) progress(epoch, epochs int, format string, args ...any) {
	text := fmt.Sprintf("epoch %*d/%d  ", len(fmt.Sprint(epochs)), epoch, epochs)
	text = strings.TrimRight(text+minus(fmt.Sprintf(format, args...)), " ")
	if !s.live {
		if epoch*10/epochs > (epoch-1)*10/epochs {
			fmt.Fprintln(s.w, text)
		}
		return
	}
	const barWidth = 24
	full := epoch * barWidth / epochs
	// A longer line would wrap, and a part of it would stay on the screen.
	if runes, room := []rune(text), max(0, s.width-barWidth-3); len(runes) > room {
		text = string(runes[:room])
	}
	s.pending = "\r\x1b[K" + s.bar(full) + strings.Repeat("░", barWidth-full) + "  " + text
	if time.Since(s.drawn) > 40*time.Millisecond {
		s.flush()
	}
}

// line prints a line. In a terminal, it is broken between words.
func (s *screen) line(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if s.live {
		words, column := strings.Fields(text), -1
		for i, word := range words {
			if column += 1 + utf8.RuneCountInString(word); i > 0 && column > s.width {
				words[i-1] += "\n"
				column = utf8.RuneCountInString(word)
			}
		}
		text = strings.ReplaceAll(strings.Join(words, " "), "\n ", "\n")
	}
	fmt.Fprintln(s.w, text)
}

func (s *screen) flush() {
	if s.pending != "" {
		fmt.Fprint(s.w, s.pending)
		s.pending = ""
		s.drawn = time.Now()
	}
}

// endLine ends the line of the bar, if there is one.
func (s *screen) endLine() {
	s.flush()
	if !s.drawn.IsZero() {
		fmt.Fprintln(s.w)
		s.drawn = time.Time{}
	}
}

// bar returns the filled part of the bar.
func (s *screen) bar(n int) string {
	bar := strings.Repeat("█", n)
	if s.color {
		bar = "\x1b[38;5;33m" + bar + "\x1b[0m"
	}
	return bar
}
