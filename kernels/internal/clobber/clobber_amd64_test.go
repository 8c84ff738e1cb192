//go:build linux && !purego && !noasm

package clobber

import (
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/klauspost/cpuid/v2"
	"golang.org/x/sys/unix"

	"github.com/ashlar-go/ashlar/kernels"
)

// runs reports whether this CPU runs a function.
func runs(s *stub) bool {
	if strings.HasSuffix(s.name, "AMX") && !tilesAllowed() {
		return false
	}
	return slices.Contains(kernels.Tiers(), tierOf(s)) && (!dots(s) || cpuid.CPU.Supports(cpuid.AVX512BF16)) &&
		(!quads(s) || cpuid.CPU.Supports(cpuid.AVX512VNNI)) &&
		(s.name != "GemmStripInt8AVXVNNI" || cpuid.CPU.Supports(cpuid.AVXVNNI))
}

// dots reports whether a function of AVX-512 needs AVX512_BF16, which its name says by itself.
func dots(s *stub) bool { return s.name == "GemmStripBF16DP" || s.name == "DotPeak" }

// quads reports the same of AVX512_VNNI.
func quads(s *stub) bool { return s.name == "GemmStripInt8VNNI" }

// tilesAllowed asks Linux for the use of AMX: arch_prctl, ARCH_REQ_XCOMP_PERM, the data of tiles.
func tilesAllowed() bool {
	if !cpuid.CPU.Supports(cpuid.AMXTILE, cpuid.AMXBF16, cpuid.AMXINT8) {
		return false
	}
	_, _, errno := unix.RawSyscall(unix.SYS_ARCH_PRCTL, 0x1023, 18, 0)
	return errno == 0
}

func tierOf(s *stub) kernels.Tier {
	if strings.HasSuffix(s.name, "AVX512") || strings.HasSuffix(s.name, "AMX") || dots(s) || quads(s) {
		return kernels.AVX512
	}
	return kernels.AVX2
}

// tileOf is the register tile of a function.
func tileOf(s *stub) tile {
	if tierOf(s) == kernels.AVX512 {
		return tile{nr: 3 * 64, wide: 8 * 64, vector: 64}
	}
	return tile{nr: 2 * 32, wide: 4 * 32, vector: 32}
}

// TestPlanted: the test sees a function that changes a register or leaves upper halves in use, and
// nothing else with it.
func TestPlanted(t *testing.T) {
	planted := map[string]func(){"R14": plantR14, "R15": plantR15, "BP": plantBP, "MXCSR": plantMXCSR,
		"the direction flag": plantDirection}
	for name, function := range planted {
		if wrong := changed(t, function, nil); !slices.Equal(wrong, []string{name}) {
			t.Errorf("planted a change of %s, saw %v", name, wrong)
		}
	}
	if !upperSeen {
		t.Log("this CPU does not tell about the upper halves of the vector registers: a missing VZEROUPPER " +
			"goes unnoticed")
		return
	}
	dirty := []func(){plantYMM}
	if cpuid.CPU.Supports(cpuid.AVX512F) {
		dirty = append(dirty, plantZMM)
	}
	for i, function := range dirty {
		if wrong := changed(t, function, nil); !slices.Equal(wrong, []string{"upper"}) {
			t.Errorf("planted %d: left upper halves in use, saw %v", i, wrong)
		}
	}
	if !cpuid.CPU.Supports(cpuid.AVX2) {
		return
	}
	if wrong := changed(t, plantVectors, nil); wrong != nil {
		t.Errorf("planted no change, saw %v", wrong)
	}
}

// entry returns the address of an assembly function. The value of a function in Go is that of its
// wrapper, which calls the function, with the distance in the four bytes behind the opcode.
func entry(t *testing.T, function any) uintptr {
	t.Helper()
	wrapper := reflect.ValueOf(function).Pointer()
	name := runtime.FuncForPC(wrapper).Name()
	for at := wrapper; at < wrapper+1<<10; at++ {
		code := *(*[5]byte)(*(*unsafe.Pointer)(unsafe.Pointer(&at)))
		if code[0] != 0xe8 && code[0] != 0xe9 { // CALL, JMP
			continue
		}
		distance := int32(code[1]) | int32(code[2])<<8 | int32(code[3])<<16 | int32(code[4])<<24
		target := at + 5 + uintptr(distance)
		if f := runtime.FuncForPC(target); target != wrapper && f != nil && f.Entry() == target &&
			f.Name() == name {
			return target
		}
	}
	t.Fatalf("%s: found no assembly behind the wrapper", name)
	return 0
}

// plantedModes are functions that change what Around looks at.
func plantedModes() map[string]func() {
	planted := map[string]func(){"MXCSR": plantFlush, "the direction flag": plantDirection}
	if upperSeen {
		planted["upper"] = plantYMM
	}
	return planted
}
