package onnx

import (
	"fmt"
	"slices"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/model/onnx/internal/onnxpb"
)

func (e *exporter[T]) classifies() bool { return e.model.Output != model.OutputValues }

// binary reports whether the net has one output for two classes.
func (e *exporter[T]) binary() bool {
	o := e.model.Output
	return o == model.OutputBinaryLogit || o == model.OutputBinaryProbability
}

// classes returns the number of classes.
func (e *exporter[T]) classes() int {
	if e.binary() {
		return 2
	}
	return e.cols
}

// reserveOutputs returns the names of the outputs: label and probabilities, or values.
func (e *exporter[T]) reserveOutputs() []string {
	if e.classifies() {
		return []string{e.unique("label"), e.unique("probabilities")}
	}
	return []string{e.unique("values")}
}

// outputs appends what turns the output of the net into the outputs of the graph.
func (e *exporter[T]) outputs(net string, out []string) error {
	if !e.classifies() {
		return e.values(net, out[0])
	}
	label, probabilities := out[0], out[1]
	scores := e.probabilities(e.guarded(net), probabilities)
	e.output(probabilities, onnxpb.TensorProto_FLOAT, e.classes())
	e.label(scores, label)
	// The label comes first, as in the files of skl2onnx.
	slices.Reverse(e.graph.Output)
	return nil
}

// probabilities appends the probabilities of the classes. It returns a value whose largest column is
// that of the most probable class.
func (e *exporter[T]) probabilities(net, out string) (scores string) {
	switch e.model.Output {
	case model.OutputLogits:
		e.nodeTo("Softmax", out, []string{net}, attrInt("axis", 1))
		return net // the largest of them stays the largest where probabilities round to the same number
	case model.OutputProbabilities:
		return e.nodeTo("Identity", out, []string{net})
	case model.OutputBinaryLogit:
		// 1 - sigmoid(z) would lose the digits of a small probability.
		negative := e.node("Neg", "negative", []string{net})
		both := e.node("Concat", "logits", []string{negative, net}, attrInt("axis", 1))
		return e.nodeTo("Sigmoid", out, []string{both})
	}
	negative := e.node("Sub", "negative", []string{e.scalar("one", 1), net})
	return e.nodeTo("Concat", out, []string{negative, net}, attrInt("axis", 1))
}

// label appends the name of the most probable class, or its index where the classes have no names. A row
// that the pipeline refuses has the label "", or -1.
func (e *exporter[T]) label(scores, out string) {
	best := []*onnxpb.AttributeProto{attrInt("axis", 1), attrInt("keepdims", 0)}
	if e.labels == nil && e.refused == "" {
		e.nodeTo("ArgMax", out, []string{scores}, best...)
		e.output(out, onnxpb.TensorProto_INT64, 0)
		return
	}
	index := e.node("ArgMax", "class", []string{scores}, best...)
	if e.refused != "" {
		row := e.node("Squeeze", "refused.row", []string{e.refused, e.ints("refused.axis", 1)})
		is := e.node("IsNaN", "refused.is", []string{row})
		index = e.node("Where", "accepted", []string{is, e.ints("nothing", -1), index})
	}
	if e.labels == nil {
		e.nodeTo("Identity", out, []string{index})
		e.output(out, onnxpb.TensorProto_INT64, 0)
		return
	}
	e.mlNodeTo("LabelEncoder", out, []string{index}, attrIndices("keys_int64s", len(e.labels)),
		attrStrings("values_strings", e.labels), attrString("default_string", ""))
	e.output(out, onnxpb.TensorProto_STRING, 0)
}

// values appends the predictions in the units of the raw targets.
func (e *exporter[T]) values(net, out string) error {
	if e.model.Prepare == nil {
		e.output(out, float, e.cols)
		e.nodeTo("Identity", out, []string{net})
		return nil
	}
	e.output(out, double, e.cols)
	y := e.cast("target.scaled", e.guarded(net), double)
	scales := e.model.Prepare.TargetOperations()
	each := len(scales) / max(1, e.cols) // they come target by target, all in the same ways
	for k := each - 1; k >= 0; k-- {
		var one []data.Operation
		for i := range e.cols {
			one = append(one, scales[i*each+k])
		}
		var err error
		if y, err = e.unscale(y, one); err != nil {
			return err
		}
	}
	e.nodeTo("Identity", out, []string{y})
	return nil
}

// unscale appends the inverse of one scaling of each target.
func (e *exporter[T]) unscale(y string, scales []data.Operation) (string, error) {
	switch by := scales[0].Scaling; by {
	case data.ScaleLog:
		return e.node("Exp", "target.exp", []string{y}), nil
	case data.ScaleLog1p:
		power := e.node("Exp", "target.exp", []string{y})
		return e.node("Sub", "target.expm1", []string{power, e.doubles("target.one", []float64{1})}), nil
	case data.ScaleStandard, data.ScaleMinMax:
	default:
		return "", fmt.Errorf("the scaling %v of a target has no counterpart in ONNX that is known here", by)
	}
	var mul, add []float64
	for _, o := range scales {
		m, a := o.Std.Float64(), o.Mean.Float64()
		if o.Scaling == data.ScaleMinMax {
			if m, a = o.Max-o.Min, o.Min; m == 0 {
				m = 1
			}
		}
		if err := finite(m, a); err != nil {
			return "", fmt.Errorf("the scale of the target %q is beyond float64", o.Column)
		}
		mul, add = append(mul, m), append(add, a)
	}
	y = e.node("Mul", "target.scale", []string{y, e.doubles("target.factor", mul, len(mul))})
	return e.node("Add", "target.shift", []string{y, e.doubles("target.offset", add, len(add))}), nil
}
