package hostile

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
)

var (
	seeds = flag.Int("seeds", 1, "how many good calls of each function are spoilt")
	pairs = flag.Int("pairs", 20, "how many pairs of arguments of each call are spoilt at a time")
	only  = flag.String("only", "", "call only functions whose name contains this; a test that has none fails")
)

// selected are the functions that a test calls: of these packages those that -only names.
func selected(t *testing.T, pkg func(name string) bool) (list []*entry) {
	t.Helper()
	for _, e := range entries() {
		if pkg(e.pkg) && strings.Contains(e.name, *only) {
			list = append(list, e)
		}
	}
	if len(list) == 0 {
		t.Errorf("the test calls no function whose name contains %q", *only)
	}
	return list
}

func isKernel(pkg string) bool { return pkg == "kernels" }

// folder is that of this package: the calls run in another one, where they may write.
var folder string

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if folder, err = os.Getwd(); err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "hostile")
	if err == nil {
		err = makeFiles(dir)
	}
	if err == nil {
		err = os.Chdir(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// tally counts the calls of a test.
type tally struct{ calls, refused, accepted int }

func (n *tally) add(o *outcome) {
	n.calls++
	if o.refused() {
		n.refused++
	} else {
		n.accepted++
	}
}

// TestHostileArguments spoils the arguments of good calls of every function, one and two at a time.
func TestHostileArguments(t *testing.T) {
	var n tally
	for _, e := range selected(t, func(pkg string) bool { return pkg != "kernels" && pkg != "gonumblas" }) {
		t.Run(e.name, func(t *testing.T) { e.hostile(t, &n) })
	}
	n.count(t)
}

func (e *entry) hostile(t *testing.T, n *tally) {
	good, last := e.goodSeeds(t, n)
	if len(good) == 0 {
		if !e.refusesAll() {
			t.Errorf("no good call is found; the last ended with %v", last)
		}
		good = []uint64{0}
	}
	for _, seed := range good {
		e.spoilOne(t, n, seed)
		e.spoilTwo(t, n, seed)
	}
	// Functions that change the process are set back.
	kernels.SetThreads(2)
	kernels.Limit(kernels.Tiers()[len(kernels.Tiers())-1])
}

// refusesAll reports a function that has no good call: layers in int8 are of float32 and have no Backward.
func (e *entry) refusesAll() bool {
	single := slices.ContainsFunc([]string{"layer.Calibrate", "layer.NewInt8Linear", "layer.Quantize",
		"model.Quantize", "layer.Int8Linear"}, func(name string) bool { return strings.HasPrefix(e.name, name) })
	return single && (strings.Contains(e.name, "[float64]") || strings.HasSuffix(e.name, ".Backward"))
}

// goodSeeds finds seeds whose arguments make a good call.
func (e *entry) goodSeeds(t *testing.T, n *tally) (good []uint64, last string) {
	for seed := uint64(0); seed < 400 && len(good) < *seeds; seed++ {
		o := e.run(fmt.Sprintf("%s, seed %d", e.name, seed), e.arguments(seed))
		n.add(o)
		if o.problem != "" {
			t.Errorf("seed %d: %s", seed, o.problem)
			return good, last
		}
		if !o.refused() {
			good = append(good, seed)
		} else {
			last = fmt.Sprint(o.panicked, o.err)
		}
	}
	return good, last
}

// spoiled makes the arguments of a seed with some of them spoilt.
func (e *entry) spoiled(seed uint64, change map[int]spoil) []reflect.Value {
	args := e.arguments(seed)
	for i, s := range change {
		v := reflect.New(e.typ.In(i)).Elem()
		v.Set(args[i])
		s.change(v)
		args[i] = v
	}
	return args
}

func (e *entry) spoilOne(t *testing.T, n *tally, seed uint64) {
	args := e.arguments(seed)
	bad := 0
	for i, a := range args {
		if i == 0 && e.method && a.Kind() == reflect.Interface {
			continue // the methods of each type have rows of their own
		}
		for _, s := range spoils(e.typ.In(i), a, 0) {
			if i == 0 && e.method && s.what == "zero" && opaqueType(a.Type()) {
				continue
			}
			what := fmt.Sprintf("seed %d, %s: %s", seed, e.params[i], s.what)
			o := e.run(e.name+", "+what, e.spoiled(seed, map[int]spoil{i: s}))
			n.add(o)
			if o.problem != "" {
				if bad++; bad < 6 {
					t.Errorf("%s: %s", what, o.problem)
				}
			}
		}
	}
	if bad >= 6 {
		t.Errorf("%d bad calls in all", bad)
	}
}

// spoilTwo spoils two arguments at a time, in pairs that it draws.
func (e *entry) spoilTwo(t *testing.T, n *tally, seed uint64) {
	args := e.arguments(seed)
	if len(args) < 2 {
		return
	}
	all := make([][]spoil, len(args))
	for i, a := range args {
		if i > 0 || !e.method {
			all[i] = spoils(e.typ.In(i), a, 0)
		}
	}
	r := rand.New(rand.NewPCG(seed, 4))
	for range *pairs {
		i, j := r.IntN(len(args)), r.IntN(len(args))
		if i == j || len(all[i]) == 0 || len(all[j]) == 0 {
			continue
		}
		s, u := all[i][r.IntN(len(all[i]))], all[j][r.IntN(len(all[j]))]
		what := fmt.Sprintf("seed %d, %s: %s and %s: %s", seed, e.params[i], s.what, e.params[j], u.what)
		o := e.run(e.name+", "+what, e.spoiled(seed, map[int]spoil{i: s, j: u}))
		if n.add(o); o.problem != "" {
			t.Errorf("%s: %s", what, o.problem)
			return
		}
	}
}

// opaqueType reports whether values of a type come from functions of its package alone, so that the
// zero value is no receiver to call methods on.
func opaqueType(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if !t.Field(i).IsExported() && !t.Field(i).Anonymous {
			return true
		}
	}
	return false
}
