package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/tuning"
)

// rulesFile has every rule, as a constant.
const rulesFile = "../../kernels/gemm_rules.go"

// TestKnobs: every rule of the package has a knob, and every knob is a rule.
func TestKnobs(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), rulesFile, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var rules, tried []string
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			rules = append(rules, spec.Names[0].Name)
		}
		return true
	})
	for _, k := range knobs {
		tried = append(tried, k.rule)
		if len(k.values) < 2 {
			t.Errorf("%s has %d values", k.rule, len(k.values))
		}
		if !slices.IsSorted(k.values) || len(slices.Compact(slices.Clone(k.values))) < len(k.values) {
			t.Errorf("%s: values %v, want them in order", k.rule, k.values)
		}
	}
	slices.Sort(rules)
	slices.Sort(tried)
	if len(rules) < 40 || !slices.Equal(rules, tried) {
		t.Errorf("rules %v\nknobs %v", rules, tried)
	}
}

// TestClasses: the short form takes shapes that there are, no shape is in a class twice, and names of
// shapes can be read back.
func TestClasses(t *testing.T) {
	for _, c := range classes() {
		if c.few < 1 || c.few > len(c.shapes) {
			t.Errorf("%s: %d of %d shapes in the short form", c.name, c.few, len(c.shapes))
		}
		var names []string
		for _, s := range c.shapes {
			names = append(names, name(s))
		}
		back, err := parseShapes(strings.Join(names, ", "))
		if err != nil || !slices.Equal(back, c.shapes) {
			t.Errorf("%s: %v read back as %v: %v", c.name, c.shapes, back, err)
		}
		slices.Sort(names)
		if len(slices.Compact(names)) < len(c.shapes) {
			t.Errorf("%s has a shape twice", c.name)
		}
		for i, s := range neighbours(c).shapes {
			o := c.shapes[i/2]
			if s.TransA != o.TransA || s.TransB != o.TransB || s == o && max(o.M, o.N, o.K) >= 24 {
				t.Errorf("%v is near %v", s, o)
			}
			for _, d := range []int{s.M - o.M, s.N - o.N, s.K - o.K} {
				if max(d, -d) > 7 {
					t.Errorf("%v is not near %v", s, o)
				}
			}
		}
	}
}

func TestParseShapes(t *testing.T) {
	for _, text := range []string{"NN", "NN 1x2", "XN 1x2x3", "NN 0x2x3", "NN 1x2x3x4", "NN -1x2x3",
		"nn 1x2x3", "NN 1x2x3 NN 1x2x3"} {
		if s, err := parseShapes(text); err == nil {
			t.Errorf("%q is read as %v", text, s)
		}
	}
	got, err := parseShapes("TN 1x2x3,NT 40x50x60")
	want := []tuning.Shape{{TransA: true, M: 1, N: 2, K: 3}, {TransB: true, M: 40, N: 50, K: 60}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestGain: a round in which the machine was slow changes neither the gain nor the noise.
func TestGain(t *testing.T) {
	today, again := []float64{100, 500, 100, 102, 100}, []float64{100, 500, 102, 100, 100}
	if g := gain(today, again, []float64{80, 400, 80, 80, 300}); math.Abs(g-1.25) > 0.02 {
		t.Errorf("gain %v, want 1.25", g)
	}
	if n := noise(today, again); n > 0.03 {
		t.Errorf("noise %v", n)
	}
	if n := noise(today, []float64{50, 500, 50, 50, 100}); n < 0.5 {
		t.Errorf("noise %v of times that differ", n)
	}
}

// example is a sitting with four candidates: one gains everywhere, one gains here and loses there, one
// changes no step, and one gains less than the noise.
func example() *sitting {
	s := &sitting{class: class{name: "example"}, dtype: "f32", threads: 1, candidates: []candidate{
		{{&knobs[0], 192}}, {{&knobs[4], 8}}, {{&knobs[5], 4}}, {{&knobs[6], 1 << 20}}}}
	nan := math.NaN()
	for i, gains := range [][]float64{{1.1, 1.3, nan, 1.02}, {1.05, 0.9, nan, 1.01}, {nan, 1.2, nan, 0.99}} {
		s.results = append(s.results, &result{shape: tuning.Shape{M: i + 1, N: 1, K: 1}, today: 100,
			peak: 120, noise: 0.02, gains: gains})
	}
	s.results = append(s.results, &result{shape: tuning.Shape{M: 9, N: 1, K: 1}, today: 100, noise: 0.2,
		gains: []float64{0.5, nan, nan, nan}}) // too noisy to count
	return s
}

func TestTotals(t *testing.T) {
	s := example()
	for i, want := range []struct {
		shapes int
		wins   bool
		lost   string
	}{{2, true, ""}, {3, false, "NN 2x1x1"}, {0, false, ""}, {3, false, ""}} {
		got := s.total(i)
		if got.shapes != want.shapes || got.wins != want.wins || got.lost != want.lost {
			t.Errorf("candidate %d: %+v, want %+v", i, got, want)
		}
	}
	got := s.total(0)
	if math.Abs(got.mean-math.Sqrt(1.1*1.05)) > 1e-12 || got.worst != 1.05 || got.most != 1.1 {
		t.Errorf("%+v", got)
	}
	if w := s.winners(); len(w) != 1 || w[0].String() != "maxKC=192" {
		t.Errorf("winners %v", w)
	}
}

// TestCombine: the best candidates of different rules are timed again, alone and together.
func TestCombine(t *testing.T) {
	s := example()
	by, best := s.results[0].best(s.candidates)
	if by.String() != "tilesPerThread=8" || best != 1.3 {
		t.Errorf("the best is %v with %v", by, best)
	}
	var got []string
	for _, c := range s.results[0].combine(s.candidates) {
		got = append(got, c.String())
	}
	want := []string{"tilesPerThread=8", "maxKC=192", "tilesPerThread=8 maxKC=192"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if by, best := (&result{gains: []float64{0.9, math.NaN()}}).best(s.candidates); by != nil || best != 1 {
		t.Errorf("%v gains %v where nothing gains", by, best)
	}
	if !(candidate{{&knobs[0], 192}}).bits() || (candidate{{&knobs[4], 8}}).bits() {
		t.Error("which candidates change bits")
	}
}

// TestCSV: the file has every gain in place of what it held, says which candidates change bits, and is as
// it was after a search that fails.
func TestCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gains.csv")
	for _, before := range []string{"", strings.Repeat("what it held\n", 100)} {
		if before != "" {
			if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		failed, err := openCSV(path)
		if err != nil {
			t.Fatal(err)
		}
		failed.discard()
		if text, err := os.ReadFile(path); string(text) != before || (err != nil) != (before == "") {
			t.Errorf("after a search that failed: %q, %v", text, err)
		}
		table, err := openCSV(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := table.write([]*sitting{example()}); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		if len(lines) != 1+9 || lines[1] != "example,f32,1,NN 1x1x1,100,0.02,maxKC=192,other,1.1" ||
			!strings.Contains(lines[2], ",tilesPerThread=8,same,") {
			t.Errorf("%d lines: %q", len(lines), lines)
		}
	}
	if none, err := openCSV(""); none != nil || err != nil || none.write(nil) != nil {
		t.Error("without -csv")
	}
}

// TestUsage: flags that are wrong, that choose nothing or ask for a product beyond this tool are told with
// exit code 2 before anything is measured; a file that cannot be written is, with 1.
func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-nothing"}, "flag provided but not defined"},
		{[]string{"more"}, `unexpected argument "more"`},
		{[]string{"-rounds", "0"}, "-rounds 0"},
		{[]string{"-each", "-1s"}, "-each -1s"},
		{[]string{"-dtype", "f16"}, "-dtype f16"},
		{[]string{"-threads", "0"}, "-threads 0"},
		{[]string{"-shapes", "no such class"}, "-shapes no such class: no class or shape matches"},
		{[]string{"-shapes", "NT 25x784x512", "-quick"}, "nor one of the few shapes of -quick"},
		{[]string{"-shapes", "("}, "-shapes: error parsing"},
		{[]string{"-only", "none"}, "-only none: no rule matches"},
		{[]string{"-only", "("}, "-only: error parsing"},
		{[]string{"-own", ","}, `-own "," has no shape`},
		{[]string{"-own", ""}, `-own "" has no shape`},
		{[]string{"-own", "NN 1x2"}, "-own: \"NN 1x2\" is no shape"},
		{[]string{"-own", "NN 8x8x8", "-shapes", "cubes"}, "give one"},
		{[]string{"-own", "NN 1x1x200000000"}, "want at most"},
		{[]string{"-own", "NN 8192x8192x8192"}, "want at most"},
		{[]string{"-own", "NT 9000000000000000000x9000000000000000000x9000000000000000000"}, "want at most"},
		{[]string{"-own", "NT 90000000000000000000x1x1"}, "is no shape"},
	} {
		var out, errs strings.Builder
		code := run(c.args, &out, &errs)
		if code != 2 || !strings.Contains(errs.String(), c.want) || out.String() != "" {
			t.Errorf("%q: code %d, %q, want %q\n%s", c.args, code, &errs, c.want, &out)
		}
	}
	var out, errs strings.Builder
	nowhere := filepath.Join(t.TempDir(), "no", "folder")
	code := run([]string{"-own", "NN 8x8x8", "-csv", nowhere}, &out, &errs)
	if len(newRegistry()) == 0 {
		if code != 2 || !strings.Contains(errs.String(), "constant rules") {
			t.Errorf("a build without rules: code %d, %q", code, &errs)
		}
	} else if code != 1 || !strings.Contains(errs.String(), "-csv: open ") || out.String() != "" {
		t.Errorf("a file that cannot be written: code %d, %q\n%s", code, &errs, &out)
	}
	if code := run([]string{"-h"}, &out, &errs); code != 0 {
		t.Errorf("-h: code %d", code)
	}
}

// TestMarks: what is printed says of each candidate that changes bits that it does, and where no value
// changes a step.
func TestMarks(t *testing.T) {
	var out strings.Builder
	s := example()
	s.printSummary(&out)
	printVerdict(&out, []*sitting{s})
	for _, k := range knobs {
		c := candidate{{&knobs[4], 8}, {&k, k.values[0]}}
		if strings.HasSuffix(c.marked(), " (other bits)") != k.bits {
			t.Errorf("%s", c.marked())
		}
	}
	for _, want := range []string{"\nmaxKC=192 (other bits)       ", "\ntilesPerThread=8    ",
		"\nmaxKC=192 (other bits)\n  example"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	out.Reset()
	none := &sitting{candidates: s.candidates[2:3], results: []*result{{gains: []float64{math.NaN()}}}}
	none.printSummary(&out)
	printVerdict(&out, []*sitting{none})
	if text := out.String(); !strings.Contains(text, "no value of these rules changes a step here") ||
		!strings.HasSuffix(text, "most\nnone\n") {
		t.Errorf("printed\n%s", text)
	}
	out.Reset()
	none.results = []*result{{gains: []float64{1.5}, noise: 0.5}}
	none.printSummary(&out)
	if text := out.String(); !strings.Contains(text, "too noisy to count") {
		t.Errorf("printed\n%s", text)
	}
}
