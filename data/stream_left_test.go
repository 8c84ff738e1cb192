package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// trap is a source that leaves the goroutine, by a panic or runtime.Goexit, at the place that is set.
type trap struct {
	Source[float32]
	at    *string // "open", "next", "end" or "close"; "" for none
	leave *func()
	open  *int // passes that were not closed
}

type trapPass struct {
	Pass[float32]
	of   trap
	left int // parts until "next" springs
}

func (f trap) spring(place string) {
	if *f.at == place {
		(*f.leave)()
	}
}

func (f trap) Open() (Pass[float32], error) {
	f.spring("open")
	p, err := f.Source.Open()
	*f.open++
	return &trapPass{p, f, 4}, err
}

func (p *trapPass) Next() (*Set[float32], error) {
	if p.left--; p.left < 0 {
		p.of.spring("next")
	}
	part, err := p.Pass.Next()
	if err == io.EOF {
		p.of.spring("end")
	}
	return part, err
}

func (p *trapPass) Close() error {
	*p.of.open--
	p.of.spring("close")
	return p.Pass.Close()
}

// trapStream returns a stream of 2000 rows, in parts of 256, that nothing disturbs yet.
func trapStream(t *testing.T) (trap, *Stream[float32]) {
	t.Helper()
	inner, err := SetSource(counting(2000, false, false))
	if err != nil {
		t.Fatal(err)
	}
	f := trap{Source: inner, at: new(string), leave: new(func()), open: new(int)}
	s, err := NewStream[float32](f, 20)
	if err != nil {
		t.Fatal(err)
	}
	return f, s
}

// outcome is how a function ended.
type outcome struct {
	err      error
	panicked any
	returned bool // else it panicked or ended the goroutine
}

// inGoroutine runs a function in a goroutine of its own and returns how it ended.
func inGoroutine(f func() error) (o outcome) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { o.panicked = recover() }()
		o.err = f()
		o.returned = true
	}()
	<-done
	return o
}

// allBatches asks for batches until there is an error.
func allBatches(d *Dealer[float32]) error {
	for {
		if set, err := d.Next(context.Background()); err != nil {
			return err
		} else if set == nil {
			return errors.New("neither a batch nor an error")
		}
	}
}

// places are those at which a trap springs.
var places = []string{"open", "next", "end", "close"}

// TestDealerPanics: a panic in any method of a source or its pass comes to the caller of Next. No goroutine and no
// pass is left, Next has an error from then on, and the next epoch is whole.
func TestDealerPanics(t *testing.T) {
	before := runtime.NumGoroutine()
	f, s := trapStream(t)
	for _, place := range places {
		for _, s.Ahead = range []int{0, 1, 5, 1000} {
			name := fmt.Sprintf("%s, ahead %d", place, s.Ahead)
			d := s.Deal(10, 1)
			*f.at, *f.leave = place, func() { panic("trap at " + place) }
			got := inGoroutine(func() error { return allBatches(d) })
			if !strings.Contains(fmt.Sprint(got.panicked), "trap at "+place) || *f.open != 0 {
				t.Errorf("%s: %+v, %d passes are open", name, got, *f.open)
			}
			*f.at = ""
			dealsAgain(t, name, f, d)
		}
	}
	waitGoroutines(t, before)
}

// dealsAgain expects errors of a dealer whose epoch a source has left, and then a whole epoch.
func dealsAgain(t *testing.T, name string, f trap, d *Dealer[float32]) {
	t.Helper()
	for range 2 {
		if set, err := d.Next(context.Background()); set != nil || err == nil || err == io.EOF {
			t.Errorf("%s: %v, %v afterwards", name, set, err)
		}
	}
	if order := epochOf(t, d, 1, 0); len(order) != 2000 || *f.open != 0 {
		t.Errorf("%s: %d rows afterwards, %d passes are open", name, len(order), *f.open)
	}
}

// TestDealerGoexit: a source that ends its goroutine is an error of Next where that goroutine prepares batches. In
// the goroutine of the caller it ends that one. No goroutine and no pass is left, and the next epoch is whole.
func TestDealerGoexit(t *testing.T) {
	before := runtime.NumGoroutine()
	f, s := trapStream(t)
	for _, place := range places {
		for _, s.Ahead = range []int{0, 1, 5, 1000} {
			name := fmt.Sprintf("%s, ahead %d", place, s.Ahead)
			d := s.Deal(10, 1)
			*f.at, *f.leave = place, runtime.Goexit
			got := inGoroutine(func() error { return allBatches(d) })
			want := outcome{err: errGoexit, returned: true}
			if s.Ahead == 0 {
				want = outcome{}
			}
			if got != want || *f.open != 0 {
				t.Errorf("%s: %+v, want %+v, %d passes are open", name, got, want, *f.open)
			}
			*f.at = ""
			dealsAgain(t, name, f, d)
		}
	}
	waitGoroutines(t, before)
}

// TestDealerStopPanics: where Close panics, so does the method that ends the epoch, which has ended then, and Close
// is called once.
func TestDealerStopPanics(t *testing.T) {
	before := runtime.NumGoroutine()
	f, s := trapStream(t)
	for name, end := range map[string]func(*Dealer[float32]){
		"Stop":  func(d *Dealer[float32]) { d.Stop() },
		"Start": func(d *Dealer[float32]) { d.Start(1, 0) },
	} {
		for _, s.Ahead = range []int{0, 1, 5} {
			d := s.Deal(10, 1)
			*f.at, *f.leave = "close", func() { panic("trap") }
			if _, err := d.Next(context.Background()); err != nil {
				t.Fatal(err)
			}
			if got := inGoroutine(func() error { end(d); return nil }); got.panicked != "trap" || *f.open != 0 {
				t.Errorf("%s, ahead %d: %+v, %d passes are open", name, s.Ahead, got, *f.open)
			}
			if _, err := d.Next(context.Background()); err != io.EOF {
				t.Errorf("%s, ahead %d: %v", name, s.Ahead, err)
			}
			d.Stop() // closes nothing again
			*f.at = ""
			if order := epochOf(t, d, 1, 0); len(order) != 2000 || *f.open != 0 {
				t.Errorf("%s, ahead %d: %d rows, %d passes are open", name, s.Ahead, len(order), *f.open)
			}
		}
	}
	waitGoroutines(t, before)
}

// TestDealerClosePanicsBehind: where Close panics behind an error or a panic of the rows, Next panics once, and has
// what went wrong with the rows from then on.
func TestDealerClosePanicsBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, wrong := range []func() error{
		func() error { return errPlanted },
		func() error { panic(errPlanted) },
	} {
		f, _ := trapStream(t)
		broken := false
		s, err := NewStream(MapSource[float32](f, 3, func(*Set[float32]) error {
			if broken {
				return wrong()
			}
			return nil
		}), 20)
		if err != nil {
			t.Fatal(err)
		}
		for _, s.Ahead = range []int{0, 1, 5} {
			d := s.Deal(10, 1)
			broken, *f.at, *f.leave = true, "close", func() { panic("trap") }
			if got := inGoroutine(func() error { return allBatches(d) }); got.panicked == nil || *f.open != 0 {
				t.Errorf("ahead %d: %+v, %d passes are open", s.Ahead, got, *f.open)
			}
			if _, err := d.Next(context.Background()); !errors.Is(err, errPlanted) && err != errLeft {
				t.Errorf("ahead %d: %v afterwards", s.Ahead, err)
			}
			broken, *f.at = false, ""
			if order := epochOf(t, d, 1, 0); len(order) != 2000 || *f.open != 0 {
				t.Errorf("ahead %d: %d rows afterwards, %d passes are open", s.Ahead, len(order), *f.open)
			}
		}
	}
	waitGoroutines(t, before)
}

// TestSurveyLeaves: a source that panics, or ends the goroutine, while it is surveyed leaves no pass open, and its
// panic comes to the caller.
func TestSurveyLeaves(t *testing.T) {
	f, _ := trapStream(t)
	for _, place := range places {
		for name, leave := range map[string]func(){"panic": func() { panic("trap") }, "Goexit": runtime.Goexit} {
			*f.at, *f.leave = place, leave
			got := inGoroutine(func() error { _, err := NewStream[float32](f, 1); return err })
			if want := map[string]any{"panic": "trap"}[name]; got.panicked != want || got.returned || *f.open != 0 {
				t.Errorf("%s at %s: %+v, %d passes are open", name, place, got, *f.open)
			}
		}
	}
}
