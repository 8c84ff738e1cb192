package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The reasons for which a ratio falls short of its bound.
const (
	twoLanes = "a vector has two float64"
	rows     = "its rows have 64 elements at most, and each call of the assembly four rows"
	slopes   = "the sums of the slopes are loaded and stored for each element"
	topk     = "what Go does for each row weighs as much as the assembly"
	philox   = "random words have lanes of 64 bits, two in a vector"
	nadam    = "the row computes the momentum of all steps up to this one, in Go on both tiers"
	gemm     = "a vector has two float64: the multiply-adds alone are half an instruction a product, where pure Go has 3.4 in all"
	widening = "a byte becomes eight, so that widening them takes a third of the instructions"
)

// known are the rows that fall short, or nearly so, by name and dtype. A row that does no longer is an
// error too.
var known = map[string]string{
	"AbsSum f64":                            twoLanes,
	"Activate leaky_relu(-0.5) f64":         twoLanes,
	"Activate leaky_relu(0.01) f64":         twoLanes,
	"ActivateBackward hard_sigmoid f64":     twoLanes,
	"ActivateBackward hard_tanh f64":        twoLanes,
	"ActivateBackward leaky_relu(0.01) f64": twoLanes,
	"ActivateBackward relu f64":             twoLanes,
	"ActivateBackward step f64":             twoLanes,
	"ActivateGrad leaky_relu(-0.5) f64":     twoLanes,
	"ActivateGrad leaky_relu(0.01) f64":     twoLanes,
	"ActivateGrad relu f64":                 twoLanes,
	"AdaptiveClipColumns f64":               twoLanes,
	"AddBias f64":                           twoLanes,
	"ArgMax f64":                            twoLanes,
	"ArgMaxAbs f64":                         twoLanes,
	"BCE f64":                               twoLanes,
	"BatchNormBackward f64":                 twoLanes,
	"BatchNormForward f64":                  twoLanes,
	"BatchNormInfer f64":                    twoLanes,
	"ColumnMoments f64":                     twoLanes,
	"ColumnSums f64":                        twoLanes,
	"Dropout f64":                           philox,
	"Gemm f64":                              gemm,
	"Gemv f64":                              twoLanes,
	"GemvTriangle f32":                      rows,
	"GemvTriangle f64":                      rows,
	"Log f64":                               twoLanes,
	"Log1p f64":                             twoLanes,
	"MaxAbs f64":                            twoLanes,
	"PReLU f64":                             twoLanes,
	"PReLUBackward f32":                     slopes,
	"PReLUBackward f64":                     slopes,
	"Rot f64":                               twoLanes,
	"Scale f64":                             twoLanes,
	"ScaleBytes f64":                        widening,
	"TopKHits f32":                          topk,
	"TopKHits f64":                          topk,
	"Transpose f64":                         twoLanes,
	"Uniform f32":                           philox,
	"Uniform f64":                           philox,
	"UpdateAMSGrad f64":                     twoLanes,
	"UpdateAdam f64":                        twoLanes,
	"UpdateAdadelta f64":                    twoLanes,
	"UpdateLion f64":                        twoLanes,
	"UpdateNAdam f32":                       nadam,
	"UpdateNAdam f64":                       nadam,
}

// reasons prints the rows that fall short by reason.
func reasons(short map[string]bool) {
	by := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(short)) {
		by[known[key]] = append(by[known[key]], key)
	}
	for _, reason := range slices.Sorted(maps.Keys(by)) {
		fmt.Printf("Below the bound, since %s: %s.\n\n", reason, strings.Join(by[reason], ", "))
	}
}
