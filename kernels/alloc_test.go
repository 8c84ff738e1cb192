package kernels

import (
	"testing"

	"github.com/ashlar-go/ashlar/internal/mallocs"
)

// TestRowKernelsAllocateNothing: the kernels that work row by row share a check,
// which must not put its message together before there is something to say.
func TestRowKernelsAllocateNothing(t *testing.T) {
	const rows, cols, rounds = 7, 5, 100
	x, y := make([]float32, rows*cols), make([]float32, rows*cols)
	vec := func() []float32 { return make([]float32, cols) }
	bn := &BatchNorm[float32]{Gamma: vec(), Beta: vec(), Mean: vec(), InvStd: vec(), RunMean: vec(),
		RunVar: vec(), Eps: 1}
	bias, dgamma, dbeta, labels := vec(), vec(), vec(), make([]int, rows)
	all := func() {
		AddBias(rows, cols, y, cols, x, cols, bias)
		Softmax(rows, cols, y, cols, x, cols)
		SoftmaxCrossEntropy(rows, cols, y, cols, x, cols, labels)
		BatchNormForward(rows, cols, y, cols, x, cols, bn)
		BatchNormInfer(rows, cols, y, cols, x, cols, bn)
		BatchNormBackward(rows, cols, y, cols, y, cols, x, cols, bn, dgamma, dbeta)
		ColumnSums(rows, cols, bias, x, cols)
	}
	all()
	n := mallocs.Least(func() {
		for range rounds {
			all()
		}
	})
	if n > 0 {
		t.Errorf("%d allocations in %d rounds", n, rounds)
	}
}

func TestRowKernelsNameTheLeadingDimension(t *testing.T) {
	defer func() {
		if err, _ := recover().(error); err == nil || err.Error() != "kernels.Softmax: ldx = 1, want >= 2" {
			t.Errorf("got %v", err)
		}
	}()
	Softmax(1, 2, make([]float32, 2), 2, make([]float32, 2), 1)
}
