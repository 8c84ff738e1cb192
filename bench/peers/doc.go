// Package peers compares Ashlar with other libraries, each pair in one run and in
// turn. It is a module of its own, so that none of them becomes a dependency:
//
//	cd bench/peers && go test -run '^$' -bench .
//
// The tables beside C libraries and PyTorch are commands of their own: gemmtable,
// lowptable, vectortable, traintable, gonumtable and servetable. Command report runs most of them in a short
// form and draws a page. The directory fixtures holds the programs, in Python, that wrote what
// tests compare with. The directory interop has the proofs that models come and go between Go
// and other programs, which make interop runs.
package peers
