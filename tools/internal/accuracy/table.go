package accuracy

import (
	"fmt"
	"math"
	"strings"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/tools/internal/ledger"
)

// Result is what the ledger says about one group.
type Result struct {
	*Group
	Done    int // shards
	Numbers uint64
	Differ  uint64
	Peaks   []Peak // the largest errors, by output
}

// Complete reports whether all shards of a group are done.
func (r *Result) Complete() bool { return r.Done == len(r.Shards) }

// Results adds up the lines of a ledger that count, group by group.
func Results(groups []Group, lines []ledger.Line[Found]) []Result {
	x := newIndex(lines)
	out := make([]Result, len(groups))
	for i := range groups {
		r := &out[i]
		r.Group = &groups[i]
		for _, f := range x.shards(r.Group) {
			r.Done++
			r.Numbers += f.Numbers
			r.Differ += f.Differ
			for o, p := range f.Peaks {
				if o == len(r.Peaks) {
					r.Peaks = append(r.Peaks, p)
				} else if !(p.Error <= r.Peaks[o].Error) {
					r.Peaks[o] = p
				}
			}
		}
	}
	return out
}

// Wrong says in plain words what contradicts the tolerances, the special values or the equality of
// tiers.
func (r *Result) Wrong() (wrong []string) {
	for o, p := range r.Peaks {
		if !(float64(p.Error) <= r.Row.Tol.Of(r.Case)) {
			wrong = append(wrong, fmt.Sprintf("%s %s: error %.4g at %v, allowed %v", r.Name,
				r.Row.Params[o].Name, float64(p.Error), float64(p.At), r.Row.Tol.Of(r.Case)))
		}
	}
	if r.Differ > 0 {
		wrong = append(wrong, fmt.Sprintf("%s: %d results differ", r.Name, r.Differ))
	}
	if r.Row.Points != nil && r.Twin == nil {
		for _, w := range fuzz.CheckExact(&r.Row, r.Case) {
			wrong = append(wrong, r.Name+": "+w)
		}
	}
	return wrong
}

// A line of the table is an output of a function in a case. It has a cell for each dtype and kind of
// tier.
type line struct {
	kernel, output string
	cells          [2][2]*cell // by dtype; assembly, then generic
	same           [2]sameness
	allowed        [2]float64
}

type cell struct {
	peak    Peak
	found   bool
	done    int
	shards  int
	numbers uint64
}

type sameness struct{ groups, complete int }

// lines arranges results as the table has them.
func lines(results []Result) []*line {
	var list []*line
	byName := map[string]*line{}
	for i := range results {
		r := &results[i]
		name := r.Row.Kernel
		if c := r.Row.Cases[r.Case]; c != "" { // "gelu", "gelu Grad"
			name = strings.TrimSpace(c + " " + strings.TrimPrefix(name, "Activate"))
		}
		for o, p := range r.Row.Params {
			if p.Role == spec.In {
				continue
			}
			l := byName[name+"/"+p.Name]
			if l == nil {
				l = &line{kernel: name, output: p.Name}
				byName[name+"/"+p.Name] = l
				list = append(list, l)
			}
			l.put(r, o)
		}
	}
	return list
}

func (l *line) put(r *Result, o int) {
	d := r.Row.DType
	l.allowed[d] = r.Row.Tol.Of(r.Case)
	if r.Twin != nil {
		l.same[d].groups++
		if r.Complete() && r.Differ == 0 {
			l.same[d].complete++
		}
		return
	}
	kind := 0
	if r.Row.Tier == kernels.Generic {
		kind = 1
	}
	c := &cell{done: r.Done, shards: len(r.Shards), numbers: r.Numbers}
	if len(r.Peaks) > 0 {
		c.peak, c.found = r.Peaks[o], true
	}
	l.cells[d][kind] = c
}

// text returns the error, with a mark if the search is not complete.
func (c *cell) text() string {
	switch {
	case c == nil:
		return ""
	case !c.found:
		return "-"
	case c.done < c.shards:
		return fmt.Sprintf("%.4f?", float64(c.peak.Error))
	}
	return fmt.Sprintf("%.4f", float64(c.peak.Error))
}

func (c *cell) at() string {
	if c == nil || !c.found || c.peak.Error == 0 {
		return ""
	}
	return fmt.Sprintf("%.5g", float64(c.peak.At))
}

// mark says whether the assembly tiers give the same bits.
func (s sameness) mark() string {
	switch {
	case s.groups == 0:
		return ""
	case s.complete == s.groups:
		return "="
	}
	return "~"
}

// Whole says what a search searches if nothing cuts it short.
const Whole = "float32: all 2^32 numbers. float64: 2^30 samples, then a climb from the worst of them."

// head explains the table.
func head(searched string) string {
	return `The largest errors found, in units in the last place (functions) or eps * scale (activations; Grad is
value and derivative in one pass, Backward the derivative from the memo), "at" the argument that has it,
and "stated" the error that the kernels promise.
` + searched + `
"=" after the errors of assembly: the other assembly tiers give the same bits at all those numbers; "~": not
all of them are compared. "?": a part is searched. "-": nothing is.
`
}

// Table returns the table as text, at most 110 columns wide. searched says what was searched, as Whole.
func Table(results []Result, searched string) string {
	var b strings.Builder
	b.WriteString(head(searched) + "\n")
	const format = "%-25s %-2s %9s %1s %-11s %7s %6s %9s %1s %-11s %7s %6s\n"
	b.WriteString(trim(fmt.Sprintf("%-25s %-2s %-23s %7s %6s %-23s %7s %6s\n", "", "",
		"  float32, assembly  at", "generic", "stated", "  float64, assembly  at", "generic", "stated")))
	for _, l := range lines(results) {
		single, double := l.cells[spec.F32], l.cells[spec.F64]
		b.WriteString(trim(fmt.Sprintf(format, l.kernel, l.output,
			single[0].text(), l.same[spec.F32].mark(), single[0].at(), single[1].text(), l.stated(spec.F32),
			double[0].text(), l.same[spec.F64].mark(), double[0].at(), double[1].text(), l.stated(spec.F64))))
	}
	b.WriteString("\n" + Summary(results) + "\n")
	return b.String()
}

// stated returns the error that the kernels promise, "" if the results have nothing of the dtype.
func (l *line) stated(d spec.DType) string {
	if l.cells[d] == [2]*cell{} && l.same[d].groups == 0 {
		return ""
	}
	return fmt.Sprint(l.allowed[d])
}

func trim(s string) string { return strings.TrimRight(s, " \n") + "\n" }

// Markdown returns the table for a document.
func Markdown(results []Result, searched string) string {
	var b strings.Builder
	b.WriteString(head(searched) + "\n")
	b.WriteString("| function | output | f32 assembly | at | f32 generic | f64 assembly | at | f64 generic |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|\n")
	for _, l := range lines(results) {
		single, double := l.cells[spec.F32], l.cells[spec.F64]
		fmt.Fprintf(&b, "| %s | %s | %s %s | %s | %s | %s %s | %s | %s |\n", l.kernel, l.output,
			single[0].text(), l.same[spec.F32].mark(), single[0].at(), single[1].text(),
			double[0].text(), l.same[spec.F64].mark(), double[0].at(), double[1].text())
	}
	b.WriteString("\n" + Summary(results) + "\n")
	return b.String()
}

// Totals are what the complete groups add up to.
type Totals struct {
	Groups, Complete int // of both dtypes
	Numbers32        uint64
	Numbers64        uint64
	Same             uint64 // numbers at which assembly tiers were compared
}

// Add adds results up.
func Add(results []Result) (t Totals) {
	for i := range results {
		r := &results[i]
		t.Groups++
		if r.Complete() {
			t.Complete++
		}
		switch {
		case r.Twin != nil:
			t.Same += r.Numbers
		case r.Row.DType == spec.F32:
			t.Numbers32 += r.Numbers
		default:
			t.Numbers64 += r.Numbers
		}
	}
	return t
}

// Summary tells the totals in a sentence.
func Summary(results []Result) string {
	t := Add(results)
	return fmt.Sprintf("%d of %d groups are complete: %s results in float32 and %s in float64 judged,\n"+
		"%s compared between tiers.", t.Complete, t.Groups, power(t.Numbers32), power(t.Numbers64), power(t.Same))
}

// power writes a count as 1.2e10.
func power(n uint64) string {
	if n < 100000 {
		return fmt.Sprint(n)
	}
	e := math.Floor(math.Log10(float64(n)))
	return fmt.Sprintf("%.2fe%d", float64(n)/math.Pow(10, e), int(e))
}
