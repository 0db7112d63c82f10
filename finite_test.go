package micrograd

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCheckFiniteNamesTheFirstCulprit(t *testing.T) {
	zero, one, big := New(0), New(1), New(1e308)
	for _, c := range []struct {
		root *Value
		want string
	}{
		{one.Neg().Log().AddC(1).Exp(), "micrograd: log(-1) is NaN"},
		{one.Div(zero).Neg(), "micrograd: 1 / 0 is +Inf"},
		{one.DivC(0), "micrograd: 1 / 0 is +Inf"},
		{zero.Log().Add(one.Neg().Log()), "micrograd: log(0) is -Inf"},
		{big.Add(big), "micrograd: 1e+308 + 1e+308 is +Inf"},
		{Sum(big, one, big), "micrograd: sum(1e+308, 1, 1e+308) is +Inf"},
		{Dot([]*Value{big, one}, []*Value{New(10), one}),
			"micrograd: dot(1e+308, 1, 10, 1) is +Inf"},
		{one.Add(New(nan)).Exp(), "micrograd: a leaf is NaN: operand 2 of 1 + NaN"},
		{New(-inf), "micrograd: the leaf is -Inf"},
		{New(nan), "micrograd: the leaf is NaN"},
		{Sum(append(Values(make([]float64, 6)...), big, big)...),
			"micrograd: sum(0, 0, 0, 0, 0, 0, 1e+308, 1e+308) is +Inf"},
		{Sum(append(Values(make([]float64, 20)...), big, big)...),
			"micrograd: sum(0, 0, 0, 0, 0, 0, 0, 0, …) is +Inf"},
	} {
		assert.EqualError(t, CheckFinite(c.root), c.want)
	}
	assert.NoError(t, CheckFinite(one))
	assert.NoError(t, CheckFinite(big.Mul(one).Add(zero)))
}
