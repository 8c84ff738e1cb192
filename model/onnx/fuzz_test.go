package onnx

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
)

// FuzzImport: no file makes Import panic, and what it reads can be run and written.
func FuzzImport(f *testing.F) {
	files, err := filepath.Glob("testdata/*.onnx")
	if err != nil || len(files) < 30 {
		f.Fatal(files, err)
	}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, c := range hostile() {
		if len(c.file) < 1<<16 {
			f.Add(c.file)
		}
	}
	for output := model.OutputValues; output <= model.OutputBinaryProbability; output++ {
		var b bytes.Buffer
		if err := Export(&b, withOutput(output, true)); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	fuzztest.Run(f, func(t *testing.T, raw []byte) {
		m, err := Import[float32](bytes.NewReader(raw))
		if err != nil {
			return
		}
		if m.In > 1<<12 {
			return
		}
		x := mat.New[float32](2, m.In)
		run(m.Net, x)
		var b bytes.Buffer
		if err := Export(&b, m); err != nil {
			t.Fatal(err)
		}
		if _, err := Import[float32](&b); err != nil {
			t.Fatal(err)
		}
	})
}
