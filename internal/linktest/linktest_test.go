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
// bytes by which its sections, symbols aside, may be larger than those of a program that uses no
// kernel.
var programs = []struct {
	arch, name string
	functions  []string
	growth     int64
}{
	{"amd64", "gemm", []string{"GemmStripF32AVX2", "GemmStripF32AVX512", "GemvRowsF32AVX2",
		"GemvRowsF32AVX512", "PackPanelsF32AVX2", "PackPanelsF32AVX512", "TransposeF32AVX2"}, 400_000},
	{"amd64", "exp", []string{"ExpF32AVX2", "ExpF32AVX512"}, 240_000},
	{"amd64", "adam", []string{"UpdateAdamF32AVX2", "UpdateAdamF32AVX512"}, 250_000},
	{"arm64", "gemm", []string{"GemmStripF32NEON", "GemvRowsF32NEON", "PackPanelsF32NEON",
		"TransposeF32NEON"}, 400_000},
	{"arm64", "exp", []string{"ExpF32NEON"}, 240_000},
	{"arm64", "adam", []string{"UpdateAdamF32NEON"}, 250_000},
}

// TestLinked builds the programs for Linux on every system, since the lists and sizes are
// those of that system.
func TestLinked(t *testing.T) {
	base := map[string]int64{}
	for _, p := range programs {
		if base[p.arch] == 0 {
			base[p.arch], _ = link(t, p.arch, "hello")
		}
		size, got := link(t, p.arch, p.name)
		if !slices.Equal(got, p.functions) {
			t.Errorf("%s for %s links the assembly of %q, want %q", p.name, p.arch, got, p.functions)
		}
		grown := size - base[p.arch]
		t.Logf("%s for %s is %d bytes larger than hello", p.name, p.arch, grown)
		if grown > p.growth {
			t.Errorf("%s for %s is %d bytes larger than hello, want at most %d", p.name, p.arch, grown,
				p.growth)
		}
	}
}

// link builds a program for an architecture and returns the bytes of its sections without symbols and
// the functions of kernels/asm that it has, sorted. It counts sections because a file is padded to
// pages, and trims paths because a program lists those of its sources: neither is the program's.
func link(t *testing.T, arch, name string) (size int64, functions []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-w", "-o", path, "./testdata/"+name)
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "GOAMD64=v1", "GOARM64=v8.0",
		"CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", name, err, out)
	}
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, s := range file.Sections {
		if s.Type != elf.SHT_NOBITS && s.Name != ".symtab" && s.Name != ".strtab" {
			size += int64(s.FileSize)
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
