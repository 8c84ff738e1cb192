package train

import (
	"math"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// Report is the result of [Evaluate]. It leaves out the rows that weigh nothing: those of weight
// 0, of the label [data.Ignored], and of a class whose weight in the loss is 0. The mean of no
// rows is NaN.
type Report struct {
	Samples   int       // rows that weigh something
	Loss      float64   // of the whole set; a loss that is a sum is divided by the number of samples
	Accuracy  float64   // NaN in a regression, and where a prediction is NaN
	Confusion Confusion // nil in a regression; a prediction of NaN is taken for no class
	R2        float64   // of a regression, over all outputs, see [R2]; NaN in a classification
}

// Evaluate runs the model on a set as in inference, in batches of the given size,
// and measures it. It only reads the model. Other sizes of batch change no more than the
// rounding. A model with one output tells two classes apart, even where the set has one.
func Evaluate[T kernels.Float](
	model layer.Layer[T], loss grad.Loss[T], set *data.Set[T], size int) (Report, error) {
	if err := checkSet(model, set, size, "set"); err != nil {
		return Report{}, err
	}
	if err := checkLoss(model, loss, set); err != nil {
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

// Measure is a figure that a [Trainer] records after each epoch, NaN where no row of the set
// weighs anything, such as
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
	Set     *data.Set[T] // of the rows that weigh something
	Outputs mat.Dense[T] // of the model, one row a row of the set; valid until Of returns
}

// evaluator measures a model again and again on one set.
type evaluator[T kernels.Float] struct {
	loss    grad.Loss[T]
	set     *data.Set[T] // without rows that weigh nothing
	spread  spread       // of a regression
	ws      *layer.Workspace[T]
	batcher *data.Batcher[T]
	batch   batch[T]
	outputs mat.Dense[T] // of the whole set, if somebody is to see them
}

func newEvaluator[T kernels.Float](
	model layer.Layer[T], loss grad.Loss[T], set *data.Set[T], size int) *evaluator[T] {
	outputs, _ := model.Out(set.Features)
	set = weighty(set, ignoredClasses(loss, set, outputs))
	e := &evaluator[T]{loss: loss, set: set, ws: layer.NewWorkspace(model),
		batcher: data.NewBatcher(set, size, 0), batch: newBatchOf(model, loss, set, size)}
	if set.Regression() {
		e.spread = spreadOf(mat.Of(set.Rows, set.Outputs, set.Values))
	}
	return e
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
		values[measure.Name] = math.NaN()
		if e.set.Rows > 0 {
			values[measure.Name] = measure.Of(m)
		}
	}
	return m.Report, values
}

func (e *evaluator[T]) run() Report {
	var sum totals
	r := Report{R2: math.NaN()}
	if !e.set.Regression() {
		r.Confusion = NewConfusion(e.classes())
	}
	b, squares, numbers := &e.batch, 0.0, true
	for e.batcher.Rewind(); b.next(e.batcher, e.set); {
		p := e.ws.Forward(b.x(), false)
		if e.outputs.Rows > 0 {
			e.outputs.RowRange(sum.Rows, sum.Rows+b.rows).Copy(p)
		}
		if e.set.Regression() {
			squares += residual(e.spread, p, b.target().Values)
		}
		correct := b.correct(e.loss, p)
		if r.Confusion != nil {
			numbers = b.confuse(r.Confusion, p) && numbers
		}
		loss := e.loss.Grad(b.gradient(), p, b.target())
		sum.add(loss, grad.WeightOf(e.loss, b.rows, b.target()), correct, b.rows)
	}
	r.Samples, r.Loss, r.Accuracy = sum.Rows, sum.meanLoss(), sum.accuracy()
	if e.set.Regression() {
		r.R2 = e.spread.explained(squares)
	}
	if e.set.Regression() || !numbers {
		r.Accuracy = math.NaN()
	}
	return r
}

// classes is the number of classes that the model tells apart.
func (e *evaluator[T]) classes() int {
	if e.batch.out == 1 {
		return max(2, e.set.Classes)
	}
	return e.set.Classes
}
