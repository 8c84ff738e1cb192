// Command gemm computes a matrix product.
package main

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
)

func main() {
	a, c := []float32{1, 2, 3, 4}, make([]float32, 4)
	kernels.Gemm(false, false, 2, 2, 2, 1, a, 2, a, 2, 0, c, 2)
	fmt.Println(c)
}
