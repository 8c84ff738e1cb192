package model

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/atomicfile"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// SaveWeights writes the parameters of a model to a file. The file appears complete or not
// at all: a temporary file beside it, with ".tmp-ashlar-" and a number after its name, is
// written, flushed to the disk and renamed. The next one to the same path removes what a
// killed program left there. Several programs may save to one path at once; the file of the
// last one to finish stays.
//
// The metadata say that the weights of a Linear are in x out, which [LoadWeights] asks for.
func SaveWeights[T kernels.Float](path string, model layer.Layer[T]) error {
	list, err := weightsOf(model)
	if err != nil {
		return fmt.Errorf("model: saving %s: %w", path, err)
	}
	return SaveTensors(path, list, map[string]string{layoutKey: inOut})
}

// Tensor is a named tensor of a file.
type Tensor[T kernels.Float] struct {
	Name  string // UTF-8, and not "__metadata__"
	Shape []int  // at most 32 sizes, whose product is len(Value); nil and [] are a scalar
	Value []T    // row-major
}

// weightsOf is tensorsOf where a file has nothing but the parameters.
func weightsOf[T kernels.Float](model layer.Layer[T]) ([]Tensor[T], error) {
	if model != nil {
		if err := checkParameters(model, ""); err != nil {
			return nil, err
		}
	}
	return tensorsOf(model)
}

// tensorsOf returns the parameters of a model as tensors.
func tensorsOf[T kernels.Float](model layer.Layer[T]) ([]Tensor[T], error) {
	if model == nil {
		return nil, errors.New("the model is nil")
	}
	var list []Tensor[T]
	for i, p := range model.Params() {
		if p == nil {
			return nil, fmt.Errorf("parameter %d of the model is nil", i)
		}
		list = append(list, Tensor[T]{p.Name, p.Shape, p.Value})
	}
	return list, nil
}

// SaveTensors is [SaveWeights] for any tensors, with text beside them. Names must differ, and names
// and text must be UTF-8. If the format cannot hold them, SaveTensors returns an error and
// leaves a file at path as it is.
func SaveTensors[T kernels.Float](path string, tensors []Tensor[T], text map[string]string) error {
	return save(path, storedAll(tensors), text)
}

// save replaces the file at path by tensors and text.
func save(path string, list []stored, text map[string]string) error {
	header, err := encodeHeader(list, text)
	if err == nil {
		err = atomicfile.Write(path, func(w io.Writer) error { return write(w, header, list) })
	}
	if err != nil {
		return fmt.Errorf("model: saving %s: %w", path, err)
	}
	return nil
}

// WriteWeights writes the parameters of a model as [SaveWeights] does. If the format cannot hold them, it
// writes nothing and returns an error.
func WriteWeights[T kernels.Float](w io.Writer, model layer.Layer[T]) error {
	tensors, err := weightsOf(model)
	if err != nil {
		return fmt.Errorf("model: %w", err)
	}
	list := storedAll(tensors)
	header, err := encodeHeader(list, map[string]string{layoutKey: inOut})
	if err != nil {
		return fmt.Errorf("model: %w", err)
	}
	return write(w, header, list)
}

// stored is a tensor of any type to write.
type stored struct {
	name, dtype string
	shape       []int
	count       int // of elements
	put         func(w *bufio.Writer)
}

// stored returns t as it goes into a file.
func (t Tensor[T]) stored() stored {
	return stored{t.Name, dtype[T](), t.Shape, len(t.Value), func(w *bufio.Writer) {
		var scratch [8]byte
		for _, v := range t.Value {
			w.Write(appendValue(scratch[:0], v))
		}
	}}
}

func storedAll[T kernels.Float](tensors []Tensor[T]) (list []stored) {
	for _, t := range tensors {
		list = append(list, t.stored())
	}
	return list
}

func write(w io.Writer, header []byte, list []stored) error {
	if w == nil {
		return errors.New("model: the writer is nil")
	}
	out := bufio.NewWriterSize(w, 1<<16)
	out.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(header))))
	out.Write(header)
	for _, t := range list {
		t.put(out)
	}
	return out.Flush() // a bufio.Writer keeps its first error
}

func appendValue[T kernels.Float](b []byte, v T) []byte {
	if unsafe.Sizeof(v) == 4 {
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
	}
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(v)))
}
