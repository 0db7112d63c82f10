package main

import (
	"bytes"
	"go/ast"
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

// text returns a statement on one line.
func (t *translator) text(n ast.Node) string {
	var b bytes.Buffer
	if err := format.Node(&b, t.fset, n); err != nil {
		fail(n, "%v", err)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
