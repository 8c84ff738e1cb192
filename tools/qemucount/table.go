package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/tools/internal/arm64"
)

// bounds are how many times fewer instructions the NEON tier must execute than pure Go, by class.
var bounds = map[string]float64{"vector": 4, "cube": 8, "step": 6}

// result is a kernel with one setting and dtype on both tiers.
type result struct {
	phase
	pure, neon uint64
}

func (r *result) ratio() float64 { return float64(r.pure) / float64(r.neon) }

// compare counts on both tiers, prints the tables and returns an error that names what is below
// its bound.
func (c *counter) compare() error {
	var all []result
	for _, work := range []string{"count", "step"} {
		neon, err := c.count(arm64.Tier, work)
		if err != nil {
			return err
		}
		pure, err := c.count("generic", work)
		if err != nil {
			return err
		}
		for i, p := range neon {
			r := result{p, pure[i].kernel, p.kernel}
			if p.class == "step" { // which layers, losses and optimizers belong to
				r.pure, r.neon = pure[i].all, p.all
			}
			if !r.trivial() {
				all = append(all, r)
			}
		}
	}
	write("vector", "Kernels on 1000 elements, or 64 rows of 250", all)
	write("product", "Products of 64 x 64 x 64", all)
	write("cube", "Products of 256 x 256 x 256", all)
	write("step", "A training step: 784-512-256-10, batch 128, momentum", all)
	return below(all)
}

// trivial reports whether nothing is computed: copies, and factors of 0.
func (r *result) trivial() bool {
	return r.assembly() == 0 || strings.Contains(r.setting+" ", "alpha=0 ") || strings.HasPrefix(r.setting, "p=0 ")
}

// row is the kernel, with the setting where that decides which assembly runs.
func (r *result) row() string {
	if strings.HasPrefix(r.name, "Activat") {
		return r.name + " " + r.setting
	}
	return r.name
}

// write prints the table of a class. Of the settings of a kernel it has the one with the least
// ratio, for each dtype.
func write(class, title string, all []result) {
	var names []string
	least := map[string]*result{}
	for i := range all {
		r := &all[i]
		if r.class != class {
			continue
		}
		if !slices.Contains(names, r.row()) {
			names = append(names, r.row())
		}
		key := r.row() + r.dtype
		if l := least[key]; l == nil || r.ratio() < l.ratio() {
			least[key] = r
		}
	}
	fmt.Printf("### %s\n\n| | float32: pure Go | NEON | ratio | float64: pure Go | NEON | ratio |\n"+
		"|---|---:|---:|---:|---:|---:|---:|\n", title)
	for _, name := range names {
		fmt.Printf("| %s |", name)
		for _, dtype := range []string{"f32", "f64"} {
			if r := least[name+dtype]; r != nil {
				fmt.Printf(" %d | %d | %.1f |", r.pure, r.neon, r.ratio())
			} else {
				fmt.Print(" | | |")
			}
		}
		fmt.Println()
	}
	fmt.Println()
}

// below returns an error if a ratio is below its bound, unless the shortfall is known.
func below(all []result) error {
	var under []string
	short, near := map[string]bool{}, map[string]bool{}
	for _, r := range all {
		key, bound := r.row()+" "+r.dtype, bounds[r.class]
		near[key] = near[key] || r.ratio() < 1.03*bound // a new compiler changes pure Go by as much
		if r.ratio() >= bound {
			continue
		}
		if known[key] != "" {
			short[key] = true
		} else {
			under = append(under, fmt.Sprintf("%s %s: %.2f, want %v", key, r.setting, r.ratio(), bound))
		}
	}
	for key := range known {
		if !near[key] {
			under = append(under, key+": is known to fall short, and does not")
		}
	}
	if len(under) > 0 {
		slices.Sort(under)
		return fmt.Errorf("%d ratios are not as expected:\n%s", len(under), strings.Join(under, "\n"))
	}
	reasons(short)
	return nil
}
