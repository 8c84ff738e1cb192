package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

func (s *sitting) printHead(w io.Writer) {
	fmt.Fprintf(w, "\n### %v\n\n%-20s %9s %8s %7s %8s  %s\n", s, "shape", "GFLOP/s", "of peak", "noise",
		"gain", "of the best candidate")
}

// print writes the line of a shape.
func (r *result) print(w io.Writer, by candidate, gain float64) {
	share := "-"
	if r.peak > 0 {
		share = fmt.Sprintf("%.0f %%", 100*r.today/r.peak)
	}
	best := "none"
	if r.noise > loudest {
		best = "too noisy to count"
	} else if gain > 1+max(least, r.noise) {
		best = by.String()
	} else if gain > 1 {
		best = "none above the noise, " + by.String()
	}
	fmt.Fprintf(w, "%-20s %9.1f %8s %7s %8s  %s\n", name(r.shape), r.today, share,
		fmt.Sprintf("%.1f %%", 100*r.noise), percent(gain), best)
}

func percent(gain float64) string { return fmt.Sprintf("%+.1f %%", 100*(gain-1)) }

// printSummary writes, for each rule, the candidate with the best mean.
func (s *sitting) printSummary(w io.Writer) {
	best := map[*knob]total{}
	for i := range s.candidates {
		t := s.total(i)
		k := t.candidate[0].knob
		if old, ok := best[k]; t.shapes > 0 && (!ok || t.mean > old.mean) {
			best[k] = t
		}
	}
	var all []total
	for _, t := range best {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b total) int {
		if a.mean > b.mean || a.mean == b.mean && a.String() < b.String() {
			return -1
		}
		return 1
	})
	fmt.Fprintf(w, "\n%-24s %6s %8s %8s %8s\n", "best value of the rule", "shapes", "mean", "worst", "most")
	for _, t := range all {
		fmt.Fprintln(w, t.line(t.candidate.String()))
	}
}

func (t *total) line(what string) string {
	verdict := ""
	if t.wins {
		verdict = "wins"
	} else if t.lost != "" {
		verdict = "loses at " + t.lost
	}
	return fmt.Sprintf("%-24s %6d %8s %8s %8s  %s", what, t.shapes, percent(t.mean), percent(t.worst),
		percent(t.most), verdict)
}

// printVerdict writes the candidates that won in some sitting and lost in none.
func printVerdict(w io.Writer, all []*sitting) {
	fmt.Fprintf(w, "\n### Won somewhere, lost nowhere\n\n%-44s %6s %8s %8s %8s\n", "rule", "shapes", "mean",
		"worst", "most")
	won, lost := map[string][]string{}, map[string]bool{}
	var order []string
	for _, s := range all {
		for i := range s.candidates {
			t := s.total(i)
			key := t.candidate.String()
			lost[key] = lost[key] || t.lost != ""
			if t.wins {
				if won[key] == nil {
					order = append(order, key)
				}
				won[key] = append(won[key], t.line(fmt.Sprintf("  %-42v", s)))
			}
		}
	}
	for _, key := range order {
		if !lost[key] {
			fmt.Fprintf(w, "%s\n%s\n", key, strings.Join(won[key], "\n"))
		}
	}
}

// writeCSV writes every gain, a line a candidate at a shape.
func writeCSV(path string, all []*sitting) error {
	lines := [][]string{{"class", "dtype", "threads", "shape", "today", "noise", "rules", "gain"}}
	for _, s := range all {
		for _, r := range s.results {
			for i, g := range r.gains {
				if !math.IsNaN(g) {
					lines = append(lines, []string{s.class.name, s.dtype, strconv.Itoa(s.threads),
						name(r.shape), number(r.today), number(r.noise), s.candidates[i].String(), number(g)})
				}
			}
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := csv.NewWriter(f).WriteAll(lines); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }
