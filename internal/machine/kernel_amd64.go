//go:build !purego

package machine

// vectors says whether the processor has what the kernels in rows_amd64.s need, and avx512 whether
// it has what those for AVX-512 need.
var vectors, avx512 = supported(cpuid, xgetbv)

// supported reports whether the processor has AVX2 and AVX-512 (F and VL), and the system saves
// their registers. The bits are those of CPUID and XCR0 in the manuals of Intel and AMD. The
// instructions that read them are arguments, so that a test can stand for any processor.
func supported(cpuid func(leaf, subleaf uint32) (a, b, c, d uint32),
	xgetbv func() (a, d uint32)) (avx2, avx512 bool) {
	const (
		osxsave, avx = 1 << 27, 1 << 28 // of leaf 1
		leaf7AVX2    = 1 << 5
		leaf7AVX512  = 1<<16 | 1<<31
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
	avx512 = avx2 && features&leaf7AVX512 == leaf7AVX512 && state&zmmState == zmmState
	return avx2, avx512
}

// forwardKernel runs instructions until one that the kernels leave to Go, and returns their number.
func (c *core) forwardKernel(code []Instruction) int {
	forward := forwardAVX2
	if avx512 {
		forward = forwardAVX512
	}
	return len(code) - forward(c, &code[0], len(code))
}

// backwardKernel runs them backward from the last, and returns the number of those that are left.
func (c *core) backwardKernel(code []Instruction) int {
	backward := backwardAVX2
	if avx512 {
		backward = backwardAVX512
	}
	return backward(c, &code[0], len(code))
}

//go:noescape
func forwardAVX2(c *core, code *Instruction, n int) (left int)

//go:noescape
func forwardAVX512(c *core, code *Instruction, n int) (left int)

//go:noescape
func backwardAVX2(c *core, code *Instruction, n int) (left int)

//go:noescape
func backwardAVX512(c *core, code *Instruction, n int) (left int)

func cpuid(leaf, subleaf uint32) (a, b, c, d uint32)

func xgetbv() (a, d uint32)
