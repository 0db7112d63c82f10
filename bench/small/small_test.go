// Package small measures three small pieces of work, for which a matrix library calls many
// operations on few numbers each. small_torch.py does the same in PyTorch.
package small

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/stretchr/testify/assert"
)

// A workload is one of the three pieces of work, done eagerly or compiled.
type workload struct {
	name, mode string
	params     []*micrograd.Value
	step       func() (loss float64)
}

func workloads() []workload {
	return []workload{
		eagerSimulation(), compiledSimulation(),
		eagerLetters(), compiledLetters(),
		eagerBandit(), compiledBandit(),
	}
}

func BenchmarkSmall(b *testing.B) {
	for _, c := range workloads() {
		b.Run(c.name+"/"+c.mode, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.step()
			}
		})
	}
}

// The numbers are what small_torch.py prints.
func TestSmallWorkGivesWhatPyTorchGives(t *testing.T) {
	want := map[string]float64{
		"simulation": 0.8164743207152141,
		"letters":    3.3589457338466944,
		"bandit":     2.0671693137478346,
	}
	for _, c := range workloads() {
		sum := 0.0
		for range 100 {
			sum = c.step()
		}
		for i, p := range c.params {
			sum += math.Cos(float64(i)) * (p.Data + p.Grad) // so that no two can be exchanged
		}
		assert.InEpsilon(t, want[c.name], sum, 1e-9, "%s, %s", c.name, c.mode)
	}
}

// fill gives parameters numbers that are the same in Python.
func fill(params []*micrograd.Value) {
	for i, p := range params {
		p.Data = 0.3 * math.Sin(float64(i))
	}
}

// simulation is that of a damped pendulum, in 60 Runge-Kutta steps. The loss is how far its angles
// are from observed ones. The parameters are its length, its damping, and the angle and the
// velocity at the start.
func simulation() (params []*micrograd.Value, loss func() *micrograd.Value) {
	const dt = 0.05
	params = micrograd.Values(1.2, 0.1, 0.8, 0.3)
	return params, func() *micrograd.Value {
		stiffness, damping := params[0].PowC(-1).MulC(9.81), params[1]
		acceleration := func(angle, velocity *micrograd.Value) *micrograd.Value {
			return angle.Sin().Mul(stiffness).Add(velocity.Mul(damping)).Neg()
		}
		angle, velocity := params[2], params[3]
		var angles, observed []*micrograd.Value
		for i := range 60 {
			v1, a1 := velocity, acceleration(angle, velocity)
			v2 := velocity.Add(a1.MulC(dt / 2))
			a2 := acceleration(angle.Add(v1.MulC(dt/2)), v2)
			v3 := velocity.Add(a2.MulC(dt / 2))
			a3 := acceleration(angle.Add(v2.MulC(dt/2)), v3)
			v4 := velocity.Add(a3.MulC(dt))
			a4 := acceleration(angle.Add(v3.MulC(dt)), v4)
			angle = angle.Add(micrograd.Sum(v1, v2.MulC(2), v3.MulC(2), v4).MulC(dt / 6))
			velocity = velocity.Add(micrograd.Sum(a1, a2.MulC(2), a3.MulC(2), a4).MulC(dt / 6))
			angles = append(angles, angle)
			observed = append(observed, micrograd.New(0.5*math.Cos(0.15*float64(i+1))))
		}
		return micrograd.MSE(angles, observed)
	}
}

func eagerSimulation() workload {
	params, loss := simulation()
	return workload{"simulation", "eager", params, func() float64 {
		micrograd.ZeroGrad(params...)
		l := loss()
		l.Backward()
		return l.Data
	}}
}

func compiledSimulation() workload {
	params, loss := simulation()
	program := micrograd.Compile(nil, loss())
	return workload{"simulation", "compiled", params, func() float64 {
		micrograd.ZeroGrad(params...)
		return program.Backward([][]float64{nil})
	}}
}

// A letterModel predicts the next letter of a name from the last three (Bengio et al. 2003, A
// neural probabilistic language model): 27 letters, each embedded in 4 numbers, and 32 neurons with
// tanh. The work is the gradient of the mean cross-entropy of 32 rows.
type letterModel struct {
	embedding    [4][]*micrograd.Value // for each of its numbers, that of each letter
	hidden, last *micrograd.Layer
	params       []*micrograd.Value
}

const letters = 27

func newLetterModel() *letterModel {
	rng := rand.New(rand.NewPCG(1, 0))
	n := &letterModel{
		hidden: micrograd.NewLayer(rng, micrograd.Tanh, 12, 32),
		last:   micrograd.NewLayer(rng, micrograd.Identity, 32, letters),
	}
	for i := range n.embedding {
		n.embedding[i] = micrograd.Values(make([]float64, letters)...)
	}
	n.params = slices.Concat(slices.Concat(n.embedding[:]...), n.hidden.Parameters(),
		n.last.Parameters())
	fill(n.params)
	return n
}

func (n *letterModel) logits(embedded []*micrograd.Value) []*micrograd.Value {
	return n.last.Forward(n.hidden.Forward(embedded))
}

// batch returns 32 rows of three letters and the next.
func batch() (rows [][4]int) {
	for i := range 32 {
		rows = append(rows, [4]int{(7*i + 1) % 27, (11*i + 3) % 27, (13*i + 5) % 27,
			(17*i + 2) % 27})
	}
	return rows
}

// oneHot returns n numbers, a 1 at i among zeros.
func oneHot(i, n int) []float64 {
	x := make([]float64, n)
	x[i] = 1
	return x
}

func eagerLetters() workload {
	n, batch := newLetterModel(), batch()
	return workload{"letters", "eager", n.params, func() float64 {
		micrograd.ZeroGrad(n.params...)
		var losses []*micrograd.Value
		for _, row := range batch {
			var embedded []*micrograd.Value
			for _, letter := range row[:3] {
				for _, e := range n.embedding {
					embedded = append(embedded, e[letter])
				}
			}
			next := micrograd.Values(oneHot(row[3], letters)...)
			losses = append(losses, micrograd.CrossEntropy(n.logits(embedded), next))
		}
		loss := micrograd.Sum(losses...).DivC(float64(len(losses)))
		loss.Backward()
		return loss.Data
	}}
}

func compiledLetters() workload {
	n := newLetterModel()
	in := micrograd.Values(make([]float64, 4*letters)...) // each letter is a one-hot vector
	var embedded []*micrograd.Value
	for i := range 3 {
		for _, e := range n.embedding {
			embedded = append(embedded, micrograd.Dot(e, in[i*letters:(i+1)*letters]))
		}
	}
	program := micrograd.Compile(in, micrograd.CrossEntropy(n.logits(embedded), in[3*letters:]))
	var rows [][]float64
	for _, row := range batch() {
		var x []float64
		for _, letter := range row {
			x = append(x, oneHot(letter, letters)...)
		}
		rows = append(rows, x)
	}
	return workload{"letters", "compiled", n.params, func() float64 {
		micrograd.ZeroGrad(n.params...)
		return program.Backward(rows)
	}}
}

// A bandit chooses one of 4 actions in a context of 8 numbers, is rewarded or not, and learns from
// that at once: by a step of policy gradient (Williams 1992) with Adam. The work is one such round.
type bandit struct {
	policy *micrograd.MLP
	params []*micrograd.Value
	adam   *micrograd.Adam
	round  int
}

const features, actions = 8, 4

func newBandit() *bandit {
	policy := micrograd.NewMLP(rand.New(rand.NewPCG(1, 0)), micrograd.Tanh, features, 32, actions)
	fill(policy.Parameters())
	return &bandit{policy: policy, params: policy.Parameters(), adam: micrograd.NewAdam(0.01)}
}

// context returns that of the next round, and a number in [0, 1) that chooses among the actions.
func (b *bandit) context() (x []float64, chance float64) {
	b.round++
	x = make([]float64, features)
	for i := range x {
		x[i] = math.Sin(float64(b.round * (i + 1)))
	}
	_, chance = math.Modf(float64(b.round) * 0.618)
	return x, chance
}

// choose draws an action.
func choose(probabilities []float64, chance float64) int {
	for action, p := range probabilities {
		if chance -= p; chance < 0 {
			return action
		}
	}
	return len(probabilities) - 1
}

// advantage is the reward, 1 or 0, less a baseline of ½.
func advantage(x []float64, action int) float64 {
	if action%2 == 0 == (x[0] > 0) {
		return 0.5
	}
	return -0.5
}

func eagerBandit() workload {
	b := newBandit()
	return workload{"bandit", "eager", b.params, func() float64 {
		x, chance := b.context()
		logProbabilities := micrograd.LogSoftmax(b.policy.Forward(micrograd.Values(x...)))
		var probabilities []float64
		for _, p := range logProbabilities {
			probabilities = append(probabilities, math.Exp(p.Data))
		}
		action := choose(probabilities, chance)
		loss := logProbabilities[action].MulC(-advantage(x, action))
		micrograd.ZeroGrad(b.params...)
		loss.Backward()
		b.adam.Step(b.params)
		return loss.Data
	}}
}

func compiledBandit() workload {
	b := newBandit()
	in := micrograd.Values(make([]float64, features+actions)...)
	logits := b.policy.Forward(in[:features])
	act := micrograd.Compile(in[:features], micrograd.Softmax(logits)...)
	learn := micrograd.Compile(in, micrograd.CrossEntropy(logits, in[features:]))
	return workload{"bandit", "compiled", b.params, func() float64 {
		x, chance := b.context()
		action := choose(act.Forward([][]float64{x})[0], chance)
		target := make([]float64, actions)
		target[action] = advantage(x, action)
		micrograd.ZeroGrad(b.params...)
		loss := learn.Backward([][]float64{append(x, target...)})
		b.adam.Step(b.params)
		return loss
	}}
}
