package layer

import (
	"math"

	"github.com/ashlar-go/ashlar/kernels"
)

// Init fills the Value of a parameter from a stream of random numbers. With in and
// out the rows and columns of a weight matrix (in x out):
//
//	HeNormal       N(0, 2/in)                      for ReLU and its variants
//	HeUniform      U(-a, a), a = sqrt(6/in)
//	XavierNormal   N(0, 2/(in+out))                for sigmoid, tanh and identity
//	XavierUniform  U(-a, a), a = sqrt(6/(in+out))
//	LeCunNormal    N(0, 1/in)                      for SELU
//	LeCunUniform   U(-a, a), a = sqrt(3/in)
//	Orthogonal     W^T W = I or W W^T = I          for deep networks
//
// Sources: He et al., Delving Deep into Rectifiers, ICCV 2015; Glorot and Bengio,
// Understanding the difficulty of training deep feedforward neural networks,
// AISTATS 2010; LeCun et al., Efficient BackProp, 1998; Saxe et al., Exact solutions to
// the nonlinear dynamics of learning in deep linear networks, ICLR 2014.
type Init[T kernels.Float] func(p *Param[T], seed, stream uint64)

// initStream is the first stream of [Initialize], dropStream the first stream of masks.
const (
	initStream = 1 << 63
	dropStream = 1 << 62
)

// Initialize fills every parameter of the model by its Init, each from a stream of its
// own. One seed gives the same parameters everywhere.
func Initialize[T kernels.Float](model Layer[T], seed uint64) {
	checkLayer("Initialize", "model", model)
	for i, p := range model.Params() {
		if p == nil || p.Init == nil {
			fail("Initialize", "model", i, 0, "parameter %d is nil or has no Init", i)
		}
	}
	for i, p := range model.Params() {
		p.Init(p, seed, initStream+uint64(i))
	}
}

// HeNormal draws from N(0, 2/in).
func HeNormal[T kernels.Float](p *Param[T], seed, stream uint64) {
	in, _ := fansOf("HeNormal", p)
	kernels.Normal(p.Value, 0, math.Sqrt(2/float64(in)), seed, stream)
}

// HeUniform draws from U(-a, a) with a = sqrt(6/in).
func HeUniform[T kernels.Float](p *Param[T], seed, stream uint64) {
	in, _ := fansOf("HeUniform", p)
	a := math.Sqrt(6 / float64(in))
	kernels.Uniform(p.Value, -a, a, seed, stream)
}

// XavierNormal draws from N(0, 2/(in+out)).
func XavierNormal[T kernels.Float](p *Param[T], seed, stream uint64) {
	in, out := fansOf("XavierNormal", p)
	kernels.Normal(p.Value, 0, math.Sqrt(2/float64(in+out)), seed, stream)
}

// XavierUniform draws from U(-a, a) with a = sqrt(6/(in+out)).
func XavierUniform[T kernels.Float](p *Param[T], seed, stream uint64) {
	in, out := fansOf("XavierUniform", p)
	a := math.Sqrt(6 / float64(in+out))
	kernels.Uniform(p.Value, -a, a, seed, stream)
}

// LeCunNormal draws from N(0, 1/in).
func LeCunNormal[T kernels.Float](p *Param[T], seed, stream uint64) {
	in, _ := fansOf("LeCunNormal", p)
	kernels.Normal(p.Value, 0, math.Sqrt(1/float64(in)), seed, stream)
}

// LeCunUniform draws from U(-a, a) with a = sqrt(3/in).
func LeCunUniform[T kernels.Float](p *Param[T], seed, stream uint64) {
	in, _ := fansOf("LeCunUniform", p)
	a := math.Sqrt(3 / float64(in))
	kernels.Uniform(p.Value, -a, a, seed, stream)
}

// Orthogonal returns the Init that draws a matrix with orthonormal columns, or
// orthonormal rows where there are fewer rows, and multiplies it by gain. It
// orthogonalises a normal matrix by the method of Gram and Schmidt, applied twice.
func Orthogonal[T kernels.Float](gain float64) Init[T] {
	return func(p *Param[T], seed, stream uint64) {
		in, out := fansOf("Orthogonal", p)
		n, length := min(in, out), max(in, out)
		v := make([]float64, n*length)
		kernels.Normal(v, 0, 1, seed, stream)
		for i := range n {
			row := v[i*length:][:length]
			for range 2 {
				for k := range i {
					earlier := v[k*length:][:length]
					kernels.Axpy(row, -kernels.Dot(row, earlier), earlier)
				}
			}
			kernels.Scale(row, 1/kernels.Norm2(row), row)
		}
		for i := range p.Value {
			r, c := i/out, i%out
			if in >= out {
				r, c = c, r
			}
			p.Value[i] = T(gain * v[r*length+c])
		}
	}
}

// Given returns the Init that copies values. It panics unless the parameter has as many
// elements.
func Given[T kernels.Float](values []T) Init[T] {
	return func(p *Param[T], _, _ uint64) {
		checkParam("Given", p)
		if len(values) != len(p.Value) {
			fail("Given", "values", len(values), len(p.Value),
				"len(values) = %d, want %d, the elements of %s", len(values), len(p.Value), p)
		}
		copy(p.Value, values)
	}
}

// Zeros sets every element to 0.
func Zeros[T kernels.Float](p *Param[T], _, _ uint64) {
	checkParam("Zeros", p)
	clear(p.Value)
}

// Constant returns the Init that sets every element to v.
func Constant[T kernels.Float](v T) Init[T] {
	return func(p *Param[T], _, _ uint64) {
		checkParam("Constant", p)
		for i := range p.Value {
			p.Value[i] = v
		}
	}
}

// initFor returns the customary Init of a weight matrix before an activation: LeCun for
// SELU, which keeps mean and variance for weights of variance 1/in; Xavier for functions
// that are near the identity or saturate on both sides; He for those that cut off about
// half of their inputs.
func initFor[T kernels.Float](act kernels.Activation) Init[T] {
	switch act {
	case kernels.ActSELU:
		return LeCunNormal[T]
	case kernels.ActIdentity, kernels.ActStep, kernels.ActSigmoid, kernels.ActTanh,
		kernels.ActHardSigmoid, kernels.ActHardTanh:
		return XavierNormal[T]
	}
	return HeNormal[T]
}
