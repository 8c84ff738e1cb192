package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/ashlar-go/ashlar/model"
)

// Checkpoint says where a run writes all that it needs to go on: the parameters, the
// state of the optimizer, averages, the best parameters so far, its place in the epoch
// and the history. A run that goes on from there ends with the same bits as one that was
// never interrupted, if Trainer and set are the same.
//
// The file is in the safetensors format, with the place and the history as text in its
// metadata. It appears complete or not at all.
type Checkpoint struct {
	Path  string
	Every int // epochs between two checkpoints; 0 counts as 1. The last epoch writes one, too
	// Resume goes on from Path if it exists; else a run starts anew and overwrites it.
	Resume bool
}

// due reports whether the end of an epoch is one for a checkpoint.
func (c *Checkpoint) due(epoch, last int) bool {
	return c != nil && (epoch%max(1, c.Every) == 0 || epoch == last)
}

// positionKey is the metadata that holds the position.
const positionKey = "position"

// tensors are all that a checkpoint has, sharing the memory of the run.
func (r *run[T]) tensors(best bool) []model.Tensor[T] {
	var list []model.Tensor[T]
	vector := func(name string, v []T) {
		list = append(list, model.Tensor[T]{Name: name, Shape: []int{len(v)}, Value: v})
	}
	for _, p := range r.params {
		list = append(list, model.Tensor[T]{Name: p.Name, Shape: p.Shape, Value: p.Value})
	}
	for _, t := range r.Optimizer.Tensors(r.params) {
		vector("optimizer."+t.Name, t.Value)
	}
	if r.Average != nil {
		for _, t := range r.Average.Tensors() {
			vector(t.Name, t.Value)
		}
	}
	for i, s := range r.sums.sum {
		if len(s) > 0 {
			vector("sum."+r.params[i].Name, s)
		}
	}
	if best {
		r.best.room(r.params)
		for i, v := range r.best.values {
			vector("best."+r.params[i].Name, v)
		}
	}
	return list
}

// saved is the position with what else is not in a tensor.
type saved struct {
	Position  position
	Optimizer int // its count of steps
	Batches   int // whose gradients are added up
	Weight    float64
	Sums      bool
	Best      bool
}

// save writes a checkpoint, if there is to be one.
func (r *run[T]) save() error {
	if r.Checkpoint == nil {
		return nil
	}
	s := saved{r.at, r.Optimizer.Steps(), r.sums.batches, r.sums.weight, r.sums.sum != nil, r.best.values != nil}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return model.SaveTensors(r.Checkpoint.Path, r.tensors(s.Best), map[string]string{positionKey: string(text)})
}

// resume goes on from the checkpoint, if there is one.
func (r *run[T]) resume() error {
	if r.Checkpoint == nil || !r.Checkpoint.Resume {
		return nil
	}
	path := r.Checkpoint.Path
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	text, err := model.ReadText(path)
	if err != nil {
		return err
	}
	var s saved
	if err := json.Unmarshal([]byte(text[positionKey]), &s); err != nil {
		return fmt.Errorf("train: %s has no position of a run: %w", path, err)
	}
	if s.Position.Batch > r.batcher.Len() || s.Position.Epoch < 1 || s.Position.Batch < 0 {
		return fmt.Errorf("train: %s stands at batch %d of epoch %d, an epoch has %d batches", path, s.Position.Batch, s.Position.Epoch, r.batcher.Len())
	}
	if s.Sums {
		r.sums.room(r.params)
	}
	if _, err := model.LoadTensors(path, r.tensors(s.Best)); err != nil {
		return err
	}
	r.at, r.sums.batches, r.sums.weight = s.Position, s.Batches, s.Weight
	r.Optimizer.SetSteps(s.Optimizer)
	return nil
}
