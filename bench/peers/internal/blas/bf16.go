//go:build linux && cgo

package blas

/*
#include <stdlib.h>
#include "product.h"

typedef void (*cblas_bf16)(int, int, int, int, int, int, float, const void *, int, const void *, int,
	float, float *, int);
typedef int (*dnnl_bf16)(char, char, long, long, long, float, const void *, long, const void *, long,
	float, float *, long);
typedef size_t (*mkl_size)(int, int, int, int);
typedef void (*mkl_pack)(int, int, int, int, int, int, const void *, int, void *);
typedef void *(*onednn_matmul)(int, int, int, int, int, int, void *, int, void *, int, void *, int, int);
typedef int (*onednn_run)(void *, int);
typedef void (*onednn_free)(void *);
typedef int (*onednn_version)(void);

// Computes count times; 0 if that fails. mkl_b is B as mkl_packed made it, or NULL.
static int run_cblas(void *f, int count, const product *p, const void *mkl_b, const limit *l) {
	enum { PACKED = 151 };
	int tb = mkl_b ? PACKED : p->tb ? 112 : 111;
	set(l);
	for (int i = 0; i < count; i++)
		((cblas_bf16)f)(101, p->ta ? 112 : 111, tb, p->m, p->n, p->k, 1, p->a, p->lda,
			mkl_b ? mkl_b : p->b, p->ldb, 0, p->c, p->ldc);
	return 1;
}

static int run_dnnl(void *f, int count, const product *p, const limit *l) {
	int bad = 0;
	set(l);
	for (int i = 0; i < count; i++)
		bad |= ((dnnl_bf16)f)(p->ta ? 'T' : 'N', p->tb ? 'T' : 'N', p->m, p->n, p->k, 1, p->a, p->lda,
			p->b, p->ldb, 0, p->c, p->ldc);
	return !bad;
}

static void *mkl_packed(void *size, void *pack, const product *p, const limit *l) {
	enum { B = 162 };
	void *to;
	set(l);
	if (posix_memalign(&to, 4096, ((mkl_size)size)(B, p->m, p->n, p->k))) return NULL;
	((mkl_pack)pack)(101, B, p->tb ? 112 : 111, p->m, p->n, p->k, p->b, p->ldb, to);
	return to;
}

static void *matmul(void *f, const product *p, int threads, int packed) {
	return ((onednn_matmul)f)(threads, p->ta, p->tb, p->m, p->n, p->k, p->a, p->lda, p->b, p->ldb,
		p->c, p->ldc, packed);
}

static int run_matmul(void *f, void *prepared, int count) { return ((onednn_run)f)(prepared, count); }
static void free_matmul(void *f, void *prepared) { ((onednn_free)f)(prepared); }
static int version_of(void *f) { return ((onednn_version)f)(); }
*/
import "C"

import (
	"fmt"
	"path/filepath"
	"unsafe"
)

// BF16Peer is a library that multiplies matrices of bfloat16 numbers into one of float32.
type BF16Peer struct {
	Name    string
	Packed  bool // B is in the library's own layout before it is timed
	files   []string
	symbols []string // its functions: see begin
	threads string   // its function that sets the number of threads
	begin   func(p *BF16Peer, c *Product, l C.limit) (run func(count int) bool, free func())

	file      string
	functions []unsafe.Pointer
	limit     unsafe.Pointer
}

// BF16Peers lists what is compared. root is the checkout. Files of out/peers are those of the install
// script.
func BF16Peers(root string) []*BF16Peer {
	out := filepath.Join(root, "out", "peers")
	const debian = "/usr/lib/x86_64-linux-gnu/"
	mkl, matmul := []string{out + "/lib/libmkl_rt.so*"}, []string{out + "/libonednnmatmul.so"}
	prepared := []string{"onednn_matmul", "onednn_run", "onednn_free", "onednn_version"}
	list := []*BF16Peer{
		{Name: "MKL", files: mkl, symbols: []string{"cblas_gemm_bf16bf16f32"},
			threads: "MKL_Set_Num_Threads", begin: (*BF16Peer).beginCBLAS},
		{Name: "MKL packed", Packed: true, files: mkl, symbols: []string{"cblas_gemm_bf16bf16f32_compute",
			"cblas_gemm_bf16bf16f32_pack_get_size", "cblas_gemm_bf16bf16f32_pack"},
			threads: "MKL_Set_Num_Threads", begin: (*BF16Peer).beginMKL},
		{Name: "oneDNN", files: matmul, symbols: prepared, begin: (*BF16Peer).beginMatmul},
		{Name: "oneDNN packed", Packed: true, files: matmul, symbols: prepared,
			begin: (*BF16Peer).beginMatmul},
		{Name: "oneDNN-Debian", files: []string{debian + "libdnnl.so.2"},
			symbols: []string{"dnnl_gemm_bf16bf16f32"}, threads: "omp_set_num_threads",
			begin: (*BF16Peer).beginDNNL},
		{Name: "OpenBLAS",
			files:   []string{out + "/lib/python3*/site-packages/scipy_openblas32/lib/libscipy_openblas.so"},
			symbols: []string{"scipy_cblas_sbgemm"}, threads: "scipy_openblas_set_num_threads",
			begin: (*BF16Peer).beginCBLAS},
		{Name: "OpenBLAS-Debian", files: []string{debian + "openblas-pthread/libopenblas.so.0"},
			symbols: []string{"cblas_sbgemm"}, threads: "openblas_set_num_threads",
			begin: (*BF16Peer).beginCBLAS},
	}
	for _, p := range list {
		p.load()
	}
	return list
}

func (p *BF16Peer) load() {
	lib, file := Open(p.files...)
	p.file = file
	for _, s := range p.symbols {
		p.functions = append(p.functions, lib.Symbol(s))
	}
	p.limit = lib.Symbol(p.threads)
	if p.threads == "omp_set_num_threads" && p.limit == nil {
		omp, _ := Open("libgomp.so.1")
		p.limit = omp.Symbol(p.threads)
	}
}

// missing returns a name that the library does not have, "" if it has all.
func (p *BF16Peer) missing() string {
	for i, f := range p.functions {
		if f == nil {
			return p.symbols[i]
		}
	}
	if p.threads != "" && p.limit == nil {
		return p.threads
	}
	return ""
}

// State says where the library was found.
func (p *BF16Peer) State() string {
	switch name := p.missing(); {
	case p.file == "":
		return "absent"
	case name != "":
		return fmt.Sprintf("absent (%s has no %s)", p.file, name)
	case p.symbols[0] == "onednn_matmul":
		v := int(C.version_of(p.functions[3]))
		return fmt.Sprintf("%s, version %d.%d.%d", p.file, v/10000, v/100%100, v%100)
	}
	return p.file
}

// Absent reports whether there is no such library.
func (p *BF16Peer) Absent() bool { return p.file == "" || p.missing() != "" }

// Begin returns what computes the product count times, and what ends it. run is nil if the library is
// absent or does not compute the product on this CPU.
func (p *BF16Peer) Begin(c *Product, threads int) (run func(count int), free func()) {
	if p.Absent() {
		return nil, func() {}
	}
	try, free := p.begin(p, c, C.limit{f: p.limit, threads: C.int(threads)})
	if try == nil || !try(1) {
		free()
		return nil, func() {}
	}
	return func(count int) {
		if !try(count) {
			panic(p.Name + " computed a product once and not again")
		}
	}, free
}

func (p *BF16Peer) beginCBLAS(c *Product, l C.limit) (run func(int) bool, free func()) {
	return func(count int) bool {
		return C.run_cblas(p.functions[0], C.int(count), &c.p, nil, &l) != 0
	}, func() {}
}

func (p *BF16Peer) beginDNNL(c *Product, l C.limit) (run func(int) bool, free func()) {
	return func(count int) bool {
		return C.run_dnnl(p.functions[0], C.int(count), &c.p, &l) != 0
	}, func() {}
}

func (p *BF16Peer) beginMKL(c *Product, l C.limit) (run func(int) bool, free func()) {
	b := C.mkl_packed(p.functions[1], p.functions[2], &c.p, &l)
	if b == nil {
		return nil, func() {}
	}
	return func(count int) bool {
		return C.run_cblas(p.functions[0], C.int(count), &c.p, b, &l) != 0
	}, func() { C.free(b) }
}

func (p *BF16Peer) beginMatmul(c *Product, l C.limit) (run func(int) bool, free func()) {
	prepared := C.matmul(p.functions[0], &c.p, l.threads, cint(p.Packed))
	if prepared == nil {
		return nil, func() {}
	}
	return func(count int) bool {
		return C.run_matmul(p.functions[1], prepared, C.int(count)) != 0
	}, func() { C.free_matmul(p.functions[2], prepared) }
}
