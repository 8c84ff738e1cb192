package freelist_test

import (
	"runtime"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

type buffer[T any] struct{ s []T }

// TestReuse: a value that was given back comes again, with what it held, also after a garbage
// collection; one that is out does not.
func TestReuse(t *testing.T) {
	var l freelist.Lists
	a := freelist.Get[float32, buffer[int]](&l)
	a.s = append(a.s, 7)
	if b := freelist.Get[float32, buffer[int]](&l); b == a {
		t.Fatal("handed out twice")
	}
	freelist.Put[float32](&l, a)
	runtime.GC()
	runtime.GC()
	if b := freelist.Get[float32, buffer[int]](&l); b != a || b.s[0] != 7 {
		t.Errorf("got another value than the one given back: %v", b)
	}
}

// TestFull: a list that is full takes no more, and hands out what it took once.
func TestFull(t *testing.T) {
	const n = 1000
	var l freelist.Lists
	given, got := map[*buffer[int]]bool{}, map[*buffer[int]]bool{}
	for range n {
		b := new(buffer[int])
		given[b] = true
		freelist.Put[float32](&l, b)
	}
	reused := 0
	for range n {
		b := freelist.Get[float32, buffer[int]](&l)
		if got[b] {
			t.Fatal("handed out twice")
		}
		if got[b] = true; given[b] {
			reused++
		}
	}
	if reused == 0 || reused == n {
		t.Errorf("%d of %d values came back, want some", reused, n)
	}
}

// TestElementTypes: values for element types of different size are apart; a type named after
// another one has the values of that.
func TestElementTypes(t *testing.T) {
	type named float32
	var l freelist.Lists
	b := new(buffer[named])
	freelist.Put[named](&l, b)
	if c := freelist.Get[float64, buffer[named]](&l); c == b {
		t.Error("float64 gets a value for float32")
	}
	if c := freelist.Get[float32, buffer[named]](&l); c != b {
		t.Error("float32 does not get the value for a type named after it")
	}
}

// TestGoroutines: no value is in two hands at a time.
func TestGoroutines(t *testing.T) {
	var l freelist.Lists
	var group sync.WaitGroup
	for id := range 8 {
		group.Go(func() {
			for range 2000 {
				b := freelist.Get[float32, buffer[int]](&l)
				b.s = append(b.s[:0], id)
				runtime.Gosched()
				if b.s[0] != id {
					t.Errorf("goroutine %d finds %d in its value", id, b.s[0])
				}
				freelist.Put[float32](&l, b)
			}
		})
	}
	group.Wait()
}

// TestOnPut: the function gets every value that is given back, before it is handed out again.
func TestOnPut(t *testing.T) {
	var l freelist.Lists
	freelist.OnPut(func(v any) { v.(*buffer[int]).s[0]++ })
	defer freelist.OnPut(nil)
	b := freelist.Get[float32, buffer[int]](&l)
	b.s = []int{5}
	freelist.Put[float32](&l, b)
	if b = freelist.Get[float32, buffer[int]](&l); b.s[0] != 6 {
		t.Errorf("a value that was given back once holds %d, want 6", b.s[0])
	}
	freelist.OnPut(nil)
	freelist.Put[float32](&l, b)
	if b.s[0] != 6 {
		t.Error("the function is called after its end")
	}
}
