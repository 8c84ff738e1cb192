package spec

// How kernels cut their sums into chunks. The bounds that hold for any data follow from these
// lengths. They are not read from the kernels, so that a kernel which sums in longer chains
// fails until they are changed here.
const (
	sumChunk     = 1 << 13 // elements of a vector that are summed in type T
	genericChunk = 512     // the same, in the generic tier
	genericChain = 64      // terms that the generic tier sums in float64 before it adds them up
	lossChunk    = 4096    // elements whose losses are summed in type T
	rowChunk     = 128     // rows that are summed down a column in type T
	rowChunkCols = 2048    // elements of a row that are summed in type T
	gemvRowChunk = 2048    // elements of a row that one call multiplies by a vector
)

// passLimit is the longest run of terms that a product sums in registers.
func passLimit(m, n int) int {
	if m > 256 && n > 256 {
		return 512
	}
	return 256
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
