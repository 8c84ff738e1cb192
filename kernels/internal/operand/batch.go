package operand

import "unsafe"

// A Batch is a number of views of one shape that begin at equal distances.
type Batch struct {
	first         View
	count, stride int // bytes
}

// BatchOf returns count matrices in s that begin stride elements apart.
func BatchOf[T any](s []T, count, stride, rows, cols, ld int) Batch {
	b := Batch{first: Matrix(s, rows, cols, ld), count: count, stride: Matrix(s, 1, 1, stride).ld}
	if stride == 0 {
		b.count = min(count, 1)
	}
	return b
}

// Shares reports whether a member of b has a byte in common with a member of c. It compares a
// member of b with the members of c whose ranges of memory meet its own. If these are many,
// since members interleave, it looks up each row among the rows of all members of c instead.
func (b Batch) Shares(c Batch) bool {
	if b.count <= 0 || c.count <= 0 || b.first.empty() || c.first.empty() {
		return false
	}
	ahead := c.first.after(b.first)
	for i := range b.count {
		at := ahead + i*b.stride // of member i, from the start of c
		lo, hi := c.reach(at, at+b.first.span())
		if hi-lo <= manyMembers {
			for j := lo; j < hi; j++ {
				if b.member(i).Shares(c.member(j)) {
					return true
				}
			}
			continue
		}
		for r := range b.first.rows {
			if from := at + r*b.first.ld; c.touches(from, from+b.first.cols) {
				return true
			}
		}
	}
	return false
}

// manyMembers is the most members that are compared one by one. Fewer reach to a member of like
// size if they do not interleave.
const manyMembers = 4

// reach returns the members, lo to hi-1, whose ranges of memory meet the bytes from..to-1.
func (b Batch) reach(from, to int) (lo, hi int) {
	span := b.first.span()
	if b.count == 1 {
		if from < span && to > 0 {
			return 0, 1
		}
		return 0, 0
	}
	if from >= span {
		lo = (from-span)/b.stride + 1
	}
	if to > 0 {
		hi = min(b.count, (to-1)/b.stride+1)
	}
	return lo, hi
}

// member returns member i.
func (b Batch) member(i int) View {
	v := b.first
	v.start = unsafe.Add(v.start, i*b.stride)
	return v
}

// touches reports whether a row of a member meets the bytes from..to-1, counted from the start:
// such a row begins after from - its length and before to.
func (b Batch) touches(from, to int) bool {
	return b.rowsUpTo(to-1) != b.rowsUpTo(from-b.first.cols)
}

// rowsUpTo counts the rows of all members that begin at byte last or before it.
func (b Batch) rowsUpTo(last int) uint64 {
	if last < 0 {
		return 0
	}
	rows, ld, stride := b.first.rows, b.first.ld, max(1, b.stride)
	if rows == 1 {
		ld = 1
	}
	rows = min(rows, last/ld+1) // rows that begin early enough in the first member
	whole := 0                  // rows that begin early enough in every member
	if d := last - (b.count-1)*stride; d >= 0 {
		whole = min(rows, d/ld+1)
	}
	total := uint64(whole) * uint64(b.count)
	if n := rows - whole; n > 0 {
		total += floorSum(uint64(n), uint64(stride), uint64(ld), uint64(last-(rows-1)*ld)) + uint64(n)
	}
	return total
}

// floorSum returns the sum of (a*i + b) / m, rounded down, over i < n, modulo 2^64. Euclid's
// algorithm on a and m counts the lattice points below the line.
func floorSum(n, m, a, b uint64) uint64 {
	total := uint64(0)
	for {
		total += triangular(n)*(a/m) + n*(b/m)
		a, b = a%m, b%m
		top := a*n + b
		if top < m {
			return total
		}
		n, b = top/m, top%m
		a, m = m, a
	}
}

// triangular returns n*(n-1)/2.
func triangular(n uint64) uint64 {
	if n%2 == 0 {
		return n / 2 * (n - 1)
	}
	return (n - 1) / 2 * n
}
