package train

import (
	"fmt"
	"log"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Thresholds of the warnings about rows. The doc of the package has the measurements behind them.
const (
	largeFeature  = 8.0 // root mean square of a feature
	smallFeatures = 0.02
	unevenScale   = 50.0 // deviation of the features in the middle to that of a small one
	unevenShare   = 20   // one feature in so many must be small
	sparseRange   = 20.0 // a feature whose range is so many deviations is rarely other than constant
	largeTarget   = 20.0 // deviation of a target
	smallTarget   = 0.05
	farTarget     = 5.0 // mean of a target, in deviations and in units
	rareClass     = 20  // rows of the most frequent class to those of the rarest

	surveyedRows = 4096 // of a set in memory, whose features Run looks at
)

// warnOfSet tells of what training on a set would suffer from.
func (t *Trainer[T]) warnOfSet(set *data.Set[T]) {
	v := set.Survey(surveyedRows)
	if top := float64(kernels.MaxAbs(set.X)); !finite(top) {
		v = set.Survey(set.Rows) // to count them
	}
	t.warn(v)
}

// warnOfStream tells of what training on a stream would suffer from.
func (t *Trainer[T]) warnOfStream(stream *data.Stream[T]) { t.warn(stream.Survey()) }

// say tells Warn of something, or the log.
func (t *Trainer[T]) say(text string) {
	if t.Warn != nil {
		t.Warn(text)
		return
	}
	log.Print("train: ", text)
}

// warnOfPrecision tells that Precision has no effect here.
func (t *Trainer[T]) warnOfPrecision() {
	if why := layer.ExplainPrecision[T](t.Precision); why != "" {
		t.say(fmt.Sprintf("Precision %v does not apply here, and products are computed at highest: %s",
			t.Precision, strings.ReplaceAll(why, "; ", ", ")))
	}
}

func (t *Trainer[T]) warn(v *data.Survey) {
	t.warnOfPrecision()
	list := warnNonFinite(nil, v.Features)
	if !normalisesFirst[T](t.Model) {
		list = warnScales(list, v.Features)
	}
	list = warnTargets(list, v.Targets, v.Weighing)
	for _, s := range warnClasses(list, v, t.Balance || weighsClasses(t.Loss)) {
		t.say(s)
	}
}

// warnNonFinite warns of features that are no numbers.
func warnNonFinite(list []string, features []data.Moments) []string {
	var columns []int
	for j, f := range features {
		if f.NonFinite > 0 {
			columns = append(columns, j)
		}
	}
	if columns == nil {
		return list
	}
	return append(list, fmt.Sprintf("%s NaN or infinite, %s in %d rows: a batch where such a row "+
		"counts has no finite loss; impute them, as data.Impute does", areOf(len(columns), len(features), "feature"),
		nameOf(columns[0], len(features), "feature"),
		features[columns[0]].NonFinite))
}

// nameOf names a column of several, or the only one.
func nameOf(column, of int, what string) string {
	if of == 1 {
		return "it"
	}
	return fmt.Sprintf("%s %d", what, column)
}

// areOf says how many of some columns are meant.
func areOf(n, of int, what string) string {
	switch {
	case of == 1:
		return "the " + what + " is"
	case n == 1:
		return fmt.Sprintf("1 of %d %ss is", of, what)
	}
	return fmt.Sprintf("%d of %d %ss are", n, of, what)
}

// warnScales warns of features that are large, all small, or of very different scales.
func warnScales(list []string, features []data.Moments) []string {
	const advice = "; standardise them, as data.Standardize or data.Scale do, or begin with a layer.BatchNorm"
	large, largest, most := 0, 0, 0.0
	var deviations []float64 // of features that vary
	for j, f := range features {
		size := math.Hypot(f.Mean, f.Std)
		if size > most {
			largest, most = j, size
		}
		if size > largeFeature {
			large++
		}
		if f.Std > 0 {
			deviations = append(deviations, f.Std)
		}
	}
	switch f := features[largest]; {
	case large > 0:
		return append(list, fmt.Sprintf("%s far from unit scale: %s has mean %.4g and deviation %.4g, "+
			"want about 0 and 1%s", areOf(large, len(features), "feature"),
			nameOf(largest, len(features), "feature"), f.Mean, f.Std, advice))
	case most < smallFeatures && len(deviations) > 0:
		return append(list, fmt.Sprintf("the features are small: the largest, feature %d, has mean %.4g and "+
			"deviation %.4g, want about 0 and 1%s", largest, f.Mean, f.Std, advice))
	case len(deviations) == 0:
		return list
	}
	slices.Sort(deviations)
	middle := deviations[len(deviations)/2]
	small, example := 0, 0
	for j, f := range features {
		if f.Std > 0 && f.Std < middle/unevenScale && f.Max-f.Min < sparseRange*f.Std {
			small++
			example = j
		}
	}
	if small*unevenShare < len(deviations) || small == 0 {
		return list
	}
	return append(list, fmt.Sprintf("%s small beside the others: feature %d has deviation %.4g, "+
		"half of all have %.4g or more%s", areOf(small, len(features), "feature"), example,
		features[example].Std, middle, advice))
}

// warnTargets warns of targets of a regression that do not vary, or are far from unit scale.
func warnTargets(list []string, targets []data.Moments, rows int) []string {
	if rows < 2 {
		return list
	}
	var constant, far []int
	for k, y := range targets {
		switch {
		case y.Min == y.Max:
			constant = append(constant, k)
		case y.Std > largeTarget || y.Std < smallTarget || math.Abs(y.Mean) > farTarget*max(1, y.Std):
			far = append(far, k)
		}
	}
	if constant != nil {
		k := constant[0]
		list = append(list, fmt.Sprintf("%s the same in all rows, %s is %.4g: there is nothing to learn",
			areOf(len(constant), len(targets), "target"), nameOf(k, len(targets), "target"), targets[k].Min))
	}
	if far != nil {
		k := far[0]
		list = append(list, fmt.Sprintf("%s far from unit scale: %s has mean %.4g and deviation %.4g, want "+
			"about 0 and 1; scale them, as data.Target does, and data.Unscale undoes it in predictions",
			areOf(len(far), len(targets), "target"), nameOf(k, len(targets), "target"), targets[k].Mean,
			targets[k].Std))
	}
	return list
}

// warnClasses warns of classes that are rare, or alone. balanced says that rare ones weigh more.
func warnClasses(list []string, v *data.Survey, balanced bool) []string {
	if v.Counts == nil || v.Weighing < 2 {
		return list
	}
	most, least, absent := 0, -1, 0
	for c, n := range v.Counts {
		if n > v.Counts[most] {
			most = c
		}
		if n == 0 {
			absent++
		} else if least < 0 || n < v.Counts[least] {
			least = c
		}
	}
	switch {
	case most == least && absent == len(v.Counts)-1:
		return append(list, fmt.Sprintf("all rows are of class %d: there is nothing to learn", most))
	case !balanced && v.Counts[most] > rareClass*v.Counts[least]:
		list = append(list, fmt.Sprintf("the classes are out of balance: class %d has %d rows and class %d "+
			"has %d, which will often be taken for another; Trainer.Balance gives each class the same weight", most,
			v.Counts[most], least, v.Counts[least]))
	}
	return list
}

// weighsClasses reports whether a loss, or the one that it points to, has weights of classes.
func weighsClasses[T kernels.Float](loss grad.Loss[T]) bool {
	switch l := reflect.Indirect(reflect.ValueOf(loss)).Interface().(type) {
	case grad.SoftmaxCrossEntropy[T]:
		return l.ClassWeight != nil
	case grad.BCE[T]:
		return l.PosWeight > 0
	case grad.BCEWithLogits[T]:
		return l.PosWeight > 0
	case grad.Hinge[T]:
		return l.PosWeight > 0
	case grad.Perceptron[T]:
		return l.PosWeight > 0
	}
	return false
}

// normalisesFirst reports whether a model begins with a BatchNorm, after which the scales of the
// features do not matter.
func normalisesFirst[T kernels.Float](model layer.Layer[T]) bool {
	switch l := model.(type) {
	case *layer.BatchNorm[T]:
		return true
	case *layer.Sequential[T]:
		for _, part := range l.Parts() {
			if _, ok := part.(*layer.Dropout[T]); !ok {
				return normalisesFirst(part)
			}
		}
	}
	return false
}
