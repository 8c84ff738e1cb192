package command

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// kept is a text in a cell of the column that predict keeps, and what it prints.
type kept struct {
	cell, json string // of the input
	want       any    // nil for null
}

// oddTexts have every text that ReadTable takes for another one, or for none.
var oddTexts = []kept{
	{"NA", `"NA"`, "NA"},
	{"N/A", `"N/A"`, "N/A"},
	{"NaN", `"NaN"`, "NaN"},
	{"null", `"null"`, "null"},
	{"None", `"None"`, "None"},
	{"?", `"?"`, "?"},
	{"-", `"-"`, "-"},
	{"-999", "-999", "-999"},
	{"1.50", "1.50", "1.50"},
	{"1e3", "1e3", "1e3"},
	{"007", `"007"`, "007"},
	{"12345678901234567890", "12345678901234567890", "12345678901234567890"},
	{"true", "true", "true"},
	{"\"1,5;2\t3|4\"", `"1,5;2\t3|4"`, "1,5;2\t3|4"},
	{`"say ""no"""`, `"say \"no\""`, `say "no"`},
	{`""""`, `"\""`, `"`},
	{"\"a\r\nb\n\r\nc\"", `"a\r\nb\n\r\nc"`, "a\r\nb\n\r\nc"},
	{"\"\r\n\"", `"\r\n"`, "\r\n"},
	{`"  in quotes "`, `"  in quotes "`, "  in quotes "},
	{"ä€𝄞", `"ä€\ud834\udd1e"`, "ä€𝄞"},
	{"", "null", nil},
}

// keepInputs returns rows with one of the texts each, between the columns of the model and behind them, as CSV and
// as JSON lines.
func keepInputs(list ...kept) (texts []string) {
	var lines strings.Builder
	for _, k := range list {
		fmt.Fprintf(&lines, "{\"a\":1,\"id\":%s,\"b\":2}\n", k.json)
	}
	texts = append(texts, lines.String())
	for _, separator := range []string{",", ";", "\t", "|", ", "} {
		for _, end := range []string{"\n", "\r\n"} {
			for _, row := range [][]string{{"a", "id", "b"}, {"id", "a", "b"}, {"a", "b", "id"}} {
				text := strings.Join(row, separator) + end
				for _, k := range list {
					cells := strings.NewReplacer("a", "1", "b", "2", "id", k.cell)
					for i, name := range row {
						if i > 0 {
							text += separator
						}
						text += cells.Replace(name)
					}
					text += end
				}
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// TestPredictKeepsTexts: a column that the model does not take is printed as the texts that it has, alone and among
// others, from every kind of rows, as CSV and as JSON.
func TestPredictKeepsTexts(t *testing.T) {
	inFolder(t)
	trainNamed(t)
	lists := [][]kept{oddTexts}
	for _, k := range oddTexts {
		lists = append(lists, []kept{k, k})
	}
	for _, list := range lists {
		inputs := keepInputs(list...)
		if len(list) == 2 {
			inputs = inputs[:4] // the separators and ends of lines have been among others
		}
		for _, in := range inputs {
			args := []string{"predict", "named.safetensors", "--keep", "id"}
			if strings.HasPrefix(in, "a|") || strings.HasPrefix(in, "id|") {
				args = append(args, "--missing", "-999,x")
			}
			checkKeptJSON(t, in, good(t, in, append(args, "--json")...), list)
			checkKeptCSV(t, in, good(t, in, args...), list)
		}
	}
}

// checkKeptJSON compares what predict printed as JSON lines.
func checkKeptJSON(t *testing.T, in, got string, list []kept) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	if len(lines) != len(list) {
		t.Fatalf("%q: %d lines, want %d", in, len(lines), len(list))
	}
	for i, k := range list {
		var row map[string]any
		must(t, json.Unmarshal([]byte(lines[i]), &row))
		if id, has := row["id"]; !has || id != k.want {
			t.Errorf("%q: row %d: %s, want %q", in, i, lines[i], k.want)
		}
	}
}

// checkKeptCSV compares what predict printed as CSV.
func checkKeptCSV(t *testing.T, in, got string, list []kept) {
	t.Helper()
	rest, is := strings.CutPrefix(got, "id,y\n")
	for _, k := range list {
		text, _ := k.want.(string)
		if is && strings.HasPrefix(rest, `"`) {
			text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		}
		if rest, is = strings.CutPrefix(rest, text+","); !is {
			t.Fatalf("%q: got %q, want %q next in %q", in, got, text, rest)
		}
		_, rest, _ = strings.Cut(rest, "\n")
	}
	if rest != "" {
		t.Errorf("%q: more follows: %q", in, rest)
	}
}

// TestPredictKeepsInputs: a column of the model is printed as the value that the model took; null stays null, and
// an empty string of JSON a string.
func TestPredictKeepsInputs(t *testing.T) {
	inFolder(t)
	trainNamed(t)
	in := "{\"a\":null,\"b\":\"NA\",\"note\":\"\"}\n{\"a\":1.50,\"b\":2}\n"
	want := []string{`{"a":null,"b":null,"note":"",`, `{"a":1.5,"b":2,"note":null,`}
	got := strings.Split(good(t, in, "predict", "named.safetensors", "--json", "--keep", "a,b,note"), "\n")
	for i, w := range want {
		if !strings.HasPrefix(got[i], w) {
			t.Errorf("row %d: %s, want %s first", i, got[i], w)
		}
	}
	rows := csvRows(t, good(t, in, "predict", "named.safetensors", "--keep", "a,b,note"))
	if fmt.Sprint(rows[1][:3], rows[2][:3]) != "[  ] [1.5 2 ]" {
		t.Errorf("%q", rows)
	}
}

// TestPredictKeepsNumbers: numbers of a column that is only kept say nothing of the decimal sign of the others.
func TestPredictKeepsNumbers(t *testing.T) {
	inFolder(t)
	trainNamed(t)
	in := "a;b;id\n1,5;2;1.234\n3;2,25;2.50\n"
	want := good(t, "a,b\n1.5,2\n3,2.25\n", "predict", "named.safetensors")
	rows, list := csvRows(t, good(t, in, "predict", "named.safetensors", "--keep", "id")), csvRows(t, want)
	for i, id := range []string{"id", "1.234", "2.50"} {
		if rows[i][0] != id || rows[i][1] != list[i][0] {
			t.Errorf("row %d: %q, want %q and %q", i, rows[i], id, list[i])
		}
	}
}

// TestPredictSpacedHeader: spaces before the names of a header do not hide them, in quotes or not.
func TestPredictSpacedHeader(t *testing.T) {
	inFolder(t)
	trainNamed(t)
	in := "a, \"b\",  \"id\"\n1, \"2\", 007\n3, NA,  \"NA\"\n"
	rows := csvRows(t, good(t, in, "predict", "named.safetensors", "--keep", "id"))
	if len(rows) != 3 || rows[1][0] != "007" || rows[2][0] != "NA" {
		t.Errorf("%q", rows)
	}
}
