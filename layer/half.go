package layer

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// At the level medium a Linear rounds its input x to bfloat16 twice, for x W and for x^T dz. If the
// layer below is a Linear too, that one puts x out as bfloat16: both products have the same bits, the
// memo takes half the bytes, and nothing is rounded while it is packed. Backward of the layer below
// takes f' from the rounded output, which lies within 2^-8 of the output in relation to it. For ReLU
// f' is the same: of the outputs above 0 only those up to 2^-134 round to 0. Where f' does not follow
// from the output, or another layer than a Linear takes it, the output stays in float32.

// putsHalf reports whether layer i puts out bfloat16 numbers in a pass at medium.
func (s *Sequential[T]) putsHalf(i int) bool {
	if i+1 == len(s.parts) {
		return false
	}
	l, ok := s.parts[i].(*Linear[T])
	_, next := s.parts[i+1].(*Linear[T])
	if !ok || !next || !l.Act.FromOutput() {
		return false
	}
	return min(l.W.Shape[0], l.W.Shape[1]) >= leastLow || forced.Precision.Load()
}

// forwardHalf runs l on x and leaves the output as bfloat16 numbers in the memo of the layer above. Y of
// m and X of above are then matrices without Data, see Memo.half.
func (l *Linear[T]) forwardHalf(m, above *Memo[T], x *mat.Dense[T]) {
	set(&m.X, x)
	in, out := l.W.Shape[0], l.W.Shape[1]
	checkCols("Linear.Forward", "x", x.Cols, in)
	if n := x.Rows * out; len(above.half) < n {
		above.half = make([]kernels.BFloat16, n)
	}
	m.above = above
	m.Y = mat.Dense[T]{Rows: x.Rows, Cols: out, Stride: out}
	y, w, e := m.halfY(), float32s(l.W.Value), kernels.BF16Epilogue{Act: l.Act}
	if l.B != nil {
		e.Bias = float32s(l.B.Value)
	}
	if m.hasHalf() {
		kernels.GemmBFloat16(false, false, x.Rows, out, in, 1, m.halfX(), in, w, out, 0, y, out, e)
	} else {
		kernels.GemmBFloat16(false, false, x.Rows, out, in, 1, float32s(x.Data), max(1, x.Stride), w, out, 0,
			y, out, e)
	}
}

// hasHalf reports whether X is in half.
func (m *Memo[T]) hasHalf() bool { return len(m.half) > 0 && dataless(&m.X) }

// givesHalf reports whether Y is in half of the layer above.
func (m *Memo[T]) givesHalf() bool { return m.above != nil && dataless(&m.Y) }

// dataless reports whether a matrix has elements but no Data.
func dataless[T kernels.Float](x *mat.Dense[T]) bool {
	return x.Data == nil && x.Rows > 0 && x.Cols > 0
}

// halfX and halfY return X and Y where they are bfloat16 numbers.
func (m *Memo[T]) halfX() []kernels.BFloat16 { return m.half[:m.X.Rows*m.X.Cols] }
func (m *Memo[T]) halfY() []kernels.BFloat16 { return m.above.half[:m.Y.Rows*m.Y.Cols] }

// widened is how many elements of a memo in bfloat16 are float32 at a time, for kernels that take these.
// It is twice the least for which such a kernel uses threads.
const widened = 1 << 18

// eachWidened calls f with one stretch of x after another, in float32. f gets where it begins.
func (ws *Workspace[T]) eachWidened(x []kernels.BFloat16, f func(lo int, part []T)) {
	for lo := 0; lo < len(x); lo += widened {
		part := room(&ws.wide, min(widened, len(x)-lo))
		kernels.FromBFloat16(float32s(part), x[lo:lo+len(part)])
		f(lo, part)
	}
}

// activateBackwardHalf is activateBackward where Y is bfloat16 numbers.
func (m *Memo[T]) activateBackwardHalf(act kernels.Activation, d []T) {
	m.ws.eachWidened(m.halfY(), func(lo int, y []T) {
		part := d[lo : lo+len(y)]
		kernels.ActivateBackward(act, part, part, y)
	})
}

// absSumX returns the sum of the magnitudes of X.
func (m *Memo[T]) absSumX() (sum float64) {
	if !m.hasHalf() {
		return float64(kernels.AbsSum(m.X.RawData()))
	}
	m.ws.eachWidened(m.halfX(), func(_ int, x []T) { sum += float64(kernels.AbsSum(x)) })
	return sum
}

// whileWide calls f while X and Y are float32.
func (m *Memo[T]) whileWide(f func()) {
	x, y := m.X, m.Y
	if m.hasHalf() {
		m.X.Data = make([]T, len(m.halfX()))
		kernels.FromBFloat16(float32s(m.X.Data), m.halfX())
	}
	if m.givesHalf() {
		m.Y.Data = make([]T, len(m.halfY()))
		kernels.FromBFloat16(float32s(m.Y.Data), m.halfY())
	}
	defer func() { m.X, m.Y = x, y }()
	f()
}

// float32s returns a slice of elements of 4 bytes as what they are.
func float32s[T kernels.Float](x []T) []float32 { return *(*[]float32)(unsafe.Pointer(&x)) }

// gradientOf is dz of a layer, rows x columns without gaps: in whole, or rounded in half, if that is not nil.
type gradientOf[T kernels.Float] struct {
	whole mat.Dense[T]
	half  []kernels.BFloat16
}

// roundsGradient reports whether the backward pass at medium rounds dz once, for x^T dz and for dz W^T: both
// have the bits that they have if they round it themselves.
func (l *Linear[T]) roundsGradient(m *Memo[T]) bool {
	return m.ws.levelDW == kernels.Medium &&
		(min(l.W.Shape[0], l.W.Shape[1]) >= leastLow || forced.Precision.Load())
}

// halfGradient rounds dz. If it is to be kept to the end of the pass, it lies in m.
func (m *Memo[T]) halfGradient(dz *mat.Dense[T], kept bool) []kernels.BFloat16 {
	buf := &m.ws.half
	if kept {
		buf = &m.heldHalf
	}
	n := dz.Rows * dz.Cols
	if len(*buf) < n {
		*buf = make([]kernels.BFloat16, n)
	}
	kernels.ToBFloat16((*buf)[:n], float32s(dz.Data[:n]))
	return (*buf)[:n]
}

// halfWeightGradient stores dW = x^T dz.
func halfWeightGradient[T kernels.Float, X, Z kernels.BF16Operand](l *Linear[T], rows int, x []X, ldx int,
	dz []Z) {
	in, out := l.W.Shape[0], l.W.Shape[1]
	kernels.GemmBFloat16(true, false, in, out, rows, 1, x, ldx, dz, out, 0, float32s(l.W.Grad), out,
		kernels.BF16Epilogue{})
}

// halfUpdate hands x^T dz to Workspace.Update.
func halfUpdate[T kernels.Float, X, Z kernels.BF16Operand](m *Memo[T], w *Param[T], x []X, ldx int, dz []Z) {
	f := *(*func(int, []float32))(unsafe.Pointer(&m.passOn))
	kernels.GemmBlocksBFloat16(w.Shape[0], w.Shape[1], m.X.Rows, x, ldx, dz, w.Shape[1], f)
}
