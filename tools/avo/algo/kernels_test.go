//go:build (amd64 || arm64) && !purego && !noasm

package algo_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/tools/avo/algo"
)

// summed are the operands that lanes are added up for, in an order that depends on their
// number: they agree within rounding. unordered hold what only the sum of tells something.
var (
	summed = map[string][]string{
		"SquaredLoss": {"sum"}, "AbsoluteLoss": {"sum"}, "HuberLoss": {"sum"}, "LogisticLoss": {"sum"},
		"Sum": {"sum"}, "Dot": {"sum"}, "AbsSum": {"sum"}, "SumSquares": {"sum"},
		"TargetSums": {"s1", "s2"}, "RowMoments": {"s1", "s2"},
		"RowGradSums": {"s1", "s2"}, "Softmax": {"y", "sum"}, "GemvRows": {"sum"}, "TriangleRows": {"sum"},
	}
	unordered = map[string][]string{"ColumnMeans": {"off"}, "ScaleOf": {"wild"}, "BatchNormStats": {"wild"},
		"BatchNormGrads": {"wild"}, "ClipFactors": {"clips"}}
)

// operand is a parameter of a call.
type operand struct {
	name, typ string
	argument
	elem int // bytes of an element of a slice
}

// call is a kernel with operands, in memory that the interpreter and the assembly have copies of.
type call struct {
	kernel *algo.Kernel
	size   int
	n      int // elements, or rows of cols columns
	rows   int
	cols   int
	list   []*operand
	cpu    *cpu
	random *rand.Rand
}

func newCall(k *algo.Kernel, size, rows, n int) *call {
	c := &call{kernel: k, size: size, n: n, rows: rows, cols: n, random: rand.New(rand.NewPCG(1, uint64(n)))}
	c.cpu = newCPU()
	for _, p := range strings.Split(k.Params, ", ") {
		name, typ, _ := strings.Cut(p, " ")
		c.list = append(c.list, &operand{name: name, typ: typ})
	}
	for i := len(c.list) - 2; i >= 0; i-- {
		if c.list[i].typ == "" {
			c.list[i].typ = c.list[i+1].typ
		}
	}
	for _, o := range c.list {
		c.fill(o)
		c.cpu.args[o.name] = o.argument
	}
	return c
}

func (c *call) has(name string) bool {
	return slices.ContainsFunc(c.list, func(o *operand) bool { return o.name == name })
}

// special are numbers at which formulas turn.
var special = []float64{0, math.Copysign(0, -1), 1, -1, 3, -3, 6, math.Inf(1), math.Inf(-1), math.NaN(),
	1e-40, -1e-40, 5e-324, 88.7, -87.5, -103.9, 709.5, -745, 11, -13.6, 0x1p-25, 1e30, -1e30}

// ties are numbers whose product with log2(e) lies halfway between integers: one rounds them to even.
var ties = []float64{math.Ln2 / 2, -math.Ln2 / 2, 2.5 * math.Ln2, -2.5 * math.Ln2, 4.5 * math.Ln2}

// value is a number for a slice: of moderate size where sums are compared.
func (c *call) value() float64 {
	if c.random.IntN(8) == 0 {
		return ties[c.random.IntN(len(ties))]
	}
	if len(summed[c.kernel.Name]) == 0 && c.random.IntN(3) == 0 {
		return special[c.random.IntN(len(special))]
	}
	return c.random.NormFloat64() * math.Exp2(float64(c.random.IntN(5)-2))
}

func (c *call) fill(o *operand) {
	o.elem = c.size
	switch o.typ {
	case "[]float64", "[]int":
		o.elem = 8
	case "[]uint8":
		o.elem = 1
	case "[]BFloat16":
		o.elem = 2
	case "T":
		o.bits = bitsOf(c.scalar(o.name), c.size)
	case "float64":
		o.bits = math.Float64bits(c.scalar(o.name))
	case "uint32", "uint64":
		o.bits = uint64(c.random.Uint32())
	case "int":
		o.bits = uint64(c.integer(o.name))
	}
	if o.typ == "*updateConstants[T]" || strings.HasPrefix(o.typ, "[]") {
		o.n = int64(c.length(o))
		o.at = c.cpu.place(int(o.n) * o.elem)
		for i := range int(o.n) {
			b := c.cpu.mem[int(o.at)+i*o.elem:]
			if o.elem <= 2 {
				b[0], b[o.elem-1] = byte(c.random.Uint32()), byte(c.random.Uint32())
				continue
			}
			copy(b, word(bitsOf(c.valueAt(o, i), o.elem), o.elem))
		}
	}
}

// valueAt is element i of a slice.
func (c *call) valueAt(o *operand, i int) float64 {
	if o.typ == "*updateConstants[T]" {
		return []float64{0.5, 0.01, 0.99, 0.1, 0.9, 0.1, 0.99, 0.01, 1.1, 1e-6, 1e-30, 0.2, -1, 2, -2, 0}[i]
	}
	if c.kernel.Name == "QuantizeRow" && o.name == "k" {
		return []float64{0.75, -100, 155, 100 * math.SmallestNonzeroFloat32}[i]
	}
	if c.kernel.Name == "FirstAbs" && i == int(o.n)*2/3 {
		return -1e33
	}
	return c.value()
}

func (c *call) scalar(name string) float64 {
	switch name {
	case "floor":
		return 0
	case "slope":
		return 0.25
	case "peak":
		return 1e33
	case "lo", "mean":
		return -0.5
	}
	return 1.25
}

func (c *call) integer(name string) int {
	switch name {
	case "rows":
		if c.kernel.Name == "StreamRows" {
			return 5
		}
		return c.rows
	case "cols":
		return c.cols
	case "nr":
		return panelBytes / c.size
	case "last", "grow", "shift", "fetch":
		return 1
	case "past": // rows do not start on cache lines
		return 0
	case "ldd":
		switch c.kernel.Name {
		case "PackPanels", "PackPairs", "PackPairsBF16":
			return c.rows * panelBytes / c.size
		case "Transpose":
			return c.rows + 1
		case "StreamRows":
			return 512 / c.size
		}
	case "ldn":
		return 256 / c.size
	}
	return c.cols + 3
}

// length is that of a slice.
func (c *call) length(o *operand) int {
	ld := "ld" + o.name
	if o.name == "dst" || o.name == "src" {
		ld = "ld" + o.name[:1]
	}
	switch {
	case o.typ == "*updateConstants[T]":
		return 16
	case c.kernel.Family == "int8" && o.name == "q": // whole vectors
		return (c.n + 15) &^ 15
	case c.kernel.Family == "int8" && (o.name == "k" || o.name == "out"):
		return 4
	case c.kernel.Name == "TriangleRows":
		return c.rows * (c.cols + 4)
	case c.kernel.Name == "StreamRows":
		return 5 * 512 / c.size
	case strings.HasPrefix(c.kernel.Name, "PackPa") && o.name == "dst":
		return (c.cols*c.size/panelBytes + 1) * c.rows * panelBytes / c.size
	case c.kernel.Name == "Transpose" && o.name == "dst":
		return c.cols * (c.rows + 1)
	case c.has("ld"+o.name[:1]) && (o.name == "dst" || o.name == "src"), c.has(ld):
		return (c.rows-1)*(c.cols+3) + c.cols
	case o.name == "off", o.name == "wild", o.name == "clips":
		return 8
	case c.has("rows"):
		return max(4*c.rows, c.cols+c.rows) // constants and sums of rows or columns
	case slices.Contains([]string{"sum", "peak", "count", "index"}, o.name) && o.name == c.list[0].name &&
		c.kernel.Family != "norm":
		return 1
	}
	return c.n
}

// reference runs the assembly of the lowest tier on a copy of the memory.
func (c *call) reference() []byte {
	room := make([]byte, len(c.cpu.mem)+64)
	skip := int(-uintptr(unsafe.Pointer(&room[0])) & 63)
	mem := room[skip:][:len(c.cpu.mem)]
	copy(mem, c.cpu.mem)
	stub := reflect.ValueOf(stubs[c.kernel.Name][c.size/4-1])
	var args []reflect.Value
	for i, o := range c.list {
		typ := stub.Type().In(i)
		switch typ.Kind() {
		case reflect.Slice:
			v := reflect.New(typ)
			if o.n > 0 {
				v.Elem().Set(reflect.SliceAt(typ.Elem(), unsafe.Pointer(&mem[o.at]), int(o.n)))
			}
			args = append(args, v.Elem())
		case reflect.Pointer:
			args = append(args, reflect.NewAt(typ.Elem(), unsafe.Pointer(&mem[o.at])))
		case reflect.Float32:
			args = append(args, reflect.ValueOf(math.Float32frombits(uint32(o.bits))))
		case reflect.Float64:
			args = append(args, reflect.ValueOf(math.Float64frombits(o.bits)))
		default:
			args = append(args, reflect.ValueOf(o.bits).Convert(typ))
		}
	}
	stub.Call(args)
	return mem
}

// compare reports the first element that differs.
func (c *call) compare(mem []byte) error {
	for _, o := range c.list {
		if o.n == 0 || slices.Contains(unordered[c.kernel.Name], o.name) {
			continue
		}
		near := slices.Contains(summed[c.kernel.Name], o.name)
		for i := range int(o.n) {
			at := int(o.at) + i*o.elem
			got, want := c.cpu.mem[at:at+o.elem], mem[at:at+o.elem]
			if string(got) == string(want) || c.kernel.Name == "QuantizeRow" && o.name == "q" && i >= c.n {
				continue
			}
			if o.elem > 2 && o.typ != "[]int" && o.typ != "[]uint32" {
				g, w := number(got), number(want)
				tolerance := math.Exp2(float64(-2 * o.elem * 2)) // 2^-16 and 2^-32
				if g != g && w != w || near && math.Abs(g-w) <= tolerance*max(1, math.Abs(w)) {
					continue
				}
				return fmt.Errorf("%s[%d] = %v, the assembly has %v", o.name, i, g, w)
			}
			return fmt.Errorf("%s[%d] = %x, the assembly has %x", o.name, i, got, want)
		}
	}
	return nil
}

func number(b []byte) float64 {
	var bits uint64
	for i, v := range b {
		bits |= uint64(v) << (8 * i)
	}
	return float(bits, len(b))
}

// TestInterpreted: every kernel gives, interpreted with vectors of 128, 256 and 512 bits, what the
// assembly of the lowest tier gives: to the bit, but for sums over lanes.
func TestInterpreted(t *testing.T) {
	needAssembly(t)
	sets := []options{
		{bytes: 16, registers: 32, abreast: 2, kept: 24}, {bytes: 16, registers: 16, abreast: 1, kept: 3},
		{bytes: 32, registers: 32, abreast: 2, kept: 6}, {bytes: 64, registers: 32, abreast: 1, kept: 24}}
	for _, k := range algo.Kernels {
		if strings.HasPrefix(k.Name, "GemmStrip") || k.Only != "" || !k.HasBody() {
			continue // in a test of its own, or nothing to compare with
		}
		t.Run(k.Name, func(t *testing.T) {
			for _, size := range []int{4, 8} {
				if size == 8 && k.Single {
					continue
				}
				for _, s := range shapes(k) {
					for _, opt := range sets {
						if strings.HasPrefix(k.Name, "PackPa") && panelBytes%opt.bytes != 0 {
							continue // no whole vectors
						}
						if err := interpret(k, size, s.rows, s.n, opt); err != nil {
							t.Errorf("%d bytes, %+v, %+v: %v", size, s, opt, err)
						}
					}
				}
			}
		})
	}
}

// shape is the size of a call: rows where the kernel has them.
type shape struct{ rows, n int }

// shapes have all lengths with 7 rows. With 6, 8 and 9, groups of two, three or four rows leave none, two or
// one: the order of a sum turns on whether they still count as a group.
func shapes(k *algo.Kernel) (all []shape) {
	for _, n := range lengths(k) {
		all = append(all, shape{7, n})
	}
	if strings.Contains(k.Params, "rows") {
		last := all[len(all)-1].n
		all = append(all, shape{6, last}, shape{8, last}, shape{9, last})
	}
	return all
}

// lengths are some that the kernel may be called with.
func lengths(k *algo.Kernel) []int {
	switch {
	case strings.Contains(k.Doc, "multiple of"), k.Name == "ScaleBytes":
		return []int{64, 192}
	case k.Name == "FirstAbs", k.Name == "ArgMaxRows", k.Name == "Softmax":
		return []int{1, 6, 37}
	}
	return []int{0, 1, 6, 37, 80}
}

// interpret runs the kernel and compares.
func interpret(k *algo.Kernel, size, rows, n int, opt options) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	c := newCall(k, size, rows, n)
	want := c.reference()
	m := newInterpreter(size, opt)
	k.Emit(m)
	m.run(c.cpu)
	return c.compare(want)
}
