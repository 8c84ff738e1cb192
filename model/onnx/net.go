package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

const (
	// minElements are the elements of constants that the nodes of any file may use, and the parameters that
	// its net may have, beside one for each of its bytes. A constant that many nodes use would make a net
	// that is larger than its file by any factor.
	minElements = 1 << 20

	// maxFolding bounds the arithmetic on constants when neighbours become one layer. What it leaves out
	// becomes layers of its own.
	maxFolding = 1 << 25

	maxNesting = 100 // residuals inside residuals
)

var errShared = errors.New("too many nodes use the same constant: together more elements than the file " +
	"has bytes")

// netBuilder makes layers of steps.
type netBuilder[T kernels.Float] struct {
	left int // parameters that the net may still have
}

// net returns the layers from start to end, and the columns of the input.
func (b *netBuilder[T]) net(start, end *step) (net layer.Layer[T], in int, err error) {
	f := &folder{maxFolding}
	fns, err := f.between(start, end, 0)
	if err != nil {
		return nil, 0, err
	}
	if start.width.n == 0 {
		return nil, 0, errors.New("the number of columns of the input is not known")
	}
	s, err := b.sequence(fns)
	if err != nil {
		return nil, 0, err
	}
	_, err = s.Out(start.width.n)
	return s, start.width.n, err
}

// named is a function with the node that it comes from.
type named struct {
	fn   function
	node string
}

// folder finds the functions of a net, and makes one of neighbours.
type folder struct {
	left int // elements that it may still compute
}

// between returns the functions that lead from a step to a later one.
func (o *folder) between(from, to *step, nesting int) ([]named, error) {
	if nesting > maxNesting {
		return nil, fmt.Errorf("%s: more than %d residuals are inside each other", to.node, maxNesting)
	}
	var list []named
	for s := to; s != from; {
		if s.taken || len(s.in) == 0 {
			return nil, fmt.Errorf("%s: its output goes to branches that do not end in one Add, which no "+
				"layer has", s.node)
		}
		s.taken = true
		fn, next, ok := recognised(s)
		if !ok {
			fn, next = s.fn, s.in[0]
		}
		if _, isSum := fn.(sum); isSum {
			next = s.join
			r := residual{}
			var err error
			if r.body, err = o.between(next, s.in[0], nesting+1); err != nil {
				return nil, err
			}
			if r.skip, err = o.between(next, s.in[1], nesting+1); err != nil {
				return nil, err
			}
			fn = r
		}
		list = append(list, named{fn, s.node})
		s = next
	}
	slices.Reverse(list)
	return o.simplified(list), nil
}

// simplified returns functions of which neighbours that one layer computes are one.
func (o *folder) simplified(list []named) []named {
	var out []named
	for _, f := range list {
		if c, ok := f.fn.(clip); ok {
			for _, part := range clamped(c, f.node) {
				out = o.appended(out, part)
			}
			continue
		}
		out = o.appended(out, f)
	}
	return out
}

// clamped returns x clamped to [low, high].
func clamped(c clip, node string) []named {
	scale := func(mul, add float64) function {
		return affine{mul: []float64{mul}, add: []float64{add}, width: c.width}
	}
	relu, turned := activation{kernels.ActReLU}, scale(-1, 0)
	within := func(limit float64) []function { // x clamped to [-limit, limit]
		if math.IsInf(limit, 1) {
			return nil
		}
		return []function{scale(1/limit, 0), activation{kernels.ActHardTanh}, scale(limit, 0)}
	}
	// The positive part of x, clamped, and the negative one: neither adds to a number near 0 and loses its digits.
	above := append([]function{relu}, within(c.high)...)
	below := slices.Concat([]function{turned, relu}, within(-c.low), []function{turned})
	switch {
	case max(math.Abs(c.low), math.Abs(c.high)) <= closeLimits:
		middle, half := (c.low+c.high)/2, (c.high-c.low)/2
		return all(node, affine{sub: []float64{middle}, mul: []float64{1 / half}, width: c.width},
			activation{kernels.ActHardTanh}, scale(half, middle))
	case c.low == -c.high:
		return all(node, within(c.high)...)
	case c.low > 0:
		return all(node, append(within(c.high), scale(1, -c.low), relu, scale(1, c.low))...)
	case c.high < 0:
		return all(node, append(within(-c.low), scale(-1, c.high), relu, scale(-1, c.high))...)
	case c.low == 0:
		return all(node, above...)
	case c.high == 0:
		return all(node, below...)
	}
	return all(node, residual{all(node, above...), all(node, below...)})
}

// all returns functions that come from one node.
func all(node string, fns ...function) []named {
	return converted(fns, func(fn function) named { return named{fn, node} })
}

// closeLimits bounds the limits of a Clip that becomes one hard tanh. A number near 0 loses a rounding of
// their middle there, at most 1e-6.
const closeLimits = 16

// appended appends a function, or makes the last one compute it too.
func (o *folder) appended(list []named, f named) []named {
	if _, ok := f.fn.(keep); ok {
		return list
	}
	if n := len(list); n > 0 {
		if both, ok := o.fused(list[n-1].fn, f.fn); ok {
			list[n-1].fn = both
			return list
		}
	}
	return append(list, f)
}

// fused returns one function for g(f(x)).
func (o *folder) fused(f, g function) (function, bool) {
	switch g := g.(type) {
	case affine:
		if o.left < 0 {
			return nil, false
		}
		both, cost := folded(f, g)
		o.left -= cost
		return both, both != nil
	case activation:
		if l, ok := f.(linear); ok && l.act == kernels.ActIdentity {
			l.act = g.act
			return l, true
		}
	}
	return nil, false
}

// folded returns one function for g(f(x)), nil if there is none, and the elements that it computed.
func folded(f function, g affine) (both function, cost int) {
	switch f := f.(type) {
	case linear:
		if f.act == kernels.ActIdentity {
			return f.then(g), len(f.w)
		}
	case affine:
		return f.then(g), f.count() + g.count()
	case layerNorm:
		a := affine{mul: f.gamma, add: f.beta, width: f.width}.then(g)
		return layerNorm{gamma: a.mul, beta: a.shift(), eps: f.eps, width: f.width}, a.count() + g.count()
	case rmsNorm:
		if g.sub == nil && g.add == nil {
			a := affine{mul: f.gamma, width: f.width}.then(g)
			return rmsNorm{a.mul, f.eps, f.width}, a.count()
		}
	}
	return nil, 0
}

// count returns the number of elements of f.
func (f affine) count() int { return len(f.sub) + len(f.mul) + len(f.add) }

// paired returns op of the elements of a and b, of which each may have one element for all columns.
func paired(a, b []float64, op func(a, b float64) float64) []float64 {
	out := make([]float64, max(len(a), len(b)))
	for i := range out {
		out[i] = op(a[min(i, len(a)-1)], b[min(i, len(b)-1)])
	}
	return out
}

func plus(a, b float64) float64  { return a + b }
func minus(a, b float64) float64 { return a - b }
func times(a, b float64) float64 { return a * b }

// then returns g(f(x)).
func (f affine) then(g affine) affine {
	f = f.plus(g.sub, minus)
	if g.mul != nil {
		if f.mul == nil {
			f.mul = g.mul
		} else {
			f.mul = paired(f.mul, g.mul, times)
		}
		if f.add != nil {
			f.add = paired(f.add, g.mul, times)
		}
	}
	return f.plus(g.add, plus)
}

// plus returns f(x) + v, or f(x) - v. A shift before the factor stays there: x - mean is exact where
// x mul - mean mul is not.
func (f affine) plus(v []float64, op func(a, b float64) float64) affine {
	switch {
	case v == nil:
	case f.mul == nil && f.add == nil:
		opposite := plus
		if op(0, 1) > 0 {
			opposite = minus
		}
		f.sub = paired(orZero(f.sub), v, opposite)
	default:
		f.add = paired(orZero(f.add), v, op)
	}
	return f
}

func orZero(v []float64) []float64 {
	if v == nil {
		return []float64{0}
	}
	return v
}

// shift returns what f adds to x mul.
func (f affine) shift() []float64 {
	switch {
	case f.sub == nil:
		return f.add
	case f.mul == nil:
		return paired(orZero(f.add), f.sub, minus)
	}
	return paired(orZero(f.add), paired(f.sub, f.mul, times), minus)
}

// then returns g(x w + b).
func (f linear) then(g affine) linear {
	b := affine{mul: []float64{1}, add: f.b}.then(g)
	if g.mul != nil {
		w := make([]float64, len(f.w))
		for i, v := range f.w {
			w[i] = v * g.mul[min(i%f.out, len(g.mul)-1)]
		}
		f.w = w
	}
	f.b = b.add
	return f
}

// sequence returns functions as layers, one behind the other.
func (b *netBuilder[T]) sequence(list []named) (*layer.Sequential[T], error) {
	var parts []layer.Layer[T]
	for _, f := range list {
		l, err := b.layer(f)
		if err != nil {
			if _, inside := f.fn.(residual); !inside { // else the error names a node of a branch
				err = fmt.Errorf("%s: %w", f.node, err)
			}
			return nil, err
		}
		parts = append(parts, l)
	}
	return layer.NewSequential(parts...), nil
}

// layer returns a function as a layer.
func (b *netBuilder[T]) layer(f named) (layer.Layer[T], error) {
	switch fn := f.fn.(type) {
	case linear:
		return b.linear(fn)
	case activation:
		return layer.NewActivation[T](fn.act), nil
	case softmax:
		return layer.Softmax[T]{}, nil
	case dropout:
		return layer.NewDropout[T](fn.p), nil
	case preLU:
		if err := b.take(len(fn.slope)); err != nil {
			return nil, err
		}
		l := layer.NewPReLU[T](len(fn.slope))
		return l, fill(l.Slope.Value, fn.slope)
	case batchNorm:
		return b.batchNorm(fn, len(fn.gamma))
	case affine:
		return b.batchNorm(batchNorm{gamma: or(fn.mul, 1), beta: orZero(fn.add), mean: orZero(fn.sub),
			variance: []float64{1}, momentum: 0.1}, fn.width.n)
	case layerNorm:
		return b.layerNorm(fn)
	case rmsNorm:
		return b.rmsNorm(fn)
	case residual:
		return b.residual(fn)
	case logSoftmax:
		return nil, errors.New("is supported only as the last operator")
	}
	return nil, errors.New("is no layer, and no part of an activation or a normalisation that this " +
		"package knows")
}

func or(v []float64, otherwise float64) []float64 {
	if v == nil {
		return []float64{otherwise}
	}
	return v
}

// take accounts for n parameters.
func (b *netBuilder[T]) take(n int) error {
	switch {
	case n < 1:
		return errors.New("the number of its columns is not known")
	case n > b.left:
		return errShared
	}
	b.left -= n
	return nil
}

// fill stores v in the parameter p. A single element serves all of p.
func fill[T kernels.Float](p []T, v []float64) error {
	if len(v) != len(p) && len(v) != 1 {
		return fmt.Errorf("has %d parameters, want %d", len(v), len(p))
	}
	for i := range p {
		f := v[min(i, len(v)-1)]
		if p[i] = T(f); math.IsInf(float64(p[i]), 0) && !math.IsInf(f, 0) {
			return fmt.Errorf("has the parameter %v, which is too large for %T", f, p[i])
		}
	}
	return nil
}

// setEps sets what a normalisation adds to a variance.
func setEps[T kernels.Float](to *T, eps float64) error {
	if *to = T(eps); !(eps >= 0) || math.IsInf(float64(*to), 0) {
		return fmt.Errorf("has epsilon %v, want a finite number of at least 0", eps)
	}
	return nil
}

func (b *netBuilder[T]) linear(fn linear) (layer.Layer[T], error) {
	if err := b.take(len(fn.w) + fn.out); err != nil {
		return nil, err
	}
	l := layer.NewLinear[T](fn.in, fn.out, fn.act)
	if err := fill(l.W.Value, fn.w); err != nil {
		return nil, err
	}
	if fn.b == nil {
		return l.NoBias(), nil
	}
	return l, fill(l.B.Value, fn.b)
}

func (b *netBuilder[T]) batchNorm(fn batchNorm, cols int) (layer.Layer[T], error) {
	if err := b.take(4 * cols); err != nil {
		return nil, err
	}
	if !(fn.momentum >= 0 && fn.momentum <= 1) {
		return nil, fmt.Errorf("has the momentum %v of PyTorch, want 0 to 1", fn.momentum)
	}
	l := layer.NewBatchNorm[T](cols)
	l.Momentum = T(fn.momentum)
	if err := setEps(&l.Eps, fn.eps); err != nil {
		return nil, err
	}
	return l, errors.Join(fill(l.Gamma.Value, fn.gamma), fill(l.Beta.Value, fn.beta),
		fill(l.RunMean.Value, fn.mean), fill(l.RunVar.Value, fn.variance))
}

func (b *netBuilder[T]) layerNorm(fn layerNorm) (layer.Layer[T], error) {
	if err := b.take(2 * fn.width.n); err != nil {
		return nil, err
	}
	l := layer.NewLayerNorm[T](fn.width.n)
	if err := setEps(&l.Eps, fn.eps); err != nil {
		return nil, err
	}
	return l, errors.Join(fill(l.Gamma.Value, or(fn.gamma, 1)), fill(l.Beta.Value, orZero(fn.beta)))
}

func (b *netBuilder[T]) rmsNorm(fn rmsNorm) (layer.Layer[T], error) {
	if err := b.take(fn.width.n); err != nil {
		return nil, err
	}
	l := layer.NewRMSNorm[T](fn.width.n)
	if err := setEps(&l.Eps, fn.eps); err != nil {
		return nil, err
	}
	return l, fill(l.Gamma.Value, or(fn.gamma, 1))
}

// residual returns a sum. The shorter branch is the skip.
func (b *netBuilder[T]) residual(fn residual) (layer.Layer[T], error) {
	if len(fn.body) < len(fn.skip) {
		fn.body, fn.skip = fn.skip, fn.body
	}
	body, err := b.sequence(fn.body)
	if err != nil {
		return nil, err
	}
	if len(fn.skip) == 0 {
		return layer.NewResidual[T](body, nil), nil
	}
	skip, err := b.sequence(fn.skip)
	if err != nil {
		return nil, err
	}
	return layer.NewResidual[T](body, skip), nil
}
