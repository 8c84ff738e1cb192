package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tinyModule is a module whose tests notice some mutants of its only function.
var tinyModule = map[string]string{
	"go.mod": "module example.org/tiny\n\ngo 1.26\n",
	"tiny/tiny.go": `package tiny

func Sum(x []int) int {
	s, unread := 0, 1
	for i := 0; i < len(x); i++ {
		s += x[i]
	}
	unread = 2
	_ = unread
	return s
}
`,
	"tiny/tiny_test.go": `package tiny

import "testing"

func TestSum(t *testing.T) {
	if s := Sum([]int{1, 2}); s != 3 {
		t.Errorf("sum %d", s)
	}
}
`,
}

func tiny(t *testing.T) (*laboratory, []*mutant) {
	t.Helper()
	root := t.TempDir()
	for name, text := range tinyModule {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	all, err := mutateGo("tiny", "tiny/tiny.go", tinyModule["tiny/tiny.go"])
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOWORK", "off")
	lab := &laboratory{ctx: t.Context(), root: root, timeout: 3 * time.Second,
		baseline: map[string]*baseline{}}
	lab.base = lab.trial(t.TempDir(), nil)
	if lab.cache, err = cacheCommand(); err != nil {
		t.Fatal(err)
	}
	return lab, all
}

// TestJudge: mutants that a test notices, that never end, that crash, that do not compile and that
// nothing notices.
func TestJudge(t *testing.T) {
	lab, all := tiny(t)
	for _, w := range []struct {
		after string
		want  verdict
		why   string
	}{
		{"s -= x[i]", killed, "--- FAIL: TestSum"},
		{"for i := 0; i <= len(x); i++ {", killed, "--- FAIL: TestSum"}, // panics
		{"for i := 0; i < len(x); i-- {", killed, "--- FAIL: TestSum"},
		{"unread = 3", lived, ""},
	} {
		found := false
		for _, m := range all {
			if m.After != w.after {
				continue
			}
			found = true
			e, err := lab.judge(m)
			if err != nil {
				t.Fatal(err)
			}
			if e.Verdict != w.want || !strings.HasPrefix(e.Why, w.why) {
				t.Errorf("%q: %+v, want %s, %s", w.after, e, w.want, w.why)
			}
		}
		if !found {
			t.Errorf("no mutant %q", w.after)
		}
	}
	text := tinyModule["tiny/tiny.go"]
	at := strings.Index(text, "s += x[i]")
	for change, want := range map[string]entry{
		"s += y": {Verdict: invalid, Why: "undefined: y"},
		"i--":    {Verdict: killed, Why: "timeout after 3s of the CPU's time"},
	} {
		m := &mutant{ID: change, Family: "tiny", Tier: "go", File: "tiny/tiny.go", start: at,
			end: at + len("s += x[i]"), text: change, original: text}
		e, err := lab.judge(m)
		if err != nil || e.Verdict != want.Verdict || !strings.Contains(e.Why, want.Why) {
			t.Errorf("%q: %+v, error %v, want %s, %s", change, e, err, want.Verdict, want.Why)
		}
	}
	now, err := os.ReadFile(filepath.Join(lab.root, "tiny", "tiny.go"))
	if err != nil || string(now) != text {
		t.Errorf("the file has changed: %v\n%s", err, now)
	}
}

// TestBaseline: a test that fails without a mutant is an error, as is one that runs nothing.
func TestBaseline(t *testing.T) {
	lab, all := tiny(t)
	if _, err := lab.passes(stage{pkg: "tiny", args: []string{"-test.run=^TestNone$"}}, nil); err == nil ||
		!strings.Contains(err.Error(), "runs no tests") {
		t.Errorf("a stage of no tests: %v", err)
	}
	bad := "package tiny\n\nimport \"testing\"\n\nfunc TestBad(t *testing.T) { t.Fatal() }\n"
	if err := os.WriteFile(filepath.Join(lab.root, "tiny", "bad_test.go"), []byte(bad), 0o644); err != nil {
		t.Fatal(err)
	}
	lab.base.built = map[string]error{}
	if e, err := lab.judge(all[0]); err == nil || !strings.Contains(err.Error(), "fails without a mutant") {
		t.Errorf("a test that always fails: %+v, %v", e, err)
	}
}

// TestStopped: a tool that is stopped gives no verdict.
func TestStopped(t *testing.T) {
	lab, all := tiny(t)
	ctx, stop := context.WithCancel(t.Context())
	lab.ctx = ctx
	stop()
	for _, m := range all {
		if e, err := lab.judge(m); err == nil {
			t.Fatalf("%s: %+v", m.ID, e)
		}
	}
}

// TestCache: what one go command wrote through the front is in no folder behind it, and what the
// ordinary cache has is read.
func TestCache(t *testing.T) {
	below := t.TempDir()
	action, output := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	for _, dir := range []string{"ab", "cd"} {
		if err := os.Mkdir(filepath.Join(below, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	entryText := fmt.Sprintf("v1 %s %s %20d %20d\n", action, output, 5, time.Now().UnixNano())
	os.WriteFile(filepath.Join(below, "ab", action+"-a"), []byte(entryText), 0o644)
	os.WriteFile(filepath.Join(below, "cd", output+"-d"), []byte("hello"), 0o644)
	c := &cacheFront{below: below, dir: t.TempDir(), news: map[string]cacheResponse{}}
	in := strings.NewReader(`
{"ID":1,"Command":"get","ActionID":"q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="}
{"ID":2,"Command":"get","ActionID":"AQID"}
{"ID":3,"Command":"put","ActionID":"AQID","OutputID":"BAUG","BodySize":3}
"YWJj"
{"ID":4,"Command":"get","ActionID":"AQID"}
{"ID":5,"Command":"else"}
{"ID":6,"Command":"close"}
`)
	var out bytes.Buffer
	if err := c.serve(in, &out); err != nil {
		t.Fatal(err)
	}
	answers := make([]cacheResponse, 7)
	for d := json.NewDecoder(&out); d.More(); {
		var r cacheResponse
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		answers[r.ID] = r
	}
	if a := answers[0]; len(a.KnownCommands) != 3 {
		t.Errorf("the front says %+v", a)
	}
	if a := answers[1]; a.Miss || a.Size != 5 || a.DiskPath != filepath.Join(below, "cd", output+"-d") {
		t.Errorf("the entry of the ordinary cache: %+v", a)
	}
	if a := answers[2]; !a.Miss {
		t.Errorf("an entry that is not there: %+v", a)
	}
	if a := answers[4]; a.Miss || a.Size != 3 {
		t.Errorf("the new entry: %+v", a)
	} else if text, err := os.ReadFile(a.DiskPath); err != nil || string(text) != "abc" {
		t.Errorf("the new entry has %q, error %v", text, err)
	}
	if answers[3].DiskPath != answers[4].DiskPath {
		t.Errorf("the new entry was written to %s, is in %s", answers[3].DiskPath, answers[4].DiskPath)
	}
	if a := answers[5]; a.Err == "" {
		t.Errorf("an unknown command: %+v", a)
	}
}

// TestCacheServes: the go command builds through the front.
func TestCacheServes(t *testing.T) {
	lab, _ := tiny(t)
	cmd := exec.Command("go", "vet", "./...")
	cmd.Dir = lab.root
	cmd.Env = append(os.Environ(), "GOCACHEPROG="+lab.cache)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestReport(t *testing.T) {
	m := &mutant{ID: "TanhF32AVX2-drop-1", Kind: "drop", Family: "tanh", Tier: "avx2", DType: "f32",
		File: "a.s", Line: 7, Before: "VSUBPS Y0, Y1, Y2"}
	var results []result
	for _, v := range []verdict{lived, killed, killed, allowed, invalid} {
		results = append(results, result{mutant: m, entry: entry{Verdict: v}, now: v == killed})
	}
	if got, want := origin(results), "tried now: 2; from the ledger: 3 (-recheck"; !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := origin(results[1:3]), "tried now: 2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var out bytes.Buffer
	report(&out, results)
	text := out.String()
	for _, want := range []string{
		"  drop       2      1        1       0             1  66.7 %\n",
		"TanhF32AVX2-drop-1\n  a.s:7\n  - VSUBPS Y0, Y1, Y2\n  + (dropped)\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, l := range strings.Split(text, "\n") {
		if len(l) > 80 {
			t.Errorf("%q has more than 80 columns", l)
		}
	}
	if n := strings.Count(text, "TanhF32AVX2-drop-1"); n != 1 {
		t.Errorf("%d survivors are listed, want 1", n)
	}
}
