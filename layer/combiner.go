package layer

import (
	"errors"
	"fmt"
	"sync"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Combiner runs the requests of many goroutines through a [Predictor] together. A pass over one
// row reads every weight for the sake of two operations a weight; a pass over many rows reads them
// once for all. So a server with many clients answers more requests with a Combiner where the
// weights do not fit the fastest cache. Where they do, a pass is about as short as the handing
// over of a row, and the Predictor alone is as good: measure with the number of clients at hand.
//
// No request waits for others to come. While fewer passes run than allowed, a request starts one
// of its own. One that comes later joins those that wait, and the next pass to end hands all of
// them, up to a number of rows, to one that follows.
//
// The order of summation in a product depends on the number of rows, see package kernels. So the
// last bits of a prediction depend on the rows that happen to share its pass. The Predictor alone
// gives a request the same bits each time.
//
// Any number of goroutines may use a Combiner at once.
type Combiner[T kernels.Float] struct {
	p      *Predictor[T]
	rows   int // at most so many in a pass
	passes int // at most so many at once

	mu      sync.Mutex
	running int
	waiting []*combined[T] // in the order in which they came
	free    []mat.Dense[T] // inputs of passes, each of rows rows
}

const combinerOp = "Combiner.TryPredict"

// combined is a request. Its pass writes y or err, then closes done.
type combined[T kernels.Float] struct {
	x, y mat.Dense[T]
	err  error
	done chan struct{}
	lead []*combined[T] // set before done is closed: the requests of the pass that this one runs
}

// NewCombiner returns a Combiner of passes of up to so many rows, 1 to [MaxTryRows], and as many
// passes at once as kernels may use threads: a pass of few rows runs on one.
func NewCombiner[T kernels.Float](p *Predictor[T], rows int) (*Combiner[T], error) {
	if p == nil {
		return nil, errors.New("layer: NewCombiner: the Predictor is nil")
	}
	if rows < 1 || rows > MaxTryRows {
		return nil, fmt.Errorf("layer: NewCombiner: rows = %d, want 1 to %d", rows, MaxTryRows)
	}
	return &Combiner[T]{p: p, rows: rows, passes: kernels.Threads()}, nil
}

// TryPredict is [Predictor.TryPredict], with the same errors. A request of more rows than a pass
// takes has a pass of its own. If a layer of the program's own panics, so does the request that runs
// the pass, and the others of the pass return an error.
func (c *Combiner[T]) TryPredict(y, x mat.Dense[T]) error {
	if err := c.p.refusedInput(combinerOp, y, x); err != nil {
		return err
	}
	r := &combined[T]{x: x, y: y}
	if c.start(r) {
		c.run([]*combined[T]{r})
		return r.err
	}
	<-r.done
	if r.lead != nil {
		c.run(r.lead)
	}
	return r.err
}

// start reports whether the request may run a pass at once; else it puts it among those that wait.
func (c *Combiner[T]) start(r *combined[T]) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running < c.passes {
		c.running++
		return true
	}
	r.done = make(chan struct{})
	c.waiting = append(c.waiting, r)
	return false
}

// errPass is the error of a request whose pass ended in a panic of a layer, which the goroutine that
// ran the pass got.
var errPass = errors.New("layer." + combinerOp + ": a layer panicked in the pass of this request and others")

// run answers requests by one pass, of which the first is the caller's, and hands the pass on.
func (c *Combiner[T]) run(list []*combined[T]) {
	for _, r := range list {
		r.err = errPass // unless the pass ends
	}
	defer func() {
		for _, r := range list[1:] {
			close(r.done)
		}
		c.next()
	}()
	if len(list) == 1 {
		r := list[0]
		r.err = c.p.forward(combinerOp, r.y, r.x)
		return
	}
	c.combine(list)
}

// combine answers requests, of together at most rows rows, by one forward pass.
func (c *Combiner[T]) combine(list []*combined[T]) {
	in := c.input()
	rows := 0
	for _, r := range list {
		in.RowRange(rows, rows+r.x.Rows).Copy(r.x)
		rows += r.x.Rows
	}
	ws := c.p.workspace()
	out := ws.Forward(in.RowRange(0, rows), false)
	rows = 0
	for _, r := range list {
		r.err = writeFinite(combinerOp, r.y, out.RowRange(rows, rows+r.y.Rows))
		rows += r.y.Rows
	}
	c.p.release(ws)
	c.mu.Lock()
	c.free = append(c.free, in)
	c.mu.Unlock()
}

// input returns memory for the rows of a pass.
func (c *Combiner[T]) input() mat.Dense[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.free)
	if n == 0 {
		return mat.New[T](c.rows, c.p.in)
	}
	in := c.free[n-1]
	c.free = c.free[:n-1]
	return in
}

// next hands the pass that ends to those that wait.
func (c *Combiner[T]) next() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		c.running--
		return
	}
	n, rows := 1, c.waiting[0].x.Rows
	for n < len(c.waiting) && rows+c.waiting[n].x.Rows <= c.rows {
		rows += c.waiting[n].x.Rows
		n++
	}
	first := c.waiting[0]
	first.lead = append([]*combined[T](nil), c.waiting[:n]...)
	left := copy(c.waiting, c.waiting[n:])
	clear(c.waiting[left:])
	c.waiting = c.waiting[:left]
	close(first.done)
}

// Waiting returns the number of requests that wait for a pass, for a server's metrics.
func (c *Combiner[T]) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.waiting)
}
