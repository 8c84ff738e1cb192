//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
)

// busy is a number of calls in a row after which the threads of the pool are awake.
const busy = 64

// inL1 is a length whose operands stay in L1 together; large ones are shared by threads.
const inL1, large, larger = 1 << 10, 1 << 18, 1 << 20

// ratios compares our own kernels of vectors with each other, in the same rounds: the
// active tier with the others, the value and its derivative with the value alone, two
// threads with one.
func (c *config) ratios(d kernels.DType) {
	fmt.Printf("\n%v: time ratios on %d elements; of one thread to two on %d and %d\n", d, inL1, large, larger)
	fmt.Printf("%-34s %9s %9s %9s %9s %9s\n", "", "generic", "avx2", "+grad", "256k", "1M")
	table := kernels.Table()
	find := func(kernel string, t kernels.Tier) *kernels.Row {
		i := slices.IndexFunc(table, func(r kernels.Row) bool { return r.Kernel == kernel && r.Tier == t && r.DType == d })
		if i < 0 {
			return nil
		}
		return &table[i]
	}
	for _, row := range table {
		if row.Tier != kernels.Active() || row.DType != d || row.Dims != "N" {
			continue
		}
		for k := range row.Cases {
			title := c.title(&row, k)
			if title == "" {
				continue
			}
			fmt.Printf("%-34s", title)
			ours := repeat(&row, k, inL1)
			other := func(r *kernels.Row) {
				if r == nil || r.Tier == row.Tier && r.Kernel == row.Kernel {
					fmt.Printf(" %9s", "")
					return
				}
				ns := c.times([]func(int){ours, repeat(r, k, inL1)})
				fmt.Printf(" %9.2f", ns[1]/ns[0])
			}
			other(find(row.Kernel, kernels.Generic))
			other(find(row.Kernel, kernels.AVX2))
			var withGrad *kernels.Row
			if row.Kernel == "Activate" {
				withGrad = find("ActivateGrad", row.Tier)
			}
			other(withGrad)
			for _, n := range []int{large, larger} {
				fmt.Printf(" %9s", c.twoThreads(&row, k, n))
			}
			fmt.Println()
		}
	}
}

func repeat(row *kernels.Row, k, n int) func(int) {
	call, _, _ := newCall(row, kernels.Sizes{M: 1, N: n, Case: k})
	return func(count int) {
		for range count {
			row.Run(call)
		}
	}
}

func (c *config) twoThreads(row *kernels.Row, k, n int) string {
	if runtime.GOMAXPROCS(0) < 2 {
		return ""
	}
	run := repeat(row, k, n)
	with := func(threads int) func(int) {
		return func(count int) {
			kernels.SetThreads(threads)
			run(count * busy)
		}
	}
	ns := c.times([]func(int){with(1), with(2)})
	kernels.SetThreads(1)
	return fmt.Sprintf("%.2f", ns[0]/ns[1])
}
