package isa

// TileRegister is one of eight registers of up to 16 rows of up to 64 bytes, in words of 32 bits.
type TileRegister int

// TileRegisters is what a Machine has beyond its groups whose set multiplies matrices in registers, as
// AMX does. An algorithm asks for it by a type assertion.
type TileRegisters interface {
	// ConfigureTiles sets rows and bytes a row of all registers, which it clears, from 64 bytes in
	// memory: byte 0 is 1, the 16 bits at 16+2t are the bytes a row of register t, byte 48+t is the
	// number of its rows, the others are 0. A register has both or neither. ReleaseTiles undoes it.
	ConfigureTiles(m Mem)
	ReleaseTiles()

	ZeroTile(t TileRegister)
	// LoadTile and StoreTile are of a row at m, the next one stride bytes further on, and so on: what
	// the configuration says is all that they touch. m has no index.
	LoadTile(m Mem, stride Int, t TileRegister)
	StoreTile(t TileRegister, m Mem, stride Int)

	// DotPairs: sum[i][j] += the dot product of the words a[i][p] and b[p][j] over all p, where a word
	// is a pair of bfloat16 numbers and a sum float32. Beginning with 0, the products of the lower halves
	// are added up in ascending p, each rounded once with its addition; so are those of the upper halves;
	// the two sums are added, and the result is added to sum[i][j]. It rounds to nearest even, takes
	// subnormal operands for 0 and makes 0 of subnormal results. DotBytes is the
	// same where a word is four unsigned bytes in a, four signed ones in b, and a sum is int32, modulo
	// 2^32. The three registers are different ones.
	DotPairs(a, b, sum TileRegister)
	DotBytes(a, b, sum TileRegister)
}
