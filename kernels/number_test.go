package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// Short names for what tests compute in double-double arithmetic.

func num(x float64) dd.Num { return dd.FromFloat64(x) }

func size(x dd.Num) float64 { return math.Abs(x.Hi) }
