package main

import (
	"fmt"
	"math"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

const (
	gravity      = 9.81    // m/s²
	initialAngle = 2.      // the angle at which the pendulum is let go, in radians
	dt           = 1. / 60 // of a step of the simulation, in seconds
	steps        = 600     // after each of which the angle was observed
	deviation    = 0.03    // the standard deviation of an observation, in radians
)

// pendulum finds the length l and the damping c of a pendulum from observations of its angle θ,
// which have errors. The angle follows
//
//	θ″ = −(g/l)·sin θ − c·θ′
//
// A simulation with guesses of l and c, in 600 Runge-Kutta steps, is a differentiable function. So
// gradient descent finds the l and c for which the simulation moves as observed.
func pendulum(t *training) result {
	trueLength, trueDamping := 0.9+0.2*t.rng.Float64(), 0.2+0.2*t.rng.Float64()
	var observed []*micrograd.Value
	for _, angle := range swing(micrograd.New(trueLength), micrograd.New(trueDamping), steps) {
		observed = append(observed, micrograd.New(angle.Data+deviation*t.rng.NormFloat64()))
	}

	length, damping := micrograd.New(1.2), micrograd.New(0.1)
	params := []*micrograd.Value{length, damping}
	t.describe(fmt.Sprintf("a simulation of %d steps", steps), params)
	angles := swing(length, damping, steps)
	guess := motion("first guess", angles)
	program := micrograd.Compile(nil, micrograd.MSE(angles, observed))

	adam := micrograd.NewAdam(t.lr)
	for epoch := range t.each() {
		adam.LR = t.decayedLR(epoch)
		micrograd.ZeroGrad(params...)
		loss := program.Backward([][]float64{nil})
		t.report(loss, "l %.4f m  c %.4f/s", length.Data, damping.Data)
		adam.Step(params)
	}

	angles = swing(length, damping, steps)
	relativeError := max(math.Abs(length.Data/trueLength-1), math.Abs(damping.Data/trueDamping-1))
	return result{
		figure: figure.Lines{Title: "The swing of a pendulum", X: "time (s)", Y: "angle (rad)",
			Curves: []*figure.Curve{dots("observed", observed), motion("found", angles), guess}},
		loss: micrograd.MSE(angles, observed).Data,
		learned: fmt.Sprintf("length %.4f m and damping %.4f/s, where %.4f and %.4f are true",
			length.Data, damping.Data, trueLength, trueDamping),
		goal:    "length and damping within 1 %",
		met:     relativeError < 0.01,
		rowLoss: micrograd.MSE(swing(length, damping, 1), observed[:1]),
	}
}

// swing simulates n steps of a pendulum that is let go, and returns its angle after each.
func swing(length, damping *micrograd.Value, n int) (angles []*micrograd.Value) {
	pull := length.PowC(-1).MulC(gravity)
	acceleration := func(angle, velocity *micrograd.Value) *micrograd.Value {
		return angle.Sin().Mul(pull).Add(velocity.Mul(damping)).Neg()
	}
	mean := func(k1, k2, k3, k4 *micrograd.Value) *micrograd.Value {
		return micrograd.Sum(k1, k2, k2, k3, k3, k4).DivC(6)
	}
	after := func(x, slope *micrograd.Value, time float64) *micrograd.Value {
		return x.Add(slope.MulC(time))
	}
	angle, velocity := micrograd.New(initialAngle), micrograd.New(0)
	for range n {
		v1, a1 := velocity, acceleration(angle, velocity)
		v2 := after(velocity, a1, dt/2)
		a2 := acceleration(after(angle, v1, dt/2), v2)
		v3 := after(velocity, a2, dt/2)
		a3 := acceleration(after(angle, v2, dt/2), v3)
		v4 := after(velocity, a3, dt)
		a4 := acceleration(after(angle, v3, dt), v4)
		angle = after(angle, mean(v1, v2, v3, v4), dt)
		velocity = after(velocity, mean(a1, a2, a3, a4), dt)
		angles = append(angles, angle)
	}
	return angles
}

// motion returns angles as a curve over time.
func motion(name string, angles []*micrograd.Value) *figure.Curve {
	c := &figure.Curve{Name: name}
	for i, angle := range angles {
		c.Add(float64(i+1)*dt, angle.Data)
	}
	return c
}

// dots returns every tenth of the angles as a separate point.
func dots(name string, angles []*micrograd.Value) *figure.Curve {
	c := &figure.Curve{Name: name, Dots: true}
	for i := 0; i < len(angles); i += 10 {
		c.Add(float64(i+1)*dt, angles[i].Data)
	}
	return c
}
