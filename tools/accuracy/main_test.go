package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz"
	"github.com/ashlar-go/ashlar/kernels"
)

// Every search has a last column, also that of a function without exact values, such as Scale.
func TestSpecialValues(t *testing.T) {
	var got []string
	for _, s := range searches(regexp.MustCompile(".")) {
		for _, row := range s.Rows {
			special := specialValues(&fuzz.Worst{Row: row, Case: s.Case})
			if special != "exact" && special != "none" {
				t.Errorf("%s on %v: %s", s.name, row.Tier, special)
			}
			got = append(got, special)
		}
	}
	if !slices.Contains(got, "exact") || !slices.Contains(got, "none") {
		t.Error("the test takes functions with and without exact values, and found only one kind")
	}
}

func TestWriteCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	want := [][]string{{"function", "at"}, {"Exp/f32", `wrong at "1, 2"`}}
	if err := writeCSV(path, want); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := csv.NewReader(f).ReadAll()
	if err != nil || len(got) != 2 || !slices.Equal(got[1], want[1]) {
		t.Errorf("read %q, %v", got, err)
	}
	if err := writeCSV(filepath.Join(path, "x.csv"), want); err == nil {
		t.Error("no error from a file that cannot be made")
	}
}

func TestSearches(t *testing.T) {
	all := searches(regexp.MustCompile("^generic$"))
	for _, s := range all {
		for _, r := range s.Rows {
			if r.Tier != kernels.Generic {
				t.Errorf("%s has the tier %v", s.name, r.Tier)
			}
		}
	}
	if !slices.ContainsFunc(all, func(s search) bool { return s.name == "Activate/f64/gelu" }) {
		t.Error("no search Activate/f64/gelu")
	}
}
