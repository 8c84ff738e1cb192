package train

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// inFloat32 is what computes products at a level that does not apply.
const inFloat32 = "float32"

// products names what computes the products of a run below the highest level, on which its bits depend: the
// path of products of bfloat16 numbers, or inFloat32. At the highest level, and in float64, it is "".
func (t *Trainer[T]) products() string {
	switch {
	case t.Precision == kernels.Highest || unsafe.Sizeof(T(0)) != 4:
		return ""
	case layer.ExplainPrecision[T](t.Precision) != "":
		return inFloat32
	}
	return kernels.ActiveBF16().String()
}

// isProducts reports whether a checkpoint can have the name.
func isProducts(name string) bool {
	_, err := kernels.ParseBF16Path(name)
	return name == inFloat32 || err == nil
}

// computedWith returns what has computed the products of the run so far, with one name more unless that
// is "" or among them.
func (r *run[T]) computedWith(name string) []string {
	if name == "" || slices.Contains(r.computed, name) {
		return r.computed
	}
	return append(slices.Clip(r.computed), name)
}

// warnOfProducts tells that others computed products of the run that wrote a checkpoint.
func (r *run[T]) warnOfProducts(path string) {
	is, others := r.products(), []string(nil)
	for _, name := range r.computed {
		if name != is {
			others = append(others, inWords(name))
		}
	}
	if is == "" || others == nil {
		return
	}
	r.say(fmt.Sprintf("in the run of %s products were computed in %s, here they are in %s: it may end with "+
		"other bits than one that was not interrupted", path, strings.Join(others, " and "), inWords(is)))
}

func inWords(products string) string {
	if products == inFloat32 {
		return products
	}
	return "path " + products
}
