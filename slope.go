package micrograd

import (
	"fmt"
	"math"
	"slices"
)

// A slope is what finite differences tell about a derivative.
type slope struct {
	value       float64 // the derivative, or at a kink the mean of left and right
	err         float64 // an estimate of how far off value may be
	noise       float64 // what part of err is due to rounding
	settled     bool    // err is small, and a closer look doesn't say otherwise
	kink        bool    // left and right differ however small the step
	left, right float64 // the one-sided differences
	h           float64 // the step to both sides
}

func (s *slope) agrees(given float64) bool {
	return s.settled && math.Abs(given-s.value) <= 1e-7*math.Abs(s.value)+s.err
}

func (s *slope) versus(given float64) string {
	size := max(math.Abs(s.value), math.Abs(given), math.SmallestNonzeroFloat64)
	text := fmt.Sprintf("numerical %.10g, given %.10g, relative error %.2g", s.value, given, math.Abs(given-s.value)/size)
	switch {
	case math.IsNaN(s.value):
		text += "; f is not finite, at x or beside it"
	case s.kink:
		text += fmt.Sprintf("; a kink: %.6g from the left, %.6g from the right", s.left, s.right)
	case !s.settled:
		text += fmt.Sprintf("; the numerical value is only known to within %.2g", s.err)
	}
	return text
}

// size and gap are those of the one-sided differences.
func (s *slope) size() float64 { return max(math.Abs(s.left), math.Abs(s.right)) }
func (s *slope) gap() float64  { return math.Abs(s.right - s.left) }

// A probe finds slopes of f at x.
type probe struct {
	f     func(x []float64) float64
	x     []float64 // which the methods move, and put back
	fx    float64
	noise float64 // how far rounding moves f
}

func newProbe(f func(x []float64) float64, x []float64) *probe {
	p := &probe{f: f, x: slices.Clone(x), fx: f(x)}
	// All coordinates move at once, so that all of f rounds anew; and each by an amount of its own, as good as random, so
	// that nothing cancels.
	u := make([]float64, len(x))
	for i, xi := range x {
		u[i] = math.Sin(float64(i + 1))
		if xi != 0 {
			u[i] *= xi
		}
	}
	for _, dt := range []float64{1e-13, 1e-10, 1e-7} {
		if s := noise(p.along(u, 0, len(x)), dt); s > p.noise { // and not NaN
			p.noise = s
		}
	}
	copy(p.x, x)
	return p
}

// slope returns ∂f/∂xᵢ, to be compared with the one given.
func (p *probe) slope(i int, given float64) slope {
	x := p.x[i]
	defer func() { p.x[i] = x }()
	return p.compare(x, given, func(t float64) float64 {
		p.x[i] = t
		return p.f(p.x)
	})
}

// slopeAlong returns the slope of f along u, in which only the coordinates from … to−1 take part, and what grad makes of it.
func (p *probe) slopeAlong(u, grad []float64, from, to int) (s slope, given float64) {
	was := slices.Clone(p.x)
	defer copy(p.x, was)
	for i := from; i < to; i++ {
		if u[i] != 0 {
			given += grad[i] * u[i]
		}
	}
	return p.compare(0, given, p.along(u, from, to)), given
}

func (p *probe) along(u []float64, from, to int) func(t float64) float64 {
	was := slices.Clone(p.x[from:to])
	return func(t float64) float64 {
		for i, x := range was {
			p.x[from+i] = x + t*u[from+i]
		}
		return p.f(p.x)
	}
}

// compare returns f′(x). If it is doubtful, or not as given, f may round more coarsely along this line than was to be seen
// along that of newProbe. So its noise is measured here, too, and if there is none, with values that are farther apart.
func (p *probe) compare(x, given float64, f func(x float64) float64) slope {
	s := p.slopeAt(x, f, p.noise)
	if s.settled && !s.kink && (s.agrees(given) || math.IsNaN(given)) {
		return s
	}
	from := func(t float64) float64 { return f(x + t*max(math.Abs(x), 1)) }
	coarse := noise(from, 1e-7)
	if coarse == 0 {
		coarse = noise(from, 1e-5)
	}
	if coarse > p.noise {
		return p.slopeAt(x, f, coarse)
	}
	return s
}

// noise returns about how far rounding moves f(t) near t = 0. It takes values that are so close together that the third
// divided differences Σ cᵢ·fᵢ would be all the same if f were exact; errors of size σ move them by about σ·√Σ cᵢ². (Moré and
// Wild 2011, Estimating computational noise; but with uneven steps, since rounding can keep pace with even ones.)
func noise(f func(t float64) float64, dt float64) float64 {
	var t, v [14]float64
	for i := range t {
		t[i] = math.Pow(float64(i+1), 1.5) // f may jump at 0
		v[i] = f(t[i] * dt)
	}
	var third, norm, sigma [len(t) - 3]float64
	for i := range third {
		for j := i; j < i+4; j++ {
			c := 1.0
			for k := i; k < i+4; k++ {
				if k != j {
					c /= t[j] - t[k]
				}
			}
			third[i] += c * (v[j] - v[i])
			norm[i] = math.Hypot(norm[i], c)
		}
	}
	sorted := third
	slices.Sort(sorted[:])
	for i := range sigma {
		sigma[i] = math.Abs(third[i]-sorted[len(sorted)/2]) / norm[i]
	}
	slices.Sort(sigma[:])
	if dt < 1e-9 {
		return sigma[len(sigma)-1]
	}
	// Farther from 0 there may be a kink or a jump, which sways three estimates. Or f bends too much to tell, unless all of the
	// change is so small that it may be rounding.
	change, bend := slices.Max(v[:])-slices.Min(v[:]), 0.0
	for i := range v {
		bend = max(bend, math.Abs(v[i]-v[0]-(v[13]-v[0])*(t[i]-t[0])/(t[13]-t[0])))
	}
	if bend > 1e-2*change && change > 1e-3*math.Abs(v[0]) {
		return 0
	}
	return sigma[len(sigma)-4]
}

// step returns the central difference for a step h. Its noise is that of f, with a margin; an ulp of each value, in case they
// are greater than those near x; and one of x, which moves f by its slope.
func (p *probe) step(x, h float64, f func(x float64) float64, noise float64) slope {
	const ulp = 0x1p-52
	h = x + h - x // what float64 has of it, so that x+h is exact
	above, below := f(x+h), f(x-h)
	s := slope{value: (above - below) / (2 * h), left: (p.fx - below) / h, right: (above - p.fx) / h, h: h}
	s.noise = (20*noise + ulp*math.Abs(above) + ulp*math.Abs(p.fx) + ulp*math.Abs(below) + ulp*math.Abs(x)*math.Abs(s.value)) / h
	return s
}

// slopeAt returns f′(x). A large step doesn't see the details of f, a small one drowns in rounding, and which is which
// depends on f. So steps h are tried from large to small, every estimate comes with one of its error, and the least
// error wins.
//
// Where f is smooth, the central difference is d₀ = f′ + a·h² + b·h⁴ + …, and the last one, for a step √10 times as large,
// was f′ + 10a·h² + 100b·h⁴ + …. So d₁ = d₀ + (d₀ − last₀)/9 is free of a, d₂ = d₁ + (d₁ − last₁)/99 of b as well, and so
// on. How far such an estimate is from the two that it was made of tells how good it is. (√10 is no integer so that a
// periodic f can't look the same at every step.)
//
// Yet steps may agree because all of them are too large to see what is there. So no estimate counts as settled that a closer
// look contradicts: the smallest step at which six digits stand out from rounding.
//
// At a kink the central differences agree at once, on the mean of both sides, which proves nothing. But left and right stay
// apart there, while those of a smooth f come together in proportion to h.
func (p *probe) slopeAt(x float64, f func(x float64) float64, noise float64) slope {
	best := slope{value: math.NaN(), err: math.Inf(1)}
	if !finite(p.fx) {
		return best
	}
	least := 1e-13 * math.Abs(x) // the smallest step
	if x == 0 {
		least = 1e-13
	}
	var look slope
	looks := 0
	consider := func(c slope) {
		if h := max(least, c.noise*c.h/(1e-6*c.size())); c.settled && h < c.h/3 && (looks == 0 || looks < 3 && h < look.h/3) {
			look = p.step(x, h, f, noise)
			looks++
		}
		switch {
		case !c.settled || looks == 0 || look.h > c.h/3:
		case !finite(look.value) || !finite(look.gap()):
			c.settled = false
		case look.size() > 0: // else f has rounded to the same value
			curved := math.Abs(c.value-(c.left+c.right)/2) * math.Pow(look.h/c.h, 2) // a·h² in the look
			c.settled = math.Abs(c.value-look.value) <= 1e-6*math.Abs(c.value)+c.err+2*look.noise+2*curved
		}
		if c.settled && !best.settled || c.settled == best.settled && c.err < best.err {
			best = c
		}
	}
	var before slope // the step before
	var last []float64
	fading, sloping := 0, false
	for i := range 35 { // which is enough for log x at 1e-14
		s := p.step(x, 0.1*max(math.Abs(x), 1)*math.Pow(10, -float64(i)/2), f, noise)
		if s.h < least || best.settled && s.noise > best.err/10 {
			break // smaller steps can't tell more
		}
		if sloping && s.size() == 0 {
			break // f has begun to round to the same value
		}
		if !finite(s.gap()) || !finite(s.value) {
			last = nil
			continue
		}
		sloping = sloping || s.left*s.right > 0 && s.gap() < s.size()/2 && s.size() > 10*s.noise
		d := []float64{s.value}
		for j := range last {
			d = append(d, d[j]+(d[j]-last[j])/(math.Pow10(j+1)-1))
			c := s
			c.value = d[j+1]
			c.err = s.noise + max(math.Abs(d[j+1]-d[j]), math.Abs(d[j+1]-last[j]))
			// Small is little of the derivative, or of the differences if they cancel; or so little more than the noise that
			// smaller steps can't do better.
			small := c.err <= max(1e-6*math.Abs(c.value), 1e-10*s.size(), 100*s.noise)
			// If left and right move apart as h shrinks, f bends near x in a way that larger steps didn't see.
			apart := s.gap() > max(2*before.gap(), 10*s.noise)
			c.settled = small && !apart && len(last) > 1       // two steps may agree by chance
			c.kink = s.gap() > max(0.6*before.gap(), 10*c.err) // for a smooth f, it would be about 0.3 of the gap before
			consider(c)
		}
		// Those of x|x| at 0 shrink in proportion to h, which no extrapolation in h² sees. If they have done so ten times, the
		// limit is taken to be 0, to within the last of them.
		if s.size() < before.size()/2 && s.size() > 10*s.noise {
			fading++
		} else {
			fading = 0
		}
		if fading >= 10 {
			c := s
			c.err, c.settled = s.size(), true
			consider(c)
		}
		last, before = d, s
	}
	// At the closer look, the gap of a smooth f has shrunk as much as the step.
	if look.size() > 0 && look.h < best.h/3 && look.gap() > 10*max(look.noise, best.gap()*look.h/best.h) {
		best.kink, best.left, best.right = true, look.left, look.right
	}
	return best
}
