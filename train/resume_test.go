package train

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
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
		{[]string{"Batches"}, ""}, {[]string{"BestEpoch"}, "has BestEpoch = "},
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
		"has BestEpoch = 1, but no parameters of it": func(p map[string]any) {
			p["Best"] = false
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
		"from before the number of the best epoch": func(p map[string]any) { delete(p, "BestEpoch") },
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

// TestResumeOfResumes: a run that was interrupted again and again, between the batches of a step each
// time, ends with the bits of one that was not, in any unit of the weights of its rows and with an optimizer
// that another run has used before.
func TestResumeOfResumes(t *testing.T) {
	for _, unit := range []float32{1, 1e-9, 1e9} {
		set := blobs[float32](500, 10, 4, 1) // 16 batches an epoch
		set.Weights = make([]float32, set.Rows)
		for i := range set.Weights {
			set.Weights[i] = unit * float32(1+i%3)
		}
		fresh := func() *Trainer[float32] {
			tr := elaborate[float32](3)
			tr.Accumulate, tr.Plateau = 4, &optim.Plateau{Initial: 1, Factor: 0.5}
			return tr
		}
		used := func() *Trainer[float32] {
			tr := fresh()
			if _, err := tr.Run(context.Background(), set); err != nil {
				t.Fatal(err)
			}
			return tr
		}
		whole, tr := used(), used()
		want, err := whole.Run(context.Background(), set)
		if err != nil {
			t.Fatal(err)
		}
		checkpoint := &Checkpoint{Path: filepath.Join(t.TempDir(), "run"), Resume: true}
		for _, batches := range []int{2, 1, 6, 9, 5, 2} {
			tr.Checkpoint = checkpoint
			stopped(t, tr, set, batches)
			tr = fresh()
		}
		tr.Checkpoint = checkpoint
		got, err := tr.Run(context.Background(), set)
		if err != nil {
			t.Fatal(err)
		}
		sameRun(t, got, want)
		if !slices.Equal(everything(tr), everything(whole)) || *tr.Plateau != *whole.Plateau {
			t.Errorf("rows of weight %g: the run ends with other bits than one that was not interrupted", unit)
		}
	}
}

// leaves lists the numbers, texts and booleans in what a checkpoint keeps, by name. Those in a slice have
// the name of the slice.
func leaves(name string, v reflect.Value, visit func(name string, leaf reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		leaves(name, v.Elem(), visit)
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(strings.TrimPrefix(name+"."+v.Type().Field(i).Name, "."), v.Field(i), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			leaves(name, v.Index(i), visit)
		}
	case reflect.Map:
	default:
		visit(name, v)
	}
}

// change changes leaf n of what a checkpoint keeps beside settings: a number by delta. It returns the name of
// the leaf, "" where there is none.
func (s *saved) change(n int, delta float64) (name string) {
	leaves("", reflect.ValueOf(s), func(of string, leaf reflect.Value) {
		if strings.HasPrefix(of, "Rates.") {
			return
		}
		if n--; n != -1 {
			return
		}
		name = of
		switch leaf.Kind() {
		case reflect.Bool:
			leaf.SetBool(!leaf.Bool())
		case reflect.String:
			leaf.SetString(leaf.String() + "x")
		case reflect.Float64:
			leaf.SetFloat(leaf.Float() + delta)
		case reflect.Uint64:
			leaf.SetUint(leaf.Uint() + uint64(int64(delta)))
		default:
			leaf.SetInt(leaf.Int() + int64(delta))
		}
	})
	return name
}

// dictated are the fields of a checkpoint for which only one value is taken: settings, set and place of the run
// dictate it, or other fields do.
var dictated = []string{"Type", "Kind", "DropLast", "Seed", "Batch", "SetRows", "Buffer", "Sums", "Best",
	"Statistics", "Position.Epoch", "Position.Batch", "Position.Step", "Position.History.Epoch", "Products"}

// TestEveryFieldOfACheckpoint: a run that goes on from a checkpoint keeps each number in it, so that it writes
// the same one, or refuses the file.
func TestEveryFieldOfACheckpoint(t *testing.T) {
	dir := t.TempDir()
	good, path := filepath.Join(dir, "good"), filepath.Join(dir, "edited")
	interrupted(t, good)
	set := blobs[float32](500, 10, 4, 1)
	again := func() error {
		tr := elaborate[float32](4)
		tr.Plateau, tr.Checkpoint = &optim.Plateau{Initial: 1, Factor: 0.5}, &Checkpoint{Path: path, Resume: true}
		r := newRun(tr, newSetFeed(tr, set))
		if err := r.resume(); err != nil {
			return err
		}
		return r.save()
	}
	for n := 0; ; n++ {
		name, taken := "", false
		for _, delta := range []float64{1, -1} {
			s := savedIn(t, good)
			s.Unit, s.Before, s.Products = 3, 7, []string{inFloat32}
			name = s.change(n, delta)
			edited(t, good, path, func(position map[string]any) {
				clear(position)
				if err := json.Unmarshal(inJSON(t, s), &position); err != nil {
					t.Fatal(err)
				}
			})
			if taken = again() == nil; !taken {
				continue
			}
			after := savedIn(t, path)
			s.Settings, s.Rates, after.Settings, after.Rates = nil, nil, nil, nil
			if name == "Version" || name == "Writer" { // which a run writes as its own
				s.Version, s.Writer = after.Version, after.Writer
			}
			if got, want := inJSON(t, after), inJSON(t, s); !bytes.Equal(got, want) {
				t.Fatalf("%s: %s, want %s", name, got, want)
			}
			break
		}
		if name == "" {
			return
		}
		if taken == slices.Contains(dictated, name) {
			t.Errorf("%s: another value is taken: %v", name, taken)
		}
	}
}

// savedIn returns what a checkpoint keeps beside its tensors.
func savedIn(t *testing.T, path string) (s saved) {
	t.Helper()
	text, err := model.ReadText(path)
	if err == nil {
		err = json.Unmarshal([]byte(text[positionKey]), &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func inJSON(t *testing.T, s saved) []byte {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestSecondsOfResumes: the seconds of an epoch never become fewer, however often the run is interrupted in it.
func TestSecondsOfResumes(t *testing.T) {
	const planted = 1000
	dir := t.TempDir()
	good, path := filepath.Join(dir, "good"), filepath.Join(dir, "edited")
	interrupted(t, good)
	edited(t, good, path, func(position map[string]any) {
		position["Position"].(map[string]any)["Sum"].(map[string]any)["Seconds"] = planted
	})
	set := blobs[float32](500, 10, 4, 1)
	again := func() *Trainer[float32] {
		tr := elaborate[float32](2)
		tr.Plateau, tr.Checkpoint = &optim.Plateau{Initial: 1, Factor: 0.5}, &Checkpoint{Path: path, Resume: true}
		return tr
	}
	least := float64(planted)
	for _, batches := range []int{1, 3, 2} {
		stopped(t, again(), set, batches)
		seconds := savedIn(t, path).Position.Sum.Seconds
		if !(seconds >= least && seconds < planted+500) {
			t.Errorf("%v seconds after %v", seconds, least)
		}
		least = seconds
	}
	history, err := again().Run(context.Background(), set)
	if err != nil || !(history[1].Seconds >= least && history[1].Seconds < planted+500) {
		t.Errorf("%+v after %v seconds, %v", history, least, err)
	}
}

// TestCancelledInAFailingStep: a run whose step fails writes no checkpoint, which would count the batch of that
// step as done, although its context has ended meanwhile.
func TestCancelledInAFailingStep(t *testing.T) {
	for _, accumulate := range []int{1, 3} {
		path := filepath.Join(t.TempDir(), "run")
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		tr := elaborate[float32](3)
		tr.Accumulate, tr.Checkpoint = accumulate, &Checkpoint{Path: path}
		tr.Rate = func(step int) float64 {
			if step < 4 {
				return 0.01
			}
			cancel()
			return math.NaN()
		}
		_, err := tr.Run(ctx, blobs[float32](500, 10, 4, 1))
		if err == nil || !strings.Contains(err.Error(), "Rate is NaN at step 4") {
			t.Errorf("Accumulate %d: %v", accumulate, err)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("Accumulate %d: there is a checkpoint: %v", accumulate, err)
		}
	}
}
