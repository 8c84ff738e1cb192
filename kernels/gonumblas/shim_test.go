package gonumblas

import (
	"math"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/blas"
)

// shim puts the float32 routines through the tests of the float64 ones. Each call is
// made three times: in float64, which is what the test sees; in float32 on the
// rounded arguments; and in float64 on these too, which tells what the second should
// have found. What single precision can differ by is judged against the largest
// element of a result.
type shim struct{ t *testing.T }

var _ blas.Float64 = (*shim)(nil)

// both makes the calls and returns the float64 results.
func (s *shim) both(name string, args ...any) []reflect.Value {
	single := map[bool]string{true: "Isamax", false: "S" + name[1:]}[name == "Idamax"]
	impl := reflect.ValueOf(Implementation{})
	f64, f32 := impl.MethodByName(name), impl.MethodByName(single)
	real, rounded, narrow := make([]reflect.Value, len(args)), make([]reflect.Value, len(args)),
		make([]reflect.Value, len(args))
	for i, a := range args {
		real[i] = reflect.ValueOf(a)
		narrow[i] = convert(real[i], f32.Type().In(i))
		rounded[i] = convert(narrow[i], f64.Type().In(i))
	}
	if r := recovered(f64, clones(real)); r != nil {
		if recovered(f32, narrow) == nil {
			s.t.Errorf("%s panics with %v, %s does not", name, r, single)
		}
		panic(r)
	}
	largest := 1.0
	if name == "Drotm" { // the points come near 0, and scaled by large numbers
		for _, v := range rounded {
			largest = max(largest, sizeOf(v)*sizeOf(v))
		}
	}
	want, got := f64.Call(rounded), f32.Call(narrow)
	for i := range want {
		s.compare(single, got[i], want[i], largest)
	}
	for i := range rounded {
		s.compare(single, narrow[i], rounded[i], largest)
	}
	return f64.Call(real)
}

func clones(args []reflect.Value) []reflect.Value {
	c := make([]reflect.Value, len(args))
	for i, a := range args {
		c[i] = a
		if a.Kind() == reflect.Slice {
			c[i] = reflect.AppendSlice(reflect.MakeSlice(a.Type(), 0, a.Len()), a)
		}
	}
	return c
}

// convert returns v as a value of type to, which has the other precision.
func convert(v reflect.Value, to reflect.Type) reflect.Value {
	switch {
	case v.Kind() == reflect.Slice:
		s := reflect.MakeSlice(to, v.Len(), v.Len())
		for i := range v.Len() {
			s.Index(i).SetFloat(v.Index(i).Float())
		}
		return s
	case v.Kind() == reflect.Struct: // the parameters of rotm
		s := reflect.New(to).Elem()
		s.Field(0).Set(v.Field(0))
		for i := range v.Field(1).Len() {
			s.Field(1).Index(i).SetFloat(v.Field(1).Index(i).Float())
		}
		return s
	}
	return v.Convert(to)
}

// floats returns the numbers in v.
func floats(v reflect.Value) (list []float64) {
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			list = append(list, v.Index(i).Float())
		}
	case reflect.Struct:
		return append(floats(v.Field(1)), float64(v.Field(0).Int()))
	case reflect.Int:
		return []float64{float64(v.Int())}
	case reflect.Float32, reflect.Float64:
		return []float64{v.Float()}
	}
	return list
}

// sizeOf returns the largest finite magnitude among the numbers in v.
func sizeOf(v reflect.Value) (largest float64) {
	for _, x := range floats(v) {
		if isFinite(x) {
			largest = max(largest, math.Abs(x))
		}
	}
	return largest
}

func (s *shim) compare(name string, got, want reflect.Value, largest float64) {
	g, w := floats(got), floats(want)
	largest = max(largest, sizeOf(want))
	for i := range w {
		beyond := !(math.Abs(w[i]) < math.MaxFloat32) && !isFinite(g[i])
		if !beyond && !same(g[i], w[i], 1e-5*largest) {
			s.t.Errorf("%s: number %d is %v, in float64 %v", name, i, g[i], w[i])
		}
	}
}

func TestGonumSuiteFloat32(t *testing.T) {
	for _, test := range suite {
		t.Run("S"+test.name[1:], func(t *testing.T) { test.run(t, &shim{t}) })
	}
}
