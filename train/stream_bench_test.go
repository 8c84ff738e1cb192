package train

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// BenchmarkStreamedStep is one step of training, batch 128 of 30 features, 30-128-64-2 with ReLU and
// Adam, on rows in memory, and on those of a CSV file with and without batches prepared ahead.
func BenchmarkStreamedStep(b *testing.B) {
	const rows, features, classes, batch = 20000, 30, 2, 128
	set := blobs[float32](rows, features, classes, 1)
	var text strings.Builder
	for i := range rows {
		fmt.Fprint(&text, set.Y[i])
		for _, v := range set.Row(i) {
			fmt.Fprintf(&text, ",%.4f", v)
		}
		text.WriteByte('\n')
	}
	path := filepath.Join(b.TempDir(), "rows.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	source, err := data.CSVSource[float32](path, data.CSVOptions{Classes: classes})
	if err != nil {
		b.Fatal(err)
	}
	stream, err := data.NewStream(source, 2000)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		ahead int // below 0 for rows in memory
	}{{"memory", -1}, {"csv/ahead=0", 0}, {"csv/ahead=4", 4}} {
		b.Run(fmt.Sprintf("dtype=f32/tier=%v/rows=%s", kernels.Active(), c.name), func(b *testing.B) {
			model := mlp[float32](features, 128, 64, classes)
			layer.Initialize(model, 1)
			tr := trainer(model, 1, batch)
			feed := newSetFeed(tr, set)
			if c.ahead >= 0 {
				stream.Ahead = c.ahead
				feed = newStreamFeed(tr, stream)
			}
			defer feed.stop()
			r := newRun(tr, feed)
			epoch := 0
			feed.start(epoch, 0)
			for b.Loop() {
				more, err := feed.next(context.Background(), &r.batch)
				if err == nil && !more {
					epoch++
					r.at.Batch = 0
					feed.start(epoch, 0)
					_, err = feed.next(context.Background(), &r.batch)
				}
				if err == nil {
					_, err = r.step()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
