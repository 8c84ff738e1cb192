// Command adam takes a step of an optimizer.
package main

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
)

func main() {
	w, g, m, v := make([]float32, 4), make([]float32, 4), make([]float32, 4), make([]float32, 4)
	kernels.UpdateAdam(w, g, m, v, kernels.AdamParams{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Step: 1})
	fmt.Println(w)
}
