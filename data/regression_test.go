package data

import (
	"slices"
	"strings"
	"testing"
)

// regression has three rows of one feature and two values.
func regression() *Set[float64] {
	return &Set[float64]{X: []float64{1, 2, 3}, Rows: 3, Features: 1, Values: []float64{1, 10, 2, 20, 3, 30},
		Outputs: 2, Weights: []float64{0, 1, 2}}
}

func TestRegressionCheck(t *testing.T) {
	if err := regression().Check(); err != nil {
		t.Fatal(err)
	}
	for want, f := range map[string]func(s *Set[float64]){
		"outputs":     func(s *Set[float64]) { s.Outputs = 0 },
		"len(Values)": func(s *Set[float64]) { s.Values = s.Values[1:] },
		"weight 1":    func(s *Set[float64]) { s.Weights[1] = -1 },
		"len(Weights": func(s *Set[float64]) { s.Weights = s.Weights[1:] },
		"len(X)":      func(s *Set[float64]) { s.X = s.X[1:] },
		"classes":     func(s *Set[float64]) { s.Y = []int{0, 0, 0} },
	} {
		s := regression()
		f(s)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error about %s, got %v", want, err)
		}
	}
}

func TestRegressionSplitAndBatches(t *testing.T) {
	s := regression()
	first, rest, err := s.Split(2.0/3, 1)
	if err != nil || first.Rows != 2 || rest.Rows != 1 {
		t.Fatalf("%+v, %+v, %v", first, rest, err)
	}
	for _, part := range []*Set[float64]{first, rest} {
		for i := range part.Rows {
			x := part.Row(i)[0]
			if !slices.Equal(part.Target(i), []float64{x, 10 * x}) || part.Weights[i] != x-1 {
				t.Errorf("row %v has values %v, weight %v", x, part.Target(i), part.Weights[i])
			}
		}
	}
	if _, _, err := s.SplitStratified(0.5, 1); err == nil {
		t.Error("a regression was split by classes")
	}
	b := NewBatcher(s, 2, 1)
	b.Shuffle(1)
	order := slices.Clone(b.order)
	x := make([]float64, 2)
	if n := b.Next(x, nil); n != 2 || !slices.Equal(b.Dealt(), order[:2]) || x[1] != s.X[order[1]] {
		t.Errorf("dealt %v of %v", b.Dealt(), order)
	}
	b.Rewind()
	if b.Skip(1); b.Next(x, nil) != 1 || !slices.Equal(b.Dealt(), order[2:]) {
		t.Errorf("after a skip: dealt %v of %v", b.Dealt(), order)
	}
}

func TestReadCSVValues(t *testing.T) {
	s, err := ReadCSV[float64](strings.NewReader("1,2,-0.5\n3,4,1e3\n"),
		CSVOptions{Values: true, Label: LabelLast})
	if err != nil || s.Check() != nil || !slices.Equal(s.Values, []float64{-0.5, 1e3}) ||
		!slices.Equal(s.X, []float64{1, 2, 3, 4}) {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := ReadCSV[float64](strings.NewReader("1,nan\n"),
		CSVOptions{Values: true, Label: LabelLast}); err == nil ||
		!strings.Contains(err.Error(), "line 1, column 2") {
		t.Errorf("got %v", err)
	}
}
