package playground

import (
	"image/color"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// arc returns a stroke along an ellipse, from one angle to another in degrees, clockwise from the
// right as y goes down.
func arc(x, y, rx, ry, from, to float64) (stroke []Place) {
	for i := range 31 {
		sin, cos := math.Sincos((from + (to-from)*float64(i)/30) * math.Pi / 180)
		stroke = append(stroke, Place{x + rx*cos, y + ry*sin})
	}
	return stroke
}

// drawn are digits as people draw them.
var drawn = map[int][]Drawing{
	0: {{arc(50, 50, 25, 40, -90, 270)}, {arc(50, 50, 32, 40, -60, 300)}},
	1: {{{{50, 10}, {50, 90}}}, {{{35, 30}, {50, 10}, {50, 90}}}, {{{60, 10}, {45, 90}}}},
	2: {{append(arc(50, 30, 25, 20, -170, 40), Place{25, 90}, Place{75, 90})}},
	3: {{append(arc(50, 30, 20, 20, -150, 90), arc(50, 70, 22, 20, -90, 150)...)}},
	4: {{{{55, 10}, {20, 60}, {80, 60}}, {{60, 40}, {60, 90}}}},
	5: {{append([]Place{{75, 10}, {30, 10}, {28, 45}}, arc(48, 65, 25, 25, -120, 150)...)}},
	6: {{append(arc(70, 60, 40, 55, -100, -180), arc(50, 68, 20, 21, -180, 180)...)},
		{append([]Place{{55, 10}, {40, 40}}, arc(50, 70, 17, 20, -180, 180)...)}},
	7: {{{{25, 10}, {75, 10}, {40, 90}}}},
	8: {{append(arc(50, 30, 18, 20, 90, 450), arc(50, 70, 20, 20, -90, 270)...)}},
	9: {{append(arc(50, 30, 20, 20, 0, 360), Place{68, 50}, Place{60, 90})}},
}

func TestImagesAreAsTheDataSetIs(t *testing.T) {
	for _, drawings := range drawn {
		for _, d := range drawings {
			image := d.Image()
			total, x := 0.0, 0.0
			for i, p := range image {
				assert.True(t, p >= 0 && p <= 1)
				total += p
				x += p * (float64(i%8) + 0.5)
			}
			assert.Positive(t, slices.Max(image[:8]), "it reaches the top")
			assert.Positive(t, slices.Max(image[56:]), "and the bottom")
			assert.InDelta(t, 4, x/total, 1, "and is in the middle")
			assert.InDelta(t, 312./16, total, 312./16*0.4, "with the ink that digits there have")
		}
	}
}

func TestDrawingMayBeAnywhereAndOfAnySize(t *testing.T) {
	d := drawn[5][0]
	want := d.Image()
	for _, scale := range []float64{0.1, 1, 2.5} {
		for _, shift := range []float64{-500, 0, 123} {
			var moved Drawing
			for _, stroke := range d {
				var scaled []Place
				for _, p := range stroke {
					scaled = append(scaled, Place{shift + scale*p.X, 2*shift + scale*p.Y})
				}
				moved = append(moved, scaled)
			}
			for i, p := range moved.Image() {
				assert.InDelta(t, want[i], p, 1./16+1e-9, "but for the rounding of a dot")
			}
		}
	}
}

func TestDrawingThatIsOddHasAnImage(t *testing.T) {
	assert.Equal(t, make([]float64, 64), Drawing{}.Image())
	assert.Equal(t, make([]float64, 64), Drawing{nil}.Image())
	dot := Drawing{{{3, 3}}}.Image()
	assert.Equal(t, 13./16, dot[8*3+3], "a dot is in the middle, with its corner cut off")
	assert.Equal(t, dot[8*3+3], dot[8*4+4])
	assert.Zero(t, dot[0])
	wide := Drawing{{{0, 50}, {100, 50}}}.Image()
	assert.Positive(t, wide[8*3])
	assert.Positive(t, wide[8*4+7])
	assert.Zero(t, slices.Max(wide[:16]), "it isn't stretched to be high")
}

func TestInkDrawsTheImage(t *testing.T) {
	p, image := NewPixels(8, 8), make([]float64, 64)
	image[8*2+5] = 0.5
	DrawImage(p, image)
	assert.Equal(t, color.RGBA{128, 128, 128, 255}, pixel(p, 5, 2))
	assert.Equal(t, color.RGBA{255, 255, 255, 255}, pixel(p, 2, 5))
}
