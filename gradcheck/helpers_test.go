package gradcheck

import (
	"math"
	"math/rand/v2"
	"testing"
)

var inf, nan = math.Inf(1), math.NaN()

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// skipIfShort skips a test that takes more than half a second: with -short, the rest is fast enough
// for a run with each mutant.
func skipIfShort(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
}
