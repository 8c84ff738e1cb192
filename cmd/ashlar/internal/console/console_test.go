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

// TestWrap: lines of up to 80 columns stay, longer ones go on below, and no word is lost or cut.
func TestWrap(t *testing.T) {
	x := strings.Repeat("x", 39)
	for _, c := range []struct{ got, want string }{
		{WrapText("a  b"), "a  b"},
		{WrapText(x + " " + x + "y"), x + " " + x + "y"},
		{WrapText(x + " " + x + " y"), x + " " + x + "\n  y"},
		{WrapText(x + x + x), x + x + x},
		{WrapText(x + " " + x + " " + x + " " + x), x + " " + x + "\n  " + x + "\n  " + x},
		{Fold("  indented words", 10), "  indented\n  words"},
		{Fold("一二 三四", 6), "一二\n三四"},
		{Reflow("\none\ntwo\n\nthree\n  four\nfive\n"), "one two\n\nthree\n  four\nfive"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// TestCut: what does not fit loses its middle, and no control character is left.
func TestCut(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"short", 5, "short"}, {"abcdefg", 5, "ab…fg"}, {"一二三四", 5, "一…四"}, {"a\x1b[1mb\n", 9, "a?[1mb?"},
		{"", 3, ""}, {"abc", 1, "…"},
	} {
		if got := Cut(c.text, c.columns); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}

// TestBar: a bar is as long as its part of the top, to an eighth, and never longer than its columns.
func TestBar(t *testing.T) {
	for _, c := range []struct {
		value, top float64
		want       string
	}{{0, 1, ""}, {1, 1, "████"}, {2, 1, "████"}, {0.5, 1, "██"}, {1, 32, "▏"}, {3, 32, "▍"},
		{1, 0, ""}, {-1, 1, ""}} {
		if got := Bar(c.value, c.top, 4); got != c.want {
			t.Errorf("Bar(%v, %v) = %q, want %q", c.value, c.top, got, c.want)
		}
	}
}

// TestTable: the columns from the second on are flush right, and only the first is cut to fit.
func TestTable(t *testing.T) {
	var out bytes.Buffer
	c := New(nil, &out, &out)
	table := c.Table(1, "name", "rate")
	table.Row("a", "1.5")
	table.Row(strings.Repeat("long", 50), "10.25")
	table.Write()
	for line := range strings.SplitSeq(strings.TrimSpace(out.String()), "\n") {
		if Columns(line) != Width {
			t.Errorf("%d columns: %s", Columns(line), line)
		}
	}
	if !strings.Contains(out.String(), "│   1.5 │\n") || !strings.Contains(out.String(), "…") {
		t.Errorf("got\n%s", out.String())
	}
}

// TestFields: texts stand in one column, whatever their words are.
func TestFields(t *testing.T) {
	var out bytes.Buffer
	c := New(nil, &out, &out)
	c.Fields("a", strings.Repeat("word ", 20), "longer", strings.Repeat("x", 100), strings.Repeat("n", 50),
		"end\x07")
	for line := range strings.SplitSeq(strings.TrimSpace(out.String()), "\n") {
		if Columns(line) > Width || strings.ContainsRune(line, '\x07') {
			t.Errorf("%d columns: %q", Columns(line), line)
		}
	}
	if n := strings.Count(out.String(), "word"); n != 20 {
		t.Errorf("%d of 20 words", n)
	}
	if n := strings.Count(out.String(), "x"); n != 100 {
		t.Errorf("%d of 100 letters", n)
	}
}

// TestPlain: what is no terminal gets no colours and no bar.
func TestPlain(t *testing.T) {
	var out, errs bytes.Buffer
	c := New(nil, &out, &errs)
	c.Heading("Title")
	c.Warn("%d of %s", 3, "them")
	c.Fail("ashlar", errors.New("broken"))
	p := c.Progress(10, "working")
	p.Set(5, "half")
	p.Clear()
	if out.String() != "\nTitle\n" || errs.String() != "warning: 3 of them\nashlar: broken\n" || c.Live {
		t.Errorf("out %q, errors %q", out.String(), errs.String())
	}
}

// TestColours: a terminal gets colours, but not with NO_COLOR.
func TestColours(t *testing.T) {
	var out, errs bytes.Buffer
	c := &Console{Out: &out, Err: &errs, colour: true, warn: true}
	c.Heading("Title")
	c.Warn("w")
	c.Fail("ashlar", errors.New("e"))
	if out.String() != "\n\x1b[1mTitle\x1b[0m\n" ||
		errs.String() != "\x1b[33mwarning:\x1b[0m w\n\x1b[31mashlar:\x1b[0m e\n" {
		t.Errorf("out %q, errors %q", out.String(), errs.String())
	}
}

// TestLiveProgress: the bar of a terminal stays on one line of less than Width columns.
func TestLiveProgress(t *testing.T) {
	var out bytes.Buffer
	c := &Console{Out: &out, Live: true}
	p := c.Progress(10, strings.Repeat("a long text ", 20))
	for i := range 11 {
		p.drawn = p.drawn.Add(-redraw)
		p.Set(i, strings.Repeat("step ", 30))
	}
	p.Clear()
	if out.Len() == 0 || strings.Contains(out.String(), "\n") {
		t.Errorf("%q", out.String())
	}
	for line := range strings.SplitSeq(out.String(), "\r") {
		if n := Columns(strings.ReplaceAll(line, "\x1b[K", "")); n >= Width {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}

// TestWriteFile: the file is replaced completely, or stays if writing fails.
func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
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
		if err := put(c.text, c.err); !errors.Is(err, c.err) {
			t.Errorf("%s: error %v, want %v", c.text, err, c.err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != c.want {
			t.Errorf("after %s: %q, %v", c.text, got, err)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("files %v, %v", files, err)
	}
	err := WriteFile(filepath.Join(dir, "none", "x"), func(io.Writer) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "none") || Writable(filepath.Join(dir, "none",
		"x")) == nil {
		t.Errorf("below no folder: %v", err)
	}
	if Writable(dir) == nil || Writable(path) != nil {
		t.Error("Writable takes a folder, or refuses a file")
	}
}
