package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/module"
	"github.com/ashlar-go/ashlar/internal/strictjson"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
)

// Checkpoint says where a run writes all that it needs to go on: the parameters, the
// state of the optimizer and of Trainer.Plateau, averages, the best parameters so far, its
// place in the epoch and the history. A run that goes on from there ends with the same bits
// as one that was never interrupted, if Trainer and set or stream are the same. Seed, Batch,
// DropLast, the number of rows and the shuffle buffer of a stream must be, or Run returns an
// error: with others the rest of an epoch would not be what is left of it. So must the type of
// the numbers and the [optim.Kind] of the optimizer. What a Rate or a callback of one's own
// remembers is not kept.
//
// Stop may be another one: it judges all epochs, those in the file too. It is an error if its Restore asks for
// the parameters of an epoch before, and the file does not hold them: it was written without Restore, or
// another Metric or Tolerance chose another epoch.
//
// The other settings that change the numbers of a run must be the same too, unless Allow names them.
// The error says which one differs, with both values. They are
//
//   - Loss and Optimizer with their fields, such as Optimizer.Beta1 and Optimizer.Decay.Lambda, and
//     Optimizer.NoDecay, the parameters without decay. Optimizer.0 is the first of optim.Groups,
//     with its RateScale and Params;
//   - Net with the settings of its layers, such as Net.2.P of a Dropout, which is layer 2;
//   - Rate. A schedule is a function: it is compared at step 0 and at those that are powers of two, up to
//     the end of the shorter run;
//   - Plateau and Average with their settings, Accumulate, Balance, Precision and SkipNonFinite, and
//     whether there is a Clip.
//
// Of a type that is not of this module only the name is compared.
//
// The bits of a run depend on the tier of package kernels, and below the highest Precision on the path of
// products of bfloat16 numbers, such as avx512_bf16. A run may go on where others are active; then it does
// not end with the same bits. The file says which paths have computed products, and [Trainer.Warn] is told
// where another one does now.
//
// The file is in the safetensors format, with the place and the history as text in its
// metadata. It appears complete or not at all. One of a newer version of this package, or
// with a count that no run can have, is an error. Files of v0.1.0 have no settings to compare. To read one
// takes at most 64 times its bytes and 1 MiB, beside what the run has.
type Checkpoint struct {
	Path  string
	Every int // epochs between two checkpoints; 0 counts as 1. The last epoch writes one, too
	// Resume goes on from Path if it exists; else a run starts anew and overwrites it.
	Resume bool
	// Allow names settings that may differ from those of the run that wrote the file, such as "Rate" for
	// a lower learning rate from here on. "Optimizer" stands for all that begin with Optimizer and a
	// point. A name that neither run has is an error.
	Allow []string
}

// due reports whether the end of an epoch is one for a checkpoint.
func (c *Checkpoint) due(epoch, last int) bool {
	return c != nil && (epoch%max(1, c.Every) == 0 || epoch == last)
}

// positionKey is the metadata that holds the position.
const positionKey = "position"

// tensors are all that a checkpoint has, sharing the memory of the run.
func (r *run[T]) tensors(best, statistics bool) []model.Tensor[T] {
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
	if statistics {
		for i, p := range r.guard.untrained {
			vector("statistics."+p.Name, r.guard.statistics[i])
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

// checkpointVersion goes up when what is saved changes its meaning. Files that have none are
// older than the number.
const checkpointVersion = 2

// saved is the position with what else is not in a tensor.
type saved struct {
	Version   int
	Writer    string      `json:",omitempty"` // the version of the package, for people
	Settings  settings    `json:",omitempty"` // from version 2 on
	Rates     []savedRate `json:",omitempty"`
	Counts    []int64     `json:",omitempty"` // of the batches that each BatchNorm has seen
	Type      string      // of the numbers; "" in files without a version
	Kind      string      // of the optimizer; likewise
	DropLast  bool
	Before    int // steps of the optimizer before the run
	Seed      uint64
	Batch     int
	SetRows   int
	Buffer    int `json:",omitempty"` // of a stream: rows of its shuffle buffer; 0 for a set
	Position  position
	Optimizer int // its count of steps
	Batches   int // whose gradients are added up
	Weight    float64
	Unit      int `json:",omitempty"` // see gradientSums
	Sums      bool
	Best      bool
	BestEpoch int `json:",omitempty"` // see bestParams.epoch
	// Statistics are those of the model before the first of the batches that are added up, to
	// which a step that overflows goes back.
	Statistics bool          `json:",omitempty"`
	Plateau    *savedPlateau `json:",omitempty"`
	Products   []string      `json:",omitempty"` // see run.computed; none in older files
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
	s := saved{Version: checkpointVersion, Writer: module.Version(), Settings: r.settings(), Rates: r.rates(),
		Type: typeOf[T](), Kind: optim.Kind(r.Optimizer), DropLast: r.DropLast, Before: r.before,
		Seed: r.Seed, Batch: r.Batch, SetRows: r.feed.rows(),
		Buffer: r.feed.buffer(), Position: r.at,
		Optimizer: r.Optimizer.Steps(), Batches: r.sums.batches, Weight: r.sums.weight,
		Unit: r.sums.unit, Sums: r.sums.sum != nil,
		Best: r.best.values != nil, BestEpoch: r.best.epoch, Statistics: r.sums.batches > 0,
		Products: r.computedWith(r.products())}
	for _, n := range counters(r.Model) {
		s.Counts = append(s.Counts, *n)
	}
	if p := r.Plateau; p != nil {
		s.Plateau = &savedPlateau{number(p.Best), p.Bad, p.Waiting, p.Lowered, p.Observed}
	}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	tensors, position := r.tensors(s.Best, s.Statistics), map[string]string{positionKey: string(text)}
	return model.SaveTensors(r.Checkpoint.Path, tensors, position)
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
	s, err := r.decode(text[positionKey])
	if err != nil {
		return fmt.Errorf("train: %s %w", path, err)
	}
	if s.Sums {
		r.sums.room(r.params)
	}
	r.guard.keepStatistics() // for the room
	if _, err := model.LoadTensors(path, r.tensors(s.Best, s.Statistics)); err != nil {
		return err
	}
	if !s.Statistics {
		r.guard.keepStatistics()
	}
	for i, n := range counters(r.Model) {
		if i < len(s.Counts) {
			*n = s.Counts[i]
		}
	}
	r.at, r.before = s.Position, s.Before
	r.sums.batches, r.sums.weight, r.sums.unit = s.Batches, s.Weight, s.Unit
	r.Optimizer.SetSteps(s.Optimizer)
	r.takeBest(s)
	if r.Plateau != nil {
		s.Plateau.restore(r.Plateau)
	}
	r.computed = s.Products
	if r.at.Epoch <= r.Epochs {
		r.warnOfProducts(path)
	}
	return nil
}

// holds reports whether the checkpoint has the parameters of this epoch as the best ones.
func (s *saved) holds(epoch int) bool {
	return s.Best && (s.BestEpoch == epoch || s.BestEpoch == 0) // 0 in older files
}

// lacksBest returns an error if the parameters that EarlyStop.Restore asks for are neither in the checkpoint as
// the best ones nor those that it goes on with.
func (r *run[T]) lacksBest(s saved) error {
	at := s.Position
	best := r.Stop.best(at.History)
	switch {
	case best == 0 || s.holds(best) || best == len(at.History) && at.Batch == 0:
		return nil
	case s.Best:
		return fmt.Errorf("holds the parameters of epoch %d as the best, but by Metric and Tolerance of this run "+
			"that is epoch %d, and EarlyStop.Restore asks for its parameters", s.BestEpoch, best)
	}
	return fmt.Errorf("does not hold the parameters of epoch %d, the best so far, which EarlyStop.Restore asks for: "+
		"it was written without Restore, or with another Metric", best)
}

// takeBest takes the best parameters from the checkpoint, or those of the last epoch where it is the best,
// after lacksBest. Where this run asks for none it has none.
func (r *run[T]) takeBest(s saved) {
	switch best := r.Stop.best(s.Position.History); {
	case best == 0:
		r.best = bestParams[T]{}
	case s.holds(best):
		r.best.epoch = s.BestEpoch
	default:
		r.best.keep(r.Stop, s.Position.History, r.params)
	}
}

// restore gives a Plateau what another one has seen.
func (s *savedPlateau) restore(p *optim.Plateau) {
	p.Best, p.Observed = float64(s.Best), s.Observed
	p.Bad, p.Waiting, p.Lowered = s.Bad, s.Waiting, s.Lowered
}

// decode reads what is saved, for a run with these settings. An error goes on after the name
// of the file.
func (r *run[T]) decode(text string) (s saved, err error) {
	var version struct{ Version int }
	err = strictjson.Check([]byte(text))
	if err == nil {
		err = json.Unmarshal([]byte(text), &version)
	}
	if err != nil {
		return s, fmt.Errorf("has no position of a run: %w", err)
	}
	if v := version.Version; v < 0 || v > checkpointVersion {
		return s, fmt.Errorf("is a checkpoint of version %d, want at most %d: "+
			"a newer release has written it", v, checkpointVersion)
	}
	if err := strictjson.Decode([]byte(text), &s); err != nil {
		return s, fmt.Errorf("has no position of a run: %w", err)
	}
	if s.Version == 0 {
		s.Before = s.Optimizer - s.Position.Updates
	}
	for _, check := range []func(saved) error{r.fits, r.differs, r.checkCounts, r.lacksBest} {
		if err := check(s); err != nil {
			return s, err
		}
	}
	return s, nil
}

// fits returns an error if a run with other settings has written the checkpoint.
func (r *run[T]) fits(s saved) error {
	for _, c := range []struct {
		name        string
		saved, here any
	}{
		{"Seed", s.Seed, r.Seed}, {"Batch", s.Batch, r.Batch}, {"DropLast", s.DropLast, r.DropLast},
		{"rows in the set", s.SetRows, r.feed.rows()},
		{"rows in the shuffle buffer of a data.Stream (0 without one)", s.Buffer, r.feed.buffer()},
	} {
		if c.saved != c.here {
			return fmt.Errorf("is of a run with %s = %v, this one has %v", c.name, c.saved, c.here)
		}
	}
	kind := optim.Kind(r.Optimizer)
	switch {
	case s.Version > 0 && s.Type != typeOf[T]():
		return fmt.Errorf("is of a run in %s, this one is in %s", s.Type, typeOf[T]())
	case s.Version > 0 && s.Kind != kind:
		return fmt.Errorf("is of a run with the optimizer %s, whose tensors are of no use to %s, "+
			"which this one has", s.Kind, kind)
	case r.Plateau != nil && s.Plateau == nil:
		return fmt.Errorf("is of a run without a Plateau, this one has one")
	case r.Plateau == nil && s.Plateau != nil:
		return fmt.Errorf("is of a run with a Plateau, this one has none")
	case slices.ContainsFunc(s.Products, func(name string) bool { return !isProducts(name) }):
		return fmt.Errorf("has Products = %q, want %q and paths of bfloat16 products", s.Products, inFloat32)
	}
	return nil
}

// checkCounts returns an error if a count is none that a run can have.
func (r *run[T]) checkCounts(s saved) error {
	// A run that takes a step each microsecond comes to so many in 12 days.
	const most = min(1<<40-1, math.MaxInt)
	at, batches := s.Position, r.feed.Len()
	switch {
	case s.Batches >= max(1, r.Accumulate):
		return fmt.Errorf("has the gradients of %d batches added up, want fewer than Accumulate = %d",
			s.Batches, max(1, r.Accumulate))
	case s.Batches > 0 && !s.Sums:
		return fmt.Errorf("has no sum of the gradients of %d batches", s.Batches)
	case s.BestEpoch != 0 && !s.Best:
		return fmt.Errorf("has BestEpoch = %d, but no parameters of it", s.BestEpoch)
	}
	if at.Epoch < 1 || at.Epoch-1 != len(at.History) {
		return fmt.Errorf("stands in epoch %d, but has the records of %d", at.Epoch, len(at.History))
	}
	if at.Batch < 0 || at.Batch > batches {
		return fmt.Errorf("stands at batch %d of epoch %d, an epoch has %d batches",
			at.Batch, at.Epoch, batches)
	}
	step := len(at.History)*batches + at.Batch
	counts := []count{
		{"Step", at.Step, step, step}, {"Updates", at.Updates, 0, at.Step}, {"Before", s.Before, 0, most},
		{"Optimizer", s.Optimizer, 0, min(most, s.Before+at.Updates)}, {"Batches", s.Batches, 0, at.Batch},
		{"Sum.Rows", at.Sum.Rows, 0, s.SetRows}, {"Sum.Correct", at.Sum.Correct, 0, at.Sum.Rows},
		{"Sum.Skipped", at.Sum.Skipped, 0, at.Batch}, {"Unit", s.Unit, -1100, 1100},
		{"BestEpoch", s.BestEpoch, 0, len(at.History)},
	}
	for i, e := range at.History {
		counts = append(counts,
			count{"Epoch", e.Epoch, i + 1, i + 1}, count{"Skipped", e.Skipped, 0, batches})
	}
	if p := s.Plateau; p != nil {
		counts = append(counts, count{"Plateau.Bad", p.Bad, 0, most},
			count{"Plateau.Waiting", p.Waiting, 0, most}, count{"Plateau.Lowered", p.Lowered, 0, most})
	}
	if n := len(counters(r.Model)); s.Version > 1 && len(s.Counts) != n {
		return fmt.Errorf("has the counts of %d BatchNorms, this run has %d", len(s.Counts), n)
	}
	for i, n := range s.Counts {
		if n < 0 {
			return fmt.Errorf("has Counts[%d] = %d, want at least 0", i, n)
		}
	}
	for _, c := range counts {
		if c.n < c.least || c.n > c.most {
			return fmt.Errorf("has %s = %d, want %d to %d", c.name, c.n, c.least, c.most)
		}
	}
	if !(s.Weight >= 0) || !(at.Sum.Weight >= 0) || !(at.Sum.Seconds >= 0) {
		return fmt.Errorf("has a weight of %v or %v, or %v seconds, want none below 0",
			s.Weight, at.Sum.Weight, at.Sum.Seconds)
	}
	return nil
}

// count is a number in a checkpoint, with the least and the most that it can be.
type count struct {
	name           string
	n, least, most int
}

// typeOf names the type of the numbers.
func typeOf[T kernels.Float]() string {
	if unsafe.Sizeof(T(0)) == 4 {
		return "float32"
	}
	return "float64"
}
