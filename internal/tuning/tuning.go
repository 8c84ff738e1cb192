// Package tuning is how tools/tune reaches the rules of the products in package kernels. With the
// build tag tune they are variables, which kernels registers here. Without it nothing is registered.
package tuning

// Rule is a rule by its name in kernels/gemm_rules.go, and where its value is.
type Rule struct {
	Name  string
	Int   *int
	Float *float64 // if Int is nil
}

// Get returns the value.
func (r *Rule) Get() float64 {
	if r.Int != nil {
		return float64(*r.Int)
	}
	return *r.Float
}

// Set changes the value. No product may run meanwhile.
func (r *Rule) Set(v float64) {
	if r.Int != nil {
		*r.Int = int(v)
	} else {
		*r.Float = v
	}
}

// Shape is a product: op(A) is m x k, op(B) is k x n. Size is the bytes of an element, 4 or 8.
type Shape struct {
	Size           int
	TransA, TransB bool
	M, N, K        int
}

// Rules are all rules.
var Rules []*Rule

// Decide returns, for a tier by its name, what the rules now lead to: two values of a rule that give
// a shape the same text compute its product by the same steps.
var Decide func(tier string, s Shape) string
