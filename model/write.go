package model

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Save writes the parameters of a model to a file. The file appears complete or not
// at all: a temporary file beside it, with ".tmp-ashlar-" and a number after its name, is
// written, flushed to the disk and renamed. The next Save to the same path removes what a
// killed program left there. Several programs may save to one path at once; the file of the
// last one to finish stays.
func Save[T kernels.Float](path string, model layer.Layer[T]) error {
	return SaveTensors(path, tensorsOf(model), nil)
}

// Tensor is a named tensor of a file.
type Tensor[T kernels.Float] struct {
	Name  string // UTF-8, and not "__metadata__"
	Shape []int  // at most 32 sizes, whose product is len(Value); nil and [] are a scalar
	Value []T    // row-major
}

// tensorsOf returns the parameters of a model as tensors.
func tensorsOf[T kernels.Float](model layer.Layer[T]) []Tensor[T] {
	var list []Tensor[T]
	for _, p := range model.Params() {
		list = append(list, Tensor[T]{p.Name, p.Shape, p.Value})
	}
	return list
}

// SaveTensors is [Save] for any tensors, with text beside them. Names must differ, and names
// and text must be UTF-8. If the format cannot hold them, SaveTensors returns an error and
// leaves a file at path as it is.
func SaveTensors[T kernels.Float](path string, tensors []Tensor[T], text map[string]string) error {
	header, err := encodeHeader(tensors, text)
	if err == nil {
		err = replace(path, func(w io.Writer) error { return write(w, header, tensors) })
	}
	if err != nil {
		return fmt.Errorf("model: saving %s: %w", path, err)
	}
	return nil
}

// Write writes the parameters of a model in the safetensors format. If the format cannot
// hold them, it writes nothing and returns an error.
func Write[T kernels.Float](w io.Writer, model layer.Layer[T]) error {
	tensors := tensorsOf(model)
	header, err := encodeHeader(tensors, nil)
	if err != nil {
		return fmt.Errorf("model: %w", err)
	}
	return write(w, header, tensors)
}

func write[T kernels.Float](w io.Writer, header []byte, tensors []Tensor[T]) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var scratch [8]byte
	out.Write(binary.LittleEndian.AppendUint64(scratch[:0], uint64(len(header))))
	out.Write(header)
	for _, t := range tensors {
		for _, v := range t.Value {
			out.Write(appendValue(scratch[:0], v))
		}
	}
	return out.Flush() // a bufio.Writer keeps its first error
}

func appendValue[T kernels.Float](b []byte, v T) []byte {
	if unsafe.Sizeof(v) == 4 {
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
	}
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(v)))
}
