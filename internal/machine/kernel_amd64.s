//go:build !purego

#include "textflag.h"

// The kernels have the arguments w, xs, n and s: four weights w[4*i+j] for each of the n registers
// xs[i], and the registers s[j] of four sums. A register has its data at offset 0, its grad at 64.
// A product that is rounded and a sum that is rounded are two instructions, as in Go.
#define ARGUMENTS(w) \
	MOVQ w, AX \
	MOVQ xs+8(FP), BX \
	MOVQ n+16(FP), CX \
	MOVQ s+24(FP), DX

// NEXT goes on with the next of xs, if there is one.
#define NEXT(loop) \
	ADDQ $32, AX \
	ADDQ $8, BX \
	DECQ CX \
	JNZ  loop

// GRAD loads s[j].Grad.
#define GRAD(j, lo, hi) \
	MOVQ    (8*j)(DX), SI \
	VMOVUPD 64(SI), lo \
	VMOVUPD 96(SI), hi

#define GRADS \
	GRAD(0, Y0, Y1) \
	GRAD(1, Y2, Y3) \
	GRAD(2, Y4, Y5) \
	GRAD(3, Y6, Y7)

// for j := range 4 {
// 	for r := range 8 {
// 		s[j].Data[r] = w[j]*xs[0].Data[r] + w[4+j]*xs[1].Data[r] + …
// 	}
// }
#define ADD(j, lo, hi) \
	VBROADCASTSD (8*j)(AX), Y10 \
	VMULPD       Y10, Y8, Y11 \
	VADDPD       Y11, lo, lo \
	VMULPD       Y10, Y9, Y11 \
	VADDPD       Y11, hi, hi

#define STORE(j, lo, hi) \
	MOVQ    (8*j)(DX), SI \
	VMOVUPD lo, (SI) \
	VMOVUPD hi, 32(SI)

// func forwardAVX2(w *float64, xs **Register, n int, s *[Tile]*Register)
TEXT ·forwardAVX2(SB), NOSPLIT, $0-32
	ARGUMENTS(w+0(FP))
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	VXORPD Y4, Y4, Y4
	VXORPD Y5, Y5, Y5
	VXORPD Y6, Y6, Y6
	VXORPD Y7, Y7, Y7

loop:
	MOVQ    (BX), SI
	VMOVUPD (SI), Y8
	VMOVUPD 32(SI), Y9
	ADD(0, Y0, Y1)
	ADD(1, Y2, Y3)
	ADD(2, Y4, Y5)
	ADD(3, Y6, Y7)
	NEXT(loop)
	STORE(0, Y0, Y1)
	STORE(1, Y2, Y3)
	STORE(2, Y4, Y5)
	STORE(3, Y6, Y7)
	VZEROUPPER
	RET

// The same with eight rows in a register of the processor.
#define ADD8(j, sum) \
	VMULPD.BCST (8*j)(AX), Z8, Z9 \
	VADDPD      Z9, sum, sum

#define STORE8(j, sum) \
	MOVQ    (8*j)(DX), SI \
	VMOVUPD sum, (SI)

// func forwardAVX512(w *float64, xs **Register, n int, s *[Tile]*Register)
TEXT ·forwardAVX512(SB), NOSPLIT, $0-32
	ARGUMENTS(w+0(FP))
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3

loop:
	MOVQ    (BX), SI
	VMOVUPD (SI), Z8
	ADD8(0, Z0)
	ADD8(1, Z1)
	ADD8(2, Z2)
	ADD8(3, Z3)
	NEXT(loop)
	STORE8(0, Z0)
	STORE8(1, Z1)
	STORE8(2, Z2)
	STORE8(3, Z3)
	VZEROUPPER
	RET

// for i, x := range xs {
// 	for j := range 4 {
// 		p := func(r int) float64 { return x.Data[r]*s[j].Grad[r] + x.Data[r+4]*s[j].Grad[r+4] }
// 		dw[4*i+j] += (p(0) + p(1)) + (p(2) + p(3))
// 	}
// }
#define PRODUCTS(lo, hi, p) \
	VMULPD lo, Y8, p \
	VMULPD hi, Y9, Y14 \
	VADDPD Y14, p, p

// func weightsAVX2(dw *float64, xs **Register, n int, s *[Tile]*Register)
TEXT ·weightsAVX2(SB), NOSPLIT, $0-32
	ARGUMENTS(dw+0(FP))
	GRADS

loop:
	MOVQ    (BX), SI
	VMOVUPD (SI), Y8
	VMOVUPD 32(SI), Y9
	PRODUCTS(Y0, Y1, Y10)
	PRODUCTS(Y2, Y3, Y11)
	PRODUCTS(Y4, Y5, Y12)
	PRODUCTS(Y6, Y7, Y13)

	// From here on, the digit is j, and the letter is r: Y10 is a0 b0 c0 d0.
	VHADDPD    Y11, Y10, Y10      // a0+b0 a1+b1 c0+d0 c1+d1
	VHADDPD    Y13, Y12, Y12      // a2+b2 a3+b3 c2+d2 c3+d3
	VPERM2F128 $33, Y12, Y10, Y11 // c0+d0 c1+d1 a2+b2 a3+b3
	VBLENDPD   $12, Y12, Y10, Y10 // a0+b0 a1+b1 c2+d2 c3+d3
	VADDPD     Y11, Y10, Y10
	VADDPD     (AX), Y10, Y10
	VMOVUPD    Y10, (AX)
	NEXT(loop)
	VZEROUPPER
	RET

// for i, x := range xs {
// 	for j := range 4 {
// 		for r := range 8 {
// 			x.Grad[r] += w[4*i+j] * s[j].Grad[r]
// 		}
// 	}
// }
#define PROPAGATE(j, lo, hi) \
	VBROADCASTSD (8*j)(AX), Y10 \
	VMULPD       Y10, lo, Y11 \
	VADDPD       Y11, Y8, Y8 \
	VMULPD       Y10, hi, Y11 \
	VADDPD       Y11, Y9, Y9

// func inputsAVX2(w *float64, xs **Register, n int, s *[Tile]*Register)
TEXT ·inputsAVX2(SB), NOSPLIT, $0-32
	ARGUMENTS(w+0(FP))
	GRADS

loop:
	MOVQ    (BX), SI
	VMOVUPD 64(SI), Y8
	VMOVUPD 96(SI), Y9
	PROPAGATE(0, Y0, Y1)
	PROPAGATE(1, Y2, Y3)
	PROPAGATE(2, Y4, Y5)
	PROPAGATE(3, Y6, Y7)
	VMOVUPD Y8, 64(SI)
	VMOVUPD Y9, 96(SI)
	NEXT(loop)
	VZEROUPPER
	RET

// func cpuid(leaf, subleaf uint32) (a, b, c, d uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL leaf+0(FP), AX
	MOVL subleaf+4(FP), CX
	CPUID
	MOVL AX, a+8(FP)
	MOVL BX, b+12(FP)
	MOVL CX, c+16(FP)
	MOVL DX, d+20(FP)
	RET

// func xgetbv() (a, d uint32)
TEXT ·xgetbv(SB), NOSPLIT, $0-8
	XORL CX, CX
	XGETBV
	MOVL AX, a+0(FP)
	MOVL DX, d+4(FP)
	RET
