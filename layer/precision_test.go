package layer_test

import (
	"errors"
	"math"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/internal/mallocs"
	"github.com/ashlar-go/ashlar/internal/tiertest"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// lowLevels are the levels below the highest, with the largest error of a product over |A||B|: medium
// rounds each factor once, by up to 2^-8; high leaves out a product of two remainders of 2^-8 and
// rounds each remainder by up to 2^-16. Both have a little room for the sums in float32.
var lowLevels = []struct {
	level kernels.Precision
	error float64
}{{kernels.High, 3.1 / (1 << 16)}, {kernels.Medium, 2.03125 / (1 << 8)}}

// passAt runs a model forward and backward at a level and returns y, dx and the gradients, dx first
// among them.
func passAt(model layer.Layer[float32], level kernels.Precision, x, dy mat.Dense[float32]) (y []float32,
	grads [][]float32) {
	ws := layer.NewWorkspace(model)
	ws.Precision, ws.InputGrad, ws.Seed = level, true, 5
	y = ws.Forward(x, true).Clone().Data
	grads = append(grads, ws.Backward(dy.Clone()).Clone().Data)
	for _, p := range model.Params() {
		if p.Grad != nil {
			grads = append(grads, slices.Clone(p.Grad))
		}
	}
	return y, grads
}

// normal32 is a rows x cols matrix of numbers with mean 0 and deviation 1.
func normal32(rows, cols int, seed uint64) mat.Dense[float32] {
	m := mat.New[float32](rows, cols)
	kernels.Normal(m.Data, 0, 1, seed, 0)
	return m
}

// TestPrecisionOfLinear: the output and the gradients of a Linear without activation are those of
// float64 but for the error that a level has, element by element. The gradient of the bias is that of
// the highest level.
func TestPrecisionOfLinear(t *testing.T) { tiertest.EachBF16Path(t, testPrecisionOfLinear) }

func testPrecisionOfLinear(t *testing.T) {
	for _, size := range [][3]int{{1, 5, 3}, {33, 17, 9}, {64, 200, 130}, {257, 64, 10}} {
		rows, in, out := size[0], size[1], size[2]
		l := layer.NewLinear[float32](in, out, kernels.ActIdentity)
		layer.Initialize(l, 1)
		kernels.Normal(l.B.Value, 0, 1, 2, 0)
		x, dy := normal32(rows, in, 3), normal32(rows, out, 4)
		w := mat.Of(in, out, l.W.Value)
		_, exact := passAt(l, kernels.Highest, x, dy)
		for _, c := range lowLevels {
			y, grads := passAt(l, c.level, x, dy)
			near := func(what string, got []float32, i int, terms func(yield func(a, b float32) bool)) {
				var sum, all float64
				for a, b := range terms {
					sum += float64(a) * float64(b)
					all += math.Abs(float64(a) * float64(b))
				}
				if err := math.Abs(float64(got[i]) - sum); !(err <= c.error*all) {
					t.Errorf("%v, %v: %s[%d] is %g, want %g: off by %.3g of %g", size, c.level, what, i,
						got[i], sum, err/all, c.error)
				}
			}
			for i := range rows {
				for j := range out {
					near("y", y, i*out+j, terms(x.Row(i), column(w, j), 1, l.B.Value[j]))
				}
				for j := range in {
					near("dx", grads[0], i*in+j, terms(dy.Row(i), w.Row(j)))
				}
			}
			for i := range in {
				for j := range out {
					near("dW", grads[1], i*out+j, terms(column(x, i), column(dy, j)))
				}
			}
			if !slices.Equal(grads[2], exact[2]) {
				t.Errorf("%v, %v: another db than at the highest level", size, c.level)
			}
		}
	}
}

// terms yields the pairs of two vectors, and more.
func terms(a, b []float32, more ...float32) func(yield func(a, b float32) bool) {
	return func(yield func(a, b float32) bool) {
		for i := range a {
			if !yield(a[i], b[i]) {
				return
			}
		}
		if len(more) > 0 {
			yield(more[0], more[1])
		}
	}
}

func column(m mat.Dense[float32], j int) []float32 {
	v := make([]float32, m.Rows)
	for i := range v {
		v[i] = m.At(i, j)
	}
	return v
}

// TestPrecisionOfLayers: in a net of any layers the outputs and the gradients differ from those of the
// highest level by the share of their norm that the package states.
func TestPrecisionOfLayers(t *testing.T) { tiertest.EachBF16Path(t, testPrecisionOfLayers) }

func testPrecisionOfLayers(t *testing.T) {
	const rows, in = 96, 40
	linear := func(in, out int, act kernels.Activation) layer.Layer[float32] {
		return layer.NewLinear[float32](in, out, act)
	}
	between := func(l layer.Layer[float32]) layer.Layer[float32] { // of 60 columns
		return layer.NewSequential(linear(in, 60, kernels.ActTanh), l, linear(60, 30, kernels.ActTanh),
			linear(30, 8, kernels.ActIdentity))
	}
	models := map[string]layer.Layer[float32]{
		"BatchNorm": between(layer.NewBatchNorm[float32](60)),
		"LayerNorm": between(layer.NewLayerNorm[float32](60)),
		"RMSNorm":   between(layer.NewRMSNorm[float32](60)),
		"Dropout":   between(layer.NewDropout[float32](0.3)),
		"PReLU":     between(layer.NewPReLU[float32](60)),
		"Softmax":   between(layer.Softmax[float32]{}),
		"Residual":  between(layer.NewResidual(linear(60, 60, kernels.ActTanh), nil)),
		"projection": between(layer.NewResidual(layer.NewSequential(linear(60, 70, kernels.ActSigmoid),
			linear(70, 60, kernels.ActTanh)), linear(60, 60, kernels.ActIdentity))),
		"no bias": between(layer.NewLinear[float32](60, 60, kernels.ActIdentity).NoBias()),
	}
	for _, act := range []kernels.Activation{kernels.ActIdentity, kernels.ActReLU, kernels.ActLeakyReLU(0.01),
		kernels.ActSigmoid, kernels.ActTanh, kernels.ActELU(1), kernels.ActSELU, kernels.ActSoftplus,
		kernels.ActGELU, kernels.ActSiLU, kernels.ActHardSwish, kernels.ActHardTanh} {
		models[act.String()] = layer.NewSequential(linear(in, 60, act), linear(60, 50, act),
			linear(50, 8, act))
		models["layer "+act.String()] = between(layer.NewActivation[float32](act))
	}
	x, dy := normal32(rows, in, 3), normal32(rows, 8, 4)
	kinked := regexp.MustCompile("relu|selu|PReLU|hard")
	for name, model := range models {
		layer.Initialize(model, 1)
		y, want := passAt(model, kernels.Highest, x, dy)
		for level, most := range map[kernels.Precision][2]float64{kernels.High: {1.0 / (1 << 14), 1.0 / 32},
			kernels.Medium: {1.0 / 64, 1.0 / 4}} {
			gy, got := passAt(model, level, x, dy)
			if err := share(gy, y); !(err <= most[0]) || forced.Precision.Load() && err == 0 {
				t.Errorf("%s, %v: y is off by %.3g of its norm, want %.3g and not 0", name, level, err,
					most[0])
			}
			kinks := 0
			if kinked.MatchString(name) {
				kinks = 1
			}
			for i := range want {
				if err := share(got[i], want[i]); !(err <= most[kinks]) {
					t.Errorf("%s, %v: gradient %d is off by %.3g of its norm, want %.3g", name, level, i, err,
						most[kinks])
				}
			}
		}
	}
}

// share is the norm of the difference over that of want.
func share(got, want []float32) float64 {
	var d, n float64
	for i, w := range want {
		d += (float64(got[i]) - float64(w)) * (float64(got[i]) - float64(w))
		n += float64(w) * float64(w)
	}
	if d == 0 {
		return 0
	}
	return math.Sqrt(d / n)
}

// TestPrecisionWithUpdate: below the highest level Update changes no bit of a gradient, and neither
// does what the workspace has computed before, at another level.
func TestPrecisionWithUpdate(t *testing.T) { tiertest.EachBF16Path(t, testPrecisionWithUpdate) }

func testPrecisionWithUpdate(t *testing.T) {
	for _, rows := range []int{1, 9, 70} {
		model := layer.NewSequential[float32](layer.NewLinear[float32](70, 250, kernels.ActIdentity),
			layer.NewLinear[float32](250, 150, kernels.ActTanh), layer.NewBatchNorm[float32](150),
			layer.NewResidual[float32](layer.NewLinear[float32](150, 250, kernels.ActReLU),
				layer.NewLinear[float32](150, 250, kernels.ActIdentity).NoBias()),
			layer.NewLinear[float32](250, 4, kernels.ActIdentity))
		layer.Initialize(model, 1)
		x, dy := normal32(rows, 70, 3), normal32(rows, 4, 4)
		want := map[kernels.Precision][][]float32{}
		for _, level := range []kernels.Precision{kernels.Highest, kernels.High, kernels.Medium} {
			_, grads := passAt(model, level, x, dy)
			want[level] = grads[1:]
		}
		ws := layer.NewWorkspace[float32](model)
		var calls atomic.Int32
		ws.Update = func(p *layer.Param[float32], lo int, g []float32) {
			calls.Add(1)
			copy(p.Grad[lo:], g)
		}
		for _, level := range []kernels.Precision{kernels.Medium, kernels.Highest, kernels.Medium,
			kernels.High, kernels.Highest} {
			ws.Precision = level
			ws.Forward(x, true)
			ws.Precision = kernels.Highest // which is for the next Forward
			calls.Store(0)
			if ws.Backward(dy.Clone()); calls.Load() == 0 {
				t.Errorf("%d rows, %v: no call of Update", rows, level)
			}
			i := 0
			for _, p := range model.Params() {
				if p.Grad == nil {
					continue
				}
				if !slices.Equal(p.Grad, want[level][i]) {
					t.Errorf("%d rows, %v: another gradient of %s", rows, level, p)
				}
				p.Stepped = false
				clear(p.Grad)
				i++
			}
		}
	}
}

// TestPrecisionOverflow: a number that is finite in float32 and rounds to an infinity is found, also
// where the sums of x and dz prove the gradient finite at the highest level.
func TestPrecisionOverflow(t *testing.T) { tiertest.EachBF16Path(t, testPrecisionOverflow) }

func testPrecisionOverflow(t *testing.T) {
	l := layer.NewLinear[float32](300, 200, kernels.ActIdentity)
	layer.Initialize(l, 1)
	clear(l.W.Value)
	for _, level := range []kernels.Precision{kernels.Highest, kernels.High, kernels.Medium} {
		ws := layer.NewWorkspace(l)
		ws.Precision = level
		ws.Update = func(_ *layer.Param[float32], _ int, g []float32) {
			if top := kernels.MaxAbs(g); top-top != 0 {
				t.Errorf("%v: Update got an element %v", level, top)
			}
		}
		x, dy := normal32(64, 300, 3), normal32(64, 200, 4)
		x.Data[70] = math.MaxFloat32
		kernels.Scale(dy.Data, 1e-10, dy.Data)
		ws.Forward(x, true)
		ws.Backward(dy)
		top := kernels.MaxAbs(l.W.Grad)
		if bad := top-top != 0; bad != (ws.NonFinite() != nil) {
			t.Errorf("%v: the largest gradient is %v, NonFinite is %v", level, top, ws.NonFinite())
		}
	}
}

// TestUnknownPrecision: Forward panics where the level is none.
func TestUnknownPrecision(t *testing.T) {
	l := layer.NewLinear[float32](3, 2, kernels.ActIdentity)
	ws := layer.NewWorkspace(l)
	ws.Precision = 3
	defer func() {
		err, _ := recover().(error)
		shape, is := errors.AsType[*kernels.ShapeError](err)
		if !is || shape.Op != "layer.Workspace.Forward" || shape.Arg != "Precision" {
			t.Errorf("%v, want a ShapeError that names Precision", err)
		}
	}()
	ws.Forward(mat.New[float32](1, 3), false)
}

// TestPrecisionAllocations: after the first a pass allocates nothing, at any level.
func TestPrecisionAllocations(t *testing.T) { tiertest.EachBF16Path(t, testPrecisionAllocations) }

func testPrecisionAllocations(t *testing.T) {
	model := layer.NewSequential[float32](layer.NewLinear[float32](70, 90, kernels.ActTanh),
		layer.NewLinear[float32](90, 80, kernels.ActReLU),
		layer.NewLinear[float32](80, 4, kernels.ActIdentity))
	layer.Initialize(model, 1)
	x, dy := normal32(64, 70, 3), normal32(64, 4, 4)
	for _, c := range lowLevels {
		ws := layer.NewWorkspace(model)
		ws.Precision = c.level
		pass := func() { ws.Forward(x, true); ws.Backward(dy); runtime.GC() }
		pass()
		if n := mallocs.Least(pass); n > 0 {
			t.Errorf("%v: %v allocations a pass", c.level, n)
		}
	}
}

// TestExplainPrecision: a level is explained where it changes nothing, by those paths alone that would
// gain, and not explained where it applies.
func TestExplainPrecision(t *testing.T) {
	before := kernels.ActiveBF16()
	defer func() {
		if err := kernels.LimitBF16(before); err != nil {
			t.Error(err)
		}
	}()
	gains := map[kernels.Precision][]kernels.BF16Path{kernels.Highest: kernels.BF16Paths(),
		kernels.High: {kernels.BF16AMX}, kernels.Medium: {kernels.BF16Dot, kernels.BF16AMX}}
	for _, path := range kernels.BF16Paths() {
		if path > before {
			continue // above ASHLAR_TIER or ASHLAR_BF16
		}
		if err := kernels.LimitBF16(path); err != nil {
			t.Fatal(err)
		}
		for level, paths := range gains {
			why := layer.ExplainPrecision[float32](level)
			if applies := slices.Contains(paths, path); applies != (why == "") {
				t.Errorf("%v on path %v: %q", level, path, why)
			}
			for reason := range strings.SplitSeq(why, "; ") {
				name, _, _ := strings.Cut(reason, ": ")
				p, err := kernels.ParseBF16Path(name)
				if err == nil && !slices.Contains(paths, p) {
					t.Errorf("%v on path %v: %q is no reason", level, path, reason)
				}
			}
		}
	}
	if why := layer.ExplainPrecision[float64](kernels.Medium); !strings.Contains(why, "float64") {
		t.Errorf("float64: %q", why)
	}
	forced.Precision.Store(true)
	defer forced.Precision.Store(false)
	if why := layer.ExplainPrecision[float32](kernels.High); why != "" {
		t.Errorf("forced: %q", why)
	}
}
