package gonumblas

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
	"gonum.org/v1/gonum/blas"
)

// written names the operand that a routine writes. Level 1 is not here: there overlapping
// vectors have a meaning.
var written = map[string]string{
	"gemv": "y", "gbmv": "y", "symv": "y", "sbmv": "y", "spmv": "y",
	"trmv": "x", "tbmv": "x", "tpmv": "x", "trsv": "x", "tbsv": "x", "tpsv": "x",
	"ger": "a", "syr": "a", "syr2": "a", "spr": "ap", "spr2": "ap",
	"gemm": "c", "symm": "c", "syrk": "c", "syr2k": "c", "trmm": "b", "trsm": "b",
}

// outputs is written and what level 1 writes.
func outputs(routine string) []string {
	switch routine {
	case "swap", "rot", "rotm":
		return []string{"x", "y"}
	case "copy", "axpy":
		return []string{"y"}
	case "scal":
		return []string{"x"}
	}
	return []string{written[routine]}
}

// TestOverlap lays what a routine writes over each of its other operands at every distance:
// the call panics, with nothing written, if and only if they have an element in common, and
// else has the result of operands apart.
func TestOverlap(t *testing.T) {
	refused, apart := 0, 0
	defer func() {
		proof.Count(t, "hostile", "overlaps refused", refused)
		proof.Count(t, "hostile", "operands side by side accepted", apart)
	}()
	typ := reflect.TypeFor[Implementation]()
	for i := range typ.NumMethod() {
		method := typ.Method(i)
		out, ok := written[base(method.Name)]
		if !ok {
			if method.Type.NumIn() > 9 { // more than two vectors and their scalars
				t.Errorf("%s is not tested", method.Name)
			}
			continue
		}
		for flags := range 16 {
			if testing.Short() && flags%3 != 0 {
				continue
			}
			c := overlapCall{refused: &refused, apart: &apart, method: method,
				ours:  reflect.ValueOf(Implementation{}).Method(i),
				names: strings.Fields(parameters[base(method.Name)])}
			c.args = arguments(method)
			c.setFlags(flags)
			for in, name := range c.names {
				if c.args[in].Kind() == reflect.Slice && name != out {
					c.slide(t, out, name)
				}
			}
		}
	}
}

// overlapCall is a call whose operands are moved about.
type overlapCall struct {
	method reflect.Method
	ours   reflect.Value
	names  []string
	args   []reflect.Value

	refused, apart *int // counts
}

func (c *overlapCall) index(name string) int {
	for i, n := range c.names {
		if n == name {
			return i
		}
	}
	return -1
}

func (c *overlapCall) arg(name string) reflect.Value { return c.args[c.index(name)] }

func (c *overlapCall) number(name string) int { return int(c.arg(name).Int()) }

// is reports whether the call has a flag with this value.
func (c *overlapCall) is(name string, value uint8) bool {
	return c.index(name) >= 0 && uint8(c.arg(name).Uint()) == value
}

// setFlags sets the flags that the routine has, an m other than n, leading dimensions that
// differ or not and increments of either sign.
func (c *overlapCall) setFlags(flags int) {
	set := func(name string, yes bool, value uint8) {
		if i := c.index(name); i >= 0 && yes && c.args[i].Kind() == reflect.Uint8 { // s of rot is a number
			c.args[i].SetUint(uint64(value))
		}
	}
	set("ul", flags&1 != 0, uint8(blas.Lower))
	set("tA", flags&2 != 0, uint8(blas.Trans))
	set("tB", flags&4 != 0, uint8(blas.Trans))
	set("d", flags&4 != 0, uint8(blas.Unit))
	set("s", flags&8 != 0, uint8(blas.Right))
	for i, name := range c.names {
		switch {
		case c.args[i].Kind() == reflect.Slice:
			c.args[i] = numbered(c.args[i].Type(), 100)
		case name == "m":
			c.args[i].SetInt(4)
		case strings.HasPrefix(name, "ld"):
			c.args[i].SetInt(int64([]int{7, 7, 8, 7}[flags/4]))
			if name != "lda" {
				c.args[i].SetInt(int64([]int{7, 7, 6, 9}[flags/4]))
			}
		case strings.HasPrefix(name, "inc"):
			c.args[i].SetInt(int64([]int{2, 8, -3, 7}[flags/4]))
			if name == "incY" {
				c.args[i].SetInt(int64([]int{2, -2, 1, 1}[flags/4]))
			}
		}
	}
	// More diagonals than the matrix has.
	if strings.Contains("gbmv tbmv tbsv sbmv", base(c.method.Name)) && flags/4 == 3 {
		for name, v := range map[string]int64{"kL": 5, "kU": 6, "k": 8, "lda": 12, "incX": 12, "incY": 12} {
			if i := c.index(name); i >= 0 {
				c.args[i].SetInt(v)
			}
		}
	}
}

// elements returns the places in the slice of an operand that the routine references, in
// ascending order.
func (c *overlapCall) elements(name string) (list []int) {
	n, trans, upper, unit := order, c.is("tA", 'T'), c.is("ul", 'U'), c.is("d", 'U')
	m := n
	if c.index("m") >= 0 {
		m = c.number("m")
	}
	routine := base(c.method.Name)
	rows, cols, ld, has := m, n, 0, func(i, j int) bool { return true }
	triangle := func(i, j int) bool { return j == i && !unit || j > i && upper || j < i && !upper }
	switch {
	case name == "x" || name == "y":
		length, inc := n, abs(c.number("inc"+strings.ToUpper(name)))
		if routine == "ger" && name == "x" ||
			(routine == "gemv" || routine == "gbmv") && trans == (name == "x") {
			length = m
		}
		for i := range length {
			list = append(list, i*inc)
		}
		return list
	case name == "ap":
		for i := range n * (n + 1) / 2 {
			if !unit || !onPackedDiagonal(i, n, upper) {
				list = append(list, i)
			}
		}
		return list
	case strings.Contains("gbmv tbmv tbsv sbmv", routine):
		below, above := c.bands()
		ld = c.number("lda")
		for i := range m {
			for j := max(0, i-below); j <= min(n-1, i+above); j++ {
				if routine == "gbmv" || triangle(i, j) {
					list = append(list, i*ld+below-i+j)
				}
			}
		}
		return list
	case name == "a" && strings.Contains("symm trmm trsm", routine):
		if rows = m; c.is("s", 'R') {
			rows = n
		}
		cols, has = rows, triangle
	case name == "a" && strings.Contains("trmv trsv symv syr syr2", routine),
		name == "c" && strings.Contains("syrk syr2k", routine):
		rows, has = n, triangle
	case routine == "gemm" && name == "a":
		rows, cols = flip(trans, m, order)
	case routine == "gemm" && name == "b":
		rows, cols = flip(c.is("tB", 'T'), order, n)
	}
	ld = c.number("ld" + name)
	for i := range rows {
		for j := range cols {
			if has(i, j) {
				list = append(list, i*ld+j)
			}
		}
	}
	return list
}

func onPackedDiagonal(place, n int, upper bool) bool {
	for i, at := 0, 0; i < n; i++ {
		if !upper {
			at += i
		}
		if place == at {
			return true
		}
		if at++; upper {
			at += n - 1 - i
		}
	}
	return false
}

// bands returns the diagonals below and above the main one that are stored.
func (c *overlapCall) bands() (below, above int) {
	switch {
	case c.index("kL") >= 0:
		return c.number("kL"), c.number("kU")
	case c.is("ul", 'U'):
		return 0, c.number("k")
	}
	return c.number("k"), 0
}

// slide makes the calls with operand out at every place round operand in.
func (c *overlapCall) slide(t *testing.T, out, in string) {
	x, y := c.elements(out), c.elements(in)
	lenX, lenY := x[len(x)-1]+1, y[len(y)-1]+1
	room := 60 // for the elements that a slice has but the routine does not reference
	for shift := -lenX; shift <= lenY; shift++ {
		memory := numbered(c.arg(out).Type(), 2*room+2*lenX+lenY)
		from := room + lenX
		call := *c
		call.args = append([]reflect.Value(nil), c.args...)
		call.args[c.index(in)] = memory.Slice(from, memory.Len())
		call.args[c.index(out)] = memory.Slice(from+shift, memory.Len())
		call.expect(t, out, in, shift, memory, meetAt(x, y, shift))
	}
}

// numbered returns a slice of small numbers.
func numbered(typ reflect.Type, n int) reflect.Value {
	s := reflect.MakeSlice(typ, n, n)
	for k := range n {
		s.Index(k).SetFloat(float64(1 + k%3))
	}
	return s
}

// meetAt reports whether one of the places x, shifted, is one of y.
func meetAt(x, y []int, shift int) bool {
	for _, p := range x {
		for _, q := range y {
			if p+shift == q {
				return true
			}
		}
	}
	return false
}

// expect makes the call.
func (c *overlapCall) expect(t *testing.T, out, in string, shift int, memory reflect.Value, panics bool) {
	t.Helper()
	what := fmt.Sprintf("%s of %s: %s %d after %s", c.method.Name, c.flags(), out, shift, in)
	before, apart := c.clone(memory), *c
	apart.args = append([]reflect.Value(nil), c.args...)
	apart.args[c.index(out)] = c.clone(c.arg(out))
	r := recovered(c.ours, c.args)
	if !panics {
		*c.apart++
		if r != nil {
			t.Fatalf("%s: panics though they share no element: %v", what, r)
		}
		recovered(c.ours, apart.args)
		for _, p := range c.elements(out) {
			got, want := c.arg(out).Index(p).Float(), apart.arg(out).Index(p).Float()
			if got != want && !math.IsNaN(want) {
				t.Fatalf("%s: element %d is %v, with operands apart %v", what, p, got, want)
			}
		}
		return
	}
	err, _ := r.(error)
	var shape *kernels.ShapeError
	want := fmt.Sprintf("blas: %s overlaps %s (%s)", out, in, c.method.Name)
	if !errors.As(err, &shape) || err.Error() != want || shape.Arg != out {
		t.Fatalf("%s: panics with %v, want %q", what, r, want)
	}
	if !reflect.DeepEqual(memory.Interface(), before.Interface()) {
		t.Fatalf("%s: something was written", what)
	}
	*c.refused++
}

func (c *overlapCall) clone(s reflect.Value) reflect.Value {
	copied := reflect.MakeSlice(s.Type(), s.Len(), s.Len())
	reflect.Copy(copied, s)
	return copied
}

// flags are the arguments that are no slices.
func (c *overlapCall) flags() (s string) {
	for i, a := range c.args {
		if a.Kind() != reflect.Slice {
			s += fmt.Sprintf(" %s=%v", c.names[i], a)
		}
	}
	return s
}
