// Minimax derives the polynomial coefficients of the vector functions and
// prints them as the Go source of package internal/minimax.
//
//	go run ./tools/minimax [-o file.go]
//
// Every polynomial is described by a spec and found by the Remez exchange
// algorithm in math/big; its output is the same, byte for byte, on every
// machine. A new function is a new spec in the list below.
package main

import (
	"flag"
	"log"
	"math"
	"os"
)

// expSpecs are e^r on the reduced interval, for each dtype: 1 + r + r²P(r),
// with the least relative error.
//
// In float32 a target of 2^-27 is at most an eighth of an ulp, in float64 one of
// 2^-57 a sixteenth: little beside the half that rounding the result takes.
func expSpecs() []spec {
	// |r| <= ln2/2 if k = rint(x log2(e)) were exact. Its product is rounded:
	// for |x log2(e)| <= 150 in float32, by at most 2^-16, which is 2^-15 of the
	// interval.
	half := scale(ln2(), -1)
	half.Mul(half, fromFloat(1+0x1p-12))
	relative := func(x *bigFloat) *bigFloat { return exp(neg(x)) }
	return []spec{
		{name: "Exp32", fn: "e^r", f: exp, weight: relative, lo: neg(half), hi: half,
			fixed: []float64{1, 1}, target: math.Ldexp(1, -27), format: float32Format},
		{name: "Exp64", fn: "e^r", f: exp, weight: relative, lo: neg(half), hi: half,
			fixed: []float64{1, 1}, target: math.Ldexp(1, -57), format: float64Format},
	}
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("minimax: ")
	out := flag.String("o", "", "write to this `file` instead of standard output")
	flag.Parse()
	src, err := generateExp()
	if err != nil {
		log.Fatal(err)
	}
	if *out == "" {
		_, err = os.Stdout.Write(src)
	} else {
		err = os.WriteFile(*out, src, 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}
