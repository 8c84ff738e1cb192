// Package isa is the seam between the algorithms (package algo) and the instruction sets
// that they are written for (package amd64, and whatever joins it): the operations on
// vectors, masks, memory, integers and jumps in whose terms every kernel is written.
//
// A Machine is one function being generated for one instruction set and one element type. It
// hands out registers as handles and emits an operation with each call. What one set has
// an instruction for and another has not is an operation all the same.
package isa

// Vec is a vector register. A Vec from NewVec is virtual: it lives from the first
// operation that writes it to the last one in the text that reads it, loops included, and
// nobody releases it. Part stands for its lower lanes, see Machine.Part.
type Vec struct {
	ID   int
	Part bool
}

// Mask is what a comparison leaves, one truth value a lane: a mask register, or a vector of
// all-ones lanes.
type Mask struct{ ID int }

// Int is a general register of 64 bits. The zero Int is none.
type Int struct{ ID int }

// Const is an integer in the code.
type Const int

// Mem is a place in memory: Base + Index*Scale + Disp, or, without a Base, Disp behind the
// start of read-only data or of the function's frame.
type Mem struct {
	Base, Index Int
	Scale, Disp int
	Data        string // the name of read-only data
	Frame       bool
}

// Offset is the place n bytes further on.
func (m Mem) Offset(n int) Mem {
	m.Disp += n
	return m
}

// At is the place n bytes behind a pointer.
func At(p Int, n int) Mem { return Mem{Base: p, Disp: n} }

// Operand is a vector in a register, or one in memory. A set whose instructions take no
// operand from memory loads it on the spot.
type Operand interface{ vectorOperand() }

// Scalar is an integer in a register, in memory or in the code.
type Scalar interface{ scalarOperand() }

func (Vec) vectorOperand()   {}
func (Mem) vectorOperand()   {}
func (Int) scalarOperand()   {}
func (Mem) scalarOperand()   {}
func (Const) scalarOperand() {}

// Pred is the predicate of a comparison of floats.
type Pred int

// The predicates. A comparison with NaN is false but for NotLess and Unordered.
const (
	Equal Pred = iota
	Less
	LessEqual
	Greater
	GreaterEqual
	NotLess // greater, equal or unordered
	Unordered
)

// Cond is the condition of a jump: how one signed integer compares with another.
type Cond int

// The conditions. Below compares without signs.
const (
	EQ Cond = iota
	NE
	LT
	LE
	GT
	GE
	Below
)

// Shape is what an algorithm has to know of the vectors it works with.
type Shape struct {
	Size      int // bytes of an element
	Lanes     int // elements of a vector
	Bytes     int // of a vector
	Registers int // vector registers
	Abreast   int // vectors that an elementwise kernel with a long chain of steps takes at a time
}

// TileShape is the register tile of matrix products.
type TileShape struct {
	Widths []int       // the numbers of vectors that a strip may have
	Rows   map[int]int // MR by width: as many rows as leave room for B and A among the registers
	Panel  int         // vectors in a row of packed B
	// WholeStrips asks for strips whose last vector is whole beside masked ones, WholeLoops
	// for innermost loops only.
	WholeStrips, WholeLoops bool
	// HalfRows, by width, is from how many rows on a tile has a loop of its own for a last vector of which no
	// more than half is wanted. A width that is not there has none.
	HalfRows map[int]int
	// Overlap asks that the last one of several vectors be whole and end where the strip does,
	// over columns of the one before it, where others have it masked.
	Overlap bool
}

// Binary emits dst = a op b. One source may be in memory: a of Add, Mul and the logical ones, b of
// the others.
type Binary func(a, b Operand, dst Vec)

// Machine is one function of one instruction set and one element type, called T here, while
// it is being emitted. Operands stand in Go's order, sources first; where a source is an
// Operand, it may be in memory. dst may be one of the sources, except where the text says
// otherwise.
type Machine interface {
	Registers
	Memory
	Floats
	Bits
	Words
	Masks
	Tails
	Halves
	Lanes
	Pairs
	Quads
	Tables
	Ints
	Flow
	Tiles
}

// Registers hands out registers and says what there is.
type Registers interface {
	Shape() Shape
	NewVec() Vec
	NewInt() Int

	// Doubles is the same function, with float64 for T.
	Doubles() Machine
	// Scratch is a function of the same signature of which nothing is kept. Fits reports whether
	// the registers suffice for what has been emitted: an elementwise kernel finds by trial
	// how many of its constants stay in registers.
	Scratch() Machine
	Fits() bool
	// Scaler is nil where the set has no instructions for powers of two; bits serve then.
	Scaler() Scaler

	Comment(lines ...string)
	Commentf(format string, args ...any)
}

// Memory moves vectors.
type Memory interface {
	// Load and Store are of a whole vector, or, masked, of the lanes of the tail, which is all
	// that they touch. A masked load leaves 0 in the other lanes.
	Load(m Mem, dst Vec, masked bool)
	Store(v Vec, m Mem, masked bool)
	StoreStream(v Vec, m Mem) // past the caches
	Broadcast(m Mem, dst Vec) // every lane = the element in memory
	StoreLane(v Vec, m Mem)   // lane 0
	Prefetch(m Mem)           // into L1
	PrefetchL2(m Mem)
	Fence() // orders the stores past the caches before those that follow

	// Frame is room on the stack.
	Frame(bytes int) Mem

	// Element and ElementBits are the place of an element in read-only memory. Vector is a full
	// vector of it as an operand, for where registers are short; Vector32 and Vector64 repeat
	// words whatever T is. Keep is in a register where the set has enough of them.
	Element(v float64) Mem
	ElementBits(bits uint64) Mem
	Vector(v float64) Operand
	Vector32(bits uint32) Operand
	Vector64(bits uint64) Operand
	AbsMask() Vec // all bits but the sign, in a register
	Keep(v float64) Operand
	// Numbers is the vector 0, 1, ... of T, Count that of 0, 1, ... as integers of 64 bits.
	Numbers() Mem
	Count() Operand
}

// Floats is arithmetic, correctly rounded, lane by lane.
type Floats interface {
	Move(a Operand, dst Vec)
	Zero(dst Vec)
	Add(a, b Operand, dst Vec)
	Sub(a, b Operand, dst Vec) // a - b
	Mul(a, b Operand, dst Vec)
	Div(a, b Operand, dst Vec) // a / b
	Sqrt(a, dst Vec)
	Min(a, b Operand, dst Vec) // a < b ? a : b, hence b where one of them is NaN or both are zeros
	Max(a, b Operand, dst Vec) // a > b ? a : b, likewise
	Abs(a, dst Vec)
	AbsBy(mask, a, dst Vec) // |a| with AbsMask in a register, for a loop that has no load to spare
	NegativeAbs(a, dst Vec) // -|a|
	Round(v Vec)            // to the nearest integer, ties to even
	Floor(a, dst Vec)

	// The fused ones round once.
	FMA(a Operand, b, acc Vec)  // acc += a*b
	FNMA(a Operand, b, acc Vec) // acc -= a*b
	Horner(c Operand, x, p Vec) // p = p*x + c
	HornerSub(c, x, p Vec)      // p = p*x - c
	// HornerSubTwiceWhere: p = mask ? (p*x - b) - c : p, rounded twice.
	HornerSubTwiceWhere(mask Mask, x, b, c, p Vec)
	// AddUnlessNegative: y = one + y where the sign bit of x is not set, SubUnlessNegative: y =
	// one - y. signBit loads the constant, where the set needs it.
	AddUnlessNegative(one, x, y Vec, signBit func() Vec)
	SubUnlessNegative(one, x, y Vec, signBit func() Vec)
	// ScaleNegative: r = r < 0 ? slope*r : r, with two registers and no mask to spare: a zero
	// stays as it is, of either sign and for every slope. It clobbers tmp alone.
	ScaleNegative(slope, r, tmp Vec)

	// Doubles, of either T. A vector has Bytes/8 of them; Part holds as many elements of T in the
	// lower lanes of a register, and operations on parts leave what is above undefined.
	Part(v Vec) Vec
	Widen(a Operand, dst Vec)   // float64 of elements in memory or in a part
	Narrow(a, dst Vec)          // Part(dst) = a rounded to T
	StoreNarrow(v Vec, m Mem)   // rounded to T; v is clobbered
	StorePairs(a, b Vec, m Mem) // a[0], b[0], a[1], b[1], ... rounded to T; both are clobbered
	LoadBytes(m Mem, dst []Vec) // T of unsigned bytes, one for each lane of the vectors
	// WideParam is a parameter of 64 bits in each lane of 64, WordParam one of 32 bits.
	WideParam(name string) Vec
	WordParam(name string) Vec
}

// Scaler is instructions for powers of two and special values, that AVX-512 has.
type Scaler interface {
	// Scale: dst = p * 2^k, rounded once, ScaleWhere in place where the mask is set,
	// ScaleOrZero 0 elsewhere.
	Scale(p Vec, k, dst Vec)
	ScaleWhere(mask Mask, k, p Vec)
	ScaleOrZero(mask Mask, p, k, dst Vec)
	Exponent(x, dst Vec) // as a number
	// SmallerMagnitude: dst = x, or limit with the sign of x where its magnitude is smaller.
	SmallerMagnitude(limit, x, dst Vec)
	// FixUp puts in, by the class of x, what a table has for it.
	FixUp(table, x, y Vec)
}

// Bits works on the bits of the elements, as integers of T's size.
type Bits interface {
	And(a, b Operand, dst Vec)
	Or(a, b Operand, dst Vec)
	Xor(a, b Operand, dst Vec)
	IntAdd(a, b Operand, dst Vec)
	IntSub(a, b Operand, dst Vec) // a - b
	ShiftLeft(a Vec, n int, dst Vec)
	ShiftRight(a Vec, n int, dst Vec)
	ShiftRightSigned(a Vec, n int, dst Vec) // of 32 bits
	ToInt(a, dst Vec)                       // float32 to integers, ties to even
	MaxBits(a, b Operand, dst Vec)          // the larger one of integers without a sign
	// OrSign is y with the sign bit of x or'ed in, FlipSign y ^ the sign bit of x, in place.
	OrSign(y, x Vec, signBit func() Vec) Vec
	FlipSign(y, x Vec, signBit func() Vec)
}

// Words is integers in lanes of 64 bits, whatever T is.
type Words interface {
	Add64(a, b Operand, dst Vec)
	And64(a, b Operand, dst Vec)
	Or64(a, b Operand, dst Vec)
	ShiftRight64(a Vec, n int, dst Vec)
	MulLow(a, b Operand, dst Vec) // the product of the lower halves of each lane
	HighHalf(a, dst Vec)          // the upper half of each lane, in its lower half
	Xor3(a, b, dst Vec)           // dst ^= a ^ b
	// Below is the mask, for a vector of T, of the lanes in which a word is less than the limit, all
	// of them below 2^32: lanes of T stand in one vector of words or in two. It lasts as Cmp does.
	Below(words []Vec, limit Vec) Mask
}

// Masks compares and selects.
type Masks interface {
	// Compare is the mask of a <pred> b, in a mask of its own, of which a few live at a time; Cmp is
	// one that is good up to the next Cmp. ResetMasks says that no mask of Compare, SignMask or
	// WithoutBits is in use.
	Compare(pred Pred, a Vec, b Operand) Mask
	Cmp(pred Pred, a Vec, b Operand) Mask
	ResetMasks()
	SignMask(x Vec) Mask // of set sign bits, good for Blend only
	// WithoutBits is the mask of the lanes, of 32 bits, in which x has none of some bits.
	WithoutBits(x Vec, bits func() Vec) Mask

	Blend(mask Mask, yes Operand, no, dst Vec) // mask ? yes : no
	OrZero(mask Mask, a, dst Vec)              // mask ? a : 0
	ZeroWhere(mask Mask, zero, v Vec)          // v = mask ? 0 : v, given zeros
	// NaNWhere makes v NaN where the mask is set, as nan is.
	NaNWhere(mask Mask, nan, v Vec)
	// Choose: dst = a <pred> b ? yes : dst, for parts too.
	Choose(pred Pred, a Vec, b, yes Operand, dst Vec)

	// A Mask of NewMask lasts: it begins empty after ClearMask and takes others with OrMask.
	NewMask() Mask
	ClearMask(m Mask)
	OrMask(a, m Mask)
	// MaskBits: dst = 0 if no lane of the mask is set; FirstLane: r = the first lane that is, from
	// what MaskBits left.
	MaskBits(m Mask, dst Int)
	FirstLane(r Int)
	JumpIfBits(r Int, cond Cond, label string) // if r <cond> 0
	// CountLanes: count += one in the lanes that hit; masked, in those of the tail alone.
	CountLanes(hit Mask, one, count Vec, masked bool)
}

// Tails is the lanes of the last, incomplete vector: a mask, or whatever the set's masked
// loads and stores need to know.
type Tails interface {
	// SetTail sets the tail to n lanes, 0 <= n <= Lanes; n is clobbered. NewTail does so with
	// a mask of its own, where code before and behind uses others.
	SetTail(n Int)
	NewTail(n Int)
	// SetTailOf sets the tail of vector v of so many that hold n elements.
	SetTailOf(n Int, v, vectors int)
	KeepTail(a, dst Vec)              // a in the lanes of the tail, 0 elsewhere
	TailOr(a, other, dst Vec)         // a in the lanes of the tail, other elsewhere
	LoadOr(other Vec, m Mem, dst Vec) // memory in the lanes of the tail, other elsewhere
}

// Halves is numbers of 16 bits in memory, one for each lane of 32 bits.
type Halves interface {
	// LoadHalves leaves 0 in the upper halves of the lanes, and, masked, in the lanes outside the tail.
	LoadHalves(m Mem, dst Vec, masked bool)
	// StoreHalves stores the lower halves of lanes whose upper ones are 0.
	StoreHalves(v Vec, m Mem, masked bool)
}

// Lanes works across lanes.
type Lanes interface {
	// Reduce combines all lanes of r by op, which emits dst = a op b, and leaves the result in each.
	Reduce(op func(a, b Operand, dst Vec), r Vec)
	// Transpose is the transpose of as many vectors as there are lanes.
	Transpose(v []Vec) []Vec
}

// Table is sixteen float32 of which an Index picks one for each lane.
type Table struct {
	Name   string
	Values [16]float32
}

// Index is made of the low four bits of each lane, and whatever else the set needs.
type Index struct{ Low, Extra Vec }

// Tables looks values up.
type Tables interface {
	// LoadTables keeps tables in registers, where the set has enough of them.
	LoadTables(tables []Table)
	NewIndex(low []Vec) []Index
	Lookup(t Table, i Index) Vec
}

// Ints is addresses and counts, in registers of 64 bits. No operation leaves flags to others.
type Ints interface {
	Base(slice string) Int    // the address of a slice parameter
	Len(slice string) Int     // its length
	Integer(param string) Int // an integer or pointer parameter
	LoadParam(param string, r Int)
	ScalarParam(param string) Vec // a parameter of type T, broadcast

	MoveInt(a, dst Scalar)
	AddInt(a, dst Scalar)
	SubInt(a, dst Scalar) // dst -= a
	MulInt(a, r Int)
	AndInt(n int, r Int)
	ShiftLeftInt(n int, r Int)
	ShiftRightInt(n int, r Int) // without sign
	NegInt(r Int)
	MinInt(a, r Int) // r = min(a, r)
	Address(m Mem, r Int)
	TruncInt(m Mem, r Int)             // the element in memory as an integer of 32 bits, the upper half 0
	MoveElement(src, dst Mem, tmp Int) // of T
	// FrameArea is the address of room on the stack in a register that no other operation but
	// SetTail uses.
	FrameArea(m Mem) Int
}

// Flow is labels and jumps.
type Flow interface {
	Label(name string)
	AlignLoop() // starts the next instruction on a cache line
	Jump(label string)
	JumpIf(a Scalar, cond Cond, b Scalar, label string)
	JumpIfNone(bits int, m Mem, label string)          // if an integer in memory has none of some bits
	AddJump(a, dst Scalar, cond Cond, label string)    // dst += a, jump if dst <cond> 0
	SubJump(a, dst Scalar, cond Cond, label string)    // dst -= a, jump if dst <cond> 0
	CountDown(r Int, label string)                     // r--, jump if r != 0
	JumpIfAnyBit(x Vec, bits func() Vec, label string) // if a lane of x, of 32 bits, has one of some bits
	Return()                                           // to Go
}

// Tiles is what the micro-kernel of matrix products asks for. It is one function with many
// loops that share their registers, which it therefore places by itself.
type Tiles interface {
	Tile() TileShape
	// FixedInts are general registers that nothing else uses, FixedVecs the vector registers that
	// a tile may have, all but the tail's mask, which FixTail places.
	FixedInts() TileInts
	FixedVecs(masked bool) []Vec
	FixTail()
	// ZeroSum: v = 0, first being a sum that has been zeroed, or v itself.
	ZeroSum(first, v Vec)
	// Factors prepares the mr elements of A at row(0), row(1), ... as factors of uses vectors
	// each, with registers to spare: what it returns is called for one after the other. A set that
	// multiplies by an element of a register loads several, where they lie side by side.
	Factors(mr, uses int, spare []Vec, row func(i int) Mem) func(i int) Factor
	// FMAFactor: acc += a*b for a factor, rounded once; half of it where b and acc are halves.
	FMAFactor(a Factor, b, acc Vec)
	// DotFactor: acc += the dot product of two pairs of bfloat16 numbers, one of them a factor that is
	// not in memory, for the sets that have an instruction for it; how it rounds is theirs. Others panic.
	DotFactor(a Factor, b, acc Vec)
	// SetOverlap says that the last vector has n columns, Overlapped where it begins that would
	// lie at m without an overlap. n is clobbered.
	SetOverlap(n Int)
	Overlapped(m Mem) Mem
	// JumpUnlessWhole jumps if the tail is not all lanes.
	JumpUnlessWhole(label string)
	// JumpUnlessHalf jumps if the tail is more than half of the lanes, HalfOf is that half of a vector. An
	// operation on it leaves 0 above.
	JumpUnlessHalf(label string)
	HalfOf(v Vec) Vec
}

// Factor is an element of A: broadcast into a vector, still in memory, or, for a set that
// multiplies by one, lane Lane of a vector.
type Factor struct {
	From Operand
	Lane int
}

// TileInts are the general registers of the micro-kernel. Two pairs may share a register: Args
// with RS5, RS3 with Q.
type TileInts struct {
	Args          Int    // *GemmStrip, outside the loop over terms
	A             [4]Int // rows 0, 7, 14, 21 of the tile
	RS, RS3, RS5  Int    // 1, 3 and 5 row strides of A
	CS, B, RSB, K Int
	P, Q          Int // P walks C or D with row length Q, outside the loop over terms
}
