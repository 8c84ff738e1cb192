//go:build linux && amd64 && !purego && !noasm

package kernels

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/klauspost/cpuid/v2"
	"golang.org/x/sys/unix"

	"github.com/ashlar-go/ashlar/internal/guard"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/internal/tilemodel"
	"github.com/ashlar-go/ashlar/kernels/asm"
)

// TestAMXPermission: each answer of the kernel has its reason, and only permission with both parts of the
// state enabled has none.
func TestAMXPermission(t *testing.T) {
	for _, c := range []struct {
		errno unix.Errno
		xcr0  uint64
		want  string
	}{
		{0, 0x600e7, ""},
		{0, 0x200e7, "the system has not enabled the tiles of AMX (XCR0 = 0x200e7)"},
		{0, 0xe7, "the system has not enabled the tiles of AMX (XCR0 = 0xe7)"},
		{unix.EINVAL, 0x600e7, "the kernel has no AMX permission call (EINVAL): Linux 5.16 or later"},
		{unix.ENOSYS, 0x600e7, "the kernel has no AMX permission call (ENOSYS): Linux 5.16 or later"},
		{unix.EOPNOTSUPP, 0xe7, "the kernel does not support AMX (EOPNOTSUPP)"},
		{unix.ENOSPC, 0x600e7, "the kernel refuses AMX (ENOSPC): a thread has too small a stack for signals"},
		{unix.EPERM, 0x600e7, "the kernel refuses AMX (EPERM)"},
		{4000, 0x600e7, "the kernel refuses AMX (error 4000)"},
	} {
		calls := 0
		call := func(code int, value uintptr) unix.Errno {
			if calls++; code != 0x1023 || value != 18 {
				t.Errorf("arch_prctl(%#x, %d), want (0x1023, 18)", code, value)
			}
			return c.errno
		}
		if got := requestTiles(call, func(uint32) uint64 { return c.xcr0 }); got != c.want || calls != 1 {
			t.Errorf("%d, XCR0 %#x: %q after %d calls, want %q", c.errno, c.xcr0, got, calls, c.want)
		}
	}
}

// TestAMXAvailable: the answer agrees with what Linux says of the CPU, stays, and has a reason if it is no.
func TestAMXAvailable(t *testing.T) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flag      string
		available func() (bool, string)
	}{{" amx_bf16", amxAvailable}, {" amx_int8", amxInt8Available}} {
		ok, reason := c.available()
		if again, same := c.available(); ok != again || reason != same {
			t.Errorf("%v %q, then %v %q", ok, reason, again, same)
		}
		if ok != (reason == "") {
			t.Errorf("%v with the reason %q", ok, reason)
		}
		// A kernel without AMX hides the flag, one with it may still refuse.
		if flag := bytes.Contains(info, []byte(c.flag)); ok && !flag {
			t.Errorf("available, but /proc/cpuinfo has no%s", c.flag)
		} else if !flag && bytes.Contains(info, []byte("GenuineIntel")) {
			t.Logf("not available: %s", reason)
		}
	}
}

// needAMX skips a test where there is no AMX, and fails it where it is required.
func needAMX(t *testing.T) {
	t.Helper()
	ok, reason := amxAvailable()
	if ok {
		ok, reason = amxInt8Available()
	}
	if ok {
		return
	}
	if os.Getenv("ASHLAR_REQUIRE_BF16") == "amx_bf16" {
		t.Fatalf("ASHLAR_REQUIRE_BF16=amx_bf16, but %s", reason)
	}
	t.Skip(reason)
}

// tileCase is a strip with its operands.
type tileCase struct {
	name  string
	strip asm.GemmStrip[float32]
	run   func(*asm.GemmStrip[float32])
	tilemodel.Operands
	want []uint32
}

// newTileCase is one of random size and contents. Its operands have rows apart from each other.
func newTileCase(random *rand.Rand, integers bool, m, n, k, flags int) *tileCase {
	c := &tileCase{name: fmt.Sprintf("bf16 m=%d n=%d k=%d flags=%d", m, n, k, flags)}
	c.run = asm.GemmStripBF16AMX
	s := &c.strip
	*s = asm.GemmStrip[float32]{M: m, N: n, K: k, CsA: 1, RsA: k + random.IntN(20), RsB: n + random.IntN(40),
		Ldc: n + random.IntN(9), Flags: flags, Far: random.IntN(2), Alpha: -0.75, Beta: 1.5, Slope: 0.1}
	s.Ldd = s.Ldc
	reference, word := tilemodel.Pairs, func() uint32 { return pairWord(random) }
	if integers {
		c.run, c.name = asm.GemmStripInt8AMX, "int8"+c.name[4:]
		reference, word = tilemodel.Bytes, random.Uint32
	}
	number := func() uint32 { return math.Float32bits(float32(random.NormFloat64())) }
	fill := func(n int, word func() uint32) []uint32 {
		v := make([]uint32, n)
		for i := range v {
			v[i] = word()
		}
		return v
	}
	size := (m-1)*s.Ldc + n
	c.Operands = tilemodel.Operands{A: fill((m-1)*s.RsA+k, word), B: fill((k-1)*s.RsB+n, word),
		C: fill(size, number), Bias: fill(n, number), D: fill(size, number)}
	c.want = reference(s, c.Operands)
	return c
}

// pairWord is a pair of bfloat16 numbers, now and then one with a special one.
func pairWord(random *rand.Rand) uint32 {
	a := math.Float32bits(float32(random.NormFloat64()))
	b := math.Float32bits(float32(random.NormFloat64()))
	if random.IntN(200) == 0 {
		special := []uint32{0, 0x8000, 0x7f80, 0x7fc0, 0x0001, 0x807f, 0x0080, 0x7f7f, 0x0090}
		a = special[random.IntN(len(special))] << 16
	}
	return a>>16 | b&^0xffff
}

// call computes the strip on C, which it gives new contents.
func (c *tileCase) call(out []uint32) {
	copy(out, c.C)
	s := c.strip
	at := func(v []uint32) *float32 { return (*float32)(unsafe.Pointer(unsafe.SliceData(v))) }
	s.A, s.B, s.C, s.Bias, s.D, s.Next = at(c.A), at(c.B), at(out), at(c.Bias), at(c.D), at(c.B)
	c.run(&s)
}

// check compares what a call left with the model, where every NaN is the same.
func (c *tileCase) check(out []uint32) error {
	for i, w := range c.want {
		g, v := math.Float32frombits(out[i]), math.Float32frombits(w)
		if out[i] != w && !(g != g && v != v) {
			return fmt.Errorf("%s: c[%d] = %08x (%v), want %08x (%v)", c.name, i, out[i], g, w, v)
		}
	}
	return nil
}

// TestAMXStrips: the micro-kernels on tiles give what the model of AMX gives, to the bit, for all numbers of
// rows and columns, with operands that begin or end at pages without permissions.
func TestAMXStrips(t *testing.T) {
	needAMX(t)
	random := rand.New(rand.NewPCG(7, 8))
	room := func(n int) []uint32 { return unsafe.Slice((*uint32)(unsafe.Pointer(&guard.New(4 * n)[0])), n) }
	const most = 80 * 120
	places := tilemodel.Operands{A: room(most), B: room(most), C: room(most), Bias: room(most), D: room(most)}
	strips := 0
	run := func(c *tileCase, last bool) {
		put := func(place, v []uint32) []uint32 {
			// room's memory ends at a page, beyond what it has been asked for.
			whole := unsafe.Slice(unsafe.SliceData(place), (4*len(place)+4095)/4096*1024)
			if last {
				whole = whole[len(whole)-len(v):]
			}
			copy(whole, v)
			return whole[:len(v)]
		}
		before := c.C
		c.A, c.B = put(places.A, c.A), put(places.B, c.B)
		c.Bias, c.D = put(places.Bias, c.Bias), put(places.D, c.D)
		out := put(places.C, before)
		c.call(out)
		if err := c.check(out); err != nil {
			t.Fatal(err)
		}
		strips++
	}
	for m := 1; m <= 66; m++ {
		for n := 1; n <= 32; n++ {
			if testing.Short() && (m*n)%7 != 0 {
				continue
			}
			k, flags := 16*(1+random.IntN(4)), random.IntN(64)
			if random.IntN(4) == 0 {
				flags = 0
			}
			run(newTileCase(random, false, m, n, k, flags), m&1 == 0)
			run(newTileCase(random, true, m, n, k, flags&asm.GemmBeta), m&1 == 0)
		}
	}
	proof.Count(t, "clobber", "strips on tiles that equal the model to the bit", strips)
}

// TestAMXInterrupted: strips on tiles may be interrupted anywhere. Goroutines compute them while the CPU
// profiler and an execution trace interrupt at a high rate, memory is collected, stacks
// are dumped, threads change their CPUs, and processes are started by fork. All results are right,
// the profile has the callers of the assembly, and so has the trace.
func TestAMXInterrupted(t *testing.T) {
	needAMX(t)
	seconds := 3 * time.Second
	if testing.Short() {
		seconds = time.Second
	}
	folder := t.TempDir()
	profile, events := filepath.Join(folder, "profile"), filepath.Join(folder, "trace")
	random := rand.New(rand.NewPCG(9, 10))
	list := []*tileCase{
		newTileCase(random, false, 33, 32, 256, 0),
		newTileCase(random, false, 64, 17, 128, asm.GemmBeta|asm.GemmBias),
		newTileCase(random, true, 48, 31, 128, asm.GemmBeta),
		newTileCase(random, false, 15, 9, 512, asm.GemmAlpha),
	}
	stop := interrupt(t, profile, events)
	var calls atomic.Int64
	var group sync.WaitGroup
	for g := range 16 {
		group.Go(func() {
			out := make([]uint32, 64*48)
			for end := time.Now().Add(seconds); time.Now().Before(end); {
				for _, c := range list {
					c.call(out)
					if err := c.check(out); err != nil {
						t.Error(err)
						return
					}
					calls.Add(1)
				}
				if g%4 == 0 {
					leaveCPU(currentCPU())
				}
			}
		})
	}
	group.Wait()
	forks, dumps := stop()
	proof.Count(t, "clobber", "strips on tiles that interrupted goroutines got right", int(calls.Load()))
	t.Logf("%d calls, %d forks, %d dumps of all stacks", calls.Load(), forks, dumps)
	if forks == 0 || dumps == 0 {
		t.Error("nothing has interrupted")
	}
	whole(t, profile)
}

// childVariable is in the environment of a process that TestAMXInterrupted starts, which ends at once.
const childVariable = "ASHLAR_TEST_AMX_CHILD"

func init() {
	if os.Getenv(childVariable) != "" {
		os.Exit(0)
	}
}

// interrupt starts what interrupts the other goroutines, and returns what ends it.
func interrupt(t *testing.T, profile, events string) (stop func() (forks, dumps int)) {
	create := func(name string) *os.File {
		file, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	out, traced := create(profile), create(events)
	runtime.SetCPUProfileRate(2000)
	if err := pprof.StartCPUProfile(out); err != nil {
		t.Fatal(err)
	}
	if err := trace.Start(traced); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var done atomic.Bool
	var group sync.WaitGroup
	var forks, dumps int
	group.Go(func() {
		for ; !done.Load(); forks++ {
			child := exec.Command(self)
			child.Env = []string{childVariable + "=1"}
			if out, err := child.CombinedOutput(); err != nil {
				t.Errorf("a started process: %v\n%s", err, out)
				return
			}
		}
	})
	group.Go(func() {
		for room := make([]byte, 1<<20); !done.Load(); dumps++ {
			runtime.Stack(room, true)
			runtime.GC()
			time.Sleep(20 * time.Millisecond)
		}
	})
	return func() (int, int) {
		done.Store(true)
		group.Wait()
		trace.Stop()
		pprof.StopCPUProfile()
		for _, f := range []*os.File{out, traced} {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
		return forks, dumps
	}
}

// whole fails unless the profile has samples in the micro-kernels, each with its caller. It needs the
// command pprof of Go.
func whole(t *testing.T, profile string) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Logf("the profile is not looked at: %v", err)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"tool", "pprof", "-traces", "-sample_index=samples", self, profile}
	text, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatalf("go tool pprof: %v", err)
	}
	samples := 0
	for stack := range strings.SplitSeq(string(text), "-----------+") {
		if first, rest, ok := strings.Cut(stack, "AMX\n"); ok && strings.Contains(first, "asm.GemmStrip") {
			samples++
			if !strings.Contains(rest, "tileCase).call") {
				t.Errorf("a sample without its caller:\n%s", stack)
			}
		}
	}
	if samples == 0 {
		t.Error("no sample in the assembly")
	}
}

// TestXGETBV: what the system saves has the state of every tier that runs, and what is in use is part of
// it. Bit 62, of old CPUs, aside, no bit above the lowest 32 has a meaning.
func TestXGETBV(t *testing.T) {
	if !slices.Contains(Tiers(), AVX2) {
		return
	}
	want := uint64(1<<0 | 1<<1 | 1<<2) // x87, SSE, AVX
	if slices.Contains(Tiers(), AVX512) {
		want |= 1<<5 | 1<<6 | 1<<7
	}
	saved := asm.XGETBV(0)
	if saved&want != want || saved&^(1<<62)>>32 != 0 {
		t.Errorf("XCR0 = %#x, want %#x and nothing above the lowest 32 bits", saved, want)
	}
	if cpuid.CPU.Supports(cpuid.XGETBV1) {
		if used := asm.XGETBV(1); used&^saved != 0 {
			t.Errorf("XINUSE = %#x has more than XCR0 = %#x", used, saved)
		}
	}
}

// TestAMXReleased: a call leaves no tiles behind, which would cost the kernel 8 KiB at each switch of
// threads.
func TestAMXReleased(t *testing.T) {
	needAMX(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := newTileCase(rand.New(rand.NewPCG(1, 1)), false, 40, 20, 32, asm.GemmBias)
	out := make([]uint32, len(c.C))
	c.call(out)
	if err := c.check(out); err != nil {
		t.Error(err)
	}
	if got := asm.XGETBV(1) & (1<<tileConfig | 1<<tileData); got != 0 {
		t.Errorf("state in use: %#x", got)
	}
}
