package gradcheck

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Directions is [Check] for many coordinates: it compares the slopes of f along three random
// directions u, which are the same on every run, with grad·u. All coordinates take part in each, so
// a right gradient costs some 90 calls of f, however long it is. If f is smooth and computes in
// float64, an error in one derivative is found if it is more than 1e-5 of the norm of the vector
// with the elements gradᵢ·max(|xᵢ|, 1).
//
// If a slope isn't right, Directions bisects the coordinates down to one, and checks its derivative
// alone. Then it leaves out that coordinate and continues. To find one wrong derivative among
// 100,000 takes some 1,300 to 3,000 calls of f. Directions stops when it has found ten that aren't
// right. If ten others that it was led to were right, it stops, too: then the error has an entry
// for the direction.
//
// f is called as by Check, but with all coordinates moved. Directions panics if grad and x differ
// in length.
func Directions(f func(x []float64) float64, grad, x []float64) error {
	mustPair("Directions", grad, x)
	e := &Error{N: len(x)}
	if len(x) > 0 {
		newProbe(f, x).directions(newRNG(), slices.Clone(grad), e) // f may change the caller's
	}
	return e.orNil()
}

// newRNG returns the random numbers that directions are made of.
func newRNG() *rand.Rand { return rand.New(rand.NewPCG(1, 0)) }

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
	l := line{eps: p.eps, scale: scale, f: func(t float64) float64 {
		copy(p.moved, p.x)
		for i := from; i < to; i++ {
			p.moved[i] += t * u[i]
		}
		return p.f(p.moved)
	}}
	return l.check(given), given
}

// directions checks grad along three directions, and adds what isn't right to e, by index.
func (p *probe) directions(rng *rand.Rand, grad []float64, e *Error) {
	first := len(e.Entries)
	defer func() {
		byIndex := func(a, b Entry) int { return cmp.Compare(a.Index, b.Index) }
		slices.SortFunc(e.Entries[first:], byIndex)
	}()
	if fx := p.f(slices.Clone(p.x)); !finite(fx) {
		for i, g := range grad {
			e.Entries = append(e.Entries, p.entry(i, g, cantTell(fmt.Sprintf("f is %g at x", fx))))
		}
		return
	}
	done := make([]bool, len(p.x)) // checked alone
	found, cleared := 0, 0         // coordinates that weren't right alone, and that were
	for i, x := range p.x {
		if !finite(x) { // then no step can move it
			e.Entries = append(e.Entries, p.entry(i, grad[i], p.coordinate(i, grad[i])))
			done[i] = true
		}
	}
	for range 3 {
		u := p.randomDirection(rng, done)
		for {
			v, given := p.direction(u, grad, 0, len(u))
			if v.right {
				break
			}
			i := p.bisect(u, grad)
			if done[i] || cleared == 10 {
				e.Entries = append(e.Entries, p.entry(-1, given, v))
				e.More = true
				return
			}
			if one := p.coordinate(i, grad[i]); one.right {
				cleared++
			} else {
				e.Entries = append(e.Entries, p.entry(i, grad[i], one))
				found++
			}
			done[i], u[i] = true, 0
			if found == 10 {
				e.More = slices.Contains(done, false)
				return
			}
		}
	}
}

// randomDirection returns a direction in which the coordinates that are done don't take part. The
// sizes of its elements differ as well as the signs, or equal errors would often cancel.
func (p *probe) randomDirection(rng *rand.Rand, done []bool) []float64 {
	u := make([]float64, len(p.x))
	for i, x := range p.x {
		u[i] = (1 + rng.Float64()) / 2 * float64(2*rng.IntN(2)-1)
		u[i] *= max(math.Abs(x), 1) / math.Sqrt(float64(len(u)))
		if done[i] {
			u[i] = 0
		}
	}
	return u
}

// bisect returns a coordinate that makes the slope along u differ from grad·u, or −1 if there are
// no coordinates.
func (p *probe) bisect(u, grad []float64) int {
	from, to := 0, len(u)
	for to-from > 1 {
		mid := (from + to) / 2
		first, _ := p.direction(u, grad, from, mid)
		inSecond := first.right
		if first.reason != "" { // it can't be judged; but the second half may be wrong
			second, _ := p.direction(u, grad, mid, to)
			inSecond = second.wrong()
		}
		if inSecond {
			from = mid
		} else {
			to = mid
		}
	}
	return from
}
