package plot

import (
	"fmt"
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/train"
)

// history is that of a training that first learns and then overfits.
func history(epochs int) []train.Epoch {
	var all []train.Epoch
	for i := range epochs {
		x := float64(i + 1)
		all = append(all, train.Epoch{Epoch: i + 1, Loss: 2/x + 0.02*math.Sin(x), Accuracy: 1 - 0.5/x,
			ValidationLoss:     2/x + 0.1 + 0.2*x/float64(epochs),
			ValidationAccuracy: 0.95 - 0.5/x,
			Metrics:            map[string]float64{"auc": 1 - 0.3/x}})
	}
	return all
}

// without returns a history with figures replaced.
func without(h []train.Epoch, change func(i int, e *train.Epoch)) []train.Epoch {
	for i := range h {
		change(i, &h[i])
	}
	return h
}

// confusion has errors beside its diagonal.
func confusion(classes, scale int) train.Confusion {
	m := train.NewConfusion(classes)
	for c := range m {
		for g := range m {
			if (c+g)%3 == 0 {
				m[c][g] = scale * ((c*7 + g*13) % 11) / 40
			}
		}
		m[c][c] = scale*10 + c
	}
	return m
}

func namesOf(n int, format string) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(format, i))
	}
	return all
}

// scores are those of a fair classifier.
func scores(n int) (s []float64, positive []bool) {
	for i := range n {
		x := float64(i*7919%n) / float64(n)
		s, positive = append(s, x), append(positive, x+0.5*math.Sin(float64(i*i)) > 0.5)
	}
	return s, positive
}

// outputs are those of a classifier that is better at the later classes.
func outputs(rows, classes int, quality float64) (mat.Dense[float32], []int) {
	m, of := mat.New[float32](rows, classes), make([]int, rows)
	for i := range rows {
		of[i] = i % classes
		for j := range classes {
			v := math.Sin(float64(i*j + i*i))
			if j == of[i] {
				v += quality * float64(j+1)
			}
			m.Set(i, j, float32(v))
		}
	}
	return m, of
}

func values(n int) (predicted, truth []float64) {
	for i := range n {
		y := 300 + float64(i%97)*20
		predicted, truth = append(predicted, y+50*math.Sin(float64(i*i))), append(truth, y)
	}
	return predicted, truth
}

func reports(steps, layers int) []train.Diagnosis {
	var all []train.Diagnosis
	for s := range steps {
		d := train.Diagnosis{Step: 10 * s}
		for l := range layers {
			d.Layers = append(d.Layers, train.LayerState{Path: fmt.Sprint(l), Kind: "Linear",
				GradNorm:   math.Pow(10, -float64(l)/3) * (1 + 0.3*math.Sin(float64(s+l))),
				WeightNorm: 3, UpdateNorm: 0.003 * float64(l+1), Dead: float64(l*s) / float64(layers*steps),
				Saturated: math.NaN()})
		}
		all = append(all, d)
	}
	return all
}

// powers are panels with curves of many sizes, some of them the same.
func powers(panels, curves int) []Panel {
	var all []Panel
	for k := range panels {
		p := Panel{Title: fmt.Sprintf("%d. vanishing, and cures", k+1), X: "layer", Y: "norm of dL/da",
			Log: k%2 == 0}
		for j := range curves {
			c := Curve{Name: fmt.Sprintf("sigmoid, batch norm %d", j)}
			for i := range 20 {
				v := math.Pow(10, -float64(i*j)/8)
				if k == 3 {
					v = 0
				}
				c.Y = append(c.Y, v)
			}
			p.Curves = append(p.Curves, c)
		}
		all = append(all, p)
	}
	return all
}

// kind is a figure of the tests. Those of a matrix have texts in their data areas.
type kind struct {
	name   string
	make   func() (*Figure, error)
	matrix bool
}

// kinds are figures of every sort, and of data that make it hard.
func kinds() []kind {
	curves := func(h []train.Epoch) func() (*Figure, error) {
		return func() (*Figure, error) { return LearningCurves(h) }
	}
	matrix := func(classes, scale int, names []string) func() (*Figure, error) {
		return func() (*Figure, error) { return Confusion(confusion(classes, scale), names) }
	}
	lines := func(p ...Panel) func() (*Figure, error) {
		return func() (*Figure,
			error) {
			return Lines(p...)
		}
	}
	roc := func(classes int, quality float64, names []string) func() (*Figure, error) {
		return func() (*Figure, error) {
			m, of := outputs(600, classes, quality)
			return ROCOfClasses(m, of, names)
		}
	}
	s, positive := scores(2000)
	nan := math.NaN()
	long := "a name that is so long that no legend of a figure of that width has room for it, not by far"
	return []kind{
		{"curves", curves(history(30)), false},
		{"one epoch", curves(history(1)), false},
		{"10,000 epochs", curves(history(10000)), false},
		{"no validation", curves(without(history(12), func(_ int, e *train.Epoch) {
			e.ValidationLoss, e.ValidationAccuracy, e.Metrics = nan, nan, nil
		})), false},
		{"regression", curves(without(history(12), func(_ int, e *train.Epoch) {
			e.Loss, e.ValidationLoss, e.Accuracy, e.ValidationAccuracy = 1e6*e.Loss, 1e6*e.ValidationLoss,
				nan, nan
		})), false},
		{"it fails", curves(without(history(12), func(i int, e *train.Epoch) {
			if i > 8 {
				e.Loss, e.ValidationLoss = nan, math.Inf(1)
			}
		})), false},
		{"equal curves", curves(without(history(40), func(_ int, e *train.Epoch) {
			e.ValidationLoss, e.ValidationAccuracy = e.Loss, e.Accuracy
		})), false},
		{"huge", lines(Panel{Title: "huge", X: "x", Y: "y", Curves: []Curve{
			{Name: "a", Y: []float64{-1e150, 1e150, math.MaxFloat64}},
			{Name: "b", X: []float64{-1e150, nan, 1e150}, Y: []float64{1, 2, 3}}}}), false},
		{"tiny", lines(Panel{X: "x", Y: "y", Curves: []Curve{{Y: []float64{0, 5e-324}}}},
			Panel{X: "x", Y: "y", Log: true, Curves: []Curve{{Y: []float64{1e-149, 0, 1e149}}}},
			Panel{X: "x", Y: "y", Curves: []Curve{{Y: []float64{1, 1 + 1e-15}, X: []float64{1e17,
				1e17}}}}), false},
		{"long ticks", lines(Panel{X: "x", Y: "y", Curves: []Curve{{X: []float64{1, 1 + 1e-8},
			Y: []float64{0, 1}}}},
			Panel{X: "x", Y: "y", Curves: []Curve{{X: []float64{-9.99e5, 9.99e5}, Y: []float64{-9.99e5,
				9.99e5}}}}), false},
		{"long names", lines(Panel{Title: long + " " + long, X: long, Y: long,
			Curves: []Curve{{Name: long, Y: []float64{1}}, {Name: long, Y: []float64{2}}}}), false},
		{"foul names", lines(Panel{Title: "<a>&\x00\xff\"'\n\u202e", X: "\x1b[1m", Y: "]]>",
			Curves: []Curve{{Name: "font-family:Liberation Sans;\t", Y: []float64{1, 2}}}}), false},
		{"six panels", lines(powers(6, 11)...), false},
		{"matrix of 1", matrix(1, 100, nil), true},
		{"matrix of 2", matrix(2, 100, []string{"benign", "malignant"}), true},
		{"matrix of 10", matrix(10, 10000, namesOf(10, "animal %d")), true},
		{"matrix of 12", matrix(12, 12345678, namesOf(12, "class %d")), true},
		{"matrix of 13", matrix(13, 100, nil), true},
		{"matrix of 30", matrix(30, 1000, namesOf(30, "a class with a name that is long, and number %d")),
			true},
		{"matrix of 40", matrix(40, math.MaxInt/1000, nil), true},
		{"41 classes", matrix(41, 100, namesOf(41, "<class %d>")), true},
		{"1,000 classes", matrix(1000, 100, nil), true},
		{"ROC", func() (*Figure, error) { return ROC(s, positive) }, false},
		{"ROC of 3 classes", roc(3, 5, []string{"setosa", "versicolor", "virginica"}), false},
		{"ROC of 30 classes", roc(30, 0.1, nil), false},
		{"calibration", func() (*Figure, error) { return Calibration(s, positive) }, false},
		{"residuals", func() (*Figure, error) {
			p, y := values(3000)
			p[5] = nan
			return Residuals(p, y, "rent (EUR/month)")
		}, false},
		{"one residual", func() (*Figure, error) { return Residuals([]float32{3}, []float32{2}, "") },
			false},
		{"equal residuals", func() (*Figure, error) {
			_, y := values(100)
			return Residuals(y, y, "")
		}, false},
		{"wild residuals", func() (*Figure, error) {
			return Residuals([]float64{1e150, 0, -1e150}, []float64{-1e150, 0, 1e150}, "")
		}, false},
		{"4 layers", func() (*Figure, error) { return GradientFlow(reports(50, 4)) }, false},
		{"100 layers", func() (*Figure, error) { return GradientFlow(reports(50, 100)) }, false},
		{"no gradients", func() (*Figure, error) {
			return GradientFlow([]train.Diagnosis{{Layers: []train.LayerState{{Path: "0", Kind: "Linear",
				GradNorm: 0, WeightNorm: 0, UpdateNorm: 0, Dead: 1, Saturated: 0.5}}}})
		}, false},
	}
}

// figures runs a test for each kind, with the figure made and titled.
func figures(t *testing.T, test func(t *testing.T, k kind, f *Figure)) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			f, err := k.make()
			if err != nil {
				t.Fatal(err)
			}
			f.Title = "perceptron on mnist, adam at rate 0.001, batch 128, tier avx512"
			test(t, k, f)
		})
	}
}
