package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/tools/internal/accuracy"
)

// TestBriefly: a brief search writes a line for each output of each function, with the columns that the
// report of bench/peers reads.
func TestBriefly(t *testing.T) {
	groups, err := accuracy.Plan("../..")
	if err != nil {
		t.Fatal(err)
	}
	groups = slices.DeleteFunc(groups, func(g accuracy.Group) bool {
		return g.Name != "Exp/f32/generic" && g.Name != "ActivateGrad/f64/generic/elu(1)"
	})
	results, err := briefly(groups, filepath.Join(t.TempDir(), "none"), 1000)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "errors.csv")
	if err := writeCSV(path, results); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var starts []string
	for _, l := range lines {
		starts = append(starts, strings.Join(l[:3], " "))
	}
	want := []string{"function output tier", "ActivateGrad/f64/elu(1) y generic", "ActivateGrad/f64/elu(1) d generic",
		"Exp/f32 y generic"}
	slices.Sort(starts[1:])
	slices.Sort(want[1:])
	if !slices.Equal(starts, want) {
		t.Errorf("lines %q, want %q", starts, want)
	}
	for _, l := range lines[1:] {
		if len(l) != 8 || l[3] == "0.0000" || l[7] != "exact" {
			t.Errorf("line %q", l)
		}
	}
}
