package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// rowTierCases are the dispatch functions of losses and of what trains row by row.
func rowTierCases[T Float]() []tierCase[T] {
	m, c, r := asMatrix, perCol, perRow
	vector := func(name string, tol float64, shapes []shape, f func(t Tier, s [][]T)) tierCase[T] {
		return tierCase[T]{name: name, vector: true, shapes: shapes, tol: tol, floor: 64,
			run: func(t Tier, s [][]T, _, _ int, _ []int) { f(t, s) }}
	}
	matrix := func(name string, tiersAgree bool, shapes []shape,
		f func(t Tier, s [][]T, rows, cols int, ld []int)) tierCase[T] {
		return tierCase[T]{name: name, shapes: shapes, tol: 16, floor: 64, tiersAgree: tiersAgree, run: f}
	}
	// k repeats the values of one slice, which rows share.
	k := func(values []T, rows int) []T {
		k := make([]T, rows*rowConstants)
		for i := range k {
			k[i] = values[i%rows]
		}
		return k
	}
	loss := []shape{r, m, m, m}
	return []tierCase[T]{
		vector("SquaredLoss", 8, loss, func(t Tier, s [][]T) {
			dispatchSquaredLoss(t, s[0], s[1], s[2], s[3], 0.75)
		}),
		vector("AbsoluteLoss", 8, loss, func(t Tier, s [][]T) {
			dispatchAbsoluteLoss(t, s[0], s[1], s[2], s[3], 0.75)
		}),
		vector("HuberLoss", 8, loss, func(t Tier, s [][]T) {
			dispatchHuberLoss(t, s[0], s[1], s[2], s[3], 0.75, 0.5)
		}),
		{name: "EntropyTerms", vector: true, shapes: []shape{m, m, m, m}, tol: 16, floor: 64,
			tiersAgree: true,
			run: func(t Tier, s [][]T, _, _ int, _ []int) {
				unit := func(v []T) []T {
					u := make([]T, len(v))
					for i := range u {
						u[i] = T(1 / (1 + math.Exp(-float64(v[i]))))
					}
					return u
				}
				dispatchEntropyTerms(t, s[0], s[1], unit(s[2]), unit(s[3]), 0.75)
			}},
		{name: "ArgMaxRows", shapes: []shape{r, r, m}, tiersAgree: true, wild: true,
			// The peak is undefined where there is a NaN.
			undefined: func(s [][]T, i, j int) bool { return i == 0 && s[1][j] < 0 },
			run: func(t Tier, s [][]T, rows, cols int, ld []int) {
				if cols > 0 {
					dispatchArgMaxRows(t, s[0], s[1], s[2], rows, cols, ld[2])
				}
			}},
		vector("LogisticLoss", 8, loss, func(t Tier, s [][]T) {
			dispatchLogisticLoss(t, s[0], s[1], s[2], s[3], 0.75)
		}),
		vector("Sum", 8, []shape{r, m}, func(t Tier, s [][]T) { dispatchSum(t, s[0], s[1]) }),
		{name: "Clip", vector: true, shapes: []shape{m, m}, tiersAgree: true, wild: true,
			run: func(t Tier, s [][]T, _, _ int, _ []int) { dispatchClip(t, s[0], s[1], -0.5, 1) }},
		matrix("ShiftRows", true, []shape{m, m, r}, func(t Tier, s [][]T, rows, cols int, ld []int) {
			dispatchShiftRows(t, s[0], s[1], k(s[2], rows), rows, cols, ld[0], ld[1])
		}),
		matrix("BlendRows", true, []shape{m, m, m, r}, func(t Tier, s [][]T, rows, cols int, ld []int) {
			dispatchBlendRows(t, s[0], s[1], s[2], k(s[3], rows), rows, cols, ld[0], ld[1], ld[2])
		}),
		matrix("TargetSums", false, []shape{r, r, m, m, r}, func(t Tier, s [][]T, rows, cols int, ld []int) {
			dispatchTargetSums(t, s[0], s[1], s[2], s[3], k(s[4], rows), rows, cols, ld[2], ld[3])
		}),
		matrix("RowMoments", false, []shape{r, r, m, r}, func(t Tier, s [][]T, rows, cols int, ld []int) {
			dispatchRowMoments(t, s[0], s[1], s[2], k(s[3], rows), rows, cols, ld[2], rows&1)
		}),
		matrix("NormalizeRows", true, []shape{m, m, c, c, r},
			func(t Tier, s [][]T, rows, cols int, ld []int) {
				dispatchNormalizeRows(t, s[0], s[1], s[2], s[3], k(s[4], rows), rows, cols, ld[0], ld[1], 0)
			}),
		matrix("RowGradSums", false, []shape{r, r, m, m, c, r},
			func(t Tier, s [][]T, rows, cols int, ld []int) {
				dispatchRowGradSums(t, s[0], s[1], s[2], s[3], s[4], k(s[5], rows), rows, cols,
					ld[2], ld[3], rows&1)
			}),
		matrix("LayerNormBackward", true, []shape{c, c, m, m, m, c, r, r},
			func(t Tier, s [][]T, rows, cols int, ld []int) {
				dispatchLayerNormBackward(t, s[0], s[1], s[2], s[3], s[4], s[5], k(s[6], rows), s[7],
					rows, cols, ld[2], ld[3], ld[4], rows&1)
			}),
	}
}

// TestWholeElements: the last elements of a row, which are loaded through a mask, enter its sums with all
// their bits: alone among zeros, an element is the sum.
func TestWholeElements(t *testing.T) {
	testWholeElements[float32](t, 23)
	testWholeElements[float64](t, 52)
}

func testWholeElements[T Float](t *testing.T, bits uint) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, tier := range Tiers() {
		for n := 1; n <= 40; n++ {
			for i := range n {
				x := make([]T, n)
				x[i] = T(1<<bits | r.Uint64N(1<<bits) | 1) // as many bits as T has
				var sum, squares [1]T
				dispatchRowMoments(tier, sum[:], squares[:], x, []T{0}, 1, n, n, 0)
				if sum[0] != x[i] || squares[0] != x[i]*x[i] {
					t.Fatalf("%v/%v, element %d of %d is %v, among zeros: sum %v, of squares %v", tier, dtypeOf[T](),
						i, n, x[i], sum[0], squares[0])
				}
			}
		}
	}
}

// TestSpecialAlone: one infinity or NaN among ordinary numbers has the same effect on the result of its row on
// every tier, wherever it stands, alone and beside a zero in another operand. Another one in the row would hide
// what becomes of it.
func TestSpecialAlone(t *testing.T) {
	testSpecialAlone[float32](t)
	testSpecialAlone[float64](t)
}

func testSpecialAlone[T Float](t *testing.T) {
	cols := 5*64/int(unsafe.Sizeof(T(0))) + 3 // two vectors at a time, twice, then one and a tail
	step := 1
	if testing.Short() {
		step = 5
	}
	for _, k := range slices.Concat(rowTierCases[T](), blasTierCases[T]()) {
		if k.shapes[0] != perRow {
			continue // an element has a result of its own
		}
		t.Run(fmt.Sprintf("%s/%v", k.name, dtypeOf[T]()), func(t *testing.T) {
			in := k.operands(rand.New(rand.NewPCG(9, 10)), 1, cols, false)
			for _, pair := range pairsAlong(k.shapes) {
				zero, special := in.s[pair[0]], in.s[pair[1]]
				for j := 0; j < cols; j += step {
					before, other := zero[j], special[j]
					zero[j] = T(math.Copysign(0, float64(j%2)-0.5))
					for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
						special[j] = T(v)
						k.compare(t, in, 1, cols)
					}
					zero[j], special[j] = before, other
				}
			}
		})
	}
}

// pairsAlong returns the pairs of operands that have an element for each column, each with itself too.
func pairsAlong(shapes []shape) (pairs [][2]int) {
	for i, a := range shapes {
		for j, b := range shapes {
			if (a == asMatrix || a == perCol) && (b == asMatrix || b == perCol) {
				pairs = append(pairs, [2]int{i, j})
			}
		}
	}
	return pairs
}
