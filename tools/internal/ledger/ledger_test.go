package ledger

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type found struct{ N int }

func TestLedgerGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "a.jsonl")
	for n := range 3 {
		l, err := Open[found](path)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(l.Lines()); got != n {
			t.Fatalf("%d lines, want %d", got, n)
		}
		if err := l.Add(Line[found]{Key: "k", Sources: "s", Found: found{n}}); err != nil {
			t.Fatal(err)
		}
		if got := l.Lines()[n].Found.N; got != n {
			t.Errorf("line %d found %d", n, got)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := Read[found](path)
	if err != nil || len(lines) != 3 || lines[2].Found.N != 2 {
		t.Fatal(lines, err)
	}
}

// TestCutOff: a last line without its end is dropped, by a reader and before more is written.
func TestCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl")
	whole := `{"Key":"a","Sources":"s","Found":{"N":1}}` + "\n"
	if err := os.WriteFile(path, []byte(whole+`{"Key":"b","Sou`), 0o644); err != nil {
		t.Fatal(err)
	}
	if lines, err := Read[found](path); err != nil || len(lines) != 1 {
		t.Fatal(lines, err)
	}
	l, err := Open[found](path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.Add(Line[found]{Key: "c", Sources: "s"}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text); !strings.HasPrefix(got, whole+`{"Key":"c"`) || strings.Count(got, "\n") != 2 {
		t.Errorf("the file is %q", got)
	}
}

func TestDamaged(t *testing.T) {
	for _, text := range []string{"nonsense\n", "{}\n", `{"Key":"a"}` + "\n",
		`{"Key":"a","Sources":"s","Found":3}` + "\n"} {
		path := filepath.Join(t.TempDir(), "a.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Read[found](path)
		if err == nil || !strings.Contains(err.Error(), "a.jsonl:1") {
			t.Errorf("Read of %q: %v, want an error with the line", text, err)
		}
		if l, err := Open[found](path); err == nil {
			l.Close()
			t.Errorf("Open of %q: want an error", text)
		}
		if after, _ := os.ReadFile(path); string(after) != text {
			t.Errorf("Open of %q has changed the file to %q", text, after)
		}
	}
	if lines, err := Read[found](filepath.Join(t.TempDir(), "none")); lines != nil || err != nil {
		t.Errorf("of no file: %v, %v", lines, err)
	}
}

func TestHash(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	hash := func(files ...string) string {
		t.Helper()
		h, err := Hash(root, files...)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	write("a", "1")
	write("b", "2")
	both := hash("a", "b")
	if both != hash("b", "a", "b") {
		t.Error("the order or a repetition changes the hash")
	}
	if both == hash("a") {
		t.Error("fewer files have the same hash")
	}
	write("a", "2")
	write("b", "1")
	if both == hash("a", "b") {
		t.Error("the contents exchanged have the same hash")
	}
	if _, err := Hash(root, "none"); err == nil {
		t.Error("a missing file is no error")
	}
}
