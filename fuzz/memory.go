package fuzz

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"sync"
	"unsafe"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/guard"
	"github.com/ashlar-go/ashlar/kernels"
)

// Guarded reports whether operands lie between pages without permissions. On systems without mmap, and
// with the build tag noguard, they do not: the harness misses reads outside the operands, and writes
// beyond the poisoned margins.
const Guarded = guard.Pages

// placement is where in its arena an operand lies.
type placement uint8

const (
	atEnd   placement = iota // the last element touches the guard page behind
	atStart                  // the first element touches the guard page before
	inside                   // at an offset of some elements from the start of a cache line
)

// layout is a way to lay the operands of a call out in memory.
type layout struct {
	place  placement
	offset int // elements, for inside
	pad    int // ld - cols of the first operand; 0 for all
	// out is laid exactly over in, unless out is 0 and in is 0.
	out, in int
}

func (l layout) String() string {
	s := [...]string{"at the end of its page", "at the start of its page", "inside a page"}[l.place]
	if l.place == inside {
		s += fmt.Sprintf(", offset %d", l.offset)
	}
	if l.pad != 0 {
		s += fmt.Sprintf(", ld = cols + %d", l.pad)
	}
	if l.inPlace() {
		s += fmt.Sprintf(", operand %d in place of %d", l.out, l.in)
	}
	return s
}

func (l layout) inPlace() bool { return l.out != l.in }

// lab holds an arena for each operand.
type lab struct {
	arenas   [][]byte
	snapshot [][]byte
}

var labs struct {
	sync.Mutex
	free []*lab
}

func getLab() *lab {
	labs.Lock()
	defer labs.Unlock()
	if n := len(labs.free); n > 0 {
		l := labs.free[n-1]
		labs.free = labs.free[:n-1]
		return l
	}
	return &lab{}
}

func (l *lab) put() {
	labs.Lock()
	labs.free = append(labs.free, l)
	labs.Unlock()
}

// poison is NaN in all dtypes and not a valid index.
const poison = 0x7FFD7FFD

// margin is the number of poisoned bytes before and after an operand.
const margin = 128

// operand is one laid out operand.
type operand struct {
	param          *spec.Param
	dtype          spec.DType
	window         []byte         // the operand with its margins
	first          int            // where in window its first element is
	start          unsafe.Pointer // of the first element, a guard page for an empty operand at the end
	rows, cols, ld int
	size           int // of an element
}

func (l *lab) lay(i int, row *spec.Row, in *Input, lay layout) *operand {
	p := &row.Params[i]
	o := &operand{param: p, dtype: row.TypeOf(i, in.Sizes)}
	if o.size = o.dtype.Size(); p.Index {
		o.size = int(unsafe.Sizeof(0))
	}
	o.rows, o.cols = p.Shape(in.Sizes)
	o.ld = max(1, o.cols)
	if p.HasLd && lay.pad > 0 {
		o.ld += lay.pad + 3*i%5 // differs from operand to operand
	}
	n := o.extent() * o.size
	for len(l.arenas) <= i {
		l.arenas, l.snapshot = append(l.arenas, nil), append(l.snapshot, nil)
	}
	if len(l.arenas[i]) < n+4096 {
		l.arenas[i] = guard.New(n*3/2 + 1<<16)
	}
	arena := l.arenas[i]
	start := 0
	switch lay.place {
	case atEnd:
		start = len(arena) - n
	case inside:
		start = 1024 + lay.offset*o.size
	}
	o.start = unsafe.Add(unsafe.Pointer(unsafe.SliceData(arena)), start)
	lo, hi := max(0, start-margin/o.size*o.size), min(len(arena), start+n+margin)
	o.window, o.first = arena[lo:hi:hi], start-lo
	for j := 0; j < len(o.window); {
		j += copy(o.window[j:], poisonBytes[(j-o.first)&3:]) // the first element begins with poison
	}
	return o
}

// poisonBytes is poison, again and again.
var poisonBytes = bytes.Repeat(binary.NativeEndian.AppendUint32(nil, poison), 128)

func (o *operand) extent() int {
	if o.rows == 0 || o.cols == 0 {
		return 0
	}
	return (o.rows-1)*o.ld + o.cols
}

func (o *operand) at(i, j int) unsafe.Pointer {
	return unsafe.Pointer(&o.window[o.first+(i*o.ld+j)*o.size])
}

// fill writes the values before the call.
func (o *operand) fill(values []float64, ints []int) {
	for i := range o.rows {
		for j := range o.cols {
			k := i*o.cols + j
			switch p := o.at(i, j); {
			case o.param.Index:
				*(*int)(p) = ints[k]
			case o.dtype == spec.F32:
				*(*float32)(p) = float32(values[k])
			case o.dtype == spec.BF16:
				*(*uint16)(p) = bitsOfBF16(values[k])
			default:
				*(*float64)(p) = values[k]
			}
		}
	}
}

// take returns the bits of the elements.
func (o *operand) take() []uint64 {
	bits := make([]uint64, 0, o.rows*o.cols)
	for i := range o.rows {
		for j := range o.cols {
			switch p := o.at(i, j); o.size {
			case 2:
				bits = append(bits, uint64(*(*uint16)(p)))
			case 4:
				bits = append(bits, uint64(*(*uint32)(p)))
			default:
				bits = append(bits, *(*uint64)(p))
			}
		}
	}
	return bits
}

// restore puts the elements back as they were in the snapshot of the window.
func (o *operand) restore(snapshot []byte) {
	for i := range o.rows {
		if o.cols > 0 {
			at := o.first + i*o.ld*o.size
			copy(o.window[at:at+o.cols*o.size], snapshot[at:])
		}
	}
}

func (o *operand) slices(lay layout) (s spec.Operand) {
	n := o.extent()
	s.Ld = o.ld
	if n == 0 && lay.place == atStart {
		return s // nil
	}
	switch {
	case o.param.Index:
		s.Int = unsafe.Slice((*int)(o.start), n)
	case o.dtype == spec.F32:
		s.F32 = unsafe.Slice((*float32)(o.start), n)
	case o.dtype == spec.BF16:
		s.BF16 = unsafe.Slice((*kernels.BFloat16)(o.start), n)
	default:
		s.F64 = unsafe.Slice((*float64)(o.start), n)
	}
	return s
}

// outcome is what a call left behind.
type outcome struct {
	bits   [][]uint64   // of each output, densely
	types  []spec.DType // of each operand
	result float64
}

// values returns the number of results in an outcome that the oracle judges.
func (o *outcome) values(ref *spec.Ref) (n int) {
	for _, bits := range o.bits {
		n += len(bits)
	}
	if ref.HasResult {
		n++
	}
	return n
}

// run lays the input out, calls f and demands that all memory but the outputs is unchanged.
func (l *lab) run(row *spec.Row, f func(*spec.Call), in *Input, lay layout) (*outcome, *Failure) {
	ops := make([]*operand, len(row.Params))
	call := spec.Call{Sizes: in.Sizes, Operands: make([]spec.Operand, len(ops))}
	for i := range ops {
		if lay.inPlace() && i == lay.out {
			continue
		}
		ops[i] = l.lay(i, row, in, lay)
		p := ops[i].param
		if p.Role != spec.Out && (p.Unread == nil || !p.Unread(in.Sizes)) {
			ops[i].fill(in.Values[i], in.Ints[i])
		}
	}
	if lay.inPlace() {
		ops[lay.out] = ops[lay.in]
	}
	for i, o := range ops {
		call.Operands[i] = o.slices(lay)
		l.snapshot[i] = append(l.snapshot[i][:0], o.window...)
	}
	if what, addr := guarded(f, &call); what != "" {
		return nil, &Failure{Row: row, Input: in, Layout: lay, What: what + whereabouts(addr, ops, row)}
	}
	out := &outcome{bits: make([][]uint64, len(ops)), types: make([]spec.DType, len(ops)),
		result: call.Result}
	for i, o := range ops {
		out.types[i] = o.dtype
		if row.Params[i].Role != spec.In {
			out.bits[i] = o.take()
		}
	}
	for i, o := range ops {
		if row.Params[i].Role != spec.In {
			o.restore(l.snapshot[i])
		}
	}
	for i, o := range ops {
		if at := differ(o.window, l.snapshot[i]); at >= 0 {
			return nil, &Failure{Row: row, Input: in, Layout: lay,
				What: "wrote " + o.place(row.Params[i].Name, at)}
		}
	}
	return out, nil
}

func differ(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

// place describes where byte at of the window lies.
func (o *operand) place(name string, at int) string {
	e := at - o.first
	switch n := o.extent(); {
	case e < 0:
		return fmt.Sprintf("%d bytes before the start of %s", -e, name)
	case e >= n*o.size:
		return fmt.Sprintf("%d bytes past the end of %s", e-n*o.size, name)
	}
	e /= o.size
	if j := e % o.ld; j >= o.cols {
		return fmt.Sprintf("into the gap after row %d of %s, %d elements past its end",
			e/o.ld, name, j-o.cols)
	}
	return fmt.Sprintf("over element %d, %d of %s, which is only read", e/o.ld, e%o.ld, name)
}

// guarded calls f and returns what it panicked with, "" if it did not. An access to a guard
// page on this goroutine is a panic too; addr is its address.
func guarded(f func(*spec.Call), c *spec.Call) (what string, addr uintptr) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch e := recover().(type) {
		case nil:
		case interface {
			runtime.Error
			Addr() uintptr
		}:
			what, addr = fmt.Sprintf("touched address %#x", e.Addr()), e.Addr()
		case error:
			what = "panicked: " + e.Error()
		default:
			what = fmt.Sprint("panicked: ", e)
		}
	}()
	f(c)
	return "", 0
}

// whereabouts describes an address by the operand that is less than a page away.
func whereabouts(addr uintptr, ops []*operand, row *spec.Row) string {
	for i, o := range ops {
		at := int(addr) - int(uintptr(o.start))
		if at > -4096 && at < o.extent()*o.size+4096 {
			return ": " + o.place(row.Params[i].Name, o.first+at)
		}
	}
	return ""
}

// number returns the value of bits in a dtype.
func number(d spec.DType, bits uint64) float64 {
	switch d {
	case spec.F32:
		return float64(math.Float32frombits(uint32(bits)))
	case spec.BF16:
		return float64(math.Float32frombits(uint32(bits) << 16))
	}
	return math.Float64frombits(bits)
}

// bitsOfBF16 returns the bits of a number that bfloat16 holds exactly: the upper ones of a float32.
func bitsOfBF16(v float64) uint16 { return uint16(math.Float32bits(float32(v)) >> 16) }
