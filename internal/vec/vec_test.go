package vec

import (
	"hash/fnv"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var functions = map[string]func(x float64) float64{"Exp": Exp, "Log": Log, "Log1p": Log1p,
	"Sin": Sin, "Cos": Cos, "Tanh": Tanh, "Sigmoid": Sigmoid, "Softplus": Softplus}

// limits are the largest errors that the comment of the package states, in ulp.
var limits = map[string]float64{"Exp": 0.80, "Log": 0.70, "Log1p": 0.71, "Sin": 0.80, "Cos": 0.83,
	"Tanh": 0.78, "Sigmoid": 0.78, "Softplus": 0.76}

// digits are those of mpmath 1.2. The first points are those with the largest errors that were
// found, and the others are small, large, or where a function changes its formula.
var digits = map[string][]struct {
	x    float64
	want string
}{
	"Exp": {
		{-0x1.2db0ba5fb0392p+9, "9.01772225854402533184686100222e-263"},
		{-0x1.09e420b24d093p+0, "0.353936697390755327662440913724"},
		{0x1.84463df0c22dfp+3, "186013.48636198837746958499244"},
		{-0x1.625eccb19b6ddp+9, "1.5770986851654932150616245589e-308"},
		{0x1, "2.71828182845904523536028747135"},
		{-0x1, "0.367879441171442321595523770161"},
		{0x1p-1, "1.64872127070012814684865078781"},
		{0x1.56e1fc2f8f359p-997, "1.0"},
		{0x0.0000000000001p-1022, "1.0"},
		{0x1.62e3d70a3d70ap+9, "1.79282279439451562090841253935e+308"},
		{0x1.62e42fefa39efp+9, "1.7976931348622732178396496309e+308"},
		{-0x1.624p+9, "2.00613230533130582038063685322e-308"},
		{-0x1.7433333333333p+9, "5.14265832728891964024852232056e-324"},
		{-0x1.7490a3d70a3d7p+9, "2.47829328088272788444880907111e-324"},
		{-0x1.44p+5, "2.57675710915498094812440394749e-18"},
		{0x1.2c4p+8, "2.49412486153492128610161431491e+130"},
	},
	"Tanh": {
		{0x1.6237303af3469p-3, "0.171252601395923965019892896725"},
		{0x1.623f81e11dcap-3, "0.171268003133944586074413265885"},
		{0x1.28aad930a1dcap+4, "0.999999999999999842998276191379"},
		{0x1, "0.761594155955764888119458282605"},
		{0x0.0000000000001p-1022, "4.94065645841246544176568792868e-324"},
		{0x1.5798ee2308c3ap-27, "9.99999999999999987589227496795e-9"},
		{0x1.199999999999ap-1, "0.500520211190235241703530388008"},
		{-0x1.ap+1, "-0.99699763548652601693227592644"},
		{0x1.2e66666666666p+4, "0.99999999999999992331709099123"},
		{0x1.31p+4, "0.999999999999999944594500684318"},
	},
	"Sigmoid": {
		{-0x1.625ef32b3f7a6p+9, "1.5752479920032582107397015664e-308"},
		{-0x1.6261509fc7879p+9, "1.54640933999636686422335538756e-308"},
		{0x1p-2, "0.562176500885798104027323637903"},
		{-0x1p-2, "0.437823499114201895972676362097"},
		{-0x1, "0.268941421369995120748840758178"},
		{0x1.8p+1, "0.952574126822433219121151848228"},
		{0x1.24p+5, "0.999999999999999859313828755385"},
		{-0x1.24p+5, "1.40686171244614656932292593354e-16"},
		{-0x1.5e1p+9, "8.70113401035398679448914816611e-305"},
		{-0x1.748p+9, "2.82235073047193707635344008206e-324"},
	},
	"Log": {
		{0x1.6935e69263b37p-1, "-0.348863597120928794944784098636"},
		{0x1.6876ccd173a73p-1, "-0.350932360447907282557609416943"},
		{0x0.0000000000001p-1022, "-744.440071921381262314107298446"},
		{0x0.012688b70e62bp-1022, "-713.801378828154165100644600662"},
		{0x1p-1022, "-708.39641853226410622441122813"},
		{0x1.ffffde7210be9p-1, "-1.00000050002908902685523806017e-6"},
		{0x1.000001ad7f29bp+0, "9.99999950583870451775160996835e-8"},
		{0x1p+1, "0.693147180559945309417232121458"},
		{0x1.4p+3, "2.30258509299404568401799145468"},
		{0x1.fffffffffffffp+1023, "709.782712893383996732223389911"},
		{0x1.6a09e667f3bccp-1, "-0.346573590279972743359775352487"},
		{0x1.6a09e667f3bcdp-1, "-0.34657359027997258635052948411"},
		{0x1.6a09e667f3bcdp+0, "0.346573590279972723066702637348"},
	},
	"Log1p": {
		{-0x1.2c089503f97a9p-2, "-0.346726717872066159025658193353"},
		{-0x1.2d496a270300ap-2, "-0.348459309438518177462825871621"},
		{0x0.0000000000001p-1022, "4.94065645841246544176568792868e-324"},
		{0x1.70ef54646d497p-57, "1.00000000000000006654242405462e-17"},
		{-0x1.12e0be826d695p-30, "-1.00000000050000006261492485364e-9"},
		{-0x1p-1, "-0.693147180559945309417232121458"},
		{0x1.a3d70a3d70a3dp-2, "0.343589704390076892857584244309"},
		{0x1.ae147ae147ae1p-2, "0.350656871613169351764842938439"},
		{-0x1.fffffffffffffp-1, "-36.7368005696771013991133024373"},
		{0x1.2a05f2p+33, "23.0258509300404568401749145468"},
		{0x1.7e43c8800759cp+996, "690.775527898213705257902196661"},
	},
	"Softplus": {
		{-0x1.c346215846552p-1, "0.346567486620405318646356703902"},
		{-0x1.c622973b38847p-1, "0.344933987313683465450669909244"},
		{-0x1.627d9c3a7e4cfp+9, "1.23971117243072644108611474461e-308"},
		{0x0, "0.693147180559945309417232121458"},
		{0x1.12e0be826d695p-30, "0.693147181059945309542232152599"},
		{-0x1.12e0be826d695p-30, "0.693147180059945309542232090317"},
		{0x1.8p-1, "1.13687100611489994366984026921"},
		{-0x1.247381d7dbf48p+5, "1.32971081718569274241630655578e-16"},
		{-0x1.5ep+9, "9.85967654375977085670537294785e-305"},
		{-0x1.74p+9, "7.67194470417997907394977430442e-324"},
		{0x1.ep+4, "30.0000000000000935762296883974"},
		{0x1.42p+5, "40.2500000000000000033086216208"},
		{0x1.2a05f2p+33, "10000000000.0"},
	},
	"Sin": {
		{0x1.2e64f01121af1p+1, "0.702665836499763007081532685829"},
		{0x1.926d3531786d9p-1, "0.707524752747810260155900704549"},
		{0x1.de2dbc5160e76p+15, "0.70460158041198729871136838337"},
		{0x0.0000000000001p-1022, "4.94065645841246544176568792868e-324"},
		{0x1p-1, "0.479425538604203000273287935216"},
		{0x1.921fb54442d18p+1, "1.22464679914735317722606593227e-16"},
		{0x1.6p+4, "-0.00885130929040387592169025681577"},
		{0x1.63p+8, "-3.01443533594884492143302800087e-5"},
		{0x1.ffffp+15, "0.953410588201103701355306128124"},
		{0x1p+16, "0.69206545382272324773333033435"},
		{0x1.0f0cf064dd592p+73, "-0.852200849767188801772705893753"},
		{0x1.6ac5b262ca1ffp+849, "1.0"},
		{0x1.fffffffffffffp+1023, "0.00496195478918406179050267119707"},
		{0x1p+100, "-0.872183605418267309780719778213"},
	},
	"Cos": {
		{0x1.9231ae0b8317dp-1, "0.707009820386433792099374780538"},
		{0x1.936fa96442e7p-1, "0.705292059054839624094825722161"},
		{0x1.2118062685e52p+15, "-0.691051181125667782697547935394"},
		{0x1.12e0be826d695p-30, "0.9999999999999999995"},
		{0x1.921fb54442d18p+0, "6.12323399573676588613032966138e-17"},
		{0x1.6p+3, "0.00442569798805078574835502472394"},
		{0x1.ffffp+15, "-0.301675737019113719183379904978"},
		{0x1.0f0cf064dd592p+73, "0.523214785395138945497594473385"},
		{0x1.6ac5b262ca1ffp+849, "-4.68716592425462761112258280196e-19"},
		{0x1.fffffffffffffp+1023, "-0.999987689426559937464870066307"},
		{0x1p+900, "0.071174899214573092335866529376"},
	},
}

func TestResultsAreWithinTheStatedErrors(t *testing.T) {
	for name, f := range functions {
		require.NotEmpty(t, digits[name], name)
		for _, c := range digits[name] {
			want, _, err := big.ParseFloat(c.want, 10, 200, big.ToNearestEven)
			require.NoError(t, err)
			rounded, _ := want.Float64()
			size := math.Abs(rounded)
			ulp := size - math.Nextafter(size, 0) // that below, since the largest has none above
			if size < math.MaxFloat64 {
				ulp = math.Nextafter(size, math.Inf(1)) - size
			}
			got := f(c.x)
			e := want.Sub(big.NewFloat(got).SetPrec(200), want)
			e.Quo(e, big.NewFloat(ulp))
			ulps, _ := e.Float64()
			assert.LessOrEqual(t, math.Abs(ulps), limits[name], "%s(%x) = %x", name, c.x, got)
		}
	}
}

func TestSpecialNumbers(t *testing.T) {
	inf, nan, zero, minus0 := math.Inf(1), math.NaN(), 0.0, math.Copysign(0, -1)
	points := []float64{-inf, -math.MaxFloat64, -2000, minus0, zero, 2000, math.MaxFloat64, inf, nan}
	far := func(f func(float64) float64) []float64 { // it is a number, which others test
		return []float64{nan, f(-math.MaxFloat64), f(-2000), f(0), f(0), f(2000),
			f(math.MaxFloat64), nan, nan}
	}
	sin := far(Sin)
	sin[3] = minus0
	for name, want := range map[string][]float64{
		"Exp":      {0, 0, 0, 1, 1, inf, inf, inf, nan},
		"Log":      {nan, nan, nan, -inf, -inf, Log(2000), Log(math.MaxFloat64), inf, nan},
		"Log1p":    {nan, nan, nan, minus0, 0, Log1p(2000), Log1p(math.MaxFloat64), inf, nan},
		"Sin":      sin,
		"Cos":      far(Cos),
		"Tanh":     {-1, -1, -1, minus0, 0, 1, 1, 1, nan},
		"Sigmoid":  {0, 0, 0, 0.5, 0.5, 1, 1, 1, nan},
		"Softplus": {0, 0, 0, math.Ln2, math.Ln2, 2000, math.MaxFloat64, inf, nan},
	} {
		for i, x := range points {
			got := functions[name](x)
			if !math.IsNaN(want[i]) || !math.IsNaN(got) {
				assert.Equal(t, math.Float64bits(want[i]), math.Float64bits(got),
					"%s(%g) is %g, not %g", name, x, got, want[i])
			}
		}
	}
	assert.Equal(t, inf, Log1p(inf))
	assert.Equal(t, -inf, Log1p(-1))
}

// The hash was computed on amd64, and is that of arm64 and of WebAssembly, too: see .ci/run.
func TestResultsHaveTheSameBitsOnEveryMachine(t *testing.T) {
	const want = 0x9f21ffe0a8604fa8
	rng := rand.New(rand.NewPCG(1, 0))
	h := fnv.New64a()
	for i := range 100_000 {
		x := math.Float64frombits(rng.Uint64()) // of any size
		if i%2 == 0 {
			x = math.Ldexp(2*rng.Float64()-1, rng.IntN(12))
		}
		for _, f := range []func(x float64) float64{Exp, Log, Log1p, Sin, Cos, Tanh, Sigmoid,
			Softplus} {
			z := f(x)
			if math.IsNaN(z) {
				z = math.NaN() // whose sign and payload differ
			}
			var bytes [8]byte
			for k := range bytes {
				bytes[k] = byte(math.Float64bits(z) >> (8 * k))
			}
			h.Write(bytes[:])
		}
	}
	assert.Equal(t, uint64(want), h.Sum64(), "%#x", h.Sum64())
}
