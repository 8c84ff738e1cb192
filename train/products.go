package train

import (
	"fmt"
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
	return name == "" || name == inFloat32 || err == nil
}

// warnOfProducts tells that others computed the products of the run that wrote a checkpoint.
func (t *Trainer[T]) warnOfProducts(path, was string) {
	is := t.products()
	if was == "" || is == "" || was == is {
		return
	}
	t.say(fmt.Sprintf("in the run of %s products at %v were computed in %s, here they are in %s: it may "+
		"end with other bits than one that was not interrupted", path, t.Precision, inWords(was), inWords(is)))
}

func inWords(products string) string {
	if products == inFloat32 {
		return products
	}
	return "path " + products
}
