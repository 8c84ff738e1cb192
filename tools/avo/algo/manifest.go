package algo

import (
	"slices"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Kernel is one row of the manifest. The family names its files, kernels/asm/
// <family>_<tier>_<arch>.s; the generic twin is the Go function named like the
// kernel, first letter in lower case, with Generic appended.
type Kernel struct {
	Name     string
	Family   string
	Params   string // Go parameters, T the element type
	Doc      string // the loop it computes, one line each
	body     func(*fn)
	StubOnly bool   // no dispatch and no generic twin
	Only     string // the one tier that has it: its stub does not name it
	Single   bool   // of float32 alone: neither its stubs nor its dispatch know an element type
	Narrow   bool   // vectors of more than 256 bits gain nothing: their tiers run the code of 256
}

// HasBody reports whether the kernel has assembly.
func (k *Kernel) HasBody() bool { return k.body != nil }

// Emit writes the kernel as the function that m is.
func (k *Kernel) Emit(m isa.Machine) { k.body(newFn(m)) }

// fetchDoc is what kernels do whose loop is a rowLoop that fetches, storeDoc what those do besides
// that write a matrix.
const fetchDoc = " fetches\nrows ahead into L2 if fetch is not 0; all that it reads then have one leading dimension."

const storeDoc = fetchDoc + " If it is 2,\nthe rows that it writes start on cache lines, " +
	"and whole vectors are stored past the caches."

// fetchRowDoc is what kernels do whose loop is walkAhead.
const fetchRowDoc = " Fetches\nthe row that is fetch rows ahead into L2 if fetch is not 0."

// Kernels lists the kernels that dispatch knows. A body of nil stands for a kernel
// that has the generic tier only. Where a doc says fma(a, b, c), that is a*b + c
// rounded once; every other operation rounds, in the order written.
var Kernels = slices.Concat(updates, rowKernels, elementary, activations, halves, quadKernels, []*Kernel{
	{Name: "FMAPeak", Family: "peak", Params: "n int",
		Doc: "runs n rounds of as many independent fused multiply-adds as the tier has registers\n" +
			"for: the limit that benchmarks compare with.", body: fmaPeak, StubOnly: true},

	{Name: "GemmStrip", Family: "gemm", Params: "s *asm.GemmStrip[T]",
		Doc: "computes one strip of a matrix product, see GemmStrip.", body: gemmStrip},
	{Name: "GemmStripBF16", Family: "gemmbf16", Params: "s *asm.GemmStrip[T]", Single: true, StubOnly: true,
		Doc: "computes one strip of a matrix product as GemmStrip says, where words of A and B\n" +
			"are pairs of bfloat16 numbers, the first in the lower half, and a sum is one chain of fused\n" +
			"multiply-adds in float32: for each pair of the lower halves and then of the upper ones. CsA is\n" +
			"1, N at most a panel, and rows of B have whole vectors.", body: gemmPairs},
	{Name: "GemmStripBF16DP", Family: "gemmbf16", Params: "s *asm.GemmStrip[T]", Single: true, StubOnly: true,
		Only: "AVX512", Doc: dotsDoc, body: gemmDots},
	{Name: "DotPeak", Family: "gemmbf16", Params: "n int", Single: true, StubOnly: true, Only: "AVX512",
		Doc: "runs n rounds of as many independent VDPBF16PS as AVX-512 has registers for: the limit\n" +
			"that benchmarks compare GemmStripBF16DP with.", body: dotPeak},
	{Name: "PackPanels", Family: "copy", Params: "dst, src []T, rows, cols, nr, ldd, lds int",
		Doc: "computes dst[j/nr*ldd+i*nr+j%nr] = src[i*lds+j] for i < rows, j < cols.\n" +
			"nr is NR of the tier.", body: packPanels},
	{Name: "Transpose", Family: "copy", Params: "dst, src []T, rows, cols, ldd, lds int",
		Doc: "computes dst[j*ldd+i] = src[i*lds+j] for i < rows, j < cols.", body: transpose, Narrow: true},

	{Name: "Stream", Family: "copy", Params: "y, x, next []T, last int",
		Doc: "computes y = x with stores that go past the caches, and fetches next, which is as long,\n" +
			"if last is 0; else the stores are done when it returns.", body: streamCopy},

	{Name: "StreamRows", Family: "copy", Params: "dst, src, next []T, rows, ldd, ldn, last int",
		Doc: "computes dst[i*ldd+j] = src[i*n+j] for i < rows, j < n, where n elements are 256 bytes,\n" +
			"with stores that go past the caches to rows that start on cache lines, and fetches\n" +
			"next[i*ldn+j]. If last is not 0, the stores are done when it returns. rows is not 0.",
		body: streamRows},

	{Name: "Softmax", Family: "softmax", Params: "y, x, peak, sum []T, rows, cols, ldy, ldx int, scale T",
		Doc: "computes for each row peak = max x, at least the lowest finite number,\n" +
			"sum = sum of exp(x-peak) and y = exp(x-peak) * (scale/sum). A NaN in the row makes sum\n" +
			"and y NaN and peak any number.", body: softmax},

	{Name: "ColumnMoments", Family: "norm", Params: "s1, s2, shift, x []T, rows, cols, ldx, fetch int",
		Doc: "computes s1[j] += sum of d, s2[j] += sum of d*d, d = x[i,j]-shift[j], where four rows\n" +
			"at a time are summed among themselves first. It" + fetchDoc, body: columnMoments},
	{Name: "NormalizeColumns", Family: "norm",
		Params: "y, x, mean, scale, shift []T, rows, cols, ldy, ldx, fetch int, floor T",
		Doc: "computes y[i,j] = z < floor ? floor : z, z = fma(x[i,j]-mean[j], scale[j], shift[j]). It" +
			storeDoc, body: normalizeColumns},
	{Name: "BatchNormSums", Family: "norm",
		Params: "s1, s2, dy, x, mean []T, rows, cols, lddy, ldx, fetch int",
		Doc: "computes s1[j] += sum of dy[i,j], s2[j] += sum of dy[i,j]*(x[i,j]-mean[j]), where two\n" +
			"rows at a time are summed among themselves first. It" + fetchDoc, body: batchNormSums},
	{Name: "BatchNormBackward", Family: "norm",
		Params: "dx, dy, x, mean, k1, k2, k3 []T, rows, cols, lddx, lddy, ldx, fetch int",
		Doc:    "computes dx[i,j] = k1[j]*fma(-(x[i,j]-mean[j]), k3[j], dy[i,j]-k2[j]). It" + storeDoc,
		body:   batchNormBackward},

	{Name: "WideSums", Family: "norm", Params: "sum []float64, x []T, rows, cols, ldx int",
		Doc: "computes sum[j] = sum over i of x[i,j]. cols is a multiple of 16.", body: wideSums},
	{Name: "ColumnMeans", Family: "norm",
		Params: "mean, variance, low, shift []T, sum, dot, off []float64, part float64",
		Doc: "computes in float64 d = sum*part, mean = shift+d, low = what rounding took from mean,\n" +
			"variance = max(0, dot*part - d*d), and leaves a positive number in one of 8 elements of " +
			"off\n" +
			"if (mean-shift)^2 > 16*variance, NaN if the largest |mean| or variance may be 2^100 or\n" +
			"more, in float64 2^970.\n" +
			"len(mean) is a multiple of 8.", body: columnMeans},
	{Name: "ScaleOf", Family: "norm",
		Params: "scale, gamma, mean, variance []T, wild []float64, eps float64",
		Doc: "computes scale = gamma*T(1/sqrt(variance+eps)), the latter in float64, and leaves no 0 in\n" +
			"one of 8 elements of wild if a scale is no normal number, or the largest |mean| may be " +
			"2^100 or more,\n" +
			"in float64 2^970. len(scale) is a multiple of 8.", body: scaleOf},
	{Name: "BatchNormStats", Family: "norm",
		Params: "inv, scale, shift, runMean, runVar, mean, low, gamma, beta []T, wild []float64, " +
			"momentum, unbias T, eps float64",
		Doc: "computes, where inv comes with the variance, runMean += momentum*(mean-runMean),\n" +
			"runVar += momentum*(inv*unbias-runVar), inv = T(1/sqrt(inv+eps)) in float64, scale = " +
			"gamma*inv,\n" +
			"shift = low == 0 ? beta : beta - low*scale, and leaves no 0 in one of 8 elements of wild " +
			"if a scale\n" +
			"is no normal number, or a shift or their sum not finite. len(inv) is a multiple of 8.",
		body: batchNormStats},
	{Name: "BatchNormGrads", Family: "norm",
		Params: "dgamma, dbeta, k1, k2, k3, gamma, inv []T, sum, dot, wild []float64, part float64",
		Doc: "computes in float64 g = dot*inv, dgamma = g, dbeta = sum, k2 = sum*part, k3 = g*part*inv, " +
			"in T\n" +
			"k1 = gamma*inv, and leaves no 0 in one of 8 elements of wild if one of k1, k2 and k3 is " +
			"not finite, k1\n" +
			"is below the normal numbers, or inv is above 2^24, in float64 2^200. len(dgamma) is a " +
			"multiple of 8.", body: batchNormGrads},
	{Name: "ClipFactors", Family: "norm", Params: "factor []T, g, w, clips []float64, lambda, eps float64",
		Doc: "computes limit = lambda*max(sqrt(w), eps), factor = sqrt(g) <= limit ? 1 : limit/sqrt(g) " +
			"in\n" +
			"float64, for float32 from the squares of both, and leaves no 0 in one of 8 elements of " +
			"clips if\n" +
			"a factor is not 1, NaN or +Inf if g or w is not finite or a factor no normal number. " +
			"len(factor) is a multiple of 8.", body: clipFactors},

	{Name: "ColumnSums", Family: "reduce", Params: "sum, x []T, rows, cols, ldx, fetch int",
		Doc: "computes sum[j] += sum over i of x[i,j], where four rows at a time are summed among\n" +
			"themselves first. It" + fetchDoc, body: columnSums},
	{Name: "AddBias", Family: "reduce", Params: "y, x, bias []T, rows, cols, ldy, ldx, fetch int",
		Doc: "computes y[i,j] = x[i,j] + bias[j]. It" + storeDoc, body: addBias},

	{Name: "Dropout", Family: "random",
		Params: "y, x []T, threshold uint32, scale T, first, stream, seed uint64",
		Doc: "computes y[i] = word(i) < threshold ? x[i]*scale : 0, where word(64b+16w+l)\n" +
			"is word w of Philox4x32-10 at counter first+16b+l with this stream and seed.", body: dropout},
	{Name: "Uniform", Family: "random", Params: "y []T, lo, span float64, first, stream, seed uint64",
		Doc: "computes y[i] = lo + span*u(first+i) in float64, where u has the upper 53 bits of words 1\n" +
			"and 0 of Philox4x32-10 at this counter. len(y) is a multiple of 64.", body: uniform},
	{Name: "Normal", Family: "random", Params: "y []T, mean, std float64, first, stream, seed uint64",
		Doc: "computes y[2k] = mean + (std*r)*cos(2 pi v) and y[2k+1] with the sine in float64,\n" +
			"r = sqrt(-2 log(1-u)), where u and v have the upper 53 bits of words 1 and 0, and of 3 " +
			"and\n" +
			"2, of Philox4x32-10 at counter first+k. len(y) is a multiple of 64.", body: normal},

	{Name: "Dot", Family: "blas1", Params: "sum, x, y []T", Doc: "computes sum[0] = sum of x*y.", body: dot},
	{Name: "AbsSum", Family: "blas1", Params: "sum, x []T",
		Doc: "computes sum[0] = sum of |x|.", body: absSum},
	{Name: "SumSquares", Family: "blas1", Params: "sum, x []T",
		Doc: "computes sum[0] = sum of x*x.", body: sumSquares},
	{Name: "MaxAbs", Family: "blas1", Params: "peak, x []T",
		Doc: "computes peak[0] = max |x|, at least 0, and NaN if there is one.", body: maxAbs},
	{Name: "FirstAbs", Family: "blas1", Params: "index []int, x []T, peak T",
		Doc: "computes index[0] = the first i with |x[i]| = peak, which there is.", body: firstAbs},
	{Name: "CountNotLess", Family: "blas1", Params: "count, x []T, v T",
		Doc: "computes count[0] = how many x are not less than v, NaN among them.", body: countNotLess},
	{Name: "Axpy", Family: "blas1", Params: "y []T, alpha T, x []T",
		Doc: "computes y = fma(alpha, x, y).", body: axpy},
	{Name: "Scale", Family: "blas1", Params: "y []T, alpha T, x []T",
		Doc: "computes y = alpha*x.", body: scale},
	{Name: "Divide", Family: "blas1", Params: "y, x []T, d T", Doc: "computes y = x/d.", body: divide},
	{Name: "Swap", Family: "blas1", Params: "x, y []T", Doc: "computes x, y = y, x.", body: swap},
	{Name: "Rot", Family: "blas1", Params: "x, y []T, c, s T",
		Doc: "computes x, y = fma(s, y, c*x), fma(-s, x, c*y).", body: rot},

	{Name: "GemvRows", Family: "gemv", Params: "sum, a, x []T, rows, cols, lda int",
		Doc: "computes sum[i] = sum over j of a[i*lda+j]*x[j].", body: gemvRows},
	{Name: "TriangleRows", Family: "gemv", Params: "sum, a, x []T, rows, cols, grow, lda, shift int",
		Doc: "computes sum[i] = sum over j < cols + i*grow of a[i*lda+j]*x[i*shift+j].", body: triangleRows},
	{Name: "GemvColumns", Family: "gemv", Params: "sum, a, x []T, rows, cols, lda int",
		Doc: "computes sum[j] = sum[j] + sum over i of a[i*lda+j]*x[i].", body: gemvColumns},
	{Name: "Ger", Family: "gemv", Params: "a, x, y []T, alpha T, rows, cols, lda int",
		Doc: "computes a[i*lda+j] = fma(alpha*x[i], y[j], a[i*lda+j]).", body: ger},
})
