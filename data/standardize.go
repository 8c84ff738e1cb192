package data

import (
	"fmt"
	"math"
	"strconv"
	"unsafe"
)

// Statistic is the number (Hi + Lo) * 2^Exp, a mean or a deviation. The mean of a feature that
// varies by a few units in its last place needs more digits than the feature's type has, and a
// deviation may be smaller than any number of the type. For a published constant, such as
// 0.1307, use Statistic{Hi: 0.1307}.
type Statistic struct {
	Hi, Lo float64 // Lo is at most half a unit in the last place of Hi
	Exp    int     // 0 unless the feature's squares would leave the range of float64
}

// Float64 returns the float64 nearest to the number.
func (s Statistic) Float64() float64 { return math.Ldexp(s.Hi+s.Lo, s.Exp) }

// String returns Float64 in the fewest digits that identify it.
func (s Statistic) String() string { return strconv.FormatFloat(s.Float64(), 'g', -1, 64) }

// Standardize returns the mean and the standard deviation of each feature of set,
// which it leaves as it is; [Set.Apply] standardises by them. Measure the training set
// alone and apply the result to all sets: a test set must not see statistics of its own.
//
//	mean = sum(x) / Rows
//	std  = sqrt(sum((x-mean)^2) / Rows)
//
// A feature that is the same in all rows gets std = 1, so that Apply turns it into 0. A set
// without rows gets mean = 0 and std = 1. A NaN or an infinity makes the mean and the
// deviation of its feature NaN. Sums are in float64, in units in which no square overflows
// or vanishes. The sum for the mean of a float64 feature also keeps what its additions round
// off.
//
// Standardize panics if the sizes of set and the length of X do not agree.
func Standardize[T Float](set *Set[T]) (mean, std []Statistic) {
	if set == nil {
		panic(fmt.Errorf("data.Standardize: the set is nil"))
	}
	if err := set.checkFeatures(); err != nil {
		panic(fmt.Errorf("data.Standardize: %w", err))
	}
	mean, std = make([]Statistic, set.Features), make([]Statistic, set.Features)
	for j := range std {
		std[j].Hi = 1
	}
	if set.Rows > 0 {
		exp := set.units()
		set.means(mean, exp)
		set.deviations(std, mean, exp)
	}
	return mean, std
}

// A feature whose largest magnitude is below 2^-400 or above 2^400 is measured in units of
// 2^-unitExp or 2^unitExp. Squares of its differences from the mean, and their sums, then stay
// within float64: the largest difference is at least half a unit in the last place of the
// largest number.
const unitExp = 600

// units returns the exponent of each feature's unit.
func (s *Set[T]) units() []int {
	exp := make([]int, s.Features)
	if unsafe.Sizeof(T(0)) == 4 { // no square of a float32 leaves the range of float64
		return exp
	}
	largest := make([]T, s.Features)
	for i := range s.Rows {
		row := s.Row(i)
		largest := largest[:len(row)]
		for j, x := range row {
			largest[j] = max(largest[j], x, -x)
		}
	}
	for j, x := range largest {
		switch v := float64(x); {
		case v < 0x1p-400 && v > 0:
			exp[j] = -unitExp
		case v > 0x1p400:
			exp[j] = unitExp
		}
	}
	return exp
}

// factors returns 2^-exp, which converts a number to units of 2^exp.
func factors(exp []int) []float64 {
	f := make([]float64, len(exp))
	for j, e := range exp {
		f[j] = math.Ldexp(1, -e)
	}
	return f
}

// means adds up differences from the first row. They are exactly 0 where a feature is
// constant, and lose no digits where the mean is large beside the deviation.
func (s *Set[T]) means(mean []Statistic, exp []int) {
	f, first, sum := factors(exp), make([]float64, s.Features), make([]differences, s.Features)
	for j, x := range s.Row(0) {
		first[j] = float64(x) * f[j]
	}
	for i := range s.Rows {
		row := s.Row(i)
		if unsafe.Sizeof(T(0)) == 4 { // float64 rounds off far less than half a unit of float32
			sum, first := sum[:len(row)], first[:len(row)]
			for j, x := range row {
				sum[j].hi += float64(x) - first[j]
			}
			continue
		}
		sum, f, first := sum[:len(row)], f[:len(row)], first[:len(row)]
		for j, x := range row {
			sum[j].add(float64(float64(x)*f[j]), first[j])
		}
	}
	for j := range mean {
		mean[j] = sum[j].mean(first[j], float64(s.Rows))
		mean[j].Exp = exp[j]
	}
}

// differences is a sum of differences, hi, and what its additions round off, lo.
type differences struct{ hi, lo float64 }

// add adds x - y.
func (s *differences) add(x, y float64) {
	d, dLow := twoSum(x, -y)
	hi, low := twoSum(s.hi, d)
	s.hi = hi
	s.lo += dLow + low
}

// mean returns y plus the mean of n differences from y.
func (s *differences) mean(y, n float64) Statistic {
	part := s.hi / n
	left := (math.FMA(-part, n, s.hi) + s.lo) / n // the error of part
	hi, lo := twoSum(y, part)
	hi, lo = twoSum(hi, lo+left)
	return Statistic{Hi: hi, Lo: lo}
}

// deviations stores the deviations that are not 0 in std.
func (s *Set[T]) deviations(std, mean []Statistic, exp []int) {
	f, sum := factors(exp), make([]float64, s.Features)
	for i := range s.Rows {
		row := s.Row(i)
		sum, f, mean := sum[:len(row)], f[:len(row)], mean[:len(row)]
		for j, x := range row {
			// Each product is rounded, never fused, so that all machines agree.
			d := float64(float64(x)*f[j]) - mean[j].Hi - mean[j].Lo
			sum[j] += float64(d * d)
		}
	}
	for j, v := range sum {
		if v != 0 {
			std[j] = Statistic{Hi: math.Sqrt(v / float64(s.Rows)), Exp: exp[j]}
		}
	}
}

// twoSum returns the rounded sum of a and b, and exactly what it rounds off.
func twoSum(a, b float64) (sum, low float64) {
	sum = a + b
	part := sum - a
	return sum, (a - (sum - part)) + (b - part)
}

// Apply replaces each feature x by (x - mean) / std, in place, computed in float64 and then
// rounded to T. It panics unless mean and std have Features elements, and if the sizes of the
// set and the length of X do not agree.
func (s *Set[T]) Apply(mean, std []Statistic) {
	if len(mean) != s.Features {
		panic(fmt.Errorf("data.Set.Apply: len(mean) = %d, want %d", len(mean), s.Features))
	}
	if len(std) != s.Features {
		panic(fmt.Errorf("data.Set.Apply: len(std) = %d, want %d", len(std), s.Features))
	}
	if err := s.checkFeatures(); err != nil {
		panic(fmt.Errorf("data.Set.Apply: %w", err))
	}
	hi, lo, divisor := make([]float64, s.Features), make([]float64, s.Features), make([]float64, s.Features)
	for j := range hi {
		hi[j], lo[j], divisor[j] = mean[j].Hi, mean[j].Lo, std[j].Hi+std[j].Lo
		if mean[j].Exp != 0 || std[j].Exp != 0 {
			hi[j] = math.NaN() // makes d NaN below, so that standardized computes each x
		}
	}
	for i := range s.Rows {
		row := s.Row(i)
		hi, lo, divisor := hi[:len(row)], lo[:len(row)], divisor[:len(row)]
		for j, x := range row {
			d := float64(x) - hi[j] - lo[j]
			if d-d != 0 { // d is not finite; it may overflow where the quotient does not
				row[j] = T(standardized(float64(x), mean[j], std[j]))
				continue
			}
			row[j] = T(d / divisor[j])
		}
	}
}

// standardizedNumber returns (x - mean) / std.
func standardizedNumber(x float64, mean, std Statistic) float64 {
	if d := x - mean.Hi - mean.Lo; d-d == 0 && mean.Exp == 0 && std.Exp == 0 {
		return d / (std.Hi + std.Lo)
	}
	return standardized(x, mean, std)
}

// standardized returns (x - mean) / std for numbers near the ends of the range. It scales x and
// mean by the exponent of the larger one, and std by its own.
func standardized(x float64, mean, std Statistic) float64 {
	if x-x != 0 { // NaN or infinite
		return (x - mean.Hi) / std.Hi
	}
	_, e := math.Frexp(mean.Hi)
	e += mean.Exp
	if _, ex := math.Frexp(x); x != 0 && (ex > e || mean.Hi == 0) {
		e = ex
	}
	d := math.Ldexp(x, -e) - math.Ldexp(mean.Hi, mean.Exp-e) - math.Ldexp(mean.Lo, mean.Exp-e)
	divisor, es := math.Frexp(std.Hi + std.Lo)
	return math.Ldexp(d/divisor, e-es-std.Exp)
}
