//go:build linux && cgo && amd64

package main

import (
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// entry is a row of the table with the setting that is measured.
type entry struct {
	row   spec.Row
	k     int // of row.Cases
	title string
}

// entries lists the entries to measure for a dtype: kernels of vectors and matrices on the active
// tier, and of matrices alone where -shapes has some.
func (c *config) entries(d spec.DType) (list []entry) {
	for _, row := range spec.Table() {
		if row.DType != d || row.Dims == "MNK" || row.Tier != kernels.Active() ||
			c.shapes != nil && row.Dims != "MN" {
			continue
		}
		for k := range row.Cases {
			if title := title(&row, k); title != "" && c.match.MatchString(title) {
				list = append(list, entry{row, k, title})
			}
		}
	}
	return list
}

// find is the row of a kernel on a tier, nil if it has none.
func find(table []spec.Row, kernel string, d spec.DType, t kernels.Tier) *spec.Row {
	i := slices.IndexFunc(table, func(r spec.Row) bool {
		return r.Kernel == kernel && r.Tier == t && r.DType == d
	})
	if i < 0 {
		return nil
	}
	return &table[i]
}

// on is the entry on another tier, nil if that is the same or does not run here.
func (e *entry) on(t kernels.Tier) *entry { return e.of(e.row.Kernel, t) }

// of is the same case of another kernel.
func (e *entry) of(kernel string, t kernels.Tier) *entry {
	row := find(spec.Table(), kernel, e.row.DType, t)
	if row == nil || row.Tier == e.row.Tier && row.Kernel == e.row.Kernel {
		return nil
	}
	return &entry{*row, e.k, e.title}
}

// title names a case of a kernel. It is "" where an earlier case takes the same instructions.
func title(row *spec.Row, k int) string {
	kernel := row.Kernel
	switch {
	case strings.HasPrefix(kernel, "Activate"):
		return kernel + " " + row.Cases[k]
	case kernel == "Gemv" && k < 2:
		return kernel + " " + row.Cases[k][:1]
	case kernel == "UpdateRMSProp":
		return kernel + variant(row.Cases[k], "centered", "momentum")
	case strings.HasPrefix(kernel, "AdaptiveClip") && k == clipping:
		return kernel + " clipping"
	case k == 0:
		return kernel
	case kernel == "Dropout" && strings.HasPrefix(row.Cases[k], "p=0 "):
		return kernel + " p=0"
	}
	return ""
}

// variant names the flags that are set in a case such as "centered=true momentum=false".
func variant(setting string, flags ...string) (name string) {
	for _, f := range flags {
		if strings.Contains(setting, f+"=true") {
			name += " " + f
		}
	}
	return name
}
