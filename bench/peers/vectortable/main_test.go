//go:build linux && cgo && amd64

package main

import (
	"regexp"
	"strings"
	"testing"
)

// TestChosen: flags that leave nothing to measure are an error, also where -shapes leaves out what matches.
func TestChosen(t *testing.T) {
	matrix := []extent{{m: 30, n: 40}}
	for _, c := range []struct {
		run, dtype string
		shapes     []extent
		short, ok  bool
	}{
		{run: ".", dtype: "f32", ok: true}, {run: "Exp", dtype: "f64", ok: true},
		{run: "nomatch", dtype: "f32,f64"}, {run: ".", dtype: "f16", short: true},
		{run: "nomatch", dtype: "f16"},
		{run: "^(Column|BatchNorm)", dtype: "f32", shapes: matrix, ok: true},
		{run: "^Exp", dtype: "f32", shapes: matrix}, {run: "nomatch", dtype: "f32", shapes: matrix},
		{run: "AdamW", dtype: "f16", ok: true}, {run: "AdamW", dtype: "f16", short: true},
	} {
		f := config{match: regexp.MustCompile(c.run), dtype: c.dtype, shapes: c.shapes, short: c.short}
		err := f.chosen()
		if c.ok != (err == nil) || err != nil && !strings.Contains(err.Error(), "-run "+c.run) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
