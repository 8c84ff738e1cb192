package console

import (
	"bytes"
	"strings"
	"testing"
)

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
