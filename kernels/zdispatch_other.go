package kernels

import "github.com/ashlar-go/ashlar/kernels/asm"

func dispatchGemmStrip[T Float](_ Tier, s *asm.GemmStrip[T]) { gemmStripGeneric(s) }
func dispatchTranspose[T Float](_ Tier, dst, src []T, rows, cols, ldd, lds int) {
	transposeGeneric(dst, src, rows, cols, ldd, lds)
}
func dispatchCopyRows[T Float](_ Tier, dst, src []T, rows, cols, ldd, lds int) {
	copyRowsGeneric(dst, src, rows, cols, ldd, lds)
}
func dispatchReLU[T Float](_ Tier, y, x []T)               { reLUGeneric(y, x) }
func dispatchReLUGrad[T Float](_ Tier, y, d, x []T)        { reLUGradGeneric(y, d, x) }
func dispatchReLUBackward[T Float](_ Tier, dx, dy, y []T)  { reLUBackwardGeneric(dx, dy, y) }
func dispatchLeakyReLU[T Float](_ Tier, y, x []T, slope T) { leakyReLUGeneric(y, x, slope) }
func dispatchLeakyReLUGrad[T Float](_ Tier, y, d, x []T, slope T) {
	leakyReLUGradGeneric(y, d, x, slope)
}
func dispatchLeakyReLUBackward[T Float](_ Tier, dx, dy, y []T, slope T) {
	leakyReLUBackwardGeneric(dx, dy, y, slope)
}
func dispatchExp[T Float](_ Tier, y, x []T) { expGeneric(y, x) }
func dispatchSoftmax[T Float](_ Tier, y, x, peak, sum []T, rows, cols, ldy, ldx int, scale T) {
	softmaxGeneric(y, x, peak, sum, rows, cols, ldy, ldx, scale)
}
func dispatchColumnMoments[T Float](_ Tier, s1, s2, shift, x []T, rows, cols, ldx int) {
	columnMomentsGeneric(s1, s2, shift, x, rows, cols, ldx)
}
func dispatchNormalizeColumns[T Float](_ Tier, y, x, mean, scale, shift []T, rows, cols, ldy, ldx int) {
	normalizeColumnsGeneric(y, x, mean, scale, shift, rows, cols, ldy, ldx)
}
func dispatchBatchNormSums[T Float](_ Tier, s1, s2, dy, x, mean []T, rows, cols, lddy, ldx int) {
	batchNormSumsGeneric(s1, s2, dy, x, mean, rows, cols, lddy, ldx)
}
func dispatchBatchNormBackward[T Float](_ Tier, dx, dy, x, mean, k1, k2, k3 []T, rows, cols, lddx, lddy, ldx int) {
	batchNormBackwardGeneric(dx, dy, x, mean, k1, k2, k3, rows, cols, lddx, lddy, ldx)
}
func dispatchColumnSums[T Float](_ Tier, sum, x []T, rows, cols, ldx int) {
	columnSumsGeneric(sum, x, rows, cols, ldx)
}
func dispatchAddBias[T Float](_ Tier, y, x, bias []T, rows, cols, ldy, ldx int) {
	addBiasGeneric(y, x, bias, rows, cols, ldy, ldx)
}
func dispatchDropout[T Float](_ Tier, y, x []T, threshold uint32, scale T, first, stream, seed uint64) {
	dropoutGeneric(y, x, threshold, scale, first, stream, seed)
}
func dispatchUpdateSGD[T Float](_ Tier, w, g []T, c *updateConstants[T]) { updateSGDGeneric(w, g, c) }
func dispatchUpdateMomentum[T Float](_ Tier, w, g, v []T, c *updateConstants[T]) {
	updateMomentumGeneric(w, g, v, c)
}
func dispatchUpdateAdam[T Float](_ Tier, w, g, m, v []T, c *updateConstants[T]) {
	updateAdamGeneric(w, g, m, v, c)
}
