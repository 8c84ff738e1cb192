package data

import (
	"math"
	"slices"
	"testing"
)

// TestDropLast: an epoch has whole mini-batches only, and shuffled epochs leave out other rows.
func TestDropLast(t *testing.T) {
	for _, c := range []struct{ rows, batch, batches int }{
		{10, 4, 2}, {8, 4, 2}, {1, 1, 1}, {3, 4, 0}, {0, 4, 0}, {9, 8, 1}, {5, math.MaxInt, 0}, {7, 1, 7},
	} {
		b := NewBatcher(numbered[float64](c.rows, 2), c.batch, 1)
		b.DropLast = true
		if b.Len() != c.batches {
			t.Errorf("%d rows in batches of %d: Len is %d, want %d", c.rows, c.batch, b.Len(), c.batches)
		}
		x, y := make([]float64, 3*c.rows), make([]int, c.rows)
		left := map[int]bool{}
		for epoch := range 40 {
			b.Shuffle(epoch)
			seen := map[int]bool{}
			for n := b.Next(x, y); n > 0; n = b.Next(x, y) {
				if n != c.batch || len(b.Dealt()) != n {
					t.Fatalf("%d rows: a batch of %d, want %d", c.rows, n, c.batch)
				}
				for _, row := range b.Dealt() {
					seen[row] = true
				}
			}
			if len(seen) != c.batches*c.batch {
				t.Errorf("%d rows in batches of %d: %d were dealt out", c.rows, c.batch, len(seen))
			}
			for row := range c.rows {
				if !seen[row] {
					left[row] = true
				}
			}
		}
		if c.batches > 0 && c.rows%c.batch > 0 && len(left) < c.rows {
			t.Errorf("%d rows in batches of %d: 40 epochs left out %d of the rows only", c.rows, c.batch,
				len(left))
		}
	}
}

// TestSkip: Skip has the effect of that many calls of Next, and stops at the end of the epoch.
func TestSkip(t *testing.T) {
	for _, drop := range []bool{false, true} {
		for skip, want := range map[int][]int{0: {0, 1, 2, 3}, 1: {4, 5, 6, 7}, 2: {8, 9}, 3: nil,
			math.MaxInt: nil} {
			b := NewBatcher(numbered[float64](10, 2), 4, 1)
			b.DropLast = drop
			if drop && skip == 2 {
				want = nil
			}
			b.Skip(skip)
			n := b.Next(make([]float64, 12), make([]int, 4))
			if n != len(want) || !slices.Equal(b.Dealt(), want) {
				t.Errorf("DropLast %v: after %d batches came %v, want %v", drop, skip, b.Dealt(), want)
			}
			if b.Skip(math.MaxInt); b.Next(nil, nil) != 0 {
				t.Error("a batch after the end")
			}
		}
	}
	defer func() {
		if err, ok := recover().(error); !ok || err.Error() != "data.Batcher.Skip: batches = -1, want >= 0" {
			t.Errorf("recovered %v", err)
		}
	}()
	NewBatcher(numbered[float64](10, 2), 4, 1).Skip(-1)
}
