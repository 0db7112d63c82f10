package playground

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// An Experiment is a classifier of points in the plane, and its training.
type Experiment struct {
	Settings
	Train, Test []Point
	Net         *micrograd.MLP
	Steps       int

	params     []*micrograd.Value
	l2         *micrograd.Value
	objective  *micrograd.Program // from x, y and label to the loss and the penalty
	evaluation *micrograd.Program // from x, y and label to the score and the loss
	opt        micrograd.Optimizer
	lr         *float64

	rng    *rand.Rand // shuffles rows
	rows   [][]float64
	next   int             // the row that the next batch begins with
	curves [2]figure.Curve // of the loss on Train and on Test
	every  int             // steps between their points
}

// NewExperiment returns an untrained experiment. The same settings give the same experiment.
func NewExperiment(s Settings) *Experiment {
	points := rand.New(rand.NewPCG(s.DataSeed, 0))
	e := &Experiment{
		Settings: s,
		Train:    newPoints(points, s),
		Test:     newPoints(points, s),
		l2:       micrograd.New(0),
		rng:      rand.New(rand.NewPCG(s.Seed, 0)),
	}
	e.Net = micrograd.NewMLP(e.rng, find(activations, s.Activation), e.sizes()...)
	e.params = e.Net.Parameters()
	for _, p := range e.Train {
		e.rows = append(e.rows, []float64{p.X, p.Y, p.Label})
	}
	e.opt, e.lr = find(optimizers, s.Optimizer)()
	e.compile()
	e.apply()
	return e
}

// compile makes the programs of the loss, and empty curves for it.
func (e *Experiment) compile() {
	lossOf := find(losses, e.Loss)
	in := micrograd.Values(0, 0, 0)
	score := e.Net.Forward(e.inputsOf(in[0], in[1]))[0]
	loss := lossOf(score, in[2])
	penalty := micrograd.Dot(e.params, e.params).Mul(e.l2)
	e.objective = micrograd.Compile(in, loss.Add(penalty))
	e.evaluation = micrograd.Compile(in, score, loss)
	e.every, e.curves = 1, [2]figure.Curve{}
	e.Record()
}

// apply passes the learning rate and L2 on to the optimizer and the program.
func (e *Experiment) apply() { *e.lr, e.l2.Data = e.LR, e.L2 }

// Change returns an experiment with other settings. If only live settings differ, it is the same
// experiment, with its trained network; otherwise it is a new one. A live setting takes effect in
// Step or in apply.
func (e *Experiment) Change(s Settings) *Experiment {
	old := e.Settings
	for _, f := range Fields {
		if !f.Live && f.Get(s) != f.Get(old) {
			return NewExperiment(s)
		}
	}
	e.Settings = s
	if s.Optimizer != old.Optimizer {
		e.opt, e.lr = find(optimizers, s.Optimizer)()
	}
	if s.Loss != old.Loss {
		e.compile()
	}
	e.apply()
	return e
}

// Step makes one step with the next batch. The gradients of the step, of the mean loss of the batch
// and the penalty, stay in the parameters, where they can be shown.
func (e *Experiment) Step() {
	if e.next == 0 {
		e.rng.Shuffle(len(e.rows), func(i, j int) { e.rows[i], e.rows[j] = e.rows[j], e.rows[i] })
	}
	batch := e.rows[e.next:min(e.next+e.Batch, len(e.rows))]
	e.next = (e.next + len(batch)) % len(e.rows)
	micrograd.ZeroGrad(e.params...)
	e.objective.Backward(batch)
	e.opt.Step(e.params)
	e.Steps++
}

// sizes returns how many neurons each column of the diagram has. The first column is the inputs.
func (e *Experiment) sizes() []int {
	return slices.Concat([]int{len(e.Inputs)}, e.Hidden, []int{1})
}

// A Result is the mean loss of points, and the accuracy in percent.
type Result struct{ Loss, Accuracy float64 }

// Text returns the loss with three digits, and the accuracy.
func (r Result) Text() (loss, accuracy string) {
	loss = strings.ReplaceAll(fmt.Sprintf("%.3g", r.Loss), "-", "−")
	return loss, fmt.Sprintf("%.0f %%", r.Accuracy)
}

// Results returns the results on Train and Test.
func (e *Experiment) Results() (train, test Result) { return e.result(e.Train), e.result(e.Test) }

func (e *Experiment) result(points []Point) (r Result) {
	var rows [][]float64
	for _, p := range points {
		rows = append(rows, []float64{p.X, p.Y, p.Label})
	}
	n := float64(len(points))
	for i, out := range e.evaluation.Forward(rows) {
		score, loss := out[0], out[1]
		r.Loss += loss / n
		if score*points[i].Label > 0 {
			r.Accuracy += 100 / n
		}
	}
	return r
}

// Record adds the losses to the curves, unless they are infinite or NaN, and returns the results.
// When a curve has many points, every second is dropped.
func (e *Experiment) Record() (train, test Result) {
	train, test = e.Results()
	x := e.curves[0].X
	if soon := len(x) > 0 && float64(e.Steps)-x[len(x)-1] < float64(e.every); soon ||
		train.Diverged() {
		return train, test
	}
	const maxPoints = 400
	if len(x) == maxPoints {
		e.every *= 2
		for i := range e.curves {
			c := &e.curves[i]
			for k := range maxPoints / 2 {
				c.X[k], c.Y[k] = c.X[2*k], c.Y[2*k]
			}
			c.X, c.Y = c.X[:maxPoints/2], c.Y[:maxPoints/2]
		}
	}
	e.curves[0].Add(float64(e.Steps), train.Loss)
	e.curves[1].Add(float64(e.Steps), test.Loss)
	return train, test
}

// Curves returns a figure of the recorded losses, without a legend, in other colors than those of
// labels. If one is 1000 or more, the axis is logarithmic, since the others would not be visible
// beside it.
func (e *Experiment) Curves() figure.Figure {
	return figure.Lines{X: "steps", Y: "loss", Zero: true, Color: 2,
		Log:    slices.Max(e.curves[0].Y) >= 1000,
		Curves: []*figure.Curve{&e.curves[0], &e.curves[1]}}
}

// Overfits reports whether the test loss has risen since its lowest point, while the training loss
// has fallen.
func (e *Experiment) Overfits() bool {
	train, test := e.curves[0].Y, e.curves[1].Y
	lowest := 0
	for i, loss := range test {
		if loss < test[lowest] {
			lowest = i
		}
	}
	last := len(test) - 1
	return test[last] > test[lowest]+0.1 && train[last] < train[lowest]
}

// Diverged reports whether the loss is NaN or infinite.
func (r Result) Diverged() bool { return math.IsNaN(r.Loss) || math.IsInf(r.Loss, 0) }
