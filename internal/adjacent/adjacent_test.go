package adjacent

import (
	"slices"
	"testing"
)

func TestJoin(t *testing.T) {
	x := []int{0, 1, 2, 3, 4, 5}
	for _, c := range []struct {
		a, b, want []int
	}{
		{x[:2], x[2:4], x[:4]},
		{x[1:2], x[2:6:6], x[1:6]},
		{x[:0], x[:3], x[:3]},
		{x[:2], x[3:4], nil},               // a gap
		{x[:3], x[2:4], nil},               // an overlap
		{x[2:4], x[:2], nil},               // the other way round
		{x[:2:2], x[2:4], nil},             // beyond the capacity of a
		{x[:2:3], x[2:4], nil},             // b is in part beyond it
		{x[:2], slices.Clone(x[2:4]), nil}, // another array
		{x[:2], x[2:2], nil},
		{x, nil, nil},
		{nil, x, nil},
		{nil, nil, nil},
	} {
		if got := Join(c.a, c.b); !slices.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("Join(%v, %v) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
