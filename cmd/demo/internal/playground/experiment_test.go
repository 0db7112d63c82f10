package playground

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func settings(t *testing.T, pairs ...string) Settings {
	s := DefaultSettings()
	for i := 0; i < len(pairs); i += 2 {
		require.NoError(t, s.Set(pairs[i], pairs[i+1]))
	}
	return s
}

func TestDefaultSettingsLearnWithinTenSeconds(t *testing.T) {
	learned := 0
	for seed := range 10 {
		e := NewExperiment(settings(t, "seed", fmt.Sprint(seed), "data-seed", fmt.Sprint(seed)))
		before, _ := e.Results()
		for range 600 {
			e.Step()
		}
		train, test := e.Results()
		good := train.Loss < before.Loss/4 && train.Accuracy > 95 && test.Accuracy > 92
		assert.True(t, good || seed != 1, "1 is what a visitor sees first")
		if good {
			learned++
		}
	}
	assert.GreaterOrEqual(t, learned, 9, "one in ten may be stuck in a worse minimum")
}

func TestExperimentLearnsWithEachLossAndOptimizer(t *testing.T) {
	for _, data := range names(datasets) {
		for _, loss := range names(losses) {
			for optimizer, lr := range map[string]string{"SGD": "0.3", "momentum": "0.05",
				"Adam": "0.03"} {
				e := NewExperiment(settings(t, "data", data, "noise", "0.02", "loss", loss,
					"optimizer", optimizer, "lr", lr, "hidden", "12,12"))
				for range 3000 {
					e.Step()
				}
				train, _ := e.Results()
				assert.Greater(t, train.Accuracy, 90.0, "%s, %s, %s", data, loss, optimizer)
			}
		}
	}
}

func TestExperimentLearnsWithEachActivation(t *testing.T) {
	for _, activation := range names(activations) {
		want := 95.0
		if activation == "Identity" {
			want = 75 // a straight line
		}
		e := NewExperiment(settings(t, "activation", activation, "lr", "0.03"))
		for range 2000 {
			e.Step()
		}
		train, _ := e.Results()
		assert.Greater(t, train.Accuracy, want, activation)
	}
}

func TestNewExperimentWithTheSameSettingsIsTheSame(t *testing.T) {
	a, b := NewExperiment(DefaultSettings()), NewExperiment(DefaultSettings())
	other := NewExperiment(settings(t, "seed", "2"))
	for range 20 {
		a.Step()
		b.Step()
	}
	for i, p := range a.params {
		assert.Equal(t, p.Data, b.params[i].Data)
	}
	assert.Equal(t, a.Train, other.Train, "the seed of the weights isn't that of the points")
	assert.NotEqual(t, a.Train, NewExperiment(settings(t, "data-seed", "2")).Train)
	assert.NotEqual(t, a.Train, a.Test)
}

// inputsOf returns what the network gets of a point, by package math.
func inputsOf(e *Experiment, p Point) (in []float64) {
	all := map[string]float64{"x": p.X, "y": p.Y, "x²": p.X * p.X, "y²": p.Y * p.Y,
		"xy": p.X * p.Y, "sin πx": math.Sin(math.Pi * p.X), "sin πy": math.Sin(math.Pi * p.Y)}
	for _, name := range e.Inputs {
		in = append(in, all[name])
	}
	return in
}

// lossOf builds the mean loss of points with the penalty, as one eager graph.
func lossOf(e *Experiment, points []Point) *micrograd.Value {
	var all []*micrograd.Value
	for _, p := range points {
		score := e.Net.Forward(micrograd.Values(inputsOf(e, p)...))[0]
		all = append(all, find(losses, e.Loss)(score, micrograd.New(p.Label)))
	}
	penalty := micrograd.Dot(e.params, e.params).MulC(e.L2)
	return micrograd.Sum(all...).DivC(float64(len(all))).Add(penalty)
}

func TestResultsAreThoseOfTheNetwork(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for range 20 {
		e := NewExperiment(randomSettings(rng))
		e.L2 = 0
		train, test := e.Results()
		assert.InEpsilon(t, lossOf(e, e.Train).Data, train.Loss, 1e-9)
		assert.InEpsilon(t, lossOf(e, e.Test).Data, test.Loss, 1e-9)
		right := 0.0
		for _, p := range e.Train {
			if e.Net.Predict(inputsOf(e, p)...)[0]*p.Label > 0 {
				right++
			}
		}
		assert.InDelta(t, 100*right/float64(len(e.Train)), train.Accuracy, 1e-9)
	}
}

func TestStepFollowsTheGradientOfItsBatch(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 0))
	for range 20 {
		s := randomSettings(rng)
		s.Optimizer = "SGD"
		e, same := NewExperiment(s), NewExperiment(s)
		e.Step()
		var batch []Point
		for _, row := range e.rows[:s.Batch] {
			batch = append(batch, Point{row[0], row[1], row[2]})
		}
		lossOf(same, batch).Backward()
		for i, p := range same.params {
			assert.InDelta(t, p.Grad, e.params[i].Grad, 1e-9*(1+math.Abs(p.Grad)),
				"the gradient stays, to be looked at")
			assert.InDelta(t, p.Data-s.LR*p.Grad, e.params[i].Data, 1e-9*(1+math.Abs(p.Grad)))
		}
	}
}

func TestStepResetsTheGradientsOfTheLastBatch(t *testing.T) {
	e := NewExperiment(settings(t, "size", "40", "batch", "20", "l2", "0.1"))
	e.Step()
	var batch []Point
	for _, row := range e.rows[20:] {
		batch = append(batch, Point{row[0], row[1], row[2]})
	}
	micrograd.ZeroGrad(e.params...)
	lossOf(e, batch).Backward()
	var want []float64
	for _, p := range e.params {
		want = append(want, p.Grad)
		p.Grad = 1000 // what isn't set anew would be found
	}
	e.Step()
	for i, p := range e.params {
		assert.InDelta(t, want[i], p.Grad, 1e-9)
	}
}

func TestExperimentHasEachPointOnceAnEpoch(t *testing.T) {
	e := NewExperiment(settings(t, "size", "50", "batch", "20"))
	before := slices.Clone(e.rows)
	for _, want := range []int{20, 40, 0, 20} {
		e.Step()
		assert.Equal(t, want, e.next, "the last batch of an epoch has what is left")
	}
	seen := map[[3]float64]bool{}
	for _, row := range e.rows {
		seen[[3]float64(row)] = true
	}
	assert.Len(t, seen, 50)
	assert.NotEqual(t, before, e.rows, "in another order each time")
}

func TestChangeOfALiveSettingKeepsTheNetwork(t *testing.T) {
	other := map[string]string{
		"data": "xor", "noise": "0.2", "size": "50", "data-seed": "2", "inputs": "x,y,xy",
		"hidden":     "3",
		"activation": "ReLU", "seed": "2",
		"loss": "hinge", "optimizer": "SGD", "lr": "0.5", "l2": "0.1", "batch": "100",
	}
	live := []string{"loss", "optimizer", "lr", "l2", "batch"}
	for _, f := range Fields {
		require.Contains(t, other, f.Name,
			"say here what else it may be, and in live whether learning goes on")
		s := settings(t, f.Name, other[f.Name])
		e, same := NewExperiment(DefaultSettings()), NewExperiment(DefaultSettings())
		e.Step()
		same.Step()
		weight := e.params[0].Data
		changed := e.Change(s)
		assert.Equal(t, s, changed.Settings)
		if !slices.Contains(live, f.Name) {
			assert.NotSame(t, e, changed, f.Name)
			assert.Zero(t, changed.Steps)
			continue
		}
		require.Same(t, e, changed, f.Name)
		assert.Equal(t, 1, e.Steps)
		assert.Equal(t, weight, e.params[0].Data)
		e.Step()
		same.Step()
		assert.NotEqual(t, same.params[0].Data, e.params[0].Data,
			"%s makes a difference to what follows", f.Name)
	}

	e := NewExperiment(DefaultSettings())
	e.Step()
	e.Record()
	opt := e.opt
	assert.Len(t, e.Change(settings(t, "l2", "0.1")).curves[0].X, 2, "curves go on, too")
	assert.Len(t, e.Change(settings(t, "loss", "hinge")).curves[0].X, 1,
		"but for another loss they begin anew")
	assert.Same(t, opt, e.Change(settings(t, "lr", "0.1")).opt, "Adam goes on with what it knows")
	assert.NotSame(t, opt, e.Change(settings(t, "optimizer", "momentum")).opt)

	// A changed rate, penalty or loss is what the next step has.
	e = NewExperiment(settings(t, "optimizer", "SGD", "batch", "100"))
	e = e.Change(settings(t, "optimizer", "SGD", "batch", "100", "lr", "2", "l2", "0.5", "loss",
		"half squared error"))
	before := e.params[3].Data
	loss := lossOf(e, e.Train)
	micrograd.ZeroGrad(e.params...)
	loss.Backward()
	grad := e.params[3].Grad
	e.Step()
	assert.InDelta(t, before-2*grad, e.params[3].Data, 1e-9)
}

func TestExperimentDivergesIfTheLearningRateIsTooHigh(t *testing.T) {
	e := NewExperiment(settings(t, "activation", "Identity", "loss", "half squared error",
		"optimizer", "SGD", "lr", "10"))
	assert.False(t, e.Curves().(figure.Lines).Log)
	for range 300 {
		e.Step()
		e.Record()
	}
	train, _ := e.Record()
	assert.True(t, train.Diverged())
	v, d := e.NewView(), e.Diagram(600)
	v.Update(e)
	v.DrawPlane(NewPixels(GridSize, GridSize), 3, 0, Light)
	v.DrawNetwork(NewPixels(300, 300), d, Light)
	e.Paths(d, false)
	assert.Greater(t, slices.Max(e.curves[0].Y), 1e100, "it is drawn until the last finite loss")
	assert.True(t, e.Curves().(figure.Lines).Log, "so that its beginning stays visible")
	good, _ := NewExperiment(DefaultSettings()).Results()
	assert.False(t, good.Diverged())
	assert.True(t, Result{Loss: math.Inf(1)}.Diverged())
}

func TestOverfitsIfTheTestLossRisesWhileTheTrainingLossFalls(t *testing.T) {
	for _, test := range []struct {
		train, test []float64
		want        bool
	}{
		{[]float64{0.7}, []float64{0.7}, false},
		{[]float64{0.7, 0.5, 0.3}, []float64{0.7, 0.6, 0.5}, false},
		{[]float64{0.7, 0.5, 0.3}, []float64{0.7, 0.6, 0.65}, false}, // hardly
		{[]float64{0.7, 0.5, 0.3}, []float64{0.7, 0.6, 0.8}, true},
		{[]float64{0.7, 0.5, 0.9}, []float64{0.7, 0.6, 0.8}, false}, // both rise
	} {
		e := &Experiment{}
		e.curves[0].Y, e.curves[1].Y = test.train, test.test
		assert.Equal(t, test.want, e.Overfits(), "%v", test)
	}
}

func TestResultIsWrittenWithThreeDigits(t *testing.T) {
	loss, accuracy := Result{0.00001234, 97.5}.Text()
	assert.Equal(t, []string{"1.23e−05", "98 %"}, []string{loss, accuracy})
	loss, _ = Result{Loss: math.Inf(1)}.Text()
	assert.Equal(t, "+Inf", loss)
}

func TestCurvesKeepTheirShapeHoweverLongTheyGet(t *testing.T) {
	e := NewExperiment(settings(t, "hidden", "1", "size", "20"))
	for e.Steps < 5000 {
		e.Step()
		e.Record()
	}
	x := e.curves[0].X
	assert.LessOrEqual(t, len(x), 400)
	assert.Greater(t, len(x), 190)
	assert.Zero(t, x[0])
	assert.Greater(t, x[len(x)-1], 4950.0)
	for i := 2; i < len(x); i++ {
		assert.Equal(t, x[1], x[i]-x[i-1])
	}
	assert.Len(t, e.curves[1].Y, len(x))
	train, test := e.Results()
	assert.NotEqual(t, train, test)
	e = NewExperiment(e.Settings)
	train, test = e.Results()
	assert.Equal(t, [2][]float64{{train.Loss}, {test.Loss}}, [2][]float64{e.curves[0].Y,
		e.curves[1].Y})
	assert.Contains(t, figure.Text(e.Curves(), 80, false), "loss")
}

func BenchmarkMoonsStep(b *testing.B) {
	s := DefaultSettings()
	s.Hidden, s.Activation, s.Loss, s.Batch = []int{16, 16}, "ReLU", "hinge", 100
	e := NewExperiment(s)
	for b.Loop() {
		e.Step()
	}
}
