// Package docs compiles and runs the code blocks of the repository's documents: README.md,
// CONTRIBUTING.md, bench/README.md and the pages in docs. Its test fails with the file and the line of a
// block that does not compile, ends with an error, or prints something else than the page says.
//
// The first word behind a fence is the language, the others say what the test does:
//
//	go                  a program of its own: whole if it starts with "package", else statements or
//	                    declarations, which get the imports that they need
//	go continues        goes on with the program of the block before
//	go unchecked: why   is not compiled, for the reason given
//	text output         is what the block before prints; "..." stands for any text
//	csv houses.csv      is written to that file, for the programs of the page; so are json, yaml and toml
//	sh                  commands, whose make targets, paths and flags must exist
//	sh run              commands that are run, with ashlar at hand
//	python              must parse, where there is a python3
//	python interop      is also run by "make interop"
//
// A comment of HTML that starts with "go" holds statements that the reader does not see; they join the
// program of the block below:
//
//	<!-- go
//	n := 10
//	-->
//
// The programs of a page run one after the other in one empty folder. They may import what the modules of
// go.work provide; this module imports nothing of it. In statements, a variable that nothing reads is no
// error, and an err that is not nil at the end of a block makes the test fail.
//
// Links inside the repository must lead to a file, and to a heading of it where they name one. With -v the
// test shows what each block prints. The cache of the go command does not see the pages, so run it with
// -count=1.
package docs
