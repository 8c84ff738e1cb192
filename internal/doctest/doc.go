// Package doctest has no code, only tests of the documentation in the repository. Every
// package must have a package comment. In the importable packages of this module every
// entry point must have an example that the tests run. `go vet` checks the names of
// examples.
package doctest
