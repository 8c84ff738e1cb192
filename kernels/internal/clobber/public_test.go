//go:build linux && (amd64 || arm64) && !purego && !noasm

package clobber

import (
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestAroundSees: Around sees each thing that a function must leave alone, and nothing else.
func TestAroundSees(t *testing.T) {
	for name, f := range plantedModes() {
		if wrong := Around(f); !slices.Equal(wrong, []string{name}) {
			t.Errorf("planted a change of %s, saw %v", name, wrong)
		}
		wrong := Around(func() {
			defer func() { recover() }()
			f()
			panic("after the change")
		})
		if !slices.Equal(wrong, []string{name}) {
			t.Errorf("planted a change of %s in front of a panic, saw %v", name, wrong)
		}
	}
	if wrong := Around(func() {}); wrong != nil {
		t.Errorf("planted no change, saw %v", wrong)
	}
}

// TestPublicCalls: every kernel of the table leaves the thread as it found it, in every case, on one
// thread and with helpers, where it returns early for want of elements, and where it panics.
func TestPublicCalls(t *testing.T) {
	calls, empty, panics := 0, 0, 0
	for _, row := range spec.Table() {
		if row.Tier == kernels.Generic {
			continue
		}
		for c := range row.Cases {
			if testing.Short() && c%4 != 0 {
				continue
			}
			for _, s := range publicSizes(&row, c) {
				s.Case = c
				call := fuzz.NewCall(&row, s, 31)
				if call == nil {
					continue
				}
				if wrong := Around(func() { row.Run(call) }); wrong != nil {
					t.Errorf("%v: m=%d n=%d k=%d case %q changes %v", row, s.M, s.N, s.K, row.Cases[c], wrong)
				}
				calls++
				if s.N == 0 || row.Dims != "N" && s.M == 0 {
					empty++
				}
			}
			panics += refusedCalls(t, &row, c)
		}
	}
	proof.Count(t, "clobber", "calls of kernels looked at", calls)
	proof.Count(t, "clobber", "calls of nothing, which return early", empty)
	proof.Count(t, "clobber", "calls that panic", panics)
}

// publicSizes are sizes of calls: nothing, less than a vector, vectors and a tail, and sometimes enough
// for several threads.
func publicSizes(row *spec.Row, c int) []spec.Sizes {
	switch row.Dims {
	case "N":
		s := []spec.Sizes{{}, {N: 1}, {N: 3}, {N: 8}, {N: 16}, {N: 37}, {N: 1000}}
		if c == 0 {
			s = append(s, spec.Sizes{N: 4<<15 + 5})
		}
		return s
	case "MN":
		s := []spec.Sizes{{}, {M: 3}, {N: 3}, {M: 1, N: 1}, {M: 5, N: 16}, {M: 9, N: 37}}
		if c == 0 {
			s = append(s, spec.Sizes{M: 300, N: 500})
		}
		return s
	}
	s := []spec.Sizes{{}, {M: 3, N: 5}, {N: 5, K: 2}, {M: 1, N: 1, K: 1}, {M: 7, N: 37, K: 5}}
	switch c % 5 {
	case 0:
		s = append(s, spec.Sizes{M: 1, N: 48, K: 9}, spec.Sizes{M: 40, N: 67, K: 170})
	case 1:
		s = append(s, spec.Sizes{M: 40, N: 1, K: 33}, spec.Sizes{M: 12, N: 48, K: 64})
	}
	if c == 0 {
		s = append(s, spec.Sizes{M: 150, N: 140, K: 130})
	}
	return s
}

// refusedCalls makes calls that the kernel must refuse: an operand that is short, a leading dimension
// below the columns, a negative size, an output over another operand.
func refusedCalls(t *testing.T, row *spec.Row, c int) (n int) {
	sizes := spec.Sizes{M: 7, N: 37, K: 5, Case: c}
	try := func(what string, change func(call *spec.Call)) {
		call := fuzz.NewCall(row, sizes, 37)
		change(call)
		panicked := false
		wrong := Around(func() {
			defer func() { panicked = recover() != nil }()
			row.Run(call)
		})
		if wrong != nil {
			t.Errorf("%v: case %q: %s changes %v", row, row.Cases[c], what, wrong)
		}
		if panicked {
			n++
		}
	}
	if row.Dims != "N" {
		try("m = -1", func(call *spec.Call) { call.M = -1 })
		try("n = -1", func(call *spec.Call) { call.N = -1 })
	}
	for i, p := range row.Params {
		try("a short "+p.Name, func(call *spec.Call) { shorten(&call.Operands[i]) })
		if p.HasLd {
			try("a small leading dimension of "+p.Name, func(call *spec.Call) { call.Operands[i].Ld = 1 })
		}
		if p.Role == spec.In || p.Index {
			continue
		}
		for j, q := range row.Params {
			if i != j && !q.Index {
				try(p.Name+" over "+q.Name, func(call *spec.Call) {
					overlay(&call.Operands[i], &call.Operands[j])
				})
			}
		}
	}
	return n
}

func shorten(o *spec.Operand) {
	n := max(0, len(o.F32)-1)
	o.F32, o.F64, o.BF16, o.Int = o.F32[:n], o.F64[:n], o.BF16[:n], o.Int[:n]
}

// overlay lays out over in, one element on.
func overlay(out, in *spec.Operand) {
	n := len(out.F32)
	f32, f64 := make([]float32, n+len(in.F32)+1), make([]float64, n+len(in.F32)+1)
	out.F32, out.F64 = f32[1:][:n], f64[1:][:n]
	in.F32, in.F64 = f32[:len(in.F32)], f64[:len(in.F64)]
	both := make([]kernels.BFloat16, n+len(in.BF16)+1)
	out.BF16, in.BF16 = both[1:][:n], both[:len(in.BF16)]
}

// TestHelpers: the threads that help with a call are left clean too. Goroutines look at every thread
// while kernels run on several.
func TestHelpers(t *testing.T) {
	old := runtime.GOMAXPROCS(4)
	defer runtime.GOMAXPROCS(old)
	var stop atomic.Bool
	var looks atomic.Int64
	found := make(chan string, 4)
	for range 4 {
		go func() {
			said := ""
			for !stop.Load() {
				if wrong := Dirty(); wrong != nil {
					said = strings.Join(wrong, ", ")
				}
				looks.Add(1)
				runtime.Gosched()
			}
			found <- said
		}()
	}
	ran, repeats := "", 20
	if testing.Short() {
		repeats = 5
	}
	for _, row := range spec.Table() {
		if row.Tier != kernels.Active() {
			continue
		}
		sizes := []spec.Sizes{{M: 150, N: 140, K: 130}}
		switch row.Dims {
		case "N": // the second ends with a whole stretch
			sizes = []spec.Sizes{{N: 4<<15 + 5}, {N: 4 << 15}}
		case "MN":
			sizes = []spec.Sizes{{M: 530, N: 270}}
		}
		for _, s := range sizes {
			if call := fuzz.NewCall(&row, s, 41); call != nil {
				for range repeats {
					runtime.LockOSThread()
					row.Run(call)
					wrong := Dirty()
					runtime.UnlockOSThread()
					if wrong != nil {
						t.Errorf("the caller of %v was found with a change of %s", &row, strings.Join(wrong, ", "))
						break
					}
				}
			}
		}
		ran = row.String()
	}
	stop.Store(true)
	for range 4 {
		if said := <-found; said != "" {
			t.Errorf("threads were found with a change of %s; the last kernel was %s", said, ran)
		}
	}
	proof.Count(t, "clobber", "looks at threads while helpers work", int(looks.Load()))
	if ran == "" {
		t.Error("no kernel ran")
	}
}
