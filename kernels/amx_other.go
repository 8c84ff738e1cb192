//go:build !linux || !amd64 || purego || noasm

package kernels

import "runtime"

// amxAvailable reports that there is no AMX, and why.
func amxAvailable() (ok bool, reason string) {
	switch {
	case runtime.GOARCH != "amd64":
		return false, "CPU has no AMX"
	case runtime.GOOS != "linux":
		return false, "AMX is used on Linux only, not on " + runtime.GOOS
	}
	return false, "this build has no assembly"
}

// amxInt8Available is amxAvailable for products of integers of 8 bits.
func amxInt8Available() (ok bool, reason string) { return amxAvailable() }
