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
// state of the optimizer and of Trainer.Plateau, averages, the best parameters so far, its
// place in the epoch and the history. A run that goes on from there ends with the same bits
// as one that was never interrupted, if Trainer and set are the same. Seed, Batch and the
// number of rows must be, or Run returns an error: with others the rest of an epoch would
// not be what is left of it. What a Rate or a callback of one's own remembers is not kept.
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
	Seed      uint64
	Batch     int
	SetRows   int
	Position  position
	Optimizer int // its count of steps
	Batches   int // whose gradients are added up
	Weight    float64
	Sums      bool
	Best      bool
	Plateau   *savedPlateau `json:",omitempty"`
}

// savedPlateau is what a Plateau has seen.
type savedPlateau struct {
	Best                  number
	Bad, Waiting, Lowered int
	Observed              bool
}

// save writes a checkpoint, if there is to be one.
func (r *run[T]) save() error {
	if r.Checkpoint == nil {
		return nil
	}
	s := saved{Seed: r.Seed, Batch: r.Batch, SetRows: r.batch.set.Rows, Position: r.at, Optimizer: r.Optimizer.Steps(),
		Batches: r.sums.batches, Weight: r.sums.weight, Sums: r.sums.sum != nil, Best: r.best.values != nil}
	if p := r.Plateau; p != nil {
		s.Plateau = &savedPlateau{number(p.Best), p.Bad, p.Waiting, p.Lowered, p.Observed}
	}
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
	if err := r.fits(s); err != nil {
		return err
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
	if from, p := s.Plateau, r.Plateau; p != nil {
		p.Best, p.Bad, p.Waiting, p.Lowered, p.Observed = float64(from.Best), from.Bad, from.Waiting, from.Lowered, from.Observed
	}
	return nil
}

// fits returns an error if a run with other settings has written the checkpoint.
func (r *run[T]) fits(s saved) error {
	path := r.Checkpoint.Path
	for _, c := range []struct {
		name        string
		saved, here any
	}{
		{"Seed", s.Seed, r.Seed}, {"Batch", s.Batch, r.Batch}, {"rows in the set", s.SetRows, r.batch.set.Rows},
	} {
		if c.saved != c.here {
			return fmt.Errorf("train: %s is of a run with %s = %v, this one has %v", path, c.name, c.saved, c.here)
		}
	}
	switch {
	case r.Plateau != nil && s.Plateau == nil:
		return fmt.Errorf("train: %s is of a run without a Plateau, this one has one", path)
	case r.Plateau == nil && s.Plateau != nil:
		return fmt.Errorf("train: %s is of a run with a Plateau, this one has none", path)
	}
	return nil
}
