package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/kernels"
)

// writeMachine prints the CPU, the tier, the threads and the version of Go.
func writeMachine(w io.Writer) {
	fmt.Fprintf(w, "CPU %s   tier %v of %v   threads %d of %d   %s\n",
		cpuid.CPU.BrandName, kernels.Active(), kernels.Tiers(), kernels.Threads(), runtime.NumCPU(),
		runtime.Version())
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

// writeConfusion prints how often each true class (row) was predicted as each class
// (column), and the recall of the row.
func writeConfusion(w io.Writer, counts [][]int) {
	head := []any{"true \\ predicted"}
	for c := range counts {
		head = append(head, c)
	}
	t := console.NewTable(w, append(head, "recall %")...)
	for c, row := range counts {
		cells, sum := table.Row{c}, 0
		for _, n := range row {
			cells = append(cells, n)
			sum += n
		}
		t.AppendRow(append(cells, fmt.Sprintf("%.2f", 100*float64(row[c])/float64(max(1, sum)))))
	}
	t.Render()
}
