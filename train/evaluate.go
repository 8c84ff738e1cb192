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

// evaluator measures a model again and again on one set.
type evaluator[T kernels.Float] struct {
	loss    grad.Loss[T]
	set     *data.Set[T]
	ws      *layer.Workspace[T]
	batcher *data.Batcher[T]
	batch   batch[T]
}

func newEvaluator[T kernels.Float](model layer.Layer[T], loss grad.Loss[T], set *data.Set[T], size int) *evaluator[T] {
	return &evaluator[T]{loss, set, layer.NewWorkspace(model), data.NewBatcher(set, size, 0), newBatch(model, set, size)}
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
