// Command accuracy searches for the largest errors of the functions of one argument, on
// every tier of this CPU, and prints them with the arguments that have them:
//
//	go run ./tools/accuracy [-run regexp] [-step n] [-samples n]
//
// In float32 it takes all 2^32 arguments, or every step-th, in float64 random ones that
// crowd around the numbers where functions change their ways; in both all numbers right
// beside those. The oracle computes in double-double arithmetic; in float32 the same
// function in float64 spares it the arguments that cannot be the worst. The last column
// says whether all special values are exact, or which is not. It exits with 1 if one is
// not or an error is above the tolerance.
package main

import (
	"flag"
	"fmt"
	"iter"
	"log"
	"os"
	"regexp"
	"runtime"
	"sync"
	"time"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/kernels"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("accuracy: ")
	run := flag.String("run", ".", "only kernels and cases that match, as \"Tanh/f32\" or \"gelu\"")
	step := flag.Uint64("step", 1, "take every step-th float32")
	samples := flag.Int("samples", 1e8, "numbers in float64")
	flag.Parse()
	match, err := regexp.Compile(*run)
	if err != nil {
		log.Print(err)
		os.Exit(2)
	}
	const format = "%-32s %-6s %-7s %8s %7s  %-11s  %-24s %7s  %s\n"
	fmt.Printf(format, "function", "output", "tier", "worst", "allowed", "in", "at", "seconds", "special values")
	good := true
	for _, s := range searches() {
		if !match.MatchString(s.name) {
			continue
		}
		start := time.Now()
		for _, v := range s.run(*step, *samples) {
			unit := map[kernels.TolKind]string{kernels.Exact: "exact", kernels.ULP: "ulp", kernels.Scaled: "eps * scale"}[v.Row.Tol.Kind]
			special := specialValues(&v)
			fmt.Printf(format, s.name, v.Row.Params[v.Output].Name, v.Row.Tier, fmt.Sprintf("%.4f", v.Error), fmt.Sprint(v.Row.Tol.Max), unit, fmt.Sprint(v.At), fmt.Sprintf("%.0f", time.Since(start).Seconds()), special)
			good = good && v.Judge() && special == "exact"
		}
	}
	if !good {
		log.Fatal("an error is above its tolerance, or a special value is not exact")
	}
}

// specialValues is "exact", or the first special value that is not. A row without a
// tolerance has none besides.
func specialValues(w *fuzz.Worst) string {
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

func searches() []search {
	var out []search
	rows := kernels.Table()
	for first := 0; first < len(rows); {
		end := first + 1
		for end < len(rows) && rows[end].Kernel == rows[first].Kernel && rows[end].DType == rows[first].DType {
			end++
		}
		row := &rows[first]
		for c, name := range row.Cases {
			if fuzz.OfOneArgument(row) {
				s := search{name: row.Kernel + "/" + row.DType.String(), Accuracy: fuzz.Accuracy{Rows: rows[first:end], Case: c, Fast: double(rows, row)}}
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

// double is the row of a float32 function in float64 on the generic tier.
func double(rows []kernels.Row, row *kernels.Row) *kernels.Row {
	for i := range rows {
		if r := &rows[i]; row.DType == kernels.F32 && r.DType == kernels.F64 && r.Kernel == row.Kernel && r.Tier == kernels.Generic {
			return r
		}
	}
	return nil
}

// nearby is how many numbers are tried on either side of a boundary.
const nearby = 1000

// run searches on all cores, beside the boundaries without a shortcut.
func (s *search) run(step uint64, samples int) []fuzz.Worst {
	n := runtime.GOMAXPROCS(0)
	parts := make([][]fuzz.Worst, n)
	var wg sync.WaitGroup
	for i := range parts {
		var arguments iter.Seq[[]float64]
		if s.Rows[0].DType == kernels.F32 {
			arguments = fuzz.AllFloat32(uint64(i)*step, 1<<32, uint64(n)*step)
		} else {
			arguments = fuzz.SampleFloat64(samples/n, uint64(i))
		}
		wg.Go(func() { parts[i] = s.Run(arguments) })
	}
	slow := fuzz.Accuracy{Rows: s.Rows, Case: s.Case}
	worst := slow.Run(fuzz.Boundaries(s.Rows[0].DType, nearby))
	wg.Wait()
	for _, p := range parts {
		for i := range worst {
			if !(p[i].Error <= worst[i].Error) {
				worst[i] = p[i]
			}
		}
	}
	return worst
}
