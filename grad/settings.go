package grad

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/kernels"
)

// The checks of the losses' settings. A trainer makes them before its first step, by the
// method Check of a loss; outputs are those of the model, classes those of the set, 0 for
// values.

// checkReduction names a Reduction that there is not.
func checkReduction(loss string, r Reduction) error {
	if r > Sum {
		return fmt.Errorf("grad.%s: Reduction = %d, want Mean (%d) or Sum (%d)", loss, r, Mean, Sum)
	}
	return nil
}

// checkBinary names the first fault in the settings of a binary loss.
func checkBinary(loss string, r Reduction, posWeight float64) error {
	if !(posWeight >= 0 && posWeight <= math.MaxFloat64) {
		return fmt.Errorf("grad.%s: PosWeight = %v, want a finite number above 0, or 0 for 1", loss,
			posWeight)
	}
	return checkReduction(loss, r)
}

// checkClassWeight names the first fault in the weights of classes.
func checkClassWeight[T kernels.Float](loss string, weights []T, outputs int) error {
	if weights == nil {
		return nil
	}
	if len(weights) != outputs {
		const format = "grad.%s: len(ClassWeight) = %d, want %d, one an output of the model"
		return fmt.Errorf(format, loss, len(weights), outputs)
	}
	top := T(0)
	for i, w := range weights {
		if !(w >= 0 && !math.IsInf(float64(w), 1)) {
			return fmt.Errorf("grad.%s: ClassWeight[%d] = %v, want a finite number of at least 0", loss,
				i, w)
		}
		top = max(top, w)
	}
	if outputs > 0 && top == 0 {
		return fmt.Errorf("grad.%s: ClassWeight = %v, want one above 0", loss, weights)
	}
	return nil
}
