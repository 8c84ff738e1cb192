package onnx

import (
	"os"
	"testing"

	"github.com/ashlar-go/ashlar/internal/malform"
	"github.com/ashlar-go/ashlar/internal/malform/malformtest"
)

// TestMalformed: damaged files of the corpus of package malform.
func TestMalformed(t *testing.T) {
	for _, path := range []string{"testdata/mlp_three.onnx", "testdata/layernorm_written.onnx"} {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files := malform.Corpus(map[malform.Format][]byte{malform.ONNX: whole})
		malformtest.Read(t, files, map[malform.Format]malformtest.Reader{malform.ONNX: func(path string) error {
			_, err := ImportFile[float32](path)
			return err
		}})
	}
}

// TestMalformedLarge: files of many small messages and elements take no more memory than the documentation
// of Import says, and those of which protobuf would make too much take no more than they have.
func TestMalformedLarge(t *testing.T) {
	whole, err := os.ReadFile("testdata/mlp_three.onnx")
	if err != nil {
		t.Fatal(err)
	}
	var tight, loose []malform.File
	for _, f := range malform.Large(malform.ONNX, whole) {
		if f.Unnoticed {
			loose = append(loose, f)
		} else {
			tight = append(tight, f)
		}
	}
	read := func(path string) error {
		_, err := ImportFile[float32](path)
		return err
	}
	malformtest.ReadLarge(t, tight, read, malformtest.Bound{Times: 1})
	malformtest.ReadLarge(t, loose, read, malformtest.Bound{Times: 64})
}
