// Package peers compares Ashlar with other libraries, each pair in one run and in
// turn. It is a module of its own, so that none of them becomes a dependency:
//
//	cd bench/peers && go test -run '^$' -bench .
//
// The tables beside C libraries and PyTorch are commands of their own: gemmtable,
// vectortable, traintable and gonumtable. The directory fixtures holds the program, in
// Python, that wrote what the tests of package train compare with.
package peers
