package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
)

// closing is a source of 3 rows whose passes fail to close, and count that they were closed.
type closing struct {
	Source[float32]
	err    *error
	closed *int
}

type closingPass struct {
	Pass[float32]
	of closing
}

func (c closing) Open() (Pass[float32], error) {
	p, err := c.Source.Open()
	return closingPass{p, c}, err
}

func (p closingPass) Close() error {
	*p.of.closed++
	return *p.of.err
}

// closingSource returns such a source, whose passes close well yet.
func closingSource(t *testing.T) closing {
	t.Helper()
	inner, err := SetSource(counting(3, false, false))
	if err != nil {
		t.Fatal(err)
	}
	return closing{inner, new(error), new(int)}
}

// joinedParts reads so many parts of three joined sources, of which one fails to close, and closes the pass. It
// returns how often each source was closed, and both errors.
func joinedParts(t *testing.T, bad, parts int) (closed [3]int, next, end error) {
	t.Helper()
	var list []Source[float32]
	for i := range 3 {
		c := closingSource(t)
		if c.closed = &closed[i]; i == bad {
			*c.err = errPlanted
		}
		list = append(list, c)
	}
	joined, err := JoinSources(list...)
	if err != nil {
		t.Fatal(err)
	}
	p, err := joined.Open()
	if err != nil {
		t.Fatal(err)
	}
	for ; parts > 0 && next == nil; parts-- {
		_, next = p.Next()
	}
	end = p.Close()
	return closed, next, end
}

// TestJoinSourcesClose: an error of closing any of the joined sources comes behind its rows, or from Close where
// the pass ends among them. Each source that was opened is closed once.
func TestJoinSourcesClose(t *testing.T) {
	for _, c := range []struct {
		bad, parts int
		next, end  error
		closed     [3]int
	}{
		{0, 0, nil, nil, [3]int{}}, {0, 1, nil, errPlanted, [3]int{1}}, {0, 2, errPlanted, nil, [3]int{1}},
		{1, 1, nil, nil, [3]int{1}}, {1, 2, nil, errPlanted, [3]int{1, 1}}, {1, 3, errPlanted, nil, [3]int{1, 1}},
		{2, 2, nil, nil, [3]int{1, 1}}, {2, 3, nil, errPlanted, [3]int{1, 1, 1}},
		{2, 4, errPlanted, nil, [3]int{1, 1, 1}}, {3, 3, nil, nil, [3]int{1, 1, 1}},
		{3, 4, io.EOF, nil, [3]int{1, 1, 1}},
	} {
		closed, next, end := joinedParts(t, c.bad, c.parts)
		if next != c.next || end != c.end || closed != c.closed {
			t.Errorf("source %d, %d parts: Next %v, Close %v, closed %v times, want %v, %v, %v", c.bad, c.parts, next,
				end, closed, c.next, c.end, c.closed)
		}
	}
}

// TestArraySourceClose: a pass closes both of its files, and returns the error of either.
func TestArraySourceClose(t *testing.T) {
	x := written(t, "x.npy", string(npyOf("(4,)", 0, 1, 0, 1)))
	s, err := NPYSource[float32](x, x, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, early := range []string{"", "x", "y", "xy"} {
		pass, err := s.Open()
		if err != nil {
			t.Fatal(err)
		}
		p := pass.(*arrayPass[float32])
		for _, name := range early {
			if err := map[rune]*arrayReader{'x': p.x, 'y': p.y}[name].Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Close(); errors.Is(err, os.ErrClosed) != (early != "") || err != nil && early == "" {
			t.Errorf("with %q closed: %v", early, err)
		}
		for _, r := range []*arrayReader{p.x, p.y} {
			if err := r.Close(); !errors.Is(err, os.ErrClosed) {
				t.Errorf("with %q closed, a file stays open: %v", early, err)
			}
		}
	}
}

// TestCloseErrors: an error of closing a pass behind its last row is one of NewStream, and comes from Next in place of
// io.EOF. Behind another error that one stays.
func TestCloseErrors(t *testing.T) {
	c := closingSource(t)
	*c.err = errPlanted
	if s, err := NewStream[float32](c, 1); s != nil || !errors.Is(err, errPlanted) {
		t.Errorf("NewStream: %v", err)
	}
	*c.err = nil
	s, err := NewStream[float32](c, 1)
	if err != nil {
		t.Fatal(err)
	}
	*c.err = errPlanted
	for _, s.Ahead = range []int{0, 1, 4} {
		for _, dropLast := range []bool{false, true} {
			name := fmt.Sprintf("ahead %d, DropLast %v", s.Ahead, dropLast)
			*c.closed = 0
			d := s.Deal(2, 1)
			d.DropLast = dropLast
			for range d.Len() {
				if _, err := d.Next(context.Background()); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			for range 2 {
				if _, err := d.Next(context.Background()); !errors.Is(err, errPlanted) {
					t.Errorf("%s: %v, want the error of Close", name, err)
				}
			}
			if *c.closed != 1 {
				t.Errorf("%s: %d passes were closed, want 1", name, *c.closed)
			}
		}
	}
	wrong := errors.New("wrong rows")
	mapped := MapSource[float32](c, 3, func(*Set[float32]) error { return wrong })
	if _, err := SurveySource(mapped); err != wrong {
		t.Errorf("%v, want the error of the rows", err)
	}
}
