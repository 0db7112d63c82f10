package micrograd

import (
	"math"
	"slices"

	"github.com/gomicrograd/micrograd/internal/machine"
)

// inline are the operations that the machine knows, by kind. Tests compare them with the table.
var inline = []*Op{machine.Add: add, machine.Sub: sub, machine.Mul: mul, machine.Div: div,
	machine.Max: maximum, machine.Min: minimum, machine.Abs: abs, machine.Sqrt: sqrt,
	machine.ReLU: relu, machine.LeakyReLU: leakyReLU, machine.Exp: exp, machine.Log: log,
	machine.Sin: sin, machine.Cos: cos, machine.Tanh: tanh, machine.Sigmoid: sigmoid,
	machine.Softplus: softplus}

// A compiler builds the code of a program: package machine says what that is. A node varies if it
// is an input or computed from one. Then it is in lanes, and in a single otherwise.
type compiler struct {
	code   machine.Code
	marks  uint64               // a node with register r has the mark marks + r
	sorted uint64               // until then, that of a node that only one other uses
	ops    []*Op                // by kind: inline, and then those that have to be called
	calls  map[*Op]machine.Kind // the kinds of these

	data      []float64                        // of the singles that are not results
	leaves    []*Value                         // the leaves that are not inputs
	places    []register                       // their singles
	constants map[uint64]register              // their singles, by the bits of the number
	broadcast map[register]register            // from singles to lanes that are copies of them
	computed  map[machine.Instruction]register // lanes, by the instruction without its Z

	tile    machine.Tile          // sums of the same xs, to which more may be added
	weights [][]*Value            // of these sums
	later   []machine.Instruction // what comes after the tile, since it uses these sums
	tiles   []int                 // how many tiles must come before each of the lanes is known
}

// A register is the number of a register in the code. The highest bits say which kind it is:
// lanes, the result of an instruction on singles, or neither, which are leaves and constants. A
// product x·y has none if its only use is x·y + w, nor has guard(d, g) if that is g·guard(d, g).
type register = uint32

const (
	none      = 0
	isLanes   = 1 << 31
	isResult  = machine.Result // 1 << 30
	isPending = 1 << 29        // in a mark, of a node without a register
)

func (c *compiler) known(v *Value) bool   { return v.mark > c.marks && v.mark != constant }
func (c *compiler) varies(v *Value) bool  { return c.known(v) && (v.mark-c.marks)&isLanes != 0 }
func (c *compiler) pending(v *Value) bool { return c.known(v) && (v.mark-c.marks)&isPending != 0 }

func (c *compiler) setRegister(v *Value, r register) { v.mark = c.marks + uint64(r) }

// register returns the register of v. A leaf gets one when it is met for the first time.
func (c *compiler) register(v *Value) register {
	switch {
	case v.mark == constant:
		return c.constant(v.Data)
	case !c.known(v):
		c.setLeaf(v, register(len(c.data)))
		c.data = append(c.data, 0)
	}
	if c.pending(v) {
		c.setRegister(v, c.result(c.operation(v)))
	}
	return register(v.mark - c.marks)
}

func (c *compiler) setLeaf(v *Value, place register) {
	c.setRegister(v, place)
	c.leaves, c.places = append(c.leaves, v), append(c.places, place)
}

func (c *compiler) constant(x float64) register {
	bits := math.Float64bits(x)
	if _, ok := c.constants[bits]; !ok {
		c.constants[bits] = register(len(c.data))
		c.data = append(c.data, x)
	}
	return c.constants[bits]
}

// result adds an instruction, and returns its result. If the same instruction has been added, its
// result is as good: derivatives often have common parts.
func (c *compiler) result(in machine.Instruction) register {
	varies := (in.X|in.Y|in.W)&isLanes != 0
	z, ok := c.computed[in]
	if !ok {
		z = c.newResult(varies)
		if varies { // else it is computed once, and finding it again would take longer
			c.computed[in] = z
		}
		in.Z = z
		c.add(in)
	}
	return z
}

// newResult returns a new register: lanes, or a single.
func (c *compiler) newResult(varies bool) register {
	if varies {
		return c.newLanes(1)
	}
	c.code.Results++
	return isResult | register(c.code.Results-1)
}

// newLanes returns the first of n new lanes.
func (c *compiler) newLanes(n int) register {
	c.tiles = append(c.tiles, make([]int, n)...)
	c.code.Lanes += n
	return isLanes | register(c.code.Lanes-n)
}

// lanesOf returns the number of lanes r, or of lanes that are a copy of the single r.
func (c *compiler) lanesOf(r register) register {
	if r&isLanes == 0 {
		if _, ok := c.broadcast[r]; !ok {
			c.broadcast[r] = c.newLanes(1)
			c.code.Broadcast = append(c.code.Broadcast,
				machine.Broadcast{Single: r, Lanes: c.broadcast[r] &^ isLanes})
		}
		r = c.broadcast[r]
	}
	return r &^ isLanes
}

// node compiles a node, and returns its register.
func (c *compiler) node(v *Value) register {
	if v.op == Identity {
		return c.register(v.x)
	}
	if v.list == nil {
		if v.op == mul && isGuarded(v.x, v.y) {
			return c.result(machine.Instruction{Kind: machine.GuardedMul, X: c.register(v.x),
				Y: c.register(v.y.x)})
		}
		usedOnce := v.mark == c.sorted
		in := c.operation(v)
		if usedOnce && (in.Kind == machine.Mul || in.Kind == machine.MulC || v.op == guard) {
			return isPending | (in.X|in.Y)&isLanes
		}
		return c.result(in)
	}
	varies, weighted := v.x != nil && c.varies(v.x), v.op != sum
	for i, x := range v.list.xs {
		first, second := c.varies(x), v.op != sum && c.varies(v.list.ws[i])
		varies = varies || first || second
		weighted = weighted && !(first && second) // the one that doesn't vary is the weight
	}
	if varies && weighted {
		return c.weightedSum(v)
	}
	return c.sum(v, varies)
}

// operation returns the instruction for an operation on one or two numbers.
func (c *compiler) operation(v *Value) machine.Instruction {
	if v.op == add {
		for _, args := range [][2]*Value{{v.x, v.y}, {v.y, v.x}} {
			if c.pending(args[1]) && args[1].op != guard &&
				(c.varies(args[1]) || !c.varies(args[0])) {
				in := c.operation(args[1])
				in.Kind += machine.MulAdd - machine.Mul // or from MulC to MulCAdd
				in.W = c.register(args[0])
				return in
			}
		}
	}
	x := c.register(v.x)
	if v.op == neg {
		return machine.Instruction{Kind: machine.MulC, X: x, Y: c.constant(-1)}
	}
	if v.y != nil && v.y.mark == constant {
		switch n := v.y.Data; {
		case v.op == add:
			return machine.Instruction{Kind: machine.AddC, X: x, Y: c.constant(n)}
		case v.op == sub:
			return machine.Instruction{Kind: machine.AddC, X: x, Y: c.constant(-n)}
		case v.op == mul:
			return machine.Instruction{Kind: machine.MulC, X: x, Y: c.constant(n)}
		case v.op == powC && n == 2:
			return machine.Instruction{Kind: machine.Mul, X: x, Y: x}
		case v.op == powC && n == -1:
			return machine.Instruction{Kind: machine.Div, X: c.constant(1), Y: x}
		case v.op == powC && n == 0.5:
			return machine.Instruction{Kind: machine.Root, X: x}
		}
	}
	in := machine.Instruction{Kind: machine.Kind(slices.Index(inline, v.op)), X: x}
	if !slices.Contains(inline, v.op) {
		if c.calls[v.op] == 0 {
			c.calls[v.op] = machine.Kind(len(c.ops))
			c.ops = append(c.ops, v.op)
		}
		in.Kind = c.calls[v.op]
	}
	if v.y != nil {
		in.Y = c.register(v.y)
	}
	return in
}

// sum compiles a sum, a dot or a linear, term by term.
func (c *compiler) sum(v *Value, varies bool) register {
	if len(v.list.xs) == 0 && v.op != linear {
		return c.constant(0)
	}
	z, first := c.newResult(varies), true
	term := func(in machine.Instruction) {
		if in.Z = z; first {
			in.Kind = firstTerm[in.Kind]
		}
		c.add(in)
		first = false
	}
	for i, x := range v.list.xs {
		if v.op == sum {
			term(machine.Instruction{Kind: machine.SumNext, X: c.register(x)})
			continue
		}
		w, kind := v.list.ws[i], machine.DotNext
		if isGuarded(w, x) {
			kind, x = machine.GuardedNext, x.x
		}
		term(machine.Instruction{Kind: kind, X: c.register(w), Y: c.register(x)})
	}
	if v.op == linear {
		term(machine.Instruction{Kind: machine.SumNext, X: c.register(v.x)})
	}
	return z
}

// firstTerm is the kind of the first term of a sum, by the kind of a further one.
var firstTerm = [...]machine.Kind{machine.SumNext: machine.AddC, machine.DotNext: machine.MulAdd,
	machine.GuardedNext: machine.GuardedFirst}

// isGuarded reports whether x is guard(d, w), so that w·x is an instruction on w and d.
func isGuarded(w, x *Value) bool { return x.op == guard && x.y == w }

// add adds an instruction, after all that it needs.
func (c *compiler) add(in machine.Instruction) {
	if in.Z&isLanes == 0 {
		c.code.Once = append(c.code.Once, in)
		return
	}
	in.X, in.Y, in.W, in.Z = c.lanesOf(in.X), c.lanesOf(in.Y), c.lanesOf(in.W), c.lanesOf(in.Z)
	for _, r := range [...]register{in.X, in.Y, in.W, in.Z} {
		if c.waits(r) {
			c.tiles[in.Z] = c.tiles[r]
			c.later = append(c.later, in)
			return
		}
	}
	c.code.Rows = append(c.code.Rows, in)
}

// waits reports whether lanes are only known after the open tile.
func (c *compiler) waits(lanes register) bool { return c.tiles[lanes] > len(c.code.Tiles) }

// weightedSum compiles a sum of products with weights, which don't vary. If its xs are those of
// the open tile, or the one list begins with the other, as those of the neurons of a layer and of
// the rows of a triangular matrix do, it joins the tile. The tile comes when all of them are
// known, and what depends on it waits for that.
func (c *compiler) weightedSum(v *Value) register {
	xs, ws := make([]register, 0, len(v.list.xs)+1), make([]*Value, 0, len(v.list.xs)+1)
	term := func(w, x *Value) {
		if c.varies(w) {
			w, x = x, w
		}
		xs, ws = append(xs, 8*c.lanesOf(c.register(x))), append(ws, w)
	}
	for i, x := range v.list.xs {
		term(v.list.ws[i], x)
	}
	if v.op == linear {
		term(v.x, one)
	}
	n := min(len(xs), len(c.tile.Xs))
	if len(c.weights) == len(c.tile.N) || !slices.Equal(xs[:n], c.tile.Xs[:n]) ||
		slices.ContainsFunc(xs, func(x register) bool { return c.waits(x / 8) }) {
		c.closeTile()
	}
	if len(c.weights) == 0 {
		c.tile.S = c.newLanes(len(c.tile.N)) &^ isLanes
		for j := range c.tile.N {
			c.tiles[int(c.tile.S)+j] = len(c.code.Tiles) + 1
		}
	}
	if len(xs) > len(c.tile.Xs) {
		c.tile.Xs = xs
	}
	c.tile.N[len(c.weights)] = len(xs)
	c.weights = append(c.weights, ws)
	return isLanes | (c.tile.S + register(len(c.weights)-1))
}

var one = newConstant(1)

// closeTile adds the tile to the code, and what waited for it.
func (c *compiler) closeTile() {
	if len(c.weights) == 0 {
		return
	}
	c.data = append(c.data, make([]float64, -len(c.data)&7)...) // W begins a line of the cache
	c.tile.W = register(len(c.data))
	if c.tile.Width = len(c.tile.N); len(c.weights) <= c.tile.Width/2 {
		c.tile.Width /= 2
	}
	c.data = append(c.data, make([]float64, c.tile.Width*len(c.tile.Xs))...)
	for j, ws := range c.weights {
		for i, w := range ws {
			place := c.tile.W + register(c.tile.Width*i+j)
			switch {
			case w.mark == constant:
				c.data[place] = w.Data
			case c.known(w): // it is copied, as in a layer that the graph uses several times
				c.add(machine.Instruction{Kind: machine.AddC, X: c.register(w), Z: place})
			default:
				c.setLeaf(w, place)
			}
		}
	}
	c.tile.InputsOnly = !slices.ContainsFunc(c.tile.Xs, func(x register) bool {
		return int(x/8) > c.code.Inputs && x/8 != c.broadcast[c.constant(1)]&^isLanes
	})
	distinct := slices.Compact(slices.Sorted(slices.Values(c.tile.Xs)))
	c.tile.Repeats = len(c.weights) > 1 && len(distinct) < len(c.tile.Xs)
	c.code.Rows = append(c.code.Rows, machine.Instruction{Kind: machine.WeightedSums,
		X: register(len(c.code.Tiles))})
	c.code.Tiles = append(c.code.Tiles, c.tile)
	c.code.Rows = append(c.code.Rows, c.later...)
	c.tile, c.weights, c.later = machine.Tile{}, nil, c.later[:0]
}
