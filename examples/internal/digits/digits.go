// Package digits has the embedded digits in float64, for examples whose gradients need more
// than the range and precision of float32.
package digits

import (
	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/dataset"
)

// Float64 returns the sets of dataset.Digits in float64.
func Float64() (train, test *data.Set[float64], err error) {
	a, b, err := dataset.Digits()
	if err != nil {
		return nil, nil, err
	}
	return widen(a), widen(b), nil
}

func widen(s *data.Set[float32]) *data.Set[float64] {
	d := &data.Set[float64]{X: make([]float64, len(s.X)), Y: s.Y, Rows: s.Rows, Features: s.Features,
		Classes: s.Classes}
	for i, v := range s.X {
		d.X[i] = float64(v)
	}
	return d
}
