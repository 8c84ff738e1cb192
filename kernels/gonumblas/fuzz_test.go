package gonumblas

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
	"gonum.org/v1/gonum/blas"
)

// FuzzBLAS calls any routine with any arguments: sizes that are small, negative or huge, leading
// dimensions, increments and lengths that fit or not. The numbers are small integers, with which all
// results are exact: they must be those of the definition. What the definition does not read is NaN,
// and what it does not write must keep its bits. A call that cannot be meant must panic with a
// *kernels.ShapeError, and nothing else may.
func FuzzBLAS(f *testing.F) {
	typ := reflect.TypeFor[Implementation]()
	for i := range typ.NumMethod() {
		f.Add([]byte{byte(i), 3, 5, 7, 9, 2, 4, 6, 8})
		f.Add(slices.Concat([]byte{byte(i)}, slices.Repeat([]byte{0x41}, 12)))
	}
	fuzztest.Run(f, fuzzBLAS)
}

func fuzzBLAS(t *testing.T, data []byte) {
	b, typ := newFuzzBytes(data), reflect.TypeFor[Implementation]()
	method := typ.Method(int(b.take()) % typ.NumMethod())
	if name := base(method.Name); name == "rotg" || name == "rotmg" {
		fuzzRotation(b, method)
		return
	}
	c := newFuzzCall(b, method)
	if what := c.run(); what != "" {
		t.Errorf("%s(%s): %s", method.Name, c, what)
	}
}

// TestExecutions makes the executions of FuzzBLAS on random bytes: as many as ASHLAR_EXECUTIONS says.
func TestExecutions(t *testing.T) {
	most := 2000
	if text := os.Getenv("ASHLAR_EXECUTIONS"); text != "" {
		var err error
		if most, err = strconv.Atoi(text); err != nil || most < 1 {
			t.Fatalf("ASHLAR_EXECUTIONS=%q is no number of executions", text)
		}
	}
	r := rand.New(rand.NewPCG(11, 12))
	for range most {
		data := make([]byte, r.IntN(24))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		if fuzzBLAS(t, data); t.Failed() {
			t.Fatalf("input %q", data)
		}
	}
	proof.Count(t, "fuzzing", "executions of families in process", most)
}

// fuzzBytes are the fuzzer's bytes, then random ones.
type fuzzBytes struct {
	data []byte
	rand *rand.Rand
}

func newFuzzBytes(data []byte) *fuzzBytes {
	h := fnv.New64a()
	h.Write(data)
	return &fuzzBytes{data, rand.New(rand.NewPCG(h.Sum64(), 1))}
}

func (b *fuzzBytes) take() byte {
	if len(b.data) == 0 {
		return byte(b.rand.Uint32())
	}
	v := b.data[0]
	b.data = b.data[1:]
	return v
}

// fuzzRotation calls a routine of scalars with any floats, which must return.
func fuzzRotation(b *fuzzBytes, method reflect.Method) {
	args := []reflect.Value{reflect.ValueOf(Implementation{})}
	for i := 1; i < method.Type.NumIn(); i++ {
		var bits uint64
		for range 8 {
			bits = bits<<8 | uint64(b.take())
		}
		v := reflect.New(method.Type.In(i)).Elem()
		v.SetFloat(math.Float64frombits(bits))
		args = append(args, v)
	}
	method.Func.Call(args)
}

// fuzzCall is a call made of bytes.
type fuzzCall struct {
	b      *fuzzBytes
	method reflect.Method
	names  []string
	args   []reflect.Value // the receiver first
	def    definition
	wrong  bool // a flag, a size, an increment or a leading dimension cannot be meant
	short  bool // a slice is too short
	single bool // float32
}

func newFuzzCall(b *fuzzBytes, method reflect.Method) *fuzzCall {
	c := &fuzzCall{b: b, method: method, names: strings.Fields(parameters[base(method.Name)]),
		def: definition{routine: base(method.Name), ops: map[string]*memory{}, incX: 1, incY: 1}}
	c.def.classify()
	c.args = append(c.args, reflect.ValueOf(Implementation{}))
	for i := range c.names {
		c.args = append(c.args, reflect.New(method.Type.In(i+1)).Elem())
		if method.Type.In(i+1) == reflect.TypeFor[[]float32]() {
			c.single = true
		}
	}
	for _, pass := range []func(name string, v reflect.Value){c.scalar, c.leading, c.slice} {
		for i, name := range c.names {
			pass(name, c.args[i+1])
		}
	}
	return c
}

// String lists the arguments.
func (c *fuzzCall) String() string {
	var list []string
	for i, name := range c.names {
		if v := c.args[i+1]; v.Kind() == reflect.Slice {
			list = append(list, fmt.Sprintf("len(%s) = %d", name, v.Len()))
		} else {
			list = append(list, fmt.Sprintf("%s = %v", name, v.Interface()))
		}
	}
	return strings.Join(list, ", ")
}

// hostile are sizes that no call can mean, or almost none.
var hostile = []int{-1, -2, math.MinInt, math.MaxInt, math.MaxInt/2 + 1, math.MaxInt/4 + 1, math.MaxInt32, 1 << 20}

// scalar sets all but leading dimensions and slices.
func (c *fuzzCall) scalar(name string, v reflect.Value) {
	d := &c.def
	switch {
	case name == "tA":
		d.transA = c.flag(v, byte(blas.NoTrans), byte(blas.Trans))
	case name == "tB":
		d.transB = c.flag(v, byte(blas.NoTrans), byte(blas.Trans))
	case name == "ul":
		d.upper = c.flag(v, byte(blas.Lower), byte(blas.Upper))
	case name == "d":
		d.unit = c.flag(v, byte(blas.NonUnit), byte(blas.Unit))
	case name == "s" && v.Kind() == reflect.Uint8:
		d.left = c.flag(v, byte(blas.Right), byte(blas.Left))
	case name == "incX":
		d.incX = c.increment(v)
	case name == "incY":
		d.incY = c.increment(v)
	case name == "m" || name == "n" || name == "k" || name == "kL" || name == "kU":
		c.size(name, v)
	case name == "p":
		c.rotation(v)
	case v.Kind() == reflect.Float32 || v.Kind() == reflect.Float64:
		x := float64(int(c.b.take())%7 - 3)
		v.SetFloat(x)
		switch name {
		case "alpha":
			d.alpha = x
		case "beta":
			d.beta = x
		case "c":
			d.h[0], d.h[3] = x, x
		case "s":
			d.h[1], d.h[2] = -x, x
		}
	}
}

func (c *fuzzCall) flag(v reflect.Value, no, yes byte) bool {
	x := c.b.take()
	switch {
	case x == 0xFF:
		v.SetUint('?')
		c.wrong = true
	case x&1 == 1:
		v.SetUint(uint64(yes))
		return true
	default:
		v.SetUint(uint64(no))
	}
	return false
}

func (c *fuzzCall) increment(v reflect.Value) int {
	x := c.b.take()
	inc := []int{1, 1, 1, 2, -1, -2, 3, -3}[x%8]
	switch {
	case x == 0xFF:
		inc = hostile[c.b.take()%8]
	case x == 0xFE:
		inc, c.wrong = 0, true
	}
	v.SetInt(int64(inc))
	return inc
}

// size sets a size: of eight seven are below 10. A few triangles have four blocks on their diagonal.
// Solutions of larger systems would not be exact.
func (c *fuzzCall) size(name string, v reflect.Value) {
	x := c.b.take()
	n := int(x) % 10
	switch {
	case x == 0xFF:
		n = hostile[c.b.take()%8]
		c.wrong = c.wrong || n < 0
	case x == 0xFE && name != "k" && slices.Contains(c.names, "ul"):
		n = 3*wideBlock + 1 + int(c.b.take())%32
	case x >= 0xE0:
		n = int(c.b.take()) % 70
	}
	if c.def.is("trsv tbsv tpsv trsm") && n > 0 && n <= 4*wideBlock {
		n %= 16
		if c.single {
			n %= 7
		}
	}
	v.SetInt(int64(n))
	switch name {
	case "m":
		c.def.m = n
	case "n":
		c.def.n = n
	case "k":
		c.def.k = n
	case "kL":
		c.def.kL = n
	case "kU":
		c.def.kU = n
	}
}

func (c *fuzzCall) rotation(v reflect.Value) {
	x := c.b.take()
	flag := blas.Flag(int(x)%4 - 2)
	if x == 0xFF {
		flag, c.wrong = 7, true
	}
	var h [4]float64
	v.Field(0).SetInt(int64(flag))
	for i := range h {
		h[i] = float64(int(c.b.take())%7 - 3)
		v.Field(1).Index(i).SetFloat(h[i])
	}
	c.def.h = matrixOf(flag, h)
}

// shape returns the rows and columns of a matrix argument, as floats: they cannot overflow.
func (c *fuzzCall) shape(name string) (rows, cols float64) {
	d := &c.def
	m, n, k := float64(d.m), float64(d.n), float64(d.k)
	swap := func(yes bool, rows, cols float64) (float64, float64) {
		if yes {
			return cols, rows
		}
		return rows, cols
	}
	switch {
	case d.is("gbmv"):
		return min(m, n+float64(d.kL)), float64(d.kL) + float64(d.kU) + 1
	case d.is("gemv ger"):
		return m, n
	case d.is("tbmv tbsv sbmv"):
		return n, k + 1
	case d.is("gemm") && name == "a":
		return swap(d.transA, m, k)
	case d.is("gemm") && name == "b":
		return swap(d.transB, k, n)
	case d.is("syrk syr2k") && name != "c":
		return swap(d.transA, n, k)
	case d.is("syrk syr2k"):
		return n, n
	case d.is("symm trmm trsm") && name == "a":
		if d.left {
			return m, m
		}
		return n, n
	case d.is("gemm symm trmm trsm"):
		return m, n
	}
	return n, n
}

// leading sets a leading dimension.
func (c *fuzzCall) leading(name string, v reflect.Value) {
	if !strings.HasPrefix(name, "ld") {
		return
	}
	_, cols := c.shape(name[2:])
	least, x := max(1, cols), c.b.take()
	ld := int(x % 4)
	switch {
	case x == 0xFF || least > 1<<20:
		ld = hostile[c.b.take()%8]
	case x == 0xFE:
		ld = int(least) - 1
	default:
		ld += int(least)
	}
	if least > 1<<20 && float64(ld) == least { // which of them is less is lost in float64
		ld = 1
	}
	c.wrong = c.wrong || float64(ld) < least
	v.SetInt(int64(ld))
	switch name {
	case "lda":
		c.def.lda = ld
	case "ldb":
		c.def.ldb = ld
	case "ldc":
		c.def.ldc = ld
	}
}

// slice makes a slice: as long as it must be, now and then longer or one too short.
func (c *fuzzCall) slice(name string, v reflect.Value) {
	if v.Kind() != reflect.Slice {
		return
	}
	d := &c.def
	need := 0.0
	switch rows, cols := c.shape(name); {
	case name == "x" || name == "y":
		n, inc := float64(d.n), d.incX
		if d.is("ger") && name == "x" || d.is("gemv gbmv") && (name == "x") == d.transA {
			n = float64(d.m)
		}
		if name == "y" {
			inc = d.incY
		}
		if n > 0 {
			need = (n-1)*math.Abs(float64(inc)) + 1
		}
	case name == "ap":
		need = float64(d.n) * (float64(d.n) + 1) / 2
	case rows > 0 && cols > 0:
		ld := map[string]int{"a": d.lda, "b": d.ldb, "c": d.ldc}[name]
		need = (rows-1)*float64(ld) + cols
	}
	n, x := 1<<14, c.b.take()
	if need < 1<<16 {
		n = int(max(0, need))
	}
	switch {
	case x == 0xFF:
		n = max(0, n-1)
	case x%8 == 7:
		n += int(x) / 8
	}
	c.short = c.short || float64(n) < need
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	o := &memory{v: make([]float64, n), read: make([]bool, n), written: make([]bool, n)}
	var bits uint64
	for i := range o.v {
		if i%16 == 0 {
			bits = c.b.rand.Uint64()
		}
		o.v[i] = []float64{0, 1, -1, 2, -2, 3, -3, 4, -4, 1, -1, 0, 0, 2, 1, -1}[bits&15]
		bits >>= 4
	}
	if d.is("trsv tbsv tpsv trsm") && (name == "a" || name == "ap") {
		for i, v := range o.v { // the diagonal must divide exactly
			if o.v[i] = float64(int(v) % 3); o.v[i] == 0 && c.diagonal(i) {
				o.v[i] = 1
			}
		}
	}
	d.ops[name] = o
}

// diagonal reports whether an element of a triangle is on its diagonal.
func (c *fuzzCall) diagonal(at int) bool {
	order := c.def.n
	if c.def.is("trsm") && c.def.left {
		order = c.def.m
	}
	for i := 0; i < min(order, 100); i++ {
		if c.def.index(i, i) == at {
			return true
		}
	}
	return false
}

// nothing reports whether there is nothing to compute, for which lengths do not matter.
func (c *fuzzCall) nothing() bool {
	d := &c.def
	switch {
	case d.is("nrm2 asum amax scal"):
		return d.n == 0 || d.incX < 0
	case d.is("gemv gbmv ger gemm symm trmm trsm"):
		return d.m == 0 || d.n == 0
	}
	return d.n == 0
}

// run makes the call and returns what is wrong with it.
func (c *fuzzCall) run() string {
	d := &c.def
	invalid := c.wrong || c.short && !c.nothing()
	if !invalid && (!c.nothing() || d.is("nrm2 asum amax scal dot sdot dsdot")) {
		before := map[string][]float64{}
		for name, o := range d.ops {
			before[name] = slices.Clone(o.v)
		}
		d.run()
		c.fill(before)
	} else {
		c.fill(nil)
	}
	results, panicked := c.call()
	if !invalid && panicked != nil {
		return fmt.Sprintf("panicked: %v", panicked)
	}
	if invalid {
		err, ok := panicked.(error)
		if _, shape := errors.AsType[*kernels.ShapeError](err); !ok || !shape {
			return fmt.Sprintf("want a *kernels.ShapeError, got %T %v", panicked, panicked)
		}
	}
	if what := c.compare(); what != "" || invalid || !d.returns {
		return what
	}
	got, tolerance := 0.0, 0.0
	if results[0].CanInt() {
		got = float64(results[0].Int())
	} else {
		got = results[0].Float()
	}
	if d.is("nrm2") {
		tolerance = d.result * map[bool]float64{true: 0x1p-21, false: 0x1p-50}[c.single]
	}
	if !(math.Abs(got-d.result) <= tolerance) {
		return fmt.Sprintf("returned %v, want %v", got, d.result)
	}
	return ""
}

// fill puts the numbers into the arguments, and NaN where the definition does not read.
func (c *fuzzCall) fill(before map[string][]float64) {
	for i, name := range c.names {
		o, v := c.def.ops[name], c.args[i+1]
		if o == nil {
			continue
		}
		f32, f64 := slicesOf(v)
		for j := range v.Len() {
			x := math.NaN()
			if before != nil && o.read[j] {
				x = before[name][j]
			}
			if c.single {
				f32[j] = float32(x)
			} else {
				f64[j] = x
			}
			if before == nil || !o.written[j] { // what must remain
				o.v[j] = x
			}
		}
	}
}

// slicesOf returns a slice argument; one of the two is nil.
func slicesOf(v reflect.Value) (f32 []float32, f64 []float64) {
	f32, _ = v.Interface().([]float32)
	f64, _ = v.Interface().([]float64)
	return f32, f64
}

func (c *fuzzCall) call() (results []reflect.Value, panicked any) {
	defer func() { panicked = recover() }()
	return c.method.Func.Call(c.args), nil
}

// compare returns where the operands differ from what the definition left.
func (c *fuzzCall) compare() string {
	for i, name := range c.names {
		o, v := c.def.ops[name], c.args[i+1]
		if o == nil {
			continue
		}
		f32, f64 := slicesOf(v)
		for j, want := range o.v {
			got := 0.0
			if c.single {
				got = float64(f32[j])
			} else {
				got = f64[j]
			}
			if got != want && !(got != got && want != want) {
				return fmt.Sprintf("%s[%d] is %v, want %v", name, j, got, want)
			}
		}
	}
	return ""
}
