package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// Softmax computes y[i,j] = exp(x[i,j]) / sum over j of exp(x[i,j]) for each row
// of a rows x cols matrix, with the maximum of the row subtracted first so that
// nothing overflows. y may be x itself (the same slice and leading dimension); no
// other overlap is allowed. A row with a NaN or a +Inf, or of -Inf alone, is NaN.
func Softmax[T Float](rows, cols int, y []T, ldy int, x []T, ldx int) {
	const op = "Softmax"
	checkRowsInPlace(op, "y", "x", rows, cols, y, ldy, x, ldx)
	softmax(Active(), rows, cols, y, ldy, x, ldx)
}

// LogSumExp computes y[i] = log(sum over j of exp(x[i,j])) for each row without
// overflow. len(y) must be rows; it is -Inf for a row of -Inf or of no columns. y
// must not share an element with x.
func LogSumExp[T Float](rows, cols int, y, x []T, ldx int) {
	const op = "LogSumExp"
	checkSize(op, "rows", rows)
	checkSize(op, "cols", cols)
	checkLen(op, "y", len(y), rows)
	checkMatrix(op, "x", "ldx", len(x), rows, cols, ldx)
	checkApart(op, "y", "x", vectorView(y), matrixView(x, rows, cols, ldx))
	raceReadMatrix(x, rows, cols, ldx)
	raceWrite(y)
	for i := range rows {
		if cols == 0 {
			y[i] = T(math.Inf(-1))
			continue
		}
		y[i] = T(logSumExp(x[i*ldx:][:cols]))
	}
}

// SoftmaxCrossEntropy returns the mean over the rows of
//
//	-log softmax(x[i])[labels[i]] = log(sum over j of exp(x[i,j])) - x[i,labels[i]]
//
// and writes its gradient dx[i,j] = (softmax(x[i])[j] - [j == labels[i]]) / rows.
// dx may be x itself; no other overlap is allowed. Labels must lie in [0, cols).
// The loss of no rows is 0. A NaN in a row makes the loss NaN.
func SoftmaxCrossEntropy[T Float](rows, cols int, dx []T, lddx int, x []T, ldx int, labels []int) float64 {
	const op = "SoftmaxCrossEntropy"
	checkRowsInPlace(op, "dx", "x", rows, cols, dx, lddx, x, ldx)
	checkLabels(op, labels, rows, cols)
	return softmaxCrossEntropy(Active(), rows, cols, dx, lddx, x, ldx, labels)
}

func checkLabels(op string, labels []int, rows, cols int) {
	checkLen(op, "labels", len(labels), rows)
	for _, l := range labels {
		if uint(l) >= uint(cols) {
			fail(op, "labels", "label", "in [0, cols), cols = ", l, cols)
		}
	}
}

// checkRowsInPlace checks a rows x cols matrix dst and its source of the same
// shape, which may be dst itself.
func checkRowsInPlace[T Float](op, dst, src string, rows, cols int, d []T, ldd int, s []T, lds int) {
	checkSize(op, "rows", rows)
	checkSize(op, "cols", cols)
	checkMatrix(op, dst, "", len(d), rows, cols, ldd)
	checkMatrix(op, src, "", len(s), rows, cols, lds)
	checkInPlace(op, dst, src, matrixView(d, rows, cols, ldd), matrixView(s, rows, cols, lds))
	raceReadMatrix(s, rows, cols, lds)
	raceWriteMatrix(d, rows, cols, ldd)
}

// rowsPerCall is how many rows of cols elements one assembly call may take.
func rowsPerCall(cols int) int { return max(1, maxCall/max(1, cols)) }

// softmax is Softmax on a given tier, unchecked.
func softmax[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int) {
	var peak, sum [softmaxRows]T
	eachRows(rows, cols, softmaxRows, func(i, n int) {
		softmaxGroup(t, y[i*ldy:], x[i*ldx:], peak[:n], sum[:n], n, cols, ldy, ldx, 1)
	})
}

// softmaxGroup computes a group of rows as softmaxGeneric does. A row too long for
// one call is done in pieces, each a softmax of its own with its own peak and sum,
// which are then put on a common scale (Milakov and Gimelshein, Online normalizer
// calculation for softmax, 2018).
func softmaxGroup[T Float](t Tier, y, x, peak, sum []T, rows, cols, ldy, ldx int, scale T) {
	if cols <= maxCall {
		dispatchSoftmax(t, y, x, peak, sum, rows, cols, ldy, ldx, scale)
		return
	}
	var peaks, sums [softmaxRows]T // of the pieces of the one row of this group
	step := max(maxCall, ceilDiv(cols, softmaxRows))
	pieces := ceilDiv(cols, step)
	for i := range pieces {
		lo, n := i*step, min(step, cols-i*step)
		dispatchSoftmax(t, y[lo:], x[lo:], peaks[i:i+1], sums[i:i+1], 1, n, ldy, ldx, scale)
	}
	top, total := math.Inf(-1), 0.0
	for _, p := range peaks[:pieces] {
		top = max(top, float64(p))
	}
	var weights [softmaxRows]float64
	for i := range pieces {
		weights[i] = float64(sums[i]) * math.Exp(float64(peaks[i])-top)
		total += weights[i]
	}
	for i := range pieces {
		f, part := T(weights[i]/total), y[i*step:min(i*step+step, cols)]
		masked := sums[i] == 0 // all of it is -Inf: NaN alone, its share here is 0
		for j := range part {
			if masked {
				part[j] = f
			} else {
				part[j] *= f
			}
		}
	}
	peak[0], sum[0] = T(top), T(total)
}

// softmaxRows is the number of rows whose maxima and sums one call returns.
const softmaxRows = 64

// eachRows calls f for consecutive groups of n rows starting at i, n at most limit
// and small enough for one assembly call.
func eachRows(rows, cols, limit int, f func(i, n int)) {
	if cols == 0 {
		return
	}
	step := min(limit, rowsPerCall(cols))
	for i := 0; i < rows; i += step {
		f(i, min(step, rows-i))
	}
}

func softmaxCrossEntropy[T Float](t Tier, rows, cols int, dx []T, lddx int, x []T, ldx int, labels []int) float64 {
	var peak, sum, at [softmaxRows]T
	scale := 1 / T(max(1, rows))
	loss := 0.0
	eachRows(rows, cols, softmaxRows, func(i, n int) {
		for r := range n {
			at[r] = x[(i+r)*ldx+labels[i+r]]
		}
		softmaxGroup(t, dx[i*lddx:], x[i*ldx:], peak[:n], sum[:n], n, cols, lddx, ldx, scale)
		for r := range n {
			dx[(i+r)*lddx+labels[i+r]] -= scale
			loss += math.Log(float64(sum[r])) + (float64(peak[r]) - float64(at[r]))
		}
	})
	return loss / float64(max(1, rows))
}

// softmaxGeneric computes, for each row, peak = max x, sum = sum of exp(x - peak)
// and y = scale * exp(x - peak) / sum. The maximum starts at the lowest finite
// number, so sum is 0 where all of the row is -Inf and nowhere else; a NaN makes sum
// and y NaN and peak any number.
func softmaxGeneric[T Float](y, x, peak, sum []T, rows, cols, ldy, ldx int, scale T) {
	for i := range rows {
		row, out := x[i*ldx:][:cols], y[i*ldy:][:cols]
		top, total := lowest[T](), 0.0
		for _, v := range row {
			if !(v <= top) {
				top = v
			}
		}
		for j, v := range row {
			e := math.Exp(float64(v) - float64(top))
			total += e
			out[j] = T(e)
		}
		f := float64(scale) / total
		for j, v := range out {
			out[j] = T(float64(v) * f)
		}
		peak[i], sum[i] = top, T(total)
	}
}

// lowest is the lowest finite number.
func lowest[T Float]() T {
	if isF32[T]() {
		return T(-F32.Max())
	}
	return T(-F64.Max())
}

func logSumExp[T Float](row []T) float64 {
	top := math.Inf(-1)
	for _, v := range row {
		top = max(top, float64(v))
	}
	if math.IsInf(top, 0) || math.IsNaN(top) {
		return top
	}
	total := 0.0
	for _, v := range row {
		total += math.Exp(float64(v) - top)
	}
	return top + math.Log(total)
}

func softmaxLines() []line {
	tol := Tol{Kind: Scaled, Max: 4}
	return []line{
		{Row: Row{Kernel: "Softmax", Dims: "MN", Tol: tol,
			Params: []Param{matrix("y", Out, Any, "x"), matrix("x", In, Any)},
			Ref: func(r *Ref) {
				for i := range r.M {
					peak, total := softmaxOracle(r, 1, i)
					for j := range r.N {
						z := dd.Sub(r.in(1, i, j), peak)
						y := dd.Div(dd.Exp(z), total)
						r.want(0, i, j, y, expScale(y, z, r.N))
					}
				}
			}},
			assembly: true, run: [2]func(Tier, *Call){runSoftmax[float32], runSoftmax[float64]}},
		{Row: Row{Kernel: "LogSumExp", Dims: "MN", Tol: tol,
			Params: []Param{column("y", Out, Any), matrix("x", In, Any)},
			Ref: func(r *Ref) {
				for i := range r.M {
					peak, total := softmaxOracle(r, 1, i)
					y := peak
					if !peak.IsInf(0) {
						y = dd.Add(peak, dd.Log(total))
					}
					r.want(0, 0, i, y, size(peak)+1+size(dd.Log(total))+sumError(r.N))
				}
			}},
			run: [2]func(Tier, *Call){runLogSumExp[float32], runLogSumExp[float64]}},
		{Row: Row{Kernel: "SoftmaxCrossEntropy", Dims: "MN", Tol: tol, Returns: true,
			Params: []Param{matrix("dx", Out, Any, "x"), matrix("x", In, Any), indexColumn("labels", In)},
			Ref:    softmaxCrossEntropyOracle},
			assembly: true, run: [2]func(Tier, *Call){runSoftmaxCrossEntropy[float32], runSoftmaxCrossEntropy[float64]}},
	}
}

// softmaxOracle returns the maximum of row i, NaN if there is one, and the sum of
// exp(x - maximum).
func softmaxOracle(r *Ref, p, i int) (peak, total dd.Num) {
	peak = num(math.Inf(-1))
	for j := range r.N {
		if x := r.in(p, i, j); x.IsNaN() || dd.Less(peak, x) {
			peak = x
		}
		if peak.IsNaN() {
			break
		}
	}
	for j := range r.N {
		total = dd.Add(total, dd.Exp(dd.Sub(r.in(p, i, j), peak)))
	}
	return peak, total
}

// expScale is the scale of an error of y = exp(z)/total, where z is itself a
// rounded difference and the total a sum of n terms.
func expScale(y, z dd.Num, n int) float64 {
	if y.Hi == 0 {
		return 0
	}
	return size(y) * (2 + size(z) + sumError(n))
}

// sumError bounds the relative error of a sum of n positive terms, times a
// quarter: the tolerance is 4 times the scale, a chain of n additions has n/2 ulp.
func sumError(n int) float64 { return float64(n) / 16 }

func softmaxCrossEntropyOracle(r *Ref) {
	rows := num(float64(max(1, r.M)))
	loss, scale := num(0), 0.0
	for i := range r.M {
		peak, total := softmaxOracle(r, 1, i)
		label := r.Operands[2].Int[i]
		for j := range r.N {
			z := dd.Sub(r.in(1, i, j), peak)
			y := dd.Div(dd.Exp(z), total)
			g, s := y, expScale(y, z, r.N)
			if j == label {
				g, s = dd.Sub(y, num(1)), s+1
			}
			r.want(0, i, j, dd.Div(g, rows), s/rows.Hi)
		}
		gap := dd.Sub(peak, r.in(1, i, label))
		loss = sumOf(loss, dd.Log(total), gap)
		scale += size(dd.Log(total)) + size(gap) + 1 + sumError(r.N)
	}
	r.HasResult, r.Result, r.ResultScale = true, dd.Div(loss, rows), scale/rows.Hi
}

func runSoftmax[T Float](t Tier, c *Call) {
	y, x := slice[T](c, 0), slice[T](c, 1)
	if t == public {
		Softmax(c.M, c.N, y, c.ld(0), x, c.ld(1))
		return
	}
	softmax(t, c.M, c.N, y, c.ld(0), x, c.ld(1))
}

func runLogSumExp[T Float](_ Tier, c *Call) {
	LogSumExp(c.M, c.N, slice[T](c, 0), slice[T](c, 1), c.ld(1))
}

func runSoftmaxCrossEntropy[T Float](t Tier, c *Call) {
	dx, x, labels := slice[T](c, 0), slice[T](c, 1), c.Operands[2].Int
	if t == public {
		c.Result = SoftmaxCrossEntropy(c.M, c.N, dx, c.ld(0), x, c.ld(1), labels)
		return
	}
	c.Result = softmaxCrossEntropy(t, c.M, c.N, dx, c.ld(0), x, c.ld(1), labels)
}
