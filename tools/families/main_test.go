package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestCommitted: what is committed is what the generator writes.
func TestCommitted(t *testing.T) {
	const kernels = "../../kernels"
	want, err := generate(kernels)
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(filepath.Join(kernels, file))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("kernels/%s is not what the generator writes: run make generate", file)
	}
}

// TestFamilies: functions that only look like families are none.
func TestFamilies(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"b.go": "package p\n\nfunc sumLines() []line { return nil }\nfunc lines() []line { return nil }\nfunc twoLines() (a, b []line) { return nil, nil }\n",
		"a.go": "package p\n\nfunc (r *row) ownLines() []line { return nil }\nfunc blasLines() []line { return nil }\nfunc manyLines(n int) []line { return nil }\n" +
			"func textLines() []string { return nil }\nfunc fixedLines() [2]line { return [2]line{} }\nfunc anyLines[T any]() []line { return nil }\n",
		"a_test.go": "package p\n\nfunc testLines() []line { return nil }\n",
		file:        "package p\n\nfunc staleLines() []line { return nil }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := families(dir)
	if want := []string{"blasLines", "sumLines"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("families %q, %v; want %q", got, err, want)
	}
}
