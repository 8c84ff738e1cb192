//go:build linux && cgo

package blas

import (
	"slices"
	"strings"
	"testing"
)

func TestShape(t *testing.T) {
	s := Shape{TransB: true, M: 3, N: 4, K: 5}
	if s.String() != "NT 3x4x5" || s.Flops() != 120 || s.Least() != 3 {
		t.Errorf("%v has %v operations, the least is %d", s, s.Flops(), s.Least())
	}
	all := Shapes()
	for i, s := range all {
		if slices.Contains(all[:i], s) {
			t.Errorf("%v is there twice", s)
		}
	}
}

// A library that is not there is absent and computes nothing.
func TestAbsent(t *testing.T) {
	for _, p := range BF16Peers(t.TempDir()) {
		if strings.HasSuffix(p.Name, "Debian") {
			continue // it may be installed
		}
		c := NewProduct(Shape{M: 2, N: 2, K: 2}, 2, 4)
		defer c.Free()
		run, free := p.Begin(c, 1)
		free()
		if !p.Absent() || p.State() != "absent" || run != nil {
			t.Errorf("%s is %s", p.Name, p.State())
		}
	}
	if lib, file := Open("/no/such/*.so", "no-such-library.so.9"); file != "" || lib.Symbol("main") != nil {
		t.Errorf("opened %q", file)
	}
}

// A library of the loader's path is found, and a function that it lacks is named.
func TestMissing(t *testing.T) {
	p := &BF16Peer{Name: "libc", files: []string{"/no/such/*.so", "libc.so.6"},
		symbols: []string{"memcpy", "sbgemm"}}
	p.load()
	if want := "absent (libc.so.6 has no sbgemm)"; !p.Absent() || p.State() != want {
		t.Errorf("it is %q, want %q", p.State(), want)
	}
	p = &BF16Peer{Name: "libc", files: []string{"libc.so.6"}, symbols: []string{"memcpy"},
		threads: "set_threads"}
	p.load()
	if want := "absent (libc.so.6 has no set_threads)"; p.State() != want {
		t.Errorf("it is %q, want %q", p.State(), want)
	}
}

// The operands lie where lda and ldb say, and have the bytes of their elements.
func TestProduct(t *testing.T) {
	for _, c := range []struct {
		Shape
		lda, ldb int
	}{{Shape{M: 2, N: 3, K: 4}, 4, 3}, {Shape{TransA: true, M: 2, N: 3, K: 4}, 2, 3},
		{Shape{TransB: true, M: 2, N: 3, K: 4}, 4, 4}} {
		p := NewProduct(c.Shape, 2, 4)
		a, b, r, lda, ldb := p.Operands()
		if a == nil || b == nil || r == nil || lda != c.lda || ldb != c.ldb {
			t.Errorf("%v: lda %d, ldb %d, want %d and %d", c.Shape, lda, ldb, c.lda, c.ldb)
		}
		p.Free()
	}
}
