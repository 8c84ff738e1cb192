// Package hostile calls every public function and method of the repository with arguments that no
// caller should pass: sizes that are negative, zero, huge or overflow, NaN and infinite numbers,
// slices that are nil, short, long or share elements, nil and zero pointers, nil functions and
// interfaces, unknown constants.
//
// A call either succeeds or gives a recoverable error, with nothing written and little allocated:
//
//   - Packages kernels, mat, layer, grad and train panic with a *kernels.ShapeError for programmer
//     errors. Its Op is an exported function or method, and its Arg a parameter of that, its
//     receiver, or a field of one. Package gonumblas does likewise; its texts are gonum's.
//   - The other packages panic with an error that begins with the name of the package.
//   - Files, data, configuration and training return an error.
//   - No call ends in a runtime error, with one exception: a method may dereference a receiver that
//     is a nil pointer, as any method of Go may. Arguments are judged, receivers of the zero value
//     too.
//
// The functions are found in the source, see zapi_test.go, and the methods by reflection. A test
// fails if a function or method is in the source but not in that table: go generate writes it.
// There is no code here but tests.
//
//go:generate go run ./gen
package hostile
