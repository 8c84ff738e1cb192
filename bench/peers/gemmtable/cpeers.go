//go:build linux && cgo

package main

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>

typedef void (*cblas_s)(int, int, int, int, int, int, float, const float *, int, const float *, int,
	float, float *, int);
typedef void (*cblas_d)(int, int, int, int, int, int, double, const double *, int, const double *, int,
	double, double *, int);
typedef int (*dnnl_s)(char, char, long, long, long, float, const float *, long, const float *, long,
	float, float *, long);
typedef void (*xsmm_s)(const float *, const float *, float *);
typedef void (*xsmm_d)(const double *, const double *, double *);
typedef xsmm_s (*xsmm_sdispatch)(int, int, int, const int *, const int *, const int *,
	const float *, const float *, const int *, const int *);
typedef xsmm_d (*xsmm_ddispatch)(int, int, int, const int *, const int *, const int *,
	const double *, const double *, const int *, const int *);

// One product, row-major, alpha = 1 and beta = 0, repeated. f is the library's function,
// kind how to call it.
enum { CBLAS, DNNL, XSMM };
typedef struct {
	int ta, tb, m, n, k, lda, ldb, ldc;
	void *a, *b, *c;
} product;

// A library's function that sets the number of threads, which takes a long or an int. OpenMP's
// number belongs to the calling thread, so it is set before every run.
typedef struct {
	void *f;
	int is_long, threads;
} limit;

static void set(const limit *l) {
	if (l->f && l->is_long) ((void (*)(long))l->f)(l->threads);
	else if (l->f) ((void (*)(int))l->f)(l->threads);
}

static void repeat_s(void *f, int kind, int count, const product *p, const limit *l) {
	set(l);
	for (int i = 0; i < count; i++)
		switch (kind) {
		case CBLAS: ((cblas_s)f)(101, p->ta ? 112 : 111, p->tb ? 112 : 111, p->m, p->n, p->k,
			1, p->a, p->lda, p->b, p->ldb, 0, p->c, p->ldc); break;
		case DNNL: ((dnnl_s)f)(p->ta ? 'T' : 'N', p->tb ? 'T' : 'N', p->m, p->n, p->k,
			1, p->a, p->lda, p->b, p->ldb, 0, p->c, p->ldc); break;
		case XSMM: ((xsmm_s)f)(p->b, p->a, p->c); break;
		}
}

static void repeat_d(void *f, int kind, int count, const product *p, const limit *l) {
	set(l);
	for (int i = 0; i < count; i++)
		switch (kind) {
		case CBLAS: ((cblas_d)f)(101, p->ta ? 112 : 111, p->tb ? 112 : 111, p->m, p->n, p->k,
			1, p->a, p->lda, p->b, p->ldb, 0, p->c, p->ldc); break;
		case XSMM: ((xsmm_d)f)(p->b, p->a, p->c); break;
		}
}

// dispatch generates libxsmm's code for the shape: the column-major product
// C^T = op(B)^T op(A)^T. NULL if it has none.
static void *dispatch_s(void *f, const product *p) {
	float one = 1, zero = 0;
	int flags = (p->tb ? 1 : 0) | (p->ta ? 2 : 0), prefetch = 0;
	return (void *)((xsmm_sdispatch)f)(p->n, p->m, p->k, &p->ldb, &p->lda, &p->ldc,
		&one, &zero, &flags, &prefetch);
}

static void *dispatch_d(void *f, const product *p) {
	double one = 1, zero = 0;
	int flags = (p->tb ? 1 : 0) | (p->ta ? 2 : 0), prefetch = 0;
	return (void *)((xsmm_ddispatch)f)(p->n, p->m, p->k, &p->ldb, &p->lda, &p->ldc,
		&one, &zero, &flags, &prefetch);
}

*/
import "C"

import "unsafe"

// library is a C library opened at run time, with its symbols.
type library struct{ handle unsafe.Pointer }

// open returns the first of the files that can be loaded, and its name.
func open(files []string) (library, string) {
	for _, file := range files {
		name := C.CString(file)
		handle := C.dlopen(name, C.RTLD_NOW|C.RTLD_LOCAL)
		C.free(unsafe.Pointer(name))
		if handle != nil {
			return library{handle}, file
		}
	}
	return library{}, ""
}

func (l library) symbol(name string) unsafe.Pointer {
	if l.handle == nil || name == "" {
		return nil
	}
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	return C.dlsym(l.handle, s)
}

// kind says how a library's function is called.
type kind int

const (
	cblas kind = C.CBLAS
	dnnl  kind = C.DNNL
	xsmm  kind = C.XSMM
)

// cProduct is a shape with its operands in memory that C owns.
type cProduct struct{ p C.product }

func newProduct(s shape, size int) *cProduct {
	alloc := func(n int) unsafe.Pointer {
		var p unsafe.Pointer
		if C.posix_memalign(&p, 4096, C.size_t(n*size)) != 0 {
			panic("out of memory")
		}
		return p
	}
	lda, ldb := s.k, s.n
	if s.transA {
		lda = s.m
	}
	if s.transB {
		ldb = s.k
	}
	return &cProduct{C.product{ta: cint(s.transA), tb: cint(s.transB), m: C.int(s.m), n: C.int(s.n),
		k: C.int(s.k), lda: C.int(lda), ldb: C.int(ldb), ldc: C.int(s.n),
		a: alloc(s.m * s.k), b: alloc(s.k * s.n), c: alloc(s.m * s.n)}}
}

func cint(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

func (c *cProduct) free() {
	C.free(c.p.a)
	C.free(c.p.b)
	C.free(c.p.c)
}

func (c *cProduct) operands() (a, b, r unsafe.Pointer, lda, ldb int) {
	return c.p.a, c.p.b, c.p.c, int(c.p.lda), int(c.p.ldb)
}

// dispatch returns libxsmm's function for the shape, or nil.
func (c *cProduct) dispatch(f unsafe.Pointer, size int) unsafe.Pointer {
	if size == 4 {
		return C.dispatch_s(f, &c.p)
	}
	return C.dispatch_d(f, &c.p)
}

// repeat runs f, a function of p, count times.
func (c *cProduct) repeat(p *peer, f unsafe.Pointer, size, threads, count int) {
	l := C.limit{f: p.limit, is_long: cint(p.long), threads: C.int(threads)}
	if size == 4 {
		C.repeat_s(f, C.int(p.kind), C.int(count), &c.p, &l)
	} else {
		C.repeat_d(f, C.int(p.kind), C.int(count), &c.p, &l)
	}
}
