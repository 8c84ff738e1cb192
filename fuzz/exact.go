package fuzz

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// HasExact reports whether a row must have points: functions of one argument that have a
// tolerance, their derivatives and their backward passes.
func HasExact(row *spec.Row) bool {
	return OfOneArgument(row) && row.Tol.Kind != spec.Exact || row.Kernel == "ActivateBackward"
}

// CheckExact runs case c of a row on its points and returns a line for each wrong result.
func CheckExact(row *spec.Row, c int) (wrong []string) {
	return checkPoints(row, c, row.Points(c))
}

// checkPoints runs case c of a row on some of its points, in one call.
func checkPoints(row *spec.Row, c int, points [][]float64) (wrong []string) {
	call := &spec.Call{Sizes: spec.Sizes{N: len(points), Case: c},
		Operands: make([]spec.Operand, len(row.Params))}
	inputs := 0
	for _, p := range row.Params {
		if p.Role == spec.In {
			inputs++
		}
	}
	// The outputs are the first parameters of a row, but come last in a point.
	column := func(i int) int { return (i + inputs) % len(row.Params) }
	for i := range row.Params {
		o := &call.Operands[i]
		o.F32, o.F64 = make([]float32, len(points)), make([]float64, len(points))
		for j, p := range points {
			o.F32[j], o.F64[j] = float32(p[column(i)]), p[column(i)]
		}
	}
	row.Run(call)
	for j, p := range points {
		for i := range len(row.Params) - inputs {
			if want, got := p[column(i)], value(row.DType, &call.Operands[i], j); !isExactly(want, got) {
				wrong = append(wrong, fmt.Sprintf("%v: %s = %v, want %v", p[:inputs],
					row.Params[i].Name, got, want))
			}
		}
	}
	return wrong
}

// isExactly reports whether got is the wanted value of a point.
func isExactly(want, got float64) bool {
	switch {
	case want == spec.AnyFinite:
		return got-got == 0 && got != 0
	case want != want:
		return got != got
	}
	return math.Float64bits(want) == math.Float64bits(got)
}
