package train

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// TestMetricsOfUselessInput: where a metric is not defined it is NaN.
func TestMetricsOfUselessInput(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	column := func(v ...float64) mat.Dense[float64] { return mat.Of(len(v), 1, v) }
	none := NewConfusion(3)
	taken := NewConfusion(3)
	taken.Add([]int{0, 1}, []int{2, 2})
	for name, got := range map[string]float64{
		"AUC, NaN":           AUC([]float64{0.1, nan, 0.3}, []bool{true, false, true}),
		"AUC, all NaN":       AUC([]float64{nan, nan}, []bool{true, false}),
		"AUC, NaN first":     AUC([]float32{float32(nan), 1}, []bool{true, false}),
		"AUC, no rows":       AUC([]float64{}, nil),
		"AUC, one class":     AUC([]float64{1, 2}, []bool{true, true}),
		"AUC, other class":   AUC([]float64{1, 2}, []bool{false, false}),
		"top 1, no rows":     TopK(mat.New[float64](0, 3), nil, 1),
		"top 1, NaN":         TopK(mat.FromRows([]float64{1, nan}, []float64{1, 0}), []int{0, 0}, 1),
		"top 2, all NaN":     TopK(mat.FromRows([]float64{nan, nan}), []int{0}, 2),
		"R2, constant":       R2(column(0.1, 0.2, 0.3), column(0.1, 0.1, 0.1)),
		"R2, constant, hit":  R2(column(0.7, 0.7, 0.7), column(0.7, 0.7, 0.7)),
		"R2, large constant": R2(column(1e300, 0, 1), column(1e300, 1e300, 1e300)),
		"R2, one row":        R2(column(1), column(2)),
		"R2, no rows":        R2(mat.New[float64](0, 2), mat.New[float64](0, 2)),
		"R2, no columns":     R2(mat.New[float64](2, 0), mat.New[float64](2, 0)),
		"R2, NaN":            R2(column(1, nan), column(1, 2)),
		"R2, NaN target":     R2(column(1, 2), column(1, nan)),
		"R2, infinite":       R2(column(1, 2), column(1, inf)),
		"precision, none":    none.Precision(0),
		"recall, none":       none.Recall(0),
		"F1, none":           none.F1(0),
		"macro F1, none":     none.MacroF1(),
		"macro F1, empty":    NewConfusion(0).MacroF1(),
		"precision, untaken": taken.Precision(0),
		"recall, empty":      taken.Recall(2),
	} {
		if !math.IsNaN(got) {
			t.Errorf("%s is %v, want NaN", name, got)
		}
	}
	if taken.F1(0) != 0 || taken.Precision(2) != 0 || taken.MacroF1() != 0 {
		t.Errorf("nothing right: F1 %v, precision %v, macro F1 %v, want 0", taken.F1(0),
			taken.Precision(2), taken.MacroF1())
	}
	if got := AUC([]float64{math.Inf(-1), inf, 0}, []bool{false, true, true}); got != 1 {
		t.Errorf("AUC of infinite scores is %v, want 1", got)
	}
	if got := R2(column(inf, 2), column(1, 2)); !math.IsInf(got, -1) {
		t.Errorf("R2 of an infinite prediction is %v, want -Inf", got)
	}
}

// TestR2OfAnyUnit: R2 does not change with the unit of y, whether the squares overflow or
// vanish in it, and a constant column has no part in it.
func TestR2OfAnyUnit(t *testing.T) {
	y := []float64{1, 3, 2, 7, 5, -4}
	p := []float64{1.5, 2, 2, 6, 5.5, -3}
	want := R2(mat.Of(6, 1, p), mat.Of(6, 1, y))
	for _, unit := range []float64{1e-310, 0x1p-1045, 1e-200, 1e-160, 1e-5, 1e5, 1e155, 1e300, 2e307} {
		q, z := make([]float64, 6), make([]float64, 6)
		both, given := mat.New[float64](6, 2), mat.New[float64](6, 2)
		for i := range y {
			q[i], z[i] = p[i]*unit, y[i]*unit
			both.Set(i, 0, z[i])
			both.Set(i, 1, 0.1)
			given.Set(i, 0, q[i])
			given.Set(i, 1, 0.1)
		}
		for name, got := range map[string]float64{"alone": R2(mat.Of(6, 1, q), mat.Of(6, 1, z)),
			"with a constant column": R2(given, both)} {
			if !(math.Abs(got-want) <= 1e-12) {
				t.Errorf("unit %g, %s: %v, want %v", unit, name, got, want)
			}
		}
		set := &data.Set[float64]{Rows: 6, Features: 1, Outputs: 1, X: q, Values: z}
		identity := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
		identity.W.Value[0] = 1
		if r, err := Evaluate[float64](identity, grad.MAE[float64]{}, set, 4); err != nil ||
			!(math.Abs(r.R2-want) <= 1e-12) {
			t.Errorf("unit %g, evaluated: %v, want %v, %v", unit, r.R2, want, err)
		}
	}
	gap := mat.FromRows([]float64{1, 9}, []float64{3, 9}, []float64{2, 9}) // a view with gaps
	if got := R2(gap.Sub(0, 3, 0, 1), gap.Sub(0, 3, 0, 1)); got != 1 {
		t.Errorf("R2 of a view is %v, want 1", got)
	}
}

// TestMetricPanics: what fits no metric panics with a ShapeError before anything is counted.
func TestMetricPanics(t *testing.T) {
	m := NewConfusion(2)
	for want, f := range map[string]func(){
		"train.NewConfusion: classes = -1, want >= 0": func() { NewConfusion(-1) },
		"train.Confusion.Add: classes[1] = 2, want in [0, 2)": func() {
			m.Add([]int{0, 2},
				[]int{0, 0})
		},
		"train.Confusion.Add: guesses[1] = -1, want in [0, 2)": func() {
			m.Add([]int{0, 0},
				[]int{0, -1})
		},
		"train.Confusion.Add: len(guesses) = 1, want 2, one a class": func() {
			m.Add([]int{0, 0},
				[]int{0})
		},
		"train.AUC: len(positive) = 1, want 2, one a score": func() {
			AUC([]float64{1, 2},
				[]bool{true})
		},
		"train.R2: p is 2x1, want 2x2, the shape of y": func() {
			R2(mat.New[float64](2, 1),
				mat.New[float64](2, 2))
		},
		"train.R2: p is 1x2, want 2x2, the shape of y": func() {
			R2(mat.New[float64](1, 2),
				mat.New[float64](2, 2))
		},
		"kernels.TopKHits: k = 0, want >= 1": func() {
			TopK(mat.New[float64](1,
				2), []int{0}, 0)
		},
		"kernels.TopKHits: label = 2, want in [0, cols), cols = 2": func() {
			TopK(mat.New[float64](1,
				2), []int{2}, 1)
		},
		"kernels.TopKHits: len(labels) = 1, want 2": func() {
			TopK(mat.New[float64](2, 2), []int{data.Ignored}, 1)
		},
		"kernels.TopKHits: len(labels) = 3, want 2": func() {
			TopK(mat.New[float64](2, 2), []int{0, data.Ignored, 0}, 1)
		},
	} {
		func() {
			defer func() {
				var shape *kernels.ShapeError
				if err, _ := recover().(error); !errors.As(err, &shape) || err.Error() != want {
					t.Errorf("panic %v, want %q", err, want)
				}
			}()
			f()
		}()
	}
	if m[0][0]+m[0][1]+m[1][0]+m[1][1] != 0 {
		t.Errorf("a call that panicked has counted: %v", m)
	}
}

// TestEvaluateNaN: a model that puts out NaN for some rows takes them for no class.
func TestEvaluateNaN(t *testing.T) {
	set := blobs[float64](20, 10, 4, 1)
	model := mlp[float64](10, 8, 4)
	layer.Initialize[float64](model, 1)
	clean, err := Evaluate[float64](model, grad.SoftmaxCrossEntropy[float64]{}, set, 6)
	if err != nil || !finite(clean.Accuracy) {
		t.Fatal(clean, err)
	}
	set.Row(3)[0], set.Row(12)[0] = math.NaN(), math.NaN()
	for _, size := range []int{1, 6, 20} {
		r, err := Evaluate[float64](model, grad.SoftmaxCrossEntropy[float64]{}, set, size)
		if err != nil || !math.IsNaN(r.Loss) || !math.IsNaN(r.Accuracy) || r.Samples != 20 {
			t.Errorf("batches of %d: %+v, %v", size, r, err)
		}
		n := 0
		for _, row := range r.Confusion {
			for _, c := range row {
				n += c
			}
		}
		if n != 18 {
			t.Errorf("batches of %d: %d rows are taken for a class, want 18", size, n)
		}
	}
}

// TestOneOutput: a model of one output on a set in which one class occurs, or one row is.
func TestOneOutput(t *testing.T) {
	for _, c := range []struct {
		classes int
		y       []int
		weight  float64 // of the one input, which is 1
		want    float64
	}{{1, []int{0, 0}, 1, 0}, {1, []int{0, 0}, -1, 1}, {1, []int{0}, 1, 0}, {2, []int{1}, 1, 1},
		{2, []int{0, 0}, 1, 0}} {
		for name, loss := range map[string]grad.Loss[float64]{"binary": grad.BCEWithLogits[float64]{},
			"hinge": grad.Hinge[float64]{}, "squares": grad.MSE[float64]{},
			"perceptron": grad.Perceptron[float64]{}} {
			set := &data.Set[float64]{Rows: len(c.y), Features: 1, Classes: c.classes,
				X: []float64{1, 1}[:len(c.y)], Y: c.y}
			model := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
			model.W.Value[0] = c.weight
			for size := 1; size <= 2; size++ {
				r, err := Evaluate[float64](model, loss, set, size)
				if err != nil || r.Accuracy != c.want || len(r.Confusion) != 2 ||
					r.Confusion[c.y[0]][0]+r.Confusion[c.y[0]][1] != len(c.y) {
					t.Errorf("%s, %+v: %+v, %v", name, c, r, err)
				}
			}
			tr := trainer[float64](model, 2, 2)
			tr.Loss, tr.Validation, tr.Warn = loss, set, mute
			tr.Metrics = []Measure[float64]{{"f1",
				func(m Measured[float64]) float64 { return m.Confusion.MacroF1() }}}
			history, err := tr.Run(context.Background(), set)
			if err != nil || !finite(history[1].Loss) || !finite(history[1].ValidationLoss) {
				t.Errorf("%s, %+v: %+v, %v", name, c, history, err)
			}
		}
	}
	one := blobs[float64](1, 10, 4, 1) // the first class of four, in one row
	model := mlp[float64](10, 8, 4)
	layer.Initialize[float64](model, 1)
	tr := trainer[float64](model, 2, 7)
	tr.Validation = one
	if history, err := tr.Run(context.Background(), one); err != nil || !finite(history[1].ValidationLoss) {
		t.Errorf("one row: %+v, %v", history, err)
	}
	if out, err := Outputs[float64](model, one, math.MaxInt); err != nil || out.Rows != 1 {
		t.Errorf("one row: %v, %v", out, err)
	}
}

// TestDiagnosticsOfAnyUnit: the norms are right where the squares overflow.
func TestDiagnosticsOfAnyUnit(t *testing.T) {
	for _, unit := range []float64{1e-250, 1, 1e250} {
		p, q := []float64{3 * unit, 1 * unit}, []float64{0, 5 * unit}
		if got := distance(p, q) / unit; !(math.Abs(got-5) <= 1e-14) {
			t.Errorf("unit %g: distance %v, want 5", unit, got)
		}
	}
	if distance([]float64{1, 2}, []float64{1, 2}) != 0 ||
		!math.IsNaN(distance([]float64{math.NaN()}, []float64{1})) {
		t.Error("distance of equal vectors, or of NaN")
	}
}
