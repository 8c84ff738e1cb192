package layer_test

import (
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// TestWorkspaceBytes: ReLU needs its output only, GELU its derivative as well.
func TestWorkspaceBytes(t *testing.T) {
	model := layer.NewSequential[float32](
		layer.NewLinear[float32](3, 5, kernels.ActReLU),
		layer.NewLinear[float32](5, 7, kernels.ActGELU),
	)
	ws := layer.NewWorkspace(model)
	ws.Backward(ws.Forward(mat.New[float32](11, 3), true))
	if memo, gradients := ws.Bytes(); memo != 4*11*(5+7+7) || gradients != 4*11*5 {
		t.Errorf("%d and %d bytes", memo, gradients)
	}
}
