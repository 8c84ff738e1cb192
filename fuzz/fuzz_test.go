package fuzz

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
)

// The fuzz targets make one call of the fuzzer's bytes, in this order: which
// kernel and dtype, which case, which layouts, the sizes (2 bytes each), how to
// take values, the values. Where the bytes run out random numbers follow.

func FuzzVector(f *testing.F) { fuzzDims(f, "N", 300) }

func FuzzRows(f *testing.F) { fuzzDims(f, "MN", 60) }

func FuzzGemm(f *testing.F) { fuzzDims(f, "MNK", 52) }

func fuzzDims(f *testing.F, dims string, limit int) {
	var kinds [][]kernels.Row
	for _, g := range groups() {
		if g[0].Dims == dims {
			kinds = append(kinds, g)
		}
	}
	for i := range kinds {
		f.Add([]byte{byte(i), 0, byte(i), 5, 0, 7, 0, 3, 0, 0})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := newBytes(data)
		rows := kinds[b.below(len(kinds))]
		s := kernels.Sizes{Case: b.below(len(rows[0].Cases))}
		turn := b.below(256)
		s.M, s.N, s.K = b.size(limit), b.size(limit), b.size(300)
		if in := b.input(&rows[0], s); in != nil {
			CheckInput(t, turn, in, rows...)
		}
	})
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

// input fills the operands: with the fuzzer's bytes as bit patterns, moved into the
// domain of the operand, then with random numbers.
func (b *fuzzBytes) input(row *kernels.Row, s kernels.Sizes) *Input {
	small := b.below(2) == 1 // bytes are small integers, where many sums are exact
	in := newInput(row, s, b.rand, func(p *kernels.Param) float64 {
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
