package steps

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type value = micrograd.Value

// A task is a calculation whose shape others chose: those of GradBench, smaller. It is compiled,
// and written by hand as loops over float64s, which compute the sum of the outputs over the rows.
type task struct {
	name        string
	params      []*value
	program     *micrograd.Program
	rows, seeds [][]float64
	handwritten func() float64
}

func tasks() []*task {
	return []*task{kmeans(), reprojections(), lstm(), mixture(), determinant(), ode()}
}

// forward computes the sum of all outputs of the program.
func (t *task) forward() (sum float64) {
	for _, result := range t.program.Forward(t.rows) {
		for _, y := range result {
			sum += y
		}
	}
	return sum
}

// BenchmarkTasks computes the outputs, forward, with a program and by hand; and with the program
// also their gradient.
func BenchmarkTasks(b *testing.B) {
	for _, t := range tasks() {
		b.Run(t.name+"/program", func(b *testing.B) {
			for b.Loop() {
				t.forward()
			}
		})
		b.Run(t.name+"/handwritten", func(b *testing.B) {
			for b.Loop() {
				t.handwritten()
			}
		})
		b.Run(t.name+"/gradient", func(b *testing.B) {
			for b.Loop() {
				t.program.VJP(t.rows, t.seeds)
			}
		})
	}
}

func TestTasksComputeTheSameAsLoopsByHand(t *testing.T) {
	for _, task := range tasks() {
		want := task.handwritten()
		require.False(t, math.IsNaN(want), task.name)
		assert.InEpsilon(t, want, task.forward(), 1e-10, task.name)

		// The gradient in a random direction.
		task.program.VJP(task.rows, task.seeds)
		direction, slope := randoms(seeded(1), len(task.params), 1e-6), 0.0
		moved := func(sign float64) float64 {
			for i, p := range task.params {
				p.Data += sign * direction[i]
			}
			return task.forward()
		}
		for i, p := range task.params {
			slope += p.Grad * direction[i]
		}
		up := moved(1)
		assert.InDelta(t, (up-moved(-2))/2, slope, 1e-5*math.Abs(slope), task.name)
	}
}

func newTask(name string, params, inputs []*value, rows [][]float64, handwritten func() float64,
	outputs ...*value) *task {
	t := &task{name: name, params: params, rows: rows, handwritten: handwritten,
		program: micrograd.Compile(inputs, outputs...)}
	for range rows {
		seed := make([]float64, len(outputs))
		for i := range seed {
			seed[i] = 1
		}
		t.seeds = append(t.seeds, seed)
	}
	return t
}

// noRows are those of a program without inputs.
var noRows = [][]float64{nil}

func randoms(rng *rand.Rand, n int, scale float64) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = scale * rng.NormFloat64()
	}
	return xs
}

func randomRows(rng *rand.Rand, n, width int) [][]float64 {
	rows := make([][]float64, n)
	for r := range rows {
		rows[r] = randoms(rng, width, 1)
	}
	return rows
}

// kmeans is Σ min |point − centroid|² over 1,000 points, with 100 centroids in 8 dimensions.
func kmeans() *task {
	rng := seeded(1)
	const k, d = 100, 8
	in, c := micrograd.Values(make([]float64, d)...), micrograd.Values(randoms(rng, k*d, 1)...)
	points := randomRows(rng, 1000, d)
	var cost *value
	for i := range k {
		differences := make([]*value, d)
		for j := range differences {
			differences[j] = c[i*d+j].Sub(in[j])
		}
		distance := micrograd.Dot(differences, differences)
		if cost == nil {
			cost = distance
		} else {
			cost = cost.Min(distance)
		}
	}
	centroids := data(c)
	return newTask("kmeans", c, in, points, func() (sum float64) {
		for _, p := range points {
			p := p[:d]
			best := math.Inf(1)
			for i := 0; i < k*d; i += d {
				distance := 0.0
				for j, c := range centroids[i : i+d] {
					distance += (c - p[j]) * (c - p[j])
				}
				if distance < best {
					best = distance
				}
			}
			sum += best
		}
		return sum
	}, cost)
}

// reprojections are the errors of a bundle adjustment: 10,000 points are seen by a camera with a
// rotation vector, a center, a focal length, a principal point and two factors of radial
// distortion.
func reprojections() *task {
	v, errors := reprojection()
	rows := randomRows(seeded(2), 10_000, len(v))
	for _, row := range rows {
		row[5] -= 20 // so that the point is before the camera
	}
	return newTask("reprojections", nil, v, rows, func() (sum float64) {
		for _, v := range rows {
			v := (*[17]float64)(v)
			x, y, z := v[11]-v[3], v[12]-v[4], v[13]-v[5]
			theta := math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2])
			sin, cos := math.Sin(theta), math.Cos(theta)
			a, b, c := v[0]/theta, v[1]/theta, v[2]/theta
			along := (a*x + b*y + c*z) * (1 - cos)
			sx := x*cos + (b*z-c*y)*sin + a*along
			sy := y*cos + (c*x-a*z)*sin + b*along
			sz := z*cos + (a*y-b*x)*sin + c*along
			p, q := sx/sz, sy/sz
			r2 := p*p + q*q
			distortion := 1 + v[9]*r2 + v[10]*r2*r2
			sum += v[14] * (p*distortion*v[6] + v[7] - v[15])
			sum += v[14] * (q*distortion*v[6] + v[8] - v[16])
		}
		return sum
	}, errors...)
}

// reprojection returns the graph of the errors of one point in the two directions of an image.
func reprojection() (inputs, errors []*value) {
	v := micrograd.Values(make([]float64, 17)...)
	rotation, center, focal, principal, radial := v[:3], v[3:6], v[6], v[7:9], v[9:11]
	point, weight, feature := v[11:14], v[14], v[15:17]
	x := []*value{point[0].Sub(center[0]), point[1].Sub(center[1]), point[2].Sub(center[2])}

	theta := micrograd.Dot(rotation, rotation).Sqrt()
	cos, sin := theta.Cos(), theta.Sin()
	var axis []*value
	for _, r := range rotation {
		axis = append(axis, r.Div(theta))
	}
	cross := func(i, j int) *value { return axis[i].Mul(x[j]).Sub(axis[j].Mul(x[i])) }
	crosses := []*value{cross(1, 2), cross(2, 0), cross(0, 1)}
	along := micrograd.Dot(axis, x).Mul(cos.Neg().AddC(1))
	var seen []*value
	for i := range 3 {
		seen = append(seen, micrograd.Dot([]*value{x[i], crosses[i], axis[i]},
			[]*value{cos, sin, along}))
	}
	p, q := seen[0].Div(seen[2]), seen[1].Div(seen[2])
	r2 := p.Mul(p).Add(q.Mul(q))
	distortion := radial[0].Mul(r2).Add(radial[1].Mul(r2).Mul(r2)).AddC(1)
	e := func(p, principal, feature *value) *value {
		return p.Mul(distortion).Mul(focal).Add(principal).Sub(feature).Mul(weight)
	}

	return v, []*value{e(p, principal[0], feature[0]), e(q, principal[1], feature[1])}
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

const (
	layers, width, steps = 2, 14, 256
	lstmWeights          = layers * width * 8
)

func sequence() [][]float64 { return randomRows(seeded(7), steps, width) }

// lstmGraph is a network of two layers of 14 cells, whose gates have a weight and a bias each, that
// is unrolled for 256 steps. The output is the sum of the last layer over all steps.
func lstmGraph(weights []*value) *value {
	var hidden, cell [layers][width]*value
	for l := range layers {
		for i := range width {
			hidden[l][i], cell[l][i] = micrograd.New(0), micrograd.New(0)
		}
	}
	var all []*value
	for _, row := range sequence() {
		x := micrograd.Values(row...)
		for l := range layers {
			for i := range width {
				w := weights[(l*width+i)*8:]
				forget := x[i].Mul(w[0]).Add(w[4]).Sigmoid()
				in := hidden[l][i].Mul(w[1]).Add(w[5]).Sigmoid()
				out := x[i].Mul(w[2]).Add(w[6]).Sigmoid()
				change := hidden[l][i].Mul(w[3]).Add(w[7]).Tanh()
				cell[l][i] = cell[l][i].Mul(forget).Add(in.Mul(change))
				hidden[l][i] = out.Mul(cell[l][i].Tanh())
				x[i] = hidden[l][i]
			}
		}
		all = append(all, x...)
	}
	return micrograd.Sum(all...)
}

func lstm() *task {
	w := micrograd.Values(randoms(seeded(3), lstmWeights, 0.5)...)
	weights, sequence := data(w), sequence()
	return newTask("lstm", w, nil, noRows, func() (sum float64) {
		var hidden, cell [layers][width]float64
		var x [width]float64
		for _, row := range sequence {
			copy(x[:], row)
			for l := range layers {
				for i := range width {
					w := (*[8]float64)(weights[(l*width+i)*8:])
					forget := logistic(x[i]*w[0] + w[4])
					in := logistic(hidden[l][i]*w[1] + w[5])
					out := logistic(x[i]*w[2] + w[6])
					change := math.Tanh(hidden[l][i]*w[3] + w[7])
					cell[l][i] = cell[l][i]*forget + in*change
					hidden[l][i] = out * math.Tanh(cell[l][i])
					x[i] = hidden[l][i]
				}
			}
			for _, x := range x {
				sum += x
			}
		}
		return sum
	}, lstmGraph(w))
}

// mixture is the log-likelihood of 1,000 points, without constants, in a mixture of 25 Gaussians in
// 10 dimensions. Each has a weight, a mean, and a triangular matrix whose diagonal is eᑫ.
func mixture() *task {
	const n, k, d = 1000, 25, 10
	rng := seeded(4)
	alpha := micrograd.Values(randoms(rng, k, 1)...)
	mean := micrograd.Values(randoms(rng, k*d, 1)...)
	q := micrograd.Values(randoms(rng, k*d, 0.3)...)
	l := micrograd.Values(randoms(rng, k*d*(d-1)/2, 0.3)...)
	in, points := micrograd.Values(make([]float64, d)...), randomRows(rng, n, d)

	var terms []*value
	next := 0
	for i := range k {
		var centered, scaled []*value
		for j := range d {
			centered = append(centered, in[j].Sub(mean[i*d+j]))
			row := append([]*value{}, l[next:next+j]...)
			next += j
			scaled = append(scaled, micrograd.Dot(append(row, q[i*d+j].Exp()), centered))
		}
		terms = append(terms, alpha[i].Add(micrograd.Sum(q[i*d:(i+1)*d]...)).
			Sub(micrograd.Dot(scaled, scaled).MulC(0.5)))
	}
	top := terms[0]
	for _, t := range terms[1:] {
		top = top.Max(t)
	}
	var es []*value
	for _, t := range terms {
		es = append(es, t.Sub(top).Exp())
	}
	a, m, logs, lower := data(alpha), data(mean), data(q), data(l)
	return newTask("mixture", append(append(append(alpha, mean...), q...), l...), in, points,
		func() (sum float64) {
			var diagonal [k * d]float64
			var bias, terms [k]float64
			var centered [d]float64
			for i := range k {
				bias[i] = a[i]
				for j := range d {
					bias[i] += logs[i*d+j]
					diagonal[i*d+j] = math.Exp(logs[i*d+j])
				}
			}
			for _, p := range points {
				next := 0
				for i := range k {
					squares := 0.0
					for j := range d {
						centered[j] = p[j] - m[i*d+j]
						s := 0.0
						for h, w := range lower[next : next+j] {
							s += w * centered[h]
						}
						next += j
						s += diagonal[i*d+j] * centered[j]
						squares += s * s
					}
					terms[i] = bias[i] - squares/2
				}
				top := math.Inf(-1)
				for _, t := range terms {
					top = max(top, t)
				}
				es := 0.0
				for _, t := range terms {
					es += math.Exp(t - top)
				}
				sum += math.Log(es) + top
			}
			return sum
		}, micrograd.Sum(es...).Log().Add(top))
}

const order = 8

// determinantGraph is the determinant of an 8×8 matrix, by minors.
func determinantGraph(a []*value) *value {
	var minor func(row int, used uint) *value
	minor = func(row int, used uint) *value {
		var plus, minus [2][]*value
		terms, others := &plus, &minus
		for column := range order {
			if used&(1<<column) != 0 {
				continue
			}
			if row == order-1 {
				return a[row*order+column]
			}
			terms[0] = append(terms[0], a[row*order+column])
			terms[1] = append(terms[1], minor(row+1, used|1<<column))
			terms, others = others, terms
		}
		return micrograd.Dot(plus[0], plus[1]).Sub(micrograd.Dot(minus[0], minus[1]))
	}
	return minor(0, 0)
}

func determinant() *task {
	a := micrograd.Values(randoms(seeded(5), order*order, 1)...)
	matrix := data(a)
	var byHand func(row int, used uint) float64
	byHand = func(row int, used uint) (sum float64) {
		sign := 1.0
		for column := range order {
			if used&(1<<column) != 0 {
				continue
			}
			if row == order-1 {
				return matrix[row*order+column]
			}
			sum += sign * matrix[row*order+column] * byHand(row+1, used|1<<column)
			sign = -sign
		}
		return sum
	}
	return newTask("determinant", a, nil, noRows, func() float64 { return byHand(0, 0) },
		determinantGraph(a))
}

const (
	states, odeSteps = 100, 100
	h                = 2.0 / odeSteps
)

// odeGraph is y₀' = x₀, yᵢ' = xᵢ·yᵢ₋₁ for i < 100, in 100 Runge-Kutta steps to time 2. The
// output is Σ yᵢ.
func odeGraph(x []*value) *value {
	slope := func(y []*value) []*value {
		k := []*value{x[0]}
		for i := 1; i < states; i++ {
			k = append(k, x[i].Mul(y[i-1]))
		}
		return k
	}
	after := func(y, k []*value, t float64) (next []*value) {
		for i := range y {
			next = append(next, y[i].Add(k[i].MulC(t)))
		}
		return next
	}
	y := micrograd.Values(make([]float64, states)...)
	for range odeSteps {
		k1 := slope(y)
		k2 := slope(after(y, k1, h/2))
		k3 := slope(after(y, k2, h/2))
		k4 := slope(after(y, k3, h))
		for i := range y {
			y[i] = y[i].Add(micrograd.Sum(k1[i], k2[i], k2[i], k3[i], k3[i], k4[i]).MulC(h / 6))
		}
	}
	return micrograd.Sum(y...)
}

func ode() *task {
	x := micrograd.Values(randoms(seeded(6), states, 1)...)
	xs := data(x)
	return newTask("ode", x, nil, noRows, func() (sum float64) {
		var y, k1, k2, k3, k4, at [states]float64
		slope := func(k, y *[states]float64) {
			k[0] = xs[0]
			for i := 1; i < states; i++ {
				k[i] = xs[i] * y[i-1]
			}
		}
		after := func(k *[states]float64, t float64) *[states]float64 {
			for i := range at {
				at[i] = y[i] + t*k[i]
			}
			return &at
		}
		for range odeSteps {
			slope(&k1, &y)
			slope(&k2, after(&k1, h/2))
			slope(&k3, after(&k2, h/2))
			slope(&k4, after(&k3, h))
			for i := range y {
				y[i] += h / 6 * (k1[i] + 2*k2[i] + 2*k3[i] + k4[i])
			}
		}
		for _, y := range y {
			sum += y
		}
		return sum
	}, odeGraph(x))
}
