package kernels

import "unsafe"

// bits16 are the bits of bfloat16 numbers.
func bits16(s []BFloat16) []uint16 { return *(*[]uint16)(unsafe.Pointer(&s)) }

// roundRowsGeneric rounds a rows x cols matrix: dst[i*ldd+j] = src[i*lds+j].
func roundRowsGeneric(dst []BFloat16, src []float32, rows, cols, ldd, lds int) {
	for i := range rows {
		to := dst[i*ldd:][:cols]
		for j, v := range src[i*lds:][:cols] {
			to[j] = NewBFloat16(v)
		}
	}
}

// widenRowsGeneric widens a rows x cols matrix: dst[i*ldd+j] = src[i*lds+j].
func widenRowsGeneric(dst []float32, src []BFloat16, rows, cols, ldd, lds int) {
	for i := range rows {
		to := dst[i*ldd:][:cols]
		for j, v := range src[i*lds:][:cols] {
			to[j] = v.Float32()
		}
	}
}

// packPairsGeneric rounds a rows x cols matrix and splits it into panels of nr columns and of pairs
// of rows, which are words: dst[j/nr*ldd+q*nr+j%nr] = src[2*q*lds+j] | src[(2*q+1)*lds+j]<<16. The
// last of an odd number of rows is paired with zeros.
func packPairsGeneric(dst []uint32, src []float32, rows, cols, nr, ldd, lds int) {
	for i := range rows {
		for j, v := range src[i*lds:][:cols] {
			putHalf(dst, i, j/nr*ldd+i/2*nr+j%nr, NewBFloat16(v))
		}
	}
}

// packPairsBF16Generic is packPairsGeneric of what is bfloat16 already.
func packPairsBF16Generic(dst []uint32, src []BFloat16, rows, cols, nr, ldd, lds int) {
	for i := range rows {
		for j, v := range src[i*lds:][:cols] {
			putHalf(dst, i, j/nr*ldd+i/2*nr+j%nr, v)
		}
	}
}

// putHalf puts an element of row i into its word: the first half clears the second one.
func putHalf(dst []uint32, i, at int, v BFloat16) {
	pair := (*bf16Pair)(unsafe.Pointer(&dst[at]))
	if i%2 == 0 {
		*pair = bf16Pair{v, 0}
		return
	}
	pair[1] = v
}
