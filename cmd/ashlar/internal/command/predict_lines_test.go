package command

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
)

// TestPredictErrorLines: an error names the line of the input on which the cell begins, in a record of several lines
// and behind lines that are left out, in every part.
func TestPredictErrorLines(t *testing.T) {
	inFolder(t)
	trainNamed(t)
	const note = "\"one\n\ntwo\"" // three lines
	rows := strings.Repeat(note+",1,2\n", mostRows+7)
	jsonRows := strings.Repeat("{\"note\":\"one\\n\\ntwo\",\"a\":1,\"b\":2}\n", mostRows+7)
	for _, c := range []struct {
		text string
		line int
	}{
		{"note,a,b\nx,1,2,3\n", 2},
		{"note,a,b\n" + note + ",1,2,3\n", 4}, // the cell too many stands on its last line
		{"note,a,b\n" + note + ",1,2\n" + note + ",1,2,3\n", 7},
		{"note,a,b\n# left out\n\n" + note + ",1,2,3\n", 6},
		{"note,a,b\n" + note + ",big,2\n", 2}, // the row begins here
		{"note,a,b\n" + note + ",1,2\n" + note + ",big,2\n", 5},
		{"note,a,b\n" + rows + note + ",1,2,3\n", 1 + 3*(mostRows+7) + 3},
		{"note,a,b\n" + rows + note + ",big,2\n", 1 + 3*(mostRows+7) + 1},
		{note + ",a,b\n" + rows + note + ",big,2\n", 3 + 3*(mostRows+7) + 1},
		{"{\"note\":\"x\",\"a\":\"big\",\"b\":2}\n", 1},
		{"{\"note\":\"one\\n\\ntwo\",\"a\":1,\"b\":2}\n{\"note\":\"x\",\"a\":\"big\",\"b\":2}\n", 2},
		{"\n{\"note\":\"one\\ntwo\",\"a\":1,\"b\":2}\n\n{\"note\":\"\\n\",\"a\":\"big\",\"b\":2}\n", 4},
		{jsonRows + "{\"note\":\"x\",\"a\":\"big\",\"b\":2}\n", mostRows + 8},
	} {
		put(t, "in", c.text)
		for _, args := range []string{"predict named.safetensors --comment #",
			"predict named.safetensors in --comment #"} {
			r := run(t, c.text, strings.Fields(args)...)
			if r.code != failed || !strings.Contains(r.errs, fmt.Sprintf(": line %d, column ", c.line)) {
				t.Errorf("%.60q, %s: code %d, want line %d in %s", c.text, args, r.code, c.line, r.errs)
			}
		}
	}
}

// TestJSONLines: errors name the line of the file, and a null is missing also where it is the only value of a row,
// whatever else is.
func TestJSONLines(t *testing.T) {
	inFolder(t)
	numbers := map[string]data.Kind{"a": data.KindNumber}
	put(t, "bad.jsonl", "{\"a\":1,\"b\":\"x\\ny\"}\n\n{\"a\":2,\"b\":\"\"}\n{\"a\":\"big\",\"b\":\"z\"}\n")
	_, err := readTable("bad.jsonl", "", data.TableOptions{Kinds: numbers})
	wrong, is := errors.AsType[*data.FormatError](err)
	if !is || wrong.Place != "line 4, column 1" || wrong.File != "bad.jsonl" {
		t.Errorf("got %v, want line 4, column 1", err)
	}
	put(t, "null.jsonl", "{\"a\":1}\n{\"a\":null}\n{\"a\":\"\"}\n{}\n{\"a\":5}\n")
	for _, missing := range [][]string{nil, {}, {"-999"}, {"NA", "-999"}} {
		table, err := readTable("null.jsonl", "", data.TableOptions{Missing: missing})
		if err != nil || table.Rows() != 5 || table.Column("a").Kind != data.KindNumber ||
			table.Column("a").MissingCount() != 3 {
			t.Errorf("--missing %q: %v, %v", missing, table, err)
		}
	}
}

// TestWrittenCells: a record has the cells that package csv finds, but for the CR in front of their ends of lines and
// spaces in quotes.
func TestWrittenCells(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{"a", ",", ",", `"`, `""`, `"b"`, " ", "\t", "\r\n", "ü"}
	seen := 0
	for range 15000 {
		text := ""
		for range 1 + r.IntN(9) {
			text += parts[r.IntN(len(parts))]
		}
		text += "\n"
		for _, separator := range []rune{',', '\t', ' '} {
			in := csv.NewReader(strings.NewReader(text))
			in.Comma, in.TrimLeadingSpace = separator, separator == ','
			want, err := in.Read()
			if err != nil || in.InputOffset() != int64(len(text)) || strings.TrimLeft(text, "\r\n") != text {
				continue // no record that ReadTable accepts
			}
			seen++
			got := writtenCells(text, separator)
			for i, cell := range got {
				got[i] = strings.TrimSpace(strings.ReplaceAll(cell, "\r\n", "\n"))
			}
			for i, cell := range want {
				want[i] = strings.TrimSpace(cell)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%q by %q: %q, want %q", text, separator, got, want)
			}
		}
	}
	if seen < 5000 {
		t.Errorf("%d records", seen)
	}
}
