package train

import (
	"errors"
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// TestRefusedArguments: a confusion matrix that is not square, a class that it has not and folds
// without scores panic with a ShapeError that names them.
func TestRefusedArguments(t *testing.T) {
	square := NewConfusion(2)
	torn := Confusion{{1, 2}, {1}}
	crossed := &CrossValidation{Folds: []*Scores{{}, nil}}
	for arg, calls := range map[string][]func(){
		"classes": {func() { NewConfusion(math.MaxInt) }, func() { NewConfusion(mostClasses + 1) }},
		"c":       {func() { square.Recall(2) }, func() { square.Precision(-1) }, func() { Confusion(nil).F1(0) }},
		"m": {func() { torn.Recall(0) }, func() { torn.Table(nil) }, func() { torn.MacroF1() },
			func() { torn.Add([]int{0}, []int{0}) }},
		"outputs": {func() { TopK(mat.Dense[float32]{Rows: 2, Cols: 3, Stride: 3}, []int{0, -100}, 1) }},
		"Classes": {func() { (&Scores{Classes: []string{"a"}, Confusion: square}).Table() }},
		"Folds":   {func() { crossed.Mean() }, func() { crossed.Deviation() }, func() { crossed.Table() }},
	} {
		for i, f := range calls {
			func() {
				defer func() {
					err, _ := recover().(error)
					var shape *kernels.ShapeError
					if !errors.As(err, &shape) || shape.Arg != arg {
						t.Errorf("call %d for %s: %v", i, arg, err)
					}
				}()
				f()
			}()
		}
	}
}

// TestNilOfTraining: what is nil is an error of training.
func TestNilOfTraining(t *testing.T) {
	set := &data.Set[float32]{X: make([]float32, 8), Y: []int{0, 1, 0, 1}, Rows: 4, Features: 2, Classes: 2}
	folds, err := set.Folds(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := CrossValidate(t.Context(), set, folds, nil); err == nil {
		t.Error("CrossValidate takes no start")
	}
	if err := WriteCSV(nil, nil); err == nil {
		t.Error("WriteCSV takes no writer")
	}
}
