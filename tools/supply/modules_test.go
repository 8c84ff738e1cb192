package supply

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// needed are the modules that the main module may require, and why. A further one is for a module of its own,
// as plots and ONNX are: whoever imports kernels would have to download it.
var needed = map[string]string{
	"github.com/klauspost/cpuid/v2": "the features of a CPU and the sizes of its caches",
	"golang.org/x/sys":              "the features of an arm64 CPU, and threads",
	"gonum.org/v1/gonum":            "the interfaces of BLAS, and the tests of gonumblas",
}

// required are the modules in a go.mod, in either form of the directive.
func required(t *testing.T, name string) (list []string) {
	t.Helper()
	block := false
	for line := range strings.Lines(string(read(t, name))) {
		f := strings.Fields(line)
		switch {
		case len(f) >= 2 && f[0] == "require" && f[1] == "(":
			block = true
		case len(f) == 1 && f[0] == ")":
			block = false
		case len(f) >= 3 && f[0] == "require":
			list = append(list, f[1])
		case block && len(f) >= 2 && !strings.HasPrefix(f[0], "//"):
			list = append(list, f[0])
		}
	}
	return list
}

// TestMainModuleRequires: go.mod of the main module names the modules that its packages and tests import, and
// these alone; each is one that it may need.
func TestMainModuleRequires(t *testing.T) {
	used, packages := modules(t, ".", true, "./...")
	list := required(t, "go.mod")
	for _, path := range list {
		if _, ok := used[path]; !ok {
			t.Errorf("go.mod requires %s, which no package of the module and no test imports", path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(used)) {
		if !slices.Contains(list, path) {
			t.Errorf("packages of the main module import %s, which its go.mod does not require", path)
		}
		if needed[path] == "" {
			t.Errorf("packages of the main module import %s: one that not all users need is for a module of "+
				"its own", path)
		}
	}
	if len(list) != len(needed) {
		t.Errorf("go.mod requires %q, want %q", list, slices.Sorted(maps.Keys(needed)))
	}
	kernels, _ := modules(t, ".", false, "./kernels")
	for path := range kernels {
		if path == "gonum.org/v1/gonum" {
			t.Errorf("package kernels imports %s, want only in package gonumblas", path)
		}
	}
	proof.Count(t, "supply", "packages whose modules were compared with go.mod", packages)
}
