// Command plugin is a plugin that computes the digests of the kernels.
package main

import "github.com/ashlar-go/ashlar/kernels/internal/buildmodes"

// Digest returns the digests.
func Digest() string { return buildmodes.Digest() }

func main() {}
