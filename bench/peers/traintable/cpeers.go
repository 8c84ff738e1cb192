//go:build linux && cgo && amd64

package main

/*
#cgo CFLAGS: -O3 -march=native -ffast-math
#cgo LDFLAGS: -ldl -lm
#include <dlfcn.h>
#include "trainer.h"

// limit is the library's function that sets the number of threads; one that takes an int
// finds it in the long. OpenMP's number belongs to the calling thread.
static float steps(trainer *t, const float *x, const long *labels, long count, void *limit, long threads) {
	float value = 0;
	if (limit) ((void (*)(long))limit)(threads);
	for (long i = 0; i < count; i++) value = trainer_step(t, x, labels);
	return value;
}

static param *params(trainer *t, int layer, int bias) { return bias ? &t->b[layer] : &t->w[layer]; }
*/
import "C"

import (
	"path/filepath"
	"unsafe"
)

// library is a C library with a cblas interface.
type library struct {
	name, file, gemm, threads string

	multiply, limit unsafe.Pointer // nil if the library is absent
}

// libraries opens those of this machine.
func libraries() []*library {
	const debian = "/usr/lib/x86_64-linux-gnu/"
	list := []*library{
		{name: "OpenBLAS",
			file: "../../out/peers/lib/python3*/site-packages/scipy_openblas32/lib/libscipy_openblas.so",
			gemm: "scipy_cblas_sgemm", threads: "scipy_openblas_set_num_threads"},
		{name: "MKL", file: "../../out/peers/lib/libmkl_rt.so*", gemm: "cblas_sgemm",
			threads: "MKL_Set_Num_Threads"},
		{name: "AOCL-BLIS", file: "/usr/lib*/libblis-mt.so*", gemm: "cblas_sgemm",
			threads: "bli_thread_set_num_threads"},
		{name: "BLIS", file: debian + "blis-pthread/libblis.so.4", gemm: "cblas_sgemm",
			threads: "bli_thread_set_num_threads"},
	}
	for _, l := range list {
		files, _ := filepath.Glob(l.file)
		if files == nil {
			continue
		}
		handle := C.dlopen(C.CString(files[0]), C.RTLD_NOW|C.RTLD_LOCAL)
		if handle != nil {
			l.multiply, l.limit = C.dlsym(handle, C.CString(l.gemm)), C.dlsym(handle, C.CString(l.threads))
		}
	}
	return list
}

// cTrainer is the trainer in C on one library.
type cTrainer struct {
	lib    *library
	t      *C.trainer
	x      unsafe.Pointer
	labels unsafe.Pointer
}

func newCTrainer(l *library, c *setting) *cTrainer {
	dims := c.dims()
	d := make([]C.int, len(dims))
	for i, v := range dims {
		d[i] = C.int(v)
	}
	t := &cTrainer{lib: l, t: C.trainer_new(l.multiply, C.int(len(dims)-1), &d[0], C.int(c.batch),
		cint(c.optimizer == "adamw"), cint(c.norm))}
	p := c.problem()
	for i, v := range p.params {
		to := C.params(t.t, C.int(i/2), C.int(i%2))
		copy(unsafe.Slice((*float32)(to.w), len(v)), v)
	}
	t.x, t.labels = C.malloc(C.size_t(4*len(p.x))), C.malloc(C.size_t(8*len(p.labels)))
	copy(unsafe.Slice((*float32)(t.x), len(p.x)), p.x)
	for i, v := range p.labels {
		unsafe.Slice((*C.long)(t.labels), len(p.labels))[i] = C.long(v)
	}
	return t
}

func cint(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// steps returns the loss of the last one.
func (t *cTrainer) steps(threads, count int, rate float64) float64 {
	t.t.rate = C.float(rate)
	return float64(C.steps(t.t, (*C.float)(t.x), (*C.long)(t.labels), C.long(count), t.lib.limit,
		C.long(threads)))
}

func (t *cTrainer) free() {
	C.trainer_free(t.t)
	C.free(t.x)
	C.free(t.labels)
}
