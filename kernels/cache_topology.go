package kernels

import (
	"cmp"
	"io/fs"
	"math/bits"
	"strconv"
	"strings"
)

// Cache sizes from what an operating system tells of the cores. Where cores differ, as big and
// little ones do, the sizes are those of the largest: it does most of the work, and a call on one
// thread runs there. A tile of that size may not fit the cache of a smaller core, which then takes
// longer for it, but such a core draws few tiles in any case. Results do not depend on the sizes.

// coreCaches are the sizes of the caches of one core, 0 where unknown.
type coreCaches struct {
	l1   int
	l2   int // its part of an L2 that cores share: each thread of a product fills its part
	last int // the last level, whole
}

// coreCache is a cache for data, as one core sees it.
type coreCache struct {
	level, size int
	threads     int // hardware threads that share it
}

// cachesOf returns the sizes from a list of caches. The threads of one core share its L1 and
// count as one.
func cachesOf(list []coreCache) (c coreCaches) {
	perCore, level := 1, 0
	for _, k := range list {
		if k.level == 1 {
			c.l1, perCore = k.size, max(1, k.threads)
		}
	}
	for _, k := range list {
		if k.level == 2 {
			c.l2 = k.size / max(1, k.threads/perCore)
		}
		if k.level >= max(2, level) {
			c.last, level = k.size, k.level
		}
	}
	return c
}

// larger returns the caches of the larger of two cores.
func larger(a, b coreCaches) coreCaches {
	if cmp.Or(cmp.Compare(b.l2, a.l2), cmp.Compare(b.l1, a.l1), cmp.Compare(b.last, a.last)) > 0 {
		return b
	}
	return a
}

// sysfsCPUs is how many CPUs sysfsCaches looks at: each costs a dozen files, and a machine with
// more has cores of one kind.
const sysfsCPUs = 32

// sysfsCaches reads the caches from Linux's /sys/devices/system/cpu. A virtual machine or Android
// may have none of the files, or no sizes.
func sysfsCaches(sys fs.FS) (c coreCaches) {
	for cpu := range sysfsCPUs {
		c = larger(c, cachesOf(sysfsCPU(sys, "cpu"+strconv.Itoa(cpu)+"/cache/index")))
	}
	return c
}

// sysfsCPU reads the caches of one CPU. The numbers of the directories tell nothing: a core may
// have one cache for data and instructions, or no L2.
func sysfsCPU(sys fs.FS, prefix string) (list []coreCache) {
	for index := 0; ; index++ {
		read := func(name string) string {
			text, _ := fs.ReadFile(sys, prefix+strconv.Itoa(index)+"/"+name)
			return strings.TrimSpace(string(text))
		}
		kind := read("type")
		if kind == "" {
			return list
		}
		level, err := strconv.Atoi(read("level"))
		size := parseSize(read("size"))
		if kind == "Instruction" || err != nil || size == 0 {
			continue
		}
		list = append(list, coreCache{level, size, countCPUs(read("shared_cpu_list"))})
	}
}

// parseSize reads a size such as 512K, 0 if it is none.
func parseSize(text string) int {
	const most = 1<<31 - 1
	shift := 0
	for i, unit := range []string{"K", "M", "G"} {
		if digits, ok := strings.CutSuffix(text, unit); ok {
			text, shift = digits, 10*(i+1)
		}
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || n > most>>shift {
		return 0
	}
	return int(n << shift)
}

// countCPUs counts the CPUs of a list such as 0-3,8, 1 if it is none.
func countCPUs(list string) (n int) {
	for part := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, err1 := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || last < first {
			return 1
		}
		n += last - first + 1
	}
	return n
}

// sysctlCaches reads the caches from the values that macOS has by name, 0 for one that it has
// not. Level 0 is that of the fastest cores. An L2 belongs to a cluster of them.
func sysctlCaches(value func(name string) int) (c coreCaches) {
	l2 := value("hw.perflevel0.l2cachesize")
	c = coreCaches{value("hw.perflevel0.l1dcachesize"), l2 / max(1, value("hw.perflevel0.cpusperl2")), l2}
	if c.l1 == 0 {
		c.l1 = value("hw.l1dcachesize")
	}
	if l2 == 0 {
		c.l2 = value("hw.l2cachesize")
		c.last = c.l2
	}
	if l3 := value("hw.l3cachesize"); l3 > 0 {
		c.last = l3
	}
	return c
}

// windowsEntry is the SYSTEM_LOGICAL_PROCESSOR_INFORMATION of 64-bit Windows, where it is that of
// a cache.
type windowsEntry struct {
	cpus        uint64 // the set of those that share the cache
	relation, _ uint32
	level, _    uint8
	_           uint16
	size, kind  uint32
	_           uint32
}

const (
	windowsCache   = 2 // a relation
	windowsUnified = 0 // kinds
	windowsData    = 2
)

// windowsCaches reads the caches from what GetLogicalProcessorInformation returns.
func windowsCaches(entries []windowsEntry) (c coreCaches) {
	var lists [64][]coreCache // by CPU
	for _, e := range entries {
		if e.relation != windowsCache || e.kind != windowsUnified && e.kind != windowsData {
			continue
		}
		k := coreCache{int(e.level), int(e.size), bits.OnesCount64(e.cpus)}
		for cpus := e.cpus; cpus != 0; cpus &= cpus - 1 {
			i := bits.TrailingZeros64(cpus)
			lists[i] = append(lists[i], k)
		}
	}
	for _, list := range lists {
		c = larger(c, cachesOf(list))
	}
	return c
}
