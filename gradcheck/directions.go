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
// If a slope isn't right, Directions checks both halves of the coordinates in the same way, and so
// on, down to a derivative alone. To find one that is wrong among 100,000 takes some 3,200 calls of
// f. It also halves where rounding hides an error of 1 % in a derivative of the usual size, since
// such an error shows among fewer. It stops when it has found ten that aren't right, or has looked
// in vain 200 times: then the error has an entry for the direction.
//
// f is called as by Check, but with all coordinates moved. Directions panics if grad and x differ
// in length.
func Directions(f func(x []float64) float64, grad, x []float64) error {
	return Config{}.Directions(f, grad, x)
}

// Directions is the function [Directions] with the settings c.
func (c Config) Directions(f func(x []float64) float64, grad, x []float64) error {
	mustPair("Directions", grad, x)
	e := &Error{N: len(x)}
	if len(x) > 0 {
		c.probe(f, x).directions(newRNG(), slices.Clone(grad), e) // f may change the caller's
	}
	return e.orNil()
}

// newRNG returns the random numbers that directions are made of.
func newRNG() *rand.Rand { return rand.New(rand.NewPCG(1, 0)) }

// direction compares the slope along u, in which only the coordinates from … to−1 take part, with
// the one that grad gives. These take steps as large as if there were no others.
func (p *probe) direction(u, grad []float64, from, to int) (v verdict, given float64) {
	longer := math.Sqrt(float64(len(u)) / float64(to-from))
	norm, terms := 0.0, 0.0
	for i := from; i < to; i++ {
		if u[i] != 0 { // else grad[i] may be NaN
			given += grad[i] * u[i] * longer
			norm = math.Hypot(norm, grad[i]*u[i]*longer)
			terms++
		}
	}
	term := norm / math.Sqrt(max(terms, 1))
	l := line{eps: p.eps, tolerance: p.tolerance, term: term, f: func(t float64) float64 {
		copy(p.moved, p.x)
		for i := from; i < to; i++ {
			p.moved[i] += t * u[i] * longer
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
	s := search{probe: p, grad: grad, e: e, done: make([]bool, len(p.x))}
	for i, x := range p.x {
		if !finite(x) { // then no step can move it
			e.Entries = append(e.Entries, p.entry(i, grad[i], p.coordinate(i, grad[i])))
			s.done[i] = true
		}
	}
	for range 3 {
		s.u = p.randomDirection(rng, s.done)
		v, given := s.in(0, len(s.u))
		if s.gaveUp() { // no coordinate alone is to blame
			e.Entries = append(e.Entries, p.entry(-1, given, v))
		}
		if s.ended() {
			e.More = slices.Contains(s.done, false)
			return
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

// A search looks for the coordinates that make the slope along u differ from grad·u. It ends when
// it has found ten, or gives up after 200 checks that led to nothing.
type search struct {
	*probe
	u, grad []float64
	done    []bool // coordinates that were checked alone
	found   int    // those of them that weren't right
	vain    int    // checks that led to nothing: coordinates that were, slopes that can't be told
	e       *Error
}

func (s *search) gaveUp() bool { return s.vain >= 200 }
func (s *search) ended() bool  { return s.found == 10 || s.gaveUp() }

// in searches the coordinates from … to−1. If the slope along them isn't right, it searches both
// halves. It returns the verdict on the slope, if there are several.
func (s *search) in(from, to int) (v verdict, given float64) {
	if to-from == 1 {
		s.alone(from)
		return v, given
	}
	v, given = s.direction(s.u, s.grad, from, to)
	if v.reason != "" {
		s.vain++
	}
	mid := (from + to) / 2
	for _, half := range [][2]int{{from, mid}, {mid, to}} {
		if !v.right && !s.ended() {
			s.in(half[0], half[1])
		}
	}
	return v, given
}

// alone checks the derivative of one coordinate, unless that is done.
func (s *search) alone(i int) {
	if s.done[i] {
		return
	}
	s.done[i], s.u[i] = true, 0
	if v := s.coordinate(i, s.grad[i]); v.right {
		s.vain++
	} else {
		s.found++
		s.e.Entries = append(s.e.Entries, s.entry(i, s.grad[i], v))
	}
}
