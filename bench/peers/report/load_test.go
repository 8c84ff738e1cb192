package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyFixture copies the raw files that are named.
func copyFixture(t *testing.T, names ...string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), text, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// A page of a machine where nothing could be measured says so in each section.
func TestNothingMeasured(t *testing.T) {
	text := render(t, copyFixture(t, machineFile))
	for _, want := range []string{"traintable: exit status 1: out of memory.",
		"gemmtable was not run, or wrote nothing",
		"vectortable was not run", "gonumtable was not run", "accuracy was not run"} {
		if !strings.Contains(text, "Not measured: "+want) {
			t.Errorf("the page does not say that %s", want)
		}
	}
	if strings.Contains(text, "NaN") || strings.Contains(text, "figcaption>") {
		t.Error("the page has a chart of nothing")
	}
}

// Each file alone makes a page.
func TestOneFile(t *testing.T) {
	for _, name := range []string{productsFile, vectorsFile, gonumFile, trainingFile, accuracyFile} {
		text := render(t, copyFixture(t, machineFile, name))
		if strings.Contains(text, "NaN") || !strings.Contains(text, `href="`+name+`"`) {
			t.Errorf("%s: %d bytes", name, len(text))
		}
	}
}

func TestBadFiles(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{machineFile, "", machineFile},
		{machineFile, `{"cpu": 3}`, machineFile},
		{productsFile, `{"rows": [{"rate": 1}]}`, "rate"},
		{vectorsFile, `{"cells": [`, vectorsFile},
		{accuracyFile, "a,b\n", accuracyFile},
		{accuracyFile, "", "no head"},
	} {
		folder := copyFixture(t, machineFile)
		if err := os.WriteFile(filepath.Join(folder, c.file), []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := load(folder); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %q: error %v, want one with %q", c.file, c.text, err, c.want)
		}
	}
	const advice = "make report measures first"
	if _, err := load(t.TempDir()); err == nil || !strings.Contains(err.Error(), advice) {
		t.Errorf("an empty folder: %v", err)
	}
}
