package plot

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/train"
)

// TestErrors: what cannot be drawn is an error that says what was expected.
func TestErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	two := mat.Of(2, 2, []float64{1, 2, 3, 4})
	figure := func(f *Figure, err error) error {
		if (f == nil) != (err != nil) {
			t.Errorf("%v with the error %v", f, err)
		}
		return err
	}
	layer := func(step int, norm float64) train.Diagnosis {
		return train.Diagnosis{Step: step, Layers: []train.LayerState{{GradNorm: norm, WeightNorm: nan,
			UpdateNorm: nan,
			Dead:       nan, Saturated: nan}}}
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{figure(LearningCurves(nil)), "plot: the history is empty"},
		{figure(LearningCurves([]train.Epoch{{Epoch: 2}, {Epoch: 2}})),
			"history[1] is epoch 2, want one after 2"},
		{figure(LearningCurves([]train.Epoch{{Epoch: 1, Loss: nan, ValidationLoss: inf}})),
			"the loss of the history: nothing"},
		{figure(Lines()), "plot: no panels"},
		{figure(Lines(Panel{Title: "a"})), `plot: panel 1, "a": nothing to draw`},
		{figure(Lines(Panel{Curves: []Curve{{Name: "b", X: []float64{1}, Y: []float64{1, 2}}}})),
			`curve "b" has 1 X, want 2`},
		{figure(Lines(Panel{Curves: []Curve{{X: []float64{nan}, Y: []float64{1}}}})), "nothing to draw"},
		{figure(Lines(Panel{Log: true, Curves: []Curve{{Y: []float64{0, -1}}}})),
			"no value is finite and positive"},
		{figure(Confusion(nil, nil)), "plot: the confusion matrix counts no sample"},
		{figure(Confusion(train.NewConfusion(3), nil)), "plot: the confusion matrix counts no sample"},
		{figure(Confusion(train.Confusion{{1, 2}, {3}}, nil)),
			"row 1 of the confusion matrix has 1 columns, want 2"},
		{figure(Confusion(train.Confusion{{1, -2}, {3, 4}}, nil)), "has -2 in row 0, column 1, want >= 0"},
		{figure(Confusion(train.Confusion{{math.MaxInt, 1}, {0, 0}}, nil)),
			"more samples than an int holds"},
		{figure(Confusion(train.Confusion{{1}}, []string{"a", "b"})), "len(names) = 2, want 1"},
		{figure(ROC([]float64{1}, nil)), "len(positive) = 0, want 1"},
		{figure(ROC([]float64{1, nan}, []bool{true, false})), "score 1 is NaN"},
		{figure(ROC([]float64{1, 2}, []bool{true, true})), "all positive or all negative"},
		{figure(ROC[float32](nil, nil)), "all positive or all negative"},
		{figure(ROCOfClasses(two, []int{0}, nil)), "len(classes) = 1, want 2"},
		{figure(ROCOfClasses(two, []int{0, 2}, nil)), "classes[1] = 2, want in [0, 2)"},
		{figure(ROCOfClasses(two, []int{0, 1}, []string{"a"})), "len(names) = 1, want 2"},
		{figure(ROCOfClasses(two, []int{1, data.Ignored}, nil)), "no class is that of some rows"},
		{figure(ROCOfClasses(mat.Of(2, 2, []float64{1, nan, 3, 4}), []int{0, 1}, nil)),
			"class 1: score 0 is NaN"},
		{figure(Residuals([]float64{1}, nil, "")), "len(predicted) = 1, want 0"},
		{figure(Residuals([]float64{1, nan}, []float64{inf, 1}, "")), "no pair"},
		{figure(Calibration([]float64{0.5}, nil)), "len(positive) = 0, want 1"},
		{figure(Calibration([]float32{1.5}, []bool{true})), "probability 0 is 1.5, want 0 to 1"},
		{figure(Calibration[float64](nil, nil)), "no probabilities"},
		{figure(GradientFlow(nil)), "no reports"},
		{figure(GradientFlow([]train.Diagnosis{layer(3, 1), layer(1, 1)})),
			"reports[1] is of step 1, want one after 3"},
		{figure(GradientFlow([]train.Diagnosis{layer(3, nan), {Step: 4}})),
			"no report has a figure that is finite"},
		{(&Figure{}).WriteSVG(&bytes.Buffer{}), "the figure is empty"},
	} {
		if c.err == nil || !strings.HasPrefix(c.err.Error(), "plot: ") || !strings.Contains(c.err.Error(),
			c.want) {
			t.Errorf("error %v, want one with %q", c.err, c.want)
		}
	}
}

// TestWidth: a width in which nothing has room is an error.
func TestWidth(t *testing.T) {
	f, err := Confusion(confusion(30, 100), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{-1, 1, 640, mostWidth + 1, math.MaxInt} {
		f.Width = width
		if err := f.WritePNG(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(),
			"to 8192, or 0") {
			t.Errorf("Width %d: error %v", width, err)
		}
	}
	if f, err = Lines(powers(400, 1)...); err != nil {
		t.Fatal(err)
	}
	if err := f.WritePNG(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(),
		"400 panels make a PNG of") {
		t.Errorf("400 panels: error %v", err)
	}
}

// TestSave wants the file whole, of the kind that its name says and with the mode of the one that it
// replaces, or as before.
func TestSave(t *testing.T) {
	f, err := ROC([]float64{1, 2, 3}, []bool{false, true, true})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	usual, err := os.Stat(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	for name, start := range map[string]string{"a.png": "\x89PNG", "b.SVG": "<?xml", "c.svg": "<?xml"} {
		path := filepath.Join(dir, name)
		if name == "c.svg" {
			if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Save(path); err != nil {
			t.Error(err)
		}
		if got, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(got), start) {
			t.Errorf("%s begins with %.10q, %v", name, got, err)
		}
		info, err := os.Stat(path)
		if want := map[bool]os.FileMode{true: 0o600, false: usual.Mode()}[name == "c.svg"]; err != nil ||
			info.Mode() != want {
			t.Errorf("%s: %v, %v, want the mode %v", name, info, err, want)
		}
	}
	taken := filepath.Join(dir, "folder.png")
	if err := os.Mkdir(taken, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "d.jpg"), filepath.Join(dir, "png"), taken,
		filepath.Join(dir, "none", "e.png"), ""} {
		if err := f.Save(path); err == nil || !strings.HasPrefix(err.Error(), "plot: ") {
			t.Errorf("%s: error %v", path, err)
		}
	}
	f.Width = 1
	if err := f.Save(filepath.Join(dir, "a.png")); err == nil || !strings.Contains(err.Error(), "a.png") {
		t.Errorf("a wrong width: error %v", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 4 {
		t.Errorf("files %v, %v, want three pictures and a folder", files, err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "a.png")); err != nil || !strings.HasPrefix(string(got),
		"\x89PNG") {
		t.Errorf("after errors a.png begins with %.10q, %v", got, err)
	}
}
