package train

import (
	"math"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// Report is the result of [Evaluate].
type Report struct {
	Samples   int
	Loss      float64   // of the whole set; a loss that is a sum is divided by the number of samples
	Accuracy  float64   // NaN in a regression
	Confusion Confusion // nil in a regression
	R2        float64   // of a regression, over all outputs; NaN in a classification
}

// Evaluate runs the model on a set as in inference, in batches of the given size,
// and measures it. It only reads the model.
func Evaluate[T kernels.Float](model layer.Layer[T], loss grad.Loss[T], set *data.Set[T], size int) (Report, error) {
	if err := checkSet(model, set, size, "set"); err != nil {
		return Report{}, err
	}
	return newEvaluator(model, loss, set, size).run(), nil
}

// Outputs returns what the model puts out for each row of a set as in inference, in
// batches of the given size.
func Outputs[T kernels.Float](model layer.Layer[T], set *data.Set[T], size int) (mat.Dense[T], error) {
	if err := checkSet(model, set, size, "set"); err != nil {
		return mat.Dense[T]{}, err
	}
	out, _ := model.Out(set.Features)
	y, ws := mat.New[T](set.Rows, out), layer.NewWorkspace(model)
	x := mat.Of(set.Rows, set.Features, set.X)
	for i := 0; i < set.Rows; i += size {
		hi := min(i+size, set.Rows)
		y.RowRange(i, hi).Copy(ws.Forward(x.RowRange(i, hi), false))
	}
	return y, nil
}

// Measure is a figure that a [Trainer] records after each epoch, such as
//
//	{"macro_f1", func(m train.Measured[float32]) float64 { return m.Confusion.MacroF1() }}
//	{"top_3", func(m train.Measured[float32]) float64 { return train.TopK(m.Outputs, m.Set.Y, 3) }}
type Measure[T kernels.Float] struct {
	Name string
	Of   func(Measured[T]) float64
}

// Measured is what a [Measure] is taken of.
type Measured[T kernels.Float] struct {
	Report
	Set     *data.Set[T]
	Outputs mat.Dense[T] // of the model, one row a row of the set; valid until Of returns
}

// evaluator measures a model again and again on one set.
type evaluator[T kernels.Float] struct {
	loss    grad.Loss[T]
	set     *data.Set[T]
	ws      *layer.Workspace[T]
	batcher *data.Batcher[T]
	batch   batch[T]
	outputs mat.Dense[T] // of the whole set, if somebody is to see them
}

func newEvaluator[T kernels.Float](model layer.Layer[T], loss grad.Loss[T], set *data.Set[T], size int) *evaluator[T] {
	return &evaluator[T]{loss: loss, set: set, ws: layer.NewWorkspace(model), batcher: data.NewBatcher(set, size, 0), batch: newBatch(model, set, size)}
}

// metrics measures the model and what run has found of it.
func (e *evaluator[T]) metrics(list []Measure[T]) (Report, map[string]float64) {
	if len(list) == 0 {
		return e.run(), nil
	}
	if e.outputs.Rows == 0 {
		e.outputs = mat.New[T](e.set.Rows, e.batch.out)
	}
	m := Measured[T]{e.run(), e.set, e.outputs}
	values := map[string]float64{}
	for _, measure := range list {
		values[measure.Name] = measure.Of(m)
	}
	return m.Report, values
}

func (e *evaluator[T]) run() Report {
	var sum totals
	var confusion Confusion
	if !e.set.Regression() {
		confusion = NewConfusion(e.set.Classes)
	}
	residual := 0.0
	b := &e.batch
	for e.batcher.Rewind(); b.next(e.batcher); {
		p := e.ws.Forward(b.x(), false)
		if e.outputs.Rows > 0 {
			e.outputs.RowRange(sum.Rows, sum.Rows+b.rows).Copy(p)
		}
		if e.set.Regression() {
			residual += squaredDistance(p.RawData(), b.target().Values.RawData())
		}
		loss := e.loss.Grad(b.gradient(), p, b.target())
		sum.add(loss, grad.WeightOf(e.loss, b.rows, b.target()), b.correct(e.loss, p), b.rows)
		if confusion != nil {
			confusion.Add(b.classes[:b.rows], b.guess[:b.rows])
		}
	}
	r := Report{Samples: sum.Rows, Loss: sum.meanLoss(), Accuracy: sum.accuracy(), Confusion: confusion, R2: math.NaN()}
	if e.set.Regression() {
		r.Accuracy = math.NaN()
		r.R2 = 1 - residual/spread(e.set.Values, e.set.Outputs)
	}
	return r
}
