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

// forwardVectors is forwardSums for a whole block.
func (in *Instruction) forwardVectors() {
	forward := forwardAVX2
	if avx512 {
		forward = forwardAVX512
	}
	forward(&in.w[0], &in.Xs[0], len(in.Xs), &in.S)
}

// backwardVectors is backwardSums for a whole block.
func (in *Instruction) backwardVectors() {
	weightsAVX2(&in.dw[0], &in.Xs[0], len(in.Xs), &in.S)
	if in.DXs {
		inputsAVX2(&in.w[0], &in.Xs[0], len(in.Xs), &in.S)
	}
}

//go:noescape
func forwardAVX2(w *float64, xs **Register, n int, s *[Tile]*Register)

//go:noescape
func forwardAVX512(w *float64, xs **Register, n int, s *[Tile]*Register)

//go:noescape
func weightsAVX2(dw *float64, xs **Register, n int, s *[Tile]*Register)

//go:noescape
func inputsAVX2(w *float64, xs **Register, n int, s *[Tile]*Register)

func cpuid(leaf, subleaf uint32) (a, b, c, d uint32)

func xgetbv() (a, d uint32)
