package model

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
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
	if err := save(path, model); err != nil {
		return fmt.Errorf("model: saving %s: %w", path, err)
	}
	return nil
}

func save[T kernels.Float](path string, model layer.Layer[T]) (err error) {
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
	if err := Write(f, model); err != nil {
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
	header, err := header(model.Params())
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	var scratch [8]byte
	out.Write(binary.LittleEndian.AppendUint64(scratch[:0], uint64(len(header))))
	out.Write(header)
	for _, p := range model.Params() {
		for _, v := range p.Value {
			out.Write(appendValue(scratch[:0], v))
		}
	}
	return out.Flush() // a bufio.Writer keeps its first error
}

// header returns the JSON, with the tensors in the order of the parameters.
func header[T kernels.Float](params []*layer.Param[T]) ([]byte, error) {
	buf := []byte(`{"` + metadataKey + `":{"format":"ashlar"}`)
	seen := map[string]bool{metadataKey: true}
	var at int64
	for _, p := range params {
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
