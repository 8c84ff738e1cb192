package layer_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// everyLayer returns each layer for inputs of cols columns, and combinations in which layers do
// not run one by one.
func everyLayer(cols int) map[string]func() net {
	list := map[string]func() net{
		"Softmax":         func() net { return layer.Softmax[float64]{} },
		"Dropout":         func() net { return layer.NewDropout[float64](0.5) },
		"PReLU, shared":   func() net { return layer.NewPReLU[float64](1) },
		"Sequential of 0": func() net { return layer.NewSequential[float64]() },
		"Residual": func() net {
			return layer.NewResidual[float64](layer.NewActivation[float64](kernels.ActTanh), nil)
		},
		"Residual Dropout": func() net {
			return layer.NewResidual[float64](layer.NewDropout[float64](0.5), nil)
		},
	}
	for _, act := range []kernels.Activation{kernels.ActReLU, kernels.ActSigmoid, kernels.ActGELU,
		kernels.ActIdentity} {
		list[fmt.Sprint("Activation ", act)] = func() net { return layer.NewActivation[float64](act) }
	}
	if cols == 0 {
		return list
	}
	linear := func(out int, act kernels.Activation) *layer.Linear[float64] {
		return layer.NewLinear[float64](cols, out, act)
	}
	norm := func() *layer.BatchNorm[float64] { return layer.NewBatchNorm[float64](cols) }
	list["Linear"] = func() net { return linear(2, kernels.ActReLU) }
	list["Linear GELU"] = func() net { return linear(2, kernels.ActGELU) }
	list["Linear to one"] = func() net { return linear(1, kernels.ActIdentity) }
	list["Linear without bias"] = func() net { return linear(2, kernels.ActTanh).NoBias() }
	list["BatchNorm"] = func() net { return norm() }
	list["LayerNorm"] = func() net { return layer.NewLayerNorm[float64](cols) }
	list["RMSNorm"] = func() net { return layer.NewRMSNorm[float64](cols) }
	list["PReLU"] = func() net { return layer.NewPReLU[float64](cols) }
	list["Residual with projection"] = func() net {
		return layer.NewResidual[float64](linear(2, kernels.ActReLU),
			linear(2, kernels.ActIdentity).NoBias())
	}
	list["BatchNorm and Activation"] = func() net {
		return layer.NewSequential[float64](norm(), layer.NewActivation[float64](kernels.ActReLU))
	}
	list["folded"] = func() net {
		return layer.NewSequential[float64](norm(), linear(cols, kernels.ActIdentity), norm(),
			layer.NewActivation[float64](kernels.ActGELU))
	}
	list["deep"] = func() net {
		return layer.NewSequential[float64](linear(cols, kernels.ActIdentity), norm(),
			layer.NewActivation[float64](kernels.ActGELU),
			layer.NewDropout[float64](0.5),
			layer.NewResidual[float64](layer.NewLayerNorm[float64](cols), nil),
			layer.NewPReLU[float64](1))
	}
	return list
}

// TestNoRows: a batch without rows gives an output without rows, overwrites gradients with 0 and
// leaves running statistics as they were.
func TestNoRows(t *testing.T) { testEmptyBatch(t, 0, 3) }

// TestNoColumns runs the layers that take rows of any length on rows of length 0.
func TestNoColumns(t *testing.T) {
	for _, rows := range []int{0, 1, 5} {
		testEmptyBatch(t, rows, 0)
	}
}

func testEmptyBatch(t *testing.T, rows, cols int) {
	for name, make := range everyLayer(cols) {
		t.Run(fmt.Sprintf("%dx%d/%s", rows, cols, name), func(t *testing.T) {
			m := make()
			layer.Initialize(m, 1)
			before := values(m)
			out, err := m.Out(cols)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range m.Params() {
				for i := range p.Grad {
					p.Grad[i] = math.NaN()
				}
			}
			ws := layer.NewWorkspace(m)
			ws.InputGrad = true
			gaps := mat.New[float64](5, cols+2).Sub(0, rows, 1, 1+cols)
			for _, x := range []matrix{mat.New[float64](rows, cols), gaps} {
				for _, train := range []bool{true, false} {
					if y := ws.Forward(x, train); y.Rows != x.Rows || y.Cols != out {
						t.Errorf("train=%v: y is %dx%d, want %dx%d", train, y.Rows, y.Cols, x.Rows, out)
					}
				}
				ws.Forward(x, true)
				if dx := ws.Backward(mat.New[float64](x.Rows, out)); dx.Rows != x.Rows || dx.Cols != cols {
					t.Errorf("dx is %dx%d, want %dx%d", dx.Rows, dx.Cols, x.Rows, cols)
				}
				if p := ws.NonFinite(); p != nil {
					t.Errorf("%v is not finite", p)
				}
			}
			for _, p := range m.Params() {
				for i, g := range p.Grad {
					if g != 0 {
						t.Errorf("gradient %d of %v is %v, want 0", i, p, g)
					}
				}
			}
			if !slices.Equal(before, values(m)) {
				t.Error("the model changed")
			}
			p, err := layer.NewPredictor(m, cols)
			if err != nil {
				t.Fatal(err)
			}
			p.Predict(mat.New[float64](rows, out), mat.New[float64](rows, cols))
		})
	}
}

func values(m net) (list []float64) {
	for _, p := range m.Params() {
		list = append(list, p.Value...)
	}
	return list
}

// TestRowsComeAndGo runs batches of several sizes, 0 and 1 among them, through one workspace.
// Nothing of one batch reaches the next.
func TestRowsComeAndGo(t *testing.T) {
	for name, make := range everyLayer(3) {
		m := make()
		layer.Initialize(m, 1)
		used := layer.NewWorkspace(m)
		used.InputGrad = true
		for step, rows := range []int{0, 5, 1, 0, 2, 7, 0} {
			x := normal(rows, 3, uint64(step))
			fresh := layer.NewWorkspace(m)
			fresh.InputGrad = true
			run := func(ws *layer.Workspace[float64]) (y, dx, grads []float64) {
				start := values(m)
				out := ws.Forward(x, true)
				y = slices.Clone(out.RawData())
				dx = slices.Clone(ws.Backward(normal(out.Rows, out.Cols, 9)).RawData())
				at := 0
				for _, p := range m.Params() { // running statistics as they were
					grads = append(grads, p.Grad...)
					copy(p.Value, start[at:])
					at += len(p.Value)
				}
				return y, dx, grads
			}
			y1, dx1, g1 := run(used)
			y2, dx2, g2 := run(fresh)
			if !slices.Equal(y1, y2) || !slices.Equal(dx1, dx2) || !slices.Equal(g1, g2) {
				t.Errorf("%s: %d rows differ from those in a workspace of their own", name, rows)
			}
		}
	}
}

// TestImpossibleSizes: sizes that overflow panic with an error that names them.
func TestImpossibleSizes(t *testing.T) {
	const (
		half = math.MaxInt/2 + 1          // 2^62 where an int has 64 bits
		root = 1 << (strconv.IntSize / 2) // root * root overflows an int to 0
	)
	bad := matrix{Rows: half, Cols: 4, Data: make([]float64, 8), Stride: 4}
	linear := func() *layer.Workspace[float64] {
		return layer.NewWorkspace[float64](layer.NewLinear[float64](4, 4, kernels.ActReLU))
	}
	memo := func(f func(m *layer.Memo[float64])) {
		linear().Visit(func(_ string, _ net, m *layer.Memo[float64]) { f(m) })
	}
	for _, c := range []struct {
		want string
		f    func()
	}{
		{fmt.Sprintf("w has shape [%[1]d %[1]d], whose elements do not fit in memory", root),
			func() { layer.NewParam("w", layer.Zeros[float32], root, root) }},
		{"s has shape [3 0], want sizes >= 1", func() { layer.NewState("s", layer.Zeros[float32], 3, 0) }},
		{"s has shape [-1 -1], want sizes >= 1",
			func() { layer.NewState("s", layer.Zeros[float32], -1, -1) }},
		{fmt.Sprintf("weight has shape [%d 4]", half),
			func() { layer.NewLinear[float32](half, 4, kernels.ActReLU) }},
		{fmt.Sprintf("weight has shape [4 %d]", half),
			func() { layer.NewLinear[float64](4, half, kernels.ActReLU) }},
		{fmt.Sprintf("weight has shape [%d]", half), func() { layer.NewBatchNorm[float64](half) }},
		{fmt.Sprintf("weight has shape [%d]", math.MaxInt),
			func() { layer.NewLayerNorm[float32](math.MaxInt) }},
		{fmt.Sprintf("weight has shape [%d]", half), func() { layer.NewRMSNorm[float32](half) }},
		{fmt.Sprintf("weight has shape [%d]", half), func() { layer.NewPReLU[float32](half) }},
		{"weight has shape [0]", func() { layer.NewPReLU[float32](0) }},
		{fmt.Sprintf("x is %dx4 with stride 4, which does not fit its 8 elements", half),
			func() { linear().Forward(bad, true) }},
		{fmt.Sprintf("x is %dx4 with stride 4", half), func() {
			p, _ := layer.NewPredictor[float64](layer.NewActivation[float64](kernels.ActReLU), 4)
			p.Predict(bad, bad)
		}},
		{"dy is 2x4 with stride 4, which does not fit its 3 elements", func() {
			ws := linear()
			ws.Forward(mat.New[float64](2, 4), true)
			ws.Backward(matrix{Rows: 2, Cols: 4, Data: make([]float64, 3), Stride: 4})
		}},
		{fmt.Sprintf("there is no matrix of %d x 4 elements", half),
			func() { memo(func(m *layer.Memo[float64]) { m.Output(half, 4) }) }},
		{fmt.Sprintf("there is no matrix of %[1]d x %[1]d elements", root),
			func() { memo(func(m *layer.Memo[float64]) { m.Keep(root, root) }) }},
		{"there is no matrix of -2 x 3 elements",
			func() { memo(func(m *layer.Memo[float64]) { m.Gradient(-2, 3) }) }},
		{"there is no matrix of -2 x -3 elements",
			func() { memo(func(m *layer.Memo[float64]) { m.Output(-2, -3) }) }},
	} {
		func() {
			defer func() {
				err, _ := recover().(error)
				if _, ok := errors.AsType[*kernels.ShapeError](err); !ok ||
					!strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
			}()
			c.f()
		}()
	}
	if p, err := layer.NewPredictor[float64](layer.NewActivation[float64](kernels.ActReLU), -1); p != nil ||
		err == nil {
		t.Errorf("a predictor of -1 columns: %v, %v", p, err)
	}
}

// TestParamOfNoShape: a parameter without sizes is one number, which every initialiser can fill.
func TestParamOfNoShape(t *testing.T) {
	for name, init := range map[string]layer.Init[float64]{
		"HeNormal": layer.HeNormal[float64], "HeUniform": layer.HeUniform[float64],
		"XavierNormal": layer.XavierNormal[float64], "XavierUniform": layer.XavierUniform[float64],
		"LeCunNormal": layer.LeCunNormal[float64], "LeCunUniform": layer.LeCunUniform[float64],
		"Orthogonal": layer.Orthogonal[float64](1), "Constant": layer.Constant(2.0),
		"Given": layer.Given([]float64{3}),
	} {
		p := layer.NewParam("p", init)
		p.Init(p, 1, 1)
		if len(p.Value) != 1 || len(p.Grad) != 1 || p.Value[0] == 0 || p.Value[0] != p.Value[0] {
			t.Errorf("%s gave %v", name, p.Value)
		}
	}
}
