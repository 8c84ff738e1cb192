package layer_test

import (
	"math"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// TestBatchNormOfOneRow: a batch of one row leaves the running variance unchanged to the bit. The
// running mean moves, y is the shift, and dx and dgamma are 0.
func TestBatchNormOfOneRow(t *testing.T) {
	t.Run("f32", testBatchNormOfOneRow[float32])
	t.Run("f64", testBatchNormOfOneRow[float64])
}

func testBatchNormOfOneRow[T kernels.Float](t *testing.T) {
	for _, cols := range []int{1, 3, 40} { // 40 columns take the assembly
		l := layer.NewBatchNorm[T](cols)
		for _, activated := range []bool{false, true} {
			layer.Initialize(l, 1)
			kernels.Uniform(l.RunVar.Value, 0.5, 3, 1, 1)
			kernels.Uniform(l.Beta.Value, 0.1, 2, 1, 2)
			variance := slices.Clone(l.RunVar.Value)
			var m layer.Layer[T] = l
			if activated {
				m = layer.NewSequential[T](l, layer.NewActivation[T](kernels.ActReLU))
			}
			ws := layer.NewWorkspace(m)
			ws.InputGrad = true
			x, dy := mat.New[T](1, cols), mat.New[T](1, cols)
			kernels.Uniform(x.Data, 10, 20, 1, 3)
			dy.Fill(3)
			y := ws.Forward(x, true)
			if !slices.Equal(y.RawData(), l.Beta.Value) {
				t.Errorf("y = %v, want beta, %v", y.RawData(), l.Beta.Value)
			}
			dx := ws.Backward(dy)
			if !slices.Equal(l.RunVar.Value, variance) {
				t.Errorf("running variance %v, want %v as before", l.RunVar.Value, variance)
			}
			for j := range cols {
				if l.RunMean.Value[j] != l.Momentum*x.At(0, j) {
					t.Errorf("running mean %d is %v, want %v", j, l.RunMean.Value[j], l.Momentum*x.At(0, j))
				}
				if dx.At(0, j) != 0 || l.Gamma.Grad[j] != 0 || l.Beta.Grad[j] != 3 {
					t.Errorf("dx, dgamma and dbeta are %v, %v, %v, want 0, 0, 3", dx.At(0, j),
						l.Gamma.Grad[j], l.Beta.Grad[j])
				}
			}
		}
	}
}

// TestShortLastBatch: with 1001 rows in batches of 1000, the last batch of one row leaves the
// running variance at that of the other 1000.
func TestShortLastBatch(t *testing.T) {
	l := layer.NewBatchNorm[float64](1)
	ws := layer.NewWorkspace[float64](l)
	x := mat.New[float64](1001, 1)
	kernels.Normal(x.Data, 0, 3, 1, 1)
	for range 300 {
		for _, b := range []matrix{x.RowRange(0, 1000), x.RowRange(1000, 1001)} {
			ws.Forward(b, true)
			ws.Backward(mat.New[float64](b.Rows, 1))
		}
	}
	var sum, squares float64
	for _, v := range x.Data[:1000] {
		sum, squares = sum+v, squares+v*v
	}
	want := (squares - sum*sum/1000) / 999
	if got := l.RunVar.Value[0]; !(math.Abs(got/want-1) <= 1e-9) {
		t.Errorf("running variance %v, want %v", got, want)
	}
}

// TestPredictorOfTimes has features whose mean is 10^5 deviations: seconds since 1970 in float32.
// A Predictor is as exact as the model, wherever the BatchNorm stands.
func TestPredictorOfTimes(t *testing.T) {
	const in, rows = 4, 50
	norm := func() *layer.BatchNorm[float32] {
		l := layer.NewBatchNorm[float32](in)
		layer.Initialize(l, 1)
		for j := range in {
			l.RunMean.Value[j], l.RunVar.Value[j] = 1.6e9, 3e8
			l.Gamma.Value[j], l.Beta.Value[j] = 2, -1
		}
		return l
	}
	x := mat.New[float32](rows, in)
	kernels.Normal(x.Data, 0, 1<<14, 1, 1)
	for i := range x.Data {
		x.Data[i] = 1.6e9 + 128*float32(math.Round(float64(x.Data[i])/128))
	}
	var want [rows]float64 // the sum of a row, normalised
	for i := range rows {
		for _, v := range x.Row(i) {
			want[i] += 2*(float64(v)-1.6e9)/math.Sqrt(3e8+1e-5) - 1
		}
	}
	sum := func(out int) *layer.Linear[float32] {
		l := layer.NewLinear[float32](in, out, kernels.ActIdentity)
		l.W.Init = layer.Constant[float32](1)
		layer.Initialize[float32](l, 1)
		return l
	}
	for name, parts := range map[string][]layer.Layer[float32]{
		"alone":         {norm(), layer.NewActivation[float32](kernels.ActIdentity), sum(1)},
		"before Linear": {norm(), sum(3)},
		"before a dot":  {norm(), sum(1)},
	} {
		model := layer.NewSequential(parts...)
		p, err := layer.NewPredictor(model, in)
		if err != nil {
			t.Fatal(err)
		}
		out, _ := model.Out(in)
		y := mat.New[float32](rows, out)
		p.Predict(y, x)
		for i, w := range want {
			if got := float64(y.At(i, 0)); !(math.Abs(got-w) <= 1e-5) {
				t.Errorf("%s: row %d is %v, want %v", name, i, got, w)
				break
			}
		}
	}
}

// TestPredictorOfOneTime is TestPredictorOfTimes with one column of times, at each place among others.
func TestPredictorOfOneTime(t *testing.T) {
	const in, rows = 4, 50
	for place := range in {
		for _, mean := range []float32{1.6e9, -1.6e9} {
			norm := layer.NewBatchNorm[float32](in)
			layer.Initialize[float32](norm, 1)
			norm.RunMean.Value[place], norm.RunVar.Value[place] = mean, 3e8
			x := mat.New[float32](rows, in)
			kernels.Normal(x.Data, 0, 1, 1, 1)
			var want [rows]float64 // the sum of a row, normalised
			for i := range rows {
				x.Row(i)[place] = mean + 128*float32(math.Round(128*float64(x.At(i, place))))
				for j, v := range x.Row(i) {
					want[i] += (float64(v) - float64(norm.RunMean.Value[j])) /
						math.Sqrt(float64(norm.RunVar.Value[j])+1e-5)
				}
			}
			for _, out := range []int{1, 3} {
				sum := layer.NewLinear[float32](in, out, kernels.ActIdentity)
				sum.W.Init = layer.Constant[float32](1)
				layer.Initialize[float32](sum, 1)
				p, err := layer.NewPredictor[float32](layer.NewSequential[float32](norm, sum), in)
				if err != nil {
					t.Fatal(err)
				}
				y := mat.New[float32](rows, out)
				p.Predict(y, x)
				for i, w := range want {
					if got := float64(y.At(i, 0)); !(math.Abs(got-w) <= 1e-5) {
						t.Errorf("mean %v in column %d, %d outputs: row %d is %v, want %v", mean, place, out, i, got, w)
						break
					}
				}
			}
		}
	}
}

// TestBatchNormCounts: Batches counts the batches that move the running statistics, and no others.
func TestBatchNormCounts(t *testing.T) {
	l := layer.NewBatchNorm[float64](2)
	layer.Initialize(l, 1)
	ws := layer.NewWorkspace[float64](l)
	pass := func(rows int, x float64, want int64) {
		t.Helper()
		batch := mat.New[float64](rows, 2)
		kernels.Uniform(batch.Data, 0, x, 1, 3)
		ws.Backward(ws.Forward(batch, true).Clone())
		if l.Batches != want {
			t.Errorf("%d batches after %d rows up to %v, want %d", l.Batches, rows, x, want)
		}
	}
	pass(3, 1, 1)
	pass(1, 1, 2)
	pass(0, 1, 2)
	pass(4, 1, 3)
	batch := mat.New[float64](3, 2)
	batch.Data[0] = math.Inf(1)
	ws.Backward(ws.Forward(batch, true).Clone())
	ws.Forward(batch, false)
	if l.Batches != 3 {
		t.Errorf("%d batches after one that is not finite, want 3", l.Batches)
	}
}
