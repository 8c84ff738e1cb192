package dataset

import (
	"testing"

	"github.com/ashlar-go/ashlar/data"
)

func TestSmallSets(t *testing.T) {
	for name, c := range map[string]struct {
		get                     func() (*data.Set[float64], error)
		rows, features, classes int
		firstX, lastTarget      float64
	}{
		"breast cancer": {BreastCancer, 569, 30, 2, 17.99, 1},
		"iris":          {Iris, 150, 4, 3, 5.1, 2},
		"wine":          {Wine, 178, 13, 3, 14.23, 2},
		"diabetes":      {Diabetes, 442, 10, 0, 59, 57},
	} {
		s, err := c.get()
		if err != nil {
			t.Fatal(err)
		}
		last := 0.0
		if s.Regression() {
			last = s.Target(s.Rows - 1)[0]
		} else {
			last = float64(s.Y[s.Rows-1])
		}
		if err := s.Check(); err != nil || s.Rows != c.rows || s.Features != c.features ||
			s.Classes != c.classes || s.X[0] != c.firstX || last != c.lastTarget {
			t.Errorf("%s: %d rows of %d features, %d classes, %v ... %v, %v", name, s.Rows, s.Features,
				s.Classes, s.X[0], last, err)
		}
	}
}
