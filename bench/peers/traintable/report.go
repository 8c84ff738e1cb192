//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"math"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/bench/peers/internal/python"
	"github.com/ashlar-go/ashlar/kernels"
)

// report is the table of steps.
type report struct {
	libs     []*library
	torch    []*torch          // with one thread, with two
	onnx     []*python.Process // onnxruntime, likewise
	rounds   int
	compiled *regexp.Regexp

	rows []*row
}

func (r *report) header() {
	fmt.Printf("%s, tier %v, %s\n", strings.TrimSpace(cpuid.CPU.BrandName), kernels.Active(),
		runtime.Version())
	for _, l := range r.libs {
		state := "the trainer in C on it"
		if l.multiply == nil {
			state = "absent"
		}
		fmt.Printf("  %-10s %s\n", l.name, state)
	}
	fmt.Printf("  %-10s %s\n\n", byPyTorch, r.torch[0].State)
	fmt.Print(`µs a step; limit: FLOPs/peak + bytes/bandwidth as a share of it; products: its products
alone, as a share of it; 2T: one thread's time over two threads'; of the others the µs a step with the best
number of threads, and their time over ours; of PyTorch the better of eager (e) and compiled (c), with its
threads; the shares of forward, loss, backward, update and the rest in our step
`)
	fmt.Printf("%-50s %9s %6s %8s %5s", "", "ours", "limit", "products", "2T")
	for _, l := range r.present() {
		fmt.Printf(" %15s", "C, "+l)
	}
	fmt.Printf(" %18s   forward loss backward update other\n", byPyTorch)
}

// present are the names of the libraries that are installed.
func (r *report) present() (names []string) {
	for _, l := range r.libs {
		if l.multiply != nil {
			names = append(names, l.name)
		}
	}
	return names
}

// row measures one setting and prints its line.
func (r *report) row(c *setting) error {
	m, err := r.hold(c, (*contest).prepare)
	if err != nil {
		return err
	}
	if c.trains() {
		m.phases = newModel(c).phases(c.threads)
	}
	r.print(m)
	return nil
}

// hold measures one setting, whose contestants are those that prepare enters.
func (r *report) hold(c *setting, prepare func(*contest, *report) error) (*row, error) {
	k := &contest{setting: c}
	defer func() {
		for _, f := range k.free {
			f()
		}
	}()
	if err := prepare(k, r); err != nil {
		return nil, err
	}
	m := k.measure(r.rounds)
	r.rows = append(r.rows, m)
	return m, nil
}

func (r *report) print(m *row) {
	fmt.Printf("%-50s %9.1f %6s %8s %5s", m, m.us[byUs], percent(m.limit/m.us[byUs]),
		percent(m.ratio(products)), times(m.ratio(byOne)))
	for _, l := range r.present() {
		fmt.Printf(" %9s %5s", number(m.us[l]), times(m.ratio(l)))
	}
	fmt.Printf(" %9s %5s %2s", number(m.us[byPyTorch]), times(m.ratio(byPyTorch)), short(m.forms[byPyTorch]))
	if m.trains() {
		p := m.phases
		fmt.Printf("   %5.0f %% %3.0f %% %5.0f %% %5.0f %% %4.0f %%", p[0], p[1], p[2], p[3], p[4])
	}
	fmt.Println()
}

// means prints the geometric mean of each column of ratios and its least.
func (r *report) means() {
	fmt.Println()
	for _, name := range append(r.present(), byPyTorch) {
		sum, all := 0.0, []float64(nil)
		for _, m := range r.rows {
			if v := m.ratio(name); v > 0 {
				sum += math.Log(v)
				all = append(all, v)
			}
		}
		if len(all) > 0 {
			fmt.Printf("%s: geometric mean %.2f, least %.2f, of %d\n", name,
				math.Exp(sum/float64(len(all))), slices.Min(all), len(all))
		}
	}
}

var formPattern = regexp.MustCompile(`^(e|c|).*, (\d+) threads$`)

// short is e or c for eager or compiled, if it is one of these, and the number of threads; "" of "".
func short(form string) string { return formPattern.ReplaceAllString(form, "$1$2") }

func percent(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*v)
}

func times(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", v)
}

func number(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", v)
}
