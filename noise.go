package micrograd

import (
	"math"
	"slices"
)

// rounding returns an estimate of the standard deviation σ of f's rounding errors, from eight
// points on one side of x (1 or −1) that are so close together that f is almost straight there.
// (After Moré and Wild 2011, Estimating computational noise; but with uneven distances, since
// rounding may be in step with even ones.)
//
// For any three neighbors there are weights w such that Σ w·f(x) = 0 if f is straight. Rounding
// errors make that sum a number of about σ·√Σ w², so each three neighbors give an estimate of σ. Of
// these, take the median, since a kink or a jump spoils two of the six. And if f bends even there,
// take what four neighbors say, whose weights make the sum 0 for a parabola as well.
func (l *line) rounding(side, least float64) (sigma float64) {
	// The smallest step is close enough. But if f computes in float32, say, it is a staircase, and
	// the same at such points: then they must be several stairs apart.
	distance := 0.0
	for _, s := range l.steps {
		if s.below != l.fx && s.above != l.fx {
			distance = s.h
		}
	}
	if distance > l.steps[len(l.steps)-1].h {
		distance *= 10
	}
	distance = max(distance, least*l.unit())
	var x, f [8]float64
	farthest := largest * l.unit() / math.Pow(8, 1.5)
	for more := distance > 0; more; distance *= 10 {
		for i := range x {
			x[i] = side * math.Pow(float64(i+1), 1.5)
			f[i] = l.f(l.x + x[i]*min(distance, farthest))
		}
		three, four := deviations(x[:], f[:], 3), deviations(x[:], f[:], 4)
		sigma = min(three[len(three)/2]/0.67, four[len(four)-1]) // the median of |error| is 0.67 σ
		more = sigma == 0 && distance < farthest
	}
	return sigma
}

// deviations returns the estimates of σ from each n neighbors, in ascending order.
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
			sum += w * (f[j] - f[i])
			norm = math.Hypot(norm, w)
		}
		sigma = append(sigma, math.Abs(sum)/norm)
	}
	slices.Sort(sigma)
	return sigma
}
