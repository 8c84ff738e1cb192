package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
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
		cpu: fmt.Sprintf("%s (family %d, model %d), %d threads; %s %s/%s", cpuid.CPU.BrandName, cpuid.CPU.Family,
			cpuid.CPU.Model, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)}
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

// ran and lacked are the tiers and paths that this CPU runs, and those that it does not.
func ran() (names, lacked []string) {
	tiers := kernels.Tiers()
	for _, t := range []kernels.Tier{kernels.Generic, kernels.AVX2, kernels.AVX512, kernels.NEON} {
		place(t, tiers, &names, &lacked)
	}
	bf16 := kernels.BF16Paths()
	for _, p := range []kernels.BF16Path{kernels.BF16Dot, kernels.BF16AMX} {
		place(p, bf16, &names, &lacked)
	}
	int8 := kernels.Int8Paths()
	for _, p := range []kernels.Int8Path{kernels.Int8AVXVNNI, kernels.Int8VNNI, kernels.Int8AMX} {
		place(p, int8, &names, &lacked)
	}
	return names, lacked
}

// place adds the name of v to those that run or to those that do not.
func place[T interface {
	comparable
	String() string
}](v T, running []T, names, lacked *[]string) {
	if slices.Contains(running, v) {
		*names = append(*names, v.String())
	} else {
		*lacked = append(*lacked, v.String())
	}
}

func (f form) String() string { return [...]string{"quick", "normal", "full"}[f] }

// verdict is "part" if all that ran is met, and the quick form or this machine left something out.
func verdict(r *result) string {
	switch p := r.point; {
	case !r.met():
		return "NOT MET"
	case len(r.skipped)+len(r.behind) > 0,
		r.form == quick && (len(p.left(quick)) > 0 || len(p.planted(quick)) < len(p.planted(normal))):
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
		fmt.Fprintf(w, "%-3d %-12s %-8s %7.0f  %s\n", r.point.index(), r.point.name, verdict(r),
			r.took.Seconds(), noticed(r))
		for _, name := range r.order() {
			if v, ok := r.figures[name]; ok {
				fmt.Fprintf(w, "    %16s %s%s\n", number(v), name, r.origin(name))
			}
		}
		for _, text := range r.skipped {
			fmt.Fprintf(w, "    not run: %s\n", text)
		}
		for _, text := range r.behind {
			fmt.Fprintf(w, "    not yet: %s\n", text)
		}
		for _, text := range r.missed {
			fmt.Fprintf(w, "    NOT MET: %s\n", text)
		}
	}
	fmt.Fprintf(w, "\n%.0f minutes\n", s.took.Minutes())
}

// noticed says how many planted defects were noticed, and how many the greatest form plants if those are more.
func noticed(r *result) string {
	text := fmt.Sprintf("%d of %d", len(r.noticed), len(r.point.planted(r.form)))
	if all := len(r.point.defects); all > len(r.point.planted(r.form)) {
		text += fmt.Sprintf(" (the form full: %d)", all)
	}
	return text
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
	flags := map[form]string{quick: " -quick", full: " -full"}[s.form]
	fmt.Fprintf(&b, "# What is proved, and how\n\n")
	fmt.Fprintf(&b, "`go run ./tools/trust%s` wrote this page; do not edit it. Form %s, commit %s, %s, %.0f minutes.\n"+
		"%s.\n\n", flags, s.form, s.commit, s.date, s.took.Minutes(), s.cpu)
	fmt.Fprintf(&b, "A line is met if its commands succeed, its figures reach their least values, and each "+
		"planted defect\nmakes its command fail. There are three forms: quick does a part of each line in minutes, "+
		"normal all of it but the\nlong runs, full these too (fuzzing, mutants, all float32). In the quick form a "+
		"line is met in part if that holds of what\nran; its section says what the normal form has more, and what this "+
		"computer lacks. In the other forms a line of\nwhich something cannot run is not met.\n\n"+
		"`go run ./tools/trust%s -list` prints the commands, `-run bounds` runs one line; the output of each "+
		"command\nstays in `out/trust`.\n\n", flags)
	b.WriteString("Figures with (ledger) are the sums of long runs of earlier days, on the CPUs that " +
		"[the ledgers](tools/trust/ledger)\nname. An entry counts as long as what it is bound to does not change: " +
		"executions of a fuzz target, the sources of\nthe kernels or of the reader; the verdict on a mutant, the " +
		"text of the function or the file of Go; a largest error,\nthe kernels of the function. After a change `make " +
		"trust-full` does anew what is missing, and until then the lines\nmutation, fuzzing and exact can be not " +
		"met.\n\n")
	fmt.Fprintf(&b, "| | point | line | planted defects noticed | seconds |\n|--:|---|---|---|--:|\n")
	for i := range results {
		r := &results[i]
		fmt.Fprintf(&b, "| %d | [%s](#%s) | %s | %s | %.0f |\n", r.point.index(), r.point.name, r.point.name,
			verdict(r), noticed(r), r.took.Seconds())
	}
	b.WriteString(unseen())
	for i := range results {
		section(&b, &results[i])
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// unseen is the section about computers that the run says nothing of.
func unseen() string {
	names, lacked := ran()
	return fmt.Sprintf(`
## What this page does not show

- The tiers and paths %s ran on this CPU. It does not have %s.
- %s ran under qemu alone (%s), never on arm64 hardware. AMX and AVX-VNNI ran
  in an emulator that executes the instructions one by one (%s), never on a CPU that has them.
- All tests ran on Linux. For Windows, macOS, FreeBSD and Android the packages are built, and no test runs.
`, strings.Join(names, ", "), strings.Join(lacked, ", "), "NEON", "`make test-arm64`", "`make test-amx-emulated`")
}

// section writes what is known of one point.
func section(b *strings.Builder, r *result) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", r.point.name, r.point.what)
	for _, text := range r.missed {
		fmt.Fprintf(b, "**Not met:** %s.\n\n", text)
	}
	for _, text := range r.behind {
		fmt.Fprintf(b, "**Not yet:** %s.\n\n", text)
	}
	for _, text := range r.skipped {
		fmt.Fprintf(b, "Not run: %s.\n\n", text)
	}
	if left := r.point.left(r.form); len(left) > 0 {
		fmt.Fprintf(b, "The form %s also has: %s.\n\n", r.form+1, strings.Join(left, "; "))
	}
	fmt.Fprintf(b, "| figure | | at least |\n|---|--:|--:|\n")
	for _, name := range r.order() {
		if v, ok := r.figures[name]; ok {
			fmt.Fprintf(b, "| %s%s | %s | %s |\n", name, r.origin(name), number(v), r.point.least(name, r.form))
		}
	}
	if len(r.noticed) > 0 {
		fmt.Fprintf(b, "\nThe checks failed, as they must, on these planted defects:\n\n")
		for _, d := range r.noticed {
			fmt.Fprintf(b, "- %s\n", d)
		}
	}
}

// origin marks a figure of long runs.
func (r *result) origin(name string) string {
	if r.summed[name] {
		return " (ledger)"
	}
	return ""
}

// least returns the least value of a figure in a form, "" if it has none.
func (p *point) least(name string, in form) string {
	for _, f := range p.figures {
		if f.name == name && f.least[in] > 0 {
			return number(f.least[in])
		}
	}
	return ""
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
			fmt.Fprintf(w, "  defect %q in %s, %q -> %q: %s\n", d.what, d.file, d.old, d.new,
				commandLine(d.dir, d.env, d.args))
		}
	}
}

// commandLine returns a command as a shell reads it.
func commandLine(dir string, env, args []string) string {
	line := ""
	for _, word := range slices.Concat(env, args) {
		if strings.ContainsAny(word, "|()$^*?;&<> '\"") {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		line += " " + word
	}
	line = line[1:]
	if dir != "" {
		line = "cd " + dir + " && " + line
	}
	return line
}
