package micrograd

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// CheckDirections is CheckGradient for many coordinates: it compares the slopes of f along n random
// directions u with grad·u. All coordinates take part in each direction, so it costs some 30 calls
// of f, however many coordinates there are. An error in one derivative is found if it is more than
// 1e-5 of the norm of the vector with the elements gradᵢ·max(|xᵢ|, 1).
//
// If a slope isn't right, CheckDirections halves the coordinates until it finds one whose
// derivative isn't, and goes on without that one. To find one wrong derivative among 100,000 takes
// some 1,700 calls of f. It stops when it has found ten. It also stops when the halving has led to
// ten coordinates whose derivatives are right: then no coordinate alone is to blame, and the error
// has an entry for the direction.
//
// The error is a [*GradientError], and f is called as by [NumericalGradient], but with all
// coordinates moved. CheckDirections panics if grad and x differ in length, if n is not positive,
// or without an rng.
func CheckDirections(rng *rand.Rand, n int, f func(x []float64) float64, grad, x []float64) error {
	mustBeGradient("CheckDirections", len(grad), len(x))
	if rng == nil {
		panic("micrograd: CheckDirections without an rng")
	}
	if n <= 0 {
		panic(fmt.Sprintf("micrograd: CheckDirections along %d directions, want at least one", n))
	}
	e := &GradientError{N: len(x)}
	newProbe(f, x).directions(rng, n, grad, e)
	return e.orNil()
}

// direction compares the slope along u, in which only the coordinates from … to−1 take part, with
// the one that grad gives.
func (p *probe) direction(u, grad []float64, from, to int) (v verdict, given float64) {
	scale := 0.0 // the size of slopes along such directions, if p has a scale
	for i := from; i < to; i++ {
		if u[i] != 0 { // else grad[i] may be NaN
			given += grad[i] * u[i]
			if p.scale != 0 {
				scale = math.Hypot(scale, grad[i]*u[i])
			}
		}
	}
	l := line{magnitude: p.magnitude, ulp: p.ulp, scale: scale, f: func(t float64) float64 {
		copy(p.moved, p.x)
		for i := from; i < to; i++ {
			p.moved[i] += t * u[i]
		}
		return p.f(p.moved)
	}}
	return l.check(given), given
}

// directions checks grad along n directions, and adds what isn't right to e, by index.
func (p *probe) directions(rng *rand.Rand, n int, grad []float64, e *GradientError) {
	first := len(e.Entries)
	defer func() {
		byIndex := func(a, b Derivative) int { return cmp.Compare(a.Index, b.Index) }
		slices.SortFunc(e.Entries[first:], byIndex)
	}()
	if fx := p.f(slices.Clone(p.x)); !finite(fx) {
		for i, g := range grad {
			e.Entries = append(e.Entries, p.entry(i, g, cantTell(fmt.Sprintf("f is %g at x", fx))))
		}
		return
	}
	u := make([]float64, len(p.x))
	done := make([]bool, len(p.x)) // checked alone
	found, cleared := 0, 0         // how many of those were not right, and how many were
	for i, x := range p.x {
		if !finite(x) { // then no step can move it
			e.Entries = append(e.Entries, p.entry(i, grad[i], p.coordinate(i, grad[i])))
			done[i] = true
		}
	}
	for range n {
		for i, x := range p.x {
			// The sizes differ as well as the signs, or equal errors would cancel all too often.
			u[i] = (1 + rng.Float64()) / 2 * float64(2*rng.IntN(2)-1)
			u[i] *= max(math.Abs(x), 1) / math.Sqrt(float64(len(u)))
			if done[i] {
				u[i] = 0
			}
		}
		for {
			from, to := 0, len(u)
			all, given := p.direction(u, grad, from, to)
			if all.right {
				break
			}
			for to-from > 1 {
				mid := (from + to) / 2
				half, _ := p.direction(u, grad, from, mid)
				ok := half.right
				if half.reason != "" { // it can't be judged, but passes if the other half is wrong
					other, _ := p.direction(u, grad, mid, to)
					ok = other.wrong()
				}
				if ok {
					from = mid
				} else {
					to = mid
				}
			}
			if len(u) == 0 || done[from] || cleared == 10 {
				e.Entries = append(e.Entries, p.entry(-1, given, all))
				e.More = true
				return
			}
			if one := p.coordinate(from, grad[from]); one.right {
				cleared++
			} else {
				e.Entries = append(e.Entries, p.entry(from, grad[from], one))
				found++
			}
			if found == 10 {
				e.More = true
				return
			}
			done[from], u[from] = true, 0
		}
	}
}
