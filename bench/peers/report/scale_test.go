package main

import (
	"math"
	"testing"
)

func TestScale(t *testing.T) {
	s := scale{lo: 1, hi: 100, a: 10, b: 30, log: true}
	if got := s.at(10); math.Abs(got-20) > 1e-9 {
		t.Errorf("10 of 1 to 100 is at %v", got)
	}
	if got := (scale{lo: 0, hi: 4, a: 8, b: 0}).at(1); got != 6 {
		t.Errorf("1 of 0 to 4 is at %v", got)
	}
	ticks := s.decades()
	if len(ticks) != 7 || ticks[1].label != "2" || ticks[6].value != 100 {
		t.Errorf("ticks %v", ticks)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.01234: "0.0123", 1: "1", 2.345: "2.35", 9.96: "10",
		26.04: "26",
		26.06: "26.1", 117.8: "118", 1746.2: "1746"} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %s, want %s", v, got, want)
		}
	}
}
