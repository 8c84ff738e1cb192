package data

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestNPZInfo compares the headers with what numpy says of the same arrays.
func TestNPZInfo(t *testing.T) {
	names := map[string]string{"b1": "bool", "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64",
		"u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64", "f2": "float16", "f4": "float32",
		"f8": "float64"}
	want := numpyArrays(t)
	for _, path := range []string{"testdata/numpy.npz", "testdata/packed.npz"} {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		list, err := ReadNPZInfo(bytes.NewReader(file), int64(len(file)))
		const other = `array "complex": the header describes elements of type`
		if err != nil && !strings.Contains(err.Error(), other) {
			t.Errorf("%s: %v", path, err)
		}
		if len(list) != len(want) {
			t.Errorf("%s: %d arrays, want %d", path, len(list), len(want))
		}
		for _, info := range list {
			w := want[info.Name]
			if info.Type != names[w.Descr[1:]] || !slices.Equal(info.Dims, w.Dims) {
				t.Errorf("%s: %+v, numpy says %s %v", path, info, w.Descr, w.Dims)
			}
		}
	}
}

// TestNPYInfoErrors: a header that ReadNPY refuses is refused with the same words.
func TestNPYInfoErrors(t *testing.T) {
	for _, file := range [][]byte{nil, []byte("a,b\n1,2\n"), npyBytes("{'descr': '<c8'}"), npyOf("(2,")[:20],
		npyBytes("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }")} {
		_, err := ReadNPYInfo(bytes.NewReader(file))
		_, want := ReadNPY[float64](bytes.NewReader(file))
		if err == nil || want == nil || err.Error() != want.Error() {
			t.Errorf("%q: %v, ReadNPY says %v", file, err, want)
		}
	}
	info, err := ReadNPYInfo(bytes.NewReader(npyOf("(3, 1)")))
	if err != nil || !slices.Equal(info.Dims, []int{3, 1}) {
		t.Errorf("a header alone: %+v, %v", info, err)
	}
}

// TestNPZInfoErrors: what is no archive, and an array that is no npy file, are errors that say so.
func TestNPZInfoErrors(t *testing.T) {
	damaged := archive(t, zip.Deflate, "x.npy", string(npyOf("(1,)", 1)), "bad.npy", "nothing")
	for _, c := range []struct {
		file []byte
		want string
	}{{[]byte("PK"), "the archive"}, {damaged, `array "bad"`}} {
		list, err := ReadNPZInfo(bytes.NewReader(c.file), int64(len(c.file)))
		if len(list) > 1 {
			t.Errorf("arrays %v", list)
		}
		var format *FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want a FormatError with %s", err, c.want)
		}
	}
}
