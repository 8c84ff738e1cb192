package layer_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/internal/mallocs"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// TestTryPredict: what TryPredict and TryPredictRows put out has the bits of Predict, also when
// goroutines run them at once.
func TestTryPredict(t *testing.T) {
	p, err := layer.NewPredictor[float64](trained(), 6)
	if err != nil {
		t.Fatal(err)
	}
	if p.In() != 6 || p.Out() != 7 {
		t.Errorf("%d -> %d columns, want 6 -> 7", p.In(), p.Out())
	}
	var wg sync.WaitGroup
	for _, rows := range []int{1, 2, 3, 64, layer.MaxTryRows} {
		wg.Go(func() {
			x := mat.New[float64](rows, 8).Sub(0, rows, 1, 7) // with gaps
			x.Copy(randomMatrix(rows, 6, uint64(rows)))
			want, got := mat.New[float64](rows, 7), mat.New[float64](rows, 9).Sub(0, rows, 1, 8)
			p.Predict(want, x)
			if err := p.TryPredict(got, x); err != nil || !slices.Equal(got.Clone().Data, want.Data) {
				t.Errorf("%d rows of a matrix: another output, %v", rows, err)
			}
			var list [][]float64
			for i := range rows {
				list = append(list, x.Row(i))
			}
			y, err := p.TryPredictRows(list)
			if err != nil || !slices.Equal(slices.Concat(y...), want.Data) {
				t.Errorf("%d rows: another output, %v", rows, err)
			}
		})
	}
	wg.Wait()
}

// TestTryPredictRefuses: what a client can send is an error that says what was expected and
// leaves y as it was, and the Predictor works on.
func TestTryPredictRefuses(t *testing.T) {
	for _, out := range []int{1, 3} { // without and with packed weights
		model := layer.NewLinear[float32](2, out, kernels.ActIdentity)
		layer.Initialize[float32](model, 1)
		kernels.Uniform(model.W.Value, 2, 3, 1, 1)
		p, err := layer.NewPredictor[float32](model, 2)
		if err != nil {
			t.Fatal(err)
		}
		nan, inf := float32(math.NaN()), float32(math.Inf(1))
		y := func(rows int) mat.Dense[float32] { return mat.New[float32](rows, out) }
		of := mat.Of[float32]
		const half = math.MaxInt/2 + 1
		for _, c := range []struct {
			y, x  mat.Dense[float32]
			shape bool
			want  string
		}{
			{y(1), of(1, 3, []float32{1, 2, 3}), true, "x has 3 columns, want 2"},
			{y(1), of(1, 1, []float32{1}), true, "x has 1 columns, want 2"},
			{y(0), mat.Dense[float32]{}, true, "x has 0 rows, want at least 1"},
			{y(0), of(0, 2, nil), true, "x has 0 rows, want at least 1"},
			{y(0), mat.Dense[float32]{Rows: -1, Cols: 2, Stride: 2}, true, "x has -1 rows"},
			{y(4097), mat.New[float32](4097, 2), true, "x has 4097 rows, want at most 4096"},
			{mat.Dense[float32]{Rows: half, Cols: out, Stride: 1}, mat.Dense[float32]{Rows: half, Cols: 2},
				true, "want at most 4096"},
			{y(2), mat.Dense[float32]{Rows: 2, Cols: 2, Stride: 2, Data: make([]float32, 3)}, true,
				"x is 2x2 with stride 2, which does not fit its 3 elements"},
			{y(1), of(2, 2, make([]float32, 4)), true, "y has 1 rows, want 2"},
			{mat.New[float32](1, out+1), of(1, 2, []float32{1, 2}), true,
				fmt.Sprintf("y has %d columns, want %d", out+1, out)},
			{mat.Dense[float32]{Rows: 1, Cols: out, Stride: out}, of(1, 2, []float32{1, 2}), true,
				fmt.Sprintf("y is 1x%d with stride %d, which does not fit its 0 elements", out, out)},
			{y(2), of(2, 2, []float32{1, 2, 3, nan}), false, "row 1: column 1 is NaN, want a finite number"},
			{y(2), of(2, 2, []float32{1, 2, -inf, 4}), false, "row 1: column 0 is -Inf"},
			{y(2), of(2, 2, []float32{1, 2, 3e38, 3e38}), false, "row 1: output 0 is +Inf"},
		} {
			before := slices.Clone(c.y.Data)
			err := p.TryPredict(c.y, c.x)
			_, shape := errors.AsType[*kernels.ShapeError](err)
			if err == nil || !strings.HasPrefix(err.Error(), "layer.Predictor.TryPredict: ") ||
				!strings.Contains(err.Error(), c.want) || shape != c.shape {
				t.Errorf("%v: error %v of type %T, want %q", c.x, err, err, c.want)
			}
			if !slices.Equal(c.y.Data, before) {
				t.Errorf("%v: y was written: %v", c.x, c.y.Data)
			}
		}
		if err := p.TryPredict(y(1), of(1, 2, []float32{1, 2})); err != nil {
			t.Errorf("after the errors: %v", err)
		}
	}
}

func TestTryPredictRowsRefuses(t *testing.T) {
	p, err := layer.NewPredictor[float64](trained(), 6)
	if err != nil {
		t.Fatal(err)
	}
	good := make([]float64, 6)
	for _, c := range []struct {
		x    [][]float64
		want string
	}{
		{nil, "x has 0 rows, want at least 1"},
		{[][]float64{}, "x has 0 rows, want at least 1"},
		{make([][]float64, 4097), "x has 4097 rows, want at most 4096"},
		{[][]float64{nil}, "row 0 has 0 columns, want 6"},
		{[][]float64{good, good[:3]}, "row 1 has 3 columns, want 6"},
		{[][]float64{good, good, make([]float64, 7)}, "row 2 has 7 columns, want 6"},
		{[][]float64{good, {0, 0, 0, 0, math.NaN(), 0}}, "row 1: column 4 is NaN"},
		{[][]float64{{0, math.Inf(-1), 0, 0, 0, 0}}, "row 0: column 1 is -Inf"},
		{[][]float64{good, {1e308, -1e308, 1e308, 1e308, 1e308, 1e308}}, "row 1: output 0 is NaN"},
	} {
		y, err := p.TryPredictRows(c.x)
		if y != nil || err == nil || !strings.HasPrefix(err.Error(), "layer.Predictor.TryPredictRows: ") ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, %v, want %q", y, err, c.want)
		}
	}
}

// TestTryPredictOfNoColumns: a model without inputs, or without outputs, is no special case.
func TestTryPredictOfNoColumns(t *testing.T) {
	p, err := layer.NewPredictor[float64](layer.NewActivation[float64](kernels.ActReLU), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.TryPredict(mat.New[float64](3, 0), mat.New[float64](3, 0)); err != nil {
		t.Error(err)
	}
	if y, err := p.TryPredictRows(make([][]float64, 3)); err != nil || len(y) != 3 {
		t.Errorf("%v, %v", y, err)
	}
}

func TestTryPredictAllocatesNothing(t *testing.T) {
	p, _ := layer.NewPredictor[float64](trained(), 6)
	x, y := randomMatrix(5, 6, 3), mat.New[float64](5, 7)
	failed := p.TryPredict(y, x)
	n := mallocs.Least(func() {
		for range 100 {
			if err := p.TryPredict(y, x); err != nil {
				failed = err
			}
		}
		runtime.GC()
	})
	if n > 0 || failed != nil {
		t.Errorf("%d allocations in 100 predictions, error %v", n, failed)
	}
}

// Requests of the wrong shape are errors.
func ExamplePredictor_TryPredict() {
	model := layer.NewLinear[float32](3, 1, kernels.ActIdentity)
	copy(model.W.Value, []float32{1, 10, 100})
	p, err := layer.NewPredictor(model, 3)
	if err != nil {
		panic(err)
	}
	y := mat.New[float32](1, p.Out())
	fmt.Println(p.TryPredict(y, mat.FromRows([]float32{1, 2, 3})), y.At(0, 0))
	fmt.Println(p.TryPredict(y, mat.FromRows([]float32{1, 2})))
	fmt.Println(p.TryPredict(y, mat.FromRows([]float32{1, 2, float32(math.NaN())})))
	// Output:
	// <nil> 321
	// layer.Predictor.TryPredict: x has 2 columns, want 3
	// layer.Predictor.TryPredict: row 0: column 2 is NaN, want a finite number
}

// Rows from a request may differ in length.
func ExamplePredictor_TryPredictRows() {
	model := layer.NewLinear[float32](3, 1, kernels.ActIdentity)
	copy(model.W.Value, []float32{1, 10, 100})
	p, err := layer.NewPredictor(model, 3)
	if err != nil {
		panic(err)
	}
	fmt.Println(p.TryPredictRows([][]float32{{1, 2, 3}, {4, 5, 6}}))
	fmt.Println(p.TryPredictRows([][]float32{{1, 2, 3}, {4, 5}}))
	// Output:
	// [[321] [654]] <nil>
	// [] layer.Predictor.TryPredictRows: row 1 has 2 columns, want 3
}
