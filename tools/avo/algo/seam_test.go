package algo_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestSeam: the algorithms know no instruction set. Neither they nor the operations they
// are written in import avo or an implementation.
func TestSeam(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".", "../isa").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "tools/avo/isa\n") {
		t.Fatalf("the list is not one of what the algorithms import:\n%s", out)
	}
	for _, path := range strings.Fields(string(out)) {
		if strings.HasPrefix(path, "github.com/mmcloughlin/") ||
			strings.HasSuffix(path, "tools/avo/amd64") || strings.HasSuffix(path, "tools/avo/arm64") {
			t.Errorf("the algorithms depend on %s", path)
		}
	}
}
