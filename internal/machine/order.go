package machine

// Result is added to the number of a single that an instruction computes: it is the i-th if the
// number is Result + i. New replaces these numbers.
const Result = 1 << 30

// order sorts the instructions on singles by their depth, which is the length of the longest chain
// of instructions that one depends on. Those of one depth are independent, but for the terms of a
// sum, so that the processor runs several at once. The functions of one kind come together, so that
// eight are computed at once: W says how many follow. Their results are numbered from n on, in that
// order.
func (c *Code) order(n int) {
	depths := make([]uint32, c.Results)
	depth := func(r uint32) uint32 {
		if r&Result == 0 {
			return 0
		}
		return depths[r&^Result]
	}
	deepest := uint32(0)
	for _, in := range c.Once {
		if in.Z&Result != 0 {
			d := &depths[in.Z&^Result] // of all terms if it is a sum
			*d = max(*d, depth(in.X)+1, depth(in.Y)+1, depth(in.W)+1)
			deepest = max(deepest, *d)
		}
	}
	const functions = int(Call-Exp) + 1
	// place is the place in the order: by depth, and there, functions by kind after the others.
	place := func(in Instruction) int {
		d := max(depth(in.Z), depth(in.X)+1) // Z may be a weight of a tile, which has no depth
		return int(d)*(1+functions) + max(0, 1+int(min(in.Kind, Call))-int(Exp))
	}
	starts := make([]int, int(deepest+2)*(1+functions)+1) // of each place in sorted
	for _, in := range c.Once {
		starts[place(in)+1]++
	}
	for d := range starts[1:] {
		starts[d+1] += starts[d]
	}
	sorted := make([]Instruction, len(c.Once))
	for _, in := range c.Once {
		p := place(in)
		sorted[starts[p]] = in
		starts[p]++
	}
	for i := len(sorted) - 2; i >= 0; i-- {
		in, next := &sorted[i], sorted[i+1]
		if Exp <= in.Kind && in.Kind < Call && place(*in) == place(next) {
			in.W = next.W + 1
		}
	}
	numbers := make([]uint32, c.Results)
	number := func(r *uint32) {
		if *r&Result == 0 {
			return
		}
		i := &numbers[*r&^Result]
		if *i == 0 {
			*i = uint32(n)
			n++
		}
		*r = *i
	}
	for i := range sorted {
		in := &sorted[i]
		for _, r := range [...]*uint32{&in.X, &in.Y, &in.W, &in.Z} {
			number(r)
		}
	}
	for i := range c.Broadcast {
		number(&c.Broadcast[i].Single)
	}
	c.Once = sorted
}
