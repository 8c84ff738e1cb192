package train

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
)

// interrupted writes a checkpoint of a run that ended in the third batch of the second epoch.
func interrupted(t *testing.T, path string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	tr := elaborate[float32](4)
	tr.Plateau = &optim.Plateau{Initial: 1, Factor: 0.5}
	tr.Checkpoint = &Checkpoint{Path: path}
	tr.OnBatch = func(p Progress) {
		if p.Epoch == 2 && p.Step == 4 {
			cancel()
		}
	}
	if _, err := tr.Run(ctx, blobs[float32](500, 10, 4, 1)); err != context.Canceled {
		t.Fatal(err)
	}
}

// edited copies a checkpoint with other text in place of a part of its position.
func edited(t *testing.T, from, to string, change func(position map[string]any)) {
	t.Helper()
	text, err := model.ReadText(from)
	if err != nil {
		t.Fatal(err)
	}
	position := map[string]any{}
	d := json.NewDecoder(strings.NewReader(text[positionKey]))
	d.UseNumber()
	if err := d.Decode(&position); err != nil {
		t.Fatal(err)
	}
	tr := elaborate[float32](4)
	r := newRun(tr, newSetFeed(tr, blobs[float32](500, 10, 4, 1)))
	r.sums.room(r.params)
	r.guard.keepStatistics()
	tensors := r.tensors(true, true)
	if _, err := model.LoadTensors(from, tensors); err != nil {
		t.Fatal(err)
	}
	change(position)
	changed, err := json.Marshal(position)
	if err != nil {
		t.Fatal(err)
	}
	if err := model.SaveTensors(to, tensors, map[string]string{positionKey: string(changed)}); err != nil {
		t.Fatal(err)
	}
}

// TestCountsOfACheckpoint: counts that no run can have are errors, which name the file, and
// nothing has changed; a file without a version is read as before.
func TestCountsOfACheckpoint(t *testing.T) {
	dir := t.TempDir()
	good, path := filepath.Join(dir, "good"), filepath.Join(dir, "edited")
	interrupted(t, good)
	set := blobs[float32](500, 10, 4, 1)
	resume := func() (*Trainer[float32], error) {
		tr := elaborate[float32](4)
		tr.Plateau = &optim.Plateau{Initial: 1, Factor: 0.5}
		tr.Checkpoint = &Checkpoint{Path: path, Resume: true, Every: 100}
		_, err := tr.Run(context.Background(), set)
		return tr, err
	}
	at := func(p map[string]any, keys ...string) map[string]any {
		for _, k := range keys {
			p = p[k].(map[string]any)
		}
		return p
	}
	first := elaborate[float32](4)
	before := slices.Clone(first.Model.Params()[0].Value)
	for _, c := range []struct {
		key  []string
		want string
	}{
		{[]string{"Optimizer"}, "has Optimizer = "}, {[]string{"Before"}, "has Before = "},
		{[]string{"Batches"}, ""},
		{[]string{"Position", "Epoch"}, "stands in epoch "},
		{[]string{"Position", "Batch"}, "stands at batch "},
		{[]string{"Position", "Step"}, "has Step = "}, {[]string{"Position", "Updates"}, "has Updates = "},
		{[]string{"Position", "Sum", "Rows"}, "has Sum.Rows = "},
		{[]string{"Position", "Sum", "Correct"}, "has Sum.Correct = "},
		{[]string{"Position", "Sum", "Skipped"}, "has Sum.Skipped = "},
		{[]string{"Plateau", "Bad"}, "has Plateau.Bad = "},
		{[]string{"Plateau", "Waiting"}, "has Plateau.Waiting = "},
		{[]string{"Plateau", "Lowered"}, "has Plateau.Lowered = "},
		{[]string{"Version"}, "is a checkpoint of version "},
	} {
		for _, n := range []string{"-1", fmt.Sprint(int64(1) << 40), fmt.Sprint(int64(-1) << 63),
			fmt.Sprint(uint64(1)<<63 - 1), "1e400", "1.5"} {
			edited(t, good, path, func(p map[string]any) {
				at(p, c.key[:len(c.key)-1]...)[c.key[len(c.key)-1]] = json.Number(n)
			})
			want := c.want
			if _, err := strconv.Atoi(n); err != nil { // no int, or none of 32 bits
				want = "has no position of a run"
			}
			tr, err := resume()
			if err == nil || !strings.HasPrefix(err.Error(), "train: "+path+" ") ||
				!strings.Contains(err.Error(), want) {
				t.Errorf("%v = %s: %v", c.key, n, err)
			}
			if !slices.Equal(tr.Model.Params()[0].Value, before) || tr.Optimizer.Steps() != 0 ||
				*tr.Plateau != (optim.Plateau{Initial: 1, Factor: 0.5}) {
				t.Errorf("%v = %s: the run has changed something", c.key, n)
			}
		}
	}
	record := func(p map[string]any) map[string]any {
		return p["Position"].(map[string]any)["History"].([]any)[0].(map[string]any)
	}
	for want, change := range map[string]func(p map[string]any){
		"stands in epoch 2, but has the records of 0": func(p map[string]any) {
			at(p, "Position")["History"] = nil
		},
		"has Epoch = 7, want 1 to 1": func(p map[string]any) {
			record(p)["epoch"] = 7
		},
		"has Skipped = -3, want 0 to 16": func(p map[string]any) {
			record(p)["skipped"] = -3
		},
		"has no sum of the gradients of 1 batches": func(p map[string]any) {
			p["Sums"] = false
		},
		"has a weight of -1 or": func(p map[string]any) {
			p["Weight"] = -1
		},
		"or -1 seconds": func(p map[string]any) {
			at(p, "Position", "Sum")["Seconds"] = -1
		},
		"is of a run in float64, this one is in float32": func(p map[string]any) {
			p["Type"] = "float64"
		},
		"is of a run with the optimizer Adam, whose tensors are of no use to NAdam": func(p map[string]any) {
			p["Kind"] = "Adam"
		},
		"is a checkpoint of version 3, want at most 2": func(p map[string]any) {
			p["Version"], p["Seed"] = 3, "of another type"
		},
		"has Counts[0] = -1, want at least 0": func(p map[string]any) {
			p["Counts"].([]any)[0] = -1
		},
		"has the counts of 0 BatchNorms, this run has 1": func(p map[string]any) {
			delete(p, "Counts")
		},
		`byte 1: unknown field "ADDED"`: func(p map[string]any) {
			p["ADDED"] = 1
		},
		`unknown field "added"`: func(p map[string]any) {
			record(p)["added"] = 1
		},
		"has the gradients of 3 batches added up, want fewer than Accumulate = 3": func(p map[string]any) {
			p["Batches"] = 3
		},
	} {
		edited(t, good, path, change)
		if _, err := resume(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	for name, change := range map[string]func(p map[string]any){
		"unchanged": func(map[string]any) {},
		"of version 1": func(p map[string]any) {
			p["Version"] = 1
			maps.DeleteFunc(p, func(k string, _ any) bool {
				return slices.Contains([]string{"Writer", "Settings", "Rates", "Counts"}, k)
			})
		},
		"of the format before versions": func(p map[string]any) {
			maps.DeleteFunc(p, func(k string, _ any) bool {
				return slices.Contains([]string{"Version", "Type", "Kind", "DropLast", "Before"}, k)
			})
		},
	} {
		edited(t, good, path, change)
		whole := elaborate[float32](4)
		whole.Plateau = &optim.Plateau{Initial: 1, Factor: 0.5}
		if _, err := whole.Run(context.Background(), set); err != nil {
			t.Fatal(err)
		}
		tr, err := resume()
		if err != nil || !slices.Equal(tr.Model.Params()[0].Value, whole.Model.Params()[0].Value) ||
			tr.Optimizer.Steps() != whole.Optimizer.Steps() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestResumeOfAnotherKind: state of one optimizer is none of another, though the tensors have
// the same names and shapes; nor is that of other numbers.
func TestResumeOfAnotherKind(t *testing.T) {
	set := blobs[float32](60, 10, 4, 1)
	run := func(path string, o optim.Optimizer[float32]) error {
		m := mlp[float32](10, 8, 4)
		layer.Initialize[float32](m, 1)
		tr := trainer[float32](m, 1, 20)
		tr.Optimizer, tr.Checkpoint = o, &Checkpoint{Path: path, Resume: true}
		_, err := tr.Run(context.Background(), set)
		return err
	}
	adam, momentum := func() optim.Optimizer[float32] { return optim.NewAdam[float32]() },
		func() optim.Optimizer[float32] { return optim.NewMomentum[float32](0.9) }
	for _, c := range []struct {
		saved, other optim.Optimizer[float32]
		fresh        func() optim.Optimizer[float32]
		want         string
	}{
		{adam(), optim.NewNAdam[float32](), adam,
			"the optimizer Adam, whose tensors are of no use to NAdam"},
		{adam(), optim.NewAdamW[float32](0.1), adam,
			"the optimizer Adam, whose tensors are of no use to AdamW"},
		{momentum(), optim.NewNesterov[float32](0.9), momentum,
			"the optimizer Momentum, whose tensors are of no use to Nesterov"},
	} {
		path := filepath.Join(t.TempDir(), "run")
		if err := run(path, c.saved); err != nil {
			t.Fatal(err)
		}
		if err := run(path, c.other); err == nil || !strings.Contains(err.Error(), c.want) ||
			c.other.Steps() != 0 {
			t.Errorf("got %v, want %q", err, c.want)
		}
		if err := run(path, c.fresh()); err != nil {
			t.Errorf("the same kind: %v", err)
		}
		wide := mlp[float64](10, 8, 4)
		tr := trainer[float64](wide, 1, 20)
		tr.Checkpoint = &Checkpoint{Path: path, Resume: true}
		if _, err := tr.Run(context.Background(), blobs[float64](60, 10, 4, 1)); err == nil ||
			!strings.Contains(err.Error(), "is of a run in float32, this one is in float64") {
			t.Errorf("in float64: %v", err)
		}
	}
}

// TestResumeAfterAnotherRun: the steps that an optimizer took before a run are no wrong count.
func TestResumeAfterAnotherRun(t *testing.T) {
	set, path := blobs[float32](60, 10, 4, 1), filepath.Join(t.TempDir(), "run")
	m := layer.NewLinear[float32](10, 4, kernels.ActIdentity)
	tr := trainer[float32](m, 3, 20)
	if _, err := tr.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	tr.Checkpoint = &Checkpoint{Path: path}
	if _, err := tr.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	again := trainer[float32](layer.NewLinear[float32](10, 4, kernels.ActIdentity), 3, 20)
	again.Checkpoint = &Checkpoint{Path: path, Resume: true}
	if _, err := again.Run(context.Background(), set); err != nil || again.Optimizer.Steps() != 18 {
		t.Errorf("%d steps, want 18, %v", again.Optimizer.Steps(), err)
	}
}
