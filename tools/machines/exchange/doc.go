// Package exchange has tests that machines of different kinds run in turn: each writes files of every
// format into a folder of its own, and reads those of all the others. Program tools/machines runs them.
// Without it the tests are one machine that reads its own files.
package exchange
