package data

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
)

func TestReadTable(t *testing.T) {
	point := "separator ',', decimal point, header"
	for _, c := range []struct {
		name, text string
		opts       TableOptions
		format     string
		want       string
	}{
		{"numbers", "a,b\n1,2.5\n3,-4e2\n", TableOptions{}, point, "a number, b number | 1 2.5 | 3 -400"},
		{"byte order mark, CRLF, quotes, spaces, empty lines",
			"\ufeff\"a\", b\r\n\r\n 1,\" x, y \"\r\n2,\"say \"\"a\"\"\"\r\n\r\n3,\"two\r\nlines\"", TableOptions{},
			point, "a number, b text | 1 x, y | 2 say \"a\" | 3 two\nlines"},
		{"missing", "a,b\n,x\nNA,N/A\n?,null\n1,x\n-,None\n", TableOptions{}, point,
			"a number, b category | missing x | missing missing | missing missing | 1 x | missing missing"},
		{"a lone dash among texts", "a\n-\n-\n+\n+\n", TableOptions{}, point, "a category | - | - | + | +"},
		{"own missing cells", "a,b\n-999,NA\n,NA\n1,none\n2,none\n", TableOptions{Missing: []string{"-999", " none "}},
			point, "a number, b category | missing NA | missing NA | 1 missing | 2 missing"},
		{"no missing cells", "a\nNA\n-\n1\n", TableOptions{Missing: []string{}}, point, "a text | NA | - | 1"},
		{"all missing", "a,b\n1,\n2,NA\n", TableOptions{}, point, "a number, b number | 1 missing | 2 missing"},
		{"semicolons", "a;b\n1;2,5\n3;0,125\n", TableOptions{}, "separator ';', decimal comma, header",
			"a number, b number | 1 2.5 | 3 0.125"},
		{"semicolons and points", "a;b\n1;2.5\n3;x,y\n", TableOptions{}, "separator ';', decimal point, header",
			"a number, b text | 1 2.5 | 3 x,y"},
		{"thousands and fractions", "a;b\n1,234;2,5\n", TableOptions{}, "separator ';', decimal comma, header",
			"a number, b number | 1.234 2.5"},
		{"no header, decimal commas", "1,5;2,5\n3,5;4,5\n", TableOptions{}, "separator ';', decimal comma, no header",
			"column1 number, column2 number | 1.5 2.5 | 3.5 4.5"},
		{"tabs", "a\tb\n\t2,5\n1 2\t3,5\n", TableOptions{}, "separator '\\t', decimal comma, header",
			"a text, b number | missing 2.5 | 1 2 3.5"},
		{"bars", "a|b\n1|2\n", TableOptions{}, "separator '|', decimal point, header", "a number, b number | 1 2"},
		{"spaces", "1 2.5\n3 4\n", TableOptions{}, "separator ' ', decimal point, no header",
			"column1 number, column2 number | 1 2.5 | 3 4"},
		{"words", "one two\nthree four\n", TableOptions{}, point, "one two text | three four"},
		{"quoted separators", "a,b\n\"1;2;3\",x\n\"4;5;6\",y\n", TableOptions{}, point,
			"a text, b text | 1;2;3 x | 4;5;6 y"},
		{"given separator", "a;b,c\n1;2,3\n", TableOptions{Comma: ','}, point, "a;b text, c number | 1;2 3"},
		{"given comma", "a,b\n\"1,5\",2\n", TableOptions{Comma: ',', Decimal: ','},
			"separator ',', decimal comma, header", "a number, b number | 1.5 2"},
		{"decimal comma, so another separator", "1,5|2,5\n3,5|4,5\n", TableOptions{Decimal: ','},
			"separator '|', decimal comma, no header", "column1 number, column2 number | 1.5 2.5 | 3.5 4.5"},
		{"given point", "a;b\n1,234;1.5\n", TableOptions{Decimal: '.'}, "separator ';', decimal point, header",
			"a text, b number | 1,234 1.5"},
		{"comments", "# made by hand\na,b\n# 1,2\n3,4\n", TableOptions{Comment: '#'}, point,
			"a number, b number | 3 4"},
		{"comments with semicolons", ";;\na,b\n3,4\n", TableOptions{Comment: ';'}, point, "a number, b number | 3 4"},
		{"no header", "a,1\nb,2\n", TableOptions{}, "separator ',', decimal point, no header",
			"column1 text, column2 number | a 1 | b 2"},
		{"a header of numbers", "x,1990\na,1\n", TableOptions{Header: HeaderYes}, point, "x text, 1990 number | a 1"},
		{"no header of texts", "x,y\nx,z\n", TableOptions{Header: HeaderNo}, "separator ',', decimal point, no header",
			"column1 category, column2 text | x y | x z"},
		{"twice the same is no header", "x,x\nx,y\n", TableOptions{}, "separator ',', decimal point, no header",
			"column1 category, column2 text | x x | x y"},
		{"missing is no header", "x,?\nx,y\n", TableOptions{}, "separator ',', decimal point, no header",
			"column1 category, column2 text | x missing | x y"},
		{"a lone dash is no header", "x,-\nx,1\n", TableOptions{}, "separator ',', decimal point, no header",
			"column1 category, column2 number | x missing | x 1"},
		{"a header with years", "country,2019,2020\nDE,1,2\nFR,1900,4\n", TableOptions{}, point,
			"country text, 2019 number, 2020 number | DE 1 2 | FR 1900 4"},
		{"an index and years", ",2019,2020\n0,1,2\n", TableOptions{}, point,
			"column1 number, 2019 number, 2020 number | 0 1 2"},
		{"years are data", "Einstein,1879,1955\nBohr,1885,1962\n", TableOptions{},
			"separator ',', decimal point, no header",
			"column1 text, column2 number, column3 number | Einstein 1879 1955 | Bohr 1885 1962"},
		{"years alone are data", "1879,1955\n5,6\n", TableOptions{}, "separator ',', decimal point, no header",
			"column1 number, column2 number | 1879 1955 | 5 6"},
		{"one row of years", "a,1879,1955\n", TableOptions{}, "separator ',', decimal point, no header",
			"column1 text, column2 number, column3 number | a 1879 1955"},
		{"a header over numbers", "label,0,1\n7,0.5,NA\n", TableOptions{}, point,
			"label number, 0 number, 1 number | 7 0.5 missing"},
		{"the counts of scikit-learn", "150,4,setosa\n5.1,3.5,0\n4.9,3,1\n", TableOptions{}, point,
			"150 number, 4 number, setosa number | 5.1 3.5 0 | 4.9 3 1"},
		{"a header over missing cells", "a,?\n1,2\n", TableOptions{}, point, "a number, ? number | 1 2"},
		{"an unknown mark of a missing cell", "5.1,n.a.\n4.9,3\n", TableOptions{},
			"separator ',', decimal point, no header", "column1 number, column2 text | 5.1 n.a. | 4.9 3"},
		{"a sign of missing cells over numbers", "5,-\n4,3\n", TableOptions{},
			"separator ',', decimal point, no header", "column1 number, column2 number | 5 missing | 4 3"},
		{"the separator of Excel", "\ufeffsep=;\r\na;b\r\n1,5;x,y\r\n", TableOptions{},
			"separator ';', decimal comma, header", "a number, b text | 1.5 x,y"},
		{"the separator of Excel, given", "sep=,\na,b\n1,2\n", TableOptions{Comma: ','}, point,
			"a number, b number | 1 2"},
		{"no separator of Excel", "sep=\n1\n", TableOptions{}, point, "sep= number | 1"},
		{"groups and a comma", "a;b\n1.234,56;2\n-1.234.567,5;3\n0,25;1\n", TableOptions{},
			"separator ';', decimal comma, header", "a number, b number | 1234.56 2 | -1234567.5 3 | 0.25 1"},
		{"groups and two digits", "a;b\n1.234,56;2\n2.000,00;3\n", TableOptions{},
			"separator ';', decimal comma, header", "a number, b number | 1234.56 2 | 2000 3"},
		{"groups and a point", "a;b\n1,234.56;2\n12.5;3\n", TableOptions{}, "separator ';', decimal point, header",
			"a number, b number | 1234.56 2 | 12.5 3"},
		{"quoted groups", "a,b\n\"1,234.50\",2\n999.00,3\n", TableOptions{}, point,
			"a number, b number | 1234.5 2 | 999 3"},
		{"empty names", ",b,\n1,2,\n", TableOptions{}, point,
			"column1 number, b number, column3 number | 1 2 missing"},
		{"names", "1,2\n3,4\n", TableOptions{Names: []string{"x", "y"}}, "separator ',', decimal point, no header",
			"x number, y number | 1 2 | 3 4"},
		{"names for those of a file", "a,a\n3,4\n", TableOptions{Header: HeaderYes, Names: []string{"x", "y"}}, point,
			"x number, y number | 3 4"},
		{"names for a header of another width", "150,4,setosa\n3,4\n",
			TableOptions{Header: HeaderYes, Names: []string{"x", "y"}}, point, "x number, y number | 3 4"},
		{"kinds", "a,b,c\n007,1,x\n008,2,y\n", TableOptions{Kinds: map[string]Kind{"a": KindText, "b": KindCategory,
			"c": KindCategory}}, point, "a text, b category, c category | 007 1 x | 008 2 y"},
		{"kinds and a decimal comma", "a;b\n1,5;1.5\n2;2.5\n", TableOptions{Kinds: map[string]Kind{"b": KindText}},
			"separator ';', decimal comma, header", "a number, b text | 1.5 1.5 | 2 2.5"},
		{"long integers", "a,b\n1234567890123456,0.1234567890123456\n-000000000000000012,2\n", TableOptions{},
			point, "a text, b number | 1234567890123456 0.1234567890123456 | -000000000000000012 2"},
		{"leading zeros", "zip,n,f\n01067,0,01.5\n80331,10,0.5\n01067,0,1\n80331,3,2\n", TableOptions{}, point,
			"zip category, n number, f number | 01067 0 1.5 | 80331 10 0.5 | 01067 0 1 | 80331 3 2"},
		{"leading zeros by request", "zip\n01067\n", TableOptions{Kinds: map[string]Kind{"zip": KindNumber}},
			point, "zip number | 1067"},
		{"long integers by request", "a\n1234567890123456\n", TableOptions{Kinds: map[string]Kind{"a": KindNumber}},
			point, "a number | 1234567890123456"},
		{"no numbers", "a,b,c,d\n0x10,1e999,inf,1_0\n", TableOptions{}, point,
			"a text, b text, c text, d text | 0x10 1e999 inf 1_0"},
		{"dates", "a,b\n2024-05-01,1.5.2024\n2024-05-01,1.5.2024\n", TableOptions{}, point,
			"a text, b text | 2024-05-01 1.5.2024 | 2024-05-01 1.5.2024"},
	} {
		got, err := ReadTable(strings.NewReader(c.text), c.opts)
		if err != nil || shown(got) != c.want || got.Format().String() != c.format {
			t.Errorf("%s: %s, %v, %v\nwant %s, %s", c.name, shown(got), got.Format(), err, c.want, c.format)
			continue
		}
		if _, err := NewTable(got.Columns()...); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestReadTableDamaged(t *testing.T) {
	number := map[string]Kind{"b": KindNumber}
	for _, c := range []struct {
		name, text string
		opts       TableOptions
		want       string
	}{
		{"empty", "", TableOptions{}, "data: line 1: there are no rows, want at least 1"},
		{"header only", "a,b\n", TableOptions{}, "data: line 1: there are no rows, want at least 1"},
		{"short row", "a,b\n1,2\n\n3\n", TableOptions{},
			"data: line 4, column 1: the row has 1 columns, want 2 as in the first"},
		{"long row", "a,b\n1,2,3,4\n", TableOptions{},
			"data: line 2, column 3: the row has 4 columns, want 2 as in the first"},
		{"names", "1,2,3\n", TableOptions{Names: []string{"a", "b"}},
			"data: line 1, column 3: the row has 3 columns, want 2 as in TableOptions.Names"},
		{"two names", "a,b,a\n1,2,3\n", TableOptions{Header: HeaderYes}, "data: line 1, column 3: the name \"a\" is " +
			"that of column 1 too; TableOptions.Names gives the columns other names"},
		{"two names over numbers", "a,b,a\n1,2,3\n", TableOptions{}, "data: line 1, column 3: the name \"a\" is " +
			"that of column 1 too; TableOptions.Names gives the columns other names"},
		{"point and comma in one column", "a;b\n1;2\n3.5;2\n1,5;2\n", TableOptions{}, "data: line 4, column 1: " +
			"\"1,5\" has a decimal comma, and \"3.5\" in line 3, column 1 a decimal point; set TableOptions.Decimal"},
		{"groups of both kinds", "a;b\n1.234,5;2\n1,234.5;2\n", TableOptions{}, "data: line 2, column 1: " +
			"\"1.234,5\" has a decimal comma, and \"1,234.5\" in line 3, column 1 a decimal point; set " +
			"TableOptions.Decimal"},
		{"CR alone", "a,b\r1,2\r3,4\r", TableOptions{}, "data: line 1: the lines end in CR alone, want LF or CR LF; " +
			"convert the file, such as by tr '\\r' '\\n'"},
		{"a line behind the separator", "sep=;\na;b\n1;2;3\n", TableOptions{},
			"data: line 3, column 3: the row has 3 columns, want 2 as in the first"},
		{"two names, one made", "column2,\nx,y\n", TableOptions{}, "data: line 1, column 2: the name \"column2\" is " +
			"that of column 1 too; TableOptions.Names gives the columns other names"},
		{"no number", "a,b\n1,2\n\"x\ny\",2.x\n", TableOptions{Kinds: number},
			"data: line 3, column 2: \"2.x\" is no number, " +
				"want finite numbers with a decimal point, since TableOptions.Kinds has \"b\""},
		{"no number with a comma", "b;c\n1,5;2\n1.5;2\n", TableOptions{Kinds: number, Decimal: ','}, "data: line 3, " +
			"column 1: \"1.5\" is no number, want finite numbers with a decimal comma, since " +
			"TableOptions.Kinds has \"b\""},
		{"no finite number", "b\n1e999\n", TableOptions{Kinds: number}, "data: line 2, column 1: \"1e999\" is no " +
			"number, want finite numbers with a decimal point, since TableOptions.Kinds has \"b\""},
		{"kinds", "a,c\n1,2\n", TableOptions{Kinds: number}, "data: line 1, column 1: there is no column \"b\", to " +
			"which TableOptions.Kinds gives a kind; the columns are \"a\", \"c\""},
		{"point and comma", "a;b\n1;2\n1,5;2\n2,5;2.5\n", TableOptions{}, "data: line 3, column 1: \"1,5\" has a " +
			"decimal comma, and \"2.5\" in line 4, column 2 a decimal point; set TableOptions.Decimal"},
		{"thousands", "a;b\n1,234;2\n12,345;2\n", TableOptions{},
			"data: line 2, column 1: the comma of \"1,234\" may begin a fraction " +
				"or a group of digits; set TableOptions.Decimal to ',' or '.'"},
		{"Latin-1", "a,b\n1,2\n3,K\xf6ln\n", TableOptions{}, "data: line 3, column 2: \"K\\xf6ln\" is not UTF-8; " +
			"convert the file, such as by iconv -f latin1 -t utf-8"},
		{"UTF-16", "\xff\xfea\x00,\x00", TableOptions{}, "data: byte 0: the text is UTF-16, want UTF-8; " +
			"convert the file, such as by iconv -f utf-16 -t utf-8"},
		{"NUL", "a,b\n1,\x00\n", TableOptions{}, "data: line 2, column 2: \"\\x00\" has a NUL byte, want text"},
		{"NUL behind UTF-8", "a,b\n1,ä\x00\n", TableOptions{},
			"data: line 2, column 2: \"ä\\x00\" has a NUL byte, want text"},
		{"quote", "a,b\n1,a\"b\n", TableOptions{}, `data: line 2, byte 4: bare " in non-quoted-field`},
		{"open quote", "a,b\n1,\"b\n", TableOptions{},
			`data: line 2, byte 6: extraneous or missing " in quoted-field`},
		{"separator", "a,b\n", TableOptions{Comma: '\n'},
			"data: byte 0: reading the rows: csv: invalid field or comment delimiter"},
		{"options: separator and comment", "a", TableOptions{Comma: '#', Comment: '#'},
			"data: TableOptions.Comma and Comment are both '#'"},
		{"options: decimal", "a", TableOptions{Decimal: ';'}, "data: TableOptions.Decimal is ';', want '.', ',' or 0"},
		{"options: header", "a", TableOptions{Header: 3},
			"data: TableOptions.Header is 3, want HeaderAuto, HeaderYes or HeaderNo"},
		{"options: kind", "a", TableOptions{Kinds: map[string]Kind{"a": 4}},
			"data: TableOptions.Kinds[\"a\"] is Kind(4), want KindNumber, KindCategory or KindText"},
		{"options: names", "a", TableOptions{Names: []string{"a", "b", "a"}},
			"data: TableOptions.Names[2] is \"a\", want names, each once"},
		{"options: empty name", "a", TableOptions{Names: []string{""}},
			"data: TableOptions.Names[0] is \"\", want names, each once"},
		{"options: limit", "a", TableOptions{Limit: -1}, "data: the limit is -1 bytes, want at least 0"},
	} {
		got, err := ReadTable(strings.NewReader(c.text), c.opts)
		refused(t, c.name, got, err, c.want)
	}

	broken := errors.New("the cable is out")
	got, err := ReadTable(io.MultiReader(strings.NewReader("a,b\n"), iotest.ErrReader(broken)), TableOptions{})
	refused(t, "broken", got, err, "data: byte 4: reading the rows: the cable is out")
	if !errors.Is(err, broken) {
		t.Errorf("the error hides its cause: %v", err)
	}
	gz := zipped(t, []byte("a,b\n1,2\n"))
	got, err = ReadTable(strings.NewReader(string(gz[:len(gz)-4])), TableOptions{})
	refused(t, "a cut gzip file", got, err, "data: byte 8 of the unzipped data: reading the rows: unexpected EOF")
	long := strings.Repeat("1,2\n", 50000)
	got, err = ReadTable(io.MultiReader(strings.NewReader(long), iotest.ErrReader(broken)), TableOptions{})
	refused(t, "broken later", got, err, "data: byte 200000: reading the rows: the cable is out")
}

func TestReadTableFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv.gz")
	if err := os.WriteFile(path, zipped(t, []byte("a,b\n1,x\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadTableFile(path, TableOptions{})
	if want := "a number, b text | 1 x"; err != nil || shown(got) != want {
		t.Errorf("%s, %v, want %s", shown(got), err, want)
	}
	got, err = ReadTableFile(path, TableOptions{Names: []string{"a"}})
	refused(t, "file", got, err,
		"data: "+path+": line 2, column 2 of the unzipped data: the row has 2 columns, want 1 as in "+
			"TableOptions.Names")
	got, err = ReadTableFile(path+"x", TableOptions{})
	if got != nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v, %v", shown(got), err)
	}
}

// TestLineEnds: CR alone ends no line, but a CR in the text of a cell is none of our business where there is
// an LF, even before all lines.
func TestLineEnds(t *testing.T) {
	for text, bad := range map[string]bool{"": false, "a,b": false, "a\rb": true, "a\r": false, "\ra": true,
		"a\rb\n": false, "\na\rb": false, "a\r\nb": false, "a\nb": false} {
		if wrong := badLineEnds([]byte(text)); (wrong != "") != bad {
			t.Errorf("%q: %q", text, wrong)
		}
	}
}

// TestReadTableKeys: one integer of more than 15 digits, or with 0 before others, makes its column one of keys and
// not of numbers, whatever its sign and place, unless the kind is given.
func TestReadTableKeys(t *testing.T) {
	for cell, want := range map[string]Kind{
		"1234567890123456": KindText, "-1234567890123456": KindText, "+1234567890123456": KindText,
		"99999999999999999999": KindText, "01": KindText, "-01": KindText, "00": KindText,
		"0001234567890123456": KindText,
		"123456789012345":     KindNumber, "-123456789012345": KindNumber, "0": KindNumber, "-0": KindNumber,
		"0.1234567890123456": KindNumber, "1234567890123456.5": KindNumber, "01.5": KindNumber,
		"12345678901234567e-5": KindNumber, "1e15": KindNumber,
	} {
		for _, rows := range [][]string{{cell}, {cell, "1", "2"}, {"1", "2", cell}, {"1.5", "NA", cell, "2"}} {
			text := "a\n" + strings.Join(rows, "\n") + "\n"
			got, err := ReadTable(strings.NewReader(text), TableOptions{})
			if err != nil || got.Columns()[0].Kind != want {
				t.Errorf("%q: %s, %v, want %v", text, shown(got), err, want)
			}
			got, err = ReadTable(strings.NewReader(text), TableOptions{Kinds: map[string]Kind{"a": KindNumber}})
			if err != nil || got.Columns()[0].Kind != KindNumber {
				t.Errorf("%q, numbers by request: %s, %v", text, shown(got), err)
			}
		}
	}
}

// TestReadTableSeparatorLine: a first line such as sep=; gives the separator where the options give none or the same.
// Where they give another one it is a row.
func TestReadTableSeparatorLine(t *testing.T) {
	const point = ", decimal point, header"
	for _, c := range []struct {
		text         string
		comma        rune
		format, want string
	}{
		{"sep=;\na;b\n1;2\n", 0, "separator ';'" + point, "a number, b number | 1 2"},
		{"sep=;\na;b\n1;2\n", ';', "separator ';'" + point, "a number, b number | 1 2"},
		{"sep=;\n1\n", ',', "separator ','" + point, "sep=; number | 1"},
		{"sep=;\tb\n1\t2\n", '\t', "separator '\\t'" + point, "sep=; number, b number | 1 2"},
		{"sep=|\na|b\n1|2\n", 0, "separator '|'" + point, "a number, b number | 1 2"},
		{"sep=|\n1\n", ';', "separator ';'" + point, "sep=| number | 1"},
		{"sep=ä\naäb\n1ä2\n", 0, "separator 'ä'" + point, "a number, b number | 1 2"},
		{"a\nsep=;\n", 0, "separator ','" + point, "a text | sep=;"},
	} {
		got, err := ReadTable(strings.NewReader(c.text), TableOptions{Comma: c.comma})
		if err != nil || shown(got) != c.want || got.Format().String() != c.format {
			t.Errorf("%q with %q: %s, %v, %v, want %s, %s", c.text, c.comma, shown(got), got.Format(), err, c.want,
				c.format)
		}
	}
}

// TestReadTableYears: two different years from 1800 to 2199 in the first row, over others, make it a header.
func TestReadTableYears(t *testing.T) {
	for row, header := range map[string]bool{
		"a,1800,1801": true, "a,2198,2199": true, "a,1800,2199": true, "a,1950,2100": true, "a,1799,1800": false,
		"a,2199,2200": false, "a,01900,2000": false, "a,+1900,2000": false, "a,2000,2000": false, "a,2000,b": false,
	} {
		text := row + "\nb,1.5,7x\nb,2.5,8x\n"
		got, err := ReadTable(strings.NewReader(text), TableOptions{})
		if err != nil || got.Format().Header != header {
			t.Errorf("%q: %v, %v, want header %v", row, got.Format(), err, header)
		}
		if below, err := ReadTable(strings.NewReader("z,1990,2000\nz,x,x\n"+row+"\n"), TableOptions{}); err != nil {
			t.Errorf("%q in a later row: %v", row, err)
		} else if years := header || row == "a,2000,2000"; below.Format().Header == years {
			t.Errorf("%q in a later row: %v, want header %v", row, below.Format(), !years)
		}
	}
}

// TestReadTableSampleRows: the first row is judged by the 100 rows below it, and by no other. A text over a
// column of numbers is a name.
func TestReadTableSampleRows(t *testing.T) {
	for text, header := range map[int]bool{1: false, 100: false, 101: true, 102: true} {
		var b strings.Builder
		b.WriteString("x,5\n")
		for row := 1; row <= 102; row++ {
			b.WriteString(map[bool]string{false: "1,5\n", true: "t,5\n"}[row == text])
		}
		got, err := ReadTable(strings.NewReader(b.String()), TableOptions{})
		if err != nil || got.Format().Header != header {
			t.Errorf("a text in row %d below: %v, %v, want header %v", text, got.Format(), err, header)
		}
	}
}

// TestReadTableSample infers from the first bytes only, whatever they cut.
func TestReadTableSample(t *testing.T) {
	rows := "a;b\n" + strings.Repeat("1;2,5\n", sampleBytes/6+100)
	got, err := ReadTable(strings.NewReader(rows), TableOptions{})
	if err != nil || got.Format() != (TableFormat{';', ',', true}) || got.Rows() != sampleBytes/6+100 {
		t.Errorf("%v, %v", got.Format(), err)
	}
	wide := strings.TrimSuffix(strings.Repeat("1,5;", 30000), ";") // longer than the sample
	got, err = ReadTable(strings.NewReader(wide+"\n"+wide+"\n"), TableOptions{})
	if err != nil || got.Format() != (TableFormat{';', ',', false}) || len(got.Columns()) != 30000 {
		t.Errorf("%v, %v", got.Format(), err)
	}
	got, err = ReadTable(iotest.OneByteReader(strings.NewReader("\ufeffa;b\n1;2\n")), TableOptions{})
	if want := "a number, b number | 1 2"; err != nil || shown(got) != want {
		t.Errorf("byte by byte: %s, %v", shown(got), err)
	}
}

// TestKindOfTexts goes to the limits of the rule.
func TestKindOfTexts(t *testing.T) {
	repeat := func(rows, levels int) []string {
		list := make([]string, rows)
		for i := range list {
			list[i] = fmt.Sprint("x", i%levels)
		}
		return list
	}
	for _, c := range []struct {
		rows, levels int
		want         Kind
	}{
		{1, 1, KindText}, {2, 1, KindCategory}, {2, 2, KindText}, {4, 2, KindCategory}, {5, 3, KindText},
		{40, 20, KindCategory}, {42, 21, KindText}, {399, 20, KindCategory}, {400, 21, KindText},
		{420, 21, KindCategory}, {419, 21, KindText}, {20000, 1000, KindCategory}, {20020, 1001, KindText},
	} {
		if got := kindOfTexts(repeat(c.rows, c.levels)); got != c.want {
			t.Errorf("%d texts in %d rows: %v, want %v", c.levels, c.rows, got, c.want)
		}
	}
	if got := kindOfTexts([]string{"", "a", "", "a", ""}); got != KindCategory {
		t.Errorf("two of five: %v", got)
	}
	if got := kindOfTexts(nil); got != KindText {
		t.Errorf("nothing: %v", got)
	}
}

func TestIsDate(t *testing.T) {
	for _, s := range []string{"2024-05-01", "2024/5/1", "2024.05.01", "1.5.2024", "31/12/2024", "5-1-2024",
		"2024-05-01T12:00:00Z", "2024-05-01 12:00", "1.5.2024 12:00"} {
		if !isDate(s) {
			t.Errorf("%q is a date", s)
		}
	}
	for _, s := range []string{"", "2024", "2024-05", "2024-05-", "2024-05-01x", "2024-05/01", "202-05-01", "1.5.24",
		"2024-005-01", "2024-05-001", "x2024-05-01", "2024--01", "1.2.3.4", "20240501", "2024:05:01", "-05-2024",
		"123.5.2024", "1.123.2024"} {
		if isDate(s) {
			t.Errorf("%q is no date", s)
		}
	}
}

// TestNumberShape compares with the numbers that strconv takes.
func TestNumberShape(t *testing.T) {
	for cell, want := range map[string]shape{
		"0": integer, "-1": integer, "+12": integer, "1e5": integer, "1E-5": integer, "01": zeroInteger,
		"000000000000000000001": zeroInteger,
		"-00":                   zeroInteger, "01e2": integer, "01.5": withPoint,
		"123456789012345": integer, "1234567890123456": longInteger, "1e999": integer,
		"1.5": withPoint, ".5": withPoint, "5.": withPoint, "-1.5e+3": withPoint,
		"1,5": withComma, ",5": withComma, "5,": withComma, "0,123": withComma, "1234,567": withComma,
		"1,23": withComma, "1.234,5": commaGroups, "-1.234.567,5": commaGroups, "1,234.5": pointGroups,
		"+12,345,678.25": pointGroups, "1234,567.5": noNumber, "0,123.5": noNumber, "1,234.5e3": noNumber,
		"1.234,": noNumber, "1,23,456.5": noNumber, "1,234,567.": noNumber,
		"1,234e5": withComma, "1,234": withThousands, "-12,345": withThousands,
		"": noNumber, "-": noNumber, ".": noNumber, ",": noNumber, "e5": noNumber, "1e": noNumber, "1e+": noNumber,
		"1.5.5": noNumber, "1,5.5": noNumber, "--1": noNumber, "+-1": noNumber, "1 2": noNumber, "0x10": noNumber,
		"inf": noNumber, "1_0": noNumber, "1e5.5": noNumber, "١": noNumber, "1,234,567": noNumber, "-e1": noNumber,
	} {
		got := numberShape(cell)
		if got != want {
			t.Errorf("%q: %d, want %d", cell, got, want)
		}
		_, err := number[float64](strings.Replace(cell, ",", ".", 1))
		if mixed := strings.ContainsRune(cell, ',') && strings.ContainsRune(cell, '.'); !mixed &&
			(err == nil) != (got != noNumber) && cell != "1e999" {
			t.Errorf("%q: %d, but strconv says %v", cell, got, err)
		}
	}
}

// TestReadTableHostile reads what would fill the memory or go on for ever.
func TestReadTableHostile(t *testing.T) {
	const most = 256 << 20 // allocated in all, of which the garbage collector gets most back
	cells := strings.Repeat("1,", 1<<20)
	for _, c := range []struct {
		name string
		text io.Reader
		want string
	}{
		{"a million columns", strings.NewReader(cells + "\n"),
			"data: byte 131072: reading the rows: a line has more than 98304 cells, want at most 65536"},
		{"65,537 columns", strings.NewReader(strings.Repeat("1,", 1<<16) + "\n"),
			"data: line 1, column 65537: the row has 65537 columns, want at most 65536"},
		{"a million columns behind a quote", strings.NewReader("\",,\",\"\"\n" + cells + "\n"),
			"data: byte 131080: reading the rows: a line has more than 98300 cells, want at most 65536"},
		{"3 columns in row 2", strings.NewReader("a,b\n1,2,3\n"),
			"data: line 2, column 3: the row has 3 columns, want 2 as in the first"},
		{"a million columns in row 2", strings.NewReader("a,b\n" + cells + "\n"),
			"data: byte 131076: reading the rows: a line has more than 98302 cells, want at most 65536"},
		{"a long row", strings.NewReader("a,b\n1," + strings.Repeat("x", 9<<20) + "\n"),
			"data: byte 4: reading the rows: a row goes on for more than 8388608 bytes"},
		{"no end of the first line", strings.NewReader(strings.Repeat("x", 9<<20)),
			"data: byte 0: reading the rows: a row goes on for more than 8388608 bytes"},
		{"an open quote", strings.NewReader("a,b\n1,\"" + strings.Repeat("x,y\n", 3<<20)),
			"data: byte 4: reading the rows: a row goes on for more than 8388608 bytes"},
		{"zeros", strings.NewReader("a,b\n1," + strings.Repeat("\x00", 1<<20) + "\n"),
			"data: line 2, column 2: \"" + strings.Repeat(`\x00`, 40) + "\"... has a NUL byte, want text"},
	} {
		if n := allocated(func() {
			got, err := ReadTable(c.text, TableOptions{})
			refused(t, c.name, got, err, c.want)
		}); n > most {
			t.Errorf("%s: %d bytes allocated", c.name, n)
		}
	}
	// A row of just the limit is fine.
	text := "a\n" + strings.Repeat("x", mostRow-2) + "\n1\n"
	if got, err := ReadTable(strings.NewReader(text), TableOptions{}); err != nil || got.Rows() != 2 {
		t.Errorf("a row of 8 MiB: %v", err)
	}
	path := bomb(t, "a,b\n", strings.Repeat("1.000000,2\n", 1<<16), 60)
	if n := allocated(func() {
		got, err := ReadTableFile(path, TableOptions{})
		if got != nil || err == nil || !strings.Contains(err.Error(), "inflates to more than 33554432 bytes") ||
			!strings.HasPrefix(err.Error(), "data: "+path+": byte ") {
			t.Errorf("bomb: %v", err)
		}
	}); n > 16*mostInflated { // slices double
		t.Errorf("bomb: %d bytes allocated", n)
	}
	if got, err := ReadTableFile(path, TableOptions{Limit: 1 << 30}); err != nil || got.Rows() != 60<<16 {
		t.Errorf("a higher limit: %v", err)
	}
}

// kindsOf returns the kinds of the columns, as ReadTable takes them.
func kindsOf(t *Table) map[string]Kind {
	kinds := map[string]Kind{}
	for _, c := range t.Columns() {
		kinds[c.Name] = c.Kind
	}
	return kinds
}

// rewritten writes a table and reads it.
func rewritten(t *Table) (*Table, string, error) {
	var text strings.Builder
	if err := t.WriteCSV(&text); err != nil {
		return nil, "", err
	}
	got, err := ReadTable(strings.NewReader(text.String()), TableOptions{Comma: ',', Decimal: '.', Header: HeaderYes,
		Missing: []string{"NA"}, Kinds: kindsOf(t)})
	return got, text.String(), err
}

func TestWriteCSV(t *testing.T) {
	nan := math.NaN()
	numbers := []float64{nan, 0, math.Copysign(0, -1), 1.0 / 3, 1e-300, math.MaxFloat64, -123456789.25}
	texts := []string{"", "a,b", "say \"a\"", "two\nlines", "ä; |", "#", "007"}
	table, err := NewTable(NumberColumn("n", numbers), CategoryColumn("the, category", texts),
		TextColumn("\"t\"", texts))
	if err != nil {
		t.Fatal(err)
	}
	got, text, err := rewritten(table)
	if err != nil || shown(got) != shown(table) {
		t.Errorf("%s, %v\nwant %s\ntext %s", shown(got), err, shown(table), text)
	}
	one, _ := NewTable(TextColumn("t", texts))
	got, text, err = rewritten(one)
	if err != nil || shown(got) != shown(one) || !strings.HasPrefix(text, "t\nNA\n") {
		t.Errorf("one column: %s, %v\ntext %s", shown(got), err, text)
	}
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := table.WriteCSVFile(path); err != nil {
		t.Error(err)
	}
	flats, err := ReadTableFile("testdata/flats.csv", TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := rewritten(flats); err != nil || shown(got) != shown(flats) {
		t.Errorf("the flats differ: %v", err)
	}

	for _, c := range []struct {
		column *Column
		want   string
	}{
		{NumberColumn("n", []float64{1, math.Inf(-1)}),
			`data: writing a table: row 1, column "n" is -Inf, want a finite number`},
		{TextColumn("t", []string{"a\x00"}),
			`data: writing a table: row 0, column "t": "a\x00" has a NUL byte, want text`},
		{CategoryColumn("c", []string{"\xff"}), `data: writing a table: column "c": "\xff" is not UTF-8; ` +
			"convert the file, such as by iconv -f latin1 -t utf-8"},
		{TextColumn("\x00", nil), `data: writing a table: the name of a column, "\x00" has a NUL byte, want text`},
	} {
		bad, err := NewTable(c.column)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := bad.WriteCSV(&text); err == nil || err.Error() != c.want || text.Len() > 0 {
			t.Errorf("wrote %q, %v, want %s", text.String(), err, c.want)
		}
		if err := bad.WriteCSVFile(path); err == nil {
			t.Error("a file of what cannot be written")
		}
	}
	if got, err := ReadTableFile(path, TableOptions{}); err != nil || got.Rows() != len(numbers) {
		t.Errorf("the file did not stay what it was: %v", err)
	}
	for _, n := range []int{0, 5000} {
		if err := flats.WriteCSV(&failing{left: n}); !errors.Is(err, errFull) ||
			!strings.HasPrefix(err.Error(), "data: writing a table: ") {
			t.Errorf("a full disk after %d bytes: %v", n, err)
		}
	}
}

// Whatever the input, ReadTable returns either an error and nothing, or a valid table, which WriteCSV
// writes and ReadTable reads again.
func FuzzReadTable(f *testing.F) {
	flats, err := os.ReadFile("testdata/flats.csv")
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{
		string(flats[:500]), "a;b\n1,5;x\n2,5;x\n", "\ufeffa\tb\r\n\"1\"\t\"x\ny\"\r\n", "1 2\n3 4\n", "a\n\"\"\n-\n",
		"a,b\n1,\"2\n", "#x\na|b\n1|NA\n", ",,\n,,\n", "a\r\r\n\r\r\n", "a;b\n1,234;2.5\n", "\x1f\x8b",
		"a,\ufeff\n\u00a0,\u2028\n",
	} {
		f.Add([]byte(text), uint8(0), uint8(0))
		f.Add([]byte(text), uint8('#'), uint8(1))
	}
	fuzztest.Run(f, func(t *testing.T, text []byte, comment, header uint8) {
		got, err := ReadTable(strings.NewReader(string(text)),
			TableOptions{Comment: rune(comment), Header: Header(header % 3)})
		if err != nil {
			if got != nil || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%q: %v, %q", text, shown(got), err)
			}
			return
		}
		if _, err := NewTable(got.Columns()...); err != nil || got.Rows() == 0 {
			t.Fatalf("%q gave %d rows: %v", text, got.Rows(), err)
		}
		for line := range strings.Lines(got.String()) {
			if len([]rune(line)) > lineWidth+1 {
				t.Fatalf("%q: a line of %d characters: %q", text, len([]rune(line)), line)
			}
		}
		for _, c := range got.Columns() { // NA is a level only where another cell is called missing
			for i := range c.Len() {
				if c.Text(i) == "NA" {
					return
				}
			}
		}
		second, csv, err := rewritten(got)
		if err != nil || shown(second) != shown(got) {
			t.Fatalf("%q: %s\nwritten as %q: %s, %v", text, shown(got), csv, shown(second), err)
		}
	})
}

// TestWriteCSVRoundTrip reads back what inference would take for something else.
func TestWriteCSVRoundTrip(t *testing.T) {
	table := tableOf(t, TextColumn("1", names("x", "01;2", "a,b")), TextColumn("2.5", names("z", "", "#")),
		NumberColumn("1,5", []float64{0.1, nan, 1e-310}))
	kinds := map[string]Kind{"1": KindText, "2.5": KindText, "1,5": KindNumber}
	var b strings.Builder
	if err := table.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	got, err := ReadTable(strings.NewReader(b.String()), TableOptions{Comma: ',', Decimal: '.', Header: HeaderYes,
		Missing: []string{"NA"}, Kinds: kinds})
	if err != nil || shown(got) != shown(table) {
		t.Errorf("%s, %v, want %s", shown(got), err, shown(table))
	}
}

// TestTableLongCells: cells of all lengths come back, and an error names the line of its row, also behind
// rows of many lines.
func TestTableLongCells(t *testing.T) {
	var text strings.Builder
	text.WriteString("a,b\n")
	var want []string
	for n := range 400 {
		cell := strings.Repeat("x\n", n*n%70) + strings.Repeat("y", n*n%20_000+1)
		want = append(want, cell)
		fmt.Fprintf(&text, "\"%s\",1\n", cell)
	}
	table, err := ReadTable(strings.NewReader(text.String()), TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := table.Column("a").Texts; !slices.Equal(got, want) {
		t.Error("the cells are not those of the file")
	}
	line := 1 + strings.Count(text.String(), "\n")
	text.WriteString("z,none\n")
	_, err = ReadTable(strings.NewReader(text.String()), TableOptions{Kinds: map[string]Kind{"b": KindNumber},
		Missing: []string{}})
	if place := fmt.Sprintf("line %d, column 2", line); err == nil || !strings.Contains(err.Error(), place) ||
		!strings.Contains(err.Error(), `"none"`) {
		t.Errorf("%v, want %s", err, place)
	}
}
