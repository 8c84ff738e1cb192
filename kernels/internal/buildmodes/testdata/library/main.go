// Command library is a library for C with a function that computes the digests of the kernels.
package main

// #include <stdlib.h>
import "C"

import "github.com/ashlar-go/ashlar/kernels/internal/buildmodes"

// Digest returns the digests; the caller frees them.
//
//export Digest
func Digest() *C.char { return C.CString(buildmodes.Digest()) }

func main() {}
