package onnx

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// halfValue returns a float of 16 bits that has so many bits of fraction, from the definition of IEEE 754.
func halfValue(fraction int) func(bits int) float64 {
	return func(bits int) float64 {
		most := 1<<(15-fraction) - 1 // of the exponent
		exponent, rest := bits>>fraction&most, bits&(1<<fraction-1)
		v := 1 + float64(rest)/float64(int(1)<<fraction)
		switch exponent {
		case most:
			v = math.Inf(1)
			if rest != 0 {
				return math.NaN()
			}
		case 0:
			v, exponent = v-1, 1
		}
		v = math.Ldexp(v, exponent-most/2)
		if bits>>15 == 1 {
			return -v
		}
		return v
	}
}

// signed returns the integer of two's complement that has so many bits.
func signed(width int) func(bits int) float64 {
	return func(bits int) float64 { return float64(bits - bits>>(width-1)<<width) }
}

func unsigned(bits int) float64 { return float64(bits) }

// TestTensorValues: every value of the types of 8 and 16 bits, in raw_data and in the field for the type.
func TestTensorValues(t *testing.T) {
	for _, c := range []struct {
		kind  onnxpb.TensorProto_DataType
		width int                    // in bits
		value func(bits int) float64 // nil for a type that is not supported
	}{
		{onnxpb.TensorProto_INT8, 8, signed(8)}, {onnxpb.TensorProto_UINT8, 8, unsigned},
		{onnxpb.TensorProto_BOOL, 1, unsigned}, {onnxpb.TensorProto_FLOAT16, 16, halfValue(10)},
		{onnxpb.TensorProto_BFLOAT16, 16, halfValue(7)}, {onnxpb.TensorProto_INT16, 16, nil},
		{onnxpb.TensorProto_UINT16, 16, nil},
	} {
		for name, file := range allBits(c.kind, c.width) {
			got, err := decode(file)
			if c.value == nil {
				if err == nil || !strings.Contains(err.Error(), c.kind.String()+", which is not supported") {
					t.Errorf("%v in %s: %v", c.kind, name, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%v in %s: %v", c.kind, name, err)
			}
			list, err := got.floats()
			if err != nil || len(list) != 1<<c.width {
				t.Fatalf("%v in %s: %d elements, %v", c.kind, name, len(list), err)
			}
			for bits, v := range list {
				if want := c.value(bits); !sameNumber(v, want) {
					t.Errorf("%v in %s: %#04x is %v, want %v", c.kind, name, bits, v, want)
					break
				}
			}
		}
	}
}

// allBits returns tensors of all values of a type, in the order of their bits.
func allBits(kind onnxpb.TensorProto_DataType, width int) map[string]*onnxpb.TensorProto {
	var raw []byte
	var typed []int32
	for bits := range 1 << width {
		element := int32(bits) // floats stand there as their bits
		if kind == onnxpb.TensorProto_INT8 {
			element = int32(int8(bits))
		}
		typed = append(typed, element)
		if raw = append(raw, byte(bits)); width > 8 {
			raw = append(raw, byte(bits>>8))
		}
	}
	number, dims := proto.Int32(int32(kind)), []int64{1 << width}
	return map[string]*onnxpb.TensorProto{"raw_data": {DataType: number, Dims: dims, RawData: raw},
		"int32_data": {DataType: number, Dims: dims, Int32Data: typed}}
}

// sameNumber reports whether two numbers have the same bits, or are both NaN.
func sameNumber(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
}

// TestTensorEdges: the edges of the wider types, which have their own fields.
func TestTensorEdges(t *testing.T) {
	singles := []float32{0, float32(math.Copysign(0, -1)), 1, -1.5, math.SmallestNonzeroFloat32, 0x1p-126,
		math.MaxFloat32, float32(math.Inf(-1)), float32(math.NaN())}
	doubles := []float64{0, math.Copysign(0, -1), 1, -1.5, math.SmallestNonzeroFloat64, 0x1p-1022, 0.1,
		math.MaxFloat64, math.Inf(-1), math.NaN()}
	words := []int32{0, 1, -1, math.MaxInt32, math.MinInt32}
	longs := []int64{0, 1, -1, 1<<53 + 1, math.MaxInt64, math.MinInt64}
	for _, c := range []struct {
		kind    onnxpb.TensorProto_DataType
		typed   *onnxpb.TensorProto
		list    any
		numbers []float64
		ints    []int64
	}{
		{onnxpb.TensorProto_FLOAT, &onnxpb.TensorProto{FloatData: singles}, singles,
			converted(singles, func(v float32) float64 { return float64(v) }), nil},
		{onnxpb.TensorProto_DOUBLE, &onnxpb.TensorProto{DoubleData: doubles}, doubles, doubles, nil},
		{onnxpb.TensorProto_INT32, &onnxpb.TensorProto{Int32Data: words}, words, nil,
			converted(words, func(v int32) int64 { return int64(v) })},
		{onnxpb.TensorProto_INT64, &onnxpb.TensorProto{Int64Data: longs}, longs, nil, longs},
	} {
		bytes, err := binary.Append(nil, binary.LittleEndian, c.list)
		if err != nil {
			t.Fatal(err)
		}
		for name, file := range map[string]*onnxpb.TensorProto{"raw_data": {RawData: bytes}, "its field": c.typed} {
			file.DataType, file.Dims = proto.Int32(int32(c.kind)), []int64{int64(len(c.numbers) + len(c.ints))}
			got, err := decode(file)
			if err != nil || !slices.EqualFunc(got.numbers, c.numbers, sameNumber) || !slices.Equal(got.ints, c.ints) {
				t.Errorf("%v in %s: %+v, %v, want %v %v", c.kind, name, got, err, c.numbers, c.ints)
			}
		}
	}
}
