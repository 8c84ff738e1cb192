package kernels

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// printEnvironment has a test binary print what the environment made of it.
const printEnvironment = "ASHLAR_PRINT_ENVIRONMENT"

// TestEnvironment starts this program anew with the variables set.
func TestEnvironment(t *testing.T) {
	if os.Getenv(printEnvironment) != "" {
		fmt.Printf("tier %v threads %d limit %v\n", Active(), threadLimit.Load(),
			Limit(available[len(available)-1]) == nil)
		return
	}
	best := available[len(available)-1]
	for _, c := range []struct{ tier, threads, want, warning string }{
		{"generic", "1", fmt.Sprintf("tier generic threads 1 limit %v", best == Generic), ""},
		{"", "", fmt.Sprintf("tier %v threads 0 limit true", best), ""},
		{"sse", "none", fmt.Sprintf("tier %v threads 0 limit true", best), "ASHLAR_TIER is ignored"},
		{"", "-3", fmt.Sprintf("tier %v threads 0 limit true", best), "ASHLAR_THREADS"},
		{"", "65536", fmt.Sprintf("tier %v threads 65536 limit true", best), ""},
		{"", "4294967297", fmt.Sprintf("tier %v threads 0 limit true", best), "ASHLAR_THREADS"},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestEnvironment$")
		cmd.Env = append(os.Environ(), printEnvironment+"=1", "ASHLAR_REQUIRE_TIER=",
			"ASHLAR_TIER="+c.tier, "ASHLAR_THREADS="+c.threads)
		var warned strings.Builder
		cmd.Stderr = &warned
		out, err := cmd.Output()
		if errors.Is(err, syscall.ENOEXEC) || errors.Is(err, errors.ErrUnsupported) {
			t.Skipf("this system cannot start the program anew, as where an emulator runs it: %v", err)
		}
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("tier %q, threads %q: %v, printed %q, want %q", c.tier, c.threads, err, out, c.want)
		}
		if !strings.Contains(warned.String(), c.warning) || c.warning == "" && warned.Len() > 0 {
			t.Errorf("tier %q, threads %q: warned %q, want %q", c.tier, c.threads, warned.String(),
				c.warning)
		}
		if n := strings.Count(warned.String(), "ASHLAR_TIER"); n > 1 {
			t.Errorf("warned %d times", n)
		}
	}
}
