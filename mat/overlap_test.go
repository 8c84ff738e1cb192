package mat_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/mat"
)

// TestCopyOverlapping copies between any two views of one array, of equal and of different
// strides, and compares the whole array with the result of copying through a third one.
func TestCopyOverlapping(t *testing.T) {
	const length = 14
	var upwards, downwards, both int
	for rows := 1; rows <= 4; rows++ {
		for cols := 1; cols <= 4; cols++ {
			views := viewsOf(length, rows, cols)
			for _, to := range views {
				for _, from := range views {
					up, down := testCopy(t, length, to, from)
					if up {
						upwards++
					}
					if down {
						downwards++
					}
					if up && down {
						both++
					}
				}
			}
		}
	}
	if upwards == 0 || downwards == 0 || both == 0 {
		t.Errorf("rows moved towards the end in %d cases, towards the start in %d, in both directions in %d",
			upwards, downwards, both)
	}
}

// placed is a view that begins at an element of an array.
type placed struct{ start, rows, cols, stride int }

func (p placed) of(data []float64) mat.Dense[float64] {
	return mat.Dense[float64]{Rows: p.rows, Cols: p.cols, Data: data[p.start:], Stride: p.stride}
}

func viewsOf(length, rows, cols int) (list []placed) {
	for stride := cols; (rows-1)*stride+cols <= length; stride++ {
		for start := 0; start+(rows-1)*stride+cols <= length; start++ {
			list = append(list, placed{start, rows, cols, stride})
		}
		if rows == 1 { // the stride has no effect
			break
		}
	}
	return list
}

// testCopy reports in which directions rows moved.
func testCopy(t *testing.T, length int, to, from placed) (up, down bool) {
	got := make([]float64, length)
	for i := range got {
		got[i] = float64(i)
	}
	want, source := slices.Clone(got), slices.Clone(got)
	for i := range to.rows {
		up = up || to.start+i*to.stride > from.start+i*from.stride
		down = down || to.start+i*to.stride < from.start+i*from.stride
		copy(want[to.start+i*to.stride:][:to.cols], source[from.start+i*from.stride:])
	}
	to.of(got).Copy(from.of(got))
	if !slices.Equal(got, want) {
		t.Errorf("%+v of %+v: got %v, want %v", to, from, got, want)
	}
	return up, down
}

// TestCopyOverlappingLarge has views with strides too different for a small array.
func TestCopyOverlappingLarge(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		rows, cols := 1+r.IntN(40), 1+r.IntN(20)
		to := placed{r.IntN(500), rows, cols, cols + r.IntN(30)}
		from := placed{r.IntN(500), rows, cols, cols + r.IntN(30)}
		testCopy(t, 2600, to, from)
	}
}

func TestCopyAllocatesNothing(t *testing.T) {
	m := mat.New[float32](20, 20)
	if n := testing.AllocsPerRun(10, func() { m.Sub(1, 20, 1, 15).Copy(m.Sub(0, 19, 3, 17)) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
