// The handlers of weighted sums for rows_amd64.s, which says what the registers of the processor
// are. A product that is rounded and a sum that is rounded are two instructions, as in Go.
//
// R13 is the core. From TILE on, R8 are the weights w[4*i+j] of the tile, R9 the CX lanes xs[i],
// and DX the lanes s[j] of four sums. From X on, R10 is the number of the next float64s in data.

// DISPATCH goes on with the next instruction, which is after the step, if there is a handler.
#define DISPATCH(step, leave) \
	ADDQ step, AX \
	DECQ BX \
	JEQ  stop \
	MOVL Instruction_Kind(AX), CX \
	CMPL CX, $const_Call \
	JCC  stop \
	JMP  (R12)(CX*8) \
stop: \
	JMP  leave

// FIND sets CX to the tile.
#define FIND \
	MOVL   Instruction_X(AX), CX \
	IMUL3Q $Tile__size, CX, CX \
	MOVQ   core_code(R13), R10 \
	ADDQ   Code_Tiles(R10), CX

#define TILE(weights, lanes) \
	FIND \
	MOVQ Tile_Xs(CX), R9 \
	MOVL Tile_W(CX), R8 \
	SHLQ $3, R8 \
	ADDQ weights(R13), R8 \
	MOVL Tile_S(CX), DX \
	SHLQ $6, DX \
	ADDQ lanes, DX \
	MOVQ (Tile_Xs+8)(CX), CX

#define ZERO(a, b, c, d) \
	VXORPD a, a, a \
	VXORPD b, b, b \
	VXORPD c, c, c \
	VXORPD d, d, d

// NEXT goes on with the next of xs, if there is one.
#define NEXT(loop) \
	ADDQ $32, R8 \
	ADDQ $4, R9 \
	DECQ CX \
	JNE  loop

// for j := range 4 {
// 	for r := range 8 {
// 		s[j][r] = w[j]*xs[0][r] + w[4+j]*xs[1][r] + …
// 	}
// }
#define ADD(j, lo, hi) \
	VBROADCASTSD (8*j)(R8), Y10 \
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

// FINITE stops if a number in the register is infinite or NaN: then its difference from itself is
// NaN. It also stops if finite sums overflowed there, which costs time, but does no harm.
#define FINITE(a) \
	VSUBPD    a, a, a \
	VCMPPD    $3, a, a, a \
	VMOVMSKPD a, CX \
	TESTL     CX, CX \
	JNE       stop

TEXT forwardWeightedSumsAVX2<>(SB), NOSPLIT, $0
	TILE(core_singles, DI)
	ZERO(Y0, Y1, Y2, Y3)
	ZERO(Y4, Y5, Y6, Y7)

loop:
	MOVL    (R9), R10
	VMOVUPD (DI)(R10*8), Y8
	VMOVUPD 32(DI)(R10*8), Y9
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
	VADDPD  Y9, Y8, Y8
	FINITE(Y8)
	DISPATCH($Instruction__size, forwardAVX2Stop<>(SB))

// The same with eight rows in a register of the processor.
#define ADD8(j, sum) \
	VMULPD.BCST (8*j)(R8), Z8, Z9 \
	VADDPD      Z9, sum, sum

#define STORE8(j, sum) \
	VMOVUPD sum, (64*j)(DX) \
	VADDPD  sum, Z8, Z8

#define FINITE8(a) \
	VSUBPD a, a, a \
	VCMPPD $3, a, a, K1 \
	KMOVW  K1, CX \
	TESTL  CX, CX \
	JNE    stop

TEXT forwardWeightedSumsAVX512<>(SB), NOSPLIT, $0
	TILE(core_singles, DI)
	ZERO(Y0, Y1, Y2, Y3)

loop:
	MOVL    (R9), R10
	VMOVUPD (DI)(R10*8), Z8
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
	FINITE8(Z8)
	DISPATCH($Instruction__size, forwardAVX512Stop<>(SB))

// CHECK stops where backwardTile doesn't leave it to the kernels.
#define CHECK \
	CMPB core_finite(R13), $0 \
	JEQ  stop \
	FIND \
	CMPB Tile_Repeats(CX), $0 \
	JNE  stop

// IF goes to a label unless the gradients of xs are wanted.
#define IF(unwanted) \
	FIND \
	CMPB Tile_InputsOnly(CX), $0 \
	JEQ  wanted \
	CMPQ core_grads(R13), $0 \
	JEQ  unwanted \
wanted:

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

// TRANSPOSE takes a[r], b[r], c[r] and d[r] for four rows from four registers, and leaves those of
// one row in each.
#define TRANSPOSE(a, b, c, d) \
	VUNPCKLPD  b, a, Y8 \
	VUNPCKHPD  b, a, Y9 \
	VUNPCKLPD  d, c, Y10 \
	VUNPCKHPD  d, c, Y11 \
	VPERM2F128 $0x20, Y10, Y8, a \
	VPERM2F128 $0x20, Y11, Y9, b \
	VPERM2F128 $0x31, Y10, Y8, c \
	VPERM2F128 $0x31, Y11, Y9, d

// for i, x := range xs {
// 	for j := range 4 {
// 		for r := range 8 {
// 			dw[4*i+j] += x[r] * s[j][r]
// 		}
// 	}
// }
#define PRODUCT(r, s) \
	VBROADCASTSD (8*r)(DI)(R10*8), Y9 \
	VMULPD       s, Y9, Y9 \
	VADDPD       Y9, Y8, Y8

#define PRODUCT8(r, s) \
	VMULPD.BCST (8*r)(DI)(R10*8), s, Y9 \
	VADDPD      Y9, Y8, Y8

#define WEIGHTS(product) \
	GRADS \
	TRANSPOSE(Y0, Y2, Y4, Y6) \
	TRANSPOSE(Y1, Y3, Y5, Y7) \
weights: \
	MOVL    (R9), R10 \
	VMOVUPD (R8), Y8 \
	product(0, Y0) \
	product(1, Y2) \
	product(2, Y4) \
	product(3, Y6) \
	product(4, Y1) \
	product(5, Y3) \
	product(6, Y5) \
	product(7, Y7) \
	VMOVUPD Y8, (R8) \
	NEXT(weights)

// for i, x := range xs {
// 	for j := range 4 {
// 		for r := range 8 {
// 			dx[i][r] += w[4*i+j] * s[j][r]
// 		}
// 	}
// }
#define PROPAGATE(j, lo, hi) \
	VBROADCASTSD (8*j)(R8), Y10 \
	VMULPD       Y10, lo, Y11 \
	VADDPD       Y11, Y8, Y8 \
	VMULPD       Y10, hi, Y11 \
	VADDPD       Y11, Y9, Y9

TEXT backwardWeightedSumsAVX2<>(SB), NOSPLIT, $0
	CHECK
	TILE(core_dw, SI)
	GRADS

	// Are all gradients 0, or all finite?
	VPOR   Y0, Y1, Y8
	VPOR   Y2, Y3, Y9
	VPOR   Y4, Y5, Y10
	VPOR   Y6, Y7, Y11
	VPOR   Y8, Y9, Y8
	VPOR   Y10, Y11, Y9
	VPOR   Y8, Y9, Y8
	VPSLLQ $1, Y8, Y8 // without signs
	VPTEST Y8, Y8
	JEQ    next
	MOVQ   CX, R10
	VADDPD Y0, Y1, Y8
	VADDPD Y2, Y8, Y8
	VADDPD Y3, Y8, Y8
	VADDPD Y4, Y8, Y8
	VADDPD Y5, Y8, Y8
	VADDPD Y6, Y8, Y8
	VADDPD Y7, Y8, Y8
	FINITE(Y8)
	MOVQ   R10, CX
	WEIGHTS(PRODUCT)
	IF(clear)
	TILE(core_singles, SI)
	GRADS

inputs:
	MOVL    (R9), R10
	VMOVUPD (SI)(R10*8), Y8
	VMOVUPD 32(SI)(R10*8), Y9
	PROPAGATE(0, Y0, Y1)
	PROPAGATE(1, Y2, Y3)
	PROPAGATE(2, Y4, Y5)
	PROPAGATE(3, Y6, Y7)
	VMOVUPD Y8, (SI)(R10*8)
	VMOVUPD Y9, 32(SI)(R10*8)
	NEXT(inputs)

clear:
	VXORPD  Y8, Y8, Y8
	VMOVUPD Y8, (DX)
	VMOVUPD Y8, 32(DX)
	VMOVUPD Y8, 64(DX)
	VMOVUPD Y8, 96(DX)
	VMOVUPD Y8, 128(DX)
	VMOVUPD Y8, 160(DX)
	VMOVUPD Y8, 192(DX)
	VMOVUPD Y8, 224(DX)

next:
	DISPATCH($-Instruction__size, backwardAVX2Stop<>(SB))

#define PROPAGATE8(j, s) \
	VMULPD.BCST (8*j)(R8), s, Z9 \
	VADDPD      Z9, Z8, Z8

TEXT backwardWeightedSumsAVX512<>(SB), NOSPLIT, $0
	CHECK
	TILE(core_dw, SI)
	VMOVUPD (DX), Z16
	VMOVUPD 64(DX), Z17
	VMOVUPD 128(DX), Z18
	VMOVUPD 192(DX), Z19

	VPORQ    Z16, Z17, Z8
	VPORQ    Z18, Z19, Z9
	VPORQ    Z8, Z9, Z8
	VPSLLQ   $1, Z8, Z8
	VPTESTMQ Z8, Z8, K1
	KMOVW    K1, R10
	TESTL    R10, R10
	JEQ      next
	MOVQ     CX, R10
	VADDPD   Z16, Z17, Z8
	VADDPD   Z18, Z8, Z8
	VADDPD   Z19, Z8, Z8
	FINITE8(Z8)
	MOVQ     R10, CX
	WEIGHTS(PRODUCT8)
	IF(clear)
	TILE(core_singles, SI)

inputs:
	MOVL    (R9), R10
	VMOVUPD (SI)(R10*8), Z8
	PROPAGATE8(0, Z16)
	PROPAGATE8(1, Z17)
	PROPAGATE8(2, Z18)
	PROPAGATE8(3, Z19)
	VMOVUPD Z8, (SI)(R10*8)
	NEXT(inputs)

clear:
	VPXORQ  Z8, Z8, Z8
	VMOVUPD Z8, (DX)
	VMOVUPD Z8, 64(DX)
	VMOVUPD Z8, 128(DX)
	VMOVUPD Z8, 192(DX)

next:
	DISPATCH($-Instruction__size, backwardAVX512Stop<>(SB))
