// Command plain prints the digests of the kernels.
package main

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels/internal/buildmodes"
)

func main() { fmt.Print(buildmodes.Digest()) }
