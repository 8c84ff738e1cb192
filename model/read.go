package model

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// LoadWeights fills the parameters of a model from a file that [SaveWeights] wrote. The file must hold
// exactly the tensors of the model, by name and shape, as F32 or F64; values of the other type
// than the model's are rounded to it, and a finite one that is beyond its range is an
// error. On an error, which names the file and the tensor, the model is as before. [ReadWeights] says how
// much memory that takes.
//
// The metadata of the file must say that its weights are in x out: a square weight of the other
// layout would fit too, and predict wrong numbers. For a file that does not say so, the error
// names the two choices, [LoadPyTorch] and [LoadWeightsInOut].
func LoadWeights[T kernels.Float](path string, model layer.Layer[T]) error {
	return open(path, func(f *os.File, size int64) error {
		return readInto(f, size, model, saying(inOut))
	})
}

// LoadWeightsInOut is [LoadWeights] for a file that does not say its layout. It takes the weight of a Linear
// as in x out, as Keras, Flax and scikit-learn have it. A file that says out x in is an error.
func LoadWeightsInOut[T kernels.Float](path string, model layer.Layer[T]) error {
	return open(path, func(f *os.File, size int64) error {
		return readInto(f, size, model, notDenying(inOut))
	})
}

// LoadTensors is [LoadWeights] for any tensors: it fills their values and returns the text that
// SaveTensors put beside them. It asks for no layout, since the caller gives the shapes.
func LoadTensors[T kernels.Float](path string, tensors []Tensor[T]) (text map[string]string, err error) {
	err = open(path, func(f *os.File, size int64) (err error) {
		text, err = read(f, size, tensors, anyLayout)
		return err
	})
	return text, err
}

// ReadText returns the text in the metadata of a file. Tensors may be of any type.
func ReadText(path string) (text map[string]string, err error) {
	err = open(path, func(f *os.File, size int64) error {
		h, err := readHeader(f, size)
		if err == nil {
			err = h.checkSizes()
		}
		if err == nil {
			text = h.text
		}
		return err
	})
	return text, err
}

// open calls f for an open file and its size, and names the file in errors.
func open(path string, f func(*os.File, int64) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("model: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil {
		err = f(file, info.Size())
	}
	if err != nil {
		return fmt.Errorf("model: loading %s: %w", path, err)
	}
	return nil
}

// ReadWeights is [LoadWeights] from size bytes at r. It allocates for bytes that are there only: at most 16
// times the header's length, which is at most size-8, and 1 MiB, and, once the header fits the model and
// size, as much as the values of the model.
func ReadWeights[T kernels.Float](r io.ReaderAt, size int64, model layer.Layer[T]) error {
	return readInto(r, size, model, saying(inOut))
}

// ReadWeightsInOut is [LoadWeightsInOut] from size bytes at r.
func ReadWeightsInOut[T kernels.Float](r io.ReaderAt, size int64, model layer.Layer[T]) error {
	return readInto(r, size, model, notDenying(inOut))
}

// readInto fills the parameters of a model from a file whose metadata layout accepts.
func readInto[T kernels.Float](r io.ReaderAt, size int64, model layer.Layer[T], layout layoutRule) error {
	list, err := weightsOf(model)
	if err == nil {
		_, err = read(r, size, list, layout)
	}
	return err
}

// read fills tensors from a file whose metadata layout accepts.
func read[T kernels.Float](r io.ReaderAt, size int64, tensors []Tensor[T],
	layout layoutRule) (text map[string]string, err error) {
	h, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	if err := layout(h.text); err != nil {
		return nil, err
	}
	if err := match(h, tensors); err != nil {
		return nil, err
	}
	values := make([][]T, len(tensors))
	for i, t := range tensors {
		values[i] = make([]T, len(t.Value))
		if err := readValues(r, h, t.Name, values[i], decodeFloats); err != nil {
			return nil, err
		}
	}
	for i, t := range tensors {
		copy(t.Value, values[i])
	}
	return h.text, nil
}

// match returns an error unless a file has exactly the given tensors.
func match[T kernels.Float](h *header, tensors []Tensor[T]) error {
	wanted := map[string]bool{}
	for _, t := range tensors {
		if wanted[t.Name] {
			return fmt.Errorf("two tensors of the model are called %q", t.Name)
		}
		wanted[t.Name] = true
		e, ok := h.entries[t.Name]
		if !ok {
			return fmt.Errorf("tensor %q %v is missing", t.Name, t.Shape)
		}
		if !slices.Equal(e.Shape, t.Shape) {
			return fmt.Errorf("tensor %q has shape %v, want %v", t.Name, e.Shape, t.Shape)
		}
		if e.DType != "F32" && e.DType != "F64" {
			return fmt.Errorf("tensor %q has dtype %q, want F32 or F64", t.Name, e.DType)
		}
		if err := e.checkSize(t.Name); err != nil {
			return err
		}
		if err := t.stored().check(); err != nil {
			return err
		}
	}
	for _, name := range h.names {
		if !wanted[name] && !h.taken[name] {
			return fmt.Errorf("tensor %q %v is not in the model", name, h.entries[name].Shape)
		}
	}
	return nil
}

// readValues fills dst with the tensor called name, which has as many elements, chunk by chunk.
func readValues[E any](r io.ReaderAt, h *header, name string, dst []E, decode decoder[E]) error {
	e := h.entries[name]
	width, section := bitsOf(e.DType)/8, e.bytes(r, h)
	chunk := make([]byte, min(1<<16, width*len(dst)))
	for done := 0; done < len(dst); {
		part := dst[done:min(len(dst), done+len(chunk)/width)]
		b := chunk[:len(part)*width]
		_, err := io.ReadFull(section, b)
		if err == nil {
			err = decode(part, e.DType, b, done)
		}
		if err != nil {
			return fmt.Errorf("tensor %q at byte %d: %w", name, h.start+e.Offsets[0], err)
		}
		done += len(part)
	}
	return nil
}
