package kernels

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"testing"
)

// TestRulesAgree: the build tag tune turns every rule into a variable of the same value.
func TestRulesAgree(t *testing.T) {
	constants := rulesIn(t, "gemm_rules.go", token.CONST)
	variables := rulesIn(t, "gemm_rules_tune.go", token.VAR)
	if len(constants) < 40 {
		t.Errorf("%d rules", len(constants))
	}
	if !maps.Equal(constants, variables) {
		t.Errorf("constants %v\nvariables %v", constants, variables)
	}
}

// rulesIn returns the names and values that a file declares, all of them by the same word.
func rulesIn(t *testing.T, file string, word token.Token) map[string]string {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]string{}
	for _, d := range parsed.Decls {
		group, ok := d.(*ast.GenDecl)
		if !ok || group.Tok != word {
			continue
		}
		for _, s := range group.Specs {
			spec := s.(*ast.ValueSpec)
			rules[spec.Names[0].Name] = types.ExprString(spec.Values[0])
		}
	}
	return rules
}
