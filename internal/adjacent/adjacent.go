// Package adjacent joins slices that lie next to each other in one array.
package adjacent

// Join returns a and b as one slice if b begins where a ends, in the array of a and within
// its capacity; else nil. Slices that are neighbours in memory by chance are not joined.
func Join[T any](a, b []T) []T {
	n := len(a)
	if len(b) == 0 || len(b) > cap(a)-n || &a[:n+1][n] != &b[0] {
		return nil
	}
	return a[:n+len(b)]
}
