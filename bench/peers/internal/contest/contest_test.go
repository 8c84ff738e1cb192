//go:build linux

package contest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Every contestant runs in every round, forwards and backwards in turn, after what comes before.
func TestTimes(t *testing.T) {
	var order []string
	ask := func(name string, ns float64) Contestant {
		return Contestant{Ask: func() float64 { order = append(order, name); return ns }}
	}
	runs := 0
	own := Contestant{Run: func(count int) {
		runs += count
		time.Sleep(time.Duration(count) * time.Millisecond)
	}}
	ns := Times([]Contestant{ask("a", 1), own, ask("b", 2)}, 1, 3, func() { order = append(order, "|") })
	if got := strings.Join(order, ""); got != "|ab|ba|ab" {
		t.Errorf("the order is %s", got)
	}
	if got := fmt.Sprint(ns[0], ns[2]); got != "[1 1 1] [2 2 2]" {
		t.Errorf("the answers are %s", got)
	}
	for _, v := range ns[1] {
		if v < 1e6 || v > 1e9 {
			t.Errorf("a run of 1 ms took %v ns", v)
		}
	}
	if len(ns[1]) != 3 || runs < 3*2 {
		t.Errorf("%d figures of %d runs", len(ns[1]), runs)
	}
}

func TestMedian(t *testing.T) {
	v := []float64{5, 1, 3}
	if got := Median(v); got != 3 || !slices.IsSorted(v) {
		t.Errorf("the median is %v of %v", got, v)
	}
}
