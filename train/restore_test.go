package train

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/layer"
)

// restoring is a run of 6 epochs with 3 batches each, on the rows that it returns.
func restoring(epochs int) (*Trainer[float32], *data.Set[float32]) {
	net := regularised[float32](10, 8, 4)
	layer.Initialize[float32](net, 1)
	return trainer[float32](net, epochs, 20), blobs[float32](60, 10, 4, 1)
}

// stopAt looks at these values of epoch 1, 2 and so on.
func stopAt(restore bool, of ...float64) *EarlyStop {
	metric := func(e Epoch) float64 { return of[min(e.Epoch, len(of))-1] }
	return &EarlyStop{Metric: metric, Patience: 9, Restore: restore}
}

// weightsByEpoch are those after each epoch of a run that nothing interrupts.
func weightsByEpoch(t *testing.T, epochs int) [][]float32 {
	t.Helper()
	whole, set := restoring(epochs)
	var list [][]float32
	whole.OnEpoch = func(Epoch) { list = append(list, values(whole)) }
	if _, err := whole.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestResumeRestoresTheBest: a run that goes on ends with the parameters that its own EarlyStop asks for. Where
// the checkpoint does not hold them it is refused before it changes anything.
func TestResumeRestoresTheBest(t *testing.T) {
	const epochs, before = 6, 3
	nan := math.NaN()
	after := weightsByEpoch(t, epochs)
	falling, second := []float64{6, 5, 4, 3, 2, 1}, []float64{2, 1, 3, 4, 5, 6}
	third, last := []float64{3, 2, 1, 4, 5, 6}, []float64{2, 1, 3, 4, 5, 0}
	lacks := "does not hold the parameters of epoch 2, the best so far"
	for name, c := range map[string]struct {
		first, second *EarlyStop
		within        bool // epoch 4 the first run ends, not after epoch 3
		want          int  // the epoch of the parameters at the end
		err           string
	}{
		"restored in both":               {stopAt(true, second...), stopAt(true, second...), true, 2, ""},
		"improved later":                 {stopAt(true, last...), stopAt(true, last...), true, 6, ""},
		"added, best before":             {nil, stopAt(true, second...), false, 0, lacks},
		"added within, best before":      {nil, stopAt(true, second...), true, 0, lacks},
		"added, best later":              {nil, stopAt(true, last...), false, 0, lacks},
		"added to Stop":                  {stopAt(false, second...), stopAt(true, second...), false, 0, lacks},
		"added, the last is the best":    {nil, stopAt(true, third...), false, 3, ""},
		"added within, the last is best": {nil, stopAt(true, third...), true, 0, "of epoch 3, the best so far"},
		"added, falling":                 {nil, stopAt(true, falling...), false, 6, ""},
		"added, no number so far":        {nil, stopAt(true, nan, nan, nan, 2, 1, 3), true, 5, ""},
		"added, never a number":          {nil, stopAt(true, nan, nan, nan, nan, nan, nan, 1), true, 6, ""},
		"taken out":                      {stopAt(true, second...), stopAt(false, second...), true, 6, ""},
		"without Stop":                   {stopAt(true, second...), nil, false, 6, ""},
		"another metric":                 {stopAt(true, second...), stopAt(true, 2, 0, 1, 3, 3, 3), true, 2, ""},
		"of another epoch": {stopAt(true, second...), stopAt(true, 0, 1, 2, 3, 3, 3), false, 0,
			"holds the parameters of epoch 2 as the best, but by Metric and Tolerance of this run that is epoch 1"},
		"of the last epoch": {stopAt(true, second...), stopAt(true, third...), false, 3, ""},
		"of no epoch": {stopAt(true, second...), stopAt(true, nan, nan, nan, nan, nan, nan, 1), false, 6,
			""},
	} {
		path := filepath.Join(t.TempDir(), "run")
		tr, set := restoring(before)
		tr.Stop, tr.Checkpoint = c.first, &Checkpoint{Path: path}
		if c.within {
			tr.Epochs = epochs
			stopped(t, tr, set, 3*before+1)
		} else if _, err := tr.Run(context.Background(), set); err != nil {
			t.Fatal(err)
		}
		tr, set = restoring(epochs)
		fresh, batches := values(tr), 0
		tr.Stop, tr.Checkpoint = c.second, &Checkpoint{Path: path, Resume: true}
		tr.OnBatch = func(Progress) { batches++ }
		_, err := tr.Run(context.Background(), set)
		switch {
		case c.want > 0 && (err != nil || !slices.Equal(values(tr), after[c.want-1])):
			t.Errorf("%s: the model does not end with the parameters of epoch %d, %v", name, c.want, err)
		case c.want == 0 && (err == nil || batches > 0 || !slices.Equal(values(tr), fresh)):
			t.Errorf("%s: %d batches, %v, want an error that comes first", name, batches, err)
		case c.want == 0 && (!strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.err) ||
			!strings.Contains(err.Error(), "EarlyStop.Restore")):
			t.Errorf("%s: %v, want %q", name, err, c.err)
		}
	}
}
