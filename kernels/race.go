//go:build race

package kernels

import (
	"runtime"
	"unsafe"
)

// The race detector does not see what assembly reads and writes, so each exported
// operation tells it.

func raceRead[T Float](s []T) {
	if len(s) > 0 {
		runtime.RaceReadRange(unsafe.Pointer(unsafe.SliceData(s)), len(s)*int(unsafe.Sizeof(T(0))))
	}
}

func raceWrite[T Float](s []T) {
	if len(s) > 0 {
		runtime.RaceWriteRange(unsafe.Pointer(unsafe.SliceData(s)), len(s)*int(unsafe.Sizeof(T(0))))
	}
}

func raceReadMatrix[T Float](s []T, rows, cols, ld int) {
	for i := 0; i < rows && cols > 0; i++ {
		raceRead(s[i*ld : i*ld+cols])
	}
}

func raceWriteMatrix[T Float](s []T, rows, cols, ld int) {
	for i := 0; i < rows && cols > 0; i++ {
		raceWrite(s[i*ld : i*ld+cols])
	}
}
