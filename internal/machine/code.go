// Package machine runs compiled graphs on many rows of inputs, forward and backward.
//
// A [Code] says what is computed: it is a list of instructions on numbered registers. What is the
// same for all rows is computed once, on single numbers, and the rest for eight rows at a time.
// This is a neuron with two inputs, times the square root of a weight:
//
//	w4 = sqrt(w0)             once
//	s0 = w1·x0 + w2·x1 + w3   for each row; w3 is the bias, and its x is 1
//	s1 = ReLU(s0)
//	s2 = s1 * w4
//
// A [Machine] runs the code. It cuts the rows into shares, and gives each share to a core, of which
// several may run at once.
//
// To read the source, begin with code.go, which is what a code is. singles.go runs the part on
// single numbers, which order.go sorts. rows.go runs the part on eight rows, with the loops of
// weighted sums in sums.go. core.go runs it on a share of the rows, and machine.go on all of them.
// The loops are also kernels in AVX2 and AVX-512: command gen makes rows_amd64.s of rows.go, and
// sums_amd64.h is written by hand.
package machine

// A Code is a list of instructions. Its numbers are in registers of two kinds: a single holds a
// number that is the same for all rows, such as a weight, and lanes hold one for each of eight
// rows.
//
// Single 0 and lanes 0 are the operand that an instruction lacks. Their data stay 0.
type Code struct {
	Once []Instruction // on singles
	Rows []Instruction // on lanes

	Results   int         // how many singles are numbered Result + i
	Lanes     int         // how many registers of lanes there are
	Inputs    int         // how many of them hold the numbers of a row: lanes 1 … Inputs
	Broadcast []Broadcast // singles that Rows need as lanes
	Outputs   []uint32    // lanes

	Tiles []Tile // of the instructions in Rows that are sums of products with weights
	Funcs []Func // by kind; from Exp on, instructions call them
}

// An Instruction computes Z from X, Y and W, the numbers of registers, as its Kind says. It comes
// after those that compute its operands. On singles, W of Exp to Softplus is how many instructions
// of that kind follow that don't depend on each other: see order.
type Instruction struct {
	Kind       Kind
	X, Y, W, Z uint32
}

// A Kind says what an instruction computes.
//
// The order matters. First come those that add to z, up to DotNext. MulAdd follows Mul as MulCAdd
// follows MulC. From Sqrt on, all but Call are functions of x alone. From Exp on, a kind has a Func,
// whose F computes it on singles, and from Sin on, whose D has its derivatives there.
//
// To add a kind, add its loops to forward and backward in rows.go, its cases to arithmetic and
// backwardArithmetic in singles.go, and what it computes to functions in machine_test.go. Where a
// derivative may be infinite or NaN, skip a gradient of 0. Run "go generate ./internal/machine".
type Kind uint32

// The kinds. A sum begins with AddC, MulAdd or GuardedFirst, and each further term is an
// instruction that adds to the same z. The sum begins with 0, so that −0 alone becomes 0, as it
// does in a loop that sums.
const (
	SumNext      Kind = iota // z += x
	GuardedNext              // z += x·y, with the y of GuardedMul
	DotNext                  // z += x·y
	Add                      // z = x + y
	Sub                      // z = x − y
	Div                      // z = x/y
	Mul                      // z = x·y
	MulAdd                   // z = x·y + w
	MulC                     // z = x·y, where y is constant: it gets no gradient
	MulCAdd                  // z = x·y + w, where y is constant
	AddC                     // z = x + y, where y is constant
	GuardedMul               // z = x·y, with 0 for y where x is 0 and y infinite or NaN
	GuardedFirst             // z = 0 + x·y, with the same y
	Max                      // z = max(x, y)
	Min                      // z = min(x, y)
	Sqrt                     // z = √x
	Root                     // z = x to the power of ½, which differs from √x at −0 and at −∞
	Abs                      // z = |x|
	ReLU                     // z = max(x, 0)
	LeakyReLU                // z = x where x > 0, and else 0.01·x
	WeightedSums             // the sums of Tiles[X]
	Exp                      // z = eˣ
	Log                      // z = log x
	Tanh                     // z = tanh x
	Sigmoid                  // z = 1/(1 + e⁻ˣ)
	Sin                      // z = sin x
	Cos                      // z = cos x
	Softplus                 // z = log(1 + eˣ)
	Call                     // z = F(x, y), and all beyond
)

// A Func is a differentiable function z = F(x, y), with ∂z/∂x and ∂z/∂y from D; a function of one
// number ignores y, and returns 0 for dy.
type Func struct {
	Name string
	F    func(x, y float64) float64
	D    func(x, y, z float64) (dx, dy float64)
}

// A Tile is up to eight sums Σ wᵢⱼ·Xᵢ, for j from 0 on, with weights that are singles. The neurons
// of a layer, whose sums have the same Xs, are computed together, so that each of Xs is read once.
//
// The weights from single W on are those for the first of Xs, Width of them, then those for the
// second, and so on. Sum j has the first N[j] of Xs, and the weights of the others are 0; N is 0 for
// a sum that is missing. The sums are the lanes from S on. An x is 8 times the number of lanes, which
// is where its first float64 is.
type Tile struct {
	Xs         []uint32
	N          [8]int
	Width      int // 4, or 8 if there are more sums
	W, S       uint32
	InputsOnly bool // whether the gradients of Xs are of no use but to VJP
	Repeats    bool // whether the order of additions to them matters: several sums, and an x twice
}

// A Broadcast copies a single to lanes.
type Broadcast struct{ Single, Lanes uint32 }

// Lanes holds a number for each of eight rows, a block. So an instruction is decoded once for eight
// rows, and its eight results are independent: if one row ran alone, each addition would wait for
// the one before it.
type Lanes [8]float64
