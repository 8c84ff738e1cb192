package kernels

import "sync"

// cacheInfo has the cache sizes of one core in bytes. Block sizes follow them.
type cacheInfo struct {
	l1      int
	l2      int // a core's part of it
	l3Share int // the part of the shared last level that one call may fill
	beyond  int // operands that together are larger are assumed to come from memory
}

// caches finds the sizes at the first product, not at import.
var caches = sync.OnceValue(cacheSizes)

const (
	defaultL1   = 32 << 10
	defaultL2   = 512 << 10
	defaultLast = 8 << 20
	maxShare    = 8 << 20
	maxBeyond   = 96 << 20 // a virtual machine may report the last level of the whole host
)

// cacheSizes takes a default for what the system does not tell.
func cacheSizes() cacheInfo {
	c := detectCaches()
	if c.l1 <= 0 {
		c.l1 = defaultL1
	}
	if c.l2 <= 0 {
		c.l2 = defaultL2
	}
	if c.last <= 0 {
		c.last = defaultLast
	}
	return cacheInfo{c.l1, c.l2, min(c.last/2, maxShare), min(max(c.last, defaultLast), maxBeyond)}
}
