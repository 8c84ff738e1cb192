package model

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
)

// Element is a type in which [Values] returns a tensor.
type Element interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | bool
}

// decoder decodes elements of a type of the format from b, the first of which is element at of
// its tensor. b has exactly those of dst.
type decoder[E any] func(dst []E, dtype string, b []byte, at int) error

// The types that each group of Go's types is decoded from.
var (
	integerTypes = []string{"I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64", "BOOL"}
	floatTypes   = []string{"F64", "F32", "F16", "BF16"}
	numberTypes  = append(slices.Clone(floatTypes), integerTypes...)
	boolTypes    = []string{"BOOL"}
)

// decode is the decoder of any Element.
func decode[E Element](dst []E, dtype string, b []byte, at int) error {
	switch d := any(dst).(type) {
	case []float32:
		return decodeFloats(d, dtype, b, at)
	case []float64:
		return decodeFloats(d, dtype, b, at)
	case []int8:
		return decodeIntegers(d, dtype, b, at)
	case []int16:
		return decodeIntegers(d, dtype, b, at)
	case []int32:
		return decodeIntegers(d, dtype, b, at)
	case []int64:
		return decodeIntegers(d, dtype, b, at)
	case []uint8:
		return decodeIntegers(d, dtype, b, at)
	case []uint16:
		return decodeIntegers(d, dtype, b, at)
	case []uint32:
		return decodeIntegers(d, dtype, b, at)
	case []uint64:
		return decodeIntegers(d, dtype, b, at)
	case []bool:
		return decodeBools(d, b, at)
	}
	panic("unreachable")
}

// sources returns the types from which decode makes an E.
func sources[E Element]() []string {
	switch any(*new(E)).(type) {
	case float32, float64:
		return numberTypes
	case bool:
		return boolTypes
	}
	return integerTypes
}

// decodeFloats decodes floats and integers, rounded to T. A finite number beyond T is an error.
func decodeFloats[T kernels.Float](dst []T, dtype string, b []byte, at int) error {
	switch dtype {
	case "F64":
		for i := range dst {
			v := math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
			dst[i] = T(v)
			if math.IsInf(float64(dst[i]), 0) && !math.IsInf(v, 0) {
				return fmt.Errorf("element %d is %v, want a number that %T can hold", at+i, v, dst[i])
			}
		}
	case "F32":
		for i := range dst {
			dst[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
		}
	case "BF16":
		for i := range dst {
			dst[i] = T(math.Float32frombits(uint32(binary.LittleEndian.Uint16(b[2*i:])) << 16))
		}
	case "F16":
		for i := range dst {
			dst[i] = T(half(binary.LittleEndian.Uint16(b[2*i:])))
		}
	case "U64":
		for i := range dst {
			dst[i] = T(binary.LittleEndian.Uint64(b[8*i:]))
		}
	default:
		return eachInteger(dst, dtype, b, at, func(v int64) (T, bool) { return T(v), true })
	}
	return nil
}

// half returns the value of a number of IEEE 754's binary16 format, whose bits are h.
func half(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0: // zero or subnormal: fraction * 2^-24
		return math.Float32frombits(math.Float32bits(float32(fraction)*0x1p-24) | sign)
	case 31: // infinity or NaN
		exponent = 255 - 112
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

// decodeIntegers decodes integers that an I can hold. Others are an error.
func decodeIntegers[I int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](dst []I, dtype string,
	b []byte, at int) error {
	if dtype == "U64" {
		for i := range dst {
			v := binary.LittleEndian.Uint64(b[8*i:])
			dst[i] = I(v)
			if uint64(dst[i]) != v || dst[i] < 0 {
				return fmt.Errorf("element %d is %d, want a number that %T can hold", at+i, v, dst[i])
			}
		}
		return nil
	}
	return eachInteger(dst, dtype, b, at, func(v int64) (I, bool) {
		r := I(v)
		return r, int64(r) == v && (r < 0) == (v < 0)
	})
}

// eachInteger stores what f makes of each integer of a type that fits an int64. It returns an error
// for a number that f refuses.
func eachInteger[E any](dst []E, dtype string, b []byte, at int, f func(v int64) (E, bool)) error {
	width := bitsOf(dtype) / 8
	for i := range dst {
		var v int64
		switch p := b[i*width:]; dtype {
		case "I8":
			v = int64(int8(p[0]))
		case "U8":
			v = int64(p[0])
		case "BOOL":
			if v = int64(p[0]); v > 1 {
				return fmt.Errorf("element %d is the byte %d, want 0 or 1", at+i, v)
			}
		case "I16":
			v = int64(int16(binary.LittleEndian.Uint16(p)))
		case "U16":
			v = int64(binary.LittleEndian.Uint16(p))
		case "I32":
			v = int64(int32(binary.LittleEndian.Uint32(p)))
		case "U32":
			v = int64(binary.LittleEndian.Uint32(p))
		case "I64":
			v = int64(binary.LittleEndian.Uint64(p))
		}
		var ok bool
		if dst[i], ok = f(v); !ok {
			return fmt.Errorf("element %d is %d, want a number that %T can hold", at+i, v, dst[i])
		}
	}
	return nil
}

// decodeBools decodes bytes of 0 and 1.
func decodeBools(dst []bool, b []byte, at int) error {
	return eachInteger(dst, "BOOL", b, at, func(v int64) (bool, bool) { return v == 1, true })
}
