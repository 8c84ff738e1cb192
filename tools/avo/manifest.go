package main

import (
	"log"
	"slices"
	"strings"
)

// kernel is one row of the manifest. The family names its files, kernels/asm/
// <family>_<tier>_amd64.s; the generic twin is the Go function named like the
// kernel, first letter in lower case, with Generic appended.
type kernel struct {
	name     string
	family   string
	params   string // Go parameters, T the element type
	doc      string // the loop it computes, one line each
	body     func(*fn)
	stubOnly bool // no dispatch and no generic twin
	narrow   bool // AVX-512 runs the code of AVX2
}

// manifest lists the kernels that dispatch knows. A body of nil stands for a kernel
// that has the generic tier only. Where a doc says fma(a, b, c), that is a*b + c
// rounded once; every other operation rounds, in the order written.
var manifest = slices.Concat(updates, rowKernels, elementary, activations, []*kernel{
	{name: "FMAPeak", family: "peak", params: "n int",
		doc: "runs n rounds of as many independent fused multiply-adds as the tier has registers\nfor: the limit that benchmarks compare with.", body: fmaPeak, stubOnly: true},

	{name: "GemmStrip", family: "gemm", params: "s *asm.GemmStrip[T]",
		doc: "computes one strip of a matrix product, see GemmStrip.", body: gemmStrip},
	{name: "CopyRows", family: "copy", params: "dst, src []T, rows, cols, ldd, lds int",
		doc: "computes dst[i*ldd+j] = src[i*lds+j] for i < rows, j < cols.", body: copyRows},
	{name: "PackPanels", family: "copy", params: "dst, src []T, rows, cols, nr, ldd, lds int",
		doc: "computes dst[j/nr*ldd+i*nr+j%nr] = src[i*lds+j] for i < rows, j < cols.\nnr is NR of the tier.", body: packPanels},
	{name: "Transpose", family: "copy", params: "dst, src []T, rows, cols, ldd, lds int",
		doc: "computes dst[j*ldd+i] = src[i*lds+j] for i < rows, j < cols.", body: transpose, narrow: true},

	{name: "Stream", family: "copy", params: "y, x, next []T, last int",
		doc: "computes y = x with stores that go past the caches, and fetches next, which is as long,\nif last is 0; else the stores are done when it returns.", body: streamCopy},

	{name: "StreamRows", family: "copy", params: "dst, src, next []T, rows, ldd, ldn, last int",
		doc: "computes dst[i*ldd+j] = src[i*n+j] for i < rows, j < n, where n elements are 256 bytes,\nwith stores that go past the caches to rows that start on cache lines, and fetches\nnext[i*ldn+j]. If last is not 0, the stores are done when it returns. rows is not 0.", body: streamRows},

	{name: "PReLU", family: "activation", params: "y, x, slope []T, rows, cols, ldy, ldx int",
		doc: "computes y[i,j] = x[i,j] < 0 ? slope[j]*x[i,j] : x[i,j].", body: pReLU},
	{name: "PReLUBackward", family: "activation", params: "sum, dx, dy, x, slope []T, rows, cols, lddx, lddy, ldx int",
		doc: "computes dx[i,j] = x[i,j] <= 0 ? slope[j]*dy[i,j] : dy[i,j] and\nsum[j] += sum of x[i,j] > 0 ? 0 : x[i,j]*dy[i,j], where two rows at a time are summed\namong themselves first.", body: pReLUBackward},
	{name: "ReLU", family: "activation", params: "y, x []T",
		doc: "computes y = x < 0 ? 0 : x.", body: reLU},
	{name: "ReLUGrad", family: "activation", params: "y, d, x []T",
		doc: "computes y = x < 0 ? 0 : x and d = x > 0 ? 1 : x <= 0 ? 0 : x.", body: reLUGrad},
	{name: "ReLUBackward", family: "activation", params: "dx, dy, y []T",
		doc: "computes dx = y <= 0 ? 0 : y > 0 ? dy : y.", body: reLUBackward},
	{name: "LeakyReLU", family: "activation", params: "y, x []T, slope T",
		doc: "computes y = x < 0 ? slope*x : x.", body: leakyReLU},
	{name: "LeakyReLUGrad", family: "activation", params: "y, d, x []T, slope T",
		doc: "computes y = x < 0 ? slope*x : x and d = x > 0 ? 1 : x <= 0 ? slope : x.", body: leakyReLUGrad},
	{name: "LeakyReLUBackward", family: "activation", params: "dx, dy, y []T, slope T",
		doc: "computes dx = y <= 0 ? slope*dy : y > 0 ? dy : y.", body: leakyReLUBackward},

	{name: "Softmax", family: "softmax", params: "y, x, peak, sum []T, rows, cols, ldy, ldx int, scale T",
		doc: "computes for each row peak = max x, at least the lowest finite number,\nsum = sum of exp(x-peak) and y = exp(x-peak) * (scale/sum). A NaN in the row makes sum\nand y NaN and peak any number.", body: softmax},

	{name: "ColumnMoments", family: "norm", params: "s1, s2, shift, x []T, rows, cols, ldx int",
		doc: "computes s1[j] += sum of d, s2[j] += sum of d*d, d = x[i,j]-shift[j], where four rows\nat a time are summed among themselves first.", body: columnMoments},
	{name: "NormalizeColumns", family: "norm", params: "y, x, mean, scale, shift []T, rows, cols, ldy, ldx int, floor T",
		doc: "computes y[i,j] = z < floor ? floor : z, z = fma(x[i,j]-mean[j], scale[j], shift[j]).", body: normalizeColumns},
	{name: "BatchNormSums", family: "norm", params: "s1, s2, dy, x, mean []T, rows, cols, lddy, ldx int",
		doc: "computes s1[j] += sum of dy[i,j], s2[j] += sum of dy[i,j]*(x[i,j]-mean[j]), where two\nrows at a time are summed among themselves first.", body: batchNormSums},
	{name: "BatchNormBackward", family: "norm", params: "dx, dy, x, mean, k1, k2, k3 []T, rows, cols, lddx, lddy, ldx int",
		doc: "computes dx[i,j] = k1[j]*fma(-(x[i,j]-mean[j]), k3[j], dy[i,j]-k2[j]).", body: batchNormBackward},

	{name: "WideSums", family: "norm", params: "sum []float64, x []T, rows, cols, ldx int",
		doc: "computes sum[j] = sum over i of x[i,j]. cols is a multiple of 16.", body: wideSums},
	{name: "ColumnMeans", family: "norm", params: "mean, variance, low, shift []T, sum, dot, off []float64, part float64",
		doc: "computes in float64 d = sum*part, mean = shift+d, low = what rounding took from mean,\nvariance = max(0, dot*part - d*d), and leaves a positive number in one of 8 elements of off\nif (mean-shift)^2 > 16*variance, NaN if the largest |mean| or variance may be 2^100 or\nmore, in float64 2^970.\nlen(mean) is a multiple of 8.", body: columnMeans},
	{name: "ScaleOf", family: "norm", params: "scale, gamma, mean, variance []T, wild []float64, eps float64",
		doc: "computes scale = gamma*T(1/sqrt(variance+eps)), the latter in float64, and leaves no 0 in\none of 8 elements of wild if a scale is no normal number, or the largest |mean| may be 2^100 or more,\nin float64 2^970. len(scale) is a multiple of 8.", body: scaleOf},
	{name: "BatchNormStats", family: "norm", params: "inv, scale, shift, runMean, runVar, mean, low, gamma, beta []T, wild []float64, momentum, unbias T, eps float64",
		doc: "computes, where inv comes with the variance, runMean += momentum*(mean-runMean),\nrunVar += momentum*(inv*unbias-runVar), inv = T(1/sqrt(inv+eps)) in float64, scale = gamma*inv,\nshift = low == 0 ? beta : beta - low*scale, and leaves no 0 in one of 8 elements of wild if a scale\nis no normal number, or a shift or their sum not finite. len(inv) is a multiple of 8.", body: batchNormStats},
	{name: "BatchNormGrads", family: "norm", params: "dgamma, dbeta, k1, k2, k3, gamma, inv []T, sum, dot, wild []float64, part float64",
		doc: "computes in float64 g = dot*inv, dgamma = g, dbeta = sum, k2 = sum*part, k3 = g*part*inv, in T\nk1 = gamma*inv, and leaves no 0 in one of 8 elements of wild if one of k1, k2 and k3 is not finite, k1\nis below the normal numbers, or inv is above 2^24, in float64 2^200. len(dgamma) is a multiple of 8.", body: batchNormGrads},
	{name: "ClipFactors", family: "norm", params: "factor []T, g, w, clips []float64, lambda, eps float64",
		doc: "computes limit = lambda*max(sqrt(w), eps), factor = sqrt(g) <= limit ? 1 : limit/sqrt(g) in\nfloat64, for float32 from the squares of both, and leaves no 0 in one of 8 elements of clips if\na factor is not 1, NaN or +Inf if g or w is not finite or a factor no normal number. len(factor) is a multiple of 8.", body: clipFactors},

	{name: "ColumnSums", family: "reduce", params: "sum, x []T, rows, cols, ldx int",
		doc: "computes sum[j] += sum over i of x[i,j], where four rows at a time are summed among\nthemselves first.", body: columnSums},
	{name: "AddBias", family: "reduce", params: "y, x, bias []T, rows, cols, ldy, ldx int",
		doc: "computes y[i,j] = x[i,j] + bias[j].", body: addBias},

	{name: "Dropout", family: "random", params: "y, x []T, threshold uint32, scale T, first, stream, seed uint64",
		doc: "computes y[i] = word(i) < threshold ? x[i]*scale : 0, where word(64b+16w+l)\nis word w of Philox4x32-10 at counter first+16b+l with this stream and seed.", body: dropout},
	{name: "Uniform", family: "random", params: "y []T, lo, span float64, first, stream, seed uint64",
		doc: "computes y[i] = lo + span*u(first+i) in float64, where u has the upper 53 bits of words 1\nand 0 of Philox4x32-10 at this counter. len(y) is a multiple of 64.", body: uniform},
	{name: "Normal", family: "random", params: "y []T, mean, std float64, first, stream, seed uint64",
		doc: "computes y[2k] = mean + (std*r)*cos(2 pi v) and y[2k+1] with the sine in float64,\nr = sqrt(-2 log(1-u)), where u and v have the upper 53 bits of words 1 and 0, and of 3 and\n2, of Philox4x32-10 at counter first+k. len(y) is a multiple of 64.", body: normal},

	{name: "Dot", family: "blas1", params: "sum, x, y []T",
		doc: "computes sum[0] = sum of x*y.", body: dot},
	{name: "AbsSum", family: "blas1", params: "sum, x []T",
		doc: "computes sum[0] = sum of |x|.", body: absSum},
	{name: "SumSquares", family: "blas1", params: "sum, x []T",
		doc: "computes sum[0] = sum of x*x.", body: sumSquares},
	{name: "MaxAbs", family: "blas1", params: "peak, x []T",
		doc: "computes peak[0] = max |x|, at least 0, and NaN if there is one.", body: maxAbs},
	{name: "FirstAbs", family: "blas1", params: "index []int, x []T, peak T",
		doc: "computes index[0] = the first i with |x[i]| = peak, which there is.", body: firstAbs},
	{name: "CountNotLess", family: "blas1", params: "count, x []T, v T",
		doc: "computes count[0] = how many x are not less than v, NaN among them.", body: countNotLess},
	{name: "Axpy", family: "blas1", params: "y []T, alpha T, x []T",
		doc: "computes y = fma(alpha, x, y).", body: axpy},
	{name: "Scale", family: "blas1", params: "y []T, alpha T, x []T",
		doc: "computes y = alpha*x.", body: scale},
	{name: "Divide", family: "blas1", params: "y, x []T, d T",
		doc: "computes y = x/d.", body: divide},
	{name: "Swap", family: "blas1", params: "x, y []T",
		doc: "computes x, y = y, x.", body: swap},
	{name: "Rot", family: "blas1", params: "x, y []T, c, s T",
		doc: "computes x, y = fma(s, y, c*x), fma(-s, x, c*y).", body: rot},

	{name: "GemvRows", family: "gemv", params: "sum, a, x []T, rows, cols, lda int",
		doc: "computes sum[i] = sum over j of a[i*lda+j]*x[j].", body: gemvRows},
	{name: "TriangleRows", family: "gemv", params: "sum, a, x []T, rows, cols, grow, lda, shift int",
		doc: "computes sum[i] = sum over j < cols + i*grow of a[i*lda+j]*x[i*shift+j].", body: triangleRows},
	{name: "GemvColumns", family: "gemv", params: "sum, a, x []T, rows, cols, lda int",
		doc: "computes sum[j] = sum[j] + sum over i of a[i*lda+j]*x[i].", body: gemvColumns},
	{name: "Ger", family: "gemv", params: "a, x, y []T, alpha T, rows, cols, lda int",
		doc: "computes a[i*lda+j] = fma(alpha*x[i], y[j], a[i*lda+j]).", body: ger},
})

// dtype is an element type.
type dtype struct {
	name string // in a stub's name
	goT  string
	size int
}

var dtypes = []dtype{{"F32", "float32", 4}, {"F64", "float64", 8}}

// tier is a cluster of CPU features, here with what differs in code.
type tier struct {
	name  string // of the constant in package kernels, and in a stub's name
	file  string
	bytes int // of a vector register
}

var tiers = []tier{{"AVX512", "avx512", 64}, {"AVX2", "avx2", 32}}

// tiers are those that the kernel has. A body serves both tiers of amd64; dispatch
// and stubs ask here only, so that a tier from another generator can join.
func (k *kernel) tiers() []tier {
	if k.body == nil {
		return nil
	}
	return tiers
}

// code are the tiers that the kernel has code of its own for.
func (k *kernel) code() []tier {
	return slices.DeleteFunc(slices.Clone(k.tiers()), func(t tier) bool { return k.codeOf(t) != t })
}

// codeOf is the tier whose code a tier runs.
func (k *kernel) codeOf(t tier) tier {
	if k.narrow {
		return tiers[1]
	}
	return t
}

// families lists the file groups that have assembly.
func families() []string {
	var f []string
	for _, k := range manifest {
		if len(k.tiers()) > 0 && !slices.Contains(f, k.family) {
			f = append(f, k.family)
		}
	}
	return f
}

func (k *kernel) stub(d dtype, t tier) string { return k.name + d.name + t.name }

func (k *kernel) generic() string { return strings.ToLower(k.name[:1]) + k.name[1:] + "Generic" }

// comment is the doc comment of a function called name.
func (k *kernel) comment(name string) string {
	lines := strings.Split(name+" "+k.doc, "\n")
	return "// " + strings.Join(lines, "\n// ") + "\n"
}

// param is one parameter with its type.
type param struct{ name, typ string }

// list splits params, giving each name its type.
func (k *kernel) list() []param {
	var out []param
	for _, p := range strings.Split(k.params, ", ") {
		name, typ, _ := strings.Cut(p, " ")
		out = append(out, param{name, typ})
	}
	for i := len(out) - 2; i >= 0; i-- {
		if out[i].typ == "" {
			out[i].typ = out[i+1].typ
		}
	}
	return out
}

func (k *kernel) args() []string {
	var names []string
	for _, p := range k.list() {
		names = append(names, p.name)
	}
	return names
}

// view says who reads a type: avo cannot express generic structs.
type view int

const (
	forAvo view = iota
	forStub
)

// typeFor is a parameter's type for one dtype.
func typeFor(typ string, d dtype, v view) string {
	switch typ {
	case "*asm.GemmStrip[T]":
		if v == forAvo {
			return "*byte"
		}
		return "*GemmStrip[" + d.goT + "]"
	case "*updateConstants[T]":
		return "*[16]" + d.goT
	case "[]T", "T":
		return strings.Replace(typ, "T", d.goT, 1)
	case "int", "uint32", "uint64", "float64", "[]float64", "[]uint8", "[]int":
		return typ
	}
	log.Fatalf("manifest: no such parameter type: %s", typ)
	return ""
}

func (k *kernel) paramsFor(d dtype, v view) string {
	var out []string
	for _, p := range k.list() {
		out = append(out, p.name+" "+typeFor(p.typ, d, v))
	}
	return strings.Join(out, ", ")
}

// argsFor are the arguments of the stub, converted from T to the dtype.
func (k *kernel) argsFor(d dtype) string {
	var out []string
	for _, p := range k.list() {
		switch p.typ {
		case "[]T":
			out = append(out, "as["+d.goT+"]("+p.name+")")
		case "T":
			out = append(out, d.goT+"("+p.name+")")
		case "*asm.GemmStrip[T]":
			out = append(out, "(*asm.GemmStrip["+d.goT+"])(unsafe.Pointer("+p.name+"))")
		case "*updateConstants[T]":
			out = append(out, "(*[16]"+d.goT+")(unsafe.Pointer("+p.name+"))")
		default:
			out = append(out, p.name)
		}
	}
	return strings.Join(out, ", ")
}
