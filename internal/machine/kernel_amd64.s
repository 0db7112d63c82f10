//go:build !purego

#include "textflag.h"

// The kernels have the arguments w, xs, n, data and s: four weights w[4*i+j] for each of the n
// lanes xs[i], and the lanes s[j] of four sums. A product that is rounded and a sum that is rounded
// are two instructions, as in Go.
#define ARGUMENTS(w) \
	MOVQ w, AX \
	MOVQ xs+8(FP), BX \
	MOVQ n+16(FP), CX \
	MOVQ data+24(FP), DI \
	MOVQ s+32(FP), DX

#define ZERO(a, b, c, d) \
	VXORPD a, a, a \
	VXORPD b, b, b \
	VXORPD c, c, c \
	VXORPD d, d, d

// LO and HI are the halves of the lanes xs[0], which is an index of float64s.
#define LO (DI)(SI*8)
#define HI 32(DI)(SI*8)

// NEXT goes on with the next of xs, if there is one.
#define NEXT(loop) \
	ADDQ $32, AX \
	ADDQ $4, BX \
	DECQ CX \
	JNZ  loop

// GRADS loads s.
#define GRADS \
	VMOVUPD (DX), Y0 \
	VMOVUPD 32(DX), Y1 \
	VMOVUPD 64(DX), Y2 \
	VMOVUPD 96(DX), Y3 \
	VMOVUPD 128(DX), Y4 \
	VMOVUPD 160(DX), Y5 \
	VMOVUPD 192(DX), Y6 \
	VMOVUPD 224(DX), Y7

// for j := range 4 {
// 	for r := range 8 {
// 		s[j][r] = w[j]*xs[0][r] + w[4+j]*xs[1][r] + …
// 	}
// }
#define ADD(j, lo, hi) \
	VBROADCASTSD (8*j)(AX), Y10 \
	VMULPD       Y10, Y8, Y11 \
	VADDPD       Y11, lo, lo \
	VMULPD       Y10, Y9, Y11 \
	VADDPD       Y11, hi, hi

// STORE stores a sum, and adds it to Y8 and Y9, which so are infinite or NaN if it is.
#define STORE(j, lo, hi) \
	VMOVUPD lo, (64*j)(DX) \
	VMOVUPD hi, (64*j+32)(DX) \
	VADDPD  lo, Y8, Y8 \
	VADDPD  hi, Y9, Y9

// FINITE returns whether Y8 and Y9 are finite: if not, the difference of their sum from itself is
// NaN. It also returns false if finite sums overflow here, which costs time, but does no harm.
#define FINITE \
	VADDPD    Y9, Y8, Y8 \
	VSUBPD    Y8, Y8, Y8 \
	VCMPPD    $3, Y8, Y8, Y8 \
	VMOVMSKPD Y8, AX \
	TESTL     AX, AX \
	SETEQ     finite+40(FP) \
	VZEROUPPER

// func forwardAVX2(w *float64, xs *uint32, n int, data, s *Lanes) (finite bool)
TEXT ·forwardAVX2(SB), NOSPLIT, $0-41
	ARGUMENTS(w+0(FP))
	ZERO(Y0, Y1, Y2, Y3)
	ZERO(Y4, Y5, Y6, Y7)

loop:
	MOVL    (BX), SI
	VMOVUPD LO, Y8
	VMOVUPD HI, Y9
	ADD(0, Y0, Y1)
	ADD(1, Y2, Y3)
	ADD(2, Y4, Y5)
	ADD(3, Y6, Y7)
	NEXT(loop)
	ZERO(Y8, Y9, Y8, Y9)
	STORE(0, Y0, Y1)
	STORE(1, Y2, Y3)
	STORE(2, Y4, Y5)
	STORE(3, Y6, Y7)
	FINITE
	RET

// The same with eight rows in a register of the processor.
#define ADD8(j, sum) \
	VMULPD.BCST (8*j)(AX), Z8, Z9 \
	VADDPD      Z9, sum, sum

#define STORE8(j, sum) \
	VMOVUPD sum, (64*j)(DX) \
	VADDPD  sum, Z8, Z8

// func forwardAVX512(w *float64, xs *uint32, n int, data, s *Lanes) (finite bool)
TEXT ·forwardAVX512(SB), NOSPLIT, $0-41
	ARGUMENTS(w+0(FP))
	ZERO(Y0, Y1, Y2, Y3)

loop:
	MOVL    (BX), SI
	VMOVUPD LO, Z8
	ADD8(0, Z0)
	ADD8(1, Z1)
	ADD8(2, Z2)
	ADD8(3, Z3)
	NEXT(loop)
	VXORPD Y8, Y8, Y8
	STORE8(0, Z0)
	STORE8(1, Z1)
	STORE8(2, Z2)
	STORE8(3, Z3)
	VEXTRACTF64X4 $1, Z8, Y9
	FINITE
	RET

// for i, x := range xs {
// 	for j := range 4 {
// 		p := func(r int) float64 { return x[r]*s[j][r] + x[r+4]*s[j][r+4] }
// 		dw[4*i+j] += (p(0) + p(1)) + (p(2) + p(3))
// 	}
// }
#define PRODUCTS(lo, hi, p) \
	VMULPD lo, Y8, p \
	VMULPD hi, Y9, Y14 \
	VADDPD Y14, p, p

// func weightsAVX2(dw *float64, xs *uint32, n int, data, s *Lanes)
TEXT ·weightsAVX2(SB), NOSPLIT, $0-40
	ARGUMENTS(dw+0(FP))
	GRADS

loop:
	MOVL    (BX), SI
	VMOVUPD LO, Y8
	VMOVUPD HI, Y9
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
// 			dx[i][r] += w[4*i+j] * s[j][r]
// 		}
// 	}
// }
#define PROPAGATE(j, lo, hi) \
	VBROADCASTSD (8*j)(AX), Y10 \
	VMULPD       Y10, lo, Y11 \
	VADDPD       Y11, Y8, Y8 \
	VMULPD       Y10, hi, Y11 \
	VADDPD       Y11, Y9, Y9

// func inputsAVX2(w *float64, xs *uint32, n int, data, s *Lanes)
TEXT ·inputsAVX2(SB), NOSPLIT, $0-40
	ARGUMENTS(w+0(FP))
	GRADS

loop:
	MOVL    (BX), SI
	VMOVUPD LO, Y8
	VMOVUPD HI, Y9
	PROPAGATE(0, Y0, Y1)
	PROPAGATE(1, Y2, Y3)
	PROPAGATE(2, Y4, Y5)
	PROPAGATE(3, Y6, Y7)
	VMOVUPD Y8, LO
	VMOVUPD Y9, HI
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
