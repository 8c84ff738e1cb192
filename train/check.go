package train

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// checkSets returns an error if a run on the set cannot work.
func (t *Trainer[T]) checkSets(set *data.Set[T]) error {
	if err := t.checkParts(); err != nil {
		return err
	}
	if err := checkSet(t.Model, set, t.Batch, "set"); err != nil {
		return err
	}
	return t.checkRun(set, set.Rows, t.weighs)
}

// checkStream returns an error if a run on the stream cannot work.
func (t *Trainer[T]) checkStream(stream *data.Stream[T]) error {
	if err := t.checkParts(); err != nil {
		return err
	}
	if stream == nil {
		return fmt.Errorf("train: the stream is nil")
	}
	if stream.Ahead < 0 {
		return fmt.Errorf("train: Ahead of the stream is %d, want >= 0", stream.Ahead)
	}
	shape, survey := shapeOf(stream), stream.Survey()
	if err := checkShape(t.Model, shape, t.Batch, "stream"); err != nil {
		return err
	}
	return t.checkRun(shape, survey.Rows, func(set *data.Set[T]) bool { return t.weighsSome(set, survey) })
}

// checkRun checks everything else: for so many rows like those of the set, which checkShape has seen.
func (t *Trainer[T]) checkRun(set *data.Set[T], rows int, weighs func(*data.Set[T]) bool) error {
	if err := checkLoss(t.Model, t.Loss, set); err != nil {
		return err
	}
	switch {
	case t.DropLast && rows < t.Batch:
		return fmt.Errorf("train: Batch = %d, want at most the %d rows of the set: "+
			"DropLast would leave no batch", t.Batch, rows)
	case t.Balance && set.Regression():
		return fmt.Errorf("train: Balance is of classes, but the set is for a regression")
	case !weighs(set):
		return fmt.Errorf("train: the set weighs nothing: each row has weight 0, "+
			"the label data.Ignored (%d), or a class of weight 0", data.Ignored)
	}
	if err := t.checkValidation(set); err != nil {
		return err
	}
	for _, check := range []func() error{t.checkMetrics, t.checkStop, t.checkPlateau, t.checkAverage} {
		if err := check(); err != nil {
			return err
		}
	}
	if err := t.checkMetric("Stop.Metric", t.stopMetric(), set); err != nil {
		return err
	}
	if t.Plateau != nil {
		if err := t.checkMetric("PlateauMetric", t.plateauMetric(), set); err != nil {
			return err
		}
	}
	return t.Checkpoint.check()
}

// checkParts checks what every run must have, and the numbers.
func (t *Trainer[T]) checkParts() error {
	lacks := func(name string) error {
		return fmt.Errorf("train: Model, Loss, Optimizer and Rate must be set: %s", name)
	}
	switch {
	case missing(t.Model):
		return lacks("Model is nil")
	case len(layer.Int8Layers(t.Model)) > 0:
		return fmt.Errorf("train: %d layers of Model are in int8, for inference: train the model that they "+
			"were quantised from", len(layer.Int8Layers(t.Model)))
	case missing(t.Loss):
		return lacks("Loss is nil")
	case missing(t.Optimizer):
		return lacks("Optimizer is nil")
	case t.Rate == nil && t.Plateau == nil:
		return lacks("Rate and Plateau are nil")
	case t.Epochs < 0:
		return fmt.Errorf("train: Epochs = %d, want >= 0", t.Epochs)
	case t.Precision > kernels.Medium:
		return fmt.Errorf("train: Precision is %v, want highest, high or medium", t.Precision)
	case t.Accumulate < 0:
		return fmt.Errorf("train: Accumulate = %d, want >= 0", t.Accumulate)
	case t.PlateauMetric != nil && t.Plateau == nil:
		return fmt.Errorf("train: PlateauMetric is set, but Plateau is nil")
	case t.Diagnostics != nil && t.Diagnostics.Report == nil:
		return fmt.Errorf("train: Diagnostics.Report must be set")
	case t.Diagnostics != nil && t.Diagnostics.Every < 0:
		return fmt.Errorf("train: Diagnostics.Every = %d, want >= 0", t.Diagnostics.Every)
	}
	return checkOwn("Optimizer", t.Optimizer)
}

// checkOwn asks a part of a run whether its settings are possible, if it can tell.
func checkOwn(name string, part any) error {
	if c, ok := part.(interface{ Check() error }); ok {
		if err := c.Check(); err != nil {
			return fmt.Errorf("train: %s: %w", name, err)
		}
	}
	return nil
}

// missing reports whether part is nil, as an interface or in one.
func missing(part any) bool {
	v := reflect.ValueOf(part)
	return part == nil || v.Kind() == reflect.Pointer && v.IsNil()
}

// checkValidation checks the validation set of a run on sets like this one.
func (t *Trainer[T]) checkValidation(set *data.Set[T]) error {
	switch {
	case t.Validation == nil:
		return nil
	case t.Validation.Regression() != set.Regression():
		return fmt.Errorf("train: of the set and the validation set, one is for a regression and one is not")
	}
	if err := checkSet(t.Model, t.Validation, t.Batch, "validation set"); err != nil {
		return err
	}
	return checkLoss(t.Model, t.Loss, t.Validation)
}

// checkSet returns an error unless the model can be trained on the set.
func checkSet[T kernels.Float](model layer.Layer[T], set *data.Set[T], size int, name string) error {
	if missing(model) {
		return fmt.Errorf("train: the model is nil")
	}
	if set == nil || set.Rows == 0 {
		return fmt.Errorf("train: the %s is empty", name)
	}
	if err := set.Check(); err != nil {
		return fmt.Errorf("train: the %s: %w", name, err)
	}
	return checkShape(model, set, size, name)
}

// checkShape returns an error unless the model can be trained on rows like those of the set.
func checkShape[T kernels.Float](model layer.Layer[T], set *data.Set[T], size int, name string) error {
	if size < 1 {
		return fmt.Errorf("train: the batch size is %d, want >= 1", size)
	}
	out, err := model.Out(set.Features)
	if err != nil {
		return fmt.Errorf("train: the %s has %d features: %w", name, set.Features, err)
	}
	if set.Regression() {
		if out != set.Outputs {
			return fmt.Errorf("train: the model has %d outputs, but the %s has %d", out, name, set.Outputs)
		}
		return nil
	}
	if out != set.Classes && !(out == 1 && set.Classes == 2) {
		return fmt.Errorf("train: the model has %d outputs, but the %s has %d classes",
			out, name, set.Classes)
	}
	return nil
}

// checkLoss returns an error unless the loss is possible for the model and the set, which
// checkSet has seen.
func checkLoss[T kernels.Float](model layer.Layer[T], loss grad.Loss[T], set *data.Set[T]) error {
	if missing(loss) {
		return fmt.Errorf("train: the loss is nil")
	}
	c, ok := loss.(grad.Checker)
	if !ok {
		return nil
	}
	outputs, _ := model.Out(set.Features)
	classes := 0
	if !set.Regression() {
		classes = set.Classes
	}
	if err := c.Check(outputs, classes); err != nil {
		return fmt.Errorf("train: Loss: %w", err)
	}
	return nil
}

// weighs reports whether a row of the set weighs something.
func (t *Trainer[T]) weighs(set *data.Set[T]) bool {
	outputs, _ := t.Model.Out(set.Features)
	ignored := ignoredClasses(t.Loss, set, outputs)
	for i := range set.Rows {
		if weighs(set, ignored, i) {
			return true
		}
	}
	return false
}

// weighsSome reports whether a row of a stream weighs something. The set has its shape.
func (t *Trainer[T]) weighsSome(set *data.Set[T], survey *data.Survey) bool {
	if set.Regression() {
		return survey.Weighing > 0
	}
	outputs, _ := t.Model.Out(set.Features)
	ignored := ignoredClasses(t.Loss, set, outputs)
	for c, n := range survey.Counts {
		if n > 0 && (ignored == nil || !ignored[c]) {
			return true
		}
	}
	return false
}

func (t *Trainer[T]) checkMetrics() error {
	names := map[string]bool{}
	for i, m := range t.Metrics {
		switch {
		case t.Validation == nil:
			return fmt.Errorf("train: Metrics are of Validation, which is nil")
		case m.Name == "" || m.Of == nil:
			return fmt.Errorf("train: Metrics[%d] must have Name and Of", i)
		case names[m.Name]:
			return fmt.Errorf("train: two of the Metrics are called %q", m.Name)
		}
		names[m.Name] = true
	}
	return nil
}

func (t *Trainer[T]) checkStop() error {
	s := t.Stop
	switch {
	case s == nil:
	case s.Metric == nil:
		return fmt.Errorf("train: Stop.Metric must be set")
	case s.Patience < 0:
		return fmt.Errorf("train: Stop.Patience = %d, want >= 0", s.Patience)
	case !(s.Tolerance >= 0) || math.IsInf(s.Tolerance, 0):
		return fmt.Errorf("train: Stop.Tolerance = %v, want a finite number from 0 up", s.Tolerance)
	}
	return nil
}

func (t *Trainer[T]) checkPlateau() error {
	p := t.Plateau
	if p == nil {
		return nil
	}
	for _, c := range []struct {
		name string
		n    int
	}{
		{"Patience", p.Patience}, {"Cooldown", p.Cooldown},
		{"Bad", p.Bad}, {"Waiting", p.Waiting}, {"Lowered", p.Lowered},
	} {
		if c.n < 0 {
			return fmt.Errorf("train: Plateau.%s = %d, want >= 0", c.name, c.n)
		}
	}
	for _, c := range []struct {
		name string
		x    float64
		ok   bool
		want string
	}{
		{"Initial", p.Initial, p.Initial >= 0 && finite(p.Initial), "a finite number from 0 up"},
		{"Least", p.Least, p.Least >= 0 && finite(p.Least), "a finite number from 0 up"},
		{"Factor", p.Factor, p.Factor >= 0 && p.Factor < 1, "in [0, 1)"},
		{"Tolerance", p.Tolerance, p.Tolerance >= 0 && p.Tolerance < 1, "in [0, 1)"},
		{"Best", p.Best, !p.Observed || !math.IsNaN(p.Best), "a number, since Observed is true"},
	} {
		if !c.ok {
			return fmt.Errorf("train: Plateau.%s = %v, want %s", c.name, c.x, c.want)
		}
	}
	if t.Rate != nil { // which need not use the rate of the Plateau
		return nil
	}
	return checkOwn("Plateau", p)
}

// checkAverage returns an error unless the average is of parameters of the model.
func (t *Trainer[T]) checkAverage() error {
	if t.Average == nil {
		return nil
	}
	sizes := map[string]int{}
	for _, p := range t.Model.Params() {
		sizes["average."+p.Name] = len(p.Value)
	}
	for _, a := range t.Average.Tensors() {
		if n, there := sizes[a.Name]; !there || n != len(a.Value) {
			return fmt.Errorf("train: Average has %s with %d elements, "+
				"which is of no parameter of the model", a.Name, len(a.Value))
		}
	}
	return nil
}

func (t *Trainer[T]) stopMetric() Metric {
	if t.Stop == nil {
		return nil
	}
	return t.Stop.Metric
}

// plateauMetric is what the Plateau observes.
func (t *Trainer[T]) plateauMetric() Metric {
	switch {
	case t.PlateauMetric != nil:
		return t.PlateauMetric
	case t.Validation != nil:
		return ValidationLoss
	}
	return TrainLoss
}

// checkMetric returns an error if a metric is NaN for epochs in which all is a number that this
// run measures: then it never will be one. Several epochs, since a metric may be the logarithm of
// a loss above 1, or a quotient of differences.
func (t *Trainer[T]) checkMetric(name string, m Metric, set *data.Set[T]) error {
	if m == nil {
		return nil
	}
	measured := t.Validation != nil && t.weighs(t.Validation)
	for epoch, size := range []float64{0.5, 1e-6, 1e6} {
		if !math.IsNaN(m(t.likely(1+100*epoch, size, set.Regression(), measured))) {
			return nil
		}
	}
	why := "it is of an accuracy in a regression, or of no number of an Epoch"
	switch {
	case t.Validation == nil:
		why = "Validation is nil"
	case !measured:
		why = "the validation set weighs nothing"
	case !set.Regression():
		why = "it is of none of the Metrics, or of no number of an Epoch"
	}
	return fmt.Errorf("train: %s is NaN in every epoch, want a metric that this run measures: %s", name, why)
}

// likely is an epoch of such a run with losses of this size, in which no two numbers are equal.
func (t *Trainer[T]) likely(epoch int, size float64, regression, measured bool) Epoch {
	nan := math.NaN()
	e := Epoch{Epoch: epoch, Loss: size, Accuracy: 0.9, Seconds: 1,
		ValidationLoss: nan, ValidationAccuracy: nan}
	if measured {
		e.ValidationLoss, e.ValidationAccuracy = 1.25*size, 0.8
		e.Metrics = map[string]float64{}
		for i, m := range t.Metrics {
			e.Metrics[m.Name] = size * (1.5 + 0.25*float64(i))
		}
	}
	if regression {
		e.Accuracy, e.ValidationAccuracy = nan, nan
	}
	return e
}

// check returns an error if no checkpoint can be written.
func (c *Checkpoint) check() error {
	switch {
	case c == nil:
		return nil
	case c.Path == "":
		return fmt.Errorf("train: Checkpoint.Path must be set")
	case c.Every < 0:
		return fmt.Errorf("train: Checkpoint.Every = %d, want >= 0", c.Every)
	}
	dir := filepath.Dir(c.Path)
	if info, err := os.Stat(dir); err != nil {
		return fmt.Errorf("train: Checkpoint.Path = %q, want one in a directory that exists: %w",
			c.Path, err)
	} else if !info.IsDir() {
		return fmt.Errorf("train: Checkpoint.Path = %q, want one in a directory: %s is none", c.Path, dir)
	}
	if info, err := os.Stat(c.Path); err == nil && info.IsDir() {
		return fmt.Errorf("train: Checkpoint.Path = %q, want that of a file: it is a directory", c.Path)
	}
	return nil
}
