package kernels

import (
	"sync"

	"github.com/ashlar-go/ashlar/internal/forced"
)

// cacheInfo has the cache sizes of one core in bytes. Block sizes follow them.
type cacheInfo struct {
	l1      int
	l2      int // a core's part of it
	l3Share int // the part of the shared last level that one call may fill
	beyond  int // operands that together are larger are assumed to come from memory
}

// caches returns the sizes that blocks follow. Tests replace it, or its sizes by forced.Caches.
var caches = func() cacheInfo {
	c := foundCaches()
	if size := int(forced.Caches.Load()); size != 0 {
		c.l1, c.l2, c.l3Share = size, size, size
	}
	return c
}

// foundCaches finds the sizes at the first product, not at import.
var foundCaches = sync.OnceValue(cacheSizes)

const (
	defaultL1   = 32 << 10
	defaultL2   = 512 << 10
	defaultLast = 8 << 20
	maxBeyond   = 96 << 20 // a virtual machine may report the last level of the whole host
)

// Caches returns the sizes in bytes that block sizes follow: the first and the second level for data of
// one core, and the last level, whole. Where the system tells nothing, they are defaults of 32 KiB,
// 512 KiB and 8 MiB. A virtual machine may report the last level of its whole host.
func Caches() (l1, l2, last int) {
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
	return c.l1, c.l2, c.last
}

func cacheSizes() cacheInfo { return cacheShares(Caches()) }

// cacheShares returns what block sizes follow on a machine with these caches.
func cacheShares(l1, l2, last int) cacheInfo {
	return cacheInfo{l1, l2, min(last/lastShare, maxShare), min(max(last, defaultLast), maxBeyond)}
}
