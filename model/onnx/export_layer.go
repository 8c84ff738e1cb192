package onnx

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// layer appends y = l(x) for an x of cols columns. It returns y and its columns. path is the place of
// l in the net, such as "2.body.0"; values and nodes are named after it.
func (e *exporter[T]) layer(l layer.Layer[T], path, x string, cols int) (y string, out int, err error) {
	if out, err = l.Out(cols); err != nil {
		return "", 0, err
	}
	switch l := l.(type) {
	case *layer.Sequential[T]:
		for i, part := range l.Parts() {
			if x, cols, err = e.layer(part, joined(path, fmt.Sprint(i)), x, cols); err != nil {
				return "", 0, err
			}
		}
		return x, cols, nil
	case *layer.Residual[T]:
		y, err = e.residual(l, path, x, cols)
	default:
		if y, err = e.simple(l, path, x); err != nil {
			err = fmt.Errorf("layer %s: %w", shown(path), err)
		}
	}
	return y, out, err
}

// residual appends y = f(x) + s(x).
func (e *exporter[T]) residual(l *layer.Residual[T], path, x string, cols int) (y string, err error) {
	branches := []string{x, x} // without a projection the second stays x
	for i, part := range l.Parts() {
		place := joined(path, [...]string{"body", "skip"}[i])
		if branches[i], _, err = e.layer(part, place, x, cols); err != nil {
			return "", err
		}
	}
	return e.node("Add", shown(path), branches), nil
}

// simple appends a layer that has no parts.
func (e *exporter[T]) simple(l layer.Layer[T], path, x string) (y string, err error) {
	name := shown(path)
	switch l := l.(type) {
	case *layer.Linear[T]:
		return e.linear(l, name, x)
	case *layer.Activation[T]:
		return e.activated(l.Act, name, x)
	case layer.Softmax[T], *layer.Softmax[T]:
		return e.node("Softmax", name, []string{x}, attrInt("axis", 1)), nil
	case *layer.Dropout[T]:
		// Without the input training_mode this is the identity. The ratio is there for who trains further.
		return e.node("Dropout", name, []string{x, e.scalar(name+".ratio", float32(l.P))}), nil
	case *layer.PReLU[T]:
		in, err := e.params(x, l.Slope)
		return e.node("PRelu", name, in), err
	case *layer.BatchNorm[T]:
		in, err := e.params(x, l.Gamma, l.Beta, l.RunMean, l.RunVar)
		return e.node("BatchNormalization", name, in, attrFloat("epsilon", float64(l.Eps)),
			attrFloat("momentum", 1-float64(l.Momentum))), err
	case *layer.LayerNorm[T]:
		in, err := e.params(x, l.Gamma, l.Beta)
		return e.node("LayerNormalization", name, in, attrInt("axis", -1),
			attrFloat("epsilon", float64(l.Eps))), err
	case *layer.RMSNorm[T]:
		return e.rmsNorm(l, name, x)
	}
	return "", fmt.Errorf("%T has no counterpart in ONNX that this package knows", l)
}

// linear appends y = f(x W + b). W is in x out here and in Gemm.
func (e *exporter[T]) linear(l *layer.Linear[T], name, x string) (y string, err error) {
	op, tensors := "MatMul", []*layer.Param[T]{l.W}
	if l.B != nil {
		op, tensors = "Gemm", append(tensors, l.B)
	}
	in, err := e.params(x, tensors...)
	if err != nil {
		return "", err
	}
	if l.Act == kernels.ActIdentity {
		return e.node(op, name, in), nil
	}
	return e.activated(l.Act, name, e.node(op, name+".z", in))
}

// activated appends y = f(x).
func (e *exporter[T]) activated(act kernels.Activation, name, x string) (string, error) {
	y, known := e.activation(act, name, x)
	if !known {
		return "", fmt.Errorf("the activation %v has no counterpart in ONNX that this package knows", act)
	}
	return y, nil
}

// rmsNorm appends y = gamma x / sqrt(mean of x^2 + eps). Only opset 23 has an operator for it, which
// few programs run.
func (e *exporter[T]) rmsNorm(l *layer.RMSNorm[T], name, x string) (y string, err error) {
	square := e.node("Mul", name+".square", []string{x, x})
	mean := e.node("ReduceMean", name+".mean", []string{square, e.ints(name+".axes", -1)},
		attrInt("keepdims", 1))
	sum := e.node("Add", name+".sum", []string{mean, e.scalar(name+".eps", float32(l.Eps))})
	root := e.node("Sqrt", name+".root", []string{sum})
	in, err := e.params(e.node("Div", name+".normal", []string{x, root}), l.Gamma)
	return e.node("Mul", name, in), err
}

// params returns x and the names of the parameters as constants.
func (e *exporter[T]) params(x string, params ...*layer.Param[T]) ([]string, error) {
	in := []string{x}
	for _, p := range params {
		name, err := floats(&e.builder, p.Name, p.Value, p.Shape...)
		if err != nil {
			return nil, err
		}
		in = append(in, name)
	}
	return in, nil
}

func joined(path, part string) string {
	if path == "" {
		return part
	}
	return path + "." + part
}

// shown returns a path that is not empty.
func shown(path string) string {
	if path == "" {
		return "net"
	}
	return path
}
