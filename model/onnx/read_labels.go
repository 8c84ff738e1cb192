package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/ashlar-go/ashlar/kernels"
)

// argMax gives the index of the largest column.
func (c *call) argMax() ([]*value, error) {
	if err := c.alongRows(0); err != nil {
		return nil, err
	}
	if err := c.only("select_last_index", 0, "the first of equal columns counts"); err != nil {
		return nil, err
	}
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	return []*value{{labels: &labels{scores: x}}}, nil
}

// arrayFeature gives the class names at the indices.
func (c *call) arrayFeature() ([]*value, error) {
	t, err := c.constant(0)
	if err != nil {
		return nil, err
	}
	names, err := t.names()
	if err != nil {
		return nil, fmt.Errorf("input 0 (%q) %w", c.node.Input[0], err)
	}
	return c.named(1, names)
}

// gather is arrayFeature as an operator of ai.onnx.
func (c *call) gather() ([]*value, error) {
	if err := c.only("axis", 0, "class names have one axis"); err != nil {
		return nil, err
	}
	return c.arrayFeature()
}

// named gives the labels of input i the names.
func (c *call) named(i int, names []string) ([]*value, error) {
	if !c.has(i) || c.in[i].labels == nil || c.in[i].labels.names != nil {
		return nil, fmt.Errorf("input %d is not the index of a class, as ArgMax gives it", i)
	}
	if len(names) == 0 {
		return nil, errors.New("has no class names")
	}
	return []*value{{labels: &labels{scores: c.in[i].labels.scores, names: names}}}, nil
}

// labelEncoder gives each index the class name that belongs to it. The keys must be 0, 1, ...
func (c *call) labelEncoder() ([]*value, error) {
	keys, err := c.ints("keys_int64s")
	if err != nil {
		return nil, err
	}
	names, err := c.classes("values_strings", "values_int64s")
	if err != nil {
		return nil, err
	}
	for i, k := range keys {
		if k != int64(i) {
			return nil, fmt.Errorf("key %d is %d, want %d", i, k, i)
		}
	}
	if len(keys) != len(names) {
		return nil, fmt.Errorf("has %d integer keys and %d values, want as many", len(keys), len(names))
	}
	return c.named(0, names)
}

// zipMap passes on probabilities and notes the names of their columns.
func (c *call) zipMap() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	names, err := c.classes("classlabels_strings", "classlabels_int64s")
	if err != nil {
		return nil, err
	}
	return []*value{{rows: x, classes: names}}, nil
}

// normalizer passes on probabilities, which already add up to 1.
func (c *call) normalizer() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	norm, err := c.text("norm", "MAX")
	if err != nil {
		return nil, err
	}
	switch x.fn.(type) {
	case softmax, twoClasses:
		if norm == "L1" {
			return rowsOf(x), nil
		}
	}
	return nil, fmt.Errorf("norm %.20q is supported only as L1 of probabilities that add up to 1", norm)
}

// scaler gives (x - offset) scale.
func (c *call) scaler() ([]*value, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, err
	}
	fn := affine{width: x.width}
	for name, to := range map[string]*[]float64{"offset": &fn.sub, "scale": &fn.mul} {
		if *to, err = c.floats(name); err != nil {
			return nil, err
		}
		if n := len(*to); n > 1 {
			if err := x.width.is(n); err != nil {
				return nil, fmt.Errorf("attribute %q: %w", name, err)
			}
		}
	}
	return c.gives(fn, x)
}

// linearRegressor gives coefficients x + intercepts, one a target.
func (c *call) linearRegressor() ([]*value, error) {
	targets, err := c.int("targets", 1)
	if err != nil {
		return nil, err
	}
	if post, err := c.text("post_transform", "NONE"); err != nil || post != "NONE" {
		return nil, errors.Join(err, fmt.Errorf("attribute \"post_transform\" is %.20q, want NONE", post))
	}
	x, l, err := c.coefficients(targets)
	if err != nil {
		return nil, err
	}
	return c.product(x, l)
}

// coefficients returns the input and what the attributes coefficients (out x in) and intercepts say.
func (c *call) coefficients(out int64) (*step, linear, error) {
	x, err := c.rows(0)
	if err != nil {
		return nil, linear{}, err
	}
	w, err := c.floats("coefficients")
	if err != nil {
		return nil, linear{}, err
	}
	if out < 1 || out > int64(len(w)) || int64(len(w))%out != 0 {
		return nil, linear{}, fmt.Errorf("has %d coefficients for %d outputs, want a multiple", len(w), out)
	}
	l := linear{out: int(out), in: len(w) / int(out)}
	l.w = transposed(w, l.out, l.in)
	if l.b, err = c.floats("intercepts"); err != nil {
		return nil, linear{}, err
	}
	if len(l.b) != 0 && len(l.b) != l.out {
		return nil, linear{}, fmt.Errorf("has %d intercepts, want none or %d", len(l.b), l.out)
	}
	return x, l, nil
}

// linearClassifier gives labels and their scores. Two classes may have one row of coefficients, or two
// of which one is the negative of the other: both become a single output, that of the second class.
func (c *call) linearClassifier() ([]*value, error) {
	names, err := c.classes("classlabels_strings", "classlabels_ints")
	if err != nil {
		return nil, err
	}
	if len(names) < 2 {
		return nil, fmt.Errorf("has %d class labels, want at least 2", len(names))
	}
	post, err := c.text("post_transform", "NONE")
	if err != nil {
		return nil, err
	}
	rows := int64(len(names))
	intercepts, err := c.floats("intercepts")
	if err != nil {
		return nil, err
	}
	if len(names) == 2 && len(intercepts) == 1 {
		rows = 1
	}
	x, l, err := c.coefficients(rows)
	if err != nil {
		return nil, err
	}
	scores, err := c.scores(x, l, post)
	if err != nil {
		return nil, err
	}
	return []*value{{labels: &labels{scores, names}}, {rows: scores}}, nil
}

// scores gives the scores of a LinearClassifier.
func (c *call) scores(x *step, l linear, post string) (*step, error) {
	l, opposite := oneOutput(l)
	out, err := c.product(x, l)
	if err != nil {
		return nil, err
	}
	z := out[0].rows
	switch {
	case post == "SOFTMAX" && l.out > 1:
		return then(c.label(), z.width, softmax{}, z), nil
	case post == "LOGISTIC" && l.out == 1:
		p := then(c.label(), z.width, activation{kernels.ActSigmoid}, z)
		return then(c.label(), &width{2}, twoClasses{}, p), nil
	case post == "SOFTMAX" && opposite:
		// exp(z) / (exp(z) + exp(-z)) is the sigmoid of 2 z.
		twice := then(c.label(), z.width, affine{mul: []float64{2}, width: z.width}, z)
		p := then(c.label(), z.width, activation{kernels.ActSigmoid}, twice)
		return then(c.label(), &width{2}, twoClasses{}, p), nil
	case post == "NONE" && l.out > 1:
		return z, nil
	}
	return nil, fmt.Errorf("attribute \"post_transform\" is %.20q for %d outputs, want SOFTMAX, or "+
		"LOGISTIC for two classes", post, l.out)
}

// oneOutput returns l with the second output alone if there are two and the first is its negative.
func oneOutput(l linear) (one linear, opposite bool) {
	if l.out != 2 {
		return l, false
	}
	one = linear{in: l.in, out: 1, w: make([]float64, l.in)}
	for i := range l.in {
		if l.w[2*i] != -l.w[2*i+1] {
			return l, false
		}
		one.w[i] = l.w[2*i+1]
	}
	if l.b != nil {
		if l.b[0] != -l.b[1] {
			return l, false
		}
		one.b = l.b[1:]
	}
	return one, true
}

// sameClasses returns an error unless the names of a ZipMap are those of the labels. Labels without
// names are indices.
func sameClasses(names, zipped []string) error {
	if len(zipped) == 0 {
		return nil
	}
	for i, name := range zipped {
		want := strconv.Itoa(i)
		if names != nil {
			want = names[min(i, len(names)-1)]
		}
		if name != want {
			return fmt.Errorf("the probabilities have the classes %.9q, and the labels %.9q", zipped, names)
		}
	}
	if names != nil && !slices.Equal(names, zipped) {
		return fmt.Errorf("the probabilities have %d classes, and the labels %d", len(zipped), len(names))
	}
	return nil
}

// near reports whether two numbers are the same but for the rounding of float32.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Abs(b) }
