package model

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Sklearn says what the arrays of a file of scikit-learn do not.
type Sklearn struct {
	// Activation is that of the hidden layers, as mlp.activation has it: "identity", "logistic", "tanh"
	// or "relu". A file without hidden layers needs none.
	Activation string

	// Output is OutputValues for a regressor, OutputLogits for a classifier, and OutputBinaryLogit for
	// one of two classes.
	Output Output

	// Classes are the names of classes_, in its order; nil for none.
	Classes []string

	// Limit is the most bytes that a compressed array of an npz file may inflate to, see [data.Limit].
	Limit data.Limit
}

// LoadSklearn makes a whole model of the arrays of an MLPClassifier or MLPRegressor of scikit-learn, or
// of a linear model: a LogisticRegression, LinearRegression, Ridge, Lasso, ElasticNet or SGDRegressor.
// Other models have coef_ and intercept_ too, but predict something else: PoissonRegressor and its
// like the exponential of the sum, LinearSVC and RidgeClassifier no probabilities.
// The file is an npz or a safetensors file that Python wrote with
//
//	arrays = {f"coefs_{i}": w for i, w in enumerate(mlp.coefs_)}
//	arrays |= {f"intercepts_{i}": b for i, b in enumerate(mlp.intercepts_)}
//	numpy.savez("mlp.npz", **arrays)
//
// or, for a linear model, with
//
//	numpy.savez("linear.npz", coef_=clf.coef_, intercept_=clf.intercept_)
//
// safetensors.numpy.save_file(arrays, "mlp.safetensors") serves as well, but writes the memory of an
// array as it is: give it numpy.ascontiguousarray(w), since an array of another order would come out
// with its elements in the wrong places.
//
// coefs_ are in x out, as the weights here are; coef_ is out x in, and is transposed. Probabilities
// are those of predict_proba. An MLPClassifier of several labels a row has no counterpart, and a
// scaler before the model stays outside the file.
//
// Arrays that are missing, left over or do not fit each other are an error that names them, and so
// is a finite number that T cannot hold.
func LoadSklearn[T kernels.Float](path string, o Sklearn) (*Model[T], error) {
	f, err := openArrays(path, o.Limit)
	if err != nil {
		return nil, err
	}
	defer f.close()
	m, err := sklearnModel[T](f, o)
	if err != nil {
		return nil, fmt.Errorf("model: loading %s: %w", path, err)
	}
	return m, nil
}

// sklearnActs has scikit-learn's names of activations.
var sklearnActs = map[string]kernels.Activation{
	"identity": kernels.ActIdentity,
	"logistic": kernels.ActSigmoid,
	"tanh":     kernels.ActTanh,
	"relu":     kernels.ActReLU,
}

func sklearnModel[T kernels.Float](f *arrays, o Sklearn) (*Model[T], error) {
	layers := 0
	for slices.Contains(f.names, fmt.Sprintf("coefs_%d", layers)) {
		layers++
	}
	linear := slices.Contains(f.names, "coef_")
	act, known := sklearnActs[o.Activation]
	switch {
	case linear == (layers > 0):
		return nil, fmt.Errorf("the arrays are %s, want coefs_0, intercepts_0, coefs_1, ..., or coef_ and "+
			"intercept_", listed(f.names))
	case layers > 1 && !known:
		return nil, fmt.Errorf(`Sklearn.Activation is %q, want "identity", "logistic", "tanh" or "relu", as `+
			"mlp.activation has it", o.Activation)
	case !o.Output.known():
		return nil, errors.New("Sklearn.Output is not set, want OutputValues for a regressor, OutputLogits " +
			"for a classifier, OutputBinaryLogit for one of two classes")
	case len(f.names) != 2*max(1, layers):
		return nil, fmt.Errorf("the arrays are %s, want one of intercepts for each of coefs and no others",
			listed(f.names))
	}
	if linear {
		l, err := sklearnLinear[T](f)
		if err != nil {
			return nil, err
		}
		return sklearnWhole(o, l)
	}
	var parts []layer.Layer[T]
	for i := range layers {
		if i == layers-1 {
			act = kernels.ActIdentity
		}
		l, err := sklearnLayer[T](f, i, act)
		if err != nil {
			return nil, err
		}
		parts = append(parts, l)
	}
	return sklearnWhole(o, parts...)
}

// sklearnWhole makes a model of layers, the first of which is a Linear.
func sklearnWhole[T kernels.Float](o Sklearn, parts ...layer.Layer[T]) (*Model[T], error) {
	in := parts[0].(*layer.Linear[T]).W.Shape[0]
	m := &Model[T]{Net: layer.NewSequential(parts...), In: in, Output: o.Output, Classes: o.Classes}
	if err := m.Check(); err != nil {
		return nil, err
	}
	return m, nil
}

// sklearnLayer returns layer i of an MLP.
func sklearnLayer[T kernels.Float](f *arrays, i int, act kernels.Activation) (layer.Layer[T], error) {
	name := fmt.Sprintf("coefs_%d", i)
	w, err := f.read(name)
	if err != nil {
		return nil, err
	}
	if len(w.Dims) != 2 || slices.Min(w.Dims) < 1 {
		return nil, fmt.Errorf("array %s has shape %v, want in x out", name, w.Dims)
	}
	l := layer.NewLinear[T](w.Dims[0], w.Dims[1], act)
	if err := assign(l.W.Value, w.Data, name); err != nil {
		return nil, err
	}
	name = fmt.Sprintf("intercepts_%d", i)
	b, err := f.read(name)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(b.Dims, l.B.Shape) {
		return nil, fmt.Errorf("array %s has shape %v, want %v as coefs_%d has columns", name, b.Dims,
			l.B.Shape, i)
	}
	return l, assign(l.B.Value, b.Data, name)
}

// sklearnLinear returns the only layer of a linear model. Its coef_ is a vector for one output of some
// regressors, and its intercept_ a single number, which is 0 where none was fitted.
func sklearnLinear[T kernels.Float](f *arrays) (layer.Layer[T], error) {
	w, err := f.read("coef_")
	if err != nil {
		return nil, err
	}
	b, err := f.read("intercept_")
	if err != nil {
		return nil, err
	}
	shape := w.Dims
	if len(shape) == 1 {
		shape = []int{1, shape[0]}
	}
	if len(shape) != 2 || slices.Min(shape) < 1 {
		return nil, fmt.Errorf("array coef_ has shape %v, want out x in", w.Dims)
	}
	out, in := shape[0], shape[1]
	if len(b.Dims) > 1 || len(b.Data) != out && len(b.Dims) > 0 {
		return nil, fmt.Errorf("array intercept_ has shape %v, want [%d] or a single number, as coef_ is %v",
			b.Dims, out, w.Dims)
	}
	l := layer.NewLinear[T](in, out, kernels.ActIdentity)
	transposed := make([]float64, len(w.Data))
	kernels.Transpose(out, in, transposed, out, w.Data, in)
	if err := assign(l.W.Value, transposed, "coef_"); err != nil {
		return nil, err
	}
	if len(b.Dims) == 0 {
		b.Data = slices.Repeat(b.Data, out)
	}
	return l, assign(l.B.Value, b.Data, "intercept_")
}

// assign rounds src to dst.
func assign[T kernels.Float](dst []T, src []float64, name string) error {
	for i, v := range src {
		dst[i] = T(v)
		if math.IsInf(float64(dst[i]), 0) && !math.IsInf(v, 0) {
			return fmt.Errorf("array %s: element %d is %v, want a number that %T can hold", name, i, v,
				dst[i])
		}
	}
	return nil
}

// arrays is an open npz or safetensors file.
type arrays struct {
	names []string
	read  func(name string) (*data.Array[float64], error)
	close func() error
}

// openArrays opens a file, whose first bytes say what it is.
func openArrays(path string, limit data.Limit) (*arrays, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	defer f.Close()
	start := make([]byte, 4)
	if n, _ := f.ReadAt(start, 0); n == 4 && bytes.Equal(start, []byte("PK\x03\x04")) {
		return openNPZ(path, limit)
	}
	s, err := Open(path)
	if err != nil {
		return nil, err
	}
	return &arrays{s.h.names, func(name string) (*data.Array[float64], error) {
		info, _ := s.Tensor(name)
		v, err := Values[float64](s, name)
		return &data.Array[float64]{Dims: info.Shape, Data: v}, err
	}, s.Close}, nil
}

func openNPZ(path string, limit data.Limit) (*arrays, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("model: opening %s: %w", path, err)
	}
	a := &arrays{close: z.Close, read: func(name string) (*data.Array[float64], error) {
		return data.ReadNPZFile[float64](path, name, limit)
	}}
	for _, f := range z.File {
		a.names = append(a.names, strings.TrimSuffix(f.Name, ".npy"))
	}
	return a, nil
}

// listed returns up to ten names.
func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	text := fmt.Sprintf("%.200s", strings.Join(names[:min(10, len(names))], ", "))
	if len(names) > 10 {
		text += fmt.Sprintf(" and %d more", len(names)-10)
	}
	return text
}
