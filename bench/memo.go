package bench

import (
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// Memo computes the gradients of one batch with the memo of the forward pass, and without
// it. Each layer has a workspace of its own, so that any of them can run again.
type Memo struct {
	ws     []*layer.Workspace[float32]
	x, d   mat.Dense[float32]
	loss   grad.Loss[float32]
	target grad.Target[float32]
}

// NewMemo returns a Memo for a model whose output has the shape of d. The Memo overwrites d.
func NewMemo(model *layer.Sequential[float32], x, d mat.Dense[float32], loss grad.Loss[float32],
	target grad.Target[float32]) *Memo {
	k := &Memo{x: x, d: d, loss: loss, target: target}
	for i, l := range model.Parts() {
		ws := layer.NewWorkspace(l)
		ws.InputGrad = i > 0
		k.ws = append(k.ws, ws)
	}
	return k
}

// Memoised runs the forward pass once and keeps all that the backward pass needs.
func (k *Memo) Memoised() { k.gradients(func(int) {}) }

// Again keeps nothing but the batch from the forward to the backward pass, which runs the forward
// pass once more.
func (k *Memo) Again() {
	k.gradients(func(i int) {
		if i == len(k.ws)-1 {
			k.forward(len(k.ws))
		}
	})
}

// EachAgain keeps no memo: before the backward pass of each layer it runs the forward pass up to
// that layer.
func (k *Memo) EachAgain() { k.gradients(func(i int) { k.forward(i + 1) }) }

// Bytes returns the memory of the memo, and that of the two largest adjacent layers, which
// EachAgain needs.
func (k *Memo) Bytes() (memo, each int) {
	before := 0
	for _, ws := range k.ws {
		bytes, _ := ws.Bytes()
		memo, each = memo+bytes, max(each, before+bytes)
		before = bytes
	}
	return memo, each
}

// forward runs the first n layers.
func (k *Memo) forward(n int) mat.Dense[float32] {
	x := k.x
	for _, ws := range k.ws[:n] {
		x = ws.Forward(x, true)
	}
	return x
}

// gradients computes the gradients of all parameters. It calls again before the backward pass of
// each layer.
func (k *Memo) gradients(again func(layer int)) {
	k.loss.Grad(k.d, k.forward(len(k.ws)), k.target)
	d := k.d
	for i := len(k.ws) - 1; i >= 0; i-- {
		again(i)
		d = k.ws[i].Backward(d)
	}
}
