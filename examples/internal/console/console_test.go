package console

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWriteFile wants the file replaced completely, or unchanged if writing fails.
func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	put := func(text string, result error) error {
		return WriteFile(path, func(w io.Writer) error {
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
			return result
		})
	}
	fails := errors.New("fails")
	for _, c := range []struct {
		text string
		err  error
		want string
	}{{"first", nil, "first"}, {"half", fails, "first"}, {"second", nil, "second"}} {
		if err := put(c.text, c.err); err != c.err {
			t.Errorf("%s: error %v, want %v", c.text, err, c.err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != c.want {
			t.Errorf("after %s: %q, %v", c.text, got, err)
		}
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("files %v, %v", files, err)
	}
	if err := WriteFile(filepath.Join(path, "below"), func(io.Writer) error { return nil }); err == nil {
		t.Error("below a file: no error")
	}
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	table := NewTable(&b, "tier", "GFLOP/s")
	table.AppendRow([]any{"avx2", "1.5"})
	table.Render()
	for _, want := range []string{"│ tier │ GFLOP/s │", "│ avx2 │     1.5 │"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
