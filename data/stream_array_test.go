package data

import (
	"os"
	"strings"
	"testing"
)

// replaced checks that a source notices a file that is replaced between two passes: by the error want, or with
// want = "" by the same rows.
func replaced(t *testing.T, s Source[float32], path string, content []byte, want string) {
	t.Helper()
	before := allRows(t, s)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if want == "" {
		if !sameSet(allRows(t, s), before) {
			t.Errorf("%.80q: the rows differ", content)
		}
		return
	}
	want = "data: " + path + " " + want
	if p, err := s.Open(); p != nil || err == nil || err.Error() != want {
		t.Errorf("%.80q: %v, want %s", content, err, want)
	}
}

// TestNPYSourceReplaced: another type of elements than when the source was made is an error with the file and both
// types, and so are another shape and order. Another order of bytes reads the same.
func TestNPYSourceReplaced(t *testing.T) {
	const half, one8 = "\x00\x00\x00\x3f", "\x01\x00\x00\x00\x00\x00\x00\x00"
	npy := func(descr, fortran, shape, element string, elements int) []byte {
		header := "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n"
		return npyBytes(header, []byte(strings.Repeat(element, elements))...)
	}
	x, y := npy("<f4", "False", "(3, 2)", half, 6), npy("|u1", "False", "(3,)", "\x01", 3)
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"x.npy", npy("<f8", "False", "(3, 2)", half, 12), "has elements of type float64 now, want float32 as before"},
		{"x.npy", npy("<f2", "False", "(3, 2)", half, 3), "has elements of type float16 now, want float32 as before"},
		{"x.npy", npy("<i4", "False", "(3, 2)", half, 6), "has elements of type int32 now, want float32 as before"},
		{"x.npy", npy(">f4", "False", "(3, 2)", "\x3f\x00\x00\x00", 6), ""},
		{"x.npy", npy("<f4", "False", "(3, 1, 2)", half, 6), ""},
		{"x.npy", npy("<f4", "True", "(3, 2)", half, 6), "is in Fortran order now, want C order as before"},
		{"x.npy", npy("<f4", "False", "(2, 3)", half, 6), "has dimensions [2 3] now, want [3 2] as before"},
		{"x.npy", npy("<f4", "False", "(3, 4)", half, 12), "has dimensions [3 4] now, want [3 2] as before"},
		{"y.npy", npy("|b1", "False", "(3,)", "\x01", 3), "has elements of type bool now, want uint8 as before"},
		{"y.npy", npy("<i8", "False", "(3,)", one8, 3), "has elements of type int64 now, want uint8 as before"},
		{"y.npy", npy(">u1", "False", "(3,)", "\x01", 3), ""},
		{"y.npy", npy("|u1", "True", "(3,)", "\x01", 3), ""}, // one element a row stands in either order
		{"y.npy", npy("|u1", "False", "(4,)", "\x01", 4), "has dimensions [4] now, want [3] as before"},
	} {
		for _, regression := range []bool{false, true} {
			pathX, pathY := written(t, "x.npy", string(x)), written(t, "y.npy", string(y))
			s, err := NPYSource[float32](pathX, pathY, 2)
			if regression {
				s, err = NPYValuesSource[float32](pathX, pathY)
			}
			if err != nil {
				t.Fatal(err)
			}
			path := map[string]string{"x.npy": pathX, "y.npy": pathY}[c.name]
			replaced(t, s, path, c.content, c.want)
		}
	}
}

// TestIDXSourceReplaced: another type of elements than when the source was made is an error, and so is another
// shape.
func TestIDXSourceReplaced(t *testing.T) {
	idx := func(typ IDXType, elements int, dims ...uint32) []byte {
		content := idxBytes(dims, make([]byte, elements*typ.width())...)
		content[2] = byte(typ)
		return content
	}
	for _, c := range []struct {
		labels  bool
		content []byte
		want    string
	}{
		{false, idx(IDXFloat64, 6, 3, 2), "has elements of type float64 now, want uint8 as before"},
		{false, idx(IDXInt8, 6, 3, 2), "has elements of type int8 now, want uint8 as before"},
		{false, idx(IDXUint8, 6, 3, 2, 1), ""},
		{false, idx(IDXUint8, 3, 3, 1), "has dimensions [3 1] now, want [3 2] as before"},
		{true, idx(IDXInt32, 3, 3), "has elements of type int32 now, want uint8 as before"},
		{true, idx(IDXUint8, 2, 2), "has dimensions [2] now, want [3] as before"},
	} {
		images := written(t, "x.idx", string(idx(IDXUint8, 6, 3, 2)))
		labels := written(t, "y.idx", string(idx(IDXUint8, 3, 3)))
		s, err := IDXSource[float32](images, labels, 2, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		path := images
		if c.labels {
			path = labels
		}
		replaced(t, s, path, c.content, c.want)
	}
}
