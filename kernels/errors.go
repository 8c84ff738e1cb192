package kernels

import "fmt"

// ShapeError is the value that every kernel panics with, before it writes anything, if an
// argument is impossible: a slice that is too short, a negative size, a leading dimension
// smaller than a row, a flag out of range, operands that overlap. It is an error:
//
//	if err, ok := recover().(*kernels.ShapeError); ok { ... }
type ShapeError struct {
	Op   string // the function, such as "kernels.Gemm"
	Arg  string // the parameter, such as "b", or the field of one, such as "Bias"
	Got  int    // what it was
	Want int    // the limit or the only value allowed, as Msg says
	Msg  string // the sentence, without Op
}

// Error returns one line such as "kernels.Gemm: len(b) = 12, want >= 16".
func (e *ShapeError) Error() string { return e.Op + ": " + e.Msg }

// fail panics with a ShapeError whose message reads "<what> = got, want <rel> want".
//
//go:noinline
func fail(op, arg, what, rel string, got, want int) {
	panic(&ShapeError{Op: "kernels." + op, Arg: arg, Got: got, Want: want,
		Msg: fmt.Sprintf("%s = %d, want %s%d", what, got, rel, want)})
}

// failWith panics with a ShapeError whose message is a sentence without numbers.
//
//go:noinline
func failWith(op, arg, msg string) {
	panic(&ShapeError{Op: "kernels." + op, Arg: arg, Msg: msg})
}

// overlap panics because dst, which is written, shares an element with src.
//
//go:noinline
func overlap(op, dst, src string) { failWith(op, dst, dst+" overlaps "+src) }
