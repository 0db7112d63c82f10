// This file is the manual. Each example runs as a test. To find what you need:
//
//	a first gradient                            Example
//	the formulas of a neuron                    Example_formulas
//	the gradient of an intermediate node        Example_formulas
//	the gradient with respect to inputs         ExampleMLP_Forward_inputs
//	a test of a gradient                        ExampleDifferentiate
//	second derivatives                          ExampleGradient
//	a Jacobian, row by row                      ExampleGradient_jacobian, ExampleProgram_VJP
//	a Hessian, Newton's method                  ExampleGradient_newton
//	a Hessian times a vector                    ExampleGradient_hessianVector
//	a loss that contains a derivative           ExampleGradient_loss, cmd/demo/pinn.go
//	a long calculation in little memory         Example_checkpoint
//
//	train a network, stop when it has converged ExampleTrain
//	the four steps of training, by hand         ExampleSGD, cmd/demo/moons.go
//	minibatches                                 cmd/demo/digits.go
//	a learning rate that falls                  cmd/demo/spiral.go
//	the weights that were best                  ExampleTrain_best
//	gradients that are clipped                  ExampleSGD_Step_clipped
//	weights that decay, as AdamW's              ExampleAdam_weightDecay
//	several losses                              cmd/demo/moons.go
//	save and load, and go on                    ExampleMLP_MarshalJSON, ExampleAdam_checkpoint
//
//	weights that are shared                     ExampleLayer_sharedWeights
//	weights that are frozen                     ExampleSGD_Step_frozen
//	a layer of your own                         cmd/demo/transformer.go
//	an activation of your own                   ExampleOp_activation
//	an operation of your own                    ExampleOp
//	an operation that stops the gradient        ExampleOp_detach
//	an operation that keeps within bounds       ExampleOp_clamp
//	an operation that chooses by a condition    ExampleOp_where
//
//	compile a graph                             ExampleCompile, ExampleProgram_Forward
//	is the program what the graph is?           ExampleCompile_compare
//	a gradient for each row                     ExampleProgram_VJP
//	least squares                               ExampleProgram_VJP_leastSquares, cmd/demo/fit.go
//	a loop: backpropagation through time        ExampleProgram_VJP_throughTime
//	an embedding in a program                   ExampleCompile_embedding
//	a program without inputs                    cmd/demo/recommender.go
//	read a program                              ExampleProgram_String
//
//	draw a graph                                ExampleWriteDOT
//	where did the NaN begin?                    ExampleCheckFinite
package micrograd_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/gradcheck"
)

// A first gradient.
func Example() {
	a := micrograd.New(2)
	b := micrograd.New(3)
	c := a.Mul(b).Add(a) // c = ab + a
	c.Backward()
	fmt.Println(c.Data)         // 8
	fmt.Println(a.Grad, b.Grad) // ∂c/∂a = b + 1 = 4, ∂c/∂b = a = 2
	// Output:
	// 8
	// 4 2
}

// The formulas of backpropagation for one neuron, in code.
func Example_formulas() {
	x, y := micrograd.New(2), micrograd.New(1)
	W, b := micrograd.New(3), micrograd.New(-1)
	h := W.Mul(x).Add(b)                                                          // h = Wx + b
	L := micrograd.HalfSquaredError([]*micrograd.Value{h}, []*micrograd.Value{y}) // L = ½(y − h)²
	L.Backward()
	fmt.Println(h.Grad) // ∂L/∂h = h − y = 4
	fmt.Println(W.Grad) // ∂L/∂W = (h − y)x = 8
	fmt.Println(b.Grad) // ∂L/∂b = h − y = 4
	// Output:
	// 4
	// 8
	// 4
}

// Derivatives that can be differentiated again.
func ExampleGradient() {
	x := micrograd.New(3)
	y := x.PowC(3)
	first := micrograd.Gradient(y, x)[0]      // 3x²
	second := micrograd.Gradient(first, x)[0] // 6x
	fmt.Println(first.Data, second.Data)      // 27 18
	// Output: 27 18
}

// The derivatives of a curve a·e^(bx) with respect to a and b, at three points x: a row of the
// Jacobian for each row of the program.
func ExampleGradient_jacobian() {
	in := micrograd.Values(0, 0, 0)
	a, b, x := in[0], in[1], in[2]
	curve := a.Mul(b.Mul(x).Exp())
	jacobian := micrograd.Compile(in, micrograd.Gradient(curve, a, b)...)
	fmt.Println(jacobian.Forward([][]float64{{5, 0, 1}, {5, 0, 2}, {5, 0, 3}}))
	// Output: [[1 5] [1 10] [1 15]]
}

// Newton's method finds the minimum of Rosenbrock's function. Each step, −H⁻¹g, goes to the minimum
// of the quadratic function that has the same gradient g and Hessian H. (Where H isn't positive
// definite, as it may be for other functions, that is a maximum or a saddle.)
func ExampleGradient_newton() {
	in := micrograd.Values(0, 0)
	x, y := in[0], in[1]
	f := x.SubC(1).PowC(2).Add(y.Sub(x.PowC(2)).PowC(2).MulC(100)) // (x − 1)² + 100(y − x²)²
	gradient := micrograd.Gradient(f, in...)
	program := micrograd.Compile(in, slices.Concat(gradient,
		micrograd.Gradient(gradient[0], in...), micrograd.Gradient(gradient[1], in...))...)

	at := []float64{-1.2, 1}
	for range 6 {
		results := program.Forward([][]float64{at})[0]
		g, H := results[:2], [2][]float64{results[2:4], results[4:]}
		det := H[0][0]*H[1][1] - H[0][1]*H[1][0]
		at[0] -= (H[1][1]*g[0] - H[0][1]*g[1]) / det
		at[1] -= (H[0][0]*g[1] - H[1][0]*g[0]) / det
	}
	fmt.Printf("%.6f\n", at)
	// Output: [1.000000 1.000000]
}

// The Hessian times a vector v, without the Hessian: it is the gradient of g·v, where g is the
// gradient. This takes two gradients for any number of variables.
func ExampleGradient_hessianVector() {
	x := micrograd.Values(1, 2, 3)
	f := x[0].Mul(x[1]).Mul(x[2])
	v := micrograd.Values(1, 0, 10)
	g := micrograd.Gradient(f, x...)
	for _, hv := range micrograd.Gradient(micrograd.Dot(g, v), x...) {
		fmt.Print(hv.Data, " ")
	}
	// Output: 20 13 2
}

// A network learns the function whose slope is 2x, and which is 1 at 0: the loss contains the
// derivative of the network's output with respect to its input.
func ExampleGradient_loss() {
	net := micrograd.NewMLP(rand.New(rand.NewPCG(1, 0)), micrograd.Tanh, 1, 8, 1)
	in, zero := micrograd.Values(0), micrograd.Values(0)
	u := net.Forward(in)[0]
	slope := micrograd.Gradient(u, in...)[0]
	loss := slope.Sub(in[0].MulC(2)).PowC(2).Add(net.Forward(zero)[0].SubC(1).PowC(2))
	program := micrograd.Compile(in, loss)
	rows := [][]float64{{-1}, {-0.75}, {-0.5}, {-0.25}, {0}, {0.25}, {0.5}, {0.75}, {1}}
	gradient := func() float64 { return program.Backward(rows) }
	for step, loss := range micrograd.Train(net.Parameters(), micrograd.NewAdam(0.02), gradient) {
		if loss < 1e-4 || step == 1999 {
			break
		}
	}
	fmt.Printf("%.1f %.1f %.1f\n", net.Predict(-1), net.Predict(0), net.Predict(1))
	// Output: [2.0] [1.0] [2.0]
}

// A checkpoint: a calculation of 100,000 steps, of whose graph only 100 steps are in memory. The
// state is kept after every 100 steps. Backward goes from the last 100 to the first: it computes
// their graph again from the state before them, and seeds it with the gradient of the state after
// them.
func Example_checkpoint() {
	rate := micrograd.New(3.5)
	steps := func(state *micrograd.Value) *micrograd.Value { // 100 of the logistic map, damped
		for range 100 {
			state = rate.Mul(state).Mul(state.Neg().AddC(1)).MulC(0.5)
		}
		return state
	}
	states := []float64{0.4}
	for i := range 1000 {
		states = append(states, steps(micrograd.New(states[i])).Data)
	}
	seed := 1.0 // of the last state, which is the result
	for i := 999; i >= 0; i-- {
		state := micrograd.New(states[i])
		steps(state).MulC(seed).Backward()
		seed = state.Grad
	}
	// In the end, state = 1 − 2/rate, and its derivative is 2/rate².
	fmt.Printf("%.6f %.6f\n", states[1000], rate.Grad)
	fmt.Printf("%.6f %.6f\n", 1-2/rate.Data, 2/(rate.Data*rate.Data))
	// Output:
	// 0.428571 0.163265
	// 0.428571 0.163265
}

// Learning XOR.
func ExampleTrain() {
	xs := [][]float64{{0, 0}, {0, 1}, {1, 0}, {1, 1}}
	ys := micrograd.Values(0, 1, 1, 0)
	net := micrograd.NewMLP(rand.New(rand.NewPCG(1, 0)), micrograd.Tanh, 2, 8, 1)
	gradient := func() float64 {
		var h []*micrograd.Value
		for _, x := range xs {
			h = append(h, net.Forward(micrograd.Values(x...))...)
		}
		loss := micrograd.MSE(h, ys)
		loss.Backward()
		return loss.Data
	}
	for step, loss := range micrograd.Train(net.Parameters(), micrograd.NewAdam(0.05), gradient) {
		if loss < 1e-4 || step == 999 {
			break
		}
	}
	fmt.Println(net.Predict(1, 0)[0] > 0.5, net.Predict(1, 1)[0] > 0.5)
	// Output: true false
}

// Learning XOR with the graph of one point, compiled and run for all of them.
func ExampleCompile() {
	net := micrograd.NewMLP(rand.New(rand.NewPCG(1, 0)), micrograd.ReLU, 2, 16, 16, 1)
	params := net.Parameters()
	in := micrograd.Values(0, 0, 0) // x, y and the label 1 or −1: what changes from row to row
	loss := micrograd.Hinge(net.Forward(in[:2])[0], in[2])
	loss = loss.Add(micrograd.Dot(params, params).MulC(1e-4))
	program := micrograd.Compile(in, loss)
	rows := [][]float64{{0, 0, -1}, {0, 1, 1}, {1, 0, 1}, {1, 1, -1}}
	gradient := func() float64 { return program.Backward(rows) }
	for step, loss := range micrograd.Train(params, micrograd.NewAdam(0.01), gradient) {
		if loss < 0.05 || step == 999 {
			break
		}
	}
	fmt.Println(net.Predict(1, 0)[0] > 0, net.Predict(1, 1)[0] > 0)
	// Output: true false
}

// A letter as an input of a program: a one-hot vector. Its dot product with one number of every
// letter's embedding picks the number of that letter.
func ExampleCompile_embedding() {
	embedding := [2][]*micrograd.Value{ // two numbers for each of the letters a, b and c
		micrograd.Values(0.1, 0.2, 0.3),
		micrograd.Values(-1, -2, -3),
	}
	letter := micrograd.Values(0, 0, 0)
	program := micrograd.Compile(letter,
		micrograd.Dot(embedding[0], letter),
		micrograd.Dot(embedding[1], letter))
	fmt.Println(program.Forward([][]float64{{0, 1, 0}, {0, 0, 1}})) // b and c
	// Output: [[0.2 -2] [0.3 -3]]
}

// Is the program right for your rows? It isn't if the graph depends on an if: this one has the
// branch for |x| < 1 that it was compiled with.
func ExampleCompile_compare() {
	huber := func(x []*micrograd.Value) *micrograd.Value {
		if math.Abs(x[0].Data) < 1 {
			return x[0].Mul(x[0]).MulC(0.5)
		}
		return x[0].Abs().SubC(0.5)
	}
	in := micrograd.Values(0)
	program := micrograd.Compile(in, huber(in))
	rows := [][]float64{{0.5}, {-3}}
	for i, got := range program.Forward(rows) {
		row, got := rows[i], got[0]
		want := huber(micrograd.Values(row...)).Data
		if math.Abs(got-want) > 1e-12*math.Abs(want) {
			fmt.Printf("for %g, the program returns %g, and the graph %g\n", row, got, want)
		}
	}
	// Output: for [-3], the program returns 4.5, and the graph 2.5
}

// A program sees the weights as they are. The next call overwrites the outputs of the last.
func ExampleProgram_Forward() {
	x, w := micrograd.New(0), micrograd.New(3)
	program := micrograd.Compile([]*micrograd.Value{x}, x.Mul(w), x.AddC(1))
	fmt.Println(program.Forward([][]float64{{2}, {3}}))
	w.Data = 10 // is seen; only the shape of the graph is fixed
	fmt.Println(program.Forward([][]float64{{5}}))
	// Output:
	// [[6 3] [9 4]]
	// [[50 6]]
}

// The Jacobian of (xy, x/y) at (6, 2): rows of the same numbers, with seeds that pick one output
// each.
func ExampleProgram_VJP() {
	in := micrograd.Values(0, 0)
	x, y := in[0], in[1]
	program := micrograd.Compile(in, x.Mul(y), x.Div(y))
	rows := [][]float64{{6, 2}, {6, 2}}
	fmt.Println(program.VJP(rows, [][]float64{{1, 0}, {0, 1}}))
	// Output: [[2 6] [0.5 -1.5]]
}

// A curve a·e^(bx) is fitted to points by the method of Gauss and Newton. The parameters a and b
// are inputs, so VJP with the seed 1 returns the derivatives of each residual with respect to
// them.
func ExampleProgram_VJP_leastSquares() {
	in := micrograd.Values(0, 0, 0, 0) // a, b, and a measured point x, y
	a, b, x, y := in[0], in[1], in[2], in[3]
	residual := micrograd.Compile(in, a.Mul(b.Mul(x).Exp()).Sub(y))
	params := [2]float64{1, 0}
	var rows, seeds [][]float64
	for i := range 10 {
		at := float64(i) / 10
		rows = append(rows, []float64{0, 0, at, 2 * math.Exp(-3*at)})
		seeds = append(seeds, []float64{1})
	}
	for range 20 {
		for _, row := range rows {
			copy(row, params[:])
		}
		residuals, jacobian := residual.Forward(rows), residual.VJP(rows, seeds)
		var jj [2][2]float64 // JᵀJ
		var jr [2]float64    // Jᵀr
		for r, j := range jacobian {
			for i := range jr {
				jr[i] += j[i] * residuals[r][0]
				for k := range jr {
					jj[i][k] += j[i] * j[k]
				}
			}
		}
		// The step is −(JᵀJ)⁻¹Jᵀr.
		det := jj[0][0]*jj[1][1] - jj[0][1]*jj[1][0]
		params[0] -= (jj[1][1]*jr[0] - jj[0][1]*jr[1]) / det
		params[1] -= (jj[0][0]*jr[1] - jj[1][0]*jr[0]) / det
	}
	fmt.Printf("%.6f·e^(%.6fx)\n", params[0], params[1])
	// Output: 2.000000·e^(-3.000000x)
}

// Backpropagation through time: a recurrent network reads five numbers, and learns to tell whether
// the first one was positive. One step is a program. It runs forward through time, and then
// backward, where the seeds of a step are what VJP returned for the state after it.
func ExampleProgram_VJP_throughTime() {
	const steps, size, batch = 5, 4, 64
	rng := rand.New(rand.NewPCG(1, 0))
	cell := micrograd.NewLayer(rng, micrograd.Tanh, 1+size, size)
	readout := micrograd.NewLayer(rng, micrograd.Identity, size, 1)
	in := micrograd.Values(make([]float64, 1+size)...) // a number and the state
	step := micrograd.Compile(in, cell.Forward(in)...)
	last := micrograd.Values(make([]float64, size+1)...) // the state and the label 1 or −1
	lastStep := micrograd.Compile(last,
		micrograd.Hinge(readout.Forward(last[:size])[0], last[size]))

	var rows [steps][][]float64 // the state of rows[0] remains 0
	var lastRows, lastSeeds [][]float64
	for range batch {
		lastRows = append(lastRows, make([]float64, size+1))
		lastSeeds = append(lastSeeds, []float64{1.0 / batch}) // for the mean, since VJP adds sums
		for t := range rows {
			rows[t] = append(rows[t], make([]float64, 1+size))
		}
	}
	gradient := func() float64 {
		for r := range batch {
			for t := range rows {
				rows[t][r][0] = rng.Float64()*2 - 1
			}
			lastRows[r][size] = math.Copysign(1, rows[0][r][0])
		}
		for t := range rows { // forward
			for r, state := range step.Forward(rows[t]) {
				if t+1 < steps {
					copy(rows[t+1][r][1:], state)
				} else {
					copy(lastRows[r], state)
				}
			}
		}
		mean := 0.0
		for _, result := range lastStep.Forward(lastRows) {
			mean += result[0] / batch
		}
		seeds := make([][]float64, batch)
		for r, grad := range lastStep.VJP(lastRows, lastSeeds) {
			seeds[r] = grad[:size]
		}
		for t := steps - 1; t >= 0; t-- { // backward
			for r, grad := range step.VJP(rows[t], seeds) {
				seeds[r] = grad[1:]
			}
		}
		return mean
	}
	params := append(cell.Parameters(), readout.Parameters()...)
	for i, loss := range micrograd.Train(params, micrograd.NewAdam(0.02), gradient) {
		if loss < 0.1 || i == 1999 {
			fmt.Println(loss < 0.1)
			break
		}
	}
	// Output: true
}

// What a neuron, times the exponential of a number, becomes.
func ExampleProgram_String() {
	x, a := micrograd.Values(0, 0), micrograd.New(1)
	n := &micrograd.Neuron{W: micrograd.Values(2, 3), B: micrograd.New(4), Act: micrograd.ReLU}
	y := n.Forward(x).Mul(a.Exp())
	fmt.Print(micrograd.Compile(x, y))
	// Output:
	// w4 = exp(w0)
	// s0 = w1·x0 + w2·x1 + w3
	// s1 = ReLU(s0)
	// s2 = s1 * w4
	// return s2
}

// The gradients of two calls add up in the leaves, so that losses can be added by calling Backward
// on each.
func ExampleValue_Backward() {
	w := micrograd.New(3)
	w.MulC(2).Backward()
	w.PowC(2).Backward()
	fmt.Println(w.Grad) // 2 + 2w
	micrograd.ZeroGrad(w)
	fmt.Println(w.Grad)
	// Output:
	// 8
	// 0
}

func ExampleValue_Args() {
	x := micrograd.New(3)
	z := x.Sub(micrograd.New(1)).Tanh()
	fmt.Println(z.OpName(), z.Args()[0].OpName(), z.Args()[0].Args())
	// Output: Tanh - [Value(data=3, grad=0) Value(data=1, grad=0)]
}

// An operation of your own, and tests of its derivatives. G is only needed for Gradient.
func ExampleOp() {
	cube := &micrograd.Op{
		Name: "cube",
		F:    func(x, y float64) float64 { return x * x * x },
		D:    func(x, y, z float64) (dx, dy float64) { return 3 * x * x, 0 },
		G: func(x, y, z *micrograd.Value) (dx, dy *micrograd.Value) {
			return x.PowC(2).MulC(3), nil
		},
	}
	x := micrograd.New(2)
	z := cube.Apply(x)
	z.Backward()
	fmt.Println(z.Data, x.Grad)
	f := func(x []*micrograd.Value) *micrograd.Value { return cube.Apply(x[0]) }
	fmt.Println(gradcheck.Check(micrograd.Differentiate(f, 2)))
	g, _, at := micrograd.Differentiate(f, 2)
	slope := micrograd.Gradient(z, x)[0]
	fmt.Println(gradcheck.Check(g, []float64{slope.Data}, at)) // is G what D is?
	// Output:
	// 8 12
	// <nil>
	// <nil>
}

// An activation of your own. It works wherever those of the package do, but model files can't name
// it.
func ExampleOp_activation() {
	silu := &micrograd.Op{
		Name: "SiLU", // x·σ(x)
		F:    func(x, y float64) float64 { return x / (1 + math.Exp(-x)) },
		D: func(x, y, z float64) (dx, dy float64) {
			s := 1 / (1 + math.Exp(-x))
			return s + z*(1-s), 0
		},
	}
	net := micrograd.NewMLP(rand.New(rand.NewPCG(1, 0)), silu, 2, 8, 1)
	fmt.Println(net)
	f := func(x []*micrograd.Value) *micrograd.Value { return net.Forward(x)[0] }
	fmt.Println(gradcheck.Check(micrograd.Differentiate(f, 1, 2)))
	// Output:
	// MLP(2 → 8 SiLU → 1 Identity)
	// <nil>
}

// An operation that stops the gradient, as detach does in PyTorch: for a target that is not to move
// towards the prediction, say.
func ExampleOp_detach() {
	detach := &micrograd.Op{
		Name: "detach",
		F:    func(x, y float64) float64 { return x },
		D:    func(x, y, z float64) (dx, dy float64) { return 0, 0 },
	}
	x := micrograd.New(3)
	x.Mul(detach.Apply(x)).Backward()
	fmt.Println(x.Grad) // without detach, 2x
	// Output: 3
}

// An operation that keeps numbers within bounds. Outside of them, it has no gradient.
func ExampleOp_clamp() {
	clamp := &micrograd.Op{
		Name: "clamp",
		F:    func(x, y float64) float64 { return max(-1, min(x, 1)) },
		D: func(x, y, z float64) (dx, dy float64) {
			if x < -1 || x > 1 {
				return 0, 0
			}
			return 1, 0
		},
	}
	for _, x := range micrograd.Values(-3, 0.5, 3) {
		z := clamp.Apply(x)
		z.Backward()
		fmt.Println(z.Data, x.Grad)
	}
	// Output:
	// -1 0
	// 0.5 1
	// 1 0
}

// Two operations that choose by a condition: where(c, a, b) is a if c > 0, and b otherwise. An if
// on c.Data would do the same in a graph, but a Program would go on with the choice that it was
// compiled with. The one that isn't chosen doesn't count, even if it is NaN. With G, the second
// derivative works, too.
func ExampleOp_where() {
	choose := func(name string, chosen func(c float64) bool) *micrograd.Op {
		op := &micrograd.Op{
			Name: name,
			F: func(x, c float64) float64 {
				if chosen(c) {
					return x
				}
				return 0
			},
			D: func(x, c, z float64) (dx, dc float64) {
				if chosen(c) {
					return 1, 0
				}
				return 0, 0
			},
		}
		op.G = func(x, c, z *micrograd.Value) (dx, dc *micrograd.Value) {
			return op.Apply2(micrograd.New(1), c), nil // 1 where x is chosen, and 0 elsewhere
		}
		return op
	}
	ifPositive := choose("ifPositive", func(c float64) bool { return c > 0 })
	otherwise := choose("otherwise", func(c float64) bool { return !(c > 0) })
	where := func(c, a, b *micrograd.Value) *micrograd.Value {
		return ifPositive.Apply2(a, c).Add(otherwise.Apply2(b, c))
	}
	x := micrograd.New(-4)
	y := where(x, x.Sqrt(), x.PowC(2))
	y.Backward()
	fmt.Println(y.Data, x.Grad)
	first := micrograd.Gradient(y, x)[0]
	second := micrograd.Gradient(first, x)[0]
	program := micrograd.Compile([]*micrograd.Value{x}, y, first, second)
	fmt.Println(program.Forward([][]float64{{1}, {-5}}))
	// Output:
	// 16 -8
	// [[1 0.5 -0.25] [25 -10 2]]
}

func ExampleCheckFinite() {
	x := micrograd.New(1)
	loss := x.SubC(2).Log().Exp().MulC(0.5)
	fmt.Println(loss.Data)
	fmt.Println(micrograd.CheckFinite(loss))
	// Output:
	// NaN
	// micrograd: log(-1) is NaN
}

// A neuron is a dot product, a bias and an activation.
func ExampleNeuron() {
	n := &micrograd.Neuron{W: micrograd.Values(1, -2), B: micrograd.New(0.5), Act: micrograd.ReLU}
	fmt.Println(n.Forward(micrograd.Values(3, 1)).Data) // ReLU(1·3 − 2·1 + 0.5)
	// Output: 1.5
}

// One layer that is used in two places shares its weights: their gradients are the sums over both.
func ExampleLayer_sharedWeights() {
	filter := micrograd.NewLayer(rand.New(rand.NewPCG(1, 0)), micrograd.ReLU, 2, 1)
	w := filter.Neurons[0].W
	w[0].Data, w[1].Data = 1, -1
	x := micrograd.Values(5, 3, 2)
	left, right := filter.Forward(x[:2])[0], filter.Forward(x[1:])[0]
	left.Add(right).Backward()
	fmt.Println(left.Data, right.Data)
	fmt.Println(w[0].Grad, w[1].Grad) // 5 + 3, 3 + 2
	// Output:
	// 2 1
	// 8 5
}

func ExampleNewMLP() {
	rng := rand.New(rand.NewPCG(1, 0))
	net := micrograd.NewMLP(rng, micrograd.ReLU, 2, 16, 16, 1)
	fmt.Println(net)
	fmt.Println(len(net.Parameters()), "parameters")
	// Output:
	// MLP(2 → 16 ReLU → 16 ReLU → 1 Identity)
	// 337 parameters
}

func ExampleCrossEntropy() {
	logits := micrograd.Values(2, 1, -1)
	target := micrograd.Values(1, 0, 0) // the first class is the right one
	loss := micrograd.CrossEntropy(logits, target)
	loss.Backward()
	fmt.Printf("%.4f\n", loss.Data)
	for i, p := range micrograd.Softmax(logits) {
		fmt.Printf("%.4f %.4f\n", p.Data, logits[i].Grad) // the gradient is softmax − target
	}
	// Output:
	// 0.3490
	// 0.7054 -0.2946
	// 0.2595 0.2595
	// 0.0351 0.0351
}

// Inputs with a mean of 20 and a deviation of 10 become ones with a mean of 0 and a deviation of 1.
func ExampleBatchNorm() {
	gamma, beta := micrograd.New(1), micrograd.New(0)
	for _, h := range micrograd.BatchNorm(micrograd.Values(10, 30, 10, 30), gamma, beta) {
		fmt.Printf("%.3f ", h.Data)
	}
	// Output: -1.000 1.000 -1.000 1.000
}

// The four steps of training, without Train.
func ExampleSGD() {
	w := micrograd.New(5)
	sgd := &micrograd.SGD{LR: 0.25}
	for range 3 {
		loss := w.SubC(1).PowC(2) // forward, and the loss
		micrograd.ZeroGrad(w)
		loss.Backward()
		sgd.Step([]*micrograd.Value{w})
		fmt.Println(loss.Data, w.Data)
	}
	// Output:
	// 16 3
	// 4 2
	// 1 1.5
}

// Gradients clipped to a norm of 1: what is longer keeps its direction.
func ExampleSGD_Step_clipped() {
	w := micrograd.Values(3, -4)
	micrograd.HalfSquaredError(w, micrograd.Values(0, 0)).Backward()
	norm := math.Hypot(w[0].Grad, w[1].Grad) // with more parameters, the root of the sum of squares
	for _, p := range w {
		p.Grad /= max(1, norm)
	}
	(&micrograd.SGD{LR: 1}).Step(w)
	fmt.Printf("norm %g, step to %.1f %.1f\n", norm, w[0].Data, w[1].Data)
	// Output: norm 5, step to 2.4 -3.2
}

// Weight decay as AdamW has it: apart from the gradient (Loshchilov and Hutter 2017,
// arXiv:1711.05101). A penalty in the loss would be divided by what Adam divides gradients by.
func ExampleAdam_weightDecay() {
	weights := micrograd.Values(1, 10)
	gradient := func() float64 { return 0 } // of a loss that leaves weights alone
	adam, decay := micrograd.NewAdam(0.1), 0.5
	for step := range micrograd.Train(weights, adam, gradient) {
		for _, w := range weights {
			w.Data *= 1 - adam.LR*decay
		}
		if step == 9 {
			break
		}
	}
	fmt.Printf("%.3f %.3f\n", weights[0].Data, weights[1].Data) // 0.95¹⁰ of what they were
	// Output: 0.599 5.987
}

// The weights with the smallest loss on held-out data are kept, although training goes on.
func ExampleTrain_best() {
	w := micrograd.New(0)
	params := []*micrograd.Value{w}
	training := func() float64 {
		loss := w.SubC(3).PowC(2)
		loss.Backward()
		return loss.Data
	}
	heldOut := func() float64 { return math.Pow(w.Data-2, 2) }

	best, least := make([]float64, len(params)), math.Inf(1)
	for step := range micrograd.Train(params, &micrograd.SGD{LR: 0.05}, training) {
		if loss := heldOut(); loss < least {
			least = loss
			for i, p := range params {
				best[i] = p.Data
			}
		}
		if step == 99 {
			break
		}
	}
	fmt.Printf("at the end %.2f, ", w.Data)
	for i, p := range params {
		p.Data = best[i]
	}
	fmt.Printf("at best %.2f\n", w.Data)
	// Output: at the end 3.00, at best 1.95
}

// An optimizer steps those parameters that it is given: the first layer stays as it is.
func ExampleSGD_Step_frozen() {
	net := micrograd.NewMLP(rand.New(rand.NewPCG(1, 0)), micrograd.Tanh, 2, 8, 1)
	first, last := net.Layers[0].Parameters()[0], net.Layers[1].Parameters()[0]
	before := []float64{first.Data, last.Data}
	micrograd.MSE(net.Forward(micrograd.Values(1, 2)), micrograd.Values(3)).Backward()
	(&micrograd.SGD{LR: 0.1}).Step(net.Layers[1].Parameters())
	fmt.Println(first.Data == before[0], last.Data == before[1])
	// Output: true false
}

// How a network's output changes with its inputs, which are leaves like its weights.
func ExampleMLP_Forward_inputs() {
	net := micrograd.NewMLP(rand.New(rand.NewPCG(1, 0)), micrograd.Identity, 2, 1)
	x := micrograd.Values(1, 2)
	net.Forward(x)[0].Backward()
	w := net.Layers[0].Neurons[0].W
	fmt.Println(x[0].Grad == w[0].Data, x[1].Grad == w[1].Data)
	// Output: true true
}

// A test of a gradient.
func ExampleDifferentiate() {
	f := func(x []*micrograd.Value) *micrograd.Value { return x[0].Mul(x[1]).Tanh() }
	fmt.Println(gradcheck.Check(micrograd.Differentiate(f, 0.5, 2)))
	// Output: <nil>
}

// A network as JSON.
func ExampleMLP_MarshalJSON() {
	net := &micrograd.MLP{Layers: []*micrograd.Layer{{Neurons: []*micrograd.Neuron{
		{W: micrograd.Values(1, 2), B: micrograd.New(3), Act: micrograd.Tanh},
		{W: micrograd.Values(4, 5), B: micrograd.New(6), Act: micrograd.Tanh},
	}}}}
	text, err := json.Marshal(net)
	fmt.Println(string(text), err)
	var same micrograd.MLP
	fmt.Println(json.Unmarshal(text, &same), &same)
	// Output:
	// {"layers":[{"weight":[[1,2],[4,5]],"bias":[3,6],"activation":"Tanh"}]} <nil>
	// <nil> MLP(2 → 2 Tanh)
}

// A checkpoint is a struct of a network and an optimizer. Training goes on from it exactly where it
// was: Adam has running means, and with a new one the loss would rise at first.
func ExampleAdam_checkpoint() {
	type checkpoint struct {
		Net  *micrograd.MLP
		Adam *micrograd.Adam
	}
	train := func(c checkpoint, steps int) (last float64) {
		gradient := func() float64 {
			h := c.Net.Forward(micrograd.Values(0.5, -1))
			loss := micrograd.MSE(h, micrograd.Values(2))
			loss.Backward()
			return loss.Data
		}
		for step, loss := range micrograd.Train(c.Net.Parameters(), c.Adam, gradient) {
			if step == steps-1 {
				return loss
			}
		}
		return last
	}
	start := func() checkpoint {
		rng := rand.New(rand.NewPCG(1, 0))
		return checkpoint{micrograd.NewMLP(rng, micrograd.Tanh, 2, 8, 1), micrograd.NewAdam(0.01)}
	}
	whole := train(start(), 200)

	c := start()
	train(c, 100)
	text, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	var loaded checkpoint
	if err := json.Unmarshal(text, &loaded); err != nil {
		panic(err)
	}
	fmt.Println(train(loaded, 100) == whole)
	// Output: true
}

func ExampleWriteDOT() {
	a, b := micrograd.New(2), micrograd.New(3)
	c := a.Mul(b)
	c.Backward()
	micrograd.WriteDOT(os.Stdout, c, map[*micrograd.Value]string{a: "a", b: "b", c: "c"})
	// Output:
	// digraph {
	// 	rankdir=LR; ordering=in
	// 	v0 [shape=box, label="a\ndata 2\ngrad 3"]
	// 	v1 [shape=box, label="b\ndata 3\ngrad 2"]
	// 	v2 [shape=box, label="c\ndata 6\ngrad 1"]
	// 	op2 [label="*"]
	// 	v0 -> op2
	// 	v1 -> op2
	// 	op2 -> v2
	// }
}
