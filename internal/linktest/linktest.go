// Package linktest has only a test: a program that calls one kernel must not link the assembly
// of others. So no switch, table or job of package kernels may name kernels of another family.
package linktest
