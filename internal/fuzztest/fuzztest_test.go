package fuzztest

import (
	"bytes"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

// TestLimited runs the targets below, which misbehave when the environment asks for it.
func TestLimited(t *testing.T) {
	for _, c := range []struct{ bad, want string }{
		{"", ""}, {"memory", "bytes were allocated for"}, {"panic", "argument 1: []byte{"},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^FuzzSample$")
		cmd.Env = append(os.Environ(), "FUZZTEST_BAD="+c.bad, Variable+"=2000")
		out, err := cmd.CombinedOutput()
		if (err == nil) != (c.bad == "") || !strings.Contains(string(out), c.want) {
			t.Errorf("%q: %v, want %q in\n%s", c.bad, err, c.want, out)
		}
	}
}

var sink []byte

// FuzzSample misbehaves where the seed is changed in a way that a mutation finds.
func FuzzSample(f *testing.F) {
	bad := os.Getenv("FUZZTEST_BAD")
	f.Add([]byte("size 10 of 20"), 3, "text", true)
	Run(f, func(t *testing.T, data []byte, n int, s string, b bool) {
		if !bytes.Contains(data, []byte("size 255")) {
			return
		}
		switch bad {
		case "memory":
			sink = make([]byte, 100<<20)
		case "panic":
			panic("bad")
		}
	})
}

// TestMutations: the arguments are of the types of the seed, differ, and are the same each time.
func TestMutations(t *testing.T) {
	seed := []reflect.Value{{}, reflect.ValueOf([]byte("abc 12")), reflect.ValueOf("text"),
		reflect.ValueOf(7), reflect.ValueOf(uint8(9)), reflect.ValueOf(true), reflect.ValueOf(1.5)}
	a, b := newMutator(seed), newMutator(seed)
	seen := map[int]bool{}
	for range 2000 {
		x, y := a.next(), b.next()
		for i := range seed[1:] {
			u, v := x[i+1], y[i+1]
			if u.Type() != seed[i+1].Type() {
				t.Fatalf("argument %d has the type %v, want %v", i+1, u.Type(), seed[i+1].Type())
			}
			if u.Kind() != reflect.Float64 && !reflect.DeepEqual(u.Interface(), v.Interface()) {
				t.Fatalf("argument %d is %v and %v", i+1, u, v)
			}
			if !reflect.DeepEqual(u.Interface(), seed[i+1].Interface()) {
				seen[i+1] = true
			}
		}
	}
	if len(seen) != len(seed)-1 {
		t.Errorf("the arguments %v change, want all %d", seen, len(seed)-1)
	}
	if s := string(seed[1].Bytes()); s != "abc 12" {
		t.Errorf("the seed became %q", s)
	}
}
