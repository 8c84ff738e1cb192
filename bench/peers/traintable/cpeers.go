//go:build linux && cgo && amd64

package main

/*
#cgo CFLAGS: -O3 -march=native -ffast-math
#cgo LDFLAGS: -ldl -lm
#include <dlfcn.h>
#include "trainer.h"

static void limit(void *f, int n) { if (f) ((void (*)(int))f)(n); }

static float steps(trainer *t, const float *x, const long *labels, long count) {
	float value = 0;
	for (long i = 0; i < count; i++) value = trainer_step(t, x, labels);
	return value;
}
*/
import "C"

import (
	"path/filepath"
	"unsafe"
)

// library is a C library with a cblas interface.
type library struct {
	name, file, gemm, threads string

	multiply, limit unsafe.Pointer
}

func libraries() []*library {
	list := []*library{
		{name: "OpenBLAS", file: "out/peers/lib/python3*/site-packages/scipy_openblas32/lib/libscipy_openblas.so", gemm: "scipy_cblas_sgemm", threads: "scipy_openblas_set_num_threads"},
		{name: "MKL", file: "out/peers/lib/libmkl_rt.so*", gemm: "cblas_sgemm", threads: "MKL_Set_Num_Threads"},
	}
	var found []*library
	for _, l := range list {
		files, _ := filepath.Glob(filepath.Join("../..", l.file))
		if files == nil {
			continue
		}
		name := C.CString(files[0])
		handle := C.dlopen(name, C.RTLD_NOW|C.RTLD_LOCAL)
		if handle != nil {
			l.multiply, l.limit = C.dlsym(handle, C.CString(l.gemm)), C.dlsym(handle, C.CString(l.threads))
		}
		if l.multiply != nil {
			found = append(found, l)
		}
	}
	return found
}

// cTrainer is the trainer in C on one library.
type cTrainer struct {
	lib    *library
	t      *C.trainer
	x      unsafe.Pointer
	labels unsafe.Pointer
	n      int
}

func newCTrainer(l *library, c *setting) *cTrainer {
	dims := c.dims()
	d := make([]C.int, len(dims))
	for i, v := range dims {
		d[i] = C.int(v)
	}
	adam := C.int(0)
	if c.optimizer == "adamw" {
		adam = 1
	}
	t := &cTrainer{lib: l, t: C.trainer_new(l.multiply, C.int(len(dims)-1), &d[0], C.int(c.batch), adam)}
	t.x, t.labels = C.malloc(C.size_t(4*c.batch*dims[0])), C.malloc(C.size_t(8*c.batch))
	x, labels := c.batchOf()
	copy(unsafe.Slice((*float32)(t.x), len(x)), x)
	for i, v := range labels {
		unsafe.Slice((*C.long)(t.labels), len(labels))[i] = C.long(v)
	}
	return t
}

func (t *cTrainer) steps(threads, count int) float64 {
	C.limit(t.lib.limit, C.int(threads))
	return float64(C.steps(t.t, (*C.float)(t.x), (*C.long)(t.labels), C.long(count)))
}

func (t *cTrainer) free() {
	C.trainer_free(t.t)
	C.free(t.x)
	C.free(t.labels)
}
