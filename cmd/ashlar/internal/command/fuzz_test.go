package command

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
)

// FuzzPredict: whatever comes on the standard input is answered or is an error, and each answer is a line.
func FuzzPredict(f *testing.F) {
	text, err := os.ReadFile("testdata/flats.csv")
	if err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	path := filepath.Join(dir, "flats.csv")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		f.Fatal(err)
	}
	model := filepath.Join(dir, "m")
	args := []string{"train", path, "--epochs", "2", "--out", model}
	if code := Run(f.Context(), args, nil, io.Discard, io.Discard); code != ok {
		f.Fatalf("training: code %d", code)
	}
	for _, seed := range []string{
		"", "\"", "{}\n{", "\x1f\x8b\x08", "\x93NUMPY\x01\x00", "\x00\x00\x08\x01\x00\x00\x00\x01\x05",
		"city,area,rooms,built,balcony\nBonn,70,3,1990,yes\n", "city;area\n\"a\nb\";1,5\n", "\ufeff1,2,3,4,5\n",
		"{\"city\":\"Bonn\",\"area\":1,\"rooms\":null,\"built\":3,\"balcony\":\"no\"}\n",
	} {
		f.Add(seed)
	}
	fuzztest.Run(f, func(t *testing.T, in string) {
		var out, errs bytes.Buffer
		code := Run(t.Context(), []string{"predict", model + ".safetensors"}, strings.NewReader(in), &out,
			&errs)
		if code == ok != (errs.Len() == 0) || out.Len() > 0 && !strings.HasSuffix(out.String(), "\n") {
			t.Errorf("code %d, output %q, error %q", code, out.String(), errs.String())
		}
	})
}
