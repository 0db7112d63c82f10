package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheKernelsThatAreCommittedAreThoseOfTheGenerator(t *testing.T) {
	want, err := generate("..")
	require.NoError(t, err)
	got, err := os.ReadFile("../" + output)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), `run "go generate ./internal/machine"`)
}

// refusal translates a loop, and returns why it can't.
func refusal(t *testing.T, s *source, loop string) (why string) {
	file, err := parser.ParseFile(s.fset, "f.go", `package p
		import "math"
		var _ = math.Pi
		func f(x, y, z, dx, dz *[8]float64, n int) { `+loop+` }
		func early(x float64) float64 { if x < 0 { x = 1; return x }; return 2 }
		func bits(x float64) uint64 { return math.Float64bits(x) }`, 0)
	require.NoError(t, err)
	config := types.Config{Importer: s}
	_, err = config.Check("p", s.fset, []*ast.File{file}, s.info)
	require.NoError(t, err)
	s.declare(file)
	defer func() {
		if m, ok := recover().(mistake); ok {
			why = m.text
		}
	}()
	decl := file.Decls[2].(*ast.FuncDecl)
	s.translate(decl.Body.List[0].(*ast.RangeStmt), false)
	return ""
}

func TestWhatCannotBeTranslatedIsRefused(t *testing.T) {
	s := newSource(token.NewFileSet())
	for _, loop := range []string{
		"for r := range z { z[r] = float64(x[r]*y[r]) + x[r] }",
		"for r, g := range dz { if g != 0 { dx[r] -= g } }",
	} {
		assert.Empty(t, refusal(t, s, loop), loop)
	}
	for _, loop := range []string{
		"for r := range z { z[r] = x[r]*y[r] }", // it may be fused with a sum
		"for r := range z { z[r] = x[r]*y[r] + x[r] }",
		"for r := range z { z[r] *= x[r] }",
		"for r := range z { z[r]++ }",
		"for r := range z { z[r] = x[0] }",
		"for r := range z { z[r] = x[7-r] }",
		"for r := range x { z[r] = x[r] }",
		"for r, a := range x { z[r] = a }",
		"for r := range z { if x[r] > 0 { z[r] = 1 } else { z[r] = 2 } }",
		"for r := range z { if a := x[r]; a > 0 { z[r] = a } }",
		"for r := range z { if x[r] > 0 { if y[r] > 0 { z[r] = 1 } } }",
		"for r := range z { if x[r] > 0 || y[r] > 0 { z[r] = 1 } }",
		"for r := range z { if !(x[r] == 0) { z[r] = 1 } }",
		"for r := range z { if x[r] > 0 { continue }; z[r] = 1 }",
		"for r := range z { var a float64; z[r] = a }",
		"for r := range z { z[r] = math.Sin(x[r]) }",
		"for r := range z { z[r] = max(x[r], y[r], 0) }",
		"for r := range z { z[r] = float64(bits(x[r])) }",
		"for r := range z { z[r] = float64(float32(x[r])) }",
		"for r := range z { z[r] = float64(n) }",
		"for r := range z { z[r] = early(x[r]) }",
		"for r := range z { z[r] = math.Float64frombits(bits(x[r]) << bits(y[r])) }",
		"for r := range z { z[r] = math.Float64frombits(bits(x[r]) * 2) }",
		"for r := range z { z[r] = math.Float64frombits(-bits(x[r])) }",
		"for r := range z { if bits(x[r]) < 5 { z[r] = 1 } }",
		"for r := range z { z[r] = math.Float64frombits(uint64(int64(bits(x[r])) >> 5)) }",
		"for r := range z { func() { z[r] = 1 }() }",
	} {
		assert.NotEmpty(t, refusal(t, s, loop), loop)
	}
}
