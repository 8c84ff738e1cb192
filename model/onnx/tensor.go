package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

// maxRank is the largest rank of a tensor. Weights have two dimensions.
const maxRank = 8

// tensor is a decoded constant. It has the slice of its type; the others are nil.
type tensor struct {
	dims    []int
	numbers []float64 // of a floating-point type
	ints    []int64   // of an integer type or bool
	texts   []string
}

// count returns the number of elements.
func (t *tensor) count() int { return len(t.numbers) + len(t.ints) + len(t.texts) }

// floats returns the elements as numbers.
func (t *tensor) floats() ([]float64, error) {
	if t.texts != nil {
		return nil, errors.New("has texts, want numbers")
	}
	if t.ints == nil {
		return t.numbers, nil
	}
	list := make([]float64, len(t.ints))
	for i, v := range t.ints {
		list[i] = float64(v)
	}
	return list, nil
}

// names returns the elements as texts.
func (t *tensor) names() ([]string, error) {
	if t.numbers != nil {
		return nil, errors.New("has numbers of a floating-point type, want texts or integers")
	}
	if t.ints == nil {
		return t.texts, nil
	}
	return texts(t.ints), nil
}

// texts returns integers in decimal.
func texts(list []int64) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = strconv.FormatInt(v, 10)
	}
	return out
}

// typeName returns the name of an element type, such as FLOAT.
func typeName(kind int32) string {
	if name, ok := onnxpb.TensorProto_DataType_name[kind]; ok {
		return name
	}
	return fmt.Sprintf("number %d", kind)
}

// decode returns the elements of a tensor. What it allocates is bounded by what is in t.
func decode(t *onnxpb.TensorProto) (*tensor, error) {
	if t.GetDataLocation() == onnxpb.TensorProto_EXTERNAL || len(t.ExternalData) > 0 {
		return nil, errors.New("has its elements in another file, which is not supported: save the model " +
			"with all data in one file (onnx.save_model(..., save_as_external_data=False))")
	}
	if len(t.Dims) > maxRank {
		return nil, fmt.Errorf("has %d dimensions, want at most %d", len(t.Dims), maxRank)
	}
	d, n := &tensor{}, int64(1)
	for _, dim := range t.Dims {
		if dim < 0 || dim > math.MaxInt32 || n > math.MaxInt32 {
			return nil, fmt.Errorf("has shape %v, want sizes from 0 to %d", t.Dims, math.MaxInt32)
		}
		d.dims = append(d.dims, int(dim))
		n *= dim
	}
	if err := d.fill(t); err != nil {
		return nil, err
	}
	if int64(d.count()) != n {
		return nil, fmt.Errorf("has %d elements of %s, want %d for its shape %v", d.count(),
			typeName(t.GetDataType()), n, t.Dims)
	}
	return d, nil
}

// fill decodes the elements, however many there are.
func (d *tensor) fill(t *onnxpb.TensorProto) error {
	raw := t.RawData
	switch kind := onnxpb.TensorProto_DataType(t.GetDataType()); kind {
	case onnxpb.TensorProto_STRING:
		d.texts = converted(t.StringData, asText)
	case onnxpb.TensorProto_FLOAT:
		d.numbers = converted(t.FloatData, widened)
		return fixed(raw, 4, &d.numbers, func(b []byte) float64 {
			return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		})
	case onnxpb.TensorProto_DOUBLE:
		d.numbers = t.DoubleData
		return fixed(raw, 8, &d.numbers, func(b []byte) float64 {
			return math.Float64frombits(binary.LittleEndian.Uint64(b))
		})
	case onnxpb.TensorProto_FLOAT16, onnxpb.TensorProto_BFLOAT16:
		widen := fromFloat16
		if kind == onnxpb.TensorProto_BFLOAT16 {
			widen = func(bits uint16) float64 { return float64(math.Float32frombits(uint32(bits) << 16)) }
		}
		d.numbers = converted(t.Int32Data, func(v int32) float64 { return widen(uint16(v)) })
		return fixed(raw, 2, &d.numbers, func(b []byte) float64 {
			return widen(binary.LittleEndian.Uint16(b))
		})
	case onnxpb.TensorProto_INT64:
		d.ints = t.Int64Data
		return fixed(raw, 8, &d.ints, func(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) })
	case onnxpb.TensorProto_INT32:
		d.ints = converted(t.Int32Data, func(v int32) int64 { return int64(v) })
		return fixed(raw, 4, &d.ints, func(b []byte) int64 {
			return int64(int32(binary.LittleEndian.Uint32(b)))
		})
	case onnxpb.TensorProto_INT8:
		d.ints = converted(t.Int32Data, func(v int32) int64 { return int64(v) })
		return fixed(raw, 1, &d.ints, func(b []byte) int64 { return int64(int8(b[0])) })
	case onnxpb.TensorProto_UINT8, onnxpb.TensorProto_BOOL:
		d.ints = converted(t.Int32Data, func(v int32) int64 { return int64(v) })
		return fixed(raw, 1, &d.ints, func(b []byte) int64 { return int64(b[0]) })
	default:
		return fmt.Errorf("has elements of type %s, which is not supported", typeName(t.GetDataType()))
	}
	return nil
}

func widened(v float32) float64 { return float64(v) }
func asText(b []byte) string    { return string(b) }

// converted returns f of each element, nil if there are none.
func converted[A, B any](list []A, f func(A) B) []B {
	if len(list) == 0 {
		return nil
	}
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

// fixed stores in *to the elements of raw, each of size bytes, unless raw is empty.
func fixed[E any](raw []byte, size int, to *[]E, element func([]byte) E) error {
	if len(raw) == 0 {
		return nil
	}
	if len(*to) > 0 {
		return errors.New("has elements both in raw_data and in the field for their type")
	}
	if len(raw)%size != 0 {
		return fmt.Errorf("has %d bytes in raw_data, want a multiple of %d", len(raw), size)
	}
	list := make([]E, 0, len(raw)/size)
	for at := 0; at < len(raw); at += size {
		list = append(list, element(raw[at:]))
	}
	*to = list
	return nil
}

// fromFloat16 widens a number of IEEE 754's binary16.
func fromFloat16(bits uint16) float64 {
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	var v float64
	switch exponent {
	case 0:
		v = math.Ldexp(fraction, -24)
	case 31:
		v = math.Inf(1)
		if fraction != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(1024+fraction, exponent-25)
	}
	if bits>>15 == 1 {
		v = math.Copysign(v, -1)
	}
	return v
}
