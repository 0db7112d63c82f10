package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// A screen is where training is watched: a terminal, or a file or pipe that gets the same as plain lines.
type screen struct {
	w      *writer
	live   bool // lines can be redrawn
	colour bool
	width  int // in columns

	drawn   time.Time // when the progress bar was drawn
	pending string    // how it stands, if that is not what was drawn
}

func newScreen(f *os.File) *screen {
	info, err := f.Stat()
	live := err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
	width, err := strconv.Atoi(os.Getenv("COLUMNS"))
	if err != nil || width < 1 {
		width = 80
	}
	return &screen{w: &writer{Writer: f}, live: live, colour: live && os.Getenv("NO_COLOR") == "", width: width}
}

// A writer remembers its first error, so that who prints needn't look at each.
type writer struct {
	io.Writer
	err error
}

func (w *writer) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.err = cmp.Or(w.err, err)
	return n, err
}

// progress tells that so many epochs are done: in a terminal with a bar, elsewhere with a line for each tenth of them.
func (s *screen) progress(epoch, epochs int, format string, args ...any) {
	text := fmt.Sprintf("epoch %*d/%d  ", len(fmt.Sprint(epochs)), epoch, epochs) + fmt.Sprintf(format, args...)
	if !s.live {
		if epoch*10/epochs > (epoch-1)*10/epochs {
			fmt.Fprintln(s.w, text)
		}
		return
	}
	const width = 24
	full := epoch * width / epochs
	// A line that reached the last column would wrap, and be left behind by the next.
	if runes, room := []rune(text), max(0, s.width-width-3); len(runes) > room {
		text = string(runes[:room])
	}
	s.pending = "\r\x1b[K" + s.paint(33, strings.Repeat("█", full)) + strings.Repeat("░", width-full) + "  " + text
	if time.Since(s.drawn) > 40*time.Millisecond {
		s.flush()
	}
}

func (s *screen) flush() {
	if s.pending != "" {
		fmt.Fprint(s.w, s.pending)
		s.pending = ""
		s.drawn = time.Now()
	}
}

// done ends the line of the progress bar, if there is one.
func (s *screen) done() {
	s.flush()
	if !s.drawn.IsZero() {
		fmt.Fprintln(s.w)
		s.drawn = time.Time{}
	}
}

// paint returns text in one of the 256 colours of terminals.
func (s *screen) paint(colour int, text string) string {
	if !s.colour {
		return text
	}
	return fmt.Sprintf("\x1b[38;5;%dm%s\x1b[0m", colour, text)
}

// A point belongs to one of two classes: label −1 or 1.
type point struct{ x, y, label float64 }

const (
	blue = 26  // points with label −1
	red  = 160 // points with label 1
)

// plot draws the plane, coloured by the sign and size of score, with the points on it. Without colour, the area where
// score is positive is shaded.
func (s *screen) plot(score func(x, y float64) float64, points []point) {
	const columns, rows, margin = 68, 19, 0.4 // with the lines around it, this fits a terminal of 80×24
	left, right, bottom, top := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, p := range points {
		left, right = min(left, p.x-margin), max(right, p.x+margin)
		bottom, top = min(bottom, p.y-margin), max(top, p.y+margin)
	}
	at := map[[2]int]point{}
	for _, p := range points {
		column := int((p.x - left) / (right - left) * columns)
		row := int((top - p.y) / (top - bottom) * rows)
		at[[2]int{column, row}] = p
	}
	for row := range rows {
		for column := range columns {
			x := left + (float64(column)+0.5)/columns*(right-left)
			// Each character shows two scores, one above the other, as its two halves.
			upper := score(x, top-(float64(row)+0.25)/rows*(top-bottom))
			lower := score(x, top-(float64(row)+0.75)/rows*(top-bottom))
			p, isPoint := at[[2]int{column, row}]
			wrong := isPoint && score(p.x, p.y)*p.label <= 0
			if s.colour {
				fmt.Fprint(s.w, colourCell(upper, lower, isPoint, p.label, wrong))
			} else {
				fmt.Fprint(s.w, plainCell(upper+lower, isPoint, p.label, wrong))
			}
		}
		fmt.Fprintln(s.w)
	}
	if s.colour {
		fmt.Fprintln(s.w, s.paint(blue, "●"), "label −1  ", s.paint(red, "●"), "label 1  ", "× on the wrong side")
	} else {
		fmt.Fprintln(s.w, "o label −1   x label 1 (shaded)   ! on the wrong side")
	}
}

func colourCell(upper, lower float64, isPoint bool, label float64, wrong bool) string {
	if !isPoint {
		return fmt.Sprintf("\x1b[38;5;%d;48;5;%dm▀\x1b[0m", shade(upper), shade(lower))
	}
	colour, mark := blue, "●"
	if label > 0 {
		colour = red
	}
	if wrong {
		mark = "×"
	}
	return fmt.Sprintf("\x1b[38;5;%d;48;5;%dm%s\x1b[0m", colour, shade((upper+lower)/2), mark)
}

func plainCell(score float64, isPoint bool, label float64, wrong bool) string {
	switch {
	case wrong:
		return "!"
	case isPoint && label < 0:
		return "o"
	case isPoint:
		return "x"
	case score > 0:
		return "░"
	}
	return " "
}

// shades are colours from blue for a score of −1 or less, by way of white for 0, to orange for 1 or more.
var shades = [...]int{111, 153, 189, 231, 224, 223, 216}

func shade(score float64) int {
	if math.IsNaN(score) {
		score = 0
	}
	return shades[int(math.Round(3+3*max(-1, min(1, score))))]
}
