package kernels

import "unsafe"

// BF16Operand is the element type of an operand of a product of bfloat16 numbers. float32 operands are
// rounded to bfloat16 while they are packed; a float32 result is not rounded.
type BF16Operand interface{ ~float32 | BFloat16 }

// mixed is a matrix of float32 or of bfloat16 numbers: one of the two slices. It keeps the types of
// operands out of the types of jobs, which would have eight forms each.
type mixed struct {
	f  []float32
	h  []BFloat16
	is bool // h is the one
	ld int
}

func mixedOf[T BF16Operand](s []T, ld int) mixed {
	if unsafe.Sizeof(T(0)) == 4 {
		return mixed{f: *(*[]float32)(unsafe.Pointer(&s)), ld: ld}
	}
	return mixed{h: *(*[]BFloat16)(unsafe.Pointer(&s)), is: true, ld: ld}
}

// len returns the length of the slice.
func (x *mixed) len() int { return len(x.f) + len(x.h) }

// from returns the matrix that begins i elements later.
func (x *mixed) from(i int) mixed {
	y := *x
	if x.is {
		y.h = x.h[i:]
	} else {
		y.f = x.f[i:]
	}
	return y
}

// sub returns n elements from element i on, with an i beyond the end where n is 0.
func (x *mixed) sub(i, n int) mixed {
	y := *x
	switch {
	case n == 0:
		y.f, y.h = nil, nil
	case x.is:
		y.h = x.h[i:][:n]
	default:
		y.f = x.f[i:][:n]
	}
	return y
}

// view returns the memory of rows x cols elements.
func (x *mixed) view(rows, cols int) view {
	if x.is {
		return matrixView(x.h, rows, cols, x.ld)
	}
	return matrixView(x.f, rows, cols, x.ld)
}

// raceRead and raceWrite tell the race detector of accesses to rows x cols elements.
func (x *mixed) raceRead(rows, cols int) {
	raceReadMatrix(x.f, b2i(!x.is)*rows, cols, x.ld)
	raceReadMatrix(x.h, b2i(x.is)*rows, cols, x.ld)
}

func (x *mixed) raceWrite(rows, cols int) {
	raceWriteMatrix(x.f, b2i(!x.is)*rows, cols, x.ld)
	raceWriteMatrix(x.h, b2i(x.is)*rows, cols, x.ld)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// inWords reports whether the rows of a matrix of bfloat16 numbers are whole words, at places of words,
// so that the matrix can be read as pairs where it is.
func (x *mixed) inWords(cols int) bool {
	return x.is && cols%2 == 0 && (x.ld%2 == 0) && uintptr(unsafe.Pointer(unsafe.SliceData(x.h)))%4 == 0
}

// words returns the pairs of a matrix for which inWords holds; they begin ld/2 apart. Scratch memory
// and the operands of micro-kernels have the type float32, whatever the words hold.
func (x *mixed) words() []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x.h))), len(x.h)/2)
}

// halves returns the bfloat16 numbers in words.
func halves(words []float32) []BFloat16 {
	return unsafe.Slice((*BFloat16)(unsafe.Pointer(unsafe.SliceData(words))), 2*len(words))
}

// uints returns words as unsigned integers.
func uints(words []float32) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(words))), len(words))
}
