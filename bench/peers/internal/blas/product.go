//go:build linux && cgo

package blas

/*
#include <stdlib.h>
#include "product.h"

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

// libxsmm's code for the shape, which it generates: the column-major product
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

// kind says how a library's function is called.
type kind int

const (
	cblas kind = C.CBLAS
	dnnl  kind = C.DNNL
	xsmm  kind = C.XSMM
)

// Product is a shape with its operands in memory that C owns.
type Product struct {
	p  C.product
	in int // the bytes of an element of A and B
}

// NewProduct allocates the operands. Elements of A and B have so many bytes, and those of C.
func NewProduct(s Shape, in, out int) *Product {
	alloc := func(n, size int) unsafe.Pointer {
		var p unsafe.Pointer
		if C.posix_memalign(&p, 4096, C.size_t(n*size)) != 0 {
			panic("out of memory")
		}
		return p
	}
	lda, ldb := s.K, s.N
	if s.TransA {
		lda = s.M
	}
	if s.TransB {
		ldb = s.K
	}
	return &Product{C.product{ta: cint(s.TransA), tb: cint(s.TransB), m: C.int(s.M), n: C.int(s.N),
		k: C.int(s.K), lda: C.int(lda), ldb: C.int(ldb), ldc: C.int(s.N),
		a: alloc(s.M*s.K, in), b: alloc(s.K*s.N, in), c: alloc(s.M*s.N, out)}, in}
}

func cint(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// Free frees the operands.
func (c *Product) Free() {
	C.free(c.p.a)
	C.free(c.p.b)
	C.free(c.p.c)
}

// Operands returns A, B, C, lda and ldb. The rows of C lie n elements apart.
func (c *Product) Operands() (a, b, r unsafe.Pointer, lda, ldb int) {
	return c.p.a, c.p.b, c.p.c, int(c.p.lda), int(c.p.ldb)
}

// dispatch returns libxsmm's function for the shape, or nil.
func (c *Product) dispatch(f unsafe.Pointer) unsafe.Pointer {
	if c.in == 4 {
		return C.dispatch_s(f, &c.p)
	}
	return C.dispatch_d(f, &c.p)
}

// Repeat runs f, a function of p, count times.
func (c *Product) Repeat(p *Peer, f unsafe.Pointer, threads, count int) {
	l := C.limit{f: p.limit, is_long: cint(p.long), threads: C.int(threads)}
	if c.in == 4 {
		C.repeat_s(f, C.int(p.kind), C.int(count), &c.p, &l)
	} else {
		C.repeat_d(f, C.int(p.kind), C.int(count), &c.p, &l)
	}
}
