package grad

import (
	"fmt"
	"math"
	"strings"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/size"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// ClipNorm shortens the gradient of all parameters together to a norm of at most max
// (Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks,
// ICML 2013) and returns the norm that it had:
//
//	g <- g max / ||g||   where ||g|| > max
//
// The factor goes into Param.GradScale, from where the optimizer's step takes it: the
// gradients are read once, for their norm, and not written but where T cannot hold the factor.
// Norm and factor are right for every gradient that T can hold, see [Norm]; one that is not
// finite becomes 0, and NaN where it is infinite itself. A max below 0 or NaN panics.
func ClipNorm[T kernels.Float](params []*layer.Param[T], max float64) (norm float64) {
	checkLimit("ClipNorm", "max", max)
	checkParams("ClipNorm", params)
	return clipNorm(params, max).value()
}

func clipNorm[T kernels.Float](params []*layer.Param[T], max float64) length {
	norm, limit := normOf(params), lengthOf(max)
	if norm.above(limit) {
		scale(params, limit.over(norm))
	}
	return norm
}

// checkLimit panics unless a limit is 0 or more.
func checkLimit(op, arg string, limit float64) {
	if !(limit >= 0) {
		panic(&kernels.ShapeError{Op: "grad." + op, Arg: arg,
			Msg: fmt.Sprintf("%s = %v, want at least 0", arg, limit)})
	}
}

// checkParams panics unless each parameter has a gradient of as many elements as its value, and as
// its shape says, or none.
func checkParams[T kernels.Float](op string, params []*layer.Param[T]) {
	for i, p := range params {
		if p == nil {
			panic(&kernels.ShapeError{Op: "grad." + op, Arg: "params", Got: i,
				Msg: fmt.Sprintf("params[%d] is nil", i)})
		}
		n, ok := size.Product(p.Shape...)
		if p.Grad != nil && (!ok || n != len(p.Grad) || n != len(p.Value)) {
			panic(&kernels.ShapeError{Op: "grad." + op, Arg: "params", Got: len(p.Grad), Want: n,
				Msg: fmt.Sprintf("params[%d], %s, has %d values and %d gradients, want what its shape says", i, p,
					len(p.Value), len(p.Grad))})
		}
	}
}

// checkPositive panics unless a setting is above 0.
func checkPositive(op, arg string, v float64) {
	if !(v > 0) {
		panic(&kernels.ShapeError{Op: "grad." + op, Arg: arg,
			Msg: fmt.Sprintf("%s = %v, want above 0", arg, v)})
	}
}

// ClipLayers is [ClipNorm] for each layer on its own, whose parameters are those with
// one name up to the last dot. They must follow each other, as in Params of a model.
func ClipLayers[T kernels.Float](params []*layer.Param[T], max float64) (norm float64) {
	checkLimit("ClipLayers", "max", max)
	checkParams("ClipLayers", params)
	sum, total := 0.0, length{}
	for len(params) > 0 {
		n := 1
		for n < len(params) && layerOf(params[n]) == layerOf(params[0]) {
			n++
		}
		norm := clipNorm(params[:n], max)
		total = total.hypot(norm)
		sum += float64(norm.value() * norm.value())
		params = params[n:]
	}
	if sum >= leastSum && sum <= math.MaxFloat64 {
		return math.Sqrt(sum)
	}
	return total.value()
}

// layerOf is the name of a parameter without its last part.
func layerOf[T kernels.Float](p *layer.Param[T]) string {
	return p.Name[:max(0, strings.LastIndexByte(p.Name, '.'))]
}

// ClipValue limits each element of the gradients to [-limit, limit] and returns the
// norm that they had.
func ClipValue[T kernels.Float](params []*layer.Param[T], limit float64) (norm float64) {
	checkLimit("ClipValue", "limit", limit)
	checkParams("ClipValue", params)
	norm = normOf(params).value()
	for _, p := range params {
		settle(p)
		kernels.Clip(p.Grad, p.Grad, T(-limit), T(limit))
	}
	return norm
}

// ClipAdaptive limits the gradient of each unit against the size of its weights (Brock,
// De, Smith and Simonyan, High-Performance Large-Scale Image Recognition Without
// Normalization, 2021) and returns the norm that the gradients had:
//
//	g <- g lambda max(||w||, eps) / ||g||   where ||g|| is larger than that
//
// with lambda such as 0.01 and eps such as 1e-3; it panics unless both are above 0. A unit is an
// output of a layer: a column of a weight matrix, which is in x out. Vectors are one unit each.
// The paper leaves the last layer out: pass the parameters of the others.
func ClipAdaptive[T kernels.Float](params []*layer.Param[T], lambda, eps float64) (norm float64) {
	checkPositive("ClipAdaptive", "lambda", float64(T(lambda))) // T may round it to 0
	checkPositive("ClipAdaptive", "eps", float64(T(eps)))
	checkParams("ClipAdaptive", params)
	norm = normOf(params).value()
	for _, p := range params {
		if p.Grad == nil {
			continue
		}
		settle(p)
		if len(p.Shape) == 2 {
			rows, cols := p.Shape[0], p.Shape[1]
			ld := max(1, cols)
			kernels.AdaptiveClipColumns(rows, cols, p.Grad, ld, p.Value, ld, T(lambda), T(eps))
		} else {
			n, ld := len(p.Grad), max(1, len(p.Grad))
			kernels.AdaptiveClipRows(1, n, p.Grad, ld, p.Value, ld, T(lambda), T(eps))
		}
	}
	return norm
}

// ClipAdaptiveTensors is [ClipAdaptive] with each parameter as one unit.
func ClipAdaptiveTensors[T kernels.Float](params []*layer.Param[T], lambda, eps float64) (norm float64) {
	checkPositive("ClipAdaptiveTensors", "lambda", lambda)
	checkPositive("ClipAdaptiveTensors", "eps", eps)
	checkParams("ClipAdaptiveTensors", params)
	norm = normOf(params).value()
	for i, p := range params {
		if p.Grad == nil {
			continue
		}
		size, least := vectorNorm(p.Value), lengthOf(eps)
		if least.above(size) {
			size = least
		}
		limit := lengthOf(lambda).times(size)
		if g := normOf(params[i : i+1]); g.above(limit) {
			scaleOne(p, limit.over(g))
		}
	}
	return norm
}

// scale multiplies the gradients, at the optimizer's step.
func scale[T kernels.Float](params []*layer.Param[T], f length) {
	for _, p := range params {
		scaleOne(p, f)
	}
}

// scaleOne multiplies one gradient. What T cannot hold of the factor as a normal number goes
// into the gradient at once.
func scaleOne[T kernels.Float](p *layer.Param[T], f length) {
	f = f.times(lengthOf(p.Scale()))
	p.GradScale = 0
	if f.frac == 0 { // an infinite norm, a limit of 0; a GradScale of 0 would count as 1
		kernels.Scale(p.Grad, 0, p.Grad)
		return
	}
	step := 100
	if unsafe.Sizeof(T(0)) == 8 {
		step = 900
	}
	for ; f.exp < -step; f.exp += step {
		kernels.Scale(p.Grad, T(math.Ldexp(1, -step)), p.Grad)
	}
	p.GradScale = T(f.value())
}

// settle multiplies the gradient by what scale left.
func settle[T kernels.Float](p *layer.Param[T]) {
	if s := p.Scale(); s != 1 {
		kernels.Scale(p.Grad, T(s), p.Grad)
	}
	p.GradScale = 0
}
