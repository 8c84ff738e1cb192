package layer_test

import (
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// overflowing returns a model in which the large weights at the top have finite gradients, and
// the first layer has a gradient proportional to big.
func overflowing(big float32) (model *layer.Sequential[float32], x, dy mat.Dense[float32]) {
	model = layer.NewSequential[float32](
		layer.NewLinear[float32](70, 500, kernels.ActIdentity),
		layer.NewLinear[float32](500, 500, kernels.ActIdentity),
		layer.NewBatchNorm[float32](500),
		layer.NewResidual[float32](layer.NewLinear[float32](500, 500, kernels.ActTanh),
			layer.NewLinear[float32](500, 500, kernels.ActIdentity).NoBias()),
		layer.NewLinear[float32](500, 4, kernels.ActIdentity))
	layer.Initialize[float32](model, 1)
	clear(model.Params()[0].Value)                                       // the first layer puts out 0
	kernels.Scale(model.Params()[2].Value, big, model.Params()[2].Value) // and passes a large gradient down
	x, dy = mat.New[float32](9, 70), mat.New[float32](9, 4)
	kernels.Normal(x.Data, 0, 1, 1, 1)
	kernels.Normal(dy.Data, 0, 1, 1, 2)
	return model, x, dy
}

// TestNonFiniteGradient: where a gradient overflows, Backward changes no value and stores all
// gradients in Grad.
func TestNonFiniteGradient(t *testing.T) {
	for _, c := range []struct {
		big  float32
		want string
	}{{1e18, ""}, {1e33, "0.weight"}} {
		model, x, dy := overflowing(c.big)
		kernels.Scale(x.Data, 1e4, x.Data)
		var before, want [][]float32
		ws := layer.NewWorkspace[float32](model)
		ws.Forward(x, true)
		for _, p := range model.Params() {
			before = append(before, slices.Clone(p.Value))
		}
		ws.Backward(dy.Clone()) // without Update
		if c.want == "" {
			if p := ws.NonFinite(); p != nil {
				t.Errorf("%g: the gradient of %s is not finite", c.big, p.Name)
			}
			continue
		}
		for _, p := range model.Params() {
			want = append(want, slices.Clone(p.Grad))
			clear(p.Grad)
		}
		var calls atomic.Int64
		ws.Update = func(*layer.Param[float32], int, []float32) { calls.Add(1) }
		ws.Forward(x, true)
		ws.Backward(dy.Clone())
		if p := ws.NonFinite(); p == nil || p.Name != c.want {
			t.Errorf("%g: non-finite gradient of %v, want %s", c.big, p, c.want)
		}
		if n := calls.Load(); n != 0 {
			t.Errorf("%d updates", n)
		}
		for i, p := range model.Params() {
			if !slices.Equal(p.Value, before[i]) || p.Stepped {
				t.Errorf("%s changed", p.Name)
			}
			if !slices.EqualFunc(p.Grad, want[i],
				func(a, b float32) bool { return a == b || a != a && b != b }) {
				t.Errorf("%s: another gradient than without Update", p.Name)
			}
		}
	}
}

// TestUpdateGetsGradients: Update gets the gradients that Backward stores without it, in every
// place of a model, and so it does in later passes, which reuse the buffers.
func TestUpdateGetsGradients(t *testing.T) {
	model, x, dy := overflowing(1)
	ws := layer.NewWorkspace[float32](model)
	kernels.Normal(model.Params()[0].Value, 0, 0.1, 1, 5)
	pass := func() {
		ws.Forward(x, true)
		ws.Backward(dy.Clone())
	}
	pass()
	want := map[*layer.Param[float32]][]float32{}
	for _, p := range model.Params() {
		want[p] = slices.Clone(p.Grad)
		clear(p.Grad)
	}
	ws.Update = func(p *layer.Param[float32], lo int, g []float32) { copy(p.Grad[lo:], g) }
	for range 3 {
		pass()
		stepped := 0
		for _, p := range model.Params() {
			if !slices.Equal(p.Grad, want[p]) {
				t.Errorf("%s: another gradient", p.Name)
			}
			if p.Stepped {
				stepped++
			}
			p.Stepped = false
			clear(p.Grad)
		}
		if stepped != 4 {
			t.Errorf("%d weights were updated in the pass, want 4", stepped)
		}
	}
}

// TestNonFiniteState: a batch whose variance overflows leaves the running statistics as they
// were, though its loss and gradients are finite.
func TestNonFiniteState(t *testing.T) {
	model := layer.NewBatchNorm[float32](1)
	layer.Initialize[float32](model, 1)
	ws := layer.NewWorkspace[float32](model)
	for _, c := range []struct {
		x   float32
		bad bool
	}{{1e25, true}, {1, false}} {
		ws.Forward(mat.FromRows([]float32{c.x}, []float32{-c.x}), true)
		ws.Backward(mat.FromRows([]float32{1}, []float32{-1}))
		if p := ws.NonFinite(); (p == model.RunVar) != c.bad {
			t.Errorf("x = %g: non-finite is %v", c.x, p)
		}
		if v := float64(model.RunVar.Value[0]); math.IsInf(v, 0) || (v == 1) != c.bad {
			t.Errorf("x = %g: running variance %g", c.x, v)
		}
	}
}

// faulty passes on what it gets, and panics in the method that it is told.
type faulty struct{ in string }

func (f *faulty) Out(in int) (int, error)         { return in, nil }
func (f *faulty) Params() []*layer.Param[float32] { return nil }

func (f *faulty) Forward(_ *layer.Memo[float32], x mat.Dense[float32]) mat.Dense[float32] {
	f.reach("Forward")
	return x
}

func (f *faulty) Backward(_ *layer.Memo[float32], dy mat.Dense[float32]) mat.Dense[float32] {
	f.reach("Backward")
	return dy
}

func (f *faulty) reach(method string) {
	if f.in == method {
		panic("a fault in " + method)
	}
}

// breakable is a model with a faulty layer before and behind each other one, and weights that are large enough for
// Workspace.Update, which here takes a step.
type breakable struct {
	model  layer.Layer[float32]
	norm   *layer.BatchNorm[float32]
	faults []*faulty // the first one is Update
	ws     *layer.Workspace[float32]
	x, dy  mat.Dense[float32]
}

func newBreakable(level kernels.Precision) *breakable {
	b := &breakable{norm: layer.NewBatchNorm[float32](500), faults: []*faulty{{}, {}},
		x: normal32(9, 70, 1), dy: normal32(9, 4, 2)}
	parts := []layer.Layer[float32]{b.faults[1]}
	for _, l := range []layer.Layer[float32]{layer.NewLinear[float32](70, 500, kernels.ActIdentity), b.norm,
		layer.NewLinear[float32](500, 70, kernels.ActTanh), layer.NewLinear[float32](70, 4, kernels.ActIdentity)} {
		f := &faulty{}
		b.faults, parts = append(b.faults, f), append(parts, l, f)
	}
	b.model = layer.NewSequential(parts...)
	layer.Initialize(b.model, 1)
	b.renew(level)
	return b
}

// renew gives the model another workspace.
func (b *breakable) renew(level kernels.Precision) {
	b.ws = layer.NewWorkspace(b.model)
	b.ws.InputGrad, b.ws.Precision = true, level
	b.ws.Update = func(p *layer.Param[float32], lo int, g []float32) {
		b.faults[0].reach("Update")
		kernels.Axpy(p.Value[lo:lo+len(g)], -0.01, g)
	}
}

// pass runs the model forward and backward, and returns all that comes out and stays.
func (b *breakable) pass() (all []float32) {
	all = append(all, b.ws.Forward(b.x, true).RawData()...)
	all = append(all, b.ws.Backward(b.dy.Clone()).RawData()...)
	for _, p := range b.model.Params() {
		all = append(append(all, p.Grad...), p.Value...)
		p.Stepped = false
	}
	return append(all, float32(b.norm.Batches))
}

// TestAfterAPanic: a workspace whose pass panicked anywhere, and who called it recovered, runs the next pass as a new
// one does, with each update and each batch of the statistics once.
func TestAfterAPanic(t *testing.T) {
	stages := map[string]func(b *breakable){
		"the shape of dy": func(b *breakable) {
			b.ws.Forward(b.x, true)
			b.ws.Backward(normal32(9, 5, 1))
		},
		"a pass for inference": func(b *breakable) { b.ws.Backward(b.ws.Forward(b.x, false)) },
		"the shape of x":       func(b *breakable) { b.ws.Forward(normal32(9, 71, 1), true) },
		"Update": func(b *breakable) {
			b.faults[0].in = "Update"
			b.pass()
		},
	}
	for i := range newBreakable(kernels.Highest).faults[1:] {
		for _, method := range []string{"Forward", "Backward"} {
			stages[fmt.Sprint(method, " at place ", i)] = func(b *breakable) {
				b.faults[1+i].in = method
				b.pass()
			}
		}
	}
	for _, level := range []kernels.Precision{kernels.Highest, kernels.High, kernels.Medium} {
		used, fresh := newBreakable(level), newBreakable(level)
		used.pass()
		fresh.pass()
		for name, stage := range stages {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%v, %s: no panic", level, name)
					}
				}()
				stage(used)
			}()
			for _, f := range used.faults {
				f.in = ""
			}
			fresh.renew(level)
			if got, want := used.pass(), fresh.pass(); !slices.Equal(got, want) {
				t.Fatalf("%v, %s: the next pass differs from that of a new workspace", level, name)
			}
		}
	}
}

// TestBackwardAfterAFailedForward: Backward refuses the memos of a Forward that panicked, some of which are of the
// pass before.
func TestBackwardAfterAFailedForward(t *testing.T) {
	for i := range newBreakable(kernels.Highest).faults[1:] {
		b := newBreakable(kernels.Highest)
		b.pass()
		b.faults[1+i].in = "Forward"
		if got := panicOf(func() { b.ws.Forward(b.x, true) }); got != "a fault in Forward" {
			t.Fatalf("Forward at place %d: %v", i, got)
		}
		got, is := panicOf(func() { b.ws.Backward(b.dy.Clone()) }).(*kernels.ShapeError)
		if !is || got.Error() != "layer.Workspace.Backward: the last Forward panicked" {
			t.Errorf("Backward after a panic at place %d: %v", i, got)
		}
		b.faults[1+i].in = ""
		b.pass()
	}
}

// panicOf returns what f panics with, nil if it does not.
func panicOf(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}
