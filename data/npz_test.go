package data

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
)

// archive is a zip archive of files, compressed or not, in the order of the arguments.
func archive(t testing.TB, method uint16, nameAndContent ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(nameAndContent); i += 2 {
		f, err := z.CreateHeader(&zip.FileHeader{Name: nameAndContent[i], Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, nameAndContent[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func readNPZ(file []byte, name string, limit ...Limit) (*Array[float32], error) {
	return ReadNPZ[float32](bytes.NewReader(file), int64(len(file)), name, limit...)
}

func TestReadNPZDamaged(t *testing.T) {
	x := string(npyOf("(2,)", 1, 2))
	good := archive(t, zip.Store, "x.npy", x, "y.npy", x, "readme.txt", "no array")
	encrypted := bytes.Clone(good)
	at := bytes.Index(encrypted, []byte("PK\x01\x02"))
	encrypted[at+8] |= 1
	method := bytes.Clone(good)
	method[at+10] = 99
	flipped := bytes.Clone(good)
	flipped[bytes.Index(flipped, []byte("\n\x01\x02"))+1] ^= 4
	many := []string{}
	for i := range 25 {
		many = append(many, string(rune('a'+i))+".npy", x)
	}
	for _, c := range []struct {
		name, array string
		file        []byte
		want        string
	}{
		{"empty", "x", nil, "data: the archive: zip: not a valid zip file"},
		{"npy", "x", []byte(x), "data: the archive: zip: not a valid zip file"},
		{"cut", "x", good[:len(good)-1], "data: the archive: zip: not a valid zip file"},
		{"other", "z", good, `data: array "z": is not in the archive, which has "x", "y"`},
		{"no npy", "readme.txt", good, `data: array "readme.txt": is not in the archive, which has "x", "y"`},
		{"with the suffix", "x.npy", good, `data: array "x.npy": is not in the archive`},
		{"none", "x", archive(t, zip.Store), `data: array "x": is not in the archive, which has no array`},
		{"many", "x1", archive(t, zip.Store, many...), `"t" and 5 more`},
		{"twice", "x", archive(t, zip.Store, "x.npy", x, "x.npy", x), `data: array "x": is there twice`},
		{"encrypted", "x", encrypted, `data: array "x": is encrypted`},
		{"method", "x", method, `data: array "x": zip: unsupported compression algorithm`},
		{"sum", "x", flipped, `of array "x": reading the elements: zip: checksum error`},
		{"cut array", "x", archive(t, zip.Deflate, "x.npy", x[:len(x)-1]),
			`of array "x": the data end here, want 2 bytes of elements, found 1`},
		{"cut stored", "x", archive(t, zip.Store, "x.npy", x[:len(x)-1]),
			`of array "x": the data end here, want 2 bytes of elements, found 1`},
		{"empty array", "x", archive(t, zip.Store, "x.npy", ""), `data: byte 0 of array "x": the data end here`},
		{"more", "x", archive(t, zip.Deflate, "x.npy", x+"1"), `of array "x": data go on here, want the end after 2`},
	} {
		a, err := readNPZ(c.file, c.array)
		if a != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v\nwant %s", c.name, a, err, c.want)
		}
		if _, ok := errors.AsType[*FormatError](err); !ok {
			t.Errorf("%s: the error is a %T", c.name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "x.npz")
	if err := os.WriteFile(path, good[:40], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := ReadNPZFile[int](path, "x")
	if err == nil || !strings.HasPrefix(err.Error(), "data: "+path+": the archive") {
		t.Error(err)
	}
	if _, err := ReadNPZFile[int](path+"z", "x"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	for n := range good { // whatever is cut or damaged, no panic and nothing beside an error
		for _, file := range [][]byte{good[:n], slices.Concat(good[:n], []byte{good[n] ^ 0x55}, good[n+1:])} {
			if a, err := readNPZ(file, "x"); a != nil && err != nil {
				t.Errorf("byte %d: %v, %v", n, a, err)
			}
		}
	}
}

// TestNPZFlags sets each flag that the directory may have for a file. The first alone says that it is encrypted.
func TestNPZFlags(t *testing.T) {
	x := &Array[float32]{Dims: []int{2}, Data: []float32{1, 2}}
	var b bytes.Buffer
	if err := WriteNPZ(&b, map[string]AnyArray{"x": x}); err != nil {
		t.Fatal(err)
	}
	flags := bytes.Index(b.Bytes(), []byte("PK\x01\x02")) + 8
	for bit := range 16 {
		for _, set := range []uint16{0, 1} {
			file := bytes.Clone(b.Bytes())
			binary.LittleEndian.PutUint16(file[flags:], 8|set|1<<bit) // 8: sizes are behind the file
			a, err := readNPZ(file, "x")
			if set == 1 || bit == 0 {
				if a != nil || err == nil || err.Error() != `data: array "x": is encrypted` {
					t.Errorf("flags %#x: %v, %v", 1<<bit|set, a, err)
				}
			} else if err != nil || !slices.Equal(a.Data, x.Data) {
				t.Errorf("flags %#x: %v, %v", 1<<bit|set, a, err)
			}
		}
	}
}

// TestNPZStoredSize: of a stored array there are as many bytes as the directory claims, and no more than the archive
// has. Elements beyond that are an error, before memory is allocated for them.
func TestNPZStoredSize(t *testing.T) {
	x := string(npyOf("(2,)", 1, 2))
	file := archive(t, zip.Store, "x.npy", x)
	size := bytes.Index(file, []byte("PK\x01\x02")) + 20 // compressed and not
	for _, c := range []struct {
		claim int
		want  string // "" for an array
	}{{len(x), ""}, {len(x) - 1, "the data end here, want 2 bytes of elements, found 1"},
		{len(x) - 2, "the data end here, want 2 bytes of elements, found 0"}} {
		claims := bytes.Clone(file)
		binary.LittleEndian.PutUint32(claims[size:], uint32(c.claim))
		binary.LittleEndian.PutUint32(claims[size+4:], uint32(c.claim))
		a, err := readNPZ(claims, "x")
		if c.want == "" && (err != nil || !slices.Equal(a.Data, []float32{1, 2})) ||
			c.want != "" && (a != nil || err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%d of %d bytes: %v, %v", c.claim, len(x), a, err)
		}
	}
	// The header claims more than the archive has, and so does the directory.
	large := archive(t, zip.Store, "x.npy", string(npyOf("(500000000,)", 1, 2)))
	n := allocated(func() {
		if a, err := readNPZ(lies(t, large), "x"); a != nil || err == nil ||
			!strings.Contains(err.Error(), "the data end here, want 500000000 bytes of elements") {
			t.Errorf("%v, %v", a, err)
		}
	})
	if n > 1<<20 {
		t.Errorf("allocated %d bytes", n)
	}
}

// TestNPZBomb has an array that compresses to a thousandth, and headers that claim more.
func TestNPZBomb(t *testing.T) {
	shape := "(41943040,)"
	zeros := strings.Repeat("\x00", 40<<20)
	file := archive(t, zip.Deflate, "x.npy", string(npyOf(shape))+zeros)
	const want = " bytes inflates to more than 33554432 bytes; set a higher Limit if it should"
	for name, file := range map[string][]byte{"true": file, "lies": lies(t, file)} {
		if n := allocated(func() {
			if a, err := readNPZ(file, "x"); a != nil || err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, %v", name, a, err)
			}
		}); n > 1<<20 {
			t.Errorf("%s: allocated %d bytes", name, n)
		}
	}
	a, err := ReadNPZ[uint8](bytes.NewReader(file), int64(len(file)), "x", 41<<20)
	if err != nil || len(a.Data) != 40<<20 {
		t.Error(err)
	}
	if _, err := readNPZ(file, "x", -1); err == nil || err.Error() != "data: the limit is -1 bytes, want at least 0" {
		t.Error(err)
	}
}

// lies returns the archive with sizes of 3 GiB in its directory.
func lies(t *testing.T, file []byte) []byte {
	t.Helper()
	file = bytes.Clone(file)
	at := bytes.Index(file, []byte("PK\x01\x02"))
	if at < 0 {
		t.Fatal("no directory")
	}
	binary.LittleEndian.PutUint32(file[at+20:], 3<<30)
	binary.LittleEndian.PutUint32(file[at+24:], 3<<30)
	return file
}

func TestWriteNPZ(t *testing.T) {
	x := &Array[float32]{Dims: []int{2, 2}, Data: []float32{1, 2, 3, 4}}
	y := &Array[int64]{Dims: []int{2}, Data: []int64{-1, 5}}
	arrays := map[string]AnyArray{"y": y, "x": x}
	var first, second bytes.Buffer
	if err := errors.Join(WriteNPZ(&first, arrays), WriteNPZ(&second, arrays)); err != nil ||
		!bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Fatal("the same arrays gave other bytes", err)
	}
	a, err := readNPZ(first.Bytes(), "x")
	if err != nil || !slices.Equal(a.Data, x.Data) || !slices.Equal(a.Dims, x.Dims) {
		t.Error(a, err)
	}
	if a, err := readNPZ(first.Bytes(), "y"); err != nil || !slices.Equal(a.Data, []float32{-1, 5}) {
		t.Error(a, err)
	}

	path := filepath.Join(t.TempDir(), "x.npz")
	if err := WriteNPZFile(path, arrays); err != nil {
		t.Fatal(err)
	}
	var none *Array[int]
	for want, bad := range map[string]map[string]AnyArray{
		"data: an array of an npz file has no name":                 {"": y},
		`data: there is no array "a"`:                               {"x": x, "a": nil},
		`data: the array "z" is nil`:                                {"x": x, "z": none},
		`data: the array "z" has dimensions [3] but 2 elements`:     {"x": x, "z": &Array[int]{[]int{3}, []int{1, 2}}},
		`data: the array "z" has 65 dimensions, want at most 64`:    {"z": &Array[int]{make([]int, 65), nil}},
		`data: the array "z" has dimensions [-1 -2] but 2 elements`: {"z": &Array[int]{[]int{-1, -2}, []int{1, 2}}},
		`data: the array "z" has dimensions [] but 0 elements`:      {"z": &Array[int]{}},
		`data: the array "z" has dimensions [0] but 1 elements`:     {"z": &Array[int]{[]int{0}, []int{1}}},
	} {
		var out bytes.Buffer
		if err := WriteNPZ(&out, bad); err == nil || err.Error() != want || out.Len() != 0 {
			t.Errorf("%v and %d bytes, want %s", err, out.Len(), want)
		}
		if err := WriteNPZFile(path, bad); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, first.Bytes()) {
		t.Error("an error changed the file", err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Error("an error left files", files, err)
	}
	if err := WriteNPZFile(filepath.Join(path, "y"), arrays); err == nil || !strings.HasPrefix(err.Error(), "data: ") {
		t.Error(err)
	}
}

// TestWriteFails has a writer that fails after n bytes, for every n.
func TestWriteFails(t *testing.T) {
	x := &Array[uint8]{Dims: []int{3}, Data: []uint8{1, 2, 3}}
	for n := range 128 + 3 {
		if err := WriteNPY(&failing{left: n}, x); !errors.Is(err, errFull) {
			t.Errorf("npy, %d bytes: %v", n, err)
		}
		if err := WriteNPZ(&failing{left: n}, map[string]AnyArray{"x": x}); !errors.Is(err, errFull) {
			t.Errorf("npz, %d bytes: %v", n, err)
		}
	}
}

var errFull = errors.New("the disk is full")

type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// Whatever the input, ReadNPZ does not panic and returns nothing beside an error.
func FuzzReadNPZ(f *testing.F) {
	x := string(npyOf("(2,)", 1, 2)) // small seeds: the fuzzer spends its time on shrinking large ones
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		f.Add(archive(f, method, "x.npy", x), "x")
		f.Add(archive(f, method, "y.npy", x, "x.npy", x), "x")
	}
	fuzztest.Run(f, func(t *testing.T, file []byte, name string) {
		a, err := readNPZ(file, name)
		if (a == nil) == (err == nil) {
			t.Fatalf("got %v, %v", a, err)
		}
		if err == nil {
			return
		}
		if _, ok := errors.AsType[*FormatError](err); !ok || strings.Contains(err.Error(), "\n") {
			t.Fatalf("got the %T %q", err, err)
		}
	})
}
