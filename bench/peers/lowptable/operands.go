//go:build linux && cgo && amd64

package main

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"unsafe"

	"github.com/ashlar-go/ashlar/bench/peers/internal/blas"
	"github.com/ashlar-go/ashlar/kernels"
)

// operands are the matrices of a shape, as float32 and as bfloat16 numbers, in memory that C owns.
type operands struct {
	blas.Shape
	lda, ldb   int
	full, half *blas.Product
	a, b, c    []float32
	ah, bh, ch []kernels.BFloat16 // ch is ours alone
	ch32       []float32          // the C of half
}

// newOperands draws random numbers in [-0.5, 0.5). If rounded is set, the float32 operands are bfloat16
// numbers too.
func newOperands(s blas.Shape, rounded bool) *operands {
	o := &operands{Shape: s, full: blas.NewProduct(s, 4, 4), half: blas.NewProduct(s, 2, 4),
		ch: make([]kernels.BFloat16, s.M*s.N)}
	a, b, c, lda, ldb := o.full.Operands()
	o.lda, o.ldb = lda, ldb
	o.a = unsafe.Slice((*float32)(a), s.M*s.K)
	o.b = unsafe.Slice((*float32)(b), s.K*s.N)
	o.c = unsafe.Slice((*float32)(c), s.M*s.N)
	a, b, c, _, _ = o.half.Operands()
	o.ah = unsafe.Slice((*kernels.BFloat16)(a), s.M*s.K)
	o.bh = unsafe.Slice((*kernels.BFloat16)(b), s.K*s.N)
	o.ch32 = unsafe.Slice((*float32)(c), s.M*s.N)
	r := rand.New(rand.NewPCG(1, 2))
	fill := func(x []float32, h []kernels.BFloat16) {
		for i := range x {
			x[i] = float32(r.Float64() - 0.5)
			h[i] = kernels.NewBFloat16(x[i])
			if rounded {
				x[i] = h[i].Float32()
			}
		}
	}
	fill(o.a, o.ah)
	fill(o.b, o.bh)
	clear(o.c)
	clear(o.ch32)
	return o
}

func (o *operands) free() {
	o.full.Free()
	o.half.Free()
}

// widened is a matrix of bfloat16 numbers as float32.
func widened(h []kernels.BFloat16) []float32 {
	x := make([]float32, len(h))
	for i, v := range h {
		x[i] = v.Float32()
	}
	return x
}

// write puts A and B into a file for PyTorch: as bfloat16 numbers if half is set, else as float32.
func (o *operands) write(half bool) (name string, err error) {
	f, err := os.CreateTemp("", "lowptable")
	if err != nil {
		return "", err
	}
	values := any([][]float32{o.a, o.b})
	if half {
		values = [][]kernels.BFloat16{o.ah, o.bh}
	}
	switch v := values.(type) {
	case [][]float32:
		err = writeAll(f, v)
	case [][]kernels.BFloat16:
		err = writeAll(f, v)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return f.Name(), err
}

func writeAll[T any](f *os.File, values [][]T) error {
	for _, v := range values {
		if err := binary.Write(f, binary.LittleEndian, v); err != nil {
			return err
		}
	}
	return nil
}
