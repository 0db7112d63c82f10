package main

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"github.com/gomicrograd/micrograd"
	"github.com/gomicrograd/micrograd/cmd/demo/internal/figure"
)

// Fisher's measurements (1936, The use of multiple measurements in taxonomic problems): the length
// and the width of sepals and of petals, in centimeters, and the number of the species.
//
//go:embed iris.csv
var irisCSV string

type flower struct {
	x       []float64
	species int
}

// iris trains a classifier on two thirds of the flowers, and shows the confusion matrix of the
// others. Every third flower of the file is held out, for any seed, so that a network that was
// loaded wasn't trained on them, either. The figure shows the petals of all flowers. It marks those
// that the network gets wrong, given all four measurements. The regions are what it predicts for
// sepals of the mean length and width.
func iris(t *training) result {
	names, flowers, err := readIris(irisCSV)
	if err != nil {
		panic(err) // the file is part of the program
	}
	// The graph is that of one flower: four measurements, and its species as a one-hot vector.
	lossOf := func(in []*micrograd.Value) *micrograd.Value {
		return micrograd.CrossEntropy(t.Net.Forward(in[:4]), in[4:])
	}
	in := micrograd.Values(make([]float64, 4+len(names))...)
	program := micrograd.Compile(in, lossOf(in))
	var train, test []flower
	var rows [][]float64
	for i, f := range flowers {
		if i%3 == 0 {
			test = append(test, f)
		} else {
			train = append(train, f)
			rows = append(rows, oneHot(f.x, f.species, len(names)))
		}
	}

	params := t.Net.Parameters()
	for range t.each() {
		micrograd.ZeroGrad(params...)
		loss := program.Backward(rows)
		t.Adam.Step(params)
		t.report(loss, "accuracy %.1f %%", irisAccuracy(t.Net, train))
	}

	var sepalLength, sepalWidth float64 // the means
	petals := figure.Field{
		Title:   fmt.Sprintf("All %d flowers; regions are for mean sepals", len(flowers)),
		X:       "petal length (cm)",
		Y:       "petal width (cm)",
		Classes: names,
		Classify: func(length, width float64) (int, float64) {
			return mostLikely(t.Net.Forward(micrograd.Values(sepalLength, sepalWidth, length,
				width)))
		},
	}
	for _, f := range flowers {
		sepalLength += f.x[0] / float64(len(flowers))
		sepalWidth += f.x[1] / float64(len(flowers))
		petals.Points = append(petals.Points, figure.Point{X: f.x[2], Y: f.x[3], Class: f.species,
			Wrong: argmax(t.Net.Predict(f.x...)) != f.species})
	}

	confusion := make([][]int, len(names))
	for i := range confusion {
		confusion[i] = make([]int, len(names))
	}
	for _, f := range test {
		confusion[f.species][argmax(t.Net.Predict(f.x...))]++
	}
	table := figure.Table{
		Title:  fmt.Sprintf("Predicted species of the %d held-out flowers", len(test)),
		Header: append([]string{"species\\predicted"}, names...),
	}
	for i, name := range names {
		row := []string{name}
		for _, n := range confusion[i] {
			row = append(row, strconv.Itoa(n))
		}
		table.Rows = append(table.Rows, row)
	}
	final, accuracy := program.Backward(rows), irisAccuracy(t.Net, test)
	return result{
		figure: figure.Stack{petals, table},
		loss:   final,
		learned: fmt.Sprintf("loss %.3g, accuracy %.1f %% on %d held-out flowers", final, accuracy,
			len(test)),
		goal:    "accuracy 94 %",
		met:     accuracy >= 94,
		rowLoss: lossOf(micrograd.Values(rows[0]...)),
	}
}

// irisAccuracy returns the percentage of flowers whose species is predicted.
func irisAccuracy(net *micrograd.MLP, flowers []flower) float64 {
	right := 0
	for _, f := range flowers {
		if argmax(net.Predict(f.x...)) == f.species {
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
