package data

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// codes is a fitted pipeline with the category code of levels "01", "02" and "A1".
func codes(t *testing.T) *Fitted {
	t.Helper()
	table := tableOf(t, CategoryColumn("code", names("01", "02", "A1", "01")),
		NumberColumn("y", []float64{1, 2, 3, 5}))
	return fitted(t, table, Target{Columns: names("y")}, OneHot{Columns: names("code"), Unknown: UnknownZeros})
}

func readText(t *testing.T, text string) *Table {
	t.Helper()
	table, err := ReadTable(strings.NewReader(text), TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestCategoryOfDigits gives a pipeline new rows in which a category has digits alone.
func TestCategoryOfDigits(t *testing.T) {
	f := codes(t)
	want := []float32{1, 0, 0, 0, 1, 0}
	if got, err := Features[float32](f, readText(t, "code,y\n01,1\n02,2\n")); err != nil ||
		!reflect.DeepEqual(got, want) {
		t.Errorf("digits: %v, %v, want %v", got, err, want)
	}
	for _, c := range []struct {
		levels  []string
		numbers []float64
		want    string // the error, "" for none
	}{
		{names("01", "02", "A1"), []float64{7, 1}, `data: row 1: column "code" is the number 1, and the training ` +
			`rows have texts such as "01"; read the table by Fitted.ReadTable, or the column as KindCategory`},
		{names("01", "1"), []float64{1}, `data: row 0: column "code" is the number 1, and the training ` +
			`rows have texts such as "01"; read the table by Fitted.ReadTable, or the column as KindCategory`},
		{names("1,5", "x"), []float64{1.5}, `data: row 0: column "code" is the number 1.5, and the training ` +
			`rows have texts such as "1,5"; read the table by Fitted.ReadTable, or the column as KindCategory`},
		{names("1", "2", "A1"), []float64{2, 7, nan}, ""},
	} {
		f := fitted(t, tableOf(t, CategoryColumn("code", c.levels)), Target{},
			OneHot{Columns: names("code"), Unknown: UnknownZeros})
		got, err := Features[float64](f, tableOf(t, NumberColumn("code", c.numbers)))
		if c.want == "" {
			if want := []float64{0, 1, 0, 0, 0, 0, 0, 0, 0}; err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%q: %v, %v, want %v", c.levels, got, err, want)
			}
		} else if got != nil || err == nil || err.Error() != c.want {
			t.Errorf("%q: %v, %v, want %s", c.levels, got, err, c.want)
		}
	}
	f = fitted(t, tableOf(t, NumberColumn("a", []float64{1, 2, 4}), CategoryColumn("y", names("01", "02", "x"))),
		Target{Columns: names("y"), IgnoreUnknown: true})
	set, err := Apply[float64](f, tableOf(t, NumberColumn("a", []float64{1}), NumberColumn("y", []float64{2})))
	if set != nil || err == nil || !strings.HasPrefix(err.Error(), `data: row 0: column "y" is the number 2, and`) {
		t.Errorf("classes: %v, %v", set, err)
	}
}

func TestFittedReadTable(t *testing.T) {
	f := codes(t)
	for text, want := range map[string]string{
		"code,y\n1,1\n02,2\n":   "code category, y number | 1 1 | 02 2",
		"more,code\n7,02\n":     "more number, code category | 7 02",
		"code;y\n01;1,5\n2;2\n": "code category, y number | 01 1.5 | 2 2",
	} {
		got, err := f.ReadTable(strings.NewReader(text), TableOptions{Kinds: map[string]Kind{"code": KindNumber}})
		if err != nil || shown(got) != want {
			t.Errorf("%q: %s, %v, want %s", text, shown(got), err, want)
		}
	}
	path := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(path, []byte("code,y\n01,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := f.ReadTableFile(path, TableOptions{})
	refused(t, "no number", got, err, "data: "+path+`: line 2, column 2: "x" is no number, want finite numbers with `+
		`a decimal point, since the pipeline has "y"`)
	got, err = f.ReadTable(strings.NewReader("code\n01\n"), TableOptions{Decimal: 'x'})
	refused(t, "options", got, err, "data: TableOptions.Decimal is 'x', want '.', ',' or 0")
	got, err = new(Fitted).ReadTableFile(path, TableOptions{})
	refused(t, "not fitted", got, err, errNotFitted.Error())
}

// ofDigits is the error for a number that no level has with just these digits.
func ofDigits(number, level string) string {
	return fmt.Sprintf("data: column \"b\" is the number %s, want a string such as %q", number, level)
}

// TestRowsOfLevels gives booleans and numbers for categories of texts.
func TestRowsOfLevels(t *testing.T) {
	for _, c := range []struct {
		levels []string
		value  any
		want   string // the features, or the error
	}{
		{names("False", "True"), true, "[0,1]"},
		{names("False", "True"), false, "[1,0]"},
		{names("TRUE", "true"), true, "[0,1]"},
		{names("no", "yes"), true, `data: column "b" is the boolean true, want "no", "yes"`},
		{names("01", "A1"), 1, `data: column "b" is the number 1, want a string such as "01"`},
		{names("01", "A1"), json.Number("1"), `data: column "b" is the number 1, want a string such as "01"`},
		{names("1", "A1"), json.Number("1.0"), "[1,0]"},
		{names("1", "A1"), 1.0, "[1,0]"},
		{names("1", "A1"), 7, "[0,0]"},
		{names("01", "A1"), "1", "[0,0]"},
		{names("01", "A1"), nil, "[0,0]"},
		{names("12345678901234567890", "A1"), json.Number("12345678901234567891"), `data: column "b" is the number ` +
			`12345678901234567891, want a string such as "12345678901234567890"`},
		// 2^53 and 2^53 + 1 are one float64. An identifier keeps its digits, or is refused.
		{names("9007199254740993", "9007199254740992"), int64(1<<53 + 1), "[0,1]"}, // levels are sorted
		{names("9007199254740993", "9007199254740992"), uint64(1 << 53), "[1,0]"},
		{names("9007199254740993", "A1"), json.Number("9007199254740993"), "[1,0]"},
		{names("-9007199254740993", "A1"), int64(-1<<53 - 1), "[1,0]"},
		{names("18446744073709551615", "A1"), uint64(math.MaxUint64), "[1,0]"},
		{names("9007199254740992", "A1"), float64(1 << 53), "[1,0]"},
		{names("9007199254740992", "A1"), int64(1<<53 + 1), ofDigits("9007199254740993", "9007199254740992")},
		{names("9007199254740992", "A1"), uint64(1<<53 + 1), ofDigits("9007199254740993", "9007199254740992")},
		{names("9007199254740992", "A1"), json.Number("9007199254740993"),
			ofDigits("9007199254740993", "9007199254740992")},
		{names("-9007199254740992", "A1"), int64(-1<<53 - 1), ofDigits("-9007199254740993", "-9007199254740992")},
		{names("999999999999999", "A1"), json.Number("999999999999999"), "[1,0]"},
		{names("1", "A1"), json.Number("1.0000000000000"), "[1,0]"},
		{names("1", "A1"), json.Number("1.0000000000000001"), ofDigits("1.0000000000000001", "1")},
		{names("0", "A1"), math.Copysign(0, -1), "[1,0]"},
		{names("0", "A1"), json.Number("-0"), "[1,0]"},
		{names("0", "A1"), json.Number("-0.0"), "[1,0]"},
		{names("-0", "A1"), json.Number("-0"), "[1,0]"},
		{names("-0", "A1"), 0, ofDigits("0", "-0")},
	} {
		f := fitted(t, tableOf(t, CategoryColumn("b", c.levels)), Target{},
			OneHot{Columns: names("b"), Unknown: UnknownZeros})
		row := map[string]any{"b": c.value}
		x, err := FeatureRow[float64](f, row)
		text, _ := json.Marshal(x)
		if err != nil {
			text = []byte(err.Error())
		}
		if string(text) != c.want {
			t.Errorf("%v of %q: %s, want %s", c.value, c.levels, text, c.want)
		}
		if table, err := TableFromMaps([]map[string]any{row}, f.Inputs()); err == nil {
			if y, err := Features[float64](f, table); err != nil || !reflect.DeepEqual(x, y) {
				t.Errorf("%v of %q in a table: %v, %v, want %v", c.value, c.levels, y, err, x)
			}
		} else if x != nil {
			t.Errorf("%v of %q in a table: %v", c.value, c.levels, err)
		}
	}
}

// TestRowMaps gives rows as maps of other types than map[string]any.
func TestRowMaps(t *testing.T) {
	type name string
	type form map[name]string
	type row map[string]any
	type self *self
	var loop self
	loop = &loop
	f := fitted(t, tableOf(t, NumberColumn("a", []float64{1, 2, nan}),
		CategoryColumn("c", names("NA", "x", "NA"))), Target{},
		Impute{Columns: names("a"), By: FillValue, Value: 9},
		OneHot{Columns: names("c"), Unknown: UnknownZeros})
	g := fitted(t, tableOf(t, NumberColumn("a", []float64{1, 2}), CategoryColumn("c", names("x", "y"))),
		Target{}, Impute{Columns: names("a", "c"), By: FillMostFrequent}, OneHot{Columns: names("c")})
	for _, c := range []struct {
		f    *Fitted
		row  any
		want string
	}{
		{f, map[string]string{"a": " 3\t", "c": " x "}, "[3,0,1]"},
		{f, map[string]string{"a": "", "c": "NA"}, "[9,1,0]"},
		{g, map[string]string{"a": "-", "c": "N/A"}, "[1,1,0]"},
		{g, form{"a": "NA", "c": "y"}, "[1,0,1]"},
		{g, &form{"a": "2", "c": " "}, "[2,1,0]"},
		{g, map[string]string{"a": "3", "c": "-"},
			`data: column "c" is "-", which is no level of the training rows, want "x", "y"`},
		{g, map[string]string{"a": "1,5", "c": "x"}, `data: column "a" is "1,5", want a number`},
		{g, row{"a": 3, "c": "x"}, "[3,1,0]"},
		{g, map[name]any{"a": 3, "c": "y"}, "[3,0,1]"},
		{g, map[string]json.Number{"a": "3", "c": ""}, "[3,1,0]"},
		{g, map[string]float64{"a": 3}, `data: column "c" is not in the map, which has ["a"]`},
		{g, map[int]any{1: 3}, "data: a row of type map[int]interface {}, want a map with the names of " +
			"columns, such as map[string]any, a struct or a pointer to one"},
		{g, row(nil), `data: column "a" is not in the map, which has []`},
		{g, row{"a": loop, "c": "x"}, `data: column "a" is of type data.self, want a number`},
	} {
		x, err := FeatureRow[float64](c.f, c.row)
		text, _ := json.Marshal(x)
		if err != nil {
			text = []byte(err.Error())
		}
		if string(text) != c.want {
			t.Errorf("%T %v: %s, want %s", c.row, c.row, text, c.want)
		}
	}
	h := fitted(t, tableOf(t, NumberColumn("a", []float64{1, 2})), Target{},
		Scale{Columns: names("a"), By: ScaleMinMax})
	x, err := FeatureRow[float64](h, map[string]float64{"a": 2})
	if err != nil || !reflect.DeepEqual(x, []float64{1}) {
		t.Errorf("map[string]float64: %v, %v", x, err)
	}
}
