package fuzz

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
)

// TestOverlap places each operand that a kernel writes near each of its other operands, at random
// offsets (not only multiples of the element size) and with random leading dimensions. If the two
// have a byte in common, the kernel must refuse the call and write nothing, unless the row allows
// the one in place of the other. Otherwise it must accept the call and give the result that
// operands apart give.
func TestOverlap(t *testing.T) {
	counts := map[string]int{}
	for _, rows := range groups() {
		row := &rows[len(rows)-1]
		t.Run(groupName(row), func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, uint64(len(row.Kernel))))
			for i := range row.Params {
				for j := range row.Params {
					if mayMeet(row, i, j) {
						overlaps(t, row, i, j, r, counts)
					}
				}
			}
		})
	}
	t.Log(counts)
	proof.Count(t, "hostile", "overlaps refused", counts["refused"])
	proof.Count(t, "hostile", "operands side by side accepted", counts["in place"]+counts["apart"])
	for _, what := range []string{"refused", "in place", "apart"} {
		if counts[what] < 100 {
			t.Errorf("the test tried %d calls that are %s, want at least 100", counts[what], what)
		}
	}
}

// mayMeet reports whether the kernel writes operand i and must refuse an overlap with operand j.
func mayMeet(row *spec.Row, i, j int) bool {
	p, q := &row.Params[i], &row.Params[j]
	return i != j && p.Role != spec.In && !p.Collected && !q.Collected && !p.Copied && !q.Copied
}

// overlaps tries many calls with operand i near operand j.
func overlaps(t *testing.T, row *spec.Row, i, j int, r *rand.Rand, counts map[string]int) {
	tries := max(150, 10*len(row.Cases))
	if testing.Short() {
		tries /= 5
	}
	for try := range tries {
		sizes := spec.Sizes{M: 1 + r.IntN(5), N: 1 + r.IntN(6), K: 1 + r.IntN(5), Case: try % len(row.Cases)}
		in := random(row, sizes, r)
		pair := lay(row, in, i, j, r)
		if pair == nil {
			continue
		}
		what := "apart"
		switch {
		case pair.inPlace():
			what = "in place"
		case pair.meet():
			what = "refused"
		}
		counts[what]++
		var problem string
		if what == "refused" {
			problem = pair.isRefused()
		} else {
			problem = pair.isAccepted()
		}
		if problem != "" {
			t.Fatalf("case %q, m %d, n %d, k %d: %v and %v in one memory: %s",
				row.Cases[in.Case], in.M, in.N, in.K, pair.a, pair.b, problem)
		}
	}
}

// A pair is a call with two operands in one memory.
type pair struct {
	row    *spec.Row
	in     *Input
	call   *spec.Call
	memory []byte
	a, b   *placed // a is written
}

// placed is where an operand lies in the memory of a pair.
type placed struct {
	param          *spec.Param
	number         int // among the operands
	at, size       int // bytes
	rows, cols, ld int
	referenced     func(i, j int) bool
	values         []float64
	ints           []int
	dtype          spec.DType
	isInt, unread  bool
}

func (p *placed) String() string {
	return fmt.Sprintf("%s (%d x %d, ld %d) at byte %d", p.param.Name, p.rows, p.cols, p.ld, p.at)
}

// lay makes a call with operand i somewhere round operand j, nil if one of them is empty.
func lay(row *spec.Row, in *Input, i, j int, r *rand.Rand) *pair {
	p := &pair{row: row, in: in, call: heapCall(row, in)}
	p.a, p.b = place(row, in, i, r), place(row, in, j, r)
	a, b := p.a, p.b
	if a.span() <= 0 || b.span() <= 0 {
		return nil
	}
	if a.param.HasLd && b.param.HasLd && r.IntN(2) == 0 {
		a.ld = max(a.ld, b.ld)
		b.ld = a.ld
	}
	b.at = a.span() + 64
	switch shift := r.IntN(a.span()+b.span()+16) - a.span() - 8; {
	case r.IntN(4) == 0:
		a.at = b.at
	case r.IntN(8) == 0:
		a.at = b.at + shift
	default:
		a.at = b.at + shift/a.size*a.size
	}
	p.memory = make([]byte, max(a.at+a.span(), b.at+b.span())+64)
	for k := range p.memory {
		p.memory[k] = byte(r.Uint32())
	}
	a.put(p.call, p.memory)
	b.put(p.call, p.memory)
	return p
}

func place(row *spec.Row, in *Input, i int, r *rand.Rand) *placed {
	d := row.TypeOf(i, in.Sizes)
	p := &placed{param: &row.Params[i], number: i, size: d.Size(),
		values: in.Values[i], ints: in.Ints[i], dtype: d, isInt: row.Params[i].Index}
	if p.isInt {
		p.size = int(unsafe.Sizeof(0))
	}
	p.rows, p.cols = p.param.Shape(in.Sizes)
	p.unread = p.param.Unread != nil && p.param.Unread(in.Sizes)
	if p.ld = max(1, p.cols); p.param.HasLd {
		p.ld += r.IntN(2) * r.IntN(9)
	}
	p.referenced = func(i, j int) bool { return true }
	switch row.Kernel + " " + p.param.Name {
	case "GemvTriangle a", "GemmTriangle c":
		switch name := row.Cases[in.Case]; {
		case strings.Contains(name, "upper"):
			p.referenced = func(i, j int) bool { return j >= i }
		case strings.Contains(name, "lower"):
			p.referenced = func(i, j int) bool { return j <= i }
		}
	}
	return p
}

// span is the bytes from the first element to the last.
func (p *placed) span() int {
	if p.rows == 0 || p.cols == 0 {
		return 0
	}
	return ((p.rows-1)*p.ld + p.cols) * p.size
}

// put makes the operand one of the call and writes its values.
func (p *placed) put(c *spec.Call, memory []byte) {
	o, start, n := &c.Operands[p.number], unsafe.Pointer(&memory[p.at]), p.span()/p.size
	*o = spec.Operand{Ld: p.ld}
	switch {
	case p.isInt:
		o.Int = unsafe.Slice((*int)(start), n)
	case p.dtype == spec.F32:
		o.F32 = unsafe.Slice((*float32)(start), n)
	case p.dtype == spec.BF16:
		o.BF16 = unsafe.Slice((*kernels.BFloat16)(start), n)
	default:
		o.F64 = unsafe.Slice((*float64)(start), n)
	}
	for i := range p.rows {
		for j := range p.cols {
			switch k := i*p.cols + j; {
			case p.ints != nil:
				o.Int[i*p.ld+j] = p.ints[k]
			case p.values == nil || p.unread && p.param.Role != spec.In:
			case p.param.Role == spec.In && !p.referenced(i, j):
			case p.dtype == spec.F32:
				o.F32[i*p.ld+j] = float32(p.values[k])
			case p.dtype == spec.BF16:
				o.BF16[i*p.ld+j] = kernels.BFloat16(bitsOfBF16(p.values[k]))
			default:
				o.F64[i*p.ld+j] = p.values[k]
			}
		}
	}
}

// each calls f for the bytes of the referenced elements.
func (p *placed) each(f func(at int)) {
	for i := range p.rows {
		for j := range p.cols {
			for b := range p.size {
				if p.referenced(i, j) {
					f(p.at + (i*p.ld+j)*p.size + b)
				}
			}
		}
	}
}

// meet reports whether the two operands have a byte in common.
func (p *pair) meet() (found bool) {
	has := make([]bool, len(p.memory))
	p.a.each(func(at int) { has[at] = true })
	p.b.each(func(at int) { found = found || has[at] })
	return found
}

// inPlace reports whether the two are the same elements and the row allows that.
func (p *pair) inPlace() bool {
	a, b := p.a, p.b
	same := a.at == b.at && a.rows == b.rows && a.cols == b.cols && a.size == b.size
	may := slices.Contains(a.param.InPlace, b.param.Name) || slices.Contains(b.param.InPlace, a.param.Name)
	return may && same && (a.rows <= 1 || a.ld == b.ld)
}

// isRefused demands that the kernel refuses the call and names both operands. It returns what went wrong, or "".
func (p *pair) isRefused() string {
	before := slices.Clone(p.memory)
	e, problem := refusal(p.row, p.call)
	if problem != "" {
		return problem
	}
	a, b := p.a.param.Name, p.b.param.Name
	named := hasParameter(e.Op, a) && hasParameter(e.Op, b) // the table may call an operand otherwise
	if named && e.Msg != a+" overlaps "+b && e.Msg != b+" overlaps "+a {
		return fmt.Sprintf("panics with %q, want that %s overlaps %s", e.Msg, a, b)
	}
	if !bytes.Equal(p.memory, before) {
		return "is refused, but only after the kernel has written"
	}
	return ""
}

// isAccepted demands that the call gives the result of a call with operands apart, and writes
// nothing else. It returns what went wrong, or "".
func (p *pair) isAccepted() string {
	apart := heapCall(p.row, p.in)
	if problem := accepts(p.row, apart); problem != "" {
		return "apart, the call " + problem
	}
	before := slices.Clone(p.memory)
	if problem := accepts(p.row, p.call); problem != "" {
		return problem
	}
	for i, q := range p.row.Params {
		rows, cols := q.Shape(p.in.Sizes)
		if q.Role == spec.In || rows == 0 || cols == 0 {
			continue
		}
		if at := firstDifference(p.row, i, rows, cols, p.call, apart, p); at != "" {
			return q.Name + at + " differs from its value with operands apart"
		}
	}
	if x, y := p.call.Result, apart.Result; x != y && (x == x || y == y) {
		return fmt.Sprintf("the result is %v, with operands apart %v", x, y)
	}
	written := make([]bool, len(p.memory))
	p.a.each(func(at int) { written[at] = true })
	if p.b.param.Role != spec.In {
		p.b.each(func(at int) { written[at] = true })
	}
	for at, v := range p.memory {
		if v != before[at] && !written[at] {
			return fmt.Sprintf("the kernel wrote byte %d, which is outside its outputs", at)
		}
	}
	return ""
}

// firstDifference names the first element that differs between two calls, "" for none.
func firstDifference(row *spec.Row, operand, rows, cols int, c, d *spec.Call, p *pair) string {
	o, w := &c.Operands[operand], &d.Operands[operand]
	for i := range rows {
		for j := range cols {
			if operand == p.a.number && !p.a.referenced(i, j) ||
				operand == p.b.number && !p.b.referenced(i, j) {
				continue
			}
			x, y := i*o.Ld+j, i*w.Ld+j
			same := false
			switch {
			case row.Params[operand].Index:
				same = o.Int[x] == w.Int[y]
			case row.TypeOf(operand, c.Sizes) == spec.BF16:
				same = o.BF16[x] == w.BF16[y]
			case row.DType == spec.F32:
				same = o.F32[x] == w.F32[y] || o.F32[x] != o.F32[x] && w.F32[y] != w.F32[y]
			default:
				same = o.F64[x] == w.F64[y] || o.F64[x] != o.F64[x] && w.F64[y] != w.F64[y]
			}
			if !same {
				return fmt.Sprintf("[%d, %d]", i, j)
			}
		}
	}
	return ""
}

// TestBytesOverlap is TestOverlap for the bytes of ScaleBytes, which the table cannot place.
func TestBytesOverlap(t *testing.T) {
	memory := make([]float32, 8)
	raw := unsafe.Slice((*uint8)(unsafe.Pointer(&memory[0])), 32)
	for at := range 29 {
		y, x := memory[2:6], raw[at:at+4]
		problem := func() (e any) {
			defer func() { e = recover() }()
			kernels.ScaleBytes(y, x, 1, 0)
			return nil
		}()
		if meets := at > 4 && at < 24; meets != (problem != nil) {
			t.Errorf("bytes %d to %d beside floats from 8 to 23: panic %v", at, at+3, problem)
		}
	}
}

// TestBatchOverlap: GemmBatch refuses a batch in which some C shares an element with some A, and
// accepts all others, also where the matrices interleave.
func TestBatchOverlap(t *testing.T) {
	counts := map[bool]int{}
	r := rand.New(rand.NewPCG(9, 9))
	for range 20_000 {
		batch, m, n, k := 1+r.IntN(90), 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(3)
		lda, ldc := k+r.IntN(5), n+r.IntN(3)
		strideA, strideC := r.IntN(12), (m-1)*ldc+n+r.IntN(20)
		lenA, lenC := (batch-1)*strideA+(m-1)*lda+k, (batch-1)*strideC+(m-1)*ldc+n
		memory := make([]float64, lenA+2*lenC)
		fromA, fromC := r.IntN(lenC), r.IntN(lenA+lenC)
		has := make([]bool, len(memory))
		each := func(from, cols, ld, stride int, f func(at int)) {
			for x := range batch * m * cols {
				f(from + x/(m*cols)*stride + x/cols%m*ld + x%cols)
			}
		}
		each(fromA, k, lda, strideA, func(at int) { has[at] = true })
		meets := false
		each(fromC, n, ldc, strideC, func(at int) { meets = meets || has[at] })
		counts[meets]++
		e := func() (e any) {
			defer func() { e = recover() }()
			a, b, c := memory[fromA:][:lenA], make([]float64, k*n), memory[fromC:][:lenC]
			kernels.GemmBatch(batch, false, false, m, n, k, 1, a, lda, strideA, b, n, 0, 0, c, ldc, strideC)
			return nil
		}()
		if shape, _ := e.(*kernels.ShapeError); meets != (shape != nil && shape.Arg == "c") {
			t.Fatalf("%d of %d x %d x %d: A at %d, ld %d, stride %d, C at %d, ld %d, stride %d: "+
				"share an element %v, panic %v",
				batch, m, n, k, fromA, lda, strideA, fromC, ldc, strideC, meets, e)
		}
	}
	if counts[true] < 1000 || counts[false] < 1000 {
		t.Errorf("%d batches that share an element, %d that do not", counts[true], counts[false])
	}
}
