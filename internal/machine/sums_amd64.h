// The handlers of weighted sums for rows_amd64.s, which says what the registers of the processor
// are. A product that is rounded and a sum that is rounded are two instructions, as in Go.
//
// FIND sets CX to the tile. TILE sets R8 to its weights w[i][j], or to their gradients, R9 to the
// lanes xs[i], CX to their number, and DX to the lanes s[j] of its sums. R10 is an x, and R11 the
// width of the tile in bytes.

// DISPATCH jumps to the handler of the next instruction, which is step bytes further, or to leave if
// there is none. A handler jumps to its label stop to leave its instruction to Go.
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
	MOVQ Tile_Width(CX), R11 \
	SHLQ $3, R11 \
	MOVQ (Tile_Xs+8)(CX), CX

// SECOND is TILE for the second four of eight sums.
#define SECOND(weights, lanes) \
	TILE(weights, lanes) \
	ADDQ $32, R8 \
	ADDQ $256, DX

// NEXT goes on with the next of xs, if there is one.
#define NEXT(loop) \
	ADDQ R11, R8 \
	ADDQ $4, R9 \
	DECQ CX \
	JNE  loop

// ZERO sets four registers to 0.
#define ZERO(a, b, c, d) \
	VXORPD a, a, a \
	VXORPD b, b, b \
	VXORPD c, c, c \
	VXORPD d, d, d

// FINITE stops if a number in the register is infinite or NaN: then its difference from itself is
// NaN. It also stops if finite sums overflowed there, which costs time, but does no harm.
#define FINITE(a) \
	VSUBPD    a, a, a \
	VCMPPD    $3, a, a, a \
	VMOVMSKPD a, R10 \
	TESTL     R10, R10 \
	JNE       stop

#define FINITE8(a) \
	VSUBPD a, a, a \
	VCMPPD $3, a, a, K1 \
	KMOVW  K1, R10 \
	TESTL  R10, R10 \
	JNE    stop

// for j := range 4 {
// 	for r := range 8 {
// 		s[j][r] = w[0][j]*xs[0][r] + w[1][j]*xs[1][r] + …
// 	}
// }
#define FORWARD4(loop) \
	ZERO(Y0, Y1, Y2, Y3) \
	ZERO(Y4, Y5, Y6, Y7) \
loop: \
	MOVL    (R9), R10 \
	VMOVUPD (DI)(R10*8), Y8 \
	VMOVUPD 32(DI)(R10*8), Y9 \
	ADD(0, Y0, Y1) \
	ADD(1, Y2, Y3) \
	ADD(2, Y4, Y5) \
	ADD(3, Y6, Y7) \
	NEXT(loop) \
	VXORPD  Y8, Y8, Y8 \
	VXORPD  Y9, Y9, Y9 \
	STORE(0, Y0, Y1) \
	STORE(1, Y2, Y3) \
	STORE(2, Y4, Y5) \
	STORE(3, Y6, Y7) \
	VADDPD  Y9, Y8, Y8 \
	FINITE(Y8)

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

TEXT forwardWeightedSumsAVX2<>(SB), NOSPLIT, $0
	TILE(core_singles, DI)
	FORWARD4(first)
	CMPQ R11, $32
	JEQ  next
	SECOND(core_singles, DI)
	FORWARD4(second)

next:
	DISPATCH($Instruction__size, forwardAVX2Stop<>(SB))

// With AVX-512, eight rows are in one register of the processor.
#define ADD8(j, sum) \
	VMULPD.BCST (8*j)(R8), Z8, Z9 \
	VADDPD      Z9, sum, sum

#define STORE8(j, sum) \
	VMOVUPD sum, (64*j)(DX) \
	VADDPD  sum, Z8, Z8

TEXT forwardWeightedSumsAVX512<>(SB), NOSPLIT, $0
	TILE(core_singles, DI)
	ZERO(Y0, Y1, Y2, Y3)
	CMPQ R11, $32
	JNE  eight

four:
	MOVL    (R9), R10
	VMOVUPD (DI)(R10*8), Z8
	ADD8(0, Z0)
	ADD8(1, Z1)
	ADD8(2, Z2)
	ADD8(3, Z3)
	NEXT(four)
	VXORPD  Y8, Y8, Y8
	JMP     store

eight:
	ZERO(Y4, Y5, Y6, Y7)

loop:
	MOVL    (R9), R10
	VMOVUPD (DI)(R10*8), Z8
	ADD8(0, Z0)
	ADD8(1, Z1)
	ADD8(2, Z2)
	ADD8(3, Z3)
	ADD8(4, Z4)
	ADD8(5, Z5)
	ADD8(6, Z6)
	ADD8(7, Z7)
	NEXT(loop)
	VXORPD Y8, Y8, Y8
	STORE8(4, Z4)
	STORE8(5, Z5)
	STORE8(6, Z6)
	STORE8(7, Z7)

store:
	STORE8(0, Z0)
	STORE8(1, Z1)
	STORE8(2, Z2)
	STORE8(3, Z3)
	FINITE8(Z8)
	DISPATCH($Instruction__size, forwardAVX512Stop<>(SB))

// CHECK stops where backwardTile has to see to the order, or to numbers that aren't finite.
#define CHECK \
	CMPB core_finite(R13), $0 \
	JEQ  stop \
	FIND \
	CMPB Tile_Repeats(CX), $0 \
	JNE  stop

// IF goes to a label if the gradients of xs are wanted, and to another if not.
#define IF(wanted, unwanted) \
	FIND \
	CMPB Tile_InputsOnly(CX), $0 \
	JEQ  wanted \
	CMPQ core_grads(R13), $0 \
	JEQ  unwanted \
wanted:

// GRADS loads the gradients of four sums.
#define GRADS \
	VMOVUPD (DX), Y0 \
	VMOVUPD 32(DX), Y1 \
	VMOVUPD 64(DX), Y2 \
	VMOVUPD 96(DX), Y3 \
	VMOVUPD 128(DX), Y4 \
	VMOVUPD 160(DX), Y5 \
	VMOVUPD 192(DX), Y6 \
	VMOVUPD 224(DX), Y7

// IDLE goes to a label if all of them are 0 or −0.
#define IDLE(idle) \
	VPOR   Y0, Y1, Y8 \
	VPOR   Y2, Y3, Y9 \
	VPOR   Y4, Y5, Y10 \
	VPOR   Y6, Y7, Y11 \
	VPOR   Y8, Y9, Y8 \
	VPOR   Y10, Y11, Y9 \
	VPOR   Y8, Y9, Y8 \
	VPSLLQ $1, Y8, Y8 \
	VPTEST Y8, Y8 \
	JEQ    idle

// FINITE4 stops if one of them is infinite or NaN.
#define FINITE4 \
	VADDPD Y0, Y1, Y8 \
	VADDPD Y2, Y8, Y8 \
	VADDPD Y3, Y8, Y8 \
	VADDPD Y4, Y8, Y8 \
	VADDPD Y5, Y8, Y8 \
	VADDPD Y6, Y8, Y8 \
	VADDPD Y7, Y8, Y8 \
	FINITE(Y8)

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
// 		for r := range 4 {
// 			dw[i][j] += x[r] * ds[j][r]
// 		}
// 		dw[i][j] += x[4]*ds[j][4] + x[5]*ds[j][5] + x[6]*ds[j][6] + x[7]*ds[j][7]
// 	}
// }
#define WEIGHTS4(product, loop) \
	TRANSPOSE(Y0, Y2, Y4, Y6) \
	TRANSPOSE(Y1, Y3, Y5, Y7) \
loop: \
	MOVL    (R9), R10 \
	VMOVUPD (R8), Y8 \
	VXORPD  Y10, Y10, Y10 \
	product(0, Y0, Y8) \
	product(1, Y2, Y8) \
	product(2, Y4, Y8) \
	product(3, Y6, Y8) \
	product(4, Y1, Y10) \
	product(5, Y3, Y10) \
	product(6, Y5, Y10) \
	product(7, Y7, Y10) \
	VADDPD  Y10, Y8, Y8 \
	VMOVUPD Y8, (R8) \
	NEXT(loop)

#define PRODUCT(r, ds, sum) \
	VBROADCASTSD (8*r)(DI)(R10*8), Y9 \
	VMULPD       ds, Y9, Y9 \
	VADDPD       Y9, sum, sum

// for i, x := range xs {
// 	for j := range 4 {
// 		for r := range 8 {
// 			dx[i][r] += w[i][j] * ds[j][r]
// 		}
// 	}
// }
#define INPUTS4(loop) \
	GRADS \
loop: \
	MOVL    (R9), R10 \
	VMOVUPD (SI)(R10*8), Y8 \
	VMOVUPD 32(SI)(R10*8), Y9 \
	PROPAGATE(0, Y0, Y1) \
	PROPAGATE(1, Y2, Y3) \
	PROPAGATE(2, Y4, Y5) \
	PROPAGATE(3, Y6, Y7) \
	VMOVUPD Y8, (SI)(R10*8) \
	VMOVUPD Y9, 32(SI)(R10*8) \
	NEXT(loop)

#define PROPAGATE(j, lo, hi) \
	VBROADCASTSD (8*j)(R8), Y10 \
	VMULPD       Y10, lo, Y11 \
	VADDPD       Y11, Y8, Y8 \
	VMULPD       Y10, hi, Y11 \
	VADDPD       Y11, Y9, Y9

// CLEAR4 sets the gradients of four sums to 0.
#define CLEAR4 \
	VXORPD  Y8, Y8, Y8 \
	VMOVUPD Y8, (DX) \
	VMOVUPD Y8, 32(DX) \
	VMOVUPD Y8, 64(DX) \
	VMOVUPD Y8, 96(DX) \
	VMOVUPD Y8, 128(DX) \
	VMOVUPD Y8, 160(DX) \
	VMOVUPD Y8, 192(DX) \
	VMOVUPD Y8, 224(DX)

TEXT backwardWeightedSumsAVX2<>(SB), NOSPLIT, $0
	CHECK
	TILE(core_dSingles, SI)
	CMPQ R11, $32
	JEQ  four
	SECOND(core_dSingles, SI)
	GRADS
	FINITE4 // here, since nothing may be added before it is clear that all are
	SUBQ $32, R8
	SUBQ $256, DX

four:
	GRADS
	FINITE4
	IDLE(second)
	WEIGHTS4(PRODUCT, weights)
	IF(wanted, clear)
	TILE(core_singles, SI)
	INPUTS4(inputs)

clear:
	CLEAR4

second:
	CMPQ R11, $32
	JEQ  next
	SECOND(core_dSingles, SI)
	GRADS
	IDLE(next)
	WEIGHTS4(PRODUCT, weights2)
	IF(wanted2, clear2)
	SECOND(core_singles, SI)
	INPUTS4(inputs2)

clear2:
	CLEAR4

next:
	DISPATCH($-Instruction__size, backwardAVX2Stop<>(SB))

#define PRODUCT4(r, ds, sum) \
	VMULPD.BCST (8*r)(DI)(R10*8), ds, Y9 \
	VADDPD      Y9, sum, sum

#define PRODUCT8(r, ds, sum) \
	VMULPD.BCST (8*r)(DI)(R10*8), ds, Z9 \
	VADDPD      Z9, sum, sum

#define PROPAGATE8(j, ds) \
	VMULPD.BCST (8*j)(R8), ds, Z9 \
	VADDPD      Z9, Z8, Z8

// PAIRS takes a[r] and b[r] for eight rows, and leaves a[0] b[0] a[2] b[2] … and a[1] b[1] a[3] ….
#define PAIRS(a, b, even, odd) \
	VUNPCKLPD b, a, even \
	VUNPCKHPD b, a, odd

// ROWS takes such pairs of eight sums, and leaves all of one row in each of four registers.
#define ROWS(ab, cd, ef, gh, row0, row2, row4, row6) \
	VSHUFF64X2 $0x88, cd, ab, Z24 \
	VSHUFF64X2 $0xdd, cd, ab, Z25 \
	VSHUFF64X2 $0x88, gh, ef, Z26 \
	VSHUFF64X2 $0xdd, gh, ef, Z27 \
	VSHUFF64X2 $0x88, Z26, Z24, row0 \
	VSHUFF64X2 $0x88, Z27, Z25, row2 \
	VSHUFF64X2 $0xdd, Z26, Z24, row4 \
	VSHUFF64X2 $0xdd, Z27, Z25, row6

TEXT backwardWeightedSumsAVX512<>(SB), NOSPLIT, $0
	CHECK
	TILE(core_dSingles, SI)
	VMOVUPD (DX), Z16
	VMOVUPD 64(DX), Z17
	VMOVUPD 128(DX), Z18
	VMOVUPD 192(DX), Z19
	VPORQ   Z16, Z17, Z10
	VPORQ   Z18, Z19, Z11
	VPORQ   Z10, Z11, Z10
	VADDPD  Z16, Z17, Z8
	VADDPD  Z18, Z19, Z9
	VADDPD  Z8, Z9, Z8
	CMPQ    R11, $32
	JEQ     check
	VMOVUPD 256(DX), Z20
	VMOVUPD 320(DX), Z21
	VMOVUPD 384(DX), Z22
	VMOVUPD 448(DX), Z23
	VPORQ   Z20, Z21, Z11
	VPORQ   Z22, Z23, Z12
	VPORQ   Z11, Z12, Z11
	VPORQ   Z11, Z10, Z10
	VADDPD  Z20, Z21, Z9
	VADDPD  Z22, Z23, Z11
	VADDPD  Z9, Z11, Z9
	VADDPD  Z9, Z8, Z8

check:
	VPSLLQ   $1, Z10, Z10 // without signs
	VPTESTMQ Z10, Z10, K1
	KMOVW    K1, R10
	TESTL    R10, R10
	JEQ      next // all are 0
	FINITE8(Z8)
	CMPQ     R11, $32
	JNE      eight
	GRADS
	WEIGHTS4(PRODUCT4, weights)
	IF(wanted, clear)
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
	JMP     clear

eight:
	PAIRS(Z16, Z17, Z8, Z9)
	PAIRS(Z18, Z19, Z10, Z11)
	PAIRS(Z20, Z21, Z12, Z13)
	PAIRS(Z22, Z23, Z14, Z15)
	ROWS(Z8, Z10, Z12, Z14, Z0, Z2, Z4, Z6)
	ROWS(Z9, Z11, Z13, Z15, Z1, Z3, Z5, Z7)

weights8:
	MOVL    (R9), R10
	VMOVUPD (R8), Z8
	VPXORQ  Z10, Z10, Z10
	PRODUCT8(0, Z0, Z8)
	PRODUCT8(1, Z1, Z8)
	PRODUCT8(2, Z2, Z8)
	PRODUCT8(3, Z3, Z8)
	PRODUCT8(4, Z4, Z10)
	PRODUCT8(5, Z5, Z10)
	PRODUCT8(6, Z6, Z10)
	PRODUCT8(7, Z7, Z10)
	VADDPD  Z10, Z8, Z8
	VMOVUPD Z8, (R8)
	NEXT(weights8)
	IF(wanted8, clear)
	TILE(core_singles, SI)

inputs8:
	MOVL    (R9), R10
	VMOVUPD (SI)(R10*8), Z8
	PROPAGATE8(0, Z16)
	PROPAGATE8(1, Z17)
	PROPAGATE8(2, Z18)
	PROPAGATE8(3, Z19)
	PROPAGATE8(4, Z20)
	PROPAGATE8(5, Z21)
	PROPAGATE8(6, Z22)
	PROPAGATE8(7, Z23)
	VMOVUPD Z8, (SI)(R10*8)
	NEXT(inputs8)

clear:
	VPXORQ  Z8, Z8, Z8
	VMOVUPD Z8, (DX)
	VMOVUPD Z8, 64(DX)
	VMOVUPD Z8, 128(DX)
	VMOVUPD Z8, 192(DX)
	CMPQ    R11, $32
	JEQ     next
	VMOVUPD Z8, 256(DX)
	VMOVUPD Z8, 320(DX)
	VMOVUPD Z8, 384(DX)
	VMOVUPD Z8, 448(DX)

next:
	DISPATCH($-Instruction__size, backwardAVX512Stop<>(SB))
