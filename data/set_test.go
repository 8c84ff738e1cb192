package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/mallocs"
)

// numbered returns a set of rows x 3 features, 10*row + feature, with the classes in
// turn.
func numbered[T Float](rows, classes int) *Set[T] {
	s := &Set[T]{Rows: rows, Features: 3, Classes: classes}
	for i := range rows {
		s.X = append(s.X, T(10*i), T(10*i+1), T(10*i+2))
		s.Y = append(s.Y, i%classes)
	}
	return s
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		change func(*Set[float32])
		want   string
	}{
		{func(s *Set[float32]) {}, "<nil>"},
		{func(s *Set[float32]) { s.X[3] = float32(math.NaN()) }, "<nil>"},
		{func(s *Set[float32]) { *s = Set[float32]{Features: 1, Classes: 1} }, "<nil>"},
		{func(s *Set[float32]) { s.Rows = -1 }, "data: the set has -1 rows, want at least 0"},
		{func(s *Set[float32]) { s.Features = 0 }, "data: the set has 0 features, want at least 1"},
		{func(s *Set[float32]) { s.Classes = 0 }, "data: the set has 0 classes, want 1 to 1048576"},
		{func(s *Set[float32]) { s.X = s.X[1:] }, "data: len(X) is 11, want 4 rows x 3 features"},
		{func(s *Set[float32]) { s.Rows, s.Features, s.X = math.MaxInt/2+1, 2, nil },
			fmt.Sprintf("data: len(X) is 0, want %d rows x 2 features", math.MaxInt/2+1)},
		{func(s *Set[float32]) { s.Y = s.Y[1:] }, "data: len(Y) is 3, want one label for each of 4 rows"},
		{func(s *Set[float32]) { s.Y[3] = 2 }, "data: label 3 is 2, want 0 to 1, or Ignored (-100)"},
		{func(s *Set[float32]) { s.Y[3] = -99 }, "data: label 3 is -99, want 0 to 1, or Ignored (-100)"},
		{func(s *Set[float32]) { s.Y[3] = Ignored }, "<nil>"},
	} {
		s := numbered[float32](4, 2)
		c.change(s)
		if got := fmt.Sprint(s.Check()); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// rowsOf checks that every row of s is a row of numbered and returns their indices.
func rowsOf[T Float](t *testing.T, s *Set[T]) []int {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	var rows []int
	for i := range s.Rows {
		x := s.Row(i)
		row := int(x[0]) / 10
		if x[1] != x[0]+1 || x[2] != x[0]+2 || s.Y[i] != row%s.Classes {
			t.Fatalf("row %d is %v with class %d", i, x, s.Y[i])
		}
		rows = append(rows, row)
	}
	return rows
}

func TestSplit(t *testing.T) {
	s := numbered[float64](103, 4)
	for _, fraction := range []float64{0, 0.25, 0.5, 0.8, 0.999, 1} {
		for _, split := range []func(float64, uint64) (*Set[float64], *Set[float64], error){s.Split,
			s.SplitStratified} {
			a, b, err := split(fraction, 7)
			if err != nil {
				t.Fatal(err)
			}
			first, rest := rowsOf(t, a), rowsOf(t, b)
			if want := int(math.Round(fraction * 103)); a.Rows != want {
				t.Errorf("fraction %v: %d rows, want %d", fraction, a.Rows, want)
			}
			if !slices.IsSorted(first) || !slices.IsSorted(rest) {
				t.Errorf("fraction %v: the rows lost their order", fraction)
			}
			all := slices.Sorted(slices.Values(append(first, rest...)))
			if len(slices.Compact(all)) != 103 {
				t.Errorf("fraction %v: a row is missing or there twice", fraction)
			}
		}
	}
	a, _, _ := s.Split(0.5, 1)
	again, _, _ := s.Split(0.5, 1)
	other, _, _ := s.Split(0.5, 2)
	if !slices.Equal(a.X, again.X) || slices.Equal(a.X, other.X) {
		t.Error("the split does not depend on the seed alone")
	}
	a.X[0], a.Y[0] = -1, 3
	rowsOf(t, s) // s is as it was

	for _, fraction := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
		if a, b, err := s.Split(fraction, 1); a != nil || b != nil || err == nil {
			t.Errorf("fraction %v: no error", fraction)
		}
	}
	if _, _, err := (&Set[float64]{}).SplitStratified(0.5, 1); err == nil {
		t.Error("an invalid set: no error")
	}
	if a, b, err := (&Set[float64]{Features: 1, Classes: 2}).SplitStratified(0.5, 1); err != nil ||
		a.Rows != 0 || b.Rows != 0 {
		t.Errorf("no rows: %v, %v, %v", a, b, err)
	}
}

func TestSplitStratifiedShares(t *testing.T) {
	s := numbered[float32](100, 10) // then classes of 55, 5, ...
	for i := range s.Y {
		if s.Y[i]%2 == 1 {
			s.Y[i] = 1
		}
	}
	a, b, err := s.SplitStratified(0.33, 3)
	if err != nil {
		t.Fatal(err)
	}
	var got, left [10]int
	for _, y := range a.Y {
		got[y]++
	}
	for _, y := range b.Y {
		left[y]++
	}
	// Shares 3.3 for five classes of 10, and 16.5 for that of 50: two places are
	// left over after rounding down, for the 0.5 and the first of the 0.3.
	if want := [10]int{4, 17, 3, 0, 3, 0, 3, 0, 3, 0}; got != want {
		t.Errorf("first has %v of the classes, want %v", got, want)
	}
	if want := [10]int{6, 33, 7, 0, 7, 0, 7, 0, 7, 0}; left != want {
		t.Errorf("rest has %v of the classes, want %v", left, want)
	}
}

// TestSplitIgnored: rows without a label are a stratum of their own, and change nothing about
// the split of a set that has none.
func TestSplitIgnored(t *testing.T) {
	s := numbered[float32](100, 2) // 30 of class 0, 50 of class 1, 20 without a label
	for i := range 20 {
		s.Y[2*i] = Ignored
	}
	a, b, err := s.SplitStratified(0.5, 3)
	if err != nil {
		t.Fatal(err)
	}
	for part, set := range map[string]*Set[float32]{"first": a, "rest": b} {
		count := map[int]int{}
		for i, y := range set.Y {
			count[y]++
			if row := int(set.Row(i)[0]) / 10; y != s.Y[row] {
				t.Errorf("%s: row %d has label %d, want %d", part, row, y, s.Y[row])
			}
		}
		if set.Check() != nil || set.Rows != 50 || count[0] != 15 || count[1] != 25 || count[Ignored] != 10 {
			t.Errorf("%s has the labels %v", part, count)
		}
	}
	for i := range s.Y {
		s.Y[i] = Ignored
	}
	if a, b, err := s.SplitStratified(0.3, 3); err != nil || a.Rows != 30 || b.Rows != 70 {
		t.Errorf("no labels at all: %v, %v, %v", a, b, err)
	}
}

func TestBatcher(t *testing.T) {
	for _, c := range []struct{ rows, batch, batches int }{{10, 4, 3}, {12, 4, 3}, {3, 8, 1}, {5, 1, 5},
		{0, 4, 0}, {5, math.MaxInt, 1}} {
		s := numbered[float32](c.rows, 3)
		b := NewBatcher(s, c.batch, 1)
		if b.Len() != c.batches {
			t.Errorf("%+v: Len() = %d", c, b.Len())
		}
		x, y := make([]float32, 3*c.rows+6), make([]int, c.rows+2)
		epoch := func() (order []int) {
			for range c.batches {
				for i := range x {
					x[i] = -1
				}
				n := b.Next(x, y)
				if want := min(c.batch, c.rows-len(order)); n != want {
					t.Fatalf("%+v: Next() = %d, want %d", c, n, want)
				}
				order = append(order,
					rowsOf(t, &Set[float32]{X: x[:3*n], Y: y[:n], Rows: n, Features: 3, Classes: 3})...)
				if slices.ContainsFunc(x[3*n:], func(v float32) bool { return v != -1 }) {
					t.Errorf("%+v: Next wrote past row %d", c, n)
				}
			}
			for range 2 {
				if n := b.Next(nil, nil); n != 0 {
					t.Errorf("%+v: Next() = %d after the end", c, n)
				}
			}
			return order
		}
		if order := epoch(); !slices.IsSorted(order) || len(order) != c.rows {
			t.Errorf("%+v: the first epoch has the rows %v", c, order)
		}
		b.Shuffle(3)
		order := epoch()
		if all := slices.Compact(slices.Sorted(slices.Values(order))); len(all) != c.rows {
			t.Errorf("%+v: an epoch has the rows %v", c, order)
		}
		b.Rewind()
		if again := epoch(); !slices.Equal(again, order) {
			t.Errorf("%+v: after Rewind %v, before %v", c, again, order)
		}
	}
}

func TestShuffleDependsOnSeedAndEpoch(t *testing.T) {
	s := numbered[float64](50, 2)
	order := func(b *Batcher[float64], epoch int) []int {
		b.Shuffle(epoch)
		return slices.Clone(b.order)
	}
	b := NewBatcher(s, 7, 1)
	first := make([][]int, 5)
	for epoch := range first {
		first[epoch] = order(b, epoch)
		for earlier := range epoch {
			if slices.Equal(first[earlier], first[epoch]) {
				t.Errorf("epochs %d and %d have the same order", earlier, epoch)
			}
		}
	}
	// Another batcher, another batch size, backwards, and in the middle of an epoch.
	b = NewBatcher(s, 3, 1)
	for epoch := len(first) - 1; epoch >= 0; epoch-- {
		if !slices.Equal(order(b, epoch), first[epoch]) {
			t.Errorf("the order of epoch %d depends on more than seed and epoch", epoch)
		}
		b.Next(make([]float64, 9), make([]int, 3))
	}
	if slices.Equal(order(NewBatcher(s, 7, 2), 0), first[0]) {
		t.Error("seeds 1 and 2 have the same order")
	}
	// Written down, so that a change of the generator does not go unnoticed: it would
	// change every training run.
	b = NewBatcher(numbered[float64](10, 2), 1, 42)
	if got, want := fmt.Sprint(order(b, 0), order(b, 1)),
		"[6 5 9 8 7 2 1 3 4 0] [4 8 3 6 5 9 1 7 0 2]"; got != want {
		t.Errorf("seed 42 gives the orders %s, want %s", got, want)
	}
}

// Each of the 24 orders of 4 rows must come up equally often over the epochs.
func TestShuffleIsUniform(t *testing.T) {
	b := NewBatcher(numbered[float64](4, 2), 4, 5)
	count := map[[4]int]int{}
	const epochs = 24000
	for epoch := range epochs {
		b.Shuffle(epoch)
		count[[4]int(b.order)]++
	}
	chi2 := 0.0
	for _, n := range count {
		d := float64(n) - epochs/24
		chi2 += d * d / (epochs / 24)
	}
	// Chi-squared of 23 degrees of freedom exceeds 49.7 once in 1000.
	if len(count) != 24 || chi2 > 49.7 {
		t.Errorf("%d orders, chi-squared %.1f", len(count), chi2)
	}
}

func TestBatcherAllocatesNothing(t *testing.T) {
	s := numbered[float32](1000, 5)
	b := NewBatcher(s, 64, 9)
	x, y := make([]float32, 64*3), make([]int, 64)
	n := mallocs.Least(func() {
		for epoch := range 8 {
			b.Shuffle(epoch)
			for b.Next(x, y) > 0 {
				if epoch == 3 && b.next == 512 {
					runtime.GC()
				}
			}
		}
	})
	if n > 0 {
		t.Errorf("8 epochs made %d allocations", n)
	}
}

// panics returns the message of the error that f panics with.
func panics(t *testing.T, f func()) (msg string) {
	t.Helper()
	defer func() {
		if err, ok := recover().(error); ok {
			msg = err.Error()
		}
	}()
	f()
	return ""
}

func TestPanics(t *testing.T) {
	s := numbered[float32](5, 2)
	b := NewBatcher(s, 4, 1)
	for _, c := range []struct {
		f    func()
		want string
	}{
		{func() { NewBatcher(s, 0, 1) }, "data.NewBatcher: batch = 0, want >= 1"},
		{func() { NewBatcher(&Set[float32]{}, 1, 1) }, "data.NewBatcher: data: the set has 0 features"},
		{func() { b.Next(make([]float32, 11), make([]int, 4)) },
			"data.Batcher.Next: len(x) = 11, want >= 12, 4 rows of 3 features"},
		{func() { b.Next(make([]float32, 12), make([]int, 3)) }, "data.Batcher.Next: len(y) = 3, want >= 4"},
		{func() { s.Apply(make([]Statistic, 2), make([]Statistic, 3)) },
			"data.Set.Apply: len(mean) = 2, want 3"},
		{func() { s.Apply(make([]Statistic, 3), make([]Statistic, 4)) },
			"data.Set.Apply: len(std) = 4, want 3"},
	} {
		if got := panics(t, c.f); !strings.HasPrefix(got, c.want) {
			t.Errorf("panics with %q, want %q", got, c.want)
		}
	}
	rowsOf(t, s)
	if n := b.Next(make([]float32, 12), make([]int, 4)); n != 4 {
		t.Errorf("after the panics Next() = %d, want 4: nothing was dealt out", n)
	}
}

func testStandardize[T Float](t *testing.T, tol float64) {
	r := rand.New(rand.NewPCG(1, 2))
	s := &Set[T]{Rows: 500, Features: 4, Classes: 1, Y: make([]int, 500)}
	for range s.Rows {
		// A usual feature; one far from 0; a constant that no sum represents; tiny.
		s.X = append(s.X, T(3+2*r.NormFloat64()), T(1e4+r.NormFloat64()), T(0.1), T(1e-20*r.Float64()))
	}
	before := slices.Clone(s.X)
	mean, std := Standardize(s)
	if !slices.Equal(before, s.X) {
		t.Fatal("Standardize changed the set")
	}
	if mean[2].Float64() != float64(T(0.1)) || std[2].Float64() != 1 {
		t.Errorf("a constant 0.1 has mean %v and deviation %v, want 0.1 and 1", mean[2], std[2])
	}
	s.Apply(mean, std)
	for j := range s.Features {
		var sum, squares float64
		for i := range s.Rows {
			sum += float64(s.Row(i)[j])
			squares += float64(s.Row(i)[j]) * float64(s.Row(i)[j])
		}
		m, v, want := sum/500, squares/500, 1.0
		if j == 2 {
			want = 0
		}
		if !(math.Abs(m) <= tol) || !(math.Abs(v-want) <= tol) {
			t.Errorf("feature %d has mean %g and variance %g after Apply, want 0 and %v", j, m, v, want)
		}
	}

	empty := &Set[T]{Features: 1, Classes: 1}
	if mean, std := Standardize(empty); mean[0] != (Statistic{}) || std[0] != (Statistic{Hi: 1}) {
		t.Errorf("no rows: mean %v, deviation %v", mean, std)
	}
	nan := &Set[T]{X: []T{1, T(math.NaN())}, Y: []int{0, 0}, Rows: 2, Features: 1, Classes: 1}
	if mean, std := Standardize(nan); !math.IsNaN(mean[0].Float64()) || !math.IsNaN(std[0].Float64()) {
		t.Errorf("with a NaN: mean %v, deviation %v", mean, std)
	}
}

func TestStandardize(t *testing.T) {
	// float32 rounds the mean 10^4 by up to 2^-11 of a deviation of 1.
	t.Run("float32", func(t *testing.T) { testStandardize[float32](t, 1e-3) })
	t.Run("float64", func(t *testing.T) { testStandardize[float64](t, 1e-11) })
}

func BenchmarkNext(b *testing.B) {
	s := &Set[float32]{X: make([]float32, 10000*784), Y: make([]int, 10000), Rows: 10000, Features: 784,
		Classes: 10}
	batches := NewBatcher(s, 128, 1)
	x, y := make([]float32, 128*784), make([]int, 128)
	b.Run("dtype=f32/batch=128/features=784", func(b *testing.B) {
		b.SetBytes(128 * 784 * 4)
		for epoch := 0; b.Loop(); {
			if batches.Next(x, y) == 0 {
				epoch++
				batches.Shuffle(epoch)
				batches.Next(x, y)
			}
		}
	})
}
