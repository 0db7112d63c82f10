package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/stretchr/testify/assert"
)

func TestExactSolvesTheEquation(t *testing.T) {
	omega := math.Sqrt(1 - friction*friction/4)
	for _, time := range []float64{0, 0.5, 3, 9} {
		x := micrograd.New(time)
		wave := x.MulC(omega).Cos().Add(x.MulC(omega).Sin().MulC(friction / 2 / omega))
		u := x.MulC(-friction / 2).Exp().Mul(wave)
		assert.InDelta(t, exact(time), u.Data, 1e-15)
		assert.InDelta(t, 0, leftSide(u, x).Data, 1e-14)
	}
}

func TestEveryNetworkBeginsAsTheOscillationDoes(t *testing.T) {
	for seed := range uint64(3) {
		net := micrograd.NewMLP(rand.New(rand.NewPCG(seed, 0)), micrograd.Tanh, 1, 4, 1)
		x := micrograd.New(0)
		u := trial(net, x)
		assert.Equal(t, 1.0, u.Data)
		assert.Zero(t, micrograd.Gradient(u, x)[0].Data)
	}
}
