package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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

// TestEveryKernelOnEveryArchitecture: each kernel that has a function of assembly for AVX2 has one
// for NEON, of both element types, and a stub. Its dispatch function calls both.
func TestEveryKernelOnEveryArchitecture(t *testing.T) {
	texts := map[string]string{}
	var assemblies strings.Builder
	for _, f := range generate() {
		texts[f.name] = string(f.text)
		if strings.HasPrefix(f.name, "asm/") {
			assemblies.Write(f.text)
		}
	}
	all := assemblies.String()
	avx2 := found(`(?m)^TEXT ·(\w+)AVX2\(SB\)`, all)
	neon := found(`(?m)^TEXT ·(\w+)NEON\(SB\)`, all)
	if len(avx2) < 100 || !slices.Equal(avx2, neon) {
		t.Errorf("AVX2 has functions for %d kernels, NEON for %d:\n%q\n%q", len(avx2), len(neon), avx2, neon)
	}
	if stubs := found(`(?m)^func (\w+)NEON\(`, all); !slices.Equal(stubs, neon) {
		t.Errorf("NEON has functions %q, but stubs %q", neon, stubs)
	}
	for _, k := range manifest() {
		for _, d := range k.dtypes() {
			if k.Only != "" {
				continue
			}
			name := k.Name + d.name
			if k.HasBody() && !slices.Contains(neon, name) {
				t.Errorf("%s has no NEON body", name)
			}
			call := "asm." + name + "NEON"
			if k.HasBody() && !k.StubOnly && strings.Count(texts["zdispatch_arm64.go"], call+"(") != 1 {
				t.Errorf("dispatch%s does not call %s once", k.Name, call)
			}
		}
	}
}

// found are the names that a pattern finds, sorted.
func found(pattern, text string) (names []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return names
}
