package kernels

// The assembly with its stubs and dispatch functions, the list of families, and with both
// the table in the package documentation.
//
//go:generate go -C ../tools/avo run -tags purego .
//go:generate go run ../tools/families
//go:generate go test -tags purego -run ^TestAccuracyTable$ . -update
