// Command gen translates the loops over eight rows in rows.go to kernels in AVX2 and AVX-512. Run
// it by "go generate ./internal/machine"; a test fails if its output isn't what is committed.
//
// A case of the switches in forward and backward whose body is one loop becomes a piece of code
// that does the same for eight rows, and goes on with the next instruction, whatever that is. So a
// kernel runs all instructions until one that has none, such as a call of any function in Go.
//
// main.go finds the loops. translate.go and expr.go make lists of simple operations on vectors of
// their statements and expressions. print.go prints these as instructions of the processor, with
// the registers of registers.go.
package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"log"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	text, err := generate(".")
	if err != nil {
		log.Fatal("gen: ", err)
	}
	if err := os.WriteFile(output, text, 0o644); err != nil {
		log.Fatal("gen: ", err)
	}
}

const output = "rows_amd64.s" // in the directory of package machine

// A source has the packages machine and vec, with their types.
type source struct {
	fset  *token.FileSet
	info  *types.Info
	funcs map[types.Object]*ast.FuncDecl // of both packages
	std   types.Importer
	vec   *types.Package
}

// Import is that of types.Importer.
func (s *source) Import(path string) (*types.Package, error) {
	if strings.HasSuffix(path, "/internal/vec") {
		return s.vec, nil
	}
	return s.std.Import(path)
}

func newSource(fset *token.FileSet) *source {
	return &source{fset: fset, funcs: map[types.Object]*ast.FuncDecl{},
		std: importer.ForCompiler(fset, "source", nil),
		info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{},
			Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}}
}

// load parses a package, and finds its types.
func (s *source) load(dir string) (*types.Package, error) {
	context := build.Default
	context.GOARCH, context.GOOS, context.BuildTags = "amd64", "linux", nil
	pkg, err := context.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, name := range pkg.GoFiles {
		file, err := parser.ParseFile(s.fset, filepath.Join(dir, name), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	config := types.Config{Importer: s}
	p, err := config.Check(pkg.Name, s.fset, files, s.info)
	s.declare(files...)
	return p, err
}

// declare enters the functions of files.
func (s *source) declare(files ...*ast.File) {
	for _, file := range files {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				s.funcs[s.info.Defs[f.Name]] = f
			}
		}
	}
}

// generate returns the text of the kernels for package machine in a directory.
func generate(dir string) (text []byte, err error) {
	s := newSource(token.NewFileSet())
	if s.vec, err = s.load(filepath.Join(dir, "../vec")); err != nil {
		return nil, err
	}
	machine, err := s.load(dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case mistake:
			err = fmt.Errorf("%s: %s", s.fset.Position(e.pos), e.text)
		default:
			panic(e)
		}
	}()
	kind := func(name string) int64 {
		k, _ := constant.Int64Val(machine.Scope().Lookup(name).(*types.Const).Val())
		return k
	}
	core := types.NewPointer(machine.Scope().Lookup("core").Type())
	p := &printer{}
	p.header()
	for _, set := range []*instructionSet{avx2, avx512} {
		for _, direction := range []string{"forward", "backward"} {
			handlers := make([]string, kind("Call"))
			method, _, _ := types.LookupFieldOrMethod(core, true, machine, direction)
			for _, c := range s.cases(method) {
				k := kind(c.kind)
				isTerm := k <= kind("DotNext") // it adds to z, and backward leaves dz as it is
				code := s.translate(c.loop, direction == "backward" && !isTerm)
				handlers[k] = p.handler(set, direction, c.kind, code, isTerm)
			}
			handlers[kind("WeightedSums")] = direction + "WeightedSums" + set.name // by hand
			p.kernel(set, direction, handlers)
		}
	}
	p.footer()
	return p.Bytes(), nil
}

// A loopCase is the case of a kind of instruction in a switch of rows.go, if its body is a loop.
type loopCase struct {
	kind string
	loop *ast.RangeStmt
}

// cases returns those of a method.
func (s *source) cases(method types.Object) (cases []loopCase) {
	ast.Inspect(s.funcs[method], func(n ast.Node) bool {
		c, ok := n.(*ast.CaseClause)
		if !ok || len(c.Body) != 1 {
			return true
		}
		if loop, ok := c.Body[0].(*ast.RangeStmt); ok {
			for _, kind := range c.List {
				cases = append(cases, loopCase{kind.(*ast.Ident).Name, loop})
			}
		}
		return false
	})
	return cases
}

// A mistake is something in the source that can't be translated. It is thrown.
type mistake struct {
	pos  token.Pos
	text string
}

func fail(n ast.Node, format string, args ...any) {
	panic(mistake{n.Pos(), fmt.Sprintf(format, args...)})
}
