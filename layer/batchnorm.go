package layer

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// BatchNorm normalises each feature and gives it a learnt scale and shift. In
// training, with mean and var over the n rows of the batch:
//
//	xhat = (x - mean) / sqrt(var + eps)
//	y    = gamma * xhat + beta
//	run  = (1 - momentum) run + momentum * (mean, or var n/(n-1))
//
//	dbeta  = sum of dy over the rows
//	dgamma = sum of dy * xhat over the rows
//	dx     = gamma / sqrt(var + eps) * (dy - dbeta/n - xhat * dgamma/n)
//
// In inference the running statistics take the place of mean and var.
//
// A batch of one row has no variance with divisor n-1 and leaves the running variance as it
// is. It does move the running mean, of which one row is an unbiased estimate. A batch of no
// rows changes neither.
//
// The memo is x and, for each feature, mean, 1/sqrt(var + eps) and the two new running
// statistics. The end of Backward stores these in the model, unless a gradient or they
// themselves are not finite. A BatchNorm may stand before or after an activation. A Linear
// right before it needs no bias.
//
// Source: Ioffe and Szegedy, Batch Normalization, ICML 2015.
type BatchNorm[T kernels.Float] struct {
	Gamma, Beta     *Param[T] // "weight" and "bias", as elsewhere
	RunMean, RunVar *Param[T] // "running_mean" and "running_var", without gradient
	Momentum, Eps   T         // 0.1 and 1e-5 by default

	// Batches counts those that moved the running statistics, as PyTorch's num_batches_tracked
	// does. Nothing here depends on it. Whole models and PyTorch's files keep it: see model.Save
	// and model.SavePyTorch.
	Batches int64
}

// NewBatchNorm returns a layer for rows of the given number of features.
func NewBatchNorm[T kernels.Float](features int) *BatchNorm[T] {
	l := &BatchNorm[T]{
		Gamma:    NewParam("weight", Constant[T](1), features),
		Beta:     NewParam("bias", Zeros[T], features),
		RunMean:  NewState("running_mean", Zeros[T], features),
		RunVar:   NewState("running_var", Constant[T](1), features),
		Momentum: 0.1,
		Eps:      1e-5,
	}
	l.Gamma.NoDecay, l.Beta.NoDecay = true, true
	adjoin(l.Gamma, l.Beta)
	return l
}

// made panics unless NewBatchNorm made l, or something that fits as well.
func (l *BatchNorm[T]) made(op string) {
	switch {
	case l == nil:
		unmade("BatchNorm", op, "")
	case !l.Gamma.fits(1):
		unmade("BatchNorm", op, "Gamma")
	case !l.Beta.alike(len(l.Gamma.Value)):
		unmade("BatchNorm", op, "Beta")
	case !l.RunMean.alike(len(l.Gamma.Value)):
		unmade("BatchNorm", op, "RunMean")
	case !l.RunVar.alike(len(l.Gamma.Value)):
		unmade("BatchNorm", op, "RunVar")
	}
}

// Out implements [Layer].
func (l *BatchNorm[T]) Out(in int) (int, error) {
	l.made("Out")
	if features := len(l.Gamma.Value); in != features {
		return 0, fmt.Errorf("layer: BatchNorm(%d) does not take an input of %d columns", features, in)
	}
	return in, nil
}

// Forward implements [Layer].
func (l *BatchNorm[T]) Forward(m *Memo[T], x mat.Dense[T]) mat.Dense[T] {
	l.made("Forward")
	checkEps("BatchNorm.Forward", l.Eps)
	enter("BatchNorm.Forward", m, 0, &x)
	y := m.Output(x.Rows, x.Cols)
	l.normalize(m, y, x, kernels.ActIdentity)
	return y
}

// normalize stores in y the activation of the normalised x.
func (l *BatchNorm[T]) normalize(m *Memo[T], y, x mat.Dense[T], act kernels.Activation) {
	checkCols("BatchNorm.Forward", "x", x.Cols, len(l.Gamma.Value))
	if !m.Train() {
		// Inference needs no batch statistics. The kernel only checks their lengths, so any will do.
		p := l.kernel(l.RunMean.Value, l.RunVar.Value, l.RunMean.Value, l.RunVar.Value)
		p.Act = act
		kernels.BatchNormInfer(x.Rows, x.Cols, y.Data, y.Stride, x.Data, max(1, x.Stride), &p)
		return
	}
	k := m.Keep(4, x.Cols)
	copy(k.Row(2), l.RunMean.Value)
	copy(k.Row(3), l.RunVar.Value)
	p := l.kernel(k.Row(0), k.Row(1), k.Row(2), k.Row(3))
	p.Act = act
	kernels.BatchNormForward(x.Rows, x.Cols, y.Data, y.Stride, x.Data, max(1, x.Stride), &p)
	if x.Rows == 1 { // the kernel takes the variance of one row for 0
		copy(k.Row(3), l.RunVar.Value)
	}
}

// forwardActivated runs l and the activation behind it, whose memo is next, in one pass. Y in
// both memos is the output of the activation, so its derivative must follow from that.
func (l *BatchNorm[T]) forwardActivated(m, next *Memo[T], act kernels.Activation,
	x mat.Dense[T]) mat.Dense[T] {
	y := next.Output(x.Rows, x.Cols)
	m.X, m.Y, next.X, next.Y = x, y, y, y
	l.normalize(m, y, x, act)
	return y
}

// Backward implements [Layer].
func (l *BatchNorm[T]) Backward(m *Memo[T], dy mat.Dense[T]) mat.Dense[T] {
	l.made("Backward")
	enterBack("BatchNorm.Backward", m, 0, &dy, l.Gamma, l.Beta)
	x, k := m.X, m.Keep(4, dy.Cols)
	p := l.kernel(k.Row(0), k.Row(1), k.Row(2), k.Row(3))
	kernels.BatchNormBackward(x.Rows, x.Cols, dy.Data, dy.Stride, dy.Data, dy.Stride, x.Data,
		max(1, x.Stride), &p, l.Gamma.Grad, l.Beta.Grad)
	var bad *Param[T]
	switch {
	case !isFinite(kernels.MaxAbs(k.Row(2))):
		bad = l.RunMean
	case !isFinite(kernels.MaxAbs(k.Row(3))):
		bad = l.RunVar
	}
	m.putOff(l, bad)
	return dy
}

// settle implements settler.
func (l *BatchNorm[T]) settle(m *Memo[T], finite bool) {
	if finite {
		k := m.Keep(4, len(l.Gamma.Value))
		copy(l.RunMean.Value, k.Row(2))
		copy(l.RunVar.Value, k.Row(3))
		if m.X.Rows > 0 {
			l.Batches++
		}
	}
}

func (l *BatchNorm[T]) kernel(mean, invStd, runMean, runVar []T) kernels.BatchNorm[T] {
	return kernels.BatchNorm[T]{
		Gamma: l.Gamma.Value, Beta: l.Beta.Value,
		Mean: mean, InvStd: invStd,
		RunMean: runMean, RunVar: runVar,
		Momentum: l.Momentum, Eps: l.Eps,
	}
}

// Params implements [Layer].
func (l *BatchNorm[T]) Params() []*Param[T] {
	l.made("Params")
	return []*Param[T]{l.Gamma, l.Beta, l.RunMean, l.RunVar}
}
