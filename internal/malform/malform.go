// Package malform makes damaged files of every format that this module reads, from whole ones: cut short,
// with flipped bits, lengths that no file has, keys twice or in another case, holes and overlaps, wrong
// types, deep nesting, small files that claim much. Tests read them all; program tools/malformed writes
// them to a folder.
package malform

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// File is a damaged file.
type File struct {
	Format Format
	Name   string // what was done to it
	Data   []byte

	// Unnoticed says that a reader may take the file for a whole one: the damage is in what any file may
	// have, such as the digits of a number. It still must not panic, hang or take much memory.
	Unnoticed bool

	// Columns are those of the longest row in a large file of rows, 0 where they are few. A reader takes
	// memory for each. Beyond what it takes at most they do not count.
	Columns int
}

// Format is a format of files.
type Format string

// The formats. Those with gz in their name are compressed.
const (
	Weights    Format = "safetensors" // of model.SaveWeights
	Model      Format = "model"       // of model.Save
	PyTorch    Format = "pytorch"     // of model.SavePyTorch
	Sklearn    Format = "sklearn"     // arrays of scikit-learn in an npz file
	ONNX       Format = "onnx"
	NPY        Format = "npy"
	NPZ        Format = "npz"
	IDX        Format = "idx"
	IDXGzip    Format = "idx gz"
	CSV        Format = "csv" // of data.ReadCSV
	CSVGzip    Format = "csv gz"
	Table      Format = "table" // of data.ReadTable, with semicolons and decimal commas
	TableGzip  Format = "table gz"
	Pipeline   Format = "pipeline"   // JSON of a data.Fitted
	Checkpoint Format = "checkpoint" // of train.Checkpoint
	Tensors    Format = "tensors"    // safetensors of any program, of model.Open
)

// Corpus returns damaged files of whole ones, in a fixed order. Each call gives the same.
func Corpus(whole map[Format][]byte) []File {
	var all []File
	for _, f := range []Format{Weights, Model, PyTorch, Sklearn, ONNX, NPY, NPZ, IDX, IDXGzip, CSV, CSVGzip,
		Table, TableGzip, Pipeline, Checkpoint, Tensors} {
		if b, there := whole[f]; there {
			m := &maker{format: f, whole: b, random: rand.New(rand.NewPCG(1, uint64(len(all))))}
			m.make()
			all = append(all, m.files...)
		}
	}
	return all
}

// maker makes the files of one format.
type maker struct {
	format Format
	whole  []byte
	random *rand.Rand
	files  []File
}

// add adds a file that every reader must refuse.
func (m *maker) add(data []byte, name string, args ...any) {
	m.files = append(m.files, File{Format: m.format, Name: fmt.Sprintf(name, args...), Data: data})
}

// maybe adds a file that a reader may take.
func (m *maker) maybe(data []byte, name string, args ...any) {
	m.add(data, name, args...)
	m.files[len(m.files)-1].Unnoticed = true
}

func (m *maker) make() {
	switch m.format {
	case Weights, PyTorch, Model, Checkpoint:
		m.cut(20)
		m.trailing()
		m.flip(8, 8+len(splitTensors(m.whole).header), 20)
		m.tensors()
		m.document()
	case Tensors:
		m.cut(20)
		m.trailing()
		m.flip(0, len(m.whole), 20)
		m.sizes()
	case Sklearn, NPZ:
		m.cut(20)
		m.flip(0, len(m.whole), 40)
		m.zip()
		m.twice()
	case ONNX:
		m.cut(10)
		m.flip(0, len(m.whole), 60)
		m.onnx()
	case NPY:
		m.cut(30)
		m.trailing()
		m.flip(0, 128, 30)
		m.npy()
	case IDX:
		m.cut(30)
		m.trailing()
		m.flip(0, 16, 20)
		m.idx()
	case IDXGzip, CSVGzip, TableGzip:
		m.cut(20)
		m.gzip()
	case CSV, Table:
		m.flip(0, len(m.whole), 20)
		m.rows()
	case Pipeline:
		m.cut(20)
		m.flip(0, len(m.whole), 20)
		m.pipeline()
	}
}

// cut adds the file without its end, and without anything.
func (m *maker) cut(n int) {
	last := -1
	for i := range n {
		at := i * len(m.whole) / n
		if at != last {
			m.cutAt(at)
		}
		last = at
	}
	m.cutAt(len(m.whole) - 1)
}

// cutAt adds the first bytes of the file. In a file of messages and in text a part may be a whole.
func (m *maker) cutAt(at int) {
	add := m.add
	if m.format == ONNX {
		add = m.maybe
	}
	add(slices.Clone(m.whole[:at]), "cut to %d of %d bytes", at, len(m.whole))
}

func (m *maker) trailing() {
	for _, n := range []int{1, 4096} {
		m.add(append(slices.Clone(m.whole), make([]byte, n)...), "%d bytes too long", n)
	}
}

// flip adds files with one bit flipped at a random place.
func (m *maker) flip(lo, hi, n int) {
	for range n {
		at, bit := lo+m.random.IntN(hi-lo), m.random.IntN(8)
		b := slices.Clone(m.whole)
		b[at] ^= 1 << bit
		m.maybe(b, "bit %d of byte %d flipped", bit, at)
	}
}

func replaced(text, old, new string) string {
	if strings.Count(text, old) == 0 {
		panic(fmt.Sprintf("malform: there is no %q", old))
	}
	return strings.Replace(text, old, new, 1)
}
