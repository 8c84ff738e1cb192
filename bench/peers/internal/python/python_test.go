//go:build linux

package python

import (
	"math"
	"os/exec"
	"testing"
)

const script = `
import os, sys
print("version 1.2 of", os.environ["OMP_NUM_THREADS"], flush=True)
for line in sys.stdin:
	words = line.split()
	print(float(words[0]) + float(words[1]) if len(words) == 2 else "none", flush=True)
`

func TestProcess(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3")
	}
	p := Start(script, "no-such-python,,python3", 3)
	if p.State != "1.2 of 3" || p.Absent() || p.Threads != 3 {
		t.Fatalf("the process is %q", p.State)
	}
	if got := p.Ask(1, 2.5); got != 3.5 {
		t.Errorf("the answer is %v", got)
	}
	if got := p.Ask("x"); !math.IsNaN(got) {
		t.Errorf("the answer that is no number is %v", got)
	}
	p.Stop()
	if got := p.Ask(1, 2); !math.IsNaN(got) {
		t.Errorf("after its end it answers %v", got)
	}
}

// A Python in which the script fails is passed over.
func TestAbsent(t *testing.T) {
	p := Start("import no_such_module", "python3", 1)
	if p.State != "absent" || !p.Absent() || !math.IsNaN(p.Ask(1)) {
		t.Errorf("the process is %q", p.State)
	}
	p.Stop()
}
