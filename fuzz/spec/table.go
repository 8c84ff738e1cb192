package spec

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

// families lists the functions that return the lines of a family. Each stands in a file of the
// family, beside the oracles.
var families = []struct {
	name  string
	lines func() []line
}{
	{"activation", activationLines},
	{"blas1", blas1Lines},
	{"clip", clipLines},
	{"data", dataLines},
	{"data", bfloat16Lines},
	{"gemm", gemmLines},
	{"gemm variants", gemmVariantLines},
	{"gemm bf16", gemmBF16Lines},
	{"int8", int8Lines},
	{"gemv", gemvLines},
	{"norm", layerNormLines},
	{"loss", lossLines},
	{"norm", normLines},
	{"prelu", pReLULines},
	{"random", randomLines},
	{"reduce", reduceLines},
	{"softmax", softmaxLines},
	{"reduce", sumLines},
	{"data", transposeLines},
	{"triangle", gemvTriangleLines},
	{"update", updateLines},
	{"vmath", vmathLines},
}

// Table returns one row for each kernel, each dtype and each tier of this CPU that ASHLAR_TIER
// allows. With a row, one test, fuzz target or benchmark can call and judge any kernel.
func Table() []Row {
	var t []Row
	for _, family := range families {
		for _, l := range family.lines() {
			l.Family = family.name
			t = append(t, l.rows()...)
		}
	}
	return here(t)
}

// Row is one kernel on one tier for one dtype.
type Row struct {
	Family string   // the kernels that share files, such as "softmax"
	Kernel string   // the public function
	Also   []string // the other public functions that Run calls
	Tier   kernels.Tier
	Path   kernels.BF16Path // of a product of bfloat16 numbers: OnPath is set
	OnPath bool
	Int8   kernels.Int8Path // of a product of integers of 8 bits: OnInt8 is set
	OnInt8 bool
	DType  DType
	Dims   string   // the sizes it has: "N" (a vector), "MN" (a matrix) or "MNK" (a product)
	Params []Param  // the slices, in the order of the arguments
	Cases  []string // the settings of the other arguments, by name; Sizes.Case is an index
	Tol    Tol
	// Bitwise: the assembly tiers write the same bits, where NaN equals NaN. A result that is
	// returned may differ.
	Bitwise bool
	Returns bool // Run stores what the kernel returns in Call.Result
	// Flushes: the kernel takes subnormal bfloat16 numbers for 0, and subnormal sums become 0.
	Flushes bool

	// Run calls the public function with kernels limited to Tier. Any goroutine may call it;
	// a Run on another tier waits.
	Run  func(*Call)
	Call func(*Call) // calls the public function on the active tier, for benchmarks
	Ref  func(*Ref)  // the oracle: sets what the outputs should be

	// Points, if set, returns the exact values of a case. A point is the inputs of one element,
	// then its outputs, of which any may be AnyFinite.
	Points func(c int) [][]float64
}

// String returns a name such as "Exp/f32/avx2".
func (r Row) String() string { return r.Kernel + "/" + r.DType.String() + "/" + r.Way() }

// Way returns the name of the tier, or of the path.
func (r Row) Way() string {
	if r.OnPath {
		return r.Path.String()
	}
	if r.OnInt8 {
		return r.Int8.String()
	}
	return r.Tier.String()
}

// TypeOf returns the element type of operand i in a call: that of the row, or bfloat16.
func (r *Row) TypeOf(i int, s Sizes) DType { return r.Params[i].typeIn(r.DType, s) }

func (p *Param) typeIn(d DType, s Sizes) DType {
	if p.Half != nil && p.Half(s) {
		return BF16
	}
	return d
}

// Sizes are the dimensions of one call and its setting of the other arguments.
type Sizes struct{ M, N, K, Case int }

// Role says what a kernel does with an operand.
type Role uint8

const (
	In    Role = iota // read
	Out               // written without being read
	InOut             // read, then written
)

// Domain says which values an operand may have. Every domain but Label includes NaN and the
// zeros.
type Domain uint8

const (
	Any      Domain = iota // every float
	Moderate               // the infinities, and numbers whose squares are far from overflow and underflow
	Positive               // Moderate and >= 0: a variance
	Unit                   // from 0 to 1: a probability
	Label                  // an integer in [0, N), in Call.Operands[i].Int
)

// Param describes one slice argument.
type Param struct {
	Name   string
	Role   Role
	Domain Domain
	Index  bool                         // the elements are ints
	HasLd  bool                         // a leading dimension goes with it
	Shape  func(Sizes) (rows, cols int) // as stored; a vector is one row
	// InPlace names the operands in whose place this output may be: the same elements.
	InPlace []string
	// Unread, if not nil, reports whether the contract forbids the kernel to read the operand
	// in this case, such as C of Gemm where beta is 0.
	Unread func(Sizes) bool
	// Collected: the operand is no argument of the kernel. The kernel hands its elements to a
	// function, and cannot refuse it.
	Collected bool
	// Half, if not nil, reports whether the elements are of type kernels.BFloat16 in this case.
	Half func(Sizes) bool
	// Copied: the operand is copied before anything is written, and may overlap.
	Copied bool
}

// Call is one call of a kernel, with operands in the order of Row.Params.
type Call struct {
	Sizes
	Operands []Operand
	Result   float64 // what the kernel returned, if it returns a number
}

// Operand is a slice argument: the field of its dtype is set, or Int.
type Operand struct {
	F32  []float32
	F64  []float64
	BF16 []kernels.BFloat16
	Int  []int
	Ld   int
}

// Ref is one call as the oracle sees it: operands without gaps between rows, in float64, which
// holds float32 exactly.
type Ref struct {
	Sizes
	DType       DType
	Flushes     bool // as Row.Flushes
	Operands    []RefOperand
	HasResult   bool // set by the oracle of a kernel that returns a number
	Result      dd.Num
	ResultScale float64
}

// RefOperand is one operand: its elements before the call and, for an output, the elements it
// should have after the call.
type RefOperand struct {
	Rows, Cols int
	Before     []float64
	Int        []int     // of an Index operand; for an output, the wanted value
	Want       []dd.Num  // of an output
	Scale      []float64 // of an output with a Scaled tolerance: a magnitude, AnyValue or NotFinite
}

// Scales of elements that have no finite bound.
const (
	AnyValue  = -1.0 // any result is right: an intermediate result may or may not overflow
	NotFinite = -2.0 // any result that is not finite is right: an infinity or NaN
)

// TolKind is how the error of a result is measured.
type TolKind uint8

const (
	Exact  TolKind = iota // the correctly rounded value, to the bit
	ULP                   // |got - want| in units in the last place of want
	Scaled                // |got - want| / (eps * scale); the oracle sets the scale of each element
)

// Tol is the tolerance of a row.
type Tol struct {
	Kind TolKind
	Max  float64 // on random data
	// Cases, if not nil, are the bounds of the cases of a row, in their order. Max is the largest.
	Cases []float64
	// Worst, if not nil, returns the larger bound that holds for any data.
	Worst func(Sizes) float64
}

// Of returns the bound of a case on random data.
func (t Tol) Of(c int) float64 {
	if t.Cases != nil {
		return t.Cases[c]
	}
	return t.Max
}

// Any returns the bound for any data.
func (t Tol) Any(s Sizes) float64 {
	if t.Worst != nil {
		return t.Worst(s)
	}
	return t.Of(s.Case)
}

// line is one kernel of the table, for all tiers and dtypes.
type line struct {
	Row
	tol64  *Tol // of float64, if it differs
	run    calls
	points func(l *limits, c int) exactly // the exact values of case c, if there are
	paths  bool                           // a product of bfloat16 numbers: a row for each path, in float32
	int8   bool                           // of integers of 8 bits, likewise
}

// calls are the functions that call the public function, by DType.
type calls [2]func(*Call)

func (l line) rows() []Row {
	if len(l.Cases) == 0 {
		l.Cases = []string{""}
	}
	var rows []Row
	if l.paths {
		return l.pathRows()
	}
	if l.int8 {
		return l.int8Rows()
	}
	for _, d := range []DType{F32, F64} {
		for _, t := range tiers {
			r, run := l.Row, l.run[d]
			if run == nil { // of float32 alone
				continue
			}
			r.DType, r.Tier = d, t
			if d == F64 && l.tol64 != nil {
				r.Tol = *l.tol64
			}
			r.Run = func(c *Call) { on(way{t, bestPath(), bestInt8Path()}, run, c) }
			r.Call = run
			if l.points != nil {
				r.Points = func(c int) [][]float64 { return l.points(limitsOf(d), c) }
			}
			rows = append(rows, r)
		}
	}
	return rows
}

// pathRows are the rows of a product of bfloat16 numbers.
func (l line) pathRows() (rows []Row) {
	for _, p := range paths() {
		r, run := l.Row, l.run[F32]
		r.DType, r.Tier, r.Path, r.OnPath = F32, p.Tier(), p, true
		r.Flushes = p >= kernels.BF16Dot
		r.Run = func(c *Call) { on(way{p.Tier(), p, bestInt8Path()}, run, c) }
		r.Call = run
		rows = append(rows, r)
	}
	return rows
}

// int8Rows are the rows of a product of integers of 8 bits.
func (l line) int8Rows() (rows []Row) {
	for _, p := range int8Paths() {
		r, run := l.Row, l.run[F32]
		r.DType, r.Tier, r.Int8, r.OnInt8 = F32, p.Tier(), p, true
		r.Run = func(c *Call) { on(way{p.Tier(), bestPath(), p}, run, c) }
		r.Call = run
		rows = append(rows, r)
	}
	return rows
}

// slice returns operand i of a call.
func slice[T kernels.Float](c *Call, i int) []T {
	o := &c.Operands[i]
	if s, ok := any(o.F32).([]T); ok {
		return s
	}
	return any(o.F64).([]T)
}

func (c *Call) ld(i int) int { return c.Operands[i].Ld }

// Shapes of operands.

func vector(name string, role Role, d Domain, inPlace ...string) Param {
	return Param{Name: name, Role: role, Domain: d, InPlace: inPlace,
		Shape: func(s Sizes) (int, int) { return 1, s.N }}
}

func matrix(name string, role Role, d Domain, inPlace ...string) Param {
	return Param{Name: name, Role: role, Domain: d, InPlace: inPlace, HasLd: true,
		Shape: func(s Sizes) (int, int) { return s.M, s.N }}
}

// column is a vector with one value for each row of a matrix; indexColumn has one int.
func column(name string, role Role, d Domain) Param {
	return Param{Name: name, Role: role, Domain: d,
		Shape: func(s Sizes) (int, int) { return 1, s.M }}
}

func indexColumn(name string, role Role) Param {
	p := column(name, role, Label)
	p.Index = true
	return p
}

// Oracles read and write operands with in, want and sum.

// in returns element j of row i of operand p.
func (r *Ref) in(p, i, j int) dd.Num {
	return dd.FromFloat64(r.Operands[p].Before[i*r.Operands[p].Cols+j])
}

// underflow is the scale of the rounding error of a result below the smallest normal number. An
// oracle multiplies it by the factors that the result is multiplied by.
func (r *Ref) underflow() float64 {
	if r.Flushes {
		return r.flushed() / r.DType.Eps()
	}
	return r.DType.smallestNormal()
}

// flushed is below what a sum is that may have lost all to underflow: each of its terms may have been
// flushed, and each partial sum.
func (r *Ref) flushed() float64 {
	if r.Flushes {
		return float64(2*r.K+2) * r.DType.smallestNormal()
	}
	return r.DType.smallestNormal()
}

// want sets element j of row i of output p, with its scale, to which it adds the
// underflow of the last operation.
func (r *Ref) want(p, i, j int, v dd.Num, scale float64) {
	o := &r.Operands[p]
	o.Want[i*o.Cols+j] = v
	if scale != scale { // 0 * Inf
		scale = 0
	}
	if scale >= 0 {
		scale += r.underflow()
	}
	o.Scale[i*o.Cols+j] = scale
}

// sum is a sum of terms, and the sum of the magnitudes of its finite terms.
type sum struct {
	value     dd.Num
	magnitude float64
}

func (s *sum) add(x dd.Num) {
	s.value = dd.Add(s.value, x)
	if isFinite(x) {
		s.magnitude += size(x)
	}
}

// addProduct adds x*y. If the product of two finite numbers overflows, a fused multiply-add may
// still keep the sum finite, so any value is right.
func (s *sum) addProduct(x, y dd.Num) {
	p := dd.Mul(x, y)
	s.add(p)
	if isFinite(x) && isFinite(y) && !isFinite(p) {
		s.magnitude = math.Inf(1)
	}
}

// scale is the magnitude, or AnyValue where partial sums may overflow.
func (s *sum) scale(d DType) float64 {
	if s.magnitude > d.Max()/8 {
		return AnyValue
	}
	return s.magnitude
}

func isFinite(x dd.Num) bool { return x.Hi-x.Hi == 0 }

// num, size, sumOf and productOf keep the formulas of oracles short.

func num(x float64) dd.Num { return dd.FromFloat64(x) }

func size(x dd.Num) float64 { return math.Abs(x.Hi) }

func sumOf(terms ...dd.Num) dd.Num {
	s := terms[0]
	for _, t := range terms[1:] {
		s = dd.Add(s, t)
	}
	return s
}

func productOf(factors ...dd.Num) dd.Num {
	p := factors[0]
	for _, f := range factors[1:] {
		p = dd.Mul(p, f)
	}
	return p
}

// mapOracle makes an oracle of a function of one number: y, operand 0, from x,
// operand 1.
func mapOracle(f func(dd.Num) dd.Num) func(*Ref) {
	return func(r *Ref) {
		for j := range r.N {
			v := f(r.in(1, 0, j))
			r.want(0, 0, j, v, size(v))
		}
	}
}
