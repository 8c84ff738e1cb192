//go:build linux && cgo && amd64

package main

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestThreadNumbers(t *testing.T) {
	if got, err := threadNumbers("2,1"); err != nil || !slices.Equal(got, []int{2, 1}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", "3", "1,", "1,two"} {
		if _, err := threadNumbers(text); err == nil || !strings.Contains(err.Error(), "-threads") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestShort(t *testing.T) {
	for form, want := range map[string]string{"": "", "eager, 1 threads": "e1",
		"compiled, 2 threads": "c2", "compiled-bf16, 2 threads": "c2", "eager-int8, 1 threads": "e1",
		"onnxruntime int8, 2 threads": "2"} {
		if got := short(form); got != want {
			t.Errorf("%q is %q, want %q", form, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	m := &row{setting: levelSettings([]int{1})[0],
		us:    map[string]float64{"highest": 12, "medium": 4, byFloat32: 10, byBFloat16: 6},
		forms: map[string]string{byFloat32: "compiled, 1 threads"}}
	if got := m.over("highest", "medium"); got != 3 {
		t.Errorf("highest over medium is %v", got)
	}
	if got := m.over("highest", "high"); !math.IsNaN(got) {
		t.Errorf("highest over what is missing is %v", got)
	}
	if us, name := m.fastest(byFloat32, "nobody", byBFloat16); us != 6 || name != byBFloat16 {
		t.Errorf("the fastest is %s with %v", name, us)
	}
	if us, name := m.fastest("nobody"); !math.IsNaN(us) || name != "" {
		t.Errorf("the fastest of none is %q with %v", name, us)
	}
	if got := m.beside("medium", byFloat32, byBFloat16); got != 1.5 {
		t.Errorf("the best of PyTorch over medium is %v", got)
	}
	if got := m.cell(byFloat32, 2.5); got != "10.0 2.500 c1" {
		t.Errorf("the cell is %q", got)
	}
	if got := m.cell("nobody", math.NaN()); got != "" {
		t.Errorf("the cell of nobody is %q", got)
	}
	r := &report{rows: []*row{m}}
	lines := r.lines()
	const before = "784-512-256-10 momentum 1 1 PyTorch "
	if len(lines) != 5 || strings.Join(lines[1], " ") != before+"bf16 6.0 " ||
		strings.Join(lines[2], " ") != before+"float32 10.0 compiled, 1 threads" {
		t.Errorf("the lines are %q", lines)
	}
}

// All settings of the parts differ, and train or predict as they should.
func TestSettingsOfParts(t *testing.T) {
	training, predicting := levelSettings([]int{1, 2}), inferenceSettings([]int{1, 2})
	if len(training) != 24 || len(predicting) != 12 {
		t.Errorf("%d settings of training, %d of inference", len(training), len(predicting))
	}
	seen := map[string]bool{}
	for _, c := range append(slices.Clone(training), predicting...) {
		if seen[c.String()] {
			t.Errorf("%v is there twice", c)
		}
		seen[c.String()] = true
	}
	for _, c := range predicting {
		if c.trains() {
			t.Errorf("%v trains", c)
		}
	}
}

// The levels of one small setting reach the same loss, and the forms of weights the same results,
// without any other contestant.
func TestAgreement(t *testing.T) {
	for _, threads := range []int{1, 2} {
		k := &contest{setting: &setting{net: "20-24-10", optimizer: "momentum", batch: 8, threads: threads}}
		r := &report{torch: []*torch{startTorch("", 1), startTorch("", 2)}}
		if err := k.prepareLevels(r); err != nil {
			t.Error(err)
		}
		if len(k.list) != len(allLevels) {
			t.Errorf("%d contestants", len(k.list))
		}
		if err := k.agree("a wrong one", k.want*(1+2*halfRoundings), halfRoundings); err == nil {
			t.Error("a wrong loss agrees")
		}
		if err := k.agree("no number", math.NaN(), halfRoundings); err == nil {
			t.Error("NaN agrees")
		}
	}
	k := &contest{setting: &setting{net: "20-24-10", optimizer: inference, batch: 8, threads: 1}}
	r := &report{torch: []*torch{startTorch("", 1)}, onnx: nil}
	r.onnx = append(r.onnx, startOnnx("", 1))
	if err := k.prepareInference(r); err != nil {
		t.Error(err)
	}
	if len(k.list) != 4 || k.list[0].name != full {
		t.Errorf("%d contestants", len(k.list))
	}
}

// Without a C++ compiler no setting is compiled.
func TestCompiler(t *testing.T) {
	for name, want := range map[string]bool{"no-such-compiler": false, "ls": true} {
		t.Setenv("CXX", name)
		r := &report{torch: []*torch{startTorch("", 1)}, compiled: regexp.MustCompile(".")}
		r.announce()
		c := levelSettings([]int{1})[0].String()
		if (compiler() != "") != want || r.compiled.MatchString(c) != want {
			t.Errorf("with %s the compiler is %q, settings to compile match %v", name, compiler(), r.compiled)
		}
	}
}
