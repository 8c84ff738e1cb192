package hostile

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/proof"
	"github.com/ashlar-go/ashlar/kernels"
)

// spot is where a call has an operand: a parameter, or a field of one.
type spot struct {
	arg   int
	field string
	name  string
}

func (s spot) in(args []reflect.Value) reflect.Value {
	v := args[s.arg]
	if s.field == "" {
		return v
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return v.FieldByName(s.field)
}

// operands lists the slices of numbers of a call, none of them empty.
func (e *entry) operands(good []reflect.Value) (list []spot) {
	for i, a := range good {
		if isNumbers(a) && a.Len() > 0 {
			list = append(list, spot{i, "", e.params[i]})
		}
		if a.Kind() == reflect.Pointer && !a.IsNil() {
			a = a.Elem()
		}
		if a.Kind() != reflect.Struct {
			continue
		}
		for k := range a.NumField() {
			if f := a.Type().Field(k); f.IsExported() && isNumbers(a.Field(k)) && a.Field(k).Len() > 0 {
				list = append(list, spot{i, f.Name, f.Name})
			}
		}
	}
	return list
}

// isNumbers reports a slice of floats, of integers, or of BFloat16.
func isNumbers(v reflect.Value) bool {
	if v.Kind() != reflect.Slice {
		return false
	}
	switch v.Type().Elem().Kind() {
	case reflect.Int, reflect.Int8, reflect.Uint8, reflect.Uint16, reflect.Float32, reflect.Float64:
		return true
	}
	return false
}

// number returns an element of an operand.
func number(v reflect.Value) float64 {
	switch {
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	}
	return v.Float()
}

// setNumber sets an element of an operand: to x if it is a float, else to a number that x decides.
func setNumber(v reflect.Value, x float64) {
	switch {
	case v.CanInt():
		v.SetInt(int64(64*x) % 3) // it may be a row or a class
	case v.Kind() == reflect.Uint16:
		v.SetUint(0x3f00 + uint64(64*x)%64) // a BFloat16 from 0.5 to 1
	case v.CanUint():
		v.SetUint(uint64(64*x) % 64)
	default:
		v.SetFloat(x)
	}
}

// leading finds the leading dimension of an operand, which need not have one.
func (e *entry) leading(args []reflect.Value, s spot) (ld reflect.Value) {
	if s.field != "" {
		v := args[s.arg]
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		return v.FieldByName("Ld" + s.field)
	}
	for i, name := range e.params {
		if name == "ld"+s.name || name == "ld"+s.name[:1] && (s.name == "dst" || s.name == "src") {
			return args[i]
		}
	}
	return ld
}

// partly are the operands of which a kernel references a triangle or several matrices, and those
// that it copies before it writes. Package fuzz has tests of their own for them, with all cases.
var partly = map[string]string{
	"kernels.GemmTriangle c": "one triangle", "kernels.GemvTriangle a": "one triangle",
	"kernels.GemmBatch a": "a batch", "kernels.GemmBatch b": "a batch", "kernels.GemmBatch c": "a batch",
	"kernels.GemmBatchBFloat16 a": "a batch", "kernels.GemmBatchBFloat16 b": "a batch",
	"kernels.GemmBatchBFloat16 c": "a batch",
}

// TestHostileOverlap lays each operand that a kernel writes over each of its others at every
// distance, with and without gaps between rows, also where their elements differ in size. The call
// must be refused, with nothing written, if and only if the two have an element in common; else it
// must give the result of operands apart. The very same elements may be allowed; then too the result
// must be that of operands apart.
func TestHostileOverlap(t *testing.T) {
	var n pairCount
	for _, e := range selected(t, isKernel) {
		t.Run(e.name, func(t *testing.T) { e.overlaps(t, &n) })
	}
	proof.Count(t, "hostile", "pairs of operands", n.pairs)
	proof.Count(t, "hostile", "overlaps refused", n.refused)
	proof.Count(t, "hostile", "operands side by side accepted", n.apart)
	if n.pairs == 0 {
		t.Errorf("no function whose name contains %q writes one of several operands", *only)
	}
	if *only == "" && (n.pairs < 100 || n.refused < 1000 || n.apart < 1000) {
		t.Errorf("%+v is too little", n)
	}
}

type pairCount struct{ pairs, refused, apart int }

func (e *entry) overlaps(t *testing.T, n *pairCount) {
	var calls tally
	good := e.withOperands(e.goodKernelCall(t, &calls))
	list := e.operands(good)
	if len(list) < 2 {
		return
	}
	written := e.written(good, list)
	for i, a := range list {
		for j, b := range list {
			if i == j || !written[i] || written[j] && j < i || partly[e.op+" "+a.name] != "" ||
				partly[e.op+" "+b.name] != "" {
				continue
			}
			n.pairs++
			for _, gaps := range [][2]int{{0, 0}, {1, 1}, {3, 1}, {2, 5}} {
				p := &layout{entry: e, good: good, a: a, b: b, gapA: gaps[0], gapB: gaps[1]}
				if !p.slide(t, n) {
					break // no operand has gaps, or the pair has failed
				}
			}
		}
	}
}

// withOperands gives a good call vectors of a length, where it may have any and has none, and parameters of
// an update that are not zero. A call that is refused then stays as it was.
func (e *entry) withOperands(good []reflect.Value) []reflect.Value {
	args := copied(good)
	for i, a := range args {
		for a.Kind() == reflect.Pointer && !a.IsNil() {
			a = a.Elem()
		}
		switch {
		case isNumbers(a) && a.Len() == 0:
			a.Set(reflect.MakeSlice(a.Type(), 6, 6))
			for k := range a.Len() {
				setNumber(a.Index(k), 0.25+float64((k+i)%7)/10)
			}
		case a.Kind() == reflect.Struct && i > 0:
			for k := range a.NumField() {
				switch f := a.Field(k); {
				case f.CanSet() && f.Kind() == reflect.Float64:
					f.SetFloat(0.5)
				case f.CanSet() && f.Kind() == reflect.Bool: // such as Centered, without which mean is unused
					f.SetBool(true)
				}
			}
		}
	}
	if recovered(func() { e.call(copied(args)) }) != nil {
		return good
	}
	return args
}

// written tells which operands the kernel changes.
func (e *entry) written(good []reflect.Value, list []spot) []bool {
	changed := make([]bool, len(list))
	for try := range 3 {
		args := copied(good)
		for k, s := range list {
			v := s.in(args)
			for i := range v.Len() {
				setNumber(v.Index(i), 0.3+float64((i*(3+k)+try*5)%11)/13)
			}
		}
		before := copied(args)
		recovered(func() { e.call(args) })
		for k, s := range list {
			changed[k] = changed[k] || !reflect.DeepEqual(s.in(args).Interface(), s.in(before).Interface())
		}
	}
	return changed
}

// layout is a call with two operands in one memory.
type layout struct {
	*entry
	good       []reflect.Value
	a, b       spot
	gapA, gapB int
}

// places returns the places of the elements of an operand with a gap between its rows, and its
// leading dimension, 0 if it has none.
func (p *layout) places(s spot, gap int) (list []int, ld int) {
	length, cols := s.in(p.good).Len(), s.in(p.good).Len()
	if v := p.leading(p.good, s); v.IsValid() {
		cols = int(v.Int())
		ld = cols + gap
	}
	for i := range length {
		list = append(list, i/cols*(cols+gap)+i%cols)
	}
	return list, ld
}

// slide makes the calls at every distance. It reports whether another gap is worth a try.
func (p *layout) slide(t *testing.T, n *pairCount) bool {
	x, ldA := p.places(p.a, p.gapA)
	y, ldB := p.places(p.b, p.gapB)
	if ldA == 0 && ldB == 0 && p.gapA > 0 {
		return false
	}
	sizeX, sizeY := size(p.a.in(p.good)), size(p.b.in(p.good))
	lenX, lenY := sizeX*(x[len(x)-1]+1), sizeY*(y[len(y)-1]+1)
	from := (max(lenX, lenY) + 31) &^ 15
	for shift := -lenX - 16; shift <= lenY+16; shift += min(sizeX, sizeY) {
		memory := make([]uint64, (from+lenX+lenY+64)/8)
		for i := range memory {
			memory[i] = 0x40a00000_40a00000
		}
		args, atX, atY := copied(p.good), from+shift, from
		if sizeX > sizeY { // whose addresses are multiples of its size
			atX, atY = from, from-shift
		}
		p.put(args, p.b, memory, atY, y, ldB)
		p.put(args, p.a, memory, atX, x, ldA)
		if s := p.b.in(args).Type().Elem(); s.Kind() == reflect.Int {
			p.put(args, p.b, memory, atY, y, ldB) // rows and classes must stay good
		}
		common := slices.ContainsFunc(x, func(i int) bool {
			return slices.ContainsFunc(y, func(k int) bool {
				return atX+i*sizeX < atY+(k+1)*sizeY && atY+k*sizeY < atX+(i+1)*sizeX
			})
		})
		same := shift == 0 && ldA == ldB && sizeX == sizeY && slices.Equal(x, y)
		if problem := p.judge(args, memory, common, same, n); problem != "" {
			t.Errorf("%s %d bytes after %s, ld %d and %d: %s", p.a.name, atX-atY, p.b.name, ldA, ldB, problem)
			return false
		}
	}
	return true
}

// size is how many bytes an element of an operand has.
func size(operand reflect.Value) int { return int(operand.Type().Elem().Size()) }

// put makes memory from a byte on the operand, with its values.
func (p *layout) put(args []reflect.Value, s spot, memory []uint64, at int, places []int, ld int) {
	good := s.in(p.good)
	n := places[len(places)-1] + 1
	operand := reflect.SliceAt(good.Type().Elem(), unsafe.Add(unsafe.Pointer(unsafe.SliceData(memory)), at), n)
	for i, place := range places {
		operand.Index(place).Set(good.Index(i))
	}
	s.in(args).Set(operand.Convert(good.Type()))
	if ld > 0 {
		p.leading(args, s).SetInt(int64(ld))
	}
}

// judge makes the call and says what is wrong with it.
func (p *layout) judge(args []reflect.Value, memory []uint64, common, same bool, n *pairCount) string {
	before, apart := slices.Clone(memory), copied(args)
	var got, want []reflect.Value
	r := recovered(func() { got = p.call(args) })
	if r == nil && common && !same {
		return "is accepted, though they have an element in common"
	}
	if r != nil {
		shape, ok := r.(*kernels.ShapeError)
		switch {
		case !common:
			return fmt.Sprintf("is refused, though they have no element in common: %v", r)
		case !ok || !strings.Contains(shape.Msg, "overlap"):
			return fmt.Sprintf("panics with %v", r)
		case p.judgeShape(shape) != "":
			return p.judgeShape(shape)
		case !slices.Equal(before, memory):
			return "is refused, but something was written"
		}
		n.refused++
		return ""
	}
	n.apart++
	if r := recovered(func() { want = p.call(apart) }); r != nil {
		return fmt.Sprintf("is accepted, but not with operands apart: %v", r)
	}
	for _, s := range []spot{p.a, p.b} {
		if same && s == p.b {
			continue // it is the destination
		}
		places, _ := p.places(s, map[spot]int{p.a: p.gapA, p.b: p.gapB}[s])
		for _, at := range places {
			if x, y := number(s.in(args).Index(at)), number(s.in(apart).Index(at)); x != y && !bothNaN(x, y) {
				return fmt.Sprintf("element %d of %s is %v, with operands apart %v", at, s.name, x, y)
			}
		}
	}
	for i := range got {
		if v := got[i]; v.CanFloat() && v.Float() != want[i].Float() && !bothNaN(v.Float(), want[i].Float()) {
			return fmt.Sprintf("the result is %v, with operands apart %v", v, want[i])
		}
	}
	return ""
}

func bothNaN(x, y float64) bool { return math.IsNaN(x) && math.IsNaN(y) }
