package layer_test

import (
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/internal/tiertest"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// chain returns three Linear layers with activations, in one Sequential, or each in one of its own, so
// that none knows that a Linear takes its output.
func chain(apart bool, first, second kernels.Activation) *layer.Sequential[float32] {
	return chainOf(apart, layer.NewLinear[float32](70, 90, first), layer.NewLinear[float32](90, 81, second),
		layer.NewLinear[float32](81, 6, kernels.ActIdentity))
}

// chainOf is chain of any layers.
func chainOf(apart bool, parts ...layer.Layer[float32]) *layer.Sequential[float32] {
	if apart {
		for i, l := range parts {
			parts[i] = layer.NewSequential(l)
		}
	}
	model := layer.NewSequential(parts...)
	layer.Initialize(model, 1)
	return model
}

// TestHalfMemo: at medium the output, and each gradient that does not depend on f', have the bits of a
// model whose activations are float32; with ReLU and identity all gradients have. The memo takes half.
func TestHalfMemo(t *testing.T) { tiertest.EachBF16Path(t, testHalfMemo) }

func testHalfMemo(t *testing.T) {
	const rows = 150
	x, dy := normal32(rows, 70, 3), normal32(rows, 6, 4)
	ws := layer.NewWorkspace[float32](chain(false, kernels.ActReLU, kernels.ActTanh))
	ws.Precision = kernels.Medium
	ws.Forward(x, true)
	bytes := 2
	if !forced.Precision.Load() && kernels.ActiveBF16() < kernels.BF16Dot {
		bytes = 4
	}
	if memo, _ := ws.Bytes(); memo != bytes*rows*(90+81)+4*rows*6 {
		t.Errorf("%d bytes of memo, want %d for each activation of the first layers and 4 of the last", memo,
			bytes)
	}
	if !forced.Precision.Load() {
		return // the product of the last layer is in float32 where it may be
	}
	for _, acts := range [][2]kernels.Activation{{kernels.ActReLU, kernels.ActReLU},
		{kernels.ActIdentity, kernels.ActReLU}, {kernels.ActTanh, kernels.ActSoftplus},
		{kernels.ActTanh, kernels.ActGELU}, {kernels.ActGELU, kernels.ActSigmoid}} {
		y, got := passAt(chain(false, acts[0], acts[1]), kernels.Medium, x, dy)
		wy, want := passAt(chain(true, acts[0], acts[1]), kernels.Medium, x, dy)
		if !slices.Equal(y, wy) {
			t.Errorf("%v: another output", acts)
		}
		exact := acts[1] == kernels.ActReLU // and the first is ReLU or identity
		for i := range want {
			last := i >= 5 // gradients of the last layer
			if (last || exact) && !slices.Equal(got[i], want[i]) {
				t.Errorf("%v: gradient %d is another one", acts, i)
			}
			if err := share(got[i], want[i]); !(err <= 1.0/64) {
				t.Errorf("%v: gradient %d is off by %.3g of its norm", acts, i, err)
			}
		}
	}
	if y := ws.Forward(x, false).Clone(); !slices.Equal(y.Data, ws.Forward(x, true).Data) {
		t.Error("another output in training")
	}
}

// TestHalfMemoIsVisible: Visit shows X and Y of all layers in float32, before and after Backward, and
// changes no bit of what Backward computes.
func TestHalfMemoIsVisible(t *testing.T) { tiertest.EachBF16Path(t, testHalfMemoIsVisible) }

func testHalfMemoIsVisible(t *testing.T) {
	x, dy := normal32(150, 70, 3), normal32(150, 6, 4)
	model := chain(false, kernels.ActReLU, kernels.ActTanh)
	_, want := passAt(model, kernels.Medium, x, dy)
	ws := layer.NewWorkspace[float32](model)
	ws.Precision = kernels.Medium
	visit := func() {
		var last mat.Dense[float32]
		ws.Visit(func(path string, l layer.Layer[float32], m *layer.Memo[float32]) {
			if path == "" {
				return
			}
			if m.X.Rows != 150 || len(m.X.Data) < 150*m.X.Cols || len(m.Y.Data) < 150*m.Y.Cols {
				t.Fatalf("layer %s has an X of %d elements and a Y of %d", path, len(m.X.Data), len(m.Y.Data))
			}
			if last.Data != nil && !slices.Equal(last.RawData(), m.X.RawData()) {
				t.Errorf("X of layer %s is not Y of the layer below", path)
			}
			if kernels.SumSquares(m.Y.RawData()) == 0 {
				t.Errorf("Y of layer %s is 0", path)
			}
			last = m.Y
		})
	}
	ws.Forward(x, true)
	visit()
	ws.Backward(dy)
	visit()
	for i, p := range model.Params() {
		if !slices.Equal(p.Grad, want[i+1]) {
			t.Errorf("another gradient of %s after Visit", p)
		}
	}
}

// TestHalfMemoGrows: batches of any sizes in turn, and passes of another level between them, leave nothing
// behind that changes a bit.
func TestHalfMemoGrows(t *testing.T) { tiertest.EachBF16Path(t, testHalfMemoGrows) }

func testHalfMemoGrows(t *testing.T) {
	model := chain(false, kernels.ActTanh, kernels.ActReLU)
	ws := layer.NewWorkspace[float32](model)
	for _, rows := range []int{40, 0, 1, 90, 3} {
		x, dy := normal32(rows, 70, 3), normal32(rows, 6, 4)
		y, want := passAt(model, kernels.Medium, x, dy)
		ws.Precision = kernels.Medium
		if !slices.Equal(ws.Forward(x, true).RawData(), y) {
			t.Errorf("%d rows: another output", rows)
		}
		ws.Backward(dy)
		for i, p := range model.Params() {
			if !slices.Equal(p.Grad, want[i+1]) {
				t.Errorf("%d rows: another gradient of %s", rows, p)
			}
		}
		ws.Precision = kernels.Highest
		ws.Forward(x, true) // leaves the memo of another level behind
	}
}

// TestHalfMemoInParts: a memo so large that it becomes float32 in three parts counts as a whole, for f' of the
// layer below and for the bound of the gradient of the layer above, whichever part has the numbers.
func TestHalfMemoInParts(t *testing.T) { tiertest.EachBF16Path(t, testHalfMemoInParts) }

func testHalfMemoInParts(t *testing.T) {
	if !forced.Precision.Load() {
		return // the products are in float32 where they may be
	}
	const rows, wide, out, part = 20, 1 << 15, 24, 8 // rows of 2^15 elements of a part
	build := func(apart bool) *layer.Sequential[float32] {
		return chainOf(apart, layer.NewLinear[float32](5, wide, kernels.ActReLU),
			layer.NewLinear[float32](wide, out, kernels.ActIdentity))
	}
	dy := normal32(rows, out, 4)
	for first := 0; first < rows; first += part {
		x := mat.New[float32](rows, 5)
		in := x.Data[5*first : 5*min(first+part, rows)] // of the other rows the memo is 0
		kernels.Normal(in, 0, 100, 3, 0)
		_, want := passAt(build(true), kernels.Medium, x, dy)
		model := build(false)
		ws := layer.NewWorkspace(model)
		ws.Precision, ws.InputGrad = kernels.Medium, true
		ws.Limit = kernels.MaxAbs(want[3]) / 2
		ws.Forward(x, true)
		got := [][]float32{ws.Backward(dy.Clone()).RawData()}
		params := model.Params()
		for _, p := range params {
			got = append(got, p.Grad)
		}
		for i := range want {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("numbers from row %d on: gradient %d is another one than without half", first, i)
			}
		}
		if bad := ws.NonFinite(); bad != params[2] {
			t.Errorf("numbers from row %d on: %v counts as beyond the limit, want %v", first, bad, params[2])
		}
	}
}
