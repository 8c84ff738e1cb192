package picture

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ashlar-go/ashlar/train/plot"
)

func TestLines(t *testing.T) {
	dir := t.TempDir()
	panel := plot.Panel{Title: "loss", X: "epoch", Y: "loss", Curves: []plot.Curve{{Name: "a",
		Y: []float64{1, 2}}}}
	if err := Lines(dir, "a.png", "title", panel); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "a.png")); err != nil || info.Size() == 0 {
		t.Errorf("the plot: %v, %v", info, err)
	}
	if Lines(dir, "b.png", "title") == nil || Lines(filepath.Join(dir, "none"), "a.png", "title",
		panel) == nil {
		t.Error("no panels, and no folder: no error")
	}
}
