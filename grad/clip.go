package grad

import (
	"math"
	"strings"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Norm returns the Euclidean norm of all gradients together. It is finite if they are and
// float64 can hold it: where the squares overflow, they are taken of scaled elements.
func Norm[T kernels.Float](params []*layer.Param[T]) float64 {
	sum := 0.0
	for _, p := range params {
		s := p.Scale()
		sum += s * s * kernels.SumSquares(p.Grad)
	}
	if !math.IsInf(sum, 1) {
		return math.Sqrt(sum)
	}
	norm := 0.0
	for _, p := range params {
		norm = math.Hypot(norm, p.Scale()*wideNorm(p.Grad))
	}
	return norm
}

// wideNorm is the norm of a vector whose squares overflow.
func wideNorm[T kernels.Float](x []T) float64 {
	top := float64(kernels.MaxAbs(x))
	if top == 0 || math.IsInf(top, 1) || math.IsNaN(top) {
		return top
	}
	sum := 0.0
	for _, v := range x {
		q := float64(v) / top
		sum += float64(q * q)
	}
	return top * math.Sqrt(sum)
}

// ClipNorm shortens the gradient of all parameters together to a norm of at most max
// (Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks,
// ICML 2013) and returns the norm that it had:
//
//	g <- g max / ||g||   where ||g|| > max
//
// The factor goes into Param.GradScale, from where the optimizer's step takes it: the
// gradients are read once, for their norm, and not written.
func ClipNorm[T kernels.Float](params []*layer.Param[T], max float64) (norm float64) {
	norm = Norm(params)
	if norm > max {
		scale(params, max/norm)
	}
	return norm
}

// ClipLayers is [ClipNorm] for each layer on its own, whose parameters are those with
// one name up to the last dot. They must follow each other, as in Params of a model.
func ClipLayers[T kernels.Float](params []*layer.Param[T], max float64) (norm float64) {
	sum := 0.0
	for len(params) > 0 {
		n := 1
		for n < len(params) && layerOf(params[n]) == layerOf(params[0]) {
			n++
		}
		norm := ClipNorm(params[:n], max)
		sum += norm * norm
		params = params[n:]
	}
	return math.Sqrt(sum)
}

// layerOf is the name of a parameter without its last part.
func layerOf[T kernels.Float](p *layer.Param[T]) string {
	return p.Name[:max(0, strings.LastIndexByte(p.Name, '.'))]
}

// ClipValue limits each element of the gradients to [-limit, limit] and returns the
// norm that they had.
func ClipValue[T kernels.Float](params []*layer.Param[T], limit float64) (norm float64) {
	norm = Norm(params)
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
// with lambda such as 0.01 and eps such as 1e-3. A unit is an output of a layer: a column
// of a weight matrix, which is in x out. Vectors are one unit each. The paper leaves
// the last layer out: pass the parameters of the others.
func ClipAdaptive[T kernels.Float](params []*layer.Param[T], lambda, eps float64) (norm float64) {
	norm = Norm(params)
	for _, p := range params {
		if p.Grad == nil {
			continue
		}
		settle(p)
		if len(p.Shape) == 2 {
			rows, cols := p.Shape[0], p.Shape[1]
			kernels.AdaptiveClipColumns(rows, cols, p.Grad, cols, p.Value, cols, T(lambda), T(eps))
		} else {
			kernels.AdaptiveClipRows(1, len(p.Grad), p.Grad, len(p.Grad), p.Value, len(p.Value), T(lambda), T(eps))
		}
	}
	return norm
}

// ClipAdaptiveTensors is [ClipAdaptive] with each parameter as one unit.
func ClipAdaptiveTensors[T kernels.Float](params []*layer.Param[T], lambda, eps float64) (norm float64) {
	norm = Norm(params)
	for i, p := range params {
		if p.Grad == nil {
			continue
		}
		size := max(math.Sqrt(kernels.SumSquares(p.Value)), eps)
		if g := Norm(params[i : i+1]); g > lambda*size {
			scaleOne(p, lambda*size/g)
		}
	}
	return norm
}

// scale multiplies the gradients, at the optimizer's step.
func scale[T kernels.Float](params []*layer.Param[T], f float64) {
	for _, p := range params {
		scaleOne(p, f)
	}
}

func scaleOne[T kernels.Float](p *layer.Param[T], f float64) {
	p.GradScale = T(p.Scale() * f)
	if p.GradScale == 0 { // an infinite norm; a GradScale of 0 would count as 1
		kernels.Scale(p.Grad, 0, p.Grad)
	}
}

// settle multiplies the gradient by what scale left.
func settle[T kernels.Float](p *layer.Param[T]) {
	if s := p.Scale(); s != 1 {
		kernels.Scale(p.Grad, T(s), p.Grad)
	}
	p.GradScale = 0
}
