package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// writeMachine prints the CPU, the tier, the threads and the version of Go.
func writeMachine(w io.Writer) {
	fmt.Fprintln(w, console.Wrap("CPU "+cpuid.CPU.BrandName,
		fmt.Sprintf("tier %v of %v", kernels.Active(), kernels.Tiers()),
		fmt.Sprintf("threads %d of %d", kernels.Threads(), runtime.NumCPU()), runtime.Version()))
}

// writePrecision prints the level of precision of the products of training, unless it is the highest,
// and what computes them.
func writePrecision(w io.Writer, level kernels.Precision) {
	if level == kernels.Highest {
		return
	}
	parts := []string{"precision " + level.String(), "bfloat16 path " + kernels.ActiveBF16().String()}
	if layer.ExplainPrecision[float32](level) != "" {
		parts[0] = "precision highest in place of " + level.String()
	}
	if why := kernels.ExplainBF16(); why != "" {
		parts = append(parts, strings.Split(why, "; ")...)
	}
	fmt.Fprintln(w, console.Wrap(parts...))
}

// layerRow is one line of the model summary.
type layerRow struct {
	name, shape string
	params      int
}

func writeSummary(w io.Writer, rows []layerRow) {
	t := console.NewTable(w, "layer", "shape", "parameters")
	total := 0
	for _, r := range rows {
		t.AppendRow(table.Row{r.name, r.shape, r.params})
		total += r.params
	}
	t.AppendFooter(table.Row{"", "total", total})
	t.Render()
}
