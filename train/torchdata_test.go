package train_test

import (
	"fmt"
	"hash/crc32"
	"math"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// words returns word i of SplitMix64 (Steele, Lea and Flood, 2014), from a state that the
// name gives. bench/peers/fixtures/shared.py has the same numbers.
func words(name string) func(i int) uint64 {
	state := uint64(crc32.ChecksumIEEE([]byte(name))) << 32
	return func(i int) uint64 {
		z := state + uint64(i+1)*0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		return z ^ z>>31
	}
}

// uniform returns n numbers in [-1, 1), of 24 bits.
func uniform(name string, n int) []float64 {
	word, v := words(name), make([]float64, n)
	for i := range v {
		v[i] = float64(word(i)>>40)/(1<<23) - 1
	}
	return v
}

// below returns n integers in [0, limit).
func below(limit int, name string, n int) []int {
	word, v := words(name), make([]int, n)
	for i := range v {
		v[i] = int(word(i) % uint64(limit))
	}
	return v
}

// sketchLength is that of a sketch.
const sketchLength = 128

// sketch is what a fixture keeps of a tensor: all of it, or if it is long the sums of 128
// random parts, each element with a random sign (Charikar, Chen and Farach-Colton, Finding
// Frequent Items in Data Streams, 2002). The norm of the sums estimates that of the
// tensor to about 6 %, and no element is left out.
func sketch(v []float64) []float64 {
	if len(v) <= sketchLength {
		return v
	}
	word, s := words("sketch"), make([]float64, sketchLength)
	for i, x := range v {
		w := word(i)
		if w>>63 != 0 {
			x = -x
		}
		s[w%sketchLength] += x
	}
	return s
}

// initialize gives the parameters the weights with which PyTorch began: weights from a range
// that shrinks with the inputs, vectors near their customary values.
func (f *fixture) initialize(params []*layer.Param[float64]) {
	for i, p := range params {
		p.Init(p, 1, uint64(i))
		if p.Grad == nil {
			continue
		}
		for j, u := range uniform(fmt.Sprintf("%s/%d", f.key(), i), len(p.Value)) {
			if len(p.Shape) == 2 {
				p.Value[j] = float64(float32(u * (1.5 / math.Sqrt(float64(p.Shape[0])))))
			} else {
				p.Value[j] = float64(float32(p.Value[j] + float64(0.2*u)))
			}
		}
	}
}

// key names what the numbers of the fixture are made from.
func (f *fixture) key() string { return fmt.Sprintf("%s/%d", f.Name, f.Draw) }

// start is initialize in any type.
func start[T kernels.Float](f *fixture, params []*layer.Param[T]) {
	exact := network[float64](f.Layers).Params()
	f.initialize(exact)
	for i, p := range params {
		convert(p.Value, exact[i].Value)
	}
}

// numbers are the inputs and targets of all batches.
type numbers struct {
	x, y, weights []float64 // y and weights are nil where there are none
	classes       []int     // nil where there are values
}

func (f *fixture) numbers() (d numbers) {
	n := f.Rows * f.Batches
	d.x = uniform(f.key()+"/x", n*f.Inputs)
	for i := range d.x {
		d.x[i] *= 2
	}
	switch f.Loss.Kind {
	case "ce":
		if !f.Loss.Probabilities {
			d.classes = below(f.Outputs, f.key()+"/class", n)
			break
		}
		for i, v := range below(31, f.key()+"/y", n*f.Outputs) {
			d.y = append(d.y, float64(1+v)/(32*float64(f.Outputs)))
			if last := i % f.Outputs; last == f.Outputs-1 {
				d.y[i] = 1
				for _, p := range d.y[i-last : i] {
					d.y[i] -= p
				}
			}
		}
	case "bce", "bce_logits", "hinge", "perceptron":
		for _, v := range below(2, f.key()+"/y", n*f.Outputs) {
			d.y = append(d.y, float64(v))
		}
	default:
		d.y = uniform(f.key()+"/y", n*f.Outputs)
		for i := range d.y {
			d.y[i] *= 2
		}
	}
	if f.Loss.RowWeights {
		for _, v := range below(8, f.key()+"/weight", n) {
			d.weights = append(d.weights, float64(1+v)/4)
		}
	}
	return d
}

// batch is what a fixture has for one step.
type batch[T kernels.Float] struct {
	x      mat.Dense[T]
	target grad.Target[T]
}

func batchesOf[T kernels.Float](f *fixture) (list []batch[T]) {
	set, n := setOf[T](f), f.Rows
	for i := range f.Batches {
		b := batch[T]{x: mat.Of(n, f.Inputs, set.X[i*n*f.Inputs:][:n*f.Inputs])}
		if set.Y != nil {
			b.target.Classes = set.Y[i*n:][:n]
		} else {
			b.target.Values = mat.Of(n, f.Outputs, set.Values[i*n*f.Outputs:][:n*f.Outputs])
		}
		if set.Weights != nil {
			b.target.Weights = set.Weights[i*n:][:n]
		}
		list = append(list, b)
	}
	return list
}

// setOf has the rows of all batches.
func setOf[T kernels.Float](f *fixture) *data.Set[T] {
	d := f.numbers()
	set := &data.Set[T]{X: as[T](d.x), Rows: f.Rows * f.Batches, Features: f.Inputs, Y: d.classes,
		Classes: f.Outputs}
	if d.y != nil {
		set.Values, set.Outputs, set.Classes = as[T](d.y), f.Outputs, 0
	}
	if d.weights != nil {
		set.Weights = as[T](d.weights)
	}
	return set
}

// convert sets dst to the numbers of src.
func convert[T, S kernels.Float](dst []T, src []S) {
	for i, v := range src {
		dst[i] = T(v)
	}
}

// as returns numbers in another type.
func as[T, S kernels.Float](v []S) []T {
	r := make([]T, len(v))
	convert(r, v)
	return r
}
