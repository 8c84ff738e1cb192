package train

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/internal/fuzztest"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
)

// fuzzed is a run of two epochs of three batches, with a checkpoint that is written in the middle of
// the second.
type fuzzed struct {
	path string
	set  *data.Set[float32]
	good []byte // the checkpoint
	want []*layer.Param[float32]
}

// trainer returns the run from its beginning.
func (r *fuzzed) trainer() *Trainer[float32] {
	net := mlp[float32](3, 4, 2)
	layer.Initialize[float32](net, 1)
	tr := trainer[float32](net, 2, 4)
	tr.Accumulate, tr.Warn = 2, mute
	tr.Average = optim.NewAverage(net.Params(), 0.9)
	tr.Stop = &EarlyStop{Metric: func(e Epoch) float64 { return e.Loss }, Patience: 9, Restore: true}
	tr.Checkpoint = &Checkpoint{Path: r.path, Every: 100, Resume: true}
	return tr
}

func newFuzzed(f *testing.F) *fuzzed {
	r := &fuzzed{path: filepath.Join(f.TempDir(), "run.safetensors"), set: blobs[float32](12, 3, 2, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	first := r.trainer()
	first.OnBatch = func(p Progress) {
		if p.Epoch == 2 && p.Step == 2 {
			cancel()
		}
	}
	if _, err := first.Run(ctx, r.set); !errors.Is(err, context.Canceled) {
		f.Fatal(err)
	}
	var err error
	if r.good, err = os.ReadFile(r.path); err != nil {
		f.Fatal(err)
	}
	second := r.trainer()
	if _, err := second.Run(context.Background(), r.set); err != nil {
		f.Fatal(err)
	}
	r.want = second.Model.Params()
	if err := os.WriteFile(r.path, r.good, 0o644); err != nil {
		f.Fatal(err)
	}
	return r
}

// resume runs on from a checkpoint that may be damaged: what is wrong with it is an error that names
// the file and leaves the model alone, else the run comes to its end.
func (r *fuzzed) resume(t *testing.T, checkpoint []byte) (params []*layer.Param[float32], err error) {
	t.Helper()
	if err := os.WriteFile(r.path, checkpoint, 0o644); err != nil {
		t.Fatal(err)
	}
	tr, untouched := r.trainer(), r.trainer().Model.Params()
	history, err := tr.Run(context.Background(), r.set)
	params = tr.Model.Params()
	if err != nil && len(history) == 0 && strings.Contains(err.Error(), r.path) {
		for i, p := range params {
			if !slices.Equal(p.Value, untouched[i].Value) {
				t.Fatalf("%v: %s has changed", err, p.Name)
			}
		}
	} else if err == nil && len(history) != 2 {
		t.Fatalf("the run ended with %d epochs and no error", len(history))
	}
	return params, err
}

// equal reports whether parameters have the bits of the run that nothing damaged.
func (r *fuzzed) equal(params []*layer.Param[float32]) bool {
	for i, p := range params {
		for j, v := range p.Value {
			if math.Float32bits(v) != math.Float32bits(r.want[i].Value[j]) {
				return false
			}
		}
	}
	return true
}

// FuzzCheckpoint resumes a run from any file.
func FuzzCheckpoint(f *testing.F) {
	r := newFuzzed(f)
	f.Add(r.good)
	f.Add(r.good[:len(r.good)/2])
	f.Add([]byte{})
	fuzztest.Run(f, func(t *testing.T, checkpoint []byte) {
		params, err := r.resume(t, checkpoint)
		if bytes.Equal(checkpoint, r.good) && (err != nil || !r.equal(params)) {
			t.Fatalf("the checkpoint itself gives another run, or %v", err)
		}
	})
}

// FuzzPosition resumes from a checkpoint with another position beside the same tensors, so that
// mutations reach the counts. A position that says the same gives the same bits.
func FuzzPosition(f *testing.F) {
	r := newFuzzed(f)
	length := binary.LittleEndian.Uint64(r.good)
	var header map[string]json.RawMessage
	if err := json.Unmarshal(r.good[8:8+length], &header); err != nil {
		f.Fatal(err)
	}
	text, err := model.ReadText(r.path)
	if err != nil {
		f.Fatal(err)
	}
	var want saved
	if err := json.Unmarshal([]byte(text[positionKey]), &want); err != nil {
		f.Fatal(err)
	}
	f.Add(text[positionKey])
	for _, change := range [][2]string{{`"Step":`, `"Step":-`}, {`"Epoch":2`, `"Epoch":1`},
		{`"Batch":2`, `"Batch":9`}, {`"Version":1`, `"Version":0`}, {`"Optimizer":`, `"Optimizer":9`}} {
		f.Add(strings.Replace(text[positionKey], change[0], change[1], 1))
	}
	tensors := r.good[8+length:]
	fuzztest.Run(f, func(t *testing.T, position string) {
		metadata := map[string]string{}
		for k, v := range text {
			metadata[k] = v
		}
		metadata[positionKey] = position
		raw, err := json.Marshal(metadata)
		if err != nil {
			t.Fatal(err)
		}
		header["__metadata__"] = raw
		head, err := json.Marshal(header)
		if err != nil {
			t.Fatal(err)
		}
		for len(head)%8 != 0 {
			head = append(head, ' ')
		}
		file := append(binary.LittleEndian.AppendUint64(nil, uint64(len(head))), head...)
		params, err := r.resume(t, append(file, tensors...))
		var got saved
		if json.Unmarshal([]byte(position), &got) == nil && reflect.DeepEqual(got, want) &&
			(err != nil || !r.equal(params)) {
			t.Fatalf("the same position gives another run, or %v", err)
		}
	})
}
