// One product, row-major, alpha = 1 and beta = 0, and how a library's function for it is called.
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
