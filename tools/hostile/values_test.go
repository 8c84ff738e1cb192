package hostile

import (
	"math/rand/v2"
	"reflect"
	"strings"
)

// generator makes the arguments of one call. Equal seeds make equal arguments, in memory of their own.
type generator struct {
	*rand.Rand
	entry *entry
	args  []reflect.Value // those made so far: the receiver comes first
	bytes int64           // the length of the last file in memory, for a parameter that says it
}

// arguments makes the arguments of a call that may be a good one.
func (e *entry) arguments(seed uint64) []reflect.Value {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), entry: e}
	for i := range e.typ.NumIn() {
		g.args = append(g.args, g.value(e.typ.In(i), e.params[i], 0))
	}
	return g.args
}

func pick[X any](g *generator, list ...X) X { return list[g.IntN(len(list))] }

// sizes are what numbers of a name usually are in the world of the tests: sets have 12 rows, 4
// features and 3 classes.
var sizes = map[string][]int{
	"rows": {12, 4, 6}, "cols": {4, 3}, "in": {4}, "out": {3}, "features": {4}, "classes": {3}, "labels": {3},
	"size": {5}, "batch": {5}, "i": {0, 1}, "j": {0, 1}, "i0": {0}, "i1": {2}, "j0": {0}, "j1": {2},
	"lo": {0, 1}, "hi": {2}, "c": {1}, "k": {2}, "buffer": {5}, "shape": {3, 4}, "outputs": {3}, "dims": {3},
	"first": {1}, "epoch": {1}, "step": {1}, "steps": {3}, "total": {10}, "factor": {2}, "every": {3},
	"most": {5}, "n": {2, 4}, "t": {3}, "batches": {1},
}

// value makes a value of a type. The name is that of a parameter or field.
func (g *generator) value(t reflect.Type, name string, depth int) reflect.Value {
	if make, ok := providers[t]; ok {
		if v := make(g, name); v != nil {
			return reflect.ValueOf(v).Convert(t)
		}
	}
	v := reflect.New(t).Elem()
	if depth > 4 {
		return v
	}
	switch t.Kind() {
	case reflect.Bool:
		v.SetBool(g.IntN(2) == 0)
	case reflect.Int:
		list := sizes[name]
		if list == nil {
			list = []int{1, 0, 2, 3, 4, 12}
		}
		v.SetInt(int64(pick(g, list...)))
	case reflect.Int64:
		v.SetInt(g.bytes)
	case reflect.Int8, reflect.Int16, reflect.Int32:
		v.SetInt(0)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(g.IntN(4)))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(pick(g, 0.5, 0.25, 1, 0.125))
	case reflect.String:
		v.SetString(g.text(name))
	case reflect.Slice:
		v = g.slice(t, name, depth)
	case reflect.Map:
		v = reflect.MakeMap(t)
		for range g.IntN(3) {
			v.SetMapIndex(g.value(t.Key(), "", depth+1), g.value(t.Elem(), "", depth+1))
		}
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(g.value(t.Elem(), "", depth+1))
	case reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).IsExported() {
				v.Field(i).Set(g.value(t.Field(i).Type, strings.ToLower(t.Field(i).Name), depth+1))
			}
		}
	case reflect.Func:
		v = g.function(t)
	}
	return v
}

// function makes a function that returns values of its own, and true where it is asked to go on.
func (g *generator) function(t reflect.Type) reflect.Value {
	seed := g.Uint64()
	return reflect.MakeFunc(t, func([]reflect.Value) (out []reflect.Value) {
		h := &generator{Rand: rand.New(rand.NewPCG(seed, 2)), entry: g.entry}
		for i := range t.NumOut() {
			if t.Out(i) == reflect.TypeFor[error]() {
				out = append(out, reflect.Zero(t.Out(i)))
			} else {
				out = append(out, h.value(t.Out(i), "", 1))
			}
		}
		return out
	})
}

func (g *generator) slice(t reflect.Type, name string, depth int) reflect.Value {
	n := pick(g, 12, 4, 3, 1, 48)
	switch {
	case t.Elem().Kind() == reflect.Slice:
		n = pick(g, 12, 3)
	case t.Elem().Kind() == reflect.Pointer || t.Elem().Kind() == reflect.Interface:
		n = pick(g, 1, 2, 3)
	case t.Elem().Kind() == reflect.Struct:
		n = pick(g, 4, 1, 3)
	case name == "limit":
		n = g.IntN(2)
	case name == "shape":
		n = 2
	}
	v := reflect.MakeSlice(t, n, n)
	first := g.Uint64()
	for i := range n {
		h := g
		if t.Elem().Kind() == reflect.Slice { // rows of one length
			h = &generator{Rand: rand.New(rand.NewPCG(first, 3)), entry: g.entry, args: g.args}
		}
		switch t.Elem().Kind() {
		case reflect.Int:
			if name == "shape" || name == "dims" {
				v.Index(i).SetInt(int64([]int{4, 3, 1}[i%3]))
			} else {
				v.Index(i).SetInt(int64(i % 3))
			}
		default:
			v.Index(i).Set(h.value(t.Elem(), name, depth+1))
		}
	}
	return v
}

// text makes a string: the path of a file, where the parameter is one, or a name.
func (g *generator) text(name string) string {
	if g.entry != nil && g.entry.op == "layer.ParseWeights" {
		return "int8"
	}
	switch name {
	case "path", "x", "y", "images", "labels", "values":
		return g.path()
	case "name", "target", "column":
		return pick(g, "area", "city", "price", "a", "0.weight", "w")
	}
	return pick(g, "area", "city", "", "loss", "relu", "avx2", "generic", "tanh")
}
