//go:build linux && (amd64 || arm64) && !purego && !noasm

package clobber

import (
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/kernels/asm"
)

// found are what functions find in the registers that they may change: zeros, ones, and a NaN of each width.
var found = []uint64{0, ^uint64(0), 0x7ff800007fc00000}

// seen is the memory at the start of each part of the arena, in words, that short calls touch.
const seen = 512

// TestEntryRegisters: no result of a function depends on what it finds in a register at its start.
func TestEntryRegisters(t *testing.T) {
	compared := 0
	for _, s := range stubs {
		if !runs(&s) {
			continue
		}
		all := shortCalls(&s)
		compared += len(all)
		for _, arguments := range all {
			if value, same := sameResult(entry(t, s.function), arguments); !same {
				t.Errorf("%s: with %#x in all registers the result is another than with 0", s.name, value)
				break
			}
		}
	}
	t.Logf("%d calls", compared)
	proof.Count(t, "clobber", "calls with the same result for all registers at the start", compared)
	if tiers := kernels.Tiers(); tiers[len(tiers)-1] != kernels.Generic && compared == 0 {
		t.Error("no function ran")
	}
}

// TestPlantedUse: a function that uses what it finds is noticed.
func TestPlantedUse(t *testing.T) {
	at := uint64(uintptr(unsafe.Pointer(&arena[0])))
	if _, same := sameResult(entry(t, plantUse), []uint64{at}); same {
		t.Error("a function that stores registers that it has not written goes unnoticed")
	}
}

// sameResult reports whether the memory after a call is the same whatever the registers have at its start,
// or for which value it is not.
func sameResult(function uintptr, arguments []uint64) (value uint64, same bool) {
	vectors := 0
	switch tiers := kernels.Tiers(); tiers[len(tiers)-1] {
	case kernels.AVX2:
		vectors = 1
	case kernels.AVX512:
		vectors = 2
	}
	before := parts()
	var want []uint64
	for _, v := range found {
		for i := 0; i < len(before); i += seen {
			copy(arena[i/seen*room/8:], before[i:i+seen])
		}
		callWith(function, unsafe.SliceData(arguments), len(arguments), v, vectors)
		switch got := parts(); {
		case want == nil:
			want = got
		case !slices.Equal(got, want):
			return v, false
		}
	}
	return 0, true
}

// parts returns a copy of the starts of all parts of the arena.
func parts() (all []uint64) {
	for at := 0; at < len(arena); at += room / 8 {
		all = append(all, arena[at:at+seen]...)
	}
	return all
}

// shortCalls are calls of a function with and without whole vectors and a rest, which touch little memory.
func shortCalls(s *stub) (all [][]uint64) {
	if strings.HasPrefix(s.name, "GemmStrip") {
		for i, call := range calls(s) {
			// The sizes stand at the same place for both dtypes.
			k := *(**asm.GemmStrip[float32])(unsafe.Pointer(&call[0]))
			if i%499 == 0 && k.M <= 34 && k.K <= 64 {
				all = append(all, call)
			}
		}
		return all
	}
	lengths := []int{1, 3, 16, 37, 80}
	if s.multiple {
		lengths = []int{64, 192}
	}
	for _, n := range lengths {
		for rows := range 3 {
			all = append(all, arguments(s, n, rows+1))
		}
	}
	return all
}
