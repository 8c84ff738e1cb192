//go:build (!amd64 && !arm64) || purego || noasm

package kernels

// bf16Choices finds nothing: this build has no assembly.
func bf16Choices() []bf16Choice { return nil }
