package micrograd

import (
	"fmt"
	"math"
)

// CheckFinite returns an error if the Data of root, or of a node that it was computed from, is NaN
// or infinite. The error names such a node whose operands are finite, with these:
//
//	micrograd: log(-1) is NaN
//
// CheckFinite doesn't look at gradients. Like Backward, it may not run concurrently with another
// call on the same graph.
func CheckFinite(root *Value) error {
	if root.op == nil && !finite(root.Data) {
		return fmt.Errorf("micrograd: the leaf is %g", root.Data)
	}
	for _, v := range root.sort() {
		for i, x := range v.Args() {
			if !finite(x.Data) {
				return fmt.Errorf("micrograd: a leaf is %g: operand %d of %s",
					x.Data, i+1, v.formula())
			}
		}
		if !finite(v.Data) {
			return fmt.Errorf("micrograd: %s is %g", v.formula(), v.Data)
		}
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// formula returns v's operation and the numbers of its operands, such as "log(-1)" or "1 / 0".
func (v *Value) formula() string {
	var args []string
	for _, x := range v.operands() {
		args = append(args, fmt.Sprintf("%g", x.Data))
	}
	if len(args) > 8 {
		args = append(args[:8], "…")
	}
	return expression(v.op.Name, args...)
}
