package main

import (
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/ashlar-go/ashlar/tools/internal/accuracy"
	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

// The results that a run judges, by form: those of TestErrors and of the tests of the search itself.
const (
	judged   = "results judged by the oracle or its screen"
	compared = "results compared between assembly tiers"
	screened = "results of the screen compared with the oracle's"
	special  = "exact values at the special numbers"
)

// exactTest is a run of TestErrors, which searches so many numbers of each function and tier.
func exactTest(numbers int) []string {
	return []string{"go", "test", "-count=1", "-run", "^TestErrors$", "./tools/internal/accuracy",
		"-numbers", fmt.Sprint(numbers)}
}

// oracleTest holds the oracle's functions to math/big.
var oracleTest = []string{"go", "test", "-count=1", "-short", "-run", "^TestFunctions$|^TestConstants$",
	"./internal/dd"}

// harness are the tests of the search: planted errors, peaks and differences.
const harness = "^(TestScreen|TestSweep.*|TestClimb|TestExact.*)$"

var exactPoint = point{
	name: "exact",
	what: "The largest error of every function of one number and of its derivative is known and in bounds.",
	steps: []step{
		{name: "the oracle against math/big", args: oracleTest},
		{name: "the search finds planted errors, the special values are exact", only: true,
			args: []string{"go", "test", "-count=1", "-short", "-run", harness, "./fuzz"}},
		{name: "a search near the largest errors known, the boundaries and some other numbers", only: true,
			args: exactTest(1 << 13)},
		{from: normal, name: "the search finds planted errors, the special values are exact",
			args: []string{"go", "test", "-count=1", "-run", harness, "./fuzz"}},
		{from: normal, name: "a search near the largest errors known, the boundaries and 4 million others",
			args: exactTest(1 << 22)},
		{from: normal, name: "a search that is stopped goes on; a change drops its own lines alone",
			args: []string{"go", "test", "-count=1", "-skip", "^TestErrors$", "./tools/internal/accuracy"}},
		{from: full, name: "all float32, 2^30 float64 a function, and climbing from the worst",
			args: []string{"go", "run", "./tools/accuracy"}},
		{from: full, name: "the float32 oracle is CORE-MATH at all float32",
			args: []string{"make", "accuracy-coremath"}, lacks: noCargo},
	},
	figures: []figure{
		{name: judged, least: [3]float64{2e6, 1e9, 1e9}},
		{name: compared, least: [3]float64{5e5, 3e8, 3e8}},
		{name: screened, least: [3]float64{2e5, 2e6, 2e6}},
		{name: special, least: [3]float64{1500, 1500, 1500}},
	},
	defects: exactDefects,
	ledger:  exactTally,
}

// The assembly of the defects is that of amd64.
var exactDefects = []defect{
	{from: quick, what: "the oracle's logarithm leaves out the last terms of its series, 2^-88 of the value",
		file: "internal/dd/func.go", old: "series().odd[:25]", new: "series().odd[:15]",
		args: oracleTest, want: "relative error 2^-8"},
	{from: normal, what: "a coefficient of exp in float32 is one unit in the last place off",
		file: "kernels/asm/constants_amd64.s",
		old:  "DATA ·f32_3efffffe+0(SB)/8, $0x3efffffe3efffffe",
		new:  "DATA ·f32_3efffffe+0(SB)/8, $0x3effffff3effffff",
		args: append(exactTest(1<<13), "-only", "^Exp/f32"), want: "allowed 0.9"},
	{from: normal, what: "exp on AVX2 alone takes another coefficient, that of the Taylor series",
		file: "kernels/asm/exp_avx2_amd64.s", old: "·f32_3e2aaa49(SB), Y9", new: "·f32_3e2aaaab(SB), Y9",
		args: append(exactTest(1<<13), "-only", "^Exp/f32/avx2="), want: "results differ"},
	{from: normal, what: "e^x of +Inf and of the largest arguments is finite in Go",
		file: "kernels/vmath.go", old: "min(minimax.ExpMax64, x)", new: "min(minimax.ExpMax64-1, x)",
		args: []string{"go", "test", "-count=1", "-run", "^TestExact$", "./fuzz"}, want: "want +Inf"},
	{from: normal, what: "the search passes errors below a unit",
		file: "fuzz/screen.go", old: "p.slack = 4*limit + rounding", new: "p.slack = 4*limit + rounding + p.least",
		args: []string{"go", "test", "-count=1", "-short", "-run", "^TestScreen$", "./fuzz"},
		want: "the search finds"},
}

// noCargo says that Rust's cargo is missing, which builds the peer.
func noCargo() string {
	if _, err := exec.LookPath("cargo"); err != nil {
		return "cargo, of Rust"
	}
	return ""
}

// exactTally is what the ledger says of the functions at hand.
func exactTally(root string) (tally, error) {
	groups, err := accuracy.Plan(root)
	if err != nil {
		return tally{}, err
	}
	lines, err := ledger.Read[accuracy.Found](filepath.Join(root, filepath.FromSlash(accuracy.Ledger)))
	if err != nil {
		return tally{}, err
	}
	results := accuracy.Results(groups, lines)
	total := accuracy.Add(results)
	t := tally{figures: map[string]float64{
		"functions, dtypes and tiers searched whole": float64(total.Complete),
		"float32 results judged":                     float64(total.Numbers32),
		"float64 results judged":                     float64(total.Numbers64),
		"results compared between tiers":             float64(total.Same),
	}}
	if n := total.Groups - total.Complete; n > 0 {
		t.short = append(t.short, fmt.Sprintf("%d of %d searches are not complete: make accuracy", n, total.Groups))
	}
	for i := range results {
		t.short = append(t.short, results[i].Wrong()...)
	}
	peers, err := accuracy.Peers(root, filepath.Join(root, filepath.FromSlash(accuracy.PeerProgram)))
	if err != nil {
		return tally{}, err
	}
	done, missing, err := accuracy.CrossChecked(accuracy.Results(peers, lines))
	if err != nil {
		t.short = append(t.short, err.Error())
	}
	t.figures["functions whose oracle is CORE-MATH at all float32"] = float64(len(done))
	if len(missing) > 0 {
		t.short = append(t.short, fmt.Sprintf("the oracle of %v is not held to CORE-MATH: make accuracy-coremath",
			missing))
	}
	return t, nil
}
