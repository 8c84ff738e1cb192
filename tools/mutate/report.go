package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// result is a mutant with its verdict.
type result struct {
	*mutant
	entry
	now bool // tried in this run
}

// tally counts verdicts.
type tally map[verdict]int

// rate is the share of killed mutants among those that must be.
func (t tally) rate() string {
	if n := t[killed] + t[lived]; n > 0 {
		return fmt.Sprintf("%.1f %%", 100*float64(t[killed])/float64(n))
	}
	return "-"
}

// report prints the tables and the survivors.
func report(w io.Writer, results []result) {
	for _, axis := range []struct {
		name string
		of   func(*mutant) string
	}{
		{"kind", func(m *mutant) string { return m.Kind }},
		{"family", func(m *mutant) string { return m.Family }},
		{"tier", func(m *mutant) string { return m.Tier }},
		{"dtype", func(m *mutant) string { return m.DType }},
	} {
		table(w, axis.name, axis.of, results)
		fmt.Fprintln(w)
	}
	survivors(w, results)
}

func table(w io.Writer, name string, of func(*mutant) string, results []result) {
	groups, total := map[string]tally{}, tally{}
	for _, r := range results {
		key := of(r.mutant)
		if groups[key] == nil {
			groups[key] = tally{}
		}
		groups[key][r.Verdict]++
		total[r.Verdict]++
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer t.Flush()
	fmt.Fprintf(t, "%s\tkilled\tlived\tallowed\twithin\tnot compiled\trate\t\n", name)
	print := func(key string, c tally) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t\n", key, c[killed], c[lived], c[allowed], c[within],
			c[invalid], c.rate())
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		print(key, groups[key])
	}
	print("total", total)
}

// survivors lists the mutants that lived, with the line before and after.
func survivors(w io.Writer, results []result) {
	list := slices.DeleteFunc(slices.Clone(results), func(r result) bool { return r.Verdict != lived })
	slices.SortFunc(list, func(a, b result) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.mutant.ID, b.mutant.ID))
	})
	for _, r := range list {
		fmt.Fprintf(w, "%s\n  %s:%d\n", r.mutant.ID, r.File, r.Line)
		fmt.Fprintf(w, "  - %s\n  + %s\n", r.Before, cmp.Or(r.After, "(dropped)"))
	}
}

// list prints mutants without running them.
func list(w io.Writer, mutants []*mutant) {
	for _, m := range mutants {
		fmt.Fprintf(w, "%s\t%s:%d\t%s\t%s\n", m.ID, m.File, m.Line, m.Before, cmp.Or(m.After, "(dropped)"))
	}
}

// progress is the line about one verdict.
func progress(r result) string {
	return strings.TrimSpace(fmt.Sprintf("%-12s %5.1fs  %s  %s", r.Verdict, r.Seconds, r.mutant.ID, r.Why))
}
