package hostile

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/model/onnx"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
	"github.com/ashlar-go/ashlar/train/plot"
)

// providers make values of types that cannot be made field by field. One that returns nil leaves
// the value to the generator.
var providers = map[reflect.Type]func(g *generator, name string) any{}

// provide adds a provider of type X.
func provide[X any](make func(g *generator, name string) X) {
	providers[reflect.TypeFor[X]()] = func(g *generator, name string) any { return make(g, name) }
}

// record is a row of a program's own.
type record struct {
	Area  float64 `column:"area"`
	City  string  `column:"city" data:"-"`
	Rooms int     `column:"rooms" data:"class"`
}

// matrix is a matrix of a program's own.
type matrix struct{ rows, cols int }

func (m matrix) Dims() (rows, columns int) { return m.rows, m.cols }
func (m matrix) At(i, j int) float64       { return float64(i*m.cols + j) }

func must[X any](x X, err error) X {
	if err != nil {
		panic(fmt.Errorf("the world of the tests: %w", err))
	}
	return x
}

func table(target bool) *data.Table {
	area, city, price, kind := make([]float64, 12), make([]string, 12), make([]float64, 12), make([]string, 12)
	for i := range area {
		area[i], city[i], price[i] = float64(20+i*i%7), []string{"Bonn", "Kiel", "Ulm"}[i%3], float64(500+i)
		kind[i] = []string{"flat", "house"}[i/2%2]
	}
	columns := []*data.Column{data.NumberColumn("area", area), data.CategoryColumn("city", city)}
	if target {
		columns = append(columns, data.NumberColumn("price", price), data.CategoryColumn("kind", kind))
	}
	return must(data.NewTable(columns...))
}

// plan has the features area, city=Bonn, city=Kiel and city=Ulm.
func plan(target string) data.Pipeline {
	t := data.Target{Columns: []string{target}}
	if target == "price" {
		t.Scale = []data.Scaling{data.ScaleLog1p, data.ScaleStandard}
	}
	return data.Pipeline{Target: t, Steps: []data.Step{
		data.Choose{Columns: []string{"area", "city"}},
		data.Impute{Columns: []string{data.AllNumbers}, By: data.FillMedian},
		data.Scale{Columns: []string{data.AllNumbers}, By: data.ScaleStandard},
		data.OneHot{Columns: []string{"city"}, Unknown: data.UnknownZeros},
	}}
}

func fitted(g *generator) *data.Fitted {
	target := pick(g, "price", "kind")
	return must(plan(target).Fit(table(true)))
}

func init() {
	world[float32]()
	world[float64]()
	provide(func(g *generator, _ string) *data.Table { return table(g.IntN(3) > 0) })
	provide(func(g *generator, _ string) data.Table { return *table(true) })
	provide(func(g *generator, _ string) *kernels.QuantizedB {
		return kernels.QuantizeB(false, 5, 4, numbers[float32](g, 20), 4)
	})
	provide(func(g *generator, _ string) *kernels.PackedBFloat16 {
		return kernels.PackBFloat16(false, 5, 4, numbers[float32](g, 20), 4)
	})
	provide(func(g *generator, _ string) *data.Fitted { return fitted(g) })
	provide(func(g *generator, _ string) data.Fitted { return *fitted(g) })
	provide(func(g *generator, _ string) data.Pipeline { return plan(pick(g, "price", "kind")) })
	provide(func(g *generator, _ string) data.Step { return pick(g, plan("kind").Steps...) })
	provide(func(g *generator, _ string) *data.Column {
		return pick(g, table(true).Columns()...)
	})
	provide(func(g *generator, _ string) data.Column { return *pick(g, table(true).Columns()...) })
	provide(func(g *generator, _ string) []data.Column { return fitted(g).Inputs() })
	provide(func(g *generator, _ string) data.Matrix { return matrix{12, pick(g, 4, 1)} })
	provide(func(g *generator, _ string) []data.Fold { return must(table(true).Folds(2, 1)) })
	provide(func(g *generator, _ string) *data.IDX {
		if g.IntN(2) == 0 {
			return &data.IDX{Dims: []int{12}, Data: make([]byte, 12)}
		}
		return &data.IDX{Dims: []int{12, 2, 2}, Data: make([]byte, 48)}
	})
	provide(func(g *generator, _ string) data.AnyArray {
		return &data.Array[float64]{Dims: []int{2, 3}, Data: make([]float64, 6)}
	})
	provide(func(g *generator, _ string) data.CSVOptions {
		return data.CSVOptions{Label: -1, Classes: pick(g, 0, 3)}
	})
	provide(func(g *generator, _ string) data.TableOptions { return data.TableOptions{} })
	provide(func(g *generator, _ string) *data.Survey { return set[float32](g).Survey(12) })
	provide(func(g *generator, _ string) []map[string]any {
		return []map[string]any{{"area": 1.5, "city": "Ulm"}, {"area": nil, "city": "Bonn"}}
	})
	provide(func(g *generator, _ string) any {
		return pick[any](g, map[string]any{"area": 70.5, "city": "Ulm"}, record{Area: 3, City: "Ulm"},
			[]float64{1, 2, 3, 4})
	})
	provide(func(g *generator, _ string) context.Context {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		context.AfterFunc(ctx, cancel)
		return ctx
	})
	provide(func(g *generator, _ string) io.Reader { return bytes.NewReader(g.file()) })
	provide(func(g *generator, _ string) io.ReaderAt {
		text := g.file()
		g.bytes = int64(len(text))
		return bytes.NewReader(text)
	})
	provide(func(g *generator, _ string) io.Writer { return &bytes.Buffer{} })
	provide(func(g *generator, name string) []byte {
		return pick(g, []byte(fitted32), []byte(`{"epoch": 1, "loss": 0.5}`), []byte(`{}`))
	})
	provide(func(g *generator, _ string) *model.File {
		return must(model.Open(files[pick(g, "weights.safetensors", "bool.safetensors")]))
	})
	provide(func(g *generator, _ string) model.PyTorch { return model.PyTorch{} })
	provide(func(g *generator, _ string) model.Sklearn { return model.Sklearn{Output: model.OutputLogits} })
	provide(func(g *generator, _ string) train.Epoch { return epoch(1) })
	provide(func(g *generator, _ string) []train.Epoch { return []train.Epoch{epoch(1), epoch(2)} })
	provide(func(g *generator, _ string) train.Confusion {
		m := train.NewConfusion(3)
		m.Add([]int{0, 1, 2, 2}, []int{0, 1, 1, 2})
		return m
	})
	provide(func(g *generator, _ string) []string { return pick(g, []string{"a", "b", "c"}, []string{"area"}, nil) })
	provide(func(g *generator, _ string) []bool {
		return []bool{true, false, true, true, false, false, true, false, true, true, false, false}[:pick(g, 12, 4, 3)]
	})
	provide(func(g *generator, _ string) train.Metric { return train.TrainLoss })
	provide(func(g *generator, _ string) optim.Schedule { return optim.Constant(0.1) })
	provide(func(g *generator, _ string) optim.Checker { return optim.NewAdam[float32]() })
	provide(func(g *generator, _ string) *optim.Plateau { return &optim.Plateau{Initial: 0.1, Factor: 0.5} })
	provide(func(g *generator, _ string) *train.Checkpoint {
		return &train.Checkpoint{Path: filepath.Join(scratchDir, "checkpoint"+g.number())}
	})
	provide(func(g *generator, _ string) *train.Scores {
		return must(train.EvaluateTable(whole[float32](g), tableOf(g)))
	})
	provide(func(g *generator, _ string) *train.CrossValidation {
		s := must(train.EvaluateTable(whole[float32](g), table(true)))
		return &train.CrossValidation{Folds: []*train.Scores{s, s}}
	})
	provide(func(g *generator, _ string) []train.Diagnosis {
		return []train.Diagnosis{{Step: 0, Layers: []train.LayerState{{Path: "0", Kind: "Linear", GradNorm: 1,
			WeightNorm: 1, UpdateNorm: 1}}}, {Step: 5, Layers: []train.LayerState{{Path: "0", Kind: "Linear",
			GradNorm: 1, WeightNorm: 1, UpdateNorm: 1}}}}
	})
	provide(func(g *generator, _ string) *plot.Figure {
		f := must(plot.Lines(plot.Panel{Curves: []plot.Curve{{Name: "a", Y: []float64{1, 3, 2}}}}))
		f.Width = 320
		return f
	})
	provide(func(g *generator, _ string) plot.Curve { return plot.Curve{Name: "a", Y: []float64{1, 3, 2}} })
	provide(func(g *generator, _ string) plot.Panel {
		return plot.Panel{Curves: []plot.Curve{{Name: "a", Y: []float64{1, 3, 2}}}}
	})
	provide(func(g *generator, _ string) *kernels.AdamParams { return &kernels.AdamParams{Beta1: 0.9, Step: 1} })
	provide(func(g *generator, _ string) *kernels.ShapeError {
		return &kernels.ShapeError{Op: "kernels.Gemm", Arg: "a", Msg: "x"}
	})
}

func tableOf(*generator) *data.Table { return table(true) }

// number is a number that no other value of this process has.
func (g *generator) number() string { return strconv.FormatInt(serial.Add(1), 10) }

var serial atomic.Int64

func epoch(n int) train.Epoch {
	return train.Epoch{Epoch: n, Loss: 1 / float64(n), Accuracy: 0.5, ValidationLoss: 1, ValidationAccuracy: 0.5,
		Metrics: map[string]float64{"loss": 1}}
}

func numbers[T kernels.Float](g *generator, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(0.05 + 0.9*g.Float64())
	}
	return x
}

func dense[T kernels.Float](g *generator, rows, cols int) mat.Dense[T] {
	return mat.Of(rows, cols, numbers[T](g, rows*cols))
}

func set[T kernels.Float](g *generator) *data.Set[T] {
	s := &data.Set[T]{X: numbers[T](g, 48), Rows: 12, Features: 4}
	if g.IntN(3) == 0 {
		s.Values, s.Outputs = numbers[T](g, 36), 3
		return s
	}
	s.Classes = 3
	for i := range 12 {
		s.Y = append(s.Y, i%3)
	}
	return s
}

// net maps 4 columns to 3.
func net[T kernels.Float]() *layer.Sequential[T] {
	m := layer.NewSequential[T](layer.NewLinear[T](4, 5, kernels.ActReLU), layer.NewBatchNorm[T](5),
		layer.NewLinear[T](5, 3, kernels.ActIdentity))
	layer.Initialize(m, 1)
	return m
}

func trainer[T kernels.Float](g *generator) *train.Trainer[T] {
	t := &train.Trainer[T]{Model: net[T](), Loss: grad.MSE[T]{}, Optimizer: optim.NewAdam[T](),
		Rate: optim.Constant(0.01), Epochs: 1, Batch: 5, Warn: func(string) {},
		Done: func(train.Epoch) bool { return true }}
	if g.IntN(3) > 0 {
		t.Loss = grad.SoftmaxCrossEntropy[T]{}
	}
	return t
}

// whole is a model with its preparation.
func whole[T kernels.Float](g *generator) *model.Model[T] {
	f := fitted(g)
	m := &model.Model[T]{In: 4, Prepare: f, Output: model.OutputLogits}
	out := 2
	if f.Classes() == nil {
		m.Output, out = model.OutputValues, 1
	}
	m.Net = layer.NewSequential[T](layer.NewLinear[T](4, 5, kernels.ActReLU),
		layer.NewLinear[T](5, out, kernels.ActIdentity))
	layer.Initialize(m.Net, 1)
	return m
}

// snapshot is a layer that copies itself.
type snapshot[T kernels.Float] struct{ layer.Layer[T] }

func (s snapshot[T]) Snapshot() layer.Layer[T] { return s.Layer }

// begin begins a step of the optimizer that is the receiver, so that End and Update can follow.
func begin[T kernels.Float](g *generator, params []*layer.Param[T]) {
	if !strings.HasSuffix(g.entry.op, ".End") && !strings.HasSuffix(g.entry.op, ".Update") || len(g.args) == 0 {
		return
	}
	if o, ok := g.args[0].Interface().(optim.Incremental[T]); ok {
		o.Begin(params, 0.1)
	}
}

// capture is a container that keeps the memo of its part.
type capture[T kernels.Float] struct {
	layer.Layer[T]
	memo *layer.Memo[T]
}

func (c *capture[T]) Parts() []layer.Layer[T] { return []layer.Layer[T]{c.Layer} }

func (c *capture[T]) Forward(m *layer.Memo[T], x mat.Dense[T]) mat.Dense[T] {
	c.memo = m.Part(0)
	return c.memo.Forward(x)
}

func (c *capture[T]) Backward(m *layer.Memo[T], dy mat.Dense[T]) mat.Dense[T] {
	return m.Part(0).Backward(dy)
}

// memo is that of the layer that is the receiver, or of a Linear, after a forward pass.
func memo[T kernels.Float](g *generator) *layer.Memo[T] {
	var l layer.Layer[T] = layer.NewLinear[T](4, 3, kernels.ActTanh)
	if g.entry.op == "layer.Memo.Part" {
		l = net[T]()
	}
	if len(g.args) > 0 && !isNil(g.args[0]) {
		if r, ok := g.args[0].Interface().(layer.Layer[T]); ok && !empty(r) {
			l = r
		}
	}
	c := &capture[T]{Layer: l}
	train := len(layer.Int8Layers(l)) == 0 // those in int8 refuse it
	layer.NewWorkspace[T](c).Forward(dense[T](g, 12, 4), train)
	return c.memo
}

// empty reports a layer that nothing made: there is none in int8 of float64.
func empty[T kernels.Float](l layer.Layer[T]) bool {
	q, ok := l.(*layer.Int8Linear[T])
	return ok && reflect.ValueOf(q).Elem().FieldByName("w").IsNil()
}

func world[T kernels.Float]() {
	provide(func(g *generator, name string) []T { return numbers[T](g, pick(g, 4, 12, 3, 48, 1, 36)) })
	provide(func(g *generator, _ string) mat.Dense[T] {
		s := pick(g, [2]int{12, 4}, [2]int{12, 3}, [2]int{4, 3}, [2]int{12, 1}, [2]int{3, 4}, [2]int{4, 4})
		return dense[T](g, s[0], s[1])
	})
	provide(func(g *generator, _ string) *layer.Linear[T] { return layer.NewLinear[T](4, 3, kernels.ActTanh) })
	provide(func(g *generator, _ string) *layer.BatchNorm[T] { return layer.NewBatchNorm[T](4) })
	provide(func(g *generator, _ string) *layer.LayerNorm[T] { return layer.NewLayerNorm[T](4) })
	provide(func(g *generator, _ string) *layer.RMSNorm[T] { return layer.NewRMSNorm[T](4) })
	provide(func(g *generator, _ string) *layer.PReLU[T] { return layer.NewPReLU[T](4) })
	provide(func(g *generator, _ string) *layer.Dropout[T] { return layer.NewDropout[T](0.5) })
	provide(func(g *generator, _ string) *layer.Activation[T] {
		return layer.NewActivation[T](pick(g, kernels.ActReLU, kernels.ActGELU))
	})
	provide(func(g *generator, _ string) *layer.Sequential[T] { return net[T]() })
	provide(func(g *generator, _ string) *layer.Residual[T] {
		return layer.NewResidual[T](layer.NewLinear[T](4, 4, kernels.ActTanh), nil)
	})
	provide(func(g *generator, _ string) *layer.Int8Linear[T] {
		l, err := layer.NewInt8Linear[T](4, 3, make([]int8, 12), make([]float32, 3), make([]float32, 3), kernels.ActTanh)
		if err != nil { // T is float64
			return new(layer.Int8Linear[T])
		}
		return l
	})
	provide(func(g *generator, _ string) layer.Layer[T] {
		if g.entry != nil && g.entry.op == "layer.Calibrate" {
			if l, err := layer.Quantize[T](net[T](), 4); err == nil {
				return l
			}
		}
		return pick[layer.Layer[T]](g, net[T](), layer.NewLinear[T](4, 3, kernels.ActIdentity))
	})
	provide(func(g *generator, _ string) layer.Container[T] { return net[T]() })
	provide(func(g *generator, _ string) layer.Snapshotter[T] {
		return snapshot[T]{layer.NewLinear[T](4, 3, kernels.ActTanh)}
	})
	provide(func(g *generator, _ string) []layer.Layer[T] {
		return []layer.Layer[T]{layer.NewLinear[T](4, 5, kernels.ActTanh), layer.NewLinear[T](5, 3, kernels.ActTanh)}
	})
	provide(func(g *generator, _ string) *layer.Memo[T] { return memo[T](g) })
	provide(func(g *generator, _ string) *layer.Workspace[T] {
		ws := layer.NewWorkspace[T](net[T]())
		ws.Forward(dense[T](g, 12, 4), true)
		return ws
	})
	provide(func(g *generator, _ string) *layer.Predictor[T] { return must(layer.NewPredictor[T](net[T](), 4)) })
	provide(func(g *generator, _ string) *layer.Combiner[T] {
		return must(layer.NewCombiner(must(layer.NewPredictor[T](net[T](), 4)), 8))
	})
	provide(func(g *generator, _ string) *layer.Param[T] {
		p := layer.NewParam("w", layer.HeNormal[T], 4, 3)
		copy(p.Grad, numbers[T](g, 12))
		begin(g, []*layer.Param[T]{p})
		return p
	})
	provide(func(g *generator, _ string) []*layer.Param[T] {
		list := net[T]().Params()
		for _, p := range list {
			copy(p.Grad, numbers[T](g, len(p.Grad)))
		}
		begin(g, list)
		return list
	})
	provide(func(g *generator, _ string) layer.Init[T] { return layer.HeNormal[T] })
	provideLosses[T]()
	provideOptimizers[T]()
	provideData[T]()
	provide(func(g *generator, _ string) *train.Trainer[T] { return trainer[T](g) })
	provide(func(g *generator, _ string) train.Measure[T] {
		return train.Measure[T]{Name: "loss", Of: func(m train.Measured[T]) float64 { return m.Loss }}
	})
	provide(func(g *generator, _ string) *model.Model[T] {
		if g.IntN(3) == 0 {
			return &model.Model[T]{Net: net[T](), In: 4, Output: model.OutputLogits}
		}
		return whole[T](g)
	})
	provide(func(g *generator, _ string) func(int, *data.Set[T]) (*train.Trainer[T], error) {
		return func(fold int, s *data.Set[T]) (*train.Trainer[T], error) {
			t := trainer[T](g)
			out := max(s.Classes, s.Outputs)
			t.Model = layer.NewSequential[T](layer.NewLinear[T](s.Features, out, kernels.ActIdentity))
			if s.Classes == 0 {
				t.Loss = grad.MSE[T]{}
			}
			return t, nil
		}
	})
	provide(func(g *generator, _ string) model.Model[T] { return model.Model[T]{Net: net[T](), In: 4} })
	provide(func(g *generator, _ string) []model.Tensor[T] {
		return []model.Tensor[T]{{Name: "w", Shape: []int{4, 3}, Value: numbers[T](g, 12)}}
	})
	provide(func(g *generator, _ string) *kernels.PackedB[T] {
		return kernels.PackB(false, 5, 4, numbers[T](g, 20), 4)
	})
	provide(func(g *generator, _ string) *kernels.PreparedGemm[T] {
		p := kernels.PrepareGemm[T](false, false, 3, 4, 5, 1, 5, 4, 0, 4)
		return &p
	})
}

func provideLosses[T kernels.Float]() {
	provide(func(g *generator, _ string) grad.Loss[T] {
		return pick[grad.Loss[T]](g, grad.SoftmaxCrossEntropy[T]{}, grad.MSE[T]{}, grad.BCE[T]{})
	})
	provide(func(g *generator, _ string) grad.Weigher[T] {
		return pick[grad.Weigher[T]](g, grad.SoftmaxCrossEntropy[T]{}, grad.MSE[T]{})
	})
	provide(func(g *generator, _ string) grad.Checker { return grad.SoftmaxCrossEntropy[T]{} })
	provide(func(g *generator, _ string) grad.Target[T] {
		if g.IntN(2) == 0 {
			return grad.Target[T]{Values: dense[T](g, 12, pick(g, 3, 4, 1))}
		}
		return grad.Target[T]{Classes: []int{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}}
	})
	provide(func(g *generator, _ string) grad.SoftmaxCrossEntropy[T] {
		return grad.SoftmaxCrossEntropy[T]{Smoothing: 0.1}
	})
}

func provideOptimizers[T kernels.Float]() {
	provide(func(g *generator, _ string) *optim.Adam[T] { return optim.NewAdam[T]() })
	provide(func(g *generator, _ string) *optim.NAdam[T] { return optim.NewNAdam[T]() })
	provide(func(g *generator, _ string) *optim.RMSProp[T] { return optim.NewRMSProp[T]() })
	provide(func(g *generator, _ string) *optim.Adagrad[T] { return optim.NewAdagrad[T]() })
	provide(func(g *generator, _ string) *optim.Adadelta[T] { return optim.NewAdadelta[T]() })
	provide(func(g *generator, _ string) *optim.Lion[T] { return optim.NewLion[T](0.1) })
	provide(func(g *generator, _ string) *optim.Momentum[T] { return optim.NewMomentum[T](0.9) })
	provide(func(g *generator, _ string) *optim.SGD[T] { return &optim.SGD[T]{} })
	provide(func(g *generator, _ string) optim.Optimizer[T] {
		return pick[optim.Optimizer[T]](g, optim.NewAdam[T](), optim.NewMomentum[T](0.9), &optim.SGD[T]{})
	})
	provide(func(g *generator, _ string) optim.Incremental[T] { return optim.NewAdam[T]() })
	provide(func(g *generator, _ string) optim.Bounder[T] { return optim.NewAdam[T]() })
	provide(func(g *generator, _ string) *optim.Average[T] {
		return optim.NewAverage(net[T]().Params(), 0.9)
	})
	provide(func(g *generator, _ string) []optim.Group[T] {
		return []optim.Group[T]{{Params: net[T]().Params(), Optimizer: optim.NewAdam[T]()}}
	})
	provide(func(g *generator, _ string) *optim.Groups[T] {
		return optim.NewGroups(optim.Group[T]{Params: net[T]().Params(), Optimizer: optim.NewAdam[T]()})
	})
}

func provideData[T kernels.Float]() {
	provide(func(g *generator, _ string) *data.Set[T] { return set[T](g) })
	provide(func(g *generator, _ string) data.Set[T] { return *set[T](g) })
	provide(func(g *generator, _ string) *data.Batcher[T] { return data.NewBatcher(set[T](g), 5, 1) })
	provide(func(g *generator, _ string) data.Source[T] { return must(data.SetSource(set[T](g))) })
	provide(func(g *generator, _ string) data.Pass[T] { return must(must(data.SetSource(set[T](g))).Open()) })
	provide(func(g *generator, _ string) *data.Stream[T] {
		s := must(data.NewStream(must(data.SetSource(set[T](g))), 5))
		s.Ahead = 0
		return s
	})
	provide(func(g *generator, _ string) *data.Dealer[T] {
		s := must(data.NewStream(must(data.SetSource(set[T](g))), 5))
		s.Ahead = 0
		return s.Deal(5, 1)
	})
	provide(func(g *generator, _ string) []data.Statistic {
		return []data.Statistic{{Hi: 1}, {Hi: 2}, {Hi: 1}, {Hi: 0.5}}
	})
	provide(func(g *generator, _ string) *data.Array[T] {
		d := pick(g, []int{12, 4}, []int{12, 3}, []int{12})
		n := 12
		if len(d) == 2 {
			n *= d[1]
		}
		return &data.Array[T]{Dims: d, Data: numbers[T](g, n)}
	})
	if reflect.TypeFor[T]() == reflect.TypeFor[float32]() {
		provide(func(g *generator, _ string) *data.Array[int] {
			return &data.Array[int]{Dims: []int{12}, Data: []int{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}}
		})
		provide(func(g *generator, _ string) *data.Array[uint8] {
			return &data.Array[uint8]{Dims: []int{2, 2}, Data: make([]uint8, 4)}
		})
	}
}

// The files of the world, by name, and their contents.
var (
	scratchDir string
	files      = map[string]string{}
	contents   [][]byte
	fitted32   string
)

// path returns a file to read, or a new one to write.
func (g *generator) path() string {
	for _, verb := range []string{"Save", "Write", "Export"} {
		if strings.Contains(g.entry.op, verb) {
			return filepath.Join(scratchDir, "new"+g.number()+pick(g, ".png", ".svg"))
		}
	}
	return files[pick(g, fileNames...)]
}

var fileNames []string

func (g *generator) file() []byte { return pick(g, contents...) }

// makeFiles writes a file of each format.
func makeFiles(dir string) error {
	scratchDir = dir
	g := &generator{Rand: rand.New(rand.NewPCG(1, 1))}
	var csv, rows strings.Builder
	rows.WriteString("area,city,price,kind\n")
	for i := range 12 {
		fmt.Fprintf(&csv, "%d,%d,%g,%d,%d\n", i, i*i, 0.5*float64(i), -i, i%3)
		fmt.Fprintf(&rows, "%d,%s,%d,%s\n", 20+i*i%7, []string{"Bonn", "Kiel", "Ulm"}[i%3], 500+i,
			[]string{"flat", "house"}[i/2%2])
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte(csv.String()))
	z.Close()
	x := &data.Array[float32]{Dims: []int{12, 4}, Data: numbers[float32](g, 48)}
	y := &data.Array[int]{Dims: []int{12}, Data: []int{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}}
	m := whole[float32](g)
	text := map[string]string{"set.csv": csv.String(), "rows.csv": rows.String(), "set.csv.gz": zipped.String(),
		"images.idx": "\x00\x00\x08\x03\x00\x00\x00\x0c\x00\x00\x00\x02\x00\x00\x00\x02" + strings.Repeat("\x01", 48),
		"bool.safetensors": "\x38\x00\x00\x00\x00\x00\x00\x00" +
			`{"w":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}} ` + "\x00\x01",
		"labels.idx": "\x00\x00\x08\x01\x00\x00\x00\x0c" + strings.Repeat("\x00\x01\x02", 4)}
	for name, s := range text {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(s), 0o644); err != nil {
			return err
		}
	}
	coefs := map[string]data.AnyArray{"coef_": &data.Array[float64]{Dims: []int{3, 4}, Data: make([]float64, 12)},
		"intercept_": &data.Array[float64]{Dims: []int{3}, Data: make([]float64, 3)}}
	for name, write := range map[string]func(path string) error{
		"x.npy":      func(path string) error { return data.WriteNPYFile(path, x) },
		"y.npy":      func(path string) error { return data.WriteNPYFile(path, y) },
		"linear.npz": func(path string) error { return data.WriteNPZFile(path, coefs) },
		"arrays.npz": func(path string) error {
			return data.WriteNPZFile(path, map[string]data.AnyArray{"w": x, "area": y})
		},
		"weights.safetensors": func(path string) error { return model.SaveWeights[float32](path, net[float32]()) },
		"linear.safetensors": func(path string) error {
			return model.SaveWeights[float32](path, layer.NewLinear[float32](4, 3, kernels.ActIdentity))
		},
		"pytorch.safetensors": func(path string) error {
			return model.SavePyTorch[float32](path, net[float32](), model.PyTorch{})
		},
		"foreign.safetensors": func(path string) error {
			var list []model.Tensor[float32]
			for _, p := range net[float32]().Params() {
				list = append(list, model.Tensor[float32]{Name: p.Name, Shape: p.Shape, Value: p.Value})
			}
			return model.SaveTensors(path, list, nil)
		},
		"tensor.safetensors": func(path string) error {
			return model.SaveTensors(path, []model.Tensor[float32]{{Name: "w", Shape: []int{4, 3},
				Value: make([]float32, 12)}}, nil)
		},
		"whole.safetensors": func(path string) error { return model.Save(path, m) },
		"whole.onnx":        func(path string) error { return onnx.ExportFile(path, m) },
	} {
		if err := write(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	fitted32 = string(must(m.Prepare.MarshalJSON()))
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range list {
		path := filepath.Join(dir, f.Name())
		files[f.Name()], fileNames = path, append(fileNames, f.Name())
		contents = append(contents, must(os.ReadFile(path)))
	}
	return nil
}
