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

// TestNoOrphans: the generator writes each file that says that it did.
func TestNoOrphans(t *testing.T) {
	written := map[string]bool{}
	for _, f := range plan() {
		written[f.name] = true
	}
	claims := 0
	for _, pattern := range []string{"asm/*", "*.go", "*.s", "../tools/avo/algo/*.go"} {
		names, err := filepath.Glob(filepath.Join(kernelsDir, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range names {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(text, []byte(header)) {
				continue
			}
			claims++
			name, err := filepath.Rel(kernelsDir, path)
			if err != nil {
				t.Fatal(err)
			}
			if !written[filepath.ToSlash(name)] {
				t.Errorf("%s says that it is generated, but the generator does not write it", path)
			}
		}
	}
	if claims != len(written) {
		t.Errorf("%d files say that they are generated, the generator writes %d", claims, len(written))
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

// mostBytes is what the text of the assembly of an architecture may take. Of 1.81 MB for amd64 and 1.67 MB
// for arm64, the kernels on bfloat16 numbers and on integers of 8 bits have 0.31 and 0.18.
const mostBytes = 1_810_000

// TestSize: the assembly stays of a size that people and tools can read. A kernel that does not fit needs
// an algorithm with fewer cases, here or in another one; to raise the limit is the last resort.
func TestSize(t *testing.T) {
	for _, a := range []string{"amd64", "arm64"} {
		names, err := filepath.Glob(filepath.Join(kernelsDir, "asm", "*_"+a+".s"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no assembly, %v", a, err)
		}
		total := 0
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			total += len(text)
		}
		if total > mostBytes {
			t.Errorf("the assembly of %s takes %d bytes, want at most %d", a, total, mostBytes)
		}
	}
}
