// Package algo has the kernels: their manifest, and a body for each that writes it in terms
// of the operations of an instruction set (package isa), whichever that is, for float32 and
// float64.
package algo
