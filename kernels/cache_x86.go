//go:build amd64 || 386

package kernels

import "github.com/klauspost/cpuid/v2"

// detectCaches reads the sizes from cpuid. The L2 belongs to one core.
func detectCaches() coreCaches {
	c := cpuid.CPU.Cache
	return coreCaches{c.L1D, c.L2, c.L3}
}
