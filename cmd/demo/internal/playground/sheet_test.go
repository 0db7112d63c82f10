package playground

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSheetIsDrawnOnByPointerOrKeys(t *testing.T) {
	s := NewSheet()
	s.Move(Place{1, 1})
	assert.Empty(t, s.Drawing, "the pen is up")
	s.Begin(Place{10, 20})
	assert.Equal(t, Place{10, 20}, s.Pen)
	s.Move(Place{-5, 300})
	s.Up()
	s.Move(Place{50, 50})
	assert.Equal(t, Drawing{{{10, 20}, {0, SheetSize}}}, s.Drawing, "as far as the edge")
	assert.Equal(t, "M10.0 20.0L0.0 280.0h0.1", s.Drawing.Path())

	s.Clear()
	assert.Empty(t, s.Drawing)
	for _, key := range []string{" ", "ArrowLeft", "ArrowDown", " ", "ArrowUp"} {
		assert.True(t, s.Key(key))
	}
	assert.Equal(t, Drawing{{{140, 140}, {126, 140}, {126, 154}}}, s.Drawing)
	assert.Equal(t, Place{126, 140}, s.Pen)
	assert.True(t, s.Key("ArrowRight"))
	assert.True(t, s.Key("Delete"))
	assert.Empty(t, s.Drawing)
	assert.False(t, s.Key("Tab"))
	assert.False(t, s.Key("a"))
}
