package fuzz

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// The fuzz targets make one call from the fuzzer's bytes, in this order: the kernel and dtype
// (4 bytes), the case, the layouts, the sizes (2 bytes each), the encoding of the values, the
// values. Random numbers follow when the bytes run out.

func FuzzVector(f *testing.F) { fuzzDims(f, "N", 300) }

func FuzzRows(f *testing.F) { fuzzDims(f, "MN", 60) }

func FuzzGemm(f *testing.F) { fuzzDims(f, "MNK", 52) }

func fuzzDims(f *testing.F, dims string, limit int) {
	kinds := kindsOf(dims)
	for i, k := range kinds {
		f.Add(append(binary.LittleEndian.AppendUint32(nil, k.key), 0, byte(i), 5, 0, 7, 0, 3, 0, 0))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := newBytes(data)
		rows := pick(kinds, uint32(b.take(4)))
		s := spec.Sizes{Case: b.below(len(rows[0].Cases))}
		turn := b.below(256)
		s.M, s.N, s.K = b.size(limit), b.size(limit), b.size(300)
		if in := b.input(&rows[0], s); in != nil {
			CheckInput(t, turn, in, rows...)
		}
	})
}

// kind is a kernel in one dtype. Its key depends on these two alone, so a corpus keeps its
// meaning when the table grows.
type kind struct {
	key  uint32
	rows []spec.Row
}

// kindsOf returns the kinds that have the given dimensions, by their keys.
func kindsOf(dims string) (kinds []kind) {
	for _, rows := range groups() {
		if rows[0].Dims == dims {
			h := fnv.New32a()
			h.Write([]byte(rows[0].Kernel + "/" + rows[0].DType.String()))
			kinds = append(kinds, kind{h.Sum32(), rows})
		}
	}
	slices.SortFunc(kinds, func(a, b kind) int { return cmp.Compare(a.key, b.key) })
	return kinds
}

// pick returns the rows of the first kind whose key is at least the given one, or of the first
// kind if there is none.
func pick(kinds []kind, key uint32) []spec.Row {
	i := sort.Search(len(kinds), func(i int) bool { return kinds[i].key >= key })
	return kinds[i%len(kinds)].rows
}

// TestCorpus: a committed corpus file calls the kernel and dtype that its name begins with, as
// Softmax-f32-infinities does.
func TestCorpus(t *testing.T) {
	found := 0
	for target, dims := range map[string]string{"FuzzVector": "N", "FuzzRows": "MN", "FuzzGemm": "MNK"} {
		kinds := kindsOf(dims)
		files, err := filepath.Glob(filepath.Join("testdata", "fuzz", target, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			found++
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, text, _ = bytes.Cut(text, []byte("[]byte("))
			data, err := strconv.Unquote(string(bytes.TrimSuffix(bytes.TrimSpace(text), []byte(")"))))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			row := pick(kinds, uint32(newBytes([]byte(data)).take(4)))[0]
			want := row.Kernel + "-" + row.DType.String() + "-"
			if !strings.HasPrefix(filepath.Base(file), want) {
				t.Errorf("%s calls %s in %v: its name has to begin with %s",
					file, row.Kernel, row.DType, want)
			}
		}
	}
	if found == 0 {
		t.Error("found no corpus file in testdata/fuzz")
	}
}

// fuzzBytes takes numbers off the front of the fuzzer's bytes.
type fuzzBytes struct {
	data []byte
	rand *rand.Rand
}

func newBytes(data []byte) *fuzzBytes {
	h := fnv.New64a()
	h.Write(data)
	return &fuzzBytes{data, rand.New(rand.NewPCG(h.Sum64(), 0))}
}

func (b *fuzzBytes) take(n int) uint64 {
	var word [8]byte
	b.data = b.data[copy(word[:n], b.data):]
	return binary.LittleEndian.Uint64(word[:])
}

func (b *fuzzBytes) below(n int) int { return int(b.take(1)) % n }

func (b *fuzzBytes) size(limit int) int { return int(b.take(2)) % (limit + 1) }

// input fills the operands with the fuzzer's bytes, as small integers or as bit patterns moved
// into the operand's domain, then with random numbers.
func (b *fuzzBytes) input(row *spec.Row, s spec.Sizes) *Input {
	small := b.below(2) == 1 // bytes are small integers, where many sums are exact
	in := newInput(row, s, b.rand, func(p *spec.Param) float64 {
		switch size := row.DType.Size(); {
		case len(b.data) == 0:
			return ordinary(row, p, b.rand)
		case small:
			return tame(p, float64(int8(b.take(1))))
		case size == 4:
			return tame(p, float64(math.Float32frombits(uint32(b.take(4)))))
		default:
			return tame(p, math.Float64frombits(b.take(8)))
		}
	})
	if in != nil {
		in.Wild = true
	}
	return in
}
