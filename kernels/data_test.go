package kernels

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestAheadOf: counting vectors finds what a loop does, with zeros of both signs, subnormals,
// infinities and NaN among the values and as the one that is looked for.
func TestAheadOf(t *testing.T) {
	for _, tier := range Tiers() {
		testAheadOf[float32](t, tier)
		testAheadOf[float64](t, tier)
	}
}

func testAheadOf[T Float](t *testing.T, tier Tier) {
	r := rand.New(rand.NewPCG(7, 8))
	least, inf, nan := nextUp(T(0)), T(math.Inf(1)), T(math.NaN())
	values := []T{0, T(math.Copysign(0, -1)), least, -least, 1, nextUp(T(1)), -1, nextUp(T(-1)), inf, -inf,
		nan}
	for round := range 400 {
		row := make([]T, leastCounted+r.IntN(200))
		for i := range row {
			row[i] = values[r.IntN(len(values)-round%4)]
		}
		label := r.IntN(len(row))
		if got, want := aheadOf(tier, row, label), aheadOfGeneric(row, label); got != want {
			t.Fatalf("%v, %T: %d ahead of %v, want %d", tier, row[label], got, row[label], want)
		}
	}
	long := make([]T, maxCall+100)
	if got := countNotLess(tier, long, 0); got != len(long) {
		t.Errorf("%v: %d of %d", tier, got, len(long))
	}
}

// TestCountNotLessOfEqual: a number equal to the bound is not less, in every place of a call of any length.
func TestCountNotLessOfEqual(t *testing.T) {
	testCountNotLessOfEqual[float32](t)
	testCountNotLessOfEqual[float64](t)
}

func testCountNotLessOfEqual[T Float](t *testing.T) {
	for _, tier := range Tiers() {
		for n := 1; n <= 75; n++ {
			x := make([]T, n)
			for i := range x {
				x[i] = -T(i) - 1
			}
			for i, v := range x {
				if got := countNotLess(tier, x, v); got != i+1 {
					t.Fatalf("%v %s: %d of the numbers -1 to %d are not less than %v, want %d", tier,
						dtypeOf[T](), got, -n, v, i+1)
				}
			}
		}
	}
}

// TestArgMaxOfEqual: of two equal largest numbers the first one wins, whatever lanes they are in.
func TestArgMaxOfEqual(t *testing.T) {
	testArgMaxOfEqual[float32](t)
	testArgMaxOfEqual[float64](t)
}

func testArgMaxOfEqual[T Float](t *testing.T) {
	var peak, index [1]T
	for _, tier := range Tiers() {
		for _, cols := range []int{2, 9, 33, 50} {
			row := make([]T, cols)
			for second := range row {
				row[second] = 1
				for first := range second {
					row[first] = 1
					dispatchArgMaxRows(tier, peak[:], index[:], row, 1, cols, cols)
					if index[0] != T(first) {
						t.Fatalf("%v %s: the largest of %d numbers, at %d and at %d, is found at %v", tier,
							dtypeOf[T](), cols, first, second, index[0])
					}
					row[first] = 0
				}
				row[second] = 0
			}
		}
	}
}
