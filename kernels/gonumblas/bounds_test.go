package gonumblas

import (
	"fmt"
	"math"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/internal/guard"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/internal/spoil"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestBounds: no routine accesses anything outside its operands. Each slice is as short as the routine
// takes it, which is tried out, and lies in front of a page without permissions, or behind one: with
// every flag, with leading dimensions beyond the columns, and increments of both signs. The sizes go
// past a vector by every number of elements.
func TestBounds(t *testing.T) {
	if !guard.Pages {
		t.Log("no guard pages on this system: accesses outside the operands go unnoticed")
	}
	defer kernels.Limit(kernels.Active())
	calls, slices := 0, 0
	for _, tier := range kernels.Tiers() {
		if tier == kernels.Generic && testing.Short() || kernels.Limit(tier) != nil {
			continue // Go checks the bounds of pure Go; or ASHLAR_TIER names a lower tier
		}
		typ := reflect.TypeFor[Implementation]()
		for i := range typ.NumMethod() {
			for flags := range 16 {
				for _, n := range boundedSizes(flags) {
					p := newPoisoned(typ.Method(i), flags, n)
					s := p.shorten()
					for _, behind := range []bool{true, false} {
						if what := p.guarded(behind); what != "" {
							side := map[bool]string{true: "behind", false: "before"}[behind]
							t.Errorf("tier %v: %s %s, slices at a page %s them: %s", tier, p.method.Name,
								p.flags(), side, what)
							return
						}
						calls++
						slices += s
					}
				}
			}
		}
	}
	proof.Count(t, "bounds", "calls of BLAS routines between pages", calls)
	proof.Count(t, "bounds", "slices of BLAS routines at a page", slices)
}

// boundedSizes are the sizes tried with some flags. With all flags they have every tail.
func boundedSizes(flags int) []int {
	if testing.Short() {
		return []int{order, 17 + flags}
	}
	return []int{order, 17 + flags, 17 + (flags+5)%16, 33 + (flags+11)%16}
}

// shorten makes every slice as short as the routine accepts it and returns their number.
func (p *poisoned) shorten() (n int) {
	for k := range p.args {
		if p.args[k].Kind() != reflect.Slice {
			continue
		}
		n++
		whole := p.args[k]
		refused, taken := -1, whole.Len() // lengths
		for taken-refused > 1 {
			half := (refused + taken) / 2
			p.args[k] = whole.Slice3(0, half, half)
			if recovered(p.ours, clones(p.args)) != nil {
				refused = half
			} else {
				taken = half
			}
		}
		p.args[k] = whole.Slice3(0, taken, taken)
	}
	return n
}

// arenas are the memory of the slices of a call.
var arenas [3][]byte

// guarded calls the routine on slices at a page and returns what it did wrong.
func (p *poisoned) guarded(behind bool) (what string) {
	args, windows, next := clones(p.args), [3][]byte{}, 0
	for k := range args {
		if args[k].Kind() == reflect.Slice {
			args[k], windows[next] = place(next, args[k], behind)
			next++
		}
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			what = fmt.Sprint(r)
		}
	}()
	p.ours.Call(args)
	for i, w := range windows {
		for j, b := range w {
			if b != marginByte {
				return fmt.Sprintf("slice %d: byte %d of the margin is written", i, j)
			}
		}
	}
	elsewhere := clones(p.args)
	p.ours.Call(elsewhere)
	for k := range args {
		if args[k].Kind() != reflect.Slice {
			continue
		}
		for i, want := range floats(elsewhere[k]) {
			if v := args[k].Index(i).Float(); math.Float64bits(v) != math.Float64bits(want) {
				return fmt.Sprintf("element %d of %s is %v, elsewhere in memory %v", i, p.names[k], v, want)
			}
		}
	}
	return ""
}

const marginByte = 0xa5

// place copies a slice to arena i, to its end or its start, and returns it and the margin on the other side.
func place(i int, v reflect.Value, behind bool) (reflect.Value, []byte) {
	const margin = 256
	size := int(v.Type().Elem().Size())
	n := v.Len() * size
	if len(arenas[i]) < n+margin {
		arenas[i] = guard.New(1<<16 + 2*n)
	}
	arena := arenas[i]
	at, window := 0, arena[n:n+margin]
	if behind {
		at = len(arena) - n
		window = arena[at-margin : at]
	}
	for j := range window {
		window[j] = marginByte
	}
	s := reflect.SliceAt(v.Type().Elem(), unsafe.Add(unsafe.Pointer(unsafe.SliceData(arena)), at), v.Len())
	s = s.Convert(v.Type())
	reflect.Copy(s, v)
	return s, window
}

// TestBoundsAreSeen: an access beside a slice is seen.
func TestBoundsAreSeen(t *testing.T) {
	if !guard.Pages {
		t.Skip("there are no pages without permissions")
	}
	for _, behind := range []bool{true, false} {
		v, _ := place(0, reflect.ValueOf([]float64{1, 2, 3}), behind)
		x := v.Interface().([]float64)
		p := poisoned{overlapCall: overlapCall{names: strings.Fields("x"),
			args: []reflect.Value{reflect.ValueOf(x)}, ours: reflect.ValueOf(func(x []float64) {
				at := -1
				if behind {
					at = len(x)
				}
				sum += *(*float64)(unsafe.Add(unsafe.Pointer(&x[0]), 8*at))
			})}}
		if what := p.guarded(behind); what == "" {
			t.Errorf("behind %v: nothing was seen", behind)
		}
	}
}

var sum float64 // keeps reads from being left out

// TestScratchBounds: no routine touches anything outside the memory that it keeps, its own and that of the
// kernels. Each slice that a call gives back moves in front of a page without permissions for the next call,
// and then behind one. All have the bits of the first.
func TestScratchBounds(t *testing.T) {
	if !guard.Pages {
		t.Log("no guard pages on this system: accesses outside the memory kept go unnoticed")
	}
	kernels.SetThreads(1) // all faults come up here, and calls take the same values out of the lists
	defer kernels.SetThreads(0)
	defer kernels.Limit(kernels.Active())
	k, sizes := &keeper{}, []int{order, 70}
	if testing.Short() {
		sizes[1] = 37
	}
	for _, tier := range kernels.Tiers() {
		if tier == kernels.Generic || kernels.Limit(tier) != nil {
			continue // Go checks the bounds of pure Go; or ASHLAR_TIER names a lower tier
		}
		typ := reflect.TypeFor[Implementation]()
		for i := range typ.NumMethod() {
			for flags := range 16 {
				if testing.Short() && flags%3 != 0 {
					continue
				}
				for _, n := range sizes {
					p := newPoisoned(typ.Method(i), flags, n)
					if what := k.calls(p); what != "" {
						t.Fatalf("tier %v: %s %s, n = %d: %s", tier, p.method.Name, p.flags(), n, what)
					}
				}
			}
		}
	}
	proof.Count(t, "bounds", "buffers of BLAS routines at pages, in two calls each", k.moved)
}

// keeper lays what routines keep between pages.
type keeper struct {
	pages  spoil.Pages
	fitted map[any]int // the lengths of buffers without room for growth
	moved  int         // slices
}

// calls makes one call several times, and returns what is wrong with one of them.
func (k *keeper) calls(p *poisoned) string {
	if p.slice() < 0 {
		return ""
	}
	k.fitted = map[any]int{}
	var want [][]float64
	for i, given := range []func(kept any){spoil.Forget, k.atEnd, k.atStart, spoil.Forget} {
		got, what := k.call(p, given)
		if what != "" {
			return what
		}
		if i > 0 && !reflect.DeepEqual(got, want) {
			return "other results than the first time, where the memory kept touches pages"
		}
		want = got
	}
	k.pages.Reset()
	return ""
}

// call makes a call, does to every value that it gives back what given says, and returns the results, or
// what it panicked with.
func (k *keeper) call(p *poisoned, given func(kept any)) (all [][]float64, what string) {
	freelist.OnPut(given)
	defer freelist.OnPut(nil)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			what = fmt.Sprint(r)
			if fault, is := r.(interface{ Addr() uintptr }); is {
				what += k.pages.Place(fault.Addr())
			}
		}
	}()
	return p.call(p.ours, p.slice(), 0, 1), ""
}

func (k *keeper) atEnd(kept any) { k.move(kept, false) }

func (k *keeper) atStart(kept any) { k.move(kept, true) }

func (k *keeper) move(kept any, atStart bool) {
	switch b := kept.(type) {
	case *buffer[float32]:
		fit(k, b)
	case *buffer[float64]:
		fit(k, b)
	}
	n := k.pages.Move(kept, atStart)
	if !atStart {
		k.moved += n
	}
}

// fit leaves of a new buffer the n elements that slice was asked for when it took n + n/4.
func fit[T float](k *keeper, b *buffer[T]) {
	if len(b.data) == k.fitted[b] {
		return
	}
	n := len(b.data) * 4 / 5
	for n+n/4 < len(b.data) {
		n++
	}
	b.data = b.data[:n:n]
	k.fitted[b] = n
}
