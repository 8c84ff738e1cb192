package linktest

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// programs lists the programs in testdata with the functions of assembly that each links and the
// bytes by which it may be larger, stripped, than a program that uses no kernel.
var programs = []struct {
	name      string
	functions []string
	growth    int64
}{
	{"gemm", []string{"GemmStripF32AVX2", "GemmStripF32AVX512", "GemvRowsF32AVX2", "GemvRowsF32AVX512",
		"PackPanelsF32AVX2", "PackPanelsF32AVX512", "TransposeF32AVX2"}, 400_000},
	{"exp", []string{"ExpF32AVX2", "ExpF32AVX512"}, 240_000},
	{"adam", []string{"UpdateAdamF32AVX2", "UpdateAdamF32AVX512"}, 250_000},
}

// TestLinked builds the programs for linux/amd64 on every system, since the lists and sizes are
// those of that system.
func TestLinked(t *testing.T) {
	base, _ := link(t, "hello")
	for _, p := range programs {
		size, got := link(t, p.name)
		if !slices.Equal(got, p.functions) {
			t.Errorf("%s links the assembly of %q, want %q", p.name, got, p.functions)
		}
		t.Logf("%s is %d bytes larger than hello", p.name, size-base)
		if size-base > p.growth {
			t.Errorf("%s is %d bytes larger than hello, want at most %d", p.name, size-base, p.growth)
		}
	}
}

// link builds a program and returns its size without symbols and the functions of kernels/asm
// that it has, sorted.
func link(t *testing.T, name string) (size int64, functions []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	build := exec.Command("go", "build", "-ldflags=-w", "-o", path, "./testdata/"+name)
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "GOAMD64=v1", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", name, err, out)
	}
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	size = info.Size()
	for _, s := range file.Sections {
		if s.Name == ".symtab" || s.Name == ".strtab" {
			size -= int64(s.FileSize)
		}
	}
	symbols, err := file.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		f, isAssembly := strings.CutPrefix(s.Name, "github.com/ashlar-go/ashlar/kernels/asm.")
		if isAssembly && elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			functions = append(functions, strings.TrimSuffix(f, ".abi0"))
		}
	}
	slices.Sort(functions)
	return size, functions
}
