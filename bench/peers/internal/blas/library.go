//go:build linux && cgo

// Package blas calls the products of C libraries that it finds at run time.
package blas

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
*/
import "C"

import (
	"path/filepath"
	"unsafe"
)

// Library is a C library opened at run time, with its symbols.
type Library struct{ handle unsafe.Pointer }

// Open returns the first of the files that can be loaded, and its name. Each is a pattern of files, or
// a name that the loader may find on its path. The name is "" if there is none.
func Open(patterns ...string) (Library, string) {
	var files []string
	for _, pattern := range patterns {
		if found, _ := filepath.Glob(pattern); found != nil {
			files = append(files, found...)
		} else if !filepath.IsAbs(pattern) {
			files = append(files, pattern)
		}
	}
	for _, file := range files {
		name := C.CString(file)
		handle := C.dlopen(name, C.RTLD_NOW|C.RTLD_LOCAL)
		C.free(unsafe.Pointer(name))
		if handle != nil {
			return Library{handle}, file
		}
	}
	return Library{}, ""
}

// Symbol returns the address of a name, nil if the library does not have it.
func (l Library) Symbol(name string) unsafe.Pointer {
	if l.handle == nil || name == "" {
		return nil
	}
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	return C.dlsym(l.handle, s)
}
