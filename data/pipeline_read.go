package data

import (
	"io"
	"os"
)

// ReadTable reads new rows for the pipeline: it is [ReadTable] with the kinds of the columns that f
// takes, whatever TableOptions.Kinds says of these. A column that held categories in the training rows
// so keeps its texts, also where all texts of the new rows are numbers, such as 01. Targets and weights
// may be missing, as may inputs, which [Features] and [Apply] then name.
func (f *Fitted) ReadTable(r io.Reader, o TableOptions) (*Table, error) {
	if !f.isFitted() {
		return nil, errNotFitted
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	var t *Table
	err := readStream(r, []Limit{o.Limit}, func(s *source) (err error) {
		t, err = readTable(s, o, f.kinds())
		return err
	})
	return t, err
}

// ReadTableFile reads the file at path, see [Fitted.ReadTable].
func (f *Fitted) ReadTableFile(path string, o TableOptions) (*Table, error) {
	var t *Table
	err := readFile(path, func(file *os.File) (err error) {
		t, err = f.ReadTable(file, o)
		return err
	})
	return t, err
}

// isFitted reports whether f comes from a fit, and is not nil or the zero Fitted.
func (f *Fitted) isFitted() bool { return f != nil && len(f.features) > 0 }

// kinds returns the kinds in which the pipeline takes its inputs, targets and weights.
func (f *Fitted) kinds() map[string]Kind {
	kinds := make(map[string]Kind, len(f.inputs)+len(f.target.columns)+1)
	for _, in := range f.inputs {
		kinds[in.Name] = in.Kind
	}
	for _, name := range f.target.columns {
		kinds[name] = KindNumber
		if f.target.classes != nil {
			kinds[name] = KindCategory // "1.0" is class 1 where classes are numbers
		}
	}
	if f.target.weight != "" {
		kinds[f.target.weight] = KindNumber
	}
	return kinds
}
