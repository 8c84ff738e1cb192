package train

import (
	"fmt"
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
		for i, v := range p.Value {
			if !finite(float64(v)) {
				return fmt.Sprintf("parameter %s has %v at %d", p.Name, v, i)
			}
		}
	}
	found := ""
	r.ws.Visit(func(path string, l layer.Layer[T], m *layer.Memo[T]) {
		if _, container := l.(layer.Container[T]); container || found != "" {
			return
		}
		if v, where := nonFinite(m.Y); where != "" {
			found = fmt.Sprintf("layer %s (%s) is the first to put out %v, at %s of the batch", path, kind(l), v, where)
		}
	})
	if found == "" {
		return "all layers put out numbers; the loss overflows"
	}
	return found
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
