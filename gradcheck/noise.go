package gradcheck

import (
	"math"
	"slices"
)

// measure sets sigma to the standard deviation of f's rounding errors, the larger one of the sides,
// and distance to the distance at which it was measured.
func (l *line) measure(sides ...float64) {
	l.distance, l.sigma = 0, 0
	for _, side := range sides {
		distance, sigma := l.rounding(side)
		if !finite(sigma) { // x is an end of the domain, or close to it
			distance, sigma = l.rounding(-side)
		}
		l.distance, l.sigma = max(l.distance, distance), max(l.sigma, sigma)
	}
}

// rounding estimates the standard deviation σ of f's rounding errors, from eight points on one side
// of x (1 or −1; x itself may be a kink or a jump) that are so close together that f is almost
// straight there. (After Moré and Wild 2011, Estimating computational noise. But the distances are
// uneven: with even ones, rounding errors are often periodic.)
//
// The second divided difference Σ w·f(x) of three neighbors is 0 if f is straight. Rounding errors
// make it a number of about σ·√Σ w², so each three neighbors give an estimate of σ. A kink or a
// jump spoils two of the six estimates, hence their median.
//
// If f bends even at such distances, all six are too large. The third divided difference of four
// neighbors is 0 for a parabola as well, so it gives estimates without that error. There are only
// five of these, and some are too small by chance, so the largest of them counts. It is taken only
// if it is smaller than the median of the six.
//
// If f isn't finite on that side, σ isn't, either.
func (l *line) rounding(side float64) (distance, sigma float64) {
	// The smallest step is far enough if f changes over it. If f computes in float32, for example,
	// f may be the same at both ends. Then the points must be so far apart that f changes.
	below, above := l.sides()
	for _, s := range l.steps {
		if (!below || finite(s.below) && s.below != l.fx) &&
			(!above || finite(s.above) && s.above != l.fx) {
			distance = s.h
		}
	}
	if distance == 0 {
		return 0, 0 // f doesn't change at all
	}
	var x, f [8]float64
	farthest := largestStep * l.unit() / math.Pow(8, 1.5) // for the eighth point
	for {
		for i := range x {
			x[i] = side * math.Pow(float64(i+1), 1.5)
			f[i] = l.f(l.x + x[i]*min(distance, farthest))
		}
		three, four := deviations(x[:], f[:], 3), deviations(x[:], f[:], 4)
		sigma = min(three[len(three)/2]/0.67, four[len(four)-1]) // the median of |error| is 0.67 σ
		if sigma != 0 || distance >= farthest {
			return distance, sigma
		}
		distance *= 10 // f is the same at most points
	}
}

// deviations returns the estimates of σ from each n neighbors, in ascending order. The divided
// difference of f at n points is Σ wⱼ·f(xⱼ). The weight wⱼ is the product of 1/(xⱼ − xₖ) over
// the other points xₖ.
func deviations(x, f []float64, n int) (sigma []float64) {
	for i := range len(x) - n + 1 {
		sum, norm := 0.0, 0.0
		for j := i; j < i+n; j++ {
			w := 1.0
			for k := i; k < i+n; k++ {
				if k != j {
					w /= x[j] - x[k]
				}
			}
			sum += w * (f[j] - f[i]) // Σ w = 0, so f[i] cancels, and with it most rounding
			norm = math.Hypot(norm, w)
		}
		sigma = append(sigma, math.Abs(sum)/norm)
	}
	slices.Sort(sigma)
	return sigma
}
