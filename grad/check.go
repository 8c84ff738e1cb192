package grad

import (
	"fmt"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// Difference is the result of [Check] for one tensor.
type Difference struct {
	Name string  // of the parameter, or "input"
	Rel  float64 // ||numeric - analytic|| / max(||numeric||, ||analytic||, 1e-3)
	Step float64 // the h that came closest
}

// String returns a line such as "0.weight: 3.1e-11 at h = 0.001".
func (d Difference) String() string { return fmt.Sprintf("%s: %.2g at h = %g", d.Name, d.Rel, d.Step) }

// steps are the h that Check tries. With a four-point formula the truncation error
// falls as h^4 and the rounding error grows as 2^-52/h; they meet in this range.
var steps = [...]float64{3e-2, 1e-2, 3e-3, 1e-3, 3e-4}

// Check compares the gradients of the loss of a model, as computed by Backward,
// with central differences, for each parameter and for the input:
//
//	D(h)  = (L(v+h) - L(v-h)) / 2h
//	dL/dv = (4 D(h) - D(2h)) / 3 + O(h^4)
//
// It tries several h for each tensor and reports the one whose difference from the
// analytic gradient is least in the Euclidean norm. The model runs as in training,
// with one dropout mask throughout. A correct gradient comes out below 1e-8 unless
// an input of a ReLU or of another function with a kink lies within a few h of it.
//
// A gradient whose norm is below 1e-3 is measured absolutely, in units of 1e-3:
// some gradients are exactly 0, like that of a bias in front of a BatchNorm.
//
// The parameters of the model are as before when Check returns, gradients aside.
func Check(model layer.Layer[float64], loss Loss[float64], x mat.Dense[float64], y Target[float64]) []Difference {
	c := &checker{model: model, loss: loss, x: x.Clone(), y: y, ws: layer.NewWorkspace(model)}
	c.ws.InputGrad = true
	defer c.restoreState()()
	c.value()
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
	for _, h := range steps {
		var diff, numeric, exact float64
		for i, g := range analytic {
			n := c.slope(&value[i], h*max(1, math.Abs(value[i])))
			diff += (n - g) * (n - g)
			numeric += n * n
			exact += g * g
		}
		rel := math.Sqrt(diff) / max(math.Sqrt(max(numeric, exact)), 1e-3)
		if !(rel >= best.Rel) {
			best.Rel, best.Step = rel, h
		}
	}
	return best
}

// slope is the four-point central difference of the loss in one element.
func (c *checker) slope(v *float64, h float64) float64 {
	old := *v
	at := func(d float64) float64 {
		*v = old + d
		return c.value()
	}
	near := (at(h) - at(-h)) / (2 * h)
	far := (at(2*h) - at(-2*h)) / (4 * h)
	*v = old
	return (4*near - far) / 3
}
