//go:build !amd64

package kernels

import "github.com/ashlar-go/ashlar/kernels/asm"

func hasTail[T Float](Tier, int, int) bool { return false }

// runStrip runs the micro-kernel.
func runStrip[T Float](t Tier, s *asm.GemmStrip[T]) { dispatchGemmStrip(t, s) }
