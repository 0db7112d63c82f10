package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"slices"
)

// array returns the name of the array in an expression such as x[r].
func (t *translator) array(e *ast.IndexExpr) string {
	name, ok := e.X.(*ast.Ident)
	index, isName := e.Index.(*ast.Ident)
	if !ok || !isName || t.object(index) != t.row || !slices.Contains([]string{"x", "y", "w", "z",
		"dx", "dy", "dw", "dz"}, name.Name) {
		fail(e, "%s is not the row of an operand", t.text(e))
	}
	return name.Name
}

func (t *translator) isFloat(e ast.Expr) bool {
	b, ok := t.info.Types[e].Type.Underlying().(*types.Basic)
	return ok && b.Kind() == types.Float64
}

func (t *translator) object(id *ast.Ident) types.Object {
	if o := t.info.Defs[id]; o != nil {
		return o
	}
	return t.info.Uses[id]
}

// expr translates an expression.
func (t *translator) expr(e ast.Expr) *value {
	if c := t.info.Types[e]; c.Value != nil {
		if b := c.Type.Underlying().(*types.Basic); b.Info()&types.IsInteger != 0 {
			n, _ := constant.Uint64Val(c.Value)
			return t.number(n)
		}
		f, _ := constant.Float64Val(constant.ToFloat(c.Value))
		return t.float(f)
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return t.expr(e.X)
	case *ast.Ident:
		if v := t.locals[t.object(e)]; v != nil {
			return v
		}
	case *ast.IndexExpr:
		return t.load(t.array(e))
	case *ast.CallExpr:
		return t.call(e)[0]
	case *ast.UnaryExpr:
		if e.Op == token.SUB && t.isFloat(e) {
			return t.do("VPXORQ", t.expr(e.X), t.number(1<<63))
		}
	case *ast.BinaryExpr:
		return t.binary(e)
	}
	fail(e, "%T can't be translated", e)
	return nil
}

// predicates are the numbers of VCMPPD, none of which signals.
var predicates = map[token.Token]int{token.EQL: 0, token.NEQ: 4, token.LSS: 0x11, token.LEQ: 0x12,
	token.GTR: 0x1e, token.GEQ: 0x1d}

// The instructions for operators on float64 and on uint64.
var (
	onFloats = map[token.Token]op{token.ADD: "VADDPD", token.SUB: "VSUBPD", token.QUO: "VDIVPD"}
	onBits   = map[token.Token]op{token.ADD: "VPADDQ", token.SUB: "VPSUBQ", token.AND: "VPANDQ",
		token.OR: "VPORQ", token.XOR: "VPXORQ"}
	shifts = map[token.Token]op{token.SHL: "VPSLLQ", token.SHR: "VPSRLQ"}
)

func (t *translator) binary(e *ast.BinaryExpr) *value {
	b, _ := t.info.Types[e.X].Type.Underlying().(*types.Basic)
	n, isConstant := constant.Uint64Val(constant.ToInt(t.value(e.Y)))
	predicate, isComparison := predicates[e.Op]
	switch {
	case t.isFloat(e.X) && isComparison:
		return t.compare(predicate, t.expr(e.X), t.expr(e.Y))
	case t.isFloat(e.X) && onFloats[e.Op] != "":
		return t.do(onFloats[e.Op], t.expr(e.X), t.expr(e.Y))
	case t.isFloat(e.X) && e.Op == token.MUL:
		fail(e, "a product without a conversion to float64, which the compiler may fuse with a sum")
	case e.Op == token.LAND:
		return t.do(both, t.expr(e.X), t.expr(e.Y))
	case b.Kind() != types.Uint64:
	case e.Op == token.EQL:
		return t.do(equal, t.expr(e.X), t.expr(e.Y))
	case onBits[e.Op] != "":
		return t.do(onBits[e.Op], t.expr(e.X), t.expr(e.Y))
	case isConstant && e.Op == token.AND_NOT:
		return t.do("VPANDQ", t.expr(e.X), t.number(^n))
	case isConstant && shifts[e.Op] != "":
		return t.shift(shifts[e.Op], t.expr(e.X), n)
	}
	fail(e, "%s can't be translated", t.text(e))
	return nil
}

// value returns that of a constant expression, or an unknown one.
func (t *translator) value(e ast.Expr) constant.Value {
	if v := t.info.Types[e].Value; v != nil && v.Kind() != constant.Bool {
		return v
	}
	return constant.MakeUnknown()
}

func (t *translator) callee(e *ast.CallExpr) types.Object {
	switch f := e.Fun.(type) {
	case *ast.Ident:
		return t.info.Uses[f]
	case *ast.SelectorExpr:
		return t.info.Uses[f.Sel]
	}
	return nil
}

// call translates a call of a function of the packages, of package math, or of the language.
func (t *translator) call(e *ast.CallExpr) []*value {
	f := t.callee(e)
	if f == types.Universe.Lookup("float64") && t.isFloat(e.Args[0]) {
		p, ok := e.Args[0].(*ast.BinaryExpr)
		if ok && p.Op == token.MUL {
			return []*value{t.do("VMULPD", t.expr(p.X), t.expr(p.Y))}
		}
		return []*value{t.expr(e.Args[0])}
	}
	var args []*value
	for _, arg := range e.Args {
		args = append(args, t.expr(arg))
	}
	if decl := t.funcs[f]; decl != nil {
		return t.inline(decl, args)
	}
	const sign = 1 << 63
	var v *value
	switch name := t.text(e.Fun); {
	case len(args) > 2:
		fail(e, "more than two arguments")
	case name == "math.Float64bits", name == "math.Float64frombits":
		v = args[0]
	case name == "math.Abs":
		v = t.do("VPANDQ", args[0], t.number(^uint64(sign)))
	case name == "math.Copysign":
		v = t.do("VPORQ", t.do("VPANDQ", args[0], t.number(^uint64(sign))),
			t.do("VPANDQ", args[1], t.number(sign)))
	case name == "math.Sqrt":
		v = t.do("VSQRTPD", args[0])
	case name == "math.Inf":
		v = t.float(math.Inf(constant.Sign(t.info.Types[e.Args[0]].Value)))
	case name == "math.NaN":
		v = t.float(math.NaN())
	case name == "max":
		v = t.extreme("VMAXPD", args[0], args[1])
	case name == "min":
		v = t.extreme("VMINPD", args[0], args[1])
	default:
		fail(e, "%s can't be translated", name)
	}
	return []*value{v}
}

// extreme is max or min of Go, where NaN beats all numbers, and 0 is greater than −0. VMAXPD and
// VMINPD return y if x or y is NaN, and if both are 0.
func (t *translator) extreme(o op, x, y *value) *value {
	if x.op == number {
		x, y = y, x
	}
	switch {
	case y.op == number && y.bits == 0 && o == "VMAXPD":
		return t.do("VADDPD", t.do(o, y, x), y) // −0 + 0 is 0
	case y.op == number && math.Abs(math.Float64frombits(y.bits)) > 0: // neither 0 nor NaN
		return t.do(o, y, x)
	case o == "VMAXPD":
		sign := t.number(1 << 63)
		return t.do("VPXORQ", t.extreme("VMINPD", t.do("VPXORQ", x, sign),
			t.do("VPXORQ", y, sign)), sign)
	}
	m := t.do(o, x, y)
	return t.do("VPORQ", m, t.do(o, m, x))
}

// inline translates the body of a function with those arguments.
func (t *translator) inline(decl *ast.FuncDecl, args []*value) []*value {
	statement := t.statement
	defer func() { t.statement = statement }()
	i := 0
	for _, field := range decl.Type.Params.List {
		for _, name := range field.Names {
			t.locals[t.info.Defs[name]] = args[i]
			i++
		}
	}
	return t.block(decl.Body.List, nil)
}
