package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// Every count is that of the main loops of the assembly.
func TestOperations(t *testing.T) {
	routines := readRoutines(t)
	counted := 0
	for kernel, o := range flops {
		sum := 0.0
		for _, name := range strings.Fields(o.routines) {
			body := routines[name]
			if body == nil {
				t.Fatalf("%s: no routine %s", kernel, name)
			}
			sum += operationsOf(t, name, body)
		}
		if o.routines != "" {
			counted++
			if sum != o.count {
				t.Errorf("%s: %g operations in the assembly, %g in the table", kernel, sum, o.count)
			}
		}
	}
	if counted < 60 {
		t.Errorf("only %d kernels were counted", counted)
	}
}

// readRoutines reads the lines of each routine of float32 on AVX-512.
func readRoutines(t *testing.T) map[string][]string {
	files, err := filepath.Glob("../../../kernels/asm/*_avx512_amd64.s")
	if err != nil || len(files) == 0 {
		t.Fatal("no assembly", err)
	}
	routines := map[string][]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := ""
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "TEXT ·"); ok {
				name, _, _ = strings.Cut(rest, "(")
			}
			if routine, ok := strings.CutSuffix(name, "F32AVX512"); ok {
				routines[routine] = append(routines[routine], strings.TrimSpace(line))
			}
		}
	}
	return routines
}

var (
	jump   = regexp.MustCompile(`^J\w+\s+(\w+)$`)
	steps  = regexp.MustCompile(`^ADDQ\s+\$0x([0-9a-f]+), \w+$`)
	two    = regexp.MustCompile(`^VFN?M(ADD|SUB)\w*PS(\.\w+)?\s`)
	double = regexp.MustCompile(`(?m)^V(FN?M|ADD|SUB|MUL|DIV|SQRT)\w*PD`)
	one    = regexp.MustCompile(`^V(ADD|SUB|MUL|DIV|SQRT|MAX|MIN|SCALEF|RANGE)PS(\.\w+)?\s`)
)

// operationsOf counts the first loop without a loop in it that computes, for each element. Its longest
// step is through float32.
func operationsOf(t *testing.T, name string, body []string) float64 {
	for _, loop := range loopsOf(body) {
		count, step := 0, int64(0)
		for _, line := range loop {
			switch {
			case two.MatchString(line):
				count += 2 * 16
			case one.MatchString(line):
				count += 16
			}
			if m := steps.FindStringSubmatch(line); m != nil {
				n, err := strconv.ParseInt(m[1], 16, 64)
				if err != nil {
					t.Fatal(err)
				}
				step = max(step, n)
			}
		}
		if double.MatchString(strings.Join(loop, "\n")) {
			t.Errorf("%s computes in float64 too", name)
		}
		if count > 0 && step > 0 {
			return float64(count) / float64(step/4)
		}
	}
	t.Fatalf("%s: no loop that computes", name)
	return 0
}

// loopsOf are the innermost loops.
func loopsOf(body []string) (loops [][]string) {
	labels := map[string]int{}
	last := -1
	for i, line := range body {
		if label, ok := strings.CutSuffix(line, ":"); ok {
			labels[label] = i
		}
		m := jump.FindStringSubmatch(line)
		if m == nil || strings.HasPrefix(line, "JMP") {
			continue
		}
		if from, ok := labels[m[1]]; ok && from > last {
			loops = append(loops, body[from:i])
			last = i
		}
	}
	return loops
}

// Every kernel of vectors and matrices is counted, or moves data without computing.
func TestEveryKernelIsCounted(t *testing.T) {
	moves := []string{"Swap", "Transpose", "GatherRows", "MaxAbs", "ArgMaxAbs", "ToBFloat16", "FromBFloat16"}
	for _, row := range spec.Table() {
		if row.Dims == "MNK" || row.Tier != kernels.Generic || slices.Contains(moves, row.Kernel) {
			continue
		}
		found := false
		for kernel := range flops {
			found = found || kernel == row.Kernel || strings.HasPrefix(kernel, row.Kernel+" ")
		}
		if !found {
			t.Errorf("no operations of %s", row.Kernel)
		}
	}
	for _, kernel := range moves {
		if flopsOf(kernel) != 0 {
			t.Errorf("%s computes", kernel)
		}
	}
	if got := flopsOf("Activate leaky_relu(-0.5)"); got != 1 {
		t.Errorf("leaky_relu: %g", got)
	}
}

func TestFamilies(t *testing.T) {
	for kernel, want := range map[string]string{"Gemm NN 8x8x8": "products",
		"Gemv N": "BLAS, random numbers, others",
		"Log":    "elementary functions", "LogSoftmax": "losses and softmax", "Exp": "elementary functions",
		"SumSquares": "sums", "UpdateAdam": "updates", "ActivateGrad gelu": "activations",
		"LayerNormForward": "normalisation"} {
		if got := families[familyOf(kernel)].name; got != want {
			t.Errorf("%s belongs to %s, want %s", kernel, got, want)
		}
	}
}
