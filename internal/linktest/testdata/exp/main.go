// Command exp computes an exponential.
package main

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
)

func main() {
	c := make([]float32, 4)
	kernels.Exp(c, c)
	fmt.Println(c)
}
