package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBook: the last verdict of a mutant counts, as long as the code that it changes has the same text.
func TestBook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger", "book.jsonl")
	a, b := &mutant{ID: "a", code: []string{"RET", ""}}, &mutant{ID: "b", code: []string{"NOP", "data"}}
	want := entry{Verdict: killed, By: "fuzz", Why: "--- FAIL", Seconds: 1.5, Tests: shorter}
	for range 2 {
		book, err := openBook(path, "../..")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []entry{{Verdict: lived}, want} {
			if err := book.note(a, e); err != nil {
				t.Fatal(err)
			}
		}
		if got, ok := book.get(a); !ok || got != want {
			t.Errorf("a has %+v, want %+v", got, want)
		}
		if got, ok := book.get(b); ok {
			t.Errorf("b has %+v", got)
		}
		book.close()
	}
	book, err := openBook(path, "../..")
	if err != nil {
		t.Fatal(err)
	}
	defer book.close()
	if got, ok := book.get(a); !ok || got != want {
		t.Errorf("read again, a has %+v, want %+v", got, want)
	}
	for _, code := range [][]string{{"RET", "data"}, {"NOP", ""}, {"RET"}} {
		if got, ok := book.get(&mutant{ID: "a", code: code}); ok {
			t.Errorf("the verdict of other code, %q, is %+v", code, got)
		}
	}
	damaged := `{"Key":"a","Sources":"1","Found":{"Verdict":"killed","Tests":"few"}}`
	if err := os.WriteFile(path, []byte(damaged+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openBook(path, "../.."); err == nil || !strings.Contains(err.Error(), path+":1: ") {
		t.Errorf("a line of unknown tests: %v", err)
	}
}

// TestKnown: a mutant that lived is tried once more if more tests are to run, or if that is asked for.
func TestKnown(t *testing.T) {
	book, err := openBook(filepath.Join(t.TempDir(), "book.jsonl"), "../..")
	if err != nil {
		t.Fatal(err)
	}
	defer book.close()
	dead, alive := &mutant{ID: "dead"}, &mutant{ID: "alive"}
	for m, v := range map[*mutant]verdict{dead: killed, alive: lived} {
		if err := book.note(m, entry{Verdict: v, Tests: shorter}); err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range []struct {
		options
		want bool // the verdict of the one that lived stands
	}{
		{options{tests: quickest}, true}, {options{tests: shorter}, true}, {options{tests: longer}, false},
		{options{tests: shorter, again: true}, false},
	} {
		if _, ok := w.known(book, alive); ok != w.want {
			t.Errorf("tests %v, again %v: the verdict stands: %v", w.tests, w.again, ok)
		}
		if _, ok := w.known(book, dead); !ok {
			t.Errorf("tests %v, again %v: a dead mutant is tried once more", w.tests, w.again)
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
