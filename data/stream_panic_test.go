package data_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
)

// TestStreamPanics: a panic of the source comes to the caller of Next, which can recover, whichever goroutine it
// happens in. The stream can be used again.
func TestStreamPanics(t *testing.T) {
	set := &data.Set[float64]{X: []float64{1, 2, 3, 4, 5, 6}, Y: []int{0, 1, 0, 1, 0, 1}, Rows: 6, Features: 1,
		Classes: 2}
	from, err := data.SetSource(set)
	if err != nil {
		t.Fatal(err)
	}
	wrong := errors.New("no such row")
	broken := false
	source := data.MapSource(from, 1, func(*data.Set[float64]) error {
		if broken {
			panic(wrong)
		}
		return nil
	})
	stream, err := data.NewStream(source, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, ahead := range []int{0, 1, 4} {
		stream.Ahead = ahead
		d := stream.Deal(2, 1)
		for _, broken = range []bool{true, false, true} {
			d.Start(1, 0)
			batches, p := deal(d)
			if err, is := p.(error); broken != (p != nil) || broken && (!is || !errors.Is(err, wrong)) {
				t.Errorf("ahead %d, broken %v: panic %v", ahead, broken, p)
			}
			if want := map[bool]int{false: 3}[broken]; batches != want {
				t.Errorf("ahead %d, broken %v: %d batches, want %d", ahead, broken, batches, want)
			}
			if broken && ahead > 0 && !strings.Contains(p.(error).Error(), "stream_panic_test.go") {
				t.Errorf("the panic does not say where it was: %v", p)
			}
		}
		d.Stop()
	}
}

// deal counts the batches of an epoch, and returns the panic that ends it.
func deal(d *data.Dealer[float64]) (n int, p any) {
	defer func() { p = recover() }()
	for {
		if _, err := d.Next(context.Background()); err != nil {
			return n, nil
		}
		n++
	}
}
