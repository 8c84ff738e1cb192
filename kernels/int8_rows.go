package kernels

import (
	"math"
	"unsafe"
)

// The generic tier of the kernels that turn rows of float32 into integers of 8 bits and sums of those
// into float32 again.

// smallestStep is the least scale: the smallest normal number, whose inverse is finite.
const smallestStep = 0x1p-126

// rangeRowGeneric computes out[0] = the least element of x, out[1] = the greatest, both with 0 among the
// elements and NaN left out, and out[2] = the sum of x*0: NaN if an element is not finite, else 0.
func rangeRowGeneric(out, x []float32) {
	var lo, hi, odd float32
	for _, v := range x {
		if v < lo {
			lo = v
		}
		if v > hi {
			hi = v
		}
		odd += float32(v * 0)
	}
	out[0], out[1], out[2] = lo, hi, odd
}

// quantizeRowGeneric computes q[j] = round(min(max(x[j]*k[0], k[1]), k[2])) + k[3], where k[3] holds the
// bits of an integer and ties round to even.
func quantizeRowGeneric(q []uint8, x, k []float32) {
	const shift = 1.5 * (1 << 23) // x + shift rounds x to an integer, which stands in the lowest bits
	zero := int32(math.Float32bits(k[3])) - int32(math.Float32bits(shift))
	q = q[:len(x)]
	for j, v := range x {
		t := float32(v * k[0])
		if !(t > k[1]) {
			t = k[1]
		}
		if !(t < k[2]) {
			t = k[2]
		}
		q[j] = uint8(int32(math.Float32bits(t+shift)) + zero)
	}
}

// dequantizeRowGeneric computes y[j] = (float32(s)*scale[j])*k[0] + bias[j], each operation rounded, with
// s = y[j] - z*sums[j]. y, sums and z = k[1] hold the bits of integers.
func dequantizeRowGeneric(y, sums, scale, bias, k []float32) {
	zero := int32(math.Float32bits(k[1]))
	n := len(y)
	sums, scale, bias = sums[:n], scale[:n], bias[:n]
	for j, v := range y {
		s := int32(math.Float32bits(v)) - zero*int32(math.Float32bits(sums[j]))
		y[j] = float32(float32(float32(s)*scale[j])*k[0]) + bias[j]
	}
}

// rowScale is how a row of activations is quantised: x is about (q - zero) * step.
type rowScale struct {
	step float32 // NaN if an element of the row is not finite
	zero int32   // from 0 to 255
}

// scaleOfRange returns the scale of numbers from lo to hi, where lo <= 0 <= hi, both finite.
func scaleOfRange(lo, hi float32) rowScale {
	step := max(float32((float64(hi)-float64(lo))/255), smallestStep)
	return rowScale{step, int32(math.RoundToEven(min(max(-float64(lo)/float64(step), 0), 255)))}
}

// constants are what the kernels of a row take.
func (s rowScale) constants() (quantize [4]float32, dequantize [2]float32) {
	bits := math.Float32frombits(uint32(s.zero))
	quantize = [4]float32{float32(1 / float64(s.step)), float32(-s.zero), float32(255 - s.zero), bits}
	return quantize, [2]float32{s.step, bits}
}

// quantizeRow quantises one row, by its own range unless the step of given is not 0, and returns the scale.
// q has room for whole vectors, which may be overwritten.
func quantizeRow(t Tier, q []uint8, x []float32, given rowScale) rowScale {
	var r [3]float32
	lo, hi, odd := float32(0), float32(0), float32(0)
	eachPiece(len(x), func(at, w int) {
		dispatchRangeRow(t, r[:], x[at:at+w])
		lo, hi, odd = min(lo, r[0]), max(hi, r[1]), odd+r[2]
	})
	if odd != 0 || odd != odd {
		return rowScale{step: float32(math.NaN())}
	}
	scale := given
	if scale.step == 0 {
		scale = scaleOfRange(lo, hi)
	}
	k, _ := scale.constants()
	eachPiece(len(x), func(at, w int) { dispatchQuantizeRow(t, q[at:], x[at:at+w], k[:]) })
	return scale
}

// bytesOf are the bytes of words.
func bytesOf(words []float32) []uint8 {
	return unsafe.Slice((*uint8)(unsafe.Pointer(unsafe.SliceData(words))), 4*len(words))
}
