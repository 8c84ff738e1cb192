package layer

import (
	"math/bits"
	"strconv"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/size"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Workspace holds all that running a model needs beside its parameters: the
// activations, the memo and the gradients between layers. It serves one goroutine
// at a time; several workspaces may share a model. Its buffers grow to the largest
// batch seen and are then reused, so what Forward and Backward return is valid
// until the next call.
type Workspace[T kernels.Float] struct {
	Seed uint64 // seed of the random layers
	Step uint64 // step of training: each draws new dropout masks

	// InputGrad asks Backward for dL/dx of the model's own input. Training does not
	// need it; without InputGrad the first layer does not compute it.
	InputGrad bool

	// Update, if set, gets the gradients of large weights where that is faster than storing
	// them. Backward calls it at its end with one stretch after another, each while it is in
	// cache: g is the gradient of p.Value[lo:lo+len(g)]. Update may overwrite g but not keep
	// it. Backward sets p.Stepped and does not write p.Grad; the other parameters get their
	// Grad. Several goroutines call Update at once, for different elements. Backward does not
	// call it unless every gradient is finite, see NonFinite.
	Update func(p *Param[T], lo int, g []T)

	// Limit, if positive, is the largest magnitude of a gradient's element that counts as
	// finite. A trainer sets it to the largest that its optimizer can step with.
	Limit T

	// Precision is the level at which the products of [Linear] layers are computed, forward and
	// backward, from the next Forward on. See the section Precision of the package.
	Precision kernels.Precision

	level   kernels.Precision // that of the pass at hand: of x W and dz W^T
	levelDW kernels.Precision // of x^T dz, and of what is kept for it
	root    *Memo[T]
	params  []*Param[T]
	pending []pending[T] // what the end of Backward does
	bad     *Param[T]    // what NonFinite returns
	grads   [2][]T       // Memo.Gradient hands these out in turn
	turn    int
	wide    []T                // see eachWidened
	half    []kernels.BFloat16 // see Memo.halfGradient
	trained bool               // the last Forward was for training
	whole   bool               // and has returned
	count   uint64
}

// NewWorkspace returns an empty workspace for a model.
func NewWorkspace[T kernels.Float](model Layer[T]) *Workspace[T] {
	checkLayer("NewWorkspace", "model", model)
	ws := &Workspace[T]{params: model.Params()}
	ws.root = ws.memo(model)
	return ws
}

// memo makes the tree of memos, numbered in the order of the layers.
func (ws *Workspace[T]) memo(l Layer[T]) *Memo[T] {
	m := &Memo[T]{layer: l, ws: ws, index: ws.count}
	switch l := l.(type) { // these types alone: one that embeds them may have a Forward of its own
	case *Linear[T]:
		m.own = l
	case *Sequential[T]:
		m.own = l
	}
	ws.count++
	if c, ok := l.(Container[T]); ok {
		for _, part := range c.Parts() {
			m.parts = append(m.parts, ws.memo(part))
		}
	}
	return m
}

// Forward runs the model on a batch x, one sample a row, and returns its output.
// With train, layers behave as in training (dropout drops, BatchNorm normalises by
// the batch) and keep what Backward needs: x must then stay unchanged until
// Backward has returned. It panics if the rows of x do not lie within its Data.
func (ws *Workspace[T]) Forward(x mat.Dense[T], train bool) (y mat.Dense[T]) {
	checkMatrix("Workspace.Forward", "x", &x)
	ws.trained, ws.whole = train, false
	ws.level, ws.levelDW = kernels.Highest, kernels.Highest
	if ws.Precision != kernels.Highest {
		ws.level, ws.levelDW = ws.levelsOf(x.Rows)
	}
	ws.root.forward(&x)
	ws.whole = true
	set(&y, &ws.root.Y)
	return y
}

// Backward computes the gradient of every parameter from dy, the gradient of the
// loss with respect to the output of the last Forward. It may overwrite dy. With
// InputGrad it returns dL/dx, else an empty matrix. It panics unless the last Forward
// had train = true and returned, and dy has the shape of its output and no gaps between rows.
func (ws *Workspace[T]) Backward(dy mat.Dense[T]) mat.Dense[T] {
	if !ws.trained {
		fail("Workspace.Backward", "train", 0, 1, "the last Forward was not for training")
	}
	if !ws.whole {
		fail("Workspace.Backward", "dy", 0, 1, "the last Forward panicked")
	}
	checkGradient("Workspace.Backward", &ws.root.Y, &dy)
	ws.root.NeedDX = ws.InputGrad
	ws.pending = ws.pending[:0] // left by a pass that panicked
	d := &ws.root.d
	set(d, &dy)
	ws.root.backward(d)
	ws.settle()
	if !ws.InputGrad {
		return mat.Dense[T]{}
	}
	return *d
}

// Visit calls f for each layer of the model with its memo, a container before its parts.
// The path names the parts from the outside in, such as "2.0"; that of the model is "". At the
// level medium X and Y of a memo may have no Data after f has returned.
func (ws *Workspace[T]) Visit(f func(path string, l Layer[T], m *Memo[T])) {
	if f == nil {
		fail("Workspace.Visit", "f", 0, 0, "f is nil, want a function")
	}
	visit("", ws.root, func(path string, l Layer[T], m *Memo[T]) { m.whileWide(func() { f(path, l, m) }) })
}

// Bytes returns the memory of the workspace in bytes. memo counts outputs and memos of all
// layers, kept from the forward to the backward pass. gradients counts the gradients between
// layers and those kept for Update, and at the level medium the part of a memo that is widened.
func (ws *Workspace[T]) Bytes() (memo, gradients int) {
	width := int(unsafe.Sizeof(T(0)))
	visit("", ws.root, func(_ string, _ Layer[T], m *Memo[T]) {
		memo += (len(m.out)+len(m.keep))*width + 2*len(m.half)
		gradients += len(m.held)*width + 2*len(m.heldHalf)
	})
	return memo, gradients + (len(ws.grads[0])+len(ws.grads[1])+len(ws.wide))*width + 2*len(ws.half)
}

func visit[T kernels.Float](path string, m *Memo[T], f func(string, Layer[T], *Memo[T])) {
	f(path, m.layer, m)
	if path != "" {
		path += "."
	}
	for i, part := range m.parts {
		visit(path+strconv.Itoa(i), part, f)
	}
}

// Memo is what the Forward of one layer keeps for its Backward. It is part of a
// [Workspace].
type Memo[T kernels.Float] struct {
	X, Y   mat.Dense[T] // input and output of the last Forward
	NeedDX bool         // Backward is to return dL/dx

	layer Layer[T]
	own   addressed[T] // the layer, if it implements addressed
	d     mat.Dense[T] // dy, then dx, where backward takes it by address
	ws    *Workspace[T]
	index uint64
	parts []*Memo[T]
	out   []T
	keep  []T
	held  []T // dz, from Backward to the end of the pass

	heldHalf []kernels.BFloat16 // dz in its place, rounded

	// half is X as bfloat16 numbers, where X is a matrix that has elements and no Data. above is then
	// the memo of the layer that takes Y, and has set this up.
	half  []kernels.BFloat16
	above *Memo[T]

	passOn func(row int, g []T) // calls Update; made once, since making it allocates
}

// Forward runs the layer of this memo. Containers call it on their parts.
func (m *Memo[T]) Forward(x mat.Dense[T]) mat.Dense[T] {
	checkMatrix("Memo.Forward", "x", &x)
	m.forward(&x)
	return m.Y
}

// addressed is a layer that takes and returns matrices by address, which is faster in small
// networks, see set.
type addressed[T kernels.Float] interface {
	// forward is Forward with the result in y.
	forward(m *Memo[T], x, y *mat.Dense[T])
	// backward is Backward; it replaces dy in d by dx.
	backward(m *Memo[T], d *mat.Dense[T])
}

// forward runs the layer on x and leaves the result in Y.
func (m *Memo[T]) forward(x *mat.Dense[T]) {
	set(&m.X, x)
	if m.own != nil {
		m.own.forward(m, &m.X, &m.Y)
		return
	}
	y := m.layer.Forward(m, m.X)
	set(&m.Y, &y)
}

// backward replaces dy in d by dx. d is part of a memo: a local variable would escape to the heap.
func (m *Memo[T]) backward(d *mat.Dense[T]) {
	if m.own != nil {
		m.own.backward(m, d)
		return
	}
	dx := m.layer.Backward(m, *d)
	set(d, &dx)
}

// set is *dst = *src word by word. The compiler would copy two words with one load, which has to
// wait until words of src that were just written leave the store buffer: 10 ns, which counts in a
// small network.
func set[T kernels.Float](dst, src *mat.Dense[T]) {
	dst.Rows, dst.Cols, dst.Data, dst.Stride = src.Rows, src.Cols, src.Data, src.Stride
}

// Backward runs the layer's Backward. A container sets NeedDX of the part first.
func (m *Memo[T]) Backward(dy mat.Dense[T]) mat.Dense[T] {
	checkGradient("Memo.Backward", &m.Y, &dy)
	set(&m.d, &dy)
	m.backward(&m.d)
	return m.d
}

// Part returns the memo of part i of a [Container].
func (m *Memo[T]) Part(i int) *Memo[T] {
	if uint(i) >= uint(len(m.parts)) {
		fail("Memo.Part", "i", i, len(m.parts), "i = %d, want in [0, %d), the parts of the layer", i, len(m.parts))
	}
	return m.parts[i]
}

// Train reports whether this pass is for training.
func (m *Memo[T]) Train() bool { return m.ws.trained }

// Output returns the layer's buffer for y. Its contents are undefined at first.
func (m *Memo[T]) Output(rows, cols int) mat.Dense[T] { return reuse(&m.out, rows, cols) }

// Keep returns the layer's buffer for what Backward needs beyond X and Y. Forward
// fills it; Backward asks for the same shape and finds the same contents.
func (m *Memo[T]) Keep(rows, cols int) mat.Dense[T] { return reuse(&m.keep, rows, cols) }

// Gradient returns a buffer for dx that is not dy. It is valid while the layer
// below runs: the workspace hands out two buffers in turn.
func (m *Memo[T]) Gradient(rows, cols int) mat.Dense[T] {
	return reuse(m.nextGradient(), rows, cols)
}

// nextGradient returns the buffer whose turn it is.
func (m *Memo[T]) nextGradient() *[]T {
	m.ws.turn ^= 1
	return &m.ws.grads[m.ws.turn]
}

// Random returns the seed and the stream from which this layer draws in this step.
func (m *Memo[T]) Random() (seed, stream uint64) {
	return m.ws.Seed, dropStream + m.ws.Step<<20 + m.index
}

// Workspace.Update gets gradients of at least leastUpdate elements: smaller ones stay in cache
// until the optimizer's step. It gets them for at most mostUpdateRows rows: at 2048 rows the
// product in blocks takes 8 % longer. With Update a step of 784-512-256-10 with Adam on one
// thread takes 0.88 of the time at 8 rows, 0.94 at 32 and 0.98 at 512. Below the highest level it
// takes, on avx512_bf16, 0.86 of the time at 32 rows, 0.97 at 64, 1.0 at 256 and up to 1.04 at 512.
const (
	leastUpdate       = 1 << 15
	mostUpdateRows    = 1024
	mostLowUpdateRows = 256 // below the highest level
)

// updates reports whether Workspace.Update is to get the gradient of w, which a bound shows to
// be finite, if all other gradients are finite too.
func (m *Memo[T]) updates(w *Param[T]) bool {
	most := mostUpdateRows
	if m.ws.levelDW != kernels.Highest {
		most = mostLowUpdateRows
	}
	return m.ws.Update != nil && w.bounded && len(w.Value) >= leastUpdate && m.X.Rows <= most
}

// update computes the gradient of w, x^T dz, in blocks and hands them to Workspace.Update.
func (m *Memo[T]) update(w *Param[T], dz *gradientOf[T]) {
	if m.passOn == nil {
		m.passOn = func(row int, g []T) { m.ws.Update(w, row*w.Shape[1], g) }
	}
	w.Stepped = true
	x, out := &m.X, w.Shape[1]
	switch {
	case m.hasHalf() && dz.half != nil:
		halfUpdate(m, w, m.halfX(), x.Cols, dz.half)
	case m.hasHalf():
		halfUpdate(m, w, m.halfX(), x.Cols, float32s(dz.whole.Data))
	case dz.half != nil:
		halfUpdate(m, w, float32s(x.Data), max(1, x.Stride), dz.half)
	default:
		kernels.GemmBlocksPrecision(m.ws.levelDW, w.Shape[0], out, x.Rows, x.Data, max(1, x.Stride),
			dz.whole.Data, out, m.passOn)
	}
}

// reuse returns a rows x cols matrix in buf, and makes buf longer where it is too short.
func reuse[T kernels.Float](buf *[]T, rows, cols int) mat.Dense[T] {
	hi, n := bits.Mul(uint(rows), uint(cols))
	if rows < 0 || cols < 0 || hi != 0 || n > uint(len(*buf)) {
		if _, ok := size.Elements(unsafe.Sizeof(T(0)), rows, cols); !ok {
			fail("Memo", "rows", rows, 0, "there is no matrix of %d x %d elements", rows, cols)
		}
	}
	return mat.Dense[T]{Rows: rows, Cols: cols, Data: room(buf, int(n)), Stride: max(1, cols)}
}

// room returns n elements of buf, and makes buf longer where it is too short.
func room[T kernels.Float](buf *[]T, n int) []T {
	if len(*buf) < n {
		*buf = make([]T, n)
	}
	return (*buf)[:n]
}

// into returns the elements of x as one slice, copied to y if x has gaps between
// its rows. y is contiguous and has the shape of x.
func into[T kernels.Float](y, x mat.Dense[T]) []T {
	if x.Contiguous() {
		return x.RawData()
	}
	y.Copy(x)
	return y.RawData()
}
