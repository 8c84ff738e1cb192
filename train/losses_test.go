package train

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// losses are all of package grad, by name.
func losses(t *testing.T) map[string]grad.Loss[float64] {
	t.Helper()
	list := map[string]grad.Loss[float64]{
		"BCE":                 grad.BCE[float64]{},
		"BCEWithLogits":       grad.BCEWithLogits[float64]{},
		"Hinge":               grad.Hinge[float64]{},
		"Huber":               grad.Huber[float64]{},
		"MAE":                 grad.MAE[float64]{},
		"MSE":                 grad.MSE[float64]{},
		"Perceptron":          grad.Perceptron[float64]{},
		"SoftmaxCrossEntropy": grad.SoftmaxCrossEntropy[float64]{},
	}
	if got, want := slices.Sorted(maps.Keys(list)), lossNames(t); !slices.Equal(got, want) {
		t.Fatalf("the losses here are %q, package grad has %q", got, want)
	}
	return list
}

// lossNames are the types of package grad that have a method Grad, sorted.
func lossNames(t *testing.T) (list []string) {
	t.Helper()
	files, err := filepath.Glob("../grad/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, is := d.(*ast.FuncDecl); is && f.Recv != nil && f.Name.Name == "Grad" {
				list = append(list, receiver(f.Recv.List[0].Type))
			}
		}
	}
	slices.Sort(list)
	return list
}

// receiver names the type of a receiver, without its parameters.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	}
	return e.(*ast.Ident).Name
}

// both returns a loss as a value and as a pointer, after a change of its fields.
func both(loss grad.Loss[float64], change func(name string, field reflect.Value)) []grad.Loss[float64] {
	p := reflect.New(reflect.TypeOf(loss))
	for i := range p.Elem().NumField() {
		change(p.Elem().Type().Field(i).Name, p.Elem().Field(i))
	}
	return []grad.Loss[float64]{p.Elem().Interface().(grad.Loss[float64]), p.Interface().(grad.Loss[float64])}
}

// TestLossesThatWeighClasses: of classes out of balance no run warns whose loss weighs them, and every other one
// does, with each loss of package grad and a pointer to it.
func TestLossesThatWeighClasses(t *testing.T) {
	set := &data.Set[float64]{X: make([]float64, 42), Y: make([]int, 42), Rows: 42, Features: 1, Classes: 2}
	set.Y[7] = 1
	for name, loss := range losses(t) {
		weights := 0
		weigh := func(name string, field reflect.Value) {
			switch {
			case !strings.Contains(name, "Weight"):
				return
			case field.Kind() == reflect.Slice:
				field.Set(reflect.ValueOf([]float64{1, 41}))
			default:
				field.SetFloat(41)
			}
			weights++
		}
		for _, c := range []struct {
			change func(string, reflect.Value)
			silent bool
		}{{func(string, reflect.Value) {}, false}, {weigh, true}} {
			for _, l := range both(loss, c.change) {
				var want []string
				if !c.silent || weights == 0 {
					want = []string{"the classes are out of balance: class 0 has 41 rows and class 1 has 1"}
				}
				got := warningsOf(t, layer.NewLinear[float64](1, 2, kernels.ActIdentity), l,
					func(tr *Trainer[float64]) ([]Epoch, error) { return tr.Run(context.Background(), set) })
				checkWarnings(t, fmt.Sprintf("%T%+v", l, l), got, want)
			}
		}
		if has := map[string]bool{"MSE": true, "MAE": true, "Huber": true}[name]; has == (weights > 0) {
			t.Errorf("%s has %d fields that weigh", name, weights)
		}
	}
}

// TestLossesByPointer: a pointer to a loss is the loss: its outputs, classes without weight and settings are the
// same.
func TestLossesByPointer(t *testing.T) {
	set := blobs[float64](20, 3, 2, 1)
	for name, loss := range losses(t) {
		l := both(loss, func(name string, field reflect.Value) {
			if field.Kind() == reflect.Slice {
				field.Set(reflect.ValueOf([]float64{0, 2}))
			}
		})
		for _, outputs := range []int{1, 2} {
			value, probable := outputOf(l[0], set, outputs)
			if at, p := outputOf(l[1], set, outputs); at != value || p != probable {
				t.Errorf("*%s, %d outputs: %v, %v; of the value %v, %v", name, outputs, at, p, value, probable)
			}
		}
		if value, at := ignoredClasses(l[0], set, 2), ignoredClasses(l[1], set, 2); !slices.Equal(value, at) {
			t.Errorf("*%s: without weight are %v, of the value %v", name, at, value)
		}
		value, at := settings{}, settings{}
		value.part("Loss", l[0])
		if at.part("Loss", l[1]); !maps.Equal(value, at) {
			t.Errorf("*%s: settings %v, of the value %v", name, at, value)
		}
	}
}
