package main

import (
	"bytes"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestATerminalGetsABarThatIsRedrawn(t *testing.T) {
	var b bytes.Buffer
	s := &screen{w: &writer{Writer: &b}, live: true, colour: true, width: 80}
	for epoch := range 50 {
		s.progress(epoch+1, 50, "loss %d", 49-epoch)
	}
	s.done()
	assert.True(t, strings.HasPrefix(b.String(), "\r\x1b[K"))
	assert.Equal(t, 1, strings.Count(b.String(), "\n"))
	assert.True(t, strings.HasSuffix(b.String(), strings.Repeat("█", 24)+"\x1b[0m  epoch 50/50  loss 0\n"), "the last state is shown")
}

func TestTheBarStaysOnItsLine(t *testing.T) {
	for _, columns := range []string{"", "x", "40", "10", "120"} {
		t.Setenv("COLUMNS", columns)
		t.Setenv("TERM", "xterm")
		device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		require.NoError(t, err)
		defer device.Close()
		var b bytes.Buffer
		s := newScreen(device)
		s.w, s.colour = &writer{Writer: &b}, false
		s.progress(1, 2, "loss %s", strings.Repeat("1", 200))
		s.done()
		line := strings.TrimSuffix(strings.TrimPrefix(b.String(), "\r\x1b[K"), "\n")
		want, err := strconv.Atoi(columns)
		if err != nil {
			want = 80
		}
		assert.Equal(t, max(26, want-1), len([]rune(line)), "COLUMNS=%s", columns)
		assert.NotContains(t, line, "\n")
	}
}

func TestDoneTwiceEndsTheLineOnce(t *testing.T) {
	var b bytes.Buffer
	s := &screen{w: &writer{Writer: &b}, live: true, width: 80}
	s.progress(1, 2, "loss")
	s.done()
	s.done()
	assert.Equal(t, 1, strings.Count(b.String(), "\n"))
}

func TestNoColourMeansNoColour(t *testing.T) {
	var b bytes.Buffer
	s := &screen{w: &writer{Writer: &b}, live: true, width: 80}
	s.progress(1, 2, "loss")
	s.done()
	s.plot(func(x, y float64) float64 { return x }, []point{{-1, 0, -1}, {1, 0, 1}})
	assert.NotContains(t, strings.ReplaceAll(b.String(), "\r\x1b[K", ""), "\x1b")
}

func TestWhatAScreenCanDo(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	require.NoError(t, err)
	defer file.Close()
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a character device, as a terminal is
	require.NoError(t, err)
	defer device.Close()
	for _, c := range []struct {
		f             *os.File
		term, noColor string
		live, colour  bool
	}{
		{file, "xterm", "", false, false},
		{device, "xterm", "", true, true},
		{device, "xterm", "1", true, false},
		{device, "dumb", "", false, false},
	} {
		t.Setenv("TERM", c.term)
		t.Setenv("NO_COLOR", c.noColor)
		s := newScreen(c.f)
		assert.Equal(t, []bool{c.live, c.colour}, []bool{s.live, s.colour}, "%+v", c)
	}
}

// The classes are the left and the right half of the plane; one point of each is on the wrong side.
var halves = []point{{-1, 0, -1}, {-0.5, 1, -1}, {1, 0, 1}, {0.5, 1, 1}, {-0.8, 0.5, 1}, {0.8, 0.5, -1}}

func TestThePlotShowsSidesAndPoints(t *testing.T) {
	var b bytes.Buffer
	(&screen{w: &writer{Writer: &b}}).plot(func(x, y float64) float64 { return x }, halves)
	lines := strings.Split(b.String(), "\n")
	lines = lines[:len(lines)-2] // the legend
	require.Less(t, len(lines), 20)
	count := map[rune]int{}
	for _, line := range lines {
		cells := []rune(line)
		require.Len(t, cells, 68)
		for i, c := range cells {
			count[c]++
			switch c {
			case 'o', ' ':
				assert.Less(t, i, 34)
			case 'x', '░':
				assert.GreaterOrEqual(t, i, 34)
			}
		}
	}
	assert.Equal(t, []int{2, 2, 2}, []int{count['o'], count['x'], count['!']})
}

func TestThePlotInColour(t *testing.T) {
	var b bytes.Buffer
	(&screen{w: &writer{Writer: &b}, colour: true}).plot(func(x, y float64) float64 { return 10 * x }, halves)
	lines := strings.Split(b.String(), "\n")
	cell := regexp.MustCompile("\x1b\\[38;5;(\\d+);48;5;(\\d+)m(.)\x1b\\[0m")
	marks := map[string]int{}
	for _, line := range lines[:len(lines)-2] {
		cells := cell.FindAllStringSubmatch(line, -1)
		require.Len(t, cells, 68)
		assert.Equal(t, "111", cells[0][2], "blue on the left")
		assert.Equal(t, "216", cells[67][2], "orange on the right")
		for _, c := range cells {
			if c[3] != "▀" {
				marks[c[1]+c[3]]++
			}
		}
	}
	assert.Equal(t, map[string]int{"26●": 2, "160●": 2, "26×": 1, "160×": 1}, marks)
}

func TestShadesGoFromBlueToOrange(t *testing.T) {
	for score, want := range map[float64]int{-1e9: 111, -1: 111, 0: 231, 1: 216, math.Inf(1): 216, math.Inf(-1): 111} {
		assert.Equal(t, want, shade(score), "%g", score)
	}
	assert.Equal(t, 231, shade(math.NaN()))
}
