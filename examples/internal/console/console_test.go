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

// TestWrap: lines of up to 80 columns stay, longer ones go on below. Nothing is lost.
func TestWrap(t *testing.T) {
	x := strings.Repeat("x", 39)
	for _, c := range []struct{ got, want string }{
		{Wrap("a", "b c"), "a  b c"},
		{Wrap(x, x), x + "  " + x},
		{Wrap(x, x+"é"), x + "\n  " + x + "é"},
		{Wrap(x, x, "b", x), x + "  " + x + "\n  b  " + x[:39]},
		{Wrap(x + x + x), x + x + x},
		{WrapText(x + " b " + x), x + " b\n  " + x},
		{WrapText(x + "  " + x + "\nb"), x + " " + x + "\n  b"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
