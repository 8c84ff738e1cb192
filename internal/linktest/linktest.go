// Package linktest has no code, only the test that a program links what it calls and no more:
// no switch, table or job of package kernels may name the kernels of another family.
package linktest
