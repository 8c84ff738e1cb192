package train

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
)

func TestConfusionMetrics(t *testing.T) {
	m := NewConfusion(3)
	m.Add([]int{0, 0, 0, 1, 1, 1}, []int{0, 0, 1, 1, 1, 0})
	for name, c := range map[string]struct{ got, want float64 }{
		"precision": {m.Precision(0), 2. / 3}, "recall": {m.Recall(1), 2. / 3}, "f1": {m.F1(0), 2. / 3},
		"empty recall": {m.Recall(2), math.NaN()}, "empty f1": {m.F1(2), math.NaN()},
		"macro": {m.MacroF1(), 2. / 3},
	} {
		if !(math.Abs(c.got-c.want) <= 1e-15) && !(math.IsNaN(c.got) && math.IsNaN(c.want)) {
			t.Errorf("%s = %v, want %v", name, c.got, c.want)
		}
	}
}

// TestAUC against its definition as a probability.
func TestAUC(t *testing.T) {
	scores := []float64{0.1, 0.4, 0.4, 0.8, 0.4, 0.9, 0.2}
	positive := []bool{false, true, false, true, true, false, false}
	wins, pairs := 0.0, 0.0
	for i, a := range positive {
		for j, b := range positive {
			if !a || b {
				continue
			}
			pairs++
			switch {
			case scores[i] > scores[j]:
				wins++
			case scores[i] == scores[j]:
				wins += 0.5
			}
		}
	}
	if got := AUC(scores, positive); got != wins/pairs {
		t.Errorf("AUC %v, want %v", got, wins/pairs)
	}
	if got := AUC(scores, make([]bool, 7)); !math.IsNaN(got) {
		t.Errorf("AUC without positives %v", got)
	}
}

func TestTopKAndR2(t *testing.T) {
	p := mat.FromRows([]float64{3, 2, 1}, []float64{1, 2, 3})
	if a, b := TopK(p, []int{1, 1}, 1), TopK(p, []int{1, 1}, 2); a != 0 || b != 1 {
		t.Errorf("top 1 %v, top 2 %v", a, b)
	}
	y := mat.FromRows([]float64{1}, []float64{2}, []float64{3})
	if got := R2(mat.FromRows([]float64{1}, []float64{2}, []float64{2}), y); got != 0.5 {
		t.Errorf("R2 %v, want 0.5", got)
	}
}

// TestRegression fits a plane and finds its coefficients; a weight of 0 takes an outlier
// out.
func TestRegression(t *testing.T) {
	const rows = 64
	set := &data.Set[float64]{X: make([]float64, 2*rows), Rows: rows, Features: 2,
		Values: make([]float64, rows), Outputs: 1, Weights: make([]float64, rows)}
	kernels.Normal(set.X, 0, 1, 1, 0)
	for i := range rows {
		set.Weights[i] = 1
		set.Values[i] = 3*set.X[2*i] - set.X[2*i+1] + 0.5
	}
	set.Values[7], set.Weights[7] = 1e6, 0
	model := layer.NewLinear[float64](2, 1, kernels.ActIdentity)
	tr := &Trainer[float64]{Model: model, Loss: grad.MSE[float64]{}, Optimizer: &optim.SGD[float64]{},
		Rate: optim.Constant(0.1), Epochs: 300, Batch: rows}
	history, err := tr.Run(context.Background(), set)
	if err != nil {
		t.Fatal(err)
	}
	if w := model.W.Value; !(math.Abs(w[0]-3) < 1e-9) || !(math.Abs(w[1]+1) < 1e-9) ||
		!(math.Abs(model.B.Value[0]-0.5) < 1e-9) {
		t.Errorf("weights %v, bias %v", w, model.B.Value)
	}
	if last := history[len(history)-1]; !math.IsNaN(last.Accuracy) || !(last.Loss < 1e-15) {
		t.Errorf("%+v", last)
	}
	set.Values[7] = 3*set.X[14] - set.X[15] + 0.5
	report, err := Evaluate[float64](model, tr.Loss, set, 10)
	if err != nil || !(report.R2 > 1-1e-12) || !math.IsNaN(report.Accuracy) || report.Confusion != nil {
		t.Errorf("%+v, %v", report, err)
	}
	out, err := Outputs[float64](model, set, 10)
	if err != nil || !(R2(out, mat.Of(rows, 1, set.Values)) == report.R2) {
		t.Errorf("outputs: %v", err)
	}
}

// deep is a network whose sigmoids make gradients vanish on their way down.
func deep(act kernels.Activation) *layer.Sequential[float64] {
	var parts []layer.Layer[float64]
	for range 10 {
		parts = append(parts, layer.NewLinear[float64](16, 16, act))
	}
	m := layer.NewSequential(append(parts, layer.NewLinear[float64](16, 4, kernels.ActIdentity))...)
	layer.Initialize[float64](m, 1)
	return m
}

func TestDiagnostics(t *testing.T) {
	set := blobs[float64](64, 16, 4, 1)
	warned := func(model *layer.Sequential[float64]) (d Diagnosis) {
		tr := trainer[float64](model, 1, 64)
		tr.Diagnostics = &Diagnostics[float64]{Report: func(g Diagnosis) { d = g }}
		if _, err := tr.Run(context.Background(), set); err != nil {
			t.Fatal(err)
		}
		return d
	}
	if d := warned(deep(kernels.ActELU(1))); len(d.Warnings) != 0 || len(d.Layers) != 11 ||
		!(d.Layers[3].UpdateNorm > 0) || !(d.Layers[3].GradNorm > 0) {
		t.Errorf("healthy: %+v", d)
	}
	if d := warned(deep(kernels.ActSigmoid)); len(d.Warnings) != 1 ||
		!strings.HasPrefix(d.Warnings[0], "vanishing gradients: per weight, that of layer 0 is") {
		t.Errorf("sigmoids: %q", d.Warnings)
	}
	g := Diagnosis{Layers: []LayerState{{Path: "0", Kind: "Linear", GradNorm: 1e5, WeightNorm: 1},
		{Path: "2", Kind: "Linear", GradNorm: 1, WeightNorm: 1}}}
	if g.warn(); len(g.Warnings) != 1 || !strings.HasPrefix(g.Warnings[0], "exploding gradients") {
		t.Errorf("exploding: %q", g.Warnings)
	}
	for _, down := range []LayerState{ // just at the thresholds
		{Path: "0", Kind: "Linear", GradNorm: exploding, WeightNorm: 1, Dead: manyDead, Saturated: manyStuck},
		{Path: "0", Kind: "Linear", GradNorm: vanishing, WeightNorm: 1},
		{Path: "0", Kind: "Linear", GradNorm: 1, WeightNorm: 0},
	} {
		g := Diagnosis{Layers: []LayerState{down, {Path: "1", Kind: "Linear", GradNorm: 1, WeightNorm: 1}}}
		if g.warn(); len(g.Warnings) != 0 {
			t.Errorf("%+v: %q", down, g.Warnings)
		}
	}
	for _, down := range []LayerState{ // the layers need not be Linear ones
		{Path: "0", Kind: "PReLU", GradNorm: 1e-4, WeightNorm: 1},
		{Path: "0", Kind: "BatchNorm", GradNorm: 0, WeightNorm: 1},
	} {
		g := Diagnosis{Layers: []LayerState{down, {Path: "1", Kind: "Own", GradNorm: 1, WeightNorm: 1},
			{Path: "2", Kind: "Linear", GradNorm: 1, WeightNorm: 0}}}
		if g.warn(); len(g.Warnings) != 1 || !strings.HasPrefix(g.Warnings[0],
			"vanishing gradients: per weight, that of layer 0") ||
			!strings.HasSuffix(g.Warnings[0], "layer 1") {
			t.Errorf("%s: %q", down.Kind, g.Warnings)
		}
	}
	g = Diagnosis{Layers: []LayerState{{GradNorm: 1, WeightNorm: 1}, {GradNorm: 0, WeightNorm: 1}}}
	if g.warn(); len(g.Warnings) != 0 {
		t.Errorf("no gradient in the last layer: %q", g.Warnings)
	}
	dead := mlp[float64](16, 8, 4)
	layer.Initialize[float64](dead, 1)
	for i := range dead.Params()[1].Value {
		dead.Params()[1].Value[i] = -1e3
	}
	if d := warned(dead); d.Layers[0].Dead != 1 || len(d.Warnings) == 0 {
		t.Errorf("dead: %+v", d)
	}
	stuck := layer.NewSequential[float64](layer.NewLinear[float64](16, 8, kernels.ActTanh),
		layer.NewLinear[float64](8, 4, kernels.ActIdentity))
	layer.Initialize[float64](stuck, 1)
	kernels.Scale(stuck.Params()[0].Value, 100, stuck.Params()[0].Value)
	if d := warned(stuck); !(d.Layers[0].Saturated > 0.9) || len(d.Warnings) == 0 {
		t.Errorf("saturated: %+v", d)
	}
}

// TestSaturated: an output is saturated within 1/50 of the range from a limit of it.
func TestSaturated(t *testing.T) {
	for _, c := range []struct {
		act   kernels.Activation
		y     []float64
		stuck float64 // share
	}{
		{kernels.ActSigmoid, []float64{0.019, 0.021, 0.5, 0.979, 0.981}, 0.4},
		{kernels.ActTanh, []float64{-0.97, -0.95, 0, 0.95, 0.97}, 0.4},
		{kernels.ActHardTanh, []float64{-1, -0.95, 0.95, 0.97}, 0.5},
		{kernels.ActReLU, []float64{0, 1}, math.NaN()},
	} {
		_, got := unitsOf(c.act, true, mat.Of(len(c.y), 1, c.y))
		if got != c.stuck && !(math.IsNaN(got) && math.IsNaN(c.stuck)) {
			t.Errorf("%v: %v of %v are saturated, want %v", c.act, got, c.y, c.stuck)
		}
	}
}

// TestDiagnosisFigures: the norms of gradients, weights and updates of each layer, whatever
// clips the gradients.
func TestDiagnosisFigures(t *testing.T) {
	set := blobs[float64](32, 6, 3, 1)
	for name, clip := range map[string]func([]*layer.Param[float64]) float64{
		"none":     nil,
		"norm":     func(p []*layer.Param[float64]) float64 { return grad.ClipNorm(p, 1e-3) },
		"value":    func(p []*layer.Param[float64]) float64 { return grad.ClipValue(p, 1e-4) },
		"adaptive": func(p []*layer.Param[float64]) float64 { return grad.ClipAdaptive(p, 1e-4, 1e-3) },
	} {
		fresh := func() (*layer.Sequential[float64], *layer.Residual[float64]) {
			inner := layer.NewResidual[float64](layer.NewLinear[float64](5, 5, kernels.ActTanh), nil)
			m := layer.NewSequential[float64](layer.NewLinear[float64](6, 5, kernels.ActReLU),
				layer.NewBatchNorm[float64](5), inner, layer.NewLinear[float64](5, 3, kernels.ActIdentity))
			layer.Initialize[float64](m, 1)
			return m, inner
		}
		model, _ := fresh()
		var d Diagnosis
		tr := trainer[float64](model, 1, 32)
		tr.Clip, tr.Rate, tr.Optimizer = clip, optim.Constant(0.5), &optim.SGD[float64]{}
		tr.Diagnostics = &Diagnostics[float64]{Report: func(g Diagnosis) { d = g }}
		if _, err := tr.Run(context.Background(), set); err != nil {
			t.Fatal(err)
		}
		// the gradients of the same batch, and what the step has done
		twin, _ := fresh()
		ws := layer.NewWorkspace[float64](twin)
		order := data.NewBatcher(set, 32, tr.Seed)
		order.Shuffle(1)
		x, y := mat.New[float64](32, 6), make([]int, 32)
		order.Next(x.Data, y)
		p := ws.Forward(x, true)
		dp := mat.New[float64](32, 3)
		tr.Loss.Grad(dp, p, grad.Target[float64]{Classes: y})
		before := map[string][]float64{}
		for _, p := range twin.Params() {
			before[p.Name] = slices.Clone(p.Value)
		}
		ws.Backward(dp)
		paths := []string{"0", "1", "2.0", "3"}
		if len(d.Layers) != len(paths) {
			t.Fatalf("%s: %d layers", name, len(d.Layers))
		}
		for i, prefix := range []string{"0.", "1.", "2.body.", "3."} {
			var gradient, weight, update float64
			for k, p := range twin.Params() {
				if strings.HasPrefix(p.Name, prefix) && p.Grad != nil {
					after := model.Params()[k].Value
					gradient += kernels.SumSquares(p.Grad)
					weight += kernels.SumSquares(after)
					update += squaredDistance(after, before[p.Name])
				}
			}
			s := d.Layers[i]
			for what, c := range map[string][2]float64{"gradient": {s.GradNorm, gradient},
				"weights": {s.WeightNorm, weight}, "update": {s.UpdateNorm, update}} {
				if want := math.Sqrt(c[1]); s.Path != paths[i] || !(math.Abs(c[0]/want-1) <= 1e-10) {
					t.Errorf("%s, layer %s: norm of the %s %v, want %v", name, s.Path, what, c[0], want)
				}
			}
		}
	}
}

// TestMetrics: the figures of the validation set, in any size of batch, are in the history.
func TestMetrics(t *testing.T) {
	valid := blobs[float64](50, 10, 4, 2)
	model := mlp[float64](10, 8, 4)
	layer.Initialize[float64](model, 1)
	tr := trainer[float64](model, 2, 7)
	tr.Validation = valid
	tr.Metrics = []Measure[float64]{
		{"macro_f1", func(m Measured[float64]) float64 { return m.Confusion.MacroF1() }},
		{"loss", func(m Measured[float64]) float64 { return m.Loss }},
		{"top_2", func(m Measured[float64]) float64 { return TopK(m.Outputs, m.Set.Y, 2) }},
	}
	var seen []Epoch
	tr.OnEpoch = func(e Epoch) { seen = append(seen, e) }
	tr.Stop = &EarlyStop{Metric: func(e Epoch) float64 { return -e.Metrics["macro_f1"] }, Patience: 9,
		Restore: true}
	history, err := tr.Run(context.Background(), blobs[float64](50, 10, 4, 1))
	if err != nil {
		t.Fatal(err)
	}
	report, _ := Evaluate[float64](model, tr.Loss, valid, 7)
	out, _ := Outputs[float64](model, valid, 50)
	last := history[1]
	if history[0].Metrics["macro_f1"] > last.Metrics["macro_f1"] {
		last = history[0] // the model is that one
	}
	want := map[string]float64{"macro_f1": report.Confusion.MacroF1(), "loss": report.Loss,
		"top_2": TopK(out, valid.Y, 2)}
	for name, w := range want {
		if got := last.Metrics[name]; !(math.Abs(got-w) <= 1e-12) || len(last.Metrics) != len(want) {
			t.Errorf("%s is %v, want %v; %v", name, got, w, last.Metrics)
		}
	}
	if last.ValidationLoss != last.Metrics["loss"] || len(seen) != 2 ||
		seen[1].Metrics["top_2"] != history[1].Metrics["top_2"] {
		t.Errorf("history %+v, callbacks saw %+v", history, seen)
	}
}
