package gradcheck

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// twoLayers is a network of plain slices with tanh and a squared error, as one finds them in the
// wild.
type twoLayers[F ~float32 | ~float64] struct {
	w1, b1, w2     []F // w1 is [out][in], flat
	dw1, db1, dw2  []F
	rows, expected [][]F
}

func newTwoLayers[F ~float32 | ~float64](seed uint64, in, hidden, rows int) *twoLayers[F] {
	rng := seeded(seed)
	random := func(n int) []F {
		xs := make([]F, n)
		for i := range xs {
			xs[i] = F(rng.NormFloat64() / math.Sqrt(float64(in)))
		}
		return xs
	}
	n := &twoLayers[F]{w1: random(hidden * in), b1: random(hidden), w2: random(hidden)}
	n.dw1, n.db1, n.dw2 = make([]F, hidden*in), make([]F, hidden), make([]F, hidden)
	for range rows {
		n.rows, n.expected = append(n.rows, random(in)), append(n.expected, random(1))
	}
	return n
}

// loss also adds the gradient to dw1, db1 and dw2, if it is asked to.
func (n *twoLayers[F]) loss(backward bool) (sum F) {
	in := len(n.rows[0])
	for r, row := range n.rows {
		h := make([]F, len(n.b1))
		var y F
		for j := range h {
			s := n.b1[j]
			for i, x := range row {
				s += n.w1[j*in+i] * x
			}
			h[j] = F(math.Tanh(float64(s)))
			y += n.w2[j] * h[j]
		}
		e := y - n.expected[r][0]
		sum += e * e
		if !backward {
			continue
		}
		for j := range h {
			n.dw2[j] += 2 * e * h[j]
			ds := 2 * e * n.w2[j] * (1 - h[j]*h[j])
			n.db1[j] += ds
			for i, x := range row {
				n.dw1[j*in+i] += ds * x
			}
		}
	}
	return sum
}

func (n *twoLayers[F]) check() error {
	return Params(func() F { return n.loss(false) },
		NewParam("w1", n.w1, n.dw1), NewParam("b1", n.b1, n.db1), NewParam("w2", n.w2, n.dw2))
}

func testParams[F ~float32 | ~float64](t *testing.T) {
	for seed := range uint64(10) {
		// w1 is checked along directions, the others one by one
		n := newTwoLayers[F](seed, 20, 6, 8)
		n.loss(true)
		before := slices.Clone(n.w1)
		wrong, _ := verdicts(n.check())
		assert.Zero(t, wrong, "seed %d", seed)
		assert.Equal(t, before, n.w1)

		n.dw1[77] += 3
		n.db1[2] *= -1
		err := n.check()
		require.ErrorContains(t, err,
			"gradcheck: 2 of 132 derivatives disagree with finite differences:\n\tw1[77] = ")
		require.ErrorContains(t, err, "\n\tb1[2] = ")
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "w1", e.Entries[0].Name)
	}
}

func TestParamsNamesWhatIsWrong(t *testing.T) {
	t.Run("float64", testParams[float64])
	t.Run("float32", testParams[float32])
	type named float32
	t.Run("a type of one's own", testParams[named])
}

func TestParamsPassesRightGradients(t *testing.T) {
	for seed := range uint64(20) {
		n := newTwoLayers[float64](seed, 20, 6, 8)
		n.loss(true)
		require.NoError(t, n.check(), "seed %d", seed)
	}
	derivatives, doubtful := 0, 0
	for seed := range uint64(20) {
		n := newTwoLayers[float32](seed, 20, 6, 8)
		n.loss(true)
		_, d := verdicts(n.check())
		derivatives, doubtful = derivatives+12, doubtful+d
	}
	assert.LessOrEqual(t, doubtful, derivatives/20)
}

func TestParamsOfSmoothNetworksInFloat32SeldomCantTell(t *testing.T) {
	checks, passed := 0, 0
	for seed := range uint64(50) {
		n := newTwoLayers[float32](seed, 5, 6, 8)
		n.loss(true)
		checks++
		if n.check() == nil {
			passed++
		}
	}
	assert.GreaterOrEqual(t, passed, checks*9/10)
}

// What rounding hides is right if it is close enough for the other derivatives in the same Param.
func TestParamsInFloat32RefusesWhatMattersBesideTheOthers(t *testing.T) {
	missed := map[float32]int{}
	for seed := range uint64(50) {
		n := newTwoLayers[float32](seed, 5, 6, 8)
		n.loss(true)
		largest := float32(0)
		for _, g := range n.dw1 {
			largest = max(largest, float32(math.Abs(float64(g))))
		}
		i := int(seed) % len(n.dw1)
		was := n.dw1[i]
		for _, relErr := range []float32{0.003, 0.01, 0.1} {
			n.dw1[i] = was + relErr*largest
			if Params(func() float32 { return n.loss(false) },
				NewParam("w1", n.w1, n.dw1)) == nil {
				missed[relErr]++
			}
		}
		n.dw1[i] = was
	}
	assert.Empty(t, missed)
}

func TestParamsPutsNumbersBackToTheBit(t *testing.T) {
	odd := math.Float32frombits(0x7fc12345) // a NaN with a payload
	x := []float32{1, float32(math.Copysign(0, -1)), odd}
	bits := func() (b []uint32) {
		for _, x := range x {
			b = append(b, math.Float32bits(x))
		}
		return b
	}
	want := bits()
	Params(func() float32 { return x[0] * x[0] }, NewParam("x", x, []float32{2, 0, 0}))
	assert.Equal(t, want, bits())
	assert.PanicsWithValue(t, "from f", func() {
		Params(func() float32 {
			if x[0] != 1 {
				panic("from f")
			}
			return 1
		}, NewParam("x", x, []float32{2, 0, 0}))
	})
	assert.Equal(t, want, bits())
}

func TestParamsMovesFloat32sByWhatTheyCanHold(t *testing.T) {
	x := []float32{1, -1.9999999, 1e-20, 0, 16777216}
	grad := []float32{2, 2 * -1.9999999, 2e-20, 0, 2 * 16777216}
	for i := range x {
		f := func() float32 { return x[i] * x[i] }
		assert.NoError(t, Params(f, NewParam("x", x[i:i+1], grad[i:i+1])), "at %g", x[i])
	}
	y := []float32{1}
	assert.NoError(t, Params(func() float32 { return 3 * y[0] },
		NewParam("y", y, []float32{3})))
	assert.Error(t, Params(func() float32 { return 3 * y[0] },
		NewParam("y", y, []float32{3.001})))
}

func TestParamsInFloat32PassesAZeroBesideAKink(t *testing.T) {
	for _, kink := range []float32{0.5, 0.1, 0.05, 0.02} {
		x := []float32{0.3}
		f := func() float32 { return 1.3 + max(0, x[0]-0.3-kink) }
		assert.NoError(t, Params(f, NewParam("x", x, []float32{0})), "%g away", kink)
		assert.Error(t, Params(f, NewParam("x", x, []float32{1e-3})), "%g away", kink)
	}
}

func TestParamsCallsFLessOftenForLargeBlocks(t *testing.T) {
	n := newTwoLayers[float64](1, 100, 50, 2)
	n.loss(true)
	calls := 0
	require.NoError(t, Params(func() float64 { calls++; return n.loss(false) },
		NewParam("w1", n.w1, n.dw1)))
	assert.Less(t, calls, 100)
}

func TestParamsInFloat32TakesNoStepsThatItCantHold(t *testing.T) {
	n := newTwoLayers[float32](1, 5, 6, 8)
	n.loss(true)
	calls := 0
	Params(func() float32 { calls++; return n.loss(false) }, NewParam("w1", n.w1, n.dw1))
	assert.Less(t, calls, 75*len(n.w1))
}

// A derivative that is very small beside f is right if it differs by at most 5e-9·f in float64, and
// 5e-5·f in float32.
func TestParamsToleratesWhatItsTypeHides(t *testing.T) {
	wide, narrow := []float64{1}, []float32{1}
	assert.Error(t, Params(func() float64 { return 1 + 1e-6*wide[0] },
		NewParam("x", wide, []float64{0})))
	assert.NoError(t, Params(func() float32 { return 1 + 1e-6*narrow[0] },
		NewParam("x", narrow, []float32{0})))
}

func TestParamsChecksUpToAHundredNumbersOneByOne(t *testing.T) {
	for n, alone := range map[int]bool{99: true, 100: true, 101: false} {
		x := make([]float64, n)
		calls := 0
		require.NoError(t, Params(func() float64 { calls++; return x[0] },
			NewParam("x", x, append([]float64{1}, make([]float64, n-1)...))))
		assert.Equal(t, alone, calls > 10*n, "%d calls for %d numbers", calls, n)
	}
}

// An entry that isn't finite says nothing of the size of the others.
func TestParamsIgnoresWhatIsNotFiniteInTheSizeOfDerivatives(t *testing.T) {
	y := []float64{0, 0}
	f := func() float64 { return math.Abs(y[0]) + y[1] }
	assert.ErrorContains(t, Params(f, NewParam("y", y, []float64{0.5, inf})),
		"y[0] = 0: given 0.5: can't tell, because f has a kink")
	x := []float64{1, 2}
	g := func() float64 { return x[0]*x[0] + x[1] }
	err := Params(g, NewParam("x", x, []float64{2, nan}))
	assert.ErrorContains(t, err, "1 of 2 derivatives disagree")
	assert.ErrorContains(t, err, "x[1] = 2: numerical 1, given NaN")
}

func TestParamsOfDifferentLengthsPanics(t *testing.T) {
	assert.PanicsWithValue(t, "gradcheck: Params of w with 1 derivatives for 2 coordinates",
		func() {
			Params(func() float64 { return 0 },
				NewParam("w", make([]float64, 2), make([]float64, 1)))
		})
}

// Rounding would hide an error of 1 % in one derivative, if all took part in a direction.
func TestParamsInFloat32PassesNoDerivativeThatIsOffByOnePercent(t *testing.T) {
	for seed := range uint64(10) {
		for _, n := range []int{150, 400, 1000} {
			rng := seeded(seed)
			x, r := make([]float32, n), make([]float32, n)
			for i := range x {
				x[i], r[i] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
			}
			r[n/2] = 1
			dot := func() (sum float32) {
				for i := range x {
					sum += r[i] * x[i]
				}
				return sum
			}
			grad := slices.Clone(r)
			err := Params(dot, NewParam("x", x, grad))
			wrong, _ := verdicts(err)
			assert.Zero(t, wrong, "%d, seed %d: %v", n, seed, err)
			if n < 1000 { // blocks of them can be told
				assert.NoError(t, err, "seed %d", seed)
			}
			if err != nil {
				assert.ErrorContains(t, err, "because rounding hides an error of ")
			}
			grad[n/2] = 1.01
			assert.Error(t, Params(dot, NewParam("x", x, grad)), "%d, seed %d", n, seed)
		}
	}
}
