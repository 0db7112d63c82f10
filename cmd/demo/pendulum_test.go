package main

import (
	"math"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/stretchr/testify/assert"
)

// The period of a pendulum without damping is 2π√(l/g) divided by the arithmetic-geometric mean of
// 1 and cos(θ₀/2).
func TestSwingHasThePeriodOfAPendulum(t *testing.T) {
	const length = 0.9
	a, b := 1., math.Cos(initialAngle/2)
	for range 10 {
		a, b = (a+b)/2, math.Sqrt(a*b)
	}
	period := 2 * math.Pi * math.Sqrt(length/gravity) / a
	n := int(math.Round(period / dt))
	angles := swing(micrograd.New(length), micrograd.New(0), n)
	// Close to the turning point, θ = θ₀ − ½·(g/l)·sin θ₀·(t − period)².
	off := float64(n)*dt - period
	want := initialAngle - gravity/length*math.Sin(initialAngle)*off*off/2
	assert.InDelta(t, want, angles[n-1].Data, 1e-6)
}

func TestSwingLosesHeightByDamping(t *testing.T) {
	angles := swing(micrograd.New(1), micrograd.New(0.3), 600)
	// At the end, the swings are small, and θ ≈ A·e^(−ct/2)·cos(ωt + φ): a period later, the
	// largest angle is smaller by e^(−c·period/2).
	var tops []float64
	for i := 300; i < 599; i++ {
		if x := angles[i].Data; x > angles[i-1].Data && x > angles[i+1].Data {
			tops = append(tops, x)
		}
	}
	omega := math.Sqrt(gravity - 0.15*0.15)
	assert.InEpsilon(t, math.Exp(-0.15*2*math.Pi/omega), tops[1]/tops[0], 0.02)
}
