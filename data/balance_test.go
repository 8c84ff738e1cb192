package data

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestBalance(t *testing.T) {
	s := &Set[float32]{Rows: 9, Features: 1, Classes: 4, Y: []int{0, 1, 0, 2, Ignored, 0, 0, 0, 1},
		X: []float32{0, 1, 2, 3, 4, 5, 6, 7, 8}, Weights: []float32{0, 10, 20, 30, 40, 50, 60, 70, 80}}
	for seed := range uint64(20) {
		over, err := s.Oversample(seed)
		if err != nil {
			t.Fatal(err)
		}
		count := checkBalanced(t, over)
		if over.Rows != 16 || !slices.Equal(over.X[:9], s.X) {
			t.Errorf("oversampled: %d rows, %v", over.Rows, over.X)
		}
		for x, want := range map[float32][2]int{0: {1, 1}, 3: {5, 5}, 4: {1, 1}, 1: {2, 3}, 8: {2, 3}} {
			if n := count[x]; n < want[0] || n > want[1] {
				t.Errorf("row %v is there %d times, want %v", x, n, want)
			}
		}
		under, err := s.Undersample(seed)
		if err != nil {
			t.Fatal(err)
		}
		checkBalanced(t, under)
		if under.Rows != 4 || !slices.IsSorted(under.X) || !slices.Contains(under.X, 4) {
			t.Errorf("undersampled: %d rows, %v", under.Rows, under.X)
		}
		again, err := s.Undersample(seed)
		if err != nil || !reflect.DeepEqual(again, under) {
			t.Errorf("seed %d gives %+v, then %+v, %v", seed, under, again, err)
		}
	}
	pairs := &Set[float32]{Rows: 5, Features: 1, Classes: 3, Y: []int{2, 0, 0, 2, 2}, X: make([]float32, 5)}
	if b, err := pairs.Undersample(1); err != nil || b.Rows != 4 {
		t.Errorf("of classes of 2, 0 and 3 rows: %+v, %v", b, err)
	}
	a, _ := s.Undersample(1)
	if !slices.ContainsFunc([]uint64{2, 3, 4, 5, 6, 7}, func(seed uint64) bool {
		b, err := s.Undersample(seed)
		return err == nil && !slices.Equal(a.X, b.X)
	}) {
		t.Error("all seeds leave out the same rows")
	}
}

// checkBalanced demands the same number of rows of each class that is there, each with its own class
// and weight, and returns how often each is there.
func checkBalanced(t *testing.T, s *Set[float32]) map[float32]int {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	class := []int{0, 1, 0, 2, Ignored, 0, 0, 0, 1}
	count, rows := map[int]int{}, map[float32]int{}
	for i, y := range s.Y {
		if x := s.X[i]; s.Weights[i] != 10*x || y != class[int(x)] {
			t.Errorf("row %v has the class %d and the weight %v", x, y, s.Weights[i])
		}
		count[y]++
		rows[s.X[i]]++
	}
	if count[0] != count[1] || count[1] != count[2] || count[3] != 0 || count[Ignored] != 1 {
		t.Errorf("the classes are there %v times", count)
	}
	return rows
}

func TestBalanceErrors(t *testing.T) {
	for want, s := range map[string]*Set[float64]{
		"data: a regression has no classes to ": {Rows: 1, Features: 1, X: []float64{1},
			Values: []float64{1}, Outputs: 1},
		"data: len(Y) is 0, want one label": {Rows: 1, Features: 1, X: []float64{1}, Classes: 1},
	} {
		for _, f := range []func(uint64) (*Set[float64], error){s.Oversample, s.Undersample} {
			if b, err := f(1); b != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%v, %v, want %q", b, err, want)
			}
		}
	}
	empty := &Set[float64]{Features: 1, Classes: 2}
	for _, f := range []func(uint64) (*Set[float64], error){empty.Oversample, empty.Undersample} {
		if b, err := f(1); err != nil || b.Rows != 0 || b.Check() != nil {
			t.Errorf("of no rows: %+v, %v", b, err)
		}
	}
}
