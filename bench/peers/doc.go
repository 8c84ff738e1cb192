// Package peers compares Ashlar with other libraries, each pair in one run and in
// turn. It is a module of its own, so that none of them becomes a dependency:
//
//	cd bench/peers && go test -run '^$' -bench .
package peers
