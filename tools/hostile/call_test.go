package hostile

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ashlar-go/ashlar/kernels"
)

// outcome is how a call ended.
type outcome struct {
	results  []reflect.Value
	err      error // that it returned
	panicked any
	stack    string
	changed  bool   // an argument has changed
	bytes    uint64 // allocated
	problem  string // what is wrong with it, "" if it is well
}

// givesErrors are the functions whose result is an error though nothing went wrong.
var givesErrors = []string{"data.FormatError.Unwrap"}

// goesOn are the functions whose error may come after a part of their work, which stays: training ends
// where a number overflows, with the weights as before that step.
var goesOn = []string{"train.Trainer.Run", "train.Trainer.RunStream"}

func (o *outcome) refused() bool { return o.err != nil || o.panicked != nil }

// deadline is how long one call may take on a busy machine.
const deadline = 5 * time.Second

// watch ends the process, with all stacks, if a call takes too long.
var watch struct {
	started atomic.Int64
	what    atomic.Pointer[string]
}

func init() {
	go func() {
		for range time.Tick(time.Second) {
			if at := watch.started.Load(); at != 0 && time.Since(time.Unix(0, at)) > deadline {
				buf := make([]byte, 1<<20)
				fmt.Fprintf(os.Stderr, "the call hangs: %s\n%s\n", *watch.what.Load(),
					buf[:runtime.Stack(buf, true)])
				os.Exit(1)
			}
		}
	}()
}

// run calls an entry and judges what happens.
func (e *entry) run(what string, args []reflect.Value) *outcome {
	o := &outcome{}
	before := digest(args)
	most := limitOf(args)
	watch.what.Store(&what)
	watch.started.Store(time.Now().UnixNano())
	from := allocated()
	func() {
		defer func() {
			if o.panicked = recover(); o.panicked != nil {
				o.stack = string(debug.Stack())
			}
		}()
		o.results = e.call(args)
	}()
	watch.started.Store(0)
	o.bytes = allocated() - from
	if n := len(o.results); n > 0 && !slices.Contains(givesErrors, e.op) {
		o.err, _ = o.results[n-1].Interface().(error)
	}
	if o.refused() && !slices.Contains(goesOn, e.op) {
		o.changed = digest(args) != before
	}
	o.problem = e.judge(o, args, most)
	return o
}

// allocated returns the bytes that were allocated so far. What small objects take counts a little
// later; a large one counts at once. ReadMemStats would stop all goroutines each time.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// judge says what is wrong with the outcome of a call.
func (e *entry) judge(o *outcome, args []reflect.Value, most uint64) string {
	if o.panicked != nil {
		if e.method && isNil(args[0]) && isNilDereference(o.panicked) {
			return ""
		}
		if problem := e.judgePanic(o.panicked); problem != "" {
			return problem + " at " + place(o.stack)
		}
	}
	if o.err != nil && strings.TrimSpace(o.err.Error()) == "" {
		return "returns an error without a text"
	}
	if o.changed {
		return fmt.Sprintf("is refused, but an argument has changed: %v%v", o.panicked, o.err)
	}
	if o.bytes > most {
		return fmt.Sprintf("allocates %d bytes, want <= %d (panic %v, error %v)", o.bytes, most, o.panicked,
			o.err)
	}
	return ""
}

// place returns the lines of the product nearest to a panic.
func place(stack string) string {
	var at []string
	for _, line := range strings.Split(stack, "\n") {
		line = strings.TrimSpace(line)
		_, file, ok := strings.Cut(line, root)
		if file, _, _ = strings.Cut(file, " "); ok && !strings.HasPrefix(file, "tools/") && len(at) < 4 {
			at = append(at, file)
		}
	}
	return strings.Join(at, ", ")
}

// root is the folder of the repository, as the compiler names it.
var root = func() string {
	_, file, _, _ := runtime.Caller(0)
	at, _, _ := strings.Cut(file, "tools/hostile/")
	return at
}()

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Func, reflect.Map, reflect.Slice:
		return v.IsNil() || v.Kind() == reflect.Interface && isNil(v.Elem())
	}
	return false
}

func isNilDereference(panicked any) bool {
	err, ok := panicked.(runtime.Error)
	return ok && strings.Contains(err.Error(), "nil pointer")
}

// judgePanic says what is wrong with the value of a panic.
func (e *entry) judgePanic(panicked any) string {
	err, ok := panicked.(error)
	if !ok {
		return fmt.Sprintf("panics with %T, which is no error: %v", panicked, panicked)
	}
	var shape *kernels.ShapeError
	switch text := err.Error(); {
	case isRuntimeError(err):
		return fmt.Sprintf("ends in a runtime error: %v", err)
	case errors.As(err, &shape):
		return e.judgeShape(shape)
	case e.pkg == "kernels" || e.pkg == "mat" || e.pkg == "gonumblas":
		return fmt.Sprintf("panics with %T, want a ShapeError: %v", err, err)
	case !strings.HasPrefix(text, e.pkg+".") && !strings.HasPrefix(text, e.pkg+": ") &&
		!knownPrefix(text):
		return fmt.Sprintf("panics with an error that names no package: %v", err)
	}
	return ""
}

func isRuntimeError(err error) bool {
	var r runtime.Error
	return errors.As(err, &r)
}

// knownPrefix reports whether a text begins with a function or package of the API.
func knownPrefix(text string) bool {
	first, _, _ := strings.Cut(text, ":")
	pkg, _, _ := strings.Cut(first, ".")
	return slices.ContainsFunc(entries(), func(e *entry) bool { return e.pkg == pkg })
}

// judgeShape says what is wrong with a ShapeError: it names a function of the API and one of its
// parameters. Packages kernels, gonumblas and mat name the function that was called.
func (e *entry) judgeShape(shape *kernels.ShapeError) string {
	names := named[shape.Op]
	switch {
	case e.pkg == "gonumblas":
		names = nil
		if shape.Op == "blas" {
			names = parametersOf(e.params[1:], e.op)
		}
	case e.pkg == "kernels" && shape.Op != e.op:
		names = nil
	}
	if shape.Msg == "" || len(names) == 0 {
		return fmt.Sprintf("panics with %#v, want a text and the name of a function", shape)
	}
	for _, part := range strings.FieldsFunc(shape.Arg, func(r rune) bool { return r == ',' || r == ' ' }) {
		first, _, _ := strings.Cut(part, ".")
		first, _, _ = strings.Cut(first, "[")
		if !slices.Contains(names, first) {
			return fmt.Sprintf("panics with %#v, where Arg is no parameter: they are %q", shape, names)
		}
	}
	if shape.Arg == "" {
		return fmt.Sprintf("panics with %#v, which names no parameter", shape)
	}
	return ""
}

// named has the names that an error of each function may give: its parameters, the receiver of a
// method, and the fields of those that are structs.
var named = map[string][]string{}

func init() {
	for _, e := range entries() {
		params := e.params
		if e.method {
			params = params[1:]
		}
		named[e.op] = append(named[e.op], parametersOf(params, e.op)...)
		for i := range e.typ.NumIn() {
			named[e.op] = append(named[e.op], fieldsOf(e.typ.In(i))...)
		}
		if short, ok := strings.CutPrefix(e.op, "mat.Dense."); ok { // as package mat names its methods
			named["mat."+short] = append(named["mat."+short], named[e.op]...)
		}
		if typ := e.op[:strings.LastIndexByte(e.op, '.')]; e.method { // an error may name the type alone
			named[typ] = append(named[typ], named[e.op]...)
		}
	}
}

// parametersOf adds the letters that receivers have in this repository.
func parametersOf(params []string, op string) []string {
	if strings.Count(op, ".") == 2 {
		typ := strings.Split(op, ".")[1]
		params = append(slices.Clone(params), strings.ToLower(typ[:1]), "l", "m", "s", "ws", "o")
	}
	return params
}

func fieldsOf(t reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return strings.Fields(fields[withoutArgs(apiName(t))])
}

// limitOf is how many bytes a call may allocate: some for its own sake, and a multiple of its
// arguments.
func limitOf(args []reflect.Value) uint64 {
	w := &walker{seen: map[uintptr]bool{}}
	for _, a := range args {
		w.walk(a, 0)
	}
	return 16<<20 + 64*w.bytes
}

var hashSeed = maphash.MakeSeed()

// digest is a hash of all that is reachable from the arguments, and part of this repository.
func digest(args []reflect.Value) uint64 {
	w := &walker{seen: map[uintptr]bool{}}
	w.hash.SetSeed(hashSeed)
	for _, a := range args {
		w.walk(a, 0)
	}
	return w.hash.Sum64()
}

type walker struct {
	hash  maphash.Hash
	bytes uint64
	seen  map[uintptr]bool
}

func (w *walker) number(x uint64) {
	var b [8]byte
	for i := range b {
		b[i] = byte(x >> (8 * i))
	}
	w.hash.Write(b[:])
	w.bytes += 8
}

// scratch are types whose contents are no one's but theirs: what they hold may change in a call that
// is refused.
var scratch = []string{"layer.Workspace", "layer.Memo", "layer.Predictor", "layer.Combiner", "data.Dealer",
	"data.Stream", "model.File", "kernels.PreparedGemm", "train.Diagnostics"}

func (w *walker) skip(t reflect.Type) bool {
	name := withoutArgs(apiName(t))
	if slices.Contains(scratch, name) {
		return true
	}
	return t.PkgPath() != "" && !strings.HasPrefix(t.PkgPath(), "github.com/ashlar-go/ashlar")
}

func (w *walker) walk(v reflect.Value, depth int) {
	if !v.IsValid() || depth > 20 {
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			w.number(1)
		} else {
			w.number(0)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.number(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		w.number(v.Uint())
	case reflect.Float32, reflect.Float64:
		w.number(math.Float64bits(v.Float()))
	case reflect.String:
		w.hash.WriteString(v.String())
		w.bytes += uint64(v.Len())
	case reflect.Slice, reflect.Array:
		w.number(uint64(v.Len()))
		for i := range v.Len() {
			w.walk(v.Index(i), depth+1)
		}
	case reflect.Map:
		w.number(uint64(v.Len()))
		w.bytes += 64 * uint64(v.Len())
	case reflect.Struct:
		if w.skip(v.Type()) {
			return
		}
		for i := range v.NumField() {
			w.walk(v.Field(i), depth+1)
		}
	case reflect.Interface:
		w.walk(v.Elem(), depth+1)
	case reflect.Pointer:
		if v.IsNil() || w.seen[v.Pointer()] || w.skip(v.Type().Elem()) {
			return
		}
		w.seen[v.Pointer()] = true
		w.walk(v.Elem(), depth+1)
	}
}
