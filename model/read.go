package model

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// maxHeader bounds the length of a header, as the reference implementation does.
const maxHeader = 100 << 20

// Load fills the parameters of a model from a file. The file must hold exactly the
// tensors of the model, by name and shape, as F32 or F64; values of the other type
// than the model's are converted. On an error the model is as before.
func Load[T kernels.Float](path string, model layer.Layer[T]) error {
	_, err := LoadTensors(path, tensorsOf(model))
	return err
}

// LoadTensors is [Load] for any tensors: it fills their values and returns the text that
// went with them.
func LoadTensors[T kernels.Float](path string, tensors []Tensor[T]) (text map[string]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		text, err = read(f, info.Size(), tensors)
	}
	if err != nil {
		return nil, fmt.Errorf("model: loading %s: %w", path, err)
	}
	return text, nil
}

// Read is [Load] from size bytes at r. Memory is taken only for what is there: no
// more than size bytes for the header, and as much as the model has for the values.
func Read[T kernels.Float](r io.ReaderAt, size int64, model layer.Layer[T]) error {
	_, err := read(r, size, tensorsOf(model))
	return err
}

func read[T kernels.Float](r io.ReaderAt, size int64, params []Tensor[T]) (text map[string]string, err error) {
	tensors, text, start, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	if err := match(tensors, params); err != nil {
		return nil, err
	}
	values := make([][]T, len(params))
	for i, p := range params {
		t := tensors[p.Name]
		values[i] = make([]T, len(p.Value))
		section := io.NewSectionReader(r, start+t.Offsets[0], t.Offsets[1]-t.Offsets[0])
		if err := readValues(section, t.DType, values[i]); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", p.Name, err)
		}
	}
	for i, p := range params {
		copy(p.Value, values[i])
	}
	return text, nil
}

// readHeader returns the entries of the header, its text and the place where the data
// begin.
func readHeader(r io.ReaderAt, size int64) (tensors map[string]tensor, note map[string]string, start int64, err error) {
	var length [8]byte
	if size < 8 {
		return nil, nil, 0, fmt.Errorf("%d bytes, want at least the 8 of the header's length", size)
	}
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return nil, nil, 0, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, nil, 0, fmt.Errorf("the header has %d bytes, want at most %d", n, min(maxHeader, size-8))
	}
	text := make([]byte, n)
	if _, err := r.ReadAt(text, 8); err != nil {
		return nil, nil, 0, err
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, nil, 0, fmt.Errorf("the header is no JSON object: %w", err)
	}
	if entry, ok := raw[metadataKey]; ok {
		if err := json.Unmarshal(entry, &note); err != nil {
			return nil, nil, 0, fmt.Errorf("%s is no object of strings: %w", metadataKey, err)
		}
	}
	delete(raw, metadataKey)
	tensors = make(map[string]tensor, len(raw))
	for name, entry := range raw {
		var t tensor
		if err := json.Unmarshal(entry, &t); err != nil {
			return nil, nil, 0, fmt.Errorf("tensor %q: %w", name, err)
		}
		if len(t.Offsets) != 2 {
			return nil, nil, 0, fmt.Errorf("tensor %q: %d data offsets, want 2", name, len(t.Offsets))
		}
		tensors[name] = t
	}
	start = 8 + int64(n)
	return tensors, note, start, checkTiling(tensors, size-start)
}

// checkTiling returns an error unless the tensors fill the data without a gap, an
// overlap or a rest.
func checkTiling(tensors map[string]tensor, total int64) error {
	names := make([]string, 0, len(tensors))
	for name := range tensors {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return slices.Compare(tensors[a].Offsets, tensors[b].Offsets)
	})
	at := int64(0)
	for _, name := range names {
		t := tensors[name]
		if t.Offsets[0] != at || t.Offsets[1] < at || t.Offsets[1] > total {
			return fmt.Errorf("tensor %q: data offsets %v, want [%d, at most %d]", name, t.Offsets, at, total)
		}
		at = t.Offsets[1]
	}
	if at != total {
		return fmt.Errorf("the tensors end at byte %d of the data, which have %d", at, total)
	}
	return nil
}

// match returns an error unless the tensors are exactly those that are wanted.
func match[T kernels.Float](tensors map[string]tensor, params []Tensor[T]) error {
	known := map[string]bool{}
	for _, p := range params {
		known[p.Name] = true
		t, ok := tensors[p.Name]
		if !ok {
			return fmt.Errorf("tensor %q %v is missing", p.Name, p.Shape)
		}
		if !slices.Equal(t.Shape, p.Shape) {
			return fmt.Errorf("tensor %q has shape %v, want %v", p.Name, t.Shape, p.Shape)
		}
		width, err := width(t.DType)
		if err != nil {
			return fmt.Errorf("tensor %q %w", p.Name, err)
		}
		if got, want := t.Offsets[1]-t.Offsets[0], width*int64(len(p.Value)); got != want {
			return fmt.Errorf("tensor %q has %d bytes, want %d for %s %v", p.Name, got, want, t.DType, t.Shape)
		}
	}
	for name, t := range tensors {
		if !known[name] {
			return fmt.Errorf("tensor %q %v is not in the model", name, t.Shape)
		}
	}
	return nil
}

// width returns the bytes of an element.
func width(dtype string) (int64, error) {
	switch dtype {
	case "F32":
		return 4, nil
	case "F64":
		return 8, nil
	}
	return 0, fmt.Errorf("has dtype %q, want F32 or F64", dtype)
}

// readValues fills dst from r, which has exactly its elements, chunk by chunk.
func readValues[T kernels.Float](r io.Reader, dtype string, dst []T) error {
	width, err := width(dtype)
	if err != nil {
		return err
	}
	chunk := make([]byte, min(1<<16, width*int64(len(dst))))
	for len(dst) > 0 {
		n := min(len(chunk)/int(width), len(dst))
		b := chunk[:n*int(width)]
		if _, err := io.ReadFull(r, b); err != nil {
			return err
		}
		for i := range dst[:n] {
			if width == 4 {
				dst[i] = T(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
			} else {
				dst[i] = T(math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
			}
		}
		dst = dst[n:]
	}
	return nil
}

// ReadText returns the text in the metadata of a file.
func ReadText(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	var text map[string]string
	if err == nil {
		_, text, _, err = readHeader(f, info.Size())
	}
	if err != nil {
		return nil, fmt.Errorf("model: loading %s: %w", path, err)
	}
	return text, nil
}
