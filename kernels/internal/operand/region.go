package operand

import "unsafe"

// A Region is the elements that a call references of an operand whose rows differ: of row i
// the columns from i-below to i+above, as far as the matrix has them.
type Region struct {
	bounds       View // the rows as they are stored; one row that holds all if they are packed
	form         form
	size         int // bytes of an element
	rows, n      int // n is the number of columns of the matrix, unused if rows are alike
	below, above int
	shift        int // the place of column 0 in row 0, if banded
}

type form uint8

const (
	alike       form = iota // every row is referenced whole
	inFull                  // a row of n elements is stored, column 0 first
	inBand                  // of each row the diagonals of the band are stored, the lowest first
	packedUpper             // the rows of a triangle follow each other without gaps
	packedLower
)

// Region returns the region that is all of the view.
func (v View) Region() Region { return Region{bounds: v, rows: v.rows} }

// Rectangle returns the region that is all of a matrix.
func Rectangle[T any](s []T, rows, cols, ld int) Region { return Matrix(s, rows, cols, ld).Region() }

// Strided returns the region of a vector of n elements that lie inc >= 1 apart.
func Strided[T any](s []T, n, inc int) Region {
	if inc == 1 {
		return Rectangle(s, 1, n, n)
	}
	return Rectangle(s, n, 1, inc)
}

// Band returns the region of a band matrix of n columns: the main diagonal, below diagonals
// under it and above over it. Each of the stored rows has below+above+1 elements.
func Band[T any](s []T, rows, n, below, above, ld int) Region {
	r := Rectangle(s, rows, below+above+1, ld)
	r.form, r.size, r.n = inBand, int(unsafe.Sizeof(*new(T))), n
	r.below, r.above, r.shift = below, above, below
	return r
}

// Triangle returns the region of the elements on and over the diagonal of a matrix if upper is
// set, else of those on and under it, without the diagonal itself if unit is set.
func Triangle[T any](s []T, upper, unit bool, rows, cols, ld int) Region {
	r := Rectangle(s, rows, cols, ld)
	r.form, r.size, r.n = inFull, int(unsafe.Sizeof(*new(T))), cols
	r.cut(upper, unit, rows, cols)
	return r
}

// BandTriangle returns the region of a triangle of order n of which the main diagonal and k
// beside it are stored.
func BandTriangle[T any](s []T, upper, unit bool, n, k, ld int) Region {
	r := Rectangle(s, n, k+1, ld)
	r.form, r.size, r.n, r.shift = inBand, int(unsafe.Sizeof(*new(T))), n, k
	if upper {
		r.shift = 0
	}
	r.cut(upper, unit, k, k)
	return r
}

// PackedTriangle returns the region of a triangle of order n whose rows follow each other
// without gaps.
func PackedTriangle[T any](s []T, upper, unit bool, n int) Region {
	r := Vector(s[:n*(n+1)/2]).Region()
	r.form, r.size, r.rows, r.n = packedLower, int(unsafe.Sizeof(*new(T))), n, n
	if upper {
		r.form = packedUpper
	}
	r.cut(upper, unit, n, n)
	return r
}

// cut sets the diagonals of one triangle: at most below under the main one, or above over it.
func (r *Region) cut(upper, unit bool, below, above int) {
	inner := 0
	if unit {
		inner = -1
	}
	if r.below, r.above = below, inner; upper {
		r.below, r.above = inner, above
	}
}

// row returns where the referenced part of row i begins and ends, in bytes from the start. An
// empty row ends where it begins. No row begins before the end of the row before it.
func (r *Region) row(i int) (from, to int) {
	if r.form == alike {
		return i * r.bounds.ld, i*r.bounds.ld + r.bounds.cols
	}
	end := r.n
	if r.above < r.n-1-i {
		end = i + r.above + 1
	}
	first := min(max(0, i-r.below), end)
	place := 0 // of column 0
	switch r.form {
	case packedUpper:
		place = i * (2*r.n - i - 1) / 2 * r.size
	case packedLower:
		place = i * (i + 1) / 2 * r.size
	case inBand:
		place = i*r.bounds.ld + (r.shift-i)*r.size
	default:
		place = i * r.bounds.ld
	}
	return place + first*r.size, place + end*r.size
}

// seek returns the first row from i on that ends after place, a number of bytes from the start,
// or r.rows if there is none.
func (r *Region) seek(i, place int) int {
	if r.bounds.rows > 1 { // row i lies in the stretch from i*ld to (i+1)*ld
		i = max(i, place/r.bounds.ld)
	}
	for ; i < r.rows; i++ {
		if _, to := r.row(i); to > place {
			break
		}
	}
	return i
}

// Meets reports whether two regions have a byte in common.
func (r *Region) Meets(s *Region) bool {
	return r.bounds.Shares(s.bounds) && (r.form == alike && s.form == alike || r.walk(s))
}

// walk answers for Meets and Shares: it walks through the rows of both regions at once. If the
// current two rows do not meet, it goes on in both regions to the first row that ends after the
// start of the later one, since no earlier row can meet the rest of the other region. Two steps
// leave behind at least a row of each region, and a division skips many.
func (r *Region) walk(s *Region) bool {
	ahead := r.bounds.after(s.bounds)
	i, j := 0, 0
	for place := max(0, ahead); ; {
		i, j = r.seek(i, place), s.seek(j, place-ahead)
		if i >= r.rows || j >= s.rows {
			return false
		}
		from, to := r.row(i)
		first, end := s.row(j)
		place = max(from, ahead+first)
		if place < min(to, ahead+end) {
			return true
		}
	}
}
