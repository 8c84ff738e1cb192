package kernels

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/guard"
	"github.com/ashlar-go/ashlar/kernels/asm"
)

// The dispatch functions against their generic twins. The harness of package fuzz
// judges the public functions by oracles whose scale forgives the sign of a zero;
// here the bits decide wherever two tiers compute the same operations.

// shape says how the elements of an operand follow from rows x cols.
type shape uint8

const (
	asMatrix     shape = iota // rows x cols with a leading dimension; a vector is one row
	asTransposed              // cols x rows with a leading dimension
	perCol                    // one value a column
	perRow                    // one value a row
)

func (s shape) size(rows, cols int) (m, n int) {
	return [...]int{rows, cols, 1, 1}[s], [...]int{cols, rows, cols, rows}[s]
}

// tierCase is one dispatch function with its operands, outputs first.
type tierCase[T Float] struct {
	name   string
	vector bool // one row
	shapes []shape
	run    func(t Tier, s [][]T, rows, cols int, ld []int)

	// An error is at most tol * eps * max(|want|, floor), rows times that for a sum
	// over the rows. 0 wants the bits of the generic tier.
	tol, floor float64
	tiersAgree bool // the assembly tiers have the same bits
	wild       bool // takes extreme values: nothing but NaN, Inf and -0 otherwise

	// undefined, if there, reports that the contract leaves element j of operand i open.
	undefined func(s [][]T, i, j int) bool
}

// tierCases lists every kernel that dispatch knows but the products, which have
// tests of their own.
func tierCases[T Float]() []tierCase[T] {
	return slices.Concat(vectorTierCases[T](), matrixTierCases[T](), columnTierCases[T](),
		updateTierCases[T](), rowTierCases[T](), blasTierCases[T]())
}

// vectorTierCases are ReLU and its kin, random numbers and the exponential.
func vectorTierCases[T Float]() []tierCase[T] {
	cases := []tierCase[T]{{name: "Exp", vector: true, shapes: make([]shape, 2), tol: 2,
		floor: smallest[T](), tiersAgree: true, wild: true,
		run: func(t Tier, s [][]T, _, _ int, _ []int) { dispatchExp(t, s[0], s[1]) }}}
	exact := func(name string, vectors int, f func(t Tier, s [][]T)) {
		cases = append(cases, tierCase[T]{name: name, vector: true, shapes: make([]shape, vectors),
			tiersAgree: true, wild: true,
			run: func(t Tier, s [][]T, _, _ int, _ []int) { f(t, s) }})
	}
	exact("ReLU", 2, func(t Tier, s [][]T) { dispatchReLU(t, s[0], s[1]) })
	exact("ReLUGrad", 3, func(t Tier, s [][]T) { dispatchReLUGrad(t, s[0], s[1], s[2]) })
	exact("ReLUBackward", 3, func(t Tier, s [][]T) { dispatchReLUBackward(t, s[0], s[1], s[2]) })
	for _, slope := range []T{0.01, -0.5, 0, T(math.Inf(1)), T(math.NaN())} {
		exact(fmt.Sprintf("LeakyReLU(%v)", slope), 2,
			func(t Tier, s [][]T) { dispatchLeakyReLU(t, s[0], s[1], slope) })
		exact(fmt.Sprintf("LeakyReLUGrad(%v)", slope), 3,
			func(t Tier, s [][]T) { dispatchLeakyReLUGrad(t, s[0], s[1], s[2], slope) })
		exact(fmt.Sprintf("LeakyReLUBackward(%v)", slope), 3,
			func(t Tier, s [][]T) { dispatchLeakyReLUBackward(t, s[0], s[1], s[2], slope) })
	}
	for _, d := range []struct {
		threshold           uint32
		first, stream, seed uint64
	}{{1 << 31, 0, 0, 1}, {0xE0000000, 1<<32 - 7, 1 << 40, 1 << 63}, {0, 1<<64 - 5, 1, 2},
		{1<<32 - 1, 3, 1<<64 - 1, 1<<64 - 1}} {
		exact(fmt.Sprintf("Dropout(%#x)", d.threshold), 2, func(t Tier, s [][]T) {
			dispatchDropout(t, s[0], s[1], d.threshold, 1.25, d.first, d.stream, d.seed)
		})
	}
	for _, d := range []struct{ first, stream, seed uint64 }{{0, 0, 1}, {1<<32 - 7, 1 << 40, 1 << 63},
		{1<<64 - 5, 1<<64 - 1, 2}} {
		whole := func(y []T) []T { return y[:len(y)&^(fillBlock-1)] } // blocks
		exact(fmt.Sprintf("Uniform(%d)", d.first), 1, func(t Tier, s [][]T) {
			dispatchUniform(t, whole(s[0]), -0.3, 1.7, d.first, d.stream, d.seed)
		})
		exact(fmt.Sprintf("Normal(%d)", d.first), 1, func(t Tier, s [][]T) {
			dispatchNormal(t, whole(s[0]), 0.1, 1.3, d.first, d.stream, d.seed)
		})
	}
	return cases
}

// matrixTierCases are transposes, softmax and what goes down columns.
func matrixTierCases[T Float]() []tierCase[T] {
	m, c, r := asMatrix, perCol, perRow
	return []tierCase[T]{
		{name: "Transpose", shapes: []shape{asTransposed, m}, tiersAgree: true, wild: true,
			run: func(t Tier, s [][]T, rows, cols int, ld []int) {
				dispatchTranspose(t, s[0], s[1], rows, cols, ld[0], ld[1])
			}},
		{name: "AddBias", shapes: []shape{m, m, c}, tiersAgree: true, wild: true,
			run: func(t Tier, s [][]T, rows, cols int, ld []int) {
				dispatchAddBias(t, s[0], s[1], s[2], rows, cols, ld[0], ld[1], rows&1)
			}},
		{name: "Softmax", shapes: []shape{m, r, r, m}, tol: 64, floor: smallest[T](), wild: true,
			// The peak is undefined where the sum is NaN.
			undefined: func(s [][]T, i, j int) bool { return i == 1 && s[2][j] != s[2][j] },
			run: func(t Tier, s [][]T, rows, cols int, ld []int) {
				// a row of infinities is finished in Go
				softmaxGroup(t, s[0], s[3], s[1], s[2], rows, cols, ld[0], ld[3], 0.25)
			}},
		{name: "ColumnSums", shapes: []shape{c, m}, tol: 4, floor: 4,
			run: func(t Tier, s [][]T, rows, cols int, ld []int) {
				dispatchColumnSums(t, s[0], s[1], rows, cols, ld[1], rows&1)
			}},
	}
}

func blasTierCases[T Float]() []tierCase[T] {
	m, c, r := asMatrix, perCol, perRow
	vector := func(name string, tol float64, shapes []shape, f func(t Tier, s [][]T)) tierCase[T] {
		return tierCase[T]{name: name, vector: true, shapes: shapes, tol: tol, floor: 64, wild: tol == 0,
			tiersAgree: tol <= 1,
			run:        func(t Tier, s [][]T, _, _ int, _ []int) { f(t, s) }}
	}
	matrix := func(name string, shapes []shape,
		f func(t Tier, s [][]T, rows, cols int, ld []int)) tierCase[T] {
		return tierCase[T]{name: name, shapes: shapes, tol: 8, floor: 64, tiersAgree: name == "Ger", run: f}
	}
	return []tierCase[T]{
		vector("Dot", 8, []shape{r, m, m}, func(t Tier, s [][]T) { dispatchDot(t, s[0], s[1], s[2]) }),
		vector("AbsSum", 8, []shape{r, m}, func(t Tier, s [][]T) { dispatchAbsSum(t, s[0], s[1]) }),
		vector("SumSquares", 8, []shape{r, m}, func(t Tier, s [][]T) { dispatchSumSquares(t, s[0], s[1]) }),
		vector("MaxAbs", 0, []shape{r, m}, func(t Tier, s [][]T) { dispatchMaxAbs(t, s[0], s[1]) }),
		vector("FirstAbs", 0, []shape{r, m}, func(t Tier, s [][]T) {
			if best := maxAbsOfNumbers(s[1]); best >= 0 {
				var index [1]int
				dispatchFirstAbs(t, index[:], s[1], best)
				s[0][0] = T(index[0])
			}
		}),
		vector("CountNotLess", 0, []shape{r, m}, func(t Tier, s [][]T) {
			dispatchCountNotLess(t, s[0], s[1], T(math.Inf(-1)))
			for _, v := range []T{0, -1, 1, T(math.NaN())} {
				var count [1]T
				dispatchCountNotLess(t, count[:], s[1], v)
				s[0][0] = s[0][0]*3 + count[0]
			}
		}),
		vector("Axpy", 1, []shape{m, m}, func(t Tier, s [][]T) { dispatchAxpy(t, s[0], 0.75, s[1]) }),
		vector("Scale", 0, []shape{m, m}, func(t Tier, s [][]T) { dispatchScale(t, s[0], -0.75, s[1]) }),
		vector("Divide", 0, []shape{m, m}, func(t Tier, s [][]T) { dispatchDivide(t, s[0], s[1], -0.75) }),
		vector("Swap", 0, []shape{m, m}, func(t Tier, s [][]T) { dispatchSwap(t, s[0], s[1]) }),
		vector("Rot", 1, []shape{m, m}, func(t Tier, s [][]T) { dispatchRot(t, s[0], s[1], 0.6, -0.8) }),
		matrix("GemvRows", []shape{r, m, c}, func(t Tier, s [][]T, rows, cols int, ld []int) {
			dispatchGemvRows(t, s[0], s[1], s[2], rows, cols, ld[1])
		}),
		matrix("TriangleRows", []shape{r, m, c}, func(t Tier, s [][]T, rows, cols int, ld []int) {
			if cols > 0 { // rows of an upper triangle
				dispatchTriangleRows(t, s[0][:min(rows, cols)], s[1], s[2], min(rows, cols), cols, -1,
					ld[1]+1, 1)
			}
		}),
		matrix("GemvColumns", []shape{c, m, r}, func(t Tier, s [][]T, rows, cols int, ld []int) {
			dispatchGemvColumns(t, s[0], s[1], s[2], rows, cols, ld[1])
		}),
		matrix("Ger", []shape{m, r, c}, func(t Tier, s [][]T, rows, cols int, ld []int) {
			dispatchGer(t, s[0], s[1], s[2], 0.75, rows, cols, ld[0])
		}),
	}
}

func updateTierCases[T Float]() []tierCase[T] {
	var sgd, adam updateConstants[T]
	sgdConstants(&sgd, &SGDParams{LR: 0.1, Momentum: 0.9, WeightDecay: 0.25, GradScale: 0.5})
	adamConstants(&adam, &AdamParams{LR: 0.01, Beta1: 0.9, Beta2: 0.99, Eps: 1e-2, WeightDecay: 0.5,
		Decoupled: true, Step: 3})
	adam[cGradRate] = 0.02
	root := adam
	root[cBeta2] = 0 // or v, of any sign here, would cancel under the root
	return updatesWith(sgd, adam, root)
}

// updatesWith are the update rules with constants for SGD and its kin, for Adam's, and for those that take
// the root of a state.
func updatesWith[T Float](sgd, adam, root updateConstants[T]) []tierCase[T] {
	var cases []tierCase[T]
	add := func(name string, vectors int, f func(t Tier, s [][]T)) {
		cases = append(cases, tierCase[T]{name: name, vector: true, shapes: make([]shape, vectors), tol: 8,
			floor: 4, tiersAgree: true,
			run: func(t Tier, s [][]T, _, _ int, _ []int) { f(t, s) }})
	}
	for _, u := range []struct {
		name    string
		vectors int
		rule    updateRule[T]
		c       *updateConstants[T]
	}{
		{"UpdateSGD", 2, sgdRule[T]{}, &sgd}, {"UpdateMomentum", 3, momentumRule[T]{}, &sgd},
		{"UpdateNesterov", 3, nesterovRule[T]{}, &sgd},
		{"UpdateAdam", 4, adamRule[T]{}, &adam}, {"UpdateAMSGrad", 5, amsGradRule[T]{}, &adam},
		{"UpdateNAdam", 4, nAdamRule[T]{}, &adam},
		{"UpdateLion", 3, lionRule[T]{}, &adam}, {"UpdateAdagrad", 3, adagradRule[T]{}, &root},
		{"UpdateRMSProp", 3, rmsPropRule[T]{}, &root},
		{"UpdateAdadelta", 4, adadeltaRule[T]{}, &root},
	} {
		add(u.name, u.vectors, func(t Tier, s [][]T) {
			var all [5][]T
			copy(all[:], s)
			u.rule.apply(t, all, u.c)
		})
	}
	add("UpdateRMSPropCentered", 4, func(t Tier, s [][]T) {
		dispatchUpdateRMSPropCentered(t, s[0], s[1], s[2], s[3], &root)
	})
	add("UpdateRMSPropMomentum", 4, func(t Tier, s [][]T) {
		dispatchUpdateRMSPropMomentum(t, s[0], s[1], s[2], s[3], &root)
	})
	add("UpdateRMSPropCenteredMomentum", 5, func(t Tier, s [][]T) {
		dispatchUpdateRMSPropCenteredMomentum(t, s[0], s[1], s[2], s[3], s[4], &root)
	})
	return cases
}

func smallest[T Float]() float64 {
	if isF32[T]() {
		return 0x1p-126
	}
	return 0x1p-1022
}

func epsilon[T Float]() float64 {
	if isF32[T]() {
		return 0x1p-23
	}
	return 0x1p-52
}

// dtypeOf names an element type in tests and benchmarks.
func dtypeOf[T Float]() string {
	if isF32[T]() {
		return "f32"
	}
	return "f64"
}

func bitsOf[T Float](v T) uint64 {
	if isF32[T]() {
		return uint64(math.Float32bits(float32(v)))
	}
	return math.Float64bits(float64(v))
}

// same reports equal bits; NaN equals NaN.
func same[T Float](a, b T) bool { return a != a && b != b || bitsOf(a) == bitsOf(b) }

// checkedTiers are the tiers of this CPU. Short tests, which are for emulators and the race
// detector, check the fastest alone: above the kernels all run the same code.
func checkedTiers() []Tier {
	all := Tiers()
	if testing.Short() {
		return all[len(all)-1:]
	}
	return all
}

// threadCounts are the numbers of threads to run a product with, 0 for all. Short tests take two, which
// small products do not use.
func threadCounts() []int {
	if testing.Short() {
		return []int{2}
	}
	return []int{0, 1, 2}
}

// TestTiers runs every dispatch function on every tier of this CPU, over all
// lengths to a little more than four vectors, beside gaps that must not change, and
// once more with operands that end at pages without permissions.
func TestTiers(t *testing.T) {
	testTiers[float32](t)
	testTiers[float64](t)
}

func testTiers[T Float](t *testing.T) {
	lanes := 64 / int(unsafe.Sizeof(T(0)))
	for _, k := range tierCases[T]() {
		t.Run(fmt.Sprintf("%s/%v", k.name, dtypeOf[T]()), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			heights := []int{1, 2, 3, 4, 5, 9, 17}
			if k.vector {
				heights = heights[:1]
			}
			for _, rows := range heights {
				for cols := 0; cols <= 4*lanes+1; cols++ {
					k.check(t, r, rows, cols, cols%2 == 1)
				}
				k.check(t, r, rows, 4099, false)
				k.check(t, r, rows, 1000, true)
			}
			if !k.vector && k.name != "Softmax" && k.name != "WideSums" { // which are not called without rows
				for cols := range 8*lanes + 1 {
					k.check(t, r, 0, cols, false)
				}
			}
		})
	}
}

// operands are the slices of a call. Poison stands in the gaps between rows and
// behind the last one.
type operands[T Float] struct {
	s    [][]T // as the kernel gets them
	all  [][]T // with what stands behind
	ld   []int
	m, n []int
}

func (k *tierCase[T]) operands(r *rand.Rand, rows, cols int, special bool) (o operands[T]) {
	const behind = 64
	for i, sh := range k.shapes {
		m, n := sh.size(rows, cols)
		ld, length := n, n
		if sh <= asTransposed && !k.vector {
			ld = n + i + cols%3
			length = max(0, (m-1)*ld+n)
		}
		all := make([]T, length+behind)
		for j := range all {
			all[j] = T(math.Inf(-1)) // a sum that reads one shows it
			if j < length && (ld == 0 || j%ld < n) {
				all[j] = k.value(r, special)
			}
		}
		o.s, o.all = append(o.s, all[:length:length]), append(o.all, all)
		o.ld, o.m, o.n = append(o.ld, ld), append(o.m, m), append(o.n, n)
	}
	return o
}

func (k *tierCase[T]) value(r *rand.Rand, special bool) T {
	v := T(r.Float64()*4 - 2)
	if !special || r.IntN(4) > 0 {
		return v
	}
	values := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(),
		math.Copysign(math.NaN(), -1)}
	if k.wild {
		least := smallest[T]() * epsilon[T]()
		for _, x := range []float64{least, 7 * least, smallest[T](), 1 / smallest[T](), 87, 88.72, 103,
			709.7, 745} {
			values = append(values, x, -x)
		}
	}
	return T(values[r.IntN(len(values))])
}

func (o operands[T]) clone() operands[T] {
	c := o
	c.s, c.all = nil, nil
	for i, all := range o.all {
		all = append([]T(nil), all...)
		c.all = append(c.all, all)
		c.s = append(c.s, all[:len(o.s[i]):len(o.s[i])])
	}
	return c
}

// atPages is clone with operands that end at pages without permissions and have no gap behind the
// last row. The memory is that of the call before.
func (o operands[T]) atPages() operands[T] {
	c := o
	c.s, c.all = nil, nil
	size := int(unsafe.Sizeof(T(0)))
	for i, s := range o.s {
		if i == len(atEnds) {
			atEnds = append(atEnds, nil)
		}
		if len(atEnds[i]) < len(s)*size {
			atEnds[i] = guard.New(len(s) * size)
		}
		if len(s) > 0 {
			end := atEnds[i][len(atEnds[i])-len(s)*size:]
			s = unsafe.Slice((*T)(unsafe.Pointer(&end[0])), len(s))
			copy(s, o.s[i])
		}
		c.s = append(c.s, s)
	}
	c.all = c.s
	return c
}

// atEnds holds the operands of atPages by their number.
var atEnds [][]byte

// check compares all tiers on one input.
func (k *tierCase[T]) check(t *testing.T, r *rand.Rand, rows, cols int, special bool) {
	t.Helper()
	if k.name == "Softmax" && cols == 0 {
		return
	}
	k.compare(t, k.operands(r, rows, cols, special), rows, cols)
}

// compare compares all tiers on these operands.
func (k *tierCase[T]) compare(t *testing.T, in operands[T], rows, cols int) {
	t.Helper()
	want := in.clone()
	k.run(Generic, want.s, rows, cols, in.ld)
	var first *operands[T]
	for _, tier := range Tiers()[1:] {
		got := in.clone()
		k.run(tier, got.s, rows, cols, in.ld)
		again := in.atPages()
		k.run(tier, again.s, rows, cols, in.ld)
		for i := range again.s {
			for j, g := range again.s[i] {
				if !same(g, got.s[i][j]) {
					t.Fatalf("%v, %d x %d: operand %d, element %d is %v (%#x) at the end of a page, else %v",
						tier, rows, cols, i, j, g, bitsOf(g), got.s[i][j])
				}
			}
		}
		for i := range got.all {
			for j, g := range got.all[i] {
				gap := j >= len(got.s[i]) || got.n[i] > 0 && j%got.ld[i] >= got.n[i]
				if k.undefined != nil && !gap && k.undefined(want.s, i, j) {
					continue
				}
				if w := want.all[i][j]; !k.near(g, w, rows, gap) {
					t.Fatalf("%v, %d x %d: operand %d, element %d (gap: %v) is %v (%#x), "+
						"generic has %v (%#x)",
						tier, rows, cols, i, j, gap, g, bitsOf(g), w, bitsOf(w))
				}
				if first != nil && k.tiersAgree && !same(g, first.all[i][j]) {
					t.Fatalf("%v, %d x %d: operand %d, element %d is %v (%#x), the tier below has %v", tier,
						rows, cols, i, j, g, bitsOf(g), first.all[i][j])
				}
			}
		}
		first = &got
	}
}

// near reports whether g is as close to w as the case demands.
func (k *tierCase[T]) near(g, w T, rows int, gap bool) bool {
	if same(g, w) {
		return true
	}
	if k.tol == 0 || gap {
		return false
	}
	size := max(math.Abs(float64(w)), k.floor)
	return math.Abs(float64(g)-float64(w)) <= k.tol*float64(max(1, rows))*epsilon[T]()*size
}

// TestTinyStates: every rule keeps a state whose magnitude becomes the least that is kept, and makes the
// next smaller one 0, in every lane on every tier.
func TestTinyStates(t *testing.T) {
	testTinyStates[float32](t)
	testTinyStates[float64](t)
}

func testTinyStates[T Float](t *testing.T) {
	var sgd, adam updateConstants[T]
	sgdConstants(&sgd, &SGDParams{LR: 0.1, Momentum: 0.5})
	adamConstants(&adam, &AdamParams{LR: 0.1, Beta1: 0.5, Beta2: 0.5, Eps: 1e-2, Step: 3})
	tiny := tinyState[T]()
	below := T(math.Nextafter32(float32(tiny), 0))
	if !isF32[T]() {
		below = T(math.Nextafter(float64(tiny), 0))
	}
	values := []T{2 * tiny, 2 * below, tiny, -2 * tiny, -2 * below, -tiny} // a rule halves a state, or keeps it
	kept, lost := 0, 0
	for _, k := range updatesWith(sgd, adam, adam) {
		for first := range values {
			start := func() [][]T {
				s := make([][]T, len(k.shapes)) // the weights, the gradient, which are 0, and the states
				for i := range s {
					s[i] = make([]T, 43)
					for j := range s[i] {
						if i > 1 {
							s[i][j] = values[(first+i+j)%len(values)]
						}
					}
				}
				return s
			}
			want := start()
			k.run(Generic, want, 1, 43, nil)
			for i := 2; i < len(want); i++ {
				for _, v := range want[i] {
					if v == tiny || v == -tiny {
						kept++
					} else if v == 0 {
						lost++
					}
				}
			}
			for _, tier := range Tiers() {
				got := start()
				k.run(tier, got, 1, 43, nil)
				for i := 2; i < len(want); i++ {
					for j, v := range got[i] {
						if !same(v, want[i][j]) {
							t.Fatalf("%s/%v, %v: state %d, element %d became %v, generic has %v", k.name,
								dtypeOf[T](), tier, i-1, j, v, want[i][j])
						}
					}
				}
			}
		}
	}
	if kept == 0 || lost == 0 {
		t.Errorf("%d states became the least that is kept, %d became 0: want some of each", kept, lost)
	}
}

// TestLeakyEpilogueKeepsZeros: a sum of -0 stays -0 in the fused leaky ReLU too,
// whatever the slope, in every lane of every tile.
func TestLeakyEpilogueKeepsZeros(t *testing.T) {
	for _, tier := range Tiers() {
		testLeakyEpilogue[float32](t, tier)
		testLeakyEpilogue[float64](t, tier)
	}
}

func testLeakyEpilogue[T Float](t *testing.T, tier Tier) {
	for _, slope := range []T{-0.5, T(math.Inf(1)), T(math.NaN())} {
		for rows, cols := range stripSizes[T](tier) {
			a, b, c := make([]T, rows), make([]T, cols), make([]T, rows*cols)
			s := asm.GemmStrip[T]{A: ptr(a), B: ptr(b), C: ptr(c), RsA: 1, CsA: 1, RsB: cols, Ldc: cols,
				M: rows, N: cols, K: 1,
				Flags: asm.GemmAlpha | asm.GemmLeaky, Alpha: -1, Slope: slope}
			dispatchGemmStrip(tier, &s)
			for i, v := range c {
				if v != 0 || !math.Signbit(float64(v)) {
					t.Fatalf("%v, %d x %d, slope %v: element %d is %v, want -0", tier, rows, cols, slope, i,
						v)
				}
			}
		}
	}
}

// stripSizes are the sizes of the strips that the micro-kernel of a tier takes, up to 25 rows.
func stripSizes[T Float](tier Tier) iter.Seq2[int, int] {
	return func(yield func(rows, cols int) bool) {
		tile := tileOf[T](tier)
		for rows := 1; rows <= 25; rows++ {
			for cols := 1; cols <= min(tile.wideNR, 128); cols++ {
				if cols > tile.NR && cols <= tile.wideNR-tile.lanes && tier != Generic {
					continue
				}
				if !yield(rows, cols) {
					return
				}
			}
		}
	}
}

// TestReLUEpilogueKeepsNaN: a sum that is NaN stays NaN in the fused ReLU, in every lane of every tile.
func TestReLUEpilogueKeepsNaN(t *testing.T) {
	for _, tier := range Tiers() {
		testReLUEpilogue[float32](t, tier)
		testReLUEpilogue[float64](t, tier)
	}
}

func testReLUEpilogue[T Float](t *testing.T, tier Tier) {
	for rows, cols := range stripSizes[T](tier) {
		a, b, c := make([]T, rows), make([]T, cols), make([]T, rows*cols)
		for i := range a {
			a[i] = 1
		}
		for i := range b {
			b[i] = T(math.NaN())
		}
		s := asm.GemmStrip[T]{A: ptr(a), B: ptr(b), C: ptr(c), RsA: 1, CsA: 1, RsB: cols, Ldc: cols,
			M: rows, N: cols, K: 1, Flags: asm.GemmReLU}
		dispatchGemmStrip(tier, &s)
		if i := slices.IndexFunc(c, func(v T) bool { return v == v }); i >= 0 {
			t.Fatalf("%v, %d x %d: element %d is %v, want NaN", tier, rows, cols, i, c[i])
		}
	}
}

// BenchmarkVector measures every dispatch function on every tier: vectors of 4096
// elements and matrices of as many, 8 and 64 columns wide.
func BenchmarkVector(b *testing.B) {
	benchTiers[float32](b)
	benchTiers[float64](b)
}

func benchTiers[T Float](b *testing.B) {
	const n = 4096
	for _, k := range tierCases[T]() {
		for _, cols := range []int{n, 64, 8} {
			if k.vector && cols != n {
				continue
			}
			rows := n / cols
			in := k.operands(rand.New(rand.NewPCG(1, 2)), rows, cols, false)
			for _, tier := range Tiers() {
				b.Run(fmt.Sprintf("kernel=%s/dtype=%v/tier=%v/n=%d/cols=%d", k.name, dtypeOf[T](), tier, n,
					cols), func(b *testing.B) {
					work := in.clone()
					for b.Loop() {
						k.run(tier, work.s, rows, cols, in.ld)
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
				})
			}
		}
	}
}
