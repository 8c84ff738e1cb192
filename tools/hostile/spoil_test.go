package hostile

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/bits"
	"reflect"
	"slices"
	"strings"
)

// spoil changes an argument into one that no caller should pass.
type spoil struct {
	what   string
	change func(v reflect.Value) // of an addressable value
}

// Sizes that overflow when they are multiplied by 4, by 8 or by another such size, or that no
// memory holds.
var badInts = []int64{-1, 0, math.MinInt, math.MaxInt, 1 << (bits.UintSize - 3), 1 << (bits.UintSize - 2),
	1<<(bits.UintSize-4) + 1, math.MaxInt / 3, -100, -101, 7}

var badFloats = []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 0, math.MaxFloat64, 5e-324, -math.MaxFloat64}

var badStrings = []string{"", "\xff\xfe", "no/such/folder/file", "a\x00b", "-1", "NaN", "..", "\u202e"}

// spoils lists the ways to spoil a value of a type. v is such a value, and may be zero.
func spoils(t reflect.Type, v reflect.Value, depth int) (list []spoil) {
	add := func(what string, change func(v reflect.Value)) { list = append(list, spoil{what, change}) }
	set := func(what string, to reflect.Value) { add(what, func(v reflect.Value) { v.Set(to.Convert(t)) }) }
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		for _, n := range badInts {
			add(fmt.Sprint(n), func(v reflect.Value) { v.SetInt(n) })
		}
		add("one more", func(v reflect.Value) { v.SetInt(v.Int() + 1) })
		add("one less", func(v reflect.Value) { v.SetInt(v.Int() - 1) })
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		for _, n := range []uint64{0, 99, 255, math.MaxUint64, 1 << 63} {
			add(fmt.Sprint(n), func(v reflect.Value) { v.SetUint(n) })
		}
	case reflect.Float32, reflect.Float64:
		for _, x := range badFloats {
			add(fmt.Sprint(x), func(v reflect.Value) { v.SetFloat(x) })
		}
	case reflect.Bool:
		add("the other", func(v reflect.Value) { v.SetBool(!v.Bool()) })
	case reflect.String:
		for _, s := range badStrings {
			add(fmt.Sprintf("%q", s), func(v reflect.Value) { v.SetString(s) })
		}
	case reflect.Slice:
		list = append(list, spoilsOfSlice(t, v, depth)...)
	case reflect.Map:
		set("nil", reflect.Zero(t))
		add("with a zero", func(v reflect.Value) {
			if v.IsNil() {
				v.Set(reflect.MakeMap(t))
			}
			v.SetMapIndex(reflect.Zero(t.Key()), reflect.Zero(t.Elem()))
		})
	case reflect.Func:
		set("nil", reflect.Zero(t))
	case reflect.Pointer:
		set("nil", reflect.Zero(t))
		set("zero", reflect.New(t.Elem()))
		if depth < 3 && !v.IsNil() {
			for _, s := range spoils(t.Elem(), v.Elem(), depth+1) {
				add(s.what, func(v reflect.Value) {
					if !v.IsNil() {
						s.change(v.Elem())
					}
				})
			}
		}
	case reflect.Struct:
		set("zero", reflect.Zero(t))
		if slices.Contains(opaque, withoutArgs(apiName(t))) {
			return list
		}
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() || depth >= 3 {
				continue
			}
			for _, s := range spoils(f.Type, v.Field(i), depth+1) {
				add(f.Name+" "+s.what, func(v reflect.Value) { s.change(v.Field(i)) })
			}
		}
	case reflect.Interface:
		list = append(list, spoilsOfInterface(t, v, depth)...)
	}
	return list
}

// opaque are structs whose fields are for reading: the package alone makes and fills them.
var opaque = []string{"layer.Memo"}

func spoilsOfSlice(t reflect.Type, v reflect.Value, depth int) (list []spoil) {
	add := func(what string, change func(v reflect.Value)) { list = append(list, spoil{what, change}) }
	add("nil", func(v reflect.Value) { v.SetZero() })
	add("empty", func(v reflect.Value) { v.Set(reflect.MakeSlice(t, 0, 0)) })
	add("short", func(v reflect.Value) {
		if n := v.Len(); n > 0 {
			v.Set(v.Slice3(0, n-1, n-1))
		}
	})
	add("long", func(v reflect.Value) {
		v.Set(reflect.Append(v.Slice3(0, v.Len(), v.Len()), reflect.Zero(t.Elem())))
	})
	add("one element twice", func(v reflect.Value) {
		if n := v.Len(); n > 0 {
			v.Set(reflect.Append(v.Slice3(0, n, n), v.Index(0)))
		}
	})
	if depth >= 3 || v.Len() == 0 {
		return list
	}
	for _, at := range slices.Compact([]int{0, v.Len() - 1}) {
		for _, s := range spoils(t.Elem(), v.Index(at), depth+1) {
			add(fmt.Sprintf("[%d] %s", at, s.what), func(v reflect.Value) {
				if at < v.Len() {
					s.change(v.Index(at))
				}
			})
		}
	}
	return list
}

// broken is a reader and writer that fails.
type broken struct{}

func (broken) Read([]byte) (int, error)          { return 0, io.ErrNoProgress }
func (broken) ReadAt([]byte, int64) (int, error) { return 0, io.ErrNoProgress }
func (broken) Write([]byte) (int, error)         { return 0, io.ErrShortWrite }

// node is a struct that points to itself.
type node struct{ Next *node }

func spoilsOfInterface(t reflect.Type, v reflect.Value, depth int) (list []spoil) {
	add := func(what string, x any) {
		if x != nil && !reflect.TypeOf(x).AssignableTo(t) {
			return
		}
		list = append(list, spoil{what, func(v reflect.Value) {
			if v.SetZero(); x != nil {
				v.Set(reflect.ValueOf(x))
			}
		}})
	}
	add("nil", nil)
	add("a broken reader or writer", broken{})
	done, cancel := context.WithCancel(context.Background())
	cancel()
	add("a cancelled context", done)
	if t.NumMethod() == 0 {
		self := &node{}
		self.Next = self
		for _, x := range []any{1, "text", 1.5, []float64{math.NaN()}, []any{nil, "x"}, map[string]any{},
			map[string]any{"area": math.Inf(1), "city": 3}, map[int]int{}, (*record)(nil), &self,
			make(chan int), func() {}, []string{}, [][]float64{{1}}, struct{}{}, map[string]any(nil),
			[]float32{}, []int{1, 2}, complex(1, 2), [2]bool{}} {
			add(fmt.Sprintf("a %T", x), x)
		}
	}
	for _, typ := range apiTypes { // zero values and nil pointers of all types that fit
		if t.NumMethod() == 0 || typ.Kind() == reflect.Interface {
			continue
		}
		if typ.AssignableTo(t) {
			add("zero "+apiName(typ), reflect.Zero(typ).Interface())
		} else if pointer := reflect.PointerTo(typ); pointer.AssignableTo(t) {
			add("nil *"+apiName(typ), reflect.Zero(pointer).Interface())
			add("zero &"+apiName(typ), reflect.New(typ).Interface())
		}
	}
	if v.IsNil() || depth >= 2 {
		return list
	}
	in := v.Elem()
	if !ofUsers(in.Type()) {
		return list
	}
	for _, s := range spoils(in.Type(), in, depth+1) {
		list = append(list, spoil{s.what, func(v reflect.Value) {
			if v.IsNil() || v.Elem().Type() != in.Type() {
				return
			}
			x := reflect.New(in.Type()).Elem()
			x.Set(v.Elem())
			s.change(x)
			v.Set(x)
		}})
	}
	return list
}

// ofUsers reports whether a program can make values of a type by itself.
func ofUsers(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == "" || slices.Contains(apiTypes, t) || strings.HasSuffix(t.PkgPath(), "tools/hostile")
}
