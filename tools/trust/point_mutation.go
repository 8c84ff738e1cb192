package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// mutationPoint: what the tests would miss.
var mutationPoint = point{
	name:  "mutation",
	alone: true,
	what: "The tests notice small changes of the assembly: of a sample spread over kinds, families, tiers " +
		"and dtypes they kill 97 of 100, and every dropped VZEROUPPER; of the Go files of kernels, grad, optim, " +
		"train, model and data 92 of 100. That leaves out the mutants that may live: an argument in " +
		"tools/mutate/allowed.txt or a rule of tools/mutate says that they compute the same, or all stated " +
		"errors hold with another constant. A verdict counts as long as the changed function keeps its text; " +
		"this run tries some of the killed ones anew.",
	steps: []step{
		{name: "three anew", from: quick, only: true, lacks: noAMD64,
			args: mutate("-recheck", "-tests=quick", "-n=3", "-seed=3")},
		{name: "VZEROUPPER anew", from: quick, lacks: noAMD64,
			args: mutate("-recheck", "-tests=quick", "-kinds=vzeroupper", "-n=4")},
		{name: "a sample anew", from: normal, lacks: noAMD64, args: mutate("-recheck", "-n=52", "-seed=3")},
		{name: "the tool", from: normal, args: []string{"go", "test", "-count=1", "./tools/mutate"}},
		{name: "the campaign on amd64", from: full, lacks: noAMD64, args: mutate("-n=1250")},
		{name: "the campaign on arm64", from: full, lacks: noQemu, args: mutate("-of=arm64", "-n=150")},
		{name: "the campaign on Go", from: full, args: mutate("-of=go", "-n=140")},
	},
	figures: []figure{
		{"mutants of amd64 killed in this run", [3]float64{5, 54, 54}},
		{"mutants of amd64 tried", [3]float64{}}, // mutationGoals has the least
	},
	defects: []defect{
		{from: quick, what: "the test of the registers notices nothing",
			file: "kernels/internal/clobber/stubs_test.go",
			old:  "if wrong := changed(t, s.function, arguments); len(wrong) > 0 {",
			new:  "if wrong := changed(t, s.function, arguments); len(wrong) > 99 {",
			args: mutate("-recheck", "-tests=quick", "-kinds=vzeroupper", "-n=1"),
			want: "1 of 1 mutants lived", lacks: noAMD64},
		{from: normal, what: "the digests of the elementwise kernels are not compared",
			file: "fuzz/bits_test.go", old: "if len(differ) > 0 {", new: "if len(differ) > 1<<20 {",
			args: mutate("-recheck", "-tests=quick", "-kinds=ulp", "-n=12"), want: "mutants lived",
			lacks: noAMD64},
	},
	ledger: mutationLedger,
}

func mutate(flags ...string) []string {
	return append([]string{"go", "run", "./tools/mutate"}, flags...)
}

func noAMD64() string {
	if runtime.GOARCH != "amd64" {
		return "the mutants of amd64 need such a CPU"
	}
	return ""
}

func noQemu() string {
	if _, err := exec.LookPath("qemu-aarch64-static"); err != nil {
		return "no qemu-aarch64-static"
	}
	return ""
}

// mutationGoals are the campaigns: how many mutants are to be tried, and the least share of them that
// the tests kill, leaving out those that may live.
var mutationGoals = []struct {
	of    string
	tried float64
	share float64
}{
	{"amd64", 1200, 0.97},
	{"arm64", 150, 0.97},
	{"go", 120, 0.92},
}

// mutationLedger asks tools/mutate what its ledgers add up to.
func mutationLedger(root string) (tally, error) {
	t := tally{figures: map[string]float64{}}
	for _, goal := range mutationGoals {
		cmd := exec.Command("go", "run", "./tools/mutate", "-totals", "-of="+goal.of)
		cmd.Dir, cmd.Stderr = root, os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return t, fmt.Errorf("the ledger of the mutants of %s: %w", goal.of, err)
		}
		var sum struct{ Tried, Killed, Allowed, Within, Alive, Open, Elsewhere, VZeroUpper float64 }
		if err := json.Unmarshal(out, &sum); err != nil {
			return t, fmt.Errorf("the ledger of the mutants of %s: %w", goal.of, err)
		}
		of := "mutants of " + goal.of + " "
		t.figures[of+"tried"] = sum.Tried
		t.figures[of+"killed"] = sum.Killed
		t.figures[of+"allowed to live"] = sum.Allowed
		t.figures[of+"as good as the original"] = sum.Within
		t.figures[of+"alive"] = sum.Alive
		t.figures[of+"that lived through the quick tests and met no others"] = sum.Open
		t.figures[of+"that this CPU cannot run"] = sum.Elsewhere
		if sum.Tried < goal.tried {
			t.short = append(t.short, fmt.Sprintf("%.0f %stried, want %.0f", sum.Tried, of, goal.tried))
		}
		if alive := sum.Alive + sum.Open; sum.Killed < goal.share*(sum.Killed+alive) {
			t.short = append(t.short, fmt.Sprintf("%.0f %skilled, %.0f alive or not tried with all tests, "+
				"want %.0f %% killed", sum.Killed, of, alive, 100*goal.share))
		}
		if sum.VZeroUpper > 0 {
			t.short = append(t.short, fmt.Sprintf("%.0f %slive without a VZEROUPPER", sum.VZeroUpper, of))
		}
	}
	return t, nil
}
