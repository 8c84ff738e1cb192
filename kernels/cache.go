package kernels

import "sync"

// cacheInfo has the cache sizes of one core in bytes. Block sizes follow them.
type cacheInfo struct {
	l1, l2  int
	l3Share int // the part of the shared last level that one call may fill
	beyond  int // operands that together are larger are assumed to come from memory
}

// caches finds the sizes at the first product, not at import.
var caches = sync.OnceValue(cacheSizes)

const (
	defaultL1 = 32 << 10
	defaultL2 = 512 << 10
	defaultL3 = 8 << 20
	maxShare  = 8 << 20
	maxBeyond = 96 << 20 // a virtual machine may report the last level of the whole host
)

func cacheSizes() cacheInfo {
	l1, l2, l3 := detectCaches()
	if l1 <= 0 {
		l1 = defaultL1
	}
	if l2 <= 0 {
		l2 = defaultL2
	}
	if l3 <= 0 {
		l3 = defaultL3
	}
	return cacheInfo{l1, l2, min(l3/2, maxShare), min(max(l3, defaultL3), maxBeyond)}
}
