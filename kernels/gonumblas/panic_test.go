package gonumblas

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// parameters names the parameters of each routine, which reflection does not know.
var parameters = map[string]string{
	"dot": "n x incX y incY", "sdot": "n x incX y incY", "dsdot": "n alpha x incX y incY",
	"nrm2": "n x incX", "asum": "n x incX", "amax": "n x incX", "scal": "n alpha x incX",
	"swap": "n x incX y incY", "copy": "n x incX y incY", "axpy": "n alpha x incX y incY",
	"rotg": "a b", "rotmg": "d1 d2 b1 b2", "rot": "n x incX y incY c s", "rotm": "n x incX y incY p",
	"gemv":  "tA m n alpha a lda x incX beta y incY",
	"gbmv":  "tA m n kL kU alpha a lda x incX beta y incY",
	"trmv":  "ul tA d n a lda x incX",
	"tbmv":  "ul tA d n k a lda x incX",
	"tpmv":  "ul tA d n ap x incX",
	"trsv":  "ul tA d n a lda x incX",
	"tbsv":  "ul tA d n k a lda x incX",
	"tpsv":  "ul tA d n ap x incX",
	"symv":  "ul n alpha a lda x incX beta y incY",
	"sbmv":  "ul n k alpha a lda x incX beta y incY",
	"spmv":  "ul n alpha ap x incX beta y incY",
	"ger":   "m n alpha x incX y incY a lda",
	"syr":   "ul n alpha x incX a lda",
	"spr":   "ul n alpha x incX ap",
	"syr2":  "ul n alpha x incX y incY a lda",
	"spr2":  "ul n alpha x incX y incY ap",
	"gemm":  "tA tB m n k alpha a lda b ldb beta c ldc",
	"symm":  "s ul m n alpha a lda b ldb beta c ldc",
	"syrk":  "ul tA n k alpha a lda beta c ldc",
	"syr2k": "ul tA n k alpha a lda b ldb beta c ldc",
	"trmm":  "s ul tA d m n alpha a lda b ldb",
	"trsm":  "s ul tA d m n alpha a lda b ldb",
}

// base returns the name of a routine without that of its type.
func base(method string) string {
	if strings.HasPrefix(method, "I") {
		return method[2:]
	}
	return strings.ToLower(method[1:])
}

// A valid call has sizes of 5, bands of 2, leading dimensions of 7 and increments of 2.
// Vectors of 9 elements and matrices of 33 are exactly long enough, others too long by
// some, which nothing here minds.
const order = 5

// arguments returns those of a valid call.
func arguments(method reflect.Method) []reflect.Value {
	names := strings.Fields(parameters[base(method.Name)])
	args := make([]reflect.Value, len(names))
	for i, name := range names {
		in := method.Type.In(i + 1)
		v := reflect.New(in).Elem()
		switch {
		case in.Kind() == reflect.Int:
			v.SetInt(order)
			switch {
			case strings.HasPrefix(name, "inc"):
				v.SetInt(2)
			case strings.HasPrefix(name, "ld"):
				v.SetInt(7)
			case name == "kL" || name == "kU" ||
				name == "k" && strings.Contains("tbmv tbsv sbmv", base(method.Name)):
				v.SetInt(2)
			}
		case in.Kind() == reflect.Slice:
			v.Set(reflect.MakeSlice(in, neededBy(method, name), neededBy(method, name)))
			for k := range v.Len() {
				v.Index(k).SetFloat(float64(1 + k%3))
			}
		case in == reflect.TypeFor[blas.Transpose]():
			v.SetUint(uint64(blas.NoTrans))
		case in == reflect.TypeFor[blas.Uplo]():
			v.SetUint(uint64(blas.Upper))
		case in == reflect.TypeFor[blas.Diag]():
			v.SetUint(uint64(blas.NonUnit))
		case in == reflect.TypeFor[blas.Side]():
			v.SetUint(uint64(blas.Left))
		case in.Kind() == reflect.Float32 || in.Kind() == reflect.Float64:
			v.SetFloat(2)
		}
		args[i] = v
	}
	return args
}

// neededBy returns the least length of a slice in the valid call.
func neededBy(method reflect.Method, name string) int {
	switch {
	case name == "ap":
		return order * (order + 1) / 2
	case len(name) == 1 && name >= "x":
		return (order-1)*2 + 1
	}
	const ld = 7
	switch base(method.Name) {
	case "tbmv", "tbsv", "sbmv":
		return (order-1)*ld + 2 + 1
	}
	return (order-1)*ld + order
}

// mutation is a call that cannot be meant.
type mutation struct {
	arg  int
	text string // what the panic starts with
	set  func(v reflect.Value)
	safe bool // gonum panics with its own text
}

// blames returns the parameters that an error may name, of those of the method.
func (m mutation) blames(names []string) []string {
	short, is := strings.CutPrefix(m.text, "blas: insufficient length of ")
	switch {
	case is:
		return []string{short}
	case m.text == "blas: ": // a size beyond any operand: one of those that are too short for it
		return names
	}
	return names[m.arg : m.arg+1]
}

func mutations(method reflect.Method) (list []mutation) {
	add := func(i int, text string, safe bool, set func(v reflect.Value)) {
		list = append(list, mutation{i, text, set, safe})
	}
	number := func(i int, text string, safe bool, v int) {
		add(i, text, safe, func(r reflect.Value) { r.SetInt(int64(v)) })
	}
	for i, name := range strings.Fields(parameters[base(method.Name)]) {
		in := method.Type.In(i + 1)
		switch {
		case name == "m" || name == "n" || name == "k" || name == "kL" || name == "kU":
			number(i, "blas: "+name+" < 0", true, -1)
			number(i, "blas: "+name+" < 0", false, math.MinInt)
			number(i, "blas: ", false, math.MaxInt)
			number(i, "blas: ", false, math.MaxInt/2+1)
		case strings.HasPrefix(name, "ld"):
			text := "blas: bad leading dimension of " + strings.ToUpper(name[2:])
			number(i, text, true, 2)
			number(i, text, true, -7)
			number(i, text, false, math.MinInt)
			for _, v := range []int{math.MaxInt, math.MaxInt/4 + 1, math.MaxInt/2 + 1, 8} {
				number(i, "blas: insufficient length of "+name[2:], false, v)
			}
		case strings.HasPrefix(name, "inc"):
			x := strings.ToLower(name[3:])
			number(i, "blas: zero "+x+" index increment", true, 0)
			number(i, "blas: insufficient length of "+x, false, 3)
			number(i, "blas: insufficient length of "+x, false, math.MaxInt)
			number(i, "blas: insufficient length of "+x, false, math.MaxInt/4+1)
			if !strings.Contains("nrm2 asum amax scal", base(method.Name)) {
				number(i, "blas: insufficient length of "+x, false, -3)
				number(i, "blas: insufficient length of "+x, false, math.MinInt)
			}
		case in.Kind() == reflect.Slice:
			shorter := func(v reflect.Value) { v.Set(v.Slice(0, v.Len()-1)) }
			add(i, "blas: insufficient length of "+name, true, shorter)
			add(i, "blas: insufficient length of "+name, false, func(v reflect.Value) { v.SetZero() })
		case in.Kind() == reflect.Uint8:
			kind := map[string]string{"tA": "transpose", "tB": "transpose", "ul": "triangle",
				"d": "diagonal", "s": "side"}[name]
			add(i, "blas: illegal "+kind, true, func(v reflect.Value) { v.SetUint('?') })
		case name == "p":
			add(i, "blas: illegal rotm flag", false, func(v reflect.Value) { v.Field(0).SetInt(7) })
		}
	}
	return list
}

// recovered calls a method and returns what it panics with.
func recovered(f reflect.Value, args []reflect.Value) (r any) {
	defer func() { r = recover() }()
	f.Call(args)
	return nil
}

// TestPanics makes every argument of every method wrong in turn: the panic is an error
// that starts with gonum's text, and nothing has been written.
func TestPanics(t *testing.T) {
	typ, source := reflect.TypeFor[Implementation](), parsePackage(t)
	for i := range typ.NumMethod() {
		method := typ.Method(i)
		names := source.parameters[method.Name]
		if strings.Join(names, " ") != parameters[base(method.Name)] {
			t.Errorf("%s has the parameters %v, the test %q", method.Name, names,
				parameters[base(method.Name)])
			continue
		}
		ours := reflect.ValueOf(Implementation{}).Method(i)
		if r := recovered(ours, arguments(method)); r != nil {
			t.Errorf("%s: the valid call panics: %v", method.Name, r)
		}
		for _, m := range mutations(method) {
			args, before := arguments(method), arguments(method)
			m.set(args[m.arg])
			m.set(before[m.arg])
			what := fmt.Sprintf("%s with argument %d = %v", method.Name, m.arg, args[m.arg])
			err, ok := recovered(ours, args).(error)
			var shape *kernels.ShapeError
			if !ok || !errors.As(err, &shape) || !strings.HasPrefix(err.Error(), m.text) ||
				!strings.Contains(err.Error(), method.Name) {
				t.Errorf("%s panics with %v, want %q", what, err, m.text)
			} else if blamed := m.blames(names); !slices.Contains(blamed, shape.Arg) {
				t.Errorf("%s blames %q, want one of %q", what, shape.Arg, blamed)
			}
			for k := range args {
				if !reflect.DeepEqual(args[k].Interface(), before[k].Interface()) {
					t.Errorf("%s has changed argument %d", what, k)
				}
			}
			if m.safe {
				theirs := reflect.ValueOf(gonum.Implementation{}).MethodByName(method.Name)
				if text, _ := recovered(theirs, before).(string); !strings.HasPrefix(text, m.text) {
					t.Errorf("%s: gonum panics with %q, want %q", what, text, m.text)
				}
			}
		}
	}
}

// TestEmpty: sizes of zero need no elements, and panic no more than in gonum.
func TestEmpty(t *testing.T) {
	typ := reflect.TypeFor[Implementation]()
	for i := range typ.NumMethod() {
		method := typ.Method(i)
		args := arguments(method)
		for k, name := range strings.Fields(parameters[base(method.Name)]) {
			switch in := method.Type.In(k + 1); {
			case name == "m" || name == "n":
				args[k].SetInt(0)
			case in.Kind() == reflect.Slice:
				args[k].SetZero()
			}
		}
		if r := recovered(reflect.ValueOf(Implementation{}).Method(i), args); r != nil {
			t.Errorf("%s of nothing panics: %v", method.Name, r)
		}
	}
}
