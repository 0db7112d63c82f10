// Command checkers tries gradient checks on the functions of package families: how many right
// gradients each one refuses, and how many wrong ones it misses.
package main

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/gomicrograd/micrograd/gradcheck"
	"github.com/gomicrograd/micrograd/gradcheck/internal/families"
	"gonum.org/v1/gonum/diff/fd"
)

// A checker says whether one derivative of a problem's function passes.
type checker struct {
	name   string
	passes func(f func(x float64) float64, given, x float64) bool
}

// close is the criterion of torch.autograd.gradcheck.
func close(given, numerical float64) bool {
	return math.Abs(given-numerical) <= 1e-3*math.Abs(numerical)+1e-5
}

// scipyStep returns the step of scipy's approx_derivative.
func scipyStep(x, power float64) float64 {
	h := math.Copysign(math.Pow(0x1p-52, power)*max(math.Abs(x), 1), x)
	return x + h - x
}

var checkers = []checker{
	{"gradcheck", func(f func(x float64) float64, given, x float64) bool {
		return gradcheck.Check(func(x []float64) float64 { return f(x[0]) },
			[]float64{given}, []float64{x}) == nil
	}},
	{"scipy 2-point", func(f func(x float64) float64, given, x float64) bool {
		h := scipyStep(x, 1./2)
		return close(given, (f(x+h)-f(x))/h)
	}},
	{"scipy 3-point", func(f func(x float64) float64, given, x float64) bool {
		h := scipyStep(x, 1./3)
		return close(given, (f(x+h)-f(x-h))/(2*h))
	}},
	{"PyTorch", func(f func(x float64) float64, given, x float64) bool {
		return close(given, (f(x+1e-6)-f(x-1e-6))/2e-6)
	}},
	{"gonum forward", func(f func(x float64) float64, given, x float64) bool {
		return close(given, fd.Derivative(f, x, &fd.Settings{Formula: fd.Forward}))
	}},
	{"gonum central", func(f func(x float64) float64, given, x float64) bool {
		return close(given, fd.Derivative(f, x, &fd.Settings{Formula: fd.Central}))
	}},
}

func main() {
	points := flag.Int("points", 400, "derivatives in each family")
	seed := flag.Uint64("seed", 1, "of the families")
	flag.Parse()
	if flag.NArg() > 0 || *points <= 0 {
		fmt.Fprintln(os.Stderr, "checkers: want no arguments, and -points that are positive")
		os.Exit(2)
	}
	fmt.Println("right derivatives refused / derivatives off by 1 % that pass, in per cent")
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\t")
	for _, c := range checkers {
		fmt.Fprintf(w, "%s\t", c.name)
	}
	fmt.Fprintln(w)
	for _, family := range slices.Concat(families.All, families.Lossy,
		[]families.Family{families.Float32Network}) {
		refused, missed := make([]int, len(checkers)), make([]int, len(checkers))
		rng := rand.New(rand.NewPCG(*seed, 2))
		for range *points {
			p := family.Make(rng)
			i := rng.IntN(len(p.X))
			for p.Grad[i] == 0 { // as behind a dead ReLU
				i = (i + 1) % len(p.X)
			}
			f := func(t float64) float64 {
				x := append([]float64(nil), p.X...)
				x[i] = t
				return p.F(x)
			}
			for k, c := range checkers {
				if !c.passes(f, p.Grad[i], p.X[i]) {
					refused[k]++
				}
				if c.passes(f, 1.01*p.Grad[i], p.X[i]) {
					missed[k]++
				}
			}
		}
		fmt.Fprintf(w, "%s\t", family.Name)
		for k := range checkers {
			percent := 100 / float64(*points)
			fmt.Fprintf(w, "%.3g / %.3g\t", percent*float64(refused[k]), percent*float64(missed[k]))
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "checkers:", err)
		os.Exit(1)
	}
}
