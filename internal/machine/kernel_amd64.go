//go:build !purego

package machine

// vectors says whether the processor has what the kernels in kernel_amd64.s need, and avx512
// whether it has what those for AVX-512 need.
var vectors, avx512 = supported(cpuid, xgetbv)

// supported reports whether the processor has AVX2 and AVX-512F, and the system saves their
// registers. The bits are those of CPUID and XCR0 in the manuals of Intel and AMD. The instructions
// that read them are arguments, so that a test can stand for any processor.
func supported(cpuid func(leaf, subleaf uint32) (a, b, c, d uint32),
	xgetbv func() (a, d uint32)) (avx2, avx512 bool) {
	const (
		osxsave, avx = 1 << 27, 1 << 28 // of leaf 1
		leaf7AVX2    = 1 << 5
		leaf7AVX512F = 1 << 16
		ymmState     = 1<<1 | 1<<2     // the registers X and Y
		zmmState     = ymmState | 7<<5 // and masks and Z
	)
	leaves, _, _, _ := cpuid(0, 0)
	_, _, features, _ := cpuid(1, 0)
	if leaves < 7 || features&(osxsave|avx) != osxsave|avx {
		return false, false
	}
	state, _ := xgetbv()
	_, features, _, _ = cpuid(7, 0)
	avx2 = features&leaf7AVX2 != 0 && state&ymmState == ymmState
	avx512 = avx2 && features&leaf7AVX512F != 0 && state&zmmState == zmmState
	return avx2, avx512
}

// forwardVectors is forwardTile, unless a sum isn't finite. Then it returns false.
func forwardVectors(t *Tile, w []float64, data []Lanes) bool {
	forward := forwardAVX2
	if avx512 {
		forward = forwardAVX512
	}
	return forward(&w[t.W], &t.Xs[0], len(t.Xs), &data[0], &data[t.S])
}

// backwardVectors is backwardSum for all sums.
func backwardVectors(t *Tile, w, dw []float64, data, grad []Lanes, inputs bool) {
	weightsAVX2(&dw[0], &t.Xs[0], len(t.Xs), &data[0], &grad[t.S])
	if inputs {
		inputsAVX2(&w[0], &t.Xs[0], len(t.Xs), &grad[0], &grad[t.S])
	}
}

//go:noescape
func forwardAVX2(w *float64, xs *uint32, n int, data, s *Lanes) (finite bool)

//go:noescape
func forwardAVX512(w *float64, xs *uint32, n int, data, s *Lanes) (finite bool)

//go:noescape
func weightsAVX2(dw *float64, xs *uint32, n int, data, s *Lanes)

//go:noescape
func inputsAVX2(w *float64, xs *uint32, n int, data, s *Lanes)

func cpuid(leaf, subleaf uint32) (a, b, c, d uint32)

func xgetbv() (a, d uint32)
