// Command accuracy searches for the largest errors of the functions of one number and of their
// derivatives, on every tier of this CPU:
//
//	go run ./tools/accuracy [-run regexp] [-skip regexp] [-for duration] [-jobs n] [-table] [-markdown]
//	go run ./tools/accuracy -brief n [-csv file] [-run regexp] [-skip regexp]
//	go run ./tools/accuracy -coremath
//
// In float32 it takes all 2^32 numbers. In float64 it takes 2^30 samples, dense near the numbers
// where a function or its implementation changes its formula, and climbs from the worst of them; all
// neighbours of those numbers too. The oracle computes in double-double arithmetic (see fuzz.Sweep).
//
// The work is cut into shards of seconds to a minute. Each that is done becomes a line of the ledger
// tools/trust/ledger/accuracy.jsonl, bound to the hash of the function's sources. The command does
// what the ledger lacks, in the order of what is worth most, until all is done, the time of -for is
// over or it is interrupted, and goes on from there next time. Then it prints the table. The whole
// takes hours of a core.
//
// With -brief it searches about n numbers of each function, beside those near the largest errors that
// the ledger knows, and writes no ledger. -csv writes what it found to a file.
//
// With -coremath it holds the oracle to CORE-MATH instead, at all float32, for the functions that
// both have.
//
// The exit code is 1 if an error is above its tolerance, if two assembly tiers differ, or if a
// special value (such as tanh(+Inf) = 1) is wrong.
package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/tools/internal/accuracy"
	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("accuracy: ")
	run := flag.String("run", ".", "only groups that match, as \"Tanh/f32\", \"gelu\" or \"avx2=\"")
	skip := flag.String("skip", "^$", "no groups that match")
	limit := flag.Duration("for", 0, "stop after this time, as 30m; 0: when all is done")
	jobs := flag.Int("jobs", runtime.GOMAXPROCS(0), "shards at a time")
	table := flag.Bool("table", false, "search nothing: print the table of the ledger")
	markdown := flag.Bool("markdown", false, "print the table in Markdown")
	brief := flag.Int("brief", 0, "search about so many numbers of each function, and leave the ledger as it is")
	file := flag.String("csv", "", "write what -brief finds to this file")
	root := flag.String("root", ".", "the root of the repository")
	peer := flag.Bool("coremath", false,
		"hold the float32 oracle to CORE-MATH instead (make accuracy-coremath)")
	flag.Parse()
	flag.Visit(func(f *flag.Flag) {
		if (f.Name == "brief" && *brief < 1) || (f.Name == "jobs" && *jobs < 1) {
			log.Printf("-%s %v, want at least 1", f.Name, f.Value)
			os.Exit(2)
		}
	})
	if flag.NArg() > 0 {
		log.Printf("unexpected argument %q", flag.Arg(0))
		os.Exit(2)
	}
	match, omit := compile(*run), compile(*skip)
	groups, err := plan(*root, *peer)
	if err != nil {
		log.Fatal(err)
	}
	groups = slices.DeleteFunc(groups, func(g accuracy.Group) bool {
		return !match.MatchString(g.Name) || omit.MatchString(g.Name)
	})
	if len(groups) == 0 {
		log.Fatalf("no group matches %q", *run)
	}
	path := filepath.Join(*root, filepath.FromSlash(accuracy.Ledger))
	if *brief > 0 {
		results, err := briefly(groups, path, *brief)
		if err == nil && *file != "" {
			err = writeCSV(*file, results)
		}
		if err != nil {
			log.Fatal(err)
		}
		finish(results, fmt.Sprintf("About %d numbers of each function were searched.", *brief), *markdown)
		return
	}
	if !*table {
		if err := search(groups, path, *root, *limit, *jobs); err != nil {
			log.Fatal(err)
		}
	}
	lines, err := ledger.Read[accuracy.Found](path)
	if err != nil {
		log.Fatal(err)
	}
	results := accuracy.Results(groups, lines)
	if *peer {
		report(results)
		return
	}
	finish(results, accuracy.Whole, *markdown)
}

// finish prints the table, with a sentence about what was searched, and exits with 1 if something is wrong.
func finish(results []accuracy.Result, searched string, markdown bool) {
	if markdown {
		fmt.Print(accuracy.Markdown(results, searched))
	} else {
		fmt.Print(accuracy.Table(results, searched))
	}
	good := true
	for i := range results {
		for _, wrong := range results[i].Wrong() {
			log.Print(wrong)
			good = false
		}
	}
	if !good {
		os.Exit(1)
	}
}

// plan returns the groups of the tiers, or those of the peer.
func plan(root string, peer bool) ([]accuracy.Group, error) {
	if peer {
		return accuracy.Peers(root, filepath.Join(root, filepath.FromSlash(accuracy.PeerProgram)))
	}
	return accuracy.Plan(root)
}

// report says for which functions the oracle agrees with CORE-MATH.
func report(results []accuracy.Result) {
	done, missing, err := accuracy.CrossChecked(results)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("The oracle, rounded to float32, is CORE-MATH to the bit at all 2^32 numbers: %s.\n",
		strings.Join(done, ", "))
	if len(missing) > 0 {
		fmt.Printf("Not all numbers are compared: %s.\n", strings.Join(missing, ", "))
	}
}

// search runs what the ledger lacks. An interrupt or the end of the time is no error.
func search(groups []accuracy.Group, path, root string, limit time.Duration, jobs int) error {
	book, err := ledger.Open[accuracy.Found](path)
	if err != nil {
		return err
	}
	defer book.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	kernels.SetThreads(1) // a shard is a thread
	err = accuracy.Run(ctx, groups, book, jobs, commit(root), os.Stderr)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		log.Print("stopped: the next run goes on from here")
		return nil
	}
	return err
}

// briefly searches about n numbers of each group.
func briefly(groups []accuracy.Group, path string, n int) ([]accuracy.Result, error) {
	lines, err := ledger.Read[accuracy.Found](path)
	if err != nil {
		return nil, err
	}
	kernels.SetThreads(1)
	peaks := accuracy.PeaksOf(lines)
	var results []accuracy.Result
	for i := range groups {
		results = append(results, groups[i].Brief(peaks, n, uint64(i)))
	}
	return results, nil
}

// writeCSV writes a line for each output of each group that the oracle judged.
func writeCSV(path string, results []accuracy.Result) error {
	lines := [][]string{{"function", "output", "tier", "worst", "allowed", "in", "at", "special values"}}
	for i := range results {
		r := &results[i]
		name := r.Row.Kernel + "/" + r.Row.DType.String()
		if c := r.Row.Cases[r.Case]; c != "" {
			name += "/" + c
		}
		unit := map[spec.TolKind]string{spec.Exact: "exact", spec.ULP: "ulp", spec.Scaled: "eps * scale"}[r.Row.Tol.Kind]
		for o, p := range r.Peaks {
			lines = append(lines, []string{name, r.Row.Params[o].Name, r.Row.Tier.String(),
				fmt.Sprintf("%.4f", float64(p.Error)), fmt.Sprint(r.Row.Tol.Of(r.Case)), unit,
				fmt.Sprint(float64(p.At)), special(&r.Row, r.Case)})
		}
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(lines); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// special returns "exact", the first special value that is wrong, or "none" if the function has none.
func special(row *spec.Row, c int) string {
	if row.Points == nil {
		return "none"
	}
	if wrong := fuzz.CheckExact(row, c); len(wrong) > 0 {
		return wrong[0]
	}
	return "exact"
}

// commit returns the commit that is checked out, "" if git does not tell.
func commit(root string) string {
	out, err := exec.Command("git", "-C", root, "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
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
