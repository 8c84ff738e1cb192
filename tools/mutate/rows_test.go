package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// TestRows: the rows of the kernels that call a function, the nearest of them first.
func TestRows(t *testing.T) {
	for arch, tier := range map[string]string{"amd64": "AVX2", "arm64": "NEON"} {
		c, err := callersOf("../..", arch)
		if err != nil {
			t.Fatal(err)
		}
		table := spec.Table()
		for _, w := range []struct {
			function string
			nearest  []string
			all      []string // some of them
			not      string
		}{
			{"TanhF32", []string{"Tanh"}, []string{"Activate", "GemmFused"}, "Dot"},
			{"SigmoidF64", []string{"Sigmoid"}, []string{"Activate"}, "Tanh"},
			{"DotF64", []string{"Dot"}, nil, "Tanh"},
			{"TanhGradF32", []string{"ActivateGrad"}, nil, "Tanh"},
			{"GemmStripF32", nil, []string{"Gemm", "GemmPacked", "GemmFused"}, "Tanh"},
			{"UpdateAdamF32", []string{"UpdateAdam"}, nil, "UpdateSGD"},
			{"FMAPeakF32", nil, nil, "Tanh"},
		} {
			nearest, all := c.rowsOf([]string{w.function + tier}, table)
			if w.nearest != nil && !slices.Equal(nearest, w.nearest) {
				t.Errorf("%s%s: the nearest rows are %v, want %v", w.function, tier, nearest, w.nearest)
			}
			for _, name := range append(w.nearest, w.all...) {
				if !slices.Contains(all, name) {
					t.Errorf("%s%s: no row %s among %v", w.function, tier, name, all)
				}
			}
			if slices.Contains(all, w.not) {
				t.Errorf("%s%s: row %s among %v", w.function, tier, w.not, all)
			}
		}
	}
}

// TestTestsOf: the tests of package kernels that may call a function, and not all.
func TestTestsOf(t *testing.T) {
	c, err := callersOf("../..", "amd64")
	if err != nil {
		t.Fatal(err)
	}
	for function, want := range map[string][2]string{
		"UpdateAdamF32AVX2":   {"TestLargeGradients TestTiers", "TestGemmZeros"},
		"GemmStripF32AVX512":  {"TestGemmZeros TestLeakyEpilogueKeepsZeros", "TestFetchAhead"},
		"PackPanelsF64AVX512": {"TestPackAndTranspose", "TestFetchAhead"},
	} {
		got := c.testsOf([]string{function}, true)
		for _, name := range strings.Fields(want[0]) {
			if !slices.Contains(got, name) {
				t.Errorf("%s: no %s among %v", function, name, got)
			}
		}
		if slices.Contains(got, want[1]) {
			t.Errorf("%s: %s among %v", function, want[1], got)
		}
	}
}

// TestRowsOfAll: each function of the assembly has rows, but for those that measure a limit, which no
// kernel calls.
func TestRowsOfAll(t *testing.T) {
	none := regexp.MustCompile(`^(FMAPeakF|DotPeak$)`)
	table := spec.Table()
	for _, arch := range []string{"amd64", "arm64"} {
		c, err := callersOf("../..", arch)
		if err != nil {
			t.Fatal(err)
		}
		files, err := assembly("../..", arch)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range files {
			for _, f := range s.functions {
				_, rows := c.rowsOf([]string{f.name}, table)
				if (len(rows) == 0) != none.MatchString(f.name) {
					t.Errorf("%s has the rows %v", f.name, rows)
				}
			}
		}
	}
}

// TestCasePattern: of the activations, those are tested whose names end as that of a function begins.
func TestCasePattern(t *testing.T) {
	lab := &laboratory{table: spec.Table()}
	for _, c := range []struct {
		functions, kernels []string
		dtype, want        string
	}{
		{[]string{"TanhGradF32AVX2"}, []string{"ActivateGrad", "Tanh"}, "f32", "/^(tanh|gelu_tanh|hard_tanh)$"},
		{[]string{"SiLUF64AVX512"}, []string{"Activate"}, "f64", "/^(silu)$"},
		{[]string{"GELUTanhF32NEON"}, []string{"Activate"}, "f32", "/^(gelu_tanh)$"},
		{[]string{"LeakyReLUF32AVX2"}, []string{"Activate"}, "f32", `/^(leaky_relu\(0\.01\)|leaky_relu\(-0\.5\))$`},
		{[]string{"ExpF32AVX2"}, []string{"Exp"}, "f32", ""},
		{[]string{"SiLUF64AVX512", "TransposeF32AVX2"}, []string{"Activate", "CopyMatrix"}, "all", ""},
		{[]string{"SiLUF32NEON", "SiLUF64NEON"}, []string{"Activate"}, "all", "/./^(silu)$"},
	} {
		if got := lab.casePattern(c.functions, c.kernels, c.dtype); got != c.want {
			t.Errorf("%v, %v: %q, want %q", c.functions, c.kernels, got, c.want)
		}
	}
}

// TestNearTests: of the tests, those that call a function most directly, and through one function more.
func TestNearTests(t *testing.T) {
	c := callers{"f": {"dispatchF": true, "TestF": true}, "dispatchF": {"F": true, "TestTiers": true},
		"F": {"TestAll": true}}
	if got := c.testsOf([]string{"f"}, false); !slices.Equal(got, []string{"TestF", "TestTiers"}) {
		t.Errorf("near: %v", got)
	}
	if got := c.testsOf([]string{"f"}, true); !slices.Equal(got, []string{"TestAll", "TestF", "TestTiers"}) {
		t.Errorf("all: %v", got)
	}
}
