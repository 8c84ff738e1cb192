package fuzz

import (
	"math"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/dd"
)

// The screen of a search. On a stretch of numbers from lo to hi a function is smooth unless it has a
// kink there, and the polynomial through its values at the Chebyshev nodes of the stretch is the
// function itself to within
//
//	w(x) f^(n)(t)/n!,  w(x) = product of (x - node),  for n nodes and some t between lo and hi.
//
// |w| is greatest at both ends and in the middle. There the oracle is asked again. If what it says
// differs by more than the slack, as with a kink or on too wide a stretch, the stretch is cut in two.
// So nothing about a function is assumed but that f^(n) does not change by a large factor within a
// stretch that passes. The values come from the oracle alone: no kernel has a part in its own
// judgement.
//
// A screen finds the greatest distance m between the results of a kernel and the polynomial. If (m +
// slack)/unit, with the smallest unit of the stretch, is no larger than the worst error so far, the
// stretch holds nothing worse. Else the oracle judges the number where m is, and if the units of the
// stretch differ, both halves of it are searched alone. Stretches of 32 numbers go to the oracle
// whole.
//
// The slack bounds the distance between function and polynomial together with the rounding of the
// polynomial's evaluation. In float32 it is below 2^-15 of a unit: the polynomial is evaluated in
// float64. In float64 it is below 2^-6 of a unit: the constant term has two parts, and the rest of
// the polynomial is less than 2^-9 of it, or the stretch is cut.

// nodes is how many nodes the polynomials have, by DType.
var nodes = [...]int{spec.F32: 5, spec.F64: 6}

// screen is the polynomial of one output on a stretch.
type screen struct {
	center float64
	scale  float64    // a power of two: |(x - center)*scale| is about 1 at the ends
	k      [6]float64 // coefficients of ((x - center)*scale)^i
	low    float64    // what k[0] lacks
	line   bool       // the terms beyond the linear one are part of the slack
	slack  float64
	least  float64 // the smallest unit of error in the stretch
	most   float64 // the largest
	state  state
	flat   float64 // the first value of the stretch
}

type state uint8

const (
	rough  state = iota // no polynomial fits
	smooth              // the polynomial fits
	level               // the function is constant, or rounds to the same infinity everywhere
	free                // every result is right
)

// stretch searches numbers i to j-1 of the batch, for a set of outputs.
func (s *Sweep) stretch(i, j int, outputs uint) {
	if j-i <= judgeAlone {
		s.alone(i, j, outputs)
		return
	}
	var rest uint
	screens := s.screens(s.at(i), s.at(j-1))
	for o := range s.worst {
		if outputs>>o&1 != 0 && !s.pass(o, &screens[o], i, j) {
			rest |= 1 << o
		}
	}
	if rest == 0 {
		return
	}
	if s.tooSmall(screens, rest) { // the oracle has too few bits for a polynomial: it judges a part
		s.Count -= uint64(j - i)
		for k := i; k < j; k += 64 * judgeAlone {
			end := min(k+judgeAlone, j)
			s.alone(k, end, rest)
			s.Count += uint64(end - k)
		}
		s.sparse = true
		return
	}
	half := i + (j-i)/2
	s.stretch(i, half, rest)
	s.stretch(half, j, rest)
}

// tooSmall reports whether the results are float64 below 2^-960, where the oracle rounds them.
func (s *Sweep) tooSmall(screens []screen, outputs uint) bool {
	for o := range screens {
		if outputs>>o&1 != 0 && !(screens[o].flat != 0 && math.Abs(screens[o].flat) < 0x1p-960) {
			return false
		}
	}
	return s.Row.DType == spec.F64
}

// pass searches numbers i to j-1 for one output by its screen. It returns false if they must be
// searched in smaller parts.
func (s *Sweep) pass(o int, p *screen, i, j int) bool {
	w := &s.worst[o]
	switch p.state {
	case rough:
		return false
	case free:
		return true
	case level:
		s.level(o, i, j)
		return true
	}
	out, in := &s.call.Operands[w.Output], &s.call.Operands[len(s.call.Operands)-1]
	var m float64
	var at int
	if s.Row.DType == spec.F32 {
		m, at = p.farthest32(in.F32[i:j], out.F32[i:j])
	} else {
		m, at = p.farthest64(in.F64[i:j], out.F64[i:j])
	}
	at += i
	if w.Row.Tol.Kind == spec.Exact {
		if m+p.slack <= p.least*0.498 {
			return true
		}
		s.ties(o, p, i, j)
		return true
	}
	if m <= p.slack { // no error above 2^-5 of a unit, or with larger slack all right to the bit
		return true
	}
	if p.slack > 0x1p-6*p.least {
		return false
	}
	s.peak(o, spot{x: s.at(at), error: m / p.most})
	if (m+p.slack)/p.least <= w.Error {
		return true
	}
	s.one(o, at)
	return (m+p.slack)/p.least <= w.Error*(1+0x1p-13) || p.most <= p.least*(1+0x1p-13) && m-m == 0
}

// ties judges the numbers whose results are not surely the nearest ones.
func (s *Sweep) ties(o int, p *screen, i, j int) {
	out, in := &s.call.Operands[s.worst[o].Output], &s.call.Operands[len(s.call.Operands)-1]
	for k := i; k < j; k++ {
		var m float64
		if s.Row.DType == spec.F32 {
			m, _ = p.farthest32(in.F32[k:k+1], out.F32[k:k+1])
		} else {
			m, _ = p.farthest64(in.F64[k:k+1], out.F64[k:k+1])
		}
		if m-m != 0 || !(m+p.slack <= 0.499*s.unit(value(s.Row.DType, out, k))) {
			s.one(o, k)
		}
	}
}

// unit is half the unit in the last place at v, which is the distance to the next smaller number if v
// is a power of two.
func (s *Sweep) unit(v float64) float64 {
	if s.Row.DType == spec.F32 {
		a := math.Abs(v)
		return a - float64(math.Nextafter32(float32(a), 0))
	}
	return math.Abs(v) - math.Nextafter(math.Abs(v), 0)
}

// level judges a stretch on which the function is constant: each result that differs from the one
// before.
func (s *Sweep) level(o, i, j int) {
	out := &s.call.Operands[s.worst[o].Output]
	s.one(o, i)
	for k := i + 1; k < j; k++ {
		if s.Row.DType == spec.F32 {
			k += sameBits32(out.F32[k-1], out.F32[k:j])
		} else {
			k += sameBits64(out.F64[k-1], out.F64[k:j])
		}
		if k < j {
			s.one(o, k)
		}
	}
}

// sameBits32 returns how many of the first numbers of x equal v to the bit.
func sameBits32(v float32, x []float32) int {
	bits := math.Float32bits(v)
	for i, w := range x {
		if math.Float32bits(w) != bits {
			return i
		}
	}
	return len(x)
}

// sameBits64 is sameBits32 for float64.
func sameBits64(v float64, x []float64) int {
	bits := math.Float64bits(v)
	for i, w := range x {
		if math.Float64bits(w) != bits {
			return i
		}
	}
	return len(x)
}

// farthest32 returns the greatest distance of y from the polynomial, and where it is. It is not
// finite if a result is not.
func (p *screen) farthest32(x, y []float32) (m float64, at int) {
	if p.line {
		return p.farthestLine(x, y)
	}
	c, scale, k0, k1, k2, k3, k4 := p.center, p.scale, p.k[0], p.k[1], p.k[2], p.k[3], p.k[4]
	y = y[:len(x)]
	for j, v := range x {
		h := float64((float64(v) - c) * scale)
		d := math.Abs(float64(y[j]) - (float64(float64(float64(float64(k4*h+k3)*h+k2)*h+k1)*h) + k0))
		if !(d <= m) {
			if m != m {
				break
			}
			m, at = d, j
		}
	}
	return m, at
}

// farthestLine is farthest32 where the terms beyond the linear one are smaller than the slack, as on
// nine tenths of all float32.
func (p *screen) farthestLine(x, y []float32) (m float64, at int) {
	slope := float64(p.k[1] * p.scale)
	start := p.k[0] - float64(slope*p.center)
	y = y[:len(x)]
	for j, v := range x {
		d := math.Abs(float64(y[j]) - (float64(slope*float64(v)) + start))
		if !(d <= m) {
			if m != m {
				break
			}
			m, at = d, j
		}
	}
	return m, at
}

// farthest64 is farthest32 for float64.
func (p *screen) farthest64(x, y []float64) (m float64, at int) {
	c, scale, low := p.center, p.scale, p.low
	k0, k1, k2, k3, k4, k5 := p.k[0], p.k[1], p.k[2], p.k[3], p.k[4], p.k[5]
	y = y[:len(x)]
	for j, v := range x {
		h := float64((v - c) * scale)
		t := float64(float64(float64(float64(k5*h+k4)*h+k3)*h+k2)*h) + k1
		q := float64(t * h)
		rest := math.FMA(t, h, -q) + low
		if d := math.Abs((y[j] - k0) - q - rest); !(d <= m) {
			if m != m {
				break
			}
			m, at = d, j
		}
	}
	return m, at
}

// screens returns the screens of all outputs between lo and hi.
func (s *Sweep) screens(lo, hi float64) []screen {
	n := nodes[s.Row.DType]
	center := lo + (hi-lo)/2
	x := make([]float64, 0, n+3)
	for i := range n { // Chebyshev nodes, then both ends and the middle
		x = append(x, center+(hi-lo)/2*math.Cos(math.Pi*(float64(i)+0.5)/float64(n)))
	}
	// The polynomial of the nodes has its largest values at both ends and, among others, where n-1 or n
	// intervals of pi/n lie below the number: in the middle if n is even.
	x = append(x, lo, hi, center+(hi-lo)/2*math.Cos(math.Pi*float64(n/2)/float64(n)))
	out := make([]screen, len(s.worst))
	if lo-lo != 0 || hi-hi != 0 {
		if lo == lo { // infinities among numbers
			return out
		}
		x = []float64{lo, hi}
	}
	ref := s.oracle(x)
	for o := range out {
		r := &ref.Operands[s.worst[o].Output]
		out[o].center, out[o].scale = center, inverse(hi-center)
		out[o].fit(&s.Row, x, r.Want, r.Scale)
	}
	return out
}

// fit makes the screen from the oracle's values at x: the nodes, then three numbers to check.
func (p *screen) fit(row *spec.Row, x []float64, want []dd.Num, scale []float64) {
	p.measure(row, want, scale)
	if p.state != smooth {
		return
	}
	p.state = rough
	if len(x) < nodes[row.DType] {
		return
	}
	n := nodes[row.DType]
	h := make([]dd.Num, len(x))
	for i, v := range x {
		d := dd.Sub(dd.FromFloat64(v), dd.FromFloat64(p.center))
		h[i] = dd.Num{Hi: d.Hi * p.scale, Lo: d.Lo * p.scale}
	}
	k := newton(h[:n], want[:n])
	sum := 0.0
	for i, c := range k {
		p.k[i] = c.Hi
		sum += math.Abs(c.Hi)
	}
	p.low = k[0].Lo
	limit := 0x1p-16 * p.least // of the distance between function and polynomial
	rounding := 0x1p-49 * sum
	if row.DType == spec.F64 {
		limit = 0x1p-9 * p.least
		rounding = 0x1p-51 * (sum - math.Abs(k[0].Hi))
		limit = max(limit, 0x1p-62*sum)
		// What the exact results of a linear function have is no rounding but the oracle's.
		rounding = max(rounding, 0x1p-98*sum)
	} else {
		limit = max(limit, 0x1p-50*sum)
	}
	for i := n; i < len(x); i++ {
		if !(math.Abs(dd.Sub(polynomial(k, h[i]), want[i]).Hi) <= limit) {
			return
		}
	}
	p.slack = 4*limit + rounding
	rest := math.Abs(p.k[2]) + math.Abs(p.k[3]) + math.Abs(p.k[4])
	if row.DType == spec.F32 && rest <= limit {
		// Rounding is relative to the product of slope and number: within a binade, of the same size.
		p.line, p.slack = true, p.slack+rest+0x1p-50*(math.Abs(p.k[1]*p.scale*p.center)+math.Abs(k[0].Hi))
	}
	p.state = smooth
}

// measure sets the state and the units of a stretch from the oracle's values.
func (p *screen) measure(row *spec.Row, want []dd.Num, scale []float64) {
	d := row.DType
	first := rounded(d, want[0])
	p.flat = first
	same, all, finite, changes := true, true, true, false
	p.least, p.most = math.Inf(1), 0
	small := math.Inf(1)
	for i, v := range want {
		r := rounded(d, v)
		same = same && (math.Float64bits(r) == math.Float64bits(first) || r != r && first != first)
		finite = finite && r-r == 0
		changes = changes || (v.Hi < 0) != (want[0].Hi < 0)
		small = min(small, math.Abs(v.Hi))
		if row.Tol.Kind == spec.Scaled {
			all = all && (scale[i] == spec.AnyValue || scale[i] > d.Max()/8)
			finite = finite && scale[i] >= 0 && scale[i] <= d.Max()/8
			p.least = min(p.least, scale[i]*d.Eps())
			p.most = max(p.most, scale[i]*d.Eps())
		} else {
			all = false
			p.most = max(p.most, unitOf(d, math.Abs(v.Hi)))
		}
	}
	if row.Tol.Kind == spec.Scaled {
		p.least *= 1 - (p.most-p.least)/p.most/4
	} else if p.least = unitOf(d, small*0.98); p.least < p.most && unitOf(d, small) == p.most {
		p.least = p.most // the ends are among the numbers, so a power of two lies outside
	}
	switch {
	case all:
		p.state = free
	case same && (constant(want) || first-first != 0):
		p.state = level
	case finite && !changes:
		p.state = smooth
	}
}

// constant reports whether all values are the same.
func constant(want []dd.Num) bool {
	for _, v := range want {
		if v != want[0] {
			return false
		}
	}
	return true
}

// rounded returns the number of a dtype nearest to v.
func rounded(d spec.DType, v dd.Num) float64 {
	if d == spec.F32 {
		return float64(v.Float32())
	}
	return v.Float64()
}

// unitOf returns the unit in the last place of a dtype at v > 0.
func unitOf(d spec.DType, v float64) float64 {
	if d == spec.F32 {
		return unit32(v)
	}
	exponent := int(math.Float64bits(v)>>52&0x7ff) - 1023
	return math.Ldexp(1, max(exponent, -1022)-52)
}

// inverse returns a power of two near 1/v; 1 if that is no normal number.
func inverse(v float64) float64 {
	_, e := math.Frexp(v)
	if v == 0 || e < -1022 {
		return 1
	}
	return math.Ldexp(1, -e)
}

// newton returns the coefficients, in powers of h, of the polynomial with the values v at h.
func newton(h, v []dd.Num) []dd.Num {
	n := len(h)
	f := append([]dd.Num(nil), v...) // divided differences
	for i := 1; i < n; i++ {
		for j := n - 1; j >= i; j-- {
			f[j] = dd.Div(dd.Sub(f[j], f[j-1]), dd.Sub(h[j], h[j-i]))
		}
	}
	k := make([]dd.Num, n) // Horner on Newton's form: k = k*(x - h[i]) + f[i]
	for i := n - 1; i >= 0; i-- {
		shift := dd.Neg(h[i])
		for j := n - 1; j > 0; j-- {
			k[j] = dd.Add(k[j-1], dd.Mul(k[j], shift))
		}
		k[0] = dd.Add(dd.Mul(k[0], shift), f[i])
	}
	return k
}

// polynomial returns the value of the polynomial at h.
func polynomial(k []dd.Num, h dd.Num) dd.Num {
	v := k[len(k)-1]
	for i := len(k) - 2; i >= 0; i-- {
		v = dd.Add(dd.Mul(v, h), k[i])
	}
	return v
}
