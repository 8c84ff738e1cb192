//go:build linux && cgo && amd64

package main

/*
#cgo CFLAGS: -O3
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <immintrin.h>

// MAP applies a function of a vector to slices whose length is a multiple of the vector's. With
// logistic it computes 1/(1 + f(-x)) from an f that computes e^x.
#define MAP(name, isa, elem, vec, lanes, load, store, set, sub, add, div) \
	__attribute__((target(isa))) static void name(void *f, int logistic, elem *y, const elem *x, long n) { \
		vec one = set(1), zero = set(0); \
		for (long i = 0; i < n; i += lanes) { \
			vec v = load(x + i); \
			if (logistic) v = div(one, add(one, ((vec (*)(vec))f)(sub(zero, v)))); \
			else v = ((vec (*)(vec))f)(v); \
			store(y + i, v); \
		} \
	}
MAP(map_f32_512, "avx512f", float, __m512, 16, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_set1_ps,
	_mm512_sub_ps, _mm512_add_ps, _mm512_div_ps)
MAP(map_f64_512, "avx512f", double, __m512d, 8, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_set1_pd,
	_mm512_sub_pd, _mm512_add_pd, _mm512_div_pd)
MAP(map_f32_256, "avx2", float, __m256, 8, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_set1_ps,
	_mm256_sub_ps, _mm256_add_ps, _mm256_div_ps)
MAP(map_f64_256, "avx2", double, __m256d, 4, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_set1_pd,
	_mm256_sub_pd, _mm256_add_pd, _mm256_div_pd)

// STREAM reads r streams and writes w of them, with as little else as possible: it stores the xor
// of a vector of each stream read to each stream written, past the caches if nt is set. bytes is a
// multiple of 64.
#define STREAM(name, isa, vec, bytes_, load, store, ntstore, xor) \
	__attribute__((target(isa), always_inline)) \
	static inline void name(const int r, const int w, const int nt, char **p, long bytes) { \
		vec sum = xor(sum, sum); \
		for (long i = 0; i < bytes; i += bytes_) { \
			vec v = r ? load((void *)(p[0] + i)) : sum; \
			for (int k = 1; k < r; k++) v = xor(v, load((void *)(p[k] + i))); \
			if (w == 0) sum = xor(sum, v); \
			for (int k = 0; k < w; k++) { \
				if (nt) ntstore((void *)(p[r + k] + i), v); \
				else store((void *)(p[r + k] + i), v); \
			} \
		} \
		if (w == 0) store((void *)p[r], sum); \
		if (nt) _mm_sfence(); \
	} \
	__attribute__((target(isa))) static void name##_mix(int r, int w, int nt, char **p, long bytes) { \
		switch (r * 10 + w * 2 + nt) { \
		CASES(name) \
		} \
	}
#define CASE(name, r, w) \
	case r * 10 + w * 2: name(r, w, 0, p, bytes); break; \
	case r * 10 + w * 2 + 1: name(r, w, 1, p, bytes); break;
#define ROW(name, r) CASE(name, r, 0) CASE(name, r, 1) CASE(name, r, 2) CASE(name, r, 3) CASE(name, r, 4)
#define CASES(name) ROW(name, 0) ROW(name, 1) ROW(name, 2) ROW(name, 3) ROW(name, 4) ROW(name, 5)
STREAM(stream_512, "avx512f", __m512i, 64, _mm512_loadu_si512, _mm512_storeu_si512,
	_mm512_stream_si512, _mm512_xor_si512)
STREAM(stream_256, "avx2", __m256i, 32, _mm256_loadu_si256, _mm256_storeu_si256,
	_mm256_stream_si256, _mm256_xor_si256)

static void repeat(void *f, int wide, int size, int logistic, void *y, const void *x, long n, long count) {
	for (long i = 0; i < count; i++) {
		if (wide && size == 4) map_f32_512(f, logistic, y, x, n);
		else if (wide) map_f64_512(f, logistic, y, x, n);
		else if (size == 4) map_f32_256(f, logistic, y, x, n);
		else map_f64_256(f, logistic, y, x, n);
	}
}

static void repeat_stream(int wide, int r, int w, int nt, char **p, long bytes, long count) {
	for (long i = 0; i < count; i++) {
		if (wide) stream_512_mix(r, w, nt, p, bytes);
		else stream_256_mix(r, w, nt, p, bytes);
	}
}
*/
import "C"

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
)

// library is a C library of vector functions.
type library struct {
	name, file string
	handle     unsafe.Pointer
	symbol     func(function string, size int, tier kernels.Tier) string
}

// libraries opens those of this machine.
func libraries() []*library {
	list := []*library{
		{name: "SLEEF u10", file: "libsleef.so.3", symbol: sleefSymbol},
		{name: "libmvec", file: "libmvec.so.1", symbol: mvecSymbol},
	}
	for _, l := range list {
		name := C.CString(l.file)
		l.handle = C.dlopen(name, C.RTLD_NOW|C.RTLD_LOCAL)
		C.free(unsafe.Pointer(name))
	}
	return list
}

// sleefSymbol is a name such as Sleef_expf16_u10avx512f.
func sleefSymbol(function string, size int, tier kernels.Tier) string {
	s := map[[2]int]string{{4, 64}: "f16_u10avx512f", {8, 64}: "d8_u10avx512f", {4, 32}: "f8_u10avx2",
		{8, 32}: "d4_u10avx2"}
	return "Sleef_" + function + s[[2]int{size, vectorBytes(tier)}]
}

// mvecSymbol is a name such as _ZGVeN16v_expf.
func mvecSymbol(function string, size int, tier kernels.Tier) string {
	s := map[[2]int]string{{4, 64}: "_ZGVeN16v_", {8, 64}: "_ZGVeN8v_", {4, 32}: "_ZGVdN8v_",
		{8, 32}: "_ZGVdN4v_"}
	if size == 4 {
		function += "f"
	}
	return s[[2]int{size, vectorBytes(tier)}] + function
}

func vectorBytes(t kernels.Tier) int {
	if t == kernels.AVX512 {
		return 64
	}
	return 32
}

// inC maps kernels to the names of their functions in C libraries.
var inC = map[string]string{"Exp": "exp", "Expm1": "expm1", "Log": "log", "Log1p": "log1p",
	"Tanh": "tanh", "Erf": "erf", "Sigmoid": "exp"}

func (l *library) has(kernel string) bool { return l.handle != nil && inC[kernel] != "" }

// function returns what applies a function of the library count times, or nil.
func (l *library) function(kernel string, size int, tier kernels.Tier, y, x unsafe.Pointer,
	n int) func(count int) {
	name := C.CString(l.symbol(inC[kernel], size, tier))
	defer C.free(unsafe.Pointer(name))
	f := C.dlsym(l.handle, name)
	if f == nil {
		return nil
	}
	logistic, wide := C.int(0), C.int(0)
	if kernel == "Sigmoid" {
		logistic = 1
	}
	if tier == kernels.AVX512 {
		wide = 1
	}
	return func(count int) {
		C.repeat(f, wide, C.int(size), logistic, y, x, C.long(n), C.long(count))
	}
}

// memory is aligned memory that C owns.
func memory(bytes int) unsafe.Pointer {
	var p unsafe.Pointer
	if C.posix_memalign(&p, 4096, C.size_t(max(bytes, 64))) != 0 {
		panic("out of memory")
	}
	C.memset(p, 1, C.size_t(max(bytes, 64))) // untouched pages would all map to one page of zeros
	return p
}

func release(p unsafe.Pointer) { C.free(p) }

// stream returns a function that reads and writes the streams count times.
func stream(tier kernels.Tier, reads, writes int, nt bool, pointers *[16]unsafe.Pointer,
	bytes int) func(count int) {
	wide, past := C.int(0), C.int(0)
	if tier == kernels.AVX512 {
		wide = 1
	}
	if nt {
		past = 1
	}
	return func(count int) {
		C.repeat_stream(wide, C.int(reads), C.int(writes), past, (**C.char)(unsafe.Pointer(pointers)),
			C.long(bytes), C.long(count))
	}
}
