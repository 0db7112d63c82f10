package main

import (
	"bytes"
	"go/ast"
	"go/constant"
	"go/format"
	"go/token"
	"go/types"
	"maps"
	"math"
	"slices"
	"strings"
)

// An op is an operation on vectors, such as VADDPD. Its operands are those of Intel's manuals, in
// that order: sub is x − y. A comparison gives a mask, and so do and, or of masks.
type op string

// The operations that aren't instructions of the processor by themselves.
const (
	load    op = "load"     // of array
	store   op = "store"    // of args[0] to array
	number  op = "constant" // with bits
	compare op = "compare"  // by predicate
	equal   op = "VPCMPEQQ" // of integers
	blend   op = "blend"    // args[0] ? args[1] : args[2]
	both    op = "both"     // of two masks
	stop    op = "stop"     // of the kernel, before this instruction, if a mask is set in any row
)

// A value is an operation, and its result.
type value struct {
	op        op
	args      []*value
	bits      uint64 // of a constant; the number of bits of a shift
	predicate int    // of a comparison
	array     string // of a load or a store
	statement string // in Go, of which it is a part
}

// A translator translates a loop.
type translator struct {
	*source
	code      []*value
	locals    map[types.Object]*value // of the functions that are being translated
	row       types.Object            // the index of the loop
	loaded    map[string]*value       // the numbers in arrays
	statement string
}

// translate returns the operations of a loop over the rows of z, or over those of dz, which may be
// named. If clear is set, they set dz to 0 in the end.
func (s *source) translate(loop *ast.RangeStmt, clear bool) []*value {
	t := &translator{source: s, locals: map[types.Object]*value{}, loaded: map[string]*value{}}
	rows := loop.X
	if slice, ok := rows.(*ast.SliceExpr); ok { // z[:n], of which the others are copies
		rows = slice.X
	}
	if name := t.text(rows); name != "z" && name != "dz" || loop.Value != nil && name != "dz" {
		fail(loop, "a loop over anything but z or dz")
	}
	t.row = s.info.Defs[loop.Key.(*ast.Ident)]
	if loop.Value != nil {
		t.statement = "g := dz[r]"
		t.locals[s.info.Defs[loop.Value.(*ast.Ident)]] = t.load("dz")
	}
	t.block(loop.Body.List, nil)
	if clear {
		t.statement = "dz[r] = 0"
		t.store("dz", t.number(0))
	}
	return t.code
}

func (t *translator) add(v *value) *value {
	v.statement = t.statement
	t.code = append(t.code, v)
	return v
}

func (t *translator) do(o op, args ...*value) *value { return t.add(&value{op: o, args: args}) }

func (t *translator) number(bits uint64) *value { return &value{op: number, bits: bits} }

func (t *translator) float(x float64) *value { return t.number(math.Float64bits(x)) }

func (t *translator) shift(o op, x *value, n uint64) *value {
	return t.add(&value{op: o, args: []*value{x}, bits: n})
}

func (t *translator) compare(predicate int, x, y *value) *value {
	return t.add(&value{op: compare, args: []*value{x, y}, predicate: predicate})
}

// load returns the number in an array, which is loaded once.
func (t *translator) load(array string) *value {
	if t.loaded[array] == nil {
		t.loaded[array] = t.add(&value{op: load, array: array})
	}
	return t.loaded[array]
}

// store stores v. Then all gradients are loaded anew, since two operands may be the same.
func (t *translator) store(array string, v *value) {
	t.add(&value{op: store, args: []*value{v}, array: array})
	maps.DeleteFunc(t.loaded, func(array string, _ *value) bool { return array[0] == 'd' })
	t.loaded[array] = v
}

// block translates statements, under a condition if that isn't nil, and returns the results of the
// function that they end, if they do.
func (t *translator) block(list []ast.Stmt, condition *value) []*value {
	for i, s := range list {
		t.statement = t.text(s)
		switch s := s.(type) {
		case *ast.DeclStmt:
			if s.Decl.(*ast.GenDecl).Tok != token.CONST {
				fail(s, "a variable without a value")
			}
		case *ast.AssignStmt:
			t.assign(s, condition)
		case *ast.ReturnStmt:
			return t.results(s)
		case *ast.IfStmt:
			if s.Init != nil || s.Else != nil || condition != nil {
				fail(s, "an if with a statement or an else, or in another")
			}
			t.statement = "if " + t.text(s.Cond)
			c := t.expr(s.Cond)
			r, returns := s.Body.List[0].(*ast.ReturnStmt)
			if !returns {
				if t.block(s.Body.List, c) != nil {
					fail(s, "a return after other statements")
				}
				continue
			}
			if t.callsFar(r) {
				t.do(stop, c)
				continue
			}
			yes, no := t.results(r), t.block(list[i+1:], nil)
			for i := range yes {
				yes[i] = t.do(blend, c, yes[i], no[i])
			}
			return yes
		default:
			fail(s, "a statement that can't be translated")
		}
	}
	return nil
}

// callsFar reports whether the function is called that isn't translated.
func (t *translator) callsFar(r *ast.ReturnStmt) bool {
	call, ok := r.Results[0].(*ast.CallExpr)
	return ok && t.text(call.Fun) == "farQuadrant"
}

func (t *translator) results(r *ast.ReturnStmt) []*value {
	if len(r.Results) == 1 {
		if call, ok := r.Results[0].(*ast.CallExpr); ok {
			return t.call(call)
		}
	}
	var vs []*value
	for _, e := range r.Results {
		vs = append(vs, t.expr(e))
	}
	return vs
}

func (t *translator) assign(s *ast.AssignStmt, condition *value) {
	var vs []*value
	if len(s.Rhs) < len(s.Lhs) {
		vs = slices.Clone(t.call(s.Rhs[0].(*ast.CallExpr)))
	} else {
		for i, e := range s.Rhs {
			if s.Tok != token.DEFINE && s.Tok != token.ASSIGN { // but +=, for example
				e = &ast.BinaryExpr{X: s.Lhs[i], Op: s.Tok - token.ADD_ASSIGN + token.ADD, Y: e}
			}
			vs = append(vs, t.expr(e))
		}
	}
	for i, l := range s.Lhs {
		if condition != nil {
			vs[i] = t.do(blend, condition, vs[i], t.expr(l))
		}
		switch l := l.(type) {
		case *ast.IndexExpr:
			t.store(t.array(l), vs[i])
		case *ast.Ident:
			if l.Name != "_" {
				t.locals[t.object(l)] = vs[i]
			}
		default:
			fail(l, "%T can't be assigned to", l)
		}
	}
}

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
	case y.op == number && y.bits<<1 != 0:
		return t.do(o, y, x)
	case o == "VMAXPD":
		sign := t.number(1 << 63)
		return t.do("VPXORQ", t.extreme("VMINPD", t.do("VPXORQ", x, sign),
			t.do("VPXORQ", y, sign)), sign)
	}
	m := t.do(o, x, y)
	return t.do("VPORQ", m, t.do(o, m, x))
}

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

// text returns a statement on one line.
func (t *translator) text(n ast.Node) string {
	var b bytes.Buffer
	if err := format.Node(&b, t.fset, n); err != nil {
		fail(n, "%v", err)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
