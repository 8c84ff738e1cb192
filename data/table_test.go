package data

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// refused checks that there is that error, and no table beside it.
func refused(t *testing.T, name string, got *Table, err error, want string) {
	t.Helper()
	if got != nil || err == nil || err.Error() != want {
		t.Errorf("%s: %v, %v\nwant %s", name, shown(got), err, want)
	}
}

func TestNewTable(t *testing.T) {
	nan := math.NaN()
	columns := []*Column{
		NumberColumn("n", []float64{1.5, nan, -0.25}),
		CategoryColumn("c", []string{"b", "", "a"}),
		TextColumn("t", []string{"", "x y", "z"}),
	}
	table, err := NewTable(columns...)
	want := "n number, c category, t text | 1.5 b missing | missing missing x y | -0.25 a z"
	if err != nil || shown(table) != want {
		t.Errorf("%s, %v, want %s", shown(table), err, want)
	}
	if got := fmt.Sprint(columns[1].Levels, columns[1].Codes); got != "[a b] [1 -1 0]" {
		t.Errorf("levels and codes %s", got)
	}
	for _, c := range columns {
		if c.MissingCount() != map[string]int{"n": 1, "c": 2 - 1, "t": 1}[c.Name] || table.Column(c.Name) != c {
			t.Errorf("column %s: %d missing", c.Name, c.MissingCount())
		}
	}
	columns[0] = nil // NewTable has its own list
	if table.Columns()[0] == nil || table.Column("no") != nil {
		t.Error("the table changed, or has a column that nobody gave it")
	}
}

func TestNewTableDamaged(t *testing.T) {
	one := []float64{1}
	for _, c := range []struct {
		want    string
		columns []*Column
	}{
		{"data: the table has no columns, want at least 1", nil},
		{"data: column 2 of the table is nil", []*Column{NumberColumn("a", one), nil}},
		{`data: column 1, "", has no name`, []*Column{NumberColumn("", one)}},
		{`data: column 1, "a", has kind Kind(0), want KindNumber, KindCategory or KindText`, []*Column{{Name: "a"}}},
		{`data: column 1, "a", has kind Kind(4), want KindNumber, KindCategory or KindText`,
			[]*Column{{Name: "a", Kind: 4}}},
		{`data: column 1, "a", has kind number and slices of another kind`,
			[]*Column{{Name: "a", Kind: KindNumber, Numbers: one, Texts: []string{"1"}}}},
		{`data: column 1, "a", has kind text and slices of another kind`,
			[]*Column{{Name: "a", Kind: KindText, Numbers: one}}},
		{`data: column 1, "a", has kind number and slices of another kind`,
			[]*Column{{Name: "a", Kind: KindNumber, Levels: []string{}}}},
		{`data: column "b" has 2 rows, want 1 as in "a"`,
			[]*Column{NumberColumn("a", one), TextColumn("b", []string{"x", "y"})}},
		{`data: columns 1 and 3 have the name "a"`,
			[]*Column{NumberColumn("a", one), NumberColumn("b", one), NumberColumn("a", one)}},
		{`data: column 1, "a", has code 1 in row 1, want an index of 1 levels, or Missing (-1)`,
			[]*Column{{Name: "a", Kind: KindCategory, Levels: []string{"x"}, Codes: []int{0, 1}}}},
		{`data: column 1, "a", has code -2 in row 0, want an index of 1 levels, or Missing (-1)`,
			[]*Column{{Name: "a", Kind: KindCategory, Levels: []string{"x"}, Codes: []int{-2, 1}}}},
		{`data: column 1, "a", has an empty level; the code of a missing cell is Missing`,
			[]*Column{{Name: "a", Kind: KindCategory, Levels: []string{"", "x"}, Codes: []int{0, 1}}}},
		{`data: column 1, "a", has the level "x" twice`,
			[]*Column{{Name: "a", Kind: KindCategory, Levels: []string{"x", "x"}, Codes: []int{0, 1}}}},
		{`data: column 1, "a", has the level "x" behind "y", want the order of sort.Strings`,
			[]*Column{{Name: "a", Kind: KindCategory, Levels: []string{"y", "x"}, Codes: []int{0, 1}}}},
		{`data: column 1, "a", has the level "y", which is in no row`,
			[]*Column{{Name: "a", Kind: KindCategory, Levels: []string{"x", "y"}, Codes: []int{0, Missing}}}},
	} {
		got, err := NewTable(c.columns...)
		refused(t, "columns", got, err, c.want)
	}
}

// TestNilTable calls the methods of a table that is not there.
func TestNilTable(t *testing.T) {
	var none *Table
	if none.Rows() != 0 || none.Columns() != nil || none.Column("a") != nil || none.Format() != (TableFormat{}) ||
		none.Select(nil) != nil || none.String() != "0 rows, 0 columns\n" {
		t.Error("a nil table has something")
	}
	got, err := none.Choose("a")
	refused(t, "Choose", got, err, `data: the table has no column "a", it has none`)
	got, err = none.Drop()
	refused(t, "Drop", got, err, "data: the table has no columns, want at least 1")
	got, _, err = none.SplitSorted("a", 0.5)
	refused(t, "SplitSorted", got, err, `data: the table has no column "a", it has none`)
	if err := none.WriteCSV(nil); err == nil {
		t.Error("WriteCSV wrote a nil table")
	}
	if folds, err := none.Folds(2, 1); folds != nil || err == nil {
		t.Error("a nil table has folds")
	}
}

func small(t *testing.T) *Table {
	t.Helper()
	table, err := NewTable(NumberColumn("n", []float64{1, 2, 3, 4}),
		CategoryColumn("c", []string{"b", "a", "", "d"}), TextColumn("t", []string{"p", "q", "r", ""}))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestTableSelect(t *testing.T) {
	table := small(t)
	before := shown(table)
	got := table.Select([]int{3, 0, 0})
	want := "n number, c category, t text | 4 d missing | 1 b p | 1 b p"
	if shown(got) != want {
		t.Errorf("%s, want %s", shown(got), want)
	}
	// Levels of other rows would tell what they hold.
	if c := got.Column("c"); fmt.Sprint(c.Levels, c.Codes) != "[b d] [1 0 0]" {
		t.Errorf("levels %v, codes %v", c.Levels, c.Codes)
	}
	if _, err := NewTable(got.Columns()...); err != nil {
		t.Error(err)
	}
	got.Column("n").Numbers[0], got.Column("c").Levels[0] = 9, "z"
	if shown(table) != before {
		t.Errorf("the table changed to %s", shown(table))
	}
	if got := table.Select(nil); got.Rows() != 0 || len(got.Columns()) != 3 {
		t.Errorf("no rows: %s", shown(got))
	}
	for _, rows := range [][]int{{0, 4}, {-1}} {
		func() {
			defer func() {
				if err, is := recover().(error); !is || !strings.HasPrefix(err.Error(), "data.Table.Select: rows[") {
					t.Errorf("rows %v: %v", rows, err)
				}
			}()
			table.Select(rows)
		}()
	}
}

// TestTableFormatStays: what is made of rows or columns of a table says how its file was read.
func TestTableFormatStays(t *testing.T) {
	table := readText(t, "a;b;c\n1,5;x;2024-01-01\n2,5;x;2024-01-02\n;y;2024-01-03\n4,5;y;2024-01-04\n")
	want := TableFormat{Comma: ';', Decimal: ',', Header: true}
	if table.Format() != want {
		t.Fatal(table.Format())
	}
	two := func(a, b *Table, err error) []*Table {
		if err != nil {
			t.Error(err)
		}
		return []*Table{a, b}
	}
	one := func(p *Table, err error) []*Table { return two(p, table, err) }
	for name, list := range map[string][]*Table{
		"Select":          {table.Select([]int{2, 0}), table.Select(nil), table.Select([]int{1, 1}).Select([]int{0})},
		"Choose":          one(table.Choose("b", "a")),
		"Drop":            one(table.Drop("a")),
		"DropMissing":     one(table.DropMissing("a")),
		"Split":           two(table.Split(0.5, 1)),
		"SplitStratified": two(table.SplitStratified("b", 0.5, 1)),
		"SplitGrouped":    two(table.SplitGrouped("b", 0.5, 1)),
		"SplitSorted":     two(table.SplitSorted("c", 0.5)),
	} {
		for i, p := range list {
			if p.Format() != want {
				t.Errorf("%s, table %d: %v, want %v", name, i, p.Format(), want)
			}
		}
	}
}

func TestTableChooseDrop(t *testing.T) {
	table := small(t)
	got, err := table.Choose("t", "n")
	if want := "t text, n number | p 1 | q 2 | r 3 | missing 4"; err != nil || shown(got) != want {
		t.Errorf("Choose: %s, %v, want %s", shown(got), err, want)
	}
	got, err = table.Drop("t", "n")
	if want := "c category | b | a | missing | d"; err != nil || shown(got) != want {
		t.Errorf("Drop: %s, %v, want %s", shown(got), err, want)
	}
	got, err = table.Drop()
	if err != nil || shown(got) != shown(table) {
		t.Errorf("Drop nothing: %s, %v", shown(got), err)
	}
	got, err = table.Choose("n", "x")
	refused(t, "Choose", got, err, `data: the table has no column "x", it has "n", "c", "t"`)
	got, err = table.Choose("n", "n")
	refused(t, "Choose twice", got, err, `data: columns 1 and 2 have the name "n"`)
	got, err = table.Choose()
	refused(t, "Choose nothing", got, err, "data: the table has no columns, want at least 1")
	got, err = table.Drop("x")
	refused(t, "Drop", got, err, `data: the table has no column "x", it has "n", "c", "t"`)
	got, err = table.Drop("n", "c", "t")
	refused(t, "Drop all", got, err, "data: the table has no columns, want at least 1")
}

// TestTableString prints hostile tables: every line has at most 80 characters, all of them printable.
func TestTableString(t *testing.T) {
	long := strings.Repeat("ä", 5000)
	var many []*Column
	for i := range 60 {
		many = append(many, NumberColumn(fmt.Sprint("c", i), []float64{1e300, -1e300, math.NaN()}))
	}
	texts := make([]string, 300)
	for i := range texts {
		texts[i] = fmt.Sprint("level ", i%150)
	}
	strange := []string{"a\nb\x00\u202e", "\xff\xfe", long}
	for name, columns := range map[string][]*Column{
		"many":    many,
		"long":    {TextColumn(long, []string{long}), CategoryColumn("b"+long, []string{long})},
		"strange": {TextColumn("a\x1b[31m", strange), CategoryColumn("\n\n", strange)},
		"levels":  {CategoryColumn(long, texts), CategoryColumn("x", texts)},
		"none":    {NumberColumn("n", nil), CategoryColumn("c", nil), TextColumn("t", nil)},
		"missing": {NumberColumn("n", []float64{math.NaN()}), CategoryColumn("c", []string{""}), TextColumn("t",
			[]string{""})},
		"extreme": {NumberColumn(long, []float64{math.MaxFloat64, -math.MaxFloat64, math.Inf(-1), math.Inf(1)})},
	} {
		table, err := NewTable(columns...)
		if err != nil {
			t.Fatal(err)
		}
		s := table.String()
		lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
		if want := 2 + min(len(columns), mostShown+1); len(lines) != want {
			t.Errorf("%s: %d lines, want %d:\n%s", name, len(lines), want, s)
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); n > lineWidth || !utf8.ValidString(line) ||
				strings.ContainsAny(line, "\x00\x1b\u202e") {
				t.Errorf("%s: a line of %d characters: %q", name, n, line)
			}
		}
	}
	want := `4 rows, 3 columns
column  kind      missing  values
n       number          0  1 to 4, mean 2.5
c       category        1  a 1, b 1, d 1
t       text            1  3 different, such as p
`
	if got := small(t).String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	one, _ := NewTable(NumberColumn("n", []float64{1.25}))
	if got, want := one.String(), "1 row, 1 column\ncolumn  kind      missing  values\n"+
		"n       number          0  1.25 to 1.25, mean 1.25\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestTableStringTies: categories that are equally frequent are printed in the order of their names, the frequent
// ones before them, however many they are.
func TestTableStringTies(t *testing.T) {
	var cells, frequent []string
	for i := range 80 {
		name := fmt.Sprintf("a%02d", i)
		times := 2 + i*i%7%3
		cells = append(cells, slices.Repeat([]string{name}, times)...)
		if times == 4 {
			frequent = append(frequent, name+" 4")
		}
	}
	want := strings.Join(frequent[:6], ", ") + ", 74 more"
	if got := tableOf(t, CategoryColumn("c", cells)).String(); !strings.HasSuffix(got, "  "+want+"\n") {
		t.Errorf("got\n%swant %s", got, want)
	}
}

func TestTableFrom(t *testing.T) {
	names := []string{"x", "y"}
	want := "x number, y number | 1 2 | 3 missing"
	nan := math.NaN()
	rows := [][]float64{{1, 2}, {3, nan}}
	got, err := TableFromRows(rows, names)
	if err != nil || shown(got) != want {
		t.Errorf("rows: %s, %v", shown(got), err)
	}
	rows[0][0] = 7
	if shown(got) != want {
		t.Error("the table shares memory with the rows")
	}
	got, err = TableFromArray(&Array[float32]{Dims: []int{2, 2}, Data: []float32{1, 2, 3, float32(nan)}}, names)
	if err != nil || shown(got) != want {
		t.Errorf("array: %s, %v", shown(got), err)
	}
	got, err = TableFromArray(&Array[int8]{Dims: []int{2, 1, 2}, Data: []int8{1, 2, -3, 4}}, nil)
	if want := "column1 number, column2 number | 1 2 | -3 4"; err != nil || shown(got) != want {
		t.Errorf("integers: %s, %v, want %s", shown(got), err, want)
	}
	got, err = TableFromArray(&Array[uint64]{Dims: []int{2}, Data: []uint64{1, 2}}, names[:1])
	if want := "x number | 1 | 2"; err != nil || shown(got) != want {
		t.Errorf("one dimension: %s, %v, want %s", shown(got), err, want)
	}
	got, err = TableFromIDX(&IDX{Dims: []int{2, 1}, Type: IDXInt16, Data: []byte{0, 1, 255, 254}}, nil)
	if want := "column1 number | 1 | -2"; err != nil || shown(got) != want {
		t.Errorf("IDX: %s, %v, want %s", shown(got), err, want)
	}
	got, err = TableFromMatrix(dense{{1, 2}, {3, nan}}, names)
	if err != nil || shown(got) != want {
		t.Errorf("matrix: %s, %v", shown(got), err)
	}
}

// dense is a matrix of rows.
type dense [][]float64

func (d dense) Dims() (int, int)    { return len(d), len(d[0]) }
func (d dense) At(i, j int) float64 { return d[i][j] }

func TestTableFromDamaged(t *testing.T) {
	got, err := TableFromRows([][]float64{{1, 2}, {3}}, nil)
	refused(t, "ragged", got, err, "data: row 1 has 1 numbers, want 2 as in row 0")
	got, err = TableFromRows[float64](nil, nil)
	refused(t, "no rows", got, err, "data: there are no numbers, want at least 1 row and 1 column")
	got, err = TableFromRows([][]float64{{1, 2}}, []string{"x"})
	refused(t, "names", got, err, "data: there are 1 names, want one for each of 2 columns")
	got, err = TableFromRows([][]float64{{1, 2}}, []string{"x", "x"})
	refused(t, "two names", got, err, `data: columns 1 and 2 have the name "x"`)
	got, err = TableFromArray[int](nil, nil)
	refused(t, "nil array", got, err, "data: the array of a table is nil")
	got, err = TableFromArray(&Array[int]{Dims: []int{2, 2}, Data: []int{1}}, nil)
	refused(t, "short array", got, err, "data: the array of a table has dimensions [2 2] but 1 elements")
	got, err = TableFromArray(&Array[int]{Data: []int{1}}, nil)
	refused(t, "scalar", got, err, "data: the array of a table is a single number, want an array")
	got, err = TableFromArray(&Array[int]{Dims: []int{2, 0}}, nil)
	refused(t, "empty array", got, err, "data: the table has dimensions [2 0], want at least 1 column")
	got, err = TableFromIDX(nil, nil)
	refused(t, "nil IDX", got, err, "data: the elements of a table have no dimensions, want at least 1")
	got, err = TableFromIDX(&IDX{Dims: []int{0, 1 << 30}}, nil)
	refused(t, "wide IDX", got, err, "data: the table has 1073741824 columns, want at most 65536")
	got, err = TableFromMatrix(nil, nil)
	refused(t, "nil matrix", got, err, "data: there is no matrix of a table")
	got, err = TableFromMatrix(sized{3, 0}, nil)
	refused(t, "empty matrix", got, err, "data: the table is 3 x 0, want at least 1 column")
}

// sized is a matrix of that size without elements.
type sized [2]int

func (s sized) Dims() (int, int)    { return s[0], s[1] }
func (s sized) At(i, j int) float64 { panic("no element") }
