package train_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/model"
)

// fixture is a network that PyTorch trained in float64, as bench/peers/fixtures wrote it:
// the specification from the metadata, and sketches of what came out. Weights and batches
// are made of integers on both sides.
type fixture struct {
	torchSpec
	out, grad, infer []float64
	w                [len(marks)][]float64
}

// marks are the steps after which w holds the parameters.
var marks = [...]int{1, 10, 100}

const torchFile = "testdata/torch.safetensors"

// readFixtures returns them all.
func readFixtures(t *testing.T) []*fixture {
	t.Helper()
	text, err := model.ReadText(torchFile)
	if err != nil {
		t.Fatal(err)
	}
	var specs []torchSpec
	if err := json.Unmarshal([]byte(text["fixtures"]), &specs); err != nil {
		t.Fatal(err)
	}
	var list []*fixture
	var tensors []model.Tensor[float64]
	for i, s := range specs {
		f := &fixture{torchSpec: s}
		take := func(name string, n int) []float64 {
			v := make([]float64, n)
			tensors = append(tensors, model.Tensor[float64]{Name: fmt.Sprintf("%d/%s", i, name),
				Shape: []int{n}, Value: v})
			return v
		}
		all, trained := 0, 0
		for _, p := range network[float64](s.Layers).Params() {
			all += len(p.Value)
			trained += len(p.Grad)
		}
		all = min(all, sketchLength)
		f.infer = take("infer", min(s.Rows*s.Outputs, sketchLength))
		if !s.Trainer {
			f.out = take("out", len(f.infer))
			f.grad = take("grad", min(trained, sketchLength))
		}
		w := take("w", all*len(marks))
		for k := range f.w {
			f.w[k] = w[k*all : (k+1)*all]
		}
		list = append(list, f)
	}
	if _, err := model.LoadTensors(torchFile, tensors); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestTorchFloat64 trains each fixture and compares: the output, loss and gradient of the
// first batch, the parameters after 1, 10 and 100 steps, and what the trained model
// predicts. Later steps carry on what rounding did to the earlier ones, by as much as
// PyTorch's float32 run shows.
func TestTorchFloat64(t *testing.T) {
	for _, f := range chosen(readFixtures(t), 0) {
		t.Run(f.Name, func(t *testing.T) {
			got := follow[float64](t, f)
			const tolerance = 1e-12
			near(t, "loss", []float64{got.loss}, []float64{f.LossValue}, tolerance)
			if !f.Trainer {
				near(t, "output", got.out, f.out, tolerance)
				near(t, "gradient", got.grad, f.grad, tolerance)
			}
			for i, s := range marks {
				near(t, fmt.Sprintf("parameters after %d steps", s), got.w[i], f.w[i], tolerance*f.growth(i))
			}
			near(t, "prediction", got.infer, f.infer, tolerance*f.growth(len(marks)-1))
		})
	}
}

// chosen are all fixtures. Of the wide and the long ones, which take most of the time, short tests
// run every second one in float64 and the others in float32; turn is 0 or 1.
func chosen(all []*fixture, turn int) (list []*fixture) {
	slow := 0
	for _, f := range all {
		if strings.HasPrefix(f.Name, "wide") || strings.HasPrefix(f.Name, "long") {
			if slow++; testing.Short() && slow%2 != turn {
				continue
			}
		}
		list = append(list, f)
	}
	return list
}

// growth is how far the error of float32 has grown from the first mark to mark i.
func (f *fixture) growth(i int) float64 { return max(1, f.Errors[i]/f.Errors[0]) }

// TestTorchFloat32 trains each fixture in float32: we end no further from the float64 run
// than twice as far as PyTorch does in float32.
func TestTorchFloat32(t *testing.T) {
	for _, f := range chosen(readFixtures(t), 1) {
		t.Run(f.Name, func(t *testing.T) {
			got := follow[float32](t, f)
			for i, s := range marks {
				near(t, fmt.Sprintf("parameters after %d steps", s), got.w[i], f.w[i], 2*f.Errors[i])
			}
		})
	}
}

// near compares in the Euclidean norm.
func near(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if e := distance(got, want); !(e <= tolerance) {
		t.Errorf("%s: %.3g from PyTorch's, want <= %.3g", what, e, tolerance)
	}
}

// distance is relative to want.
func distance(got, want []float64) float64 {
	diff, size := 0.0, 0.0
	for i, w := range want {
		diff += float64((got[i] - w) * (got[i] - w))
		size += float64(w * w)
	}
	return math.Sqrt(diff / size)
}
