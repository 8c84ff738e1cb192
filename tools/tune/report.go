package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
		best = by.marked()
	} else if gain > 1 {
		best = "none above the noise, " + by.marked()
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
	if len(all) == 0 {
		fmt.Fprintf(w, "\n%s\n", s.empty())
		return
	}
	fmt.Fprintf(w, "\n%-28s %6s %8s %8s %8s\n", "best value of the rule", "shapes", "mean", "worst", "most")
	for _, t := range all {
		fmt.Fprintln(w, t.line(t.candidate.marked()))
	}
}

// empty says why the table of the rules has no line.
func (s *sitting) empty() string {
	for _, r := range s.results {
		if slices.ContainsFunc(r.gains, func(g float64) bool { return g == g }) {
			return "every shape at which a value changes a step is too noisy to count"
		}
	}
	return "no value of these rules changes a step here"
}

func (t *total) line(what string) string {
	verdict := ""
	if t.wins {
		verdict = "wins"
	} else if t.lost != "" {
		verdict = "loses at " + t.lost
	}
	return fmt.Sprintf("%-28s %6d %8s %8s %8s  %s", what, t.shapes, percent(t.mean), percent(t.worst),
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
			key := t.candidate.marked()
			lost[key] = lost[key] || t.lost != ""
			if t.wins {
				if won[key] == nil {
					order = append(order, key)
				}
				won[key] = append(won[key], t.line(fmt.Sprintf("  %-42v", s)))
			}
		}
	}
	order = slices.DeleteFunc(order, func(key string) bool { return lost[key] })
	for _, key := range order {
		fmt.Fprintf(w, "%s\n%s\n", key, strings.Join(won[key], "\n"))
	}
	if len(order) == 0 {
		fmt.Fprintln(w, "none")
	}
}

// table is the file of -csv, which is open from the start: a path that cannot be written is no news for the
// end of a search of minutes. It is nil without the flag.
type table struct {
	*os.File
	made bool // it was not there before
}

// openCSV opens the file, and leaves what it holds until there is something to write.
func openCSV(path string) (*table, error) {
	if path == "" {
		return nil, nil
	}
	_, err := os.Lstat(path)
	f, open := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o666)
	if open != nil {
		return nil, fmt.Errorf("-csv: %w", open)
	}
	return &table{f, errors.Is(err, fs.ErrNotExist)}, nil
}

// discard leaves the path as it was.
func (t *table) discard() {
	if t != nil {
		t.Close()
		if t.made {
			os.Remove(t.Name())
		}
	}
}

// write writes every gain, a line a candidate at a shape, in place of what the file held.
func (t *table) write(all []*sitting) error {
	if t == nil {
		return nil
	}
	lines := [][]string{{"class", "dtype", "threads", "shape", "today", "noise", "rules", "bits", "gain"}}
	for _, s := range all {
		for _, r := range s.results {
			for i, g := range r.gains {
				if !math.IsNaN(g) {
					by := s.candidates[i]
					lines = append(lines, []string{s.class.name, s.dtype, strconv.Itoa(s.threads),
						name(r.shape), number(r.today), number(r.noise), by.String(), bitsText(by),
						number(g)})
				}
			}
		}
	}
	defer t.Close()
	if info, err := t.Stat(); err == nil && info.Mode().IsRegular() {
		if err := t.Truncate(0); err != nil {
			return err
		}
	}
	if err := csv.NewWriter(t).WriteAll(lines); err != nil {
		return err
	}
	return t.Close()
}

// bitsText says whether products keep the bits that they have by today's rules.
func bitsText(c candidate) string {
	if c.bits() {
		return "other"
	}
	return "same"
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }
