package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestBusiest names a unit, or all of a kind.
func TestBusiest(t *testing.T) {
	units := []string{"N1UnitB", "N1UnitL.\x00", "N1UnitL.\x01", "N1UnitV0", "N1UnitV1"}
	for want, use := range map[string][]float64{
		"V":  {0.1, 0.5, 0.5, 0.96, 0.98},
		"V0": {0.1, 0.5, 0.5, 0.98, 0.4},
		"L":  {0.1, 0.98, 0.97, 0.95, 0.95},
		"B":  {0.98, 0.5, 0.5, 0.7, 0.7},
	} {
		if got, busy := busiest(units, use); got != want || busy != 0.98 {
			t.Errorf("busiest(%v) = %q, %v, want %q, 0.98", use, got, busy, want)
		}
	}
}

// reportText is what llvm-mca prints, shortened: a loop that keeps unit V0 busy, one that waits, and
// one of as many instructions as a core takes.
const reportText = `{"CodeRegions": [
	{"Name": "ExpF32.0", "Instructions": ["fdiv\tv0.4s, v0.4s, v1.4s"],
	 "SummaryView": {"Iterations": 100, "TotalCycles": 1000, "DispatchWidth": 8, "uOpsPerCycle": 0.1},
	 "ResourcePressureView": {"ResourcePressureInfo": [
		{"InstructionIndex": 0, "ResourceIndex": 0, "ResourceUsage": 9.9},
		{"InstructionIndex": 1, "ResourceIndex": 0, "ResourceUsage": 9.9}]}},
	{"Name": "ExpF32.1", "Instructions": ["fadd\tv0.4s, v0.4s, v1.4s"],
	 "SummaryView": {"Iterations": 100, "TotalCycles": 250, "DispatchWidth": 8, "uOpsPerCycle": 0.4},
	 "ResourcePressureView": {"ResourcePressureInfo": [
		{"InstructionIndex": 1, "ResourceIndex": 1, "ResourceUsage": 1}]}},
	{"Name": "ExpF32.2", "Instructions": ["nop"],
	 "SummaryView": {"Iterations": 100, "TotalCycles": 100, "DispatchWidth": 8, "uOpsPerCycle": 7.9},
	 "ResourcePressureView": {"ResourcePressureInfo": []}}],
	"TargetInfo": {"CPUName": "neoverse-n1", "Resources": ["N1UnitV0", "N1UnitV1"]}}`

func TestParseReport(t *testing.T) {
	got, err := parseReport([]byte(reportText))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]timing{
		"ExpF32.0": {10, "V0", 0.99}, "ExpF32.1": {2.5, "V1", 0.4}, "ExpF32.2": {1, "width", 0.9875}} {
		if got[name] != want {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
	if _, err := parseReport([]byte("{")); err == nil {
		t.Error("half a report gives no error")
	}
}

// modelled is a report on one kernel with one loop, which takes so many cycles on every core, where
// the peak is one multiply-add a cycle.
func modelled(k *kernel, cycles float64) (*report, *strings.Builder) {
	var out strings.Builder
	r := &report{out: &out, kernels: []*kernel{k}, timings: map[string]map[string]timing{}}
	for _, c := range cores {
		r.timings[c.cpu] = map[string]timing{regionName(k, 0): {cycles, "V", 1}}
		for _, p := range peakLoops {
			r.timings[c.cpu][p.name()] = timing{cycles: peakFMLAs}
		}
	}
	return r, &out
}

// TestShares wants a loop of Gemm with 92 % of the peak to fail where 95 % are wanted.
func TestShares(t *testing.T) {
	turn := strings.Repeat("fmla v0.4s, v1.4s, v2.s[0]\n", 92)
	k := &kernel{name: "GemmStripF32", loops: []loop{{label: "Along", turn: parsed(t, turn)}}}
	r, out := modelled(k, 100)
	r.products()
	r.verdict()
	const row = "| GemmStripF32 Along | 92 | 92 | 0.92, 92.0 % |"
	const failure = "- GemmStripF32 Along on neoverse-v1: 92.0 % of the peak, want 95 %\n"
	text := out.String()
	if r.missed != 3 || !strings.Contains(text, row) || !strings.Contains(text, failure) {
		t.Errorf("%d missed:\n%s", r.missed, out)
	}
	exceptions["GemmStripF32 Along on neoverse-v1"] = "a reason"
	defer delete(exceptions, "GemmStripF32 Along on neoverse-v1")
	again, out := modelled(k, 100)
	again.products()
	again.verdict()
	if again.missed != 2 || !strings.Contains(out.String(), "want 95 %; known: a reason\n") {
		t.Errorf("%d missed with an exception:\n%s", again.missed, out)
	}
}

// TestBesideSLEEF wants an exp of 75 instructions for four elements to fail, and one of 74 not.
func TestBesideSLEEF(t *testing.T) {
	for instructions, missed := range map[int]int{74: 0, 75: 1} {
		turn := strings.Repeat("fadd v0.4s, v1.4s, v2.4s\n", instructions-2)
		k := &kernel{name: "ExpF32", loops: []loop{
			{turn: parsed(t, "mul x0, x0, x0\nsubs x0, x0, #0x2\nb.ge 0x1000")},
			{label: "whole", turn: parsed(t, turn+"subs x0, x0, #0x4\nb.ge 0x1000")}}}
		r, out := modelled(k, 100)
		r.besideSLEEF()
		if r.missed != missed {
			t.Errorf("%d instructions: %d missed\n%s", instructions, r.missed, out)
		}
	}
}

// TestStubs finds the NEON functions without a body.
func TestStubs(t *testing.T) {
	dir := t.TempDir()
	const text = "package asm\n\nfunc ExpF32NEON(y, x []float32)\n\n" +
		"func LogF32NEON(y, x []float32)\n\nfunc HelperNEON() {}\n\nfunc ExpF32SVE(y, x []float32)\n"
	if err := os.WriteFile(filepath.Join(dir, "exp_arm64.go"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	wanted := map[string][]string{".": {"ExpF32NEON", "LogF32NEON"}, "Exp": {"ExpF32NEON"}}
	for pattern, want := range wanted {
		got, err := stubs(dir, regexp.MustCompile(pattern))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("stubs that match %q: %v, %v, want %v", pattern, got, err, want)
		}
	}
	if _, err := stubs(dir, regexp.MustCompile("Tanh")); err == nil {
		t.Error("no stubs give no error")
	}
}

// TestLabels wants the label above a line, and none of another function.
func TestLabels(t *testing.T) {
	file := filepath.Join(t.TempDir(), "exp_neon_arm64.s")
	const text = "TEXT ·ExpF32NEON(SB), $0-48\nwhole:\n\tWORD $0\n\tRET\n\n" +
		"TEXT ·LogF32NEON(SB), $0-48\n\tRET\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	labels := labelFinder{}
	if got, err := labels.before(file, 3); got != "whole" || err != nil {
		t.Errorf("the label above line 3 is %q, %v", got, err)
	}
	if got, err := labels.before(file, 7); err == nil {
		t.Errorf("the label above line 7 is %q", got)
	}
}

// TestMissingLLVM wants an error that names the package to install.
func TestMissingLLVM(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := findLLVM("19")
	if err == nil || !strings.Contains(err.Error(), "the package llvm-19 of Debian") {
		t.Errorf("error %v", err)
	}
}
