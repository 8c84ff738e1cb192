// A trainer in plain C on a cblas library: Linear layers with ReLU between them, softmax
// cross-entropy, momentum or AdamW. What one pass over memory can do is one loop.
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef void (*sgemm_t)(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda,
	const float *b, int ldb, float beta, float *c, int ldc);
enum { ROW = 101, NO = 111, YES = 112, MOST = 8 };

typedef struct {
	sgemm_t gemm;
	int layers, dim[MOST + 1], batch, adam, t;
	float *w[MOST], *b[MOST], *dw[MOST], *db[MOST], *m[2 * MOST], *v[2 * MOST];
	float *a[MOST + 1], *d[MOST + 1];
} trainer;

static float *room(size_t n) {
	void *p = NULL;
	if (posix_memalign(&p, 64, n * sizeof(float))) abort();
	memset(p, 0, n * sizeof(float));
	return p;
}

static trainer *trainer_new(void *gemm, int layers, const int *dim, int batch, int adam) {
	trainer *t = calloc(1, sizeof *t);
	t->gemm = (sgemm_t)gemm, t->layers = layers, t->batch = batch, t->adam = adam;
	memcpy(t->dim, dim, (layers + 1) * sizeof(int));
	for (int l = 0; l < layers; l++) {
		size_t n = (size_t)dim[l] * dim[l + 1];
		t->w[l] = room(n), t->dw[l] = room(n), t->b[l] = room(dim[l + 1]), t->db[l] = room(dim[l + 1]);
		t->m[2 * l] = room(n), t->v[2 * l] = room(n), t->m[2 * l + 1] = room(dim[l + 1]), t->v[2 * l + 1] = room(dim[l + 1]);
		t->a[l + 1] = room((size_t)batch * dim[l + 1]), t->d[l + 1] = room((size_t)batch * dim[l + 1]);
		unsigned s = 12345 + l;
		for (size_t i = 0; i < n; i++) s = s * 1664525 + 1013904223, t->w[l][i] = ((s >> 8) / 8388608.0f - 1) * sqrtf(6.0f / dim[l]);
	}
	return t;
}

static void trainer_free(trainer *t) {
	for (int l = 0; l < t->layers; l++) {
		free(t->w[l]), free(t->dw[l]), free(t->b[l]), free(t->db[l]), free(t->a[l + 1]), free(t->d[l + 1]);
		for (int k = 2 * l; k < 2 * l + 2; k++) free(t->m[k]), free(t->v[k]);
	}
	free(t);
}

// Softmax cross-entropy of the last layer, its gradient to d.
static float loss(trainer *t, const long *labels) {
	int cols = t->dim[t->layers];
	float total = 0, part = 1.0f / t->batch;
	for (int i = 0; i < t->batch; i++) {
		const float *x = t->a[t->layers] + (size_t)i * cols;
		float *d = t->d[t->layers] + (size_t)i * cols, peak = x[0], sum = 0;
		for (int j = 1; j < cols; j++) peak = fmaxf(peak, x[j]);
		for (int j = 0; j < cols; j++) sum += d[j] = expf(x[j] - peak);
		for (int j = 0; j < cols; j++) d[j] *= part / sum;
		d[labels[i]] -= part;
		total += logf(sum) + peak - x[labels[i]];
	}
	return total * part;
}

static void update(trainer *t, float *restrict w, const float *restrict g, float *restrict m, float *restrict v, size_t n) {
	if (!t->adam) {
		for (size_t i = 0; i < n; i++) m[i] = 0.9f * m[i] + g[i], w[i] -= 0.01f * m[i];
		return;
	}
	float c1 = 1e-3f / (1 - powf(0.9f, t->t)), c2 = 1 / sqrtf(1 - powf(0.999f, t->t));
	for (size_t i = 0; i < n; i++) {
		m[i] = 0.9f * m[i] + 0.1f * g[i];
		v[i] = 0.999f * v[i] + 0.001f * g[i] * g[i];
		w[i] = w[i] * (1 - 1e-3f * 0.01f) - c1 * m[i] / (sqrtf(v[i]) * c2 + 1e-8f);
	}
}

static float trainer_step(trainer *t, const float *x, const long *labels) {
	int n = t->batch;
	t->t++;
	t->a[0] = (float *)x;
	for (int l = 0; l < t->layers; l++) {
		int in = t->dim[l], out = t->dim[l + 1], last = l + 1 == t->layers;
		t->gemm(ROW, NO, NO, n, out, in, 1, t->a[l], in, t->w[l], out, 0, t->a[l + 1], out);
		for (int i = 0; i < n; i++) {
			float *restrict y = t->a[l + 1] + (size_t)i * out, *restrict b = t->b[l];
			if (last) for (int j = 0; j < out; j++) y[j] += b[j];
			else for (int j = 0; j < out; j++) y[j] = fmaxf(y[j] + b[j], 0);
		}
	}
	float value = loss(t, labels);
	for (int l = t->layers - 1; l >= 0; l--) {
		int in = t->dim[l], out = t->dim[l + 1];
		t->gemm(ROW, YES, NO, in, out, n, 1, t->a[l], in, t->d[l + 1], out, 0, t->dw[l], out);
		memset(t->db[l], 0, out * sizeof(float));
		for (int i = 0; i < n; i++) {
			const float *restrict d = t->d[l + 1] + (size_t)i * out;
			float *restrict db = t->db[l];
			for (int j = 0; j < out; j++) db[j] += d[j];
		}
		if (l > 0) {
			t->gemm(ROW, NO, YES, n, in, out, 1, t->d[l + 1], out, t->w[l], out, 0, t->d[l], in);
			float *restrict d = t->d[l];
			const float *restrict a = t->a[l];
			for (size_t i = 0; i < (size_t)n * in; i++) d[i] = a[i] > 0 ? d[i] : 0;
		}
		update(t, t->w[l], t->dw[l], t->m[2 * l], t->v[2 * l], (size_t)in * out);
		update(t, t->b[l], t->db[l], t->m[2 * l + 1], t->v[2 * l + 1], out);
	}
	return value;
}
