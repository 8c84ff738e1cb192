// Command accuracy searches for the largest errors of the functions of one argument, on
// every tier of this CPU, and prints them with the arguments that have them:
//
//	go run ./tools/accuracy [-run regexp] [-tiers regexp] [-step n] [-samples n] [-csv file]
//
// The arguments in float32 are all 2^32 numbers, or every step-th. In float64 they are random
// numbers, dense near the numbers where a function or its implementation changes its formula.
// Both searches also take all neighbours of those numbers.
//
// The oracle computes in double-double arithmetic. The search in float32 asks it only about
// arguments that may be the worst, to judge by the same function in float64 on the fastest tier,
// which the search in float64 judges.
//
// The last column is "exact", or the first exact value (such as tanh(+Inf) = 1) that is wrong, or
// "none" where only the error counts. The exit code is 1 if one is wrong, or if an error is above its
// tolerance.
package main

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"iter"
	"log"
	"os"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/fuzz/spec"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("accuracy: ")
	run := flag.String("run", ".", "only kernels and cases that match, as \"Tanh/f32\" or \"gelu\"")
	tiers := flag.String("tiers", ".", "only tiers that match, as \"avx\"")
	step := flag.Uint64("step", 1, "take every step-th float32")
	samples := flag.Int("samples", 1e8, "numbers in float64")
	file := flag.String("csv", "", "write the table to this file too")
	flag.Parse()
	match, matchTier := compile(*run), compile(*tiers)
	const format = "%-32s %-6s %-7s %8s %7s  %-11s  %-24s %7s  %s\n"
	fmt.Printf(format, "function", "output", "tier", "worst", "allowed", "in", "at", "seconds",
		"special values")
	good := true
	lines := [][]string{{"function", "output", "tier", "worst", "allowed", "in", "at", "special values"}}
	for _, s := range searches(matchTier) {
		if !match.MatchString(s.name) {
			continue
		}
		start := time.Now()
		for _, v := range s.run(*step, *samples) {
			unit := map[spec.TolKind]string{spec.Exact: "exact", spec.ULP: "ulp",
				spec.Scaled: "eps * scale"}[v.Row.Tol.Kind]
			special := specialValues(&v)
			fmt.Printf(format, s.name, v.Row.Params[v.Output].Name, v.Row.Tier,
				fmt.Sprintf("%.4f", v.Error), fmt.Sprint(v.Row.Tol.Max), unit, fmt.Sprint(v.At),
				fmt.Sprintf("%.0f", time.Since(start).Seconds()), special)
			lines = append(lines, []string{s.name, v.Row.Params[v.Output].Name, v.Row.Tier.String(),
				fmt.Sprintf("%.4f", v.Error), fmt.Sprint(v.Row.Tol.Max), unit, fmt.Sprint(v.At), special})
			good = good && v.Judge() && (special == "exact" || special == "none")
		}
	}
	if *file != "" {
		if err := writeCSV(*file, lines); err != nil {
			log.Fatal(err)
		}
	}
	if !good {
		log.Fatal("an error is above its tolerance, or a special value is not exact")
	}
}

// writeCSV writes the whole table at once.
func writeCSV(path string, lines [][]string) error {
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(lines); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// compile exits with 2 unless pattern is a regular expression.
func compile(pattern string) *regexp.Regexp {
	r, err := regexp.Compile(pattern)
	if err != nil {
		log.Print(err)
		os.Exit(2)
	}
	return r
}

// specialValues returns "exact", the first exact value that is wrong, or "none" if the function has none.
func specialValues(w *fuzz.Worst) string {
	if w.Row.Points == nil {
		return "none"
	}
	if wrong := fuzz.CheckExact(&w.Row, w.Case); len(wrong) > 0 {
		return wrong[0]
	}
	return "exact"
}

// search is one function in one dtype and one case.
type search struct {
	name string
	fuzz.Accuracy
}

func searches(tiers *regexp.Regexp) []search {
	var out []search
	all := spec.Table()
	rows := slices.DeleteFunc(slices.Clone(all),
		func(r spec.Row) bool { return !tiers.MatchString(r.Tier.String()) })
	for first := 0; first < len(rows); {
		end := first + 1
		for end < len(rows) && rows[end].Kernel == rows[first].Kernel &&
			rows[end].DType == rows[first].DType {
			end++
		}
		row := &rows[first]
		for c, name := range row.Cases {
			if fuzz.OfOneArgument(row) {
				s := search{name: row.Kernel + "/" + row.DType.String(),
					Accuracy: fuzz.Accuracy{Rows: rows[first:end], Case: c, Fast: double(all, row)}}
				if name != "" {
					s.name += "/" + name
				}
				out = append(out, s)
			}
		}
		first = end
	}
	return out
}

// double returns the float64 row of a float32 function on the fastest tier, which comes last; nil
// for a float64 function.
func double(rows []spec.Row, row *spec.Row) (fast *spec.Row) {
	for i := range rows {
		if r := &rows[i]; row.DType == spec.F32 && r.DType == spec.F64 && r.Kernel == row.Kernel {
			fast = r
		}
	}
	return fast
}

// nearby is how many numbers are tried on either side of a boundary.
const nearby = 1000

// run searches near the boundaries with the oracle alone, then everywhere on all cores.
func (s *search) run(step uint64, samples int) []fuzz.Worst {
	slow := fuzz.Accuracy{Rows: s.Rows, Case: s.Case}
	s.From = slow.Run(fuzz.Boundaries(s.Rows[0].DType, nearby))
	n := runtime.GOMAXPROCS(0)
	parts := make([][]fuzz.Worst, n)
	var wg sync.WaitGroup
	for i := range parts {
		var arguments iter.Seq[[]float64]
		if s.Rows[0].DType == spec.F32 {
			arguments = fuzz.AllFloat32(uint64(i)*step, 1<<32, uint64(n)*step)
		} else {
			arguments = fuzz.SampleFloat64(samples/n, uint64(i))
		}
		wg.Go(func() { parts[i] = s.Run(arguments) })
	}
	wg.Wait()
	worst := parts[0]
	for _, p := range parts[1:] {
		for i := range worst {
			if !(p[i].Error <= worst[i].Error) {
				worst[i] = p[i]
			}
		}
	}
	return worst
}
