package train

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/internal/tiertest"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

var levels = []kernels.Precision{kernels.Highest, kernels.High, kernels.Medium}

// atLevel is a run at a level of precision: of a plain net, whose layers pass activations on as the
// level has them, with a part that is none of these.
func atLevel[T kernels.Float](level kernels.Precision) *Trainer[T] {
	model := layer.NewSequential[T](
		layer.NewLinear[T](70, 150, kernels.ActReLU),
		layer.NewLinear[T](150, 130, kernels.ActTanh),
		layer.NewLinear[T](130, 120, kernels.ActGELU),
		layer.NewBatchNorm[T](120),
		layer.NewResidual(layer.NewSequential[T](layer.NewLinear[T](120, 300, kernels.ActSigmoid),
			layer.NewLinear[T](300, 120, kernels.ActIdentity)), nil),
		layer.NewDropout[T](0.1),
		layer.NewLinear[T](120, 5, kernels.ActIdentity),
	)
	layer.Initialize(model, 7)
	tr := trainer(model, 2, 48)
	tr.Rate, tr.Precision = func(int) float64 { return 0.002 }, level
	tr.Warn = func(string) {} // of a level that does not apply here
	return tr
}

// ran returns the weights after a run.
func ran[T kernels.Float](t *testing.T, tr *Trainer[T], set *data.Set[T]) []T {
	t.Helper()
	if _, err := tr.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	return values(tr)
}

// values returns all parameters of a run's model.
func values[T kernels.Float](tr *Trainer[T]) (list []T) {
	for _, p := range tr.Model.Params() {
		list = append(list, p.Value...)
	}
	return list
}

// TestPrecisionSameBits: at each level the number of threads and whether gradients are kept change no
// bit, and a run that is interrupted in an epoch and goes on ends as one that is not.
func TestPrecisionSameBits(t *testing.T) { tiertest.EachBF16Path(t, testPrecisionSameBits) }

func testPrecisionSameBits(t *testing.T) {
	set := blobs[float32](190, 70, 5, 3)
	defer kernels.SetThreads(0)
	var highest []float32
	for _, level := range levels {
		kernels.SetThreads(1)
		want := ran(t, atLevel[float32](level), set)
		if level == kernels.Highest {
			highest = want
		} else if forced.Precision.Load() && slices.Equal(want, highest) {
			t.Errorf("%v: the weights of the highest level", level)
		}
		for threads := range 3 {
			kernels.SetThreads(threads)
			tr := atLevel[float32](level)
			tr.KeepGrad = threads == 2
			if !slices.Equal(ran(t, tr, set), want) {
				t.Errorf("%v: other weights with %d threads", level, threads)
			}
		}
		first, second := atLevel[float32](level), atLevel[float32](level)
		first.Checkpoint = &Checkpoint{Path: filepath.Join(t.TempDir(), "run")}
		stopped(t, first, set, 6)
		second.Checkpoint = &Checkpoint{Path: first.Checkpoint.Path, Resume: true}
		if !slices.Equal(ran(t, second, set), want) {
			t.Errorf("%v: other weights after an interruption", level)
		}
	}
}

// TestPrecisionOfFloat64: the level changes no bit of a run in float64.
func TestPrecisionOfFloat64(t *testing.T) {
	forced.Precision.Store(true)
	defer forced.Precision.Store(false)
	set := blobs[float64](100, 70, 5, 3)
	want := ran(t, atLevel[float64](kernels.Highest), set)
	if !slices.Equal(ran(t, atLevel[float64](kernels.Medium), set), want) {
		t.Error("other weights at medium")
	}
}

// TestPrecisionLearns: a run learns at each level, and is measured in float32: the history has the
// figures that Evaluate gives for the model.
func TestPrecisionLearns(t *testing.T) { tiertest.EachBF16Path(t, testPrecisionLearns) }

func testPrecisionLearns(t *testing.T) {
	set, test := blobs[float32](190, 70, 5, 3), blobs[float32](100, 70, 5, 4)
	for _, level := range levels {
		tr := atLevel[float32](level)
		tr.Validation = test
		history, err := tr.Run(context.Background(), set)
		if err != nil {
			t.Fatal(err)
		}
		last := history[len(history)-1]
		r, err := Evaluate(tr.Model, tr.Loss, test, tr.Batch)
		if err != nil {
			t.Fatal(err)
		}
		if !(last.ValidationAccuracy >= 0.99) || last.ValidationLoss != r.Loss {
			t.Errorf("%v: accuracy %v, loss %v; Evaluate has the loss %v", level, last.ValidationAccuracy,
				last.ValidationLoss, r.Loss)
		}
	}
}

// TestResumeWithoutPrecision: a checkpoint that is older than the setting is of the highest level.
func TestResumeWithoutPrecision(t *testing.T) {
	dir := t.TempDir()
	good, path := filepath.Join(dir, "good"), filepath.Join(dir, "edited")
	interrupted(t, good)
	edited(t, good, path, func(position map[string]any) {
		s := position["Settings"].(map[string]any)
		if s[precisionKey] != "highest" {
			t.Errorf("the checkpoint has the precision %v", s[precisionKey])
		}
		delete(s, precisionKey)
	})
	for _, level := range levels {
		tr := elaborate[float32](4)
		tr.Plateau = &optim.Plateau{Initial: 1, Factor: 0.5}
		tr.Precision = level
		r := newRun(tr, newSetFeed(tr, blobs[float32](500, 10, 4, 1)))
		tr.Checkpoint = &Checkpoint{Path: path, Resume: true}
		err := r.resume()
		if level == kernels.Highest && err != nil {
			t.Error(err)
		}
		want := `is of a run with Precision = "highest", this one has "` + level.String() + `"`
		if level != kernels.Highest && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v: %v, want %s", level, err, want)
		}
	}
}

// TestPrecisionWarns: a run says once that its level does not apply, with the reason, and nothing where it
// does.
func TestPrecisionWarns(t *testing.T) {
	warned := func(t *testing.T, tr *Trainer[float32]) (list []string) {
		t.Helper()
		tr.Epochs, tr.Warn = 1, func(text string) { list = append(list, text) }
		ran(t, tr, blobs[float32](100, 70, 5, 3))
		return list
	}
	limit(t, kernels.BF16Generic)
	for _, level := range levels {
		var want []string
		if level != kernels.Highest {
			why := layer.ExplainPrecision[float32](level)
			want = []string{"Precision " + level.String() + " does not apply here, and products are " +
				"computed at highest: " + strings.ReplaceAll(why, "; ", ", ")}
		}
		if got := warned(t, atLevel[float32](level)); !slices.Equal(got, want) {
			t.Errorf("%v: %q, want %q", level, got, want)
		}
	}
	forced.Precision.Store(true)
	defer forced.Precision.Store(false)
	if got := warned(t, atLevel[float32](kernels.Medium)); got != nil {
		t.Errorf("where medium applies: %q", got)
	}
}

// TestResumeOnAnotherPath: a run below the highest level that goes on where other instructions compute its
// products says so, once, and goes on; on the same ones, and from a file that does not tell, it says
// nothing.
func TestResumeOnAnotherPath(t *testing.T) {
	set, path := blobs[float32](190, 70, 5, 3), filepath.Join(t.TempDir(), "run")
	limit(t, kernels.BF16Generic)
	defer forced.Precision.Store(false)
	resumed := func(level kernels.Precision, onPath bool, allow ...string) (list []string, err error) {
		forced.Precision.Store(onPath)
		tr := atLevel[float32](level)
		tr.Warn = func(text string) {
			if !strings.Contains(text, "does not apply") {
				list = append(list, text)
			}
		}
		tr.Checkpoint = &Checkpoint{Path: copyFile(t, path), Resume: true, Allow: allow}
		_, err = tr.Run(context.Background(), set)
		return list, err
	}
	for _, level := range []kernels.Precision{kernels.High, kernels.Medium} {
		for _, onPath := range []bool{false, true} {
			forced.Precision.Store(onPath)
			first := atLevel[float32](level)
			first.Checkpoint = &Checkpoint{Path: path}
			stopped(t, first, set, 3)
			if list, err := resumed(level, onPath); err != nil || list != nil {
				t.Errorf("%v, on a path %v, the same again: %v, warns %q", level, onPath, err, list)
			}
			if list, err := resumed(kernels.Highest, onPath, "Precision"); err != nil || list != nil {
				t.Errorf("%v, on a path %v, then at highest: %v, warns %q", level, onPath, err, list)
			}
			was, is := "float32", "path generic"
			if onPath {
				was, is = is, was
			}
			want := "products were computed in " + was + ", here they are in " + is
			list, err := resumed(level, !onPath)
			if err != nil || len(list) != 1 || !strings.Contains(list[0], want) {
				t.Errorf("%v, on a path %v, then on another: %v, warns %q, want %q", level, onPath, err,
					list, want)
			}
			// The next process learns of both, and one that finds the run at its end says nothing.
			forced.Precision.Store(!onPath)
			second := atLevel[float32](level)
			second.Checkpoint, second.Warn = &Checkpoint{Path: path, Resume: true}, func(string) {}
			stopped(t, second, set, 5)
			if list, err := resumed(level, !onPath); err != nil || len(list) != 1 || !strings.Contains(list[0], want) {
				t.Errorf("%v, on a path %v, then twice on another: %v, warns %q, want %q", level, onPath, err,
					list, want)
			}
			forced.Precision.Store(!onPath)
			if _, err := second.Run(context.Background(), set); err != nil {
				t.Error(err)
			}
			if list, err := resumed(level, onPath); err != nil || list != nil {
				t.Errorf("%v, on a path %v, at its end: %v, warns %q", level, onPath, err, list)
			}
		}
	}
}

// TestProductsOfACheckpoint: at the highest level and in float64 a checkpoint does not say what computes the
// products; a file that says what no run can have is an error.
func TestProductsOfACheckpoint(t *testing.T) {
	dir := t.TempDir()
	good, path := filepath.Join(dir, "good"), filepath.Join(dir, "edited")
	interrupted(t, good)
	for _, c := range []struct {
		products []string
		want     string
	}{
		{nil, ""}, {[]string{"avx512_bf16"}, ""}, {[]string{"float32", "neon"}, ""},
		{[]string{"avx2", "sse"}, `has Products = ["avx2" "sse"]`}, {[]string{""}, `has Products = [""]`},
		{[]string{"AMX_BF16"}, `has Products = ["AMX_BF16"]`},
	} {
		edited(t, good, path, func(position map[string]any) {
			if p, there := position["Products"]; there {
				t.Errorf("at the highest level the checkpoint has Products = %v", p)
			}
			position["Products"] = c.products
		})
		tr := elaborate[float32](4)
		tr.Plateau = &optim.Plateau{Initial: 1, Factor: 0.5}
		r := newRun(tr, newSetFeed(tr, blobs[float32](500, 10, 4, 1)))
		tr.Checkpoint = &Checkpoint{Path: path, Resume: true}
		err := r.resume()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("Products = %q: %v, want %q", c.products, err, c.want)
		}
	}
	if got := (&Trainer[float64]{Precision: kernels.Medium}).products(); got != "" {
		t.Errorf("in float64: %q", got)
	}
}

// limit has products of bfloat16 numbers take no better path than p in this test.
func limit(t *testing.T, p kernels.BF16Path) {
	t.Helper()
	before := kernels.ActiveBF16()
	if err := kernels.LimitBF16(p); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kernels.LimitBF16(before); err != nil {
			t.Error(err)
		}
	})
}
