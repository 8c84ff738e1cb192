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

func TestCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gains.csv")
	if err := writeCSV(path, []*sitting{example()}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 1+9 || lines[1] != "example,f32,1,NN 1x1x1,100,0.02,maxKC=192,1.1" {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
	if writeCSV(filepath.Join(path, "no", "folder"), nil) == nil {
		t.Error("a file that cannot be written is no error")
	}
}
