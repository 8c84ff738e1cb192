package onnx

import (
	"errors"
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/model"
)

// result is what the outputs of a graph say of its net.
type result struct {
	end     *step // the output of the net
	output  model.Output
	classes []string
}

// result finds the end of the net and what it means.
func (r *reading) result() (*result, error) {
	said := model.Output(0)
	for o := model.OutputValues; o <= model.OutputBinaryProbability; o++ {
		if r.metadata[keyOutput] == o.String() {
			said = o
		}
	}
	if r.end != "" {
		v, err := r.lookUp(r.end, len(r.graph.Node))
		if err == nil && (v.rows == nil || said == 0) {
			err = errors.New("it is no function of the input, or the metadata do not say what it is")
		}
		if err != nil {
			return nil, fmt.Errorf("the output of the net %q: %w", r.end, err)
		}
		return &result{v.rows, said, nil}, nil
	}
	var label *labels
	var rows *value
	for _, out := range r.graph.Output {
		v, err := r.lookUp(out.GetName(), len(r.graph.Node))
		switch {
		case err != nil:
			return nil, fmt.Errorf("the output %q: %w", out.GetName(), err)
		case v.labels != nil && label == nil:
			label = v.labels
		case v.rows != nil && rows == nil && !v.rows.deep:
			rows = v
		default:
			return nil, fmt.Errorf("the output %q is one too many, or constant: want values, or labels and "+
				"probabilities", out.GetName())
		}
	}
	switch {
	case label != nil:
		return classifier(label, rows, said)
	case rows != nil:
		return values(rows, said), nil
	}
	return nil, errors.New("the graph has no outputs")
}

// values says what a graph without labels computes. Its net computes just that.
func values(v *value, said model.Output) *result {
	end, output := v.rows, model.OutputValues
	switch fn := end.fn.(type) {
	case softmax:
		output = model.OutputProbabilities
	case logSoftmax:
		// Softmax makes the same probabilities of x and of log softmax(x).
		end, output = end.in[0], model.OutputLogits
	case twoClasses:
		end, output = end.in[0], model.OutputBinaryProbability
	case activation:
		if fn.act == kernels.ActSigmoid && end.width.n == 1 {
			output = model.OutputBinaryProbability
		}
	}
	if said == model.OutputValues {
		end, output = v.rows, said
	}
	return &result{end, output, v.classes}
}

// classifier says what a graph with labels computes. Its net gives the logits, unless the file says that
// it gives probabilities.
func classifier(label *labels, v *value, said model.Output) (*result, error) {
	if v == nil {
		v = &value{rows: label.scores}
	}
	if err := sameClasses(label.names, v.classes); err != nil {
		return nil, err
	}
	p := v.rows
	found := &result{p, model.OutputLogits, label.names}
	before := p // the columns that have the same largest one
	switch p.fn.(type) {
	case softmax, logSoftmax:
		before = p.in[0]
		found.end = before
	case twoClasses:
		found.end, found.output = binaryEnd(p.in[0])
	}
	if label.scores != p && label.scores != before {
		return nil, errors.New("the labels are not those of the largest probabilities")
	}
	switch {
	case said == model.OutputProbabilities:
		found.end, found.output = p, said
	case said == model.OutputBinaryProbability && found.output == model.OutputBinaryLogit:
		found.end, found.output = p.in[0], said
	}
	if n := p.width.n; label.names != nil && n != 0 && n != len(label.names) {
		return nil, fmt.Errorf("there are %d class names for %d columns of probabilities", len(label.names),
			n)
	}
	return found, nil
}

// binaryEnd returns the logit of the second class, or its probability p if p is no sigmoid.
func binaryEnd(p *step) (*step, model.Output) {
	if f, ok := p.fn.(activation); ok && f.act == kernels.ActSigmoid {
		return p.in[0], model.OutputBinaryLogit
	}
	return p, model.OutputBinaryProbability
}
