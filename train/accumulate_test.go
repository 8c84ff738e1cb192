package train

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
)

// vast is a loss of a given size with a gradient of 0.
type vast struct{ size float64 }

func (l vast) Grad(dp, _ mat.Dense[float64], _ grad.Target[float64]) float64 {
	clear(dp.RawData())
	return l.size
}
func (vast) Classify(class []int, _ mat.Dense[float64]) { clear(class) }

// TestCheckpointOfHugeLosses: losses whose sum overflows do not keep a run from its checkpoint.
func TestCheckpointOfHugeLosses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	ctx, cancel := context.WithCancel(context.Background())
	tr := trainer[float64](mlp[float64](10, 8, 4), 1, 5)
	tr.Loss, tr.Checkpoint = vast{math.MaxFloat64}, &Checkpoint{Path: path, Resume: true}
	tr.OnBatch = func(p Progress) {
		if p.Step == 3 {
			cancel()
		}
	}
	set := blobs[float64](20, 10, 4, 1)
	if _, err := tr.Run(ctx, set); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	again := trainer[float64](mlp[float64](10, 8, 4), 1, 5)
	again.Loss, again.Checkpoint = tr.Loss, tr.Checkpoint
	if history, err := again.Run(context.Background(), set); err != nil || !math.IsInf(history[0].Loss, 1) {
		t.Errorf("%+v, %v", history, err)
	}
}

// TestAccumulateWeights: the batches of a step add up whatever the unit of the weights of their
// rows is, and where those of one batch are far from those of another.
func TestAccumulateWeights(t *testing.T) {
	t.Run("f32", func(t *testing.T) {
		testAccumulateWeights[float32](t,
			[]float64{1e-43, 1e-30, 1, 1e25, 1e38}, 1e-2)
	})
	t.Run("f64", func(t *testing.T) {
		testAccumulateWeights[float64](t,
			[]float64{1e-300, 1e-30, 1, 1e100, 1e306}, 1e-9)
	})
}

func testAccumulateWeights[T kernels.Float](t *testing.T, units []float64, tol float64) {
	const rows = 24
	for _, unit := range units {
		for _, mixed := range []bool{false, true} {
			set := blobs[T](rows, 10, 4, 1)
			set.Weights = make([]T, rows)
			for i := range set.Weights {
				set.Weights[i] = T(unit * float64(1+i%3))
				if mixed && i%2 == 1 {
					set.Weights[i] = 1
				}
			}
			run := func(batch int) []T {
				model := mlp[T](10, 8, 4)
				layer.Initialize[T](model, 1)
				tr := trainer[T](model, 1, batch)
				tr.Optimizer, tr.Rate, tr.Accumulate = &optim.SGD[T]{}, optim.Constant(0.1), rows
				if _, err := tr.Run(context.Background(), set); err != nil {
					t.Fatalf("weights of %g, mixed %v, batches of %d: %v", unit, mixed, batch, err)
				}
				return model.Params()[0].Value
			}
			want := run(rows)
			for _, batch := range []int{1, 5} {
				for i, got := range run(batch) {
					if !(math.Abs(float64(got-want[i])) <= tol) {
						t.Fatalf("weights of %g, mixed %v, batches of %d: weight %d is %v, want %v", unit,
							mixed, batch, i, got, want[i])
					}
				}
			}
		}
	}
}

// TestUndoAfterResume: a step that overflows puts the running statistics back to those before its
// first batch, in a run too that goes on between its batches.
func TestUndoAfterResume(t *testing.T) {
	set := blobs[float32](60, 3, 1, 1)
	set.Values, set.Outputs, set.Y, set.Classes = make([]float32, 60), 1, nil, 0
	fresh := func() *Trainer[float32] {
		model := normalised[float32]()
		return &Trainer[float32]{Model: model, Loss: pull[float32]{1}, Optimizer: &optim.SGD[float32]{},
			Rate: optim.Constant(1e38), Epochs: 1, Batch: 5, Seed: 1, Accumulate: 4, SkipNonFinite: true,
			Warn: mute}
	}
	whole := fresh()
	if _, err := whole.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x")
	ctx, cancel := context.WithCancel(context.Background())
	first := fresh()
	first.Checkpoint = &Checkpoint{Path: path}
	first.OnBatch = func(p Progress) {
		if p.Step == 10 { // two of the four batches of a step
			cancel()
		}
	}
	if _, err := first.Run(ctx, set); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	second := fresh()
	second.Checkpoint = &Checkpoint{Path: path, Resume: true}
	history, err := second.Run(context.Background(), set)
	if err != nil || history[0].Skipped == 0 {
		t.Fatalf("%+v, %v", history, err)
	}
	for i, p := range second.Model.Params() {
		if w := whole.Model.Params()[i]; !slices.Equal(p.Value, w.Value) {
			t.Errorf("%s is %v, want %v", p.Name, p.Value, w.Value)
		}
	}
}
