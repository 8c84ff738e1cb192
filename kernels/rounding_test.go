package kernels

import (
	"go/ast"
	"go/build"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"math"
	"path/filepath"
	"testing"
)

// TestRoundings: no product of floating-point numbers is added or subtracted as it stands. Go computes
// such a sum with one rounding on arm64, ppc64, s390x and riscv64 and with two elsewhere, unless a
// conversion says which: float64(x*y) + z, or math.FMA.
func TestRoundings(t *testing.T) {
	products := fusedProducts(t, "a.go", `package a
		import "math"
		func f(x, y float64, i int) float64 {
			return x*y + float64(x*y) + 2*x - (i*i + 1) + math.Sqrt(x) - y*math.Sqrt(y)
		}
		func g[T float32 | float64](x T) T { x += -(x * x); return x }`)
	if len(products) != 3 {
		t.Fatalf("of three products that may be fused the test finds %v", products)
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	var sources []string
	for _, f := range files {
		if ok, err := build.Default.MatchFile(".", f); err != nil {
			t.Fatal(err)
		} else if test, _ := filepath.Match("*_test.go", f); ok && !test {
			sources = append(sources, f)
		}
	}
	for _, at := range fusedProducts(t, "", sources...) {
		t.Errorf("%v: a product that Go may fuse with the sum", at)
	}
}

// fusedProducts returns the places of the products in files, or, with a name, in a text.
func fusedProducts(t *testing.T, name string, sources ...string) (places []token.Position) {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, s := range sources {
		path, text := s, any(nil)
		if name != "" {
			path, text = name, s
		}
		f, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	conf := types.Config{Error: func(error) {}} // what other packages have gets no type
	conf.Check("kernels", fset, files, info)
	product := func(e ast.Expr) {
		if p := fusable(info, e); p != nil {
			places = append(places, fset.Position(p.Pos()))
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op == token.ADD || n.Op == token.SUB {
					product(n.X)
					product(n.Y)
				}
			case *ast.AssignStmt:
				if n.Tok == token.ADD_ASSIGN || n.Tok == token.SUB_ASSIGN {
					product(n.Rhs[0])
				}
			}
			return true
		})
	}
	return places
}

// fusable returns the product that e is, if it is one of floating-point numbers, neither constant nor
// exact.
func fusable(info *types.Info, e ast.Expr) *ast.BinaryExpr {
	switch x := e.(type) {
	case *ast.ParenExpr:
		return fusable(info, x.X)
	case *ast.UnaryExpr:
		return fusable(info, x.X)
	case *ast.BinaryExpr:
		if x.Op != token.MUL || info.Types[x].Value != nil || exactFactor(info, x.X) || exactFactor(info, x.Y) {
			return nil
		}
		for _, operand := range []ast.Expr{x, x.X, x.Y} { // one of another package has no type
			if isFloat(info.TypeOf(operand)) {
				return x
			}
		}
	}
	return nil
}

// exactFactor reports whether e is a constant power of two. A product with one is exact unless it is
// subnormal.
func exactFactor(info *types.Info, e ast.Expr) bool {
	v := info.Types[e].Value
	if v == nil {
		return false
	}
	f, _ := constant.Float64Val(constant.ToFloat(v))
	fraction, _ := math.Frexp(math.Abs(f))
	return fraction == 0.5
}

func isFloat(t types.Type) bool {
	switch t := t.(type) {
	case *types.TypeParam:
		return true
	case nil:
		return false
	default:
		b, ok := t.Underlying().(*types.Basic)
		return ok && b.Info()&types.IsFloat != 0
	}
}
