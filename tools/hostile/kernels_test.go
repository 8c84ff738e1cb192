package hostile

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
)

// The calls of package kernels are not drawn but mended: a call of empty slices is refused with an
// error that says which parameter is wrong and what it should be, and the next call has that. So a
// kernel whose errors name the wrong parameter, or the wrong length, finds no good call.

// kernelSizes are the sizes of the good calls. No two dimensions are equal.
var kernelSizes = map[string]int64{"m": 3, "n": 4, "k": 5, "rows": 3, "cols": 4, "batch": 2, "t": 1}

func (e *entry) kernelArguments(seed uint64) []reflect.Value {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), entry: e}
	for i := range e.typ.NumIn() {
		t, name := e.typ.In(i), e.params[i]
		v := reflect.New(t).Elem()
		n, known := kernelSizes[name]
		switch {
		case t.Kind() == reflect.Int && known:
			if v.SetInt(n); strings.HasSuffix(e.op, "TopKHits") {
				v.SetInt(max(n%5, 2))
			}
		case t == reflect.TypeFor[kernels.Activation]():
			v.Set(reflect.ValueOf(kernels.ActTanh))
		case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
			v.SetFloat(map[string]float64{"p": 0.5, "lo": 0.25, "hi": 2, "beta": 0.5}[name])
			if v.Float() == 0 {
				v.SetFloat(1)
			}
		case t.Kind() == reflect.Struct && strings.Contains(t.String(), "kernels.Epilogue"):
			for _, field := range []string{"Bias", "Deriv"} { // of a wrong length: none would do as well
				v.FieldByName(field).Set(reflect.MakeSlice(v.FieldByName(field).Type(), 1, 1))
			}
		case t.Kind() == reflect.Struct && i > 0 || t.Kind() == reflect.Slice || t.Kind() == reflect.Bool ||
			t.Kind() == reflect.Int:
		case name == "name":
			v.SetString(map[string]string{"kernels.ParseTier": "generic", "kernels.ParseBF16Path": "generic",
				"kernels.ParsePrecision": "high", "kernels.ParseInt8Path": "generic"}[e.op])
			if v.Len() == 0 {
				v.SetString("tanh")
			}
		case t.Kind() == reflect.Pointer && strings.Contains(t.String(), "kernels.BatchNorm"):
			v.Set(reflect.New(t.Elem()))
		default:
			v.Set(g.value(t, name, 0))
		}
		g.args = append(g.args, v)
	}
	return g.args
}

// mend changes the argument that an error names to what it wants.
func (e *entry) mend(args []reflect.Value, shape *kernels.ShapeError) bool {
	for i, a := range args {
		if e.params[i] == shape.Arg && assign(a, shape) {
			return true
		}
		for a.Kind() == reflect.Pointer && !a.IsNil() {
			a = a.Elem()
		}
		if a.Kind() == reflect.Struct {
			if f := a.FieldByName(shape.Arg); f.IsValid() && assign(f, shape) {
				return true
			}
		}
	}
	return false
}

// assign sets a value to what an error wants.
func assign(v reflect.Value, shape *kernels.ShapeError) bool {
	switch v.Kind() {
	case reflect.Slice:
		if !strings.HasPrefix(shape.Msg, "len("+shape.Arg+")") || shape.Want > 1<<20 {
			return false
		}
		v.Set(reflect.MakeSlice(v.Type(), shape.Want, shape.Want))
		for i := range v.Len() {
			switch x := v.Index(i); x.Kind() {
			case reflect.Float32, reflect.Float64:
				x.SetFloat(0.25 + float64(i%7)/10)
			case reflect.Int:
				x.SetInt(int64(i % 3))
			}
		}
		return true
	case reflect.Int:
		v.SetInt(int64(shape.Want))
		return true
	}
	return false
}

// goodKernelCall returns arguments that the kernel takes.
func (e *entry) goodKernelCall(t *testing.T, n *tally) []reflect.Value {
	args := e.kernelArguments(0)
	for range 60 {
		o := e.run(e.name+", mending", args)
		n.add(o)
		if o.problem != "" {
			t.Fatal(o.problem)
		}
		if !o.refused() {
			return args
		}
		shape, ok := o.panicked.(*kernels.ShapeError)
		if !ok || !e.mend(args, shape) {
			t.Fatalf("no good call is found: %v %v", o.panicked, o.err)
		}
	}
	t.Fatal("no good call is found by doing what the errors want")
	return nil
}

// copied returns deep copies of arguments.
func copied(args []reflect.Value) []reflect.Value {
	out := make([]reflect.Value, len(args))
	for i, a := range args {
		out[i] = deepCopy(a)
	}
	return out
}

func deepCopy(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	switch v.Kind() {
	case reflect.Slice:
		if v.IsNil() {
			return c
		}
		c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			c.Index(i).Set(deepCopy(v.Index(i)))
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() == reflect.Struct && !hidden(v.Elem().Type()) {
			c.Set(reflect.New(v.Type().Elem()))
			c.Elem().Set(deepCopy(v.Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				c.Field(i).Set(deepCopy(v.Field(i)))
			}
		}
	}
	return c
}

// hidden reports whether a struct has no exported field.
func hidden(t reflect.Type) bool {
	for i := range t.NumField() {
		if t.Field(i).IsExported() {
			return false
		}
	}
	return true
}

// TestHostileKernels spoils the arguments of every function and method of package kernels.
func TestHostileKernels(t *testing.T) {
	var n tally
	for _, e := range selected(t, isKernel) {
		t.Run(e.name, func(t *testing.T) {
			e.spoilCopies(t, &n, e.goodKernelCall(t, &n))
			kernels.SetThreads(2)
			kernels.Limit(kernels.Tiers()[len(kernels.Tiers())-1])
		})
	}
	n.count(t)
}

func (n *tally) count(t *testing.T) {
	proof.Count(t, "hostile", "hostile calls", n.calls)
	proof.Count(t, "hostile", "calls refused by a recoverable error", n.refused)
	proof.Count(t, "hostile", "calls accepted", n.accepted)
}

// spoilCopies spoils copies of good arguments, each alone and in pairs.
func (e *entry) spoilCopies(t *testing.T, n *tally, good []reflect.Value) {
	all := make([][]spoil, len(good))
	try := func(what string, change map[int]spoil) {
		args := copied(good)
		for i, s := range change {
			s.change(args[i])
		}
		o := e.run(e.name+", "+what, args)
		if n.add(o); o.problem != "" {
			t.Errorf("%s: %s", what, o.problem)
		}
	}
	for i, a := range good {
		all[i] = spoils(e.typ.In(i), a, 0)
		for _, s := range all[i] {
			if i == 0 && e.method && s.what == "zero" && opaqueType(a.Type()) {
				continue
			}
			try(fmt.Sprintf("%s: %s", e.params[i], s.what), map[int]spoil{i: s})
		}
	}
	r := rand.New(rand.NewPCG(uint64(len(e.name)), 5))
	for range *pairs * len(good) {
		i, j := r.IntN(len(good)), r.IntN(len(good))
		if i == j || e.method && (i == 0 || j == 0) || len(all[i]) == 0 || len(all[j]) == 0 {
			continue
		}
		s, u := all[i][r.IntN(len(all[i]))], all[j][r.IntN(len(all[j]))]
		try(fmt.Sprintf("%s: %s and %s: %s", e.params[i], s.what, e.params[j], u.what), map[int]spoil{i: s, j: u})
	}
}
