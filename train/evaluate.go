package train

import (
	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Report is the result of [Evaluate].
type Report struct {
	Samples        int
	Loss, Accuracy float64
	Confusion      [][]int // Confusion[c][g]: samples of class c that the model took for g
}

// Evaluate runs the model on a set as in inference, in batches of the given size,
// and measures it. It only reads the model.
func Evaluate[T kernels.Float](model layer.Layer[T], loss grad.Loss[T], set *data.Set[T], size int) (Report, error) {
	if err := checkSet(model, set, size, "set"); err != nil {
		return Report{}, err
	}
	return newEvaluator(model, loss, set, size).run(), nil
}

// evaluator measures a model again and again on one set.
type evaluator[T kernels.Float] struct {
	loss    grad.Loss[T]
	classes int
	ws      *layer.Workspace[T]
	batcher *data.Batcher[T]
	batch   batch[T]
}

func newEvaluator[T kernels.Float](model layer.Layer[T], loss grad.Loss[T], set *data.Set[T], size int) *evaluator[T] {
	return &evaluator[T]{loss, set.Classes, layer.NewWorkspace(model), data.NewBatcher(set, size, 0), newBatch(model, set, size)}
}

func (e *evaluator[T]) run() Report {
	confusion := make([][]int, e.classes)
	for c := range confusion {
		confusion[c] = make([]int, e.classes)
	}
	var sum totals
	b := &e.batch
	for e.batcher.Rewind(); b.next(e.batcher); {
		p := e.ws.Forward(b.x(), false)
		loss := e.loss.Grad(b.gradient(), p, b.target())
		sum.add(loss, b.correct(e.loss, p), b.rows)
		for i, c := range b.classes[:b.rows] {
			confusion[c][b.guess[i]]++
		}
	}
	return Report{Samples: sum.rows, Loss: sum.meanLoss(), Accuracy: sum.accuracy(), Confusion: confusion}
}
