package main

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"regexp"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// A training is one run of an example: its settings, and what it has reported so far.
type training struct {
	checkpoint  // for examples that name the sizes of an MLP; others make their own model
	epochs      int
	lr          float64
	problem     string // of fit
	seed        uint64 // of rng
	rng         *rand.Rand
	interrupted func() bool
	screen      *screen

	model      string // set by describe
	params     []*micrograd.Value
	epochsDone int
	losses     figure.Curve // those that were reported, by epoch
	err        error
}

// A result is the outcome of a training.
type result struct {
	figure   figure.Figure
	losses   *figure.Lines    // curves that a report shows instead of the reported losses, or nil
	loss     float64          // the final loss; NaN or infinite if training diverged
	learned  string           // what was learned, with a number that says how well
	goal     string           // for that number
	met      bool             // whether the goal is met
	rowLoss  *micrograd.Value // the loss of one row: a report shows its graph
	lossNote string           // a sentence that says which loss was reported, if there are several
}

// picture returns the figure, and the curves of the losses if they are part of the result.
func (r result) picture() figure.Figure {
	if r.losses == nil {
		return r.figure
	}
	return figure.Stack{r.figure, *r.losses}
}

// sign matches the minus sign of a number as fmt writes it.
var sign = regexp.MustCompile(`-(\d)`)

// minus writes numbers in a text with minus signs rather than hyphens.
func minus(s string) string { return sign.ReplaceAllString(s, "−$1") }

// describe prints what is trained.
func (t *training) describe(model string, params []*micrograd.Value) {
	t.model, t.params = model, params
	fmt.Fprintf(t.screen.w, "%s, %d parameters\n", model, len(params))
}

// each yields the epochs, from 0, until all are done, the user interrupts, the loss diverges, or
// the output can't be written.
func (t *training) each() iter.Seq[int] {
	return func(yield func(int) bool) {
		for t.epochsDone < t.epochs && !t.interrupted() && cmp.Or(t.err, t.screen.w.err) == nil &&
			yield(t.epochsDone) {
			t.epochsDone++
		}
		t.screen.endLine()
	}
}

// decayedLR returns the learning rate of an epoch, which decays linearly to a tenth.
func (t *training) decayedLR(epoch int) float64 {
	return t.lr * (1 - 0.9*float64(epoch)/float64(t.epochs))
}

// report records and shows the loss of an epoch. more is a format for other numbers.
func (t *training) report(loss float64, more string, args ...any) {
	if t.err = diverged(t.epochsDone+1, loss); t.err != nil {
		return
	}
	t.losses.Add(float64(t.epochsDone+1), loss)
	format := "loss %.4f  "
	if loss < 1e-3 || loss > 1e6 {
		format = "loss %.0e  "
	}
	t.screen.progress(t.epochsDone+1, t.epochs, format+more, append([]any{loss}, args...)...)
}

// diverged returns an error if the loss is NaN or infinite.
func diverged(epoch int, loss float64) error {
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("epoch %d: the loss is %g: try a smaller -lr", epoch, loss)
	}
	return nil
}

// oneHot returns x followed by the one-hot vector of the class: a row for a program that computes a
// cross-entropy.
func oneHot(x []float64, class, classes int) []float64 {
	row := make([]float64, len(x)+classes)
	copy(row, x)
	row[len(x)+class] = 1
	return row
}

// argmax returns the index of the largest logit: the predicted class.
func argmax(logits []float64) int {
	best := 0
	for i, z := range logits {
		if z > logits[best] {
			best = i
		}
	}
	return best
}

// mostLikely returns the predicted class, and the confidence: 0 if the probabilities of all classes
// are the same, and 1 if one class is certain.
func mostLikely(logits []*micrograd.Value) (class int, confidence float64) {
	p := data(micrograd.Softmax(logits))
	class = argmax(p)
	n := float64(len(p))
	return class, (p[class] - 1/n) / (1 - 1/n)
}

// data returns the Data of each Value.
func data(values []*micrograd.Value) []float64 {
	xs := make([]float64, len(values))
	for i, v := range values {
		xs[i] = v.Data
	}
	return xs
}
