package main

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/figure"
)

// A training is what an example is given to do.
type training struct {
	net         *micrograd.MLP // for examples that name its shape; others make a model of their own
	epochs      int
	lr          float64
	rng         *rand.Rand
	interrupted func() bool
	screen      *screen

	model  string // as described
	params []*micrograd.Value
	done   int          // epochs
	losses figure.Curve // as reported
	err    error
}

// A result is what came of a training.
type result struct {
	figure figure.Figure
	loss   float64          // in the end
	learnt string           // what was learnt, with the number that says how well
	goal   string           // what that number should be
	met    bool             // whether it is
	sample *micrograd.Value // the loss of one row, for a look at its graph
	losses string           // whose losses were reported, if there are several, as a sentence
}

// describe says what is trained.
func (t *training) describe(model string, params []*micrograd.Value) {
	t.model, t.params = model, params
	fmt.Fprintf(t.screen.w, "%s, %d parameters\n", model, len(params))
}

// each yields the epochs, from 0 on, until there are enough, the user interrupts, the loss isn't a number any more, or nobody
// could see what comes of it.
func (t *training) each() iter.Seq[int] {
	return func(yield func(int) bool) {
		for t.done < t.epochs && !t.interrupted() && t.err == nil && t.screen.w.err == nil && yield(t.done) {
			t.done++
		}
		t.screen.done()
	}
}

// falling returns the learning rate of an epoch, if it falls in a line to a tenth.
func (t *training) falling(epoch int) float64 {
	return t.lr * (1 - 0.9*float64(epoch)/float64(t.epochs))
}

// report tells the loss of the epoch, and what else there is to say of it.
func (t *training) report(loss float64, more string, args ...any) {
	if t.err = diverged(t.done+1, loss); t.err != nil {
		return
	}
	t.losses.Add(float64(t.done+1), loss)
	format := "loss %.4f  "
	if loss < 1e-3 || loss > 1e6 {
		format = "loss %.0e  "
	}
	t.screen.progress(t.done+1, t.epochs, format+more, append([]any{loss}, args...)...)
}

// diverged returns an error if the loss is no longer a number to learn from.
func diverged(epoch int, loss float64) error {
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("epoch %d: the loss is %g: try a smaller -lr", epoch, loss)
	}
	return nil
}

// oneHot returns x and, behind it, a 1 for the class among 0s for the others: a row for a program whose loss is a
// cross-entropy.
func oneHot(x []float64, class, classes int) []float64 {
	row := make([]float64, len(x)+classes)
	copy(row, x)
	row[len(x)+class] = 1
	return row
}

// argmax returns the place of the greatest: the class that a network takes its input for.
func argmax(logits []float64) int {
	best := 0
	for i, z := range logits {
		if z > logits[best] {
			best = i
		}
	}
	return best
}

// data returns the numbers of values.
func data(values []*micrograd.Value) []float64 {
	xs := make([]float64, len(values))
	for i, v := range values {
		xs[i] = v.Data
	}
	return xs
}
