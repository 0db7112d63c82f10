package steps

import (
	"math"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/stretchr/testify/assert"
)

// BenchmarkDerivatives is the work of derivatives_torch.py.
func BenchmarkDerivatives(b *testing.B) {
	b.Run("pinn", func(b *testing.B) {
		program, params, rows := pinn()
		for b.Loop() {
			micrograd.ZeroGrad(params...)
			program.Backward(rows)
		}
	})
	b.Run("jacobian", func(b *testing.B) {
		program, rows := jacobian()
		for b.Loop() {
			program.Forward(rows)
		}
	})
	b.Run("jacobian by VJP", func(b *testing.B) {
		inputs, errors := reprojection()
		program, rows := micrograd.Compile(inputs, errors...), reprojectionRows()
		seeds := [2][][]float64{}
		for range rows {
			seeds[0] = append(seeds[0], []float64{1, 0})
			seeds[1] = append(seeds[1], []float64{0, 1})
		}
		for b.Loop() {
			program.VJP(rows, seeds[0])
			program.VJP(rows, seeds[1])
		}
	})
}

// The numbers are those that derivatives_torch.py prints.
func TestDerivativesAreThoseOfPyTorch(t *testing.T) {
	program, params, rows := pinn()
	assert.InEpsilon(t, 0.028356510045799064, program.Backward(rows), 1e-12)
	sum := 0.0
	for i, p := range params {
		sum += p.Grad * math.Cos(float64(i))
	}
	assert.InEpsilon(t, -0.33076934329502405, sum, 1e-10)

	program, rows = jacobian()
	sum = 0
	for r, row := range program.Forward(rows) {
		for i, d := range row {
			sum += d * math.Cos(float64(r*30+i))
		}
	}
	assert.InEpsilon(t, -496.04882038929475, sum, 1e-10)
}

// pinn is a physics-informed network: u(x) is an MLP 1→16→16→1 with tanh, and the loss is the mean
// of (u″ + u)² on 64 points.
func pinn() (program *micrograd.Program, params []*value, rows [][]float64) {
	net := micrograd.NewMLP(seeded(1), micrograd.Tanh, 1, 16, 16, 1)
	params = net.Parameters()
	for i, p := range params {
		p.Data = 0.3 * math.Sin(float64(i))
	}
	x := micrograd.Values(0)
	u := net.Forward(x)[0]
	second := micrograd.Gradient(micrograd.Gradient(u, x...)[0], x...)[0]
	for i := range 64 {
		rows = append(rows, []float64{float64(i) / 32})
	}
	return micrograd.Compile(x, second.Add(u).PowC(2)), params, rows
}

// jacobian computes the derivatives of two reprojection errors with respect to the 11 numbers of
// a camera, the three of a point, and a weight, for 10,000 rows.
func jacobian() (program *micrograd.Program, rows [][]float64) {
	inputs, errors := reprojection()
	var outputs []*value
	for _, e := range errors {
		outputs = append(outputs, micrograd.Gradient(e, inputs[:15]...)...)
	}
	return micrograd.Compile(inputs, outputs...), reprojectionRows()
}

func reprojectionRows() [][]float64 {
	rows := make([][]float64, 10_000)
	for r := range rows {
		rows[r] = make([]float64, 17)
		for i := range rows[r] {
			rows[r][i] = math.Sin(float64(17*r + i))
		}
		rows[r][5] -= 20 // so that the point is before the camera
	}
	return rows
}
