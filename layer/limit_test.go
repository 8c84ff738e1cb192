package layer_test

import (
	"math"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// TestLimit: a gradient beyond the limit counts as not finite, for weights that Update gets and
// for others, and in each of the ways to check gradients.
func TestLimit(t *testing.T) {
	t.Run("f32", testLimit[float32])
	t.Run("f64", testLimit[float64])
}

func testLimit[T kernels.Float](t *testing.T) {
	for _, width := range []int{2, 40, 300} { // summed in pairs, read alone, bounded
		bn := layer.NewBatchNorm[T](width)
		wide := layer.NewLinear[T](width, width, kernels.ActIdentity)
		m := layer.NewSequential[T](wide, bn)
		layer.Initialize[T](m, 1)
		x, dy := mat.New[T](4, width), mat.New[T](4, width)
		kernels.Normal(x.Data, 0, 1, 1, 1)
		pass := func(limit T) (ws *layer.Workspace[T], updates int) {
			ws = layer.NewWorkspace[T](m)
			ws.Limit = limit
			ws.Update = func(*layer.Param[T], int, []T) { updates++ }
			kernels.Normal(dy.Data, 0, 1, 2, 2)
			ws.Forward(x, true)
			ws.Backward(dy)
			return ws, updates
		}
		ws, updates := pass(0)
		if ws.NonFinite() != nil || (updates > 0) != (width == 300) {
			t.Fatalf("width %d: %v, %d updates", width, ws.NonFinite(), updates)
		}
		statistics := slices.Clone(bn.RunVar.Value)
		ws, updates = pass(1e-6)
		if ws.NonFinite() == nil || updates > 0 || !slices.Equal(bn.RunVar.Value, statistics) {
			t.Errorf("width %d: a gradient beyond the limit passed: %d updates", width, updates)
		}
		top := 0.0
		for _, p := range m.Params() {
			top = max(top, float64(kernels.MaxAbs(p.Grad)))
		}
		if !(top > 1e-6) {
			t.Errorf("width %d: the gradients are at most %v", width, top)
		}
		if ws, _ = pass(T(top)); ws.NonFinite() != nil {
			t.Errorf("width %d: a limit of exactly the largest: %v", width, ws.NonFinite())
		}
		if ws, _ = pass(T(math.Nextafter32(float32(top), 0))); ws.NonFinite() == nil {
			t.Errorf("width %d: a limit below the largest lets it pass", width)
		}
		if ws, _ = pass(T(math.Inf(1))); ws.NonFinite() != nil {
			t.Errorf("width %d: without a limit %v is not finite", width, ws.NonFinite())
		}
	}
}
