//go:build (!amd64 && !arm64) || purego || noasm

package kernels

// detect finds nothing: this build has no assembly.
func detect() []Tier { return nil }
