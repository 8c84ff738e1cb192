package spec

// How kernels cut their sums. The bounds that hold for any data follow from these
// lengths, which the oracles do not take from the kernels that they judge: a kernel that
// sums in longer chains has to say so here.
const (
	sumChunk     = 1 << 13 // elements of a vector whose sum is of type T
	genericChunk = 512     // the same in the generic tier
	lossChunk    = 4096    // elements whose losses are summed in type T
	rowChunk     = 128     // rows whose sum down a column is of type T
	rowChunkCols = 2048    // elements of a row whose sum is of type T
	gemvRowChunk = 2048    // elements of a row that meet a vector in one call
)

// passLimit is the longest run of terms that a product sums in registers.
func passLimit(m, n int) int {
	if m > 256 && n > 256 {
		return 512
	}
	return 256
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
