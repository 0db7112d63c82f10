package machine

// Result is added to the number of a single that an instruction computes: it is the i-th if the
// number is Result + i. New numbers these singles anew.
const Result = 1 << 30

// order sorts the instructions on singles by their depth, which is how many of them must run one
// after the other until this one can. Those of one depth are independent, but for the terms of a
// sum, so that the processor runs several at once. It numbers the results from n on, in that
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
	depthOf := func(in Instruction) uint32 {
		return max(depth(in.Z), depth(in.X)) // Z may be a weight of a tile, which has no depth
	}
	starts := make([]int, deepest+2) // of each depth among the sorted instructions
	for _, in := range c.Once {
		starts[depthOf(in)+1]++
	}
	for d := range starts[1:] {
		starts[d+1] += starts[d]
	}
	sorted := make([]Instruction, len(c.Once))
	for _, in := range c.Once {
		d := depthOf(in)
		sorted[starts[d]] = in
		starts[d]++
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
