package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/constant"
	"go/format"
	"go/token"
	"go/types"
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
	version   int    // of array, which counts its stores
	statement string // in Go, of which it is a part
}

// A translator translates a loop.
type translator struct {
	*source
	code      []*value
	known     map[string]*value         // by their text: equal operations are computed once
	locals    map[types.Object][]*value // of the functions that are being translated
	versions  map[string]int            // of arrays
	current   map[string]*value         // the numbers of arrays after a store
	statement string
}

// translate returns the operations of a loop. If clear is set, they set dz to 0 in the end.
func (s *source) translate(c loopCase, clear bool) []*value {
	t := &translator{source: s, known: map[string]*value{}, locals: map[types.Object][]*value{},
		versions: map[string]int{}, current: map[string]*value{}}
	if c.loop.Value != nil {
		t.statement = "g := dz[r]"
		t.locals[s.info.Defs[c.loop.Value.(*ast.Ident)]] = []*value{t.load("dz")}
	}
	t.block(c.loop.Body.List, nil)
	if clear {
		t.statement = "dz[r] = 0"
		t.store("dz", t.number(0))
	}
	return t.used()
}

// used returns the code without operations whose results aren't used.
func (t *translator) used() []*value {
	uses := map[*value]bool{}
	var code []*value
	for _, v := range slices.Backward(t.code) {
		if v.op == store || v.op == stop || uses[v] {
			for _, arg := range v.args {
				uses[arg] = true
			}
			code = append(code, v)
		}
	}
	slices.Reverse(code)
	return code
}

// add returns the value, or an equal one that is known.
func (t *translator) add(v value) *value {
	text := fmt.Sprint(v.op, v.bits, v.predicate, v.array, v.version)
	for _, arg := range v.args {
		text += fmt.Sprintf(" %p", arg)
	}
	if t.known[text] == nil {
		v.statement = t.statement
		t.known[text] = &v
		t.code = append(t.code, &v)
	}
	return t.known[text]
}

func (t *translator) do(o op, args ...*value) *value { return t.add(value{op: o, args: args}) }

func (t *translator) number(bits uint64) *value { return t.add(value{op: number, bits: bits}) }

func (t *translator) float(x float64) *value { return t.number(math.Float64bits(x)) }

func (t *translator) shift(o op, x *value, n uint64) *value {
	return t.add(value{op: o, args: []*value{x}, bits: n})
}

func (t *translator) compare(predicate int, x, y *value) *value {
	return t.add(value{op: compare, args: []*value{x, y}, predicate: predicate})
}

func (t *translator) load(array string) *value {
	if v := t.current[array]; v != nil {
		return v
	}
	return t.add(value{op: load, array: array, version: t.versions[array]})
}

// store stores v. After that, gradients are loaded anew, since two may be the same.
func (t *translator) store(array string, v *value) {
	for a := range t.current {
		delete(t.current, a)
	}
	for _, a := range []string{"dx", "dy", "dw", "dz"} {
		t.versions[a]++
	}
	t.versions[array]++
	t.add(value{op: store, args: []*value{v}, array: array, version: t.versions[array]})
	t.current[array] = v
}

// block translates statements, under a condition if that isn't nil, and returns the results of the
// function that they end, if they do.
func (t *translator) block(list []ast.Stmt, condition *value) []*value {
	for i, s := range list {
		t.statement = t.text(s)
		switch s := s.(type) {
		case *ast.DeclStmt: // of constants
		case *ast.AssignStmt:
			t.assign(s, condition)
		case *ast.ReturnStmt:
			return t.results(s)
		case *ast.IfStmt:
			t.statement = t.text(&ast.IfStmt{Cond: s.Cond, Body: &ast.BlockStmt{}})
			c := t.expr(s.Cond)
			last := s.Body.List[len(s.Body.List)-1]
			r, returns := last.(*ast.ReturnStmt)
			switch {
			case !returns:
				t.block(s.Body.List, c)
			case t.callsFar(r):
				t.do(stop, c)
			default:
				yes, no := t.results(r), t.block(list[i+1:], condition)
				for i := range yes {
					yes[i] = t.do(blend, c, yes[i], no[i])
				}
				return yes
			}
		default:
			fail(s, "a statement that can't be translated")
		}
	}
	return nil
}

// callsFar reports whether a function is called that the generator doesn't translate.
func (t *translator) callsFar(r *ast.ReturnStmt) bool {
	call, ok := r.Results[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	f := t.funcs[t.callee(call)]
	return f != nil && f.Doc != nil && strings.Contains(t.comments(f.Doc), "go:noinline")
}

func (t *translator) comments(doc *ast.CommentGroup) (text string) {
	for _, c := range doc.List {
		text += c.Text
	}
	return text
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
		vs = t.call(s.Rhs[0].(*ast.CallExpr))
	} else {
		for i, e := range s.Rhs {
			v := t.expr(e)
			switch s.Tok {
			case token.ADD_ASSIGN:
				v = t.do("VADDPD", t.expr(s.Lhs[i]), v)
			case token.SUB_ASSIGN:
				v = t.do("VSUBPD", t.expr(s.Lhs[i]), v)
			}
			vs = append(vs, v)
		}
	}
	for i, l := range s.Lhs {
		if condition != nil {
			vs[i] = t.do(blend, condition, vs[i], t.expr(l))
		}
		switch l := l.(type) {
		case *ast.IndexExpr:
			t.store(l.X.(*ast.Ident).Name, vs[i])
		case *ast.Ident:
			if l.Name != "_" {
				t.locals[t.object(l)] = vs[i : i+1]
			}
		}
	}
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
			return v[0]
		}
	case *ast.IndexExpr:
		return t.load(e.X.(*ast.Ident).Name)
	case *ast.CallExpr:
		return t.call(e)[0]
	case *ast.UnaryExpr:
		switch e.Op {
		case token.SUB:
			return t.do("VPXORQ", t.expr(e.X), t.number(1<<63))
		case token.NOT:
			c := *t.expr(e.X)
			if c.op != compare || c.predicate != 0x11 {
				fail(e, "! of anything but a comparison by <")
			}
			return t.compare(0x15, c.args[0], c.args[1]) // not less, or NaN
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

func (t *translator) binary(e *ast.BinaryExpr) *value {
	float := t.info.Types[e.X].Type.Underlying().(*types.Basic).Info()&types.IsFloat != 0
	if p, ok := predicates[e.Op]; ok {
		if float {
			return t.compare(p, t.expr(e.X), t.expr(e.Y))
		}
		if e.Op == token.EQL {
			return t.do(equal, t.expr(e.X), t.expr(e.Y))
		}
	}
	switch o := e.Op; {
	case o == token.LAND:
		return t.do(both, t.expr(e.X), t.expr(e.Y))
	case o == token.SHL || o == token.SHR:
		n, _ := constant.Uint64Val(t.info.Types[e.Y].Value)
		return t.shift(map[token.Token]op{token.SHL: "VPSLLQ", token.SHR: "VPSRLQ"}[o],
			t.expr(e.X), n)
	case o == token.AND_NOT:
		n, _ := constant.Uint64Val(t.info.Types[e.Y].Value)
		return t.do("VPANDQ", t.expr(e.X), t.number(^n))
	case float && o == token.MUL:
		fail(e, "a product without a conversion to float64, which the compiler may fuse with a sum")
	case float:
		if name, ok := map[token.Token]op{token.ADD: "VADDPD", token.SUB: "VSUBPD",
			token.QUO: "VDIVPD"}[o]; ok {
			return t.do(name, t.expr(e.X), t.expr(e.Y))
		}
	default:
		if name, ok := map[token.Token]op{token.ADD: "VPADDQ", token.SUB: "VPSUBQ",
			token.AND: "VPANDQ", token.OR: "VPORQ", token.XOR: "VPXORQ"}[o]; ok {
			return t.do(name, t.expr(e.X), t.expr(e.Y))
		}
	}
	fail(e, "%s can't be translated", e.Op)
	return nil
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
	if f.Name() == "float64" {
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
	switch f.Name() {
	case "Float64bits", "Float64frombits":
		v = args[0]
	case "Abs":
		v = t.do("VPANDQ", args[0], t.number(^uint64(sign)))
	case "Copysign":
		v = t.do("VPORQ", t.do("VPANDQ", args[0], t.number(^uint64(sign))),
			t.do("VPANDQ", args[1], t.number(sign)))
	case "Sqrt":
		v = t.do("VSQRTPD", args[0])
	case "Inf":
		v = t.float(math.Inf(constant.Sign(t.info.Types[e.Args[0]].Value)))
	case "NaN":
		v = t.float(math.NaN())
	case "max":
		v = t.extreme("VMAXPD", args[0], args[1])
	case "min":
		v = t.extreme("VMINPD", args[0], args[1])
	default:
		fail(e, "%s can't be translated", f.Name())
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
			t.locals[t.info.Defs[name]] = args[i : i+1]
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
	return strings.TrimSuffix(strings.Join(strings.Fields(b.String()), " "), " { }")
}
