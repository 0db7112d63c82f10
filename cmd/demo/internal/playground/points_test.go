package playground

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPointsAreWhereTheirDataSetsSay(t *testing.T) {
	for _, data := range names(datasets) {
		e := NewExperiment(settings(t, "data", data, "noise", "0", "size", "1000"))
		positive := 0
		for _, p := range e.Train {
			if p.Label > 0 {
				positive++
			}
			assert.True(t, math.Abs(p.X) <= 1 && math.Abs(p.Y) <= 1)
			r := math.Hypot(p.X, p.Y)
			switch data {
			case "moons":
				assert.InDelta(t, 0.6, math.Hypot(p.X+0.3*p.Label, p.Y+0.15*p.Label), 1e-9)
				assert.GreaterOrEqual(t, (p.Y+0.15*p.Label)*p.Label, 0.0,
					"one curves up, the other down")
			case "circles":
				assert.InDelta(t, 0.6-0.25*p.Label, r, 1e-9)
			case "xor":
				assert.Equal(t, p.Label, math.Copysign(1, p.X*p.Y))
			case "spirals":
				angle := math.Atan2(p.Y*p.Label, p.X*p.Label)
				assert.InDelta(t, 1, math.Cos(angle-2.5*math.Pi*r/0.9), 1e-9)
			default:
				t.Fatalf("say here where the points of %s are", data)
			}
		}
		assert.Equal(t, 500, positive)
	}
	spread := func(noise string) (sum float64) {
		for _, p := range NewExperiment(settings(t, "data", "circles", "noise", noise, "size",
			"1000")).Train {
			d := math.Hypot(p.X, p.Y) - (0.6 - 0.25*p.Label)
			sum += d * d / 1000
		}
		return math.Sqrt(sum)
	}
	assert.InDelta(t, 0.05, spread("0.05"), 0.01)
	assert.InDelta(t, 0.1, spread("0.1"), 0.02)
}
