//go:build !amd64 || purego || noasm

package bench

// PeakBF16 returns nil: this build has no instructions for bfloat16 numbers.
func PeakBF16() (run func(), flops float64) { return nil, 0 }
