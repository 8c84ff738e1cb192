package train

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"math"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// normal returns a set of a regression with features and two values of mean 0 and deviation 1.
func normal(rows, features int) *data.Set[float64] {
	s := &data.Set[float64]{X: make([]float64, rows*features), Values: make([]float64, 2*rows), Rows: rows,
		Features: features, Outputs: 2}
	kernels.Normal(s.X, 0, 1, 1, 0)
	kernels.Normal(s.Values, 0, 1, 2, 0)
	return s
}

// column changes feature j.
func column(s *data.Set[float64], j int, f func(x float64) float64) {
	for i := range s.Rows {
		s.Row(i)[j] = f(s.Row(i)[j])
	}
}

func target(s *data.Set[float64], k int, f func(y float64) float64) {
	for i := range s.Rows {
		s.Target(i)[k] = f(s.Target(i)[k])
	}
}

// TestWarnings: a run warns once of each thing, of a set and of a stream alike, and of nothing on
// either side of a threshold.
func TestWarnings(t *testing.T) {
	const rows, features = 1000, 40
	linear := func(a, b float64) func(float64) float64 { return func(x float64) float64 { return a*x + b } }
	all := func(s *data.Set[float64], f func(float64) float64) {
		for j := range features {
			column(s, j, f)
		}
	}
	for _, c := range []struct {
		name   string
		change func(s *data.Set[float64])
		want   []string
	}{
		{"plain", func(s *data.Set[float64]) {}, nil},
		{"large", func(s *data.Set[float64]) { column(s, 3, linear(10, 0)) },
			[]string{"1 of 40 features is far from unit scale: feature 3 has mean"}},
		{"just at the limit", func(s *data.Set[float64]) { column(s, 3, linear(0, largeFeature)) }, nil},
		{"nearly large", func(s *data.Set[float64]) { column(s, 3, linear(1, 6)) }, nil},
		{"far", func(s *data.Set[float64]) { column(s, 3, linear(1, 9)); column(s, 5, linear(1, -100)) },
			[]string{"2 of 40 features are far from unit scale: feature 5 has mean -99.98"}},
		{"small", func(s *data.Set[float64]) { all(s, linear(0.01, 0)) }, []string{"the features are small"}},
		{"not small", func(s *data.Set[float64]) { all(s, linear(0.05, 0)) }, nil},
		{"uneven", func(s *data.Set[float64]) { column(s, 1, linear(0.01, 0)); column(s, 2, linear(0.01, 0)) },
			[]string{"2 of 40 features are small beside the others: feature 2 has"}},
		{"one of many", func(s *data.Set[float64]) { column(s, 1, linear(0.01, 0)) }, nil},
		{"rarely set", func(s *data.Set[float64]) {
			for j := range 30 {
				n := 0
				column(s, j, func(float64) float64 { n++; return map[bool]float64{true: 0.1}[n%500 == 7] })
			}
		}, nil},
		{"constant", func(s *data.Set[float64]) { all(s, linear(0, 0)) }, nil},
		{"NaN", func(s *data.Set[float64]) { s.Row(998)[7], s.Row(999)[7] = math.NaN(), math.Inf(1) },
			[]string{"1 of 40 features is NaN or infinite, feature 7 in 2 rows"}},
		{"targets", func(s *data.Set[float64]) { target(s, 1, linear(77, 152)) },
			[]string{"1 of 2 targets is far from unit scale: target 1 has mean 15"}},
		{"targets far off", func(s *data.Set[float64]) { target(s, 1, linear(1, -7)) },
			[]string{"target 1 has mean -6.99"}},
		{"small targets", func(s *data.Set[float64]) { target(s, 0, linear(0.01, 0)) }, []string{"target 0 has mean"}},
		{"usual targets", func(s *data.Set[float64]) {
			target(s, 0, linear(10, 30))
			target(s, 1, linear(0.1, 1))
		}, nil},
		{"constant target", func(s *data.Set[float64]) { target(s, 0, linear(0, 3)) },
			[]string{"1 of 2 targets is the same in all rows, target 0 is 3: there is nothing to learn"}},
		{"two", func(s *data.Set[float64]) { column(s, 0, linear(1e6, 0)); target(s, 0, linear(1e6, 0)) },
			[]string{"1 of 40 features is far", "1 of 2 targets is far"}},
		{"rows without weight", func(s *data.Set[float64]) {
			s.Weights = make([]float64, rows)
			for i := range s.Weights {
				s.Weights[i] = float64(i % 2)
			}
			s.Row(4)[0], s.Row(6)[1], s.Target(8)[0] = math.NaN(), 1e9, 1e9
		}, nil},
	} {
		set := normal(rows, features)
		c.change(set)
		for _, run := range []func(*Trainer[float64]) ([]Epoch, error){
			func(tr *Trainer[float64]) ([]Epoch, error) { return tr.Run(context.Background(), set) },
			func(tr *Trainer[float64]) ([]Epoch, error) {
				return tr.RunStream(context.Background(), streamed(t, set, 10, 1))
			},
		} {
			got := warningsOf(t, layer.NewLinear[float64](features, 2, kernels.ActIdentity), grad.MSE[float64]{}, run)
			checkWarnings(t, c.name, got, c.want)
		}
		normalised := layer.NewSequential[float64](layer.NewDropout[float64](0.1),
			layer.NewBatchNorm[float64](features),
			layer.NewLinear[float64](features, 2, kernels.ActIdentity))
		var want []string
		for _, w := range c.want {
			if !strings.Contains(w, "feature") || strings.Contains(w, "NaN") {
				want = append(want, w)
			}
		}
		got := warningsOf[float64](t, normalised, grad.MSE[float64]{}, func(tr *Trainer[float64]) ([]Epoch, error) {
			return tr.Run(context.Background(), set)
		})
		checkWarnings(t, c.name+", BatchNorm", got, want)
	}
}

// warningsOf returns what a run of no epochs warns of.
func warningsOf[T kernels.Float](t *testing.T, model layer.Layer[T], loss grad.Loss[T],
	run func(*Trainer[T]) ([]Epoch, error), change ...func(*Trainer[T])) (list []string) {
	t.Helper()
	tr := &Trainer[T]{Model: model, Loss: loss, Optimizer: &optim.SGD[T]{}, Rate: optim.Constant(1e-9), Batch: 100,
		Warn: func(s string) { list = append(list, s) }}
	for _, c := range change {
		c(tr)
	}
	if _, err := run(tr); err != nil {
		t.Fatal(err)
	}
	return list
}

func checkWarnings(t *testing.T, name string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %q, want %q", name, got, want)
		return
	}
	for i := range got {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("%s: %q, want %q", name, got[i], want[i])
		}
	}
}

// TestClassWarnings: classes out of balance, unless something balances them.
func TestClassWarnings(t *testing.T) {
	labels := func(counts ...int) *data.Set[float64] {
		s := &data.Set[float64]{Features: 1, Classes: len(counts)}
		for c, n := range counts {
			for range n {
				s.Y = append(s.Y, c)
			}
		}
		s.Rows, s.X = len(s.Y), make([]float64, len(s.Y))
		return s
	}
	softmax, balance := grad.SoftmaxCrossEntropy[float64]{}, func(tr *Trainer[float64]) { tr.Balance = true }
	none := func(*Trainer[float64]) {}
	for name, c := range map[string]struct {
		set    *data.Set[float64]
		loss   grad.Loss[float64]
		change func(*Trainer[float64])
		want   []string
	}{
		"even":    {labels(20, 1), softmax, none, nil},
		"uneven":  {labels(2, 42, 0), softmax, none, []string{"class 1 has 42 rows and class 0 has 2"}},
		"balance": {labels(2, 42, 0), softmax, balance, nil},
		"weights": {labels(2, 42), grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{9, 1}}, none, nil},
		"one":     {labels(0, 5), softmax, none, []string{"all rows are of class 1: there is nothing to learn"}},
		"row":     {labels(0, 1), softmax, none, nil},
	} {
		got := warningsOf(t, layer.NewLinear[float64](1, c.set.Classes, kernels.ActIdentity), c.loss,
			func(tr *Trainer[float64]) ([]Epoch, error) { return tr.Run(context.Background(), c.set) }, c.change)
		checkWarnings(t, name, got, c.want)
	}
	for weight, want := range map[float64][]string{0: {"class 1 has 42 rows"}, 20: nil} {
		got := warningsOf(t, layer.NewLinear[float64](1, 1, kernels.ActIdentity),
			grad.BCEWithLogits[float64]{PosWeight: weight},
			func(tr *Trainer[float64]) ([]Epoch, error) { return tr.Run(context.Background(), labels(2, 42)) })
		checkWarnings(t, "BCE", got, want)
	}
}

// TestNonFiniteRowsAreCounted: a warning of features that are no numbers counts all rows, also of a set of which
// a run looks at a part else.
func TestNonFiniteRowsAreCounted(t *testing.T) {
	set := normal(3*surveyedRows, 2)
	for i := range set.Rows {
		if i%8 > 0 {
			set.Row(i)[1] = math.NaN()
		}
	}
	got := warningsOf(t, layer.NewLinear[float64](2, 2, kernels.ActIdentity), grad.MSE[float64]{},
		func(tr *Trainer[float64]) ([]Epoch, error) { return tr.Run(context.Background(), set) })
	checkWarnings(t, "NaN", got, []string{fmt.Sprintf("feature 1 in %d rows", set.Rows/8*7)})
}

// TestWarnLogs: without Warn the log gets the warnings, once a run.
func TestWarnLogs(t *testing.T) {
	var text bytes.Buffer
	log.SetOutput(&text)
	defer log.SetOutput(quiet{})
	warningsOf(t, layer.NewLinear[float64](4, 2, kernels.ActIdentity), grad.MSE[float64]{},
		func(tr *Trainer[float64]) ([]Epoch, error) {
			tr.Warn, tr.Epochs = nil, 3
			set := normal(100, 4)
			target(set, 0, func(y float64) float64 { return 100 * y })
			return tr.Run(context.Background(), set)
		})
	if s := text.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, " train: 1 of 2 targets is far") {
		t.Errorf("the log is %q", s)
	}
}
