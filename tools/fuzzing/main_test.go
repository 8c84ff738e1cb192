package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/tools/internal/fuzzing"
	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

// TestExecutions: the last counts that the fuzzer prints are the result.
func TestExecutions(t *testing.T) {
	out := "fuzz: elapsed: 0s, gathering baseline coverage: 3/3 completed, now fuzzing with 2 workers\n" +
		"fuzz: elapsed: 3s, execs: 382610 (127458/sec), new interesting: 7 (total: 8)\n" +
		"fuzz: elapsed: 5s, execs: 746873 (121491/sec), new interesting: 9 (total: 10)\nPASS\n"
	if n, interesting := executions([]byte(out)); n != 746873 || interesting != 9 {
		t.Errorf("%d executions, %d interesting", n, interesting)
	}
	if n, _ := executions(nil); n != 0 {
		t.Errorf("%d executions of nothing", n)
	}
}

// TestTimeWasOver: the end of the time alone is no failure.
func TestTimeWasOver(t *testing.T) {
	const counts = "fuzz: elapsed: 1s, execs: 67438 (0/sec), new interesting: 0 (total: 2)\n"
	const failed, why = "--- FAIL: FuzzGemv (1.08s)\n", "    context deadline exceeded\n"
	const over = counts + failed + why + "FAIL\n"
	for out, want := range map[string]bool{
		over:                     true,
		over + "\n":              true,
		"":                       false,
		counts + "PASS\n":        false,
		over + "exit status 2\n": false,
		counts + failed + "    fuzzing process hung or terminated unexpectedly: exit status 2\nFAIL\n": false,
		counts + failed + why + "    --- FAIL: FuzzGemv (0.00s)\nFAIL\n":                               false,
		failed + "    --- FAIL: FuzzGemv/seed#0 (0.00s)\n        x_test.go:1: wrong\nFAIL\n" + over:    false,
		"    Failing input written to testdata/fuzz/FuzzGemv/0123\n" + over:                            false,
	} {
		if got := timeWasOver([]byte(out)); got != want {
			t.Errorf("%v, want %v, of %s", got, want, out)
		}
	}
}

// TestModes: one mode at a time, and a target that exists.
func TestModes(t *testing.T) {
	ledger := filepath.Join("out", "test-"+filepath.Base(t.TempDir())+".jsonl")
	root, err := fuzzing.Root()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(filepath.Join(root, ledger)) })
	for _, o := range []options{{}, {long: true, list: true}, {each: time.Second, keep: true}} {
		o.ledger = ledger
		if err := run(t.Context(), &bytes.Buffer{}, o); !errors.Is(err, errMode) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for _, pattern := range []string{"(", "no such target"} {
		err := run(t.Context(), &bytes.Buffer{}, options{list: true, run: pattern, ledger: ledger})
		if err == nil || !strings.Contains(err.Error(), pattern) {
			t.Errorf("-run %s: %v", pattern, err)
		}
	}
	for _, p := range []int{0, -1} {
		err := run(t.Context(), &bytes.Buffer{}, options{each: time.Second, p: p, ledger: filepath.Join(root, ledger)})
		if want := fmt.Sprintf("-p %d, want at least 1", p); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	var b bytes.Buffer
	if err := run(t.Context(), &b, options{list: true, run: "data.FuzzRead", ledger: ledger}); err != nil ||
		!strings.Contains(b.String(), "0 of 5 targets have come to their executions") {
		t.Errorf("%v: %s", err, &b)
	}
}

// sample is a module with a target that passes and one that fails.
func sample(t *testing.T) (*runner, *bytes.Buffer) {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module github.com/ashlar-go/ashlar\n\ngo 1.26.0\n",
		"p/p.go": "package p\n\nvar Long int\n\nfunc Wrong(b []byte) bool {\n" +
			"\tif len(b) > 5 {\n\t\tLong++\n\t}\n\treturn len(b) > 2 && b[0] == 'x'\n}\n",
		"p/a.txt": "read",
		"p/p_test.go": `package p

import (
	"os"
	"testing"
)

func FuzzRight(f *testing.F) {
	f.Add([]byte("abc"))
	f.Fuzz(func(t *testing.T, b []byte) { Wrong(b) })
}

func FuzzWrong(f *testing.F) {
	if _, err := os.ReadFile("a.txt"); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("ybc")) // a bit away from a failure
	f.Fuzz(func(t *testing.T, b []byte) {
		if Wrong(b) {
			t.Fatal("it begins with x")
		}
	})
}
`} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l, err := ledger.Open[fuzzing.Run](filepath.Join(root, "ledger.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var b bytes.Buffer
	r := &runner{root: root, w: &b, p: 2, ledger: l, built: map[string]build{}}
	if err := r.begin(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.end)
	r.cache = filepath.Join(root, "cache")
	return r, &b
}

func sampled(t *testing.T, r *runner, name string) *fuzzing.Progress {
	t.Helper()
	p := &fuzzing.Progress{Target: fuzzing.Sample(name, "p")}
	var err error
	if p.Hash, err = p.Sources(r.root); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTarget runs a target that passes: its executions are in the ledger and among the figures, and what
// it found of interest starts the next run.
func TestTarget(t *testing.T) {
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOWORK", "off")
	r, b := sample(t)
	figures := filepath.Join(t.TempDir(), "figures")
	t.Setenv(proof.Variable, figures)
	p := sampled(t, r, "FuzzRight")
	if err := r.once(t.Context(), []fuzzing.Progress{*p}, 500*time.Millisecond); err != nil {
		t.Fatal(err, b)
	}
	lines := r.ledger.Lines()
	if len(lines) != 1 || lines[0].Found.Executions < 10 || lines[0].Sources != p.Hash ||
		lines[0].Key != p.Key() || lines[0].Found.Seconds <= 0 {
		t.Errorf("the ledger has %+v", lines)
	}
	if text, err := os.ReadFile(figures); err != nil ||
		!strings.Contains(string(text), "executions of fuzz targets") {
		t.Errorf("the figures are %s, %v", text, err)
	}
	list, err := os.ReadDir(filepath.Join(r.corpus(&p.Target), p.Name))
	if err != nil || len(list) == 0 {
		t.Errorf("the corpus has %d inputs, %v", len(list), err)
	}
}

// TestFailure: the input of a target that fails is kept, the next target runs, and the end is an error
// that names it; with discard nothing is kept.
func TestFailure(t *testing.T) {
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOWORK", "off")
	for _, discard := range []bool{true, false} {
		r, b := sample(t)
		r.discard = discard
		list := []fuzzing.Progress{*sampled(t, r, "FuzzWrong"), *sampled(t, r, "FuzzRight")}
		err := r.once(t.Context(), list, 3*time.Second)
		if err == nil || !strings.Contains(err.Error(), "p.FuzzWrong") ||
			strings.Contains(err.Error(), "FuzzRight") {
			t.Errorf("discard %v: %v\n%s", discard, err, b)
		}
		kept, _ := filepath.Glob(filepath.Join(r.root, "p", "testdata", "fuzz", "FuzzWrong", "*"))
		again := strings.Contains(b.String(), "run it again: go -C p test")
		if len(kept) == 0 != discard || again == discard {
			t.Errorf("discard %v: kept %v\n%s", discard, kept, b)
		}
		if lines := r.ledger.Lines(); len(lines) != 1 || !strings.Contains(lines[0].Key, "FuzzRight") {
			t.Errorf("discard %v: the ledger has %+v", discard, lines)
		}
	}
}

// TestLong takes the target that is furthest behind, and ends when the time is over.
func TestLong(t *testing.T) {
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOWORK", "off")
	r, b := sample(t)
	ahead, last := sampled(t, r, "FuzzWrong"), sampled(t, r, "FuzzRight")
	ahead.Executions = fuzzing.FamilyLeast
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	err := r.long(ctx, []fuzzing.Progress{*ahead, *last}, 300*time.Millisecond, 5*time.Second)
	if err != nil || strings.Contains(b.String(), "FuzzWrong failed") || len(r.ledger.Lines()) == 0 {
		t.Errorf("%v: %s", err, b)
	}
}

// TestCorpus: what keep writes, seed puts back.
func TestCorpus(t *testing.T) {
	r, _ := sample(t)
	p := sampled(t, r, "FuzzRight")
	dir := filepath.Join(r.corpus(&p.Target), p.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	inputs := map[string]bool{}
	for name, text := range map[string]string{
		"a": "go test fuzz v1\n[]byte(\"\\x00\\xff\\n\")\n",
		"b": "go test fuzz v1\nstring(\"ü \u2028\")\n",
		"c": "go test fuzz v1\n[]byte(\"" + strings.Repeat("x", most) + "\")\n", // too large
		"d": "another file\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if name < "c" {
			inputs[text] = true
		}
	}
	t.Setenv("GOCACHE", r.cache)
	if err := r.keep([]fuzzing.Progress{*p}); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for range 2 { // again changes nothing
		if err := r.seed(&p.Target); err != nil {
			t.Fatal(err)
		}
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != len(inputs) {
		t.Fatalf("%d inputs, %v", len(list), err)
	}
	for _, f := range list {
		if text, err := os.ReadFile(filepath.Join(dir, f.Name())); err != nil || !inputs[string(text)] {
			t.Errorf("%s has %q, %v", f.Name(), text, err)
		}
	}
	if err := os.WriteFile(r.kept(&p.Target), []byte("\"a\"\nb\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := r.seed(&p.Target); err == nil || !strings.Contains(err.Error(), ":2: not a quoted input") {
		t.Errorf("got %v", err)
	}
}
