package kernels

import "fmt"

// Precision is how exactly a product of float32 operands is computed. The names are those of PyTorch's
// float32_matmul_precision. A product of float64 operands is always computed in float64.
type Precision uint8

const (
	Highest Precision = iota // in float32: the zero value
	High                     // as three products of bfloat16 numbers, error about 2^-16 of |A||B|
	Medium                   // as one product of bfloat16 numbers, error about 2^-8 of |A||B|
)

var precisionNames = [...]string{Highest: "highest", High: "high", Medium: "medium"}

// String returns "highest", "high" or "medium".
func (p Precision) String() string {
	if int(p) < len(precisionNames) {
		return precisionNames[p]
	}
	return fmt.Sprintf("Precision(%d)", uint8(p))
}

// ParsePrecision returns the level with the given name.
func ParsePrecision(name string) (Precision, error) {
	for i, n := range precisionNames {
		if n == name {
			return Precision(i), nil
		}
	}
	return Highest, fmt.Errorf("kernels: unknown precision %q, want one of %q", name, precisionNames)
}
