//go:build linux && cgo && amd64

package main

import (
	"fmt"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/kernels"
)

// memoisation compares the gradients of a batch with the memo of the forward pass, and
// without one: with the forward pass run once more before the backward pass, or, to keep
// nothing at all, up to each layer before that layer's turn.
func memoisation(list []*setting, rounds int) {
	fmt.Printf("\nmemoised and recomputed: µs for loss and gradients; " +
		"KiB from the forward to the backward pass\n")
	for _, c := range list {
		kernels.SetThreads(c.threads)
		m := newModel(c)
		k := bench.NewMemo(m.model, m.x, m.d, m.loss, m.target)
		fs := repeated(k.Memoised, k.Again, k.EachAgain)
		var r bench.Rounds
		for range rounds {
			r.Run(fs.run...)
		}
		memo, each := k.Bytes()
		memoised := float64(r.Median(0))
		again, eachAgain := float64(r.Median(1)), float64(r.Median(2))
		fmt.Printf("%-52s memoised %9.1f, %7d KiB;  "+
			"forward again %5.2f times as long, which the memo shortens by %2.0f %%;  "+
			"up to each layer again %5.2f, by %2.0f %%, %d KiB\n",
			c, memoised/1e3/float64(fs.count), memo>>10, again/memoised, 100*(1-memoised/again),
			eachAgain/memoised, 100*(1-memoised/eachAgain), each>>10)
	}
}
