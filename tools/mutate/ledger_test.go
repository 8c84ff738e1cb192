package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out", "ledger.jsonl")
	book, err := openLedger(path, "abc")
	if err != nil {
		t.Fatal(err)
	}
	want := entry{ID: "a", Verdict: killed, By: "fuzz", Why: "--- FAIL", Seconds: 1.5}
	for _, e := range []entry{want, {ID: "b", Verdict: lived}, {ID: "b", Verdict: killed, Long: true}} {
		if err := book.add(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	file.WriteString(`{"ID":"torn","Verd`) // the tool was killed
	file.Close()
	for range 2 {
		book, err = openLedger(path, "abc")
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := book.get("a"); !ok || got != want {
			t.Errorf("entry a is %+v, want %+v", got, want)
		}
		if got, _ := book.get("b"); got.Verdict != killed || !got.Long {
			t.Errorf("entry b is %+v, want the later one", got)
		}
		if _, ok := book.get("torn"); ok {
			t.Error("a line that is cut off counts")
		}
		if err := book.add(entry{ID: "c", Verdict: invalid}); err != nil {
			t.Fatal(err)
		}
		book.close()
	}
	if text, _ := os.ReadFile(path); strings.Contains(string(text), "torn") {
		t.Errorf("the ledger still has a line that was cut off:\n%s", text)
	}
	const other = "belongs to sources abc"
	if _, err := openLedger(path, "other"); err == nil || !strings.Contains(err.Error(), other) {
		t.Errorf("other sources: %v", err)
	}
}

func TestLedgerDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	for text, want := range map[string]string{
		"some text\n":                   ":1: no ledger",
		"{}\n":                          ":1: no ledger",
		`{"Sources":"abc"}` + "\n{}\n":  ":2: no entry",
		`{"Sources":"abc"}` + "\nabc\n": ":2: no entry",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := openLedger(path, "abc"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("a damaged ledger %q became %q", text, got)
		}
	}
}

func TestHashSources(t *testing.T) {
	root := t.TempDir()
	write := func(path, text string) string {
		path = filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		h, err := hashSources(root)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	last := write("kernels/a.go", "package a")
	for _, path := range []string{"kernels/a.go", "kernels/asm/a.s", "fuzz/testdata/bits.txt", "go.mod"} {
		next := write(path, "new text of "+path)
		if next == last {
			t.Errorf("%s does not change the hash", path)
		}
		if unchanged(root, next) != nil || unchanged(root, last) == nil {
			t.Errorf("%s: a change of the sources goes unnoticed", path)
		}
		last = next
	}
	for _, path := range []string{"README.md", "out/ledger.jsonl", "out/a.go", "examples/a.go",
		"tools/mutate/allowed.txt", "tools/mutate/main.go"} {
		if write(path, "text") != last {
			t.Errorf("%s changes the hash", path)
		}
	}
}

func TestAllowances(t *testing.T) {
	got, err := readAllowances([]byte("# a comment\n\nA-drop-1 it computes the same\n"))
	if err != nil || len(got) != 1 || got["A-drop-1"] != "it computes the same" {
		t.Errorf("%v, error %v", got, err)
	}
	for _, text := range []string{"A-drop-1\n", "A-drop-1 because\nA-drop-1 because\n"} {
		if _, err := readAllowances([]byte(text)); err == nil {
			t.Errorf("%q has no error", text)
		}
	}
}

// TestAllowedExist: each mutant that may live is one of the present sources.
func TestAllowedExist(t *testing.T) {
	may, err := readAllowances(allowedText)
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{"amd64", "arm64", "go"} {
		all, err := (&options{of: of}).mutants("../..")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			delete(may, m.ID)
		}
	}
	for id := range may {
		t.Errorf("allowed.txt names %s, which is no mutant: its function has another text now", id)
	}
}
