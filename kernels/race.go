//go:build race

package kernels

import (
	"runtime"
	"unsafe"
)

// The race detector does not see what assembly reads and writes. So each exported function
// tells it, after its arguments have been checked.

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

// raceRows announces that a matrix dst is computed from a matrix src of its shape.
func raceRows[T any](rows, cols int, dst []T, ldd int, src []T, lds int) {
	raceReadMatrix(src, rows, cols, lds)
	raceWriteMatrix(dst, rows, cols, ldd)
}

// raceReadSome announces a read of the rows of a matrix that index names.
func raceReadSome[T any](s []T, index []int, cols, ld int) {
	for _, i := range index {
		if cols > 0 {
			raceRead(s[i*ld : i*ld+cols])
		}
	}
}

// raceLoss announces a loss of p against y, which writes its gradient d.
func raceLoss[T any](d, p, y []T) {
	raceRead(p)
	raceRead(y)
	raceWrite(d)
}

// raceUpdate announces the operands of an optimizer's update: it writes all but the gradient,
// the second one.
func raceUpdate[T any](s [][]T) {
	for i, v := range s {
		if i == 1 {
			raceRead(v)
		} else {
			raceWrite(v)
		}
	}
}

// raceReads and raceWrites announce reads and writes of several vectors.
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
