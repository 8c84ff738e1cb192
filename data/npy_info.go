package data

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ArrayInfo is what the header of an npy file says of its array.
type ArrayInfo struct {
	Name string // in an npz file; "" in an npy file
	Type string // of the elements, as numpy calls it: "bool", "int32", "uint8", "float64", ...
	Dims []int
}

// ReadNPYInfo reads the header of an npy file, and no element. It unzips r as [ReadNPY] does. A file
// that ReadNPY does not take for its header gives the same error.
func ReadNPYInfo(r io.Reader, limit ...Limit) (ArrayInfo, error) {
	var info ArrayInfo
	err := readStream(r, limit, func(s *source) (err error) {
		info, err = readNPYInfo(s)
		return err
	})
	return info, err
}

func readNPYInfo(r io.Reader) (ArrayInfo, error) {
	header, start, err := readNPYHeader(r)
	if err != nil {
		return ArrayInfo{}, err
	}
	h, wrong := parseNPYHeader(header)
	if wrong != "" {
		return ArrayInfo{}, &FormatError{Place: fmt.Sprintf("byte %d", start-len(header)),
			Msg: "the header " + wrong}
	}
	return ArrayInfo{Type: h.element.name(), Dims: h.dims}, nil
}

// name returns what numpy calls the type.
func (e element) name() string {
	switch e.kind {
	case 'b':
		return "bool"
	case 'f':
		return fmt.Sprintf("float%d", 8*e.width)
	case 'i':
		return fmt.Sprintf("int%d", 8*e.width)
	}
	return fmt.Sprintf("uint%d", 8*e.width)
}

// ReadNPZInfo reads the headers of the arrays of an npz file of length bytes, in the order of the file,
// and no element. It leaves out an array that [ReadNPZ] does not take for its header, such as one of
// complex numbers. The error joins what is wrong with each, by name; the list is right all the same.
func ReadNPZInfo(r io.ReaderAt, length int64) ([]ArrayInfo, error) {
	if r == nil {
		return nil, errNoReader
	}
	archive, err := zip.NewReader(r, length)
	if err != nil {
		return nil, &FormatError{Place: "the archive", Msg: err.Error(), Err: err}
	}
	var list []ArrayInfo
	var wrong []error
	for _, f := range archive.File {
		name, npy := strings.CutSuffix(f.Name, ".npy")
		if !npy {
			continue
		}
		info, err := readZippedInfo(f)
		if err != nil {
			if format, ok := errors.AsType[*FormatError](err); ok {
				format.Place += " of array " + quoted(name)
			}
			wrong = append(wrong, err)
			continue
		}
		info.Name = name
		list = append(list, info)
	}
	return list, errors.Join(wrong...)
}

// readZippedInfo reads the header of a file in an archive. A header has a largest length, so no
// archive inflates it to much.
func readZippedInfo(f *zip.File) (ArrayInfo, error) {
	if f.Flags&1 != 0 {
		return ArrayInfo{}, &FormatError{Place: "the content", Msg: "is encrypted"}
	}
	content, err := f.Open()
	if err != nil {
		return ArrayInfo{}, &FormatError{Place: "the content", Msg: err.Error(), Err: err}
	}
	defer content.Close()
	return readNPYInfo(content)
}
