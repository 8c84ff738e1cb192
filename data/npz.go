package data

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// ReadNPZ reads one array of an npz file, which is a zip archive of npy files. r has length bytes;
// a [bytes.Reader] serves where the archive comes from a stream. name is the name that numpy shows,
// without .npy. If there is no such array, the error lists those that there are.
//
// Elements become T as [ReadNPY] says. A compressed array is inflated up to the limit, see [Limit]. ReadNPZ
// allocates for the array what ReadNPY does, and for the directory at most 8 times the length of the archive
// and 1 MiB.
func ReadNPZ[T Number](r io.ReaderAt, length int64, name string, limit ...Limit) (*Array[T], error) {
	most, err := oneLimit(limit)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, errNoReader
	}
	archive, err := zip.NewReader(r, length)
	if err != nil {
		return nil, &FormatError{Place: "the archive", Msg: err.Error(), Err: err}
	}
	f, err := findNPZ(archive, name)
	if err != nil {
		return nil, err
	}
	of := "array " + quoted(name)
	if f.Flags&1 != 0 {
		return nil, &FormatError{Place: of, Msg: "is encrypted"}
	}
	content, err := f.Open()
	if err != nil {
		return nil, &FormatError{Place: of, Msg: err.Error(), Err: err}
	}
	defer content.Close()
	s := &source{Reader: content}
	// The archive may claim anything, but has no more bytes than it has.
	if f.Method == zip.Store {
		s.length = int64(min(f.UncompressedSize64, uint64(length)))
	} else {
		s.zipped = &inflated{z: content, stream: new(counted), limit: most,
			length: int64(min(f.CompressedSize64, uint64(length)))}
		s.Reader = s.zipped
	}
	a, err := readNPY[T](s)
	if format, ok := errors.AsType[*FormatError](err); ok {
		format.Place += " of " + of
	}
	return a, err
}

// ReadNPZFile reads one array of the npz file at path, see [ReadNPZ].
func ReadNPZFile[T Number](path, name string, limit ...Limit) (*Array[T], error) {
	var a *Array[T]
	err := readFile(path, func(f *os.File) error {
		info, err := f.Stat()
		if err != nil {
			return fmt.Errorf("data: %w", err)
		}
		a, err = ReadNPZ[T](f, info.Size(), name, limit...)
		return err
	})
	return a, err
}

// findNPZ returns the file of an array in an archive.
func findNPZ(archive *zip.Reader, name string) (found *zip.File, err error) {
	var names []string
	for _, f := range archive.File {
		is, npy := strings.CutSuffix(f.Name, ".npy")
		switch {
		case npy && is == name && found != nil:
			return nil, &FormatError{Place: "array " + quoted(name), Msg: "is there twice"}
		case npy && is == name:
			found = f
		case npy:
			names = append(names, quoted(is))
		}
	}
	if found == nil {
		msg := "is not in the archive, which has no array"
		if len(names) > 0 {
			const most = 20
			msg = "is not in the archive, which has " + strings.Join(names[:min(most, len(names))], ", ")
			if len(names) > most {
				msg += fmt.Sprintf(" and %d more", len(names)-most)
			}
		}
		return nil, &FormatError{Place: "array " + quoted(name), Msg: msg}
	}
	return found, nil
}

// AnyArray is an [*Array] of any type of numbers.
type AnyArray interface {
	check(name string) error
	writeNPY(io.Writer) error
}

// WriteNPZ writes arrays by name as an npz file, uncompressed like numpy's savez, in the order of
// their names. Equal arrays give equal bytes. The elements are those of [WriteNPY]. It is an error,
// before anything is written, if a name is empty or the dimensions of an array and the length of
// its Data do not agree.
func WriteNPZ(w io.Writer, arrays map[string]AnyArray) error {
	names := slices.Sorted(maps.Keys(arrays))
	for _, name := range names {
		switch a := arrays[name]; {
		case name == "":
			return errors.New("data: an array of an npz file has no name")
		case a == nil:
			return fmt.Errorf("data: there is no array %s", quoted(name))
		default:
			if err := a.check("array " + quoted(name)); err != nil {
				return err
			}
		}
	}
	if w == nil {
		return errNoWriter
	}
	archive := zip.NewWriter(w)
	for _, name := range names {
		f, err := archive.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
		if err != nil {
			return fmt.Errorf("data: writing an npz file: %w", err)
		}
		if err := arrays[name].writeNPY(f); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("data: writing an npz file: %w", err)
	}
	return nil
}

// WriteNPZFile writes the npz file at path, see [WriteNPZ]. After an error the file is what it was.
func WriteNPZFile(path string, arrays map[string]AnyArray) error {
	return writeFile(path, func(w io.Writer) error { return WriteNPZ(w, arrays) })
}
