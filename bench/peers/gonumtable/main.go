// Gonumtable compares kernels/gonumblas with gonum's own BLAS, routine by routine, and
// gonum's LAPACK on either, in the tables of bench/results:
//
//	go run ./gonumtable                   # all tables, on one thread
//	go run ./gonumtable -tables level3 -n 1024
//	go run ./gonumtable -tables lapack -threads 2
//
// Both sides of a ratio run in turn, and medians are compared.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/bench/peers/internal/figures"
	"github.com/ashlar-go/ashlar/kernels"
)

var (
	tables  = flag.String("tables", "level3,level2,level1,lapack", "the tables to print")
	sizes   = flag.String("n", "", "sizes instead of those of each table, such as 100,1000")
	threads = flag.Int("threads", 1, "threads, for both sides")
	only    = flag.String("only", "", "only cases whose name contains this")
	least   = flag.Duration("time", 300*time.Millisecond, "the least time to spend on a case")
	file    = flag.String("json", "", "write the times to this file, for the report")
	limit   = flag.Duration("limit", 30*time.Second,
		"leave out a case when its next smaller size lets expect more than this for a run")
)

// all are the times measured, and table is the one that is being printed.
var (
	all   figures.Gonum
	table string
)

func main() {
	flag.Parse()
	runtime.GOMAXPROCS(*threads)
	fmt.Printf("tier %v, %d thread(s), %s\n", kernels.Active(), *threads, runtime.Version())
	for _, name := range strings.Split(*tables, ",") {
		switch table = name; name {
		case "level3":
			printTable("level 3: GFLOP/s", level3(), pick(64, 256, 1024), gflops)
		case "level2":
			printTable("level 2: GFLOP/s", level2(), pick(100, 1000), gflops)
		case "level1":
			printTable("level 1: GFLOP/s, or elements a ns", level1(), pick(100, 1000, 100000), gflops)
		case "lapack":
			printTable("LAPACK: milliseconds", lapackCases(), pick(100, 200, 500, 1000, 2000), millis)
		default:
			fmt.Fprintf(os.Stderr, "gonumtable: no table %q\n", name)
			os.Exit(2)
		}
	}
	if *file != "" {
		if err := figures.Write(*file, all); err != nil {
			fmt.Fprintln(os.Stderr, "gonumtable:", err)
			os.Exit(1)
		}
	}
}

// pick returns the sizes of the flag -n, or those given.
func pick(standard ...int) []int {
	if *sizes == "" {
		return standard
	}
	var list []int
	for _, s := range strings.Split(*sizes, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			fmt.Fprintf(os.Stderr, "gonumtable: -n: %q is no size\n", s)
			os.Exit(2)
		}
		list = append(list, n)
	}
	return list
}

// testCase is a row of a table. prepare returns what runs gonum's side and ours for a
// size, and what restores the operands before each run, unless that is nil.
type testCase struct {
	name    string
	work    func(n float64) float64 // operations of a run
	prepare func(n int) (theirs, ours, restore func())
}

// unit is how times are printed.
type unit func(t time.Duration, work float64) string

func gflops(t time.Duration, work float64) string {
	return fmt.Sprintf("%.1f", work/float64(t.Nanoseconds()))
}

func millis(t time.Duration, _ float64) string {
	return fmt.Sprintf("%.3g", float64(t.Nanoseconds())/1e6)
}

func printTable(title string, cases []testCase, sizes []int, u unit) {
	fmt.Printf("\n%s; gonum -> ashlar (ratio)\n\n| |", title)
	for _, n := range sizes {
		fmt.Printf(" n = %d |", n)
	}
	fmt.Printf("\n|---|%s\n", strings.Repeat("---|", len(sizes)))
	for _, c := range cases {
		if !strings.Contains(c.name, *only) {
			continue
		}
		fmt.Printf("| %s |", c.name)
		var expected time.Duration
		last := 0
		for _, n := range sizes {
			if last > 0 {
				growth := float64(n) / float64(last)
				expected = time.Duration(float64(expected) * growth * growth * growth)
			}
			if last > 0 && expected > *limit {
				fmt.Print(" - |")
				continue
			}
			theirs, ours := measure(c, n)
			all.Rows = append(all.Rows, figures.GonumRow{Table: table, Name: c.name, N: n, Threads: *threads,
				Gonum: float64(theirs.Nanoseconds()), Ours: float64(ours.Nanoseconds())})
			work := c.work(float64(n))
			fmt.Printf(" %s -> %s (%.1f x) |", u(theirs, work), u(ours, work), float64(theirs)/float64(ours))
			expected, last = theirs, n
		}
		fmt.Println()
	}
}

// measure returns the median times of both sides.
func measure(c testCase, n int) (theirs, ours time.Duration) {
	their, our, restore := c.prepare(n)
	// A short run is repeated, unless it needs its operands restored.
	repeat := 1
	if restore == nil {
		restore = func() {}
		our()
		start := time.Now()
		our()
		repeat += int(40 * time.Microsecond / (time.Since(start) + 1))
	}
	var left, right bench.Rounds
	for begin, rounds := time.Now(), 0; rounds < 3 || time.Since(begin) < *least && rounds < 999; rounds++ {
		restore()
		left.Run(func() { loop(repeat, their) })
		restore()
		right.Run(func() { loop(repeat, our) })
	}
	return left.Median(0) / time.Duration(repeat), right.Median(0) / time.Duration(repeat)
}

func loop(n int, f func()) {
	for range n {
		f()
	}
}
