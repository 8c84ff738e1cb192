package train

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// firstNonFinite says where in the last forward pass the first NaN or infinity appeared.
func (r *run[T]) firstNonFinite() string {
	if v, where := nonFinite(r.batch.x()); where != "" {
		return fmt.Sprintf("the input has %v at %s of the batch", v, where)
	}
	for _, p := range r.params {
		if v, i := nonFiniteAt(p.Value); i >= 0 {
			return fmt.Sprintf("parameter %s has %v at %d", p.Name, v, i)
		}
	}
	if place := r.firstOutput(); place != "" {
		return place
	}
	return "all layers put out numbers; the loss overflows"
}

// firstOutput names the layer that was the first to put out a NaN or an infinity.
func (r *run[T]) firstOutput() string {
	for _, n := range inOrder(r.ws) {
		if v, where := nonFinite(n.y); where != "" {
			return fmt.Sprintf("layer %s (%s) is the first to put out %v, at %s of the batch",
				n.path, kind(n.layer), v, where)
		}
	}
	return ""
}

// node is a layer in a model with its last output.
type node[T kernels.Float] struct {
	path  string
	layer layer.Layer[T]
	y     mat.Dense[T]
}

// inOrder lists the layers of a model in the order in which they put out: a container
// after its parts.
func inOrder[T kernels.Float](ws *layer.Workspace[T]) (list []node[T]) {
	var open []node[T] // containers whose parts are being listed, from the outside in
	shut := func(path string) {
		for n := len(open); n > 0 && !within(path, open[n-1].path); n-- {
			list, open = append(list, open[n-1]), open[:n-1]
		}
	}
	ws.Visit(func(path string, l layer.Layer[T], m *layer.Memo[T]) {
		shut(path)
		n := node[T]{path, l, m.Y}
		if _, container := l.(layer.Container[T]); container {
			open = append(open, n)
		} else {
			list = append(list, n)
		}
	})
	slices.Reverse(open)
	return append(list, open...)
}

// within reports whether a path is that of a part of the container at another one.
func within(path, container string) bool {
	return container == "" || strings.HasPrefix(path, container+".")
}

// firstNonFiniteGradient says where in the last backward pass, of a finite loss, the first
// NaN or infinity appeared.
func (r *run[T]) firstNonFiniteGradient() string {
	dp := r.batch.gradient()
	r.Loss.Grad(dp, r.ws.Forward(r.batch.x(), true), r.batch.target()) // the pass has overwritten it
	if v, where := nonFinite(dp); where != "" {
		return fmt.Sprintf("that of the loss has %v at %s of the batch", v, where)
	}
	p := r.ws.NonFinite()
	path, of := "", ""
	r.ws.Visit(func(at string, l layer.Layer[T], _ *layer.Memo[T]) {
		if slices.Contains(l.Params(), p) {
			path, of = at, kind(l) // the innermost comes last
		}
	})
	if v, i := nonFiniteAt(p.Grad); i >= 0 {
		return fmt.Sprintf("in layer %s (%s), the first on the way back, that of %s has %v at %d",
			path, of, p.Name, v, i)
	}
	return fmt.Sprintf("in layer %s (%s), %s would overflow", path, of, p.Name)
}

// nonFiniteAt returns the first element that is no number and its index, or -1.
func nonFiniteAt[T kernels.Float](x []T) (float64, int) {
	for i, v := range x {
		if !finite(float64(v)) {
			return float64(v), i
		}
	}
	return 0, -1
}

// nonFinite returns the first element that is no number and its place.
func nonFinite[T kernels.Float](m mat.Dense[T]) (value float64, where string) {
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			if !finite(float64(v)) {
				return float64(v), fmt.Sprintf("row %d, column %d", i, j)
			}
		}
	}
	return 0, ""
}

// kind is the type of a layer, such as "Linear".
func kind(l any) string {
	name := fmt.Sprintf("%T", l)
	name, _, _ = strings.Cut(name, "[")
	return name[strings.LastIndexByte(name, '.')+1:]
}
