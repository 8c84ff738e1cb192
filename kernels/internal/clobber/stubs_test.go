//go:build linux && (amd64 || arm64) && !purego && !noasm

package clobber

import (
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/internal/tiertest"
	"github.com/ashlar-go/ashlar/kernels"
)

func TestMain(m *testing.M) { tiertest.Main(m) }

// stub is a function of the assembly.
type stub struct {
	name     string
	function any
	params   string // names
	multiple bool   // lengths are multiples of a step
}

// TestStubs: every function keeps the registers, on lengths with and without a tail, on long ones, and on
// many rows.
func TestStubs(t *testing.T) {
	if len(stubs) < 200 {
		t.Fatalf("the table has %d functions only", len(stubs))
	}
	ran := 0
	for _, s := range stubs {
		if !runs(&s) {
			continue
		}
		ran++
		calls := calls(&s)
		if len(calls) == 0 {
			t.Errorf("%s: no calls", s.name)
		}
		for _, arguments := range calls {
			if wrong := changed(t, s.function, arguments); len(wrong) > 0 {
				t.Errorf("%s changes %v", s.name, wrong)
				break
			}
		}
	}
	t.Logf("%d of %d functions run on this CPU", ran, len(stubs))
	proof.Count(t, "clobber", "functions of assembly called by their address", ran)
	if tiers := kernels.Tiers(); tiers[len(tiers)-1] != kernels.Generic && ran == 0 {
		t.Error("no function ran")
	}
}

// changed calls a function and returns the registers that it changes, each time: where a function
// starts, the runtime may move the stack or let another goroutine run, once.
func changed(t *testing.T, function any, arguments []uint64) (wrong []string) {
	t.Helper()
	for range 3 {
		if wrong = changedOnce(t, function, arguments); wrong == nil {
			break
		}
	}
	return wrong
}

func changedOnce(t *testing.T, function any, arguments []uint64) (wrong []string) {
	t.Helper()
	if len(arguments) > 64 {
		t.Fatalf("%d words of arguments do not fit in the frame of the probe", len(arguments))
	}
	var seen [2]registers
	call(entry(t, function), unsafe.SliceData(arguments), len(arguments), &seen)
	for i, name := range names {
		if seen[0][i] != seen[1][i] {
			wrong = append(wrong, name)
		}
	}
	return wrong
}
