package main

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// 2,000 given names of 2018 in the United States, from the Social Security Administration (in the
// public domain): the beginning of the list in karpathy/makemore, which has girls' names first, the
// most frequent at the top.
//
//go:embed names.txt
var namesTXT string

// names trains a transformer on nine tenths of the names, one at a time, and measures the loss on
// the others. An epoch is a hundred names, drawn at random.
func names(t *training) result {
	m := newTransformer(t.rng)
	params := m.parameters()
	t.describe(fmt.Sprintf("a transformer with %d heads", heads), params)
	known := strings.Fields(namesTXT)
	train, test := split(known)
	baseline := bigrams(train, test)

	adam := micrograd.NewAdam(t.lr)
	adam.Beta1, adam.Beta2 = 0.85, 0.99
	trained := &figure.Curve{Name: "training data"}
	heldOut := &figure.Curve{Name: "held out"}
	for epoch := range t.each() {
		adam.LR = t.decayedLR(epoch)
		mean := 0.0
		for range 100 {
			micrograd.ZeroGrad(params...)
			loss := m.loss(train[t.rng.IntN(len(train))])
			loss.Backward()
			adam.Step(params)
			mean += loss.Data / 100 // of names, whatever their length
		}
		trained.Add(float64(epoch+1), mean)
		if epoch%5 == 4 {
			heldOut.Add(float64(epoch+1), m.meanLoss(test))
		}
		t.report(mean, "bigrams %.3f", baseline)
	}

	final := m.meanLoss(test)
	if t.epochsDone%5 != 0 {
		heldOut.Add(float64(t.epochsDone), final)
	}
	table := figure.Table{Title: "Generated names"}
	for tries, row := 0, []string(nil); tries < 200 && len(table.Rows) < 5; tries++ {
		if name := m.generate(t.rng); name != "" && !slices.Contains(known, name) {
			row = append(row, name)
		}
		if len(row) == 4 {
			table.Rows, row = append(table.Rows, row), nil
		}
	}
	return result{
		figure: table,
		losses: &figure.Lines{
			Title: "Cross-entropy per letter",
			X:     "epochs of a hundred names", Y: "loss (nats)",
			Curves: []*figure.Curve{
				heldOut, trained, figure.Level("bigram model", baseline, 1,
					float64(max(1, t.epochsDone))),
			},
		},
		loss: final,
		learned: fmt.Sprintf("loss on held-out names %.3f, that of a bigram model %.3f", final,
			baseline),
		goal:    "at least 0.1 below the bigram model",
		met:     final < baseline-0.1,
		rowLoss: m.loss(test[0]),
		lossNote: "On training data, this is the mean over the names of an epoch. The result is " +
			"the mean over the letters of held-out names.",
	}
}

// split holds out every tenth name.
func split(names []string) (train, test []string) {
	for i, name := range names {
		if i%10 == 0 {
			test = append(test, name)
		} else {
			train = append(train, name)
		}
	}
	return train, test
}

// loss returns the mean cross-entropy over the letters of a name and its end.
func (m *transformer) loss(name string) *micrograd.Value {
	var losses []*micrograd.Value
	c, last := &cache{}, 0
	for _, letter := range codes(name) {
		target := micrograd.Values(oneHot(nil, letter, letters)...)
		losses = append(losses, micrograd.CrossEntropy(m.next(c, last), target))
		last = letter
	}
	return micrograd.Sum(losses...).DivC(float64(len(losses)))
}

// meanLoss returns the mean cross-entropy over the letters of all names.
func (m *transformer) meanLoss(names []string) float64 {
	sum, letters := 0.0, 0
	for _, name := range names {
		n := len(name) + 1
		sum += m.loss(name).Data * float64(n)
		letters += n
	}
	return sum / float64(letters)
}

// generate returns a name, drawn letter by letter from the predicted probabilities.
func (m *transformer) generate(rng *rand.Rand) string {
	var name []byte
	for c, letter := (&cache{}), 0; len(c.keys) < positions; {
		p := data(micrograd.Softmax(m.next(c, letter)))
		u := rng.Float64()
		for letter = 0; letter < letters-1 && u >= p[letter]; letter++ {
			u -= p[letter]
		}
		if letter == 0 {
			break
		}
		name = append(name, byte('a'+letter-1))
	}
	return string(name)
}
