// oneDNN's product of bfloat16 numbers as functions of C, which the script ../install compiles.
#include <oneapi/dnnl/dnnl.h>
#include <omp.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace {

struct Product {
	dnnl_engine_t engine = nullptr;
	dnnl_stream_t stream = nullptr;
	dnnl_memory_desc_t md[3] = {};
	dnnl_memory_t memory[3] = {}; // A, B, C
	dnnl_primitive_desc_t desc = nullptr;
	dnnl_primitive_t primitive = nullptr;
	void *packed = nullptr;
	int threads = 1;

	~Product() {
		dnnl_primitive_destroy(primitive);
		dnnl_primitive_desc_destroy(desc);
		for (dnnl_memory_t m : memory) dnnl_memory_destroy(m);
		for (dnnl_memory_desc_t d : md) dnnl_memory_desc_destroy(d);
		dnnl_stream_destroy(stream);
		dnnl_engine_destroy(engine);
		free(packed);
	}

	bool matrix(int i, int rows, int cols, int ld, bool transposed, dnnl_data_type_t type, void *data) {
		dnnl_dims_t dims = {rows, cols}, strides = {ld, 1};
		if (transposed) strides[0] = 1, strides[1] = ld;
		return dnnl_memory_desc_create_with_strides(&md[i], 2, dims, type, strides) == dnnl_success &&
			dnnl_memory_create(&memory[i], md[i], engine, data) == dnnl_success;
	}

	// Replaces B by a copy in the layout that oneDNN likes best for it.
	bool pack(int k, int n) {
		dnnl_dims_t dims = {k, n};
		dnnl_memory_desc_t any = nullptr;
		if (dnnl_memory_desc_create_with_tag(&any, 2, dims, dnnl_bf16, dnnl_format_tag_any) != dnnl_success) return false;
		bool ok = dnnl_matmul_primitive_desc_create(&desc, engine, md[0], any, nullptr, md[2], nullptr) == dnnl_success;
		dnnl_memory_desc_destroy(any);
		if (!ok) return false;
		const_dnnl_memory_desc_t best = dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
		if (posix_memalign(&packed, 4096, dnnl_memory_desc_get_size(best))) return false;
		dnnl_memory_t to = nullptr;
		dnnl_primitive_desc_t how = nullptr;
		dnnl_primitive_t reorder = nullptr;
		ok = dnnl_memory_create(&to, best, engine, packed) == dnnl_success &&
			dnnl_reorder_primitive_desc_create(&how, md[1], engine, best, engine, nullptr) == dnnl_success &&
			dnnl_primitive_create(&reorder, how) == dnnl_success;
		if (ok) {
			dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, memory[1]}, {DNNL_ARG_TO, to}};
			ok = dnnl_primitive_execute(reorder, stream, 2, args) == dnnl_success && dnnl_stream_wait(stream) == dnnl_success;
		}
		dnnl_primitive_destroy(reorder);
		dnnl_primitive_desc_destroy(how);
		dnnl_memory_destroy(memory[1]);
		memory[1] = to;
		return ok;
	}

	bool run(int count) {
		bool ok = true;
		dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, memory[0]}, {DNNL_ARG_WEIGHTS, memory[1]}, {DNNL_ARG_DST, memory[2]}};
		omp_set_num_threads(threads); // of the calling thread
		for (int i = 0; i < count; i++)
			ok = dnnl_primitive_execute(primitive, stream, 3, args) == dnnl_success && dnnl_stream_wait(stream) == dnnl_success && ok;
		return ok;
	}
};

} // namespace

extern "C" {

// Prepares the product of row-major matrices: A and B are bfloat16, C is float32. With packed, B is copied
// into oneDNN's own layout now. NULL if oneDNN cannot do it.
void *onednn_matmul(int threads, int ta, int tb, int m, int n, int k, void *a, int lda, void *b, int ldb, void *c, int ldc, int packed) {
	std::unique_ptr<Product> p(new Product);
	p->threads = threads;
	omp_set_num_threads(threads);
	bool ok = dnnl_engine_create(&p->engine, dnnl_cpu, 0) == dnnl_success && dnnl_stream_create(&p->stream, p->engine, dnnl_stream_default_flags) == dnnl_success &&
		p->matrix(0, m, k, lda, ta, dnnl_bf16, a) && p->matrix(1, k, n, ldb, tb, dnnl_bf16, b) && p->matrix(2, m, n, ldc, false, dnnl_f32, c) &&
		(packed ? p->pack(k, n) : dnnl_matmul_primitive_desc_create(&p->desc, p->engine, p->md[0], p->md[1], nullptr, p->md[2], nullptr) == dnnl_success) &&
		dnnl_primitive_create(&p->primitive, p->desc) == dnnl_success;
	return ok ? p.release() : nullptr;
}

// Computes it count times; 0 if that fails.
int onednn_run(void *p, int count) { return static_cast<Product *>(p)->run(count); }

void onednn_free(void *p) { delete static_cast<Product *>(p); }

// The version, as 30200 for 3.2.0.
int onednn_version(void) {
	const dnnl_version_t *v = dnnl_version();
	return v->major * 10000 + v->minor * 100 + v->patch;
}
}
