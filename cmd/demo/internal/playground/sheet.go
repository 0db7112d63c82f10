package playground

// SheetSize is the width and height of a Sheet.
const SheetSize = 280

// A Sheet is a Drawing that is being made, with a pointer or with the pen of the keyboard.
type Sheet struct {
	Drawing Drawing
	Pen     Place // the keyboard's
	Down    bool  // whether the last stroke goes on
}

// NewSheet returns a blank sheet, with the pen in the middle.
func NewSheet() *Sheet { return &Sheet{Pen: Place{SheetSize / 2, SheetSize / 2}} }

// Begin begins a stroke.
func (s *Sheet) Begin(p Place) {
	s.Drawing, s.Down = append(s.Drawing, []Place{p}), true
	s.Pen = p
}

// Move continues the stroke, if there is one, to p, which may be outside of the sheet.
func (s *Sheet) Move(p Place) {
	p = Place{max(0, min(SheetSize, p.X)), max(0, min(SheetSize, p.Y))}
	s.Pen = p
	if s.Down {
		last := &s.Drawing[len(s.Drawing)-1]
		*last = append(*last, p)
	}
}

// Up ends the stroke.
func (s *Sheet) Up() { s.Down = false }

// Clear clears the sheet.
func (s *Sheet) Clear() { *s = *NewSheet() }

// Key handles a key: arrows move the pen, the space bar lowers or lifts it, Delete clears the
// sheet. It reports whether it handled the key.
func (s *Sheet) Key(key string) bool {
	const step = 14
	switch key {
	case "ArrowLeft":
		s.Move(Place{s.Pen.X - step, s.Pen.Y})
	case "ArrowRight":
		s.Move(Place{s.Pen.X + step, s.Pen.Y})
	case "ArrowUp":
		s.Move(Place{s.Pen.X, s.Pen.Y - step})
	case "ArrowDown":
		s.Move(Place{s.Pen.X, s.Pen.Y + step})
	case " ":
		if s.Down {
			s.Up()
		} else {
			s.Begin(s.Pen)
		}
	case "Delete", "Backspace":
		s.Clear()
	default:
		return false
	}
	return true
}
