package model

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// tensor is an entry of the header.
type tensor struct {
	DType   string  `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"`
}

const metadataKey = "__metadata__"

// Save writes the parameters of a model to a file. The file appears complete or not
// at all: a temporary file beside it is written, flushed to the disk and renamed.
func Save[T kernels.Float](path string, model layer.Layer[T]) error {
	return SaveTensors(path, tensorsOf(model), nil)
}

// Tensor is a named tensor of a file.
type Tensor[T kernels.Float] struct {
	Name  string
	Shape []int
	Value []T // row-major
}

// tensorsOf are the parameters of a model.
func tensorsOf[T kernels.Float](model layer.Layer[T]) []Tensor[T] {
	var list []Tensor[T]
	for _, p := range model.Params() {
		list = append(list, Tensor[T]{p.Name, p.Shape, p.Value})
	}
	return list
}

// SaveTensors is [Save] for any tensors, with text to go with them. Their names must
// differ.
func SaveTensors[T kernels.Float](path string, tensors []Tensor[T], text map[string]string) error {
	if err := save(path, tensors, text); err != nil {
		return fmt.Errorf("model: saving %s: %w", path, err)
	}
	return nil
}

func save[T kernels.Float](path string, tensors []Tensor[T], text map[string]string) (err error) {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f, tensors, text); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	syncDir(filepath.Dir(path))
	return nil
}

// syncDir makes the renaming durable where directories can be flushed; elsewhere
// the file is complete all the same.
func syncDir(path string) {
	if d, err := os.Open(path); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// Write writes the parameters of a model in the safetensors format.
func Write[T kernels.Float](w io.Writer, model layer.Layer[T]) error {
	return write(w, tensorsOf(model), nil)
}

func write[T kernels.Float](w io.Writer, tensors []Tensor[T], text map[string]string) error {
	header, err := header(tensors, text)
	if err != nil {
		return err
	}
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

// header returns the JSON, with the tensors in their order.
func header[T kernels.Float](tensors []Tensor[T], text map[string]string) ([]byte, error) {
	metadata := map[string]string{"format": "ashlar"}
	maps.Copy(metadata, text)
	note, err := json.Marshal(metadata)
	if err != nil {
		return nil, err
	}
	buf := append([]byte(`{"`+metadataKey+`":`), note...)
	seen := map[string]bool{metadataKey: true}
	var at int64
	for _, p := range tensors {
		if seen[p.Name] {
			return nil, fmt.Errorf("two tensors are called %q", p.Name)
		}
		seen[p.Name] = true
		end := at + int64(len(p.Value))*size[T]()
		name, err := json.Marshal(p.Name)
		if err != nil {
			return nil, err
		}
		entry, err := json.Marshal(tensor{dtype[T](), p.Shape, []int64{at, end}})
		if err != nil {
			return nil, err
		}
		buf = append(append(append(append(buf, ','), name...), ':'), entry...)
		at = end
	}
	buf = append(buf, '}')
	for len(buf)%8 != 0 {
		buf = append(buf, ' ')
	}
	return buf, nil
}

// size returns the bytes of an element, and dtype its name in the format.
func size[T kernels.Float]() int64 { return int64(unsafe.Sizeof(T(0))) }

func dtype[T kernels.Float]() string {
	if size[T]() == 4 {
		return "F32"
	}
	return "F64"
}

func appendValue[T kernels.Float](b []byte, v T) []byte {
	if size[T]() == 4 {
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
	}
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(v)))
}
