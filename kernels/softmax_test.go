package kernels

import (
	"fmt"
	"math"
	"testing"
)

// TestSoftmaxLongRowOfMasks: a row too long for one call is done in pieces, and a
// piece of nothing but -Inf, as masks make it, is 0 and not NaN.
func TestSoftmaxLongRowOfMasks(t *testing.T) {
	testSoftmaxLongRowOfMasks[float32](t)
	testSoftmaxLongRowOfMasks[float64](t)
}

func testSoftmaxLongRowOfMasks[T Float](t *testing.T) {
	for _, tier := range Tiers() {
		const n = maxCall + 100
		for _, masked := range [][2]int{{0, maxCall}, {maxCall, n}, {5, n}, {0, maxCall + 50}} {
			x, y := make([]T, n), make([]T, n)
			for j := masked[0]; j < masked[1]; j++ {
				x[j] = T(math.Inf(-1))
			}
			softmax(tier, 1, n, y, n, x, n)
			want := 1 / float64(n-masked[1]+masked[0])
			for j, v := range y {
				w := want
				if j >= masked[0] && j < masked[1] {
					w = 0
				}
				if !(math.Abs(float64(v)-w) <= 1e-6*w) {
					t.Fatalf("%v, columns %v masked: y[%d] = %v, want %v", tier, masked, j, v, w)
				}
			}
			label := 0
			if masked[0] == 0 {
				label = masked[1]
			}
			loss := softmaxCrossEntropy(tier, 1, n, y, n, x, n, []int{label})
			if !(math.Abs(loss-math.Log(1/want)) <= 1e-5) {
				t.Fatalf("%v, columns %v masked: loss %v, want %v", tier, masked, loss, math.Log(1/want))
			}
		}
	}
}

// TestSoftmaxOfLowest: a row of nothing but the lowest finite number is uniform, also where some elements
// are -Inf, whose share is 0.
func TestSoftmaxOfLowest(t *testing.T) {
	testSoftmaxOfLowest(t, float32(-math.MaxFloat32))
	testSoftmaxOfLowest(t, -math.MaxFloat64)
}

func testSoftmaxOfLowest[T Float](t *testing.T, lowest T) {
	for _, tier := range Tiers() {
		for n := 1; n <= 70; n++ {
			for masked := range min(n, 3) {
				x, y := make([]T, n), make([]T, n)
				for j := range x {
					if x[j] = lowest; j < masked {
						x[j] = T(math.Inf(-1))
					}
				}
				softmax(tier, 1, n, y, n, x, n)
				for j, v := range y {
					want := 1 / float64(n-masked)
					if j < masked {
						want = 0
					}
					if !(math.Abs(float64(v)-want) <= 1e-6*want) {
						t.Fatalf("%v, %d columns, %d of them -Inf: y[%d] = %v, want %v", tier, n, masked, j, v, want)
					}
				}
			}
		}
	}
}

// TestSoftmaxLongRowWithNaN: a NaN among the -Inf of a masked piece makes the row and
// the loss NaN, wherever it stands.
func TestSoftmaxLongRowWithNaN(t *testing.T) {
	for _, tier := range Tiers() {
		const n = maxCall + 100
		for _, at := range []int{0, 1, 17, maxCall / 2, maxCall - 1} {
			x, y := make([]float32, n), make([]float32, n)
			for j := range maxCall {
				x[j] = float32(math.Inf(-1))
			}
			x[at] = float32(math.NaN())
			softmax(tier, 1, n, y, n, x, n)
			for j, v := range y {
				if v == v {
					t.Fatalf("%v, NaN in column %d: y[%d] = %v, want NaN", tier, at, j, v)
				}
			}
			if loss := softmaxCrossEntropy(tier, 1, n, y, n, x, n, []int{n - 1}); loss == loss {
				t.Fatalf("%v, NaN in column %d: loss %v, want NaN", tier, at, loss)
			}
		}
	}
}

// TestInfiniteLogitsOfSoftmax: a row with one +Inf has the limits of all functions of a softmax,
// on every tier, in place too, and a row with two has none, wherever they are.
func TestInfiniteLogitsOfSoftmax(t *testing.T) {
	widths := []int{1, 2, 7, 16, 17, 130, rowChunkCols + 3, maxCall + 5, maxCall, 3*maxCall + 1}
	if testing.Short() {
		widths = widths[:8]
	}
	for _, tier := range checkedTiers() {
		for _, cols := range widths {
			for _, at := range []int{0, cols / 2, cols - 1} {
				testOneInfinity[float32](t, tier, cols, at)
				testOneInfinity[float64](t, tier, cols, at)
			}
		}
	}
}

func testOneInfinity[T Float](t *testing.T, tier Tier, cols, at int) {
	inf := T(math.Inf(1))
	what := fmt.Sprintf("%v %T, +Inf at %d of %d", tier, inf, at, cols)
	other := (at + 1) % cols
	row := func(infinities ...int) []T { // two rows, of which the first is ordinary
		x := make([]T, 2*cols)
		for j := range cols {
			x[cols+j] = T(j%5) - 2
		}
		for _, j := range infinities {
			x[cols+j] = inf
		}
		if cols > 2 {
			x[cols+(at+2)%cols] = -inf
		}
		return x
	}
	x := row(at)
	softmax(tier, 2, cols, x, cols, x, cols)
	logs := row(at)
	onTier(tier, func() { LogSoftmax(2, cols, logs, cols, logs, cols) })
	for j := range cols {
		want, wantLog := T(0), -inf
		if j == at {
			want, wantLog = 1, 0
		}
		if x[cols+j] != want || logs[cols+j] != wantLog || !(x[j] > 0 && x[j] <= 1) {
			t.Fatalf("%s: softmax %v, its logarithm %v at %d, beside %v", what,
				x[cols+j], logs[cols+j], j, x[j])
		}
	}
	lse := make([]T, 2)
	if logSumExp(tier, 2, cols, lse, row(at), cols); lse[1] != inf || !(lse[0] <= inf/2) {
		t.Errorf("%s: log-sum-exp %v", what, lse)
	}
	for _, label := range []int{at, other} {
		want, slope := 0.0, T(0)
		if label != at {
			want, slope = math.Inf(1), 0.5
		}
		first := math.Log(float64(cols)) / 2
		dx, p, dt := row(at), make([]T, 2*cols), row(at)
		p[0], p[cols+label] = 1, 1
		loss := softmaxCrossEntropy(tier, 2, cols, dx, cols, dx, cols, []int{0, label})
		targets := 0.0
		onTier(tier, func() { targets = SoftmaxCrossEntropyTargets(2, cols, dt, cols, dt, cols, p, cols) })
		for name, v := range map[string]float64{"loss": loss, "loss by targets": targets} {
			if !(math.Abs(v-want-first) <= 1e-4) && !(v == want) {
				t.Errorf("%s, class %d: %s %v, want %v", what, label, name, v, want+first)
			}
		}
		if dx[cols+at] != slope || dt[cols+at] != slope ||
			label != at && (dx[cols+label] != -0.5 || dt[cols+label] != -0.5) {
			t.Errorf("%s, class %d: gradients %v and %v there", what, label, dx[cols+at], dt[cols+at])
		}
	}
	if cols == 1 {
		return
	}
	two := row(at, other)
	softmax(tier, 2, cols, two, cols, two, cols)
	nan := row(at)
	nan[cols+other] = T(math.NaN())
	loss := softmaxCrossEntropy(tier, 2, cols, nan, cols, nan, cols, []int{0, at})
	for j := range cols {
		if two[cols+j] == two[cols+j] || nan[cols+j] == nan[cols+j] || nan[j] != nan[j] {
			t.Fatalf("%s: %v beside another, %v beside a NaN, %v above", what,
				two[cols+j], nan[cols+j], nan[j])
		}
	}
	if loss == loss {
		t.Errorf("%s: loss %v beside a NaN", what, loss)
	}
}
