package hostile

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// blasArguments makes a good call of a routine: every matrix is of order 4 with gaps between rows.
func (e *entry) blasArguments() []reflect.Value {
	args := make([]reflect.Value, e.typ.NumIn())
	for i := range args {
		t, name := e.typ.In(i), e.params[i]
		v := reflect.New(t).Elem()
		switch {
		case t == reflect.TypeFor[blas.Transpose]():
			v.SetUint(uint64(blas.Trans))
		case t == reflect.TypeFor[blas.Uplo]():
			v.SetUint(uint64(blas.Lower))
		case t == reflect.TypeFor[blas.Diag]():
			v.SetUint(uint64(blas.NonUnit))
		case t == reflect.TypeFor[blas.Side]():
			v.SetUint(uint64(blas.Right))
		case t.Kind() == reflect.Int:
			v.SetInt(4)
			switch {
			case strings.HasPrefix(name, "ld"):
				v.SetInt(7)
			case strings.HasPrefix(name, "inc"):
				v.SetInt(2)
			case name == "kL" || name == "kU":
				v.SetInt(2)
			}
		case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
			v.SetFloat(0.5)
		case t.Kind() == reflect.Slice:
			v.Set(reflect.MakeSlice(t, 40, 40))
			for j := range 40 {
				v.Index(j).SetFloat(1 + float64(j%5))
			}
		}
		args[i] = v
	}
	return args
}

// TestHostileBLAS spoils the arguments of every routine of package gonumblas. Where gonum refuses a
// call, the text of our error begins with gonum's.
func TestHostileBLAS(t *testing.T) {
	var n tally
	for _, e := range selected(t, func(pkg string) bool { return pkg == "gonumblas" }) {
		if e.op == "gonumblas.Use" {
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			good := e.blasArguments()
			o := e.run(e.name, copied(good))
			if n.add(o); o.problem != "" || o.refused() {
				t.Fatalf("no good call is found: %s %v", o.problem, o.panicked)
			}
			e.spoilCopies(t, &n, good)
			e.likeGonum(t, good)
		})
	}
	n.count(t)
}

// likeGonum makes each small argument wrong for gonum and for us.
func (e *entry) likeGonum(t *testing.T, good []reflect.Value) {
	name := e.name[strings.LastIndexByte(e.name, '.')+1:]
	theirs := reflect.ValueOf(gonum.Implementation{}).MethodByName(name)
	for i, a := range good {
		if a.Kind() == reflect.Float32 || a.Kind() == reflect.Float64 {
			continue // no number is refused, and gonum's Drotmg scales an infinity for ever
		}
		for _, s := range spoils(e.typ.In(i), a, 0) {
			if a.Kind() == reflect.Int && strings.Contains(s.what, "00") || a.Kind() == reflect.Int && len(s.what) > 4 {
				continue // gonum 0.17 multiplies large sizes without a check
			}
			args, again := copied(good), copied(good)
			s.change(args[i])
			s.change(again[i])
			want, ok := recovered(func() { theirs.Call(again[1:]) }).(string)
			if !ok {
				continue
			}
			got, _ := recovered(func() { e.call(args) }).(error)
			if got == nil || !strings.HasPrefix(got.Error(), want) && !overlapOrAlias(got) {
				t.Errorf("%s: %s: gonum panics with %q, we with %v", e.params[i], s.what, want, got)
			}
		}
	}
}

func overlapOrAlias(err error) bool { return strings.Contains(err.Error(), " overlaps ") }

func recovered(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}

// TestUse: registering the routines is no call with arguments; it can be repeated.
func TestUse(t *testing.T) {
	for _, e := range selected(t, func(pkg string) bool { return pkg == "gonumblas" }) {
		if e.op == "gonumblas.Use" {
			if o := e.run(e.name, nil); o.problem != "" || o.refused() {
				t.Error(fmt.Sprint(o.problem, o.panicked))
			}
		}
	}
}
