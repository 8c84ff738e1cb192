package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/klauspost/cpuid/v2"
)

// scene is where and how a run took place.
type scene struct {
	form   form
	date   string
	commit string
	cpu    string
	took   time.Duration
}

func (l *laboratory) scene() scene {
	s := scene{form: l.form, date: l.start.Format(time.DateOnly), took: time.Since(l.start),
		cpu: fmt.Sprintf("%s, %d threads, tiers %s; %s %s/%s", cpuid.CPU.BrandName, runtime.NumCPU(),
			tiers(), runtime.Version(), runtime.GOOS, runtime.GOARCH)}
	s.commit = "unknown"
	if out, err := exec.Command("git", "-C", l.root, "describe", "--always", "--abbrev=12").Output(); err == nil {
		s.commit = strings.TrimSpace(string(out))
	}
	changed, err := exec.Command("git", "-C", l.root, "status", "--porcelain", "--", ".", ":!TRUST.md",
		":!tools/trust/ledger").Output()
	if err == nil && len(changed) > 0 {
		s.commit += " with changes"
	}
	return s
}

func tiers() string {
	var names []string
	for _, t := range kernels.Tiers() {
		names = append(names, t.String())
	}
	return strings.Join(names, " ")
}

func (f form) String() string { return [...]string{"quick", "normal", "full"}[f] }

func verdict(r *result) string {
	switch {
	case !r.met():
		return "NOT MET"
	case len(r.skipped) > 0:
		return "part"
	default:
		return "met"
	}
}

// number prints a count with the digits in threes, as 1,234,567.
func number(v float64) string {
	if v != float64(int64(v)) {
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	s := strconv.FormatInt(int64(v), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// table prints a line for each point, and below it its figures.
func table(w io.Writer, s scene, results []result) {
	fmt.Fprintf(w, "\nform %s, commit %s, %s\n%s\n\n", s.form, s.commit, s.date, s.cpu)
	fmt.Fprintf(w, "%-3s %-12s %-8s %7s  %s\n", "", "point", "line", "seconds", "planted defects noticed")
	for i := range results {
		r := &results[i]
		fmt.Fprintf(w, "%-3d %-12s %-8s %7.0f  %d of %d\n", r.point.index(), r.point.name, verdict(r),
			r.took.Seconds(), len(r.noticed), len(r.point.planted(s.form)))
		for _, name := range r.order() {
			if v, ok := r.figures[name]; ok {
				fmt.Fprintf(w, "    %16s %s\n", number(v), name)
			}
		}
		for _, text := range r.skipped {
			fmt.Fprintf(w, "    not run: %s\n", text)
		}
		for _, text := range r.missed {
			fmt.Fprintf(w, "    NOT MET: %s\n", text)
		}
	}
	fmt.Fprintf(w, "\n%.0f minutes\n", s.took.Minutes())
}

// index returns the number of a point, from 1.
func (p *point) index() int {
	for i, q := range points {
		if p == q {
			return i + 1
		}
	}
	return 0
}

// planted returns the defects of a form.
func (p *point) planted(f form) (all []defect) {
	for _, d := range p.defects {
		if d.from <= f {
			all = append(all, d)
		}
	}
	return all
}

// writeMarkdown writes the result as a page.
func writeMarkdown(path string, s scene, results []result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# What is proved, and how\n\n")
	fmt.Fprintf(&b, "`make trust` wrote this page; do not edit it. Form %s, commit %s, %s, %.0f minutes.\n%s.\n\n",
		s.form, s.commit, s.date, s.took.Minutes(), s.cpu)
	fmt.Fprintf(&b, "A line is met if its commands succeed, its figures reach their least values, and each "+
		"planted defect\nmakes its command fail. `go run ./tools/trust -list` prints the commands; "+
		"[tools/trust](tools/trust) has them.\n\n")
	fmt.Fprintf(&b, "| | point | line | defects noticed | seconds |\n|--:|---|---|--:|--:|\n")
	for i := range results {
		r := &results[i]
		fmt.Fprintf(&b, "| %d | [%s](#%s) | %s | %d of %d | %.0f |\n", r.point.index(), r.point.name, r.point.name,
			verdict(r), len(r.noticed), len(r.point.planted(s.form)), r.took.Seconds())
	}
	for i := range results {
		section(&b, &results[i])
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// section writes what is known of one point.
func section(b *strings.Builder, r *result) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", r.point.name, r.point.what)
	for _, text := range r.missed {
		fmt.Fprintf(b, "**Not met:** %s.\n\n", text)
	}
	for _, text := range r.skipped {
		fmt.Fprintf(b, "Not run: %s.\n\n", text)
	}
	fmt.Fprintf(b, "| figure | |\n|---|--:|\n")
	for _, name := range r.order() {
		if v, ok := r.figures[name]; ok {
			fmt.Fprintf(b, "| %s | %s |\n", name, number(v))
		}
	}
	if len(r.noticed) > 0 {
		fmt.Fprintf(b, "\nThe checks failed, as they must, on these planted defects:\n\n")
		for _, d := range r.noticed {
			fmt.Fprintf(b, "- %s\n", d)
		}
	}
}

// list prints the commands of a form.
func list(w io.Writer, chosen []*point, f form) {
	for _, p := range chosen {
		fmt.Fprintf(w, "%s: %s\n", p.name, p.what)
		for _, s := range p.steps {
			if s.runs(f) {
				fmt.Fprintf(w, "  %s: %s\n", s.name, commandLine(s.dir, s.env, s.args))
			}
		}
		for _, d := range p.planted(f) {
			fmt.Fprintf(w, "  defect %q in %s: %s\n", d.what, d.file, commandLine(d.dir, d.env, d.args))
		}
	}
}

func commandLine(dir string, env, args []string) string {
	line := strings.Join(append(append([]string{}, env...), args...), " ")
	if dir != "" {
		line = "cd " + dir + " && " + line
	}
	return line
}
