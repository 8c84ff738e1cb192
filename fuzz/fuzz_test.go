package fuzz

import (
	"bytes"
	"encoding/binary"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/proof"
)

// A fuzz target for each family of spec.Table.

func FuzzActivation(f *testing.F)   { fuzzFamily(f) }
func FuzzBLAS1(f *testing.F)        { fuzzFamily(f) }
func FuzzClip(f *testing.F)         { fuzzFamily(f) }
func FuzzData(f *testing.F)         { fuzzFamily(f) }
func FuzzGemm(f *testing.F)         { fuzzFamily(f) }
func FuzzGemmBF16(f *testing.F)     { fuzzFamily(f) }
func FuzzGemmVariants(f *testing.F) { fuzzFamily(f) }
func FuzzGemv(f *testing.F)         { fuzzFamily(f) }
func FuzzInt8(f *testing.F)         { fuzzFamily(f) }
func FuzzLoss(f *testing.F)         { fuzzFamily(f) }
func FuzzNorm(f *testing.F)         { fuzzFamily(f) }
func FuzzPReLU(f *testing.F)        { fuzzFamily(f) }
func FuzzRandom(f *testing.F)       { fuzzFamily(f) }
func FuzzReduce(f *testing.F)       { fuzzFamily(f) }
func FuzzSoftmax(f *testing.F)      { fuzzFamily(f) }
func FuzzTriangle(f *testing.F)     { fuzzFamily(f) }
func FuzzUpdate(f *testing.F)       { fuzzFamily(f) }
func FuzzVMath(f *testing.F)        { fuzzFamily(f) }

// targetOf returns the name of the target of a family.
func targetOf(family string) string {
	name := strings.NewReplacer("bf16", "BF16", "blas", "BLAS", "prelu", "PReLU", "vmath", "VMath").Replace(family)
	for _, word := range strings.Fields(name) {
		name = strings.Replace(name, word, strings.ToUpper(word[:1])+word[1:], 1)
	}
	return "Fuzz" + strings.ReplaceAll(name, " ", "")
}

func families() (list []string) {
	for _, rows := range groups() {
		list = append(list, rows[0].Family)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// fuzzFamily fuzzes the family whose target this is. The inputs of the corpus, and those that failed
// before, also go through all tiers and layouts, in the sizes that they ask for.
func fuzzFamily(f *testing.F) {
	at := slices.IndexFunc(families(), func(family string) bool { return targetOf(family) == f.Name() })
	target := newTarget(families()[at], groups())
	for i, k := range target.kinds {
		f.Add(append(binary.LittleEndian.AppendUint32(nil, k.key), byte(i), byte(i*7), 5, 0, 7, 0, 3, 0, 0))
	}
	fuzzing := flag.Lookup("test.fuzz").Value.String() != ""
	f.Fuzz(func(t *testing.T, data []byte) {
		if failure := target.once(data); failure != nil {
			t.Error(failure)
		}
		if !fuzzing {
			target.whole(t, data)
		}
	})
}

// TestEachFamilyIsFuzzed: a new family needs a target.
func TestEachFamilyIsFuzzed(t *testing.T) {
	text, err := os.ReadFile("fuzz_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families() {
		if target := "func " + targetOf(family) + "(f *testing.F)"; !bytes.Contains(text, []byte(target)) {
			t.Errorf("family %s has no target: %s", family, target)
		}
	}
}

// TestCorpus: a committed corpus file calls the kernel and dtype that its name begins with, as
// Softmax-f32-infinities does.
func TestCorpus(t *testing.T) {
	found := 0
	for _, family := range families() {
		kinds := kindsOf(family, groups())
		files, err := filepath.Glob(filepath.Join("testdata", "fuzz", targetOf(family), "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			found++
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, text, _ = bytes.Cut(text, []byte("[]byte("))
			data, err := strconv.Unquote(string(bytes.TrimSuffix(bytes.TrimSpace(text), []byte(")"))))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			row := pick(kinds, uint32(newDraw([]byte(data)).take(4))).rows[0]
			want := row.Kernel + "-" + row.DType.String() + "-"
			if !strings.HasPrefix(filepath.Base(file), want) {
				t.Errorf("%s calls %s in %v: its name has to begin with %s",
					file, row.Kernel, row.DType, want)
			}
		}
	}
	if found == 0 {
		t.Error("found no corpus file in testdata/fuzz")
	}
}

// random bytes for the target of a family, one input after the other.
func inputs(family string) func() []byte {
	r := newDraw([]byte(family)).rand
	return func() []byte {
		data := make([]byte, r.IntN(64))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		return data
	}
}

// TestTargetReportsDefects: executions by the thousand find what [Check] finds.
func TestTargetReportsDefects(t *testing.T) {
	for _, d := range defects() {
		t.Run(d.name, func(t *testing.T) {
			if !Guarded && strings.HasPrefix(d.want, "touched") {
				t.Skip("no guard pages on this system")
			}
			target, next := newTarget("", [][]spec.Row{d.rows}), inputs(d.name)
			for i := range 20000 {
				f := target.once(next())
				if f != nil && d.want == "" {
					t.Errorf("a correct kernel is reported: %v", f)
				}
				if f != nil { // in other words than Check's, where the oracle judges another layout
					t.Logf("execution %d: %v", i, f)
					return
				}
			}
			if d.want != "" {
				t.Error("the defect is not reported")
			}
		})
	}
}

// TestExecutions makes executions of each family on random bytes: as many as ASHLAR_EXECUTIONS says.
func TestExecutions(t *testing.T) {
	most := 500
	if text := os.Getenv("ASHLAR_EXECUTIONS"); text != "" {
		var err error
		if most, err = strconv.Atoi(text); err != nil || most < 1 {
			t.Fatalf("ASHLAR_EXECUTIONS=%q is no number of executions", text)
		}
	}
	for _, family := range families() {
		t.Run(family, func(t *testing.T) {
			target, next := newTarget(family, groups()), inputs(family)
			for range most {
				data := next()
				if f := target.once(data); f != nil {
					t.Fatalf("%v\ninput %q", f, data)
				}
			}
			proof.Count(t, "fuzzing", "executions of families in process", most)
		})
	}
}

// BenchmarkExecution measures an execution of each target on random bytes.
func BenchmarkExecution(b *testing.B) {
	for _, family := range families() {
		b.Run(family, func(b *testing.B) {
			target, next := newTarget(family, groups()), inputs(family)
			for b.Loop() {
				if f := target.once(next()); f != nil {
					b.Fatal(f)
				}
			}
		})
	}
}
