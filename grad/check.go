package grad

import (
	"fmt"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// Difference is the result of [Check] for one tensor.
type Difference struct {
	Name string  // of the parameter, or "input"
	Rel  float64 // ||numeric - analytic|| / max(||numeric||, ||analytic||), 0 where both are rounding
	Step float64 // the h that came closest, the largest of several
}

// String returns a line such as "0.weight: 3.1e-11 at h = 0.001".
func (d Difference) String() string { return fmt.Sprintf("%s: %.2g at h = %g", d.Name, d.Rel, d.Step) }

// steps are the h that Check tries. With a six-point formula the truncation error falls as
// h^6 and the rounding error grows as 2^-52/h: a smooth function is best served by the large
// ones, and one with kinks by those that keep its inputs away from them.
var steps = [...]float64{1e-1, 3e-2, 1e-2, 3e-3, 1e-3}

// Check compares the gradients of the loss of a model, as computed by Backward,
// with central differences, for each parameter and for the input:
//
//	D(h)  = (L(v+h) - L(v-h)) / 2h
//	dL/dv = (15 D(h) - 6 D(2h) + D(3h)) / 10 + O(h^6)
//
// It tries several h for each tensor and reports the one whose difference from the
// analytic gradient is least, relative to their norm. The model runs as in training,
// with one dropout mask throughout. A correct gradient comes out below 1e-8 unless
// an input of a ReLU or of another function with a kink lies within a few h of it, or the
// gradient is so small that the rounding of L, 2^-52 L/h for an element, drowns it.
//
// Some gradients are exactly 0, like that of a bias in front of a BatchNorm. Where both norms
// are below what rounding makes of 0 at the largest h, 64 2^-52 max(1, |L|) sqrt(n)/h for n
// elements, the difference counts as 0.
//
// The parameters of the model are as before when Check returns, gradients aside.
func Check(model layer.Layer[float64], loss Loss[float64], x mat.Dense[float64],
	y Target[float64]) []Difference {
	switch {
	case model == nil:
		panic(&kernels.ShapeError{Op: "grad.Check", Arg: "model", Msg: "model is nil, want a layer"})
	case loss == nil:
		panic(&kernels.ShapeError{Op: "grad.Check", Arg: "loss", Msg: "loss is nil, want a loss"})
	}
	c := &checker{model: model, loss: loss, x: x.Clone(), y: y, ws: layer.NewWorkspace(model)}
	c.ws.InputGrad = true
	defer c.restoreState()()
	c.size = max(1, math.Abs(c.value()))
	dx := c.ws.Backward(c.dy).Clone()
	diffs := []Difference{c.compare("input", c.x.RawData(), dx.RawData())}
	for _, p := range model.Params() {
		if p.Grad != nil {
			diffs = append(diffs, c.compare(p.Name, p.Value, slices.Clone(p.Grad)))
		}
	}
	return diffs
}

// Worst returns the largest of the differences; NaN counts as the largest.
func Worst(diffs []Difference) Difference {
	var worst Difference
	for _, d := range diffs {
		if !(d.Rel <= worst.Rel) {
			worst = d
		}
		if math.IsNaN(d.Rel) {
			return d
		}
	}
	return worst
}

type checker struct {
	model layer.Layer[float64]
	loss  Loss[float64]
	x     mat.Dense[float64]
	y     Target[float64]
	ws    *layer.Workspace[float64]
	dy    mat.Dense[float64]
	size  float64 // of the loss, at least 1
}

// value runs the model and returns its loss, leaving dL/dy in c.dy.
func (c *checker) value() float64 {
	p := c.ws.Forward(c.x, true)
	if c.dy.Data == nil {
		c.dy = mat.New[float64](p.Rows, p.Cols)
	}
	return c.loss.Grad(c.dy, p, c.y)
}

// restoreState returns a function that puts back what training changes without a
// gradient, such as running statistics.
func (c *checker) restoreState() func() {
	saved := map[*layer.Param[float64]][]float64{}
	for _, p := range c.model.Params() {
		if p.Grad == nil {
			saved[p] = slices.Clone(p.Value)
		}
	}
	return func() {
		for p, v := range saved {
			copy(p.Value, v)
		}
	}
}

func (c *checker) compare(name string, value, analytic []float64) Difference {
	best := Difference{Name: name, Rel: math.NaN()}
	zero := 64 * 0x1p-52 * c.size * math.Sqrt(float64(len(value))) / steps[0]
	slopes := make([]float64, len(value))
	for _, h := range steps {
		for i := range slopes {
			slopes[i] = c.slope(&value[i], h*max(1, math.Abs(value[i])))
		}
		rel, norm := relative(slopes, analytic)
		if norm <= zero {
			rel = 0
		}
		if !(rel >= best.Rel) {
			best.Rel, best.Step = rel, h
		}
	}
	return best
}

// relative returns ||n - g|| / max(||n||, ||g||) and that maximum. The squares are of elements
// over a power of two at which none of those that count overflows or vanishes.
func relative(n, g []float64) (rel, norm float64) {
	top := 0.0
	for i := range g {
		top = max(top, math.Abs(n[i]), math.Abs(g[i]))
	}
	_, exp := math.Frexp(top)
	var diff, numeric, exact float64
	for i := range g {
		x, y := math.Ldexp(n[i], -exp), math.Ldexp(g[i], -exp)
		diff += (x - y) * (x - y)
		numeric += x * x
		exact += y * y
	}
	norm = math.Sqrt(max(numeric, exact))
	return math.Sqrt(diff) / norm, math.Ldexp(norm, exp)
}

// slope is the six-point central difference of the loss in one element.
func (c *checker) slope(v *float64, h float64) float64 {
	old := *v
	at := func(d float64) float64 {
		*v = old + d
		return c.value()
	}
	d := func(h float64) float64 { return (at(h) - at(-h)) / (2 * h) }
	slope := (15*d(h) - 6*d(2*h) + d(3*h)) / 10
	*v = old
	return slope
}
