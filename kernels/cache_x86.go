//go:build amd64 || 386

package kernels

import "github.com/klauspost/cpuid/v2"

// detectCaches reads the sizes from cpuid; 0 or less stands for unknown.
func detectCaches() (l1, l2, l3 int) {
	c := cpuid.CPU.Cache
	return c.L1D, c.L2, c.L3
}
