package optim

import (
	"math"
	"strings"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
)

// Bounds are numbers that nothing of what a step reads and writes exceeds in magnitude: the
// parameters, and the state by what it is made of.
type Bounds struct {
	Weight   float64
	Mean     float64 // means of gradients: the tensors "m" and "mean"
	Square   float64 // means and sums of their squares: "v", "top" and "sum"
	Velocity float64 // "velocity"
	Move     float64 // means of squared steps: "u"
}

// Bounder is an optimizer that can tell how far a step reaches at most, so that a trainer
// need not look at what every step has done. All of this package are.
//
// The bounds are those of exact arithmetic, times a little more than the rounding of a step.
// They may be infinite or NaN, where nothing can be said.
type Bounder[T kernels.Float] interface {
	Optimizer[T]

	// Bound returns the bounds after a step with learning rate lr from state and parameters
	// within b, if no element of the gradients exceeds g in magnitude.
	Bound(b Bounds, lr, g float64) Bounds
}

// Of returns the bound of the state in a tensor of this name, nil for an unknown one.
func (b *Bounds) Of(tensor string) *float64 {
	kind, _, _ := strings.Cut(tensor, ".")
	switch kind {
	case "m", "mean":
		return &b.Mean
	case "v", "top", "sum":
		return &b.Square
	case "velocity":
		return &b.Velocity
	case "u":
		return &b.Move
	}
	return nil
}

// Within reports whether all bounds are at most x.
func (b Bounds) Within(x float64) bool {
	return b.Weight <= x && b.Mean <= x && b.Square <= x && b.Velocity <= x && b.Move <= x
}

// join returns bounds of both.
func (b Bounds) join(c Bounds) Bounds {
	return Bounds{max(b.Weight, c.Weight), max(b.Mean, c.Mean), max(b.Square, c.Square),
		max(b.Velocity, c.Velocity), max(b.Move, c.Move)}
}

// roomy returns the bounds with room for the rounding of one step.
func (b Bounds) roomy() Bounds {
	const room = 1 + 0x1p-20
	return Bounds{b.Weight * room, b.Mean * room, b.Square * room, b.Velocity * room, b.Move * room}
}

// decayed returns what bounds the weights and g' where a step begins.
func decayed[T kernels.Float](b Bounds, d Decay, lr, g float64) (weight, gradient float64) {
	if d.Lambda == 0 {
		return b.Weight, g
	}
	if d.Decoupled {
		return b.Weight * max(1, math.Abs(rounded[T](1-lr*d.Lambda))), g
	}
	return b.Weight, g + rounded[T](math.Abs(d.Lambda))*b.Weight
}

// rounded is a constant as an update takes it. One that T cannot hold is infinite, and no bound
// holds with it: times 0 it is NaN.
func rounded[T kernels.Float](c float64) float64 { return float64(T(c)) }

// mixed bounds beta a + (1 - beta) b.
func mixed(beta, a, b float64) float64 { return math.Abs(beta)*a + math.Abs(1-beta)*b }

// The bounds to which an update holds g', in float32 and float64: see [kernels.UpdateSGD].
type held struct{ f32, f64 float64 }

var (
	heldForMean = held{0x1p63, 0x1p511} // where the state has a mean of its squares
	heldForSum  = held{0x1p51, 0x1p485} // where it has a sum of them
)

// squared returns what bounds g' and its square in an update that holds g'.
func squared[T kernels.Float](g float64, h held) (gradient, square float64) {
	if unsafe.Sizeof(T(0)) == 4 {
		g = min(g, h.f32)
	} else {
		g = min(g, h.f64)
	}
	return g, g * g
}

// inverse bounds 1/(root + eps) for any root, and the 1 that an update may begin with.
func inverse[T kernels.Float](eps float64) float64 {
	if !(eps > 0) {
		return math.Inf(1)
	}
	return 1 / min(1, rounded[T](eps))
}

// complement is 1 - beta, or 0 where beta does not decay: then nothing bounds a quotient by it.
func complement(beta float64) float64 {
	if !(beta >= 0) {
		return 0
	}
	return max(0, 1-beta)
}

// Bound implements [Bounder].
func (o *SGD[T]) Bound(b Bounds, lr, g float64) Bounds {
	w, g := decayed[T](b, o.Decay, lr, g)
	b.Weight = w + rounded[T](lr)*g
	return b.roomy()
}

// Bound implements [Bounder].
func (o *Momentum[T]) Bound(b Bounds, lr, g float64) Bounds {
	w, g := decayed[T](b, o.Decay, lr, g)
	mu := math.Abs(o.Mu)
	b.Velocity = mu*b.Velocity + g
	move := b.Velocity
	if o.Nesterov {
		move = g + mu*b.Velocity
	}
	b.Weight = w + rounded[T](lr)*move
	return b.roomy()
}

// Bound implements [Bounder]: 1 - beta1^t is at least 1 - beta1.
func (o *Adam[T]) Bound(b Bounds, lr, g float64) Bounds {
	w, g := decayed[T](b, o.Decay, lr, g)
	g, square := squared[T](g, heldForMean)
	b.Mean = mixed(o.Beta1, b.Mean, g)
	b.Square = max(b.Square, mixed(o.Beta2, b.Square, square))
	b.Weight = w + rounded[T](lr/complement(o.Beta1))*b.Mean*inverse[T](o.Eps)
	return b.roomy()
}

// Bound implements [Bounder]: mu and so the product M are at most beta1.
func (o *NAdam[T]) Bound(b Bounds, lr, g float64) Bounds {
	w, g := decayed[T](b, o.Decay, lr, g)
	g, square := squared[T](g, heldForMean)
	b.Mean = mixed(o.Beta1, b.Mean, g)
	b.Square = max(b.Square, mixed(o.Beta2, b.Square, square))
	b.Weight = w + rounded[T](lr/complement(o.Beta1))*(g+b.Mean)*inverse[T](o.Eps)
	return b.roomy()
}

// Bound implements [Bounder].
func (o *RMSProp[T]) Bound(b Bounds, lr, g float64) Bounds {
	w, g := decayed[T](b, o.Decay, lr, g)
	g, square := squared[T](g, heldForMean)
	b.Mean = mixed(o.Alpha, b.Mean, g)
	b.Square = max(b.Square, mixed(o.Alpha, b.Square, square))
	move := g * inverse[T](o.Eps)
	if o.Mu != 0 {
		b.Velocity = math.Abs(o.Mu)*b.Velocity + move
		move = b.Velocity
	}
	b.Weight = w + rounded[T](lr)*move
	return b.roomy()
}

// Bound implements [Bounder].
func (o *Adagrad[T]) Bound(b Bounds, lr, g float64) Bounds {
	w, g := decayed[T](b, o.Decay, lr, g)
	g, square := squared[T](g, heldForSum)
	b.Square += square
	b.Weight = w + rounded[T](lr)*g*inverse[T](o.Eps)
	if !(o.RateDecay >= 0) {
		b.Weight = math.Inf(1)
	}
	return b.roomy()
}

// Bound implements [Bounder]: v is at least (1 - rho) g^2, so that (1 - rho) q^2 is at most
// u + eps. That holds in rounded arithmetic, but for a little, where eps is larger than what
// v loses where it is subnormal, and where (u + eps) / (v + eps) is a number before its root is
// taken.
func (o *Adadelta[T]) Bound(b Bounds, lr, g float64) Bounds {
	w, g := decayed[T](b, o.Decay, lr, g)
	_, square := squared[T](g, heldForSum)
	const least = 0x1p-100
	eps := o.Eps
	if !(eps >= least) {
		eps = math.Inf(1)
	}
	top := (b.Move + eps) * (1 + 0x1p-10)
	if quotient := rounded[T](top / eps); math.IsInf(quotient, 1) || quotient != quotient {
		top = math.Inf(1)
	}
	b.Square = max(b.Square, mixed(o.Rho, b.Square, square))
	b.Move = math.Abs(o.Rho)*b.Move + top
	b.Weight = w + rounded[T](lr)*math.Sqrt(top/complement(o.Rho))
	return b.roomy()
}

// Bound implements [Bounder].
func (o *Lion[T]) Bound(b Bounds, lr, g float64) Bounds {
	w, g := decayed[T](b, o.Decay, lr, g)
	b.Mean = mixed(o.Beta2, b.Mean, g)
	b.Weight = w + rounded[T](lr)
	return b.roomy()
}

// Bound implements [Bounder]. Nothing can be said where a group's optimizer is none.
func (o *Groups[T]) Bound(b Bounds, lr, g float64) Bounds {
	after := b
	for _, group := range o.groups {
		bounder, ok := group.Optimizer.(Bounder[T])
		if !ok {
			return Bounds{Weight: math.Inf(1)}
		}
		scale := group.RateScale
		if scale == 0 {
			scale = 1
		}
		after = after.join(bounder.Bound(b, lr*scale, g))
	}
	return after
}
