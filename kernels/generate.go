package kernels

// The assembly with its stubs and dispatch functions, and the table in the package
// documentation, which is written from the rows of package spec.
//
//go:generate go -C ../tools/avo run -tags purego .
//go:generate go test -tags purego -run ^TestAccuracyTable$ ../fuzz/spec -update
