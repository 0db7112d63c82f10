package gradcheck

import (
	"fmt"
	"math"
	"slices"
)

// Jacobian is [Check] for a function with several results: it compares jac[i][j], which is said to
// be ∂yᵢ/∂xⱼ of y = f(x), with finite differences. The entries of the error have names such as
// y[2]/x.
//
// f is called once for all of its results, so a right Jacobian costs some 30 calls for each
// coordinate, however many results there are. It may return the same slice each time. Jacobian
// panics if a row is not as long as x, or if there are not as many rows as results.
func Jacobian(f func(x []float64) []float64, jac [][]float64, x []float64) error {
	return Config{}.Jacobian(f, jac, x)
}

// Jacobian is the function [Jacobian] with the settings c.
func (c Config) Jacobian(f func(x []float64) []float64, jac [][]float64, x []float64) error {
	f = withoutPanics(c, f, slices.Repeat([]float64{math.NaN()}, len(jac)))
	e := &Error{N: len(jac) * len(x)}
	rows := make([]*probe, len(jac))
	given := make([][]float64, len(jac))
	for i, row := range jac {
		mustPair(fmt.Sprintf("Jacobian, row %d", i), row, x)
		given[i] = slices.Clone(row) // f may change the caller's
		rows[i] = c.probe(nil, x)
		rows[i].name = fmt.Sprintf("y[%d]/x", i)
	}
	entries := make([][]Entry, len(jac)) // by row
	for j := range x {
		results := resultsOf(f, len(jac), j)
		for i, p := range rows {
			calls := map[uint64]int{} // with each number
			p.f = func(moved []float64) float64 {
				t := math.Float64bits(moved[j])
				calls[t]++
				return results(moved, calls[t])[i]
			}
			if v := p.coordinate(j, given[i][j]); !v.right {
				entries[i] = append(entries[i], p.entry(j, given[i][j], v))
			}
		}
	}
	e.Entries = slices.Concat(entries...)
	return e.orNil()
}

// resultsOf returns a function that returns the n results of the k-th call of f with a number in
// place of xⱼ. It calls f only if nobody has asked for these before: so all rows see the same, and
// yet notice if f isn't deterministic.
func resultsOf(f func(x []float64) []float64, n, j int) func(x []float64, k int) []float64 {
	known := map[uint64][][]float64{}
	return func(x []float64, k int) []float64 {
		t := math.Float64bits(x[j])
		for len(known[t]) < k {
			y := f(slices.Clone(x)) // which it may change
			if len(y) != n {
				panic(fmt.Sprintf("gradcheck: Jacobian with %d rows for %d results of f",
					n, len(y)))
			}
			known[t] = append(known[t], slices.Clone(y))
		}
		return known[t][k-1]
	}
}
