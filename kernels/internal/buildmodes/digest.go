// Package buildmodes has only a test: programs, plugins and libraries, whose code the compiler and the
// assembler make position-independent or reach through a table of addresses, get the same bits from the
// kernels as a plain program.
package buildmodes

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// Digest calls every kernel on every tier, in every case, and returns a line for each row of the table
// with a digest of the results.
func Digest() string {
	var text strings.Builder
	for _, row := range spec.Table() {
		hash := sha256.New()
		for c := range row.Cases {
			call := newCall(&row, spec.Sizes{M: 13, N: 37, K: 11, Case: c})
			row.Run(call)
			for i := range row.Params {
				o := &call.Operands[i]
				for j := range o.Int {
					binary.Write(hash, binary.LittleEndian, [4]uint64{uint64(math.Float32bits(o.F32[j])),
						math.Float64bits(o.F64[j]), uint64(o.BF16[j]), uint64(o.Int[j])})
				}
			}
			binary.Write(hash, binary.LittleEndian, math.Float64bits(call.Result))
		}
		fmt.Fprintf(&text, "%v %x\n", row, hash.Sum(nil)[:8])
	}
	return text.String()
}

// newCall makes a call on numbers from 0 to 1, which lie in every domain. Labels are small.
func newCall(row *spec.Row, s spec.Sizes) *spec.Call {
	call := &spec.Call{Sizes: s, Operands: make([]spec.Operand, len(row.Params))}
	state := uint32(1)
	for i, p := range row.Params {
		rows, cols := p.Shape(s)
		n, o := rows*cols, &call.Operands[i]
		*o = spec.Operand{F32: make([]float32, n), F64: make([]float64, n), BF16: make([]kernels.BFloat16, n),
			Int: make([]int, n), Ld: max(1, cols)}
		for j := range n {
			state = state*1664525 + 1013904223
			v := float32(state>>8) / (1 << 24)
			o.F32[j], o.F64[j], o.Int[j] = v, float64(v), int(state>>16)%s.M
			o.BF16[j] = kernels.NewBFloat16(v)
		}
	}
	return call
}
