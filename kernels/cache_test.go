package kernels

import (
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"testing"
	"testing/fstest"
	"unsafe"
)

// sysTree is a /sys/devices/system/cpu.
type sysTree struct{ fstest.MapFS }

// add gives some CPUs a cache as directory number index. Where a text is empty there is no file.
func (s sysTree) add(cpus []int, index int, level, kind, size, shared string) {
	for _, cpu := range cpus {
		dir := fmt.Sprintf("cpu%d/cache/index%d/", cpu, index)
		for name, text := range map[string]string{"level": level, "type": kind, "size": size,
			"shared_cpu_list": shared} {
			if text != "" {
				s.MapFS[dir+name] = &fstest.MapFile{Data: []byte(text + "\n")}
			}
		}
	}
}

// TestSysfsCaches: the sizes are those of the largest core, with its part of an L2 that cores
// share, and nothing is assumed where files are missing.
func TestSysfsCaches(t *testing.T) {
	const k, m = 1 << 10, 1 << 20
	for _, c := range []struct {
		name string
		make func(s sysTree)
		want coreCaches
	}{
		{"one core of a server, private L2", func(s sysTree) {
			for cpu := range 4 {
				own := strconv.Itoa(cpu)
				s.add([]int{cpu}, 0, "1", "Data", "64K", own)
				s.add([]int{cpu}, 1, "1", "Instruction", "64K", own)
				s.add([]int{cpu}, 2, "2", "Unified", "1024K", own)
				s.add([]int{cpu}, 3, "3", "Unified", "32M", "0-3")
			}
		}, coreCaches{64 * k, m, 32 * m}},
		{"four cores share the last level, L2", func(s sysTree) {
			for cpu := range 4 {
				s.add([]int{cpu}, 0, "1", "Data", "32K", strconv.Itoa(cpu))
				s.add([]int{cpu}, 1, "2", "Unified", "1M", "0-3")
			}
		}, coreCaches{32 * k, 256 * k, m}},
		{"big cores last, with a part of their L2", func(s sysTree) {
			for cpu := range 6 {
				s.add([]int{cpu}, 0, "1", "Data", "32K", strconv.Itoa(cpu))
			}
			s.add([]int{0, 1, 2, 3}, 1, "2", "Unified", "512K", "0-3")
			s.add([]int{4, 5}, 1, "2", "Unified", "1024K", "4,5")
		}, coreCaches{32 * k, 512 * k, m}},
		{"big cores first, one L1 of 64 KiB, L3 for all", func(s sysTree) {
			s.add([]int{0}, 0, "1", "Data", "64K", "0")
			s.add([]int{0}, 1, "2", "Unified", "512K", "0")
			s.add([]int{1}, 0, "1", "Data", "32K", "1")
			s.add([]int{1}, 1, "2", "Unified", "128K", "1")
			s.add([]int{0, 1}, 2, "3", "Unified", "4096K", "0-1")
		}, coreCaches{64 * k, 512 * k, 4 * m}},
		{"four threads a core", func(s sysTree) {
			s.add([]int{0, 1, 2, 3}, 0, "1", "Data", "32K", "0-3")
			s.add([]int{0, 1, 2, 3}, 1, "2", "Unified", "256K", "0-3")
			s.add([]int{0, 1, 2, 3}, 2, "3", "Unified", "28672K", "0-111")
		}, coreCaches{32 * k, 256 * k, 28 * m}},
		{"instructions first, unified L1", func(s sysTree) {
			s.add([]int{0}, 0, "1", "Instruction", "16K", "0")
			s.add([]int{0}, 1, "2", "Unified", "256K", "0")
			s.add([]int{0}, 2, "1", "Unified", "16K", "0")
		}, coreCaches{16 * k, 256 * k, 256 * k}},
		{"no sizes", func(s sysTree) {
			s.add([]int{0, 1}, 0, "1", "Data", "", "0")
			s.add([]int{0, 1}, 1, "2", "Unified", "", "0-1")
		}, coreCaches{}},
		{"no level, no list", func(s sysTree) {
			s.add([]int{0}, 0, "", "Data", "32K", "0")
			s.add([]int{0}, 1, "2", "Unified", "512K", "")
		}, coreCaches{0, 512 * k, 512 * k}},
		{"nonsense", func(s sysTree) {
			s.add([]int{0}, 0, "one", "Data", "32K", "0")
			s.add([]int{0}, 1, "2", "Unified", "lots", "0")
			s.add([]int{0}, 2, "3", "Unified", "8192K", "3-0")
		}, coreCaches{0, 0, 8 * m}},
		{"the first CPU is offline", func(s sysTree) {
			s.add([]int{1}, 0, "1", "Data", "48K", "1")
			s.add([]int{1}, 1, "2", "Unified", "2048K", "1")
		}, coreCaches{48 * k, 2 * m, 2 * m}},
		{"empty directories", func(s sysTree) {
			s.MapFS["cpu0/cache"] = &fstest.MapFile{Mode: fs.ModeDir}
			s.MapFS["cpu1/cache/index0"] = &fstest.MapFile{Mode: fs.ModeDir}
		}, coreCaches{}},
		{"nothing", func(sysTree) {}, coreCaches{}},
	} {
		s := sysTree{fstest.MapFS{}}
		c.make(s)
		if got := sysfsCaches(s); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// denied is a file system that opens nothing, as Android's may.
type denied struct{}

func (denied) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func TestSysfsDenied(t *testing.T) {
	for _, sys := range []fs.FS{denied{}, os.DirFS("/no such directory")} {
		if got := sysfsCaches(sys); got != (coreCaches{}) {
			t.Errorf("%+v of a directory that cannot be read", got)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int{"32K": 32 << 10, "12M": 12 << 20, "1G": 1 << 30, "65536": 1 << 16,
		"0K": 0, "": 0, "K": 0, "-4K": 0, "2G": 0, "4194304K": 0, "3000000000": 0, "32k": 0, "1.5M": 0} {
		if got := parseSize(text); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
}

func TestCountCPUs(t *testing.T) {
	for list, want := range map[string]int{"0": 1, "0-3": 4, "0,4": 2, "0-3,8-11,15": 9, "": 1, "x": 1,
		"3-": 1, "5-2": 1} {
		if got := countCPUs(list); got != want {
			t.Errorf("%q has %d CPUs, want %d", list, got, want)
		}
	}
}

// TestSysctlCaches: the values of the fastest cores come before those that name the slowest, and a
// core has its part of the L2 of its cluster.
func TestSysctlCaches(t *testing.T) {
	const k, m = 1 << 10, 1 << 20
	for _, c := range []struct {
		values map[string]int
		want   coreCaches
	}{
		{map[string]int{"hw.perflevel0.l1dcachesize": 128 * k, "hw.perflevel0.l2cachesize": 12 * m,
			"hw.perflevel0.cpusperl2": 4, "hw.l1dcachesize": 64 * k, "hw.l2cachesize": 4 * m},
			coreCaches{128 * k, 3 * m, 12 * m}},
		{map[string]int{"hw.l1dcachesize": 64 * k, "hw.l2cachesize": 4 * m},
			coreCaches{64 * k, 4 * m, 4 * m}},
		{map[string]int{"hw.l1dcachesize": 64 * k, "hw.l2cachesize": m, "hw.l3cachesize": 8 * m},
			coreCaches{64 * k, m, 8 * m}},
		{nil, coreCaches{}},
	} {
		if got := sysctlCaches(func(name string) int { return c.values[name] }); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.values, got, c.want)
		}
	}
}

// TestWindowsCaches: of the entries, those of caches for data count, for the cores in their sets.
func TestWindowsCaches(t *testing.T) {
	const k, m = 1 << 10, 1 << 20
	cache := func(cpus uint64, level uint8, kind, size uint32) windowsEntry {
		return windowsEntry{cpus: cpus, relation: windowsCache, level: level, kind: kind, size: size}
	}
	entries := []windowsEntry{
		{cpus: 1, relation: 0, level: 1, size: 7},
		cache(0b0001, 1, windowsData, 32*k), cache(0b0001, 1, 1, 48*k),
		cache(0b0010, 1, windowsData, 32*k),
		cache(0b0011, 2, windowsUnified, 256*k),
		cache(0b0100, 1, windowsData, 64*k),
		cache(0b1000, 1, windowsData, 64*k),
		cache(0b1100, 2, windowsUnified, 2*m),
		cache(0b1111, 3, windowsUnified, 8*m), cache(0b1111, 3, 3, 9*m),
	}
	if got, want := windowsCaches(entries), (coreCaches{64 * k, m, 8 * m}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := windowsCaches(nil); got != (coreCaches{}) {
		t.Errorf("%+v without entries", got)
	}
	if size := unsafe.Sizeof(windowsEntry{}); size != 32 {
		t.Errorf("an entry takes %d bytes, want 32", size)
	}
}

// TestCaches: whatever this system tells, there are sizes to cut blocks by.
func TestCaches(t *testing.T) {
	c := caches()
	if c.l1 < 4<<10 || c.l2 < c.l1 || c.l3Share < c.l1 || c.beyond < defaultLast || c.beyond > maxBeyond {
		t.Errorf("%+v", c)
	}
	t.Logf("%+v", c)
}
