package main

import (
	"context"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/gomicrograd/micrograd"
)

// Fisher's measurements (The use of multiple measurements in taxonomic problems, 1936): length and width of sepals and
// of petals in centimetres, and the species by its number.
//
//go:embed iris.csv
var irisCSV string

type flower struct {
	x       []float64
	species int
}

// iris trains on two thirds of the flowers, and counts what the network makes of the others. Those are every third of
// the file, whatever the seed, so that a network that is loaded hasn't seen them either.
func iris(ctx context.Context, t training) error {
	names, flowers, err := readIris(irisCSV)
	if err != nil {
		return err
	}
	var train, test []flower
	for i, f := range flowers {
		if i%3 == 0 {
			test = append(test, f)
		} else {
			train = append(train, f)
		}
	}

	// The graph is that of one flower: four measurements, and a 1 for its species among 0s for the others. Compiled, it
	// runs for all of them.
	in := micrograd.Values(make([]float64, 4+len(names))...)
	loss := micrograd.Compile(in, micrograd.CrossEntropy(t.net.Forward(in[:4]), in[4:]))
	rows := make([][]float64, len(train))
	for i, f := range train {
		rows[i] = append(slices.Clone(f.x), make([]float64, len(names))...)
		rows[i][4+f.species] = 1
	}
	gradient := func() float64 { return loss.Backward(rows) }

	epoch := 0
	if t.epochs > 0 {
		for step, loss := range micrograd.Train(t.net.Parameters(), micrograd.NewAdam(t.lr), gradient) {
			epoch = step + 1
			if err := diverged(epoch, loss); err != nil {
				return err
			}
			t.screen.progress(epoch, t.epochs, "loss %.4f  accuracy %.1f %%", loss, irisAccuracy(t.net, train))
			if epoch == t.epochs || ctx.Err() != nil {
				break
			}
		}
	}
	t.screen.done()
	final := loss.Backward(rows)
	if err := diverged(epoch, final); err != nil {
		return err
	}

	confusion := make([][]int, len(names))
	for i := range confusion {
		confusion[i] = make([]int, len(names))
	}
	for _, f := range test {
		confusion[f.species][predict(t.net, f)]++
	}
	table := tabwriter.NewWriter(t.screen.w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "species\\predicted\t%s\t\n", strings.Join(names, "\t"))
	for i, name := range names {
		fmt.Fprintf(table, "%s\t", name)
		for _, n := range confusion[i] {
			fmt.Fprintf(table, "%d\t", n)
		}
		fmt.Fprintln(table)
	}
	table.Flush()
	fmt.Fprintf(t.screen.w, "after %d epochs: loss %.4f, accuracy on the %d flowers held out %.1f %%\n",
		epoch, final, len(test), irisAccuracy(t.net, test))
	return nil
}

// predict returns the species with the greatest logit.
func predict(net *micrograd.MLP, f flower) int {
	logits := net.Predict(f.x...)
	best := 0
	for i, z := range logits {
		if z > logits[best] {
			best = i
		}
	}
	return best
}

// irisAccuracy returns how many per cent of the flowers are recognised.
func irisAccuracy(net *micrograd.MLP, flowers []flower) float64 {
	right := 0
	for _, f := range flowers {
		if predict(net, f) == f.species {
			right++
		}
	}
	return 100 * float64(right) / float64(len(flowers))
}

// readIris reads a header such as "150,4,setosa,versicolor,virginica", and a line for each flower.
func readIris(text string) (names []string, flowers []flower, err error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = 5
	records, err := r.ReadAll()
	if err != nil {
		return nil, nil, err
	}
	names = records[0][2:]
	for _, record := range records[1:] {
		var f flower
		for _, field := range record[:4] {
			x, err := strconv.ParseFloat(field, 64)
			if err != nil {
				return nil, nil, err
			}
			f.x = append(f.x, x)
		}
		if f.species, err = strconv.Atoi(record[4]); err != nil {
			return nil, nil, err
		}
		flowers = append(flowers, f)
	}
	return names, flowers, nil
}
