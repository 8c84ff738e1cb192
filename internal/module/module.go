// Package module tells which version of this module a program was built with.
package module

import "runtime/debug"

// Path is that of the module.
const Path = "github.com/ashlar-go/ashlar"

// Version returns the version, such as "v0.1.0", and "(devel)" for a checkout.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append(info.Deps, &info.Main) {
			if m.Path == Path && m.Version != "" {
				return m.Version
			}
		}
	}
	return "(devel)"
}
