package data

import (
	"fmt"
	"reflect"
)

// FromStructs returns a set of one row a struct, or pointer to a struct. The tag of an exported
// field says what the field is; fields that are not exported are left out:
//
//	type Flower struct {
//		Length float64               // without a tag: a feature
//		Colour [3]float32            // three features
//		Kind   int    `data:"class"` // the class, an integer; or
//		Price  float64 `data:"value"` // a value that a regression predicts, in any number of fields
//		Weight float64 `data:"weight"` // the weight of the row
//		Name   string `data:"-"`     // left out
//	}
//
// Features and values are numbers, booleans (0 and 1), pointers to them, and arrays and slices of
// them, which have the same length in each row. The columns come in the order of the fields.
// classes is that of [FromRows], and 0 for a regression.
//
// It is an error if a pointer is nil, a slice is longer or shorter than in row 0, a number does not
// fit in T, a value is not finite, or a field has neither a number nor the tag "-". The error names
// the row, from 0, and the field. Features may hold any other number, NaN included.
func FromStructs[T Float, S any](list []S, classes int) (*Set[T], error) {
	fields, err := structFields(reflect.TypeFor[S]())
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("data: there are no rows, want at least 1")
	}
	c := structRows[T]{fields: fields, lengths: make([]int, len(fields))}
	for i := range list {
		if err := c.add(i, reflect.ValueOf(&list[i]).Elem()); err != nil {
			return nil, err
		}
	}
	x := rows[T]{c.features, len(list), len(c.features) / len(list)}
	if x.columns == 0 {
		return nil, fmt.Errorf("data: the fields of %v make no feature", reflect.TypeFor[S]())
	}
	s := x.set()
	s.Weights = c.weights
	if c.values == nil {
		return s.withClasses(c.classes, classes)
	}
	if classes != 0 {
		return nil, fmt.Errorf("data: the number of classes is %d, want 0 for a regression", classes)
	}
	return s.withValues(rows[T]{c.values, len(list), len(c.values) / len(list)})
}

// structField is a field that is a feature (no role) or has another role.
type structField struct {
	index      int
	name, role string
}

// structFields returns the fields of a struct, or of what a type points to, that count.
func structFields(t reflect.Type) (fields []structField, err error) {
	s := t
	if s.Kind() == reflect.Pointer {
		s = s.Elem()
	}
	if s.Kind() != reflect.Struct {
		return nil, fmt.Errorf("data: the rows are of type %v, want structs", t)
	}
	count := map[string]int{}
	for i := range s.NumField() {
		f := s.Field(i)
		role, tagged := f.Tag.Lookup("data")
		if role == "-" || !f.IsExported() && !tagged {
			continue
		}
		if err := checkField(f, role); err != nil {
			return nil, err
		}
		count[role]++
		fields = append(fields, structField{i, f.Name, role})
	}
	switch {
	case count[""] == 0:
		return nil, fmt.Errorf("data: %v has no field that is a feature", t)
	case count["weight"] > 1 || count["class"] > 1:
		return nil, fmt.Errorf("data: %v has %d classes and %d weights, want at most one of each", t,
			count["class"], count["weight"])
	case (count["class"] == 0) == (count["value"] == 0):
		return nil, fmt.Errorf("data: %v has %d fields with the tag data:\"class\" and %d with data:\"value\", "+
			"want one of the two", t, count["class"], count["value"])
	}
	return fields, nil
}

// checkField returns an error unless a field can have its role.
func checkField(f reflect.StructField, role string) error {
	wrong := ""
	switch {
	case !f.IsExported():
		wrong = "is not exported"
	case role == "class" && !isIntegerKind(pointed(f.Type).Kind()):
		wrong = fmt.Sprintf("is a class of type %v, want an integer", f.Type)
	case role == "weight" && !isNumberKind(pointed(f.Type).Kind()):
		wrong = fmt.Sprintf("is a weight of type %v, want a number", f.Type)
	case role != "" && role != "class" && role != "value" && role != "weight":
		wrong = fmt.Sprintf("has the tag data:%q, want class, value, weight or -", role)
	case !isNumberKind(pointed(itemOf(f.Type)).Kind()):
		wrong = fmt.Sprintf("has type %v, want numbers, or the tag data:\"-\"", f.Type)
	}
	if wrong != "" {
		return fmt.Errorf("data: field %s %s", f.Name, wrong)
	}
	return nil
}

// pointed returns what a pointer type points to.
func pointed(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// itemOf returns the type of the elements of an array or slice.
func itemOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Array || t.Kind() == reflect.Slice {
		return t.Elem()
	}
	return t
}

func isIntegerKind(k reflect.Kind) bool { return reflect.Int <= k && k <= reflect.Uint64 }

func isNumberKind(k reflect.Kind) bool {
	return isIntegerKind(k) || k == reflect.Bool || k == reflect.Float32 || k == reflect.Float64
}

// structRows collects the rows of a set.
type structRows[T Float] struct {
	fields                    []structField
	lengths                   []int // numbers in each field of row 0
	features, values, weights []T
	classes                   []int
}

// add appends the struct of row i.
func (c *structRows[T]) add(i int, row reflect.Value) error {
	if row.Kind() == reflect.Pointer {
		if row.IsNil() {
			return fmt.Errorf("data: row %d is nil", i)
		}
		row = row.Elem()
	}
	for k, f := range c.fields {
		n, wrong := 1, ""
		switch v := row.Field(f.index); f.role {
		case "class":
			c.classes, wrong = appendNumber(c.classes, v)
		case "weight":
			c.weights, wrong = appendNumber(c.weights, v)
		case "value":
			n = len(c.values)
			c.values, wrong = appendNumbers(c.values, v)
			n = len(c.values) - n
		default:
			n = len(c.features)
			c.features, wrong = appendNumbers(c.features, v)
			n = len(c.features) - n
		}
		if wrong == "" && i > 0 && n != c.lengths[k] {
			wrong = fmt.Sprintf("has %d numbers, want %d as in row 0", n, c.lengths[k])
		}
		if wrong != "" {
			return fmt.Errorf("data: row %d: field %s %s", i, f.name, wrong)
		}
		c.lengths[k] = n
	}
	return nil
}

// appendNumbers appends a number, or those of an array or slice, or returns what is wrong.
func appendNumbers[T Number](list []T, v reflect.Value) (_ []T, wrong string) {
	if v.Kind() != reflect.Array && v.Kind() != reflect.Slice {
		return appendNumber(list, v)
	}
	for i := range v.Len() {
		if list, wrong = appendNumber(list, v.Index(i)); wrong != "" {
			return list, wrong
		}
	}
	return list, ""
}

// appendNumber appends a number, or what a pointer points to.
func appendNumber[T Number](list []T, v reflect.Value) (_ []T, wrong string) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return list, "is missing"
		}
		v = v.Elem()
	}
	var t T
	ok := true
	switch {
	case v.Kind() == reflect.Bool && v.Bool():
		t = 1
	case v.Kind() == reflect.Bool:
	case v.CanInt():
		t, ok = fromInt[T](v.Int())
	case v.CanUint():
		t, ok = fromUint[T](v.Uint())
	default:
		t, ok = fromFloat[T](v.Float())
	}
	if !ok {
		return list, fmt.Sprintf("is %v, which %T cannot hold", v, t)
	}
	return append(list, t), ""
}
