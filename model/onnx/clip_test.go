package onnx

import (
	"bytes"
	"math"
	"testing"
)

// clips returns a Clip with limits as inputs and one with limits as attributes.
func clips(low, high float64) map[string][]byte {
	inputs := draw().op("Clip", "y", "x", "low", "high").
		constant(tensorOf("low", []float32{float32(low)})).constant(tensorOf("high", []float32{float32(high)}))
	attributes := draw().op("Clip", "y", "x").with(attrFloat("min", low)).with(attrFloat("max", high))
	return map[string][]byte{"inputs": inputs.gives("y"), "attributes": attributes.gives("y")}
}

// TestClip: any limits clamp, far ones and those that are none without loss for numbers near 0.
func TestClip(t *testing.T) {
	most, inf := float64(math.MaxFloat32), math.Inf(1)
	x := []float32{-3e7, -20, -2, -0.3, 0, 1e-3, 0.7, 3, 90, 4e6, 3e30}
	for _, c := range [][2]float64{{0, 6}, {-1, 1}, {-1, 2}, {-0.5, 0.25}, {1, 2}, {-3, -2}, {-16, 12},
		{-inf, 6}, {-most, 6}, {-1e9, 6}, {-100, 6}, {-most, 0}, {-inf, -2}, {-most, 1e6},
		{2, inf}, {2, most}, {0, most}, {-1, most}, {0, 1e6}, {0, 65504}, {-0.25, 1e30}, {0.5, 1e6}, {-5e6, -1},
		{-1e6, 1e6}, {-most, most}, {-inf, inf}} {
		for form, file := range clips(c[0], c[1]) {
			m, err := Import[float32](bytes.NewReader(file))
			if err != nil {
				t.Errorf("%v as %s: %v", c, form, err)
				continue
			}
			same(t, again(t, m).Net, m.Net, 4)
			for _, v := range x {
				p, err := m.Predict([]float32{v, -v, v, v})
				if err != nil {
					t.Fatal(err)
				}
				want := min(max(float64(v), c[0]), c[1])
				if got := p.Values[0]; !(math.Abs(got-want) <= 2e-6*max(1, math.Abs(want))) {
					t.Errorf("%v as %s: %v becomes %v, want %v", c, form, v, got, want)
				}
			}
		}
	}
}
