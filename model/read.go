package model

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Load fills the parameters of a model from a file. The file must hold exactly the
// tensors of the model, by name and shape, as F32 or F64; values of the other type
// than the model's are rounded to it, and a finite one that is beyond its range is an
// error. On an error, which names the file and the tensor, the model is as before.
func Load[T kernels.Float](path string, model layer.Layer[T]) error {
	_, err := LoadTensors(path, tensorsOf(model))
	return err
}

// LoadTensors is [Load] for any tensors: it fills their values and returns the text that
// SaveTensors put beside them.
func LoadTensors[T kernels.Float](path string, tensors []Tensor[T]) (text map[string]string, err error) {
	err = open(path, func(f *os.File, size int64) (err error) {
		text, err = read(f, size, tensors)
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

// Read is [Load] from size bytes at r. It allocates for bytes that are there only: a multiple
// of the header's length, which is at most size-8, and, once the header fits the model and
// size, as much as the values of the model.
func Read[T kernels.Float](r io.ReaderAt, size int64, model layer.Layer[T]) error {
	_, err := read(r, size, tensorsOf(model))
	return err
}

func read[T kernels.Float](r io.ReaderAt, size int64, tensors []Tensor[T]) (text map[string]string,
	err error) {
	h, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	if err := match(h, tensors); err != nil {
		return nil, err
	}
	values := make([][]T, len(tensors))
	for i, t := range tensors {
		e := h.entries[t.Name]
		values[i] = make([]T, len(t.Value))
		section := io.NewSectionReader(r, h.start+e.Offsets[0], e.Offsets[1]-e.Offsets[0])
		if err := readValues(section, bitsOf(e.DType)/8, values[i]); err != nil {
			return nil, fmt.Errorf("tensor %q at byte %d: %w", t.Name, h.start+e.Offsets[0], err)
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
		if err := t.check(); err != nil {
			return err
		}
	}
	for _, name := range h.names {
		if !wanted[name] {
			return fmt.Errorf("tensor %q %v is not in the model", name, h.entries[name].Shape)
		}
	}
	return nil
}

// readValues fills dst from r, which has exactly its elements of width bytes, chunk by chunk.
func readValues[T kernels.Float](r io.Reader, width int, dst []T) error {
	chunk := make([]byte, min(1<<16, width*len(dst)))
	for done := 0; done < len(dst); {
		part := dst[done:min(len(dst), done+len(chunk)/width)]
		b := chunk[:len(part)*width]
		if _, err := io.ReadFull(r, b); err != nil {
			return err
		}
		for i := range part {
			if width == 4 {
				part[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
				continue
			}
			v := math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
			part[i] = T(v)
			if math.IsInf(float64(part[i]), 0) && !math.IsInf(v, 0) {
				return fmt.Errorf("element %d is %v, want a number that %T can hold", done+i, v, part[i])
			}
		}
		done += len(part)
	}
	return nil
}
