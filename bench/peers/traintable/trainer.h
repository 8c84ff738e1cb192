// A trainer in plain C on a cblas library: Linear layers with ReLU between them, with or
// without batch norm before it; softmax cross-entropy, or with one output the binary
// cross-entropy of its logit; momentum or AdamW. What one pass over memory can do is one loop.
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef void (*sgemm_t)(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda,
	const float *b, int ldb, float beta, float *c, int ldc);
enum { ROW = 101, NO = 111, YES = 112, MOST = 4 };

// A vector of parameters, with its gradient and the optimizer's state.
typedef struct {
	size_t n;
	float *w, *g, *m, *v;
} param;

typedef struct {
	sgemm_t gemm;
	int layers, dim[MOST + 1], batch, adam, norm, t;
	float rate;
	param w[MOST], b[MOST], gamma[MOST], beta[MOST];
	float *mean[MOST], *inv[MOST], *run_mean[MOST], *run_var[MOST];
	// a: outputs of the layers, a[0] the batch. z: what batch norm takes. d: their gradients.
	float *a[MOST + 1], *z[MOST], *d[MOST + 1];
} trainer;

static float *room(size_t n) {
	void *p = NULL;
	if (posix_memalign(&p, 64, n * sizeof(float))) abort();
	memset(p, 0, n * sizeof(float));
	return p;
}

static param param_new(size_t n) {
	param p = {n, room(n), room(n), room(n), room(n)};
	return p;
}

static void param_free(param *p) {
	free(p->w), free(p->g), free(p->m), free(p->v);
}

static trainer *trainer_new(void *gemm, int layers, const int *dim, int batch, int adam, int norm) {
	trainer *t = calloc(1, sizeof *t);
	t->gemm = (sgemm_t)gemm, t->layers = layers, t->batch = batch, t->adam = adam, t->norm = norm;
	memcpy(t->dim, dim, (layers + 1) * sizeof(int));
	for (int l = 0; l < layers; l++) {
		size_t out = dim[l + 1];
		t->w[l] = param_new(dim[l] * out), t->b[l] = param_new(out), t->gamma[l] = param_new(out), t->beta[l] = param_new(out);
		t->mean[l] = room(out), t->inv[l] = room(out), t->run_mean[l] = room(out), t->run_var[l] = room(out);
		t->a[l + 1] = room(batch * out), t->z[l] = room(batch * out), t->d[l + 1] = room(batch * out);
		for (size_t j = 0; j < out; j++) t->gamma[l].w[j] = t->run_var[l][j] = 1;
	}
	return t;
}

static void trainer_free(trainer *t) {
	for (int l = 0; l < t->layers; l++) {
		param_free(&t->w[l]), param_free(&t->b[l]), param_free(&t->gamma[l]), param_free(&t->beta[l]);
		free(t->mean[l]), free(t->inv[l]), free(t->run_mean[l]), free(t->run_var[l]);
		free(t->a[l + 1]), free(t->z[l]), free(t->d[l + 1]);
	}
	free(t);
}

// Softmax cross-entropy of the last layer, its gradient to d.
static float cross_entropy(trainer *t, const long *labels) {
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

// Binary cross-entropy of one logit a row.
static float binary_cross_entropy(trainer *t, const long *labels) {
	const float *restrict x = t->a[t->layers];
	float *restrict d = t->d[t->layers], total = 0, part = 1.0f / t->batch;
	for (int i = 0; i < t->batch; i++) {
		float e = expf(-fabsf(x[i])), p = (x[i] > 0 ? 1 : e) / (1 + e);
		d[i] = (p - labels[i]) * part;
		total += fmaxf(x[i], 0) - x[i] * labels[i] + log1pf(e);
	}
	return total * part;
}

// lambda is AdamW's decay: 0.01 for weights, 0 for biases and scales.
static void update(trainer *t, param *p, float lambda) {
	float *restrict w = p->w, *restrict m = p->m, *restrict v = p->v;
	const float *restrict g = p->g;
	size_t n = p->n;
	if (!t->adam) {
		float rate = t->rate;
		for (size_t i = 0; i < n; i++) m[i] = 0.9f * m[i] + g[i], w[i] -= rate * m[i];
		return;
	}
	float decay = 1 - t->rate * lambda;
	float c1 = t->rate / (1 - powf(0.9f, t->t)), c2 = 1 / sqrtf(1 - powf(0.999f, t->t));
	for (size_t i = 0; i < n; i++) {
		m[i] = 0.9f * m[i] + 0.1f * g[i];
		v[i] = 0.999f * v[i] + 0.001f * g[i] * g[i];
		w[i] = w[i] * decay - c1 * m[i] / (sqrtf(v[i]) * c2 + 1e-8f);
	}
}

// Bias, batch norm and ReLU, a row at a time: sums of z and of its square about the running
// mean, which keeps them from cancelling, then the outputs.
static void norm_forward(trainer *t, int l) {
	int n = t->batch, out = t->dim[l + 1];
	float *restrict mean = t->mean[l], *restrict inv = t->inv[l], *restrict rm = t->run_mean[l], *restrict rv = t->run_var[l];
	const float *restrict bias = t->b[l].w, *restrict gamma = t->gamma[l].w, *restrict beta = t->beta[l].w;
	memset(mean, 0, out * sizeof(float)), memset(inv, 0, out * sizeof(float));
	for (int i = 0; i < n; i++) {
		float *restrict z = t->z[l] + (size_t)i * out;
		for (int j = 0; j < out; j++) {
			z[j] += bias[j];
			float c = z[j] - rm[j];
			mean[j] += c, inv[j] += c * c;
		}
	}
	for (int j = 0; j < out; j++) {
		float c = mean[j] / n, var = fmaxf(inv[j] / n - c * c, 0);
		mean[j] = rm[j] + c, inv[j] = 1 / sqrtf(var + 1e-5f);
		rm[j] += 0.1f * c, rv[j] += 0.1f * (var * n / (n - 1) - rv[j]);
	}
	for (int i = 0; i < n; i++) {
		const float *restrict z = t->z[l] + (size_t)i * out;
		float *restrict y = t->a[l + 1] + (size_t)i * out;
		for (int j = 0; j < out; j++) y[j] = fmaxf((z[j] - mean[j]) * inv[j] * gamma[j] + beta[j], 0);
	}
}

// Both sums in one pass with the derivative of ReLU, then dz in place of dy.
static void norm_backward(trainer *t, int l) {
	int n = t->batch, out = t->dim[l + 1];
	const float *restrict mean = t->mean[l], *restrict inv = t->inv[l], *restrict gamma = t->gamma[l].w;
	float *restrict dgamma = t->gamma[l].g, *restrict dbeta = t->beta[l].g;
	memset(dgamma, 0, out * sizeof(float)), memset(dbeta, 0, out * sizeof(float));
	for (int i = 0; i < n; i++) {
		const float *restrict z = t->z[l] + (size_t)i * out, *restrict y = t->a[l + 1] + (size_t)i * out;
		float *restrict d = t->d[l + 1] + (size_t)i * out;
		for (int j = 0; j < out; j++) {
			d[j] = y[j] > 0 ? d[j] : 0;
			dbeta[j] += d[j], dgamma[j] += d[j] * (z[j] - mean[j]) * inv[j];
		}
	}
	for (int i = 0; i < n; i++) {
		const float *restrict z = t->z[l] + (size_t)i * out;
		float *restrict d = t->d[l + 1] + (size_t)i * out;
		for (int j = 0; j < out; j++) d[j] = gamma[j] * inv[j] * (d[j] - (dbeta[j] + (z[j] - mean[j]) * inv[j] * dgamma[j]) / n);
	}
	update(t, &t->gamma[l], 0), update(t, &t->beta[l], 0);
}

static void forward(trainer *t) {
	int n = t->batch;
	for (int l = 0; l < t->layers; l++) {
		int in = t->dim[l], out = t->dim[l + 1], last = l + 1 == t->layers, norm = t->norm && !last;
		t->gemm(ROW, NO, NO, n, out, in, 1, t->a[l], in, t->w[l].w, out, 0, norm ? t->z[l] : t->a[l + 1], out);
		if (norm) {
			norm_forward(t, l);
			continue;
		}
		for (int i = 0; i < n; i++) {
			float *restrict y = t->a[l + 1] + (size_t)i * out, *restrict b = t->b[l].w;
			if (last) for (int j = 0; j < out; j++) y[j] += b[j];
			else for (int j = 0; j < out; j++) y[j] = fmaxf(y[j] + b[j], 0);
		}
	}
}

static float trainer_step(trainer *t, const float *x, const long *labels) {
	int n = t->batch;
	t->t++;
	t->a[0] = (float *)x;
	forward(t);
	float value = t->dim[t->layers] == 1 ? binary_cross_entropy(t, labels) : cross_entropy(t, labels);
	for (int l = t->layers - 1; l >= 0; l--) {
		int in = t->dim[l], out = t->dim[l + 1], last = l + 1 == t->layers;
		if (t->norm && !last) norm_backward(t, l);
		t->gemm(ROW, YES, NO, in, out, n, 1, t->a[l], in, t->d[l + 1], out, 0, t->w[l].g, out);
		memset(t->b[l].g, 0, out * sizeof(float));
		for (int i = 0; i < n; i++) {
			const float *restrict d = t->d[l + 1] + (size_t)i * out;
			float *restrict db = t->b[l].g;
			for (int j = 0; j < out; j++) db[j] += d[j];
		}
		if (l > 0) {
			t->gemm(ROW, NO, YES, n, in, out, 1, t->d[l + 1], out, t->w[l].w, out, 0, t->d[l], in);
			float *restrict d = t->d[l];
			const float *restrict a = t->a[l];
			if (!t->norm) for (size_t i = 0; i < (size_t)n * in; i++) d[i] = a[i] > 0 ? d[i] : 0;
		}
		update(t, &t->w[l], 0.01f), update(t, &t->b[l], 0);
	}
	return value;
}
