//go:build race

package kernels

import (
	"runtime"
	"unsafe"
)

// The race detector does not see what assembly reads and writes, so each exported
// operation tells it, once its arguments have been checked.

func raceRead[T any](s []T) {
	if len(s) > 0 {
		runtime.RaceReadRange(unsafe.Pointer(unsafe.SliceData(s)), len(s)*int(unsafe.Sizeof(s[0])))
	}
}

func raceWrite[T any](s []T) {
	if len(s) > 0 {
		runtime.RaceWriteRange(unsafe.Pointer(unsafe.SliceData(s)), len(s)*int(unsafe.Sizeof(s[0])))
	}
}

func raceReadMatrix[T any](s []T, rows, cols, ld int) {
	for i := 0; i < rows && cols > 0; i++ {
		raceRead(s[i*ld : i*ld+cols])
	}
}

func raceWriteMatrix[T any](s []T, rows, cols, ld int) {
	for i := 0; i < rows && cols > 0; i++ {
		raceWrite(s[i*ld : i*ld+cols])
	}
}

// raceRows is a matrix computed from another one of its shape.
func raceRows[T any](rows, cols int, dst []T, ldd int, src []T, lds int) {
	raceReadMatrix(src, rows, cols, lds)
	raceWriteMatrix(dst, rows, cols, ldd)
}

// raceReadSome is the rows of a matrix that have an index.
func raceReadSome[T any](s []T, index []int, cols, ld int) {
	for _, i := range index {
		if cols > 0 {
			raceRead(s[i*ld : i*ld+cols])
		}
	}
}

// raceLoss is a loss of p against y, and its gradient d.
func raceLoss[T any](d, p, y []T) {
	raceRead(p)
	raceRead(y)
	raceWrite(d)
}

// raceUpdate is the operands of an optimizer's update: all but the gradient, the second one,
// are written.
func raceUpdate[T any](s [][]T) {
	for i, v := range s {
		if i == 1 {
			raceRead(v)
		} else {
			raceWrite(v)
		}
	}
}

// raceReads and raceWrites are several vectors.
func raceReads[T any](vectors ...[]T) {
	for _, v := range vectors {
		raceRead(v)
	}
}

func raceWrites[T any](vectors ...[]T) {
	for _, v := range vectors {
		raceWrite(v)
	}
}
