package main

import "math"

// codes returns the letters of a name, as numbers from 1 for a to 26 for z, and a 0 for its end.
func codes(name string) (letters []int) {
	for _, c := range name {
		letters = append(letters, int(c-'a')+1)
	}
	return append(letters, 0)
}

// bigrams returns the loss on test of a baseline: the probability of a letter is how often it
// follows the letter before it in train. α is added to each count, since the loss of a pair that
// train lacks would be infinite. α minimizes the loss on test, which favors the baseline: no model
// could choose it so.
func bigrams(train, test []string) float64 {
	var counts, tests [letters][letters]float64
	count := func(names []string, counts *[letters][letters]float64) (total float64) {
		for _, name := range names {
			last := 0
			for _, letter := range codes(name) {
				counts[last][letter]++
				last = letter
				total++
			}
		}
		return total
	}
	count(train, &counts)
	total := count(test, &tests)
	best := math.Inf(1)
	for alpha := 0.01; alpha < 10; alpha *= 1.1 {
		loss := 0.0
		for last, row := range tests {
			sum := 0.0
			for _, n := range counts[last] {
				sum += n + alpha
			}
			for letter, n := range row {
				loss -= n * math.Log((counts[last][letter]+alpha)/sum) / total
			}
		}
		best = min(best, loss)
	}
	return best
}
