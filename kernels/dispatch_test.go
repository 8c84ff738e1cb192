package kernels

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestDispatchReachesAssembly: on every architecture with assembly, every dispatch function has a
// case for every tier, which calls assembly for float32 and for float64 and returns: no kernel
// falls back to pure Go.
func TestDispatchReachesAssembly(t *testing.T) {
	all := slices.Sorted(maps.Keys(dispatchCases(t, "zdispatch_other.go")))
	for _, c := range []struct {
		file string
		code map[string][]string // by tier, the tiers whose code it may run
	}{
		{"zdispatch_amd64.go", map[string][]string{"AVX2": {"AVX2"}, "AVX512": {"AVX512", "AVX2"}}},
		{"zdispatch_arm64.go", map[string][]string{"NEON": {"NEON"}}},
	} {
		functions := dispatchCases(t, c.file)
		if names := slices.Sorted(maps.Keys(functions)); !slices.Equal(names, all) {
			t.Errorf("%s has the functions %q, zdispatch_other.go %q", c.file, names, all)
		}
		for name, cases := range functions {
			kernel := strings.TrimPrefix(name, "dispatch")
			for tier, code := range c.code {
				calls := cases[tier]
				if !slices.ContainsFunc(code, func(run string) bool {
					return slices.Equal(calls, []string{kernel + "F32" + run, kernel + "F64" + run}) ||
						slices.Equal(calls, []string{kernel + run}) // of one dtype
				}) {
					t.Errorf("%s: %s calls %q on %s", c.file, name, calls, tier)
				}
			}
			if len(cases) != len(c.code) {
				t.Errorf("%s: %s has cases for %d tiers, want %d", c.file, name, len(cases), len(c.code))
			}
		}
	}
}

// dispatchCases returns the dispatch functions of a file: by tier the functions of assembly that
// its cases call before they return.
func dispatchCases(t *testing.T, file string) map[string]map[string][]string {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	functions := map[string]map[string][]string{}
	for _, d := range parsed.Decls {
		f, isFunc := d.(*ast.FuncDecl)
		if !isFunc {
			continue
		}
		cases := map[string][]string{}
		ast.Inspect(f, func(n ast.Node) bool {
			if c, isCase := n.(*ast.CaseClause); isCase {
				tier, call := assemblyCall(c)
				cases[tier] = append(cases[tier], call)
			}
			return true
		})
		functions[f.Name.Name] = cases
	}
	return functions
}

// assemblyCall returns the tier of a case and the function of assembly that it calls, "" unless
// it does nothing else and returns.
func assemblyCall(c *ast.CaseClause) (tier, call string) {
	if len(c.List) != 1 || len(c.Body) != 2 {
		return "", ""
	}
	if name, isName := c.List[0].(*ast.Ident); isName {
		tier = name.Name
	}
	first, isCall := c.Body[0].(*ast.ExprStmt)
	if _, isReturn := c.Body[1].(*ast.ReturnStmt); !isReturn || !isCall {
		return tier, ""
	}
	if x, isCall := first.X.(*ast.CallExpr); isCall {
		if of, isSelector := x.Fun.(*ast.SelectorExpr); isSelector {
			if p, isName := of.X.(*ast.Ident); isName && p.Name == "asm" {
				return tier, of.Sel.Name
			}
		}
	}
	return tier, ""
}
