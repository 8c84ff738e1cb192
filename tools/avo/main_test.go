package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestCommitted: what is committed is what the generator writes, byte for byte, each
// time it runs.
func TestCommitted(t *testing.T) {
	for range 2 {
		for _, f := range generate() {
			have, err := os.ReadFile(filepath.Join(kernelsDir, f.name))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(have, f.text) {
				t.Errorf("%s is not what the generator writes: run make generate", f.name)
			}
		}
	}
}
