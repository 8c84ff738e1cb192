package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/examples/internal/console/consoletest"
	"github.com/ashlar-go/ashlar/kernels"
)

func TestCommand(t *testing.T) {
	compare := consoletest.Build(t)
	consoletest.TestUsage(t, compare, []string{"-bogus", "-bogus"}, []string{"extra", `"extra"`},
		[]string{"-data", "x", "-data"},
		[]string{"-threads", "-1", "-threads"}, []string{"-threads", "two", "-threads"})
}

// TestLayout wants the table in 80 columns, with figures of every size.
func TestLayout(t *testing.T) {
	var b bytes.Buffer
	write(&b, []result{{kernels.Generic, 9876, 1.25, 0.91}, {kernels.AVX2, 123456, 98.7, 1},
		{kernels.AVX512, 12345678, 1234.5, 0.9876}})
	consoletest.Fits(t, b.String())
	consoletest.Golden(t, "output", b.String())
}

// TestTable wants one line for each tier that runs here, with a ratio of 1 for pure Go and
// a model that has learnt.
func TestTable(t *testing.T) {
	best := kernels.Active()
	defer kernels.Limit(best)
	var b bytes.Buffer
	if err := run(&b, "digits"); err != nil {
		t.Fatal(err)
	}
	consoletest.Fits(t, b.String())
	for _, tier := range kernels.Tiers() {
		ratio := `[0-9.]+`
		if tier == kernels.Generic {
			ratio = `1\.00`
		}
		line := regexp.MustCompile(fmt.Sprintf(`(?m)^│ +%v │ +[0-9]+ │ +[0-9.]+ │ +%s │ +9[0-9.]+ │$`, tier,
			ratio))
		if n := len(line.FindAllString(b.String(), -1)); n != 1 && tier <= best {
			t.Errorf("%d lines for %v in\n%s", n, tier, b.String())
		}
		if left := strings.Contains(b.String(),
			fmt.Sprintf("tier %v left out", tier)); left != (tier > best) {
			t.Errorf("%v is left out: %v", tier, left)
		}
	}
}
