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
