package data

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// TableFromMaps returns a table of the columns, whose names, kinds and levels count and whose values do
// not, with one row a map, such as the rows of a client's JSON. The values are those that
// encoding/json makes, also with UseNumber, and other Go numbers:
//
//   - In a column of numbers a number or a boolean (0 and 1).
//   - In a column of categories or texts a string, a boolean (false and true) or a number, which
//     becomes the shortest text that reads back as the same number. Strings are taken as they are,
//     spaces included.
//   - In a column of categories with Levels, such as those of [Fitted.Inputs], a boolean becomes the
//     level that is its text but for upper and lower case, such as "True". It is an error if there is
//     none. A number whose text is no level is an error if a level is the same number, such as "01".
//   - In every column nil, NaN and "", and pointers that are nil, are missing. Other pointers stand
//     for what they point to.
//
// Any other value is an error, and so is a column that a row does not have, since a misspelt name
// would pass for a missing value. Keys that no column has are ignored. The error names the row,
// from 0, and the column.
func TableFromMaps(rows []map[string]any, columns []Column) (*Table, error) {
	return tableFromRows(len(rows), columns, func(i int) (lookup, error) { return mapLookup(rows[i]), nil })
}

// tableFromRow returns a table of one row: a map as [TableFromMaps] takes it, or a struct or a
// pointer to one, whose fields have the names that [TableFromStructs] gives them. The names and
// kinds of columns count.
func tableFromRow(row any, columns []Column) (*Table, error) {
	return tableFromRows(1, columns, func(int) (lookup, error) { return rowLookup(row) })
}

// lookup returns the value of a column in a row, or a message if there is none.
type lookup func(name string) (v reflect.Value, wrong string)

// rowLookup returns the lookup in a map or struct.
func rowLookup(row any) (lookup, error) {
	if m, is := row.(map[string]any); is {
		return mapLookup(m), nil
	}
	v := reflect.ValueOf(row)
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String:
		m := make(map[string]any, v.Len())
		for _, key := range v.MapKeys() {
			m[key.String()] = v.MapIndex(key).Interface()
		}
		return mapLookup(m), nil
	case v.Kind() != reflect.Struct:
		return nil, fmt.Errorf("data: a row of type %T, want a map with the names of columns, such as "+
			"map[string]any, a struct or a pointer to one", row)
	}
	fields, err := tableFields(v.Type())
	if err != nil {
		return nil, err
	}
	return func(name string) (reflect.Value, string) {
		for _, f := range fields {
			if f.name == name {
				return v.Field(f.index), ""
			}
		}
		return reflect.Value{}, fmt.Sprintf("is no field of %v", v.Type())
	}, nil
}

// mapLookup returns the lookup in a map.
func mapLookup(m map[string]any) lookup {
	return func(name string) (reflect.Value, string) {
		v, is := m[name]
		if is {
			return reflect.ValueOf(v), ""
		}
		const most = 20
		keys := slices.Sorted(maps.Keys(m))
		if len(keys) > most {
			return reflect.Value{}, fmt.Sprintf("is not in the map of %d keys", len(keys))
		}
		return reflect.Value{}, fmt.Sprintf("is not in the map, which has %q", keys)
	}
}

// tableFromRows returns a table of the columns with the rows that row looks up.
func tableFromRows(count int, columns []Column, row func(i int) (lookup, error)) (*Table, error) {
	cells := make([]cellColumn, len(columns))
	for k, c := range columns {
		if c.Kind < KindNumber || c.Kind > KindText {
			return nil, fmt.Errorf("data: column %s has kind %v, want KindNumber, KindCategory or KindText",
				quoted(c.Name), c.Kind)
		}
		cells[k] = cellColumn{name: c.Name, kind: c.Kind, levels: c.Levels}
	}
	for i := range count {
		look, err := row(i)
		if err != nil {
			return nil, err
		}
		for k := range cells {
			v, wrong := look(cells[k].name)
			if wrong == "" {
				wrong = cells[k].add(v)
			}
			if wrong != "" {
				return nil, fmt.Errorf("data: row %d: column %s %s", i, quoted(cells[k].name), wrong)
			}
		}
	}
	return tableOfCells(cells)
}

// cellColumn collects the values of a column.
type cellColumn struct {
	name    string
	kind    Kind
	levels  []string // of a category, nil where any text will do
	numbers []float64
	texts   []string
}

// tableOfCells returns the table of those columns.
func tableOfCells(cells []cellColumn) (*Table, error) {
	columns := make([]*Column, len(cells))
	for k, c := range cells {
		switch c.kind {
		case KindNumber:
			columns[k] = NumberColumn(c.name, c.numbers)
		case KindCategory:
			columns[k] = CategoryColumn(c.name, c.texts)
		default:
			columns[k] = TextColumn(c.name, c.texts)
		}
	}
	return NewTable(columns...)
}

// add appends a value, or returns what is wrong with it.
func (c *cellColumn) add(v reflect.Value) (wrong string) {
	v = valueOf(v)
	if c.kind == KindNumber {
		x, wrong := numberOf(v)
		c.numbers = append(c.numbers, x)
		return wrong
	}
	s, wrong := textOf(v)
	if wrong == "" && c.levels != nil && v.IsValid() {
		s, wrong = levelOf(v, s, c.levels)
	}
	c.texts = append(c.texts, s)
	return wrong
}

// levelOf returns the level that a value with a text means. A text that is no level stays as it is,
// for the pipeline to treat as unknown.
func levelOf(v reflect.Value, text string, levels []string) (level, wrong string) {
	isNumber := v.Type() == reflect.TypeFor[json.Number]() || v.CanInt() || v.CanUint() || v.CanFloat()
	switch {
	case slices.Contains(levels, text) || !isNumber && v.Kind() != reflect.Bool:
		return text, ""
	case v.Kind() == reflect.Bool:
		k := slices.IndexFunc(levels, func(s string) bool { return strings.EqualFold(s, text) })
		if k < 0 {
			return "", fmt.Sprintf("is the boolean %s, want %s", text, few(quotedAll(levels)))
		}
		return levels[k], ""
	}
	x, is := numberOfLevel(text)
	short := numberText(x + 0)
	switch same := levelsByNumber(levels)[x]; {
	case !is || len(same) == 0:
		return text, ""
	case len(same) == 1 && same[0] == short && len(text) < 16: // 1.0 of a json.Number is "1"
		return short, ""
	default:
		return "", fmt.Sprintf("is the number %s, want a string such as %s", text, quoted(same[0]))
	}
}

// valueOf returns what interfaces and pointers hold, the zero Value for nil.
func valueOf(v reflect.Value) reflect.Value {
	for range 100 { // a pointer may point to itself
		if v.Kind() != reflect.Interface && v.Kind() != reflect.Pointer {
			break
		}
		v = v.Elem()
	}
	return v
}

// numberOf returns the number in a value, NaN if it is missing.
func numberOf(v reflect.Value) (x float64, wrong string) {
	switch {
	case !v.IsValid():
		return math.NaN(), ""
	case v.Type() == reflect.TypeFor[json.Number]():
		x, err := number[float64](v.String())
		if err != nil {
			return 0, fmt.Sprintf("is %s, want a finite number", quoted(v.String()))
		}
		return x, ""
	case v.Kind() == reflect.String && v.Len() == 0:
		return math.NaN(), ""
	case v.Kind() == reflect.Bool && v.Bool():
		return 1, ""
	case v.Kind() == reflect.Bool:
		return 0, ""
	case v.CanInt():
		return float64(v.Int()), ""
	case v.CanUint():
		return float64(v.Uint()), ""
	case v.CanFloat():
		return v.Float(), ""
	}
	return 0, "is " + valueText(v) + ", want a number"
}

// textOf returns the text of a value, "" if it is missing.
func textOf(v reflect.Value) (s, wrong string) {
	switch {
	case !v.IsValid():
		return "", ""
	case v.Kind() == reflect.String: // a json.Number too
		return v.String(), ""
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool()), ""
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10), ""
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10), ""
	case v.CanFloat() && math.IsNaN(v.Float()):
		return "", ""
	case v.Kind() == reflect.Float32:
		return strconv.FormatFloat(v.Float(), 'g', -1, 32), ""
	case v.CanFloat():
		return numberText(v.Float()), ""
	}
	return "", "is " + valueText(v) + ", want a string"
}

// numberText returns the shortest decimal that reads back as the same number: without an exponent
// as far as people write it so.
func numberText(x float64) string {
	if a := math.Abs(x); a == 0 || 1e-6 <= a && a < 1e21 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// valueText returns a value for an error message.
func valueText(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return quoted(v.String())
	}
	return fmt.Sprintf("of type %v", v.Type())
}

// TableFromStructs returns a table of one row a struct, or pointer to a struct, with one column an
// exported field. The column has the name in the tag column:"name", else that of the field:
//
//	type Flat struct {
//		City  string   `column:"city"`
//		Area  *float64 `column:"area"` // nil is missing
//		Price float64  `column:"price" data:"value"`
//		Notes string   `data:"-"` // left out
//	}
//
// Fields are numbers, booleans (0 and 1), strings, and pointers to them. NaN, "" and nil are missing.
// A column of strings is of categories or texts, by the rule of [ReadTable]; kinds overrides that,
// and makes texts or categories of numbers and booleans as [TableFromMaps] does. It may be nil. The
// tags of [FromStructs] may stand beside: "-" leaves a field out, the others change nothing.
//
// It is an error if a field has another type, two fields have the same name, kinds has a name that
// no field has, or a pointer to a struct is nil.
func TableFromStructs[S any](list []S, kinds map[string]Kind) (*Table, error) {
	fields, err := tableFields(reflect.TypeFor[S]())
	if err != nil {
		return nil, err
	}
	cells := make([]cellColumn, len(fields))
	for k, f := range fields {
		cells[k] = cellColumn{name: f.name, kind: f.kind}
	}
	if err := overrideKinds(cells, kinds); err != nil {
		return nil, err
	}
	for i := range list {
		row := reflect.ValueOf(&list[i]).Elem()
		if row.Kind() == reflect.Pointer {
			if row = row.Elem(); !row.IsValid() {
				return nil, fmt.Errorf("data: row %d is nil", i)
			}
		}
		for k, f := range fields {
			if wrong := cells[k].add(row.Field(f.index)); wrong != "" {
				return nil, fmt.Errorf("data: row %d: column %s %s", i, quoted(f.name), wrong)
			}
		}
	}
	for k := range cells {
		if c := &cells[k]; c.kind == 0 {
			c.kind = kindOfTexts(c.texts)
		}
	}
	return tableOfCells(cells)
}

// overrideKinds gives the columns the kinds of that name.
func overrideKinds(cells []cellColumn, kinds map[string]Kind) error {
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		k := slices.IndexFunc(cells, func(c cellColumn) bool { return c.name == name })
		kind := kinds[name]
		switch {
		case k < 0:
			return fmt.Errorf("data: there is no field for column %s, to which kinds gives a kind",
				quoted(name))
		case kind < KindNumber || kind > KindText:
			return fmt.Errorf("data: column %s has kind %v, want KindNumber, KindCategory or KindText",
				quoted(name), kind)
		}
		cells[k].kind = kind
	}
	return nil
}

// tableField is a field that makes a column of that kind, 0 for strings.
type tableField struct {
	index int
	name  string
	kind  Kind
}

// tableFields returns the fields of a struct, or of what a type points to, that make columns.
func tableFields(t reflect.Type) (fields []tableField, err error) {
	s := pointed(t)
	if s.Kind() != reflect.Struct {
		return nil, fmt.Errorf("data: the rows are of type %v, want structs", t)
	}
	seen := map[string]string{}
	for i := range s.NumField() {
		f := s.Field(i)
		name, named := f.Tag.Lookup("column")
		_, tagged := f.Tag.Lookup("data")
		if f.Tag.Get("data") == "-" || !f.IsExported() && !named && !tagged {
			continue
		}
		if !named {
			name = f.Name
		}
		field := tableField{index: i, name: name}
		switch base := pointed(f.Type); {
		case !f.IsExported():
			return nil, fmt.Errorf("data: field %s is not exported", f.Name)
		case name == "":
			return nil, fmt.Errorf("data: field %s has an empty name in its tag", f.Name)
		case seen[name] != "":
			return nil, fmt.Errorf("data: fields %s and %s make the column %s", seen[name], f.Name,
				quoted(name))
		case isNumberKind(base.Kind()):
			field.kind = KindNumber
		case base.Kind() != reflect.String:
			return nil, fmt.Errorf("data: field %s has type %v, want a number, a boolean, a string or a "+
				"pointer to one, or the tag data:\"-\"", f.Name, f.Type)
		}
		seen[name] = f.Name
		fields = append(fields, field)
	}
	if len(fields) == 0 {
		return nil, fmt.Errorf("data: %v has no field for a column", t)
	}
	return fields, nil
}
