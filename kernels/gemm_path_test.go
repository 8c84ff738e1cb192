package kernels

import "testing"

// TestPath names a shape for each path, and what makes the choice.
func TestPath(t *testing.T) {
	for _, c := range []struct {
		what string
		p    product[float32]
		want path
	}{
		{"tiny", product[float32]{m: 8, n: 3, k: 8}, pathStrips},
		{"a few strips", product[float32]{m: 30, n: 128, k: 100}, pathStrips},
		{"B too wide for strips", product[float32]{m: 30, n: 129, k: 100}, pathDirect},
		{"B stored transposed", product[float32]{m: 30, n: 20, k: 100, transB: true}, pathDirect},
		{"a column of dot products", product[float32]{m: 100, n: 1, k: minDot}, pathDots},
		{"too few terms for dot products", product[float32]{m: 100, n: 1, k: minDot - 1}, pathStrips},
		{"a row of dot products", product[float32]{m: 1, n: 100, k: 300, transB: true}, pathDots},
		{"a column of a transposed A is a row",
			product[float32]{m: 1000, n: 1, k: 500, transA: true, ldc: 1}, pathDirect},
		{"helpers, B in L2", product[float32]{m: 256, n: 100, k: 200}, pathTiles},
		{"packed by PackB", product[float32]{m: 20, n: 100, k: 200, packed: true, kc: 200}, pathDirect},
		{"packed by PackB, helpers", product[float32]{m: 300, n: 100, k: 200, packed: true, kc: 200},
			pathPacked},
		{"large", product[float32]{m: 1000, n: 1000, k: 1000}, pathLoops},
		{"few rows, B transposed", product[float32]{m: 16, n: 1000, k: 1000, transB: true}, pathSwapped},
		{"the same, a triangle", product[float32]{m: 16, n: 1000, k: 1000, transB: true, triangle: upperC},
			pathLoops},
		{"narrow, A transposed", product[float32]{m: 1000, n: 2, k: 500, transA: true}, pathSwapped},
	} {
		for _, tier := range everyTier {
			p := c.p
			p.alpha = 1
			if got := p.choose(tier); got != c.want {
				t.Errorf("%s on %v: path %d, want %d", c.what, tier, got, c.want)
			}
		}
	}
}
