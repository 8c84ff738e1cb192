package spec

import (
	"flag"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
)

// kernelsDir is the directory of package kernels.
const kernelsDir = "../../kernels"

// TestTableIsComplete: the table has every exported function of package kernels that is generic or takes
// bfloat16 numbers, but those that only explain, and nothing else. So no kernel escapes the tests that run over
// the table.
func TestTableIsComplete(t *testing.T) {
	rows := map[string]bool{}
	for _, r := range Table() {
		rows[r.Kernel] = true
	}
	for _, name := range exportedKernels(t) {
		if !rows[name] {
			t.Errorf("%s is missing from Table(): it needs a row in the file of its family in fuzz/spec", name)
		}
		delete(rows, name)
	}
	delete(rows, "GemmInt8") // of float32 alone
	delete(rows, "GemmInt8Range")
	for name := range rows {
		t.Errorf("Table() has %s, which is no such function", name)
	}
}

// takesHalves reports whether a function has a slice of bfloat16 numbers among its parameters.
func takesHalves(f *ast.FuncDecl) bool {
	return slices.ContainsFunc(f.Type.Params.List, func(p *ast.Field) bool {
		s, ok := p.Type.(*ast.ArrayType)
		if !ok {
			return false
		}
		name, ok := s.Elt.(*ast.Ident)
		return ok && name.Name == "BFloat16"
	})
}

func exportedKernels(t *testing.T) (names []string) {
	files, err := filepath.Glob(filepath.Join(kernelsDir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv == nil && fn.Name.IsExported() && !strings.HasPrefix(fn.Name.Name, "Explain") &&
				(fn.Type.TypeParams != nil || takesHalves(fn)) {
				names = append(names, fn.Name.Name)
			}
		}
	}
	return names
}

// TestProductImportsNoTests: package kernels imports nothing that only tests need.
func TestProductImportsNoTests(t *testing.T) {
	p, err := build.ImportDir(kernelsDir, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range p.Imports {
		if path == "testing" || strings.HasSuffix(path, "/internal/dd") || strings.Contains(path, "/fuzz") {
			t.Errorf("package kernels imports %s", path)
		}
	}
}

// TestTableIsSound: each row is complete, unique and consistent.
func TestTableIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Table() {
		if seen[r.String()] {
			t.Errorf("the table has %v twice", r)
		}
		seen[r.String()] = true
		var names []string
		written := r.Returns
		for _, p := range r.Params {
			names = append(names, p.Name)
			written = written || p.Role != In
		}
		for _, p := range r.Params {
			for _, other := range p.InPlace {
				if !slices.Contains(names, other) || p.Role != Out {
					t.Errorf("%v: %s is in place of %s, which is no operand, or %[2]s is no output",
						r, p.Name, other)
				}
			}
			for c := range r.Cases {
				p.Shape(Sizes{M: 1, N: 2, K: 3, Case: c})
			}
		}
		if !written || r.Run == nil || r.Call == nil || r.Ref == nil || len(r.Cases) == 0 {
			t.Errorf("%v has no output, no function to call, no oracle or no case", r)
		}
		if r.Tol.Kind != Exact && !(r.Tol.Max > 0) {
			t.Errorf("%v has no tolerance", r)
		}
	}
}

// TestTableCoversTiers: the table has rows for every tier that runs on this CPU and in this build
// and that ASHLAR_TIER allows.
func TestTableCoversTiers(t *testing.T) {
	covered := map[kernels.Tier]int{}
	for _, r := range Table() {
		covered[r.Tier]++
	}
	for _, tier := range tiers {
		if covered[tier] == 0 {
			t.Errorf("no row for tier %v", tier)
		}
	}
}

var update = flag.Bool("update", false, "TestAccuracyTable writes the table in doc.go")

// TestAccuracyTable: the tolerances in the documentation of package kernels are those of the
// table. With -update, as make generate calls it, the test writes them.
func TestAccuracyTable(t *testing.T) {
	const file, head, foot = kernelsDir + "/doc.go", "//\tkernel ", "//\n// The largest errors in ulp"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	begin, end := strings.Index(doc, head), strings.Index(doc, foot)
	if begin < 0 || end < begin {
		t.Fatalf("%s has no table between %q and %q", file, head, foot)
	}
	want := accuracyTable()
	if doc[begin:end] == want {
		return
	}
	if !*update {
		t.Fatalf("the table in %s is not that of Table(): run make generate, which writes\n%s", file, want)
	}
	if err := os.WriteFile(file, []byte(doc[:begin]+want+doc[end:]), 0o644); err != nil {
		t.Fatal(err)
	}
}

func accuracyTable() string {
	var b strings.Builder
	rows, width := Table(), 0
	for _, r := range rows {
		width = max(width, len(r.Kernel))
	}
	line := func(kernel, f32, f64, measure string) {
		text := fmt.Sprintf("//\t%-*s %7s  %7s   %s", width, kernel, f32, f64, measure)
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	line("kernel", "float32", "float64", "")
	for i, r := range rows {
		if i > 0 && rows[i-1].Kernel == r.Kernel {
			continue
		}
		double := "" // bfloat16 numbers are summed in float32
		if i := slices.IndexFunc(rows, func(d Row) bool { return d.Kernel == r.Kernel && d.DType == F64 }); i >= 0 {
			double = fmt.Sprint(rows[i].Tol.Max)
		}
		measures := [...]string{Exact: "exact, or rounded once", ULP: "ulp", Scaled: "eps * scale"}
		measure := measures[r.Tol.Kind]
		if r.Tol.Worst != nil {
			measure += ", more on adverse data"
		}
		switch {
		case r.Bitwise && r.Returns:
			measure += ", the same bits written on every assembly tier"
		case r.Bitwise:
			measure += ", the same bits on every assembly tier"
		}
		line(r.Kernel, fmt.Sprint(r.Tol.Max), double, measure)
	}
	return b.String()
}
