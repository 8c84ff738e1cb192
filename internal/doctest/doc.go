// Package doctest has no code, only tests of the documentation of all packages of the
// repository: each has a package comment, and in the importable ones of the module each
// entry point has an example that the tests run. `go vet` checks the names of examples.
package doctest
